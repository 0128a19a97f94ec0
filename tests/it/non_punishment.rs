//! Offences that stem from the exploitation: raised, brought before the body, remedied (R7).

use refero_domain::actor::ActorRole;
use serde_json::{Value, json};

use crate::{
    proceedings,
    referral_steps::{Scene, act, ids, scene},
    steps::{adult_report, register, step},
    world::{Answer, Persona},
};

/// An issue as it is raised.
pub(crate) fn issue() -> Value {
    json!({
        "issue": "immigration_offence", "attributed_by": "immigration_service",
        "attributed_on": "2026-11-01", "account": "The recruiter kept her passport."
    })
}

fn path(case: &str) -> String {
    format!("/v1/cases/{case}/non-punishment-issues")
}

async fn raise(by: &Persona, case: &str) -> Answer {
    by.post(path(case)).json(issue()).await
}

async fn move_on(s: &Scene, id: &str, act: &str, body: Value) -> Answer {
    let one = format!("{}/{id}", path(&s.case));
    let version = s.coordinator.get(&one).await.is(200).version();
    s.coordinator.post(format!("{one}/{act}")).if_match(version).json(body).await
}

fn told(body: &str) -> Value {
    json!({"told_body": body, "told_on": "2026-11-02", "told": "By letter."})
}

fn done(remedy: &str) -> Value {
    json!({"remedy": remedy, "remedied_on": "2026-11-02", "answer": "The file is closed."})
}

