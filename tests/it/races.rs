//! Many who want the same at the same moment: one gets it, and the others are told the truth.

use std::{collections::BTreeMap, sync::mpsc::channel};

use refero_domain::{
    event::{Event, Operation},
    id::CaseId,
    policy::{Action as _, EditCase},
};
use refero_store::{
    Db, Entropy,
    sealing::{DeploymentKey, KeyRing},
    testing,
    unit::{Principal, Request},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    referral_steps::{Scene, act, merged, scene},
    steps::{adult_report, register, report, step},
    world::{Answer, PASSWORD, Persona, World, together},
};

/// Counts the answers by status.
fn statuses(answers: &[Answer]) -> BTreeMap<u16, usize> {
    let mut counted = BTreeMap::new();
    for answer in answers {
        *counted.entry(answer.status).or_default() += 1;
    }
    counted
}

/// Expects one success, and of all others one of these refusals.
#[track_caller]
fn one_wins(answers: &[Answer], others: &[u16]) {
    let counted = statuses(answers);
    let lost: usize = others.iter().filter_map(|status| counted.get(status)).sum();
    assert_eq!((counted.get(&200), lost), (Some(&1), answers.len() - 1), "{counted:?}");
}

/// Counts the successful acts of a name on one thing.
fn acts(w: &World, action: &str, object: &str) -> usize {
    let acts = format!(
        "select id as value from audit_events where action = '{action}' and object_id = '{object}'
         and operation in ('create', 'update', 'execute') and outcome = 'success'"
    );
    w.texts(&acts).len()
}

/// A second worker of the scene's shelter.
async fn colleague(w: &World, s: &Scene) -> Persona {
    w.worker().at(&s.shelter).await
}

