//! What stands between a case and a provider, as far as whoever asks may know it.

use super::Rules;
use crate::{
    consent::{ConsentPurpose, ConsentStatus},
    id::OrganisationId,
    instant::Instant,
    referral::{DeclineReason, ReferralState},
};

/// A referral of the case.
#[derive(Debug, Clone)]
pub struct EarlierReferral {
    /// To whom it was offered.
    pub organisation_id: OrganisationId,
    /// The `service_type` codes asked for.
    pub services: Vec<String>,
    /// Where it stands.
    pub state: ReferralState,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// The coded reason of its end.
    pub end_reason: Option<String>,
}

/// A consent of the case that names an organisation.
#[derive(Debug, Clone)]
pub struct EarlierConsent {
    /// With whom may be shared.
    pub organisation_id: OrganisationId,
    /// What it is for.
    pub purpose: ConsentPurpose,
    /// Where it stands.
    pub state: ConsentStatus,
    /// When it was recorded.
    pub created_at: Instant,
}

/// What has been asked and answered in a case. Nothing is in it that whoever asks may not know: what they
/// may not know must not show in who is left out either.
#[derive(Debug, Clone, Default)]
pub struct CaseHistory {
    /// Its referrals.
    pub referrals: Vec<EarlierReferral>,
    /// Its consents.
    pub consents: Vec<EarlierConsent>,
}

/// How a provider stands to a case, for one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// The person said no to sharing with it.
    pub refused_by_person: bool,
    /// It has a referral for this service that has not ended.
    pub asked: bool,
    /// It declined or gave back because of a conflict of interest, for whatever service.
    pub conflict: bool,
    /// It declined or gave back this service lately: why, and when.
    pub declined: Option<(DeclineReason, Instant)>,
}

impl CaseHistory {
    /// Says how a provider stands to the case, for one service.
    #[must_use]
    pub fn standing(&self, with: &OrganisationId, service_type: &str, rules: &Rules) -> Standing {
        let asks = |referral: &&EarlierReferral| {
            referral.services.iter().any(|asked| asked == service_type)
        };
        let referrals = || self.referrals.iter().filter(|one| one.organisation_id == *with);
        let since = rules
            .now
            .plus_seconds(i64::from(rules.declines_count_for_days).saturating_mul(-86_400));
        let declined = referrals()
            .filter(asks)
            .filter_map(EarlierReferral::declined)
            .filter(|(_, at)| *at > since)
            .max_by_key(|(_, at)| *at);
        Standing {
            refused_by_person: self.refused(with, service_type),
            asked: referrals().filter(asks).any(|one| {
                ReferralState::OPEN.contains(&one.state) && one.state != ReferralState::Draft
            }),
            conflict: referrals()
                .filter_map(EarlierReferral::declined)
                .any(|(reason, _)| reason == DeclineReason::ConflictOfInterest),
            declined,
        }
    }

    /// Says whether the last that the person said about sharing with an organisation for such a service
    /// was no.
    fn refused(&self, with: &OrganisationId, service_type: &str) -> bool {
        let said = self.consents.iter().filter(|consent| {
            consent.organisation_id == *with
                && consent.purpose.covers_service(service_type)
                && consent.state != ConsentStatus::Pending
        });
        said.max_by_key(|consent| consent.created_at).is_some_and(|last| {
            matches!(last.state, ConsentStatus::Refused | ConsentStatus::Withdrawn)
        })
    }
}

impl EarlierReferral {
    /// Returns why the provider did not take it, or not any longer, and when.
    fn declined(&self) -> Option<(DeclineReason, Instant)> {
        let back = matches!(self.state, ReferralState::Declined | ReferralState::ReturnedToSender);
        let reason = self.end_reason.as_deref().filter(|_| back)?.parse().ok()?;
        Some((reason, self.ended_at?))
    }
}
