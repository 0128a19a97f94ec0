//! The program is held up: it stands still for longer than leases and timeouts, has a fifth of a processor,
//! too few connections, or too few open files.
//!
//! A limit on processor time ends a program and shows nothing that a kill does not; a share of a processor is what
//! containers are given, and is what is tried here.

use std::time::{Duration, Instant};

use actix_web::rt;
use reqwest::{Client, Method};

use super::{
    drill::{Drill, PEOPLE},
    journal::Habit,
    report::rounds,
};

mod pause {
    use super::*;

    both! {
        async fn after_standing_still_for_longer_than_its_lease_it_goes_on_as_before(p: Program) {
            let mut p = p;
            p.set("REFERO_WORKER__INTERVAL_S", "1");
            p.set("REFERO_WORKER__LEASE_S", "5");
            let mut drill = Drill::begin("pause", p, Habit::Insist).await;
            for _ in 0..rounds(1) {
                drill.set_to_work(PEOPLE);
                drill.some_acknowledged(100).await;
                drill.p.stand_still();
                rt::time::sleep(Duration::from_secs(7)).await;
                drill.p.go_on();
                drill.ready_again().await;
                drill.end_round().await;
            }
        }
    }
}

mod cpu_quota {
    use super::*;

    both! {
        async fn with_a_fifth_of_a_processor_it_is_slow_and_nothing_else(p: Program) {
            let mut drill = Drill::begin("cpu_quota", p, Habit::Insist).await;
            for _ in 0..rounds(1) {
                drill.set_to_work(PEOPLE);
                let begun = Instant::now();
                while begun.elapsed() < Duration::from_secs(3) {
                    drill.p.stand_still();
                    rt::time::sleep(Duration::from_millis(80)).await;
                    drill.p.go_on();
                    rt::time::sleep(Duration::from_millis(20)).await;
                }
                drill.ready_again().await;
                drill.end_round().await;
            }
        }
    }
}

mod pool {
    use super::*;

    both! {
        async fn with_one_connection_for_a_hundred_people_some_are_told_to_come_back(p: Program) {
            let mut drill = Drill::begin("pool", p, Habit::Insist).await;
            // Whoever prepared the work was not told to come back.
            drill.p.terminate().await;
            drill.p.set("REFERO_DATABASE__POOL_SIZE", "1");
            drill.p.set("REFERO_DATABASE__ACQUIRE_TIMEOUT_MS", "500");
            drill.p.start().await;
            for _ in 0..rounds(1) {
                drill.set_to_work(PEOPLE);
                drill.acknowledged(100).await;
                drill.call_it_a_day().await;
                // On SQLite whoever writes waits for the writer, and for no connection.
                let waits = drill.p.w.owner().sqlite_path().is_none();
                assert!(!waits || drill.journal.failed.get() > 0, "nobody was told to come back");
                drill.ready_again().await;
                drill.recover().await;
            }
        }
    }
}

mod descriptors {
    use super::*;

    /// Fewer than it has open with a hundred people: whoever comes new is not let in.
    const FEW: u64 = 40;

    both! {
        async fn with_too_few_open_files_it_serves_whom_it_has_and_lets_others_in_afterwards(p: Program) {
            let mut drill = Drill::begin("descriptors", p, Habit::Insist).await;
            for _ in 0..rounds(1) {
                drill.set_to_work(PEOPLE);
                drill.some_acknowledged(50).await;
                drill.p.limit_descriptors(Some(FEW));
                let alive = format!("{}/healthz", drill.p.url());
                let new = || async {
                    let client = Client::builder().timeout(Duration::from_secs(1)).build().unwrap();
                    client.get(&alive).send().await
                };
                assert!(new().await.is_err(), "there is room for one more");
                drill.acknowledged(50).await;
                drill.p.limit_descriptors(None);
                let begun = Instant::now();
                while new().await.is_err() {
                    assert!(begun.elapsed() < Duration::from_secs(10), "nobody new is let in");
                }
                drill.report.recovered_in(begun.elapsed());
                drill.p.w.stranger(Method::GET, "/readyz").await.is(200);
                drill.call_it_a_day().await;
                drill.recover().await;
            }
        }
    }
}
