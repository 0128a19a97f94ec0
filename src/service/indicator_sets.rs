//! Redefining by what people are screened: one person proposes, another approves, and old screenings stay as
//! they were (R10, R11, R19).

use refero_domain::{
    event::{Event, Operation},
    id::IndicatorSetVersionId,
    instant::Instant,
    policy::{
        self, ApproveIndicatorSet, Permit, ProposeIndicatorSet, ReadReference, SystemFacts,
        WithdrawIndicatorSet,
    },
    refusal::Refusal,
    screening::{GoldenCase, IndicatorSet, SetAct, decides_for_the_country},
};
use refero_store::{
    Result,
    indicator_sets::{self as sets, SetVersion},
    rows::{RowLimit, Rows},
    unit::{Audited, Reading, Tx},
};

/// A new version as somebody proposes it.
#[derive(Debug, Clone)]
pub struct NewVersion {
    /// The whole set.
    pub document: IndicatorSet,
    /// The cases that it is tried on.
    pub cases: Vec<GoldenCase>,
    /// What changes, and why.
    pub reason: String,
}

/// Which version of which set is meant, at which version of its row.
pub type Target<'t> = (&'t str, &'t IndicatorSetVersionId, Option<i64>);

fn expect_set(set_id: &str) -> Result<(), Refusal> {
    if set_id == IndicatorSet::embedded().id { Ok(()) } else { Err(Refusal::NotFound) }
}

/// Who supervises an area does not decide for the others.
fn expect_decides(reading: &Reading<'_>) -> Result<()> {
    if decides_for_the_country(reading.actor()?) {
        Ok(())
    } else {
        Err(Refusal::NotPermitted.into())
    }
}

/// Returns the set by which people are screened now.
///
/// # Errors
/// [`refero_store::Error::Unavailable`] if the database is not there.
pub fn by_which_people_are_screened(reading: &mut Reading<'_>) -> Result<IndicatorSet> {
    sets::in_force(reading)
}

/// As [`by_which_people_are_screened`], for who asks for a set by its name.
///
/// # Errors
/// [`Refusal::NotFound`] for a set that does not exist.
pub fn in_force(reading: &mut Reading<'_>, set_id: &str) -> Result<IndicatorSet> {
    expect_set(set_id)?;
    sets::in_force(reading)
}

/// Refuses codes that the set in force does not have.
///
/// # Errors
/// [`Refusal::ReferenceUnknown`].
pub fn expect_known<'c>(
    reading: &mut Reading<'_>,
    codes: impl Iterator<Item = &'c String> + Clone,
    pointer: &'static str,
) -> Result<()> {
    // What comes with the program is kept by every version.
    let built_in = IndicatorSet::embedded();
    if codes.clone().all(|code| built_in.indicator(code).is_some()) {
        return Ok(());
    }
    let set = sets::in_force(reading)?;
    let mut codes = codes;
    if codes.all(|code| set.indicator(code).is_some()) {
        Ok(())
    } else {
        Err(Refusal::ReferenceUnknown { pointer }.into())
    }
}

/// Proposes a new version. Nothing is screened by it until somebody else approves it.
///
/// # Errors
/// [`Refusal::NotFound`] for a set that does not exist, [`Refusal::NotPermitted`] for who supervises an area
/// alone, [`Refusal::Inconsistent`] for what cannot follow the last version, [`Refusal::IdTaken`] for a version
/// that there is already.
///
/// # Audit
/// `indicator-set.propose`.
pub fn propose(
    tx: &mut Tx<'_>,
    set_id: &str,
    new: &NewVersion,
) -> Result<Audited<IndicatorSetVersionId>> {
    let permit: Permit<ProposeIndicatorSet, ()> = policy::decide(tx.actor()?, &SystemFacts, ())?;
    expect_set(set_id)?;
    expect_decides(tx)?;
    new.document.check_as_next(&sets::last_approved(tx)?.0, &new.cases)?;
    let id = tx.new_id();
    sets::insert(tx, &permit, &id, (&new.document, &new.cases, &new.reason))?;
    let event = Event::under(Operation::Create, &permit).on(&id, 1);
    tx.record(&event, id)
}

