//! C2: a copy of the database that was taken before, with the keys of the next epoch, opens nothing
//! about whom was forgotten; nor does the live database with any key.

use refero_store::{
    erasures,
    sealing::{DeploymentKey, KeyRing, PersonKey, Place, WrappedKey, open},
    testing,
};

use super::{CANARY, ask, decide, full};
use crate::{
    canary::vault,
    world::{
        World,
        program::{Program, key},
    },
};

pub(super) fn ring(epochs: &[u32]) -> KeyRing {
    let of = |epoch: &u32| {
        (*epoch, DeploymentKey::from_base64(&key(&format!("epoch {epoch}"))).unwrap())
    };
    KeyRing::new(epochs.iter().map(of).collect(), *epochs.last().unwrap()).unwrap()
}

/// How many values of a copy a ring opens.
pub(super) fn opened(
    keys: &[(String, WrappedKey)],
    values: &[(Place, String, String, Vec<u8>)],
    ring: &KeyRing,
) -> usize {
    let key = |person: &str| {
        let (_, wrapped) = keys.iter().find(|(of, _)| of == person)?;
        PersonKey::unwrap(wrapped, ring, person).ok()
    };
    let opens = |(place, row, person, bytes): &&(Place, String, String, Vec<u8>)| {
        key(person).is_some_and(|key| open(&key, *place, row, person, bytes).is_ok())
    };
    values.iter().filter(opens).count()
}

both! {
    async fn c2_a_copy_from_before_opens_nothing_with_the_keys_of_the_next_epoch(p: Program) {
        let mut p = p;
        p.keys(&[1]);
        p.start().await;
        let s = full(&p.w).await;
        let (keys_before, sealed_before) = (p.w.wrapped_keys(), vault::sealed(&p.w));
        let (all, open) = (sealed_before.len(), opened(&keys_before, &sealed_before, &ring(&[1])));
        assert!(all >= 5 && open == all, "the copy opens as long as its key is there: {open} of {all}");

        let officer = p.w.data_protection_officer().await;
        let request = ask(&officer, &s.case).await.is(201).id();
        decide(&p.w.supervisor().await, &request, "approve").await.is(200);
        let (keys_after, sealed_after) = (p.w.wrapped_keys(), vault::sealed(&p.w));
        // The live database, even with the old key.
        assert_eq!(opened(&keys_after, &sealed_after, &ring(&[1])), 0);

        p.keys(&[1, 2]);
        p.house.says(&["keys", "rotate"]);
        p.house.says(&["keys", "rewrap"]);
        p.house.says(&["keys", "retire", "1"]);
        assert_eq!(opened(&keys_before, &sealed_before, &ring(&[2])), 0);
        assert!(!p.log().contains(CANARY));
        p.w.expect_sound();
    }
}

#[actix_web::test]
async fn the_destroyed_key_is_in_no_file_of_the_database() {
    let mut p = Program::on_sqlite();
    p.keys(&[1]);
    p.start().await;
    let s = full(&p.w).await;
    let (_, wrapped) = p.w.wrapped_keys().remove(0);
    let path = p.w.owner().sqlite_path().unwrap().to_owned();
    let holds_key = || {
        ["", "-wal"].iter().any(|suffix| {
            let bytes = std::fs::read(format!("{path}{suffix}")).unwrap_or_default();
            bytes.windows(wrapped.bytes.len()).any(|window| window == wrapped.bytes)
        })
    };
    assert!(holds_key());

    let officer = p.w.data_protection_officer().await;
    let request = ask(&officer, &s.case).await.is(201).id();
    decide(&p.w.supervisor().await, &request, "approve").await.is(200);
    let begun = std::time::Instant::now();
    while holds_key() {
        assert!(begun.elapsed().as_secs() < 60, "it is still there after a minute");
        actix_web::rt::time::sleep(std::time::Duration::from_millis(200)).await;
    }
}

/// What is left in the log can be read from it: whoever empties it has to know whether that was done.
#[actix_web::test]
async fn a_log_that_somebody_still_reads_does_not_count_as_emptied() {
    let w = World::on_sqlite_with(|options| options.busy_timeout_ms = 500).await;
    let db = w.second_program();
    let reader = testing::hold(w.owner(), "begin; select count(*) from cases").unwrap();
    full(&w).await;
    assert!(erasures::scrub(&db).is_err());
    drop(reader);
    erasures::scrub(&db).unwrap();
}
