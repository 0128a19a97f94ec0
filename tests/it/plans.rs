//! The support plan: agreed with the person, carried out step by step, reviewed.

use refero_domain::actor::ActorRole;
use serde_json::{Value, json};

use crate::{
    guardians::appointment,
    referral_steps::{Scene, act, merged, scene, scene_for},
    steps::{adult_report, report, step},
    world::{Answer, Persona, together},
};

fn path(s: &Scene) -> String {
    format!("/v1/cases/{}/plan", s.case)
}

/// A step as it is written down.
pub(crate) fn item() -> Value {
    json!({
        "support_plan_type": "livelihood", "service_type": "vocational_training",
        "objective": "To sew for a living again.", "action": "A course of six months.",
        "owner": "survivor", "due_on": "2027-05-31"
    })
}

fn agreement() -> Value {
    json!({
        "giver": "individual", "mode": "verbal_witnessed", "language": "fr", "interpreter": true,
        "own_words": "I want to begin with the course.",
        "offered_and_declined": ["psychosocial_support"]
    })
}

/// Starts a plan with one step.
async fn planned(s: &Scene) -> (Answer, Answer) {
    let aims = json!({"aims": "A room of her own.", "planned_end_on": "2027-11-30"});
    s.coordinator.post(path(s)).json(aims).await.is(201);
    let item = s.coordinator.post(format!("{}/items", path(s))).json(item()).await.is(201);
    (plan_now(s).await, item)
}

async fn plan_now(s: &Scene) -> Answer {
    s.coordinator.get(path(s)).await.is(200)
}

async fn agree(s: &Scene, changes: Value) -> Answer {
    let version = plan_now(s).await.version();
    let body = merged(agreement(), changes);
    s.coordinator.post(format!("{}/agree", path(s))).if_match(version).json(body).await
}

async fn move_item(s: &Scene, item: &str, act: &str, body: Value) -> Answer {
    let one = format!("{}/items/{item}", path(s));
    let version = s.coordinator.get(&one).await.is(200).version();
    s.coordinator.post(format!("{one}/{act}")).if_match(version).json(body).await
}

/// The clock of a case, if it runs.
async fn due(s: &Scene, kind: &str) -> Option<String> {
    let case = s.coordinator.get(format!("/v1/cases/{}", s.case)).await.is(200);
    let clocks = case.at("/clocks").as_array().unwrap().clone();
    let clock = clocks.iter().find(|clock| clock["kind"] == kind && clock["met_at"].is_null())?;
    Some(clock["due_at"].as_str().unwrap().to_owned())
}

