//! What is best for a child: assessed before it lives somewhere for long, determined by a panel before it goes back
//! or is separated, and approved by a second person.

use refero_domain::actor::ActorRole;
use serde_json::{Value, json};

use crate::{
    placements::home,
    referral_steps::{Scene, ids, merged, provider, scene, scene_for},
    steps::{report, step},
    world::{Answer, Persona, World},
};

/// An assessment as it is recorded.
pub(crate) fn assessment() -> Value {
    json!({
        "purpose": "long_placement", "assessed_on": "2026-11-02", "views_heard": "heard",
        "child_views": "Wants to stay near the school.",
        "options": ["local_inclusion", "family_reunification"],
        "factors": "A teacher is close to the child.", "recommendation": "local_inclusion",
        "recommendation_reasons": "School and language are here."
    })
}

fn panel() -> Value {
    json!({"members": [
        {"profession": "child_protection", "name": "Kofi B."}, {"profession": "psychology", "name": "Awa D."}
    ]})
}

fn determination(solution: &str) -> Value {
    json!({"durable_solution": solution, "review_on": "2027-05-03", "reasons": "The panel follows the assessment."})
}

fn path(case: &str) -> String {
    format!("/v1/cases/{case}/best-interests")
}

async fn assess(s: &Scene, changes: Value) -> Answer {
    s.coordinator.post(path(&s.case)).json(merged(assessment(), changes)).await
}

/// Acts with the version that the procedure has now.
async fn act(by: &Persona, (case, id): (&str, &str), act: &str, body: Value) -> Answer {
    let one = format!("{}/{id}", path(case));
    let version = by.get(&one).await.is(200).version();
    by.post(format!("{one}/{act}")).if_match(version).json(body).await
}

/// A panel determines, and a supervisor approves.
async fn determined(s: &Scene, supervisor: &Persona, changes: Value, solution: &str) -> String {
    let id = assess(s, changes).await.is(201).id();
    act(&s.coordinator, (&s.case, &id), "name-panel", panel()).await.is(200);
    let proposal = determination(solution);
    act(&s.coordinator, (&s.case, &id), "propose-determination", proposal).await.is(200);
    act(supervisor, (&s.case, &id), "approve", json!({})).await.is(200);
    id
}

async fn child(w: &World) -> Scene {
    scene_for(w, report()).await
}

#[track_caller]
fn refused_at(answer: Answer, pointer: &str, code: &str) {
    let answer = answer.is_problem(422, "validation-failed");
    assert_eq!(
        (answer.at("/errors/0/pointer"), answer.at("/errors/0/code")),
        (json!(pointer), json!(code))
    );
}

