//! Consent and the other legal bases on which a person's data is shared (R4, R5).

use crate::{
    closed::closed_list,
    id::GuardianId,
    instant::Instant,
    machine::{Machine, acts},
    refusal::Refusal,
};

closed_list! {
    /// What the consent is for.
    ConsentPurpose = "consent_purpose" {
        Interview = "interview",
        CaseRegistration = "case_registration",
        CaseManagement = "case_management",
        ShareWithServiceProvider = "share_with_service_provider",
        ShareWithLawEnforcement = "share_with_law_enforcement",
        ShareCrossBorder = "share_cross_border",
        ShareWithEmbassy = "share_with_embassy",
        FamilyTracing = "family_tracing",
        MedicalExamination = "medical_examination",
        AgeAssessment = "age_assessment",
        NonIdentifiableReporting = "non_identifiable_reporting",
        PhotoAudioVideo = "photo_audio_video",
        Return = "return",
        ShelterPlacement = "shelter_placement",
        SafeContact = "safe_contact",
    }
}

closed_list! {
    /// Where a consent stands.
    ConsentStatus = "consent_status" {
        Given = "given",
        GivenWithLimits = "given_with_limits",
        Refused = "refused",
        Withdrawn = "withdrawn",
        Expired = "expired",
        Pending = "pending",
        NotRequiredOtherBasis = "not_required_other_basis",
    }
}

closed_list! {
    /// Who gave the consent.
    ConsentGiver = "consent_giver" {
        Individual = "individual",
        Caregiver = "caregiver",
        Guardian = "guardian",
        ChildAssentPlusGuardian = "child_assent_plus_guardian",
        AuthorityBestInterests = "authority_best_interests",
        Other = "other",
    }
}

closed_list! {
    /// How the consent was recorded.
    ConsentMode = "consent_mode" {
        Written = "written",
        Thumbprint = "thumbprint",
        VerbalWitnessed = "verbal_witnessed",
        Audio = "audio",
        Electronic = "electronic",
    }
}

closed_list! {
    /// The legal basis of a sharing.
    LegalBasis = "legal_basis" {
        Consent = "consent",
        LegalObligation = "legal_obligation",
        PublicTask = "public_task",
        VitalInterests = "vital_interests",
        LegalClaims = "legal_claims",
        CriminalInvestigation = "criminal_investigation",
        Contract = "contract",
        LegitimateInterests = "legitimate_interests",
        MedicalPurposes = "medical_purposes",
        ResearchStatistics = "research_statistics",
        ChildBestInterests = "child_best_interests",
    }
}

closed_list! {
    /// Why a child's consent was recorded without its assent or its guardian (R6).
    ChildConsentGround = "child_consent_ground" {
        GuardianNotYetAppointed = "guardian_not_yet_appointed",
        GuardianCannotBeReached = "guardian_cannot_be_reached",
        GuardianInConflict = "guardian_in_conflict",
        TooYoungToAssent = "too_young_to_assent",
        AssentNotPossible = "assent_not_possible",
        DangerToChild = "danger_to_child",
        Other = "other",
    }
}

/// What a consent holds in sealed form: the person's words.
#[derive(Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct ConsentWords {
    /// Why a child's consent was recorded without its assent or its guardian.
    pub ground: Option<String>,
    /// The limits with which it was given.
    pub limits: Option<String>,
    /// Why it was withdrawn, if the person said so. Nobody has to give a reason.
    pub withdrawal_reason: Option<String>,
}

acts! {
    /// What moves a consent.
    ConsentAct {
        Give = "give",
        GiveWithLimits = "give-with-limits",
        Refuse = "refuse",
        Withdraw = "withdraw",
        Expire = "expire",
    }
}

use ConsentAct as Act;
use ConsentStatus as S;

impl Machine for ConsentStatus {
    type Act = ConsentAct;
    const INITIAL: Self = Self::Pending;
    const TRANSITIONS: &'static [(Self, ConsentAct, Self)] = &[
        (S::Pending, Act::Give, S::Given),
        (S::Pending, Act::GiveWithLimits, S::GivenWithLimits),
        (S::Pending, Act::Refuse, S::Refused),
        (S::Pending, Act::Withdraw, S::Withdrawn),
        (S::Pending, Act::Expire, S::Expired),
        (S::Given, Act::Withdraw, S::Withdrawn),
        (S::Given, Act::Expire, S::Expired),
        (S::GivenWithLimits, Act::Withdraw, S::Withdrawn),
        (S::GivenWithLimits, Act::Expire, S::Expired),
    ];
}

