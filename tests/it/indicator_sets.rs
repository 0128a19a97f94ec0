//! By what people are screened: redefined by two people, and never for what was screened before (R10, R11, R19).

use serde_json::{Value, json};

use crate::{
    steps::{active_case, adult_report, report},
    world::{Answer, Persona, World},
};

const SET: &str = "/v1/indicator-sets/default";
const VERSIONS: &str = "/v1/indicator-sets/default/versions";
/// A question that the set of the program does not have.
const NEW: &str = "REG99";

/// The set in force with another version of its own and of its rules, under which what nobody has graded
/// weighs more.
pub(crate) async fn proposal(by: &Persona, version: &str) -> Value {
    let mut document = by.get(SET).await.is(200).json();
    document["version"] = json!(version);
    document["ruleset"]["version"] = json!(version);
    document["ruleset"]["ungraded_counts_as"] = json!("strong");
    let case = |profile: &str, yes: &[&str], indication: bool| {
        json!({"name": "As the committee reads it", "profile": profile, "yes": yes,
            "indication_of_trafficking": indication})
    };
    json!({
        "document": document,
        "cases": [
            case("child_labour", &["ACT2", "EX01", "EX02"], true),
            case("adult_labour", &["ACT1", "EX01", "EX02", "EX03"], false)
        ],
        "reason": "What nobody has graded counts as strong until the next session."
    })
}

/// Two people propose a version each; gives who reads both.
pub(crate) async fn proposed_twice(w: &World) -> Persona {
    let (one, two) = (w.supervisor().await, w.supervisor().await);
    for (by, version) in [(&one, "2"), (&two, "3")] {
        by.post(VERSIONS).json(proposal(by, version).await).await.is(201);
    }
    one
}

/// Adds a question, as one like that of a code.
fn with_a_question_more(mut proposal: Value, like: &str) -> Value {
    let all = proposal["document"]["indicators"].as_array_mut().unwrap();
    let mut more = all.iter().find(|one| one["code"] == like).unwrap().clone();
    more["code"] = json!(NEW);
    all.push(more);
    proposal
}

async fn approve(by: &Persona, version: &Answer, body: Value) -> Answer {
    let path = format!("{VERSIONS}/{}/approve", version.id());
    by.post(path).if_match(1).json(body).await
}

async fn screen(by: &Persona, case: &str, yes: &[&str]) -> Answer {
    let answers: Value = yes
        .iter()
        .map(|code| ((*code).to_owned(), json!("yes")))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let body = json!({"profile": "adult_labour", "answers": answers});
    by.post(format!("/v1/cases/{case}/screenings")).json(body).await
}