both! {
    async fn of_fifty_acceptances_at_once_one_counts(w: World) {
        let s = scene(&w).await;
        let (_, referral) = s.sent().await;
        let path = format!("/v1/referrals/{referral}/accept");
        let accept = |by: &Persona| by.post(&path).if_match(2).json(json!({"worker_id": s.worker.user_id}));

        let answers = together((0..50).map(|n| accept(if n % 2 == 0 { &s.worker } else { &s.manager }))).await;
        one_wins(&answers, &[409, 412]);
        assert_eq!(acts(&w, "referral.accept", &referral), 1);
        assert_eq!(w.trail().iter().filter(|event| *event == "referral.accept refused").count(), 49);
        let seen = s.manager.get(format!("/v1/referrals/{referral}")).await.is(200);
        assert_eq!((seen.at("/state"), seen.version()), (json!("accepted"), 3));
        w.expect_sound();
    }

    async fn of_two_workers_the_slower_one_loses_sight_of_the_offer(w: World) {
        let s = scene(&w).await;
        let slower = colleague(&w, &s).await;
        let (_, referral) = s.sent().await;
        let path = format!("/v1/referrals/{referral}/accept");
        let accept = |by: &Persona| by.post(&path).if_match(2).json(json!({}));

        let answers = together((0..50).map(|n| accept(if n % 2 == 0 { &s.worker } else { &slower }))).await;
        // The offer that a colleague took is that colleague's alone (R2).
        one_wins(&answers, &[404, 409, 412]);
        let reads = together([&s.worker, &slower].map(|by| by.get(format!("/v1/referrals/{referral}/package")))).await;
        let counted = statuses(&reads);
        assert_eq!((counted.get(&200), counted.get(&404)), (Some(&1), Some(&1)), "{counted:?}");
        assert_eq!(acts(&w, "referral.accept", &referral), 1);
        w.expect_sound();
    }

    async fn r5_an_acceptance_never_outlives_a_withdrawal_that_meets_it(w: World) {
        let s = scene(&w).await;
        for _ in 0..10 {
            let (consent, referral) = s.sent().await;
            let withdraw = format!("/v1/cases/{}/consents/{consent}/withdraw", s.case);
            let accept = format!("/v1/referrals/{referral}/accept");
            let mut asked: Vec<_> =
                (0..4).map(|_| s.worker.post(&accept).if_match(2).json(json!({}))).collect();
            asked.insert(2, s.coordinator.post(withdraw).if_match(1).json(json!({})));

            let mut answers = together(asked).await;
            answers.remove(2).is(200);
            let accepted = answers.iter().filter(|answer| answer.status == 200).count();
            assert_eq!(acts(&w, "referral.accept", &referral), accepted);
            assert!(accepted <= 1, "{:?}", statuses(&answers));
            for answer in answers.iter().filter(|answer| answer.status != 200) {
                assert!(matches!(answer.status, 404 | 409 | 412), "{}", answer.text());
            }
            let seen = s.coordinator.get(format!("/v1/referrals/{referral}")).await.is(200);
            assert_eq!(seen.at("/state"), "withdrawn_by_survivor");
            s.worker.get(format!("/v1/referrals/{referral}/package")).await.is(404);
        }
        w.expect_sound();
    }

    async fn an_acceptance_and_a_cancellation_end_in_one_of_the_two_orders(w: World) {
        let s = scene(&w).await;
        let consent = s.consent(json!({})).await.is(201).id();
        for _ in 0..10 {
            let referral = s.refer(&consent, json!({})).await.is(201).id();
            let move_to = |by: &Persona, act: &str, body: Value| {
                by.post(format!("/v1/referrals/{referral}/{act}")).if_match(2).json(body)
            };

            let answers = together([
                move_to(&s.worker, "accept", json!({})),
                move_to(&s.coordinator, "cancel", json!({"reason": "Went home."})),
            ])
            .await;
            // Both start from the same version, so that one of them comes second.
            one_wins(&answers, &[404, 409, 412]);
            let seen = s.coordinator.get(format!("/v1/referrals/{referral}")).await.is(200);
            let end = if answers[0].status == 200 { "accepted" } else { "cancelled" };
            assert_eq!((seen.at("/state"), seen.version()), (json!(end), 3));
        }
        w.expect_sound();
    }

    async fn of_fifty_assignments_at_once_one_counts(w: World) {
        let s = scene(&w).await;
        let second = colleague(&w, &s).await;
        let (_, referral) = s.accepted().await;
        let path = format!("/v1/referrals/{referral}/assign");
        let to = |worker: &Persona| s.manager.post(&path).if_match(3).json(json!({"worker_id": worker.user_id}));

        let answers = together((0..50).map(|n| to(if n % 2 == 0 { &s.worker } else { &second }))).await;
        one_wins(&answers, &[409, 412]);
        assert_eq!(acts(&w, "referral.assign", &referral), 1);

        let supervisor = w.supervisor().await;
        let (one, two) = (w.coordinator().await, w.coordinator().await);
        let case = register(&s.responder, report()).await;
        let path = format!("/v1/cases/{case}/assign");
        let to = |who: &Persona| supervisor.post(&path).if_match(1).json(json!({"coordinator_id": who.user_id}));
        let answers = together((0..50).map(|n| to(if n % 2 == 0 { &one } else { &two }))).await;
        one_wins(&answers, &[409, 412]);
        assert_eq!(acts(&w, "case.assign", &case), 1);
        w.expect_sound();
    }

    async fn of_fifty_claims_at_once_one_counts(w: World) {
        let responder = w.first_responder().await;
        let (one, two) = (w.coordinator().await, w.coordinator().await);
        let case = register(&responder, report()).await;
        let path = format!("/v1/cases/{case}/claim");

        let claim = |by: &Persona| by.post(&path).if_match(1).json(json!({}));
        let answers = together((0..50).map(|n| claim(if n % 2 == 0 { &one } else { &two }))).await;
        one_wins(&answers, &[409, 412]);
        assert_eq!(acts(&w, "case.claim", &case), 1);
        w.expect_sound();
    }

    async fn r10_of_many_approvals_at_once_one_closes_the_case(w: World) {
        let s = scene(&w).await;
        let (one, two) = (w.supervisor().await, w.supervisor().await);
        let path = format!("/v1/cases/{}/close", s.case);
        let ask = |by: &Persona| by.post(&path).if_match(3).json(json!({"reason": "goals_met"}));
        let asked = together((0..10).map(|n| ask(if n % 2 == 0 { &s.coordinator } else { &one }))).await;
        one_wins(&asked, &[409, 412]);

        let approve = |by: &Persona| by.post(&path).if_match(4).json(json!({}));
        let answers = together([&one, &two, &two, &one, &two].map(approve)).await;
        // Whoever asked is told that somebody else must approve, or that somebody has.
        one_wins(&answers, &[403, 409, 412]);
        assert_eq!(acts(&w, "case.close", &s.case), 2);
        let people: Vec<String> = w.texts(&format!(
            "select distinct actor_id as value from audit_events where action = 'case.close'
             and operation = 'execute' and outcome = 'success' and object_id = '{}'", s.case
        ));
        assert_eq!(people.len(), 2, "nobody approves their own request");
        w.expect_sound();
    }

    async fn a_case_that_is_closed_while_it_is_referred_has_no_open_referral(w: World) {
        let s = scene(&w).await;
        let supervisor = w.supervisor().await;
        for _ in 0..5 {
            let consent = s.consent(json!({})).await.is(201).id();
            step(&s.coordinator, &s.case, "close", json!({"reason": "goals_met"})).await.is(200);
            let version = supervisor.get(format!("/v1/cases/{}", s.case)).await.is(200).version();
            let close = supervisor.post(format!("/v1/cases/{}/close", s.case)).if_match(version);
            let refer = s.coordinator.post("/v1/referrals").json(s.referral_body(&consent));

            let answers = together([close.json(json!({})), refer]).await;
            let counted = (answers[0].status, answers[1].status);
            match counted {
                (200, 409) => {
                    step(&supervisor, &s.case, "reopen", json!({"reason": "She came back."})).await.is(200);
                }
                (409, 201) => {
                    act(&s.coordinator, &answers[1].id(), "cancel", json!({"reason": "No."})).await.is(200);
                    step(&supervisor, &s.case, "decline-closure", json!({})).await.is(200);
                }
                _ => panic!("{counted:?}: {} {}", answers[0].text(), answers[1].text()),
            }
        }
        w.expect_sound();
    }

    async fn of_two_uses_of_one_refresh_token_both_get_one_successor_or_one_is_a_thief(w: World) {
        let somebody = w.first_responder().await;
        let session = async || {
            let secrets = json!({"username": somebody.username, "password": PASSWORD});
            w.stranger(Method::POST, "/v1/session").json(secrets).await.is(200)
        };
        let refresh = |token: &str, agent: &str| {
            let asking = w.stranger(Method::POST, "/v1/session/refresh").header("User-Agent", agent);
            asking.json(json!({"refresh_token": token}))
        };

        let first = session().await.text_at("/refresh_token");
        let answers = together((0..10).map(|_| refresh(&first, "telephone"))).await;
        let mut next: Vec<String> =
            answers.into_iter().map(|answer| answer.is(200).text_at("/refresh_token")).collect();
        next.dedup();
        assert_eq!(next.len(), 1, "a line that repeats a request gets one successor");
        refresh(&next[0], "telephone").await.is(200);

        let first = session().await.text_at("/refresh_token");
        let answers = together(["telephone", "elsewhere"].map(|agent| refresh(&first, agent))).await;
        assert_eq!(statuses(&answers), BTreeMap::from([(200, 1), (401, 1)]));
        let winner = answers.iter().find(|answer| answer.status == 200).unwrap();
        refresh(&winner.text_at("/refresh_token"), "telephone").await.is(401);
        w.bearer(&winner.text_at("/access_token"), Method::GET, "/v1/me").await.is(401);
    }

    async fn a_draft_that_is_submitted_by_many_requests_is_one_case(w: World) {
        let author = w.first_responder().await;
        let draft = author
            .post("/v1/detection-reports")
            .json(merged(adult_report(), json!({"submit": false})))
            .await
            .is(201)
            .id();
        let path = format!("/v1/detection-reports/{draft}/submit");

        let answers = together((0..20).map(|_| author.post(&path).if_match(1).json(json!({})))).await;
        one_wins(&answers, &[403, 409, 412]);
        assert_eq!(w.texts("select id as value from cases").len(), 1);
        assert_eq!(w.texts("select id as value from people").len(), 1);
        assert_eq!(acts(&w, "report.submit", &draft), 1);
        w.expect_sound();
    }

    async fn one_id_chosen_by_many_requests_is_one_thing(w: World) {
        let s = scene(&w).await;
        let other = w.first_responder().await;
        let id = uuid::Uuid::new_v4();
        let body = merged(report(), json!({"id": id}));
        let create = |by: &Persona| by.post("/v1/detection-reports").without_key().json(&body);

        let answers = together((0..20).map(|n| create(if n % 2 == 0 { &s.responder } else { &other }))).await;
        let counted = statuses(&answers);
        assert!(counted.keys().all(|status| [201, 409].contains(status)), "{counted:?}");
        let authors = w.texts(&format!("select author_id as value from detection_reports where id = '{id}'"));
        let winner = if authors == [s.responder.user_id.as_str()] { 0 } else { 1 };
        for (n, answer) in answers.iter().enumerate() {
            assert!(answer.status != 201 || n % 2 == winner, "{n} was told of what is another's");
        }
        assert_eq!(acts(&w, "report.create", &id.to_string()), 1);
        assert_eq!(w.texts("select id as value from cases").len(), 2);
        w.expect_sound();
    }

    async fn one_key_sent_by_many_requests_with_different_bodies_acts_once(w: World) {
        let s = scene(&w).await;
        let notes = format!("/v1/cases/{}/notes", s.case);
        let send = |n: usize| {
            s.coordinator.post(&notes).key("one").json(json!({"text": format!("Called {}.", n % 2)}))
        };

        let answers = together((0..20).map(send)).await;
        assert_eq!(statuses(&answers), BTreeMap::from([(201, 10), (422, 10)]));
        assert_eq!(w.texts("select id as value from notes").len(), 1);
        w.expect_sound();
    }
}

