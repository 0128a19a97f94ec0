//! R15: one case, for two hours, told at once and looked into afterwards.

use refero::jobs;
use refero_domain::actor::ActorRole::{self, DataProtectionOfficer};
use serde_json::{Value, json};

use crate::{
    steps::{register, report, step},
    world::{Answer, Persona, World, together},
};

const WHY: &str = "She is at the border post and says he is on his way.";
/// Well formed, and no case has it.
const NO_CASE: &str = "UG-2026-7K3M-D";

struct Scene {
    case: String,
    code: String,
    /// Of the area of the case.
    coordinator: Persona,
    supervisor: Persona,
    /// Of another area.
    stranger: Persona,
    dpo: Persona,
}

async fn scene(w: &World) -> Scene {
    let coordinator = w.coordinator().in_area("XZ-N").await;
    let (case, code) = another(w, &coordinator).await;
    Scene {
        case,
        code,
        coordinator,
        supervisor: w.supervisor().in_area("XZ-N").await,
        stranger: w.coordinator().in_area("XZ-S").await,
        dpo: w.persona(DataProtectionOfficer).await,
    }
}

/// Registers a case in the north; gives its id and its code.
async fn another(w: &World, coordinator: &Persona) -> (String, String) {
    let mut told = report();
    told["area"] = json!("XZ-N");
    let case = register(&w.first_responder().await, told).await;
    let code = coordinator.get(format!("/v1/cases/{case}")).await.is(200).text_at("/case_code");
    (case, code)
}

async fn ask(by: &Persona, code: &str) -> Answer {
    let body = json!({"case_code": code, "reason_code": "immediate_danger", "justification": WHY});
    by.post("/v1/emergency-accesses").json(body).await
}

async fn review(by: &Persona, id: &str, version: i64, outcome: &str) -> Answer {
    let body = json!({"outcome": outcome, "reason": "The bureau of the area was closed."});
    by.post(format!("/v1/emergency-accesses/{id}/review")).if_match(version).json(body).await
}

/// The alerts that somebody sees: kind and object.
async fn alerts(by: &Persona) -> Vec<(String, String)> {
    let items = by.get("/v1/alerts").await.is(200).at("/items");
    let text = |alert: &Value, member: &str| alert[member].as_str().unwrap_or_default().to_owned();
    let items = items.as_array().unwrap().iter();
    items.map(|alert| (text(alert, "kind"), text(alert, "object_id"))).collect()
}

