//! Offences that stem from the exploitation and must not be held against the person (R7).

use chrono::NaiveDate;
use refero_domain::{
    dates,
    event::{Event, Operation},
    id::{CaseId, NonPunishmentIssueId},
    instant::Instant,
    machine::State,
    non_punishment::{IssueAct, IssueWords, Remedy},
    policy::{Permit, RaiseIssue, ReadIssue, RemedyIssue, TellIssue},
    refusal::Refusal,
    sensitive::Sensitive,
};
use refero_store::{
    Result, cases,
    non_punishment::{self as issues, IssueChange, IssueRow, NewIssue},
    rows::{RowLimit, Rows},
    unit::{Audited, Reading, Tx},
};

use super::already_known;

/// An issue as somebody raises it.
#[derive(Debug, Clone)]
pub struct Raising {
    /// The identifier that the client chose.
    pub id: Option<NonPunishmentIssueId>,
    /// A code of `non_punishment_issue`.
    pub issue: String,
    /// Who holds it against the person: a code of `organisation_type`.
    pub attributed_by: String,
    /// Since which day.
    pub attributed_on: Option<NaiveDate>,
    /// How it stems from the exploitation.
    pub account: Option<Sensitive<String>>,
}

impl Raising {
    fn words(&self) -> Sensitive<IssueWords> {
        Sensitive::<IssueWords>::default()
            .with(self.account.clone(), |words, account| words.account = Some(account))
    }
}

/// Which issue of which case is meant, at which version.
#[derive(Debug, Clone)]
pub struct Target {
    /// The case.
    pub case_id: CaseId,
    /// The issue.
    pub id: NonPunishmentIssueId,
    /// The version that the client read.
    pub expected: Option<i64>,
}

/// Fetches an issue to show it, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`] if it does not exist for the caller.
///
/// # Audit
/// `non-punishment-issue.read`
pub fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &NonPunishmentIssueId,
) -> Result<(Event, Permit<ReadIssue, IssueRow>)> {
    let permit = issues::fetch::<ReadIssue>(reading, case, id)?;
    let version = permit.row().issue.version;
    Ok((Event::under(Operation::Read, &permit).on(id, version).in_case(case), permit))
}

/// Lists the issues of a case that the caller may see, the newest first.
///
/// # Errors
/// [`Refusal::NotFound`] if there are none to see for the caller, or no such case.
///
/// # Audit
/// `non-punishment-issue.read` with the ids shown.
pub fn list(
    reading: &mut Reading<'_>,
    case: &CaseId,
    after: Option<(Instant, NonPunishmentIssueId)>,
    limit: RowLimit,
) -> Result<(Event, Rows<Permit<ReadIssue, IssueRow>>)> {
    let permit = cases::fetch::<ReadIssue>(reading, case)?;
    let found = issues::page(reading, &permit, after, limit)?;
    let event = Event::under(Operation::Read, &permit)
        .in_case(case)
        .showing(found.iter().map(|permit| &permit.row().issue.id));
    Ok((event, found))
}

/// Raises an issue. The same issue again under the client's own identifier is the same issue. It may be
/// raised after the case has ended: a fine can come late.
///
/// # Errors
/// [`Refusal::ImpossibleDate`], [`Refusal::IdTaken`].
///
/// # Audit
/// `non-punishment-issue.raise`
pub fn raise(
    tx: &mut Tx<'_>,
    case: &CaseId,
    raising: &Raising,
) -> Result<Audited<NonPunishmentIssueId>> {
    let permit = cases::fetch::<RaiseIssue>(tx, case)?;
    let words = raising.words();
    if let Some(id) = &raising.id {
        let by = tx.actor()?.user_id.clone();
        let known = already_known(open(tx, case, id), |(_, known)| {
            let known = &known.row().issue;
            Ok(known.created_by == by
                && known.issue == raising.issue
                && known.attributed_by == raising.attributed_by
                && known.attributed_on == raising.attributed_on
                && (known.version > 1 || known.words == words))
        })?;
        if let Some((event, _)) = known {
            return tx.record(&event, id.clone());
        }
    }
    if let Some(day) = raising.attributed_on {
        dates::check_past(day, tx.now()).map_err(|fault| fault.at("/attributed_on"))?;
    }
    let new = NewIssue {
        id: raising.id.clone().unwrap_or_else(|| tx.new_id()),
        issue: raising.issue.clone(),
        attributed_by: raising.attributed_by.clone(),
        attributed_on: raising.attributed_on,
        words,
    };
    issues::insert(tx, &permit, &new)?;
    let event = Event::under(Operation::Create, &permit).on(&new.id, 1).in_case(case);
    let fields = ["issue", "attributed_by", "attributed_on", "account"];
    tx.record(&event.fields(fields), new.id)
}

