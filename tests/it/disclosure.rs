//! What a provider sees before it accepts, while it works, and afterwards (R1, R2, R3).

use serde_json::{Value, json};

use crate::{
    referral_steps::{act, ids, scene},
    world::{Answer, Persona},
};

/// Returns the names of the members of an answer.
fn members(answer: &Answer) -> Vec<String> {
    let mut names: Vec<String> = answer.json().as_object().unwrap().keys().cloned().collect();
    names.sort_unstable();
    names
}

async fn open(by: &Persona, referral: &str) -> Answer {
    by.get(format!("/v1/referrals/{referral}")).await
}

async fn package(by: &Persona, referral: &str) -> Answer {
    by.get(format!("/v1/referrals/{referral}/package")).await
}

both! {
    async fn r1_an_offer_tells_what_is_needed_and_not_who_it_is(w: World) {
        let s = scene(&w).await;
        let (consent, id) = s.sent().await;
        let code = s.coordinator.get(format!("/v1/cases/{}", s.case)).await.is(200).text_at("/case_code");

        for persona in [&s.worker, &s.manager] {
            let offer = open(persona, &id).await.is(200);
            assert_eq!(members(&offer), [
                "age_band", "allowed_actions", "area", "id", "languages", "links", "overdue",
                "placement_needs", "respond_by", "services", "sex_reporting", "state", "urgency",
                "version", "withheld",
            ]);
            assert_eq!(offer.at("/age_band"), "35_plus");
            assert_eq!(offer.at("/languages"), json!(["fr"]));
            assert_eq!(offer.at("/withheld"), json!(["case_restricted", "identity_sealed"]));
            let told = offer.text();
            for hidden in [&s.case, &code, &consent, "Ama", "one bag", "border",
                s.responder.organisation_id.as_str(), s.coordinator.organisation_id.as_str()] {
                assert!(!told.contains(hidden), "{hidden}");
            }
            package(persona, &id).await.is_problem(404, "not-found");
            persona.get(format!("/v1/cases/{}", s.case)).await.is_problem(404, "not-found");
            let of_case = persona.get(format!("/v1/referrals?case_id={}", s.case)).await.is(200);
            assert_eq!(of_case.at("/items"), json!([]));
            let list = persona.get("/v1/referrals").await.is(200);
            assert_eq!(ids(&list), std::slice::from_ref(&id));
            assert!(!list.text().contains(&s.case));
        }
        let seen = open(&s.coordinator, &id).await.is(200);
        assert_eq!(seen.at("/state"), "sent", "looking changes nothing");
        let received = act(&s.worker, &id, "receive", json!({})).await.is(200);
        assert!(!received.text().contains(&s.case));
    }

    async fn r2_acceptance_discloses_exactly_what_the_consent_covers(w: World) {
        let s = scene(&w).await;
        let (consent, id) = s.accepted().await;

        let seen = open(&s.worker, &id).await.is(200);
        assert_eq!(seen.at("/case_id"), s.case.as_str());
        assert_eq!(seen.at("/instructions"), "Arrives with one bag.");
        assert!(seen.json().get("basis_reason").is_none());
        let opened = package(&s.worker, &id).await.is(200);
        assert_eq!(opened.at("/identity/names/0/text"), "Ama K.");
        assert_eq!(opened.at("/narrative"), "Found at the border.");
        assert_eq!(opened.at("/report/urgent_needs"), json!(["safe_shelter"]));
        assert_eq!(opened.at("/withheld"), json!([]));
        s.worker.get(format!("/v1/cases/{}", s.case)).await.is(200);
        let trace = w.texts(&format!(
            "select fields || ' ' || basis_id || ' ' || purpose || ' ' || permitted_by as value
             from audit_events where action = 'package.read' and outcome = 'success' and object_id = '{id}'"
        ));
        assert_eq!(trace.len(), 1);
        for told in ["identity", "narrative", &consent, "care", "assigned_here"] {
            assert!(trace[0].contains(told), "{told}: {trace:?}");
        }
    }

    async fn r2_a_narrower_consent_discloses_less(w: World) {
        let s = scene(&w).await;
        let nameless = s.consent(json!({"categories": ["operational", "case_restricted"]})).await.is(201).id();
        let bare = s.consent(json!({"categories": ["operational"]})).await.is(201).id();
        let mut opened = Vec::new();
        for consent in [&nameless, &bare] {
            let id = s.refer(consent, json!({})).await.is(201).id();
            act(&s.worker, &id, "accept", json!({})).await.is(200);
            let shown = package(&s.worker, &id).await.is(200);
            assert!(!shown.text().contains("Ama"));
            assert!(!shown.text().contains("border."), "words may name people");
            opened.push((id, shown));
        }

        let (_, shown) = &opened[0];
        assert_eq!(shown.at("/disclosed"), json!(["operational", "case_restricted"]));
        assert_eq!(shown.at("/withheld"), json!(["identity_sealed"]));
        assert_eq!(shown.at("/report/risk_level"), "medium");
        let (id, shown) = &opened[1];
        assert_eq!(shown.at("/disclosed"), json!(["operational"]));
        assert!(shown.json().get("report").is_none() && shown.json().get("instructions").is_none());
        let seen = open(&s.worker, id).await.is(200);
        assert!(seen.json().get("instructions").is_none());
        assert_eq!(seen.at("/withheld"), json!(["case_restricted", "identity_sealed"]));
        let identity = format!("/v1/cases/{}/identity", s.case);
        s.worker.get(identity).purpose("care").await.is_problem(403, "not-permitted");
    }

    async fn r2_a_colleague_sees_no_more_because_somebody_else_may(w: World) {
        let s = scene(&w).await;
        let colleague = w.worker().at(&s.shelter).await;
        let stranger = w.manager().await;
        let (_, id) = s.accepted().await;

        for persona in [&colleague, &stranger] {
            open(persona, &id).await.is_problem(404, "not-found");
            package(persona, &id).await.is_problem(404, "not-found");
            persona.get(format!("/v1/cases/{}", s.case)).await.is_problem(404, "not-found");
        }
        package(&s.manager, &id).await.is(200);
        package(&s.coordinator, &id).await.is_problem(404, "not-found");
    }

    async fn r2_a_role_that_ended_opens_nothing_any_more(w: World) {
        let s = scene(&w).await;
        let (_, id) = s.accepted().await;
        package(&s.worker, &id).await.is(200);

        w.advance_s(60);
        w.sql(&format!(
            "update role_grants set valid_to = valid_from where user_id = '{}'", s.worker.user_id
        ));
        package(&s.worker, &id).await.is_problem(404, "not-found");
        open(&s.worker, &id).await.is_problem(404, "not-found");
    }

    async fn r3_when_a_referral_ends_the_provider_keeps_what_it_wrote(w: World) {
        let s = scene(&w).await;
        let (_, id) = s.accepted().await;
        let update = json!({
            "service_type": "safe_shelter", "occurred_on": "2026-11-02", "state": "in_progress",
            "note": "Slept well."
        });
        let updates = format!("/v1/referrals/{id}/service-updates");
        s.worker.post(&updates).json(&update).await.is(201);
        act(&s.worker, &id, "start", json!({})).await.is(200);
        act(&s.worker, &id, "complete", json!({"outcome": "goal_met", "note": "Done."})).await.is(200);

        for persona in [&s.worker, &s.manager] {
            package(persona, &id).await.is_problem(404, "not-found");
            persona.get(format!("/v1/cases/{}", s.case)).await.is_problem(404, "not-found");
            let stub = open(persona, &id).await.is(200);
            assert_eq!(members(&stub), [
                "allowed_actions", "answer", "end_reason", "ending_note", "id", "links", "overdue",
                "services", "state", "version", "withheld",
            ]);
            assert!(!stub.text().contains(&s.case));
            let kept = persona.get(&updates).await.is(200);
            assert_eq!(kept.at("/items/0/note"), "Slept well.");
            let of_case = persona.get(format!("/v1/referrals?case_id={}", s.case)).await.is(200);
            assert_eq!(of_case.at("/items"), json!([]));
        }
        s.worker.post(&updates).json(&update).await.is_problem(409, "illegal-transition");
        let seen = open(&s.coordinator, &id).await.is(200);
        assert_eq!(seen.at("/case_id"), s.case.as_str());
    }

    async fn r3_a_provider_that_never_answered_keeps_nothing(w: World) {
        let s = scene(&w).await;
        let (_, id) = s.sent().await;
        open(&s.worker, &id).await.is(200);

        act(&s.coordinator, &id, "cancel", json!({"reason": "Found family."})).await.is(200);
        open(&s.worker, &id).await.is_problem(404, "not-found");
        open(&s.manager, &id).await.is_problem(404, "not-found");
        assert_eq!(open(&s.coordinator, &id).await.is(200).at("/ending_note"), "Found family.");
    }

    async fn r3_what_the_sender_wrote_at_the_end_is_not_the_providers(w: World) {
        let s = scene(&w).await;
        let (_, id) = s.accepted().await;

        act(&s.coordinator, &id, "cancel", json!({"reason": "The husband found the house."})).await.is(200);
        let stub = open(&s.worker, &id).await.is(200);
        assert_eq!(stub.at("/state"), "cancelled");
        assert!(!stub.text().contains("husband"));
    }

    async fn r3_another_live_referral_of_the_same_case_keeps_its_own_access(w: World) {
        let s = scene(&w).await;
        let (consent, first) = s.accepted().await;
        let second = s.refer(&consent, json!({"services": ["medical_care"]})).await.is(201).id();
        act(&s.worker, &second, "accept", json!({})).await.is(200);

        act(&s.worker, &first, "return", json!({"reason": "not_accessible"})).await.is(200);
        package(&s.worker, &first).await.is_problem(404, "not-found");
        package(&s.worker, &second).await.is(200);
        s.worker.get(format!("/v1/cases/{}", s.case)).await.is(200);
        act(&s.worker, &second, "withdraw", json!({"reason": "She wants to go home."})).await.is(200);
        s.worker.get(format!("/v1/cases/{}", s.case)).await.is_problem(404, "not-found");
        let seen = open(&s.coordinator, &second).await.is(200);
        assert_eq!(seen.at("/ending_note"), "She wants to go home.");
        assert_eq!(seen.at("/end_reason"), "survivor_request");
    }

    async fn r8_an_investigator_sees_nothing_of_care(w: World) {
        let s = scene(&w).await;
        let (_, id) = s.accepted().await;
        let investigator = w.persona(refero_domain::actor::ActorRole::Investigator).await;

        open(&investigator, &id).await.is_problem(404, "not-found");
        package(&investigator, &id).await.is_problem(404, "not-found");
        investigator.get("/v1/referrals").await.is_problem(404, "not-found");
        investigator.get(format!("/v1/cases/{}/care", s.case)).await.is_problem(404, "not-found");
        let none: [Value; 0] = [];
        assert_eq!(s.worker.get("/v1/referrals?state=draft").await.is(200).at("/items"), json!(none));
    }
}
