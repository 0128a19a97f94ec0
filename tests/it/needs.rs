//! What a person needs and what endangers them, assessed with them.

use serde_json::{Value, json};

use crate::{
    referral_steps::{act, merged, scene},
    steps::{active_case, report},
    world::{Answer, Persona, World},
};

fn path(case: &str) -> String {
    format!("/v1/cases/{case}/needs-assessments")
}

fn assessed() -> Value {
    json!({
        "needs": [
            {"service_type": "safe_shelter", "level": "high", "note": "Not near the market."},
            {"service_type": "legal_aid", "level": "declined"}
        ],
        "risks": [{
            "hazard": "retaliation", "scope": "household", "likelihood": 5, "severity": 9,
            "mitigation": "Nobody is told where she sleeps."
        }],
        "risk_answers": {"SF01": "no", "SF05": "unknown"},
        "summary": "She wants to speak to her sister first."
    })
}

fn adult(risk: &str) -> Value {
    merged(
        report(),
        json!({"age_status": "adult_documented", "risk_level": risk, "urgent_needs": [], "immediate_danger": false, "risk_answers": {}}),
    )
}

async fn case_of(w: &World, risk: &str) -> (Persona, Persona, String) {
    let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
    let case = active_case(&responder, &coordinator, adult(risk)).await;
    (responder, coordinator, case)
}

async fn case_now(coordinator: &Persona, case: &str) -> Answer {
    coordinator.get(format!("/v1/cases/{case}")).await.is(200)
}

fn open_clocks(case: &Answer) -> Vec<String> {
    let clocks = case.at("/clocks");
    let open = clocks.as_array().unwrap().iter().filter(|clock| clock["met_at"].is_null());
    open.map(|clock| clock["kind"].as_str().unwrap().to_owned()).collect()
}

