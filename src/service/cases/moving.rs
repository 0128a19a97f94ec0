//! What moves a case: every transition goes through one function.

use refero_domain::{
    case::{CaseAct, CaseStatus, ClockPause},
    event::{Event, Operation},
    id::{CaseId, UserId},
    instant::Instant,
    machine::{Machine as _, Moved, State},
    policy::{
        Action, ActivateCase, AssignCase, Changes, ClaimCase, CreateNote, MeetDeadline, Permit,
        ResumeCase, StartFollowUp, StartReflection, SuspendCase,
    },
    profile::{ClockKind, CountryProfile},
    refusal::Refusal,
    sensitive::Sensitive,
};
use refero_store::{
    Error, Result,
    cases::{self, Before, CaseChange, CaseRow},
    clocks, notes,
    unit::{Audited, Tx},
};

use super::Target;
use crate::service::{pauses, reflections};

/// Moves a case: fetch with permit, step, save, record. Every transition goes through here.
pub(super) fn transition<A: Action + Changes>(
    tx: &mut Tx<'_>,
    (id, expected): Target<'_>,
    act: CaseAct,
    change: impl FnOnce(&mut Tx<'_>, &Permit<A, CaseRow>) -> Result<CaseChange>,
) -> Result<Audited<CaseId>> {
    let permit = cases::fetch::<A>(tx, id)?;
    permit.row().expect_version(expected)?;
    if !permit.row().case.state.get().acts_include(act) {
        return Err(permit.row().refused(Refusal::IllegalTransition, tx.actor()?));
    }
    let from = permit.row().case.state.get();
    let mut leads = CaseStatus::TRANSITIONS.iter();
    if let Some((_, _, to)) = leads.find(|(state, by, _)| (*state, *by) == (from, act)) {
        pauses::end_with_state(tx, id, *to)?;
    }
    let mut change = change(tx, &permit)?;
    // Who asked to close it asked about the case as it stood then (R10).
    if act != CaseAct::Close && permit.row().case.closure_requested_by.is_some() {
        change = change.without_closure();
    }
    let (row, permit) = permit.into_parts();
    let before = row.case.before();
    let moved = step(row.case.state, act)?;
    save(tx, &permit, (id, &before), Some(moved), &change)
}

pub(super) fn step(state: State<CaseStatus>, act: CaseAct) -> Result<Moved<CaseStatus>> {
    state.step(act).map_err(Error::from)
}

pub(super) fn save<A: Action + Changes>(
    tx: &mut Tx<'_>,
    permit: &Permit<A, ()>,
    (id, before): (&CaseId, &Before),
    moved: Option<Moved<CaseStatus>>,
    change: &CaseChange,
) -> Result<Audited<CaseId>> {
    let state = moved.is_some().then_some("state");
    let version = cases::save(tx, permit, before, moved, change)?;
    let event = Event::under(Operation::Execute, permit)
        .on(id, version)
        .in_case(id)
        .fields(state.into_iter().chain(change.fields()));
    tx.record(&event, id.clone())
}

/// Keeps why a case moves, as a note on it: sealed, and never changed (R13).
pub(super) fn keep_reason(
    tx: &mut Tx<'_>,
    case: &CaseId,
    reason: &Sensitive<String>,
) -> Result<()> {
    let permit = cases::fetch::<CreateNote>(tx, case)?;
    let id = tx.new_id();
    notes::insert(tx, &permit, &id, reason, None)?;
    let event = Event::under(Operation::Create, &permit).on(&id, 1).in_case(case);
    tx.note(&event)
}

pub(crate) fn start_clock(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    case: &CaseId,
    name: &str,
    kind: ClockKind,
) -> Result<()> {
    let due = profile.due(kind, tx.now().to_utc());
    let warn_at = profile.clock(kind).warned(due).map(Instant::from_utc);
    clocks::start_warned(tx, case, name, (Instant::from_utc(due), warn_at))
}

pub(super) fn start_plan_clock(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    case: &CaseId,
) -> Result<()> {
    let kind = ClockKind::NeedsAssessmentAndPlan;
    start_clock(tx, profile, case, "needs_assessment_and_plan", kind)
}

/// Claims a case from the triage queue. Of two who claim at once, one wins.
///
/// # Errors
/// [`Refusal::Stale`] or [`Refusal::IllegalTransition`] for whoever comes second.
///
/// # Audit
/// `case.claim`
pub fn claim(tx: &mut Tx<'_>, target: Target<'_>) -> Result<Audited<CaseId>> {
    transition::<ClaimCase>(tx, target, CaseAct::Claim, |tx, permit| {
        let by = tx.actor()?.user_id.clone();
        clocks::meet(tx, &permit.row().case.id, &["triage_claim"])?;
        Ok(CaseChange {
            coordinator_id: Some(Some(by)),
            claimed_at: Some(Some(tx.now())),
            ..CaseChange::default()
        })
    })
}

/// Assigns a case, or reassigns it, to a coordinator of its area.
///
/// # Errors
/// [`Refusal::ReferenceUnknown`] if the user is not an active coordinator there.
///
/// # Audit
/// `case.assign`
pub fn assign(tx: &mut Tx<'_>, target: Target<'_>, to: &UserId) -> Result<Audited<CaseId>> {
    let (id, expected) = target;
    let permit = cases::fetch::<AssignCase>(tx, id)?;
    permit.row().expect_version(expected)?;
    if permit.row().case.state.get().is_ended() {
        return Err(permit.row().refused(Refusal::CaseStateDoesNotAllow, tx.actor()?));
    }
    if !cases::could_coordinate(tx, to, permit.row().case.area.as_deref())? {
        return Err(Refusal::ReferenceUnknown { pointer: "/coordinator_id" }.into());
    }
    let (row, permit) = permit.into_parts();
    let before = row.case.before();
    let mut change = CaseChange { coordinator_id: Some(Some(to.clone())), ..CaseChange::default() };
    let untriaged = row.case.state.get() == CaseStatus::Submitted;
    let moved = if untriaged {
        clocks::meet(tx, id, &["triage_claim"])?;
        change.claimed_at = Some(Some(tx.now()));
        Some(step(row.case.state, CaseAct::Claim)?)
    } else {
        None
    };
    save(tx, &permit, (id, &before), moved, &change)
}

/// Opens a case for help. Assistance never waits for a decision about the person: neither a
/// screening nor a conclusion is asked for.
///
/// # Errors
/// [`Refusal::IllegalTransition`], [`Refusal::Stale`].
///
/// # Audit
/// `case.activate`
pub fn activate(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    target: Target<'_>,
) -> Result<Audited<CaseId>> {
    transition::<ActivateCase>(tx, target, CaseAct::Activate, |tx, permit| {
        start_plan_clock(tx, profile, &permit.row().case.id)?;
        Ok(CaseChange::default())
    })
}

/// Pauses a case for the recovery and reflection period, and grants what the country profile gives.
///
/// # Errors
/// [`Refusal::IllegalTransition`], [`Refusal::Stale`].
///
/// # Audit
/// `case.start-reflection`, once more for the period that begins.
pub fn start_reflection(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    target: Target<'_>,
) -> Result<Audited<CaseId>> {
    transition::<StartReflection>(tx, target, CaseAct::StartReflection, |tx, permit| {
        let case = (&permit.row().case.id, ClockPause::ReflectionPeriod);
        pauses::begin(tx, profile, permit, case)?;
        reflections::begin_with_case(tx, profile, permit)?;
        Ok(CaseChange::default())
    })
}

/// Suspends a case because contact is lost, with the clocks that the country profile names; why, in words, is
/// kept as a note.
///
/// # Errors
/// [`Refusal::IllegalTransition`], [`Refusal::Stale`].
///
/// # Audit
/// `case.suspend`
pub fn suspend(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    target: Target<'_>,
    reason: Option<&Sensitive<String>>,
) -> Result<Audited<CaseId>> {
    transition::<SuspendCase>(tx, target, CaseAct::Suspend, |tx, permit| {
        if let Some(reason) = reason {
            keep_reason(tx, &permit.row().case.id, reason)?;
        }
        let case = (&permit.row().case.id, ClockPause::LostContact);
        pauses::begin(tx, profile, permit, case)?;
        Ok(CaseChange::default())
    })
}

/// Resumes work: after lost contact, after a reflection period, or from follow-up.
///
/// # Errors
/// [`Refusal::IllegalTransition`], [`Refusal::Stale`].
///
/// # Audit
/// `case.resume`, once more for a reflection period that is over.
pub fn resume(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    target: Target<'_>,
) -> Result<Audited<CaseId>> {
    transition::<ResumeCase>(tx, target, CaseAct::Resume, |tx, permit| {
        reflections::end_with_case(tx, profile, permit)?;
        Ok(CaseChange::default())
    })
}

/// Starts the follow-up, with its clocks.
///
/// # Errors
/// [`Refusal::IllegalTransition`], [`Refusal::Stale`].
///
/// # Audit
/// `case.start-follow-up`
pub fn start_follow_up(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    target: Target<'_>,
) -> Result<Audited<CaseId>> {
    transition::<StartFollowUp>(tx, target, CaseAct::StartFollowUp, |tx, permit| {
        let id = &permit.row().case.id;
        clocks::meet(tx, id, &["needs_assessment_and_plan"])?;
        for (name, kind) in [
            ("follow_up_1", ClockKind::FollowUp1),
            ("follow_up_2", ClockKind::FollowUp2),
            ("follow_up_3", ClockKind::FollowUp3),
            ("follow_up_4", ClockKind::FollowUp4),
        ] {
            start_clock(tx, profile, id, name, kind)?;
        }
        Ok(CaseChange::default())
    })
}

/// The deadlines that somebody says are met: what they ask for may have been done without an act here that
/// tells, such as an agreement to a plan or a follow-up.
pub const SAID_TO_BE_MET: [&str; 7] = [
    "urgent_needs",
    "guardian_for_child",
    "needs_assessment_and_plan",
    "follow_up_1",
    "follow_up_2",
    "follow_up_3",
    "follow_up_4",
];

/// Says that what a deadline asks for is done. A late act is still possible.
///
/// # Errors
/// [`Refusal::ReferenceUnknown`] if no such deadline is open on the case, [`Refusal::Stale`].
///
/// # Audit
/// `case.meet-deadline`, with the deadline's name.
pub fn meet_deadline(tx: &mut Tx<'_>, target: Target<'_>, kind: &str) -> Result<Audited<CaseId>> {
    let (id, expected) = target;
    let permit = cases::fetch::<MeetDeadline>(tx, id)?;
    permit.row().expect_version(expected)?;
    let unknown = Refusal::ReferenceUnknown { pointer: "/kind" };
    let Some(kind) = SAID_TO_BE_MET.into_iter().find(|known| *known == kind) else {
        return Err(permit.row().refused(unknown, tx.actor()?));
    };
    if !clocks::is_open(tx, id, kind)? {
        return Err(permit.row().refused(unknown, tx.actor()?));
    }
    clocks::meet(tx, id, &[kind])?;
    let (row, permit) = permit.into_parts();
    let version = cases::save(tx, &permit, &row.case.before(), None, &CaseChange::default())?;
    let event = Event::under(Operation::Update, &permit).on(id, version).in_case(id).fields([kind]);
    tx.record(&event, id.clone())
}