both! {
    async fn a_plan_is_agreed_with_the_person_and_reviewed(w: World) {
        let s = scene(&w).await;
        s.coordinator.get(path(&s)).await.is_problem(404, "not-found");
        let (plan, item) = planned(&s).await;
        assert_eq!(plan.at("/state"), "draft");
        assert_eq!(plan.at("/aims"), "A room of her own.");
        assert_eq!(plan.at("/allowed_actions"), json!(["agree"]));
        assert_eq!(plan.at("/items/0"), item.json());
        assert_eq!(item.at("/allowed_actions"), json!(["start", "complete", "decline", "drop"]));
        s.coordinator.post(path(&s)).json(json!({})).await.is_problem(409, "illegal-transition");
        assert!(due(&s, "needs_assessment_and_plan").await.is_some());

        let agreed = agree(&s, json!({})).await.is(200);
        assert_eq!(agreed.at("/state"), "agreed");
        assert_eq!(agreed.at("/agreements/0/own_words"), "I want to begin with the course.");
        assert_eq!(agreed.at("/agreements/0/offered_and_declined"), json!(["psychosocial_support"]));
        assert_eq!(agreed.at("/agreements/0/plan_version"), plan.at("/version"));
        assert_eq!(due(&s, "needs_assessment_and_plan").await, None);
        let first = due(&s, "plan_review").await.unwrap();
        assert!(first.starts_with("2026-12-02"), "30 days: {first}");

        w.advance_s(10 * 86_400);
        let review = json!({"outcome": "continues", "goes_well": "She goes every day."});
        let reviewed = s.coordinator.post(format!("{}/review", path(&s))).if_match(agreed.version());
        let reviewed = reviewed.json(review).await.is(200);
        assert_eq!(reviewed.at("/reviews/0/goes_well"), "She goes every day.");
        let next = due(&s, "plan_review").await.unwrap();
        assert!(next.starts_with("2027-02-10"), "90 days: {next}");
        w.expect_sound();
    }

    async fn what_was_agreed_and_then_changed_is_agreed_anew(w: World) {
        let s = scene(&w).await;
        let (_, first) = planned(&s).await;
        let agreed = agree(&s, json!({})).await.is(200);
        let review = due(&s, "plan_review").await;

        // When it is due and that work has begun change nothing of what was agreed.
        let one = format!("{}/items/{}", path(&s), first.id());
        let later = json!({"due_on": "2027-06-30"});
        s.coordinator.patch(&one).if_match(1).json(later).await.is(200);
        move_item(&s, &first.id(), "start", json!({})).await.is(200);
        assert_eq!(plan_now(&s).await.version(), agreed.version());

        for change in [json!({"objective": "To run a shop."}), json!({"owner": "bureau"})] {
            let version = s.coordinator.get(&one).await.is(200).version();
            s.coordinator.patch(&one).if_match(version).json(change).await.is(200);
            let plan = plan_now(&s).await;
            assert_eq!(plan.at("/state"), "changed");
            assert_eq!(plan.at("/allowed_actions"), json!(["agree", "review"]));
            agree(&s, json!({})).await.is(200);
        }
        let nothing = s.coordinator.patch(path(&s)).if_match(plan_now(&s).await.version());
        assert_eq!(nothing.json(json!({})).await.is(200).at("/state"), "agreed");
        let edit = s.coordinator.patch(path(&s)).if_match(plan_now(&s).await.version());
        assert_eq!(edit.json(json!({"aims": null})).await.is(200).at("/state"), "changed");
        agree(&s, json!({})).await.is(200);
        let items = format!("{}/items", path(&s));
        let second = s.coordinator.post(&items).json(item()).await.is(201).id();
        assert_eq!(plan_now(&s).await.at("/state"), "changed");
        agree(&s, json!({})).await.is(200);
        // The person's own no needs no agreement; taking something out does.
        move_item(&s, &first.id(), "decline", json!({})).await.is(200);
        assert_eq!(plan_now(&s).await.at("/state"), "agreed");
        move_item(&s, &second, "drop", json!({"reason": "Not given this year."})).await.is(200);
        assert_eq!(plan_now(&s).await.at("/state"), "changed");
        assert_eq!(due(&s, "plan_review").await, review, "nobody gains time by changing a plan");
        w.expect_sound();
    }

    async fn a_step_moves_as_its_machine_allows(w: World) {
        let s = scene(&w).await;
        let (_, item) = planned(&s).await;
        let one = format!("{}/items/{}", path(&s), item.id());

        let start = || s.coordinator.post(format!("{one}/start"));
        start().json(json!({})).await.is_problem(428, "if-match-required");
        start().if_match(7).json(json!({})).await.is_problem(412, "stale-version");
        let started = start().if_match(1).json(json!({})).await.is(200);
        assert_eq!(started.at("/state"), "in_progress");
        let again = start().if_match(2).json(json!({})).await.is_problem(409, "illegal-transition");
        assert_eq!(again.at("/state"), "in_progress");
        assert_eq!(again.at("/allowed_actions"), json!(["complete", "decline", "drop"]));
        let done = json!({"outcome": "goal_met", "note": "She has work."});
        let done = move_item(&s, &item.id(), "complete", done).await.is(200);
        assert_eq!((done.at("/state"), done.at("/outcome")), (json!("completed"), json!("goal_met")));
        assert_eq!(done.at("/ending"), "She has work.");
        assert_eq!(done.at("/allowed_actions"), json!([]));
        for (act, body) in [("decline", json!({})), ("drop", json!({"reason": "x"}))] {
            let late = move_item(&s, &item.id(), act, body).await.is_problem(409, "illegal-transition");
            assert_eq!(late.at("/allowed_actions"), json!([]));
        }
        let late = s.coordinator.patch(&one).if_match(3).json(json!({"owner": "bureau"})).await;
        late.is_problem(409, "illegal-transition");
        let early = s.coordinator.post(format!("{}/review", path(&s))).if_match(2);
        let early = early.json(json!({"outcome": "continues"})).await;
        let early = early.is_problem(409, "illegal-transition");
        assert_eq!((early.at("/state"), early.at("/allowed_actions")), (json!("draft"), json!(["agree"])));
        w.expect_sound();
    }

    async fn of_two_who_agree_at_once_one_does(w: World) {
        let s = scene(&w).await;
        let (plan, _) = planned(&s).await;
        let agree = || {
            let path = format!("{}/agree", path(&s));
            s.coordinator.post(path).if_match(plan.version()).json(agreement())
        };

        let answers = together((0..4).map(|_| agree())).await;
        let mut told: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        told.sort_unstable();
        assert_eq!(told[0], 200);
        assert!(told[1..].iter().all(|status| matches!(status, 409 | 412)), "{told:?}");
        assert_eq!(plan_now(&s).await.at("/agreements").as_array().unwrap().len(), 1);
        w.expect_sound();
    }

    async fn who_agrees_has_read_every_step(w: World) {
        let s = scene(&w).await;
        let (plan, _) = planned(&s).await;

        s.coordinator.post(format!("{}/items", path(&s))).json(item()).await.is(201);
        let stale = s.coordinator.post(format!("{}/agree", path(&s))).if_match(plan.version());
        stale.json(agreement()).await.is_problem(412, "stale-version");
        agree(&s, json!({})).await.is(200);
    }

    async fn r6_a_child_agrees_with_its_guardian(w: World) {
        let child = merged(report(), json!({"age_status": "child_declared", "birth_year_estimate": 2009}));
        let s = scene_for(&w, child).await;
        let (plan, _) = planned(&s).await;
        assert_eq!(plan.at("/ages_out_on"), "2027-01-01");
        assert_eq!(plan.at("/ages_out_soon"), true);

        let with_guardian = json!({"giver": "child_assent_plus_guardian"});
        for giver in [json!({}), with_guardian.clone()] {
            let refused = agree(&s, giver).await.is_problem(422, "validation-failed");
            assert_eq!(refused.at("/errors/0/pointer"), "/giver");
        }
        let guardians = format!("/v1/cases/{}/guardians", s.case);
        s.coordinator.post(guardians).json(appointment()).await.is(201);
        let agreed = agree(&s, with_guardian).await.is(200);
        assert_eq!(agreed.at("/agreements/0/giver"), "child_assent_plus_guardian");
        w.expect_sound();
    }

    async fn the_provider_s_care_stands_beside_the_step_that_a_referral_carries_out(w: World) {
        let s = scene(&w).await;
        planned(&s).await;
        let (_, referral) = s.accepted().await;
        w.advance_s(1);
        let body = merged(item(), json!({
            "support_plan_type": "social_care", "service_type": "safe_shelter",
            "owner": "organisation", "owner_organisation_id": s.shelter, "referral_id": referral
        }));
        let made = s.coordinator.post(format!("{}/items", path(&s))).json(body.clone()).await.is(201);
        assert_eq!(made.at("/care/referral_state"), "accepted");
        assert_eq!(made.at("/care/state"), json!(null));

        act(&s.worker, &referral, "start", json!({})).await.is(200);
        for (day, state) in [("2026-11-01", "planned"), ("2026-11-02", "in_progress")] {
            let update = json!({
                "service_type": "safe_shelter", "occurred_on": day, "state": state,
                "next_due_on": "2026-11-09"
            });
            let updates = format!("/v1/referrals/{referral}/service-updates");
            s.worker.post(updates).json(update).await.is(201);
            w.advance_s(1);
        }
        let plan = plan_now(&s).await;
        let care = plan.at("/items/1/care");
        assert_eq!(care["organisation_id"], json!(s.shelter));
        assert_eq!((&care["state"], &care["next_due_on"]), (&json!("in_progress"), &json!("2026-11-09")));
        assert_eq!(plan.at("/items/0/care"), json!(null));

        let other = scene(&w).await;
        let (_, foreign) = other.sent().await;
        let items = format!("{}/items", path(&s));
        let wrong = merged(body, json!({"referral_id": foreign}));
        let wrong = s.coordinator.post(&items).json(wrong).await.is_problem(422, "validation-failed");
        assert_eq!(wrong.at("/errors/0/pointer"), "/referral_id");
        w.expect_sound();
    }

    async fn the_plan_is_for_those_who_coordinate(w: World) {
        let s = scene_for(&w, merged(adult_report(), json!({"area": "XZ-N"}))).await;
        let (_, item) = planned(&s).await;
        agree(&s, json!({})).await.is(200);
        let one = format!("{}/items/{}", path(&s), item.id());
        let (_, referral) = s.sent().await;
        act(&s.worker, &referral, "accept", json!({})).await.is(200);

        assert_eq!(w.supervisor().await.get(path(&s)).await.is(200).at("/aims"), "A room of her own.");
        let near = [&s.responder, &s.worker];
        for somebody in near {
            somebody.get(path(&s)).await.is_problem(403, "not-permitted");
            somebody.get(&one).await.is_problem(403, "not-permitted");
            somebody.post(path(&s)).json(json!({})).await.is_problem(403, "not-permitted");
        }
        let away = w.coordinator().in_area("XZ-S").await;
        let mut far: Vec<Persona> = vec![w.worker().await, w.first_responder().await];
        for role in [ActorRole::Auditor, ActorRole::Analyst, ActorRole::SystemAdministrator] {
            far.push(w.persona(role).await);
        }
        far.push(away);
        for stranger in &far {
            stranger.get(path(&s)).await.is_problem(404, "not-found");
            stranger.get(&one).await.is_problem(404, "not-found");
            stranger.post(format!("{}/items", path(&s))).json(json!({})).await;
        }
        let told = |answer: Answer| answer.text().contains("support-plan.agree");
        let timeline = format!("/v1/cases/{}/timeline", s.case);
        assert!(told(s.coordinator.get(&timeline).await.is(200)));
        assert!(!told(s.responder.get(&timeline).await.is(200)));
        for elsewhere in [&s.responder, &s.worker, &s.manager] {
            for heard in w.heard_by(elsewhere) {
                assert!(!heard.text().contains("A room of her own."), "{}", heard.asked());
            }
        }
    }

    async fn a_plan_ends_with_its_case_and_is_looked_at_anew_when_it_is_opened_again(w: World) {
        let s = scene(&w).await;
        let (_, item) = planned(&s).await;
        agree(&s, json!({})).await.is(200);
        step(&s.coordinator, &s.case, "close", json!({"reason": "goals_met"})).await.is(200);
        let supervisor = w.supervisor().await;
        step(&supervisor, &s.case, "close", json!({})).await.is(200);

        let ended = plan_now(&s).await;
        assert_eq!((ended.at("/state"), ended.at("/allowed_actions")), (json!("ended"), json!([])));
        let late = move_item(&s, &item.id(), "start", json!({})).await;
        late.is_problem(409, "illegal-transition");
        let late = s.coordinator.post(format!("{}/items", path(&s))).json(crate::plans::item()).await;
        late.is_problem(409, "illegal-transition");
        step(&supervisor, &s.case, "reopen", json!({"reason": "She asked for help."})).await.is(200);
        assert_eq!(plan_now(&s).await.at("/state"), "changed");
        agree(&s, json!({})).await.is(200);
        assert!(due(&s, "plan_review").await.is_some());
        w.expect_sound();
    }

    async fn what_makes_no_sense_is_refused_where_it_stands(w: World) {
        let s = scene(&w).await;
        let empty = agree_empty(&s).await;
        assert_eq!(empty.at("/errors/0/pointer"), "/offered_and_declined");
        let items = format!("{}/items", path(&s));
        for (changes, pointer) in [
            (json!({"support_plan_type": "wings"}), "/support_plan_type"),
            (json!({"service_type": "wings"}), "/service_type"),
            (json!({"objective": "  "}), "/objective"),
            (json!({"action": "x".repeat(5_001)}), "/action"),
            (json!({"owner": "organisation"}), "/owner_organisation_id"),
            (json!({"owner_organisation_id": s.shelter}), "/owner_organisation_id"),
            (json!({"owner": "organisation", "owner_organisation_id": crate::every::ABSENT}), "/owner_organisation_id"),
            (json!({"due_on": "2226-01-01"}), "/due_on"),
            (json!({"referral_id": crate::every::ABSENT}), "/referral_id"),
        ] {
            let wrong = s.coordinator.post(&items).json(merged(item(), changes.clone())).await.is(422);
            assert_eq!(wrong.at("/errors/0/pointer"), pointer, "{changes}");
        }
        for (changes, pointer) in [
            (json!({"language": "French"}), "/language"),
            (json!({"offered_and_declined": ["wings"]}), "/offered_and_declined/0"),
            (json!({"giver": "guardian"}), "/giver"),
        ] {
            let wrong = agree(&s, changes.clone()).await.is(422);
            assert_eq!(wrong.at("/errors/0/pointer"), pointer, "{changes}");
        }
    }
}

/// Agrees to a plan in which there is nothing.
async fn agree_empty(s: &Scene) -> Answer {
    s.coordinator.post(path(s)).json(json!({})).await.is(201);
    let nothing = json!({"offered_and_declined": null});
    agree(s, nothing).await.is_problem(422, "validation-failed")
}
