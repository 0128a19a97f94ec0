//! What a pair of cases looks like to somebody who may see both.

use refero_domain::{
    actor::Actor,
    case::CaseStatus,
    duplicate::{DismissalReason, DuplicateState, LikenessBand},
    id::{CaseId, DuplicateCandidateId, UserId},
    instant::Instant,
    policy::{Class, Permit, ReadDuplicate},
};
use refero_store::{Result, duplicates::Pair};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::{reply::Representation, v1::Links};

/// One of the two cases.
#[derive(Clone, Serialize, ToSchema)]
pub struct PairedCaseView {
    /// The case.
    pub id: CaseId,
    /// What to say on the telephone.
    pub case_code: String,
    /// Where the work on it stands.
    pub state: CaseStatus,
    /// ISO 3166-2 area where the person was found.
    pub area: Option<String>,
}

/// Two cases that may be about one person (R12).
#[derive(Clone, Serialize, ToSchema)]
pub struct DuplicateView {
    /// The pair.
    pub id: DuplicateCandidateId,
    /// Where the question stands.
    pub state: DuplicateState,
    /// For `If-Match`.
    pub version: i64,
    /// How much the two look alike.
    pub band: LikenessBand,
    /// By what, and what speaks against it: codes of `likeness_reason`.
    pub likeness_reasons: Vec<String>,
    /// The two cases.
    pub cases: Vec<PairedCaseView>,
    /// The case that goes on, once a merge was asked for.
    pub surviving_case_id: Option<CaseId>,
    /// Why the two are not one.
    pub dismissal_reason: Option<DismissalReason>,
    /// Who asks for what waits for a second person: the merge, or its undoing (R10).
    pub requested_by: Option<UserId>,
    /// When.
    pub requested_at: Option<Instant>,
    /// Who decided last.
    pub decided_by: Option<UserId>,
    /// When.
    pub decided_at: Option<Instant>,
    /// When the pair was found.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// The moves that the caller could make now.
    pub allowed_actions: Vec<&'static str>,
    /// Classes of data that exist and are not shown: who the two are stands in their identities.
    #[schema(value_type = Vec<Class>)]
    pub withheld: [Class; 1],
    /// Where to go from here.
    pub links: Links,
}

impl DuplicateView {
    /// Shows a pair.
    ///
    /// # Errors
    /// Only if what is stored is broken.
    pub fn of(actor: &Actor, permit: &Permit<ReadDuplicate, Pair>) -> Result<Self> {
        let pair = permit.row();
        let found = &pair.candidate;
        let [first, second] = pair.sides.each_ref().map(|side| format!("/v1/cases/{}", side.id));
        let cases = pair.sides.iter().map(|side| PairedCaseView {
            id: side.id.clone(),
            case_code: side.case_code.clone(),
            state: side.state,
            area: side.area.clone(),
        });
        Ok(Self {
            id: found.id.clone(),
            state: found.state.get(),
            version: found.version,
            band: found.band,
            likeness_reasons: found.reasons.get()?,
            cases: cases.collect(),
            surviving_case_id: found.surviving_case_id.clone(),
            dismissal_reason: found.dismissal_reason,
            requested_by: found.requested_by.clone(),
            requested_at: found.requested_at,
            decided_by: found.decided_by.clone(),
            decided_at: found.decided_at,
            created_at: found.created_at,
            updated_at: found.updated_at,
            allowed_actions: pair.allowed_actions(actor),
            withheld: [Class::IdentitySealed],
            links: Links::to("self", format!("/v1/duplicate-candidates/{}", found.id))
                .and("first_case", first)
                .and("second_case", second),
        })
    }
}

impl Representation for DuplicateView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/duplicate-candidates/{}", self.id)
    }
}
