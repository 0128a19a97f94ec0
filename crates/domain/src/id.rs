//! Typed identifiers: random UUIDv4, never sequential, never time-ordered.
//!
//! A version 7 UUID would tell when a victim was registered, so only version 4 is accepted from
//! clients and only version 4 is made here.

use std::{fmt, hash::Hash, marker::PhantomData, str::FromStr};

use uuid::Uuid;

/// Names the kind of thing an [`Id`] identifies.
pub trait Kind: 'static {
    /// The kind's name as audit events and logs write it.
    const NAME: &'static str;
}

/// An identifier that cannot be confused with the identifier of another kind of thing.
#[cfg_attr(feature = "sql", derive(diesel::AsExpression, diesel::FromSqlRow))]
#[cfg_attr(feature = "sql", diesel(sql_type = diesel::sql_types::Text))]
pub struct Id<K: Kind> {
    text: String,
    kind: PhantomData<fn() -> K>,
}

/// Says that a text is not a random (version 4) UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an identifier is a random UUID (version 4)")]
pub struct NotAnId;

impl<K: Kind> Id<K> {
    /// Makes an identifier from 16 random bytes; the caller brings the randomness.
    #[must_use]
    pub fn from_random_bytes(bytes: [u8; 16]) -> Self {
        Self::of(uuid::Builder::from_random_bytes(bytes).into_uuid())
    }

    /// Returns the canonical text form: 36 lower-case characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn of(uuid: Uuid) -> Self {
        Self { text: uuid.to_string(), kind: PhantomData }
    }
}

impl<K: Kind> FromStr for Id<K> {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let uuid = Uuid::try_parse(text).map_err(|_| NotAnId)?;
        // Only the hyphenated form: one thing has one address.
        let canonical = text.len() == 36 && uuid.get_version_num() == 4;
        if canonical { Ok(Self::of(uuid)) } else { Err(NotAnId) }
    }
}

impl<K: Kind> Clone for Id<K> {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), kind: PhantomData }
    }
}
impl<K: Kind> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}
impl<K: Kind> Eq for Id<K> {}
impl<K: Kind> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K: Kind> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.text.cmp(&other.text)
    }
}
impl<K: Kind> Hash for Id<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}
impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", K::NAME, self.text)
    }
}
impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
impl<K: Kind> serde::Serialize for Id<K> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}
impl<'de, K: Kind> serde::Deserialize<'de> for Id<K> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident, $id:ident = $name:literal;)*) => {$(
        $(#[$doc])*
        pub type $id = Id<$kind>;
        #[doc = concat!("The kind `", $name, "`.")]
        #[derive(Debug, Clone, Copy)]
        pub struct $kind;
        impl Kind for $kind {
            const NAME: &'static str = $name;
        }
    )*};
}

