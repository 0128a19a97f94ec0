//! Somebody asks for a copy, and what is about others is taken out of it.

use refero_domain::actor::ActorRole;
use serde_json::json;

use super::planted::Planted;
use crate::world::{Persona, World};

/// The person asks for a copy, and words that are about somebody else are taken out of a note.
pub(super) async fn redact(
    w: &World,
    coordinator: &Persona,
    case: &str,
    planted: &Planted,
) -> String {
    let named = planted.text("note", "RedactionsBody.texts.passages.text");
    let text = format!("{} {named}", planted.text("note", "NoteBody.text"));
    let notes = format!("/v1/cases/{case}/notes");
    let note = coordinator.post(notes).json(json!({"text": text})).await.is(201).id();
    let asked = json!({
        "case_id": case, "asker": "person", "language": "en",
        "file_reference": "14", "received_on": "2026-11-01"
    });
    let dpo = w.persona(ActorRole::DataProtectionOfficer).await;
    let id = dpo.post("/v1/access-requests").json(asked).await.is(201).id();
    let passage = json!({"text": named, "ground": "another_person"});
    let texts = json!({"texts": [{"id": format!("note:{note}"), "passages": [passage]}]});
    let redactions = coordinator.put(format!("/v1/access-requests/{id}/redactions"));
    redactions.if_match(1).json(texts).await.is(200);
    id
}
