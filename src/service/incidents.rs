//! Incidents: many people found in one operation, each with a case of their own.

use chrono::NaiveDate;
use refero_domain::{
    dates,
    event::{Event, Operation},
    id::{CaseId, IncidentId},
    incident::{IncidentLinkAct, IncidentUnlinkReason, IncidentWords, OffenceFacts},
    instant::Instant,
    policy::{
        self, Class, CreateIncident, EditIncident, LinkIncident, Permit, ReadCase, ReadIncident,
        ReadIncidentCases, UnlinkIncident,
    },
    profile::CountryProfile,
    refusal::Refusal,
    sensitive::Sensitive,
};
use refero_store::{
    Error, Result,
    cases::{self, CaseFilter, CaseOrder, CaseRow},
    incidents::{self, Account, IncidentRow},
    rows::{RowLimit, Rows},
    unit::{Audited, Reading, Tx},
};

use super::{already_known, referred_to};

/// An incident as it is recorded.
#[derive(Debug, Clone)]
pub struct NewIncident {
    /// The identifier that the client chose.
    pub id: Option<IncidentId>,
    /// What is told of it.
    pub account: Account,
}

/// What is corrected about an incident. Absent members stay.
#[derive(Debug, Clone, Default)]
pub struct Correction {
    /// When it was.
    pub found_on: Option<NaiveDate>,
    /// Where: an ISO 3166-2 area.
    pub area: Option<Option<String>>,
    /// A code of `incident_place`.
    pub place: Option<String>,
}

fn check(profile: &CountryProfile, account: &Account, now: Instant) -> Result<()> {
    dates::check_past(account.found_on, now).map_err(|fault| fault.at("/found_on"))?;
    match &account.area {
        Some(area) if profile.area(area).is_none() => {
            Err(Refusal::ReferenceUnknown { pointer: "/area" }.into())
        }
        _ => Ok(()),
    }
}

/// Records an incident. The same under the client's own identifier is the same.
///
/// # Errors
/// [`Refusal::ReferenceUnknown`] for an area that the country does not have, [`Refusal::ImpossibleDate`],
/// [`Refusal::IdTaken`].
///
/// # Audit
/// `incident.create`
pub fn create(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    new: &NewIncident,
) -> Result<Audited<IncidentId>> {
    let permit = policy::decide::<CreateIncident, _>(tx.actor()?, &policy::SystemFacts, ())?;
    if let Some(id) = &new.id {
        let by = tx.actor()?.user_id.clone();
        let known = already_known(incidents::fetch::<ReadIncident>(tx, id), |known| {
            let known = &known.row().incident;
            Ok(known.created_by == by && new.account.is_that_of(&known.account))
        })?;
        if let Some(known) = known {
            let version = known.row().incident.version;
            return tx.record(&Event::under(Operation::Read, &known).on(id, version), id.clone());
        }
    }
    check(profile, &new.account, tx.now())?;
    let id = new.id.clone().unwrap_or_else(|| tx.new_id());
    incidents::insert(tx, &permit, &id, &new.account)?;
    let event = Event::under(Operation::Create, &permit).on(&id, 1);
    tx.record(&event.fields(["found_on", "area", "place"]), id)
}

/// Fetches an incident to show it, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`] if it is not there or may not be known.
///
/// # Audit
/// `incident.read` with the names of what was unsealed.
pub fn open(
    reading: &mut Reading<'_>,
    id: &IncidentId,
) -> Result<(Event, Permit<ReadIncident, IncidentRow>)> {
    let permit = incidents::fetch::<ReadIncident>(reading, id)?;
    let event = Event::under(Operation::Read, &permit).on(id, permit.row().incident.version);
    let unsealed = ["place_details", "narrative"].into_iter();
    let event = event.fields(unsealed.filter(|_| permit.may_see(Class::CaseRestricted)));
    Ok((event, permit))
}

/// Lists the incidents that the caller may know of, the newest first.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
///
/// # Audit
/// `incident.read` with the ids shown.
pub fn list(
    reading: &mut Reading<'_>,
    after: Option<(Instant, IncidentId)>,
    limit: RowLimit,
) -> Result<(Event, Rows<Permit<ReadIncident, IncidentRow>>)> {
    let scope = policy::scope::<ReadIncident>(reading.actor()?).map_err(Error::from)?;
    let rows = incidents::page(reading, &scope, after, limit)?;
    let event = Event::of::<ReadIncident>(Operation::Read)
        .showing(rows.iter().map(|permit| &permit.row().incident.id));
    Ok((event, rows))
}

