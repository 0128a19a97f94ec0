//! What the trail says of those who were refused, of lists, and of what was shown again (R14).

mod lists;

use refero::api::operations;
use refero_store::testing::{self, Held};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    every::ABSENT,
    referral_steps::scene,
    steps::{active_case, register, report, step},
    world::{Answer, World},
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
        let lists = lists::lists(&w, &s).await;

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
