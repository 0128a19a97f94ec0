//! What is asked, about which record: taken from the table of operations, so that none is forgotten.

use refero::api::operation::Operation;
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    people::{People, Place, Walker},
    records::{CARED, NAME, Record, TOLD},
};
use crate::{
    every::{ABSENT, parameters},
    referral_steps::merged,
    world::{Asking, World},
};

/// A version that no record of the walk has: whoever may act is told so, and has not acted.
pub(super) const STALE: i64 = 9_000;

/// What kind of record an operation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// A detection report.
    Report,
    /// A case, or a part of its dossier.
    Case,
    /// A referral, or a part of it.
    Referral,
    /// A pair of cases that may be about one person.
    Pair,
    /// An incident in which people were found, or a part of it.
    Incident,
    /// Every record that somebody may see: a list or a queue.
    Many,
    /// No record about a person: accounts, organisations, reference, the service itself; and
    /// registering, which begins one.
    Nobody,
}

/// What has no record about a person in it, by the first segment of the path below `/v1`.
const NOBODY: [&str; 17] = [
    "access-requests",
    "alerts",
    "bait-cases",
    "emergency-accesses",
    "session",
    "me",
    "organisations",
    "statistics",
    "users",
    "audit",
    "audit-events",
    "code-lists",
    "country-profile",
    // Whom they are about, they do not say.
    "erasure-requests",
    "legal-holds",
    "indicator-sets",
    "problems",
];

/// Says what an operation is about.
#[track_caller]
pub(super) fn about(op: &Operation) -> About {
    let inner = op.path.strip_prefix("/v1/").unwrap_or_default();
    let first = inner.split('/').next().unwrap_or_default();
    let on_one = inner.contains("/{id}");
    match (first, op.id) {
        ("cases", "searchCases")
        | ("referrals", "createReferral")
        | ("services", "matchServices") => About::Case,
        ("detection-reports", "createDetectionReport") | ("incidents", "createIncident") => {
            About::Nobody
        }
        ("detection-reports", _) if on_one => About::Report,
        ("cases", _) if on_one => About::Case,
        ("referrals", _) if on_one => About::Referral,
        ("duplicate-candidates", _) if on_one => About::Pair,
        ("incidents", _) if on_one => About::Incident,
        ("detection-reports" | "cases" | "referrals" | "incidents" | "queues", _)
            if op.method.as_str() == "GET" =>
        {
            About::Many
        }
        _ if op.is_open || NOBODY.contains(&first) => About::Nobody,
        _ => panic!("the walk does not know what {} {} is about", op.method, op.path),
    }
}

/// Returns the address of an operation on a record; nothing if the record has no such part.
#[track_caller]
pub(super) fn address(op: &Operation, record: &Record) -> Option<String> {
    if about(op) == About::Case && record.case.is_empty() {
        return None;
    }
    let mut path = op.path.to_owned();
    for name in parameters(op) {
        let id = match (name, about(op)) {
            ("id", About::Report) => Some(&record.report),
            ("id", About::Case) => Some(&record.case),
            ("id", About::Referral) => record.referral.as_ref(),
            ("id", About::Pair) => record.parts.get("pair_id"),
            ("id", About::Incident) => record.parts.get("incident_id"),
            ("consent_id", _) if op.id == "answerConsent" => record.parts.get("pending_id"),
            (
                "screening_id"
                | "decision_id"
                | "consent_id"
                | "note_id"
                | "update_id"
                | "assessment_id"
                | "guardian_id"
                | "best_interests_id"
                | "reflection_period_id"
                | "proceeding_id"
                | "hearing_id"
                | "alleged_perpetrator_id"
                | "issue_id"
                | "placement_id"
                | "document_id"
                | "letter_id"
                | "notice_id"
                | "safe_contact_id"
                | "needs_assessment_id"
                | "item_id"
                | "conference_id"
                | "follow_up_id"
                | "complaint_id",
                _,
            ) => record.parts.get(name),
            _ => panic!("the walk makes no {name}"),
        };
        path = path.replace(&format!("{{{name}}}"), id?);
    }
    Some(path)
}

/// Returns the address of the same operation on a record that is not there.
pub(super) fn nowhere(op: &Operation) -> String {
    crate::every::address(op, |_| ABSENT.to_owned())
}

