//! What a service looks like.

use refero_domain::{
    directory::ServiceAges,
    id::{OrganisationId, ServiceId},
    instant::Instant,
};
use refero_store::{Result, directory::Service, unit::Reading};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::{
    reply::Representation,
    v1::{Activity, Links},
};

/// What an organisation offers, and to whom. The place of a shelter is not part of it (R9).
#[derive(Clone, Serialize, ToSchema)]
pub struct ServiceView {
    /// The service.
    pub(super) id: ServiceId,
    /// Who offers it.
    organisation_id: OrganisationId,
    /// A code of the list `service_type`.
    #[schema(examples("safe_shelter"))]
    pub(super) service_type: String,
    /// What people call it.
    name: Option<String>,
    /// Places in all; null where it is not counted in places.
    capacity: Option<i64>,
    /// ISO 3166-2 areas of the country profile; empty is the whole country.
    areas: Vec<String>,
    /// ISO 639 codes; empty is any language.
    languages: Vec<String>,
    /// Codes of `sex_reporting`; empty is everybody.
    sexes: Vec<String>,
    /// Whom it takes, by age (R6).
    ages: ServiceAges,
    /// Whether it is offered now.
    active: bool,
    /// The same, in a word.
    state: Activity,
    /// For `If-Match`.
    version: i64,
    /// When it was entered.
    created_at: Instant,
    /// When it last changed.
    updated_at: Instant,
    /// What the caller could do with it now.
    allowed_actions: Vec<&'static str>,
    /// Classes of data that exist and are not shown: none.
    #[schema(value_type = Vec<String>)]
    withheld: [&'static str; 0],
    /// Where to go from here.
    links: Links,
}

fn address(organisation_id: &OrganisationId, id: &ServiceId) -> String {
    format!("/v1/organisations/{organisation_id}/services/{id}")
}

impl ServiceView {
    pub(super) fn of(reading: &Reading<'_>, found: &Service) -> Result<Self> {
        let organisation = format!("/v1/organisations/{}", found.organisation_id);
        Ok(Self {
            id: found.id.clone(),
            organisation_id: found.organisation_id.clone(),
            service_type: found.service_type.clone(),
            name: found.name.clone(),
            capacity: found.capacity,
            areas: found.areas.get()?,
            languages: found.languages.get()?,
            sexes: found.sexes.get()?,
            ages: found.ages,
            active: found.active,
            state: Activity::of(found.active),
            version: found.version,
            created_at: found.created_at,
            updated_at: found.updated_at,
            allowed_actions: found.allowed_actions(reading.actor()?),
            withheld: [],
            links: Links::to("self", address(&found.organisation_id, &found.id))
                .and("organisation", organisation),
        })
    }
}

impl Representation for ServiceView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }

    fn location(&self) -> String {
        address(&self.organisation_id, &self.id)
    }
}
