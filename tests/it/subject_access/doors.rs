//! Who may do what with a request, and what happens when several do it at once.

use refero_domain::actor::ActorRole;
use serde_json::json;

use super::{ask, copy, path, review, stage, step};
use crate::{every::ABSENT, referral_steps::Scene, world::together};

both! {
    async fn who_has_no_part_in_the_case_is_told_nothing_of_the_request(w: World) {
        let s = stage(&w).await;
        let Scene { responder, worker, .. } = &s.scene;
        let mut strangers = vec![responder.clone(), worker.clone()];
        strangers.push(w.coordinator().in_area("XZ-S").await);
        strangers.push(w.coordinator().await);
        for role in ActorRole::ALL {
            if *role != ActorRole::DataProtectionOfficer && *role != ActorRole::CoordinationSupervisor {
                strangers.push(w.persona(*role).await);
            }
        }

        for by in &strangers {
            let (there, absent) = (by.get(path(&s.id)).await.is(404), by.get(path(ABSENT)).await.is(404));
            assert_eq!(there.text_at("/code"), absent.text_at("/code"), "{}", by.username);
            copy(by, &s.id, "").await.is_problem(404, "not-found");
            for act in ["hand-over", "request-refusal", "approve-refusal", "decline-refusal"] {
                let body = if act == "request-refusal" { json!({"ground": "identity_not_shown"}) } else { json!({}) };
                by.post(format!("{}/{act}", path(&s.id))).if_match(1).json(body).await.is(404);
            }
            let redactions = by.put(format!("{}/redactions", path(&s.id))).if_match(1);
            redactions.json(json!({"texts": []})).await.is(404);
            let listed = by.get("/v1/access-requests").await;
            assert!(listed.status == 404 || listed.at("/items") == json!([]), "{}", listed.text());
        }
    }

    async fn data_protection_sees_states_and_never_content(w: World) {
        let s = stage(&w).await;

        let seen = s.dpo.get(path(&s.id)).await.is(200);
        assert_eq!(seen.at("/parts").as_array().unwrap().len(), 2);
        assert_eq!(seen.at("/allowed_actions"), json!(["request-refusal"]));
        copy(&s.dpo, &s.id, "").await.is_problem(403, "not-permitted");
        step(&s.dpo, &s.id, "hand-over", json!({})).await.is_problem(403, "not-permitted");
        let auditor = w.auditor().await;
        copy(&auditor, &s.id, "").await.is(404);
        ask(&s.dpo, ABSENT, "en").await.is_problem(404, "not-found");
        ask(&s.scene.coordinator, &s.scene.case, "en").await.is_problem(403, "not-permitted");
        ask(&w.coordinator().in_area("XZ-S").await, &s.scene.case, "en").await.is(404);
    }

    async fn a_provider_is_shown_its_own_part_and_nobody_elses(w: World) {
        let s = stage(&w).await;

        let seen = s.scene.manager.get(path(&s.id)).await.is(200);
        let parts = seen.at("/parts");
        assert_eq!((parts.as_array().unwrap().len(), &parts[0]["organisation_id"]), (1, &json!(s.scene.shelter)));
        assert_eq!(seen.at("/case_id"), json!(null));
        for by in [&s.dpo, &s.scene.coordinator, &s.scene.manager, &w.supervisor().await] {
            let listed = by.get("/v1/access-requests?state=open").await.is(200);
            assert_eq!(listed.at("/items/0/id"), s.id.as_str());
            assert_eq!(by.get("/v1/access-requests?state=answered").await.is(200).at("/items"), json!([]));
        }
    }

    async fn a_copy_is_made_for_a_purpose_and_every_one_is_in_the_trail(w: World) {
        let s = stage(&w).await;
        let coordinator = &s.scene.coordinator;

        coordinator.get(format!("{}/copy", path(&s.id))).await.is_problem(403, "purpose-required");
        let made = together((0..4).map(|_| {
            coordinator.get(format!("{}/copy", path(&s.id))).purpose("data_subject_request")
        }))
        .await;
        let mut numbers: Vec<i64> = made.iter().map(|copy| copy.at("/number").as_i64().unwrap()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, [1, 2, 3, 4]);
        assert_eq!(made[0].header("cache-control").as_deref(), Some("no-store"));
        let recorded = "select purpose || ' ' || case_id as value from audit_events where action = 'access-request.copy' and outcome = 'success'";
        assert_eq!(w.texts(recorded), vec![format!("data_subject_request {}", s.scene.case); 4]);
        copy(coordinator, &s.id, "?language=sw").await.is(400);
        w.expect_sound();
    }

    async fn two_parts_that_are_handed_over_at_once_answer_the_request(w: World) {
        let s = stage(&w).await;
        let Scene { coordinator, manager, .. } = &s.scene;
        review(coordinator, &s.id, &[]).await.is(200);
        let version = review(manager, &s.id, &[]).await.is(200).version();

        let hand_over = |by: &crate::world::Persona| {
            by.post(format!("{}/hand-over", path(&s.id))).if_match(version).json(json!({}))
        };
        let answers = together([hand_over(coordinator), hand_over(manager), hand_over(coordinator)]).await;
        let done: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(done.iter().filter(|status| **status == 200).count(), 1, "{done:?}");
        assert!(done.iter().all(|status| [200, 409, 412].contains(status)), "{done:?}");
        for by in [coordinator, manager] {
            let part = by.get(path(&s.id)).await.is(200);
            if part.at("/allowed_actions").as_array().unwrap().contains(&json!("hand-over")) {
                step(by, &s.id, "hand-over", json!({})).await.is(200);
            }
        }
        assert_eq!(s.dpo.get(path(&s.id)).await.is(200).at("/state"), "answered");
        w.expect_sound();
    }

    async fn who_was_slower_is_told_so_and_a_repeat_is_the_same_act(w: World) {
        let s = stage(&w).await;
        let coordinator = &s.scene.coordinator;
        let version = coordinator.get(path(&s.id)).await.is(200).version();
        let redactions = format!("{}/redactions", path(&s.id));
        let put = || coordinator.put(&redactions).key("lost-answer").if_match(version).json(json!({"texts": []}));

        let first = put().await.is(200).version();
        assert_eq!(put().await.is(200).version(), first);
        coordinator.put(&redactions).if_match(version).json(json!({"texts": []})).await.is_problem(412, "stale-version");
        coordinator.put(&redactions).json(json!({"texts": []})).await.is_problem(428, "if-match-required");
        let hand_over = format!("{}/hand-over", path(&s.id));
        coordinator.post(&hand_over).if_match(version).json(json!({})).await.is_problem(412, "stale-version");
        coordinator.post(&hand_over).json(json!({})).await.is_problem(428, "if-match-required");
        let body = json!({
            "case_id": s.scene.case, "asker": "guardian", "language": "pt",
            "file_reference": "15", "received_on": "2026-11-02"
        });
        let send = || s.dpo.post("/v1/access-requests").key("again").json(&body);
        let made = send().await.is(201).id();
        assert_eq!(send().await.is(201).id(), made);
    }

    async fn r3_a_provider_hands_over_what_it_wrote_also_after_its_work_has_ended(w: World) {
        let s = stage(&w).await;
        let manager = &s.scene.manager;
        let referral = w.texts("select id as value from referrals").remove(0);
        crate::referral_steps::act(&s.scene.worker, &referral, "complete", json!({"outcome": "goal_met"})).await.is(200);

        let own = copy(manager, &s.id, "").await.is(200);
        assert!(own.text().contains("Efua") && !own.text().contains("Ama K."));
        review(manager, &s.id, &[]).await.is(200);
        step(manager, &s.id, "hand-over", json!({})).await.is(200);
    }
}
