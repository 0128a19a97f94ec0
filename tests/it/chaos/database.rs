//! PostgreSQL stops where it stands, answers slowly, or is cut off in the middle of a commit.

use std::{sync::Arc, time::Duration};

use actix_web::rt;

use super::{
    drill::{Drill, PEOPLE},
    journal::Habit,
    report::rounds,
};
use crate::world::{
    Database,
    cluster::Cluster,
    postgres::PostgresDatabase,
    program::Program,
    wire::{Manner, Wire},
};

/// The program, which reaches its database by a wire.
fn at_the_end_of_a_wire() -> (Program, Wire) {
    let mut p = Program::on_postgres();
    let mut url = reqwest::Url::parse(p.house.value("REFERO_DATABASE__URL")).unwrap();
    let server = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432));
    let target = std::net::ToSocketAddrs::to_socket_addrs(&server).unwrap().next().unwrap();
    let wire = Wire::to(vec![target]);
    url.set_ip_host(wire.address.ip()).unwrap();
    url.set_port(Some(wire.address.port())).unwrap();
    p.set("REFERO_DATABASE__URL", url.as_str());
    (p, wire)
}

mod postgres_stop {
    use super::*;

    /// In a cluster of its own: others work on theirs. `REFERO_TEST_POSTGRES_URL` names a server that no test
    /// can stop; then there is nothing to be shown.
    #[actix_web::test]
    async fn while_postgresql_stops_and_recovers_the_service_says_so_and_goes_on_by_itself() {
        let Some(cluster) = Cluster::fresh() else { return };
        let cluster = Arc::new(cluster);
        let database = Database::Postgres(PostgresDatabase::alone_in(&cluster));
        let mut drill = Drill::begin("postgres_stop", Program::on(database), Habit::Insist).await;
        for round in 1..=rounds(1) {
            drill.begin_round(round).await;
            drill.some_acknowledged(150).await;
            let stopped = Arc::clone(&cluster);
            rt::task::spawn_blocking(move || {
                stopped.stop_at_once();
                std::thread::sleep(Duration::from_millis(500));
                stopped.start();
            })
            .await
            .unwrap();
            drill.ready_again().await;
            drill.end_round().await;
        }
    }
}

mod slow_database {
    use super::*;

    /// The longest that somebody waits for an answer: what is configured, and what a busy machine takes.
    const ANSWERED_IN: Duration = Duration::from_secs(3 + 2);

    #[actix_web::test]
    async fn behind_a_slow_line_everybody_is_answered_in_time_and_nothing_is_lost() {
        let (mut p, wire) = at_the_end_of_a_wire();
        p.set("REFERO_SERVER__REQUEST_TIMEOUT_S", "3");
        let mut drill = Drill::begin("slow_database", p, Habit::Insist).await;
        for _ in 0..rounds(1) {
            drill.set_to_work(PEOPLE / 4);
            drill.some_acknowledged(50).await;
            wire.pass(Manner { delay: Duration::from_millis(100), ..Manner::default() });
            drill.acknowledged(5).await;
            wire.pass(Manner { delay: Duration::from_secs(5), ..Manner::default() });
            rt::time::sleep(Duration::from_secs(6)).await;
            wire.pass(Manner::default());
            drill.ready_again().await;
            drill.acknowledged(20).await;
            drill.call_it_a_day().await;
            let waited = drill.journal.slowest.take();
            assert!(waited < ANSWERED_IN, "somebody waited for {waited:?}");
            drill.recover().await;
        }
    }
}

mod cut_database {
    use super::*;

    #[actix_web::test]
    async fn cut_off_in_the_middle_of_a_commit_nothing_is_lost_and_nothing_done_twice() {
        let (p, wire) = at_the_end_of_a_wire();
        let mut drill = Drill::begin("cut_database", p, Habit::Insist).await;
        for round in 1..=rounds(1) {
            drill.begin_round(round).await;
            let before = wire.cuts();
            wire.pass(Manner { cuts_one_commit_in: 10, ..Manner::default() });
            while wire.cuts() < before + 20 {
                drill.acknowledged(1).await;
            }
            wire.pass(Manner::default());
            drill.ready_again().await;
            drill.call_it_a_day().await;
            drill.recover().await;
        }
    }
}
