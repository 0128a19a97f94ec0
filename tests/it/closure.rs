//! What is looked at before a case is closed, and what is kept of it.

use serde_json::{Value, json};

use crate::{
    follow_ups::reached,
    guardians::appointment,
    plans::item,
    referral_steps::{Scene, merged, scene, scene_for},
    steps::{report, step},
    world::Answer,
};

async fn checklist(s: &Scene) -> Answer {
    s.coordinator.get(format!("/v1/cases/{}/closure-checklist", s.case)).await.is(200)
}

/// What is in one state, in the order of the list.
fn found(checklist: &Answer, state: &str) -> Vec<String> {
    let items = checklist.at("/items").as_array().unwrap().clone();
    let found = items.iter().filter(|item| item["state"] == state);
    found.map(|item| item["item"].as_str().unwrap().to_owned()).collect()
}

async fn close(s: &Scene, body: Value) -> Answer {
    step(&s.coordinator, &s.case, "close", body).await
}

async fn post(s: &Scene, part: &str, body: Value) -> Answer {
    s.coordinator.post(format!("/v1/cases/{}/{part}", s.case)).json(body).await.is(201)
}

both! {
    async fn what_is_open_is_shown_and_kept_with_the_request(w: World) {
        let s = scene(&w).await;
        step(&s.coordinator, &s.case, "meet-deadline", json!({"kind": "urgent_needs"})).await;
        let first = checklist(&s).await;
        assert_eq!(first.at("/requests"), json!([]));
        assert!(found(&first, "open").contains(&"needs_assessed".to_owned()));
        assert_eq!(found(&first, "not_applicable"), ["plan_items_ended", "transition_prepared", "guardian_in_office"]);

        post(&s, "needs-assessments", json!({"summary": "She needs a room."})).await;
        post(&s, "plan", json!({})).await;
        let planned = post(&s, "plan/items", item()).await.id();
        let plan = format!("/v1/cases/{}/plan", s.case);
        let agreed = json!({"giver": "individual", "mode": "written", "language": "fr"});
        s.coordinator.post(format!("{plan}/agree")).if_match(2).json(agreed).await.is(200);
        let open = found(&checklist(&s).await, "open");
        assert!(open.contains(&"plan_items_ended".to_owned()) && !open.contains(&"plan_agreed".to_owned()));
        let complete = s.coordinator.post(format!("{plan}/items/{planned}/complete"));
        complete.if_match(1).json(json!({"outcome": "goal_met"})).await.is(200);
        step(&s.coordinator, &s.case, "start-follow-up", json!({})).await.is(200);
        for round in 1..=3 {
            post(&s, "follow-ups", merged(reached(), json!({"round": round}))).await;
        }
        let list = checklist(&s).await;
        let open = found(&list, "open");
        assert!(open.contains(&"follow_ups_done".to_owned()), "{open:?}");
        let reasons = json!([{"item": "follow_ups_done", "reason": "She has moved and is well."}]);
        close(&s, json!({"reason": "goals_met", "checklist_exceptions": reasons})).await.is(200);
        let kept = checklist(&s).await;
        assert_eq!(kept.at("/requests/0/open"), json!(open));
        assert_eq!(kept.at("/requests/0/exceptions"), reasons);
        let supervisor = w.supervisor().await;
        let twice = step(&supervisor, &s.case, "close", json!({"checklist_exceptions": reasons})).await;
        assert_eq!(twice.is(422).at("/errors/0/pointer"), "/checklist_exceptions");
        step(&supervisor, &s.case, "close", json!({})).await.is(200);
        w.expect_sound();
    }

    async fn who_only_gives_a_reason_closes_as_before(w: World) {
        let s = scene(&w).await;
        close(&s, json!({"reason": "survivor_request"})).await.is(200);

        let kept = checklist(&s).await;
        assert!(!kept.at("/requests/0/open").as_array().unwrap().is_empty());
        assert_eq!(kept.at("/requests/0/exceptions"), json!([]));
        step(&w.supervisor().await, &s.case, "close", json!({})).await.is(200);
        w.expect_sound();
    }

    async fn referrals_stand_in_the_way_whatever_is_said(w: World) {
        let s = scene(&w).await;
        s.sent().await;
        let list = checklist(&s).await;
        assert_eq!(list.at("/items/0"), json!({"item": "referrals_ended", "state": "open", "open": 1, "blocks": true}));
        let reasons = json!([{"item": "referrals_ended", "reason": "It does not answer."}]);
        let refused = close(&s, json!({"reason": "goals_met", "checklist_exceptions": reasons})).await;
        refused.is_problem(409, "open-referrals");
    }

    async fn nobody_who_comes_of_age_is_let_go_unprepared_without_a_word(w: World) {
        let child = merged(report(), json!({"age_status": "child_declared", "birth_year_estimate": 2009}));
        let s = scene_for(&w, child).await;
        let open = found(&checklist(&s).await, "open");
        for expected in ["transition_prepared", "guardian_in_office"] {
            assert!(open.contains(&expected.to_owned()), "{open:?}");
        }
        post(&s, "guardians", appointment()).await;
        let reason = json!({"reason": "aged_out_transition"});
        let refused = close(&s, reason.clone()).await.is_problem(422, "validation-failed");
        assert_eq!(refused.at("/errors/0/pointer"), "/checklist_exceptions");

        post(&s, "plan", json!({})).await;
        post(&s, "plan/items", merged(item(), json!({"for_transition": true}))).await;
        assert!(found(&checklist(&s).await, "done").contains(&"transition_prepared".to_owned()));
        close(&s, reason).await.is(200);
        w.expect_sound();
    }

    async fn a_grown_person_who_came_of_age_here_needs_it_as_well(w: World) {
        let s = scene(&w).await;
        let reason = json!({"reason": "aged_out_transition"});
        close(&s, reason.clone()).await.is_problem(422, "validation-failed");

        let says = json!([{"item": "transition_prepared", "reason": "She lives with her aunt."}]);
        close(&s, merged(reason, json!({"checklist_exceptions": says}))).await.is(200);
        assert_eq!(checklist(&s).await.at("/requests/0/exceptions"), says);
    }

    async fn what_is_not_open_needs_no_exception(w: World) {
        let s = scene(&w).await;
        for (exceptions, pointer) in [
            (json!([{"item": "guardian_in_office", "reason": "x"}]), "/checklist_exceptions"),
            (json!([{"item": "plan_agreed", "reason": " "}]), "/checklist_exceptions/0/reason"),
            (json!([{"item": "wings", "reason": "x"}]), "/checklist_exceptions/0/item"),
            (
                json!([{"item": "plan_agreed", "reason": "x"}, {"item": "plan_agreed", "reason": "y"}]),
                "/checklist_exceptions/1/item",
            ),
        ] {
            let body = json!({"reason": "goals_met", "checklist_exceptions": exceptions});
            assert_eq!(close(&s, body).await.is(422).at("/errors/0/pointer"), pointer);
        }
        let path = format!("/v1/cases/{}/closure-checklist", s.case);
        s.responder.get(&path).await.is_problem(403, "not-permitted");
        w.worker().await.get(&path).await.is_problem(404, "not-found");
        w.auditor().await.get(&path).await.is_problem(404, "not-found");
    }
}
