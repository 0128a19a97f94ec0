//! Where the person lives, and how they are reached.

use serde_json::json;

use super::{life::People, planted::Planted};

/// The person lives at the shelter of the live referral, and there is a way to reach them.
pub(super) async fn house(people: &People, case: &str, planted: &Planted) -> (String, String) {
    let place = json!({
        "kind": "shelter", "organisation_id": people.worker.organisation_id.as_str(),
        "regime": "closed", "freedom_of_movement": "accompanied", "started_on": "2026-11-02",
        "planned_until": "2026-12-02",
        "address": planted.text("location", "PlacementBody.address"),
        "contact": planted.text("location", "PlacementBody.contact"),
        "reason": planted.text("placement", "PlacementBody.reason"),
        "restriction_reason": planted.text("placement", "PlacementBody.restriction_reason"),
    });
    let path = format!("/v1/cases/{case}/placements");
    let placement = people.manager.post(path).json(place).await.is(201).id();
    let contact = json!({
        "rule": "safe", "channel": "phone_call", "language": "fr",
        "value": planted.text("contact", "SafeContactBody.value"),
        "code_word": planted.text("contact", "SafeContactBody.code_word"),
        "who_may_answer": planted.text("contact", "SafeContactBody.who_may_answer"),
        "instructions": planted.text("contact", "SafeContactBody.instructions"),
    });
    let path = format!("/v1/cases/{case}/safe-contacts");
    let contact = people.worker.post(path).json(contact).await.is(201).id();
    (placement, contact)
}
