//! What an incident looks like to somebody who may know of it.

use chrono::NaiveDate;
use refero_domain::{
    actor::Actor,
    id::{IncidentId, OrganisationId, UserId},
    incident::OffenceFacts,
    instant::Instant,
    policy::{self, Action as _, Class, EditIncident, Permit, ReadIncident, Relation},
};
use refero_store::incidents::IncidentRow;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::{
    reply::Representation,
    v1::{Links, cases::NoteState},
};

/// An incident in which people were found: what all of them share, and none of them.
#[derive(Clone, Serialize, ToSchema)]
pub struct IncidentView {
    /// The incident.
    pub id: IncidentId,
    /// Always `recorded`.
    pub state: NoteState,
    /// For `If-Match`.
    pub version: i64,
    /// The day on which it was.
    pub found_on: NaiveDate,
    /// Where it was: an ISO 3166-2 area.
    pub area: Option<String>,
    /// What kind of place: `incident_place`.
    pub place: String,
    /// The organisation that found the people; absent for whoever investigates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation_id: Option<OrganisationId>,
    /// How many people were found, as far as they are registered; absent for whoever investigates. Who they are
    /// stands in their cases.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub people: Option<i64>,
    /// What was found, in codes.
    #[serde(flatten)]
    #[schema(inline)]
    pub facts: OffenceFacts,
    /// What stands in it besides (`case_restricted`).
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    pub restricted: Option<RestrictedIncidentView>,
    /// When it was written down.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// What the caller could do now.
    pub allowed_actions: Vec<&'static str>,
    /// Classes of data that exist and are not shown.
    pub withheld: Vec<Class>,
    /// Where to go from here.
    pub links: Links,
}

/// What only those are shown of an incident who help the people that were found.
#[derive(Clone, Serialize, ToSchema)]
pub struct RestrictedIncidentView {
    /// Where it was, in words.
    pub place_details: Option<String>,
    /// What was found, in words.
    pub narrative: Option<String>,
    /// Who wrote it down.
    pub created_by: UserId,
}

impl IncidentView {
    /// Shows an incident as far as the permit goes.
    pub(super) fn of(actor: &Actor, permit: &Permit<ReadIncident, IncidentRow>) -> Self {
        let IncidentRow { incident, people, facts } = permit.row();
        let account = &incident.account;
        let words = account.words.reveal(permit, Class::CaseRestricted).ok();
        let restricted = words.map(|words| RestrictedIncidentView {
            place_details: words.place.clone(),
            narrative: words.narrative.clone(),
            created_by: incident.created_by.clone(),
        });
        let base = format!("/v1/incidents/{}", incident.id);
        let links = Links::to("self", base.clone());
        // Who investigates is not to know who helps, nor how many.
        let investigates = permit.permitted_by() == Relation::Investigating;
        let links = if investigates { links } else { links.and("cases", format!("{base}/cases")) };
        let may_edit = policy::may(EditIncident::NAME, actor, facts);
        Self {
            id: incident.id.clone(),
            state: NoteState::Recorded,
            version: incident.version,
            found_on: account.found_on,
            area: account.area.clone(),
            place: account.place.clone(),
            organisation_id: (!investigates).then(|| incident.organisation_id.clone()),
            people: (!investigates).then_some(*people),
            facts: account.facts.clone(),
            withheld: restricted.is_none().then_some(Class::CaseRestricted).into_iter().collect(),
            restricted,
            created_at: incident.created_at,
            updated_at: incident.updated_at,
            allowed_actions: may_edit.then_some("edit").into_iter().collect(),
            links,
        }
    }
}

impl Representation for IncidentView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/incidents/{}", self.id)
    }
}
