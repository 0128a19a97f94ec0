//! The services that organisations offer.

use diesel::prelude::*;
use refero_domain::{
    actor::Actor,
    directory::ServiceAges,
    id::{OrganisationId, ServiceId},
    instant::Instant,
    policy::{self, AccountFacts, Action, Permit},
};

use super::Organisation;
use crate::{
    accounts::{absent, met},
    cases::expect_version,
    columns::Codes,
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
        })
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
        let may_edit = policy::may("service.edit", actor, &facts);
        may_edit.then_some("edit").into_iter().collect()
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

/// Saves a changed service.
///
/// # Errors
/// `Stale` if somebody else was faster.
pub fn save_service(tx: &mut Tx<'_>, before: &Service, fields: &ServiceFields) -> Result<()> {
    let now = tx.now();
    let rows = diesel::update(services::table.find(&before.id))
        .filter(services::version.eq(before.version))
        .set((
            written(fields)?,
            services::version.eq(before.version.saturating_add(1)),
            services::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    met(rows, before.version)
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
    })
}
