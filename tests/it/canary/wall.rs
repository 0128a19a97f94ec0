//! An investigation, an application for asylum, and a fine: what is told in each, and to whom.

use serde_json::json;

use super::{life::People, planted::Planted};
use crate::{referral_steps::merged, world::Persona};

/// What was made.
pub(crate) struct Wall {
    /// The investigation.
    pub(crate) proceeding: String,
    /// A hearing in it.
    pub(crate) hearing: String,
    /// Whom it is about.
    pub(crate) perpetrator: String,
    /// What must not be held against the person.
    pub(crate) issue: String,
}

/// Raises the wall: the investigator is told who the person is, and nobody else what is investigated.
pub(super) async fn raise(people: &People, case: &str, planted: &Planted) -> Wall {
    let (bureau, investigator) = (&people.coordinator, &people.investigator);
    let path = |part: &str| format!("/v1/cases/{case}/{part}");
    let words = |kind: &'static str, body: &str| {
        json!({
            "reference_number": planted.text(kind, &format!("{body}.reference_number")),
            "court": planted.text(kind, &format!("{body}.court")),
            "notes": planted.text(kind, &format!("{body}.notes")),
        })
    };
    let opened = |kind: &str| {
        json!({
            "kind": kind, "organisation_id": investigator.organisation_id,
            "person_role": "applicant", "protective_measures": ["support_person"]
        })
    };
    let asylum = merged(opened("asylum"), words("proceeding", "ProceedingBody"));
    let asylum = bureau.post(path("proceedings")).json(asylum).await.is(201).id();
    let inquiry = merged(opened("criminal_trafficking"), words("draft", "ProceedingBody"));
    let inquiry = bureau.post(path("proceedings")).json(inquiry).await.is(201).id();
    let one = path(&format!("proceedings/{inquiry}"));
    let told = words("inquiry", "ProceedingPatch");
    investigator.patch(&one).if_match(1).json(told).await.is(200);
    let basis = json!({
        "legal_basis": "criminal_investigation",
        "reason": planted.text("draft", "IdentitySharingBody.reason")
    });
    bureau.post(format!("{one}/share-identity")).if_match(2).json(basis).await.is(200);
    hear(bureau, case, &asylum, ("proceeding", planted)).await;
    let hearing = hear(investigator, case, &inquiry, ("inquiry", planted)).await;
    let text = |member: &str| planted.text("inquiry", &format!("AllegedPerpetratorBody.{member}"));
    let alleged = json!({
        "proceeding_id": inquiry, "roles": ["transporter"], "name": text("name"),
        "description": text("description")
    });
    let perpetrator = bureau.post(path("alleged-perpetrators")).json(alleged).await.is(201).id();
    let issue = remedied(bureau, &path("non-punishment-issues"), planted).await;
    Wall { proceeding: inquiry, hearing, perpetrator, issue }
}

async fn hear(
    by: &Persona,
    case: &str,
    proceeding: &str,
    (kind, planted): (&'static str, &Planted),
) -> String {
    let body = json!({
        "proceeding_id": proceeding, "takes_place_on": "2026-11-01",
        "details": planted.text(kind, "HearingBody.details")
    });
    let hearings = format!("/v1/cases/{case}/hearings");
    let hearing = by.post(&hearings).json(body).await.is(201).id();
    let outcome = planted.text(kind, "HearingOutcomeBody.outcome");
    let record = by.post(format!("{hearings}/{hearing}/record")).if_match(1);
    record.json(json!({"state": "held", "outcome": outcome})).await.is(200);
    hearing
}

/// A fine of which the authority was told, and which it waived.
async fn remedied(bureau: &Persona, issues: &str, planted: &Planted) -> String {
    let fine = json!({
        "issue": "fine_or_overstay", "attributed_by": "immigration_service",
        "attributed_on": "2026-10-20",
        "account": planted.text("issue", "NonPunishmentIssueBody.account")
    });
    let id = bureau.post(issues).json(fine).await.is(201).id();
    let told = json!({
        "told_body": "immigration_service", "told_on": "2026-11-01",
        "told": planted.text("issue", "IssueTellingBody.told")
    });
    bureau.post(format!("{issues}/{id}/tell")).if_match(1).json(told).await.is(200);
    let answer = json!({
        "remedy": "fine_waived", "remedied_on": "2026-11-01",
        "answer": planted.text("issue", "IssueRemedyBody.answer")
    });
    bureau.post(format!("{issues}/{id}/remedy")).if_match(2).json(answer).await.is(200);
    id
}
