//! The policy's two products agree: a row is listed exactly when it may be fetched.
//!
//! A small country is built once, through the store's own functions; then its relations are shuffled
//! at random, and for every actor and every list the listed ids are compared with the ids whose own
//! fetch is allowed.

mod asked;
mod country;
mod found;
mod housed;
mod shuffle;
mod told;
mod wall;

use std::collections::BTreeSet;

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use refero_domain::{
    actor::{Actor, ActorRole, Grant},
    case::CaseStatus,
    id::{
        AlertId, CaseId, ConsentId, DetectionReportId, DuplicateCandidateId, EmergencyAccessId, Id,
        Kind, OrganisationId, PlacementId, ReferralId, UserId,
    },
    policy::{
        self, Action, Class, ReadCase, ReadDuplicate, ReadDuplicatesQueue, ReadEmergency,
        ReadInboxQueue, ReadMyCasesQueue, ReadOverdueQueue, ReadReferral, ReadReport,
        ReadReturnedQueue, ReadTriageQueue, SearchCases, Sight,
    },
    refusal::Refusal,
    sensitive::Sensitive,
};

use self::{
    country::Country,
    shuffle::{Shuffle, shuffle},
};
use crate::{
    Error, Result,
    cases::{self, CaseFilter, CaseOrder},
    duplicates, emergencies, matching, overdue,
    people_index::Portrait,
    referrals::{self, ReferralFilter},
    reports,
    rows::RowLimit,
};

const CASES: usize = 4;
const REFERRALS: usize = 8;
const DRAFTS: usize = 3;
const ACCESSES: usize = 4;
const ALERTS: usize = 6;
/// Who is told of alerts, and somebody who is not.
const TOLD: [ActorRole; 4] = [
    ActorRole::CoordinationSupervisor,
    ActorRole::DataProtectionOfficer,
    ActorRole::SystemAdministrator,
    ActorRole::CaseCoordinator,
];
const ORGANISATIONS: usize = 3;
const USERS: usize = 4;
const AREAS: [Option<&str>; 3] = [None, Some("XZ-N"), Some("XZ-S")];
const EVERYTHING: RowLimit = RowLimit::of(1_000);

fn id<K: Kind>(kind: u8, n: usize) -> Id<K> {
    let mut bytes = [kind; 16];
    bytes[15] = u8::try_from(n).unwrap();
    Id::from_random_bytes(bytes)
}

fn organisation(n: usize) -> OrganisationId {
    id(1, n)
}
fn user(n: usize) -> UserId {
    id(2, n)
}
fn case(n: usize) -> CaseId {
    id(3, n)
}
fn referral(n: usize) -> ReferralId {
    id(4, n)
}
/// The reports of the cases come first, then the drafts.
fn report(n: usize) -> DetectionReportId {
    id(5, n)
}
fn consent(n: usize) -> ConsentId {
    id(6, n)
}
/// Each case is in a pair with the next one.
fn pair(n: usize) -> DuplicateCandidateId {
    id(7, n)
}

fn access(n: usize) -> EmergencyAccessId {
    id(8, n)
}
fn alert(n: usize) -> AlertId {
    id(9, n)
}
/// Where the person of the case of that number lives.
fn placement(n: usize) -> PlacementId {
    id(10, n)
}

fn actor(shuffle: &Shuffle) -> Actor {
    let (organisation_id, user_id, grants) = &shuffle.actor;
    Actor {
        user_id: user(*user_id),
        organisation_id: organisation(*organisation_id),
        session_id: None,
        grants: grants
            .iter()
            .map(|(role, area)| Grant {
                role: ActorRole::ALL[*role],
                area: AREAS[*area].map(str::to_owned),
            })
            .collect(),
        open_in_emergency: (0..CASES).filter(|n| shuffle.emergencies[*n]).map(case).collect(),
    }
}

/// Says whether a fetch was allowed; any other failure than a refusal is one of the test.
fn allowed<T>(fetched: Result<T>) -> bool {
    match fetched {
        Ok(_) => true,
        Err(Error::Refused(refused)) => {
            let told = [Refusal::NotFound, Refusal::NotPermitted, Refusal::Erased];
            assert!(told.contains(&refused.refusal), "{:?}", refused.refusal);
            false
        }
        Err(error) => panic!("{error}"),
    }
}

fn texts<K: Kind>(ids: impl IntoIterator<Item = Id<K>>) -> BTreeSet<String> {
    ids.into_iter().map(|id| id.as_str().to_owned()).collect()
}

