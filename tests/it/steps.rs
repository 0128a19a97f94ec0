//! Steps that many stories begin with, taken through the API.

use serde_json::{Value, json};

use crate::world::{Answer, Persona};

/// A plain report of a woman of unknown age.
pub(crate) fn report() -> Value {
    json!({
        "submit": true,
        "sex_reporting": "female",
        "detection_source": "border_control",
        "primary_language": "fr",
        "urgent_needs": ["safe_shelter"],
        "indicators": ["DR01"],
        "identity": {"names": [{"text": "Ama K.", "kind": "as_heard"}]},
        "narrative": "Found at the border."
    })
}

/// A plain report of a grown woman.
pub(crate) fn adult_report() -> Value {
    let mut report = report();
    report["age_status"] = json!("adult_documented");
    report["birth_year_estimate"] = json!(1990);
    report
}

/// Registers a report; gives the case's id.
pub(crate) async fn register(responder: &Persona, report: Value) -> String {
    responder.post("/v1/detection-reports").json(report).await.is(201).text_at("/case_id")
}

/// Moves a case with the version it has now.
pub(crate) async fn step(by: &Persona, case: &str, act: &str, body: Value) -> Answer {
    let version = by.get(format!("/v1/cases/{case}")).await.is(200).version();
    by.post(format!("/v1/cases/{case}/{act}")).if_match(version).json(body).await
}

/// Registers, claims and opens a case; gives its id.
pub(crate) async fn active_case(
    responder: &Persona,
    coordinator: &Persona,
    report: Value,
) -> String {
    let case = register(responder, report).await;
    step(coordinator, &case, "claim", json!({})).await.is(200);
    step(coordinator, &case, "activate", json!({})).await.is(200);
    case
}