both! {
    async fn needs_and_risk_are_assessed_and_a_greater_danger_becomes_that_of_the_case(w: World) {
        let (_, coordinator, case) = case_of(&w, "low").await;
        assert_eq!(case_now(&coordinator, &case).await.at("/risk_level"), "low");

        let made = coordinator.post(path(&case)).json(assessed()).await.is(201);
        assert_eq!(made.at("/risk_level"), "high", "5 × 9");
        assert_eq!(made.at("/risks/0/score"), 45);
        assert_eq!(made.at("/needs/0/note"), "Not near the market.");
        assert_eq!(made.at("/summary"), "She wants to speak to her sister first.");
        let now = case_now(&coordinator, &case).await;
        assert_eq!(now.at("/risk_level"), "high");

        w.advance_s(1);
        let calmer = json!({"risks": [{"hazard": "health", "scope": "individual", "likelihood": 1, "severity": 2}]});
        let later = coordinator.post(path(&case)).json(calmer).await.is(201);
        assert_eq!(later.at("/risk_level"), "low");
        let still = case_now(&coordinator, &case).await;
        assert_eq!(still.at("/risk_level"), "high", "a person takes it back, not an assessment");
        assert_eq!(still.version(), now.version());

        let list = coordinator.get(path(&case)).await.is(200);
        assert_eq!(list.at("/items/0/id"), json!(later.id()));
        assert_eq!(list.at("/items/1/id"), json!(made.id()));
        let one = coordinator.get(format!("{}/{}", path(&case), made.id())).await.is(200);
        assert_eq!(one.json(), made.json());
        w.expect_sound();
    }

    async fn a_safety_question_answered_with_yes_is_critical_and_cannot_wait(w: World) {
        let (_, coordinator, case) = case_of(&w, "low").await;
        assert!(!open_clocks(&case_now(&coordinator, &case).await).contains(&"urgent_needs".to_owned()));

        let unknown = json!({"risk_answers": {"SF01": "unknown", "SF02": "not_asked"}});
        let made = coordinator.post(path(&case)).json(unknown).await.is(201);
        assert_eq!(made.at("/risk_level"), "low", "R11: unknown is no yes");
        let made = coordinator.post(path(&case)).json(json!({"risk_answers": {"SF09": "yes"}})).await.is(201);
        assert_eq!(made.at("/risk_level"), "critical");
        let now = case_now(&coordinator, &case).await;
        assert_eq!(now.at("/risk_level"), "critical");
        assert!(open_clocks(&now).contains(&"urgent_needs".to_owned()));
        w.expect_sound();
    }

    async fn an_urgent_need_starts_its_deadline_once(w: World) {
        let (_, coordinator, case) = case_of(&w, "low").await;
        let urgent = json!({"needs": [{"service_type": "medical_care", "level": "urgent"}]});

        coordinator.post(path(&case)).json(urgent.clone()).await.is(201);
        let due = |case: &Answer| {
            let clocks = case.at("/clocks");
            let clock = clocks.as_array().unwrap().iter().find(|clock| clock["kind"] == "urgent_needs");
            clock.unwrap()["due_at"].clone()
        };
        let first = due(&case_now(&coordinator, &case).await);
        w.advance_s(600);
        coordinator.post(path(&case)).json(urgent).await.is(201);
        assert_eq!(due(&case_now(&coordinator, &case).await), first, "nobody gains time by asking again");
    }

    async fn needs_are_known_to_those_who_coordinate_alone(w: World) {
        let s = scene(&w).await;
        let (_, referral) = s.sent().await;
        act(&s.worker, &referral, "accept", json!({})).await.is(200);
        let made = s.coordinator.post(path(&s.case)).json(assessed()).await.is(201);
        let one = format!("{}/{}", path(&s.case), made.id());

        for nobody in [&s.responder, &s.worker, &w.auditor().await, &w.administrator().await] {
            let asked = [
                nobody.get(&one).await,
                nobody.get(path(&s.case)).await,
                nobody.post(path(&s.case)).json(assessed()).await,
            ];
            for refused in asked {
                assert!(matches!(refused.status, 403 | 404), "{}", refused.asked());
            }
        }
        let timeline = |answer: Answer| answer.text().contains("needs-assessment.create");
        let told = format!("/v1/cases/{}/timeline", s.case);
        assert!(timeline(s.coordinator.get(&told).await.is(200)));
        assert!(!timeline(s.responder.get(&told).await));
        w.expect_sound();
    }

    async fn r13_an_assessment_stays_as_it_was_written_and_bad_networks_make_none_twice(w: World) {
        let (_, coordinator, case) = case_of(&w, "medium").await;
        let body = merged(assessed(), json!({"id": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"}));

        let first = coordinator.post(path(&case)).json(body.clone()).await.is(201);
        let again = coordinator.post(path(&case)).json(body.clone()).await.is(201);
        assert_eq!(again.json(), first.json());
        let other = merged(body, json!({"summary": "Something else."}));
        coordinator.post(path(&case)).json(other).await.is_problem(409, "id-taken");
        let one = format!("{}/{}", path(&case), first.id());
        assert_eq!(coordinator.patch(&one).if_match(1).json(json!({})).await.status, 405);
        assert_eq!(coordinator.get(path(&case)).await.is(200).at("/items").as_array().unwrap().len(), 1);
        w.expect_sound();
    }

    async fn what_makes_no_sense_is_refused_where_it_stands(w: World) {
        let (_, coordinator, case) = case_of(&w, "medium").await;
        let risk = |change: Value| json!({"risks": [merged(
            json!({"hazard": "health", "scope": "individual", "likelihood": 5, "severity": 5}), change
        )]});
        for (body, pointer) in [
            (json!({}), "/needs"),
            (risk(json!({"likelihood": 0})), "/risks/0/likelihood"),
            (risk(json!({"severity": 11})), "/risks/0/severity"),
            (risk(json!({"hazard": "dragons"})), "/risks/0/hazard"),
            (risk(json!({"scope": "planet"})), "/risks/0/scope"),
            (json!({"needs": [{"service_type": "wings", "level": "high"}]}), "/needs/0/service_type"),
            (json!({"needs": [{"service_type": "safe_shelter", "level": "much"}]}), "/needs/0/level"),
            (json!({"risk_answers": {"SF01": "perhaps"}}), "/risk_answers/SF01"),
            (json!({"risk_answers": {"DR01": "yes"}}), "/risk_answers/DR01"),
            (json!({"summary": "  "}), "/summary"),
            (json!({"summary": "x".repeat(20_001)}), "/summary"),
        ] {
            let wrong = coordinator.post(path(&case)).json(body.clone()).await.is(422);
            assert_eq!(wrong.at("/errors/0/pointer"), pointer, "{body}");
        }
        let twice = json!({"needs": [{"service_type": "safe_shelter", "level": "high"}, {"service_type": "safe_shelter", "level": "none"}]});
        let wrong = coordinator.post(path(&case)).json(twice).await.is(422);
        assert_eq!(wrong.at("/errors/0/pointer"), "/needs/1/service_type");
        assert_eq!(coordinator.get(path(&case)).await.is(200).at("/items"), json!([]));
    }
}
