//! What a placement looks like to somebody who may see it.

use chrono::NaiveDate;
use refero_domain::{
    actor::Actor,
    id::{CaseId, OrganisationId, PlacementId, UserId},
    instant::Instant,
    placement::{
        FacilityRegime, FreedomOfMovement, PlacementEndReason, PlacementKind, PlacementState,
    },
    policy::{Class, Permit, ReadPlacement},
};
use refero_store::placements::PlacementRow;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::{reply::Representation, v1::Links};

/// Where the person of a case lives, or lived.
#[derive(Clone, Serialize, ToSchema)]
pub struct PlacementView {
    /// The placement.
    pub id: PlacementId,
    /// The case it belongs to.
    pub case_id: CaseId,
    /// Whether the person still lives there.
    pub state: PlacementState,
    /// For `If-Match`.
    pub version: i64,
    /// What kind of place it is.
    pub kind: PlacementKind,
    /// Who runs it; null to whoever may not know where it is, since a name says where.
    pub organisation_id: Option<OrganisationId>,
    /// Whether people may leave it when they like.
    pub regime: FacilityRegime,
    /// How freely this person moves.
    pub freedom_of_movement: FreedomOfMovement,
    /// Why the person may not go out as they like.
    pub restriction_reason: Option<String>,
    /// The first day there.
    pub started_on: NaiveDate,
    /// Until when it is meant.
    pub planned_until: Option<NaiveDate>,
    /// It separates a child from a parent or carer.
    pub separates_from_carer: bool,
    /// Where it is; null if that is withheld (R9).
    pub address: Option<String>,
    /// How to reach the people there; null if that is withheld (R9).
    pub contact: Option<String>,
    /// Why this place.
    pub reason: Option<String>,
    /// Why the person does not live there any more.
    pub end_reason: Option<PlacementEndReason>,
    /// The last day there.
    pub ended_on: Option<NaiveDate>,
    /// Who wrote the end down.
    pub ended_by: Option<UserId>,
    /// When.
    pub ended_at: Option<Instant>,
    /// Who wrote it down.
    pub created_by: UserId,
    /// When it was written down.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// The moves that the caller could make now.
    pub allowed_actions: Vec<&'static str>,
    /// Classes of data that exist and are not shown.
    pub withheld: Vec<Class>,
    /// Where to go from here.
    pub links: Links,
}

impl PlacementView {
    /// Shows a placement under its own permit.
    pub(super) fn of(permit: &Permit<ReadPlacement, PlacementRow>, actor: &Actor) -> Self {
        let row = permit.row();
        let placement = &row.placement;
        let location = placement.location.reveal(permit, Class::SafeLocation).ok();
        let words = placement.words.reveal(permit, Class::CaseRestricted).ok();
        let case = format!("/v1/cases/{}", placement.case_id);
        let withheld =
            [(location.is_none(), Class::SafeLocation), (words.is_none(), Class::CaseRestricted)];
        Self {
            id: placement.id.clone(),
            case_id: placement.case_id.clone(),
            state: placement.state.get(),
            version: placement.version,
            kind: placement.kind,
            organisation_id: location.and_then(|_| placement.organisation_id.clone()),
            regime: placement.regime,
            freedom_of_movement: placement.freedom,
            restriction_reason: words.and_then(|words| words.restriction.clone()),
            started_on: placement.started_on,
            planned_until: placement.planned_until,
            separates_from_carer: placement.separates,
            address: location.map(|location| location.address.clone()),
            contact: location.and_then(|location| location.contact.clone()),
            reason: words.and_then(|words| words.reason.clone()),
            end_reason: placement.end_reason,
            ended_on: placement.ended_on,
            ended_by: placement.ended_by.clone(),
            ended_at: placement.ended_at,
            created_by: placement.created_by.clone(),
            created_at: placement.created_at,
            updated_at: placement.updated_at,
            allowed_actions: row.allowed_actions(actor),
            withheld: withheld
                .into_iter()
                .filter_map(|(held, class)| held.then_some(class))
                .collect(),
            links: Links::to("self", format!("{case}/placements/{}", placement.id))
                .and("case", case),
        }
    }
}

impl Representation for PlacementView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/cases/{}/placements/{}", self.case_id, self.id)
    }
}