both! {
    async fn r11_old_screenings_stay_as_they_were_when_the_rules_change(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        let case = active_case(&responder, &coordinator, adult_report()).await;
        let (one, two) = (w.supervisor().await, w.supervisor().await);
        let old = screen(&coordinator, &case, &["ACT1", "DR01"]).await.is(201);
        assert_eq!(old.at("/result/indicator_set_version"), "1");
        screen(&coordinator, &case, &[NEW]).await.is_problem(422, "validation-failed");

        let body = with_a_question_more(proposal(&one, "2").await, "DR01");
        let made = one.post(VERSIONS).json(body).await.is(201);
        assert_eq!((made.at("/state"), made.at("/set_version")), (json!("proposed"), json!("2")));
        screen(&coordinator, &case, &["ACT1"]).await.is(201);
        assert_eq!(one.get(SET).await.is(200).at("/version"), "1", "a proposal is no version in force");
        let later = w.now().plus_seconds(3_600);
        let approved = approve(&two, &made, json!({"effective_from": later})).await.is(200);
        assert_eq!((approved.at("/state"), approved.at("/effective_from")), (json!("approved"), json!(later)));
        assert_eq!(one.get(SET).await.is(200).at("/version"), "1", "it is not yet time");
        w.advance_s(3_600);
        assert_eq!(coordinator.get(SET).await.is(200).at("/version"), "2");
        let new = screen(&coordinator, &case, &["ACT1", "DR01", NEW]).await.is(201);
        assert_eq!(new.at("/result/indicator_set_version"), "2");
        assert_eq!(new.at("/result/ruleset_version"), "2");
        let shown = coordinator.get(format!("/v1/cases/{case}/screenings/{}", old.id())).await.is(200);
        assert_eq!(shown.at("/result"), old.at("/result"));
        let mut told = report();
        told["indicators"] = json!([NEW]);
        responder.post("/v1/detection-reports").json(told).await.is(201);
        for event in ["indicator-set.propose success", "indicator-set.approve success"] {
            assert!(w.trail().contains(&event.to_owned()), "{event}");
        }
    }

    async fn r10_nobody_approves_the_rules_that_they_proposed(w: World) {
        let (one, two) = (w.supervisor().await, w.supervisor().await);
        let made = one.post(VERSIONS).json(proposal(&one, "2").await).await.is(201);

        assert_eq!(made.at("/allowed_actions"), json!(["withdraw"]));
        approve(&one, &made, json!({})).await.is_problem(403, "self-approval");
        let seen = two.get(format!("{VERSIONS}/{}", made.id())).await.is(200);
        assert_eq!(seen.at("/allowed_actions"), json!(["approve", "withdraw"]));
        approve(&two, &made, json!({})).await.is(200);
        assert_eq!(one.get(SET).await.is(200).at("/version"), "2", "from now on");
        let again = two.post(format!("{VERSIONS}/{}/approve", made.id())).if_match(2).json(json!({})).await;
        again.is_problem(409, "illegal-transition");
        let withdraw = two.post(format!("{VERSIONS}/{}/withdraw", made.id())).if_match(2).json(json!({})).await;
        withdraw.is_problem(409, "illegal-transition");
    }

    async fn another_server_screens_by_the_new_rules_at_once(w: World) {
        let (one, two) = (w.supervisor().await, w.supervisor().await);
        let made = one.post(VERSIONS).json(proposal(&one, "2").await).await.is(201);
        let first = one.get(SET).await.is(200);
        approve(&two, &made, json!({})).await.is(200);

        let again = one.get(SET).header("If-None-Match", first.etag()).await.is(200);
        assert_eq!(again.at("/version"), "2", "nothing is kept from before");
        let same = one.get(SET).header("If-None-Match", again.etag()).await;
        assert_eq!(same.is(304).text(), "");
    }

    async fn a_proposal_is_for_those_who_decide_for_the_whole_country(w: World) {
        let supervisor = w.supervisor().await;
        let body = proposal(&supervisor, "2").await;
        for by in [
            w.supervisor().in_area("XZ-N").await, w.coordinator().await, w.administrator().await,
            w.first_responder().await, w.auditor().await,
        ] {
            by.post(VERSIONS).json(&body).await.is_problem(403, "not-permitted");
        }
        let made = supervisor.post(VERSIONS).json(&body).await.is(201);
        let path = format!("{VERSIONS}/{}", made.id());
        let coordinator = w.coordinator().await;
        coordinator.get(&path).await.is_problem(404, "not-found");
        assert_eq!(coordinator.get(VERSIONS).await.is(200).at("/items"), json!([]));
        approve(&w.supervisor().await, &made, json!({})).await.is(200);
        let seen = coordinator.get(&path).await.is(200);
        assert_eq!((seen.at("/document/version"), seen.at("/allowed_actions")), (json!("2"), json!([])));
        let listed = coordinator.get(VERSIONS).await.is(200);
        assert_eq!(listed.at("/items/0/id"), made.id().as_str());
        assert!(listed.json()["items"][0].get("document").is_none());
        coordinator.post(format!("{path}/withdraw")).if_match(2).json(json!({})).await.is_problem(403, "not-permitted");
        supervisor.post("/v1/indicator-sets/other/versions").json(&body).await.is_problem(404, "not-found");
    }

    async fn what_cannot_follow_is_refused(w: World) {
        let supervisor = w.supervisor().await;
        let sound = proposal(&supervisor, "2").await;
        type Change = fn(&mut Value);
        let wrong: [(&str, Change); 7] = [
            ("/document/version", |it| it["document"]["version"] = json!("1")),
            ("/document/ruleset/version", |it| it["document"]["ruleset"]["version"] = json!("1")),
            ("/document/languages", |it| it["document"]["languages"] = json!(["en"])),
            ("/document/indicators", |it| drop(it["document"]["indicators"].as_array_mut().unwrap().pop())),
            ("/document/ruleset", |it| it["document"]["ruleset"]["adult_indication"]["all"] = json!([])),
            ("/cases", |it| it["cases"][0]["indication_of_trafficking"] = json!(false)),
            ("/reason", |it| it["reason"] = json!(" ")),
        ];
        for (pointer, change) in wrong {
            let mut body = sound.clone();
            change(&mut body);
            let refused = supervisor.post(VERSIONS).json(body).await.is_problem(422, "validation-failed");
            assert_eq!(refused.at("/errors/0/pointer"), pointer);
        }
        let mut unknown = sound.clone();
        unknown["document"]["colour"] = json!("blue");
        supervisor.post(VERSIONS).json(unknown).await.is_problem(422, "unknown-field");
        supervisor.post(VERSIONS).json(&sound).await.is(201);
        supervisor.post(VERSIONS).json(&sound).await.is_problem(409, "id-taken");
    }

    async fn what_is_withdrawn_is_never_in_force(w: World) {
        let (one, two) = (w.supervisor().await, w.supervisor().await);
        let made = one.post(VERSIONS).json(proposal(&one, "2").await).await.is(201);
        let later = w.now().plus_seconds(3_600);
        approve(&two, &made, json!({"effective_from": later})).await.is(200);

        let withdrawn = one.post(format!("{VERSIONS}/{}/withdraw", made.id())).if_match(2).json(json!({})).await.is(200);
        assert_eq!(withdrawn.at("/state"), "withdrawn");
        w.advance_s(7_200);
        assert_eq!(one.get(SET).await.is(200).at("/version"), "1");
        let again = one.post(VERSIONS).json(proposal(&one, "2").await).await.is(201);
        let passed = json!({"effective_from": later});
        approve(&two, &again, passed).await.is_problem(422, "validation-failed");
        approve(&two, &again, json!({})).await.is(200);
        w.expect_sound();
        let stale = two.post(format!("{VERSIONS}/{}/approve", again.id())).if_match(1).json(json!({})).await;
        stale.is_problem(412, "stale-version");
    }
}
