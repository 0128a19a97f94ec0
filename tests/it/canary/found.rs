//! The incident in which the person was found, and a document that was found with them: with a canary in what is
//! told in words.

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

/// A document of the case; gives its id.
pub(super) async fn document(coordinator: &Persona, case: &str, planted: &Planted) -> String {
    let text = |member: &str| planted.text("document", &format!("DocumentBody.{member}"));
    let body = json!({
        "kind": "correspondence", "class": "case_restricted",
        "title": text("title"), "issued_by": text("issued_by"), "number": text("number")
    });
    let path = format!("/v1/cases/{case}/documents");
    let id = coordinator.post(&path).json(body).await.is(201).id();
    // Its digest stands in the trail: of the whole document, not of the words in it.
    let content =
        format!("To whom it may concern.\n{}", planted.text("content", "the document itself"));
    let upload = coordinator.put(format!("{path}/{id}/content")).if_match(1);
    upload.bytes("text/plain", content).await.is(200);
    id
}

/// The letters that were made, in which nothing that was told stands.
pub(super) async fn letters(coordinator: &Persona, (case, referral): (&str, &str)) {
    for path in
        [format!("/v1/cases/{case}/notices-of-rights"), format!("/v1/referrals/{referral}/letters")]
    {
        coordinator.post(path).json(json!({"language": "pt"})).await.is(201);
    }
}
