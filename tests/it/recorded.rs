//! What the trail says of those who were refused, of lists, and of what was shown again (R14).

use refero::{api::operations, jobs};
use refero_domain::actor::ActorRole;
use refero_store::testing::{self, Held};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    every::ABSENT,
    referral_steps::{Scene, act, scene},
    steps::{active_case, register, report, step},
    world::{Answer, Persona, World},
};

/// Keeps everybody else from writing to the trail, until it is dropped.
fn nobody_writes(w: &World) -> Held {
    let sql = match w.owner().sqlite_path() {
        Some(_) => "begin immediate",
        None => "begin; lock table audit_events in exclusive mode",
    };
    testing::hold(w.owner(), sql).unwrap()
}

fn number(w: &World, sql: &str) -> usize {
    w.texts(sql).remove(0).parse().unwrap()
}

/// What the trail holds of refusals: act, code, kind and id of the thing, case.
fn refusals(w: &World) -> Vec<String> {
    w.texts(
        "select action || ' ' || refusal_code || ' ' || coalesce(object_type, '-') || ' '
           || coalesce(object_id, '-') || ' ' || coalesce(case_id, '-') as value
         from audit_events where outcome = 'refused' order by at, id",
    )
}

/// The lists of what belongs to a case that its coordinator reads.
const PARTS: [(&str, &str); 17] = [
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
    ("listPlacements", "placements"),
    ("listSafeContacts", "safe-contacts"),
    ("listAgeAssessments", "age-assessments"),
    ("readCare", "care"),
];

