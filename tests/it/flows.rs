//! One case the whole way, as two countries order the work.

use serde_json::{Value, json};

use crate::{
    steps::{active_case, step},
    world::{Persona, World},
};

/// Records a consent to share with one organisation; gives its id.
async fn consent(by: &Persona, case: &str, to: &Persona, giver: &str) -> String {
    let body = json!({
        "purpose": "share_with_service_provider",
        "recipient_organisation_id": to.organisation_id,
        "categories": ["operational", "case_restricted", "identity_sealed"],
        "giver": giver,
        "mode": "verbal_witnessed",
        "language": "sw",
        "interpreter": true,
        "state": "given"
    });
    by.post(format!("/v1/cases/{case}/consents")).json(body).await.is(201).id()
}

/// Moves a referral with the version it has now.
async fn refer_step(by: &Persona, referral: &str, act: &str, body: Value) -> Value {
    let path = format!("/v1/referrals/{referral}");
    let version = by.get(&path).await.is(200).version();
    by.post(format!("{path}/{act}")).if_match(version).json(body).await.is(200).json()
}

/// From the first offer to the end of the service.
async fn care(w: &World, coordinator: &Persona, case: &str, giver: &str) {
    let shelter = w.organisation("shelter");
    w.service(&shelter, "safe_shelter");
    let provider = w.worker().at(&shelter).await;
    let consent = consent(coordinator, case, &provider, giver).await;

    let offer = json!({
        "case_id": case,
        "organisation_id": shelter,
        "services": ["safe_shelter"],
        "urgency": "3_hours",
        "reason": "additional_services_required",
        "consent_id": consent,
        "placement_needs": ["step_free_access"],
        "send": true
    });
    let sent = coordinator.post("/v1/referrals").json(offer).await.is(201);
    assert_eq!(sent.at("/state"), "sent");
    let referral = sent.id();
    let path = format!("/v1/referrals/{referral}");

    let blind = provider.get(&path).await.is(200);
    assert!(blind.json().get("case_id").is_none_or(Value::is_null), "{}", blind.text());
    assert!(!blind.text().contains("Ama K."));
    provider.get(format!("{path}/package")).await.is_problem(404, "not-found");
    let inbox = provider.get("/v1/queues/inbox").await.is(200);
    assert_eq!(inbox.at("/items/0/id"), referral.as_str());

    refer_step(&provider, &referral, "receive", json!({})).await;
    let accepted = refer_step(&provider, &referral, "accept", json!({})).await;
    assert_eq!(accepted["state"], "accepted");
    let package = provider.get(format!("{path}/package")).await.is(200);
    assert!(package.text().contains("Ama K."));
    refer_step(&provider, &referral, "start", json!({})).await;
    let update = json!({
        "service_type": "safe_shelter",
        "occurred_on": w.now().date().to_string(),
        "state": "in_progress",
        "note": "Settled in."
    });
    provider.post(format!("{path}/service-updates")).json(update).await.is(201);
    let seen = coordinator.get(format!("/v1/cases/{case}/care")).await.is(200);
    assert!(seen.text().contains("in_progress"));
    let done = refer_step(&provider, &referral, "complete", json!({"outcome": "goal_met"})).await;
    assert_eq!(done["state"], "service_completed");
    provider.get(format!("{path}/package")).await.is_problem(404, "not-found");
    provider.get(format!("/v1/cases/{case}")).await.is_problem(404, "not-found");
}

/// Follow-up, and an end with four eyes.
async fn end(coordinator: &Persona, supervisor: &Persona, case: &str) {
    step(coordinator, case, "start-follow-up", json!({})).await.is(200);
    step(coordinator, case, "close", json!({"reason": "reintegrated"})).await.is(200);
    let closed = step(supervisor, case, "close", json!({})).await.is(200);
    assert_eq!(closed.at("/state"), "closed");
}

mod uganda {
    use super::*;

    both! {
        in "ug";
        async fn first_responder_then_bureau_then_provider(w: World) {
            let police = w.organisation("law_enforcement");
            let responder = w.first_responder().at(&police).await;
            let bureau = w.organisation("coordination_body");
            let coordinator = w.coordinator().at(&bureau).await;
            let supervisor = w.supervisor().at(&bureau).await;
            let report = json!({
                "submit": true,
                "sex_reporting": "female",
                "age_status": "adult_declared",
                "birth_year_estimate": 1999,
                "citizenships": ["UG"],
                "primary_language": "lg",
                "area": "UG-C",
                "detection_source": "border_control",
                "urgent_needs": ["safe_shelter"],
                "exploitation_types": ["domestic_servitude"],
                "identity": {"names": [{"text": "Ama K."}]}
            });

            let case = active_case(&responder, &coordinator, report).await;
            let seen = coordinator.get(format!("/v1/cases/{case}")).await.is(200);
            assert!(seen.text_at("/case_code").starts_with("UG-"));
            care(&w, &coordinator, &case, "individual").await;
            end(&coordinator, &supervisor, &case).await;
            let profile = coordinator.get("/v1/country-profile").await.is(200);
            assert_eq!(profile.at("/clocks/triage_claim/status"), "policy, to be confirmed");
        }
    }
}

mod cote_d_ivoire {
    use super::*;

    both! {
        in "ci";
        async fn police_alert_then_committee_then_care(w: World) {
            let police = w.organisation("law_enforcement");
            let responder = w.first_responder().at(&police).await;
            let committee = w.organisation("coordination_body");
            let coordinator = w.coordinator().at(&committee).await;
            let supervisor = w.supervisor().at(&committee).await;
            let report = json!({
                "submit": true,
                "sex_reporting": "male",
                "age_status": "child_declared",
                "birth_year_estimate": 2012,
                "citizenships": ["BF"],
                "primary_language": "dyu",
                "area": "CI-AB",
                "detection_source": "police_operation",
                "exploitation_types": ["child_labour"],
                "labour_types": ["agriculture"],
                "identity": {"names": [{"text": "Ama K."}]}
            });

            let case = active_case(&responder, &coordinator, report).await;
            let seen = coordinator.get(format!("/v1/cases/{case}")).await.is(200);
            assert!(seen.text_at("/case_code").starts_with("CI-"));
            assert_eq!(seen.at("/protected_as_child"), true);
            let guardian = crate::guardians::appointment();
            coordinator.post(format!("/v1/cases/{case}/guardians")).json(guardian).await.is(201);
            care(&w, &coordinator, &case, "child_assent_plus_guardian").await;
            end(&coordinator, &supervisor, &case).await;
            let problem = coordinator
                .get(format!("/v1/cases/{case}/identity"))
                .header("Accept-Language", "fr")
                .await
                .is_problem(403, "purpose-required");
            assert_eq!(problem.header("content-language").unwrap(), "fr");
        }
    }
}
