//! A person's request for a copy of what is held about them: who receives it, who makes which part of
//! the copy, and what is in it.

mod completeness;
mod doors;
mod page;

use refero_domain::actor::ActorRole::DataProtectionOfficer;
use serde_json::{Value, json};

use crate::{
    referral_steps::{Scene, act, scene},
    world::{Answer, Persona, World},
};

/// What the coordination noted, which names somebody else.
const NOTE: &str = "Her cousin Kofi M. brought her. Kofi M. lives in the same house.";
/// What the shelter noted.
const CARE: &str = "Slept well. Her sister Efua called.";

/// A case with a note and care given, and a request for a copy of it all.
pub(super) struct Stage {
    pub(super) scene: Scene,
    pub(super) dpo: Persona,
    pub(super) id: String,
}

pub(super) async fn stage(w: &World) -> Stage {
    let scene = scene(w).await;
    let (_, referral) = scene.accepted().await;
    let note = json!({"text": NOTE});
    let notes = format!("/v1/cases/{}/notes", scene.case);
    scene.coordinator.post(notes).json(note).await.is(201);
    act(&scene.worker, &referral, "start", json!({})).await.is(200);
    let update = json!({
        "service_type": "safe_shelter", "occurred_on": "2026-11-02", "state": "in_progress", "note": CARE
    });
    let updates = format!("/v1/referrals/{referral}/service-updates");
    scene.worker.post(updates).json(update).await.is(201);
    let dpo = w.persona(DataProtectionOfficer).await;
    let id = ask(&dpo, &scene.case, "fr").await.is(201).id();
    Stage { scene, dpo, id }
}

/// Writes down that the person of a case asks.
pub(super) async fn ask(dpo: &Persona, case: &str, language: &str) -> Answer {
    let body = json!({
        "case_id": case, "asker": "person", "language": language, "delivery": "printed",
        "file_reference": "DPO/2026/14", "received_on": "2026-11-01"
    });
    dpo.post("/v1/access-requests").json(body).await
}

pub(super) fn path(id: &str) -> String {
    format!("/v1/access-requests/{id}")
}

pub(super) async fn copy(by: &Persona, id: &str, query: &str) -> Answer {
    by.get(format!("{}/copy{query}", path(id))).purpose("data_subject_request").await
}

/// Every text of a copy: its id and what is shown of it.
pub(super) fn texts(copy: &Answer) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(&copy.json(), &mut found);
    found
}

fn collect(value: &Value, found: &mut Vec<(String, String)>) {
    if let Some(spans) = value["spans"].as_array() {
        let shown = spans.iter().map(|span| span["text"].as_str().unwrap_or("█"));
        found.push((value["id"].as_str().unwrap().to_owned(), shown.collect()));
    }
    let parts = value.as_array().into_iter().flatten();
    let members = value.as_object().into_iter().flat_map(|members| members.values());
    parts.chain(members).for_each(|part| collect(part, found));
}

/// Looks every text of the caller's part through, and takes some words out wherever they stand.
pub(super) async fn review(by: &Persona, id: &str, words: &[&str]) -> Answer {
    let texts = texts(&copy(by, id, "").await.is(200));
    let review = texts.iter().map(|(text, shown)| {
        let found = words.iter().filter(|words| shown.contains(**words));
        let passages = found.map(|words| json!({"text": words, "ground": "another_person"}));
        json!({"id": text, "passages": passages.collect::<Vec<_>>()})
    });
    let body = json!({"texts": review.collect::<Vec<_>>()});
    let version = by.get(path(id)).await.is(200).version();
    by.put(format!("{}/redactions", path(id))).if_match(version).json(body).await
}

/// Moves a request with the version it has now.
pub(super) async fn step(by: &Persona, id: &str, act: &str, body: Value) -> Answer {
    let version = by.get(path(id)).await.is(200).version();
    by.post(format!("{}/{act}", path(id))).if_match(version).json(body).await
}