/// Every list, who asks for it, and where.
async fn lists(w: &World, s: &Scene) -> Vec<(&'static str, Persona, String)> {
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
        ("listReferrals", "/v1/referrals".to_owned()),
        ("readTriageQueue", "/v1/queues/triage".to_owned()),
        ("readMyCasesQueue", "/v1/queues/my-cases".to_owned()),
        ("readOverdueQueue", "/v1/queues/overdue".to_owned()),
        ("readReturnedQueue", "/v1/queues/returned".to_owned()),
        ("readDuplicatesQueue", "/v1/queues/duplicates".to_owned()),
    ] {
        lists.push((id, coordinator.clone(), path));
    }
    for (id, part) in PARTS {
        lists.push((id, coordinator.clone(), format!("/v1/cases/{case}/{part}")));
    }
    let complaints = format!("/v1/cases/{case}/complaints");
    lists.push(("listComplaints", w.supervisor().await, complaints));
    let dpo = watched(w, coordinator).await;
    asked_for_a_copy(&dpo, case).await;
    doubted_twice(w, coordinator, case).await;
    placed_twice(coordinator, case).await;
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
    lists.push(("getAccessReport", dpo, format!("/v1/audit/access-reports/{case}")));
    lists
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
        crate::proceedings::with_everything(s).await;
        for (part, body) in [
            ("non-punishment-issues", crate::non_punishment::issue()),
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

/// The ids that the event of a request says were shown.
fn shown(w: &World, answer: &Answer) -> (Value, String) {
    let id = answer.header("request-id").unwrap();
    let event = w.texts(&format!(
        "select shown_ids || '|' || shown_count as value from audit_events
         where request_id = '{id}' and shown_count is not null and action <> 'service.match'"
    ));
    let (ids, count) = event[0].split_once('|').unwrap();
    (serde_json::from_str(ids).unwrap(), count.to_owned())
}

both! {
    async fn r16_who_tries_a_case_that_is_not_theirs_stands_in_its_trail(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        let (administrator, auditor) = (w.administrator().await, w.auditor().await);
        let case = active_case(&responder, &coordinator, report()).await;

        administrator.get(format!("/v1/cases/{case}/identity")).purpose("audit").await.is(404);
        w.advance_s(1);
        auditor.get(format!("/v1/cases/{case}")).await.is(404);
        w.advance_s(1);
        let path = format!("/v1/audit-events?case_id={case}&outcome=refused");
        let found = auditor.get(path).await.is(200);
        for (index, who, action) in [(0, &auditor, "case.read"), (1, &administrator, "identity.read")] {
            let at = |member: &str| found.at(&format!("/items/{index}/{member}"));
            assert_eq!(at("actor_id"), who.user_id.as_str());
            assert_eq!((at("action"), at("object_type")), (json!(action), json!("case")));
            assert_eq!(at("object_id"), case.as_str());
        }
    }

    async fn a_refusal_names_the_innermost_thing_and_its_case(w: World) {
        let s = scene(&w).await;
        let (_, referral) = s.sent().await;
        let administrator = w.administrator().await;
        let case = &s.case;

        for (path, told) in [
            (format!("/v1/cases/{case}/notes/{ABSENT}"), format!("note {ABSENT} {case}")),
            (format!("/v1/referrals/{referral}/package"), format!("referral {referral} {case}")),
            (format!("/v1/cases/{ABSENT}"), format!("case {ABSENT} -")),
            (format!("/v1/cases/{ABSENT}/care"), format!("case {ABSENT} -")),
            (format!("/v1/referrals/{ABSENT}"), format!("referral {ABSENT} -")),
        ] {
            w.advance_s(1);
            administrator.get(&path).await.is(404);
            let last = refusals(&w).pop().unwrap();
            assert!(last.ends_with(&format!("not-found {told}")), "{path}: {last}");
        }
        let chains = format!("select case_id as value from case_chains where case_id = '{ABSENT}'");
        assert!(w.texts(&chains).is_empty(), "an id of nothing begins no chain");
    }

    async fn r10_what_a_rule_refuses_stands_in_the_cases_trail_too(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        let case = active_case(&responder, &coordinator, report()).await;
        step(&coordinator, &case, "close", json!({"reason": "goals_met"})).await.is(200);

        w.advance_s(1);
        step(&coordinator, &case, "close", json!({})).await.is_problem(403, "self-approval");
        assert_eq!(refusals(&w), [format!("case.close self-approval case {case} {case}")]);
        w.advance_s(1);
        let stale = coordinator.post(format!("/v1/cases/{case}/suspend")).if_match(1).json(json!({}));
        stale.await.is_problem(412, "stale-version");
        assert_eq!(refusals(&w)[1], format!("case.suspend stale-version case {case} {case}"));
    }

    async fn an_expired_token_is_recorded_with_whom_it_names(w: World) {
        let responder = w.first_responder().await;
        let case = register(&responder, report()).await;
        let path = format!("/v1/cases/{case}");
        let token = responder.token();
        w.advance_s(700);

        w.bearer(&token, Method::GET, &path).await.is_problem(401, "token-expired");
        w.stranger(Method::GET, &path).await.is_problem(401, "not-authenticated");
        let who = w.texts(
            "select refusal_code || ' ' || coalesce(actor_id, '-') || ' ' || object_id || ' '
               || coalesce(case_id, '-') as value
             from audit_events where outcome = 'refused' order by refusal_code",
        );
        assert_eq!(who, [
            format!("not-authenticated - {case} -"),
            format!("token-expired {} {case} {case}", responder.user_id),
        ]);
    }

    async fn a_flood_without_a_token_stops_nobody_and_none_of_it_is_forgotten(w: World) {
        const FLOOD: usize = 700;
        let somebody = w.first_responder().await;
        somebody.get("/v1/me").await.is(200);

        let held = nobody_writes(&w);
        for _ in 0..FLOOD {
            w.stranger(Method::GET, "/v1/cases").await.is(401);
        }
        drop(held);
        somebody.get("/v1/me").await.is(200);
        let listed = number(&w,
            "select cast(count(*) as text) as value from audit_events
             where action = 'case.read' and outcome = 'refused'");
        let counted = number(&w,
            "select cast(coalesce(sum(shown_count), 0) as text) as value from audit_events
             where action = 'stranger.refusals'");
        assert_eq!(listed + counted, FLOOD);
        assert!(listed >= 256 && counted > 0, "{listed} listed, {counted} counted");
    }

    async fn a_list_names_in_the_trail_the_ids_that_it_answered_and_no_other(w: World) {
        let s = scene(&w).await;
        let lists = lists(&w, &s).await;

        for (id, by, path) in &lists {
            let answer = by.get(format!("{path}?limit=1")).await.is(200);
            let item = answer.at("/items/0");
            let told = item.get("id").unwrap_or_else(|| &item["referral"]["id"]);
            assert_eq!(shown(&w, &answer), (json!([told]), "1".to_owned()), "{id}");
            assert!(answer.at("/next_cursor").is_string(), "{id}: {}", answer.text());
            let all = by.get(path).await.is(200);
            let told: Vec<Value> = all.at("/items").as_array().unwrap().iter()
                .map(|item| item.get("id").unwrap_or_else(|| &item["referral"]["id"]).clone())
                .collect();
            assert_eq!(shown(&w, &all), (json!(told), told.len().to_string()), "{id}");
        }
        for op in operations::table().operations() {
            let is_list = op.answer.as_ref().is_some_and(|answer| answer.paged);
            // Code lists are about nobody; a timeline is made of events.
            let tells_records = !op.path.starts_with("/v1/code-lists") && op.id != "readTimeline";
            let is_asked = lists.iter().any(|(id, ..)| *id == op.id);
            assert!(!is_list || !tells_records || is_asked, "{} is not asked here", op.id);
        }
    }

    async fn what_is_shown_again_to_a_repeated_request_is_a_reading(w: World) {
        let s = scene(&w).await;
        let (consent, referral) = s.sent().await;
        let path = format!("/v1/referrals/{referral}");
        let version = s.worker.get(&path).await.is(200).version();
        let accept = || {
            s.worker.post(format!("{path}/accept")).key("lost-answer").if_match(version).json(json!({}))
        };
        accept().await.is(200);
        w.advance_s(1);

        accept().await.is(200);
        let last = w.texts(
            "select action || ' ' || operation || ' ' || object_id || ' ' || case_id || ' '
               || permitted_by || ' ' || basis_id as value
             from audit_events order by at desc, id desc limit 1",
        );
        let case = &s.case;
        assert_eq!(last, [format!("referral.read read {referral} {case} assigned_here {consent}")]);
    }
}
