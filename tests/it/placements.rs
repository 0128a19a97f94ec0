//! R9: where a person lives is known to those who work there and to the coordinator of the case.

use refero_domain::actor::ActorRole;
use serde_json::{Value, json};

use crate::{
    referral_steps::{Scene, act, ids, merged, provider, scene, scene_for},
    steps::{report, step},
    world::{Answer, Persona, together},
};

const WHERE: &str = "The green gate behind the market.";

/// Somebody's own home.
pub(crate) fn home() -> Value {
    json!({
        "kind": "own_housing", "regime": "open", "freedom_of_movement": "unrestricted",
        "started_on": "2026-11-02", "address": WHERE
    })
}

fn shelter(s: &Scene) -> Value {
    merged(home(), json!({"kind": "shelter", "organisation_id": s.shelter, "contact": "+256414"}))
}

fn path(s: &Scene) -> String {
    format!("/v1/cases/{}/placements", s.case)
}

/// The person of a case lives in two places, one after the other.
pub(crate) async fn placed_twice(coordinator: &Persona, case: &str) {
    let path = format!("/v1/cases/{case}/placements");
    let first = coordinator.post(&path).json(home()).await.is(201).id();
    let end = json!({"reason": "moved_on", "ended_on": "2026-11-02"});
    coordinator.post(format!("{path}/{first}/end")).if_match(1).json(end).await.is(200);
    coordinator.post(&path).json(home()).await.is(201);
}

#[track_caller]
fn is_sealed(answer: &Answer) {
    assert!(!answer.text().contains(WHERE), "{}", answer.asked());
    assert_eq!(answer.at("/address"), Value::Null);
    assert_eq!(answer.at("/organisation_id"), Value::Null);
    assert_eq!(answer.at("/withheld"), json!(["safe_location"]));
}

