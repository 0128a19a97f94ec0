use proptest::prelude::*;

use super::*;
use crate::{
    consent::{ConsentPurpose, ConsentStatus},
    referral::{DeclineReason, ReferralState},
};

fn now() -> Instant {
    // A Monday.
    Instant::from_utc("2026-11-02T09:00:00Z".parse().unwrap())
}

fn rules() -> Rules {
    Rules { now: now(), utc_offset_minutes: 0, stale_after_hours: 24, declines_count_for_days: 14 }
}

fn organisation(n: u8) -> OrganisationId {
    OrganisationId::from_random_bytes([n; 16])
}

fn codes(codes: &[&str]) -> Vec<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}

fn woman() -> Wanted {
    Wanted {
        sex: SexReporting::Female,
        protected_as_child: false,
        ages: Some((35, 36)),
        languages: codes(&["lg", "en"]),
        area: Some("UG-C".to_owned()),
        accessibility: codes(&["step_free_access"]),
        urgency: Urgency::OneHour,
    }
}

fn told(count: i64, hours_ago: i64) -> Option<FreePlaces> {
    Some(FreePlaces { count, as_of: now().plus_seconds(-3_600 * hours_ago) })
}

/// A shelter that has said nothing beyond that it exists.
fn silent(n: u8) -> Supply {
    Supply {
        service_id: ServiceId::from_random_bytes([n; 16]),
        organisation_id: organisation(n),
        organisation: format!("House {n}"),
        service_type: "safe_shelter".to_owned(),
        name: None,
        active: true,
        sexes: Vec::new(),
        ages: ServiceAges::Everyone,
        limits: (None, None),
        languages: Vec::new(),
        areas: Vec::new(),
        accessibility: None,
        always_open: false,
        hours: Vec::new(),
        takes_emergencies: None,
        regime: None,
        free_places: None,
    }
}

/// A shelter that has everything that the woman needs.
fn best(n: u8) -> Supply {
    Supply {
        languages: codes(&["lg"]),
        areas: codes(&["UG-C"]),
        accessibility: Some(codes(&["step_free_access"])),
        always_open: true,
        takes_emergencies: Some(true),
        regime: Some(FacilityRegime::Open),
        limits: (Some(18), None),
        free_places: told(3, 2),
        ..silent(n)
    }
}

fn offer(supply: &Supply) -> Offer {
    match judge(&woman(), supply, &Standing::default(), &rules()) {
        Verdict::Offered(offer) => offer,
        Verdict::Excluded(reasons) => panic!("{reasons:?}"),
    }
}

fn excluded(wanted: &Wanted, supply: &Supply, standing: Standing) -> Vec<ReasonCode> {
    match judge(wanted, supply, &standing, &rules()) {
        Verdict::Offered(offer) => panic!("{offer:?}"),
        Verdict::Excluded(reasons) => reasons.iter().map(|reason| reason.code).collect(),
    }
}

#[test]
fn the_parts_of_the_score_are_named_and_sum_up_to_a_hundred() {
    assert_eq!(ScorePart::ALL.iter().map(|part| u32::from(part.most())).sum::<u32>(), 100);
    let offer = offer(&best(1));

    assert_eq!(offer.score, 100);
    assert_eq!(offer.parts.len(), ScorePart::ALL.len());
    assert!(offer.reasons_against.is_empty(), "{offer:?}");
    let places = &offer.reasons_for[0];
    assert_eq!((places.count, places.hours_ago), (Some(3), Some(2)));
}

#[test]
fn offers_are_ranked_as_somebody_who_knows_the_work_would_rank_them() {
    use ReasonCode as R;
    let shelters = [
        Supply { organisation: "Says nothing".into(), ..silent(1) },
        Supply { organisation: "Has everything".into(), ..best(2) },
        Supply { organisation: "Is full".into(), free_places: told(0, 1), ..best(3) },
        Supply { organisation: "Said so long ago".into(), free_places: told(9, 30), ..best(4) },
        Supply { organisation: "Works elsewhere".into(), areas: codes(&["UG-N"]), ..best(5) },
        Supply { organisation: "Speaks French".into(), languages: codes(&["fr"]), ..best(6) },
        Supply { organisation: "Has steps".into(), accessibility: Some(vec![]), ..best(7) },
        Supply { organisation: "Has one place".into(), free_places: told(1, 0), ..best(8) },
    ];
    let mut ranked: Vec<(&Supply, Offer)> = shelters.iter().map(|one| (one, offer(one))).collect();
    rank(&mut ranked);
    let line = |(supply, offer): &(&Supply, Offer)| {
        let against: Vec<_> = offer.reasons_against.iter().map(|reason| reason.code).collect();
        (supply.organisation.clone(), offer.score, against)
    };
    let golden = [
        ("Has everything", 100, vec![]),
        ("Has one place", 92, vec![]),
        ("Has steps", 90, vec![R::NotAccessible]),
        ("Said so long ago", 82, vec![R::PlacesStale]),
        ("Speaks French", 80, vec![R::NoCommonLanguage]),
        ("Works elsewhere", 80, vec![R::OutsideArea]),
        ("Is full", 70, vec![R::NoFreePlace]),
        (
            "Says nothing",
            58,
            vec![R::PlacesUnknown, R::AccessibilityUnknown, R::HoursUnknown, R::EmergenciesUnknown],
        ),
    ];
    assert_eq!(
        ranked.iter().map(line).collect::<Vec<_>>(),
        golden.map(|(name, score, against)| (name.to_owned(), score, against))
    );
}

