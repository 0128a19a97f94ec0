//! Somebody tries every door: reads everything, and changes what they can.

use refero::api::{operation::Operation, operations};
use serde_json::json;

use super::life::Life;
use crate::{
    every::{ABSENT, address, ask},
    world::{Persona, together},
};

/// Languages in turn, so that every text of a refusal is read in each.
const LANGUAGES: [&str; 3] = ["en", "fr", "pt"];

/// What each path parameter of an operation stands for; referrals are as many as there are.
pub(super) fn addresses(op: &Operation, life: &Life) -> Vec<String> {
    let one = |referral: &str| {
        address(op, |name| {
            let resource = op.path.split('/').nth(2).unwrap_or_default();
            let id = match (name, resource) {
                ("note_id", _) => &life.note,
                ("assessment_id", _) => &life.assessment,
                ("guardian_id", _) => &life.guardian,
                ("best_interests_id", _) => &life.best,
                ("reflection_period_id", _) => &life.period,
                ("document_id", _) => &life.document,
                ("placement_id", _) => &life.placement,
                ("safe_contact_id", _) => &life.contact,
                ("screening_id", _) => &life.screening,
                ("decision_id", _) => &life.decision,
                ("consent_id", _) => &life.consent,
                ("update_id", _) => &life.update,
                ("proceeding_id", _) => &life.wall.proceeding,
                ("hearing_id", _) => &life.wall.hearing,
                ("alleged_perpetrator_id", _) => &life.wall.perpetrator,
                ("issue_id", _) => &life.wall.issue,
                ("id", "cases") => &life.case,
                ("id", "incidents") => &life.incident,
                ("id", "emergency-accesses") => &life.emergency,
                ("id", "access-requests") => &life.access_request,
                ("id", "detection-reports") => &life.report,
                ("id", "referrals") => referral,
                ("id", "organisations") => life.people.worker.organisation_id.as_str(),
                ("id", "users") => life.people.worker.user_id.as_str(),
                _ => ABSENT,
            };
            id.to_owned()
        })
    };
    if op.path.starts_with("/v1/referrals/") {
        life.others.iter().chain([&life.live]).map(|referral| one(referral)).collect()
    } else {
        vec![one(ABSENT)]
    }
}

/// Reads every address there is, lists also by their parameters and page by page.
pub(super) async fn read_everything(by: &Persona, life: &Life) {
    let (case, user) = (&life.case, by.user_id.as_str());
    let mut paths: Vec<String> = [
        format!("/v1/referrals?case_id={case}"),
        format!("/v1/audit-events?case_id={case}"),
        format!("/v1/audit-events?actor_id={user}"),
        "/v1/cases?limit=1".to_owned(),
        "/v1/referrals?limit=1".to_owned(),
        "/v1/detection-reports?limit=1".to_owned(),
        "/problems/not-found".to_owned(),
        "/no/such/place".to_owned(),
    ]
    .into();
    for op in operations::table().operations().iter().filter(|op| op.method.as_str() == "GET") {
        paths.extend(addresses(op, life));
    }
    let asked = paths.iter().zip(LANGUAGES.iter().cycle()).map(|(path, language)| {
        by.get(path).purpose("case_management").header("Accept-Language", *language)
    });
    together(asked.collect::<Vec<_>>()).await;
    by.post("/v1/cases/search").json(json!({"case_code": life.case_code})).await;
}

/// Tries to change everything about the person, as the API's own examples do it.
pub(super) async fn change_everything(by: &Persona, life: &Life) {
    let table = operations::table();
    let about_people = ["/v1/cases/", "/v1/referrals/", "/v1/detection-reports/"];
    let changes = table.operations().iter().filter(|op| {
        op.method.as_str() != "GET" && about_people.iter().any(|path| op.path.starts_with(path))
    });
    let mut asked = Vec::new();
    for op in changes {
        asked.extend(addresses(op, life).iter().map(|path| ask(by, op, path, 1)));
    }
    together(asked).await;
}
