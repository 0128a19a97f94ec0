//! Those who look are watched: how many people an account opens, whether it opens a bait, how often it
//! is refused.

use std::{collections::BTreeSet, fs, sync::OnceLock};

use refero::jobs;
use refero_domain::actor::ActorRole::DataProtectionOfficer;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    every::ABSENT,
    steps::{register, report},
    world::{Answer, Persona, World, together},
};

/// The fictional country with a budget that a story can spend: three, and five.
fn strict() -> &'static str {
    static PATH: OnceLock<String> = OnceLock::new();
    PATH.get_or_init(|| {
        let figures = [
            ("people_alarm_after = 150", "people_alarm_after = 3"),
            ("people_refuse_after = 1000", "people_refuse_after = 5"),
            ("refusals = 20", "refusals = 4"),
        ];
        let demo = include_str!("../../profiles/demo.toml").to_owned();
        let profile = figures.iter().fold(demo, |profile, (usual, strict)| {
            assert!(profile.contains(usual));
            profile.replace(usual, strict)
        });
        let path = format!("{}/strict-{}.toml", env!("CARGO_TARGET_TMPDIR"), std::process::id());
        fs::write(&path, profile).unwrap();
        path
    })
}

/// As `both!`, in the strict country.
macro_rules! strict {
    ($(async fn $name:ident($w:ident: World) $story:block)+) => {$(
        async fn $name($w: World) $story

        mod $name {
            #[actix_web::test]
            async fn sqlite() {
                super::$name(super::World::on_sqlite_in(super::strict()).await).await;
            }

            #[actix_web::test]
            async fn postgres() {
                super::$name(super::World::on_postgres_in(super::strict()).await).await;
            }
        }
    )+};
}

async fn cases(w: &World, count: usize) -> Vec<String> {
    let mut cases = Vec::new();
    for _ in 0..count {
        cases.push(register(&w.first_responder().await, report()).await);
    }
    cases
}

async fn open(by: &Persona, case: &str) -> Answer {
    by.get(format!("/v1/cases/{case}")).await
}

/// The kinds of the alerts that somebody sees about somebody.
async fn told(by: &Persona, about: &Persona) -> Vec<String> {
    let alerts = by.get("/v1/alerts").await.is(200).at("/items");
    let about = |alert: &&Value| alert["about_user_id"] == about.user_id.as_str();
    let kinds = alerts.as_array().unwrap().iter().filter(about);
    kinds.map(|alert| alert["kind"].as_str().unwrap().to_owned()).collect()
}

strict! {
    async fn who_opens_many_people_is_told_about_and_then_refused(w: World) {
        let (coordinator, supervisor) = (w.coordinator().await, w.supervisor().await);
        let dpo = w.persona(DataProtectionOfficer).await;
        let cases = cases(&w, 7).await;

        for case in &cases[..3] {
            open(&coordinator, case).await.is(200);
            open(&coordinator, case).await.is(200);
        }
        assert!(told(&dpo, &coordinator).await.is_empty());
        for case in &cases[3..5] {
            open(&coordinator, case).await.is(200);
        }
        assert_eq!(told(&dpo, &coordinator).await, ["people_opened"]);
        assert_eq!(told(&supervisor, &coordinator).await, ["people_opened"]);
        let refused = open(&coordinator, &cases[5]).await.is_problem(429, "people-budget");
        assert_eq!(refused.header("retry-after").as_deref(), Some("54000"), "at nine in the morning");
        assert!(!refused.text().contains(&cases[5]));
        let identity = format!("/v1/cases/{}/identity", cases[6]);
        coordinator.get(&identity).purpose("case_management").await.is_problem(429, "people-budget");
        coordinator.post(format!("/v1/cases/{}/claim", cases[6])).if_match(1).json(json!({})).await
            .is_problem(429, "people-budget");
        assert_eq!(told(&dpo, &coordinator).await, ["people_refused", "people_opened"], "once each");
        let untouched = format!("select state as value from cases where id = '{}'", cases[6]);
        assert_eq!(w.texts(&untouched), ["submitted"]);
        let of_refusal = "select count(*) || '' as value from audit_events where refusal_code = 'people-budget'";
        assert_eq!(w.texts(of_refusal), ["3"]);

        open(&coordinator, &cases[0]).await.is(200);
        let listed = coordinator.get("/v1/cases").await.is(200);
        assert_eq!(listed.at("/items").as_array().unwrap().len(), 7, "a list opens nobody");
        open(&w.coordinator().await, &cases[5]).await.is(200);
        w.advance_s(15 * 3_600);
        open(&coordinator, &cases[5]).await.is(200);
    }

    async fn at_the_border_of_the_budget_nobody_gets_through(w: World) {
        let coordinator = w.coordinator().await;
        let cases = cases(&w, 12).await;
        for case in &cases[..3] {
            open(&coordinator, case).await.is(200);
        }

        let asked = (0..20).map(|n| coordinator.get(format!("/v1/cases/{}", cases[3 + n % 9])));
        let answers = together(asked).await;
        let statuses: BTreeSet<u16> = answers.iter().map(|answer| answer.status).collect();
        assert!(statuses.is_subset(&BTreeSet::from([200, 429])), "{statuses:?}");
        let opened: BTreeSet<String> =
            answers.iter().filter(|answer| answer.status == 200).map(Answer::id).collect();
        assert_eq!(opened.len(), 2, "five people, however they are asked for");
        let counted = "select cast(count(*) as text) as value from people_opened";
        assert_eq!(w.texts(counted), ["5"]);
        assert_eq!(w.texts("select cast(people as text) as value from people_counts"), ["5"]);
    }

    async fn what_somebody_registers_themselves_is_not_counted(w: World) {
        let responder = w.first_responder().await;

        for _ in 0..7 {
            register(&responder, report()).await;
        }
        assert!(w.texts("select actor_id as value from people_opened").is_empty());
    }

    async fn the_count_of_earlier_days_is_forgotten(w: World) {
        let coordinator = w.coordinator().await;
        open(&coordinator, &cases(&w, 1).await[0]).await.is(200);
        let kept = || w.texts("select day as value from people_opened");

        w.advance_s(86_400);
        assert_eq!(jobs::run_once(&w.second_program(), w.now()).unwrap().forgotten_openings, 0);
        w.advance_s(86_400);
        assert_eq!(kept(), ["2026-11-02"]);
        assert_eq!(jobs::run_once(&w.second_program(), w.now()).unwrap().forgotten_openings, 1);
        assert!(kept().is_empty());
    }

    async fn who_is_refused_again_and_again_is_told_about_once(w: World) {
        let (worker, supervisor) = (w.worker().await, w.supervisor().await);
        let dpo = w.persona(DataProtectionOfficer).await;
        let nothing = format!("/v1/cases/{ABSENT}");

        for _ in 0..3 {
            worker.get(&nothing).await.is(404);
            w.advance_s(300);
        }
        worker.get(&nothing).await.is(404);
        assert!(told(&dpo, &worker).await.is_empty(), "not within the time");
        for _ in 0..4 {
            worker.get(&nothing).await.is(404);
        }
        assert_eq!(told(&dpo, &worker).await, ["refusal_burst"]);
        assert_eq!(told(&supervisor, &worker).await, ["refusal_burst"]);
        let own = worker.get("/v1/audit-events?limit=200").await.is(200).text();
        assert!(!own.contains("alert.raise"), "nobody learns from their own events that they are watched");
        w.advance_s(1_200);
        for _ in 0..4 {
            worker.get(&nothing).await.is(404);
        }
        assert_eq!(told(&dpo, &worker).await.len(), 2, "and again when it begins again");
    }

    async fn tokens_that_are_dead_are_counted_for_whom_they_name(w: World) {
        let worker = w.worker().await;
        let dpo = w.persona(DataProtectionOfficer).await;
        let token = worker.token();
        w.advance_s(700);

        for _ in 0..4 {
            w.bearer(&token, Method::GET, "/v1/me").await.is(401);
        }
        assert!(!w.trail().is_empty());
        assert_eq!(told(&dpo, &worker).await, ["refusal_burst"]);
    }
}

