//! Deadlines: what meets them, and what the history keeps (R13).

use serde_json::{Value, json};

use crate::{
    referral_steps::{act, merged, scene},
    steps::{active_case, adult_report, report, step},
    world::Persona,
};

/// The clock of a kind, as its case shows it.
async fn clock(by: &Persona, case: &str, kind: &str) -> Value {
    let clocks = by.get(format!("/v1/cases/{case}")).await.is(200).at("/clocks");
    let found = clocks.as_array().unwrap().iter().find(|clock| clock["kind"] == kind).cloned();
    found.unwrap_or_else(|| panic!("no {kind} in {clocks}"))
}

both! {
    async fn urgent_needs_are_met_when_somebody_cares_for_all_of_them(w: World) {
        let s = scene(&w).await;
        let needs = merged(adult_report(), json!({"urgent_needs": ["safe_shelter", "medical_care"]}));
        let case = active_case(&s.responder, &s.coordinator, needs).await;
        let basis = json!({
            "case_id": case, "consent_id": null, "legal_basis": "vital_interests",
            "basis_reason": "Hurt, and nowhere to go."
        });
        let mut last = Value::Null;
        for service in ["safe_shelter", "medical_care"] {
            assert_eq!(last, Value::Null);
            let body = merged(basis.clone(), json!({"services": [service]}));
            let id = s.refer("", body).await.is(201).id();
            act(&s.worker, &id, "accept", json!({})).await.is(200);
            act(&s.worker, &id, "start", json!({})).await.is(200);
            last = clock(&s.coordinator, &case, "urgent_needs").await["met_at"].clone();
        }

        assert!(last.is_string());
    }

    async fn a_deadline_that_no_other_act_meets_is_said_to_be_met(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        let case = active_case(&responder, &coordinator, report()).await;
        let kind = |kind: &str| json!({"kind": kind});

        let met = step(&coordinator, &case, "meet-deadline", kind("guardian_for_child")).await;
        let actions = met.is(200).at("/allowed_actions");
        assert!(actions.as_array().unwrap().contains(&json!("meet-deadline")));
        assert!(clock(&coordinator, &case, "guardian_for_child").await["met_at"].is_string());
        let twice = step(&coordinator, &case, "meet-deadline", kind("guardian_for_child")).await;
        let twice = twice.is_problem(422, "validation-failed");
        assert_eq!(twice.at("/errors/0/code"), "reference-unknown");
        let claim = step(&coordinator, &case, "meet-deadline", kind("triage_claim")).await;
        assert_eq!(claim.is_problem(422, "validation-failed").at("/errors/0/code"), "not-in-list");
        step(&responder, &case, "meet-deadline", kind("urgent_needs")).await.is_problem(403, "not-permitted");
        let told = coordinator.get(format!("/v1/cases/{case}/timeline")).await.is(200);
        assert_eq!(told.at("/items/0/action"), "case.meet-deadline");
    }

    async fn a_case_that_is_reopened_has_a_deadline_again(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        let supervisor = w.supervisor().await;
        let case = active_case(&responder, &coordinator, report()).await;
        step(&coordinator, &case, "close", json!({"reason": "goals_met"})).await.is(200);
        let closed = step(&supervisor, &case, "close", json!({})).await.is(200);
        assert_eq!(closed.at("/next_due_at"), Value::Null);

        let again = step(&supervisor, &case, "reopen", json!({"reason": "She came back."})).await.is(200);
        assert!(again.at("/next_due_at").is_string());
        let plan = clock(&supervisor, &case, "needs_assessment_and_plan").await;
        assert_eq!(plan["met_at"], Value::Null);
    }

    async fn r13_what_a_change_replaces_stays_in_the_history(w: World) {
        let s = scene(&w).await;
        let (supervisor, other) = (w.supervisor().await, w.coordinator().await);
        let kept = |id: &str| w.texts(&format!("select object_id as value from revisions where object_id = '{id}'")).len();
        let case = format!("/v1/cases/{}", s.case);
        let version = s.coordinator.get(&case).await.is(200).version();
        let before = kept(&s.case);

        let risk = json!({"risk_level": "high"});
        s.coordinator.patch(&case).if_match(version).json(risk).await.is(200);
        assert_eq!(kept(&s.case), before + 1, "the risk before");
        let to = json!({"coordinator_id": other.user_id});
        step(&supervisor, &s.case, "assign", to).await.is(200);
        assert_eq!(kept(&s.case), before + 2, "the coordinator before");
        step(&other, &s.case, "close", json!({"reason": "goals_met"})).await.is(200);
        step(&supervisor, &s.case, "decline-closure", json!({})).await.is(200);
        assert_eq!(kept(&s.case), before + 3, "who asked to close it");
        let fields = w.texts(&format!(
            "select fields as value from audit_events where object_id = '{}' and action = 'case.edit'", s.case
        ));
        assert_eq!(fields, ["[\"risk_level\"]"]);
    }

    async fn r13_the_history_tells_who_worked_on_a_referral_before(w: World) {
        let s = scene(&w).await;
        let (_, id) = s.accepted().await;
        let colleague = w.worker().at(&s.shelter).await;

        act(&s.manager, &id, "assign", json!({"worker_id": colleague.user_id})).await.is(200);
        let kept = w.texts(&format!("select object_type as value from revisions where object_id = '{id}'"));
        assert_eq!(kept, ["referral"]);
    }

    async fn the_trail_tells_that_a_referral_was_begun_before_it_was_sent(w: World) {
        let s = scene(&w).await;
        let (_, id) = s.sent().await;

        let acts = w.texts(&format!(
            "select action as value from audit_events where object_id = '{id}' and operation <> 'read' order by case_seq"
        ));
        assert_eq!(acts, ["referral.create", "referral.send"]);
    }
}
