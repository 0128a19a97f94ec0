//! Identification decisions: who decides what, and that help waits for none of it.

mod reviews;
mod seeing;

use refero_domain::actor::ActorRole;
use serde_json::{Value, json};

use crate::{
    referral_steps::{Scene, ids, merged, scene},
    steps::{adult_report, register, step},
    world::{Answer, Persona, World},
};

/// The body that the fictional country names.
const BOARD: &str = "Demoland Identification Board (fictional)";
const BUREAU: &str = "Demoland Coordination Bureau (fictional)";

fn path(case: &str) -> String {
    format!("/v1/cases/{case}/identification-decisions")
}

/// A decision of the bureau that there are reasonable grounds.
fn presumption() -> Value {
    json!({
        "kind": "presumption", "outcome": "positive", "body_type": "non_police_government",
        "standard_of_proof": "reasonable_grounds", "intercepted": false,
        "legal_reference": "Act, section 3", "reasons": "Deceived about the work.",
        "evidence": ["File 12, page 3"], "decided_on": "2026-11-02"
    })
}

/// A decision of the body that the person is a victim.
fn identified() -> Value {
    let changes = json!({
        "kind": "formal_identification", "standard_of_proof": "conclusive_grounds",
        "certificate_number": "XZ/2026-17", "body": BOARD, "reasons": "Sold to a farm."
    });
    merged(presumption(), changes)
}

async fn decide(by: &Persona, case: &str, body: Value) -> Answer {
    by.post(path(case)).json(body).await
}

async fn stage(by: &Persona, case: &str) -> Value {
    by.get(format!("/v1/cases/{case}")).await.is(200).at("/identification_stage")
}

async fn officer(w: &World) -> Persona {
    w.persona(ActorRole::IdentificationOfficer).in_area("XZ-N").await
}

/// A case of the north that somebody coordinates.
async fn northern(w: &World) -> Scene {
    crate::referral_steps::scene_for(w, merged(adult_report(), json!({"area": "XZ-N"}))).await
}

/// As before, and the person is presumed a victim; gives the decision.
async fn presumed(s: &Scene) -> String {
    decide(&s.coordinator, &s.case, presumption()).await.is(201).id()
}

/// Screens and concludes.
async fn conclude(by: &Persona, case: &str, conclusion: &str) -> Answer {
    let screenings = format!("/v1/cases/{case}/screenings");
    let body = json!({"profile": "adult_labour", "answers": {"ACT1": "yes"}});
    let made = by.post(&screenings).json(body).await.is(201).id();
    let body = json!({"conclusion": conclusion, "reasons": "Deceived."});
    by.post(format!("{screenings}/{made}/conclude")).if_match(1).json(body).await
}