both! {
    async fn a_bait_is_seen_by_nobody_and_tells_of_everybody_who_opens_it(w: World) {
        let (dpo, supervisor) = (w.persona(DataProtectionOfficer).await, w.supervisor().in_area("XZ-N").await);
        let (coordinator, south) = (w.coordinator().await, w.supervisor().in_area("XZ-S").await);
        let mut told_of = report();
        told_of["area"] = json!("XZ-N");
        let case = register(&w.first_responder().await, told_of).await;
        let before = open(&coordinator, &case).await.is(200).text();
        let code = serde_json::from_str::<Value>(&before).unwrap()["case_code"].clone();

        let mark = |by: &Persona| by.post("/v1/bait-cases").json(json!({"case_code": code}));
        for other in [&coordinator, &supervisor, &w.auditor().await, &w.administrator().await] {
            mark(other).await.is_problem(404, "not-found");
            other.get("/v1/bait-cases").await.is_problem(404, "not-found");
        }
        let bait = mark(&dpo).await.is(201);
        assert_eq!(mark(&dpo).await.is(201).id(), bait.id(), "twice is once");
        assert_eq!(open(&coordinator, &case).await.is(200).text(), before, "the case shows nothing of it");
        assert_eq!(told(&dpo, &coordinator).await, ["bait_opened"]);
        assert_eq!(told(&supervisor, &coordinator).await, ["bait_opened"]);
        assert!(told(&south, &coordinator).await.is_empty());
        open(&supervisor, &case).await.is(200);
        assert_eq!(told(&dpo, &supervisor).await, ["bait_opened"]);
        assert!(told(&supervisor, &supervisor).await.is_empty(), "not to whom it is about");
        let timeline = coordinator.get(format!("/v1/cases/{case}/timeline")).await.is(200).text();
        assert!(!timeline.contains("bait"));
        let of_case = format!("select action as value from audit_events where case_id = '{case}' and action like 'bait%'");
        assert!(w.texts(&of_case).is_empty());
        assert_eq!(w.trail().iter().filter(|told| told.starts_with("bait.mark ")).count(), 6);

        let path = format!("/v1/bait-cases/{}/remove", bait.id());
        dpo.post(&path).if_match(9).await.is_problem(412, "stale-version");
        let removed = dpo.post(&path).if_match(1).await.is(200);
        assert_eq!(removed.at("/state"), "inactive");
        let late = w.coordinator().await;
        open(&late, &case).await.is(200);
        assert!(told(&dpo, &late).await.is_empty());
        let unknown = json!({"case_code": "UG-2026-7K3M-D"});
        let unknown = dpo.post("/v1/bait-cases").json(unknown).await.is_problem(422, "validation-failed");
        assert_eq!(unknown.at("/errors/0/pointer"), "/case_code");
    }
}