both! {
    async fn r9_where_a_person_lives_is_known_to_those_who_work_there_and_to_the_coordinator(w: World) {
        let s = scene(&w).await;
        let (_, referral) = s.accepted().await;
        let made = s.manager.post(path(&s)).json(shelter(&s)).await.is(201);
        assert_eq!(made.at("/address"), WHERE);
        assert_eq!(made.at("/allowed_actions"), json!(["end"]));
        let one = format!("{}/{}", path(&s), made.id());

        for by in [&s.coordinator, &s.worker, &s.manager] {
            assert_eq!(by.get(&one).await.is(200).at("/address"), WHERE);
            let list = by.get(path(&s)).await.is(200);
            assert_eq!(list.at("/items/0/address"), WHERE);
        }
        let other = w.coordinator().await;
        for by in [&w.supervisor().await, &other] {
            is_sealed(&by.get(&one).await.is(200));
            assert!(!by.get(path(&s)).await.is(200).text().contains(WHERE));
        }
        // A colleague who does not work on it, another provider that does work on the case, and all others.
        let elsewhere = provider(&w, &["legal_aid"]);
        let lawyer = w.worker().at(&elsewhere).await;
        let to = json!({
            "organisation_id": elsewhere, "services": ["legal_aid"], "consent_id": null,
            "legal_basis": "vital_interests", "basis_reason": "She may be sued."
        });
        let second = s.refer("", to).await.is(201).id();
        act(&lawyer, &second, "receive", json!({})).await.is(200);
        act(&lawyer, &second, "accept", json!({})).await.is(200);
        lawyer.get(&one).await.is_problem(404, "not-found");
        assert_eq!(ids(&lawyer.get(path(&s)).await.is(200)), Vec::<String>::new());
        for by in [w.worker().at(&s.shelter).await, s.responder.clone(), w.persona(ActorRole::Analyst).await] {
            by.get(&one).await.is_problem(404, "not-found");
        }
        for by in [s.responder.clone(), w.persona(ActorRole::Analyst).await] {
            by.get(path(&s)).await.is_problem(404, "not-found");
        }
        // R3: with the referral ends what the shelter knows.
        act(&s.worker, &referral, "start", json!({})).await.is(200);
        act(&s.worker, &referral, "complete", json!({"outcome": "goal_met"})).await.is(200);
        s.worker.get(&one).await.is_problem(404, "not-found");
        s.manager.get(&one).await.is_problem(404, "not-found");
        w.expect_sound();
    }

    async fn r9_whoever_may_not_know_where_a_person_lives_writes_no_place_either(w: World) {
        let s = scene(&w).await;
        s.accepted().await;
        let supervisor = w.supervisor().await;
        supervisor.post(path(&s)).json(home()).await.is_problem(403, "not-permitted");
        w.coordinator().await.post(path(&s)).json(home()).await.is_problem(403, "not-permitted");
        s.responder.post(path(&s)).json(home()).await.is_problem(404, "not-found");
        // A shelter speaks for itself alone.
        s.worker.post(path(&s)).json(home()).await.is_problem(404, "not-found");
        let elsewhere = merged(shelter(&s), json!({"organisation_id": provider(&w, &["safe_shelter"])}));
        s.worker.post(path(&s)).json(elsewhere).await.is_problem(404, "not-found");
        s.worker.post(path(&s)).json(shelter(&s)).await.is(201);
    }

    async fn nobody_lives_in_two_places(w: World) {
        let s = scene(&w).await;
        s.accepted().await;
        let asked = [&s.coordinator, &s.worker].map(|by| by.post(path(&s)).json(shelter(&s)));
        let answers = together(asked).await;
        let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409]);
        let id = answers.iter().find(|answer| answer.status == 201).unwrap().id();
        let end = format!("{}/{id}/end", path(&s));
        let why = |day: &str| json!({"reason": "survivor_request", "ended_on": day});
        s.worker.post(&end).json(why("2026-11-02")).await.is_problem(428, "if-match-required");
        let early = s.worker.post(&end).if_match(1).json(why("2026-11-01")).await;
        assert_eq!(early.is_problem(422, "validation-failed").at("/errors/0/pointer"), "/ended_on");
        s.worker.post(&end).if_match(1).json(why("2026-11-05")).await.is_problem(422, "validation-failed");
        let ended = s.worker.post(&end).if_match(1).json(why("2026-11-02")).await.is(200);
        assert_eq!(ended.at("/state"), "ended");
        assert_eq!(ended.at("/allowed_actions"), json!([]));
        let again = s.worker.post(&end).if_match(2).json(why("2026-11-02")).await;
        assert_eq!(again.is_problem(409, "illegal-transition").at("/state"), "ended");
        w.advance_s(1);
        let next = s.coordinator.post(path(&s)).json(home()).await.is(201).id();
        assert_eq!(ids(&s.coordinator.get(path(&s)).await.is(200)), [next, id]);
        w.expect_sound();
    }

    async fn r6_a_child_does_not_live_where_adults_live_alone(w: World) {
        let s = scene_for(&w, report()).await;
        let administrator = w.administrator().await;
        let adults = w.organisation("shelter");
        let service = json!({"service_type": "safe_shelter", "ages": "adults_only"});
        administrator.post(format!("/v1/organisations/{adults}/services")).json(service).await.is(201);
        let there = merged(shelter(&s), json!({"organisation_id": adults}));
        s.coordinator.post(path(&s)).json(there).await.is_problem(409, "adulthood-not-established");
        s.coordinator.post(path(&s)).json(shelter(&s)).await.is(201);
    }

    async fn whoever_is_kept_in_is_told_why(w: World) {
        let s = scene(&w).await;
        let refused = async |changes| {
            let answer = s.coordinator.post(path(&s)).json(merged(shelter(&s), changes)).await;
            answer.is_problem(422, "validation-failed").text_at("/errors/0/pointer")
        };
        assert_eq!(refused(json!({"regime": "closed"})).await, "/restriction_reason");
        assert_eq!(refused(json!({"freedom_of_movement": "accompanied"})).await, "/restriction_reason");
        assert_eq!(refused(json!({"organisation_id": null})).await, "/organisation_id");
        assert_eq!(refused(json!({"started_on": "2026-12-02"})).await, "/started_on");
        assert_eq!(refused(json!({"address": " "})).await, "/address");
        let nobody = json!({"organisation_id": "0c6ab5c5-4a2f-4b1d-9c6b-2d1f3a4b5c6d"});
        assert_eq!(refused(nobody).await, "/organisation_id");
        step(&s.coordinator, &s.case, "close", json!({"reason": "goals_met"})).await.is(200);
        step(&w.supervisor().await, &s.case, "close", json!({})).await.is(200);
        s.coordinator.post(path(&s)).json(shelter(&s)).await.is_problem(409, "illegal-transition");
    }
}
