//! Deadlines that stand still and go on with what was left, and warnings before they end.

use refero::jobs;
use serde_json::{Value, json};

use crate::{
    referral_steps::{Scene, scene},
    steps::step,
    world::{Persona, World},
};

/// The clock of a kind, as its case shows it.
async fn clock(by: &Persona, case: &str, kind: &str) -> Value {
    let clocks = by.get(format!("/v1/cases/{case}")).await.is(200).at("/clocks");
    let found = clocks.as_array().unwrap().iter().find(|clock| clock["kind"] == kind).cloned();
    found.unwrap_or_else(|| panic!("no {kind} in {clocks}"))
}

/// Makes the time pass, and lets somebody sign in who knows the case.
async fn later(w: &World, seconds: i64) -> Persona {
    w.advance_s(seconds);
    w.supervisor().await
}

const DAY: i64 = 86_400;

fn seconds(text: &Value) -> i64 {
    chrono::DateTime::parse_from_rfc3339(text.as_str().unwrap()).unwrap().timestamp()
}

#[track_caller]
fn stands_still(clock: &Value, reason: &str) {
    assert_eq!(
        (&clock["state"], &clock["pause_reason"]),
        (&json!("paused"), &json!(reason)),
        "{clock}"
    );
    assert_eq!(clock["overdue"], false);
}

fn warnings(w: &World) -> usize {
    w.trail().iter().filter(|event| *event == "case.warn success").count()
}

async fn coordinators_queue(s: &Scene) -> Value {
    s.coordinator.get("/v1/queues/my-cases").await.is(200).at("/items/0/clocks")
}

both! {
    async fn r19_what_the_country_names_stands_still_while_contact_is_lost_and_goes_on_with_what_was_left(w: World) {
        let s = scene(&w).await;
        let before = clock(&s.coordinator, &s.case, "presumption_decision").await;
        assert_eq!((&before["state"], &before["paused_at"]), (&json!("running"), &Value::Null));
        step(&s.coordinator, &s.case, "suspend", json!({})).await.is(200);
        let still = clock(&s.coordinator, &s.case, "presumption_decision").await;
        stands_still(&still, "lost_contact");
        assert_eq!(still["left_s"], seconds(&before["due_at"]) - seconds(&still["paused_at"]));
        let other = clock(&s.coordinator, &s.case, "needs_assessment_and_plan").await;
        assert_eq!(other["state"], "running", "the profile does not name it");
        let queue = coordinators_queue(&s).await;
        assert_eq!((&queue[0]["kind"], &queue[0]["pause_reason"]), (&json!("presumption_decision"), &json!("lost_contact")));

        let by = later(&w, 20 * DAY).await;
        stands_still(&clock(&by, &s.case, "presumption_decision").await, "lost_contact");
        let overdue = by.get("/v1/queues/overdue").await.is(200).text();
        assert!(!overdue.contains("presumption_decision") && overdue.contains("needs_assessment_and_plan"), "{overdue}");
        jobs::run_once(&w.second_program(), w.now()).unwrap();
        let told = w.texts(&format!(
            "select c.kind as value from clocks c join escalations e on e.clock_id = c.id where c.case_id = '{}'",
            s.case
        ));
        assert!(!told.contains(&"presumption_decision".to_owned()), "{told:?}");
        step(&by, &s.case, "resume", json!({})).await.is(200);
        let after = clock(&by, &s.case, "presumption_decision").await;
        assert_eq!((&after["state"], &after["paused_at"], &after["left_s"]), (&json!("running"), &Value::Null, &Value::Null));
        assert_eq!(seconds(&after["due_at"]), seconds(&before["due_at"]) + 20 * DAY);
        assert_eq!(seconds(&after["warn_at"]), seconds(&before["warn_at"]) + 20 * DAY);
        w.expect_sound();
    }

    async fn what_is_late_stays_late_and_can_still_be_done(w: World) {
        let s = scene(&w).await;
        let by = later(&w, 20 * DAY).await;
        assert_eq!(clock(&by, &s.case, "presumption_decision").await["state"], "overdue");
        step(&by, &s.case, "suspend", json!({})).await.is(200);
        assert_eq!(clock(&by, &s.case, "presumption_decision").await["state"], "overdue");
        let met = step(&by, &s.case, "meet-deadline", json!({"kind": "needs_assessment_and_plan"})).await.is(200);
        assert!(met.text().contains("met_at"));
        assert_eq!(clock(&by, &s.case, "needs_assessment_and_plan").await["state"], "met");
        w.expect_sound();
    }

    async fn r19_a_clock_that_waits_for_the_persons_consent_goes_on_with_the_answer(w: World) {
        let s = scene(&w).await;
        let before = clock(&s.coordinator, &s.case, "needs_assessment_and_plan").await;
        let asked = s.consent(json!({"state": "pending"})).await.is(201).id();
        let second = s.consent(json!({"state": "pending"})).await.is(201).id();
        stands_still(&clock(&s.coordinator, &s.case, "needs_assessment_and_plan").await, "consent_pending");
        w.advance_s(600);
        let answer = async |id: &str| {
            let path = format!("/v1/cases/{}/consents/{id}/answer", s.case);
            s.coordinator.post(path).if_match(1).json(json!({"answer": "refuse"})).await.is(200);
        };
        answer(&asked).await;
        stands_still(&clock(&s.coordinator, &s.case, "needs_assessment_and_plan").await, "consent_pending");
        answer(&second).await;
        let after = clock(&s.coordinator, &s.case, "needs_assessment_and_plan").await;
        assert_eq!(after["state"], "running");
        assert_eq!(seconds(&after["due_at"]), seconds(&before["due_at"]) + 600);
        w.expect_sound();
    }

    async fn r19_nobody_has_to_be_decided_about_while_they_recover(w: World) {
        let s = scene(&w).await;
        step(&s.coordinator, &s.case, "start-reflection", json!({})).await.is(200);
        stands_still(&clock(&s.coordinator, &s.case, "presumption_decision").await, "reflection_period");
        assert_eq!(clock(&s.coordinator, &s.case, "reflection_period_end").await["state"], "running");
        // Contact is lost meanwhile: it stands still for another reason.
        step(&s.coordinator, &s.case, "suspend", json!({})).await.is(200);
        stands_still(&clock(&s.coordinator, &s.case, "presumption_decision").await, "lost_contact");
        step(&s.coordinator, &s.case, "resume", json!({})).await.is(200);
        assert_eq!(clock(&s.coordinator, &s.case, "presumption_decision").await["state"], "running");
        w.expect_sound();
    }

    async fn somebody_is_warned_once_before_a_deadline_ends(w: World) {
        let s = scene(&w).await;
        let due = clock(&s.coordinator, &s.case, "needs_assessment_and_plan").await;
        jobs::run_once(&w.second_program(), w.now()).unwrap();
        let early = warnings(&w);
        let by = later(&w, seconds(&due["warn_at"]) - seconds(&due["starts_at"])).await;
        assert_eq!(clock(&by, &s.case, "needs_assessment_and_plan").await["state"], "due_soon");
        assert_eq!(clock(&by, &s.case, "presumption_decision").await["state"], "running");
        jobs::run_once(&w.second_program(), w.now()).unwrap();
        assert_eq!(warnings(&w), early + 1);
        jobs::run_once(&w.second_program(), w.now()).unwrap();
        assert_eq!(warnings(&w), early + 1, "once");
        let told = by.get(format!("/v1/cases/{}/timeline", s.case)).await.is(200);
        assert!(told.text().contains("case.warn"), "{}", told.text());
        w.expect_sound();
    }
}