/// Shows one version, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`].
///
/// # Audit
/// `reference.read`, on the version.
pub fn open<T>(
    reading: &mut Reading<'_>,
    (set_id, id): (&str, &IndicatorSetVersionId),
    show: impl FnOnce(&Reading<'_>, &SetVersion) -> Result<T>,
) -> Result<(Event, T)> {
    let permit = sets::fetch::<ReadReference>(reading, (set_id, id))?;
    let event = Event::under(Operation::Read, &permit).on(id, permit.row().version);
    let shown = show(reading, permit.row())?;
    Ok((event, shown))
}

/// Lists the versions of a set, the newest first.
///
/// # Errors
/// [`Refusal::NotFound`] for a set that does not exist.
///
/// # Audit
/// `reference.read`, with the ids that were shown.
pub fn list(
    reading: &mut Reading<'_>,
    set_id: &str,
    after: Option<(Instant, IndicatorSetVersionId)>,
    limit: RowLimit,
) -> Result<(Event, Rows<SetVersion>)> {
    expect_set(set_id)?;
    let found = sets::page(reading, set_id, after, limit)?;
    let event = Event::of::<ReadReference>(Operation::Read)
        .showing(found.iter().map(|version| &version.id));
    Ok((event, found))
}

/// Approves what somebody else proposed, to be used from now or from a later moment on.
///
/// # Errors
/// [`Refusal::SelfApproval`] (R10), [`Refusal::Inconsistent`] for a moment that has passed or lies before that of
/// another version, or if one was approved since that this one cannot follow, [`Refusal::IllegalTransition`],
/// [`Refusal::Stale`].
///
/// # Audit
/// `indicator-set.approve`.
pub fn approve(
    tx: &mut Tx<'_>,
    (set_id, id, expected): Target<'_>,
    effective_from: Option<Instant>,
) -> Result<Audited<IndicatorSetVersionId>> {
    let permit = sets::fetch::<ApproveIndicatorSet>(tx, (set_id, id))?;
    expect_decides(tx)?;
    let (actor, now) = (tx.actor()?.clone(), tx.now());
    let (row, permit) = permit.into_parts();
    row.expect_version(expected)?;
    if row.proposed_by == actor.user_id {
        return Err(row.refused(Refusal::SelfApproval, &actor, now));
    }
    let illegal = row.refused(Refusal::IllegalTransition, &actor, now);
    let (document, cases, version) = (row.document()?, row.cases()?, row.version);
    let moved = row.state.step(SetAct::Approve).map_err(|_| illegal)?;
    let (last, last_from) = sets::last_approved(tx)?;
    document.check_as_next(&last, &cases)?;
    let from = effective_from.unwrap_or(now);
    // Each version follows the one before it, in time as well: else what was asked between could not be read.
    if from < now || last_from.is_some_and(|last| from < last) {
        return Err(Refusal::Inconsistent { pointer: "/effective_from" }.into());
    }
    let version = sets::save(tx, &permit, (id, version), &moved, Some(from))?;
    let event = Event::under(Operation::Update, &permit)
        .on(id, version)
        .fields(["state", "effective_from"]);
    tx.record(&event, id.clone())
}

/// Takes back a proposal, or what was approved and is not in force yet. What people were screened by stays.
///
/// # Errors
/// [`Refusal::IllegalTransition`] for what is in force or was, or is withdrawn; [`Refusal::Stale`].
///
/// # Audit
/// `indicator-set.withdraw`.
pub fn withdraw(
    tx: &mut Tx<'_>,
    (set_id, id, expected): Target<'_>,
) -> Result<Audited<IndicatorSetVersionId>> {
    let permit = sets::fetch::<WithdrawIndicatorSet>(tx, (set_id, id))?;
    expect_decides(tx)?;
    let (actor, now) = (tx.actor()?.clone(), tx.now());
    let (row, permit) = permit.into_parts();
    row.expect_version(expected)?;
    let illegal = row.refused(Refusal::IllegalTransition, &actor, now);
    if row.has_begun(now) {
        return Err(illegal);
    }
    let version = row.version;
    let moved = row.state.step(SetAct::Withdraw).map_err(|_| illegal)?;
    let version = sets::save(tx, &permit, (id, version), &moved, None)?;
    let event = Event::under(Operation::Update, &permit).on(id, version).fields(["state"]);
    tx.record(&event, id.clone())
}
