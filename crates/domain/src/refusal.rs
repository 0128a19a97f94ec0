//! Why a rule says no. A closed list: nothing from outside ever stands in a refusal.

use crate::{
    account::UserState,
    age_assessment::AssessmentState,
    alert::AlertState,
    best_interests::InterestsStage,
    case::{CaseStatus, IdentificationStage},
    complaint::ComplaintState,
    consent::ConsentStatus,
    dates::DateFault,
    document::DocumentState,
    duplicate::DuplicateState,
    erasure::{ErasureState, HoldState},
    identification::DecisionState,
    non_punishment::IssueState,
    placement::PlacementState,
    plan::{ItemState, PlanState},
    proceeding::{HearingState, ProceedingStage},
    referral::ReferralState,
    reflection::ReflectionStatus,
    report::ReportState,
    safe_contact::SafeContactState,
    screening::SetState,
    second_factor::FactorState,
    subject_access::AccessState,
};

/// A rule's refusal of an act that the caller may see but cannot do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The thing does not exist, or may not be known to exist.
    #[error("not found")]
    NotFound,
    /// The caller may see the thing, not do this to it.
    #[error("not permitted")]
    NotPermitted,
    /// The state has no such move.
    #[error("illegal transition")]
    IllegalTransition,
    /// Somebody else was faster.
    #[error("stale version")]
    Stale {
        /// The version that the thing has now.
        current: i64,
    },
    /// R10: nobody approves their own request.
    #[error("self approval")]
    SelfApproval,
    /// R10: one of the two must be a supervisor.
    #[error("second person required")]
    SecondPersonRequired,
    /// R4: neither a consent in force nor a legal basis covers the sharing.
    #[error("consent required")]
    ConsentRequired,
    /// R5: the consent that the referral rests on was withdrawn.
    #[error("consent withdrawn")]
    ConsentWithdrawn,
    /// R4: a referral cannot rest on this legal basis.
    #[error("legal basis not allowed")]
    LegalBasisNotAllowed,
    /// R13: the person was forgotten; what is left says nothing about them.
    #[error("erased")]
    Erased,
    /// R13: nothing of the case may be erased while a legal hold stands.
    #[error("legal hold")]
    LegalHold,
    /// R15: somebody opened the case in an emergency, and nobody has reviewed it.
    #[error("emergency unreviewed")]
    EmergencyUnreviewed,
    /// The case has referrals that have not ended.
    #[error("open referrals")]
    OpenReferrals,
    /// The organisation is inactive or offers none of the services.
    #[error("recipient not eligible")]
    RecipientNotEligible,
    /// R6: an adult-only service while the person is protected as a child.
    #[error("adulthood not established")]
    AdulthoodNotEstablished,
    /// The worker does not work for the organisation, or has no role there.
    #[error("worker not in organisation")]
    WorkerNotInOrganisation,
    /// It cannot end without saying how it came out for the person.
    #[error("outcome required")]
    OutcomeRequired,
    /// The thing is not a draft any more.
    #[error("not a draft")]
    NotDraft,
    /// The act does not fit the case's state.
    #[error("case state does not allow")]
    CaseStateDoesNotAllow,
    /// The identifier is used for something else.
    #[error("identifier taken")]
    IdTaken,
    /// The user name is used.
    #[error("user name taken")]
    UsernameTaken,
    /// R16: one person cannot hold both roles.
    #[error("role pair forbidden")]
    RolePairForbidden,
    /// Nobody would be left who can administer accounts.
    #[error("last administrator")]
    LastAdministrator,
    /// The second factor was not proved a moment ago.
    #[error("step-up required")]
    StepUpRequired,
    /// Whoever has this role must have a second factor for this.
    #[error("second factor required")]
    FactorEnrolmentRequired,
    /// Identity is read with a purpose only.
    #[error("purpose required")]
    PurposeRequired,
    /// The idempotency key was used with another request.
    #[error("idempotency key reused")]
    IdempotencyKeyReused,
    /// So many people were opened today that no further one is.
    #[error("people budget")]
    PeopleBudget {
        /// The seconds until the next day.
        wait_s: u32,
    },
    /// R15: too many emergencies, or too many codes that no case has.
    #[error("emergency too often")]
    EmergencyTooOften {
        /// The seconds until another one.
        wait_s: u32,
    },
    /// R15: an earlier emergency access was not justified, or is not reviewed in time.
    #[error("emergency in question")]
    EmergencyInQuestion,
    /// R15: the caller sees the case as it is.
    #[error("emergency not needed")]
    EmergencyNotNeeded,
    /// The survivor must never be reached this way.
    #[error("never contact")]
    NeverContact,
    /// The survivor cannot be reached this way now without danger.
    #[error("not a safe hour")]
    NotASafeHour {
        /// The seconds until the next hour at which they can.
        wait_s: u32,
    },
    /// A copy holds free text that nobody has looked through for what is about others.
    #[error("texts unreviewed")]
    TextsUnreviewed,
    /// What was sent is none of the kinds of documents that are kept.
    #[error("unsupported content")]
    UnsupportedContent,
    /// Something that the body refers to does not exist for this caller.
    #[error("reference unknown")]
    ReferenceUnknown {
        /// The JSON Pointer of the member.
        pointer: &'static str,
    },
    /// Something is missing that the act needs.
    #[error("incomplete")]
    Incomplete {
        /// The JSON Pointer of the member.
        pointer: &'static str,
    },
    /// A number is more, or less, than may be.
    #[error("out of range")]
    OutOfRange {
        /// The JSON Pointer of the member.
        pointer: &'static str,
    },
    /// R6: the best interests of the child were not looked at, or not by a panel where one must.
    #[error("best interests required")]
    BestInterestsRequired,
    /// R6: a child's consent without its assent and its guardian, and without a ground.
    #[error("guardian required")]
    GuardianRequired,
    /// The country does not let it be extended.
    #[error("not renewable")]
    NotRenewable,
    /// Members of the body contradict each other or the record.
    #[error("inconsistent")]
    Inconsistent {
        /// The JSON Pointer of the member.
        pointer: &'static str,
    },
    /// A day or a year that cannot be.
    #[error("impossible date")]
    ImpossibleDate {
        /// The JSON Pointer of the member.
        pointer: &'static str,
        /// Why it cannot be.
        fault: DateFault,
    },
}

