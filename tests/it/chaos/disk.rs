//! The disk is full, does not keep what it was given, or loses its power; the log goes nowhere.

use std::time::{Duration, Instant};

use actix_web::rt;
use reqwest::Method;

use super::{
    drill::{Drill, PEOPLE},
    journal::Habit,
    report::rounds,
};
use crate::world::{machine::Machine, program::PATIENCE, program::Program};

/// Waits until something is so.
async fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{what} does not happen");
        rt::time::sleep(Duration::from_millis(5)).await;
    }
}

/// How many requests failed so far.
fn failed(drill: &Drill) -> usize {
    drill.journal.failed.get()
}

mod full_disk {
    use std::{
        env,
        fs::File,
        io::{self, Write},
        process::Command,
    };

    use super::*;

    const SMALL: &str = "REFERO_CHAOS_SMALL_DISK";
    const MOUNT: &str = "mount -t tmpfs -o size=128m none \"$TMPDIR\"";

    /// On a file system of its own in memory, which this very test mounts where nobody else sees it, and then
    /// runs again on. Database and log share it, as they do on a small machine.
    #[actix_web::test]
    async fn on_a_full_disk_it_says_so_and_goes_on_when_there_is_room() {
        if env::var_os(SMALL).is_some() {
            return fill_again_and_again().await;
        }
        let folder = tempfile::tempdir().unwrap();
        let apart = |script: &str| {
            let mut command = Command::new("unshare");
            command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script]);
            command.arg(env::current_exe().unwrap()).env("TMPDIR", folder.path()).env(SMALL, "1");
            command
        };
        if !apart(MOUNT).output().is_ok_and(|tried| tried.status.success()) {
            let skipped =
                "skipped: nobody may mount a file system of their own here (unshare, tmpfs)\n";
            return io::stderr().write_all(skipped.as_bytes()).unwrap();
        }
        let name =
            "chaos::disk::full_disk::on_a_full_disk_it_says_so_and_goes_on_when_there_is_room";
        let again = apart(&format!("{MOUNT} && exec \"$0\" --exact {name} --nocapture"));
        let told = rt::task::spawn_blocking(move || { again }.output()).await.unwrap().unwrap();
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    }

    async fn fill_again_and_again() {
        let mut drill = Drill::begin("full_disk", Program::on_sqlite(), Habit::Insist).await;
        let filler = env::temp_dir().join("filler");
        for _ in 0..rounds(2) {
            drill.set_to_work(PEOPLE);
            drill.some_acknowledged(50).await;
            let before = failed(&drill);
            let mut file = File::create(&filler).unwrap();
            let full = loop {
                if let Err(full) = file.write_all(&[0; 64 * 1024]) {
                    break full;
                }
            };
            assert_eq!(full.kind(), io::ErrorKind::StorageFull);
            until("a full disk", || failed(&drill) > before + PEOPLE).await;
            drill.p.w.stranger(Method::GET, "/healthz").await.is(200);
            drill.not_ready().await.is_problem(503, "unavailable");

            std::fs::remove_file(&filler).unwrap();
            drop(file);
            drill.ready_again().await;
            drill.end_round().await;
        }
    }
}

mod log_gone {
    use super::*;

    both! {
        async fn where_no_line_of_the_log_can_be_written_it_works_all_the_same(p: Program) {
            let mut p = p;
            p.start_with_its_log_on("/dev/full").await;
            let mut drill = Drill::around("log_gone", p, Habit::Insist).await;
            for _ in 0..rounds(1) {
                drill.set_to_work(PEOPLE / 4);
                drill.some_acknowledged(50).await;
                // Something to complain about.
                let before = failed(&drill);
                let outage = drill.p.w.without_database();
                until("an outage", || failed(&drill) > before + PEOPLE).await;
                drop(outage);
                drill.ready_again().await;
                drill.end_round().await;
            }
        }
    }
}

mod fsync {
    use super::*;

    #[actix_web::test]
    async fn what_could_not_be_synced_is_not_acknowledged_and_a_power_cut_shows_it() {
        let mut p = Program::on_sqlite();
        let options = p.w.app_options().clone();
        let machine = Machine::under(&mut p, &options);
        let mut drill = Drill::begin("fsync", p, Habit::Insist).await;
        for round in 1..=rounds(2) {
            drill.begin_round(round).await;
            drill.some_acknowledged(50).await;
            let before = machine.syncs_failed();
            machine.fail_syncs(1);
            until("a failed sync", || machine.syncs_failed() > before).await;
            drill.acknowledged(20).await;

            // While nothing can be synced, nothing is acknowledged.
            machine.fail_syncs(i64::MAX);
            until("another failed sync", || machine.syncs_failed() > before + 1).await;
            // What was synced before is still on its way.
            rt::time::sleep(Duration::from_millis(300)).await;
            let acknowledged = drill.journal.acknowledged();
            rt::time::sleep(Duration::from_millis(700)).await;
            assert_eq!(drill.journal.acknowledged(), acknowledged, "acknowledged without a sync");
            drill.p.w.stranger(Method::GET, "/readyz").await.is_problem(503, "unavailable");
            machine.fail_syncs(0);
            drill.ready_again().await;
            drill.acknowledged(20).await;
            drill.call_it_a_day().await;

            drill.p.kill();
            let ready = drill.p.start().await;
            drill.report.recovered_in(ready);
            drill.recover().await;
        }
    }
}

mod power_cut {
    use super::*;

    #[actix_web::test]
    async fn what_was_acknowledged_outlives_the_loss_of_everything_that_was_not_synced() {
        let mut p = Program::on_sqlite();
        let options = p.w.app_options().clone();
        let machine = Machine::under(&mut p, &options);
        let mut drill = Drill::begin("power_cut", p, Habit::GoHome).await;
        let rounds = rounds(3);
        for round in 1..=rounds {
            drill.begin_round(round).await;
            drill.some_acknowledged(100).await;
            drill.start_anew().await;
            drill.recover().await;
        }
        // Else it was a kill like any other. In a few rounds there may be none.
        assert!(rounds < 10 || machine.writes_lost() > 0, "no power cut has lost anything");
    }
}