both! {
    async fn a_copy_is_handed_over_part_by_part_with_others_taken_out(w: World) {
        let s = stage(&w).await;
        let Scene { coordinator, manager, .. } = &s.scene;

        let draft = copy(coordinator, &s.id, "").await.is(200);
        assert_eq!((draft.at("/may_be_handed_over"), draft.at("/number")), (json!(false), json!(1)));
        step(coordinator, &s.id, "hand-over", json!({})).await.is_problem(409, "texts-unreviewed");
        let reviewed = review(coordinator, &s.id, &["cousin Kofi M.", "Kofi M."]).await.is(200);
        assert!(reviewed.at("/parts/0/reviewed_at").is_string());
        let clean = copy(coordinator, &s.id, "?language=en").await.is(200);
        assert_eq!((clean.at("/may_be_handed_over"), clean.at("/number")), (json!(true), json!(3)));
        let shown: Vec<String> = texts(&clean).into_iter().map(|(_, shown)| shown).collect();
        assert!(shown.contains(&"Her █ brought her. █ lives in the same house.".to_owned()), "{shown:?}");
        assert!(!clean.text().contains("Kofi") && clean.text().contains("It is about somebody else"));
        assert!(!clean.text().contains("Efua"), "what a provider wrote is in the part of the provider");
        let one = step(coordinator, &s.id, "hand-over", json!({})).await.is(200);
        assert_eq!((one.at("/state"), one.at("/parts/0/state")), (json!("open"), json!("handed_over")));
        step(coordinator, &s.id, "hand-over", json!({})).await.is_problem(409, "illegal-transition");

        let own = copy(manager, &s.id, "?language=pt").await.is(200);
        assert!(own.text().contains("Efua") && !own.text().contains("Kofi"));
        assert_eq!((own.at("/case_code"), own.at("/organisation_id")), (Value::Null, json!(s.scene.shelter)));
        review(manager, &s.id, &["sister Efua"]).await.is(200);
        let answered = step(manager, &s.id, "hand-over", json!({})).await.is(200);
        assert_eq!(answered.at("/state"), "answered");
        assert!(s.dpo.get(path(&s.id)).await.is(200).at("/answered_at").is_string());
        copy(coordinator, &s.id, "").await.is(200);
        let done = w.texts(
            "select action || ' ' || (case_id is not null) as value from audit_events
             where action like 'access-request.%' and outcome = 'success' and operation <> 'read' order by at, action",
        );
        assert_eq!(done.len(), 5, "{done:?}");
        w.expect_sound();
    }

    async fn what_is_written_after_the_review_is_looked_through_before_anything_is_handed_over(w: World) {
        let s = stage(&w).await;
        let coordinator = &s.scene.coordinator;
        review(coordinator, &s.id, &[]).await.is(200);

        let notes = format!("/v1/cases/{}/notes", s.scene.case);
        let note = coordinator.post(notes).json(json!({"text": "She asked for Abena."})).await.is(201);
        step(coordinator, &s.id, "hand-over", json!({})).await.is_problem(409, "texts-unreviewed");
        let unreviewed = copy(coordinator, &s.id, "").await.is(200).at("/unreviewed");
        assert_eq!(unreviewed, json!([format!("note:{}", note.id())]));
    }

    async fn a_review_names_texts_of_the_part_and_words_that_stand_in_them(w: World) {
        let s = stage(&w).await;
        let coordinator = &s.scene.coordinator;
        let texts = texts(&copy(coordinator, &s.id, "").await.is(200));
        let note = texts.iter().find(|(id, _)| id.starts_with("note:")).unwrap().0.clone();
        let others = super::subject_access::texts(&copy(&s.scene.manager, &s.id, "").await.is(200));
        let put = async |text: Value| {
            let version = coordinator.get(path(&s.id)).await.is(200).version();
            let redactions = format!("{}/redactions", path(&s.id));
            coordinator.put(redactions).if_match(version).json(json!({"texts": [text]})).await
        };

        let absent = json!({"id": note, "passages": [{"text": "Kwame", "ground": "another_person"}]});
        put(absent).await.is_problem(422, "validation-failed");
        put(json!({"id": others[0].0})).await.is_problem(422, "validation-failed");
        let because = json!({"id": note, "passages": [{"text": "Kofi", "ground": "because"}]});
        let refused = put(because).await.is_problem(422, "validation-failed");
        assert!(!refused.text().contains("Kofi") && !refused.text().contains("because"));
        put(json!({"id": note, "whole": "ongoing_investigation"})).await.is(200);
        let copied = copy(coordinator, &s.id, "?language=en").await.is(200);
        assert!(!copied.text().contains("Kofi") && copied.text().contains("part of an investigation"));
        put(json!({"id": note, "passages": [{"text": "Kofi M.", "ground": "another_person"}]})).await.is(200);
        let kept = "select object_type as value from revisions where object_type = 'access_part'";
        assert_eq!(w.texts(kept).len(), 1, "what was found before stays in the history (R13)");
    }

    async fn r10_a_refusal_needs_a_second_person(w: World) {
        let s = stage(&w).await;
        let (coordinator, supervisor) = (&s.scene.coordinator, w.supervisor().await);
        let ground = json!({"ground": "identity_not_shown"});

        step(coordinator, &s.id, "request-refusal", ground.clone()).await.is_problem(403, "not-permitted");
        step(&s.dpo, &s.id, "approve-refusal", json!({})).await.is_problem(409, "illegal-transition");
        let asked = step(&s.dpo, &s.id, "request-refusal", ground.clone()).await.is(200);
        assert_eq!((asked.at("/state"), asked.at("/allowed_actions")), (json!("refusal_requested"), json!(["decline-refusal"])));
        step(&s.dpo, &s.id, "approve-refusal", json!({})).await.is_problem(403, "self-approval");
        review(coordinator, &s.id, &[]).await.is_problem(409, "illegal-transition");
        step(&supervisor, &s.id, "decline-refusal", json!({})).await.is(200);
        step(&s.dpo, &s.id, "request-refusal", ground).await.is(200);
        let refused = step(&supervisor, &s.id, "approve-refusal", json!({})).await.is(200);
        assert_eq!((refused.at("/state"), refused.at("/refusal_ground")), (json!("refused"), json!("identity_not_shown")));
        copy(coordinator, &s.id, "").await.is_problem(409, "illegal-transition");
        step(coordinator, &s.id, "hand-over", json!({})).await.is_problem(409, "illegal-transition");
        w.expect_sound();
    }

    async fn a_request_is_due_when_the_country_says_so(w: World) {
        let s = stage(&w).await;
        let request = s.dpo.get(path(&s.id)).await.is(200);

        assert_eq!((request.at("/due_on"), request.at("/due_status")), (json!("2026-12-01"), json!("demonstration")));
        let body = |member: &str, value: Value| {
            let mut body = json!({
                "case_id": s.scene.case, "asker": "person", "language": "en",
                "file_reference": "14", "received_on": "2026-11-02"
            });
            body[member] = value;
            s.dpo.post("/v1/access-requests").json(body)
        };
        for (member, value) in [
            ("received_on", json!("2026-11-03")),
            ("file_reference", json!("Ama K., found at the border")),
            ("language", json!("sw")),
            ("asker", json!("uncle")),
        ] {
            let refused = body(member, value).await.is_problem(422, "validation-failed");
            assert_eq!(refused.at("/errors/0/pointer"), format!("/{member}"));
        }
    }
}

both! {
    in "ci";
    async fn a_country_without_a_period_sets_no_day(w: World) {
        let coordinator = w.coordinator().await;
        let case = crate::steps::register(&w.first_responder().await, crate::steps::report()).await;
        crate::steps::step(&coordinator, &case, "claim", json!({})).await.is(200);
        let dpo = w.persona(DataProtectionOfficer).await;

        let asked = ask(&dpo, &case, "fr").await.is(201);
        assert_eq!((asked.at("/due_on"), asked.at("/due_status")), (Value::Null, Value::Null));
    }
}
