//! Merging by reference, with four eyes, and undoing it (R10, R12).

use serde_json::{Value, json};

use super::Scene;
use crate::{referral_steps::provider, steps::step, world::together};

both! {
    async fn r10_r12_a_merge_takes_two_people_and_moves_nothing(w: World) {
        let s = Scene::set(&w).await;
        let asked = s.act(&s.coordinator, "request-merge", s.survivor()).await.is(200);
        assert_eq!((asked.at("/state"), asked.at("/requested_by")), (json!("merge_requested"), json!(s.coordinator.user_id)));
        assert_eq!(asked.at("/allowed_actions"), json!(["decline-merge"]));
        assert_eq!(s.case(1).await.at("/state"), "active", "nothing is merged that nobody approved");

        s.act(&s.coordinator, "approve-merge", json!({})).await.is_problem(403, "self-approval");
        s.act(&s.colleague, "approve-merge", json!({})).await.is_problem(409, "second-person-required");
        let merged = s.act(&s.supervisor, "approve-merge", json!({})).await.is(200);
        assert_eq!((merged.at("/state"), merged.at("/surviving_case_id")), (json!("merged"), json!(s.cases[0])));
        let (survivor, ended) = (s.case(0).await, s.case(1).await);
        assert_eq!((survivor.at("/state"), survivor.at("/merged_cases")), (json!("active"), json!([s.cases[1]])));
        assert_eq!((ended.at("/state"), ended.at("/merged_into")), (json!("merged_duplicate"), json!(s.cases[0])));
        assert_eq!(ended.at("/allowed_actions"), json!([]));
        assert!(ended.at("/clocks").as_array().unwrap().iter().all(|clock| clock["met_at"].is_string()));
        let identity = format!("/v1/cases/{}/identity", s.cases[1]);
        let identity = s.coordinator.get(identity).purpose("case_management").await.is(200);
        assert_eq!(identity.at("/names/0/text"), "Aminata Koulibaly");
        let chains = |case: &str| w.texts(&format!(
            "select action as value from audit_events where case_id = '{case}' and operation = 'execute' and outcome = 'success'
             and (action like 'duplicate%' or action like 'case.%merge') order by case_seq"
        ));
        assert_eq!(chains(&s.cases[0]), ["duplicate.request-merge", "duplicate.approve-merge"]);
        assert_eq!(chains(&s.cases[1]).len(), 3, "and case.merge");
        w.expect_sound();
    }

    async fn r12_the_registering_organisation_sees_the_state_and_not_the_other_case(w: World) {
        let s = Scene::set(&w).await;
        s.merge().await;

        for case in &s.cases {
            let seen = s.responder.get(format!("/v1/cases/{case}")).await.is(200);
            assert!(seen.json().get("merged_into").is_none() && seen.json().get("merged_cases").is_none());
            let told = s.responder.get(format!("/v1/cases/{case}/timeline")).await.is(200);
            assert!(!told.text().contains("duplicate"), "{}", told.text());
        }
    }

    async fn r12_a_wrong_merge_is_undone_by_two_people_and_the_case_is_what_it_was(w: World) {
        let s = Scene::set(&w).await;
        step(&s.coordinator, &s.cases[1], "suspend", json!({})).await.is(200);
        let clocks = |case: Value| case["clocks"].clone();
        let before = clocks(s.case(1).await.json());
        s.merge().await;
        w.advance_s(3600);

        let asked = s.act(&s.supervisor, "undo-merge", json!({})).await.is(200);
        assert_eq!((asked.at("/state"), asked.at("/requested_by")), (json!("merged"), json!(s.supervisor.user_id)));
        s.act(&s.supervisor, "undo-merge", json!({})).await.is_problem(403, "self-approval");
        let declined = s.act(&s.colleague, "decline-merge", json!({})).await.is(200);
        assert_eq!((declined.at("/state"), declined.at("/requested_by")), (json!("merged"), Value::Null));
        s.act(&s.colleague, "undo-merge", json!({})).await.is(200);
        let undone = s.act(&s.supervisor, "undo-merge", json!({})).await.is(200);
        assert_eq!(undone.at("/state"), "undone");
        let case = s.case(1).await;
        assert_eq!(case.at("/state"), "suspended_lost_contact");
        assert!(case.json().get("merged_into").is_none());
        assert_eq!(clocks(case.json()), before);
        assert!(s.case(0).await.json().get("merged_cases").is_none());
        s.act(&s.coordinator, "undo-merge", json!({})).await.is_problem(409, "illegal-transition");
        w.expect_sound();
    }

    async fn r12_a_merge_that_is_declined_leaves_the_pair_open(w: World) {
        let s = Scene::set(&w).await;
        s.act(&s.coordinator, "request-merge", s.survivor()).await.is(200);

        let declined = s.act(&s.supervisor, "decline-merge", json!({})).await.is(200);
        assert_eq!((declined.at("/state"), declined.at("/surviving_case_id")), (json!("open"), Value::Null));
        assert_eq!(declined.at("/requested_by"), Value::Null);
        s.act(&s.supervisor, "decline-merge", json!({})).await.is_problem(409, "illegal-transition");
        s.act(&s.colleague, "dismiss", json!({"reason": "different_people"})).await.is(200);
    }

    async fn r12_a_case_under_which_somebody_works_for_the_person_is_not_merged(w: World) {
        let s = Scene::set(&w).await;
        let offer = json!({
            "case_id": s.cases[1], "organisation_id": provider(&w, &["safe_shelter"]),
            "services": ["safe_shelter"], "urgency": "1_day", "reason": "additional_services_required",
            "legal_basis": "vital_interests", "basis_reason": "Nowhere to sleep."
        });
        s.act(&s.coordinator, "request-merge", s.survivor()).await.is(200);
        let referral = s.coordinator.post("/v1/referrals").json(offer).await.is(201);

        let refused = s.act(&s.supervisor, "approve-merge", json!({})).await;
        assert_eq!(refused.is_problem(409, "open-referrals").at("/state"), "active");
        let reason = json!({"reason": "Another place was found."});
        s.coordinator.post(format!("/v1/referrals/{}/cancel", referral.id())).if_match(1).json(reason).await.is(200);
        s.act(&s.supervisor, "approve-merge", json!({})).await.is(200);
        w.expect_sound();
    }

    async fn r12_only_a_case_that_is_claimed_and_not_ended_goes_into_one_that_goes_on(w: World) {
        let s = Scene::set(&w).await;
        let stranger = json!({"surviving_case_id": crate::every::ABSENT});
        let refused = s.act(&s.coordinator, "request-merge", stranger).await;
        assert_eq!(refused.is_problem(422, "validation-failed").at("/errors/0/pointer"), "/surviving_case_id");
        step(&s.coordinator, &s.cases[0], "close", json!({"reason": "goals_met"})).await.is(200);
        step(&s.supervisor, &s.cases[0], "close", json!({})).await.is(200);

        let into_closed = s.act(&s.coordinator, "request-merge", s.survivor()).await;
        assert_eq!(into_closed.is_problem(409, "illegal-transition").at("/state"), "closed");
        let of_closed = json!({"surviving_case_id": s.cases[1]});
        let of_closed = s.act(&s.coordinator, "request-merge", of_closed).await;
        assert_eq!(of_closed.is_problem(409, "illegal-transition").at("/state"), "closed");
    }

    async fn r10_of_two_who_approve_at_once_one_does(w: World) {
        let s = Scene::set(&w).await;
        let asked = s.act(&s.coordinator, "request-merge", s.survivor()).await.is(200);
        let other = w.supervisor().await;
        let approve = format!("{}/approve-merge", s.path());

        let answers = together([&s.supervisor, &other].map(|by| {
            by.post(&approve).if_match(asked.version()).json(json!({}))
        })).await;
        let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412]);
        w.expect_sound();
    }

    async fn r12_a_merge_and_a_change_of_the_case_at_once_lose_nothing(w: World) {
        let s = Scene::set(&w).await;
        let asked = s.act(&s.coordinator, "request-merge", s.survivor()).await.is(200);
        let case = s.case(1).await.version();
        let approve = s.supervisor.post(format!("{}/approve-merge", s.path())).if_match(asked.version());
        let suspend = s.coordinator.post(format!("/v1/cases/{}/suspend", s.cases[1])).if_match(case);

        let answers = together([approve.json(json!({})), suspend.json(json!({}))]).await;
        assert_eq!(answers[0].status, 200, "{}", answers[0].text());
        assert!([200, 409, 412].contains(&answers[1].status), "{}", answers[1].text());
        assert_eq!(s.case(1).await.at("/state"), "merged_duplicate");
        w.expect_sound();
    }

    async fn r12_a_repeat_of_an_act_acts_once_and_a_stale_version_not_at_all(w: World) {
        let s = Scene::set(&w).await;
        let request = || s.coordinator.post(format!("{}/request-merge", s.path())).key("lost-answer")
            .if_match(1).json(s.survivor());
        let first = request().await.is(200);

        let again = request().await.is(200);
        assert_eq!(again.version(), first.version());
        let other = s.coordinator.post(format!("{}/request-merge", s.path())).key("lost-answer").if_match(1)
            .json(json!({"surviving_case_id": s.cases[1]}));
        other.await.is_problem(422, "idempotency-key-reused");
        let stale = s.supervisor.post(format!("{}/approve-merge", s.path())).if_match(1).json(json!({}));
        assert_eq!(stale.await.is_problem(412, "stale-version").at("/current_version"), 2);
        let blind = s.supervisor.post(format!("{}/approve-merge", s.path())).json(json!({}));
        blind.await.is_problem(428, "if-match-required");
        w.expect_sound();
    }
}
