//! How a person fares after the help, and what those decide together who help.

use serde_json::{Value, json};

use crate::{
    referral_steps::{Scene, act, ids, merged, scene},
    steps::step,
    world::{Answer, World},
};

/// A follow-up of somebody who was reached, beside the rounds.
pub(crate) fn reached() -> Value {
    json!({
        "contact": "reached", "contact_on": "2026-11-02", "housing": "safe_for_now",
        "safety": "worried", "income": "own_not_enough", "health": "good",
        "account": "Somebody has called her sister."
    })
}

/// A conference in which nobody from elsewhere took part.
pub(crate) fn conference() -> Value {
    json!({
        "held_on": "2026-11-02", "next_on": "2026-12-01", "person_part": "heard_before",
        "minutes": "The course begins in January.", "decisions": ["A room near the course."]
    })
}

async fn follow_up(s: &Scene, changes: Value) -> Answer {
    let body = merged(reached(), changes);
    s.coordinator.post(format!("/v1/cases/{}/follow-ups", s.case)).json(body).await
}

async fn case_now(s: &Scene) -> Answer {
    s.coordinator.get(format!("/v1/cases/{}", s.case)).await.is(200)
}

fn open_clocks(case: &Answer) -> Vec<String> {
    let clocks = case.at("/clocks");
    let open = clocks.as_array().unwrap().iter().filter(|clock| clock["met_at"].is_null());
    open.map(|clock| clock["kind"].as_str().unwrap().to_owned()).collect()
}

/// A case whose follow-up has begun.
async fn followed(w: &World) -> Scene {
    let s = scene(w).await;
    step(&s.coordinator, &s.case, "start-follow-up", json!({})).await.is(200);
    s
}

