//! Granting, refusing, extending and ending a period.

use chrono::NaiveDate;
use refero_domain::{
    case::{CaseAct, CaseStatus, ClockPause},
    dates,
    id::ReflectionPeriodId,
    machine::Machine as _,
    policy::{
        DeclineReflection, EndReflection, ExtendReflection, GrantReflection, RefuseReflection,
        TerminateReflection,
    },
    profile::{CountryProfile, ReflectionStart},
    reflection::{Grant, ReflectionAct, Stated, TerminationReason, Terms, last_day},
    refusal::Refusal,
    sensitive::Sensitive,
};
use refero_store::{
    Result,
    cases::Case,
    clocks,
    reflections::{self, End, Reflection, ReflectionChange},
    unit::{Audited, Tx},
};

use crate::service::pauses;

use super::{END, Target, begin, finish, start_clock, today};

/// Gives what the first days change.
pub(super) fn first_days(
    tx: &Tx<'_>,
    profile: &CountryProfile,
    terms: Terms,
    (offered_on, stated): (NaiveDate, Option<NaiveDate>),
) -> Result<ReflectionChange> {
    let from = match (stated, profile.reflection.starts_on) {
        (Some(day), _) => {
            dates::check_past(day, tx.now()).map_err(|fault| fault.at("/starts_on"))?;
            day
        }
        (None, Some(ReflectionStart::Offer)) => offered_on,
        (None, Some(ReflectionStart::Grant) | None) => today(profile, tx.now()).max(offered_on),
    };
    if from < offered_on {
        return Err(Refusal::Inconsistent { pointer: "/starts_on" }.into());
    }
    let last = last_day(from, terms.days)?;
    Ok(ReflectionChange {
        grants: Some(vec![granted(tx, terms, last)?]),
        runs: Some((from, last)),
        suspends_removal: profile.reflection.suspends_removal,
        answered: true,
        ..ReflectionChange::default()
    })
}

fn granted(tx: &Tx<'_>, terms: Terms, ends_on: NaiveDate) -> Result<Grant> {
    let Terms { days, basis, citation } = terms;
    let by = tx.actor()?.user_id.clone();
    Ok(Grant { days, basis, citation, ends_on, by, at: tx.now() })
}

/// Grants a period: for as many days as the country profile gives, or as somebody says with what they rest on. A
/// case that is worked on pauses with it, in the same act.
///
/// # Errors
/// [`Refusal::IllegalTransition`] unless it is offered and the case is open, [`Refusal::Incomplete`] for days
/// that rest on nothing, [`Refusal::OutOfRange`] for more than the profile allows or fewer than it gives,
/// [`Refusal::ImpossibleDate`] or [`Refusal::Inconsistent`] for a start that cannot be, [`Refusal::Stale`].
///
/// # Audit
/// `reflection-period.grant`, once more for the case if it moves.
pub fn grant(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    to: &Target,
    (stated, starts_on): (&Stated, Option<NaiveDate>),
) -> Result<Audited<ReflectionPeriodId>> {
    let (permit, period) = begin::<GrantReflection>(tx, profile, to, ReflectionAct::Grant)?;
    let state = permit.row().case.state.get();
    let pauses = (state != CaseStatus::ReflectionPeriod).then_some(CaseAct::StartReflection);
    if pauses.is_some_and(|act| !state.acts_include(act)) {
        return Err(permit.row().refused(Refusal::IllegalTransition, tx.actor()?));
    }
    let is_citizen = reflections::is_citizen(&permit, profile)?;
    let terms = Terms::to_grant(&profile.reflection, is_citizen, stated)?;
    let change = first_days(tx, profile, terms, (period.offered_on, starts_on))?;
    if let Some((_, last)) = change.runs {
        start_clock(tx, profile, &to.case_id, last)?;
    }
    pauses::begin(tx, profile, &permit, (&to.case_id, ClockPause::ReflectionPeriod))?;
    let fields = ["grants", "starts_on", "ends_on", "suspends_removal"];
    finish(tx, (permit, period), (ReflectionAct::Grant, pauses), (&change, &fields))
}

