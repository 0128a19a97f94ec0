//! Care: what providers report, and what the coordinator sees of it.

use serde_json::json;

use crate::referral_steps::{act, ids, merged, scene};

both! {
    async fn a_provider_reports_and_the_coordinator_follows(w: World) {
        let s = scene(&w).await;
        let (_, id) = s.accepted().await;
        let path = format!("/v1/referrals/{id}/service-updates");
        let body = json!({
            "service_type": "safe_shelter", "occurred_on": "2026-11-02", "state": "in_progress",
            "next_due_on": "2026-11-09", "note": "Arrived in the evening."
        });

        let made = s.worker.post(&path).json(&body).await.is(201);
        assert_eq!(made.at("/author_id"), json!(s.worker.user_id));
        w.advance_s(1);
        let correction = merged(body.clone(), json!({"note": "Arrived at night.", "corrects_id": made.id()}));
        s.worker.post(&path).json(correction).await.is(201);
        let list = s.coordinator.get(&path).await.is(200);
        assert_eq!(ids(&list).len(), 2);
        let care = s.coordinator.get(format!("/v1/cases/{}/care", s.case)).await.is(200);
        assert_eq!(care.at("/items/0/referral/id"), id.as_str());
        assert_eq!(care.at("/items/0/updates/0/note"), "Arrived in the evening.");
        assert_eq!(care.at("/items/0/updates/1/corrects_id"), made.id());
        s.worker.get(format!("{path}/{}", made.id())).await.is(200);
        s.responder.get(&path).await.is_problem(404, "not-found");
        s.worker.get(format!("/v1/cases/{}/care", s.case)).await.is_problem(403, "not-permitted");
    }

    async fn notes_of_medical_services_stay_with_those_who_treat(w: World) {
        let s = scene(&w).await;
        let consent = s.consent(json!({})).await.is(201).id();
        let id = s.refer(&consent, json!({"services": ["medical_care"]})).await.is(201).id();
        act(&s.worker, &id, "accept", json!({})).await.is(200);
        let path = format!("/v1/referrals/{id}/service-updates");
        let body = json!({
            "service_type": "medical_care", "occurred_on": "2026-11-02", "state": "completed",
            "outcome": "goal_met", "note": "Treated for malaria."
        });

        s.worker.post(&path).json(body).await.is(201);
        assert_eq!(s.worker.get(&path).await.is(200).at("/items/0/note"), "Treated for malaria.");
        for path in [path, format!("/v1/cases/{}/care", s.case)] {
            let seen = s.coordinator.get(&path).await.is(200);
            assert!(!seen.text().contains("malaria"));
            assert!(seen.text().contains("goal_met") && seen.text().contains("\"withheld\":[\"medical\"]"));
        }
    }

    async fn what_cannot_be_is_not_reported(w: World) {
        let s = scene(&w).await;
        let (_, id) = s.accepted().await;
        let (_, other) = s.accepted().await;
        let path = format!("/v1/referrals/{id}/service-updates");
        let body = json!({"service_type": "safe_shelter", "occurred_on": "2026-11-02", "state": "in_progress"});
        let elsewhere = s.worker.post(format!("/v1/referrals/{other}/service-updates")).json(&body).await.is(201).id();

        for (changes, pointer) in [
            (json!({"occurred_on": "2026-11-03"}), "/occurred_on"),
            (json!({"service_type": "medical_care"}), "/service_type"),
            (json!({"next_due_on": "2026-11-01"}), "/next_due_on"),
            (json!({"outcome": "splendid"}), "/outcome"),
            (json!({"corrects_id": elsewhere}), "/corrects_id"),
        ] {
            let refused = s.worker.post(&path).json(merged(body.clone(), changes)).await;
            assert_eq!(refused.is_problem(422, "validation-failed").at("/errors/0/pointer"), pointer);
        }
        let ended = merged(body.clone(), json!({"state": "completed"}));
        s.worker.post(&path).json(ended).await.is_problem(409, "outcome-required");
        s.worker.get(format!("{path}/{elsewhere}")).await.is_problem(404, "not-found");
        s.coordinator.post(&path).json(&body).await.is_problem(403, "not-permitted");
        let (_, offered) = s.sent().await;
        let early = s.worker.post(format!("/v1/referrals/{offered}/service-updates")).json(&body).await;
        assert_eq!(early.is_problem(409, "illegal-transition").at("/state"), "sent");
    }
}
