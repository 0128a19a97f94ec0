//! What a consent looks like to somebody who may see it.

use refero_domain::{
    actor::Actor,
    consent::{ChildConsentGround, ConsentGiver, ConsentMode, ConsentPurpose, ConsentStatus},
    id::{CaseId, ConsentId, GuardianId, OrganisationId, UserId},
    instant::Instant,
    policy::{CaseFacts, Class, Permit, ReadConsent},
};
use refero_store::consents::{Consent, allowed_actions};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::{reply::Representation, v1::Links};

/// A consent of a case: to what, with whom, by whom, and where it stands.
#[derive(Clone, Serialize, ToSchema)]
pub struct ConsentView {
    /// The consent.
    pub id: ConsentId,
    /// The case it belongs to.
    pub case_id: CaseId,
    /// Where it stands.
    pub state: ConsentStatus,
    /// Something may rest on it now: it was given and has not ended.
    pub in_force: bool,
    /// For `If-Match`.
    pub version: i64,
    /// What it is for.
    pub purpose: ConsentPurpose,
    /// With whom may be shared.
    pub recipient_organisation_id: Option<OrganisationId>,
    /// What may be shared.
    pub categories: Vec<Class>,
    /// Who gave it, or is asked.
    pub giver: ConsentGiver,
    /// How it was recorded.
    pub mode: ConsentMode,
    /// ISO 639 code of the language in which it was explained.
    pub language: String,
    /// An interpreter helped.
    pub interpreter: bool,
    /// The guardian with whom a child consented (R6).
    pub guardian_id: Option<GuardianId>,
    /// Why a child's consent was recorded without its assent or its guardian.
    pub child_ground: Option<ChildConsentGround>,
    /// The reasons for that.
    pub child_ground_reasons: Option<String>,
    /// The limits with which it was given, in the person's words.
    pub limits: Option<String>,
    /// Why it was withdrawn, if the person said so.
    pub withdrawal_reason: Option<String>,
    /// When it ends by itself.
    pub expires_at: Option<Instant>,
    /// When it was given or refused.
    pub answered_at: Option<Instant>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Instant>,
    /// Who recorded it.
    pub created_by: UserId,
    /// When it was recorded.
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

impl ConsentView {
    /// Shows a consent under the permit that opened it, or that opened its case.
    pub fn of<R>(
        permit: &Permit<ReadConsent, R>,
        consent: &Consent,
        facts: &CaseFacts,
        (actor, now): (&Actor, Instant),
    ) -> Self {
        let words = consent.words.reveal(permit, Class::CaseRestricted).ok();
        let case = format!("/v1/cases/{}", consent.case_id);
        Self {
            id: consent.id.clone(),
            case_id: consent.case_id.clone(),
            state: consent.state.get(),
            in_force: consent.is_in_force(now),
            version: consent.version,
            purpose: consent.purpose,
            recipient_organisation_id: consent.recipient_organisation_id.clone(),
            categories: consent.categories.iter().collect(),
            giver: consent.giver,
            mode: consent.mode,
            language: consent.language.clone(),
            interpreter: consent.interpreter,
            guardian_id: consent.guardian_id.clone(),
            child_ground: consent.child_ground,
            child_ground_reasons: words.and_then(|words| words.ground.clone()),
            limits: words.and_then(|words| words.limits.clone()),
            withdrawal_reason: words.and_then(|words| words.withdrawal_reason.clone()),
            expires_at: consent.expires_at,
            answered_at: consent.answered_at,
            withdrawn_at: consent.withdrawn_at,
            created_by: consent.created_by.clone(),
            created_at: consent.created_at,
            updated_at: consent.updated_at,
            allowed_actions: allowed_actions(consent, facts, actor),
            withheld: if words.is_some() { Vec::new() } else { vec![Class::CaseRestricted] },
            links: Links::to("self", format!("{case}/consents/{}", consent.id)).and("case", case),
        }
    }
}

impl Representation for ConsentView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/cases/{}/consents/{}", self.case_id, self.id)
    }
}
