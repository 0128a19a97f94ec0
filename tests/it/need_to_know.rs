//! What could be learnt from the side: own events, filters, what is left after triage, another hat.

use refero_domain::actor::ActorRole;
use serde_json::{Value, json};

use crate::{
    referral_steps::{act, ids, merged, scene, scene_for},
    steps::{active_case, adult_report, register, report, step},
    world::{Answer, Persona},
};

fn has(answer: &Answer, member: &str) -> bool {
    answer.json().get(member).is_some_and(|value| !value.is_null())
}

async fn listed(by: &Persona, query: &str) -> usize {
    ids(&by.get(format!("/v1/cases?{query}")).await.is(200)).len()
}

both! {
    async fn r1_ones_own_events_do_not_tell_which_case_an_offer_belongs_to(w: World) {
        let s = scene(&w).await;
        let (consent, id) = s.sent().await;
        act(&s.worker, &id, "receive", json!({})).await.is(200);

        let own = s.worker.get("/v1/audit-events").await.is(200);
        assert!(own.text().contains(&id), "what they did is there");
        for hidden in [s.case.as_str(), consent.as_str(), "offered_here"] {
            assert!(!own.text().contains(hidden), "{hidden}");
        }
        for event in own.at("/items").as_array().unwrap() {
            for member in ["case_id", "case_seq", "basis_id", "permitted_by", "prev_hash"] {
                assert_eq!(event[member], Value::Null, "{member}");
            }
        }
        let sought = format!("/v1/audit-events?case_id={}", s.case);
        s.worker.get(&sought).await.is_problem(403, "not-permitted");
        let all = w.auditor().await.get(&sought).await.is(200);
        assert!(all.text().contains(&consent));
    }

    async fn a_filter_does_not_tell_what_a_case_withholds(w: World) {
        let responder = w.first_responder().await;
        let coordinator = w.coordinator().await;
        let case = register(&responder, report()).await;
        assert_eq!(listed(&responder, "identification_stage=detected").await, 1);
        step(&coordinator, &case, "claim", json!({})).await.is(200);

        assert_eq!(listed(&responder, "state=under_triage").await, 1);
        assert_eq!(listed(&responder, "identification_stage=detected").await, 0);
        assert_eq!(listed(&coordinator, "identification_stage=detected").await, 1);
    }

    async fn after_triage_the_sender_of_an_emergency_sees_that_it_goes_on_and_not_what_it_holds(w: World) {
        let responder = w.first_responder().await;
        let coordinator = w.coordinator().await;
        let s = scene(&w).await;
        let case = register(&responder, adult_report()).await;
        let emergency = merged(s.referral_body(""), json!({
            "case_id": case, "urgency": "1_hour", "consent_id": null,
            "legal_basis": "vital_interests", "basis_reason": "Followed by two men."
        }));
        let id = responder.post("/v1/referrals").json(emergency).await.is(201).id();
        let before = responder.get(format!("/v1/referrals/{id}")).await.is(200);
        assert!(has(&before, "age_band") && has(&before, "legal_basis"));

        step(&coordinator, &case, "claim", json!({})).await.is(200);
        let after = responder.get(format!("/v1/referrals/{id}")).await.is(200);
        assert_eq!(after.at("/state"), "sent");
        assert!(has(&after, "organisation_id") && has(&after, "case_id"));
        for member in ["age_band", "languages", "placement_needs", "legal_basis", "categories",
            "end_reason", "instructions", "basis_reason"] {
            assert!(!has(&after, member), "{member}");
        }
        assert!(has(&coordinator.get(format!("/v1/referrals/{id}")).await.is(200), "age_band"));
    }

    async fn a_first_responder_of_the_bureau_sees_no_referrals_of_other_peoples_cases(w: World) {
        let s = scene(&w).await;
        let (_, id) = s.sent().await;
        let hotline = w.first_responder().at(&s.coordinator.organisation_id).await;

        hotline.get(format!("/v1/referrals/{id}")).await.is_problem(404, "not-found");
        assert_eq!(ids(&hotline.get("/v1/referrals").await.is(200)), Vec::<String>::new());
        for move_ in ["cancel", "withdraw"] {
            let path = format!("/v1/referrals/{id}/{move_}");
            hotline.post(path).if_match(2).json(json!({"reason": "Not ours."})).await.is_problem(404, "not-found");
        }
    }

    async fn an_emergency_that_was_declined_waits_for_whoever_sent_it_and_for_the_bureau(w: World) {
        let responder = w.first_responder().await;
        let coordinator = w.coordinator().await;
        let elsewhere = w.coordinator().in_area("XZ-S").await;
        let s = scene(&w).await;
        let mut report = adult_report();
        report["area"] = json!("XZ-N");
        let case = register(&responder, report).await;
        let emergency = merged(s.referral_body(""), json!({
            "case_id": case, "urgency": "1_hour", "consent_id": null,
            "legal_basis": "vital_interests", "basis_reason": "Followed by two men."
        }));
        let id = responder.post("/v1/referrals").json(emergency).await.is(201).id();
        act(&s.worker, &id, "decline", json!({"reason": "no_capacity"})).await.is(200);

        for persona in [&responder, &coordinator] {
            let queue = persona.get("/v1/queues/returned").await.is(200);
            assert_eq!(ids(&queue), std::slice::from_ref(&id), "{}", persona.username);
        }
        assert_eq!(ids(&elsewhere.get("/v1/queues/returned").await.is(200)), Vec::<String>::new());
        step(&coordinator, &case, "claim", json!({})).await.is(200);
        let another = w.coordinator().await;
        assert_eq!(ids(&another.get("/v1/queues/returned").await.is(200)), Vec::<String>::new());
        assert_eq!(ids(&coordinator.get("/v1/queues/returned").await.is(200)), [id]);
    }

    async fn a_provider_does_not_learn_who_reported(w: World) {
        let s = scene(&w).await;
        s.accepted().await;

        let seen = s.worker.get(format!("/v1/cases/{}", s.case)).await.is(200);
        assert!(!has(&seen, "registered_by"));
        assert!(!seen.text().contains(s.responder.organisation_id.as_str()));
        let timeline = format!("/v1/cases/{}/timeline", s.case);
        s.worker.get(&timeline).await.is_problem(403, "not-permitted");
        s.manager.get(&timeline).await.is_problem(403, "not-permitted");
    }

    async fn r2_what_is_known_of_the_age_belongs_to_the_case(w: World) {
        let s = scene(&w).await;
        let bare = s.consent(json!({"categories": ["operational"]})).await.is(201).id();
        let id = s.refer(&bare, json!({})).await.is(201).id();
        act(&s.worker, &id, "accept", json!({})).await.is(200);

        let shown = s.worker.get(format!("/v1/referrals/{id}/package")).await.is(200);
        assert_eq!(shown.at("/person/age_band"), "35_plus");
        for member in ["birth_year_estimate", "age_status"] {
            assert_eq!(shown.json()["person"].get(member), None, "{member}");
        }
    }

    async fn who_may_not_read_consents_does_not_learn_which_there_are(w: World) {
        let s = scene(&w).await;
        let consent = s.consent(json!({})).await.is(201).id();
        let absent = "11111111-1111-4111-8111-111111111111";

        let there = s.responder.get(format!("/v1/cases/{}/consents/{consent}", s.case)).await;
        let absent = s.responder.get(format!("/v1/cases/{}/consents/{absent}", s.case)).await;
        assert_eq!(there.is(404).seen(), absent.is(404).seen());
    }

    async fn r6_a_provider_cannot_accept_a_person_whose_age_has_come_into_doubt(w: World) {
        let s = scene(&w).await;
        let (_, id) = s.sent().await;
        let case = format!("/v1/cases/{}", s.case);
        let version = s.coordinator.get(&case).await.is(200).version();
        let doubt = json!({"age_status": "undetermined_presumed_child", "birth_year_estimate": null});
        s.coordinator.patch(&case).if_match(version).json(doubt).await.is(200);

        // A child's own word is no consent.
        act(&s.worker, &id, "accept", json!({})).await.is_problem(409, "consent-required");
        w.sql(&format!("update services set ages = 'adults_only' where organisation_id = '{}'", s.shelter));
        let refused = act(&s.worker, &id, "accept", json!({})).await;
        refused.is_problem(409, "adulthood-not-established");
    }

    async fn r10_a_supervisor_who_was_put_out_is_no_second_person(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        let supervisor = w.supervisor().await;
        let case = active_case(&responder, &coordinator, report()).await;
        step(&supervisor, &case, "close", json!({"reason": "goals_met"})).await.is(200);

        w.sql(&format!("update users set state = 'disabled' where id = '{}'", supervisor.user_id));
        let refused = step(&coordinator, &case, "close", json!({})).await;
        refused.is_problem(409, "second-person-required");
    }

    async fn r10_who_is_coordinator_and_supervisor_may_be_the_second_person(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        let both = w.coordinator().also(ActorRole::CoordinationSupervisor).await;
        let case = active_case(&responder, &coordinator, report()).await;
        step(&coordinator, &case, "close", json!({"reason": "goals_met"})).await.is(200);

        assert_eq!(step(&both, &case, "close", json!({})).await.is(200).at("/state"), "closed");
    }

    async fn r10_a_request_to_close_does_not_outlive_a_move_of_the_case(w: World) {
        let s = scene_for(&w, report()).await;
        let supervisor = w.supervisor().await;
        let asked = step(&s.coordinator, &s.case, "close", json!({"reason": "goals_met"})).await;
        let allowed = asked.is(200).at("/allowed_actions");
        assert!(!allowed.as_array().unwrap().contains(&json!("close")), "{allowed}");

        step(&s.coordinator, &s.case, "suspend", json!({})).await.is(200);
        let again = step(&s.coordinator, &s.case, "resume", json!({})).await.is(200);
        assert_eq!(again.at("/closure"), Value::Null);
        let asks = step(&supervisor, &s.case, "close", json!({"reason": "lost_contact"})).await;
        assert_eq!(asks.is(200).at("/state"), "active");
    }

    async fn nobody_moves_a_case_to_where_they_cannot_follow_it(w: World) {
        let responder = w.first_responder().await;
        let south = w.coordinator().in_area("XZ-S").await;
        let supervisor = w.supervisor().await;
        let mut report = report();
        report["area"] = json!("XZ-S");
        let case = active_case(&responder, &south, report).await;
        let path = format!("/v1/cases/{case}");
        let (north, version) = (json!({"area": "XZ-N"}), south.get(&path).await.is(200).version());

        let refused = south.patch(&path).if_match(version).json(north.clone()).await;
        refused.is_problem(403, "not-permitted");
        let moved = supervisor.patch(&path).if_match(version).json(north).await.is(200);
        assert_eq!(moved.at("/area"), "XZ-N");
        south.get(&path).await.is_problem(404, "not-found");
    }
}
