//! What every representation tells besides its data, and what every refusal tells besides its code.

use serde_json::{Value, json};

use crate::{
    referral_steps::{act, ids, scene},
    steps::{active_case, adult_report, report, step},
    world::Answer,
};

/// Expects what the contract promises of every representation.
#[track_caller]
fn is_whole(answer: &Answer, pointer: &str) {
    for member in ["version", "state", "allowed_actions", "withheld", "links"] {
        let value = answer.at(&format!("{pointer}/{member}"));
        assert_ne!(value, json!(null), "{} {member}", answer.asked());
    }
}

both! {
    async fn every_representation_tells_version_state_moves_what_is_withheld_and_where_to_go(w: World) {
        let s = scene(&w).await;
        let (_, referral) = s.accepted().await;
        let case = format!("/v1/cases/{}", s.case);
        let note = json!({"text": "Called."});
        let note = s.coordinator.post(format!("{case}/notes")).json(note).await.is(201);
        let screening = json!({"profile": "adult_labour", "answers": {"DR01": "yes"}});
        let screening = s.coordinator.post(format!("{case}/screenings")).json(screening).await.is(201);
        let identity = s.coordinator.get(format!("{case}/identity")).purpose("case_management").await.is(200);
        let package = s.worker.get(format!("/v1/referrals/{referral}/package")).await.is(200);
        let me = s.worker.get("/v1/me").await.is(200);
        let organisation = format!("/v1/organisations/{}", s.shelter);
        let services = s.worker.get(format!("{organisation}/services")).await.is(200);

        for answer in [&note, &screening, &identity, &package, &me] {
            is_whole(answer, "");
            assert!(answer.version() >= 1);
        }
        assert_eq!((note.at("/state"), note.at("/allowed_actions")), (json!("recorded"), json!([])));
        assert_eq!((screening.at("/state"), screening.at("/allowed_actions")), (json!("open"), json!(["conclude"])));
        assert_eq!(identity.at("/allowed_actions"), json!(["edit"]));
        assert_eq!(package.at("/state"), "accepted");
        assert_eq!((me.at("/id"), me.at("/state")), (me.at("/user_id"), json!("active")));
        assert_eq!(s.worker.get(&organisation).await.is(200).at("/state"), "active");
        is_whole(&services, "/items/0");
        let code = s.coordinator.get(&case).await.at("/case_code");
        let found = s.coordinator.post("/v1/cases/search").json(json!({"case_code": code})).await.is(200);
        assert_eq!(found.at("/next_cursor"), json!(null));
    }

    async fn what_is_overdue_tells_how_it_stands(w: World) {
        let s = scene(&w).await;
        let (_, referral) = s.sent().await;
        w.advance_s(90 * 86_400);
        let overdue = s.coordinator.get("/v1/queues/overdue?limit=200").await.is(200);

        let rows = overdue.at("/items").as_array().unwrap().len();
        (0..rows).for_each(|row| is_whole(&overdue, &format!("/items/{row}")));
        let late = (0..rows).find(|row| overdue.at(&format!("/items/{row}/kind")) == "referral").unwrap();
        let late = |member: &str| overdue.at(&format!("/items/{late}/{member}"));
        assert_eq!((late("id"), late("state")), (json!(referral), json!("sent")));
        assert!(late("allowed_actions").as_array().unwrap().contains(&json!("cancel")));
    }

    async fn a_conflict_tells_what_the_caller_may_do_instead(w: World) {
        let s = scene(&w).await;
        let (other, supervisor) = (w.coordinator().await, w.supervisor().await);

        let refused = s.refer("", json!({"consent_id": null})).await.is_problem(409, "consent-required");
        assert_eq!(refused.at("/state"), "active");
        assert!(refused.at("/allowed_actions").as_array().unwrap().contains(&json!("suspend")));
        step(&s.coordinator, &s.case, "close", json!({"reason": "goals_met"})).await.is(200);
        let to = json!({"coordinator_id": other.user_id});
        step(&supervisor, &s.case, "assign", to).await.is(200);
        let refused = step(&other, &s.case, "close", json!({})).await;
        let refused = refused.is_problem(409, "second-person-required");
        assert!(refused.at("/allowed_actions").as_array().unwrap().contains(&json!("suspend")));
    }

    async fn a_missing_member_is_named(w: World) {
        let s = scene(&w).await;
        let named = |answer: Answer| answer.is_problem(422, "validation-failed").at("/errors");
        let post = |body: Value| s.responder.post("/v1/detection-reports").json(body);

        let closed = named(step(&s.coordinator, &s.case, "close", json!({})).await);
        assert_eq!(closed, json!([{"pointer": "/reason", "code": "required"}]));
        let empty = named(post(json!({"submit": true})).await);
        assert_eq!(empty, json!([{"pointer": "/detection_source", "code": "required"}]));
        let strange = named(post(json!({"risk_answers": {"SF01": "no", "XX01": "no"}})).await);
        assert_eq!(strange, json!([{"pointer": "/risk_answers/XX01", "code": "not-in-list"}]));
        let twice = named(post(json!({"urgent_needs": ["safe_shelter", "safe_shelter"]})).await);
        assert_eq!(twice, json!([{"pointer": "/urgent_needs/1", "code": "duplicate-field"}]));
        let words = json!({"consent_id": null, "legal_basis": "vital_interests", "reason": "Nowhere to sleep."});
        let words = named(s.refer("", words).await);
        assert_eq!(words, json!([
            {"pointer": "/basis_reason", "code": "required"},
            {"pointer": "/reason", "code": "not-in-list",
             "params": {"list": "referral_reason", "words_belong_in": "/basis_reason"}},
        ]));
    }

    async fn whoever_submits_is_told_of_possible_duplicates(w: World) {
        let responder = w.first_responder().await;
        let submitted = responder.post("/v1/detection-reports").json(report()).await.is(201);
        assert_eq!(submitted.at("/possible_duplicates"), "none_found");
        let read = responder.get(format!("/v1/detection-reports/{}", submitted.id())).await.is(200);
        assert_eq!(read.json().get("possible_duplicates"), None);
        assert_eq!(read.at("/urgent_needs"), json!(["safe_shelter"]));
        let draft = responder.post("/v1/detection-reports").json(json!({"area": "XZ-N"})).await.is(201);

        assert_eq!(draft.json().get("possible_duplicates"), None);
        let path = format!("/v1/detection-reports/{}/submit", draft.id());
        let submitted = responder.post(path).if_match(1).await.is(200);
        assert_eq!(submitted.at("/possible_duplicates"), "none_found");
    }

    async fn r13_why_a_case_was_suspended_or_reopened_stays_in_its_notes(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        let supervisor = w.supervisor().await;
        let case = active_case(&responder, &coordinator, adult_report()).await;

        let why = json!({"reason": "Does not answer since Monday."});
        step(&coordinator, &case, "suspend", why).await.is(200);
        w.advance_s(1);
        step(&coordinator, &case, "resume", json!({})).await.is(200);
        step(&coordinator, &case, "close", json!({"reason": "goals_met"})).await;
        step(&supervisor, &case, "close", json!({})).await.is(200);
        let silent = step(&supervisor, &case, "reopen", json!({})).await;
        let silent = silent.is_problem(422, "validation-failed");
        assert_eq!(silent.at("/errors"), json!([{"pointer": "/reason", "code": "required"}]));
        let why = json!({"reason": "She asked for help again."});
        step(&supervisor, &case, "reopen", why).await.is(200);
        let notes = coordinator.get(format!("/v1/cases/{case}/notes")).await.is(200);
        assert_eq!(notes.at("/items/0/text"), "She asked for help again.");
        assert_eq!(notes.at("/items/0/author_id"), json!(supervisor.user_id));
        assert_eq!(notes.at("/items/1/text"), "Does not answer since Monday.");
    }

    async fn why_an_account_was_disabled_is_told_until_it_is_enabled(w: World) {
        let (administrator, somebody) = (w.administrator().await, w.worker().await);
        let address = format!("/v1/users/{}", somebody.user_id);

        let wrong = json!({"reason": "because"});
        administrator.post(format!("{address}/disable")).if_match(1).json(wrong).await.is(422);
        let reason = json!({"reason": "left_organisation"});
        let out = administrator.post(format!("{address}/disable")).if_match(1).json(reason).await.is(200);
        assert_eq!(out.at("/disabled_reason"), "left_organisation");
        let back = administrator.post(format!("{address}/enable")).if_match(2).await.is(200);
        assert_eq!(back.at("/disabled_reason"), json!(null));
    }

    async fn lists_are_narrowed_by_what_their_rows_show(w: World) {
        let s = scene(&w).await;
        let (_, working) = s.accepted().await;
        let consent = s.consent(json!({})).await.is(201).id();
        let offered = s.refer(&consent, json!({"services": ["medical_care"], "urgency": "1_hour"})).await.is(201).id();
        let found = async |by: &crate::world::Persona, query: &str| ids(&by.get(format!("/v1/referrals?{query}")).await.is(200));

        assert_eq!(found(&s.worker, "service_type=medical_care").await, [offered.as_str()]);
        assert_eq!(found(&s.worker, "due_before=2026-11-02T10:30:00Z").await, [offered.as_str()]);
        assert!(found(&s.worker, "due_before=2026-11-02T10:00:00Z").await.is_empty());
        // A blind offer does not tell when it changed; the sender sees it.
        assert_eq!(found(&s.worker, "updated_since=2026-11-02T00:00:00Z").await, [working]);
        assert_eq!(found(&s.coordinator, "updated_since=2026-11-02T00:00:00Z").await.len(), 2);
        let strange = s.worker.get("/v1/referrals?service_type=safe_").await;
        strange.is_problem(400, "invalid-parameter");
        let cases = async |query: &str| ids(&s.coordinator.get(format!("/v1/cases?{query}")).await.is(200));
        assert_eq!(cases("overdue=false").await, [s.case.as_str()]);
        assert!(cases("overdue=true").await.is_empty());
        assert_eq!(cases("risk_level=medium,low").await, [s.case.as_str()]);
        assert!(cases("risk_level=critical").await.is_empty());
        // The danger is not shown to who registered it, once the bureau has it: nor is it found by it.
        let registered = s.responder.get("/v1/cases?risk_level=medium").await.is(200);
        assert!(ids(&registered).is_empty());
        w.advance_s(90 * 86_400);
        assert_eq!(cases("overdue=true").await, [s.case.as_str()]);
        act(&s.worker, &offered, "decline", json!({"reason": "no_capacity"})).await.is(200);
        assert!(found(&s.worker, "due_before=2027-11-02T10:30:00Z").await.is_empty());
    }
}
