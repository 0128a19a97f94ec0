//! Every closed list of the code is the code list of the same name.

use refero_domain::{
    account::UserState,
    actor::ActorRole,
    age::{AgeStatus, SexReporting},
    care::CareState,
    case::{CaseStatus, IdentificationStage, RiskLevel},
    consent::{ConsentGiver, ConsentMode, ConsentPurpose, ConsentStatus, LegalBasis},
    directory::ServiceAges,
    event::{Operation, Outcome},
    policy::Class,
    reference::CodeLists,
    referral::{DeclineReason, ReferralState, Urgency, WithdrawalReason},
    report::ReportState,
};

macro_rules! lists {
    ($($name:ident),+) => {
        [$(($name::LIST, $name::ALL.iter().map(|value| value.code()).collect::<Vec<_>>())),+]
    };
}

#[test]
fn every_closed_list_stands_in_the_code_lists_with_three_languages() {
    for (list, codes) in lists!(
        ActorRole,
        AgeStatus,
        SexReporting,
        CareState,
        CaseStatus,
        IdentificationStage,
        RiskLevel,
        ConsentGiver,
        ConsentMode,
        ConsentPurpose,
        ConsentStatus,
        LegalBasis,
        Operation,
        Outcome,
        Class,
        DeclineReason,
        ReferralState,
        Urgency,
        WithdrawalReason,
        ReportState,
        ServiceAges,
        UserState
    ) {
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

#[test]
fn the_states_that_are_no_states_are_known() {
    let unused = |list: &str, used: Vec<&'static str>| -> Vec<String> {
        let all = CodeLists::embedded().list(list).unwrap();
        all.values.iter().map(|v| v.code.clone()).filter(|c| !used.contains(&c.as_str())).collect()
    };
    let codes = |codes: &[CaseStatus]| codes.iter().map(|state| state.code()).collect();
    // A draft is a report; reopened is a move, not a state.
    assert_eq!(unused("case_status", codes(CaseStatus::ALL)), ["draft", "reopened"]);
    let codes = ReferralState::ALL.iter().map(|state| state.code()).collect();
    // Overdue is a flag: a late provider can still accept.
    assert_eq!(unused("referral_status", codes), ["escalated_overdue"]);
}
