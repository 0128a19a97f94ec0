//! What is told while somebody's age is doubted.

use serde_json::{Value, json};

use super::{life::People, planted::Planted};
use crate::{referral_steps::merged, world::Persona};

/// A doubt about the age that was an error, and one that a panel decides about twice.
pub(super) async fn assess(
    people: &People,
    case: &str,
    planted: &Planted,
) -> (String, String, String) {
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
    let best = interests(people, case, planted).await;
    without_guardian(people, case, planted).await;
    for (by, act) in [
        (coordinator, panel("assessment")),
        (coordinator, decision("assessment", "findings")),
        (supervisor, ("approve", json!({}))),
    ] {
        assessed(by, supervisor, &path, act).await;
    }
    (id, guardian, best)
}

/// What is best for the person, as long as it is held to be a child: assessed, determined and looked at again.
async fn interests(people: &People, case: &str, planted: &Planted) -> String {
    let People { coordinator, supervisor, .. } = people;
    let path = format!("/v1/cases/{case}/best-interests");
    let text = |member: &str| planted.text("guardian", member);
    let body = json!({
        "purpose": "return", "assessed_on": "2026-11-02", "views_heard": "heard",
        "child_views": text("BestInterestsBody.child_views"),
        "options": ["local_inclusion"], "factors": text("BestInterestsBody.factors"),
        "recommendation": "local_inclusion",
        "recommendation_reasons": text("BestInterestsBody.recommendation_reasons")
    });
    let id = coordinator.post(&path).json(body).await.is(201).id();
    let path = format!("{path}/{id}");
    let name = || text("BestInterestsPanelBody.members.name");
    let members = json!({"members": [
        {"profession": "medicine", "name": name()}, {"profession": "law", "name": name()}
    ]});
    let proposal = json!({
        "durable_solution": "local_inclusion", "review_on": "2027-05-03",
        "reasons": text("BestInterestsDeterminationBody.reasons")
    });
    let again = json!({"reason": text("BestInterestsReviewBody.reason")});
    for (by, act) in [
        (coordinator, ("name-panel", members)),
        (coordinator, ("propose-determination", proposal)),
        (supervisor, ("approve", json!({}))),
        (coordinator, ("review", again)),
    ] {
        assessed(by, supervisor, &path, act).await;
    }
    id
}

/// The child consents without its guardian: once at once, and once when it is asked.
async fn without_guardian(people: &People, case: &str, planted: &Planted) {
    let People { coordinator, past, .. } = people;
    let ground = |member: &str| {
        let reasons = planted.text("consent", member);
        json!({"child_ground": "guardian_in_conflict", "child_ground_reasons": reasons})
    };
    let consent = json!({
        "purpose": "share_with_service_provider", "recipient_organisation_id": past.organisation_id,
        "categories": ["operational"], "giver": "authority_best_interests", "mode": "written",
        "language": "fr"
    });
    let path = format!("/v1/cases/{case}/consents");
    let given = merged(consent.clone(), ground("ConsentBody.child_ground_reasons"));
    coordinator.post(&path).json(given).await.is(201);
    let asked = merged(consent, json!({"state": "pending"}));
    let asked = coordinator.post(&path).json(asked).await.is(201).id();
    let answer =
        merged(json!({"answer": "give"}), ground("ConsentAnswerBody.child_ground_reasons"));
    let answered = coordinator.post(format!("{path}/{asked}/answer")).if_match(1);
    answered.json(answer).await.is(200);
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
