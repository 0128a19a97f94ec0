//! Forgetting a person: who asks and who agrees, what is gone, and what stands (R10, R13).

mod copies;
mod reach;
mod restored;

use serde_json::{Value, json};

use crate::{
    referral_steps::{Scene, act, merged, scene_for},
    steps::adult_report,
    world::{Answer, Persona, World},
};

/// A name that stands nowhere but in what was told about the person.
const CANARY: &str = "Zephyrine Quillfeather";

fn told() -> Value {
    merged(
        adult_report(),
        json!({
            "identity": {"names": [{"text": CANARY, "kind": "as_heard"}]},
            "narrative": CANARY,
            "birth_year_estimate": 1993,
            "primary_language": "sw",
            "gender": "feminine",
            "trafficking_events": [{"kind": "exploitation", "country": "UG", "area": "UG-314", "on": "2026-05-07"}]
        }),
    )
}

/// A case with everything in it: notes, a consent, a referral that was carried through.
async fn full(w: &World) -> Scene {
    let s = scene_for(w, told()).await;
    let (_, referral) = s.accepted().await;
    act(&s.worker, &referral, "start", json!({})).await.is(200);
    act(&s.worker, &referral, "complete", json!({"outcome": "goal_met", "note": CANARY}))
        .await
        .is(200);
    let notes = format!("/v1/cases/{}/notes", s.case);
    s.coordinator.post(notes).json(json!({"text": CANARY})).await.is(201);
    s
}

async fn ask(officer: &Persona, case: &str) -> Answer {
    let body =
        json!({"case_id": case, "ground": "request_of_person", "file_reference": "DPO/2026/1"});
    officer.post("/v1/erasure-requests").json(body).await
}

async fn decide(by: &Persona, request: &str, what: &str) -> Answer {
    by.post(format!("/v1/erasure-requests/{request}/{what}")).if_match(1).await
}

/// Has the person of a case forgotten; gives the request.
pub(crate) async fn forget(w: &World, case: &str) -> String {
    let officer = w.data_protection_officer().await;
    let request = ask(&officer, case).await.is(201).id();
    decide(&w.supervisor().await, &request, "approve").await.is(200);
    request
}

