//! The database goes away, is locked, or has no room: a clear answer in time, and on as soon as it is
//! back.

use std::{
    future::IntoFuture,
    time::{Duration, Instant},
};

use refero_store::testing;
use reqwest::Method;
use serde_json::json;

use crate::{
    referral_steps::{Scene, scene},
    steps::report,
    world::{
        Answer, Asking, PASSWORD, World,
        program::{PATIENCE, Program},
        quiet, together,
    },
};

/// How long a check of readiness stands, and a little for the check itself.
const AT_ONCE: Duration = Duration::from_secs(2);

/// Expects that the service cannot say anything now, and says so without a word about anybody.
#[track_caller]
fn is_away(answer: Answer) {
    let answer = answer.is_problem(503, "unavailable");
    let pause: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=10).contains(&pause), "{pause}");
    for told in answer.log().into_iter().chain([answer.text()]) {
        assert!(!told.contains("Ama K.") && !told.contains("border."), "{told}");
    }
}

/// Waits until the answer to a request has a status; gives how long that took.
async fn until(status: u16, ask: impl Fn() -> Asking) -> Duration {
    let begun = Instant::now();
    loop {
        let answer = ask().await;
        if answer.status == status {
            return begun.elapsed();
        }
        assert!(begun.elapsed() < PATIENCE, "{} stays at {}", answer.asked(), answer.status);
        actix_web::rt::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Everything that people may be doing when it happens, each with a key of its own.
fn everything(w: &World, s: &Scene, referral: &str, round: &str) -> Vec<Asking> {
    let keyed = |asking: Asking, act: &str| asking.key(format!("{act}-{round}"));
    let name = json!({"username": s.worker.username, "password": PASSWORD});
    vec![
        s.worker.get("/v1/me"),
        s.coordinator.get("/v1/cases"),
        s.coordinator.get(format!("/v1/cases/{}", s.case)),
        s.coordinator.get(format!("/v1/cases/{}/identity", s.case)).purpose("case_management"),
        s.worker.get(format!("/v1/referrals/{referral}")),
        s.worker.get(format!("/v1/cases/{}", s.case)),
        w.stranger(Method::POST, "/v1/session").json(name),
        keyed(s.responder.post("/v1/detection-reports"), "register").json(report()),
        keyed(s.coordinator.post(format!("/v1/cases/{}/notes", s.case)), "note")
            .json(json!({"text": "Called."})),
        keyed(s.worker.post(format!("/v1/referrals/{referral}/accept")), "accept")
            .if_match(2)
            .json(json!({})),
    ]
}

/// Has every connection of the server used, so that each is an open one when the database goes.
async fn use_every_connection(s: &Scene) {
    for answer in together((0..40).map(|_| s.worker.get("/v1/me"))).await {
        answer.is(200);
    }
}

both! {
    async fn without_its_database_the_service_says_so_and_goes_on_when_it_is_back(w: World) {
        let s = scene(&w).await;
        let (_, referral) = s.sent().await;
        let ready = || w.stranger(Method::GET, "/readyz");
        ready().await.is(200);
        use_every_connection(&s).await;

        let outage = w.without_database();
        let begun = Instant::now();
        for answer in together(everything(&w, &s, &referral, "outage")).await {
            is_away(answer);
        }
        let (acquire, waits) = (w.app_options().acquire_timeout_ms, begun.elapsed());
        assert!(waits < 2 * Duration::from_millis(acquire), "{waits:?}");
        until(503, ready).await;
        is_away(ready().await);
        w.stranger(Method::GET, "/healthz").await.is(200);
        w.stranger(Method::GET, "/version").await.is(200);
        s.coordinator.get("/v1/cases").await.is_problem(503, "unavailable");
        w.bearer("no token", Method::GET, "/v1/cases").await.is_problem(401, "not-authenticated");

        drop(outage);
        s.coordinator.get(format!("/v1/cases/{}", s.case)).await.is(200);
        let late = until(200, ready).await;
        assert!(late < AT_ONCE, "ready {late:?} after the database was back");
        for answer in together(everything(&w, &s, &referral, "outage")).await {
            assert!(matches!(answer.status, 200 | 201 | 404), "{}", answer.text());
        }
        w.expect_sound();
    }

    async fn a_restart_of_the_database_between_two_requests_is_noticed_by_nobody(w: World) {
        let s = scene(&w).await;
        let (_, referral) = s.sent().await;
        use_every_connection(&s).await;
        w.restart_database();
        w.stranger(Method::GET, "/readyz").await.is(200);

        for (n, asking) in everything(&w, &s, &referral, "restart").into_iter().enumerate() {
            w.restart_database();
            let answer = asking.await;
            assert!(matches!(answer.status, 200 | 201 | 404), "{n}: {:?}", answer.log());
        }
        // A refusal is recorded, also by a connection that has to be replaced first.
        use_every_connection(&s).await;
        w.restart_database();
        s.worker.get("/v1/users").await.is_problem(403, "not-permitted");
        w.expect_sound();
    }

    async fn a_restart_of_the_database_under_load_loses_nothing(w: World) {
        let s = scene(&w).await;
        let notes = format!("/v1/cases/{}/notes", s.case);
        let note = |n: usize| {
            s.coordinator.post(&notes).key(format!("note-{n}")).json(json!({"text": "Called."}))
        };
        let sent: Vec<_> = (0..60)
            .map(|n| actix_web::rt::spawn(note(n).into_future()))
            .collect();
        for _ in 0..3 {
            w.restart_database();
            actix_web::rt::task::yield_now().await;
        }
        let mut acknowledged = Vec::new();
        for answer in sent {
            let answer = answer.await.unwrap();
            match answer.status {
                201 => acknowledged.push(answer.id()),
                _ => is_away(answer),
            }
        }

        let kept = w.texts("select id as value from notes");
        assert!(acknowledged.iter().all(|id| kept.contains(id)), "an acknowledged note is gone");
        for answer in together((0..60).map(note)).await {
            answer.is(201);
        }
        assert_eq!(w.texts("select id as value from notes").len(), 60);
        w.expect_sound();
    }
}

#[actix_web::test]
async fn behind_a_foreign_lock_nobody_waits_much_longer_than_the_busy_timeout() {
    let _alone = quiet::alone();
    let w = World::on_sqlite_with(|options| options.busy_timeout_ms = 1_000).await;
    let s = scene(&w).await;
    let (_, referral) = s.sent().await;
    let ready = || w.stranger(Method::GET, "/readyz");
    ready().await.is(200);

    let lock = testing::hold(w.owner(), "begin exclusive").unwrap();
    let begun = Instant::now();
    let mut asked: Vec<Asking> = everything(&w, &s, &referral, "lock");
    let notes = format!("/v1/cases/{}/notes", s.case);
    let note = |n: usize| {
        s.coordinator.post(&notes).key(format!("note-{n}")).json(json!({"text": "Called."}))
    };
    asked.extend((0..50).map(note));
    for answer in together(asked).await {
        is_away(answer);
    }
    let waits = begun.elapsed();
    // One after another they would wait for a second each. Measured alone: 1.07 s.
    assert!(waits < Duration::from_secs(60) / 4, "sixty writes waited for {waits:?}");
    // No write goes through, and the service says so.
    until(503, ready).await;
    w.stranger(Method::GET, "/healthz").await.is(200);

    drop(lock);
    note(0).await.is(201);
    assert!(until(200, ready).await < AT_ONCE);
    for answer in together((0..50).map(note)).await {
        answer.is(201);
    }
    assert_eq!(w.texts("select id as value from notes").len(), 50);
    w.expect_sound();
}

#[actix_web::test]
async fn another_file_in_the_place_of_the_database_is_left_alone() {
    let w = World::on_sqlite_in("demo").await;
    let s = scene(&w).await;
    let path = w.owner().sqlite_path().unwrap().to_owned();

    let outage = w.without_database();
    std::fs::write(&path, "a backup, say").unwrap();
    is_away(s.worker.get("/v1/me").await);
    is_away(s.responder.post("/v1/detection-reports").json(report()).await);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "a backup, say");

    drop(outage);
    s.worker.get("/v1/me").await.is(200);
    w.expect_sound();
}

both! {
    // As few connections as can be, and little patience.
    with |options| (options.pool_size, options.acquire_timeout_ms) = (1, 300);

    async fn fifty_clients_share_one_connection(w: World) {
        let s = scene(&w).await;
        let (_, referral) = s.sent().await;
        let act = |n: usize| -> Asking {
            match n % 5 {
                0 => s.coordinator.get(format!("/v1/cases/{}", s.case)),
                1 => s.worker.get(format!("/v1/referrals/{referral}")),
                2 => s.worker.get("/v1/users"),
                3 => s.responder.post("/v1/detection-reports").key(format!("{n}")).json(report()),
                _ => s.coordinator.post(format!("/v1/cases/{}/notes", s.case)).key(format!("{n}")).json(json!({"text": "x"})),
            }
        };
        let done = |answer: &Answer| matches!(answer.status, 200 | 201 | 403);

        let mut served = 0;
        for _ in 0..3 {
            let begun = Instant::now();
            for answer in together((0..50).map(act)).await {
                if done(&answer) {
                    served += 1;
                } else {
                    is_away(answer);
                }
            }
            assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
        }
        assert!(served > 0);
        for n in 0..50 {
            assert!(done(&act(n).await), "{n} is not served although nobody else asks");
        }
        assert_eq!(w.texts("select id as value from notes").len(), 10);
        w.expect_sound();
    }
}

#[actix_web::test]
async fn who_waits_for_a_connection_that_is_not_given_is_told_in_time() {
    let _alone = quiet::alone();
    let w = World::on_postgres_with(|options| {
        (options.pool_size, options.acquire_timeout_ms) = (2, 500);
        // Whoever waits for the lock keeps waiting, however slow the machine is.
        options.statement_timeout_ms = 60_000;
    })
    .await;
    let s = scene(&w).await;
    let notes = format!("/v1/cases/{}/notes", s.case);
    let note = |n: usize| {
        s.coordinator.post(&notes).key(format!("note-{n}")).json(json!({"text": "Called."}))
    };

    // Somebody keeps the head of the case's chain: both connections of the pool wait for it.
    let head = format!("begin; select 1 from case_chains where case_id = '{}' for update", s.case);
    let lock = testing::hold(w.owner(), &head).unwrap();
    let stuck: Vec<_> = (0..2).map(|n| actix_web::rt::spawn(note(n).into_future())).collect();
    until(503, || s.worker.get("/v1/me")).await;
    let begun = Instant::now();
    is_away(note(2).await);
    let one = begun.elapsed();
    let begun = Instant::now();
    for answer in together((2..50).map(note)).await {
        is_away(answer);
    }
    let waited = begun.elapsed();
    // One after another they would wait 48 times as long as one: half a second and what the machine takes.
    // Measured alone: 0.58 s.
    assert!(waited < 12 * one, "{waited:?}, and one alone {one:?}");

    drop(lock);
    for answer in stuck {
        let answer = answer.await.unwrap();
        assert!(matches!(answer.status, 201 | 503), "{}", answer.text());
    }
    for n in 0..50 {
        note(n).await.is(201);
    }
    assert_eq!(w.texts("select id as value from notes").len(), 50);
    w.expect_sound();
}

/// With `prlimit`, of which every Linux has one: no test can fill a disk that others use.
#[cfg(target_os = "linux")]
#[actix_web::test]
async fn on_a_full_disk_it_says_so_and_goes_on_when_there_is_room() {
    let _alone = quiet::alone();
    let mut p = Program::on_sqlite();
    p.start_with_a_disk_that_can_be_full().await;
    let s = scene(&p.w).await;
    let ready = || p.w.stranger(Method::GET, "/readyz");
    let notes = format!("/v1/cases/{}/notes", s.case);
    let note = |n: usize| {
        let asking = s.coordinator.post(&notes).key(format!("note-{n}"));
        asking.json(json!({"text": format!("Ama K. {}", "x".repeat(4000))}))
    };
    note(0).await.is(201);

    p.limit_files(Some(256 * 1024));
    let mut kept = 1;
    loop {
        let answer = note(kept).await;
        if answer.status != 201 {
            is_away(answer);
            break;
        }
        kept += 1;
        assert!(kept < 1000, "the disk does not fill");
    }
    // What cannot be recorded is not shown (R14), and whoever sends requests is told.
    is_away(s.coordinator.get(format!("/v1/cases/{}", s.case)).await);
    until(503, ready).await;
    p.w.stranger(Method::GET, "/healthz").await.is(200);
    assert_eq!(p.w.texts("select id as value from notes").len(), kept);

    p.limit_files(None);
    // It goes on without being asked for anything, and who sent a key sends it again.
    assert!(until(200, ready).await < AT_ONCE);
    note(kept).await.is(201);
    assert_eq!(p.w.texts("select id as value from notes").len(), kept + 1);
    p.w.expect_sound();
    let log = p.log();
    assert!(!log.contains("Ama K.") && !log.contains("panicked"));
    assert!(log.contains("disk I/O error"), "the log says why");
}