both! {
    async fn reaching_a_person_ends_the_round_and_an_attempt_does_not(w: World) {
        let s = followed(&w).await;
        let failed = json!({
            "round": 1, "contact": "not_reached", "housing": null, "safety": null, "income": null, "health": null
        });
        let tried = follow_up(&s, failed).await.is(201);
        assert_eq!((tried.at("/round"), tried.at("/housing")), (json!(1), json!("unknown")));
        assert!(open_clocks(&case_now(&s).await).contains(&"follow_up_1".to_owned()));

        w.advance_s(1);
        let made = follow_up(&s, json!({"round": 1})).await.is(201);
        assert_eq!(made.at("/account"), "Somebody has called her sister.");
        let open = open_clocks(&case_now(&s).await);
        assert!(!open.contains(&"follow_up_1".to_owned()) && open.contains(&"follow_up_2".to_owned()));
        let again = follow_up(&s, json!({"round": 1})).await.is_problem(422, "validation-failed");
        assert_eq!(again.at("/errors/0/pointer"), "/round");
        let no = json!({"round": 2, "contact": "declined", "housing": null, "safety": null, "income": null, "health": null});
        follow_up(&s, no).await.is(201);
        assert!(!open_clocks(&case_now(&s).await).contains(&"follow_up_2".to_owned()), "nobody is pressed");
        w.advance_s(1);
        let beside = follow_up(&s, json!({})).await.is(201);
        let list = s.coordinator.get(format!("/v1/cases/{}/follow-ups", s.case)).await.is(200);
        assert_eq!(ids(&list)[0], beside.id());
        assert_eq!(ids(&list).len(), 4);
        w.expect_sound();
    }

    async fn a_danger_that_is_found_becomes_that_of_the_case_at_once(w: World) {
        let s = followed(&w).await;
        let low = s.coordinator.patch(format!("/v1/cases/{}", s.case));
        let low = low.if_match(case_now(&s).await.version()).json(json!({"risk_level": "low"})).await.is(200);
        step(&s.coordinator, &s.case, "meet-deadline", json!({"kind": "urgent_needs"})).await;

        follow_up(&s, json!({"re_trafficking_risk": "high"})).await.is(201);
        let now = case_now(&s).await;
        assert_eq!((low.at("/risk_level"), now.at("/risk_level")), (json!("low"), json!("high")));
        assert!(!open_clocks(&now).contains(&"urgent_needs".to_owned()));
        follow_up(&s, json!({"safety": "in_danger"})).await.is(201);
        let now = case_now(&s).await;
        assert_eq!(now.at("/risk_level"), "critical");
        assert!(open_clocks(&now).contains(&"urgent_needs".to_owned()));
        follow_up(&s, json!({"safety": "safe", "re_trafficking_risk": "low"})).await.is(201);
        assert_eq!(case_now(&s).await.at("/risk_level"), "critical", "a person takes it back");
        w.expect_sound();
    }

    async fn r13_what_was_followed_up_stays_as_it_was_written(w: World) {
        let s = followed(&w).await;
        let id = json!({"id": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff", "round": 1});
        let first = follow_up(&s, id.clone()).await.is(201);
        assert_eq!(follow_up(&s, id.clone()).await.is(201).json(), first.json());
        let other = merged(id, json!({"account": "Something else."}));
        follow_up(&s, other).await.is_problem(409, "id-taken");
        for (changes, pointer) in [
            (json!({"round": 5}), "/round"),
            (json!({"contact": "not_reached"}), "/housing"),
            (json!({"contact_on": "2027-01-01"}), "/contact_on"),
            (json!({"account": " "}), "/account"),
            (json!({"safety": "perhaps"}), "/safety"),
        ] {
            let wrong = follow_up(&s, changes.clone()).await.is(422);
            assert_eq!(wrong.at("/errors/0/pointer"), pointer, "{changes}");
        }
    }

    async fn a_conference_names_functions_and_is_never_changed(w: World) {
        let s = scene(&w).await;
        let path = format!("/v1/cases/{}/conferences", s.case);
        let body = merged(conference(), json!({
            "participants": [{"organisation_id": s.shelter, "function": "Caseworker of the shelter"}]
        }));
        let made = s.coordinator.post(&path).json(body.clone()).await.is(201);
        assert_eq!(made.at("/participants/0/function"), "Caseworker of the shelter");
        assert_eq!(made.at("/decisions"), json!(["A room near the course."]));
        let one = format!("{path}/{}", made.id());
        assert_eq!(s.coordinator.get(&one).await.is(200).json(), made.json());
        assert_eq!(s.coordinator.patch(&one).if_match(1).json(json!({})).await.status, 405);
        for (changes, pointer) in [
            (json!({"held_on": "2027-01-01"}), "/held_on"),
            (json!({"next_on": "2226-01-01"}), "/next_on"),
            (json!({"minutes": " "}), "/minutes"),
            (json!({"decisions": [" "]}), "/decisions/0"),
            (json!({"participants": [{"organisation_id": s.shelter, "function": ""}]}), "/participants/0/function"),
            (json!({"participants": [{"organisation_id": crate::every::ABSENT, "function": "x"}]}), "/participants"),
        ] {
            let wrong = s.coordinator.post(&path).json(merged(body.clone(), changes.clone())).await.is(422);
            assert_eq!(wrong.at("/errors/0/pointer"), pointer, "{changes}");
        }
        w.expect_sound();
    }

    async fn conferences_and_follow_ups_are_for_those_who_coordinate(w: World) {
        let s = followed(&w).await;
        let (_, referral) = s.sent().await;
        act(&s.worker, &referral, "accept", json!({})).await.is(200);
        let mut paths = Vec::new();
        for (part, body) in [("conferences", conference()), ("follow-ups", reached())] {
            let path = format!("/v1/cases/{}/{part}", s.case);
            paths.push(format!("{path}/{}", s.coordinator.post(&path).json(body).await.is(201).id()));
            paths.push(path);
        }

        let (auditor, administrator) = (w.auditor().await, w.administrator().await);
        for path in &paths {
            for near in [&s.responder, &s.worker] {
                near.get(path).await.is_problem(403, "not-permitted");
            }
            for far in [&auditor, &administrator, &w.worker().await, &w.first_responder().await] {
                far.get(path).await.is_problem(404, "not-found");
            }
            w.supervisor().await.get(path).await.is(200);
        }
        let told = format!("/v1/cases/{}/timeline", s.case);
        let text = s.coordinator.get(&told).await.is(200).text();
        assert!(text.contains("case-conference.create") && text.contains("follow-up.create"));
        let text = s.responder.get(&told).await.is(200).text();
        assert!(!text.contains("case-conference") && !text.contains("follow-up.create"));
    }
}
