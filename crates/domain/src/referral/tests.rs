//! The rules of referrals, each with what it refuses.

use super::*;
use crate::machine::State;

#[test]
fn the_groups_of_states_are_the_predicates() {
    let of = |p: fn(S) -> bool| S::ALL.iter().copied().filter(|s| p(*s)).collect::<Vec<_>>();
    assert_eq!(of(S::is_live), S::LIVE);
    assert_eq!(of(S::is_offered), S::OFFERED);
    assert_eq!(of(|s| !s.is_ended()), S::OPEN);
}

#[test]
fn r8_r9_a_referral_never_discloses_investigation_or_safe_locations() {
    for class in [Class::Investigation, Class::SafeLocation] {
        assert!(!DISCLOSABLE.has(class), "{class}");
    }
}

#[test]
fn r2_a_consent_cuts_down_what_is_disclosed_and_never_adds_to_it() {
    let operational = Classes::NONE.with(Class::Operational);
    let restricted = operational.with(Class::CaseRestricted);
    let identity = restricted.with(Class::IdentitySealed);

    assert_eq!(discloses(identity, Some(restricted)), restricted);
    assert_eq!(discloses(restricted, Some(identity)), restricted);
    assert_eq!(discloses(identity, None), identity);
    assert_eq!(discloses(identity, Some(Classes::NONE)), operational);
    let walled = identity.with(Class::Investigation).with(Class::SafeLocation);
    assert_eq!(discloses(walled, None), identity);
}

fn service(service_type: &str, ages: (bool, bool), sexes: &[&str]) -> OfferedService {
    OfferedService {
        service_type: service_type.to_owned(),
        takes_children: ages.0,
        takes_adults: ages.1,
        sexes: sexes.iter().map(|sex| (*sex).to_owned()).collect(),
    }
}

#[test]
fn r6_a_person_protected_as_a_child_is_not_sent_to_a_service_for_adults() {
    let adults_only = service("safe_shelter", (false, true), &[]);
    let children_only = service("safe_shelter", (true, false), &[]);
    let wanted = ["safe_shelter".to_owned()];
    let check = |offered: &[OfferedService], child| {
        check_recipient(offered, &wanted, child, SexReporting::Female)
    };

    let refused = Err(Refusal::AdulthoodNotEstablished);
    assert_eq!(check(std::slice::from_ref(&adults_only), true), refused);
    assert_eq!(check(&[adults_only, children_only.clone()], true), Ok(()));
    assert_eq!(check(&[children_only], false), Err(Refusal::RecipientNotEligible));
}

#[test]
fn an_organisation_is_asked_for_what_it_offers_to_whom_it_takes() {
    let offered = [
        service("safe_shelter", (true, true), &["female"]),
        service("legal_aid", (true, true), &[]),
    ];
    let both = ["safe_shelter".to_owned(), "legal_aid".to_owned()];
    let refused = Err(Refusal::RecipientNotEligible);
    let check = |wanted: &[String], sex| check_recipient(&offered, wanted, false, sex);

    assert_eq!(check(&both, SexReporting::Female), Ok(()));
    assert_eq!(check(&both, SexReporting::Unknown), Ok(()));
    assert_eq!(check(&both, SexReporting::Male), refused);
    assert_eq!(check(&["medical_care".to_owned()], SexReporting::Female), refused);
}

#[test]
fn an_inbox_begins_with_what_must_be_answered_soonest() {
    let ranks: Vec<_> = Urgency::ALL.iter().map(|urgency| urgency.rank()).collect();
    assert!(ranks.is_sorted());
    assert!(Urgency::ThreeHours.is_emergency() && !Urgency::OneDay.is_emergency());
}

#[test]
fn from_every_open_state_a_survivor_can_withdraw() {
    for state in S::OPEN {
        let moved = State::stored_for_test(*state).step(Act::Withdraw).unwrap();
        assert_eq!(moved.to(), S::WithdrawnBySurvivor);
    }
}

#[test]
fn ended_referrals_do_not_move() {
    for state in S::ALL.iter().filter(|s| s.is_ended()) {
        for act in ReferralAct::ALL {
            assert!(State::stored_for_test(*state).step(*act).is_err(), "{state} {act}");
        }
    }
}
