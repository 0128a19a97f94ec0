//! Letters on paper: numbered, kept as they were made, and with nothing in them that must not get lost.

use refero_domain::actor::ActorRole;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{
    every::ABSENT,
    referral_steps::{Scene, act, ids, merged, scene_for},
    steps::{adult_report, register, report},
    world::{Answer, Persona},
};

const NAME: &str = "Zephyrine Quillfeather";
const PHONE: &str = "+256414999888";
const TOLD: &str = "Behind the blue gate.";

/// A woman of whom a name, a telephone number and words are known.
fn told() -> Value {
    merged(
        adult_report(),
        json!({
            "area": "XZ-N", "narrative": TOLD,
            "identity": {"names": [{"text": NAME}], "phones": [PHONE], "addresses": [TOLD]}
        }),
    )
}

fn letters(referral: &str) -> String {
    format!("/v1/referrals/{referral}/letters")
}

fn notices(case: &str) -> String {
    format!("/v1/cases/{case}/notices-of-rights")
}

async fn made(by: &Persona, path: &str, language: &str) -> (Answer, String) {
    let made = by.post(path).json(json!({"language": language})).await.is(201);
    let page = by.get(format!("{path}/{}", made.id())).await.is(200).text();
    (made, page)
}

#[track_caller]
fn holds_nothing_of_anybody(page: &str, s: &Scene) {
    for never in [NAME, PHONE, TOLD, s.case.as_str(), s.responder.username.as_str()] {
        assert!(!page.contains(never), "{never}: {page}");
    }
}