/// The state of whatever was acted on, for the 409 answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A case.
    Case(CaseStatus),
    /// What has been decided about the person of a case.
    Stage(IdentificationStage),
    /// One such decision.
    Decision(DecisionState),
    /// A detection report.
    Report(ReportState),
    /// A referral.
    Referral(ReferralState),
    /// A proceeding.
    Proceeding(ProceedingStage),
    /// A hearing.
    Hearing(HearingState),
    /// An offence that must not be held against the person.
    NonPunishmentIssue(IssueState),
    /// A consent.
    Consent(ConsentStatus),
    /// An age assessment.
    AgeAssessment(AssessmentState),
    /// A placement.
    Placement(PlacementState),
    /// A best-interests procedure.
    Interests(InterestsStage),
    /// A recovery and reflection period.
    Reflection(ReflectionStatus),
    /// A document.
    Document(DocumentState),
    /// A way to reach somebody.
    SafeContact(SafeContactState),
    /// A support plan.
    Plan(PlanState),
    /// One step of a support plan.
    PlanItem(ItemState),
    /// A complaint.
    Complaint(ComplaintState),
    /// An account.
    Account(UserState),
    /// A second factor.
    SecondFactor(FactorState),
    /// A pair of cases that may be about one person.
    Duplicate(DuplicateState),
    /// An alert.
    Alert(AlertState),
    /// A request to forget a person.
    Erasure(ErasureState),
    /// A legal hold.
    Hold(HoldState),
    /// A request for a copy.
    AccessRequest(AccessState),
    /// A version of an indicator set.
    IndicatorSet(SetState),
}

impl Standing {
    /// Returns the state's code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Case(state) => state.code(),
            Self::Stage(stage) => stage.code(),
            Self::Decision(state) => state.code(),
            Self::Report(state) => state.code(),
            Self::Referral(state) => state.code(),
            Self::Proceeding(state) => state.code(),
            Self::Hearing(state) => state.code(),
            Self::NonPunishmentIssue(state) => state.code(),
            Self::Consent(state) => state.code(),
            Self::AgeAssessment(state) => state.code(),
            Self::Placement(state) => state.code(),
            Self::Interests(stage) => stage.code(),
            Self::Reflection(state) => state.code(),
            Self::Document(state) => state.code(),
            Self::SafeContact(state) => state.code(),
            Self::Plan(state) => state.code(),
            Self::PlanItem(state) => state.code(),
            Self::Complaint(state) => state.code(),
            Self::Account(state) => state.code(),
            Self::SecondFactor(state) => state.code(),
            Self::Duplicate(state) => state.code(),
            Self::Alert(state) => state.code(),
            Self::Erasure(state) => state.code(),
            Self::Hold(state) => state.code(),
            Self::AccessRequest(state) => state.code(),
            Self::IndicatorSet(state) => state.code(),
        }
    }
}