impl ConsentStatus {
    /// The states in which time can end a consent.
    pub const MAY_EXPIRE: &'static [Self] = &[Self::Pending, Self::Given, Self::GivenWithLimits];

    /// Says whether something may rest on the consent.
    #[must_use]
    pub const fn is_in_force(self) -> bool {
        matches!(self, Self::Given | Self::GivenWithLimits)
    }

    /// Says whether something may rest on the consent at a moment: an end that has passed counts
    /// from that moment, whether or not anybody has written it down yet.
    #[must_use]
    pub fn is_in_force_at(self, expires_at: Option<Instant>, now: Instant) -> bool {
        self.is_in_force() && expires_at.is_none_or(|end| now < end)
    }
}

impl ConsentPurpose {
    /// Says whether the purpose is to share with one organisation, which the consent then names (R4).
    #[must_use]
    pub const fn names_recipient(self) -> bool {
        match self {
            Self::ShareWithServiceProvider
            | Self::ShareWithLawEnforcement
            | Self::ShareCrossBorder
            | Self::ShareWithEmbassy
            | Self::ShelterPlacement
            | Self::MedicalExamination => true,
            Self::Interview
            | Self::CaseRegistration
            | Self::CaseManagement
            | Self::FamilyTracing
            | Self::AgeAssessment
            | Self::NonIdentifiableReporting
            | Self::PhotoAudioVideo
            | Self::Return
            | Self::SafeContact => false,
        }
    }

    /// Says whether a consent for this purpose covers a referral to this service (R4).
    ///
    /// Who agreed to be examined by a doctor has not agreed to be placed in a shelter.
    #[must_use]
    pub fn covers_service(self, service_type: &str) -> bool {
        match self {
            Self::ShareWithServiceProvider => true,
            Self::ShelterPlacement => {
                matches!(service_type, "safe_shelter" | "alternative_care" | "emergency_needs")
            }
            Self::MedicalExamination => {
                matches!(service_type, "medical_care" | "sexual_reproductive_health")
            }
            Self::FamilyTracing => service_type == "family_tracing",
            Self::Return => matches!(service_type, "voluntary_return" | "reintegration"),
            Self::Interview
            | Self::CaseRegistration
            | Self::CaseManagement
            | Self::ShareWithLawEnforcement
            | Self::ShareCrossBorder
            | Self::ShareWithEmbassy
            | Self::AgeAssessment
            | Self::NonIdentifiableReporting
            | Self::PhotoAudioVideo
            | Self::SafeContact => false,
        }
    }
}

impl ConsentGiver {
    /// Says whether this giver can consent for the person (R6).
    ///
    /// For a person protected as a child, a child's own word alone is not a consent; a guardian's,
    /// or a recorded best-interests basis, is.
    #[must_use]
    pub const fn suffices(self, protected_as_child: bool) -> bool {
        match self {
            Self::Individual => !protected_as_child,
            Self::Guardian | Self::ChildAssentPlusGuardian | Self::AuthorityBestInterests => {
                protected_as_child
            }
            Self::Caregiver | Self::Other => true,
        }
    }
}

impl ConsentGiver {
    /// Says with which guardian a child consents, and on what ground without (R6): with its assent and the guardian
    /// who is in office, or with whom there is and a ground why not both. That nobody is in office yet is a fact
    /// and not an opinion: it is the ground by itself, because a child cannot wait for a court.
    ///
    /// # Errors
    /// [`Refusal::GuardianRequired`] if the guardian who is in office is passed over without a ground.
    pub fn with_guardian(
        self,
        in_office: Option<GuardianId>,
        ground: Option<ChildConsentGround>,
    ) -> Result<(Option<GuardianId>, Option<ChildConsentGround>), Refusal> {
        match (self, in_office, ground) {
            (Self::ChildAssentPlusGuardian, Some(guardian), ground) => Ok((Some(guardian), ground)),
            (_, in_office, Some(ground)) => Ok((in_office, Some(ground))),
            (_, None, None) => Ok((None, Some(ChildConsentGround::GuardianNotYetAppointed))),
            (_, Some(_), None) => Err(Refusal::GuardianRequired),
        }
    }
}

impl LegalBasis {
    /// Says whether a referral to a provider may rest on this basis instead of a consent (R4).
    #[must_use]
    pub const fn carries_referral(self) -> bool {
        match self {
            Self::LegalObligation
            | Self::PublicTask
            | Self::VitalInterests
            | Self::MedicalPurposes
            | Self::ChildBestInterests => true,
            Self::Consent
            | Self::LegalClaims
            | Self::CriminalInvestigation
            | Self::Contract
            | Self::LegitimateInterests
            | Self::ResearchStatistics => false,
        }
    }

