//! Referrals: on what basis, to whom, by whom, and the moves they make.

use serde_json::json;

use crate::{
    referral_steps::{act, ids, merged, provider, scene, scene_for},
    steps::{adult_report, register, report, step},
};

both! {
    async fn r4_a_referral_rests_on_a_consent_that_names_the_recipient(w: World) {
        let s = scene(&w).await;
        let elsewhere = provider(&w, &["safe_shelter"]);
        let to_elsewhere = s.consent(json!({"recipient_organisation_id": elsewhere})).await.is(201).id();
        let for_police = s.consent(json!({"purpose": "share_with_law_enforcement"})).await.is(201).id();
        let for_doctor = s.consent(json!({"purpose": "medical_examination"})).await.is(201).id();
        let given = s.consent(json!({})).await.is(201).id();

        for consent in [&to_elsewhere, &for_police, &for_doctor] {
            s.refer(consent, json!({})).await.is_problem(409, "consent-required");
        }
        s.refer("", json!({"consent_id": null})).await.is_problem(409, "consent-required");
        let unknown = "11111111-1111-4111-8111-111111111111";
        s.refer(unknown, json!({})).await.is_problem(409, "consent-required");
        s.refer(&for_doctor, json!({"services": ["medical_care"]})).await.is(201);
        let sent = s.refer(&given, json!({})).await.is(201);
        assert_eq!(sent.at("/legal_basis"), "consent");
        assert_eq!(sent.at("/categories"), json!(["operational", "case_restricted", "identity_sealed"]));
        assert_eq!(sent.at("/respond_by"), "2026-11-02T12:00:00.000000Z");
        let trail = w.texts(&format!(
            "select action as value from audit_events where basis_id = '{given}' order by at, id"
        ));
        assert!(trail.contains(&"referral.create".to_owned()), "{trail:?}");
        assert!(trail.contains(&"referral.send".to_owned()), "{trail:?}");
    }

    async fn r4_another_legal_basis_needs_a_reason_and_the_law(w: World) {
        let s = scene(&w).await;
        let basis = |basis: &str| json!({
            "consent_id": null, "legal_basis": basis, "basis_reason": "Because."
        });

        for refused in ["criminal_investigation", "contract", "legitimate_interests", "child_best_interests"] {
            s.refer("", basis(refused)).await.is_problem(409, "legal-basis-not-allowed");
        }
        let silent = json!({"consent_id": null, "legal_basis": "vital_interests"});
        let silent = s.refer("", silent).await.is_problem(422, "validation-failed");
        assert_eq!(silent.at("/errors/0/pointer"), "/basis_reason");
        let consent = s.consent(json!({})).await.is(201).id();
        let both = merged(basis("vital_interests"), json!({"consent_id": consent}));
        let both = s.refer(&consent, both).await.is_problem(422, "validation-failed");
        assert_eq!(both.at("/errors/0/pointer"), "/legal_basis");
        let sent = s.refer("", basis("legal_obligation")).await.is(201);
        assert_eq!(sent.at("/categories"), json!(["operational", "case_restricted"]));
    }

    async fn r2_a_referral_cannot_disclose_more_than_its_consent(w: World) {
        let s = scene(&w).await;
        let narrow = s.consent(json!({"categories": ["operational"]})).await.is(201).id();

        let more = json!({"categories": ["operational", "case_restricted"]});
        s.refer(&narrow, more).await.is_problem(409, "consent-required");
        let sent = s.refer(&narrow, json!({})).await.is(201);
        assert_eq!(sent.at("/categories"), json!(["operational"]));
        for walled in ["investigation", "safe_location", "public_aggregate"] {
            let body = json!({"categories": [walled]});
            s.refer(&narrow, body).await.is_problem(422, "validation-failed");
        }
        let medical = json!({"categories": ["medical"]});
        s.refer(&narrow, medical).await.is_problem(422, "validation-failed");
    }

    async fn an_organisation_is_asked_only_for_what_it_offers(w: World) {
        let s = scene(&w).await;
        let consent = s.consent(json!({})).await.is(201).id();

        let unknown = json!({"organisation_id": "11111111-1111-4111-8111-111111111111"});
        let unknown = s.refer(&consent, unknown).await.is_problem(422, "validation-failed");
        assert_eq!(unknown.at("/errors/0/code"), "reference-unknown");
        let other = json!({"services": ["safe_shelter", "legal_aid"]});
        s.refer(&consent, other).await.is_problem(409, "recipient-not-eligible");
        s.refer(&consent, json!({"services": ["no_such"]})).await.is_problem(422, "validation-failed");
        s.refer(&consent, json!({"services": []})).await.is_problem(422, "validation-failed");
        let draft = s.refer(&consent, json!({"send": false})).await.is(201).id();
        w.sql(&format!("update organisations set active = (1 = 0) where id = '{}'", s.shelter));
        s.refer(&consent, json!({})).await.is_problem(409, "recipient-not-eligible");
        act(&s.coordinator, &draft, "send", json!({})).await.is_problem(409, "recipient-not-eligible");
    }

    async fn r6_a_person_of_undetermined_age_goes_to_no_service_for_adults(w: World) {
        let s = scene_for(&w, report()).await;
        s.guardian().await;
        let giver = json!({"giver": "child_assent_plus_guardian"});
        let consent = s.consent(giver).await.is(201).id();
        let draft = s.refer(&consent, json!({"send": false})).await.is(201).id();

        w.sql(&format!("update services set ages = 'adults_only' where organisation_id = '{}'", s.shelter));
        s.refer(&consent, json!({})).await.is_problem(409, "adulthood-not-established");
        act(&s.coordinator, &draft, "send", json!({})).await.is_problem(409, "adulthood-not-established");
        w.sql(&format!("update services set ages = 'children_only' where organisation_id = '{}'", s.shelter));
        act(&s.coordinator, &draft, "send", json!({})).await.is(200);
        let basis = json!({"consent_id": null, "basis_reason": "A child alone at night."});
        let best = merged(basis.clone(), json!({"legal_basis": "child_best_interests"}));
        s.refer("", best).await.is(201);
        let medical = merged(basis, json!({"legal_basis": "medical_purposes"}));
        s.refer("", medical).await.is_problem(409, "legal-basis-not-allowed");
    }

    async fn a_first_responder_refers_emergencies_and_only_until_triage(w: World) {
        let responder = w.first_responder().await;
        let coordinator = w.coordinator().await;
        let case = register(&responder, adult_report()).await;
        let shelter = provider(&w, &["safe_shelter"]);
        let body = json!({
            "case_id": case,
            "organisation_id": shelter,
            "services": ["safe_shelter"],
            "urgency": "1_hour",
            "reason": "safety_transfer",
            "legal_basis": "vital_interests",
            "basis_reason": "Followed by two men.",
            "send": true
        });

        let slow = merged(body.clone(), json!({"urgency": "1_day"}));
        responder.post("/v1/referrals").json(slow).await.is_problem(403, "not-permitted");
        let duty = merged(body.clone(), json!({"legal_basis": "public_task"}));
        responder.post("/v1/referrals").json(duty).await.is_problem(403, "not-permitted");
        let sent = responder.post("/v1/referrals").json(&body).await.is(201);
        assert_eq!(sent.at("/basis_reason"), "Followed by two men.");
        w.first_responder().await.post("/v1/referrals").json(&body).await.is_problem(404, "not-found");

        step(&coordinator, &case, "claim", json!({})).await.is(200);
        responder.post("/v1/referrals").json(&body).await.is_problem(403, "not-permitted");
        let path = format!("/v1/referrals/{}", sent.id());
        let seen = responder.get(&path).await.is(200);
        assert_eq!(seen.at("/state"), "sent");
        assert_eq!(seen.at("/withheld"), json!(["case_restricted"]));
        assert!(!seen.text().contains("Followed"));
        let seen = coordinator.get(&path).await.is(200);
        assert_eq!(seen.at("/basis_reason"), "Followed by two men.");
    }

    async fn the_whole_life_of_a_referral(w: World) {
        let s = scene(&w).await;
        let consent = s.consent(json!({})).await.is(201).id();
        let draft = s.refer(&consent, json!({"send": false})).await.is(201);
        assert_eq!(draft.at("/state"), "draft");
        assert_eq!(draft.at("/allowed_actions"), json!(["send", "cancel", "withdraw", "edit"]));
        let id = draft.id();
        s.worker.get(format!("/v1/referrals/{id}")).await.is_problem(404, "not-found");

        act(&s.coordinator, &id, "send", json!({})).await.is(200);
        for (move_, body, state) in [
            ("receive", json!({}), "received"),
            ("accept", json!({"note": "Bed 4.", "expected_intake_at": "2026-11-02T18:00:00Z"}), "accepted"),
            ("start", json!({}), "service_started"),
        ] {
            let moved = act(&s.worker, &id, move_, body).await.is(200);
            assert_eq!(moved.at("/state"), state);
        }
        let seen = s.coordinator.get(format!("/v1/referrals/{id}")).await.is(200);
        assert_eq!(seen.at("/answer/note"), "Bed 4.");
        assert_eq!(seen.at("/worker_id"), json!(s.worker.user_id));
        act(&s.worker, &id, "complete", json!({})).await.is_problem(409, "outcome-required");
        let done = act(&s.worker, &id, "complete", json!({"outcome": "goal_met", "note": "Moved on."})).await.is(200);
        assert_eq!(done.at("/state"), "service_completed");
        assert_eq!(done.at("/end_reason"), "goal_met");
        assert_eq!(done.at("/allowed_actions"), json!([]));
        let seen = s.coordinator.get(format!("/v1/referrals/{id}")).await.is(200);
        assert_eq!(seen.at("/ending_note"), "Moved on.");
    }

    async fn an_illegal_move_names_the_state_and_the_moves_that_are_legal(w: World) {
        let s = scene(&w).await;
        let (_, id) = s.sent().await;

        let early = act(&s.worker, &id, "start", json!({})).await.is_problem(409, "illegal-transition");
        assert_eq!(early.at("/state"), "sent");
        assert_eq!(early.at("/allowed_actions"), json!(["receive", "accept", "decline"]));
        act(&s.coordinator, &id, "accept", json!({})).await.is_problem(403, "not-permitted");
        let twice = act(&s.coordinator, &id, "send", json!({})).await;
        twice.is_problem(409, "illegal-transition");
        act(&s.worker, &id, "decline", json!({"reason": "no_capacity"})).await.is(200);
        let late = act(&s.worker, &id, "accept", json!({})).await.is_problem(409, "illegal-transition");
        assert_eq!(late.at("/allowed_actions"), json!([]));
        let unknown = json!({"reason": "did_not_like"});
        act(&s.coordinator, &id, "decline", unknown).await.is_problem(422, "validation-failed");
    }

    async fn of_two_who_accept_at_once_one_wins(w: World) {
        let s = scene(&w).await;
        let (_, id) = s.sent().await;
        let path = format!("/v1/referrals/{id}/accept");
        let version = s.worker.get(format!("/v1/referrals/{id}")).await.is(200).version();

        let (a, b) = tokio::join!(
            s.worker.post(&path).if_match(version).json(json!({})).into_future(),
            s.manager.post(&path).if_match(version).json(json!({})).into_future(),
        );

        let mut statuses = [a.status, b.status];
        statuses.sort_unstable();
        assert!(matches!(statuses, [200, 404 | 409 | 412]), "{statuses:?}");
        let accepted = w.texts(&format!(
            "select action as value from audit_events where action = 'referral.accept' and outcome = 'success' and object_id = '{id}'"
        ));
        assert_eq!(accepted.len(), 1);
    }

    async fn an_acceptance_never_survives_a_withdrawal_that_meets_it(w: World) {
        let s = scene(&w).await;
        let (consent, id) = s.sent().await;
        let accept = format!("/v1/referrals/{id}/accept");
        let withdraw = format!("/v1/cases/{}/consents/{consent}/withdraw", s.case);
        let version = s.worker.get(format!("/v1/referrals/{id}")).await.is(200).version();

        let (accepted, withdrawn) = tokio::join!(
            s.worker.post(&accept).if_match(version).json(json!({})).into_future(),
            s.coordinator.post(&withdraw).if_match(1).json(json!({})).into_future(),
        );

        withdrawn.is(200);
        assert!(matches!(accepted.status, 200 | 404 | 409 | 412), "{}", accepted.status);
        let seen = s.coordinator.get(format!("/v1/referrals/{id}")).await.is(200);
        assert_eq!(seen.at("/state"), "withdrawn_by_survivor");
        s.worker.get(format!("/v1/referrals/{id}/package")).await.is_problem(404, "not-found");
    }

    async fn r5_a_consent_that_has_run_out_carries_no_acceptance(w: World) {
        let s = scene(&w).await;
        let consent = s.consent(json!({"expires_at": "2026-11-02T10:00:00Z"})).await.is(201).id();
        let id = s.refer(&consent, json!({})).await.is(201).id();
        let draft = s.refer(&consent, json!({"send": false})).await.is(201).id();

        w.advance_s(3600);
        act(&s.worker, &id, "accept", json!({})).await.is_problem(409, "consent-withdrawn");
        act(&s.coordinator, &draft, "send", json!({})).await.is_problem(409, "consent-required");
    }

    async fn work_is_given_to_people_who_work_there(w: World) {
        let s = scene(&w).await;
        let (_, id) = s.sent().await;
        let colleague = w.worker().at(&s.shelter).await;
        let outsider = w.worker().await;

        let to = |user: &crate::world::Persona| json!({"worker_id": user.user_id});
        act(&s.worker, &id, "accept", to(&outsider)).await.is_problem(409, "worker-not-in-organisation");
        act(&s.worker, &id, "accept", to(&colleague)).await.is_problem(403, "not-permitted");
        act(&s.manager, &id, "accept", to(&colleague)).await.is(200);
        colleague.get(format!("/v1/referrals/{id}/package")).await.is(200);
        s.worker.get(format!("/v1/referrals/{id}")).await.is_problem(404, "not-found");
        act(&colleague, &id, "assign", to(&s.worker)).await.is_problem(403, "not-permitted");
        act(&s.manager, &id, "assign", to(&outsider)).await.is_problem(409, "worker-not-in-organisation");
        act(&s.manager, &id, "assign", to(&s.worker)).await.is(200);
        s.worker.get(format!("/v1/referrals/{id}/package")).await.is(200);
        colleague.get(format!("/v1/referrals/{id}")).await.is_problem(404, "not-found");
    }

    async fn a_draft_is_changed_and_a_sent_referral_is_not(w: World) {
        let s = scene(&w).await;
        let consent = s.consent(json!({})).await.is(201).id();
        let id = s.refer(&consent, json!({"send": false})).await.is(201).id();
        let path = format!("/v1/referrals/{id}");

        s.coordinator.patch(&path).json(json!({})).await.is_problem(428, "if-match-required");
        let patch = json!({"urgency": "1_day", "instructions": null, "services": ["medical_care"]});
        let changed = s.coordinator.patch(&path).if_match(1).json(patch).await.is(200);
        assert_eq!(changed.at("/urgency"), "1_day");
        assert_eq!(changed.at("/services"), json!(["medical_care"]));
        assert!(changed.json().get("instructions").is_none());
        let stale = s.coordinator.patch(&path).if_match(1).json(json!({"urgency": "1_hour"})).await;
        assert_eq!(stale.is_problem(412, "stale-version").at("/current_version"), 2);
        let state = s.coordinator.patch(&path).if_match(2).json(json!({"state": "sent"})).await;
        state.is_problem(422, "unknown-field");
        let basis = json!({"legal_basis": "vital_interests", "basis_reason": "No time."});
        let changed = s.coordinator.patch(&path).if_match(2).json(basis).await.is(200);
        assert_eq!((changed.at("/consent_id"), changed.at("/legal_basis")), (json!(null), json!("vital_interests")));
        let back = json!({"consent_id": consent});
        let changed = s.coordinator.patch(&path).if_match(3).json(back).await.is(200);
        assert_eq!(changed.at("/legal_basis"), "consent");
        act(&s.coordinator, &id, "send", json!({})).await.is(200);
        let late = s.coordinator.patch(&path).if_match(5).json(json!({"urgency": "1_hour"})).await;
        late.is_problem(409, "not-draft");
        assert_eq!(w.texts("select object_type as value from revisions where object_type = 'referral'").len(), 3);
    }

    async fn a_hidden_referral_and_an_absent_one_answer_alike(w: World) {
        let s = scene(&w).await;
        let (_, id) = s.sent().await;
        let stranger = w.manager().await;
        let admin = w.administrator().await;
        let absent = "11111111-1111-4111-8111-111111111111";

        for persona in [&stranger, &admin] {
            for suffix in ["", "/package", "/service-updates"] {
                let ask = |id: &str| {
                    persona
                        .get(format!("/v1/referrals/{id}{suffix}"))
                        .header("X-Request-Id", "5a3e5a3e5a3e5a3e")
                };
                let hidden = ask(&id).await.is_problem(404, "not-found");
                let missing = ask(absent).await.is_problem(404, "not-found");
                assert_eq!(hidden.text(), missing.text());
            }
            let accept = |id: &str| {
                persona
                    .post(format!("/v1/referrals/{id}/accept"))
                    .header("X-Request-Id", "5a3e5a3e5a3e5a3e")
                    .if_match(1)
                    .json(json!({}))
            };
            let hidden = accept(&id).await.is_problem(404, "not-found");
            let missing = accept(absent).await.is_problem(404, "not-found");
            assert_eq!(hidden.text(), missing.text());
        }
    }

    async fn sending_twice_with_one_key_sends_once(w: World) {
        let s = scene(&w).await;
        let consent = s.consent(json!({})).await.is(201).id();
        let body = s.referral_body(&consent);

        let first = s.coordinator.post("/v1/referrals").key("r-1").json(&body).await.is(201);
        let second = s.coordinator.post("/v1/referrals").key("r-1").json(&body).await.is(201);
        assert_eq!(first.id(), second.id());
        let other = merged(body.clone(), json!({"urgency": "1_hour"}));
        let other = s.coordinator.post("/v1/referrals").key("r-1").json(other).await;
        other.is_problem(422, "idempotency-key-reused");
        let accept = format!("/v1/referrals/{}/accept", first.id());
        let ask = || s.worker.post(&accept).key("a-1").if_match(2).json(json!({}));
        assert_eq!(ask().await.is(200).at("/state"), "accepted");
        assert_eq!(ask().await.is(200).at("/state"), "accepted");
        act(&s.worker, &first.id(), "complete", json!({"outcome": "other"})).await.is_problem(409, "illegal-transition");
        let own = "7a0cba56-4f0e-4a63-9b0a-6f4f2f1f7c11";
        let with_id = merged(body, json!({"id": own}));
        let made = s.coordinator.post("/v1/referrals").without_key().json(&with_id).await.is(201);
        assert_eq!(made.id(), own);
        let again = s.coordinator.post("/v1/referrals").without_key().json(&with_id).await.is(201);
        assert_eq!((again.id(), again.version()), (made.id(), made.version()));
        let other = merged(with_id, json!({"urgency": "1_hour"}));
        let other = s.coordinator.post("/v1/referrals").without_key().json(other).await;
        other.is_problem(409, "id-taken");
        assert_eq!(ids(&s.coordinator.get("/v1/referrals").await.is(200)).len(), 2);
    }

    async fn a_list_is_narrowed_and_goes_on_where_it_stopped(w: World) {
        let s = scene(&w).await;
        let consent = s.consent(json!({})).await.is(201).id();
        let mut made = Vec::new();
        for urgency in ["1_hour", "3_hours", "1_day", "1_day"] {
            made.push(s.refer(&consent, json!({"urgency": urgency})).await.is(201).id());
            w.advance_s(1);
        }
        let list = async |query: &str| ids(&s.coordinator.get(format!("/v1/referrals{query}")).await.is(200));

        assert_eq!(list("?urgency=1_day,1_hour").await, [&made[3], &made[2], &made[0]].map(Clone::clone));
        assert_eq!(list(&format!("?case_id={}&state=sent", s.case)).await.len(), 4);
        assert!(list("?state=draft").await.is_empty());
        w.advance_s(2 * 3600);
        assert_eq!(list("?overdue=true").await, [made[0].clone()]);
        assert_eq!(list("?overdue=false").await.len(), 3);
        let page = s.coordinator.get("/v1/referrals?limit=3").await.is(200);
        let next = page.text_at("/next_cursor");
        assert_eq!(list(&format!("?limit=3&cursor={next}")).await, [made[0].clone()]);
        s.coordinator.get("/v1/referrals?stat=sent").await.is_problem(400, "unknown-parameter");
        s.worker.get(format!("/v1/referrals?limit=3&cursor={next}")).await.is_problem(400, "invalid-cursor");
    }
}

both! {
    in "ci";
    async fn r19_a_basis_that_the_country_does_not_know_carries_nothing(w: World) {
        let s = scene(&w).await;
        let basis = json!({
            "consent_id": null, "legal_basis": "medical_purposes", "basis_reason": "A wound.",
            "services": ["medical_care"]
        });

        s.refer("", basis).await.is_problem(409, "legal-basis-not-allowed");
    }
}
