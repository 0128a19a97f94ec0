//! The support plan of the person, with a canary in everything that is told about them in it.

use serde_json::{Value, json};

use super::planted::Planted;
use crate::world::Persona;

/// Starts a plan, agrees to it, reviews it, and ends its steps in every way.
pub(super) async fn carry_out(
    (coordinator, supervisor): (&Persona, &Persona),
    case: &str,
    planted: &Planted,
) {
    let plan = format!("/v1/cases/{case}/plan");
    let text = |kind: &'static str, member: &str| planted.text(kind, member);
    let aims = json!({"aims": text("draft", "SupportPlanBody.aims")});
    coordinator.post(&plan).json(aims).await.is(201);
    let aims = json!({"aims": text("note", "SupportPlanPatch.aims")});
    coordinator.patch(&plan).if_match(1).json(aims).await.is(200);
    for (end, member, words, rest) in [
        ("complete", "PlanItemOutcomeBody.note", "note", json!({"outcome": "goal_met"})),
        ("decline", "PlanItemEndBody.note", "note", json!({})),
        ("drop", "PlanItemReasonBody.reason", "reason", json!({})),
    ] {
        let item = json!({
            "support_plan_type": "legal", "owner": "bureau",
            "objective": text("draft", "PlanItemBody.objective"),
            "action": text("draft", "PlanItemBody.action")
        });
        let item = coordinator.post(format!("{plan}/items")).json(item).await.is(201).id();
        let one = format!("{plan}/items/{item}");
        let patch = json!({
            "objective": text("note", "PlanItemPatch.objective"),
            "action": text("note", "PlanItemPatch.action")
        });
        coordinator.patch(&one).if_match(1).json(patch).await.is(200);
        let mut body: Value = rest;
        body[words] = json!(text("note", member));
        coordinator.post(format!("{one}/{end}")).if_match(2).json(body).await.is(200);
    }
    let version = coordinator.get(&plan).await.is(200).version();
    let agreed = json!({
        "giver": "individual", "mode": "verbal_witnessed", "language": "fr",
        "own_words": text("note", "PlanAgreementBody.own_words")
    });
    coordinator.post(format!("{plan}/agree")).if_match(version).json(agreed).await.is(200);
    let reviewed = json!({
        "outcome": "continues",
        "goes_well": text("note", "PlanReviewBody.goes_well"),
        "to_change": text("note", "PlanReviewBody.to_change"),
        "own_words": text("note", "PlanReviewBody.own_words")
    });
    coordinator.post(format!("{plan}/review")).if_match(version + 1).json(reviewed).await.is(200);
    stay_with(coordinator, case, planted).await;
    complain((coordinator, supervisor), case, planted).await;
}

/// A conference, and a follow-up.
async fn stay_with(coordinator: &Persona, case: &str, planted: &Planted) {
    let text = |kind: &'static str, member: &str| planted.text(kind, member);
    let held = json!({
        "held_on": "2026-11-01", "person_part": "present",
        "minutes": text("note", "CaseConferenceBody.minutes"),
        "decisions": [text("note", "CaseConferenceBody.decisions")],
        "participants": [{
            "organisation_id": coordinator.organisation_id,
            "function": text("note", "CaseConferenceBody.participants.function")
        }]
    });
    coordinator.post(format!("/v1/cases/{case}/conferences")).json(held).await.is(201);
    let asked = json!({
        "contact": "reached", "contact_on": "2026-11-01",
        "account": text("note", "FollowUpBody.account")
    });
    coordinator.post(format!("/v1/cases/{case}/follow-ups")).json(asked).await.is(201);
}

/// A complaint, which a supervisor answers.
async fn complain((coordinator, supervisor): (&Persona, &Persona), case: &str, planted: &Planted) {
    let text = |kind: &'static str, member: &str| planted.text(kind, member);
    let said = json!({
        "kind": "complaint", "subject": "safety", "channel": "in_person", "received_on": "2026-11-01",
        "words": text("complaint", "ComplaintBody.words")
    });
    let complaints = format!("/v1/cases/{case}/complaints");
    let said = coordinator.post(&complaints).json(said).await.is(201).id();
    let found = json!({
        "outcome": "resolved", "findings": text("complaint", "ComplaintConclusionBody.findings"),
        "answer": text("complaint", "ComplaintConclusionBody.answer"),
        "answered_on": "2026-11-01", "answer_language": "fr"
    });
    let conclude = supervisor.post(format!("{complaints}/{said}/conclude")).if_match(1);
    conclude.json(found).await.is(200);
}