    /// Says whether a first responder may send an emergency on this basis before triage (R4).
    #[must_use]
    pub const fn carries_emergency(self) -> bool {
        matches!(self, Self::VitalInterests | Self::ChildBestInterests)
    }

    /// Says whether an authority that investigates may be told on this basis who the person is (R8).
    #[must_use]
    pub const fn carries_identity_to_an_investigation(self) -> bool {
        matches!(self, Self::CriminalInvestigation | Self::LegalObligation)
    }

    /// Says whether this basis speaks of a person so protected: the best interests of a child are
    /// no basis for an adult.
    #[must_use]
    pub const fn fits(self, protected_as_child: bool) -> bool {
        protected_as_child || !matches!(self, Self::ChildBestInterests)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r6_a_childs_own_word_is_not_a_consent() {
        assert!(!ConsentGiver::Individual.suffices(true));
        assert!(ConsentGiver::ChildAssentPlusGuardian.suffices(true));
        assert!(ConsentGiver::Individual.suffices(false));
        assert!(!ConsentGiver::Guardian.suffices(false));
    }

    #[test]
    fn r6_a_child_consents_with_its_guardian_or_for_a_recorded_ground() {
        let guardian: GuardianId = "0c6ab5c5-4a2f-4b1d-9c6b-2d1f3a4b5c6d".parse().unwrap();
        let (both, alone) = (ConsentGiver::ChildAssentPlusGuardian, ConsentGiver::Guardian);
        let ground = Some(ChildConsentGround::TooYoungToAssent);
        let someone = || Some(guardian.clone());
        assert_eq!(both.with_guardian(someone(), None), Ok((someone(), None)));
        assert_eq!(alone.with_guardian(someone(), None), Err(Refusal::GuardianRequired));
        assert_eq!(alone.with_guardian(someone(), ground), Ok((someone(), ground)));
        let nobody_yet = Some(ChildConsentGround::GuardianNotYetAppointed);
        for giver in [both, alone, ConsentGiver::AuthorityBestInterests] {
            assert_eq!(giver.with_guardian(None, None), Ok((None, nobody_yet)));
            assert_eq!(giver.with_guardian(None, ground), Ok((None, ground)));
        }
    }

    #[test]
    fn a_consent_is_in_force_until_the_moment_it_expires() {
        let now = Instant::from_utc(chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let later = Some(now.plus_seconds(1));

        assert!(S::Given.is_in_force_at(None, now));
        assert!(S::GivenWithLimits.is_in_force_at(later, now));
        assert!(!S::Given.is_in_force_at(Some(now), now));
        for state in [S::Refused, S::Withdrawn, S::Expired, S::Pending] {
            assert!(!state.is_in_force_at(later, now), "{state}");
        }
    }

    #[test]
    fn only_what_has_not_ended_can_expire() {
        let can: Vec<_> = S::sources(Act::Expire).collect();
        assert_eq!(can, S::MAY_EXPIRE);
    }

    #[test]
    fn r4_a_consent_to_be_examined_is_no_consent_to_a_shelter() {
        assert!(ConsentPurpose::MedicalExamination.covers_service("medical_care"));
        assert!(!ConsentPurpose::MedicalExamination.covers_service("safe_shelter"));
        assert!(!ConsentPurpose::ShareWithLawEnforcement.covers_service("safe_shelter"));
        assert!(ConsentPurpose::ShareWithServiceProvider.covers_service("legal_aid"));
    }

    #[test]
    fn r4_every_purpose_that_covers_any_service_by_name_names_its_recipient() {
        for purpose in ConsentPurpose::ALL {
            if purpose.covers_service("legal_aid") || purpose.covers_service("safe_shelter") {
                assert!(purpose.names_recipient(), "{purpose}");
            }
        }
    }

    #[test]
    fn r8_no_basis_of_care_tells_an_investigation_who_the_person_is() {
        assert!(LegalBasis::CriminalInvestigation.carries_identity_to_an_investigation());
        for basis in LegalBasis::ALL.iter().filter(|basis| basis.carries_emergency()) {
            assert!(!basis.carries_identity_to_an_investigation(), "{basis}");
        }
        assert!(!LegalBasis::Consent.carries_identity_to_an_investigation(), "a consent is named");
    }

    #[test]
    fn no_basis_of_the_investigation_carries_a_referral_to_care() {
        assert!(!LegalBasis::CriminalInvestigation.carries_referral());
        for basis in LegalBasis::ALL.iter().filter(|b| b.carries_emergency()) {
            assert!(basis.carries_referral(), "{basis}");
        }
        assert!(!LegalBasis::ChildBestInterests.fits(false));
    }
}