/// Extends a period by further days.
///
/// # Errors
/// [`Refusal::IllegalTransition`] unless it runs, [`Refusal::NotRenewable`] where the country allows no
/// extension, [`Refusal::Incomplete`] and [`Refusal::OutOfRange`] as for [`grant`], [`Refusal::Stale`].
///
/// # Audit
/// `reflection-period.extend`
pub fn extend(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    to: &Target,
    (stated, reasons): (&Stated, &Sensitive<String>),
) -> Result<Audited<ReflectionPeriodId>> {
    let act = ReflectionAct::Extend;
    let (permit, period) = begin::<ExtendReflection>(tx, profile, to, act)?;
    let is_citizen = reflections::is_citizen(&permit, profile)?;
    let terms = Terms::to_extend(&profile.reflection, (is_citizen, period.days()), stated);
    let today = today(profile, tx.now());
    let facts = &permit.row().facts;
    let terms = match terms {
        Err(Refusal::NotRenewable) => {
            return Err(period.refused(Refusal::NotRenewable, (facts, tx.actor()?), today));
        }
        terms => terms?,
    };
    let Some((from, last)) = period.runs else {
        return Err(period.refused(Refusal::IllegalTransition, (facts, tx.actor()?), today));
    };
    let last = last_day(last, terms.days)?;
    let mut grants = period.grants.clone();
    grants.push(granted(tx, terms, last)?);
    let words = period.words.clone();
    let words = words.with(Some(reasons.clone()), |words, why| words.extended.push(why));
    let change = ReflectionChange {
        grants: Some(grants),
        runs: Some((from, last)),
        words: Some(words),
        ..ReflectionChange::default()
    };
    start_clock(tx, profile, &to.case_id, last)?;
    let fields = ["grants", "ends_on", "reasons"];
    finish(tx, (permit, period), (act, None), (&change, &fields))
}

/// Records that the person declined. Nobody has to say why, and another one can be offered.
///
/// # Errors
/// [`Refusal::IllegalTransition`] unless it is offered, [`Refusal::Stale`].
///
/// # Audit
/// `reflection-period.decline`
pub fn decline(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    to: &Target,
    reason: Option<&Sensitive<String>>,
) -> Result<Audited<ReflectionPeriodId>> {
    let act = ReflectionAct::Decline;
    let begun = begin::<DeclineReflection>(tx, profile, to, act)?;
    let words = begun.1.words.clone();
    let words = words.with(reason.cloned(), |words, why| words.declined = Some(why));
    let change =
        ReflectionChange { words: Some(words), answered: true, ..ReflectionChange::default() };
    finish(tx, begun, (act, None), (&change, &["reason"]))
}

/// Refuses a period, with reasons.
///
/// # Errors
/// [`Refusal::IllegalTransition`] unless it is offered, [`Refusal::Stale`].
///
/// # Audit
/// `reflection-period.refuse`
pub fn refuse(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    to: &Target,
    reasons: &Sensitive<String>,
) -> Result<Audited<ReflectionPeriodId>> {
    let act = ReflectionAct::Refuse;
    let begun = begin::<RefuseReflection>(tx, profile, to, act)?;
    let words = begun.1.words.clone();
    let words = words.with(Some(reasons.clone()), |words, why| words.refused = Some(why));
    let change =
        ReflectionChange { words: Some(words), answered: true, ..ReflectionChange::default() };
    finish(tx, begun, (act, None), (&change, &["reasons"]))
}

/// Records that a period is over. A case that paused with it goes on, in the same act.
///
/// # Errors
/// [`Refusal::IllegalTransition`] unless it ran and its last day is over, [`Refusal::Stale`].
///
/// # Audit
/// `reflection-period.end`, once more for the case if it moves.
pub fn end(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    to: &Target,
) -> Result<Audited<ReflectionPeriodId>> {
    let act = ReflectionAct::End;
    let (permit, period) = begin::<EndReflection>(tx, profile, to, act)?;
    let change = ReflectionChange { end: over(&period), ..ReflectionChange::default() };
    let goes_on = goes_on(&permit.row().case);
    clocks::meet(tx, &to.case_id, &[END])?;
    finish(tx, (permit, period), (act, goes_on), (&change, &["ended_on"]))
}

pub(super) fn over(period: &Reflection) -> Option<End> {
    period.runs.map(|(_, last)| End { on: last, reason: None })
}

fn goes_on(case: &Case) -> Option<CaseAct> {
    (case.state.get() == CaseStatus::ReflectionPeriod).then_some(CaseAct::Resume)
}

/// Ends a period before its last day, with a coded reason and reasons in words. A case that paused with it goes
/// on, in the same act.
///
/// # Errors
/// [`Refusal::IllegalTransition`] unless it runs, [`Refusal::Stale`].
///
/// # Audit
/// `reflection-period.terminate`, once more for the case if it moves.
pub fn terminate(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    to: &Target,
    (reason, reasons): (TerminationReason, &Sensitive<String>),
) -> Result<Audited<ReflectionPeriodId>> {
    let act = ReflectionAct::Terminate;
    let (permit, period) = begin::<TerminateReflection>(tx, profile, to, act)?;
    let words = period.words.clone();
    let words = words.with(Some(reasons.clone()), |words, why| words.terminated = Some(why));
    let end = End { on: today(profile, tx.now()), reason: Some(reason) };
    let change =
        ReflectionChange { words: Some(words), end: Some(end), ..ReflectionChange::default() };
    let goes_on = goes_on(&permit.row().case);
    clocks::meet(tx, &to.case_id, &[END])?;
    let fields = ["end_reason", "ended_on", "reasons"];
    finish(tx, (permit, period), (act, goes_on), (&change, &fields))
}
