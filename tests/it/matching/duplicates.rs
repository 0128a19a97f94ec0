//! How pairs are found, who sees them, and what a first responder is told (R12).

use refero_domain::actor::ActorRole;
use serde_json::{Value, json};

use super::{NORTH, SOUTH, Scene, told, work};
use crate::{
    referral_steps::{all_ids, ids},
    steps::{register, step},
    world::together,
};

both! {
    async fn r12_who_registers_learns_that_the_bureau_will_look_and_no_more(w: World) {
        let police = w.first_responder().await;
        let nurse = w.first_responder().await;
        let first = police.post("/v1/detection-reports").json(told("Aminata Coulibaly", 1998, NORTH)).await.is(201);
        assert_eq!(first.at("/possible_duplicates"), "none_found");

        let second = nurse.post("/v1/detection-reports").key("lost")
            .json(told("Koulibaly Aminata", 1999, SOUTH)).await.is(201);
        assert_eq!(second.at("/possible_duplicates"), "bureau_will_look");
        assert!(!second.text().contains(&first.text_at("/case_id")), "{}", second.text());
        assert!(!second.text().contains(&first.text_at("/case_code")), "{}", second.text());
        let again = nurse.post("/v1/detection-reports").key("lost")
            .json(told("Koulibaly Aminata", 1999, SOUTH)).await.is(201);
        assert_eq!(again.at("/possible_duplicates"), "bureau_will_look");
        work(&w);
        for path in ["/v1/queues/duplicates".to_owned(), format!("/v1/duplicate-candidates/{}", first.id())] {
            nurse.get(path).await.is_problem(404, "not-found");
        }
        let own = nurse.get(format!("/v1/cases/{}", second.text_at("/case_id"))).await.is(200);
        assert!(!own.text().contains(&first.text_at("/case_id")));
    }

    async fn r12_two_registrations_of_one_person_are_found_and_stay_two(w: World) {
        let s = Scene::set(&w).await;

        let queue = s.coordinator.get("/v1/queues/duplicates").await.is(200);
        let at = |pointer: &str| queue.at(&format!("/items/0/{pointer}"));
        assert_eq!((at("state"), at("version")), (json!("open"), json!(1)));
        let mut cases = s.cases.to_vec();
        cases.sort();
        assert_eq!(json!(cases), json!([at("cases/0/id"), at("cases/1/id")]));
        assert_eq!(at("allowed_actions"), json!(["request-merge", "dismiss"]));
        assert!(!queue.text().contains("Aminata"), "{}", queue.text());
        for which in 0..2 {
            assert_eq!(s.case(which).await.at("/state"), "active");
        }
        let chains = w.texts("select case_id as value from audit_events where action = 'duplicate.find' order by 1");
        assert_eq!(chains, cases, "the pair stands in the chains of both cases");
        assert_eq!(work(&w).resembling_people, 0, "nobody is compared twice");
        let counted = s.coordinator.get("/v1/me").await.is(200).at("/queues");
        let counted = counted.as_array().unwrap().iter().find(|queue| queue["name"] == "duplicates").cloned();
        assert_eq!(counted.unwrap()["count"], 1);
        w.expect_sound();
    }

    async fn r12_of_two_who_are_registered_at_one_moment_the_pair_is_found(w: World) {
        let coordinator = w.coordinator().await;
        let responders = [w.first_responder().await, w.first_responder().await];

        let asked = responders.iter().map(|responder| {
            responder.post("/v1/detection-reports").json(told("Aminata Coulibaly", 1998, NORTH))
        });
        let answers = together(asked.collect::<Vec<_>>()).await;
        let told: Vec<Value> = answers.into_iter().map(|answer| answer.is(201).at("/possible_duplicates")).collect();
        assert!(told.contains(&json!("bureau_will_look")), "the later of the two is told: {told:?}");
        work(&w);
        assert_eq!(ids(&coordinator.get("/v1/queues/duplicates").await.is(200)).len(), 1);
    }

    async fn r12_a_pair_is_found_when_an_identity_is_corrected(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        register(&responder, told("Aminata Coulibaly", 1998, NORTH)).await;
        let case = register(&responder, told("Esther Nakato", 1998, NORTH)).await;
        step(&coordinator, &case, "claim", json!({})).await.is(200);
        work(&w);
        assert!(ids(&coordinator.get("/v1/queues/duplicates").await.is(200)).is_empty());
        let path = format!("/v1/cases/{case}/identity");
        let version = coordinator.get(&path).purpose("case_management").await.is(200).version();
        let names = json!({"names": [{"text": "Aminata Koulibaly"}]});
        coordinator.patch(&path).purpose("case_management").if_match(version).json(names).await.is(200);

        work(&w);
        assert_eq!(ids(&coordinator.get("/v1/queues/duplicates").await.is(200)).len(), 1);
    }

    async fn r12_a_pair_is_seen_by_those_alone_who_may_see_both_cases(w: World) {
        let s = Scene::set(&w).await;
        let across = register(&s.responder, told("Aminata Coulibali", 1998, SOUTH)).await;
        work(&w);
        let south = w.coordinator().in_area(SOUTH).await;
        let both = w.supervisor().in_area(NORTH).await;
        let sql = format!(
            "insert into role_grants (id, user_id, role, area, valid_from, created_at)
             select '{}', user_id, role, '{SOUTH}', valid_from, created_at from role_grants where user_id = '{}'",
            uuid::Uuid::new_v4(), both.user_id
        );
        w.sql(&sql);

        assert_eq!(ids(&s.coordinator.get("/v1/queues/duplicates").await.is(200)), [&*s.pair]);
        assert_eq!(ids(&s.supervisor.get("/v1/queues/duplicates").await.is(200)), [&*s.pair]);
        let all = both.get("/v1/queues/duplicates").await.is(200);
        assert_eq!(ids(&all).len(), 3, "two more pairs lie across the two areas");
        assert!(all.text().contains(&across));
        assert!(ids(&south.get("/v1/queues/duplicates").await.is(200)).is_empty());
        let absent = south.get(format!("/v1/duplicate-candidates/{}", crate::every::ABSENT)).await.is(404);
        assert_eq!(south.get(s.path()).await.is(404).seen(), absent.seen());
        for pair in ids(&all).iter().filter(|pair| **pair != s.pair) {
            let hidden = s.coordinator.get(format!("/v1/duplicate-candidates/{pair}")).await;
            hidden.is_problem(404, "not-found");
        }
        for role in [ActorRole::IdentificationOfficer, ActorRole::Auditor, ActorRole::SystemAdministrator] {
            w.persona(role).await.get(s.path()).await.is_problem(404, "not-found");
        }
    }

    async fn r12_the_queue_begins_with_the_greatest_likeness_and_goes_on_by_pages(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        for (name, year) in [
            ("Esther Nakato", 1990), ("Ester Nakatto", 1993), ("Aminata Coulibaly", 1998),
            ("Aminata Coulibaly", 1998), ("Aminata Coulibaly", 1998),
        ] {
            register(&responder, told(name, year, NORTH)).await;
            w.advance_s(60);
        }
        work(&w);

        let queue = coordinator.get("/v1/queues/duplicates").await.is(200);
        let bands: Vec<Value> =
            queue.at("/items").as_array().unwrap().iter().map(|item| item["band"].clone()).collect();
        assert!(bands.len() >= 3 && bands.is_sorted_by_key(|band| band == "possible"), "{bands:?}");
        let paged = all_ids(&coordinator, "/v1/queues/duplicates?limit=1").await;
        assert_eq!(paged, ids(&queue));
    }

    async fn r12_a_pair_that_somebody_dismissed_is_not_asked_about_again(w: World) {
        let s = Scene::set(&w).await;
        let dismissed = s.act(&s.colleague, "dismiss", json!({"reason": "same_family"})).await.is(200);
        assert_eq!((dismissed.at("/state"), dismissed.at("/dismissal_reason")), (json!("dismissed"), json!("same_family")));
        assert_eq!(dismissed.at("/decided_by"), s.colleague.user_id.as_str());
        assert_eq!(dismissed.at("/allowed_actions"), json!([]));

        w.sql("update person_identities set compared_at = null");
        work(&w);
        assert!(ids(&s.coordinator.get("/v1/queues/duplicates").await.is(200)).is_empty());
        let refused = s.act(&s.coordinator, "request-merge", s.survivor()).await;
        assert_eq!(refused.is_problem(409, "illegal-transition").at("/state"), "dismissed");
        w.expect_sound();
    }
}
