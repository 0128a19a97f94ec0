//! How a request for a copy is shown: ids and states, no content.

use refero_domain::{
    actor::Actor,
    id::{AccessRequestId, CaseId, OrganisationId, UserId},
    instant::Instant,
    policy::{Class, Permit, ReadAccessRequest},
    subject_access::{
        AccessAsker, AccessDelivery, AccessRefusalGround, AccessState, CopyLanguage, PartState,
    },
};
use refero_store::access_requests::{AccessRow, Part};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::{reply::Representation, v1::Links};

/// A request of a person for a copy of what is held about them.
#[derive(Clone, Serialize, ToSchema)]
pub struct AccessRequestView {
    /// The request.
    pub id: AccessRequestId,
    /// The case of the person; null for a provider, whose access to it may have ended (R3).
    pub case_id: Option<CaseId>,
    /// Who asks.
    pub asker: AccessAsker,
    /// In which language.
    pub language: CopyLanguage,
    /// How it is to be handed over.
    pub delivery: Option<AccessDelivery>,
    /// The number of the data protection officer's file.
    pub file_reference: String,
    /// The day on which it came.
    #[schema(format = Date)]
    pub received_on: String,
    /// The day until which it is to be answered, if the country profile has a period.
    #[schema(format = Date)]
    pub due_on: Option<String>,
    /// How far that day may be relied on.
    #[schema(examples("policy, to be confirmed"))]
    pub due_status: Option<String>,
    /// The parts that the caller may know of.
    pub parts: Vec<AccessPartView>,
    /// Why it is, or is asked to be, refused.
    pub refusal_ground: Option<AccessRefusalGround>,
    /// Who asked to refuse it (R10).
    pub refusal_requested_by: Option<UserId>,
    /// When.
    pub refusal_requested_at: Option<Instant>,
    /// Who decided about that.
    pub refusal_decided_by: Option<UserId>,
    /// When.
    pub refusal_decided_at: Option<Instant>,
    /// When the last part was handed over.
    pub answered_at: Option<Instant>,
    /// Who received it.
    pub created_by: UserId,
    /// When it was written down.
    pub created_at: Instant,
    /// Where it stands.
    pub state: AccessState,
    /// For `If-Match`.
    pub version: i64,
    /// The moves that the caller could make now.
    pub allowed_actions: Vec<&'static str>,
    /// Always empty: the request itself says nothing about anybody.
    #[schema(value_type = Vec<Class>)]
    pub withheld: [Class; 0],
    /// Where to go from here.
    pub links: Links,
}

/// One holder's part of the copy.
#[derive(Clone, Serialize, ToSchema)]
pub struct AccessPartView {
    /// The provider whose part it is; null for the part of those who coordinate the case.
    pub organisation_id: Option<OrganisationId>,
    /// Where it stands.
    pub state: PartState,
    /// When its texts were looked through last.
    pub reviewed_at: Option<Instant>,
    /// How many copies were made.
    pub copies: i64,
    /// Who handed it over.
    pub handed_over_by: Option<UserId>,
    /// When.
    pub handed_over_at: Option<Instant>,
}

impl AccessPartView {
    fn of(part: &Part) -> Self {
        Self {
            organisation_id: part.holder.organisation().cloned(),
            state: part.state(),
            reviewed_at: part.reviewed_at(),
            copies: part.copies(),
            handed_over_by: part.handed_over_by().cloned(),
            handed_over_at: part.handed_over_at(),
        }
    }
}

impl AccessRequestView {
    /// Shows a request to an actor.
    pub(super) fn of(permit: &Permit<ReadAccessRequest, AccessRow>, actor: &Actor) -> Self {
        let row = permit.row();
        let request = &row.request;
        let part = row.part_of(actor).ok();
        let is_provider = part.is_some_and(|part| part.holder.organisation().is_some());
        let address = format!("/v1/access-requests/{}", request.id);
        let mut links = Links::to("self", address.clone());
        if part.is_some() && request.state.get() != AccessState::Refused {
            links = links.and("copy", format!("{address}/copy"));
        }
        Self {
            id: request.id.clone(),
            case_id: (!is_provider).then(|| request.case_id.clone()),
            asker: request.asker,
            language: request.language,
            delivery: request.delivery,
            file_reference: request.file_reference.clone(),
            received_on: request.received_on.clone(),
            due_on: request.due_on.clone(),
            due_status: request.due_status.clone(),
            parts: row.parts_for(actor).into_iter().map(AccessPartView::of).collect(),
            refusal_ground: request.refusal_ground,
            refusal_requested_by: request.refusal_requested_by.clone(),
            refusal_requested_at: request.refusal_requested_at,
            refusal_decided_by: request.refusal_decided_by.clone(),
            refusal_decided_at: request.refusal_decided_at,
            answered_at: request.answered_at,
            created_by: request.created_by.clone(),
            created_at: request.created_at,
            state: request.state.get(),
            version: request.version,
            allowed_actions: row.allowed_actions(actor),
            withheld: [],
            links,
        }
    }
}

impl Representation for AccessRequestView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }

    fn location(&self) -> String {
        format!("/v1/access-requests/{}", self.id)
    }
}
