//! Days that cannot be: in the past of nobody who lives, in the future of what happened.

use serde_json::{Value, json};

use crate::{
    referral_steps::{merged, scene},
    steps::{active_case, adult_report},
    world::Answer,
};

/// Expects one member to be refused, for one reason.
#[track_caller]
fn is_refused(answer: Answer, pointer: &str, code: &str) {
    let answer = answer.is_problem(422, "validation-failed");
    assert_eq!(
        answer.at("/errors"),
        json!([{"pointer": pointer, "code": code}]),
        "{}",
        answer.asked()
    );
}

const IMPOSSIBLE_BIRTHS: [(&str, &str); 5] = [
    ("2090-01-01", "in-future"),
    ("2026-11-04", "in-future"),
    ("1700", "too-early"),
    ("0000", "too-early"),
    ("2020-05-05", "inconsistent"),
];

fn born(date: &str) -> Value {
    json!({"age_status": "adult_declared", "identity": {"birth_date": date}})
}

both! {
    async fn a_date_of_birth_that_cannot_be_is_refused_wherever_it_is_written(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        let reports = "/v1/detection-reports";
        let draft = responder.post(reports).json(json!({"age_status": "adult_declared"})).await.is(201);
        let draft = format!("{reports}/{}", draft.id());
        let case = active_case(&responder, &coordinator, adult_report()).await;
        let identity = format!("/v1/cases/{case}/identity");

        for (date, code) in IMPOSSIBLE_BIRTHS {
            for submit in [false, true] {
                let report = merged(born(date), json!({"submit": submit}));
                is_refused(responder.post(reports).json(report).await, "/identity/birth_date", code);
            }
            let patched = responder.patch(&draft).if_match(1).json(born(date)).await;
            is_refused(patched, "/identity/birth_date", code);
            let patched = coordinator.patch(&identity).purpose("case_management").if_match(1);
            is_refused(patched.json(json!({"birth_date": date})).await, "/birth_date", code);
        }
        responder.post(reports).json(born("1990-05")).await.is(201);
        let child = json!({"age_status": "child_declared", "identity": {"birth_date": "2020-05-05"}});
        responder.post(reports).json(child).await.is(201);
    }

    async fn a_draft_that_has_become_impossible_is_not_submitted(w: World) {
        let responder = w.first_responder().await;
        let draft = responder.post("/v1/detection-reports").json(born("1990")).await.is(201);
        let path = format!("/v1/detection-reports/{}/submit", draft.id());
        let empty = responder.post("/v1/detection-reports").json(json!({})).await.is(201);
        let nothing = format!("/v1/detection-reports/{}/submit", empty.id());

        is_refused(responder.post(nothing).if_match(1).await, "/detection_source", "required");
        responder.post(path).if_match(1).await.is(200);
    }

    async fn a_day_that_cannot_be_is_refused_in_every_body(w: World) {
        let s = scene(&w).await;
        let (_, sent) = s.sent().await;
        let (_, accepted) = s.accepted().await;
        let administrator = w.administrator().await;
        let roles = format!("/v1/users/{}/roles", s.worker.user_id);
        let updates = format!("/v1/referrals/{accepted}/service-updates");
        let update = json!({"service_type": "safe_shelter", "state": "in_progress", "occurred_on": "2026-11-01"});
        let role = json!({"role": "service_provider_manager"});

        for (changes, pointer, code) in [
            (json!({"occurred_on": "0001-01-01"}), "/occurred_on", "too-early"),
            (json!({"occurred_on": "2026-11-04"}), "/occurred_on", "in-future"),
            (json!({"next_due_on": "9999-12-31"}), "/next_due_on", "out-of-range"),
        ] {
            let body = merged(update.clone(), changes);
            is_refused(s.worker.post(&updates).json(body).await, pointer, code);
        }
        for (end, code) in [("2026-11-02T09:00:00Z", "too-early"), ("2206-01-01T00:00:00Z", "out-of-range")] {
            let refused = s.consent(json!({"expires_at": end})).await;
            is_refused(refused, "/expires_at", code);
        }
        for member in ["valid_from", "valid_to"] {
            let body = merged(role.clone(), json!({member: "2206-01-01T00:00:00Z"}));
            let refused = administrator.post(&roles).json(body).await;
            is_refused(refused, &format!("/{member}"), "out-of-range");
        }
        for (day, code) in [("2026-11-04", "in-future"), ("1899", "too-early")] {
            let refused = s.responder.post("/v1/detection-reports").json(json!({"detected_on": day})).await;
            is_refused(refused, "/detected_on", code);
        }
        let late = json!({"expected_intake_at": "2206-01-01T00:00:00Z"});
        let accept = format!("/v1/referrals/{sent}/accept");
        let refused = s.worker.post(accept).if_match(2).json(late).await;
        is_refused(refused, "/expected_intake_at", "out-of-range");
    }
}
