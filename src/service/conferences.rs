//! Writing down what those decided together who help a person.

use refero_domain::{
    dates,
    event::{Event, Operation},
    id::{CaseConferenceId, CaseId, OrganisationId},
    instant::Instant,
    policy::{Permit, ReadConference, RecordConference},
    refusal::Refusal,
};
use refero_store::{
    Result,
    cases::{self, CaseRow},
    conferences::{self, Conference, Held},
    recipients,
    rows::{RowLimit, Rows},
    unit::{Audited, Reading, Tx},
};

use super::already_known;

/// A conference as somebody writes it down.
#[derive(Debug)]
pub struct NewConference {
    /// The client's own identifier.
    pub id: Option<CaseConferenceId>,
    /// What was held.
    pub held: Held,
    /// The organisations that took part.
    pub organisations: Vec<OrganisationId>,
}

/// Writes a conference down.
///
/// # Errors
/// [`Refusal::CaseStateDoesNotAllow`] for a case that has ended; [`Refusal::ReferenceUnknown`] for an
/// organisation that is not in the directory; [`Refusal::ImpossibleDate`]; [`Refusal::IdTaken`] for
/// another content under a used identifier.
///
/// # Audit
/// `case-conference.create`
pub fn record(
    tx: &mut Tx<'_>,
    case: &CaseId,
    new: &NewConference,
) -> Result<Audited<CaseConferenceId>> {
    let permit = cases::fetch::<RecordConference>(tx, case)?;
    if let Some(id) = &new.id {
        let author = tx.actor()?.user_id.clone();
        let known = already_known(conferences::find(tx, &permit, id), |known| {
            Ok(known.author_id == author && known.held == new.held)
        })?;
        if known.is_some() {
            let event = Event::of::<ReadConference>(Operation::Read).on(id, 1).in_case(case);
            return tx.record(&event, id.clone());
        }
    }
    if permit.row().case.state.get().is_ended() {
        return Err(permit.row().refused(Refusal::CaseStateDoesNotAllow, tx.actor()?));
    }
    let now = tx.now();
    dates::check_past(new.held.held_on, now).map_err(|fault| fault.at("/held_on"))?;
    if let Some(next) = new.held.next_on {
        dates::check_planned(next, now).map_err(|fault| fault.at("/next_on"))?;
    }
    for organisation in &new.organisations {
        if !recipients::exists(tx, organisation)? {
            return Err(Refusal::ReferenceUnknown { pointer: "/participants" }.into());
        }
    }
    let id = new.id.clone().unwrap_or_else(|| tx.new_id());
    conferences::insert(tx, &permit, &id, &new.held)?;
    let event = Event::under(Operation::Create, &permit).on(&id, 1).in_case(case);
    tx.record(&event, id)
}

/// Fetches a conference to show it, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`] if the case has no such conference.
///
/// # Audit
/// `case-conference.read`
pub fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &CaseConferenceId,
) -> Result<(Event, Permit<ReadConference, CaseRow>, Conference)> {
    let permit = cases::fetch::<ReadConference>(reading, case)?;
    let found = conferences::find(reading, &permit, id)?;
    let event = Event::under(Operation::Read, &permit).on(id, 1).in_case(case);
    Ok((event, permit, found))
}

/// Lists the conferences of a case, the newest first.
///
/// # Errors
/// [`Refusal::NotFound`] if the case is not there or may not be known.
///
/// # Audit
/// `case-conference.read` with the ids shown.
pub fn list(
    reading: &mut Reading<'_>,
    case: &CaseId,
    after: Option<(Instant, CaseConferenceId)>,
    limit: RowLimit,
) -> Result<(Event, Permit<ReadConference, CaseRow>, Rows<Conference>)> {
    let permit = cases::fetch::<ReadConference>(reading, case)?;
    let found = conferences::page(reading, &permit, after, limit)?;
    let event = Event::under(Operation::Read, &permit)
        .in_case(case)
        .showing(found.iter().map(|one| &one.id));
    Ok((event, permit, found))
}
