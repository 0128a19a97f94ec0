//! What a service update looks like.

use refero_domain::{
    care::{CareState, is_medical},
    id::{ReferralId, ServiceUpdateId, UserId},
    instant::Instant,
    policy::{Action, Class, Discloses, Permit},
};
use refero_store::service_updates::ServiceUpdate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::{reply::Representation, v1::Links};

/// What a provider reports about one service on one day.
#[derive(Clone, Serialize, ToSchema)]
pub struct ServiceUpdateView {
    /// The update.
    pub id: ServiceUpdateId,
    /// The referral it belongs to.
    pub referral_id: ReferralId,
    /// Always 1: an update is never changed.
    pub version: i64,
    /// Which of the referral's services.
    pub service_type: String,
    /// On which day.
    pub occurred_on: chrono::NaiveDate,
    /// How the service stands.
    pub state: CareState,
    /// `service_outcome`.
    pub outcome: Option<String>,
    /// When it goes on.
    pub next_due_on: Option<chrono::NaiveDate>,
    /// A remark; null if there is none or if it is withheld.
    pub note: Option<String>,
    /// The update that this one corrects.
    pub corrects_id: Option<ServiceUpdateId>,
    /// Who wrote it.
    pub author_id: UserId,
    /// When it was written.
    pub created_at: Instant,
    /// Always empty: an update is never changed.
    pub allowed_actions: Vec<&'static str>,
    /// Classes of data that exist and are not shown.
    pub withheld: Vec<Class>,
    /// Where to go from here.
    pub links: Links,
}

impl ServiceUpdateView {
    /// Shows an update under a permit for its referral or its case. The note of a medical service is
    /// medical data and stays with those who treat.
    pub fn of<A: Action + Discloses, R>(permit: &Permit<A, R>, update: &ServiceUpdate) -> Self {
        let class =
            if is_medical(&update.service_type) { Class::Medical } else { Class::CaseRestricted };
        let note = update.note.as_ref().and_then(|note| note.reveal(permit, class).ok()).cloned();
        let is_withheld = update.note.is_some() && note.is_none();
        let referral = format!("/v1/referrals/{}", update.referral_id);
        let own = format!("{referral}/service-updates/{}", update.id);
        Self {
            id: update.id.clone(),
            referral_id: update.referral_id.clone(),
            version: 1,
            service_type: update.service_type.clone(),
            occurred_on: update.occurred_on,
            state: update.state,
            outcome: update.outcome.clone(),
            next_due_on: update.next_due_on,
            note,
            corrects_id: update.corrects_id.clone(),
            author_id: update.author_id.clone(),
            created_at: update.created_at,
            allowed_actions: Vec::new(),
            withheld: is_withheld.then_some(class).into_iter().collect(),
            links: Links::to("self", own).and("referral", referral),
        }
    }
}

impl Representation for ServiceUpdateView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/referrals/{}/service-updates/{}", self.referral_id, self.id)
    }
}
