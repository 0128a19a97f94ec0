//! SIGKILL, with a hundred people at work.

use super::{
    drill::{Drill, PEOPLE},
    journal::Habit,
    report::rounds,
};

on_both! {
    async fn what_was_acknowledged_outlives_every_kill_and_nothing_is_half_done(p: Program) {
        let mut drill = Drill::begin("kill", p, Habit::GoHome).await;
        for round in 1..=rounds(3) {
            if round % 10 == 0 {
                drill.relieve().await;
            }
            drill.set_to_work(PEOPLE);
            drill.some_acknowledged(150).await;
            drill.p.kill();
            drill.everybody_home().await;
            let ready = drill.p.start().await;
            drill.report.recovered_in(ready);
            drill.recover().await;
        }
    }
}
