//! The demonstration: the same each time, whole, and open to everybody it names.

use std::{collections::BTreeMap, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use refero::{
    authn::password::{HashCost, Hasher, PasswordPolicy},
    demo::{self, Seeded, Seeding},
};
use refero_domain::{
    actor::ActorRole, case::CaseStatus, consent::ConsentStatus, instant::Instant,
    profile::CountryProfile, referral::ReferralState,
};
use refero_store::{
    Db, Entropy, Options, keys,
    sealing::{DeploymentKey, KeyRing},
    testing,
};
use sha2::{Digest, Sha256};

use crate::world::sqlite::SqliteFile;

/// The day on which the demonstration is seeded: a Thursday.
const PRESENT: &str = "2026-11-19T10:30:00Z";

fn present() -> Instant {
    serde_json::from_value(PRESENT.into()).unwrap()
}

/// The randomness of every demonstration.
fn same() -> Entropy {
    Entropy::seeded(2026)
}

fn ring(byte: u8) -> KeyRing {
    let key = STANDARD.encode(Sha256::digest([byte]));
    KeyRing::single(1, DeploymentKey::from_base64(&key).unwrap())
}

/// Seeds a database as `refero demo` does, with the cheapest hash.
fn seed(options: &Options, ring: KeyRing, entropy: Entropy) -> refero_store::Result<Seeded> {
    keys::ensure_registered(options, &ring, present())?;
    let db = Db::open(options.clone(), ring, entropy)?;
    let policy = PasswordPolicy { min_chars: 15, max_bytes: 128 };
    let cost = HashCost { memory_kib: 7_168, iterations: 5, parallelism: 1 };
    let hasher = Hasher::new(policy, cost, &mut *db.entropy().rng()).unwrap();
    demo::seed(&Seeding {
        db: &db,
        profile: Arc::new(CountryProfile::embedded("demo").unwrap().clone()),
        hasher: &hasher,
        now: present(),
    })
}

fn seeded() -> SqliteFile {
    let file = SqliteFile::fresh();
    assert_eq!(seed(&file.options, ring(7), same()).unwrap(), Seeded::Now);
    file
}

fn count(options: &Options, table: &str, column: &str) -> BTreeMap<String, usize> {
    let asked =
        format!("select {column} || ' ' || count(*) as value from {table} group by {column}");
    let rows = testing::texts(options, &asked).unwrap();
    let pair = |row: &String| {
        let (code, count) = row.rsplit_once(' ').unwrap();
        (code.to_owned(), count.parse().unwrap())
    };
    rows.iter().map(pair).collect()
}

fn one(options: &Options, asked: &str) -> i64 {
    let rows = testing::texts(options, &format!("select cast(({asked}) as text) as value"));
    rows.unwrap()[0].parse().unwrap()
}

#[test]
fn two_demonstrations_of_the_same_day_are_the_same_world() {
    let (first, second) = (seeded(), SqliteFile::fresh());
    // Another folder has another key; what is told does not depend on it.
    assert_eq!(seed(&second.options, ring(8), same()).unwrap(), Seeded::Now);

    for (table, columns) in [
        ("organisations", "id || name || updated_at"),
        ("services", "id || service_type || ages"),
        ("users", "id || username || state"),
        ("detection_reports", "id || state || facts || updated_at"),
        ("cases", "id || case_code || state || risk_level || version || updated_at"),
        ("consents", "id || state || categories || updated_at"),
        ("referrals", "id || state || services || version || updated_at"),
        ("service_updates", "id || state"),
        ("audit_events", "id || at || action || coalesce(object_id, '') || hex(hash)"),
    ] {
        let asked = format!("select {columns} as value from {table} order by 1");
        let rows = |file: &SqliteFile| testing::texts(&file.options, &asked).unwrap();
        let (one, other) = (rows(&first), rows(&second));
        assert!(!one.is_empty(), "{table}");
        assert_eq!(one, other, "{table}");
    }
}

#[test]
fn every_state_and_every_role_occurs() {
    let world = seeded();
    let options = &world.options;

    let cases = count(options, "cases", "state");
    for state in CaseStatus::ALL {
        use CaseStatus::{AwaitingReturn, ClosedReferred, MergedDuplicate};
        // No act leads to these yet.
        let reached = !matches!(state, AwaitingReturn | ClosedReferred | MergedDuplicate);
        assert_eq!(cases.contains_key(state.code()), reached, "{state}");
    }
    let reports = count(options, "detection_reports", "state");
    assert!(reports["draft"] >= 5 && reports["submitted"] >= 100, "{reports:?}");
    let referrals = count(options, "referrals", "state");
    for state in ReferralState::ALL {
        assert!(referrals.contains_key(state.code()), "{state} of {referrals:?}");
    }
    let consents = count(options, "consents", "state");
    for state in ConsentStatus::ALL {
        use ConsentStatus::{Expired, NotRequiredOtherBasis};
        let reached = !matches!(state, Expired | NotRequiredOtherBasis);
        assert_eq!(consents.contains_key(state.code()), reached, "{state} of {consents:?}");
    }
    let conducted = count(options, "proceedings", "state");
    assert!(conducted["investigating"] > 0 && conducted["reported"] > 0, "{conducted:?}");
    assert!(one(options, "select count(*) from identity_disclosures") > 0);
    assert!(one(options, "select count(*) from non_punishment_issues") > 0);
    assert_eq!(one(options, "select count(*) from incidents"), 1);
    assert!(one(options, "select count(*) from incident_links") > 2);
    assert!(one(options, "select count(*) from services where free_places > 0") > 2);
    let roles = count(options, "role_grants", "role");
    for role in ActorRole::ALL {
        assert!(roles.contains_key(role.code()), "{role}");
    }
}

#[test]
fn the_seeded_work_waits_for_somebody() {
    let world = seeded();
    let options = &world.options;
    let now = "2026-11-19 10:30:00";
    let open = "state in ('sent', 'received')";

    assert!(
        one(
            options,
            &format!("select count(*) from referrals where {open} and respond_by < '{now}'")
        ) > 0
    );
    assert!(
        one(
            options,
            &format!("select count(*) from referrals where {open} and respond_by > '{now}'")
        ) > 0
    );
    let waiting =
        "select count(*) from cases where closure_requested_by is not null and closed_at is null";
    assert!(one(options, waiting) > 0);
    let children = "select count(*) from people where age_status in
        ('child_documented', 'child_declared', 'undetermined_presumed_child')";
    let children = one(options, children);
    assert!((20..=60).contains(&children), "{children}");
    for table in ["screenings", "notes", "service_updates"] {
        assert!(one(options, &format!("select count(*) from {table}")) > 5, "{table}");
    }
    assert!(one(options, "select count(*) from notes where corrects_id is not null") > 0);
    // Nothing lies in the future, and the trail tells of everything.
    assert_eq!(one(options, &format!("select count(*) from audit_events where at > '{now}'")), 0);
    assert!(one(options, "select count(*) from audit_events where outcome <> 'success'") == 0);
}

#[test]
fn what_is_seeded_is_not_seeded_again_and_never_among_other_data() {
    let world = seeded();
    let events = "select count(*) from cases";
    let before = one(&world.options, events);
    assert_eq!(seed(&world.options, ring(7), Entropy::system()).unwrap(), Seeded::Already);
    assert_eq!(one(&world.options, events), before);

    let other = SqliteFile::fresh();
    let made = testing::Organisation {
        id: &Entropy::seeded(1).id(),
        name: "A real one",
        kind: "ngo",
        area: None,
    };
    testing::insert_organisation(&other.options, &made, present()).unwrap();
    assert!(seed(&other.options, ring(7), same()).is_err());
    assert_eq!(one(&other.options, "select count(*) from users"), 0);
}
