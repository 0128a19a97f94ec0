//! What is told while somebody's age is doubted.

use serde_json::{Value, json};

use super::{life::People, planted::Planted};
use crate::world::Persona;

/// A doubt about the age that was an error, and one that a panel decides about twice.
pub(super) async fn assess(people: &People, case: &str, planted: &Planted) -> (String, String) {
    let People { responder, coordinator, supervisor, worker, .. } = people;
    let path = format!("/v1/cases/{case}/age-assessments");
    let doubt = || {
        let words = planted.text("assessment", "AgeAssessmentBody.words");
        json!({"reason": "other", "words": words})
    };
    let error = responder.post(&path).json(doubt()).await.is(201).id();
    let error = format!("{path}/{error}");
    let reason = planted.text("assessment", "AgeDoubtWithdrawalBody.reason");
    assessed(coordinator, supervisor, &error, ("withdraw", json!({"reason": reason}))).await;
    assessed(supervisor, supervisor, &error, ("withdraw", json!({}))).await;

    let id = worker.post(&path).json(doubt()).await.is(201).id();
    let path = format!("{path}/{id}");
    let panel = |kind| {
        let name = || planted.text(kind, "AgePanelBody.members.name");
        let members = json!([
            {"profession": "medicine", "name": name()}, {"profession": "law", "name": name()}
        ]);
        ("name-panel", json!({"members": members, "consent": "given"}))
    };
    let decision = |kind, medical| {
        let body = json!({
            "methods": ["documents_and_records", "dental_examination"],
            "age_from": 22, "age_to": 26, "margin_of_error": 2,
            "reasons": planted.text(kind, "AgeDecisionBody.reasons"),
            "findings": planted.text(medical, "AgeDecisionBody.findings")
        });
        ("propose-decision", body)
    };
    let reason = planted.text("assessment", "AgeContestBody.reason");
    for (by, act) in [
        (coordinator, panel("draft")),
        (coordinator, decision("draft", "draft")),
        (supervisor, ("decline", json!({}))),
        (coordinator, decision("draft", "draft")),
        (supervisor, ("approve", json!({}))),
        (responder, ("contest", json!({"reason": reason}))),
    ] {
        assessed(by, supervisor, &path, act).await;
    }
    let guardian = guardian(coordinator, case, planted).await;
    for (by, act) in [
        (coordinator, panel("assessment")),
        (coordinator, decision("assessment", "findings")),
        (supervisor, ("approve", json!({}))),
    ] {
        assessed(by, supervisor, &path, act).await;
    }
    (id, guardian)
}

/// Somebody speaks for the person as long as the person is a child.
async fn guardian(coordinator: &Persona, case: &str, planted: &Planted) -> String {
    let body = json!({
        "name": planted.text("guardian", "GuardianBody.name"),
        "contact": planted.text("guardian", "GuardianBody.contact"),
        "relationship": "independent_professional", "authority": "court",
        "file_reference": "FC-1", "appointed_on": "2026-11-02",
        "conflicts": {
            "alleged_perpetrator": "no", "related_to_perpetrator": "no",
            "implicated_employer_or_carer": "no"
        }
    });
    coordinator.post(format!("/v1/cases/{case}/guardians")).json(body).await.is(201).id()
}

/// Moves an assessment with the version that it has now.
async fn assessed(by: &Persona, supervisor: &Persona, path: &str, (act, body): (&str, Value)) {
    let version = supervisor.get(path).await.is(200).version();
    by.post(format!("{path}/{act}")).if_match(version).json(body).await.is(200);
}
