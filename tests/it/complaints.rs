//! What survivors say about how they were treated, and who answers it.

use refero_domain::actor::ActorRole;
use serde_json::{Value, json};

use crate::{
    referral_steps::{Scene, act, ids, merged, scene, scene_for},
    steps::{adult_report, step},
    world::{Answer, Persona},
};

/// A complaint about nobody in particular.
pub(crate) fn complaint() -> Value {
    json!({
        "kind": "complaint", "subject": "confidentiality", "channel": "in_person",
        "received_on": "2026-11-02", "words": "They told my employer where I sleep."
    })
}

fn findings() -> Value {
    json!({
        "outcome": "upheld", "findings": "The guard had called.", "answer": "We found another room.",
        "answered_on": "2026-11-02", "answer_language": "fr", "answer_interpreter": true
    })
}

fn path(s: &Scene) -> String {
    format!("/v1/cases/{}/complaints", s.case)
}

async fn said(s: &Scene, by: &Persona, changes: Value) -> Answer {
    by.post(path(s)).json(merged(complaint(), changes)).await
}

both! {
    async fn a_complaint_is_examined_and_answered_by_a_supervisor(w: World) {
        let s = scene(&w).await;
        let supervisor = w.supervisor().await;
        let (_, referral) = s.sent().await;
        act(&s.worker, &referral, "accept", json!({})).await.is(200);
        let receipt = said(&s, &s.worker, json!({})).await.is(201);
        assert_eq!((receipt.at("/state"), receipt.at("/withheld")), (json!("recorded"), json!(["case_restricted"])));
        assert!(!receipt.text().contains("employer"));

        let one = format!("{}/{}", path(&s), receipt.id());
        let shown = supervisor.get(&one).await.is(200);
        assert_eq!(shown.at("/words"), "They told my employer where I sleep.");
        assert_eq!(shown.at("/allowed_actions"), json!(["examine", "conclude"]));
        let conclude = |version: i64, body: Value| {
            supervisor.post(format!("{one}/conclude")).if_match(version).json(body)
        };
        let early = conclude(1, findings()).await.is_problem(409, "illegal-transition");
        assert_eq!(early.at("/state"), "received");
        let examine = || supervisor.post(format!("{one}/examine"));
        examine().json(json!({})).await.is_problem(428, "if-match-required");
        examine().if_match(7).json(json!({})).await.is_problem(412, "stale-version");
        let taken = examine().if_match(1).json(json!({})).await.is(200);
        assert_eq!(taken.at("/examined_by"), supervisor.user_id.as_str());
        assert_eq!(taken.at("/allowed_actions"), json!(["conclude"]));
        examine().if_match(2).json(json!({})).await.is_problem(409, "illegal-transition");
        let done = conclude(2, findings()).await.is(200);
        assert_eq!((done.at("/state"), done.at("/answer_language")), (json!("upheld"), json!("fr")));
        assert_eq!(done.at("/findings"), "The guard had called.");
        assert_eq!(done.at("/allowed_actions"), json!([]));
        let late = conclude(3, findings()).await.is_problem(409, "illegal-transition");
        assert_eq!(late.at("/allowed_actions"), json!([]));
        w.expect_sound();
    }

    async fn whoever_is_complained_about_does_not_learn_of_it(w: World) {
        let s = scene(&w).await;
        let (_, referral) = s.sent().await;
        act(&s.worker, &referral, "accept", json!({})).await.is(200);
        let inside = w.supervisor().await;
        let bureau = inside.organisation_id.clone();
        let outside = w.supervisor().at(&w.organisation("central_government")).await;
        let about_bureau = json!({"about_organisation_id": bureau});
        let about_bureau = said(&s, &s.responder, about_bureau).await.is(201).id();
        w.advance_s(1);
        let about_shelter = json!({"about_organisation_id": s.shelter});
        let about_shelter = said(&s, &s.coordinator, about_shelter).await.is(201).id();

        let one = |id: &str| format!("{}/{id}", path(&s));
        assert_eq!(ids(&outside.get(path(&s)).await.is(200)), [about_shelter.clone(), about_bureau.clone()]);
        assert_eq!(ids(&inside.get(path(&s)).await.is(200)), std::slice::from_ref(&about_shelter));
        inside.get(one(&about_bureau)).await.is_problem(404, "not-found");
        let post = |act: &str| inside.post(format!("{}/{act}", one(&about_bureau))).if_match(1);
        post("examine").json(json!({})).await.is_problem(404, "not-found");
        post("conclude").json(findings()).await.is_problem(404, "not-found");
        for near in [&s.coordinator, &s.responder, &s.worker, &s.manager] {
            for path in [path(&s), one(&about_bureau), one(&about_shelter)] {
                near.get(path).await.is_problem(403, "not-permitted");
            }
        }
        for far in [w.worker().await, w.auditor().await, w.administrator().await] {
            far.get(one(&about_shelter)).await.is_problem(404, "not-found");
            said(&s, &far, json!({})).await.is_problem(404, "not-found");
        }
        for told in [&s.coordinator, &inside, &s.responder] {
            let timeline = told.get(format!("/v1/cases/{}/timeline", s.case)).await.is(200);
            assert!(!timeline.text().contains("complaint"), "{}", timeline.text());
        }
        w.expect_sound();
    }

    async fn who_coordinates_the_case_answers_no_complaint_in_it(w: World) {
        let s = scene_for(&w, adult_report()).await;
        let id = said(&s, &s.responder, json!({})).await.is(201).id();
        let both = w.coordinator().also(ActorRole::CoordinationSupervisor).await;
        let supervisor = w.supervisor().await;
        step(&supervisor, &s.case, "assign", json!({"coordinator_id": both.user_id})).await.is(200);

        both.get(format!("{}/{id}", path(&s))).await.is_problem(404, "not-found");
        assert_eq!(both.get(path(&s)).await.is(200).at("/items"), json!([]));
        supervisor.get(format!("{}/{id}", path(&s))).await.is(200);
    }

    async fn what_can_be_set_right_at_once_is(w: World) {
        let s = scene(&w).await;
        let id = json!({"id": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff", "kind": "suggestion"});
        let first = said(&s, &s.responder, id.clone()).await.is(201);
        assert_eq!(said(&s, &s.responder, id.clone()).await.is(201).json(), first.json());
        let other = merged(id, json!({"words": "Something else."}));
        said(&s, &s.responder, other).await.is_problem(409, "id-taken");
        let supervisor = w.supervisor().await;
        let conclude = |body: Value| {
            supervisor.post(format!("{}/{}/conclude", path(&s), first.id())).if_match(1).json(body)
        };

        for (changes, pointer) in [
            (json!({"findings": " "}), "/findings"),
            (json!({"answered_on": null}), "/answered_on"),
            (json!({"answer": null}), "/answered_on"),
            (json!({"answer_language": "French"}), "/answer_language"),
            (json!({"answered_on": "2027-01-01"}), "/answered_on"),
            (json!({"outcome": "perhaps"}), "/outcome"),
        ] {
            let wrong = conclude(merged(findings(), changes.clone())).await.is(422);
            assert_eq!(wrong.at("/errors/0/pointer"), pointer, "{changes}");
        }
        let silent = json!({"answer": null, "answered_on": null, "answer_language": null, "outcome": "resolved"});
        let done = conclude(merged(findings(), silent)).await.is(200);
        assert_eq!((done.at("/state"), done.at("/answered_on")), (json!("resolved"), json!(null)));
        for (changes, pointer) in [
            (json!({"received_on": "2027-01-01"}), "/received_on"),
            (json!({"about_organisation_id": crate::every::ABSENT}), "/about_organisation_id"),
            (json!({"words": ""}), "/words"),
        ] {
            let wrong = said(&s, &s.responder, changes.clone()).await.is(422);
            assert_eq!(wrong.at("/errors/0/pointer"), pointer, "{changes}");
        }
        w.expect_sound();
    }
}
