//! Every list, and whoever asks for it: with at least two of everything in it.

use refero::jobs;
use refero_domain::actor::ActorRole;
use reqwest::Method;
use serde_json::json;

use crate::{
    referral_steps::{Scene, act},
    steps::{active_case, register, report},
    world::{Persona, World},
};

/// The lists of what belongs to a case that its coordinator reads.
const PARTS: [(&str, &str); 21] = [
    ("listNeedsAssessments", "needs-assessments"),
    ("listCaseConferences", "conferences"),
    ("listFollowUps", "follow-ups"),
    ("listNotes", "notes"),
    ("listProceedings", "proceedings"),
    ("listDisclosures", "disclosures"),
    ("listHearings", "hearings"),
    ("listAllegedPerpetrators", "alleged-perpetrators"),
    ("listNonPunishmentIssues", "non-punishment-issues"),
    ("listScreenings", "screenings"),
    ("listIdentificationDecisions", "identification-decisions"),
    ("listConsents", "consents"),
    ("listGuardians", "guardians"),
    ("listBestInterests", "best-interests"),
    ("listReflectionPeriods", "reflection-periods"),
    ("listPlacements", "placements"),
    ("listSafeContacts", "safe-contacts"),
    ("listAgeAssessments", "age-assessments"),
    ("readCare", "care"),
    ("listDocuments", "documents"),
    ("listNoticesOfRights", "notices-of-rights"),
];

/// Every list, who asks for it, and where.
pub(super) async fn lists(w: &World, s: &Scene) -> Vec<(&'static str, Persona, String)> {
    let (case, referral) = (&s.case, prepared(w, s).await);
    let administrator = w.administrator().await;
    let auditor = w.auditor().await;
    let (coordinator, responder) = (&s.coordinator, &s.responder);
    let mut lists = vec![
        ("listAuditEvents", auditor, "/v1/audit-events".to_owned()),
        ("listMySessions", coordinator.clone(), "/v1/me/sessions".to_owned()),
        (
            "listServices",
            administrator.clone(),
            format!("/v1/organisations/{}/services", s.shelter),
        ),
        ("listOrganisations", administrator.clone(), "/v1/organisations".to_owned()),
        (
            "listIndicatorSetVersions",
            crate::indicator_sets::proposed_twice(w).await,
            "/v1/indicator-sets/default/versions".to_owned(),
        ),
        ("listUsers", administrator, "/v1/users".to_owned()),
        ("listDetectionReports", responder.clone(), "/v1/detection-reports".to_owned()),
        ("readInboxQueue", s.manager.clone(), "/v1/queues/inbox".to_owned()),
        (
            "listServiceUpdates",
            s.worker.clone(),
            format!("/v1/referrals/{referral}/service-updates"),
        ),
    ];
    for (id, path) in [
        ("listCases", "/v1/cases".to_owned()),
        ("listIncidents", "/v1/incidents".to_owned()),
        ("listIncidentCases", found_together(s).await),
        ("listReferrals", "/v1/referrals".to_owned()),
        ("readTriageQueue", "/v1/queues/triage".to_owned()),
        ("readMyCasesQueue", "/v1/queues/my-cases".to_owned()),
        ("readOverdueQueue", "/v1/queues/overdue".to_owned()),
        ("readReturnedQueue", "/v1/queues/returned".to_owned()),
        ("readDuplicatesQueue", "/v1/queues/duplicates".to_owned()),
    ] {
        lists.push((id, coordinator.clone(), path));
    }
    let letters = format!("/v1/referrals/{referral}/letters");
    lists.push(("listReferralLetters", coordinator.clone(), letters));
    for (id, part) in PARTS {
        lists.push((id, coordinator.clone(), format!("/v1/cases/{case}/{part}")));
    }
    let complaints = format!("/v1/cases/{case}/complaints");
    lists.push(("listComplaints", w.supervisor().await, complaints));
    let dpo = watched(w, coordinator).await;
    asked_for_a_copy(&dpo, case).await;
    doubted_twice(w, coordinator, case).await;
    placed_twice(coordinator, case).await;
    crate::reflection::declined_twice(coordinator, case).await;
    lists.extend(of_data_protection(&dpo, case));
    lists
}

/// The lists of whoever protects the data.
fn of_data_protection(dpo: &Persona, case: &str) -> Vec<(&'static str, Persona, String)> {
    let mut lists = Vec::new();
    for (id, path) in [
        ("listAlerts", "/v1/alerts"),
        ("listBaitCases", "/v1/bait-cases"),
        ("listEmergencyAccesses", "/v1/emergency-accesses"),
        ("listErasureRequests", "/v1/erasure-requests"),
        ("listLegalHolds", "/v1/legal-holds"),
        ("listAccessRequests", "/v1/access-requests"),
    ] {
        lists.push((id, dpo.clone(), path.to_owned()));
    }
    lists.push(("getAccessReport", dpo.clone(), format!("/v1/audit/access-reports/{case}")));
    lists
}

/// Two incidents, and one of them with two cases; gives where these are listed.
async fn found_together(s: &Scene) -> String {
    let mut path = String::new();
    for _ in 0..2 {
        let made = s.responder.post("/v1/incidents").json(crate::incidents::incident());
        path = format!("/v1/incidents/{}", made.await.is(201).id());
    }
    for _ in 0..2 {
        let row = json!({"rows": [report()]});
        s.responder.post(format!("{path}/reports")).json(row).await.is(200);
    }
    format!("{path}/cases")
}