both! {
    with |options| options.pool_size = 8;

    async fn many_who_write_on_one_case_at_once_are_all_served(w: World) {
        let s = scene(&w).await;
        let notes = format!("/v1/cases/{}/notes", s.case);
        let write = |n: usize| s.coordinator.post(&notes).json(json!({"text": format!("Called {n} times.")}));

        let answers = together((0..100).map(write)).await;
        assert_eq!(statuses(&answers), BTreeMap::from([(201, 100)]));
        w.expect_sound();
    }

    async fn many_who_write_different_drafts_at_once_are_all_served(w: World) {
        let s = scene(&w).await;
        let draft = |n: usize| s.responder.post("/v1/detection-reports").key(format!("draft-{n}")).json(json!({}));
        let drafts = together((0..100).map(draft)).await;
        assert_eq!(statuses(&drafts), BTreeMap::from([(201, 100)]));

        let edit = |draft: &Answer, version: i64| {
            let path = format!("/v1/detection-reports/{}", draft.id());
            s.responder.patch(path).if_match(version).json(json!({"area": "XZ-N"}))
        };
        let edits = together(drafts.iter().map(|draft| edit(draft, 1))).await;
        assert_eq!(statuses(&edits), BTreeMap::from([(200, 100)]));
        // Of many who change one draft, one does; the others are told that it has changed.
        let edits = together((0..10).map(|_| edit(&drafts[0], 2))).await;
        assert_eq!(statuses(&edits), BTreeMap::from([(200, 1), (412, 9)]));
        w.expect_sound();
    }

    async fn many_who_write_on_different_cases_at_once_are_all_served(w: World) {
        let s = scene(&w).await;
        let register = |n: usize| s.responder.post("/v1/detection-reports").key(format!("report-{n}")).json(report());
        let reports = together((0..100).map(register)).await;
        assert_eq!(statuses(&reports), BTreeMap::from([(201, 100)]));

        let claim = |report: &Answer| {
            let case = report.at("/case_id");
            s.coordinator.post(format!("/v1/cases/{}/claim", case.as_str().unwrap())).if_match(1)
        };
        let claims = together(reports.iter().map(claim)).await;
        assert_eq!(statuses(&claims), BTreeMap::from([(200, 100)]));
        w.expect_sound();
    }
}

