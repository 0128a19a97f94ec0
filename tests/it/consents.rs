//! Consents: who can give them, for what, and what ends with them.

use serde_json::{Value, json};

use crate::{
    referral_steps::{act, ids, merged, scene, scene_for},
    steps::report,
};

both! {
    async fn r4_a_consent_says_for_what_with_whom_by_whom_and_in_which_language(w: World) {
        let s = scene(&w).await;

        let made = s.consent(json!({"limits": "Not my village.", "state": "given_with_limits"})).await.is(201);
        assert_eq!(made.at("/in_force"), true);
        assert_eq!(made.at("/limits"), "Not my village.");
        assert_eq!(made.at("/allowed_actions"), json!(["withdraw"]));
        let path = format!("/v1/cases/{}/consents", s.case);
        let list = s.coordinator.get(&path).await.is(200);
        assert_eq!(ids(&list), [made.id()]);
        let read = s.coordinator.get(format!("{path}/{}", made.id())).await.is(200);
        assert_eq!(read.at("/giver"), "individual");
        for (changes, pointer) in [
            (json!({"recipient_organisation_id": null}), "/recipient_organisation_id"),
            (json!({"recipient_organisation_id": "11111111-1111-4111-8111-111111111111"}), "/recipient_organisation_id"),
            (json!({"categories": []}), "/categories"),
            (json!({"categories": ["public_aggregate"]}), "/categories"),
            (json!({"state": "withdrawn"}), "/state"),
            (json!({"state": "given_with_limits"}), "/limits"),
            (json!({"limits": "Some."}), "/limits"),
            (json!({"language": "French"}), "/language"),
            (json!({"expires_at": "2020-01-01T00:00:00Z"}), "/expires_at"),
            (json!({"giver": "guardian"}), "/giver"),
        ] {
            let refused = s.consent(changes).await.is_problem(422, "validation-failed");
            assert_eq!(refused.at("/errors/0/pointer"), pointer);
        }
    }

    async fn r6_a_childs_own_word_alone_is_not_a_consent(w: World) {
        let s = scene_for(&w, report()).await;

        let refused = s.consent(json!({})).await.is_problem(422, "validation-failed");
        assert_eq!(refused.at("/errors/0/pointer"), "/giver");
        let ground = json!({
            "giver": "authority_best_interests", "child_ground": "guardian_not_yet_appointed",
            "child_ground_reasons": "The court sits on Monday."
        });
        let given = s.consent(ground).await.is(201);
        assert_eq!(given.at("/child_ground_reasons"), "The court sits on Monday.");
        assert_eq!(given.at("/guardian_id"), json!(null));
        s.consent(json!({"state": "refused"})).await.is(201);
    }

    async fn r6_a_child_consents_with_its_guardian_or_for_a_recorded_ground(w: World) {
        let s = scene_for(&w, report()).await;
        let both = json!({"giver": "child_assent_plus_guardian"});
        // A child cannot wait for a court: that there is no guardian yet stands in the consent.
        for giver in ["child_assent_plus_guardian", "guardian", "authority_best_interests"] {
            let given = s.consent(json!({"giver": giver})).await.is(201);
            assert_eq!((given.at("/guardian_id"), given.at("/child_ground")), (json!(null), json!("guardian_not_yet_appointed")));
        }

        let guardian = s.guardian().await;
        let given = s.consent(both.clone()).await.is(201);
        assert_eq!((given.at("/guardian_id"), given.at("/child_ground")), (json!(guardian), json!(null)));
        s.consent(merged(both.clone(), json!({"guardian_id": guardian}))).await.is(201);
        let refused = s.consent(json!({"giver": "guardian"})).await.is_problem(409, "guardian-required");
        assert_eq!(refused.at("/state"), "active");
        s.consent(json!({"giver": "authority_best_interests"})).await.is_problem(409, "guardian-required");
        let young = json!({
            "giver": "guardian", "child_ground": "too_young_to_assent", "child_ground_reasons": "Two years old."
        });
        assert_eq!(s.consent(young.clone()).await.is(201).at("/guardian_id"), json!(guardian));
        let nobody = json!({"guardian_id": "0c6ab5c5-4a2f-4b1d-9c6b-2d1f3a4b5c6d"});
        for (changes, pointer, code) in [
            (merged(both.clone(), nobody.clone()), "/guardian_id", "reference-unknown"),
            (merged(young.clone(), json!({"child_ground_reasons": null})), "/child_ground_reasons", "required"),
            (merged(both.clone(), json!({"child_ground_reasons": "x"})), "/child_ground_reasons", "inconsistent"),
        ] {
            let answer = s.consent(changes).await.is_problem(422, "validation-failed");
            assert_eq!((answer.at("/errors/0/pointer"), answer.at("/errors/0/code")), (json!(pointer), json!(code)));
        }

        // Asked for first, and answered when the guardian is gone.
        let asked = s.consent(merged(both, json!({"state": "pending"}))).await.is(201).id();
        let end = format!("/v1/cases/{}/guardians/{guardian}/end", s.case);
        s.coordinator.post(end).if_match(1).json(json!({"reason": "replaced"})).await.is(200);
        let path = format!("/v1/cases/{}/consents/{asked}/answer", s.case);
        let answer = async |body: Value| s.coordinator.post(&path).if_match(1).json(body).await;
        let ground = json!({
            "answer": "give", "child_ground": "guardian_cannot_be_reached", "child_ground_reasons": "Abroad."
        });
        let given = answer(ground).await.is(200);
        assert_eq!((given.at("/state"), given.at("/child_ground_reasons")), (json!("given"), json!("Abroad.")));

        let grown = scene(&w).await;
        let wrong = grown.consent(merged(json!({"giver": "individual"}), nobody)).await;
        assert_eq!(wrong.is_problem(422, "validation-failed").at("/errors/0/pointer"), "/guardian_id");
        let ground = json!({"child_ground": "other", "child_ground_reasons": "x"});
        let wrong = grown.consent(ground).await;
        assert_eq!(wrong.is_problem(422, "validation-failed").at("/errors/0/pointer"), "/child_ground");
        w.expect_sound();
    }

    async fn r4_a_refusal_to_share_never_blocks_urgent_help(w: World) {
        let s = scene(&w).await;
        let refused = s.consent(json!({"state": "refused"})).await.is(201).id();

        s.refer(&refused, json!({})).await.is_problem(409, "consent-required");
        let basis = json!({
            "consent_id": null,
            "legal_basis": "vital_interests",
            "basis_reason": "Bleeding, and nobody else near."
        });
        let sent = s.refer("", basis).await.is(201);
        assert_eq!(sent.at("/state"), "sent");
        assert_eq!(sent.at("/legal_basis"), "vital_interests");
        assert_eq!(sent.at("/basis_reason"), "Bleeding, and nobody else near.");
    }

    async fn r5_withdrawing_a_consent_ends_every_live_referral_that_rests_on_it(w: World) {
        let s = scene(&w).await;
        let (consent, accepted) = s.accepted().await;
        let offered = s.refer(&consent, json!({"services": ["medical_care"]})).await.is(201).id();
        let other = s.consent(json!({})).await.is(201).id();
        let untouched = s.refer(&other, json!({})).await.is(201).id();
        let path = format!("/v1/cases/{}/consents/{consent}", s.case);
        s.worker.get(format!("/v1/referrals/{accepted}/package")).await.is(200);

        let body = json!({"reason": "Changed her mind."});
        let done = s.coordinator.post(format!("{path}/withdraw")).if_match(1).json(body).await.is(200);

        assert_eq!(done.at("/state"), "withdrawn");
        assert_eq!(done.at("/withdrawal_reason"), "Changed her mind.");
        for id in [&accepted, &offered] {
            let seen = s.coordinator.get(format!("/v1/referrals/{id}")).await.is(200);
            assert_eq!(seen.at("/state"), "withdrawn_by_survivor");
            assert_eq!(seen.at("/end_reason"), "consent_withdrawn");
        }
        let seen = s.coordinator.get(format!("/v1/referrals/{untouched}")).await.is(200);
        assert_eq!(seen.at("/state"), "sent");
        s.worker.get(format!("/v1/referrals/{accepted}/package")).await.is_problem(404, "not-found");
        s.worker.get(format!("/v1/cases/{}", s.case)).await.is_problem(404, "not-found");
        s.worker.get(format!("/v1/referrals/{offered}")).await.is_problem(404, "not-found");
        let of_each = w.texts(&format!(
            "select object_id as value from audit_events where action = 'referral.withdraw' and basis_id = '{consent}'"
        ));
        assert_eq!(of_each.len(), 2);
        let illegal = s.coordinator.post(format!("{path}/withdraw")).if_match(2).json(json!({})).await;
        illegal.is_problem(409, "illegal-transition");
    }

    async fn a_consent_that_is_asked_for_lets_a_referral_wait(w: World) {
        let s = scene(&w).await;
        let asked = s.consent(json!({"state": "pending"})).await.is(201);
        assert_eq!(asked.at("/in_force"), false);
        let path = format!("/v1/cases/{}/consents/{}", s.case, asked.id());

        let waits = s.refer(&asked.id(), json!({})).await.is(201);
        assert_eq!(waits.at("/state"), "consent_pending");
        assert_eq!(waits.at("/respond_by"), json!(null));
        s.worker.get(format!("/v1/referrals/{}", waits.id())).await.is_problem(404, "not-found");
        act(&s.coordinator, &waits.id(), "send", json!({})).await.is_problem(409, "consent-required");
        let answer = s.coordinator.post(format!("{path}/answer")).if_match(1).json(json!({"answer": "give"}));
        assert_eq!(answer.await.is(200).at("/state"), "given");
        let sent = act(&s.coordinator, &waits.id(), "send", json!({})).await.is(200);
        assert_eq!(sent.at("/state"), "sent");
        s.worker.get(format!("/v1/referrals/{}", waits.id())).await.is(200);
        let again = s.coordinator.post(format!("{path}/answer")).if_match(2).json(json!({"answer": "refuse"}));
        again.await.is_problem(409, "illegal-transition");
    }

    async fn r5_a_refusal_ends_what_waited_for_the_answer(w: World) {
        let s = scene(&w).await;
        let asked = s.consent(json!({"state": "pending"})).await.is(201).id();
        let waits = s.refer(&asked, json!({})).await.is(201).id();
        let path = format!("/v1/cases/{}/consents/{asked}/answer", s.case);

        s.coordinator.post(path).if_match(1).json(json!({"answer": "refuse"})).await.is(200);

        let seen = s.coordinator.get(format!("/v1/referrals/{waits}")).await.is(200);
        assert_eq!(seen.at("/state"), "withdrawn_by_survivor");
        assert_eq!(seen.at("/end_reason"), "consent_refused");
    }

    async fn a_consent_of_another_case_does_not_exist_here(w: World) {
        let s = scene(&w).await;
        let other = scene(&w).await;
        let consent = s.consent(json!({})).await.is(201).id();

        for path in ["", "/withdraw", "/answer"] {
            let path = format!("/v1/cases/{}/consents/{consent}{path}", other.case);
            let body = json!({"answer": "give"});
            let answer = if path.ends_with("answer") || path.ends_with("withdraw") {
                let body = if path.ends_with("answer") { body } else { json!({}) };
                other.coordinator.post(&path).if_match(1).json(body).await
            } else {
                other.coordinator.get(&path).await
            };
            answer.is_problem(404, "not-found");
        }
        other.refer(&consent, json!({"case_id": other.case})).await.is_problem(409, "consent-required");
        let path = format!("/v1/cases/{}/consents/{consent}", s.case);
        s.worker.get(&path).await.is_problem(404, "not-found");
        w.administrator().await.get(&path).await.is_problem(404, "not-found");
    }

    async fn a_stale_or_absent_version_changes_nothing(w: World) {
        let s = scene(&w).await;
        let consent = s.consent(json!({})).await.is(201).id();
        let path = format!("/v1/cases/{}/consents/{consent}/withdraw", s.case);

        s.coordinator.post(&path).json(json!({})).await.is_problem(428, "if-match-required");
        let stale = s.coordinator.post(&path).if_match(7).json(json!({})).await;
        assert_eq!(stale.is_problem(412, "stale-version").at("/current_version"), 1);
    }

    async fn recording_twice_with_one_key_records_once(w: World) {
        let s = scene(&w).await;
        let path = format!("/v1/cases/{}/consents", s.case);
        let body = s.consent_body();

        let first = s.coordinator.post(&path).key("k-1").json(&body).await.is(201);
        let second = s.coordinator.post(&path).key("k-1").json(&body).await.is(201);
        assert_eq!(first.id(), second.id());
        s.coordinator.post(&path).without_key().json(&body).await.is_problem(400, "idempotency-key-missing");
        let list = s.coordinator.get(&path).await.is(200);
        assert_eq!(ids(&list).len(), 1);
    }
}
