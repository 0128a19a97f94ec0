//! Every closed list of the code is the code list of the same name.

use refero_domain::{
    account::{DisableReason, UserState},
    actor::ActorRole,
    age::{AgeStatus, SexReporting},
    age_assessment::{
        AgeDoubtReason, AgeMethod, AssessmentConsent, AssessmentState, PanelProfession,
    },
    alert::{AlertKind, AlertState},
    best_interests::{DurableSolution, InterestsPurpose, InterestsStage, ViewsHeard},
    care::CareState,
    case::{CaseStatus, ClockPause, ClockState, IdentificationStage, RiskLevel},
    closure::{CheckState, ClosureCheck},
    complaint::{
        ComplaintChannel, ComplaintKind, ComplaintOutcome, ComplaintState, ComplaintSubject,
    },
    conference::PersonPart,
    consent::{
        ChildConsentGround, ConsentGiver, ConsentMode, ConsentPurpose, ConsentStatus, LegalBasis,
    },
    directory::ServiceAges,
    document::{DocumentMedia, DocumentState},
    duplicate::{DismissalReason, DuplicateState, LikenessBand, LikenessReason},
    emergency::{EmergencyOutcome, EmergencyState},
    erasure::{ErasureGround, ErasureState, HoldGround, HoldState},
    event::{Operation, Outcome},
    follow_up::{FollowUpContact, FollowUpHealth, FollowUpHousing, FollowUpIncome, FollowUpSafety},
    guardian::{
        ConflictAnswer, GuardianAuthority, GuardianConflict, GuardianEndReason,
        GuardianRelationship, GuardianState,
    },
    identification::{
        DecisionBodyType, DecisionKind, DecisionOutcome, DecisionState, NoticeMode, ReviewAsker,
        ReviewGround,
    },
    incident::{IncidentLinkState, IncidentUnlinkReason},
    letter::LetterKind,
    needs::{NeedLevel, RiskScope},
    non_punishment::{IssueState, Remedy},
    placement::{
        FacilityRegime, FreedomOfMovement, PlacementEndReason, PlacementKind, PlacementState,
    },
    plan::{ItemOwner, ItemState, PlanState, ReviewOutcome},
    policy::Class,
    proceeding::{DisclosureEnd, HearingState, PersonRole, ProceedingStage, ProtectiveMeasure},
    reference::CodeLists,
    referral::{DeclineReason, ReferralState, Urgency, WithdrawalReason},
    reflection::{ReflectionBasis, ReflectionStatus, TerminationReason},
    report::ReportState,
    safe_contact::{
        ContactChannel, ContactRule, SafeContactEndReason, SafeContactState, UrgentContactReason,
    },
    screening::SetState,
    second_factor::FactorState,
    subject_access::{
        AccessAsker, AccessDelivery, AccessRefusalGround, AccessState, CopyLanguage, PartState,
        RedactionGround,
    },
};

macro_rules! lists {
    ($($name:ident),+) => {
        [$(($name::LIST, $name::ALL.iter().map(|value| value.code()).collect::<Vec<_>>())),+]
    };
}

#[test]
fn every_closed_list_stands_in_the_code_lists_with_three_languages() {
    let first = lists!(
        AccessAsker,
        AccessDelivery,
        AccessRefusalGround,
        AccessState,
        CopyLanguage,
        PartState,
        RedactionGround,
        NeedLevel,
        RiskScope,
        ActorRole,
        AlertKind,
        AlertState,
        EmergencyOutcome,
        EmergencyState,
        AgeStatus,
        ConflictAnswer,
        GuardianAuthority,
        GuardianConflict,
        GuardianEndReason,
        GuardianRelationship,
        GuardianState,
        SexReporting,
        CareState,
        CaseStatus,
        IdentificationStage,
        RiskLevel,
        ConsentGiver,
        ConsentMode,
        ConsentPurpose
    );
    for (list, codes) in first.into_iter().chain(others()).chain(of_the_dossier()) {
        let known = CodeLists::embedded().list(list).unwrap();
        for code in codes {
            let value = known.get(code);
            assert!(value.is_some(), "{list} {code}");
            for language in ["en", "fr", "pt"] {
                assert!(value.unwrap().labels.contains_key(language), "{list} {code} {language}");
            }
        }
    }
}