both! {
    async fn r10_forgetting_needs_a_second_person(w: World) {
        let s = full(&w).await;
        let officer = w.data_protection_officer().await;
        let supervisor = w.supervisor().await;

        ask(&supervisor, &s.case).await.is_problem(403, "not-permitted");
        ask(&s.coordinator, &s.case).await.is_problem(404, "not-found");
        let asked = ask(&officer, &s.case).await.is(201);
        assert_eq!(asked.at("/state"), "requested");
        assert_eq!(asked.at("/allowed_actions"), json!(["decline"]));
        ask(&officer, &s.case).await.is_problem(409, "illegal-transition");
        decide(&officer, &asked.id(), "approve").await.is_problem(403, "self-approval");
        decide(&s.coordinator, &asked.id(), "approve").await.is_problem(404, "not-found");
        decide(&w.supervisor().in_area("XZ-S").await, &asked.id(), "decline").await.is(200);
        let again = ask(&officer, &s.case).await.is(201).id();
        decide(&w.data_protection_officer().await, &again, "approve").await.is(200);
        decide(&supervisor, &again, "decline").await.is_problem(412, "stale-version");
        w.expect_sound();
    }

    async fn r13_whom_was_forgotten_nothing_shows_any_more(w: World) {
        let s = full(&w).await;
        let other = scene_for(&w, told()).await;
        forget(&w, &s.case).await;

        let case = format!("/v1/cases/{}", s.case);
        for part in ["", "/identity", "/notes", "/consents", "/screenings", "/timeline", "/care"] {
            let asked = s.coordinator.get(format!("{case}{part}")).purpose("case_management").await;
            asked.is_problem(410, "erased");
        }
        s.coordinator.post(format!("{case}/notes")).json(json!({"text": "x"})).await
            .is_problem(410, "erased");
        w.first_responder().await.get(&case).await.is_problem(404, "not-found");
        let listed = s.coordinator.get("/v1/cases").await.is(200);
        assert!(!listed.text().contains(&s.case) && listed.text().contains(&other.case));
        let by_name = json!({"names": [CANARY]});
        let found = s.coordinator.post("/v1/cases/search").json(by_name).purpose("case_management").await.is(200);
        assert!(!found.text().contains(&s.case) && found.text().contains(&other.case), "{}", found.text());
        for list in ["/v1/referrals", "/v1/detection-reports", "/v1/queues/overdue"] {
            let listed = s.coordinator.get(list).await.is(200);
            assert!(!listed.text().contains(&s.case), "{list}");
        }
        let mine = s.worker.get("/v1/referrals").await.is(200);
        assert_eq!(mine.at("/items"), json!([]));
        // Nobody else is touched.
        let identity = format!("/v1/cases/{}/identity", other.case);
        other.coordinator.get(identity).purpose("case_management").await.is(200);
        w.expect_sound();
    }

    async fn r13_codes_for_statistics_and_the_trail_stand(w: World) {
        let s = full(&w).await;
        let before = w.trail().len();
        forget(&w, &s.case).await;

        let kept = "select sex_reporting || ' ' || cast(birth_year_estimate as text) || ' ' || coalesce(primary_language, '-') as value from people";
        assert_eq!(w.texts(kept), ["female 1990 -"]);
        let facts = w.texts("select facts as value from detection_reports").remove(0);
        assert!(facts.contains("DR01") && facts.contains("1990") && !facts.contains("\"sw\""), "{facts}");
        assert!(facts.contains("exploitation") && !facts.contains("UG-314") && !facts.contains("2026-05-07"), "{facts}");
        assert!(!facts.contains("feminine"), "{facts}");
        let trail = w.trail();
        assert!(trail.len() > before);
        for told in ["erasure.request success", "erasure.approve success", "person.erase success"] {
            assert!(trail.iter().any(|event| event == told), "{told}");
        }
        let key = format!(
            "select {} as value from person_keys where destroyed_at is not null", w.hex("wrapped")
        );
        assert_eq!(w.texts(&key), [""]);
        let repeats = "select cast(count(*) as text) as value from idempotency_keys where operation in ('note.create', 'referral.create', 'consent.create')";
        assert_eq!(w.texts(repeats), ["0"]);
        w.expect_sound();
    }

    async fn a_legal_hold_stands_in_the_way_until_two_people_release_it(w: World) {
        let s = full(&w).await;
        let (officer, supervisor) = (w.data_protection_officer().await, w.supervisor().await);
        let body = json!({"case_id": s.case, "ground": "criminal_proceedings", "file_reference": "CR-12/2026"});
        s.coordinator.post("/v1/legal-holds").json(&body).await.is_problem(404, "not-found");
        let hold = supervisor.post("/v1/legal-holds").json(&body).await.is(201).id();
        let request = ask(&officer, &s.case).await.is(201).id();

        decide(&supervisor, &request, "approve").await.is_problem(409, "legal-hold");
        let release = |by: &Persona, version: i64| {
            by.post(format!("/v1/legal-holds/{hold}/release")).if_match(version)
        };
        let asked = release(&supervisor, 1).await.is(200);
        assert_eq!(asked.at("/state"), "release_requested");
        release(&supervisor, 2).await.is_problem(403, "self-approval");
        decide(&supervisor, &request, "approve").await.is_problem(409, "legal-hold");
        assert_eq!(release(&officer, 2).await.is(200).at("/state"), "released");
        release(&officer, 3).await.is_problem(409, "illegal-transition");
        decide(&supervisor, &request, "approve").await.is(200);
    }

    async fn nobody_is_forgotten_while_a_provider_works_with_them(w: World) {
        let s = scene_for(&w, told()).await;
        s.accepted().await;
        let request = ask(&w.data_protection_officer().await, &s.case).await.is(201).id();

        decide(&w.supervisor().await, &request, "approve").await.is_problem(409, "open-referrals");
    }

    async fn the_receipt_is_in_the_language_of_the_person_and_says_nothing_about_them(w: World) {
        let s = full(&w).await;
        let officer = w.data_protection_officer().await;
        let request = ask(&officer, &s.case).await.is(201).id();
        let path = format!("/v1/erasure-requests/{request}/receipt");
        officer.get(&path).await.is_problem(404, "not-found");
        let approved = decide(&w.supervisor().await, &request, "approve").await.is(200);
        let leaf = approved.header("audit-receipt").unwrap();

        for (language, word) in [("en", "RECEIPT"), ("fr", "REÇU"), ("pt", "RECIBO")] {
            let receipt = officer.get(format!("{path}?language={language}")).await.is(200);
            let text = receipt.text();
            assert!(text.starts_with(word) && text.contains(&leaf), "{text}");
            assert!(!text.contains(CANARY) && !text.contains(&s.case), "{text}");
        }
        officer.get(format!("{path}?language=xx")).await.is(400);
    }

    async fn a_case_is_named_by_its_id_or_by_the_code_on_a_letter(w: World) {
        let s = full(&w).await;
        let code = s.coordinator.get(format!("/v1/cases/{}", s.case)).await.text_at("/case_code");
        let officer = w.data_protection_officer().await;
        let body = |changes: Value| {
            merged(json!({"ground": "no_longer_needed", "file_reference": "A-1"}), changes)
        };

        for wrong in [
            body(json!({})),
            body(json!({"case_id": s.case, "case_code": code})),
            body(json!({"case_id": s.case, "file_reference": CANARY})),
        ] {
            officer.post("/v1/erasure-requests").json(wrong).await.is_problem(422, "validation-failed");
        }
        let asked = officer.post("/v1/erasure-requests").json(body(json!({"case_code": code}))).await;
        assert_eq!(asked.is(201).text_at("/case_id"), s.case);
        let listed = officer.get("/v1/erasure-requests").await.is(200);
        assert!(listed.text().contains(&s.case) && !listed.text().contains(CANARY));
    }
}
