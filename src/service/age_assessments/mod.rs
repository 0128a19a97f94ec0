//! Doubting an age, assessing it, deciding, and contesting the decision (R6, R10).

mod deciding;

use refero_domain::{
    age::AgeStatus,
    age_assessment::{
        AgeDoubtReason, AssessmentAct, AssessmentConsent, AssessmentWords, PanelMember,
        status_when_doubted,
    },
    event::{Event, Operation},
    id::{AgeAssessmentId, CaseId, UserId},
    instant::Instant,
    machine::{Machine as _, State},
    policy::{Action, Changes, CreateAgeAssessment, NameAgePanel, Permit, ReadAgeAssessment},
    profile::{ClockKind, CountryProfile},
    refusal::Refusal,
    sensitive::Sensitive,
};
use refero_store::{
    Result,
    age_assessments::{self, AgeAssessment, AssessmentChange, AssessmentRow, NewAssessment},
    cases::{self, Case, CaseRow},
    clocks,
    people::Person,
    rows::{RowLimit, Rows},
    unit::{Audited, Reading, Tx},
};

pub use self::deciding::{Proposal, approve, contest, decline, propose, withdraw};
use super::{already_known, cases::start_clock};

/// A doubt as somebody records it.
#[derive(Debug, Clone)]
pub struct Doubt {
    /// The identifier that the client chose.
    pub id: Option<AgeAssessmentId>,
    /// Why, as a code.
    pub reason: AgeDoubtReason,
    /// Why, in words.
    pub words: Option<Sensitive<String>>,
}

/// Which assessment of which case is meant, at which version.
#[derive(Debug, Clone)]
pub struct Target {
    /// The case.
    pub case_id: CaseId,
    /// The assessment.
    pub id: AgeAssessmentId,
    /// The version that the client read.
    pub expected: Option<i64>,
}

/// Fetches an assessment to show it, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`] if it does not exist for the caller.
///
/// # Audit
/// `age-assessment.read`
pub fn open(
    reading: &mut Reading<'_>,
    case_id: &CaseId,
    id: &AgeAssessmentId,
) -> Result<(Event, Permit<ReadAgeAssessment, AssessmentRow>)> {
    let permit = age_assessments::fetch::<ReadAgeAssessment>(reading, case_id, id)?;
    let event = Event::under(Operation::Read, &permit)
        .on(id, permit.row().assessment.version)
        .in_case(case_id);
    Ok((event, permit))
}

/// Lists the assessments of a case, newest first.
///
/// # Errors
/// [`Refusal::NotFound`] if the case does not exist for the caller.
///
/// # Audit
/// `age-assessment.read` with the ids shown.
pub fn list(
    reading: &mut Reading<'_>,
    case_id: &CaseId,
    after: Option<(Instant, AgeAssessmentId)>,
    limit: RowLimit,
) -> Result<(Event, Permit<ReadAgeAssessment, CaseRow>, Rows<AgeAssessment>)> {
    let permit = cases::fetch::<ReadAgeAssessment>(reading, case_id)?;
    let found = age_assessments::page(reading, &permit, after, limit)?;
    let event = Event::under(Operation::Read, &permit)
        .in_case(case_id)
        .showing(found.iter().map(|assessment| &assessment.id));
    Ok((event, permit, found))
}

/// Records a doubt about the age of the person of a case. From that moment the person is protected as
/// a child (R6). The same doubt again under the client's own identifier is the same doubt.
///
/// # Errors
/// [`Refusal::IllegalTransition`] while another doubt stands, [`Refusal::CaseStateDoesNotAllow`] if the
/// case has ended, [`Refusal::IdTaken`] for another content under a used identifier.
///
/// # Audit
/// `age-assessment.create`, once more for the case if what is known about the age changes.
pub fn create(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    case_id: &CaseId,
    doubt: &Doubt,
) -> Result<Audited<AgeAssessmentId>> {
    let words = Sensitive::new(AssessmentWords::default())
        .with(doubt.words.clone(), |words, doubt| words.doubt = Some(doubt));
    if let Some(id) = &doubt.id {
        let by = tx.actor()?.user_id.clone();
        let said = |words: &Sensitive<AssessmentWords>| words.clone().map(|words| words.doubt);
        let known = already_known(open(tx, case_id, id), |(_, known)| {
            let known = &known.row().assessment;
            let same = known.reason == doubt.reason && said(&known.words) == said(&words);
            Ok(known.created_by == by && same)
        })?;
        if let Some((event, _)) = known {
            return tx.record(&event, id.clone());
        }
    }
    let permit = cases::fetch::<CreateAgeAssessment>(tx, case_id)?;
    let actor = tx.actor()?.clone();
    if permit.row().case.state.get().is_ended() {
        return Err(permit.row().refused(Refusal::CaseStateDoesNotAllow, &actor));
    }
    let newest = age_assessments::newest(tx, &permit, case_id)?;
    if newest.is_some_and(|(_, state)| state.is_open()) {
        return Err(permit.row().refused(Refusal::IllegalTransition, &actor));
    }
    let id = doubt.id.clone().unwrap_or_else(|| tx.new_id());
    let new = NewAssessment { id: id.clone(), reason: doubt.reason, words };
    age_assessments::insert(tx, &permit, &new)?;
    let event = Event::under(Operation::Create, &permit).on(&id, 1).in_case(case_id);
    let (row, permit) = permit.into_parts();
    let status = status_when_doubted(row.person.age_status);
    settle(tx, profile, &permit, (&row.case, &row.person), status)?;
    tx.record(&event.fields(["state", "reason"]), id)
}