#[test]
fn r6_somebody_protected_as_a_child_is_never_offered_a_service_for_adults() {
    let child = Wanted { protected_as_child: true, ages: None, ..woman() };
    let adults = Supply { ages: ServiceAges::AdultsOnly, ..best(1) };
    let children = Supply { ages: ServiceAges::ChildrenOnly, ..best(1) };

    assert_eq!(excluded(&child, &adults, Standing::default()), [ReasonCode::AdultsOnly]);
    assert_eq!(excluded(&woman(), &children, Standing::default()), [ReasonCode::ChildrenOnly]);
}

#[test]
fn what_rules_a_service_out_is_named() {
    let men = Supply { sexes: codes(&["male"]), ..best(1) };
    let closed = Supply { active: false, ..best(1) };
    let standing = |change: fn(&mut Standing)| {
        let mut standing = Standing::default();
        change(&mut standing);
        excluded(&woman(), &best(1), standing)
    };

    assert_eq!(excluded(&woman(), &men, Standing::default()), [ReasonCode::OtherSex]);
    assert_eq!(excluded(&woman(), &closed, Standing::default()), [ReasonCode::Inactive]);
    assert_eq!(standing(|it| it.refused_by_person = true), [ReasonCode::RefusedByPerson]);
    assert_eq!(standing(|it| it.conflict = true), [ReasonCode::ConflictOfInterest]);
    assert_eq!(standing(|it| it.asked = true), [ReasonCode::AlreadyAsked]);
    let unsuitable = standing(|it| it.declined = Some((DeclineReason::NotEligible, now())));
    assert_eq!(unsuitable, [ReasonCode::DeclinedLately]);
    let unknown = Wanted { sex: SexReporting::Unknown, ..woman() };
    let verdict = judge(&unknown, &men, &Standing::default(), &rules());
    assert!(matches!(verdict, Verdict::Offered(_)), "an unknown sex is not another one");
}

#[test]
fn who_declined_lately_comes_last() {
    let declined = Standing {
        declined: Some((DeclineReason::NoCapacity, now().plus_seconds(-7_200))),
        ..Standing::default()
    };
    let (full, silent) = (best(1), silent(2));
    let Verdict::Offered(refused) = judge(&woman(), &full, &declined, &rules()) else {
        panic!("it may have a place tomorrow");
    };
    let mut ranked = [(&full, refused), (&silent, offer(&silent))];
    rank(&mut ranked);

    assert_eq!(ranked[0].0.organisation, "House 2");
    let reason = ranked[1].1.reasons_against.last().unwrap();
    assert_eq!((reason.hours_ago, &reason.codes[..]), (Some(2), &["no_capacity".to_owned()][..]));
}

#[test]
fn how_a_provider_stands_to_a_case_is_what_was_said_last() {
    let declined = |reason: &str, days_ago: i64| EarlierReferral {
        organisation_id: organisation(1),
        services: codes(&["safe_shelter"]),
        state: ReferralState::Declined,
        ended_at: Some(now().plus_seconds(-86_400 * days_ago)),
        end_reason: Some(reason.to_owned()),
    };
    let consent = |state, hours_ago: i64| EarlierConsent {
        organisation_id: organisation(1),
        purpose: ConsentPurpose::ShelterPlacement,
        state,
        created_at: now().plus_seconds(-3_600 * hours_ago),
    };
    let standing = |referrals, consents| {
        let history = CaseHistory { referrals, consents };
        history.standing(&organisation(1), "safe_shelter", &rules())
    };

    let lately = standing(vec![declined("no_capacity", 3)], vec![]);
    assert_eq!(lately.declined.unwrap().0, DeclineReason::NoCapacity);
    assert_eq!(standing(vec![declined("no_capacity", 14)], vec![]), Standing::default());
    assert!(standing(vec![declined("conflict_of_interest", 300)], vec![]).conflict);
    assert!(standing(vec![], vec![consent(ConsentStatus::Withdrawn, 1)]).refused_by_person);
    let said_yes_since = vec![consent(ConsentStatus::Refused, 5), consent(ConsentStatus::Given, 1)];
    assert!(!standing(vec![], said_yes_since).refused_by_person);
    let history =
        CaseHistory { referrals: vec![], consents: vec![consent(ConsentStatus::Refused, 1)] };
    let legal = history.standing(&organisation(1), "legal_aid", &rules());
    assert!(!legal.refused_by_person, "who refused a shelter has not refused a lawyer");
    let open = EarlierReferral { state: ReferralState::Sent, ..declined("other", 1) };
    assert!(standing(vec![open], vec![]).asked);
}