fn fetched_cases<A: Action>(country: &Country, actor: &Actor) -> BTreeSet<String> {
    texts(
        (0..CASES)
            .map(case)
            .filter(|id| country.look(actor, |reading| allowed(cases::fetch::<A>(reading, id)))),
    )
}

fn listed_cases<A: Action>(country: &Country, actor: &Actor) -> BTreeSet<String> {
    let Ok(scope) = policy::scope::<A>(actor) else {
        return BTreeSet::new();
    };
    let all = CaseFilter::default();
    country.look(actor, |reading| {
        let order = CaseOrder::Newest(None);
        let page = cases::page(reading, &scope, &all, order, EVERYTHING).unwrap();
        texts(page.iter().map(|permit| permit.row().case.id.clone()))
    })
}

fn fetched_referrals<A: Action>(country: &Country, actor: &Actor) -> BTreeSet<String> {
    texts(
        (0..REFERRALS).map(referral).filter(|id| {
            country.look(actor, |reading| allowed(referrals::fetch::<A>(reading, id)))
        }),
    )
}

fn listed_referrals<A: Action>(
    country: &Country,
    actor: &Actor,
    filter: &ReferralFilter,
) -> BTreeSet<String> {
    let Ok(scope) = policy::scope::<A>(actor) else {
        return BTreeSet::new();
    };
    country.look(actor, |reading| {
        let page = referrals::page(reading, &scope, filter, None, EVERYTHING).unwrap();
        texts(page.iter().map(|permit| permit.row().referral.id.clone()))
    })
}

/// The referrals of a case through which the actor knows that they are of that case (R1, R3).
fn known_of(country: &Country, actor: &Actor, of: &CaseId) -> BTreeSet<String> {
    texts((0..REFERRALS).map(referral).filter(|id| {
        country.look(actor, |reading| {
            let Ok(permit) = referrals::fetch::<ReadReferral>(reading, id) else {
                return false;
            };
            let row = permit.row();
            let sight = row.sight(actor).unwrap();
            row.referral.case_id == *of && matches!(sight, Sight::Sender | Sight::Working)
        })
    }))
}

fn listed_overdue(country: &Country, actor: &Actor) -> BTreeSet<String> {
    let Ok(scope) = policy::scope::<ReadOverdueQueue>(actor) else {
        return BTreeSet::new();
    };
    country.look(actor, |reading| {
        let page = overdue::page(reading, &scope, None, EVERYTHING).unwrap();
        let count = overdue::count(reading, &scope).unwrap();
        assert_eq!(usize::try_from(count).unwrap(), page.iter().count());
        texts(page.iter().map(|item| item.case_id.clone()))
    })
}

fn fetched_reports(country: &Country, actor: &Actor) -> BTreeSet<String> {
    texts((0..CASES + DRAFTS).map(report).filter(|id| {
        country.look(actor, |reading| allowed(reports::fetch::<ReadReport>(reading, id)))
    }))
}

fn listed_reports(country: &Country, actor: &Actor) -> BTreeSet<String> {
    let Ok(scope) = policy::scope::<ReadReport>(actor) else {
        return BTreeSet::new();
    };
    country.look(actor, |reading| {
        let page = reports::page(reading, &scope, None, None, EVERYTHING).unwrap();
        texts(page.iter().map(|permit| permit.row().id.clone()))
    })
}

/// The pairs that wait for somebody: those of which no case went into another one.
fn fetched_pairs(country: &Country, actor: &Actor) -> BTreeSet<String> {
    texts((0..CASES - 1).map(pair).filter(|id| {
        country.look(actor, |reading| match duplicates::fetch::<ReadDuplicate>(reading, id) {
            Ok(permit) => {
                let gone = |side: &duplicates::Side| side.state == CaseStatus::MergedDuplicate;
                !permit.row().sides.iter().any(gone)
            }
            Err(error) => allowed::<()>(Err(error)),
        })
    }))
}

fn listed_pairs(country: &Country, actor: &Actor) -> BTreeSet<String> {
    let Ok(scope) = policy::scope::<ReadDuplicatesQueue>(actor) else {
        return BTreeSet::new();
    };
    country.look(actor, |reading| {
        let page = duplicates::page(reading, &scope, None, EVERYTHING).unwrap();
        let count = duplicates::count(reading, &scope).unwrap();
        assert_eq!(usize::try_from(count).unwrap(), page.iter().count());
        texts(page.iter().map(|permit| permit.row().candidate.id.clone()))
    })
}

