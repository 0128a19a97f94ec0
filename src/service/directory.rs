//! The directory: who takes part, what they offer, to whom. Everybody who is signed in reads it.

use refero_domain::{
    directory::check_free_places,
    event::{Event, Operation},
    id::{OrganisationId, ServiceId},
    policy::{
        self, Action, CreateOrganisation, CreateService, EditOrganisation, EditService, Permit,
        ReadMe, ReadOrganisation, ReportPlaces, SystemFacts,
    },
    profile::CountryProfile,
    reference::CodeLists,
    refusal::Refusal,
};
use refero_store::{
    Error,
    directory::{
        self, Organisation, OrganisationFields, OrganisationFilter, Service, ServiceFields,
        ServiceFilter,
    },
    rows::{RowLimit, Rows},
    unit::{Audited, Disclosed, Reading, Tx},
};

use crate::service::accounts::ensure_an_administrator;

/// Says whether a country uses a code of an open list.
fn is_used(list: &str, code: &str, profile: &CountryProfile) -> bool {
    let value = CodeLists::embedded().list(list).and_then(|list| list.get(code));
    value.is_some_and(|value| {
        value.profile.as_deref().is_none_or(|country| country == profile.country)
    })
}

fn known(is_known: bool, pointer: &'static str) -> Result<(), Refusal> {
    if is_known { Ok(()) } else { Err(Refusal::ReferenceUnknown { pointer }) }
}

fn check_organisation(
    fields: &OrganisationFields,
    profile: &CountryProfile,
) -> Result<(), Refusal> {
    let kind = is_used("organisation_type", &fields.organisation_type, profile);
    known(kind, "/organisation_type")?;
    let area = fields.area.as_deref().is_none_or(|area| profile.area(area).is_some());
    known(area, "/area")
}

fn check_service(
    fields: &ServiceFields,
    free_places: Option<i64>,
    profile: &CountryProfile,
) -> Result<(), Refusal> {
    known(is_used("service_type", &fields.service_type, profile), "/service_type")?;
    known(fields.areas.iter().all(|area| profile.area(area).is_some()), "/areas")?;
    fields.terms(free_places).check(profile.age_of_majority)
}

fn on_organisation<A: Action>(
    operation: Operation,
    permit: &Permit<A, Organisation>,
    version: i64,
) -> Event {
    Event::under(operation, permit).on(&permit.row().id, version)
}

fn on_service<A: Action>(operation: Operation, permit: &Permit<A, Service>, version: i64) -> Event {
    Event::under(operation, permit).on(&permit.row().id, version)
}

/// Enters an organisation.
///
/// # Errors
/// [`Refusal::IdTaken`], [`Refusal::ReferenceUnknown`] for a type or area the country does not use.
///
/// # Audit
/// `organisation.create`.
pub fn create(
    tx: &mut Tx<'_>,
    id: Option<OrganisationId>,
    fields: &OrganisationFields,
    profile: &CountryProfile,
) -> Result<Audited<OrganisationId>, Error> {
    let permit: Permit<CreateOrganisation, ()> = policy::decide(tx.actor()?, &SystemFacts, ())?;
    check_organisation(fields, profile)?;
    let id = id.unwrap_or_else(|| tx.new_id());
    directory::insert_organisation(tx, &id, fields)?;
    let written = ["name", "organisation_type", "area", "phone", "active"];
    let event = Event::under(Operation::Create, &permit).on(&id, 1).fields(written);
    tx.record(&event, id)
}

/// Finds the organisation that the caller works for, within a reading's own event.
///
/// # Errors
/// [`Error::NotAuthenticated`] while signing in.
pub fn own<T>(
    reading: &mut Reading<'_>,
    show: impl FnOnce(&Organisation) -> Result<T, Error>,
) -> Result<T, Error> {
    let id = reading.actor()?.organisation_id.clone();
    let permit = directory::fetch_organisation::<ReadMe>(reading, &id)?;
    show(permit.row())
}

