//! Three servers on one PostgreSQL, behind a proxy that asks them in turn; one is killed under load.

use std::time::Duration;

use chrono::{SecondsFormat, TimeDelta, Utc};
use refero_store::Entropy;
use reqwest::Method;
use serde_json::json;

use super::{drill::Drill, journal::Habit, report::rounds};
use crate::{
    referral_steps::{ids, merged},
    world::{
        Database, PASSWORD, World, postgres::PostgresDatabase, process::Server, program::Program,
        wire::Wire,
    },
};

const SERVERS: u32 = 3;
/// How long the worker of a server that was killed keeps others from working.
const LEASE_S: u64 = 5;

/// Three servers and the people who reach them by one address.
async fn three() -> (Drill, Wire) {
    let database = Database::Postgres(PostgresDatabase::fresh());
    let mut servers: Vec<Server> = Vec::new();
    for _ in 0..SERVERS {
        let mut server = Server::on(database.app());
        server.set("REFERO_DATABASE__POOL_SIZE", "4");
        server.set("REFERO_WORKER__INTERVAL_S", "1");
        server.set("REFERO_WORKER__LEASE_S", &LEASE_S.to_string());
        server.start().await;
        servers.push(server);
    }
    let addresses = servers.iter().map(Server::address);
    let wire = Wire::to(addresses.map(|address| address.parse().unwrap()).collect());
    let w = World::around(database, format!("http://{}", wire.address));
    let program = Program { w, server: servers.remove(0) };
    let mut drill = Drill::around("servers", program, Habit::Insist).await;
    drill.others = servers;
    (drill, wire)
}

#[actix_web::test]
async fn of_three_servers_one_may_be_killed_and_nobody_notices() {
    let (mut drill, _wire) = three().await;
    for round in 1..=rounds(2) {
        drill.begin_round(round).await;
        drill.some_acknowledged(100).await;
        let victim = Entropy::system().below(SERVERS);
        drill.server(victim).kill();
        drill.acknowledged(50).await;
        let ready = drill.server(victim).start().await;
        drill.report.recovered_in(ready);
        drill.end_round().await;
    }
    for server in 0..SERVERS {
        assert!(drill.server(server).log().contains("/v1/cases/"), "a server has served nobody");
    }
    drill.report.look_at("no server keeps anything to itself");
    let urls: Vec<String> = (0..SERVERS).map(|n| drill.server(n).url()).collect();
    nothing_is_kept_in_a_server(&drill, &urls).await;
    who_is_out_is_out_everywhere(&drill.p.w, &urls).await;
    drill.report.look_at("one worker at a time");
    one_works_at_a_time(&mut drill).await;
    drill.recover().await;
    let numbered =
        "select count(*)::text || ' ' || (max(leaf_index) + 1)::text as value from log_leaves";
    let numbered = drill.p.w.texts(numbered).remove(0);
    let (leaves, next) = numbered.split_once(' ').unwrap();
    assert_eq!(leaves, next, "the log has gaps");
}

impl Drill {
    fn server(&mut self, n: u32) -> &mut Server {
        match n {
            0 => &mut self.p.server,
            n => &mut self.others[usize::try_from(n).unwrap() - 1],
        }
    }
}

/// What one server gave, each of them takes: tokens, cursors, and what repeats are known by.
async fn nothing_is_kept_in_a_server(drill: &Drill, urls: &[String]) {
    let (w, s) = (&drill.p.w, &drill.scenes[0].0);
    let first = s.coordinator.get("/v1/cases?limit=1").to(&urls[0]).await.is(200);
    let next = format!("/v1/cases?limit=1&cursor={}", first.text_at("/next_cursor"));
    let second = ids(&s.coordinator.get(&next).to(&urls[0]).await.is(200));
    let signed_in = sign_in(w, &s.worker.username).to(&urls[0]).await.is(200);
    let token = signed_in.text_at("/access_token");
    for url in urls {
        assert_eq!(ids(&s.coordinator.get(&next).to(url).await.is(200)), second, "{url}");
        w.bearer(&token, Method::GET, "/v1/me").to(url).await.is(200);
    }
    let acknowledged: Vec<_> = drill.journal.done.borrow().iter().rev().take(10).cloned().collect();
    for (wish, answer) in acknowledged {
        for url in urls {
            assert_eq!(wish.asking().to(url).await.id(), answer.id(), "done again by {url}");
        }
    }
    // A refresh token of one server is used up at another.
    let refresh = |token: String| {
        w.stranger(Method::POST, "/v1/session/refresh").json(json!({"refresh_token": token}))
    };
    let refresh_token = signed_in.text_at("/refresh_token");
    let renewed = refresh(refresh_token).to(&urls[1]).await.is(200);
    let renewed = refresh(renewed.text_at("/refresh_token")).to(&urls[2]).await.is(200);
    w.bearer(&renewed.text_at("/access_token"), Method::GET, "/v1/me").to(&urls[0]).await.is(200);
}

/// A session that was ended, and an account that was disabled, are refused by all with the next request.
async fn who_is_out_is_out_everywhere(w: &World, urls: &[String]) {
    let (administrator, somebody) = (w.administrator().await, w.coordinator().await);
    let token = sign_in(w, &somebody.username).to(&urls[0]).await.is(200).text_at("/access_token");
    w.bearer(&token, Method::DELETE, "/v1/session").to(&urls[1]).await.is(204);
    for url in urls {
        let refused = w.bearer(&token, Method::GET, "/v1/me").to(url).await;
        refused.is_problem(401, "not-authenticated");
        somebody.get("/v1/me").to(url).await.is(200);
    }
    let disable = administrator.post(format!("/v1/users/{}/disable", somebody.user_id));
    disable.to(&urls[2]).if_match(1).await.is(200);
    for url in urls {
        somebody.get("/v1/me").to(url).await.is_problem(401, "not-authenticated");
    }
}

fn sign_in(w: &World, username: &str) -> crate::world::Asking {
    let name = json!({"username": username, "password": PASSWORD});
    w.stranger(Method::POST, "/v1/session").json(name)
}

/// What is due is done once, whoever works; and when those who worked are gone, another takes over.
async fn one_works_at_a_time(drill: &mut Drill) {
    let (mut due, url) = (0, drill.server(0).url());
    for gone in [&[][..], &[1, 2]] {
        for n in gone {
            drill.server(*n).kill();
        }
        let expires_at = Utc::now() + TimeDelta::seconds(3);
        let expires_at = expires_at.to_rfc3339_opts(SecondsFormat::Micros, true);
        for scene in &drill.scenes {
            let s = &scene.0;
            let body = merged(s.consent_body(), json!({"expires_at": expires_at}));
            let consents = s.coordinator.post(format!("/v1/cases/{}/consents", s.case));
            consents.to(&url).json(body).await.is(201);
            due += 1;
        }
        let expired = "select id as value from consents where state = 'expired'";
        let begun = std::time::Instant::now();
        while drill.p.w.texts(expired).len() < due {
            assert!(begun.elapsed() < Duration::from_secs(3 * LEASE_S), "nobody works");
            actix_web::rt::time::sleep(Duration::from_millis(50)).await;
        }
        // Long enough for somebody else to do it again.
        actix_web::rt::time::sleep(Duration::from_secs(2)).await;
        let told = "select object_id as value from audit_events where action = 'consent.expire'";
        assert_eq!(drill.p.w.texts(told).len(), due, "what was due was done twice");
    }
    for n in [1, 2] {
        drill.server(n).start().await;
    }
}