both! {
    async fn r15_an_emergency_opens_one_case_for_two_hours_to_read(w: World) {
        let s = scene(&w).await;
        let (other, _) = another(&w, &s.coordinator).await;
        let path = format!("/v1/cases/{}", s.case);
        s.stranger.get(&path).await.is_problem(404, "not-found");

        let opened = ask(&s.stranger, &s.code).await.is(201);
        assert_eq!(opened.at("/case_id"), s.case.as_str());
        assert_eq!(opened.at("/expires_at"), "2026-11-02T11:00:00.000000Z");
        assert_eq!(opened.at("/review_due_at"), "2026-11-03T09:00:00.000000Z");
        assert_eq!((opened.at("/state"), opened.at("/justification")), (json!("open"), json!(WHY)));
        let seen = s.stranger.get(&path).await.is(200);
        assert_eq!(seen.at("/allowed_actions"), json!([]), "read only");
        for part in ["notes", "screenings", "consents", "care", "timeline"] {
            s.stranger.get(format!("{path}/{part}")).await.is(200);
        }
        let report = format!("/v1/detection-reports/{}", seen.text_at("/report_id"));
        s.stranger.get(&report).await.is(200);
        s.stranger.get(format!("{path}/identity")).await.is_problem(403, "purpose-required");
        let identity = s.stranger.get(format!("{path}/identity")).purpose("case_management").await.is(200);
        assert!(identity.text().contains("Ama K."));
        let listed = s.stranger.get("/v1/cases").await.is(200).at("/items");
        assert_eq!(listed.as_array().unwrap().len(), 1, "what may be opened is listed");
        s.stranger.post(format!("{path}/claim")).if_match(seen.version()).json(json!({})).await
            .is_problem(403, "not-permitted");
        s.stranger.post(format!("{path}/notes")).json(json!({"text": "Called."})).await.is(403);
        s.stranger.get(format!("/v1/cases/{other}")).await.is(404);
        assert!(s.stranger.get("/v1/queues/triage").await.is(200).at("/items").as_array().unwrap().is_empty());

        w.advance_s(7_199);
        s.stranger.get(&path).await.is(200);
        w.advance_s(1);
        s.stranger.get(&path).await.is_problem(404, "not-found");
        s.stranger.get(format!("{path}/identity")).purpose("case_management").await.is(404);
        assert!(s.stranger.get("/v1/cases").await.is(200).at("/items").as_array().unwrap().is_empty());
        let own = s.stranger.get(format!("/v1/emergency-accesses/{}", opened.id())).await.is(200);
        assert_eq!(own.at("/state"), "ended");
    }

    async fn r15_the_supervisor_is_told_at_once_and_the_case_keeps_it(w: World) {
        let s = scene(&w).await;
        let elsewhere = w.supervisor().in_area("XZ-S").await;

        let id = ask(&s.stranger, &s.code).await.is(201).id();
        let told = ("emergency_access".to_owned(), id.clone());
        assert_eq!(alerts(&s.supervisor).await, std::slice::from_ref(&told));
        assert_eq!(alerts(&s.dpo).await, [told]);
        assert!(alerts(&elsewhere).await.is_empty());
        let timeline = s.coordinator.get(format!("/v1/cases/{}/timeline", s.case)).await.is(200);
        assert_eq!(timeline.at("/items/0/action"), "emergency-access.open");
        assert_eq!(timeline.at("/items/0/actor_id"), s.stranger.user_id.as_str());
        let chained = format!(
            "select case_id as value from audit_events where action = 'emergency-access.open' and object_id = '{id}'"
        );
        assert_eq!(w.texts(&chained), [s.case.as_str()]);
        let read = "select permitted_by as value from audit_events where action = 'case.read' and permitted_by = 'emergency_access'";
        s.stranger.get(format!("/v1/cases/{}", s.case)).await.is(200);
        assert_eq!(w.texts(read), ["emergency_access"]);
    }

    async fn r15_accesses_are_listed_for_who_watches_and_opened_for_who_reviews(w: World) {
        let s = scene(&w).await;
        let id = ask(&s.stranger, &s.code).await.is(201).id();
        let list = "/v1/emergency-accesses";
        let count = async |by: &Persona| by.get(list).await.is(200).at("/items").as_array().unwrap().len();

        let auditor = w.auditor().await;
        for by in [&s.supervisor, &s.coordinator, &s.stranger, &s.dpo, &auditor] {
            assert_eq!(count(by).await, 1);
        }
        for by in [w.supervisor().in_area("XZ-S").await, w.coordinator().in_area("XZ-S").await] {
            assert_eq!(count(&by).await, 0);
            by.get(format!("{list}/{id}")).await.is(404);
        }
        for role in [ActorRole::FirstResponder, ActorRole::SystemAdministrator, ActorRole::ServiceProviderWorker] {
            w.persona(role).await.get(list).await.is_problem(404, "not-found");
        }
        let whole = s.supervisor.get(format!("{list}/{id}")).await.is(200);
        assert_eq!((whole.at("/justification"), whole.at("/withheld")), (json!(WHY), json!([])));
        for by in [&s.dpo, &auditor] {
            let seen = by.get(format!("{list}/{id}")).await.is(200);
            assert_eq!(seen.at("/justification"), Value::Null);
            assert_eq!(seen.at("/withheld"), json!(["case_restricted"]));
        }
    }

    async fn r15_a_supervisor_who_is_not_the_author_reviews(w: World) {
        let s = scene(&w).await;
        let both = w.supervisor().in_area("XZ-S").also(ActorRole::CaseCoordinator).await;
        let id = ask(&s.stranger, &s.code).await.is(201).id();

        review(&both, &id, 1, "justified").await.is_problem(404, "not-found");
        review(&s.coordinator, &id, 1, "justified").await.is_problem(403, "not-permitted");
        review(&s.dpo, &id, 1, "justified").await.is_problem(403, "not-permitted");
        review(&s.supervisor, &id, 3, "justified").await.is_problem(412, "stale-version");
        let done = review(&s.supervisor, &id, 1, "justified").await.is(200);
        assert_eq!((done.at("/outcome"), done.version()), (json!("justified"), 2));
        assert_eq!(done.at("/reviewed_by"), s.supervisor.user_id.as_str());
        s.stranger.get(format!("/v1/cases/{}", s.case)).await.is(200);
        let waiting = s.supervisor.get("/v1/emergency-accesses?reviewed=false").await.is(200);
        assert_eq!(waiting.at("/items"), json!([]));
        let timeline = s.coordinator.get(format!("/v1/cases/{}/timeline", s.case)).await.is(200);
        assert_eq!(timeline.at("/items/0/action"), "emergency-access.review");
    }

    async fn r15_what_was_not_justified_ends_at_once_and_lets_nothing_follow(w: World) {
        let s = scene(&w).await;
        let (_, second) = another(&w, &s.coordinator).await;
        let id = ask(&s.stranger, &s.code).await.is(201).id();

        review(&s.supervisor, &id, 1, "unjustified").await.is(200);
        s.stranger.get(format!("/v1/cases/{}", s.case)).await.is_problem(404, "not-found");
        w.advance_s(30 * 86_400);
        ask(&s.stranger, &second).await.is_problem(403, "emergency-in-question");
        ask(&s.stranger, NO_CASE).await.is_problem(403, "emergency-in-question");
        review(&s.supervisor, &id, 2, "justified").await.is(200);
        ask(&s.stranger, &second).await.is(201);
        let kept = format!("select object_type as value from revisions where object_id = '{id}'");
        assert_eq!(w.texts(&kept), ["emergency_access"], "the first review stays in the history");
    }

    async fn r15_what_nobody_reviews_in_time_is_told_and_lets_nothing_follow(w: World) {
        let s = scene(&w).await;
        let (_, second) = another(&w, &s.coordinator).await;
        let id = ask(&s.stranger, &s.code).await.is(201).id();
        let late = || jobs::run_once(&w.second_program(), w.now()).unwrap().unreviewed;

        w.advance_s(86_399);
        assert_eq!(late(), 0);
        w.advance_s(1);
        ask(&s.stranger, &second).await.is_problem(403, "emergency-in-question");
        assert_eq!((late(), late()), (1, 0));
        assert!(alerts(&s.dpo).await.iter().any(|(kind, _)| kind == "refusal_burst"));
        for by in [&s.supervisor, &s.dpo] {
            assert!(alerts(by).await.contains(&("emergency_unreviewed".to_owned(), id.clone())));
        }
        review(&s.supervisor, &id, 1, "justified").await.is(200);
        ask(&s.stranger, &second).await.is(201);
    }

    async fn r15_three_within_seven_days_and_not_one_more(w: World) {
        let s = scene(&w).await;
        let mut codes = Vec::new();
        for _ in 0..9 {
            codes.push(another(&w, &s.coordinator).await.1);
        }

        ask(&s.stranger, &s.code).await.is(201);
        w.advance_s(3_600);
        let answers = together(codes[..8].iter().map(|code| {
            let body = json!({"case_code": code, "reason_code": "child_alone", "justification": WHY});
            s.stranger.post("/v1/emergency-accesses").json(body)
        }))
        .await;
        let opened = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(opened, 2, "however they are asked for");
        assert!(answers.iter().all(|answer| [201, 429].contains(&answer.status)));
        for access in s.supervisor.get("/v1/emergency-accesses").await.is(200).at("/items").as_array().unwrap() {
            review(&s.supervisor, access["id"].as_str().unwrap(), 1, "justified").await.is(200);
        }
        let refused = ask(&s.stranger, &codes[8]).await.is_problem(429, "emergency-too-often");
        assert_eq!(refused.header("retry-after").as_deref(), Some("601201"));
        w.advance_s(7 * 86_400 - 3_600);
        ask(&s.stranger, &codes[8]).await.is(201);
    }

    async fn r15_a_code_is_no_oracle(w: World) {
        let s = scene(&w).await;
        for role in [ActorRole::CoordinationSupervisor, DataProtectionOfficer, ActorRole::Auditor, ActorRole::FirstResponder] {
            let other = w.persona(role).await;
            let (there, absent) = (ask(&other, &s.code).await.is(404), ask(&other, NO_CASE).await.is(404));
            assert_eq!(there.text_at("/code"), absent.text_at("/code"));
        }
        ask(&s.coordinator, &s.code).await.is_problem(409, "emergency-not-needed");

        for _ in 0..5 {
            ask(&s.stranger, NO_CASE).await.is_problem(404, "not-found");
        }
        ask(&s.stranger, &s.code).await.is_problem(429, "emergency-too-often");
        assert_eq!(alerts(&s.dpo).await, [("refusal_burst".to_owned(), String::new())]);
        w.advance_s(86_400);
        ask(&s.stranger, &s.code).await.is(201);
        ask(&s.stranger, &s.code).await.is_problem(409, "emergency-not-needed");
    }

    async fn r15_nothing_of_it_is_the_callers_to_choose(w: World) {
        let s = scene(&w).await;
        let body = json!({"case_code": s.code, "reason_code": "immediate_danger", "justification": WHY});
        let with = |member: &str, value: Value| {
            let mut body = body.clone();
            body[member] = value;
            s.stranger.post("/v1/emergency-accesses").json(body)
        };

        for own in ["expires_at", "actor_id", "case_id", "id", "review_due_at"] {
            with(own, json!("2027-01-01T00:00:00Z")).await.is_problem(422, "unknown-field");
        }
        for short in ["", "Because I say so.", "                              "] {
            let short = with("justification", json!(short)).await.is_problem(422, "validation-failed");
            assert_eq!(short.at("/errors/0/pointer"), "/justification");
        }
        let because = with("reason_code", json!("because")).await.is_problem(422, "validation-failed");
        assert_eq!(because.at("/errors/0/code"), "not-in-list");
        s.stranger.post("/v1/emergency-accesses").without_key().json(&body).await.is_problem(400, "idempotency-key-missing");
        assert!(w.texts("select id as value from emergency_accesses").is_empty());
    }

    async fn r15_a_role_that_ended_ends_it(w: World) {
        let s = scene(&w).await;
        ask(&s.stranger, &s.code).await.is(201);

        w.sql(&format!(
            "update role_grants set valid_to = valid_from where user_id = '{}'", s.stranger.user_id
        ));
        s.stranger.get(format!("/v1/cases/{}", s.case)).await.is(404);
    }

    async fn r15_a_repeated_request_opens_once(w: World) {
        let s = scene(&w).await;
        let body = json!({"case_code": s.code, "reason_code": "other", "justification": WHY});
        let send = || s.stranger.post("/v1/emergency-accesses").key("lost-answer").json(&body);

        let first = send().await.is(201).id();
        assert_eq!(send().await.is(201).id(), first);
        assert_eq!(alerts(&s.supervisor).await.len(), 1);
    }

    async fn r15_the_case_that_is_open_moves_on_under_its_reader(w: World) {
        let s = scene(&w).await;
        ask(&s.stranger, &s.code).await.is(201);

        step(&s.coordinator, &s.case, "claim", json!({})).await.is(200);
        let seen = s.stranger.get(format!("/v1/cases/{}", s.case)).await.is(200);
        assert_eq!(seen.at("/state"), "under_triage");
        w.expect_sound();
    }
}