both! {
    async fn the_bureau_presumes_and_the_body_identifies(w: World) {
        let (s, officer) = (northern(&w).await, officer(&w).await);

        let made = decide(&s.coordinator, &s.case, presumption()).await.is(201);
        assert_eq!((made.at("/state"), made.at("/number")), (json!("in_force"), json!(1)));
        assert_eq!((made.at("/stage_before"), made.at("/stage_after")), (json!("detected"), json!("presumed_victim")));
        assert_eq!((made.at("/body"), made.at("/reasons")), (json!(BUREAU), json!("Deceived about the work.")));
        assert_eq!(made.at("/evidence"), json!(["File 12, page 3"]));
        assert_eq!(made.at("/allowed_actions"), json!(["record-notice", "request-review"]));
        assert_eq!(stage(&s.coordinator, &s.case).await, "presumed_victim");

        let made = decide(&officer, &s.case, identified()).await.is(201);
        assert_eq!((made.at("/body"), made.at("/certificate_number")), (json!(BOARD), json!("XZ/2026-17")));
        assert_eq!(made.at("/decided_by"), json!(officer.user_id));
        assert_eq!(stage(&officer, &s.case).await, "formally_identified");
        let list = s.coordinator.get(path(&s.case)).await.is(200);
        assert_eq!(list.at("/items/1/id"), json!(made.id()));
        let first = s.coordinator.get(format!("{}?limit=1", path(&s.case))).await.is(200);
        let next = first.text_at("/next_cursor");
        let second = s.coordinator.get(format!("{}?limit=1&cursor={next}", path(&s.case))).await.is(200);
        assert_eq!(ids(&second), [made.id()]);
        w.expect_sound();
    }

    async fn assistance_never_depends_on_identification(w: World) {
        let (s, officer) = (northern(&w).await, officer(&w).await);
        // Detected, and somebody helps already.
        let (_, referral) = s.accepted().await;
        presumed(&s).await;
        let no = merged(identified(), json!({"outcome": "negative", "intercepted": null, "certificate_number": null}));
        decide(&officer, &s.case, no).await.is(201);
        assert_eq!(stage(&s.coordinator, &s.case).await, "not_identified");

        let seen = s.coordinator.get(format!("/v1/cases/{}", s.case)).await.is(200);
        assert_eq!(seen.at("/state"), "active");
        crate::referral_steps::act(&s.worker, &referral, "start", json!({})).await.is(200);
        s.accepted().await;
        step(&s.coordinator, &s.case, "start-reflection", json!({})).await.is(200);
        step(&s.coordinator, &s.case, "resume", json!({})).await.is(200);
        let other = northern(&w).await;
        let declined = json!({"kind": "declined", "decided_on": "2026-11-02"});
        decide(&other.coordinator, &other.case, declined).await.is(201);
        assert_eq!(stage(&other.coordinator, &other.case).await, "declined_identification");
        other.accepted().await;
    }

    async fn r19_the_body_is_one_that_the_country_names(w: World) {
        let (s, officer) = (northern(&w).await, officer(&w).await);
        presumed(&s).await;

        for body in [BUREAU, "A board of my own"] {
            let refused = decide(&officer, &s.case, merged(identified(), json!({"body": body}))).await;
            let refused = refused.is_problem(422, "validation-failed");
            assert_eq!(refused.at("/errors/0/pointer"), "/body");
        }
        // Where there is one only, it need not be named.
        let made = decide(&officer, &s.case, merged(identified(), json!({"body": null}))).await.is(201);
        assert_eq!(made.at("/body"), json!(BOARD));
    }

    async fn nobody_decides_what_is_another_bodys_to_decide(w: World) {
        let (s, officer) = (northern(&w).await, officer(&w).await);
        let colleague = w.coordinator().await;
        let elsewhere = w.persona(ActorRole::IdentificationOfficer).in_area("XZ-S").await;
        // Before there is a presumption the body does not know of the case.
        decide(&officer, &s.case, identified()).await.is_problem(404, "not-found");
        decide(&colleague, &s.case, presumption()).await.is_problem(403, "not-permitted");
        decide(&s.responder, &s.case, presumption()).await.is_problem(403, "not-permitted");
        presumed(&s).await;

        decide(&s.coordinator, &s.case, identified()).await.is_problem(403, "not-permitted");
        decide(&w.supervisor().await, &s.case, identified()).await.is_problem(403, "not-permitted");
        decide(&officer, &s.case, presumption()).await.is_problem(403, "not-permitted");
        let declined = json!({"kind": "declined", "decided_on": "2026-11-02"});
        decide(&officer, &s.case, declined).await.is_problem(403, "not-permitted");
        decide(&elsewhere, &s.case, identified()).await.is_problem(404, "not-found");
        for role in [ActorRole::Auditor, ActorRole::SystemAdministrator, ActorRole::Investigator, ActorRole::Analyst] {
            decide(&w.persona(role).await, &s.case, presumption()).await.is_problem(404, "not-found");
        }
        assert_eq!(w.texts("select id as value from identification_decisions").len(), 1);
    }

    async fn a_supervisor_presumes_in_an_emergency_and_nobody_turns_away_whom_nobody_screened(w: World) {
        let (responder, supervisor) = (w.first_responder().await, w.supervisor().await);
        let case = register(&responder, adult_report()).await;
        let no = merged(presumption(), json!({"outcome": "negative", "intercepted": null}));

        let refused = decide(&supervisor, &case, no.clone()).await.is_problem(409, "illegal-transition");
        assert_eq!(refused.at("/state"), "detected");
        decide(&supervisor, &case, presumption()).await.is(201);
        // The first responder sees no decision, nor that there is one.
        responder.get(path(&case)).await.is_problem(403, "not-permitted");
        let other = register(&responder, adult_report()).await;
        conclude(&supervisor, &other, "screened_indicators_present").await.is(200);
        let made = decide(&supervisor, &other, no).await.is(201);
        assert_eq!(made.at("/stage_after"), "screened_insufficient");
        // And a negative answer can be given again or become a positive one.
        decide(&supervisor, &other, presumption()).await.is(201);
    }

    async fn what_a_screening_came_to_is_written_down_as_a_decision_once(w: World) {
        let s = northern(&w).await;
        conclude(&s.coordinator, &s.case, "presumed_victim").await.is(200);

        let made = decide(&s.coordinator, &s.case, presumption()).await.is(201);
        assert_eq!(made.at("/stage_before"), "presumed_victim");
        let again = decide(&s.coordinator, &s.case, presumption()).await;
        assert_eq!(again.is_problem(409, "illegal-transition").at("/state"), "presumed_victim");
        w.expect_sound();
    }

    async fn r11_a_screening_takes_no_decision_back(w: World) {
        let (s, officer) = (northern(&w).await, officer(&w).await);
        presumed(&s).await;
        let refused = conclude(&s.coordinator, &s.case, "screened_insufficient").await;
        assert_eq!(refused.is_problem(409, "illegal-transition").at("/state"), "presumed_victim");
        conclude(&s.coordinator, &s.case, "presumed_victim").await.is(200);
        decide(&officer, &s.case, identified()).await.is(201);

        let refused = conclude(&s.coordinator, &s.case, "presumed_victim").await;
        assert_eq!(refused.is_problem(409, "illegal-transition").at("/state"), "formally_identified");
        assert_eq!(stage(&s.coordinator, &s.case).await, "formally_identified");
        w.expect_sound();
    }

    async fn the_deadline_is_met_by_the_decision_also_when_it_is_late(w: World) {
        let s = northern(&w).await;
        let clock = async || {
            let seen = s.coordinator.get(format!("/v1/cases/{}", s.case)).await.is(200);
            let clocks = seen.at("/clocks").as_array().unwrap().clone();
            clocks.into_iter().find(|clock| clock["kind"] == "presumption_decision").unwrap()
        };
        w.advance_s(20 * 86_400);
        assert_eq!(clock().await["overdue"], true);

        let declined = json!({"kind": "declined", "decided_on": "2026-11-03"});
        let declined = decide(&s.coordinator, &s.case, declined).await.is(201);
        assert_ne!(clock().await["met_at"], Value::Null);
        let back = format!("{}/{}/take-back", path(&s.case), declined.id());
        s.coordinator.post(&back).if_match(1).json(json!({})).await.is(200);
        assert_eq!(clock().await["met_at"], Value::Null, "it is still to be decided");
        presumed(&s).await;
        assert_ne!(clock().await["met_at"], Value::Null);
    }

    async fn a_person_may_decline_without_a_reason_and_come_back(w: World) {
        let s = northern(&w).await;
        presumed(&s).await;
        let declined = json!({"kind": "declined", "decided_on": "2026-11-02"});
        let made = decide(&s.coordinator, &s.case, declined.clone()).await.is(201);
        assert_eq!(made.at("/outcome"), Value::Null);
        assert_eq!(made.at("/allowed_actions"), json!(["take-back"]));
        decide(&s.coordinator, &s.case, declined).await.is_problem(409, "illegal-transition");
        let back = format!("{}/{}/take-back", path(&s.case), made.id());
        s.coordinator.post(&back).if_match(7).json(json!({})).await.is_problem(412, "stale-version");
        s.coordinator.post(&back).json(json!({})).await.is_problem(428, "if-match-required");

        let done = s.coordinator.post(&back).if_match(1).json(json!({})).await.is(200);
        assert_eq!(done.at("/state"), "taken_back");
        assert_eq!(stage(&s.coordinator, &s.case).await, "presumed_victim");
        s.coordinator.post(&back).if_match(2).json(json!({})).await.is_problem(409, "illegal-transition");
        w.expect_sound();
    }

    async fn the_person_is_told_in_a_language_that_they_understand(w: World) {
        let s = northern(&w).await;
        let decision = presumed(&s).await;
        let tell = format!("{}/{decision}/record-notice", path(&s.case));
        let notice = json!({"language": "fr", "mode": "in_person", "interpreter": true, "notified_on": "2026-11-02"});
        for (changes, pointer) in [
            (json!({"language": "French"}), "/language"),
            (json!({"notified_on": "2026-11-01"}), "/notified_on"),
            (json!({"notified_on": "2027-11-01"}), "/notified_on"),
            (json!({"mode": "by_pigeon"}), "/mode"),
        ] {
            let wrong = merged(notice.clone(), changes);
            let refused = s.coordinator.post(&tell).if_match(1).json(wrong).await;
            let refused = refused.is_problem(422, "validation-failed");
            assert_eq!(refused.at("/errors/0/pointer"), pointer);
        }

        let told = s.coordinator.post(&tell).if_match(1).json(notice.clone()).await.is(200);
        assert_eq!(told.at("/notice/language"), "fr");
        assert_eq!(told.at("/notice/interpreter"), true);
        assert_eq!(told.at("/allowed_actions"), json!(["request-review"]));
        let again = s.coordinator.post(&tell).if_match(2).json(notice).await;
        assert_eq!(again.is_problem(409, "illegal-transition").at("/state"), "in_force");
        w.expect_sound();
    }

    async fn two_certificates_do_not_have_one_number(w: World) {
        let (one, two, officer) = (northern(&w).await, northern(&w).await, officer(&w).await);
        presumed(&one).await;
        presumed(&two).await;
        decide(&officer, &one.case, identified()).await.is(201);

        let refused = decide(&officer, &two.case, identified()).await.is_problem(422, "validation-failed");
        assert_eq!(refused.at("/errors/0/pointer"), "/certificate_number");
        decide(&officer, &two.case, merged(identified(), json!({"certificate_number": "XZ/2026-18"}))).await.is(201);
    }

    async fn a_decision_says_what_belongs_to_its_kind_and_nothing_else(w: World) {
        let s = northern(&w).await;
        for (changes, pointer) in [
            (json!({"outcome": null}), "/outcome"),
            (json!({"reasons": null}), "/reasons"),
            (json!({"reasons": " "}), "/reasons"),
            (json!({"body_type": null}), "/body_type"),
            (json!({"body_type": "my_friends"}), "/body_type"),
            (json!({"standard_of_proof": null}), "/standard_of_proof"),
            (json!({"standard_of_proof": "a_feeling"}), "/standard_of_proof"),
            (json!({"intercepted": null}), "/intercepted"),
            (json!({"certificate_number": "XZ-1"}), "/certificate_number"),
            (json!({"reviews_id": "11111111-1111-4111-8111-111111111111"}), "/reviews_id"),
            (json!({"kind": "review"}), "/reviews_id"),
            (json!({"kind": "review", "reviews_id": "11111111-1111-4111-8111-111111111111"}), "/reviews_id"),
            (json!({"decided_on": "2027-01-01"}), "/decided_on"),
            (json!({"decided_on": "1802-01-01"}), "/decided_on"),
            (json!({"evidence": ["x", " "]}), "/evidence/1"),
            (json!({"evidence": vec!["x"; 51]}), "/evidence"),
            (json!({"legal_reference": "x".repeat(201)}), "/legal_reference"),
            (json!({"stage": "formally_identified"}), "/stage"),
        ] {
            let refused = decide(&s.coordinator, &s.case, merged(presumption(), changes.clone())).await;
            let code = if changes.get("stage").is_some() { "unknown-field" } else { "validation-failed" };
            let refused = if refused.at("/code") == "unknown-field" { refused.is_problem(422, code) } else { refused.is_problem(422, "validation-failed") };
            assert_eq!(refused.at("/errors/0/pointer"), pointer, "{changes}");
        }
        let declined = merged(presumption(), json!({"kind": "declined"}));
        decide(&s.coordinator, &s.case, declined).await.is_problem(422, "validation-failed");
        let wrong = merged(identified(), json!({"certificate_number": "Ama K., of the north"}));
        let refused = decide(&s.coordinator, &s.case, wrong).await.is_problem(422, "validation-failed");
        assert_eq!(refused.at("/errors/0/pointer"), "/certificate_number");
        assert_eq!(stage(&s.coordinator, &s.case).await, "detected");
    }

    async fn intercepted_persons_are_told_apart(w: World) {
        let s = northern(&w).await;
        let made = decide(&s.coordinator, &s.case, merged(presumption(), json!({"intercepted": true}))).await.is(201);
        assert_eq!(made.at("/intercepted"), true);
        assert_eq!(made.at("/stage_after"), "presumed_victim");
    }

    async fn a_decision_sent_twice_is_one(w: World) {
        let s = scene(&w).await;
        let id = "3f2b8c1e-7a4d-4e0b-9c53-1d2e3f4a5b6c";
        let body = merged(presumption(), json!({"id": id}));
        let send = |body: Value| s.coordinator.post(path(&s.case)).without_key().json(body);

        assert_eq!(send(body.clone()).await.is(201).id(), id);
        assert_eq!(send(body.clone()).await.is(201).id(), id);
        let other = merged(body, json!({"reasons": "Something else."}));
        send(other).await.is_problem(409, "id-taken");
        send(presumption()).await.is_problem(400, "idempotency-key-missing");
        assert_eq!(ids(&s.coordinator.get(path(&s.case)).await.is(200)), [id]);
        w.expect_sound();
    }

    async fn a_case_that_has_ended_is_decided_by_the_body_alone(w: World) {
        let (s, officer) = (northern(&w).await, officer(&w).await);
        presumed(&s).await;
        step(&s.coordinator, &s.case, "close", json!({"reason": "goals_met"})).await.is(200);
        step(&w.supervisor().await, &s.case, "close", json!({})).await.is(200);

        let declined = json!({"kind": "declined", "decided_on": "2026-11-02"});
        let refused = decide(&s.coordinator, &s.case, declined).await.is_problem(409, "illegal-transition");
        assert_eq!(refused.at("/state"), "closed");
        decide(&officer, &s.case, identified()).await.is(201);
        let seen = s.coordinator.get(format!("/v1/cases/{}", s.case)).await.is(200);
        assert_eq!(seen.at("/state"), "closed");
    }
}
