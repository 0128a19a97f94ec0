//! Who the person is: told to an authority on a consent or by law, and for as long as that holds (R4, R5, R8).

use serde_json::{Value, json};

use super::Track;
use crate::{
    referral_steps::{merged, scene_for},
    steps::report,
    world::{Answer, Persona},
};

async fn identity(t: &Track, by: &Persona) -> Answer {
    by.get(t.part("identity")).purpose("investigation").await
}

async fn consent(t: &Track, changes: Value) -> String {
    let to = json!({
        "purpose": "share_with_law_enforcement", "recipient_organisation_id": t.police.organisation_id,
        "categories": ["operational", "identity_sealed"]
    });
    t.s.consent(merged(to, changes)).await.is(201).id()
}

async fn share(t: &Track, basis: Value) -> Answer {
    t.act(&t.s.coordinator, "share-identity", basis).await
}

both! {
    async fn r8_identity_is_told_on_a_consent_and_gone_with_it_and_the_proceeding_goes_on(w: World) {
        let t = Track::of(&w).await;
        identity(&t, &t.police).await.is_problem(403, "not-permitted");
        let consent = consent(&t, json!({})).await;
        let shared = share(&t, json!({"consent_id": consent})).await.is(200);
        assert_eq!(shared.at("/identity_sharing/legal_basis"), "consent");
        assert_eq!(shared.at("/identity_sharing/consent_id"), json!(consent));

        let seen = identity(&t, &t.police).await.is(200);
        assert_eq!(seen.at("/names/0/text"), "Ama K.");
        assert_eq!(identity(&t, &t.prosecutor).await.is(200).at("/names/0/text"), "Ama K.");
        let blind = t.police.get(t.part("identity")).await;
        blind.is_problem(403, "purpose-required");
        let mine = t.police.get(t.one()).await.is(200);
        assert_eq!(mine.json()["identity_sharing"].get("consent_id"), None);
        share(&t, json!({"consent_id": consent})).await.is_problem(409, "illegal-transition");

        let withdraw = t.s.coordinator.post(t.part(&format!("consents/{consent}/withdraw"))).if_match(1);
        withdraw.json(json!({})).await.is(200);
        identity(&t, &t.police).await.is_problem(403, "not-permitted");
        let after = t.police.get(t.one()).await.is(200);
        assert_eq!((after.at("/state"), after.at("/identity_sharing")), (json!("reported"), Value::Null));
        share(&t, json!({"consent_id": consent})).await.is_problem(409, "consent-withdrawn");
        let told = w.texts("select basis_id as value from audit_events where action = 'proceeding.end-identity-sharing'");
        assert_eq!(told, [consent]);
        w.expect_sound();
    }

    async fn r8_a_consent_that_expires_ends_it_at_that_moment(w: World) {
        let t = Track::of(&w).await;
        let end = w.now().plus_seconds(3_600);
        let consent = consent(&t, json!({"expires_at": end})).await;
        share(&t, json!({"consent_id": consent})).await.is(200);
        identity(&t, &t.police).await.is(200);

        w.advance_s(3_600);
        identity(&t, &t.police).await.is_problem(403, "not-permitted");
        refero::jobs::run_once(&w.second_program(), w.now()).unwrap();
        assert_eq!(t.police.get(t.one()).await.is(200).at("/identity_sharing"), Value::Null);
        w.expect_sound();
    }

    async fn r4_identity_is_told_on_no_other_consent_and_on_no_other_basis(w: World) {
        let t = Track::of(&w).await;
        let to_shelter = t.s.consent(json!({})).await.is(201).id();
        for changes in [
            json!({"recipient_organisation_id": t.s.shelter}),
            json!({"categories": ["operational"]}),
            json!({"state": "pending"}),
            json!({"purpose": "share_with_embassy"}),
        ] {
            let wrong = consent(&t, changes).await;
            share(&t, json!({"consent_id": wrong})).await.is_problem(409, "consent-required");
        }
        for wrong in [to_shelter.as_str(), "11111111-1111-4111-8111-111111111111"] {
            share(&t, json!({"consent_id": wrong})).await.is_problem(409, "consent-required");
        }
        for basis in ["vital_interests", "legitimate_interests", "public_task", "child_best_interests"] {
            let basis = json!({"legal_basis": basis, "reason": "They ask."});
            share(&t, basis).await.is_problem(409, "legal-basis-not-allowed");
        }
        identity(&t, &t.police).await.is_problem(403, "not-permitted");
        let own = t.act(&t.police, "share-identity", json!({"legal_basis": "criminal_investigation", "reason": "We ask."}));
        own.await.is_problem(403, "not-permitted");
    }

    async fn r8_what_the_law_orders_is_told_with_a_reason_and_not_where_the_person_is(w: World) {
        let t = Track::of(&w).await;
        let path = t.part("identity");
        let read = t.s.coordinator.get(&path).purpose("case_management").await.is(200);
        let found = json!({"phones": ["+256700000001"], "addresses": ["Plot 4, behind the school"]});
        let edit = t.s.coordinator.patch(&path).purpose("case_management").if_match(read.version());
        edit.json(found).await.is(200);
        let basis = json!({"legal_basis": "criminal_investigation", "reason": "Order 12 of the court."});
        let shared = share(&t, basis).await.is(200);
        assert_eq!(shared.at("/allowed_actions"), json!(["advance", "end-identity-sharing"]));

        let seen = identity(&t, &t.police).await.is(200);
        assert_eq!((seen.at("/phones"), seen.at("/addresses")), (json!([]), json!([])));
        assert_eq!(seen.at("/withheld"), json!(["safe_location"]));
        assert_eq!(seen.at("/allowed_actions"), json!([]));
        let patch = t.police.patch(&path).purpose("investigation").if_match(seen.version());
        patch.json(json!({"photo_reference": "file 9"})).await.is_problem(403, "not-permitted");
        t.act(&t.s.coordinator, "end-identity-sharing", json!({})).await.is(200);
        identity(&t, &t.police).await.is_problem(403, "not-permitted");
        let again = t.act(&t.s.coordinator, "end-identity-sharing", json!({})).await;
        again.is_problem(409, "illegal-transition");
        w.expect_sound();
    }

    async fn r8_a_dismissed_investigation_is_told_no_more_who_the_person_is(w: World) {
        let t = Track::of(&w).await;
        share(&t, json!({"legal_basis": "criminal_investigation", "reason": "Order 12."})).await.is(200);
        t.act(&t.police, "advance", json!({"to": "dismissed"})).await.is(200);

        identity(&t, &t.police).await.is_problem(403, "not-permitted");
        let basis = json!({"legal_basis": "criminal_investigation", "reason": "Order 13."});
        share(&t, basis.clone()).await.is_problem(409, "illegal-transition");
        t.act(&t.police, "advance", json!({"to": "investigating"})).await.is(200);
        share(&t, basis).await.is(200);
        identity(&t, &t.police).await.is(200);
        w.expect_sound();
    }

    async fn r6_for_a_child_the_country_says_what_stands_in_for_the_consent(w: World) {
        let grown = Track::of(&w).await;
        let child = scene_for(&w, report()).await;
        let t = Track { s: child, ..grown };
        let body = super::investigation(&t.police.organisation_id);
        let id = t.s.coordinator.post(super::path(&t.s)).json(body).await.is(201).id();
        let t = Track { id, ..t };

        let basis = |basis: &str| json!({"legal_basis": basis, "reason": "Order 12."});
        share(&t, basis("criminal_investigation")).await.is_problem(409, "legal-basis-not-allowed");
        t.s.guardian().await;
        let own = json!({"giver": "child_assent_plus_guardian"});
        let consent = consent(&t, own).await;
        share(&t, json!({"consent_id": consent})).await.is(200);
        t.act(&t.s.coordinator, "end-identity-sharing", json!({})).await.is(200);
        share(&t, basis("legal_obligation")).await.is(200);
        w.expect_sound();
    }

    async fn r4_the_register_tells_to_whom_was_disclosed_by_what_right_and_for_how_long(w: World) {
        let t = Track::of(&w).await;
        let (to_shelter, referral) = t.s.accepted().await;
        w.advance_s(1);
        share(&t, json!({"legal_basis": "criminal_investigation", "reason": "Order 12."})).await.is(200);
        t.act(&t.s.coordinator, "end-identity-sharing", json!({})).await.is(200);
        w.advance_s(1);
        let consent = consent(&t, json!({})).await;
        share(&t, json!({"consent_id": consent})).await.is(200);

        let officer = w.data_protection_officer().await;
        for by in [&t.s.coordinator, &w.supervisor().await, &officer] {
            let register = by.get(t.part("disclosures")).await.is(200);
            assert_eq!(register.at("/items").as_array().unwrap().len(), 3);
            assert_eq!(register.at("/items/0/consent_id"), json!(consent));
            assert_eq!(register.at("/items/0/until"), Value::Null);
            assert_eq!(register.at("/items/1/legal_basis"), "criminal_investigation");
            assert_eq!(register.at("/items/1/categories"), json!(["identity_sealed"]));
            assert_eq!(register.at("/items/1/proceeding_id"), json!(t.id));
            assert!(register.at("/items/1/until").is_string());
            assert_eq!(register.at("/items/2/referral_id"), json!(referral));
            assert_eq!(register.at("/items/2/consent_id"), json!(to_shelter));
            assert_eq!(register.at("/items/2/recipient_id"), json!(t.s.shelter));
        }
        let first = t.s.coordinator.get(format!("{}?limit=2", t.part("disclosures"))).await.is(200);
        let next = format!("{}?limit=2&cursor={}", t.part("disclosures"), first.text_at("/next_cursor"));
        assert_eq!(t.s.coordinator.get(next).await.is(200).at("/items/0/referral_id"), json!(referral));
        for by in [&t.police, &t.s.worker, &t.s.responder, &w.auditor().await] {
            by.get(t.part("disclosures")).await.is_problem(404, "not-found");
        }
    }
}
