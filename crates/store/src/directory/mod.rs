//! The directory: organisations and the services that they offer.

mod services;

use diesel::prelude::*;
use refero_domain::{
    actor::Actor,
    id::OrganisationId,
    instant::Instant,
    policy::{self, AccountFacts, Action, Permit},
};

use crate::{
    accounts::{absent, met},
    cases::expect_version,
    error::{Error, Result},
    rows::{RowLimit, Rows},
    schema::organisations,
    unit::{Reading, Tx},
};

pub use self::services::{
    Service, ServiceFields, ServiceFilter, fetch_service, insert_service, save_free_places,
    save_service, services_page,
};

/// An organisation as it is stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = organisations)]
pub struct Organisation {
    /// The organisation.
    pub id: OrganisationId,
    /// Its name.
    pub name: String,
    /// A code of `organisation_type`.
    pub organisation_type: String,
    /// ISO 3166-2; nothing if it works in the whole country.
    pub area: Option<String>,
    /// E.164.
    pub phone: Option<String>,
    /// Whether it takes part now.
    pub active: bool,
    /// For the ETag and against lost updates.
    pub version: i64,
    /// When it was entered.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

/// What is written of an organisation.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = organisations, treat_none_as_null = true)]
pub struct OrganisationFields {
    /// Its name.
    pub name: String,
    /// A code of `organisation_type`.
    pub organisation_type: String,
    /// ISO 3166-2; nothing if it works in the whole country.
    pub area: Option<String>,
    /// E.164.
    pub phone: Option<String>,
    /// Whether it takes part now.
    pub active: bool,
}

impl Organisation {
    /// Returns the facts, for `allowed_actions`.
    #[must_use]
    pub fn facts(&self) -> AccountFacts {
        AccountFacts { organisation_id: self.id.clone() }
    }

    /// Returns what can be written, as it is.
    #[must_use]
    pub fn fields(&self) -> OrganisationFields {
        OrganisationFields {
            name: self.name.clone(),
            organisation_type: self.organisation_type.clone(),
            area: self.area.clone(),
            phone: self.phone.clone(),
            active: self.active,
        }
    }

    /// Refuses to go on if somebody else was faster.
    ///
    /// # Errors
    /// [`refero_domain::refusal::Refusal::Stale`] with the present version.
    pub fn expect_version(&self, expected: Option<i64>) -> Result<()> {
        expect_version(self.version, expected)
    }

    /// Returns what this caller could do with the organisation now.
    #[must_use]
    pub fn allowed_actions(&self, actor: &Actor) -> Vec<&'static str> {
        let facts = self.facts();
        [("organisation.edit", "edit"), ("service.create", "create-service")]
            .into_iter()
            .filter(|(action, _)| policy::may(action, actor, &facts))
            .map(|(_, name)| name)
            .collect()
    }
}

/// Fetches an organisation for an action.
///
/// # Errors
/// `NotFound` if there is none, `NotPermitted` if this may not be done to it.
pub fn fetch_organisation<A: Action>(
    reading: &mut Reading<'_>,
    id: &OrganisationId,
) -> Result<Permit<A, Organisation>> {
    let actor = reading.actor()?.clone();
    let found: Option<Organisation> = organisations::table
        .find(id)
        .select(Organisation::as_select())
        .first(reading.conn)
        .optional()?;
    let organisation = found.ok_or_else(|| absent(id))?;
    let facts = organisation.facts();
    policy::decide(&actor, &facts, organisation).map_err(Error::from)
}

/// How a list of organisations is narrowed.
#[derive(Debug, Clone, Default)]
pub struct OrganisationFilter {
    /// Only of these types.
    pub types: Vec<String>,
    /// Only in these areas.
    pub areas: Vec<String>,
    /// Only those that take part now, or only those that do not.
    pub active: Option<bool>,
}

/// Lists organisations by name, one page. Everybody who may read one may read all.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn organisations_page(
    reading: &mut Reading<'_>,
    filter: &OrganisationFilter,
    after: Option<&(String, OrganisationId)>,
    limit: RowLimit,
) -> Result<Rows<Organisation>> {
    let mut query = organisations::table.select(Organisation::as_select()).into_boxed();
    if !filter.types.is_empty() {
        query = query.filter(organisations::organisation_type.eq_any(filter.types.clone()));
    }
    if !filter.areas.is_empty() {
        query = query
            .filter(organisations::area.assume_not_null().eq_any(filter.areas.clone()))
            .filter(organisations::area.is_not_null());
    }
    if let Some(active) = filter.active {
        query = query.filter(organisations::active.eq(active));
    }
    if let Some((name, id)) = after {
        query = query.filter(
            organisations::name
                .gt(name.clone())
                .or(organisations::name.eq(name.clone()).and(organisations::id.gt(id.clone()))),
        );
    }
    let found = query
        .order((organisations::name.asc(), organisations::id.asc()))
        .limit(limit.one_more())
        .load(reading.conn)?;
    Ok(limit.cut(found))
}

/// Saves a new organisation.
///
/// # Errors
/// `IdTaken`.
pub fn insert_organisation(
    tx: &mut Tx<'_>,
    id: &OrganisationId,
    new: &OrganisationFields,
) -> Result<()> {
    let now = tx.now();
    diesel::insert_into(organisations::table)
        .values((
            organisations::id.eq(id),
            organisations::name.eq(&new.name),
            organisations::organisation_type.eq(&new.organisation_type),
            organisations::area.eq(new.area.as_deref()),
            organisations::phone.eq(new.phone.as_deref()),
            organisations::active.eq(new.active),
            organisations::version.eq(1),
            organisations::created_at.eq(now),
            organisations::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Saves a changed organisation.
///
/// # Errors
/// `Stale` if somebody else was faster.
pub fn save_organisation(
    tx: &mut Tx<'_>,
    id: &OrganisationId,
    version: i64,
    fields: &OrganisationFields,
) -> Result<()> {
    let now = tx.now();
    let rows = diesel::update(organisations::table.find(id))
        .filter(organisations::version.eq(version))
        .set((
            fields,
            organisations::version.eq(version.saturating_add(1)),
            organisations::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    met(rows, version)
}