/// Shows one organisation, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`].
///
/// # Audit
/// `organisation.read`.
pub fn open<T>(
    reading: &mut Reading<'_>,
    id: &OrganisationId,
    show: impl FnOnce(&Reading<'_>, &Organisation) -> Result<T, Error>,
) -> Result<(Event, T), Error> {
    let permit = directory::fetch_organisation::<ReadOrganisation>(reading, id)?;
    let event = on_organisation(Operation::Read, &permit, permit.row().version);
    let shown = show(reading, permit.row())?;
    Ok((event, shown))
}

/// Lists organisations by name.
///
/// # Errors
/// [`Error::Unavailable`].
///
/// # Audit
/// `organisation.read`, with the ids that were shown.
pub fn list<T>(
    reading: &mut Reading<'_>,
    filter: &OrganisationFilter,
    after: Option<&(String, OrganisationId)>,
    limit: RowLimit,
    show: impl Fn(&Reading<'_>, &Organisation) -> Result<T, Error>,
) -> Result<Disclosed<Rows<T>>, Error> {
    let found = directory::organisations_page(reading, filter, after, limit)?;
    let shown = found.iter().map(|organisation| &organisation.id);
    let event = Event::of::<ReadOrganisation>(Operation::Read).showing(shown);
    let views = found.try_map(|row| show(reading, &row))?;
    Ok(reading.disclose(event, views))
}

/// Changes an organisation. One that is made inactive has its people put out with the next request.
///
/// # Errors
/// [`Refusal::Stale`], [`Refusal::ReferenceUnknown`], [`Refusal::LastAdministrator`].
///
/// # Audit
/// `organisation.edit`, with the names of the fields.
pub fn edit(
    tx: &mut Tx<'_>,
    id: &OrganisationId,
    expected: Option<i64>,
    change: impl FnOnce(OrganisationFields) -> OrganisationFields,
    profile: &CountryProfile,
) -> Result<Audited<OrganisationId>, Error> {
    let permit = directory::fetch_organisation::<EditOrganisation>(tx, id)?;
    let before = permit.row();
    before.expect_version(expected)?;
    let old = before.fields();
    let new = change(before.fields());
    check_organisation(&new, profile)?;
    let fields = [
        ("name", old.name != new.name),
        ("organisation_type", old.organisation_type != new.organisation_type),
        ("area", old.area != new.area),
        ("phone", old.phone != new.phone),
        ("active", old.active != new.active),
    ];
    let fields = changed(&fields);
    let version = if fields.is_empty() {
        before.version
    } else {
        directory::save_organisation(tx, id, before.version, &new)?;
        before.version.saturating_add(1)
    };
    if old.active && !new.active {
        ensure_an_administrator(tx, Refusal::LastAdministrator.into())?;
    }
    let event = on_organisation(Operation::Update, &permit, version).fields(fields);
    tx.record(&event, id.clone())
}

/// Returns the names of what has changed.
fn changed(fields: &[(&'static str, bool)]) -> Vec<&'static str> {
    fields.iter().filter(|(_, is_changed)| *is_changed).map(|(name, _)| *name).collect()
}

/// The members of a service that its keepers write.
const MEMBERS: [&str; 15] = [
    "service_type",
    "name",
    "capacity",
    "areas",
    "languages",
    "sexes",
    "ages",
    "active",
    "accessibility",
    "always_open",
    "hours",
    "regime",
    "minimum_age",
    "maximum_age",
    "takes_emergencies",
];

fn differences(old: &ServiceFields, new: &ServiceFields) -> [(&'static str, bool); 15] {
    let differ = [
        old.service_type != new.service_type,
        old.name != new.name,
        old.capacity != new.capacity,
        old.areas != new.areas,
        old.languages != new.languages,
        old.sexes != new.sexes,
        old.ages != new.ages,
        old.active != new.active,
        old.accessibility != new.accessibility,
        old.always_open != new.always_open,
        old.hours != new.hours,
        old.regime != new.regime,
        old.minimum_age != new.minimum_age,
        old.maximum_age != new.maximum_age,
        old.takes_emergencies != new.takes_emergencies,
    ];
    let mut differ = differ.into_iter();
    MEMBERS.map(|member| (member, differ.next().unwrap_or_default()))
}

/// Enters a service that an organisation offers.
///
/// # Errors
/// [`Refusal::NotFound`] for the organisation, [`Refusal::NotPermitted`] at another than one's own,
/// [`Refusal::ReferenceUnknown`] for a type or area the country does not use.
///
/// # Audit
/// `service.create`.
pub fn create_service(
    tx: &mut Tx<'_>,
    organisation_id: &OrganisationId,
    id: Option<ServiceId>,
    fields: &ServiceFields,
    profile: &CountryProfile,
) -> Result<Audited<ServiceId>, Error> {
    let permit = directory::fetch_organisation::<CreateService>(tx, organisation_id)?;
    check_service(fields, None, profile)?;
    let id = id.unwrap_or_else(|| tx.new_id());
    directory::insert_service(tx, organisation_id, &id, fields)?;
    let event = Event::under(Operation::Create, &permit).on(&id, 1).fields(MEMBERS);
    tx.record(&event, id)
}

/// Shows one service, found through its organisation, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`].
///
/// # Audit
/// `organisation.read`, on the service.
pub fn open_service<T>(
    reading: &mut Reading<'_>,
    (organisation_id, id): (&OrganisationId, &ServiceId),
    show: impl FnOnce(&Reading<'_>, &Service) -> Result<T, Error>,
) -> Result<(Event, T), Error> {
    let permit = directory::fetch_service::<ReadOrganisation>(reading, organisation_id, id)?;
    let event = on_service(Operation::Read, &permit, permit.row().version);
    let shown = show(reading, permit.row())?;
    Ok((event, shown))
}

/// Lists the services of an organisation by type.
///
/// # Errors
/// [`Refusal::NotFound`] for the organisation.
///
/// # Audit
/// `organisation.read`, with the ids that were shown.
pub fn list_services<T>(
    reading: &mut Reading<'_>,
    organisation_id: &OrganisationId,
    filter: &ServiceFilter,
    (after, limit): (Option<&(String, ServiceId)>, RowLimit),
    show: impl Fn(&Reading<'_>, &Service) -> Result<T, Error>,
) -> Result<Disclosed<Rows<T>>, Error> {
    let permit = directory::fetch_organisation::<ReadOrganisation>(reading, organisation_id)?;
    let found = directory::services_page(reading, &permit, filter, after, limit)?;
    let shown = found.iter().map(|service| &service.id);
    let event = Event::under(Operation::Read, &permit).about(organisation_id).showing(shown);
    let views = found.try_map(|row| show(reading, &row))?;
    Ok(reading.disclose(event, views))
}

/// Changes a service.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::NotPermitted`] at another organisation than one's own,
/// [`Refusal::Stale`], [`Refusal::ReferenceUnknown`].
///
/// # Audit
/// `service.edit`, with the names of the fields.
pub fn edit_service(
    tx: &mut Tx<'_>,
    (organisation_id, id): (&OrganisationId, &ServiceId),
    expected: Option<i64>,
    change: impl FnOnce(ServiceFields) -> ServiceFields,
    profile: &CountryProfile,
) -> Result<Audited<ServiceId>, Error> {
    let permit = directory::fetch_service::<EditService>(tx, organisation_id, id)?;
    let before = permit.row();
    before.expect_version(expected)?;
    let old = before.fields()?;
    let new = change(old.clone());
    // Who counts nothing in places any more takes back what was said about them.
    let free = before.free_places().filter(|_| new.capacity.is_some());
    check_service(&new, free.map(|free| free.count), profile)?;
    let fields = changed(&differences(&old, &new));
    let version = if fields.is_empty() {
        before.version
    } else {
        directory::save_service(tx, before, &new)?;
        before.version.saturating_add(1)
    };
    let event = on_service(Operation::Update, &permit, version).fields(fields);
    tx.record(&event, id.clone())
}

/// Says how many places of a service are free, as of now. The same number said again is as good as new.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::NotPermitted`] at another organisation than one's own,
/// [`Refusal::Stale`], [`Refusal::Inconsistent`] for more places than there are, or where nothing is
/// counted in places.
///
/// # Audit
/// `service.report-places`.
pub fn report_places(
    tx: &mut Tx<'_>,
    (organisation_id, id): (&OrganisationId, &ServiceId),
    expected: Option<i64>,
    count: i64,
) -> Result<Audited<ServiceId>, Error> {
    let permit = directory::fetch_service::<ReportPlaces>(tx, organisation_id, id)?;
    permit.row().expect_version(expected)?;
    check_free_places(count, permit.row().capacity)?;
    let version = directory::save_free_places(tx, &permit, count)?;
    let event = on_service(Operation::Update, &permit, version).fields(["free_places"]);
    tx.record(&event, id.clone())
}
