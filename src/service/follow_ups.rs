//! Asking how a person fares after the help.

use refero_domain::{
    dates,
    event::{Event, Operation},
    follow_up::clock_of,
    id::{CaseId, FollowUpId},
    instant::Instant,
    policy::{Permit, ReadFollowUp, RecordFollowUp},
    profile::CountryProfile,
    refusal::Refusal,
};
use refero_store::{
    Result,
    cases::{self, CaseRow},
    clocks,
    follow_ups::{self, FollowUp, Told},
    rows::{RowLimit, Rows},
    unit::{Audited, Reading, Tx},
};

use super::{
    already_known,
    danger::{self, Danger},
};

/// Writes a follow-up down. Whoever was reached, or does not want to be asked, is asked no more in that
/// round: its clock stops. A greater danger becomes the case's, and what cannot wait starts its deadline,
/// as in an assessment of needs.
///
/// # Errors
/// [`Refusal::CaseStateDoesNotAllow`] for a case that has ended; [`Refusal::ReferenceUnknown`] if that
/// round does not run on the case; [`Refusal::ImpossibleDate`]; [`Refusal::IdTaken`] for another content
/// under a used identifier.
///
/// # Audit
/// `follow-up.create`
pub fn record(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    case: &CaseId,
    (id, told): (Option<&FollowUpId>, &Told),
) -> Result<Audited<FollowUpId>> {
    let permit = cases::fetch::<RecordFollowUp>(tx, case)?;
    if let Some(id) = id {
        let author = tx.actor()?.user_id.clone();
        let known = already_known(follow_ups::find(tx, &permit, id), |known| {
            Ok(known.author_id == author && known.told == *told)
        })?;
        if known.is_some() {
            let event = Event::of::<ReadFollowUp>(Operation::Read).on(id, 1).in_case(case);
            return tx.record(&event, id.clone());
        }
    }
    if permit.row().case.state.get().is_ended() {
        return Err(permit.row().refused(Refusal::CaseStateDoesNotAllow, tx.actor()?));
    }
    dates::check_past(told.contact_on, tx.now()).map_err(|fault| fault.at("/contact_on"))?;
    let id = id.cloned().unwrap_or_else(|| tx.new_id());
    follow_ups::insert(tx, &permit, &id, told)?;
    if let Some(clock) = told.round.and_then(clock_of) {
        if !clocks::is_open(tx, case, clock)? {
            return Err(Refusal::ReferenceUnknown { pointer: "/round" }.into());
        }
        if told.contact.ends_round() {
            clocks::meet(tx, case, &[clock])?;
        }
    }
    let (row, permit) = permit.into_parts();
    let danger = Danger { level: told.faring.risk_level(), is_urgent: told.faring.is_urgent() };
    danger::tell(tx, profile, (&row, &permit), danger)?;
    let event = Event::under(Operation::Create, &permit).on(&id, 1).in_case(case);
    tx.record(&event.fields(["round", "contact"]), id)
}

/// Fetches a follow-up to show it, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`] if the case has no such follow-up.
///
/// # Audit
/// `follow-up.read`
pub fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &FollowUpId,
) -> Result<(Event, Permit<ReadFollowUp, CaseRow>, FollowUp)> {
    let permit = cases::fetch::<ReadFollowUp>(reading, case)?;
    let found = follow_ups::find(reading, &permit, id)?;
    let event = Event::under(Operation::Read, &permit).on(id, 1).in_case(case);
    Ok((event, permit, found))
}

/// Lists the follow-ups of a case, the newest first.
///
/// # Errors
/// [`Refusal::NotFound`] if the case is not there or may not be known.
///
/// # Audit
/// `follow-up.read` with the ids shown.
pub fn list(
    reading: &mut Reading<'_>,
    case: &CaseId,
    after: Option<(Instant, FollowUpId)>,
    limit: RowLimit,
) -> Result<(Event, Permit<ReadFollowUp, CaseRow>, Rows<FollowUp>)> {
    let permit = cases::fetch::<ReadFollowUp>(reading, case)?;
    let found = follow_ups::page(reading, &permit, after, limit)?;
    let event = Event::under(Operation::Read, &permit)
        .in_case(case)
        .showing(found.iter().map(|one| &one.id));
    Ok((event, permit, found))
}