#[actix_web::test]
async fn an_act_that_joins_no_chain_is_kept_apart_by_the_database() {
    let w = World::on_postgres().await;
    let s = scene(&w).await;
    let case: CaseId = s.case.parse().unwrap();
    let ring = KeyRing::single(1, DeploymentKey::generate(&mut rand::rng()));
    let db = Db::open(w.app_options().clone(), ring, Entropy::system()).unwrap();
    // Returns how the act ran, each time it ran.
    let run = |case: Option<CaseId>| {
        let (levels, log) = channel();
        let nobody = Request {
            principal: Principal::Nobody,
            now: w.now(),
            request_id: None,
            network: None,
            purpose: None,
        };
        db.write_in_case(EditCase::NAME, nobody, move |tx| {
            let ask = "select current_setting('transaction_isolation') as value";
            levels.send(testing::texts_within(tx, ask)?.concat()).unwrap();
            let event = Event::of::<EditCase>(Operation::Update);
            let event = case.iter().fold(event, |event, case| event.in_case(case));
            tx.record(&event, ())
        })
        .unwrap();
        log.iter().collect::<Vec<_>>()
    };

    assert_eq!(run(Some(case)), ["repeatable read"]);
    assert_eq!(run(None), ["repeatable read", "serializable"]);
    w.expect_sound();
}
