//! How an emergency access is shown.

use refero_domain::{
    actor::Actor,
    emergency::{EmergencyOutcome, EmergencyState},
    id::{CaseId, EmergencyAccessId, OrganisationId, UserId},
    instant::Instant,
    policy::{self, Action, Class, Permit, ReadEmergency, ReviewEmergency},
};
use refero_store::emergencies::AccessRow;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{reply::Representation, v1::Links},
    service::emergencies::Opened,
};

/// An emergency access.
#[derive(Clone, Serialize, ToSchema)]
pub struct EmergencyAccessView {
    /// The access.
    pub id: EmergencyAccessId,
    /// The case that it opens.
    pub case_id: CaseId,
    /// What to say on the telephone.
    pub case_code: String,
    /// Who opened it.
    pub actor_id: UserId,
    /// At which organisation.
    pub organisation_id: OrganisationId,
    /// `emergency_reason`
    pub reason_code: String,
    /// Why: with the single access, to who may see it.
    pub justification: Option<String>,
    /// From when.
    pub opened_at: Instant,
    /// Until when it opens the case, exclusive.
    pub expires_at: Instant,
    /// Until when it is to be reviewed.
    pub review_due_at: Instant,
    /// Who reviewed it.
    pub reviewed_by: Option<UserId>,
    /// When.
    pub reviewed_at: Option<Instant>,
    /// What the review came to.
    pub outcome: Option<EmergencyOutcome>,
    /// Why: with the single access, to who may see it.
    pub review_reason: Option<String>,
    /// Whether it still opens the case.
    pub state: EmergencyState,
    /// For `If-Match`.
    pub version: i64,
    /// The moves that the caller could make now.
    pub allowed_actions: Vec<&'static str>,
    /// Classes of data that exist and are not shown.
    pub withheld: Vec<Class>,
    /// Where to go from here.
    pub links: Links,
}

impl EmergencyAccessView {
    /// Shows an access with what was written about it, as far as the permit reaches.
    pub(super) fn of(opened: &Opened, actor: &Actor, now: Instant) -> Self {
        let permit = &opened.permit;
        let shown = opened.justification.reveal(permit, Class::CaseRestricted).ok().cloned();
        let reasons = opened.reasons.as_ref();
        let reasons = reasons.and_then(|said| said.reveal(permit, Class::CaseRestricted).ok());
        let withheld = if shown.is_some() { Vec::new() } else { vec![Class::CaseRestricted] };
        Self {
            justification: shown,
            review_reason: reasons.cloned(),
            withheld,
            ..Self::in_list(permit, actor, now)
        }
    }

    /// Shows an access in a list, where nothing sealed is opened.
    pub(super) fn in_list(
        permit: &Permit<ReadEmergency, AccessRow>,
        actor: &Actor,
        now: Instant,
    ) -> Self {
        let row = permit.row();
        let access = row.access.clone();
        let is_own = access.actor_id == actor.user_id;
        let may_review = !is_own && policy::may(ReviewEmergency::NAME, actor, &row.facts());
        Self {
            case_code: row.case_code.clone(),
            justification: None,
            review_reason: None,
            state: row.state(now),
            allowed_actions: may_review.then_some("review").into_iter().collect(),
            withheld: vec![Class::CaseRestricted],
            links: Links::to("self", format!("/v1/emergency-accesses/{}", access.id))
                .and("case", format!("/v1/cases/{}", access.case_id)),
            id: access.id,
            case_id: access.case_id,
            actor_id: access.actor_id,
            organisation_id: access.organisation_id,
            reason_code: access.reason_code,
            opened_at: access.opened_at,
            expires_at: access.expires_at,
            review_due_at: access.review_due_at,
            reviewed_by: access.reviewed_by,
            reviewed_at: access.reviewed_at,
            outcome: access.outcome,
            version: access.version,
        }
    }
}

impl Representation for EmergencyAccessView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }

    fn location(&self) -> String {
        format!("/v1/emergency-accesses/{}", self.id)
    }
}