/// Records which body was told, and on which day: once more after a refusal, or another body.
///
/// # Errors
/// [`Refusal::IllegalTransition`] once it is remedied, [`Refusal::ImpossibleDate`], [`Refusal::Stale`].
///
/// # Audit
/// `non-punishment-issue.tell`
pub fn tell(
    tx: &mut Tx<'_>,
    to: &Target,
    (body, on): (&str, NaiveDate),
    told: Option<&Sensitive<String>>,
) -> Result<Audited<NonPunishmentIssueId>> {
    let permit = issues::fetch::<TellIssue>(tx, &to.case_id, &to.id)?;
    permit.row().expect_version(to.expected)?;
    let illegal = permit.row().refused(Refusal::IllegalTransition, tx.actor()?);
    let (mut row, permit) = permit.into_parts();
    let state = std::mem::replace(&mut row.issue.state, State::initial());
    let moved = state.step(IssueAct::Tell).map_err(|_| illegal)?;
    dates::check_past(on, tx.now()).map_err(|fault| fault.at("/told_on"))?;
    // What was said before, and what was answered to it, stays in the history (R13).
    let words =
        row.issue.words.clone().map(|words| IssueWords { told: None, answer: None, ..words });
    let words = words.with(told.cloned(), |words, told| words.told = Some(told));
    let change = IssueChange::Told(body.to_owned(), on);
    let at = (&row.issue, &row.person);
    let version = issues::save(tx, &permit, at, &moved, (&change, &words))?;
    let event = Event::under(Operation::Update, &permit).on(&to.id, version).in_case(&to.case_id);
    tx.record(&event.fields(["state", "told_body", "told_on", "told"]), to.id.clone())
}

/// Records what the body did about it, which may be nothing.
///
/// # Errors
/// [`Refusal::IllegalTransition`] unless a body was told and has not answered, [`Refusal::ImpossibleDate`] or
/// [`Refusal::Inconsistent`] for a day before that, [`Refusal::Stale`].
///
/// # Audit
/// `non-punishment-issue.remedy`
pub fn remedy(
    tx: &mut Tx<'_>,
    to: &Target,
    (remedy, on): (Remedy, NaiveDate),
    answer: Option<&Sensitive<String>>,
) -> Result<Audited<NonPunishmentIssueId>> {
    let permit = issues::fetch::<RemedyIssue>(tx, &to.case_id, &to.id)?;
    permit.row().expect_version(to.expected)?;
    let illegal = permit.row().refused(Refusal::IllegalTransition, tx.actor()?);
    let (mut row, permit) = permit.into_parts();
    let state = std::mem::replace(&mut row.issue.state, State::initial());
    let moved = state.step_to(IssueAct::Remedy, remedy.leads_to()).map_err(|_| illegal)?;
    dates::check_past(on, tx.now()).map_err(|fault| fault.at("/remedied_on"))?;
    if row.issue.told.as_ref().is_some_and(|told| on < told.on) {
        return Err(Refusal::Inconsistent { pointer: "/remedied_on" }.into());
    }
    let words = row.issue.words.clone();
    let words = words.with(answer.cloned(), |words, answer| words.answer = Some(answer));
    let change = IssueChange::Answered(remedy, on);
    let at = (&row.issue, &row.person);
    let version = issues::save(tx, &permit, at, &moved, (&change, &words))?;
    let event = Event::under(Operation::Update, &permit).on(&to.id, version).in_case(&to.case_id);
    tx.record(&event.fields(["state", "remedy", "remedied_on", "answer"]), to.id.clone())
}
