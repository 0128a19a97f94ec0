//! What is sent about placements.

use chrono::NaiveDate;
use refero_domain::{
    id::{OrganisationId, PlacementId},
    placement::{
        FacilityRegime, FreedomOfMovement, Location, PlacementEndReason, PlacementKind,
        PlacementWords, needs_reason,
    },
    sensitive::Sensitive,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    api::{
        extract::Checked,
        problem::{FieldCode, FieldErrors},
        v1::rules,
    },
    service::placements::Arrival,
};

/// Where a person begins to live.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlacementBody {
    /// The client's own identifier (UUIDv4).
    #[serde(default)]
    pub id: Option<PlacementId>,
    /// What kind of place it is.
    pub kind: PlacementKind,
    /// Who runs it: required for a shelter, a transit centre and a health facility.
    #[serde(default)]
    pub organisation_id: Option<OrganisationId>,
    /// Whether people may leave it when they like.
    pub regime: FacilityRegime,
    /// How freely this person moves.
    pub freedom_of_movement: FreedomOfMovement,
    /// Why the person may not go out as they like, at most 2,000 characters: required for a closed place, and
    /// for whoever goes out accompanied or not at all. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub restriction_reason: Option<Sensitive<String>>,
    /// The first day there.
    pub started_on: NaiveDate,
    /// Until when it is meant. A child lives nowhere for long before its best interests are assessed (R6).
    #[serde(default)]
    pub planned_until: Option<NaiveDate>,
    /// It separates a child from a parent or carer, which a panel determines first (R6).
    #[serde(default)]
    pub separates_from_carer: bool,
    /// The address and how to get there, 1 to 1,000 characters. Sealed by itself (R9).
    #[schema(value_type = String)]
    pub address: Sensitive<String>,
    /// How to reach the people there, 1 to 500 characters. Sealed by itself (R9).
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub contact: Option<Sensitive<String>>,
    /// Why this place, at most 2,000 characters. Never where it is. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub reason: Option<Sensitive<String>>,
}

impl Checked for PlacementBody {
    fn check(&self, errors: &mut FieldErrors) {
        if self.kind.is_run_by_somebody() && self.organisation_id.is_none() {
            errors.add("/organisation_id", FieldCode::Required);
        }
        if needs_reason(self.regime, self.freedom_of_movement) && self.restriction_reason.is_none()
        {
            errors.add("/restriction_reason", FieldCode::Required);
        }
        rules::sealed_text("/restriction_reason", self.restriction_reason.as_ref(), 2_000, errors);
        rules::sealed_text("/address", Some(&self.address), 1_000, errors);
        rules::sealed_text("/contact", self.contact.as_ref(), 500, errors);
        rules::sealed_text("/reason", self.reason.as_ref(), 2_000, errors);
    }
}

impl PlacementBody {
    /// Gives what the service records.
    pub(super) fn arrival(&self) -> Arrival {
        let location = self.address.clone().map(|address| Location { address, contact: None });
        let words = Sensitive::new(PlacementWords::default())
            .with(self.reason.clone(), |words, reason| words.reason = Some(reason))
            .with(self.restriction_reason.clone(), |words, why| words.restriction = Some(why));
        Arrival {
            id: self.id.clone(),
            kind: self.kind,
            organisation_id: self.organisation_id.clone(),
            regime: self.regime,
            freedom: self.freedom_of_movement,
            started_on: self.started_on,
            planned_until: self.planned_until,
            separates: self.separates_from_carer,
            location: location.with(self.contact.clone(), |it, contact| it.contact = Some(contact)),
            words,
        }
    }
}

/// Why and when somebody does not live there any more.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlacementEndBody {
    /// Why.
    pub reason: PlacementEndReason,
    /// The last day there: not before the first.
    pub ended_on: NaiveDate,
}

impl Checked for PlacementEndBody {}
