//! How a case ends, with four eyes (R10), and how it begins again.

use refero_domain::{
    case::CaseAct,
    id::CaseId,
    machine::Machine as _,
    plan::PlanAct,
    policy::{CloseCase, DeclineClosure, Permit, ReopenCase},
    profile::CountryProfile,
    refusal::Refusal,
    sensitive::Sensitive,
};
use refero_store::{
    Result,
    cases::{self, CaseChange, CaseRow},
    clocks,
    unit::{Audited, Tx},
};

use super::{
    Target,
    moving::{keep_reason, save, start_plan_clock, step, transition},
};
use crate::service::{
    closure::{self, LeftOut},
    plans, reflections,
};

/// What somebody says who asks to close a case.
#[derive(Debug, Clone, Default)]
pub struct ClosureRequest {
    /// A code of `case_closure_reason`.
    pub reason: Option<String>,
    /// Why something is left open.
    pub left_out: Vec<LeftOut>,
}

/// Asks to close a case, or approves that somebody else asked (R10).
///
/// The first call records the request and its reason; a second person completes it. One of the two
/// is a supervisor. Referrals that have not ended stand in the way; whatever else is open is kept with the
/// request. The plan ends with the case.
///
/// # Errors
/// [`Refusal::Incomplete`], [`Refusal::Inconsistent`],
/// [`Refusal::SelfApproval`], [`Refusal::SecondPersonRequired`], [`Refusal::OpenReferrals`],
/// [`Refusal::IllegalTransition`], [`Refusal::Stale`].
///
/// # Audit
/// `case.close`, once for each of the two.
pub fn close(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    target: Target<'_>,
    asked: &ClosureRequest,
) -> Result<Audited<CaseId>> {
    let (id, expected) = target;
    let permit = cases::fetch::<CloseCase>(tx, id)?;
    permit.row().expect_version(expected)?;
    let actor = tx.actor()?.clone();
    if !permit.row().case.state.get().acts_include(CaseAct::Close) {
        return Err(permit.row().refused(Refusal::IllegalTransition, &actor));
    }
    if cases::open_referrals(tx, &permit)? > 0 {
        return Err(permit.row().refused(Refusal::OpenReferrals, &actor));
    }
    let second_person = permit.row().refused(Refusal::SecondPersonRequired, &actor);
    let Some(requested_by) = permit.row().case.closure_requested_by.clone() else {
        return ask(tx, profile, permit, asked);
    };
    // Whoever approves says nothing about what was left open: it would stand beside another's request.
    if !asked.left_out.is_empty() {
        return Err(Refusal::Inconsistent { pointer: "/checklist_exceptions" }.into());
    }
    let (row, permit) = permit.into_parts();
    let before = row.case.before();
    if requested_by == actor.user_id {
        return Err(Refusal::SelfApproval.into());
    }
    let area = row.case.area.as_deref();
    let one_supervises =
        cases::supervises(tx, &actor.user_id, area)? || cases::supervises(tx, &requested_by, area)?;
    if !one_supervises {
        return Err(second_person);
    }
    clocks::stop_all(tx, id)?;
    plans::move_with_case::<CloseCase>(tx, id, PlanAct::End)?;
    let change = CaseChange { closed_at: Some(Some(tx.now())), ..CaseChange::default() };
    let moved = step(row.case.state, CaseAct::Close)?;
    save(tx, &permit, (id, &before), Some(moved), &change)
}

/// Records the request, with what is open and why.
fn ask(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    permit: Permit<CloseCase, CaseRow>,
    asked: &ClosureRequest,
) -> Result<Audited<CaseId>> {
    let reason = asked.reason.as_deref().ok_or(Refusal::Incomplete { pointer: "/reason" })?;
    closure::keep(tx, profile, &permit, (reason, &asked.left_out))?;
    let change = CaseChange {
        closure_reason: Some(Some(reason.to_owned())),
        closure_requested_by: Some(Some(tx.actor()?.user_id.clone())),
        closure_requested_at: Some(Some(tx.now())),
        ..CaseChange::default()
    };
    let (row, permit) = permit.into_parts();
    let id = row.case.id.clone();
    save(tx, &permit, (&id, &row.case.before()), None, &change)
}

/// Declines a request to close: the case goes on.
///
/// # Errors
/// [`Refusal::IllegalTransition`] if nobody asked, [`Refusal::Stale`].
///
/// # Audit
/// `case.decline-closure`
pub fn decline_closure(tx: &mut Tx<'_>, target: Target<'_>) -> Result<Audited<CaseId>> {
    let (id, expected) = target;
    let permit = cases::fetch::<DeclineClosure>(tx, id)?;
    permit.row().expect_version(expected)?;
    let case = &permit.row().case;
    if case.closure_requested_by.is_none() || case.state.get().is_ended() {
        return Err(permit.row().refused(Refusal::IllegalTransition, tx.actor()?));
    }
    let (row, permit) = permit.into_parts();
    let change = CaseChange::default().without_closure();
    save(tx, &permit, (id, &row.case.before()), None, &change)
}

/// Reopens a closed case. Needs and plan are looked at anew; who closed it and why stays in the
/// history, and why it is reopened, in words, is kept as a note (R13).
///
/// # Errors
/// [`Refusal::IllegalTransition`], [`Refusal::Stale`].
///
/// # Audit
/// `case.reopen`
pub fn reopen(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    target: Target<'_>,
    reason: &Sensitive<String>,
) -> Result<Audited<CaseId>> {
    transition::<ReopenCase>(tx, target, CaseAct::Reopen, |tx, permit| {
        keep_reason(tx, &permit.row().case.id, reason)?;
        start_plan_clock(tx, profile, &permit.row().case.id)?;
        reflections::reopen_with_case(tx, profile, permit)?;
        plans::move_with_case::<ReopenCase>(tx, &permit.row().case.id, PlanAct::Resume)?;
        Ok(CaseChange::default().without_closure())
    })
}