/// A page that a screen reader and a printer understand, and that runs nothing.
#[track_caller]
fn is_accessible(answer: &Answer, language: &str) {
    let page = answer.text();
    assert!(page.starts_with("<!DOCTYPE html>"), "{page}");
    for part in [
        &format!("<html lang=\"{language}\">"),
        "<main>",
        "<h1>",
        "<title>",
        "@media print",
        "charset=\"utf-8\"",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    for never in ["<script", "http://", "https://", "<img", "<link", "style=\"", "onload"] {
        assert!(!page.contains(never), "{never}: {page}");
    }
    let header = |name: &str| answer.header(name).unwrap();
    let policy = header("content-security-policy");
    assert!(
        policy.contains("default-src 'none'") && policy.contains("style-src 'sha256-"),
        "{policy}"
    );
    assert_eq!(
        (header("content-language"), header("cache-control")),
        (language.to_owned(), "no-store".to_owned())
    );
    assert_eq!(header("content-type"), "text/html; charset=utf-8");
}

both! {
    async fn r1_before_it_is_accepted_a_letter_tells_what_the_offer_tells(w: World) {
        let s = scene_for(&w, told()).await;
        let (_, referral) = s.sent().await;
        let code = s.coordinator.get(format!("/v1/cases/{}", s.case)).await.is(200).text_at("/case_code");

        let (_, page) = made(&s.coordinator, &letters(&referral), "en").await;
        holds_nothing_of_anybody(&page, &s);
        assert!(!page.contains(&code), "R1: no number of the case");
        assert!(page.contains("Safe shelter") || page.contains("shelter"), "{page}");
        // R2: afterwards the number and the reason.
        act(&s.worker, &referral, "receive", json!({})).await.is(200);
        act(&s.worker, &referral, "accept", json!({})).await.is(200);
        let (_, page) = made(&s.coordinator, &letters(&referral), "en").await;
        holds_nothing_of_anybody(&page, &s);
        assert!(page.contains(&code), "{page}");
        // When the referral has ended no letter goes with it.
        act(&s.worker, &referral, "start", json!({})).await.is(200);
        act(&s.worker, &referral, "complete", json!({"outcome": "goal_met"})).await.is(200);
        let late = s.coordinator.post(letters(&referral)).json(json!({"language": "en"}));
        late.await.is_problem(409, "illegal-transition");
        assert_eq!(ids(&s.coordinator.get(letters(&referral)).await.is(200)).len(), 2);
        w.expect_sound();
    }

    async fn r9_no_letter_names_the_shelter(w: World) {
        let s = scene_for(&w, told()).await;
        let (_, referral) = s.sent().await;
        let name = s.coordinator.get(format!("/v1/organisations/{}", s.shelter)).await.is(200).text_at("/name");
        let (_, page) = made(&s.coordinator, &letters(&referral), "fr").await;
        assert!(!page.contains(&name), "{page}");
        let doctor = json!({"services": ["medical_care"]});
        let consent = s.consent(json!({})).await.is(201).id();
        let second = s.refer(&consent, doctor).await.is(201).id();
        let (_, page) = made(&s.coordinator, &letters(&second), "fr").await;
        assert!(page.contains(&name), "where nobody is housed, it says for whom it is: {page}");
    }

    async fn a_letter_is_numbered_and_comes_back_as_it_was_made(w: World) {
        let s = scene_for(&w, told()).await;
        let (_, referral) = s.sent().await;
        let (one, page) = made(&s.coordinator, &letters(&referral), "en").await;
        let (two, _) = made(&s.coordinator, &notices(&s.case), "en").await;
        assert_eq!((one.at("/number"), two.at("/number")), (json!("2026/1"), json!("2026/2")));
        let digest: String = Sha256::digest(page.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(one.at("/sha256"), digest);
        let proved = w.texts("select basis_id as value from audit_events where action = 'referral-letter.create'");
        let proof = proved[0].strip_prefix("hmac-sha256:").unwrap();
        assert!(proof.len() == 64 && proof != digest, "whoever holds the same page finds nobody in the trail");

        // What is known changes; what was put on paper does not.
        act(&s.worker, &referral, "receive", json!({})).await.is(200);
        act(&s.worker, &referral, "accept", json!({})).await.is(200);
        let again = s.coordinator.get(format!("{}/{}", letters(&referral), one.id())).await.is(200);
        assert_eq!(again.text(), page);
        w.advance_s(90 * 86_400);
        let (next_year, _) = made(&s.coordinator, &notices(&s.case), "en").await;
        assert_eq!(next_year.at("/number"), "2027/1");
        w.expect_sound();
    }

    async fn letters_are_pages_that_anybody_can_read_in_three_languages(w: World) {
        let s = scene_for(&w, told()).await;
        let (_, referral) = s.sent().await;
        for language in ["en", "fr", "pt"] {
            for path in [letters(&referral), notices(&s.case)] {
                let made = s.coordinator.post(&path).json(json!({"language": language})).await.is(201);
                let answer = s.coordinator.get(format!("{path}/{}", made.id())).await.is(200);
                is_accessible(&answer, language);
                holds_nothing_of_anybody(&answer.text(), &s);
            }
        }
        let unknown = s.coordinator.post(notices(&s.case)).json(json!({"language": "ar"}));
        unknown.await.is_problem(422, "validation-failed");
    }

    async fn r6_a_child_is_told_of_a_guardian_and_everybody_of_the_numbers_to_call(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        let child = register(&responder, report()).await;
        let adult = register(&responder, adult_report()).await;
        let (_, page) = made(&responder, &notices(&child), "en").await;
        assert!(page.contains("If you are under 18"), "{page}");
        let (_, page) = made(&responder, &notices(&adult), "en").await;
        assert!(!page.contains("If you are under 18") && page.contains("If you are in danger"), "{page}");
        coordinator.post(format!("/v1/cases/{child}/claim")).if_match(1).json(json!({})).await.is(200);
        responder.post(notices(&child)).json(json!({"language": "en"})).await.is_problem(403, "not-permitted");
    }

    async fn whoever_does_not_send_the_referral_has_none_of_its_letters(w: World) {
        let s = scene_for(&w, told()).await;
        let (_, referral) = s.accepted().await;
        let (made, _) = made(&s.coordinator, &letters(&referral), "en").await;
        let one = format!("{}/{}", letters(&referral), made.id());
        for by in [&s.worker, &s.manager] {
            by.get(&one).await.is_problem(403, "not-permitted");
            by.post(letters(&referral)).json(json!({"language": "en"})).await.is_problem(403, "not-permitted");
            by.get(format!("{}/{ABSENT}", notices(&s.case))).await.is_problem(403, "not-permitted");
        }
        for role in [ActorRole::SystemAdministrator, ActorRole::Auditor, ActorRole::Analyst] {
            w.persona(role).await.get(&one).await.is_problem(404, "not-found");
        }
        let notice = s.coordinator.post(notices(&s.case)).json(json!({"language": "en"})).await.is(201).id();
        // A letter of a referral is no notice of the case.
        s.coordinator.get(format!("{}/{}", notices(&s.case), made.id())).await.is_problem(404, "not-found");
        s.coordinator.get(format!("{}/{notice}", letters(&referral))).await.is_problem(404, "not-found");
        assert_eq!(ids(&s.coordinator.get(notices(&s.case)).await.is(200)), [notice]);
    }

    async fn a_letter_that_is_asked_for_twice_is_made_once_and_goes_with_the_person(w: World) {
        let s = scene_for(&w, told()).await;
        let body = json!({"id": "0f0e0d0c-0b0a-4908-8706-050403020100", "language": "pt"});
        let ask = |body: &Value| s.coordinator.post(notices(&s.case)).without_key().json(body);
        let (one, two) = (ask(&body).await.is(201), ask(&body).await.is(201));
        assert_eq!(one.at("/number"), two.at("/number"));
        ask(&merged(body, json!({"language": "fr"}))).await.is_problem(409, "id-taken");
        ask(&json!({"language": "fr"})).await.is_problem(400, "idempotency-key-missing");

        crate::erasure::forget(&w, &s.case).await;
        s.coordinator.get(format!("{}/{}", notices(&s.case), one.id())).await.is_problem(410, "erased");
        assert_eq!(w.texts("select id as value from letters where sealed is null").len(), 1);
        w.expect_sound();
    }
}