/// Returns a body that is in order; the example of the description, unless the record must be named
/// or would lose what the walk looks for.
pub(super) fn body(op: &Operation, record: &Record, people: &People) -> Option<Value> {
    let (_, example) = op.body.as_ref()?;
    let north = &people.the("coordinator_north").user_id;
    let colleague = &people.the("worker_colleague").user_id;
    let shelter = people.place(Place::Shelter);
    let changes = match op.id {
        "editDetectionReport" => json!({"narrative": TOLD}),
        "searchCases" => json!({"case_code": record.case_code}),
        "matchServices" => json!({
            "case_id": record.case, "sex_reporting": null, "protected_as_child": null
        }),
        "assignCase" => json!({"coordinator_id": north}),
        "editIdentity" => json!({
            "names": [{"text": NAME, "kind": "official"}], "birth_date": null
        }),
        "createNote" => json!({"text": TOLD}),
        "createIdentificationDecision" => json!({"reasons": TOLD}),
        "createAgeAssessment" => json!({"words": TOLD}),
        "assessBestInterests" => json!({"factors": TOLD}),
        "offerReflectionPeriod" => json!({"words": TOLD}),
        "createDocument" => json!({"title": TOLD, "supersedes_id": null}),
        "createPlacement" => json!({"organisation_id": shelter, "reason": TOLD}),
        // The child of the walk has no guardian in office.
        "agreeSupportPlan" if record.giver != "individual" => {
            json!({"giver": "authority_best_interests"})
        }
        "agreeSupportPlan" => json!({"giver": "individual"}),
        "endPlacement" => json!({"ended_on": "2026-11-02"}),
        "recordCaseConference" => json!({"participants": [], "minutes": TOLD, "decisions": []}),
        "recordFollowUp" => json!({"round": null, "account": TOLD}),
        "recordComplaint" => json!({"words": TOLD}),
        "startSupportPlan" => json!({"aims": TOLD}),
        "createPlanItem" => json!({"objective": TOLD, "action": null}),
        "openProceeding" => json!({"organisation_id": people.place(Place::Police)}),
        "scheduleHearing" | "addAllegedPerpetrator" => {
            let of = record.parts.get("proceeding_id").map_or(ABSENT, String::as_str);
            json!({"proceeding_id": of})
        }
        "linkIncident" => {
            let of = record.parts.get("incident_id").map_or(ABSENT, String::as_str);
            json!({"incident_id": of})
        }
        // A draft is its author's alone: the incident stays as it is.
        "registerReports" => json!({"rows": [{"submit": false, "sex_reporting": "female"}]}),
        "editIncident" => json!({"narrative": TOLD}),
        "raiseNonPunishmentIssue" => json!({"account": TOLD}),
        "createConsent" => json!({"recipient_organisation_id": shelter, "state": "pending"}),
        "answerConsent" => json!({"answer": "refuse"}),
        "createReferral" => json!({
            "case_id": record.case, "organisation_id": shelter, "send": false, "instructions": TOLD
        }),
        "completeReferral" | "declineReferral" | "returnReferral" => json!({"note": CARED}),
        "assignReferral" => json!({"worker_id": colleague}),
        "requestMerge" => json!({"surviving_case_id": record.case}),
        "createServiceUpdate" => json!({"note": CARED}),
        _ => json!({}),
    };
    Some(merged(example.clone(), changes))
}

/// Returns the same body about a record that is not there.
pub(super) fn body_about_nothing(op: &Operation, people: &People) -> Option<Value> {
    let nothing = Record::of_case(ABSENT);
    match op.id {
        // The code of the example is one that no case has.
        "searchCases" => op.body.as_ref().map(|(_, example)| example.clone()),
        _ => body(op, &nothing, people),
    }
}

/// Says whether a record stands as it stood after somebody did this: it adds or corrects. Of doubts about
/// an age there is one at a time, which makes the person a child; and one guardian, one reflection period and one
/// plan, and nobody lives in two places.
pub(super) fn leaves_the_stage(op: &Operation) -> bool {
    // A decision is added, and the stage of identification moves.
    if op.id == "createIdentificationDecision" {
        return false;
    }
    let adds = op.status == 201 || op.method.as_str() == "PATCH" || op.id == "registerReports";
    let once = [
        "createAgeAssessment",
        "appointGuardian",
        "createPlacement",
        "offerReflectionPeriod",
        "startSupportPlan",
    ];
    let adds = adds && !once.contains(&op.id);
    adds || !op.gives_receipt()
}

/// One request of the walk; all bear the same request id, so that answers compare to the byte.
pub(super) fn ask(
    w: &World,
    walker: &Walker,
    op: &Operation,
    (path, version, body): (&str, i64, Option<&Value>),
) -> Asking {
    let method: Method = op.method.as_str().parse().unwrap();
    let mut asking = walker.ask(w, method, path).header("X-Request-Id", ABSENT);
    if op.if_match {
        asking = asking.if_match(version);
    }
    if op.purpose.is_some() {
        asking = asking.purpose("case_management");
    }
    match body {
        None if op.id == "uploadDocument" => asking.bytes("text/plain", "{}"),
        Some(body) => asking.json(body),
        None => asking,
    }
}
