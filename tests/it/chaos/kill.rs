//! SIGKILL, with a hundred people at work.

use super::{drill::Drill, journal::Habit, report::rounds};

both! {
    async fn what_was_acknowledged_outlives_every_kill_and_nothing_is_half_done(p: Program) {
        let mut drill = Drill::begin("kill", p, Habit::GoHome).await;
        for round in 1..=rounds(3) {
            drill.begin_round(round).await;
            drill.some_acknowledged(150).await;
            drill.start_anew().await;
            drill.recover().await;
        }
    }
}
