use super::*;

#[test]
fn every_action_has_rows() {
    for action in crate::policy::ACTIONS {
        assert!(!rules(action).is_empty(), "{action}");
    }
}

#[test]
fn r16_no_row_on_a_case_names_a_role_that_does_not_read_cases() {
    let open = EVERYBODY.len();
    for action in crate::policy::ACTIONS.iter().filter(|action| rules(action).len() < open) {
        for rule in rules(action).iter().filter(|rule| rule.classes != Classes::NONE) {
            assert!(rule.role.reads_cases(), "{action} {}", rule.role);
        }
    }
}

#[test]
fn r2_what_a_provider_is_shown_of_others_is_cut_down_by_what_the_referral_discloses() {
    let shown = ["referral.read", "package.read"];
    for rule in shown.iter().flat_map(|action| rules(action)) {
        let live = matches!(rule.relation, AssignedHere | ManagedHere);
        assert_eq!(rule.cut, live, "{:?}", rule.relation);
    }
}

#[test]
fn r15_an_emergency_opens_to_read_and_to_nothing_else() {
    for action in crate::policy::ACTIONS {
        let opens = rules(action).iter().filter(|rule| rule.relation == EmergencyAccess);
        for rule in opens {
            assert!(action.ends_with(".read"), "{action}");
            assert_eq!(rule.role, Coordinator);
            let never = [Class::Medical, Class::Investigation, Class::SafeLocation];
            assert!(never.iter().all(|class| !rule.classes.has(*class)), "{action}");
        }
    }
}

#[test]
fn r8_no_row_opens_investigation_data_to_a_provider() {
    for rule in crate::policy::ACTIONS.iter().flat_map(|action| rules(action)) {
        let provider = matches!(rule.role, Worker | Manager);
        assert!(!(provider && rule.classes.has(Class::Investigation)), "{:?}", rule.relation);
    }
}

#[test]
fn r9_a_safe_location_is_opened_by_those_who_work_there_and_by_the_coordinator_of_the_case() {
    for action in crate::policy::ACTIONS {
        for rule in rules(action).iter().filter(|rule| rule.classes.has(Class::SafeLocation)) {
            assert!(action.starts_with("placement."), "{action}");
            let allowed = [
                (Coordinator, Coordinating),
                (Worker, HousingAssigned),
                (Manager, HousingOrganisation),
            ];
            assert!(allowed.contains(&(rule.role, rule.relation)), "{action} {}", rule.role);
        }
    }
}

#[test]
fn r8_whoever_investigates_is_shown_no_dossier_no_care_and_no_safe_place() {
    let open = EVERYBODY.len();
    for action in crate::policy::ACTIONS.iter().filter(|action| rules(action).len() < open) {
        for rule in rules(action) {
            let investigates = matches!(rule.role, Investigator | Prosecutor);
            let through = matches!(rule.relation, Investigating | InvestigatingWithIdentity);
            assert_eq!(investigates, through, "{action} {}", rule.role);
            let walled = [Class::CaseRestricted, Class::Medical, Class::SafeLocation];
            let sees = walled.iter().any(|class| rule.classes.has(*class));
            assert!(!(investigates && sees), "{action}");
            let of_investigation = rule.classes.has(Class::Investigation);
            assert!(!of_investigation || investigates, "{action} {}", rule.role);
            let named = rule.classes.has(Class::IdentitySealed);
            let told = rule.relation == InvestigatingWithIdentity;
            assert!(!(investigates && named) || told, "{action}");
        }
    }
}
