//! The services that organisations offer.

use diesel::prelude::*;
use refero_domain::{
    actor::Actor,
    directory::{FreePlaces, ServiceAges, ServiceTerms},
    id::{OrganisationId, ServiceId},
    instant::Instant,
    placement::FacilityRegime,
    policy::{self, AccountFacts, Action, Permit, ReportPlaces},
    safe_contact::SafeHours,
};

use super::Organisation;
use crate::{
    accounts::{absent, met},
    cases::expect_version,
    columns::{Codes, Json},
    error::{Error, Result},
    rows::{RowLimit, Rows},
    schema::services,
    unit::{Reading, Tx},
};

/// A service as it is stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = services)]
pub struct Service {
    /// The service.
    pub id: ServiceId,
    /// Who offers it.
    pub organisation_id: OrganisationId,
    /// A code of `service_type`.
    pub service_type: String,
    /// What people call it.
    pub name: Option<String>,
    /// Places in all; nothing where it is not counted in places.
    pub capacity: Option<i64>,
    /// ISO 3166-2 codes; none means everywhere.
    pub areas: Codes,
    /// ISO 639 codes; none means any language.
    pub languages: Codes,
    /// Codes of `sex_reporting`; none means everybody.
    pub sexes: Codes,
    /// Whom it takes, by age.
    pub ages: ServiceAges,
    /// Whether it is offered now.
    pub active: bool,
    /// Codes of `service_accessibility`; nothing if nobody has said.
    pub accessibility: Option<Codes>,
    /// Whether it is open day and night.
    pub always_open: bool,
    /// When it is open, by the clock of the country; none and not always is "not said".
    pub hours: Json<Vec<SafeHours>>,
    /// Whether people may leave when they like, where they are housed.
    pub regime: Option<FacilityRegime>,
    /// The youngest whom it takes.
    pub minimum_age: Option<i64>,
    /// The oldest whom it takes.
    pub maximum_age: Option<i64>,
    /// Whether people may come at once; nothing if nobody has said.
    pub takes_emergencies: Option<bool>,
    free_places: Option<i64>,
    free_places_as_of: Option<Instant>,
    /// For the ETag and against lost updates.
    pub version: i64,
    /// When it was entered.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

/// What is written of a service.
#[derive(Debug, Clone)]
pub struct ServiceFields {
    /// A code of `service_type`.
    pub service_type: String,
    /// What people call it.
    pub name: Option<String>,
    /// Places in all; nothing where it is not counted in places.
    pub capacity: Option<i64>,
    /// ISO 3166-2 codes; none means everywhere.
    pub areas: Vec<String>,
    /// ISO 639 codes; none means any language.
    pub languages: Vec<String>,
    /// Codes of `sex_reporting`; none means everybody.
    pub sexes: Vec<String>,
    /// Whom it takes, by age.
    pub ages: ServiceAges,
    /// Whether it is offered now.
    pub active: bool,
    /// Codes of `service_accessibility`; nothing if nobody has said.
    pub accessibility: Option<Vec<String>>,
    /// Whether it is open day and night.
    pub always_open: bool,
    /// When it is open, by the clock of the country; none and not always is "not said".
    pub hours: Vec<SafeHours>,
    /// Whether people may leave when they like, where they are housed.
    pub regime: Option<FacilityRegime>,
    /// The youngest whom it takes.
    pub minimum_age: Option<i64>,
    /// The oldest whom it takes.
    pub maximum_age: Option<i64>,
    /// Whether people may come at once; nothing if nobody has said.
    pub takes_emergencies: Option<bool>,
}

impl ServiceFields {
    /// Returns what is judged as a whole, with the places that were said to be free.
    #[must_use]
    pub fn terms(&self, free_places: Option<i64>) -> ServiceTerms<'_> {
        ServiceTerms {
            service_type: &self.service_type,
            capacity: self.capacity,
            free_places,
            ages: self.ages,
            limits: (self.minimum_age, self.maximum_age),
            always_open: self.always_open,
            hours: &self.hours,
            regime: self.regime,
        }
    }
}

impl Service {
    /// Returns what can be written, as it is.
    ///
    /// # Errors
    /// [`Error::Broken`] if what is stored is not what was written.
    pub fn fields(&self) -> Result<ServiceFields> {
        Ok(ServiceFields {
            service_type: self.service_type.clone(),
            name: self.name.clone(),
            capacity: self.capacity,
            areas: self.areas.get()?,
            languages: self.languages.get()?,
            sexes: self.sexes.get()?,
            ages: self.ages,
            active: self.active,
            accessibility: self.accessibility.as_ref().map(Codes::get).transpose()?,
            always_open: self.always_open,
            hours: self.hours.get()?,
            regime: self.regime,
            minimum_age: self.minimum_age,
            maximum_age: self.maximum_age,
            takes_emergencies: self.takes_emergencies,
        })
    }

    /// Returns how many places the provider said are free, and when.
    #[must_use]
    pub fn free_places(&self) -> Option<FreePlaces> {
        let (count, as_of) = (self.free_places?, self.free_places_as_of?);
        Some(FreePlaces { count, as_of })
    }

    /// Refuses to go on if somebody else was faster.
    ///
    /// # Errors
    /// [`refero_domain::refusal::Refusal::Stale`] with the present version.
    pub fn expect_version(&self, expected: Option<i64>) -> Result<()> {
        expect_version(self.version, expected)
    }

