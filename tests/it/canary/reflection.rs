//! Time to recover: declined, refused, and extended until it ended early.

use serde_json::{Value, json};

use super::planted::Planted;
use crate::world::Persona;

async fn act(by: &Persona, one: &str, act: &str, body: Value) {
    let version = by.get(one).await.is(200).version();
    by.post(format!("{one}/{act}")).if_match(version).json(body).await.is(200);
}

/// The person declines a period, is refused another one, and has a third; gives the last.
pub(super) async fn rest(
    (coordinator, supervisor): (&Persona, &Persona),
    case: &str,
    planted: &Planted,
) -> String {
    let path = format!("/v1/cases/{case}/reflection-periods");
    let text = |member: &str| planted.text("note", member);
    let offer = async || {
        let words = text("ReflectionOfferBody.words");
        let told = json!({"offered_on": "2026-11-02", "language": "fr", "words": words});
        coordinator.post(&path).json(told).await.is(201).id()
    };
    let declined = format!("{path}/{}", offer().await);
    let why = json!({"reason": text("ReflectionDeclineBody.reason")});
    act(coordinator, &declined, "decline", why).await;
    let refused = format!("{path}/{}", offer().await);
    let why = json!({"reasons": text("ReflectionRefusalBody.reasons")});
    act(supervisor, &refused, "refuse", why).await;
    let id = offer().await;
    let given = format!("{path}/{id}");
    let days = json!({"days": 45, "basis": "law", "citation": "An act, s. 4"});
    act(coordinator, &given, "grant", days).await;
    let why = json!({"reasons": text("ReflectionExtensionBody.reasons")});
    act(coordinator, &given, "extend", why).await;
    let reasons = text("ReflectionTerminationBody.reasons");
    let why = json!({"reason": "survivor_request", "reasons": reasons});
    act(supervisor, &given, "terminate", why).await;
    id
}