both! {
    async fn r7_an_offence_is_raised_told_and_remedied(w: World) {
        let s = scene(&w).await;
        let made = raise(&s.coordinator, &s.case).await.is(201);
        assert_eq!((made.at("/state"), made.at("/allowed_actions")), (json!("raised"), json!(["tell"])));
        assert_eq!(made.at("/account"), "The recruiter kept her passport.");
        let id = made.id();

        let early = move_on(&s, &id, "remedy", done("charge_dropped")).await.is_problem(409, "illegal-transition");
        assert_eq!((early.at("/state"), early.at("/allowed_actions")), (json!("raised"), json!(["tell"])));
        let asked = move_on(&s, &id, "tell", told("immigration_service")).await.is(200);
        assert_eq!(asked.at("/allowed_actions"), json!(["tell", "remedy"]));
        assert_eq!((asked.at("/told_on"), asked.at("/told_by")), (json!("2026-11-02"), json!(s.coordinator.user_id)));
        let refused = move_on(&s, &id, "remedy", done("refused")).await.is(200);
        assert_eq!((refused.at("/state"), refused.at("/allowed_actions")), (json!("refused"), json!(["tell"])));
        let again = move_on(&s, &id, "tell", told("prosecution")).await.is(200);
        assert_eq!((again.at("/remedy"), again.at("/answer")), (Value::Null, Value::Null));
        let remedied = move_on(&s, &id, "remedy", done("charge_dropped")).await.is(200);
        assert_eq!((remedied.at("/state"), remedied.at("/answer")), (json!("remedied"), json!("The file is closed.")));
        move_on(&s, &id, "tell", told("court")).await.is_problem(409, "illegal-transition");
        let late = s.coordinator.post(format!("{}/{id}/tell", path(&s.case)));
        late.if_match(1).json(told("court")).await.is_problem(412, "stale-version");
        w.expect_sound();
    }

    async fn r7_an_open_issue_shows_on_the_case_to_the_bureau_and_to_the_criminal_track(w: World) {
        let s = scene(&w).await;
        let police = w.persona(ActorRole::Investigator).await;
        let body = proceedings::investigation(&police.organisation_id);
        s.coordinator.post(proceedings::path(&s)).json(body).await.is(201);
        let id = raise(&s.coordinator, &s.case).await.is(201).id();

        let flag = json!([{"id": id, "issue": "immigration_offence", "state": "raised"}]);
        for by in [&s.coordinator, &w.supervisor().await, &police] {
            let case = by.get(format!("/v1/cases/{}", s.case)).await.is(200);
            assert_eq!(case.at("/non_punishment_issues"), flag, "{}", by.username);
        }
        let seen = police.get(format!("{}/{id}", path(&s.case))).await.is(200);
        assert_eq!((seen.at("/issue"), seen.at("/state")), (json!("immigration_offence"), json!("raised")));
        assert_eq!((seen.at("/account"), seen.at("/withheld")), (Value::Null, json!(["case_restricted"])));
        assert_eq!(seen.json().get("raised_by"), None);
        let own = raise(&police, &s.case).await.is(201);
        assert_eq!(own.at("/account"), Value::Null);
        let tell = police.post(format!("{}/{id}/tell", path(&s.case))).if_match(1).json(told("court")).await;
        tell.is_problem(403, "not-permitted");
    }

    async fn r7_whoever_is_with_the_person_raises_it_and_sees_their_own(w: World) {
        let s = scene(&w).await;
        let unclaimed = register(&s.responder, adult_report()).await;
        let early = raise(&s.responder, &unclaimed).await.is(201);
        assert_eq!(early.at("/raised_by"), json!(s.responder.organisation_id));
        step(&s.coordinator, &unclaimed, "claim", json!({})).await.is(200);
        raise(&s.responder, &unclaimed).await.is_problem(404, "not-found");
        s.responder.get(path(&unclaimed)).await.is_problem(404, "not-found");

        let theirs = raise(&s.coordinator, &s.case).await.is(201).id();
        raise(&s.worker, &s.case).await.is_problem(404, "not-found");
        let (_, referral) = s.sent().await;
        raise(&s.worker, &s.case).await.is_problem(404, "not-found");
        act(&s.worker, &referral, "accept", json!({})).await.is(200);
        w.advance_s(1);
        let own = raise(&s.worker, &s.case).await.is(201).id();
        assert_eq!(ids(&s.worker.get(path(&s.case)).await.is(200)), std::slice::from_ref(&own));
        s.worker.get(format!("{}/{theirs}", path(&s.case))).await.is_problem(404, "not-found");
        let case = s.worker.get(format!("/v1/cases/{}", s.case)).await.is(200);
        assert_eq!(case.json().get("non_punishment_issues"), None);
        let colleague = w.worker().at(&s.shelter).await;
        colleague.get(format!("{}/{own}", path(&s.case))).await.is_problem(404, "not-found");
        assert_eq!(ids(&s.coordinator.get(path(&s.case)).await.is(200)), [own, theirs]);
        w.expect_sound();
    }

    async fn what_makes_no_sense_is_refused_where_it_stands(w: World) {
        let s = scene(&w).await;
        let id = raise(&s.coordinator, &s.case).await.is(201).id();
        for (changes, pointer) in [
            (json!({"issue": "witchcraft"}), "/issue"),
            (json!({"attributed_by": "neighbours"}), "/attributed_by"),
            (json!({"attributed_on": "2027-01-01"}), "/attributed_on"),
            (json!({"account": " "}), "/account"),
        ] {
            let body = crate::referral_steps::merged(issue(), changes);
            let wrong = s.coordinator.post(path(&s.case)).json(body).await.is(422);
            assert_eq!(wrong.at("/errors/0/pointer"), pointer);
        }
        let future = json!({"told_body": "court", "told_on": "2027-01-01"});
        let wrong = move_on(&s, &id, "tell", future).await.is(422);
        assert_eq!(wrong.at("/errors/0/pointer"), "/told_on");
        move_on(&s, &id, "tell", told("court")).await.is(200);
        let before = json!({"remedy": "fine_waived", "remedied_on": "2026-11-01"});
        let wrong = move_on(&s, &id, "remedy", before).await.is(422);
        assert_eq!(wrong.at("/errors/0/pointer"), "/remedied_on");
        let wrong = move_on(&s, &id, "remedy", json!({"remedy": "praise", "remedied_on": "2026-11-02"})).await.is(422);
        assert_eq!(wrong.at("/errors/0/pointer"), "/remedy");
    }
}