both! {
    async fn r10_a_panel_determines_and_somebody_else_approves(w: World) {
        let s = child(&w).await;
        let (supervisor, other) = (w.supervisor().await, w.supervisor().await);
        let options = json!({"purpose": "return", "options": ["voluntary_return_origin", "local_inclusion"]});
        let made = assess(&s, options).await.is(201);
        assert_eq!((made.at("/state"), made.at("/allowed_actions")), (json!("bid_required"), json!(["name-panel"])));
        assert_eq!(made.at("/child_views"), "Wants to stay near the school.");
        let id = made.id();
        let members = json!({"members": [
            {"profession": "law", "user_id": other.user_id}, {"profession": "psychology", "name": "Awa D."}
        ]});
        let named = act(&s.coordinator, (&s.case, &id), "name-panel", members).await.is(200);
        assert_eq!((named.at("/state"), named.at("/panel/1/name")), (json!("bid_panel"), json!("Awa D.")));
        let wrong = act(&s.coordinator, (&s.case, &id), "propose-determination", determination("third_country")).await;
        refused_at(wrong, "/durable_solution", "inconsistent");
        let proposal = determination("voluntary_return_origin");
        let proposed = act(&supervisor, (&s.case, &id), "propose-determination", proposal).await.is(200);
        assert_eq!(proposed.at("/state"), "bid_proposed");

        act(&s.coordinator, (&s.case, &id), "approve", json!({})).await.is_problem(403, "not-permitted");
        act(&supervisor, (&s.case, &id), "approve", json!({})).await.is_problem(403, "self-approval");
        act(&other, (&s.case, &id), "approve", json!({})).await.is_problem(403, "self-approval");
        let second = w.supervisor().await;
        let again = act(&second, (&s.case, &id), "decline", json!({})).await.is(200);
        assert_eq!((again.at("/state"), again.at("/durable_solution")), (json!("bid_panel"), Value::Null));
        let proposal = determination("local_inclusion");
        act(&s.coordinator, (&s.case, &id), "propose-determination", proposal).await.is(200);
        let decided = act(&second, (&s.case, &id), "approve", json!({})).await.is(200);
        assert_eq!((decided.at("/state"), decided.at("/decided_by")), (json!("bid_decided"), json!(second.user_id)));
        let clocks = s.coordinator.get(format!("/v1/cases/{}", s.case)).await.is(200).at("/clocks");
        let review = clocks.as_array().unwrap().iter().find(|clock| clock["kind"] == "best_interests_review");
        assert_eq!(review.unwrap()["due_at"], "2027-05-04T00:00:00.000000Z");
        let why = json!({"reason": "An aunt was found."});
        let anew = act(&s.coordinator, (&s.case, &id), "review", why).await.is(200);
        assert_eq!((anew.at("/state"), anew.at("/review_reason")), (json!("bid_review"), json!("An aunt was found.")));
        let named = act(&s.coordinator, (&s.case, &id), "name-panel", panel()).await.is(200);
        assert_eq!((named.at("/durable_solution"), named.at("/decided_by")), (Value::Null, Value::Null));
        let kept = format!("select object_id as value from revisions where object_id = '{id}'");
        assert_eq!(w.texts(&kept).len(), 2, "R13: what was proposed and what was determined");
        w.expect_sound();
    }

    async fn r6_the_best_interests_are_those_of_a_child(w: World) {
        let grown = scene(&w).await;
        assess(&grown, json!({})).await.is_problem(409, "illegal-transition");
        let s = child(&w).await;
        for (changes, pointer, code) in [
            (json!({"options": []}), "/options", "too-short"),
            (json!({"options": ["undecided", "undecided"]}), "/options", "duplicate-field"),
            (json!({"recommendation": "third_country"}), "/recommendation", "inconsistent"),
            (json!({"cannot_wait": true}), "/cannot_wait", "inconsistent"),
            (json!({"child_views": " "}), "/child_views", "too-short"),
            (json!({"assessed_on": "2026-12-02"}), "/assessed_on", "in-future"),
        ] {
            refused_at(assess(&s, changes).await, pointer, code);
        }
        let made = assess(&s, json!({})).await.is(201);
        assert_eq!(made.at("/state"), "bia_done");
        w.advance_s(1);
        let second = assess(&s, json!({"determination_required": true})).await.is(201);
        assert_eq!(second.at("/state"), "bid_required");
        assert_eq!(ids(&s.coordinator.get(path(&s.case)).await.is(200)), [second.id(), made.id()]);
        let one = act(&s.coordinator, (&s.case, &made.id()), "name-panel", json!({"members": []})).await;
        refused_at(one, "/members", "too-short");
        let proposal = determination("local_inclusion");
        let unnamed = act(&s.coordinator, (&s.case, &made.id()), "propose-determination", proposal).await;
        assert_eq!(unnamed.is_problem(409, "illegal-transition").at("/state"), "bia_done");
        w.expect_sound();
    }

    async fn what_a_child_said_is_for_those_who_coordinate(w: World) {
        let s = child(&w).await;
        s.accepted_child().await;
        let id = assess(&s, json!({})).await.is(201).id();
        let one = format!("{}/{id}", path(&s.case));
        for by in [&s.coordinator, &w.supervisor().await, &w.coordinator().await] {
            assert_eq!(by.get(&one).await.is(200).at("/child_views"), "Wants to stay near the school.");
        }
        for by in [&s.worker, &s.manager, &s.responder, &w.persona(ActorRole::Investigator).await] {
            by.get(&one).await.is_problem(404, "not-found");
            by.get(path(&s.case)).await.is_problem(404, "not-found");
        }
        let body = assessment();
        w.coordinator().await.post(path(&s.case)).json(&body).await.is_problem(403, "not-permitted");
        s.worker.post(path(&s.case)).json(&body).await.is_problem(404, "not-found");
        let told = s.coordinator.get(format!("/v1/cases/{}/timeline", s.case)).await.is(200);
        assert!(told.text().contains("best-interests.create"), "{}", told.text());
    }

    async fn r6_a_child_lives_nowhere_for_long_before_somebody_asked_what_is_best(w: World) {
        let s = child(&w).await;
        let places = format!("/v1/cases/{}/placements", s.case);
        let place = async |changes: Value| s.coordinator.post(&places).json(merged(home(), changes)).await;
        let long = json!({"planned_until": "2027-02-01"});
        place(long.clone()).await.is_problem(409, "best-interests-required");
        let closed = json!({"regime": "closed", "restriction_reason": "Danger outside."});
        place(closed).await.is_problem(409, "best-interests-required");
        refused_at(place(json!({"planned_until": "2026-11-01"})).await, "/planned_until", "inconsistent");
        assess(&s, json!({"purpose": "other"})).await.is(201);
        place(long.clone()).await.is_problem(409, "best-interests-required");
        assess(&s, json!({})).await.is(201);
        let made = place(long).await.is(201);
        assert_eq!(made.at("/planned_until"), "2027-02-01");

        // A short one needs none, and neither does that of a grown person.
        let other = child(&w).await;
        let places = format!("/v1/cases/{}/placements", other.case);
        let short = merged(home(), json!({"planned_until": "2027-01-31"}));
        other.coordinator.post(&places).json(short).await.is(201);
        let grown = scene(&w).await;
        let places = format!("/v1/cases/{}/placements", grown.case);
        let long = merged(home(), json!({"planned_until": "2028-01-31"}));
        grown.coordinator.post(&places).json(long).await.is(201);
        w.expect_sound();
    }

    async fn r6_a_child_is_not_separated_before_a_panel_said_so_unless_it_cannot_wait(w: World) {
        let supervisor = w.supervisor().await;
        let s = child(&w).await;
        let places = format!("/v1/cases/{}/placements", s.case);
        let away = merged(home(), json!({"separates_from_carer": true}));
        let separation = json!({"purpose": "separation"});
        let pending = assess(&s, separation.clone()).await.is(201);
        assert_eq!(pending.at("/state"), "bid_required");
        s.coordinator.post(&places).json(&away).await.is_problem(409, "best-interests-required");
        determined(&s, &supervisor, separation, "local_inclusion").await;
        let made = s.coordinator.post(&places).json(&away).await.is(201);
        assert_eq!(made.at("/separates_from_carer"), true);

        let urgent = child(&w).await;
        let places = format!("/v1/cases/{}/placements", urgent.case);
        assess(&urgent, json!({"purpose": "separation", "cannot_wait": true})).await.is(201);
        urgent.coordinator.post(&places).json(&away).await.is(201);
    }

    async fn r6_a_child_goes_back_after_a_panel_said_that_this_is_best(w: World) {
        let supervisor = w.supervisor().await;
        let s = child(&w).await;
        let home = provider(&w, &["voluntary_return"]);
        let back = json!({
            "organisation_id": home, "services": ["voluntary_return"], "consent_id": null,
            "legal_basis": "child_best_interests", "basis_reason": "The panel says so.", "send": false
        });
        s.refer("", back.clone()).await.is_problem(409, "best-interests-required");
        let options = json!({"purpose": "return", "options": ["voluntary_return_origin", "local_inclusion"]});
        determined(&s, &supervisor, options.clone(), "local_inclusion").await;
        s.refer("", back.clone()).await.is_problem(409, "best-interests-required");
        let id = determined(&s, &supervisor, options, "voluntary_return_origin").await;
        let draft = s.refer("", back.clone()).await.is(201).id();
        // Once it is looked at again, nothing rests on it.
        act(&s.coordinator, (&s.case, &id), "review", json!({"reason": "The mother is ill."})).await.is(200);
        let send = crate::referral_steps::act(&s.coordinator, &draft, "send", json!({})).await;
        send.is_problem(409, "best-interests-required");

        let grown = scene(&w).await;
        let own = json!({"legal_basis": "vital_interests", "basis_reason": "She asked for it."});
        grown.refer("", merged(back, own)).await.is(201);
        w.expect_sound();
    }

    async fn nobody_asks_what_is_best_on_a_case_that_has_ended(w: World) {
        let s = child(&w).await;
        let id = assess(&s, json!({})).await.is(201).id();
        step(&s.coordinator, &s.case, "close", json!({"reason": "goals_met"})).await.is(200);
        step(&w.supervisor().await, &s.case, "close", json!({})).await.is(200);
        assess(&s, json!({})).await.is_problem(409, "illegal-transition");
        let late = act(&s.coordinator, (&s.case, &id), "name-panel", panel()).await;
        assert_eq!(late.is_problem(409, "illegal-transition").at("/allowed_actions"), json!([]));
    }
}
