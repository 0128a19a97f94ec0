//! Guardians: appointed for a child, and for nobody of whom something is not ruled out (R6).

use refero_domain::actor::ActorRole;
use serde_json::{Value, json};

use crate::{
    referral_steps::{Scene, ids, merged, scene, scene_for},
    steps::report,
    world::Answer,
};

/// An appointment as it is recorded.
pub(crate) fn appointment() -> Value {
    json!({
        "name": "Akosua M.", "contact": "+256414000000",
        "relationship": "independent_professional", "authority": "court",
        "file_reference": "FC-2026-118", "appointed_on": "2026-11-02",
        "conflicts": {
            "alleged_perpetrator": "no", "related_to_perpetrator": "no",
            "implicated_employer_or_carer": "no"
        }
    })
}

fn guardians(s: &Scene) -> String {
    format!("/v1/cases/{}/guardians", s.case)
}

async fn appoint(s: &Scene, changes: Value) -> Answer {
    s.coordinator.post(guardians(s)).json(merged(appointment(), changes)).await
}

/// Says whether the clock that asks for a guardian has stopped.
async fn is_met(s: &Scene) -> bool {
    let case = s.coordinator.get(format!("/v1/cases/{}", s.case)).await.is(200);
    let clocks = case.at("/clocks").as_array().unwrap().clone();
    let clock = clocks.iter().find(|clock| clock["kind"] == "guardian_for_child").unwrap();
    clock["met_at"].is_string()
}

both! {
    async fn r6_a_child_has_a_guardian_and_the_clock_stops(w: World) {
        let s = scene_for(&w, report()).await;
        assert!(!is_met(&s).await);

        let made = appoint(&s, json!({})).await.is(201);
        assert_eq!(made.at("/name"), "Akosua M.");
        assert_eq!(made.at("/state"), "appointed");
        assert_eq!(made.at("/allowed_actions"), json!(["end"]));
        assert!(is_met(&s).await);
        appoint(&s, json!({})).await.is_problem(409, "illegal-transition");

        let one = format!("{}/{}", guardians(&s), made.id());
        let end = || s.coordinator.post(format!("{one}/end"));
        let why = json!({"reason": "conflict_found"});
        end().json(&why).await.is_problem(428, "if-match-required");
        end().if_match(7).json(&why).await.is_problem(412, "stale-version");
        let ended = end().if_match(1).json(&why).await.is(200);
        assert_eq!(ended.at("/end_reason"), "conflict_found");
        assert!(!is_met(&s).await, "the child needs another one");
        end().if_match(2).json(&why).await.is_problem(409, "illegal-transition");
        w.advance_s(1);
        let next = appoint(&s, json!({"name": "Yaw T."})).await.is(201);
        let list = s.coordinator.get(guardians(&s)).await.is(200);
        assert_eq!(ids(&list), [next.id(), made.id()]);
        w.expect_sound();
    }

    async fn r6_whoever_may_be_implicated_is_no_guardian(w: World) {
        let s = scene_for(&w, report()).await;
        for asked in ["alleged_perpetrator", "related_to_perpetrator", "implicated_employer_or_carer"] {
            for answer in ["yes", "unknown"] {
                let mut body = appointment();
                body["conflicts"][asked] = json!(answer);
                let refused = s.coordinator.post(guardians(&s)).json(body).await;
                let refused = refused.is_problem(422, "validation-failed");
                assert_eq!(refused.at("/errors/0/pointer"), format!("/conflicts/{asked}"));
            }
            let mut body = appointment();
            body["conflicts"].as_object_mut().unwrap().remove(asked);
            let refused = s.coordinator.post(guardians(&s)).json(body).await;
            refused.is_problem(422, "validation-failed");
        }
        for (changes, pointer) in [
            (json!({"name": " "}), "/name"),
            (json!({"file_reference": "no spaces"}), "/file_reference"),
            (json!({"appointed_on": "2027-01-01"}), "/appointed_on"),
            (json!({"organisation_id": "11111111-1111-4111-8111-111111111111"}), "/organisation_id"),
        ] {
            let refused = appoint(&s, changes).await.is_problem(422, "validation-failed");
            assert_eq!(refused.at("/errors/0/pointer"), pointer);
        }
        assert!(!is_met(&s).await);
    }

    async fn r6_a_grown_person_has_no_guardian_until_the_age_is_doubted(w: World) {
        let s = scene(&w).await;
        appoint(&s, json!({})).await.is_problem(409, "illegal-transition");

        let doubts = format!("/v1/cases/{}/age-assessments", s.case);
        s.responder.post(doubts).json(json!({"reason": "other"})).await.is(201);
        assert!(!is_met(&s).await);
        appoint(&s, json!({})).await.is(201);
        assert!(is_met(&s).await);
    }

    async fn who_the_guardian_is_is_for_the_bureau(w: World) {
        let s = scene_for(&w, report()).await;
        let id = appoint(&s, json!({})).await.is(201).id();
        let one = format!("{}/{id}", guardians(&s));

        let supervisor = w.supervisor().await;
        assert_eq!(supervisor.get(&one).await.is(200).at("/contact"), "+256414000000");
        s.responder.get(&one).await.is_problem(403, "not-permitted");
        s.responder.post(guardians(&s)).json(appointment()).await.is_problem(403, "not-permitted");
        for role in [
            ActorRole::SystemAdministrator,
            ActorRole::Auditor,
            ActorRole::Analyst,
            ActorRole::ServiceProviderManager,
            ActorRole::FirstResponder,
        ] {
            let stranger = w.persona(role).await;
            stranger.get(&one).await.is_problem(404, "not-found");
        }
        let other = scene_for(&w, report()).await;
        let elsewhere = format!("{}/{id}", guardians(&other));
        other.coordinator.get(&elsewhere).await.is_problem(404, "not-found");
        let told = supervisor.get(format!("/v1/cases/{}/timeline", s.case)).await.is(200).text();
        assert!(told.contains("guardian.appoint"), "{told}");
    }
}
