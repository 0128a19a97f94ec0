//! Facts about an incident, from which it is decided who may know of it.

use super::{Facts, Relation};
use crate::{
    actor::{Actor, Grant},
    id::OrganisationId,
};

/// Facts about an incident, as seen by one actor.
#[derive(Debug, Clone)]
pub struct IncidentFacts {
    /// The organisation that recorded it.
    pub organisation_id: OrganisationId,
    /// The area where it was.
    pub area: Option<String>,
    /// Whether the bureau has not taken over yet: no case belongs to it, or some case waits to be claimed.
    pub awaits_triage: bool,
    /// The areas of its cases that wait for, or have, a decision of the identifying body.
    pub areas_before_the_body: Vec<Option<String>>,
    /// Whether the actor's organisation conducts an investigation about one of its cases.
    pub is_investigated_here: bool,
}

impl Facts for IncidentFacts {
    fn hold(&self, relation: Relation, actor: &Actor, grant: &Grant) -> bool {
        match relation {
            Relation::RegisteredHere => self.organisation_id == actor.organisation_id,
            Relation::RegisteredHereBeforeTriage => {
                self.awaits_triage && self.organisation_id == actor.organisation_id
            }
            Relation::InArea => grant.reaches(self.area.as_deref()),
            Relation::BeforeTheBody => {
                self.areas_before_the_body.iter().any(|area| grant.reaches(area.as_deref()))
            }
            Relation::Investigating => self.is_investigated_here,
            _ => false,
        }
    }
}
