//! What a service looks like.

use refero_domain::{
    directory::{FreePlaces, ServiceAges},
    id::{OrganisationId, ServiceId},
    instant::Instant,
    placement::FacilityRegime,
    profile::CountryProfile,
    safe_contact::SafeHours,
};
use refero_store::{Result, directory::Service, unit::Reading};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::{
    reply::Representation,
    v1::{Activity, Links},
};

/// How many places a provider said are free.
#[derive(Clone, Copy, Serialize, ToSchema)]
pub struct FreePlacesView {
    /// How many.
    pub count: i64,
    /// When that was told.
    pub as_of: Instant,
    /// Until when it counts.
    pub good_until: Instant,
    /// Whether it is too old to count: nobody knows then.
    pub stale: bool,
}

impl FreePlacesView {
    /// Shows what was told, by the hours of the country profile.
    #[must_use]
    pub fn of(told: FreePlaces, profile: &CountryProfile, now: Instant) -> Self {
        let hours = profile.matching.free_places_stale_after_hours;
        Self {
            count: told.count,
            as_of: told.as_of,
            good_until: told.good_until(hours),
            stale: told.is_stale(hours, now),
        }
    }
}

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
    /// Codes of `service_accessibility`; null is "not said".
    accessibility: Option<Vec<String>>,
    /// Whether it is open day and night.
    always_open: bool,
    /// When it is open, by the clock of the country; empty and not always is "not said".
    hours: Vec<SafeHours>,
    /// Whether people may leave when they like, where they are housed.
    regime: Option<FacilityRegime>,
    /// The youngest whom it takes.
    minimum_age: Option<i64>,
    /// The oldest whom it takes.
    maximum_age: Option<i64>,
    /// Whether people may come at once; null is "not said".
    takes_emergencies: Option<bool>,
    /// How many places the provider said are free; null if it has not said.
    free_places: Option<FreePlacesView>,
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
    pub(super) fn of(
        reading: &Reading<'_>,
        found: &Service,
        profile: &CountryProfile,
    ) -> Result<Self> {
        let fields = found.fields()?;
        let organisation = format!("/v1/organisations/{}", found.organisation_id);
        Ok(Self {
            id: found.id.clone(),
            organisation_id: found.organisation_id.clone(),
            service_type: found.service_type.clone(),
            name: found.name.clone(),
            capacity: found.capacity,
            areas: fields.areas,
            languages: fields.languages,
            sexes: fields.sexes,
            ages: found.ages,
            accessibility: fields.accessibility,
            always_open: found.always_open,
            hours: fields.hours,
            regime: found.regime,
            minimum_age: found.minimum_age,
            maximum_age: found.maximum_age,
            takes_emergencies: found.takes_emergencies,
            free_places: found
                .free_places()
                .map(|told| FreePlacesView::of(told, profile, reading.now())),
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