/// Corrects what is told of an incident; the earlier value stays in the history (R13).
///
/// # Errors
/// As [`create`]; [`Refusal::Stale`]; [`Refusal::NotPermitted`] for moving it to an area in which the caller
/// would not see it.
///
/// # Audit
/// `incident.edit`
pub fn edit(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    (id, expected): (&IncidentId, Option<i64>),
    correction: &Correction,
    change: impl Fn(&mut OffenceFacts, Sensitive<IncidentWords>) -> Sensitive<IncidentWords>,
) -> Result<Audited<IncidentId>> {
    let permit = incidents::fetch::<EditIncident>(tx, id)?;
    permit.row().expect_version(expected)?;
    let mut account = permit.row().incident.account.clone();
    account.words = change(&mut account.facts, account.words);
    account.found_on = correction.found_on.unwrap_or(account.found_on);
    if let Some(place) = &correction.place {
        account.place.clone_from(place);
    }
    if let Some(area) = &correction.area {
        account.area.clone_from(area);
    }
    check(profile, &account, tx.now())?;
    let facts = policy::IncidentFacts { area: account.area.clone(), ..permit.row().facts.clone() };
    policy::decide::<EditIncident, _>(tx.actor()?, &facts, ())
        .map_err(|_| Error::from(Refusal::NotPermitted))?;
    let version = incidents::save(tx, &permit, &account)?;
    let event = Event::under(Operation::Update, &permit).on(id, version);
    tx.record(&event, id.clone())
}

/// Lists the cases that belong to an incident: those alone that the caller may read anyway.
///
/// # Errors
/// [`Refusal::NotFound`] if the incident is not there or may not be known, [`Refusal::NotPermitted`] for
/// whoever sees of it what was found alone.
///
/// # Audit
/// `incident.read-cases` with the ids shown.
pub fn cases(
    reading: &mut Reading<'_>,
    id: &IncidentId,
    after: Option<(Instant, CaseId)>,
    limit: RowLimit,
) -> Result<(Event, Rows<Permit<ReadCase, CaseRow>>)> {
    let permit = incidents::fetch::<ReadIncidentCases>(reading, id)?;
    let scope = policy::scope::<ReadCase>(reading.actor()?).map_err(Error::from)?;
    let filter = CaseFilter { incident_id: Some(id.clone()), ..CaseFilter::default() };
    let rows = cases::page(reading, &scope, &filter, CaseOrder::Newest(after), limit)?;
    let event = Event::under(Operation::Read, &permit).on(id, permit.row().incident.version);
    let event = event.showing(rows.iter().map(|permit| &permit.row().case.id));
    Ok((event, rows))
}

/// Says that a case belongs to an incident. Said twice, it is the same.
///
/// # Errors
/// [`Refusal::ReferenceUnknown`] for an incident that the caller may not know;
/// [`Refusal::CaseStateDoesNotAllow`] if the case belongs to another one.
///
/// # Audit
/// `case.link-incident`
pub fn link(tx: &mut Tx<'_>, case: &CaseId, id: &IncidentId) -> Result<Audited<CaseId>> {
    let permit = cases::fetch::<LinkIncident>(tx, case)?;
    referred_to(incidents::shared(tx, id), "/incident_id")?;
    match incidents::current(tx, case)? {
        Some(known) if known.incident_id == *id => {
            let event = Event::under(Operation::Read, &permit).on(&known.id, known.version);
            tx.record(&event.in_case(case), case.clone())
        }
        Some(_) => Err(permit.row().refused(Refusal::CaseStateDoesNotAllow, tx.actor()?)),
        None => {
            let link = tx.new_id();
            incidents::link(tx, &permit, (&link, id))?;
            let event = Event::under(Operation::Create, &permit).on(&link, 1).in_case(case);
            tx.record(&event.fields(["incident_id"]), case.clone())
        }
    }
}

/// Says that a case does not belong to an incident any more, and why.
///
/// # Errors
/// [`Refusal::CaseStateDoesNotAllow`] if it belongs to none.
///
/// # Audit
/// `case.unlink-incident`
pub fn unlink(
    tx: &mut Tx<'_>,
    case: &CaseId,
    reason: IncidentUnlinkReason,
) -> Result<Audited<CaseId>> {
    let permit = cases::fetch::<UnlinkIncident>(tx, case)?;
    let Some(link) = incidents::current(tx, case)? else {
        return Err(permit.row().refused(Refusal::CaseStateDoesNotAllow, tx.actor()?));
    };
    let (id, seen) = (link.id, link.version);
    let moved = link.state.step(IncidentLinkAct::Remove).map_err(Error::from)?;
    let version = incidents::remove(tx, &permit, (&id, seen), &moved, reason)?;
    let event = Event::under(Operation::Update, &permit).on(&id, version).in_case(case);
    tx.record(&event.fields(["state", "end_reason"]), case.clone())
}