    /// Returns what this caller could do with the service now.
    #[must_use]
    pub fn allowed_actions(&self, actor: &Actor) -> Vec<&'static str> {
        let facts = AccountFacts { organisation_id: self.organisation_id.clone() };
        let counted = self.capacity.is_some();
        [("edit", true), ("report-places", counted)]
            .into_iter()
            .filter(|(act, _)| policy::may(&format!("service.{act}"), actor, &facts))
            .filter_map(|(act, fits)| fits.then_some(act))
            .collect()
    }
}

/// Fetches a service through the organisation that offers it, in one question.
///
/// # Errors
/// `NotFound` if that organisation has no such service, `NotPermitted` if this may not be done.
pub fn fetch_service<A: Action>(
    reading: &mut Reading<'_>,
    organisation_id: &OrganisationId,
    id: &ServiceId,
) -> Result<Permit<A, Service>> {
    let actor = reading.actor()?.clone();
    let found: Option<Service> = services::table
        .find(id)
        .filter(services::organisation_id.eq(organisation_id))
        .select(Service::as_select())
        .first(reading.conn)
        .optional()?;
    let service = found.ok_or_else(|| absent(id))?;
    let facts = AccountFacts { organisation_id: service.organisation_id.clone() };
    policy::decide(&actor, &facts, service).map_err(Error::from)
}

/// How a list of services is narrowed.
#[derive(Debug, Clone, Default)]
pub struct ServiceFilter {
    /// Only of these types.
    pub types: Vec<String>,
    /// Only those that are offered now, or only those that are not.
    pub active: Option<bool>,
}

/// Lists the services of an organisation by type, one page.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn services_page<A>(
    reading: &mut Reading<'_>,
    of: &Permit<A, Organisation>,
    filter: &ServiceFilter,
    after: Option<&(String, ServiceId)>,
    limit: RowLimit,
) -> Result<Rows<Service>>
where
    A: Action,
{
    let mut query = services::table
        .filter(services::organisation_id.eq(of.row().id.clone()))
        .select(Service::as_select())
        .into_boxed();
    if !filter.types.is_empty() {
        query = query.filter(services::service_type.eq_any(filter.types.clone()));
    }
    if let Some(active) = filter.active {
        query = query.filter(services::active.eq(active));
    }
    if let Some((kind, id)) = after {
        query = query.filter(
            services::service_type
                .gt(kind.clone())
                .or(services::service_type.eq(kind.clone()).and(services::id.gt(id.clone()))),
        );
    }
    let found = query
        .order((services::service_type.asc(), services::id.asc()))
        .limit(limit.one_more())
        .load(reading.conn)?;
    Ok(limit.cut(found))
}

/// Saves a new service of an organisation.
///
/// # Errors
/// `IdTaken`.
pub fn insert_service(
    tx: &mut Tx<'_>,
    organisation_id: &OrganisationId,
    id: &ServiceId,
    new: &ServiceFields,
) -> Result<()> {
    let now = tx.now();
    diesel::insert_into(services::table)
        .values((
            services::id.eq(id),
            services::organisation_id.eq(organisation_id),
            written(new)?,
            services::version.eq(1),
            services::created_at.eq(now),
            services::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Saves a changed service. What is not counted in places any more has none that are free.
///
/// # Errors
/// `Stale` if somebody else was faster.
pub fn save_service(tx: &mut Tx<'_>, before: &Service, fields: &ServiceFields) -> Result<()> {
    let now = tx.now();
    let free = before.free_places().filter(|_| fields.capacity.is_some());
    let rows = diesel::update(services::table.find(&before.id))
        .filter(services::version.eq(before.version))
        .set((
            written(fields)?,
            services::free_places.eq(free.map(|free| free.count)),
            services::free_places_as_of.eq(free.map(|free| free.as_of)),
            services::version.eq(before.version.saturating_add(1)),
            services::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    met(rows, before.version)
}

/// Saves how many places are free, as of now. Returns the new version.
///
/// # Errors
/// `Stale` if somebody else was faster.
pub fn save_free_places(
    tx: &mut Tx<'_>,
    permit: &Permit<ReportPlaces, Service>,
    count: i64,
) -> Result<i64> {
    let (before, now) = (permit.row(), tx.now());
    let version = before.version.saturating_add(1);
    let rows = diesel::update(services::table.find(&before.id))
        .filter(services::version.eq(before.version))
        .set((
            services::free_places.eq(count),
            services::free_places_as_of.eq(now),
            services::version.eq(version),
            services::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    met(rows, before.version)?;
    Ok(version)
}

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = services, treat_none_as_null = true)]
struct Written<'f> {
    service_type: &'f str,
    name: Option<&'f str>,
    capacity: Option<i64>,
    areas: Codes,
    languages: Codes,
    sexes: Codes,
    ages: ServiceAges,
    active: bool,
    accessibility: Option<Codes>,
    always_open: bool,
    hours: Json<Vec<SafeHours>>,
    regime: Option<FacilityRegime>,
    minimum_age: Option<i64>,
    maximum_age: Option<i64>,
    takes_emergencies: Option<bool>,
}

fn written(fields: &ServiceFields) -> Result<Written<'_>> {
    Ok(Written {
        service_type: &fields.service_type,
        name: fields.name.as_deref(),
        capacity: fields.capacity,
        areas: Codes::of(&fields.areas)?,
        languages: Codes::of(&fields.languages)?,
        sexes: Codes::of(&fields.sexes)?,
        ages: fields.ages,
        active: fields.active,
        accessibility: fields.accessibility.as_ref().map(Codes::of).transpose()?,
        always_open: fields.always_open,
        hours: Json::of(&fields.hours)?,
        regime: fields.regime,
        minimum_age: fields.minimum_age,
        maximum_age: fields.maximum_age,
        takes_emergencies: fields.takes_emergencies,
    })
}