/// Changes what is known about the age, with the clocks that depend on it.
fn settle<A: Action + Changes>(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    permit: &Permit<A, ()>,
    (case, person): (&Case, &Person),
    to: AgeStatus,
) -> Result<()> {
    if to == person.age_status {
        return Ok(());
    }
    let majority = profile.age_of_majority;
    let version = age_assessments::set_age(tx, permit, (case, person), to, majority)?;
    match (person.protected_as_child(), to.protected_as_child()) {
        (false, true) => {
            start_clock(tx, profile, &case.id, "guardian_for_child", ClockKind::GuardianForChild)?;
        }
        // Nobody looks for a guardian of a grown person any more.
        (true, false) => clocks::meet(tx, &case.id, &["guardian_for_child"])?,
        (true, true) | (false, false) => {}
    }
    let event = Event::under(Operation::Update, permit).on(&case.id, version).in_case(&case.id);
    tx.note(&event.fields(["age_status"]))
}

/// Fetches an assessment for a move that its state has, on a case that goes on.
fn begin<A: Action>(
    tx: &mut Tx<'_>,
    to: &Target,
    act: AssessmentAct,
) -> Result<Permit<A, AssessmentRow>> {
    let permit = age_assessments::fetch::<A>(tx, &to.case_id, &to.id)?;
    let row = permit.row();
    row.expect_version(to.expected)?;
    if row.case.state.get().is_ended() {
        return Err(row.refused(Refusal::CaseStateDoesNotAllow, tx.actor()?));
    }
    if !row.assessment.state.get().acts_include(act) {
        return Err(row.refused(Refusal::IllegalTransition, tx.actor()?));
    }
    Ok(permit)
}

/// Moves an assessment, and sets what is known about the age where the move says so.
fn finish<A: Action + Changes>(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    permit: Permit<A, AssessmentRow>,
    act: AssessmentAct,
    (change, status): (&AssessmentChange, Option<AgeStatus>),
) -> Result<Audited<AgeAssessmentId>> {
    let event = Event::under(Operation::Update, &permit).fields(["state"]);
    let (mut row, permit) = permit.into_parts();
    let state = std::mem::replace(&mut row.assessment.state, State::initial());
    let moved = state.step(act)?;
    let AssessmentRow { assessment, case, person, .. } = &row;
    let version = age_assessments::save(tx, &permit, (assessment, person), Some(&moved), change)?;
    if let Some(status) = status {
        settle(tx, profile, &permit, (case, person), status)?;
    }
    let event = event.on(&assessment.id, version).in_case(&case.id);
    tx.record(&event, assessment.id.clone())
}

/// Names the panel, at least two people of different professions, and records what the person said to
/// being assessed. A refusal says nothing about the age.
///
/// # Errors
/// [`Refusal::ReferenceUnknown`] for a member without an account, [`Refusal::IllegalTransition`],
/// [`Refusal::Stale`].
///
/// # Audit
/// `age-assessment.name-panel`
pub fn name_panel(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    to: &Target,
    members: &Sensitive<Vec<PanelMember>>,
    consent: AssessmentConsent,
) -> Result<Audited<AgeAssessmentId>> {
    let act = AssessmentAct::NamePanel;
    let permit = begin::<NameAgePanel>(tx, to, act)?;
    let (mut accounts, mut professions): (Vec<UserId>, Vec<_>) = (Vec::new(), Vec::new());
    // Professions and accounts are no secret of the person; names are.
    members.check(|members| {
        accounts.extend(members.iter().filter_map(|member| member.user_id.clone()));
        professions.extend(members.iter().map(|member| member.profession));
        true
    });
    accounts.sort();
    accounts.dedup();
    if !age_assessments::are_accounts(tx, &permit, &accounts)? {
        return Err(Refusal::ReferenceUnknown { pointer: "/members" }.into());
    }
    let words = permit.row().assessment.words.clone();
    let words = words.with(Some(members.clone()), |words, members| words.panel = members);
    let change = AssessmentChange {
        words: Some(words),
        panel: Some((professions, consent)),
        ..AssessmentChange::default()
    };
    finish(tx, profile, permit, act, (&change, None))
}
