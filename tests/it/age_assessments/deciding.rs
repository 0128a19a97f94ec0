//! The panel, its decision, the second person, and whoever contests.

use serde_json::{Value, json};

use super::{Doubt, decision, doubts, record, refused_at};
use crate::{
    referral_steps::{merged, scene},
    steps::report,
};

both! {
    async fn r6_the_outcome_follows_from_the_range_and_from_nothing_else(w: World) {
        let d = Doubt::of(&w, None).await;
        d.name_panel("given").await;
        for (from, to, margin, outcome, other) in [
            (16, 19, 0, "assessed_child", "assessed_adult"),
            (19, 24, 2, "assessed_child", "assessed_adult"),
            (20, 24, 2, "assessed_adult", "assessed_child"),
        ] {
            let range = json!({"age_from": from, "age_to": to, "margin_of_error": margin});
            let wrong = merged(range.clone(), json!({"outcome": other}));
            refused_at(d.propose(wrong).await, "/outcome");
            let unknown = merged(range.clone(), json!({"outcome": "adult_declared"}));
            refused_at(d.propose(unknown).await, "/outcome");

            let said = merged(range, json!({"outcome": outcome}));
            let proposed = d.propose(said).await.is(200);
            assert_eq!(proposed.at("/outcome"), outcome);
            assert_eq!(proposed.at("/age_of_majority"), 18);
            d.expect_age("under_assessment_presumed_child", true).await;
            d.act(&d.supervisor, "decline", json!({})).await.is(200);
        }
    }

    async fn r6_a_panel_has_two_professions_and_a_body_is_never_all_that_is_looked_at(w: World) {
        let d = Doubt::of(&w, None).await;
        let coordinator = &d.scene.coordinator;
        let name = |profession: &str| json!({"profession": profession, "name": "Kofi B."});
        for members in [
            json!([]),
            json!([name("law")]),
            json!([name("law"), name("law")]),
            json!([name("law"), {"profession": "nursing"}]),
            json!([name("law"), {"profession": "nursing", "name": " "}]),
            json!([name("law"), {"profession": "nursing", "user_id": "11111111-1111-4111-8111-111111111111"}]),
            json!([
                {"profession": "law", "user_id": d.second.user_id},
                {"profession": "nursing", "user_id": d.second.user_id}
            ]),
        ] {
            let body = json!({"members": members, "consent": "given"});
            refused_at(d.act(coordinator, "name-panel", body).await, "/members");
        }
        d.name_panel("given").await;
        for (changes, pointer) in [
            (json!({"methods": []}), "/methods"),
            (json!({"methods": ["imaging"]}), "/methods"),
            (json!({"methods": ["imaging", "dental_examination"]}), "/methods"),
            (json!({"methods": ["observation", "observation"]}), "/methods"),
            (json!({"age_from": 25}), "/age_to"),
            (json!({"age_to": 120}), "/age_to"),
            (json!({"margin_of_error": 21}), "/margin_of_error"),
            (json!({"reasons": " "}), "/reasons"),
            (json!({"findings": "Growth plates open."}), "/findings"),
        ] {
            refused_at(d.propose(changes).await, pointer);
        }
        for changes in [json!({"age_from": -1}), json!({"age_to": "20"}), json!({"margin_of_error": 1.5})] {
            let told = d.propose(changes).await;
            assert_eq!(told.status, 422, "{}", told.text());
        }
    }

    async fn r6_a_refusal_to_be_assessed_says_nothing_about_the_age(w: World) {
        for consent in ["refused", "not_possible"] {
            let d = Doubt::of(&w, None).await;
            d.name_panel(consent).await;
            for method in ["psychosocial_interview", "physical_examination", "imaging"] {
                let methods = json!({"methods": ["documents_and_records", method]});
                refused_at(d.propose(methods).await, "/methods");
            }
            let papers = json!({"methods": ["documents_and_records"], "age_from": 15, "age_to": 25});
            let proposed = d.propose(papers).await.is(200);
            assert_eq!(proposed.at("/outcome"), "assessed_child");
        }
    }

    async fn r10_who_doubted_or_proposed_or_sits_on_the_panel_approves_nothing(w: World) {
        let s = scene(&w).await;
        let (one, two, three) = (w.supervisor().await, w.supervisor().await, w.supervisor().await);
        let made = record(&one, &s.case).await.is(201).id();
        let path = format!("{}/{made}", doubts(&s.case));
        let members = json!({"members": [
            {"profession": "law", "user_id": two.user_id}, {"profession": "nursing", "name": "Awa D."}
        ]});
        let panel = one.post(format!("{path}/name-panel")).if_match(1);
        panel.json(merged(members, json!({"consent": "given"}))).await.is(200);
        let proposing = three.post(format!("{path}/propose-decision")).if_match(2);
        let proposed = proposing.json(decision()).await.is(200);
        assert_eq!(proposed.at("/allowed_actions"), json!(["decline"]));

        for by in [&one, &two, &three] {
            let approve = by.post(format!("{path}/approve")).if_match(3).json(json!({})).await;
            approve.is_problem(403, "self-approval");
        }
        for by in [&s.coordinator, &s.responder] {
            let approve = by.post(format!("{path}/approve")).if_match(3).json(json!({})).await;
            approve.is_problem(403, "not-permitted");
        }
        let case = s.coordinator.get(format!("/v1/cases/{}", s.case)).await.is(200);
        assert_eq!(case.at("/age_status"), "under_assessment_presumed_child");
        let other = w.supervisor().await;
        let done = other.post(format!("{path}/approve")).if_match(3).json(json!({})).await.is(200);
        assert_eq!(done.at("/decided_by"), other.user_id.as_str());
        w.expect_sound();
    }

    async fn r6_a_decision_that_a_second_person_approves_says_what_is_known_about_the_age(w: World) {
        let d = Doubt::of(&w, None).await;
        d.decided(20, 24).await;
        d.expect_age("assessed_adult", false).await;
        let case = d.case().await;
        // Somebody wrote 1990 down; the panel found less, and nothing that contradicts it.
        assert_eq!(case.at("/birth_year_estimate"), 1990);
        let clocks = case.at("/clocks").as_array().unwrap().clone();
        let guardian = clocks.iter().find(|clock| clock["kind"] == "guardian_for_child").unwrap();
        assert!(guardian["met_at"].is_string(), "{guardian}");

        let d = Doubt::of(&w, Some(merged(report(), json!({"birth_year_estimate": 2015})))).await;
        d.decided(16, 19).await;
        d.expect_age("assessed_child", true).await;
        let reason = json!({"reason": "The register is of somebody else."});
        d.act(&d.second, "contest", reason).await.is(200);
        d.name_panel("given").await;
        d.propose(json!({})).await.is(200);
        d.act(&d.supervisor, "approve", json!({})).await.is(200);
        d.expect_age("assessed_adult", false).await;
        assert_eq!(d.case().await.at("/birth_year_estimate"), Value::Null);
        w.expect_sound();
    }

    async fn r6_a_contested_decision_protects_again_until_there_is_a_new_one(w: World) {
        let d = Doubt::of(&w, None).await;
        let s = &d.scene;
        d.decided(20, 24).await;
        let reason = json!({"reason": "A birth certificate was found.", "on_behalf_of_person": true});

        let stale = s.responder.post(format!("{}/contest", d.path)).if_match(1).json(&reason).await;
        stale.is_problem(412, "stale-version");
        d.act(&s.responder, "contest", reason.clone()).await.is(200);
        d.expect_age("under_assessment_presumed_child", true).await;
        let seen = d.supervisor.get(&d.path).await.is(200);
        assert_eq!(seen.at("/state"), "contested");
        assert_eq!(seen.at("/contest_reason"), "A birth certificate was found.");
        assert_eq!(seen.at("/contested_on_behalf_of_person"), true);
        d.act(&s.responder, "contest", reason).await.is_problem(409, "illegal-transition");
        d.act(&d.supervisor, "withdraw", json!({})).await.is_problem(409, "illegal-transition");
        d.act(&d.supervisor, "approve", json!({})).await.is_problem(409, "illegal-transition");
        d.decided(15, 17).await;
        d.expect_age("assessed_child", true).await;
        w.expect_sound();
    }

    async fn r13_what_a_later_decision_replaces_stays_in_the_history(w: World) {
        let d = Doubt::of(&w, None).await;
        d.name_panel("given").await;
        d.propose(json!({})).await.is(200);
        d.act(&d.supervisor, "decline", json!({})).await.is(200);
        let kept = "select id as value from revisions where object_type = 'age_assessment'";
        assert_eq!(w.texts(kept).len(), 0);

        d.propose(json!({"age_from": 15, "age_to": 17})).await.is(200);
        assert_eq!(w.texts(kept).len(), 1);
        d.act(&d.supervisor, "decline", json!({})).await.is(200);
        d.name_panel("given").await;
        assert_eq!(w.texts(kept).len(), 2);
    }
}