/// The cases whose identity the actor may open to search by it: not the providers, to whom a name is
/// disclosed with a referral.
fn opened_people(country: &Country, actor: &Actor) -> BTreeSet<String> {
    texts((0..CASES).map(case).filter(|id| {
        country.look(actor, |reading| match cases::fetch::<SearchCases>(reading, id) {
            Ok(permit) => permit.may_see(Class::IdentitySealed),
            Err(error) => allowed::<()>(Err(error)),
        })
    }))
}

/// The cases that are found by what their people are called: everybody is called the same.
fn found_people(country: &Country, actor: &Actor) -> BTreeSet<String> {
    let Ok(scope) = policy::scope::<SearchCases>(actor) else {
        return BTreeSet::new();
    };
    let scope = scope.seeing(Class::IdentitySealed);
    let asked = Portrait { names: vec![country::NAME.to_owned()], ..Portrait::default() };
    country.look(actor, |reading| {
        let found = matching::search(reading, &scope, &Sensitive::new(asked.clone())).unwrap();
        texts(found.iter().map(|(permit, _)| permit.row().case.id.clone()))
    })
}

fn fetched_accesses(country: &Country, actor: &Actor) -> BTreeSet<String> {
    texts((0..ACCESSES).map(access).filter(|id| {
        country.look(actor, |reading| allowed(emergencies::fetch::<ReadEmergency>(reading, id)))
    }))
}

fn listed_accesses(country: &Country, actor: &Actor) -> BTreeSet<String> {
    let Ok(scope) = policy::scope::<ReadEmergency>(actor) else {
        return BTreeSet::new();
    };
    country.look(actor, |reading| {
        let page = emergencies::page(reading, &scope, None, None, EVERYTHING).unwrap();
        texts(page.iter().map(|permit| permit.row().access.id.clone()))
    })
}

fn check(country: &Country, shuffle: &Shuffle) -> std::result::Result<(), TestCaseError> {
    country.set(shuffle);
    let actor = actor(shuffle);
    let all = ReferralFilter::default();
    macro_rules! agree {
        ($listed:ident, $fetched:ident, $($action:ty $(, $filter:expr)?;)+) => {$(
            prop_assert_eq!(
                $listed::<$action>(country, &actor $(, $filter)?),
                $fetched::<$action>(country, &actor),
                "{}", <$action>::NAME
            );
        )+};
    }
    agree!(listed_cases, fetched_cases, ReadCase; SearchCases; ReadTriageQueue; ReadMyCasesQueue; ReadOverdueQueue;);
    agree!(
        listed_referrals, fetched_referrals,
        ReadReferral, &all; ReadInboxQueue, &all; ReadReturnedQueue, &all;
    );
    prop_assert_eq!(listed_reports(country, &actor), fetched_reports(country, &actor));
    prop_assert_eq!(listed_accesses(country, &actor), fetched_accesses(country, &actor));
    prop_assert_eq!(told::listed(country, &actor), told::fetched(country, &actor));
    prop_assert_eq!(asked::listed(country, &actor), asked::fetched(country, &actor));
    prop_assert_eq!(housed::listed(country, &actor), housed::fetched(country, &actor));
    prop_assert_eq!(wall::listed(country, &actor), wall::fetched(country, &actor));
    prop_assert_eq!(found::listed(country, &actor), found::fetched(country, &actor));
    prop_assert_eq!(
        listed_overdue(country, &actor),
        fetched_cases::<ReadOverdueQueue>(country, &actor)
    );
    prop_assert_eq!(listed_pairs(country, &actor), fetched_pairs(country, &actor));
    prop_assert_eq!(found_people(country, &actor), opened_people(country, &actor));
    for n in 0..CASES {
        let filter = ReferralFilter { case_id: Some(case(n)), ..ReferralFilter::default() };
        prop_assert_eq!(
            listed_referrals::<ReadReferral>(country, &actor, &filter),
            known_of(country, &actor, &case(n))
        );
    }
    Ok(())
}

#[test]
fn what_is_listed_is_what_may_be_fetched() {
    let country = Country::build();
    let config = Config { cases: 192, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&shuffle(), |shuffle| check(&country, &shuffle));
    assert!(outcome.is_ok(), "{outcome:?}");
}
