//! Where services are missing, for who supervises and for who counts alone (R18).

use refero_domain::{actor::ActorRole, id::OrganisationId};
use serde_json::{Value, json};

use crate::{
    referral_steps::{act, merged, provider},
    steps::{adult_report, register},
    world::{Persona, World},
};

const GAPS: &str = "/v1/statistics/service-gaps";
const QUARTER: i64 = 60 * 86_400;

/// Finds somebody in an area and asks a shelter for a place at once; gives the referral.
async fn asked(responder: &Persona, to: &OrganisationId, area: &str) -> String {
    let case = register(responder, merged(adult_report(), json!({"area": area}))).await;
    let body = json!({
        "case_id": case, "organisation_id": to, "services": ["safe_shelter"], "urgency": "3_hours",
        "reason": "additional_services_required", "legal_basis": "vital_interests",
        "basis_reason": "Nowhere safe to sleep tonight.", "send": true
    });
    responder.post("/v1/referrals").json(body).await.is(201).id()
}

/// Thirteen are found in the north, of whom twelve are taken, and one in the south, who is declined.
async fn a_quarter(w: &World) {
    let responder = w.first_responder().await;
    let shelter = provider(w, &["safe_shelter"]);
    let worker = w.worker().at(&shelter).await;
    for n in 0..13 {
        let referral = asked(&responder, &shelter, "XZ-N").await;
        if n > 0 {
            act(&worker, &referral, "accept", json!({})).await.is(200);
        }
    }
    let referral = asked(&responder, &shelter, "XZ-S").await;
    w.advance_s(600);
    act(&worker, &referral, "decline", json!({"reason": "no_capacity"})).await.is(200);
}

both! {
    async fn a_supervisor_sees_where_services_are_missing_in_their_area(w: World) {
        a_quarter(&w).await;

        let south = w.supervisor().in_area("XZ-S").await;
        let seen = south.get(format!("{GAPS}?quarter=2026-Q4")).await.is(200);
        assert_eq!((seen.at("/is_over"), seen.at("/suppress_under")), (json!(false), Value::Null));
        let total = |member: &str| seen.at(&format!("/services/0/total/{member}"));
        assert_eq!(seen.at("/services/0/service_type"), "safe_shelter");
        assert_eq!((total("asked"), total("declined"), total("people_unmet")), (json!(1), json!(1), json!(1)));
        assert_eq!(total("declined_by/0"), json!({"reason": "no_capacity", "count": 1}));
        assert_eq!(total("median_answer_s"), 600);
        assert_eq!(seen.at("/services/0/areas/0/area"), "XZ-S");
        let country = w.supervisor().await.get(format!("{GAPS}?quarter=2026-Q4")).await.is(200);
        assert_eq!(country.at("/services/0/total/people_asked"), 14);
        assert_eq!(country.at("/services/0/areas").as_array().unwrap().len(), 2);
        let before = w.supervisor().await.get(GAPS).await.is(200);
        assert_eq!((before.at("/quarter"), before.at("/services")), (json!("2026-Q3"), json!([])));
        assert!(w.trail().contains(&"statistics.read success".to_owned()));
    }

    async fn r18_who_counts_alone_is_told_of_no_few_people(w: World) {
        a_quarter(&w).await;
        let analyst = w.persona(ActorRole::Analyst).await;

        analyst.get(format!("{GAPS}?quarter=2026-Q4")).await.is_problem(403, "not-permitted");
        w.advance_s(QUARTER);
        let seen = analyst.get(GAPS).await.is(200);
        assert_eq!((seen.at("/quarter"), seen.at("/is_over")), (json!("2026-Q4"), json!(true)));
        assert_eq!(seen.at("/suppress_under"), 11);
        assert_eq!(seen.at("/services/0/areas/1/area"), "XZ-S");
        for member in ["asked", "declined", "people_asked", "people_unmet", "median_answer_s"] {
            assert_eq!(seen.at(&format!("/services/0/areas/1/{member}")), Value::Null, "{member}");
        }
        // Fourteen in all and thirteen in the north would tell of the one in the south.
        let asked = |row: &str| seen.at(&format!("/services/0/{row}/asked"));
        assert!(asked("total").is_null() || asked("areas/0").is_null(), "{}", seen.text());
        let exact = w.supervisor().await.get(format!("{GAPS}?quarter=2026-Q4")).await.is(200);
        assert_eq!(exact.at("/services/0/areas/1/asked"), 1);
    }

    async fn who_does_not_count_is_not_told(w: World) {
        for by in [
            w.worker().await, w.first_responder().await, w.coordinator().await, w.administrator().await,
            w.auditor().await,
        ] {
            by.get(GAPS).await.is_problem(403, "not-permitted");
        }
        let supervisor = w.supervisor().await;
        for wrong in ["2026", "2026-Q5", "Q4"] {
            let refused = supervisor.get(format!("{GAPS}?quarter={wrong}")).await;
            refused.is_problem(400, "invalid-parameter");
        }
    }
}