kinds! {
    /// Identifies an organisation.
    OrganisationKind, OrganisationId = "organisation";
    /// Identifies a service that an organisation offers.
    ServiceKind, ServiceId = "service";
    /// Identifies a user account.
    UserKind, UserId = "user";
    /// Identifies a grant of a role to a user.
    RoleGrantKind, RoleGrantId = "role_grant";
    /// Identifies a signed-in session.
    SessionKind, SessionId = "session";
    /// Identifies a person that the mechanism protects.
    PersonKind, PersonId = "person";
    /// Identifies a first responder's detection report.
    DetectionReportKind, DetectionReportId = "detection_report";
    /// Identifies an incident in which people were found.
    IncidentKind, IncidentId = "incident";
    /// Identifies the link between a case and an incident.
    IncidentLinkKind, IncidentLinkId = "incident_link";
    /// Identifies a case.
    CaseKind, CaseId = "case";
    /// Identifies a version of an indicator set.
    IndicatorSetVersionKind, IndicatorSetVersionId = "indicator_set_version";
    /// Identifies a screening.
    ScreeningKind, ScreeningId = "screening";
    /// Identifies a decision about the person.
    IdentificationDecisionKind, IdentificationDecisionId = "identification_decision";
    /// Identifies a consent.
    ConsentKind, ConsentId = "consent";
    /// Identifies an age assessment.
    AgeAssessmentKind, AgeAssessmentId = "age_assessment";
    /// Identifies a guardian of the person of a case.
    GuardianKind, GuardianId = "guardian";
    /// Identifies a best-interests procedure for the child of a case.
    BestInterestsKind, BestInterestsId = "best_interests";
    /// Identifies a placement of the person of a case.
    PlacementKindTag, PlacementId = "placement";
    /// Identifies a recovery and reflection period of the person of a case.
    ReflectionPeriodKind, ReflectionPeriodId = "reflection_period";
    /// Identifies a way to reach the person of a case.
    SafeContactKind, SafeContactId = "safe_contact";
    /// Identifies a note on a case.
    NoteKind, NoteId = "note";
    /// Identifies an assessment of needs and risk.
    NeedsAssessmentKind, NeedsAssessmentId = "needs_assessment";
    /// Identifies the support plan of a case.
    SupportPlanKind, SupportPlanId = "support_plan";
    /// Identifies an agreement to a support plan.
    PlanAgreementKind, PlanAgreementId = "plan_agreement";
    /// Identifies a review of a support plan.
    PlanReviewKind, PlanReviewId = "plan_review";
    /// Identifies a conference about a case.
    CaseConferenceKind, CaseConferenceId = "case_conference";
    /// Identifies what was open when somebody asked to close a case.
    ClosureChecklistKind, ClosureChecklistId = "closure_checklist";
    /// Identifies a complaint.
    ComplaintKindTag, ComplaintId = "complaint";
    /// Identifies a follow-up.
    FollowUpKind, FollowUpId = "follow_up";
    /// Identifies one step of a support plan.
    PlanItemKind, PlanItemId = "plan_item";
    /// Identifies a document of a case.
    DocumentKindTag, DocumentId = "document";
    /// Identifies a letter on paper.
    LetterKindTag, LetterId = "letter";
    /// Identifies a proceeding.
    ProceedingKind, ProceedingId = "proceeding";
    /// Identifies one time for which an authority was told who the person is.
    IdentityDisclosureKind, IdentityDisclosureId = "identity_disclosure";
    /// Identifies a hearing.
    HearingKind, HearingId = "hearing";
    /// Identifies an alleged perpetrator.
    AllegedPerpetratorKind, AllegedPerpetratorId = "alleged_perpetrator";
    /// Identifies an offence that must not be held against the person.
    NonPunishmentIssueKind, NonPunishmentIssueId = "non_punishment_issue";
    /// Identifies a referral.
    ReferralKind, ReferralId = "referral";
    /// Identifies a service update.
    ServiceUpdateKind, ServiceUpdateId = "service_update";
    /// Identifies a pair of cases that may be about one person.
    DuplicateCandidateKind, DuplicateCandidateId = "duplicate_candidate";
    /// Identifies an escalation of something overdue.
    EscalationKind, EscalationId = "escalation";
    /// Identifies a deadline that runs on a case.
    ClockKindTag, ClockId = "clock";
    /// Identifies an alert.
    AlertKindTag, AlertId = "alert";
    /// Identifies a mark of a case as bait.
    BaitKind, BaitId = "bait";
    /// Identifies an emergency access.
    EmergencyAccessKind, EmergencyAccessId = "emergency_access";
    /// Identifies a request to forget a person.
    ErasureRequestKind, ErasureRequestId = "erasure_request";
    /// Identifies a legal hold on a case.
    LegalHoldKind, LegalHoldId = "legal_hold";
    /// Identifies a person's request for a copy of their data.
    AccessRequestKind, AccessRequestId = "access_request";
    /// Identifies one holder's part of such a copy.
    AccessPartKind, AccessPartId = "access_part";
    /// Identifies an audit event.
    AuditEventKind, AuditEventId = "audit_event";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_random_uuids_in_canonical_form_are_identifiers() {
        let good = "3f2b8c1e-7a4d-4e0b-9c53-1d2e3f4a5b6c";
        assert_eq!(good.parse::<CaseId>().unwrap().as_str(), good);
        let upper = "3F2B8C1E-7A4D-4E0B-9C53-1D2E3F4A5B6C";
        assert_eq!(upper.parse::<CaseId>().unwrap().as_str(), good);
        for bad in [
            "",
            "1",
            "0192f0c1-2b3c-7d4e-8f50-112233445566", // version 7: tells the time
            "3f2b8c1e7a4d4e0b9c531d2e3f4a5b6c",
            "{3f2b8c1e-7a4d-4e0b-9c53-1d2e3f4a5b6c}",
            "urn:uuid:3f2b8c1e-7a4d-4e0b-9c53-1d2e3f4a5b6c",
        ] {
            assert_eq!(bad.parse::<CaseId>(), Err(NotAnId), "{bad}");
        }
    }
}
