//! Queues: what waits for whom; and what the worker does when nobody comes.

use refero::jobs::{self, Done};
use serde_json::json;

use crate::{
    referral_steps::{act, all_ids, ids, scene},
    steps::{adult_report, register, step},
    world::{World, program::wait_until},
};

fn due(w: &World) -> Done {
    jobs::run_once(&w.second_program(), w.now()).unwrap()
}

both! {
    async fn the_triage_queue_begins_with_the_greatest_danger(w: World) {
        let responder = w.first_responder().await;
        let coordinator = w.coordinator().await;
        let mut cases = Vec::new();
        for risk in ["low", "critical", "medium", "medium"] {
            let mut report = adult_report();
            report["risk_level"] = json!(risk);
            cases.push(register(&responder, report).await);
            w.advance_s(60);
        }

        let queue = coordinator.get("/v1/queues/triage").await.is(200);
        let order = [&cases[1], &cases[2], &cases[3], &cases[0]].map(Clone::clone);
        assert_eq!(ids(&queue), order);
        let paged = all_ids(&coordinator, "/v1/queues/triage?limit=1").await;
        assert_eq!(paged, order);

        step(&coordinator, &cases[1], "claim", json!({})).await.is(200);
        assert_eq!(ids(&coordinator.get("/v1/queues/triage").await.is(200)).len(), 3);
        assert_eq!(ids(&coordinator.get("/v1/queues/my-cases").await.is(200)), [cases[1].clone()]);
        let other = w.coordinator().await;
        assert!(ids(&other.get("/v1/queues/my-cases").await.is(200)).is_empty());
        responder.get("/v1/queues/triage").await.is_problem(404, "not-found");
    }

    async fn the_inbox_begins_with_what_must_be_answered_soonest(w: World) {
        let s = scene(&w).await;
        let consent = s.consent(json!({})).await.is(201).id();
        let mut made = Vec::new();
        for urgency in ["7_days", "1_hour", "1_day", "1_hour"] {
            made.push(s.refer(&consent, json!({"urgency": urgency})).await.is(201).id());
            w.advance_s(1);
        }
        act(&s.worker, &made[3], "accept", json!({})).await.is(200);
        let order = [&made[1], &made[2], &made[0], &made[3]].map(Clone::clone);

        let inbox = s.worker.get("/v1/queues/inbox").await.is(200);
        assert_eq!(ids(&inbox), order);
        assert!(inbox.at("/items/0").get("case_id").is_none());
        assert_eq!(inbox.at("/items/3/case_id"), s.case.as_str());
        let paged = all_ids(&s.manager, "/v1/queues/inbox?limit=2").await;
        assert_eq!(paged, order);
        let colleague = w.worker().at(&s.shelter).await;
        assert_eq!(ids(&colleague.get("/v1/queues/inbox").await.is(200)), order[..3]);
        s.coordinator.get("/v1/queues/inbox").await.is_problem(404, "not-found");
    }

    async fn what_came_back_waits_for_its_coordinator(w: World) {
        let s = scene(&w).await;
        let (_, first) = s.accepted().await;
        let (_, second) = s.sent().await;

        act(&s.worker, &second, "decline", json!({"reason": "no_capacity"})).await.is(200);
        w.advance_s(1);
        act(&s.worker, &first, "return", json!({"reason": "safety_concern", "note": "Seen nearby."})).await.is(200);
        let back = s.coordinator.get("/v1/queues/returned").await.is(200);
        assert_eq!(ids(&back), [first, second]);
        assert_eq!(back.at("/items/0/end_reason"), "safety_concern");
        let next = s.coordinator.get("/v1/queues/returned?limit=1").await.is(200);
        let next = format!("/v1/queues/returned?limit=1&cursor={}", next.text_at("/next_cursor"));
        assert_eq!(s.coordinator.get(next).await.is(200).at("/items/0/end_reason"), "no_capacity");
        let other = w.coordinator().await;
        assert!(ids(&other.get("/v1/queues/returned").await.is(200)).is_empty());
    }

    async fn what_nobody_answered_is_escalated_once_and_shows_as_overdue(w: World) {
        let s = scene(&w).await;
        let (_, id) = s.sent().await;
        assert_eq!(due(&w), Done::default());

        w.advance_s(3 * 3600 + 1);
        let queue = s.coordinator.get("/v1/queues/overdue").await.is(200);
        assert_eq!(queue.at("/items/0/referral_id"), id.as_str());
        assert_eq!(queue.at("/items/0/escalated_at"), json!(null));
        assert_eq!(due(&w).escalated, 1);
        assert_eq!(due(&w).escalated, 0);
        let queue = s.coordinator.get("/v1/queues/overdue").await.is(200);
        assert!(queue.at("/items/0/escalated_at").is_string());
        assert_eq!(s.worker.get(format!("/v1/referrals/{id}")).await.is(200).at("/overdue"), true);
        let chained = w.texts(&format!(
            "select case_id || ' ' || permitted_by as value from audit_events where action = 'referral.escalate' and object_id = '{id}'"
        ));
        assert_eq!(chained, [format!("{} system", s.case)]);
        act(&s.worker, &id, "accept", json!({})).await.is(200);
        assert!(ids(&s.coordinator.get("/v1/queues/overdue").await.is(200)).is_empty());
    }

    async fn deadlines_of_cases_are_escalated_in_their_area(w: World) {
        let responder = w.first_responder().await;
        let mut report = adult_report();
        report["area"] = json!("XZ-N");
        let case = register(&responder, report).await;
        let (north, south) = (w.coordinator().in_area("XZ-N").await, w.coordinator().in_area("XZ-S").await);

        w.advance_s(8 * 86_400);
        let queue = north.get("/v1/queues/overdue").await.is(200);
        let missed = ids(&queue);
        assert_eq!(queue.at("/items/0/kind"), "clock");
        assert_eq!(queue.at("/items/0/case_id"), case.as_str());
        assert!(ids(&south.get("/v1/queues/overdue").await.is(200)).is_empty());
        assert_eq!(due(&w).escalated, missed.len());
        let paged = all_ids(&north, "/v1/queues/overdue?limit=1").await;
        assert_eq!(paged, missed);
    }

    async fn r5_the_worker_ends_a_consent_whose_time_is_up_and_what_rests_on_it(w: World) {
        let s = scene(&w).await;
        let consent = s.consent(json!({"expires_at": "2026-11-02T10:00:00Z"})).await.is(201).id();
        let id = s.refer(&consent, json!({})).await.is(201).id();
        act(&s.worker, &id, "accept", json!({})).await.is(200);
        let identity = format!("/v1/cases/{}/identity", s.case);
        s.worker.get(&identity).purpose("care").await.is(200);

        w.advance_s(3600);
        let shown = s.worker.get(format!("/v1/referrals/{id}/package")).await.is(200);
        assert_eq!(shown.at("/disclosed"), json!(["operational"]), "before the worker comes");
        s.worker.get(&identity).purpose("care").await.is_problem(403, "not-permitted");
        assert_eq!(due(&w).expired_consents, 1);
        assert_eq!(due(&w).expired_consents, 0);
        let path = format!("/v1/cases/{}/consents/{consent}", s.case);
        assert_eq!(s.coordinator.get(path).await.is(200).at("/state"), "expired");
        let seen = s.coordinator.get(format!("/v1/referrals/{id}")).await.is(200);
        assert_eq!((seen.at("/state"), seen.at("/end_reason")), (json!("withdrawn_by_survivor"), json!("consent_expired")));
        s.worker.get(format!("/v1/referrals/{id}/package")).await.is_problem(404, "not-found");
    }

    async fn keys_for_repeats_are_forgotten_after_a_weekend(w: World) {
        let s = scene(&w).await;
        s.consent(json!({})).await.is(201);
        assert_eq!(due(&w).forgotten_keys, 0);

        w.advance_s(72 * 3600);
        assert!(due(&w).forgotten_keys > 0);
        assert_eq!(due(&w).forgotten_keys, 0);
        assert!(w.texts("select idempotency_key as value from idempotency_keys").is_empty());
    }

    async fn of_two_workers_one_works_until_its_lease_ends(w: World) {
        use refero_store::lease;
        let db = w.second_program();
        let now = w.now();

        assert!(lease::take(&db, "worker", "one", now, 60).unwrap());
        assert!(lease::take(&db, "worker", "one", now, 60).unwrap());
        assert!(!lease::take(&db, "worker", "two", now.plus_seconds(59), 60).unwrap());
        assert!(lease::take(&db, "worker", "two", now.plus_seconds(60), 60).unwrap());
        assert!(!lease::take(&db, "worker", "one", now.plus_seconds(61), 60).unwrap());
        lease::release(&db, "worker", "two", now.plus_seconds(62)).unwrap();
        assert!(lease::take(&db, "worker", "one", now.plus_seconds(62), 60).unwrap());
        // Taken by a clock that was a day ahead, it keeps nobody from working when the clock is right.
        assert!(lease::take(&db, "worker", "ahead", now.plus_seconds(86_400), 60).unwrap());
        assert!(lease::take(&db, "worker", "two", now.plus_seconds(63), 60).unwrap());
        assert!(!lease::take(&db, "worker", "one", now.plus_seconds(64), 60).unwrap());
    }

    async fn a_worker_works_on_its_own_and_stops_when_told(w: World) {
        let s = scene(&w).await;
        let (_, id) = s.sent().await;
        w.advance_s(4 * 3600);
        let at = w.now();
        let settings = jobs::Settings {
            interval: std::time::Duration::from_secs(60),
            lease_s: 120,
            channel: jobs::Channel::default(),
        };

        let worker = jobs::start_worker(w.second_program(), move || at, settings).unwrap();
        let raised = || w.texts(&format!("select referral_id as value from escalations where referral_id = '{id}'"));
        wait_until("an escalation", || !raised().is_empty());
        worker.stop();
        assert_eq!(raised(), std::slice::from_ref(&id));
    }
}