/// Those of the parts of a case that came later.
fn of_the_dossier() -> Vec<(&'static str, Vec<&'static str>)> {
    Vec::from(lists!(
        ClockPause,
        ClockState,
        ChildConsentGround,
        DurableSolution,
        InterestsPurpose,
        InterestsStage,
        ViewsHeard,
        ReflectionBasis,
        ReflectionStatus,
        TerminationReason,
        ClosureCheck,
        CheckState,
        ComplaintState,
        ComplaintKind,
        ComplaintSubject,
        ComplaintChannel,
        ComplaintOutcome,
        PersonPart,
        FollowUpContact,
        FollowUpHousing,
        FollowUpSafety,
        FollowUpIncome,
        FollowUpHealth,
        PlanState,
        ItemState,
        ItemOwner,
        ReviewOutcome,
        IssueState,
        Remedy,
        SetState,
        DisclosureEnd,
        HearingState,
        PersonRole,
        ProceedingStage,
        ProtectiveMeasure,
        FacilityRegime,
        FreedomOfMovement,
        PlacementEndReason,
        PlacementKind,
        PlacementState,
        ContactChannel,
        ContactRule,
        SafeContactEndReason,
        SafeContactState,
        UrgentContactReason,
        DocumentMedia,
        DocumentState,
        IncidentLinkState,
        IncidentUnlinkReason,
        LetterKind
    ))
}

/// The other half of them: one function would be longer than a function may be.
fn others() -> Vec<(&'static str, Vec<&'static str>)> {
    Vec::from(lists!(
        ConsentStatus,
        LegalBasis,
        ErasureGround,
        ErasureState,
        HoldGround,
        HoldState,
        DecisionBodyType,
        DecisionKind,
        DecisionOutcome,
        DecisionState,
        NoticeMode,
        ReviewAsker,
        ReviewGround,
        Operation,
        Outcome,
        Class,
        DeclineReason,
        DisableReason,
        DismissalReason,
        DuplicateState,
        LikenessBand,
        LikenessReason,
        ReferralState,
        Urgency,
        WithdrawalReason,
        ReportState,
        ServiceAges,
        UserState,
        FactorState,
        AgeDoubtReason,
        AgeMethod,
        AssessmentConsent,
        AssessmentState,
        PanelProfession
    ))
}

#[test]
fn a_state_that_no_record_has_is_marked_as_reserved() {
    let reserved = |list: &str| -> Vec<&str> {
        let all = CodeLists::embedded().list(list).unwrap();
        all.values.iter().filter(|value| value.reserved).map(|value| value.code.as_str()).collect()
    };
    let unused = |list: &str, used: &[&[&str]]| -> Vec<&str> {
        let all = CodeLists::embedded().list(list).unwrap();
        let codes = all.values.iter().map(|value| value.code.as_str());
        codes.filter(|code| !used.concat().contains(code)).collect()
    };

    // Reopened is a move, not a state; a draft is the report that a case is born from.
    assert_eq!(reserved("case_status"), ["reopened"]);
    let used = [CaseStatus::CODES, ReportState::CODES];
    assert_eq!(unused("case_status", &used), reserved("case_status"));
    // What is required and not done is on no record.
    assert_eq!(reserved("best_interests_stage"), ["bia_required"]);
    assert_eq!(unused("best_interests_stage", &[InterestsStage::CODES]), ["bia_required"]);
    // Where a country has no period, nobody is offered one: there is nothing on record.
    assert_eq!(reserved("reflection_status"), ["not_applicable"]);
    assert_eq!(unused("reflection_status", &[ReflectionStatus::CODES]), ["not_applicable"]);
    // Overdue is a flag: a late provider can still accept.
    assert_eq!(reserved("referral_status"), ["escalated_overdue"]);
    assert_eq!(unused("referral_status", &[ReferralState::CODES]), reserved("referral_status"));
}
