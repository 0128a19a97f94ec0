//! SIGTERM, with a hundred people at work.

use std::time::Duration;

use super::{drill::Drill, journal::Habit, report::rounds};

/// A second in which others look away, what is configured for what it has begun, and a little for the rest:
/// systemd waits for 40 s with the defaults.
const AT_MOST: Duration = Duration::from_secs(1 + 10 + 4);

both! {
    async fn told_to_stop_at_work_it_finishes_what_it_began_and_ends_well(p: Program) {
        let mut p = p;
        // Its own work is never done: all whom people register here have the same name.
        p.set("REFERO_WORKER__INTERVAL_S", "1");
        let mut drill = Drill::begin("terminate", p, Habit::GoHome).await;
        for round in 1..=rounds(1) {
            drill.journal.namesakes.set(true);
            drill.begin_round(round).await;
            drill.some_acknowledged(100).await;
            let (code, took) = drill.p.terminate().await;
            assert_eq!(code, Some(0), "{}", drill.p.log());
            assert!(took < AT_MOST, "{took:?}");
            drill.report.took("stopped", took);
            drill.everybody_home().await;

            // What it took in it has answered: nothing is done of which nobody was told.
            drill.report.look_at("everything that was done was answered");
            drill.expect_nothing_twice();
            let ready = drill.p.start().await;
            drill.report.recovered_in(ready);
            drill.recover().await;
        }
    }
}
