//! Assessing the best interests of a child, and determining them with a panel and a second person (R6, R10).

mod deciding;

use chrono::NaiveDate;
use refero_domain::{
    best_interests::{
        DurableSolution, InterestsAct, InterestsPurpose, InterestsStage, InterestsWords, ViewsHeard,
    },
    dates,
    event::{Event, Operation},
    id::{BestInterestsId, CaseId},
    instant::Instant,
    machine::{Machine as _, State},
    policy::{Action, AssessInterests, Changes, Permit, ReadInterests},
    refusal::Refusal,
    sensitive::Sensitive,
};
use refero_store::{
    Result,
    best_interests::{self, Interests, InterestsChange, NewInterests},
    cases::{self, CaseRow},
    rows::{RowLimit, Rows},
    unit::{Audited, Reading, Tx},
};

pub use self::deciding::{Proposal, approve, decline, name_panel, propose, review};
use super::already_known;

/// An assessment as somebody records it.
#[derive(Debug, Clone)]
pub struct Assessment {
    /// The identifier that the client chose.
    pub id: Option<BestInterestsId>,
    /// What is in question.
    pub purpose: InterestsPurpose,
    /// On which day.
    pub assessed_on: NaiveDate,
    /// How the child was heard.
    pub heard: ViewsHeard,
    /// What was considered.
    pub options: Vec<DurableSolution>,
    /// What is recommended.
    pub recommendation: DurableSolution,
    /// Whether a panel must determine.
    pub determination_required: bool,
    /// Whether a separation cannot wait for it.
    pub cannot_wait: bool,
    /// What the child said, what was weighed and why.
    pub words: Sensitive<InterestsWords>,
}

impl Assessment {
    fn is_that_of(&self, known: &Interests) -> bool {
        known.purpose == self.purpose
            && known.assessed_on == self.assessed_on
            && known.heard == self.heard
            && known.options == self.options
            && known.recommendation == self.recommendation
            && known.cannot_wait == self.cannot_wait
            && (known.version > 1 || known.words == self.words)
    }
}

/// Which procedure of which case is meant, at which version.
#[derive(Debug, Clone)]
pub struct Target {
    /// The case.
    pub case_id: CaseId,
    /// The procedure.
    pub id: BestInterestsId,
    /// The version that the client read.
    pub expected: Option<i64>,
}

/// Fetches a procedure to show it, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`] if the case has no such procedure.
///
/// # Audit
/// `best-interests.read`
pub fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &BestInterestsId,
) -> Result<(Event, Permit<ReadInterests, CaseRow>, Interests)> {
    let permit = cases::fetch::<ReadInterests>(reading, case)?;
    let found = best_interests::find(reading, &permit, id)?;
    let event = Event::under(Operation::Read, &permit).on(id, found.version).in_case(case);
    Ok((event, permit, found))
}

/// Lists the procedures of a case, the newest first.
///
/// # Errors
/// [`Refusal::NotFound`] if the case is not there or may not be known.
///
/// # Audit
/// `best-interests.read` with the ids shown.
pub fn list(
    reading: &mut Reading<'_>,
    case: &CaseId,
    after: Option<(Instant, BestInterestsId)>,
    limit: RowLimit,
) -> Result<(Event, Permit<ReadInterests, CaseRow>, Rows<Interests>)> {
    let permit = cases::fetch::<ReadInterests>(reading, case)?;
    let found = best_interests::page(reading, &permit, after, limit)?;
    let event = Event::under(Operation::Read, &permit)
        .in_case(case)
        .showing(found.iter().map(|one| &one.id));
    Ok((event, permit, found))
}

/// Records an assessment of the best interests of a child. What always goes to a panel, or what the assessment
/// says must, waits for one from then on. The same assessment again under the client's own identifier is the
/// same.
///
/// # Errors
/// [`Refusal::CaseStateDoesNotAllow`] if the case has ended or the person is not protected as a child,
/// [`Refusal::ImpossibleDate`], [`Refusal::IdTaken`].
///
/// # Audit
/// `best-interests.create`
pub fn assess(
    tx: &mut Tx<'_>,
    case: &CaseId,
    assessment: &Assessment,
) -> Result<Audited<BestInterestsId>> {
    let permit = cases::fetch::<AssessInterests>(tx, case)?;
    if let Some(id) = &assessment.id {
        let by = tx.actor()?.user_id.clone();
        let known = already_known(best_interests::find(tx, &permit, id), |known| {
            Ok(known.created_by == by && assessment.is_that_of(known))
        })?;
        if let Some(known) = known {
            let event = Event::of::<ReadInterests>(Operation::Read).on(id, known.version);
            return tx.record(&event.in_case(case), id.clone());
        }
    }
    let row = permit.row();
    if row.case.state.get().is_ended() || !row.person.protected_as_child() {
        return Err(row.refused(Refusal::CaseStateDoesNotAllow, tx.actor()?));
    }
    let day = assessment.assessed_on;
    dates::check_past(day, tx.now()).map_err(|fault| fault.at("/assessed_on"))?;
    let goes_to_a_panel =
        assessment.determination_required || assessment.purpose.needs_determination();
    let moved = goes_to_a_panel
        .then(|| State::<InterestsStage>::initial().step(InterestsAct::RequireDetermination))
        .transpose()?;
    let new = NewInterests {
        id: assessment.id.clone().unwrap_or_else(|| tx.new_id()),
        purpose: assessment.purpose,
        assessed_on: day,
        heard: assessment.heard,
        options: assessment.options.clone(),
        recommendation: assessment.recommendation,
        cannot_wait: assessment.cannot_wait,
        words: assessment.words.clone(),
    };
    best_interests::insert(tx, &permit, &new, moved.as_ref())?;
    let event = Event::under(Operation::Create, &permit).on(&new.id, 1).in_case(case);
    let fields = ["state", "purpose", "assessed_on", "heard", "options", "recommendation"];
    tx.record(&event.fields(fields), new.id)
}

/// Fetches a procedure for a move that its state has, on a case that goes on.
fn begin<A: Action>(
    tx: &mut Tx<'_>,
    to: &Target,
    act: InterestsAct,
) -> Result<(Permit<A, CaseRow>, Interests)> {
    let permit = cases::fetch::<A>(tx, &to.case_id)?;
    let found = best_interests::find(tx, &permit, &to.id)?;
    found.expect_version(to.expected)?;
    let (ended, facts) = (permit.row().case.state.get().is_ended(), &permit.row().facts);
    if ended {
        return Err(found.refused(Refusal::CaseStateDoesNotAllow, facts, tx.actor()?));
    }
    if !found.state.get().acts_include(act) {
        return Err(found.refused(Refusal::IllegalTransition, facts, tx.actor()?));
    }
    Ok((permit, found))
}

/// Moves a procedure.
fn finish<A: Action + Changes>(
    tx: &mut Tx<'_>,
    (permit, mut found): (Permit<A, CaseRow>, Interests),
    act: InterestsAct,
    (change, fields): (&InterestsChange, &[&'static str]),
) -> Result<Audited<BestInterestsId>> {
    let event = Event::under(Operation::Update, &permit);
    let event = event.fields(std::iter::once("state").chain(fields.iter().copied()));
    let (CaseRow { case, person, .. }, permit) = permit.into_parts();
    let moved = std::mem::replace(&mut found.state, State::initial()).step(act)?;
    let version = best_interests::save(tx, &permit, (&found, &person), &moved, change)?;
    tx.record(&event.on(&found.id, version).in_case(&case.id), found.id)
}
