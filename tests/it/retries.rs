//! The same thing sent twice under the client's own identifier is one thing.

use serde_json::{Value, json};

use crate::{
    referral_steps::{merged, scene},
    world::Persona,
};

const OWN: &str = "7a0cba56-4f0e-4a63-9b0a-6f4f2f1f7c22";

/// Sends a thing twice, then with other content; gives its address.
async fn sent_twice(by: &Persona, path: &str, body: Value, other: Value) -> String {
    let body = merged(body, json!({"id": OWN}));
    let first = by.post(path).without_key().json(&body).await.is(201);
    let again = by.post(path).without_key().json(&body).await.is(201);
    assert_eq!((first.id(), first.text()), (again.id(), again.text()), "{path}");
    let with_key = by.post(path).json(&body).await.is(201);
    assert_eq!(with_key.id(), OWN);
    let other = by.post(path).without_key().json(merged(body, other)).await;
    other.is_problem(409, "id-taken");
    first.header("location").unwrap()
}

both! {
    async fn a_note_a_screening_and_a_consent_sent_twice_are_one_of_each(w: World) {
        let s = scene(&w).await;
        let supervisor = w.supervisor().await;
        let of_case = |part: &str| format!("/v1/cases/{}/{part}", s.case);
        let note = json!({"text": "Called; she feels safe."});

        let path = sent_twice(&s.coordinator, &of_case("notes"), note.clone(), json!({"text": "Called."})).await;
        assert_eq!(s.coordinator.get(path).await.is(200).at("/state"), "recorded");
        let theirs = merged(note, json!({"id": OWN}));
        supervisor.post(of_case("notes")).json(theirs).await.is_problem(409, "id-taken");
        assert_eq!(s.coordinator.get(of_case("notes")).await.at("/items").as_array().unwrap().len(), 1);
        let screening = json!({"profile": "adult_labour", "answers": {"DR01": "yes"}});
        let other = json!({"answers": {"DR01": "no"}});
        sent_twice(&s.coordinator, &of_case("screenings"), screening, other).await;
        let other = json!({"state": "refused"});
        sent_twice(&s.coordinator, &of_case("consents"), s.consent_body(), other).await;
    }

    async fn a_referral_and_a_report_of_care_sent_twice_are_one_of_each(w: World) {
        let s = scene(&w).await;
        let consent = s.consent(json!({})).await.is(201).id();
        let referral = merged(s.referral_body(&consent), json!({"instructions": "Ring twice."}));

        let path = sent_twice(&s.coordinator, "/v1/referrals", referral.clone(), json!({"instructions": "Knock."})).await;
        s.worker.post(format!("{path}/accept")).if_match(2).json(json!({})).await.is(200);
        // It has moved on since, and is still the same.
        let again = merged(referral, json!({"id": OWN}));
        let again = s.coordinator.post("/v1/referrals").without_key().json(again).await.is(201);
        assert_eq!(again.at("/state"), "accepted");
        let update = json!({"service_type": "safe_shelter", "state": "in_progress", "occurred_on": "2026-11-02"});
        let other = json!({"note": "Arrived."});
        sent_twice(&s.worker, &format!("{path}/service-updates"), update, other).await;
    }
}
