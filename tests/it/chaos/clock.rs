//! The clock of the machine jumps while people work.

use std::time::Instant as Moment;

use refero_domain::audit::stated_at;
use refero_store::health;

use super::{
    drill::{Drill, PEOPLE},
    journal::Habit,
    report::rounds,
};
use crate::world::{World, machine::Machine, program::PATIENCE};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// How far from the right time the clock is, one after the other.
const JUMPS: [i64; 6] = [DAY, 0, -HOUR, HOUR, -DAY, DAY];
const LEASE_S: i64 = 5;
/// The heads of the chains are stated every minute.
const STATED_EVERY_S: i64 = 60;

both! {
    async fn a_clock_that_jumps_back_and_forth_costs_nothing_that_was_acknowledged(p: Program) {
        let mut p = p;
        let options = p.w.app_options().clone();
        let machine = Machine::under(&mut p, &options);
        p.set("REFERO_WORKER__INTERVAL_S", "1");
        p.set("REFERO_WORKER__LEASE_S", &LEASE_S.to_string());
        // Whoever is there was there two days ago, and so is not from the future.
        set(&p.w, &machine, -2 * DAY);
        let mut drill = Drill::begin("clock", p, Habit::Insist).await;
        drill.journal.expect_other_times();
        set(&drill.p.w, &machine, 0);
        for _ in 0..rounds(1) {
            drill.set_to_work(PEOPLE);
            for seconds in JUMPS {
                set(&drill.p.w, &machine, seconds);
                drill.acknowledged(30).await;
            }
            drill.call_it_a_day().await;
            // It ends while the clock is a day ahead, and begins when it is right again: what the house
            // does by itself does not wait for a day.
            drill.p.kill();
            set(&drill.p.w, &machine, 0);
            let ready = drill.p.start().await;
            drill.report.recovered_in(ready);
            drill.recover().await;
            drill.report.look_at("the worker is at work, and heads are stated");
            until("a worker", || is_worked(&drill.p.w)).await;
            until("a statement", || is_stated(&drill.p.w)).await;
        }
    }
}

fn set(w: &World, machine: &Machine, seconds: i64) {
    machine.set_clock(seconds);
    w.set_ahead_s(seconds);
}

/// Says whether a worker has its lease, and no longer than a lease is.
fn is_worked(w: &World) -> bool {
    let until = health::condition(w.owner(), w.now()).unwrap().worker_until.unwrap();
    (0..=LEASE_S).contains(&until.seconds_since(w.now()))
}

/// Says whether the heads of the chains were stated at about this time.
fn is_stated(w: &World) -> bool {
    let newest = "select statement as value from log_leaves where statement is not null
                  order by leaf_index desc limit 1";
    let at = stated_at(&w.texts(newest)[0]).unwrap() / 1_000_000;
    let late = w.now().unix_microseconds() / 1_000_000 - at;
    (0..=2 * STATED_EVERY_S).contains(&late)
}

async fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Moment::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE / 3, "{what} is not there");
        actix_web::rt::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}