fn any_supply() -> impl Strategy<Value = Supply> {
    let lists = (
        prop::sample::subsequence(vec!["lg", "fr", "en"], 0..=3),
        prop::sample::subsequence(vec!["UG-C", "UG-N"], 0..=2),
        prop::option::of(prop::sample::subsequence(vec!["step_free_access"], 0..=1)),
    );
    let rest = (
        any::<bool>(),
        prop::option::of(any::<bool>()),
        prop::option::of((0..6_i64, 0..48_i64)),
        prop::option::of(0..60_i64),
    );
    (lists, rest).prop_map(
        |((languages, areas, accessible), (always, emergencies, free, least))| Supply {
            languages: codes(&languages),
            areas: codes(&areas),
            accessibility: accessible.map(|has| codes(&has)),
            always_open: always,
            takes_emergencies: emergencies,
            free_places: free.and_then(|(count, hours)| told(count, hours)),
            limits: (least, None),
            ..silent(1)
        },
    )
}

/// Returns the place of the first of some services.
fn place_of_first(supplies: &[Supply]) -> usize {
    let mut ranked: Vec<_> = supplies.iter().map(|one| (one, offer(one))).collect();
    rank(&mut ranked);
    ranked.iter().position(|(one, _)| one.service_id == supplies[0].service_id).unwrap()
}

proptest! {
    #[test]
    fn a_free_place_more_never_lowers_an_offer(
        one in any_supply(),
        others in prop::collection::vec(any_supply(), 0..6),
    ) {
        let mut before = vec![Supply { service_id: ServiceId::from_random_bytes([99; 16]), ..one }];
        before.extend(others);
        let mut after = before.clone();
        if let Some(told) = &mut after[0].free_places {
            told.count += 1;
        }

        prop_assert!(offer(&after[0]).score >= offer(&before[0]).score);
        prop_assert!(place_of_first(&after) <= place_of_first(&before));
    }

    #[test]
    fn what_nobody_has_said_never_counts_as_no(one in any_supply()) {
        let score = |change: &dyn Fn(&mut Supply)| {
            let mut changed = one.clone();
            change(&mut changed);
            offer(&changed).score
        };
        type Change<'c> = &'c dyn Fn(&mut Supply);
        let unknown_and_no: [(Change<'_>, Change<'_>); 5] = [
            (&|it: &mut Supply| it.free_places = None, &|it: &mut Supply| it.free_places = told(0, 0)),
            (
                &|it: &mut Supply| it.takes_emergencies = None,
                &|it: &mut Supply| it.takes_emergencies = Some(false),
            ),
            (
                &|it: &mut Supply| it.accessibility = None,
                &|it: &mut Supply| it.accessibility = Some(vec![]),
            ),
            (
                &|it: &mut Supply| it.languages = vec![],
                &|it: &mut Supply| it.languages = codes(&["dyu"]),
            ),
            (&|it: &mut Supply| it.areas = vec![], &|it: &mut Supply| it.areas = codes(&["UG-W"])),
        ];
        for (unknown, no) in unknown_and_no {
            prop_assert!(score(unknown) > score(no));
        }
    }

    #[test]
    fn the_order_does_not_depend_on_the_order_in_which_services_are_looked_at(
        supplies in prop::collection::vec(any_supply(), 1..8),
    ) {
        let named: Vec<Supply> = supplies
            .into_iter()
            .zip(1_u8..)
            .map(|(one, n)| Supply { service_id: ServiceId::from_random_bytes([n; 16]), ..one })
            .collect();
        let order = |supplies: Vec<&Supply>| {
            let mut ranked: Vec<_> = supplies.into_iter().map(|one| (one, offer(one))).collect();
            rank(&mut ranked);
            ranked.into_iter().map(|(one, _)| one.service_id.clone()).collect::<Vec<_>>()
        };
        prop_assert_eq!(order(named.iter().collect()), order(named.iter().rev().collect()));
    }
}
