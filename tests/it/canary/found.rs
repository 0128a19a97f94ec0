//! The incident in which the person was found, with a canary in what is told of it in words.

use serde_json::json;

use super::planted::Planted;
use crate::{referral_steps::merged, world::Persona};

/// The person was found in an incident, of which something was told first that was corrected.
pub(super) async fn with_others(responder: &Persona, planted: &Planted) -> String {
    let told = |body: &str, kind: &'static str| {
        json!({
            "place_details": planted.text(kind, &format!("{body}.place_details")),
            "narrative": planted.text(kind, &format!("{body}.narrative")),
        })
    };
    let facts = json!({"found_on": "2026-11-01", "place": "border_crossing", "area": "XZ-N"});
    let body = merged(facts, told("IncidentBody", "draft"));
    let id = responder.post("/v1/incidents").json(body).await.is(201).id();
    let patch = told("IncidentPatch", "incident");
    responder.patch(format!("/v1/incidents/{id}")).if_match(1).json(patch).await.is(200);
    id
}
