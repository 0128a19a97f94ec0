//! How far forgetting reaches: every case of the person, whoever looks and however they ask (R12, R13).

use refero::jobs;
use serde_json::json;

use super::{CANARY, ask, decide, forget, full, told};
use crate::{
    referral_steps::{act, ids, merged, scene_for},
    steps::{register, step},
    world::{Persona, World, together},
};

/// Registers a person twice, and merges the two cases; gives both.
async fn merged_twice(w: &World, coordinator: &Persona, supervisor: &Persona) -> [String; 2] {
    let responder = w.first_responder().await;
    let mut cases = Vec::new();
    for _ in 0..2 {
        let case = register(&responder, told()).await;
        step(coordinator, &case, "claim", json!({})).await.is(200);
        step(coordinator, &case, "activate", json!({})).await.is(200);
        cases.push(case);
    }
    jobs::run_once(&w.second_program(), w.now()).unwrap();
    let pair = ids(&coordinator.get("/v1/queues/duplicates").await.is(200)).remove(0);
    let path = format!("/v1/duplicate-candidates/{pair}");
    let survivor = json!({"surviving_case_id": cases[0]});
    let version = coordinator.get(&path).await.is(200).version();
    let asked = coordinator.post(format!("{path}/request-merge")).if_match(version).json(survivor);
    let version = asked.await.is(200).version();
    supervisor
        .post(format!("{path}/approve-merge"))
        .if_match(version)
        .json(json!({}))
        .await
        .is(200);
    cases.try_into().unwrap()
}

both! {
    async fn r12_r13_a_person_who_was_registered_twice_is_forgotten_twice(w: World) {
        let (coordinator, supervisor) = (w.coordinator().await, w.supervisor().await);
        let [kept, joined] = merged_twice(&w, &coordinator, &supervisor).await;
        // By whichever of the two it is asked.
        forget(&w, &joined).await;

        for case in [&kept, &joined] {
            coordinator.get(format!("/v1/cases/{case}")).await.is_problem(410, "erased");
        }
        assert_eq!(ids(&coordinator.get("/v1/queues/duplicates").await.is(200)), Vec::<String>::new());
        for gone in ["duplicate_candidates", "person_index"] {
            let left = format!("select cast(count(*) as text) as value from {gone}");
            assert_eq!(w.texts(&left), ["0"], "{gone}");
        }
        // Who comes back is a new person, and looks like nobody.
        jobs::run_once(&w.second_program(), w.now()).unwrap();
        let body = json!({"submit": true});
        let again = w.first_responder().await;
        let back = again.post("/v1/detection-reports")
            .json(merged(told(), body)).await.is(201);
        assert_eq!(back.at("/possible_duplicates"), "none_found");
        w.expect_sound();
    }

    async fn r13_what_was_said_is_gone_for_all_who_could_see_it(w: World) {
        let s = scene_for(&w, told()).await;
        let (consent, referral) = s.accepted().await;
        act(&s.worker, &referral, "start", json!({})).await.is(200);
        act(&s.worker, &referral, "complete", json!({"outcome": "goal_met"})).await.is(200);
        let report = ids(&s.responder.get("/v1/detection-reports").await.is(200)).remove(0);
        forget(&w, &s.case).await;

        let referral = format!("/v1/referrals/{referral}");
        for by in [&s.coordinator, &s.worker, &s.manager] {
            by.get(&referral).await.is_problem(410, "erased");
        }
        s.coordinator.get(format!("/v1/cases/{}/consents/{consent}", s.case)).await
            .is_problem(410, "erased");
        s.coordinator.get(format!("/v1/detection-reports/{report}")).await.is_problem(410, "erased");
        let code = w.texts("select case_code as value from cases").remove(0);
        let by_code = s.coordinator.post("/v1/cases/search").json(json!({"case_code": code})).await;
        assert_eq!(by_code.is(200).at("/items"), json!([]));
        // Nobody is told more than before.
        for path in [referral, format!("/v1/cases/{}", s.case)] {
            w.auditor().await.get(&path).await.is_problem(404, "not-found");
            w.first_responder().await.get(&path).await.is_problem(404, "not-found");
        }
        w.expect_sound();
    }

    async fn r15_an_emergency_access_is_reviewed_before_there_is_nothing_to_review(w: World) {
        let s = scene_for(&w, merged(told(), json!({"area": "XZ-N"}))).await;
        let code = s.coordinator.get(format!("/v1/cases/{}", s.case)).await.text_at("/case_code");
        let far = w.coordinator().in_area("XZ-S").await;
        let body = json!({"case_code": code, "reason_code": "immediate_danger",
            "justification": "She is at the border post and says he is on his way."});
        let access = far.post("/v1/emergency-accesses").json(body).await.is(201);
        let request = ask(&w.data_protection_officer().await, &s.case).await.is(201).id();
        let supervisor = w.supervisor().await;

        decide(&supervisor, &request, "approve").await.is_problem(409, "emergency-unreviewed");
        let body = json!({"outcome": "justified", "reason": "The bureau of the area was closed."});
        let review = format!("/v1/emergency-accesses/{}/review", access.id());
        supervisor.post(review).if_match(access.version()).json(body).await.is(200);
        decide(&supervisor, &request, "approve").await.is(200);
        let read = format!("/v1/emergency-accesses/{}", access.id());
        supervisor.get(read).await.is_problem(410, "erased");
        assert!(supervisor.get("/v1/emergency-accesses").await.is(200).text().contains(&access.id()));
    }

    async fn r10_of_two_who_approve_at_once_one_forgets(w: World) {
        let s = full(&w).await;
        let request = ask(&w.data_protection_officer().await, &s.case).await.is(201).id();
        let by = [w.supervisor().await, w.supervisor().await];

        let approve = format!("/v1/erasure-requests/{request}/approve");
        let answers = together([&by[0], &by[1]].map(|by| by.post(&approve).if_match(1))).await;
        let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 410], "the second finds nobody to forget");
        assert_eq!(w.texts("select cast(count(*) as text) as value from erasures"), ["1"]);
        w.expect_sound();
    }

    async fn r13_an_act_that_meets_forgetting_comes_before_it_or_finds_nobody(w: World) {
        for _ in 0..5 {
            let s = full(&w).await;
            let request = ask(&w.data_protection_officer().await, &s.case).await.is(201).id();
            let supervisor = w.supervisor().await;
            let note = json!({"text": CANARY});
            let notes = format!("/v1/cases/{}/notes", s.case);
            let answers = together([
                supervisor.post(format!("/v1/erasure-requests/{request}/approve")).if_match(1),
                s.coordinator.post(&notes).json(note.clone()),
                s.coordinator.post(&notes).json(note),
            ]).await;
            assert_eq!(answers[0].status, 200, "{}", answers[0].text());
            for answer in &answers[1..] {
                assert!([201, 410].contains(&answer.status), "{}", answer.text());
            }
        }
        w.expect_sound();
    }

    async fn a_repeat_of_an_approval_forgets_once(w: World) {
        let s = full(&w).await;
        let request = ask(&w.data_protection_officer().await, &s.case).await.is(201).id();
        let supervisor = w.supervisor().await;
        let approve = || supervisor
            .post(format!("/v1/erasure-requests/{request}/approve"))
            .key("forget-once")
            .if_match(1);

        let first = approve().await.is(200);
        assert_eq!(approve().await.is(200).at("/decided_at"), first.at("/decided_at"));
        assert_eq!(first.at("/state"), "carried_out");
    }
}