/// The age of the person of a case is doubted in error, and then in earnest; and two people are guardians,
/// one after the other.
async fn doubted_twice(w: &World, coordinator: &Persona, case: &str) {
    let doubts = format!("/v1/cases/{case}/age-assessments");
    let doubt = || coordinator.post(&doubts).json(json!({"reason": "other"}));
    let withdraw = format!("{doubts}/{}/withdraw", doubt().await.is(201).id());
    coordinator.post(&withdraw).if_match(1).json(json!({})).await.is(200);
    let supervisor = w.supervisor().await;
    supervisor.post(&withdraw).if_match(2).json(json!({})).await.is(200);
    doubt().await.is(201);
    for _ in 0..2 {
        let path = format!("/v1/cases/{case}/best-interests");
        coordinator.post(path).json(crate::best_interests::assessment()).await.is(201);
    }
    let guardians = format!("/v1/cases/{case}/guardians");
    let appoint = || coordinator.post(&guardians).json(crate::guardians::appointment());
    let end = format!("{guardians}/{}/end", appoint().await.is(201).id());
    coordinator.post(end).if_match(1).json(json!({"reason": "replaced"})).await.is(200);
    appoint().await.is(201);
}

/// The person of a case lives in two places, one after the other, and is reached in two ways.
async fn placed_twice(coordinator: &Persona, case: &str) {
    crate::placements::placed_twice(coordinator, case).await;
    let contacts = format!("/v1/cases/{case}/safe-contacts");
    for _ in 0..2 {
        coordinator.post(&contacts).json(crate::safe_contacts::contact()).await.is(201);
    }
}

/// The person of a case asks twice for a copy.
async fn asked_for_a_copy(dpo: &Persona, case: &str) {
    for _ in 0..2 {
        let body = json!({
            "case_id": case, "asker": "person", "language": "fr",
            "file_reference": "14", "received_on": "2026-11-01"
        });
        dpo.post("/v1/access-requests").json(body).await.is(201);
    }
}

/// Opens two cases in an emergency, marks them as bait, holds them and asks to erase them; gives who is
/// told.
async fn watched(w: &World, coordinator: &Persona) -> Persona {
    let dpo = w.persona(ActorRole::DataProtectionOfficer).await;
    let stranger = w.coordinator().in_area("XZ-S").await;
    for _ in 0..2 {
        let mut report = report();
        report["area"] = json!("XZ-N");
        let case = register(&w.first_responder().await, report).await;
        let code = coordinator.get(format!("/v1/cases/{case}")).await.is(200).text_at("/case_code");
        let body = json!({
            "case_code": code, "reason_code": "other",
            "justification": "The bureau of the area is closed today."
        });
        stranger.post("/v1/emergency-accesses").json(body).await.is(201);
        dpo.post("/v1/bait-cases").json(json!({"case_code": code})).await.is(201);
        for (what, ground) in
            [("erasure-requests", "request_of_person"), ("legal-holds", "criminal_proceedings")]
        {
            let body = json!({"case_code": code, "ground": ground, "file_reference": "A-1"});
            dpo.post(format!("/v1/{what}")).json(body).await.is(201);
        }
    }
    dpo
}

/// Puts at least two of everything there; gives a referral on which the worker works.
async fn prepared(w: &World, s: &Scene) -> String {
    let (coordinator, case) = (&s.coordinator, &s.case);
    let (_, referral) = s.accepted().await;
    s.accepted().await;
    for _ in 0..2 {
        let (_, declined) = s.sent().await;
        let body = json!({"reason": "no_capacity"});
        act(&s.worker, &declined, "decline", body).await.is(200);
        s.sent().await;
        register(&s.responder, report()).await;
        active_case(&s.responder, coordinator, report()).await;
        let update = json!({
            "service_type": "safe_shelter", "occurred_on": "2026-11-02", "state": "in_progress"
        });
        let updates = format!("/v1/referrals/{referral}/service-updates");
        s.worker.post(updates).json(update).await.is(201);
        let letters = format!("/v1/referrals/{referral}/letters");
        coordinator.post(letters).json(json!({"language": "en"})).await.is(201);
        crate::proceedings::with_everything(s).await;
        for (part, body) in [
            ("non-punishment-issues", crate::non_punishment::issue()),
            ("documents", crate::case_documents::certificate()),
            ("notices-of-rights", json!({"language": "fr"})),
            ("notes", json!({"text": "Called."})),
            ("conferences", crate::follow_ups::conference()),
            ("follow-ups", crate::follow_ups::reached()),
            ("complaints", crate::complaints::complaint()),
            ("needs-assessments", json!({"summary": "She wants to speak to her sister."})),
            ("screenings", json!({"profile": "adult_labour", "answers": {"ACT1": "yes"}})),
        ] {
            coordinator.post(format!("/v1/cases/{case}/{part}")).json(body).await.is(201);
        }
    }
    for body in [
        json!({
            "kind": "presumption", "outcome": "positive", "body_type": "non_police_government",
            "standard_of_proof": "reasonable_grounds", "intercepted": false,
            "reasons": "Deceived about the work.", "decided_on": "2026-11-02"
        }),
        json!({"kind": "declined", "decided_on": "2026-11-02"}),
    ] {
        let decisions = format!("/v1/cases/{case}/identification-decisions");
        coordinator.post(decisions).json(body).await.is(201);
    }
    jobs::run_once(&w.second_program(), w.now()).unwrap();
    // Long enough for answers and deadlines to be late.
    w.advance_s(30 * 86_400);
    for _ in 0..2 {
        let sign_in = json!({"username": coordinator.username, "password": coordinator.password});
        w.stranger(Method::POST, "/v1/session").json(sign_in).await.is(200);
    }
    referral
}
