//! Coordinating: claim, moves, four eyes, identity, screening, notes.

use refero_domain::actor::ActorRole;
use serde_json::json;

use crate::{
    referral_steps::{all_ids, ids, scene},
    steps::{active_case, adult_report, register, report, step},
};

both! {
    async fn of_two_who_claim_at_once_one_wins(w: World) {
        let responder = w.first_responder().await;
        let (one, two) = (w.coordinator().await, w.coordinator().await);
        let case = register(&responder, report()).await;
        let path = format!("/v1/cases/{case}/claim");

        let (a, b) = futures_pair(
            one.post(&path).if_match(1).json(json!({})),
            two.post(&path).if_match(1).json(json!({})),
        )
        .await;
        let mut statuses = [a.status, b.status];
        statuses.sort_unstable();
        assert!(matches!(statuses, [200, 409 | 412]), "{statuses:?}");
        two.post(&path).if_match(2).json(json!({})).await.is_problem(409, "illegal-transition");
        two.post(&path).json(json!({})).await.is_problem(428, "if-match-required");
    }

    async fn the_whole_life_of_a_case_without_care(w: World) {
        let responder = w.first_responder().await;
        let (coordinator, supervisor) = (w.coordinator().await, w.supervisor().await);
        let case = register(&responder, adult_report()).await;

        let seen = step(&coordinator, &case, "claim", json!({})).await.is(200);
        assert_eq!(seen.at("/state"), "under_triage");
        for (act, state) in [
            ("activate", "active"),
            ("start-reflection", "reflection_period"),
            ("resume", "active"),
            ("suspend", "suspended_lost_contact"),
            ("resume", "active"),
            ("start-follow-up", "follow_up"),
        ] {
            let seen = step(&coordinator, &case, act, json!({})).await.is(200);
            assert_eq!(seen.at("/state"), state, "{act}");
        }
        let wrong = step(&coordinator, &case, "activate", json!({})).await;
        let wrong = wrong.is_problem(409, "illegal-transition");
        assert_eq!(wrong.at("/state"), "follow_up");
        assert_eq!(wrong.at("/allowed_actions"), json!(["resume", "suspend", "close", "meet-deadline"]));
        let asked = step(&coordinator, &case, "close", json!({"reason": "goals_met"})).await;
        assert_eq!(asked.is(200).at("/state"), "follow_up");
        let closed = step(&supervisor, &case, "close", json!({})).await.is(200);
        assert_eq!(closed.at("/state"), "closed");
        step(&coordinator, &case, "reopen", json!({"reason": "She is back."})).await.is_problem(403, "not-permitted");
        let again = step(&supervisor, &case, "reopen", json!({"reason": "She is back."})).await.is(200);
        assert_eq!(again.at("/state"), "active");
        assert_eq!(again.at("/closure"), json!(null));
    }

    async fn r10_closing_a_case_needs_a_second_person(w: World) {
        let responder = w.first_responder().await;
        let (coordinator, supervisor) = (w.coordinator().await, w.supervisor().await);
        let case = active_case(&responder, &coordinator, report()).await;

        step(&coordinator, &case, "close", json!({})).await.is_problem(422, "validation-failed");
        step(&coordinator, &case, "close", json!({"reason": "goals_met"})).await.is(200);
        step(&coordinator, &case, "close", json!({}))
            .await
            .is_problem(403, "self-approval");
        step(&supervisor, &case, "decline-closure", json!({})).await.is(200);
        step(&supervisor, &case, "close", json!({"reason": "lost_contact"})).await.is(200);
        step(&supervisor, &case, "close", json!({})).await.is_problem(403, "self-approval");
        step(&coordinator, &case, "close", json!({})).await.is(200);
    }

    async fn a_supervisor_assigns_and_reassigns(w: World) {
        let responder = w.first_responder().await;
        let (one, two) = (w.coordinator().await, w.coordinator().await);
        let supervisor = w.supervisor().await;
        let case = register(&responder, report()).await;

        let to = json!({"coordinator_id": one.user_id});
        let seen = step(&supervisor, &case, "assign", to).await.is(200);
        assert_eq!(seen.at("/state"), "under_triage");
        let to = json!({"coordinator_id": two.user_id});
        step(&supervisor, &case, "assign", to.clone()).await.is(200);
        step(&one, &case, "activate", json!({})).await.is_problem(403, "not-permitted");
        step(&two, &case, "activate", json!({})).await.is(200);
        step(&two, &case, "assign", to).await.is_problem(403, "not-permitted");
        let nobody = json!({"coordinator_id": responder.user_id});
        step(&supervisor, &case, "assign", nobody).await.is_problem(422, "validation-failed");
    }

    async fn r14_identity_opens_for_a_stated_purpose_and_leaves_a_trace(w: World) {
        let responder = w.first_responder().await;
        let coordinator = w.coordinator().await;
        let case = active_case(&responder, &coordinator, report()).await;
        let path = format!("/v1/cases/{case}/identity");

        coordinator.get(&path).await.is_problem(403, "purpose-required");
        let opened = coordinator.get(&path).purpose("case_management").await.is(200);
        assert_eq!(opened.at("/names/0/text"), "Ama K.");
        responder.get(&path).purpose("identification").await.is_problem(403, "not-permitted");
        assert!(w.trail().iter().any(|event| event == "identity.read success"));
        assert!(w.trail().iter().any(|event| event == "identity.read refused"));

        let patch = json!({"birth_date": "1998-02", "phones": ["+256700000000"]});
        let changed = coordinator
            .patch(&path)
            .purpose("case_management")
            .if_match(opened.version())
            .json(patch)
            .await
            .is(200);
        assert_eq!(changed.at("/birth_date"), "1998-02");
        assert_eq!(changed.at("/names/0/text"), "Ama K.");
        assert_eq!(w.texts("select object_type as value from revisions where object_type = 'person'").len(), 1);
    }

    async fn r11_screening_advises_and_a_named_person_concludes(w: World) {
        let responder = w.first_responder().await;
        let coordinator = w.coordinator().await;
        let case = active_case(&responder, &coordinator, adult_report()).await;
        let path = format!("/v1/cases/{case}/screenings");
        let answers = json!({
            "ACT1": "yes", "DR01": "yes", "DR02": "yes", "EX01": "yes", "EX02": "yes",
            "DC01": "yes", "DC03": "yes", "EX03": "unknown"
        });

        let body = json!({"profile": "adult_labour", "answers": answers});
        let made = coordinator.post(&path).json(body).await.is(201);
        assert_eq!(made.at("/result/indication_of_trafficking"), true);
        let before = coordinator.get(format!("/v1/cases/{case}")).await.is(200);
        assert_eq!(before.at("/identification_stage"), "detected");

        let conclude = format!("{path}/{}/conclude", made.id());
        let body = json!({"conclusion": "formally_identified", "reasons": "Clear."});
        coordinator
            .post(&conclude)
            .if_match(1)
            .json(body)
            .await
            .is_problem(422, "validation-failed");
        let body = json!({"conclusion": "presumed_victim", "reasons": "Deceived."});
        let done = coordinator.post(&conclude).if_match(1).json(body.clone()).await.is(200);
        assert_eq!(done.at("/reasons"), "Deceived.");
        let after = coordinator.get(format!("/v1/cases/{case}")).await.is(200);
        assert_eq!(after.at("/identification_stage"), "presumed_victim");
        let twice = coordinator.post(&conclude).if_match(2).json(body).await;
        twice.is_problem(409, "illegal-transition");
        let unknown = json!({"profile": "adult_labour", "answers": {"ZZ99": "yes"}});
        coordinator.post(&path).json(unknown).await.is_problem(422, "validation-failed");
    }

    async fn r11_an_intercepted_adult_is_presumed_by_what_was_intended(w: World) {
        let responder = w.first_responder().await;
        let coordinator = w.coordinator().await;
        let case = active_case(&responder, &coordinator, adult_report()).await;

        let body = json!({
            "profile": "adult_labour",
            "answers": {"ACT1": "yes", "DR01": "yes", "DR02": "yes"},
            "purpose": {"kind": "intended", "purposes": ["forced_labour_or_services"]}
        });
        let made =
            coordinator.post(format!("/v1/cases/{case}/screenings")).json(body).await.is(201);
        assert_eq!(made.at("/result/indication_of_trafficking"), true);
    }

    async fn r6_a_doubt_about_age_is_recorded_by_anyone_and_ended_by_a_panel_only(w: World) {
        let responder = w.first_responder().await;
        let coordinator = w.coordinator().await;
        let case = active_case(&responder, &coordinator, adult_report()).await;
        let path = format!("/v1/cases/{case}");
        let version = coordinator.get(&path).await.is(200).version();

        let doubt = json!({"age_status": "undetermined_presumed_child"});
        let seen = coordinator.patch(&path).if_match(version).json(doubt).await.is(200);
        assert_eq!(seen.at("/protected_as_child"), true);
        for status in ["adult_documented", "assessed_adult", "adult_declared"] {
            let end = json!({"age_status": status});
            coordinator
                .patch(&path)
                .if_match(seen.version())
                .json(end)
                .await
                .is_problem(409, "adulthood-not-established");
        }
    }

    async fn r13_notes_are_corrected_by_notes_and_never_changed(w: World) {
        let responder = w.first_responder().await;
        let coordinator = w.coordinator().await;
        let case = active_case(&responder, &coordinator, report()).await;
        let other = active_case(&responder, &coordinator, report()).await;
        let notes = format!("/v1/cases/{case}/notes");

        let first = coordinator.post(&notes).json(json!({"text": "Felt safe."})).await.is(201);
        let second = json!({"text": "Did not feel safe.", "corrects_id": first.id()});
        coordinator.post(&notes).json(second.clone()).await.is(201);
        let list = coordinator.get(&notes).await.is(200);
        assert_eq!(list.at("/items").as_array().unwrap().len(), 2);
        let elsewhere = format!("/v1/cases/{other}/notes");
        coordinator.post(&elsewhere).json(second).await.is_problem(422, "validation-failed");
        coordinator
            .get(format!("{elsewhere}/{}", first.id()))
            .await
            .is_problem(404, "not-found");
        responder.get(&notes).await.is_problem(403, "not-permitted");
    }

    async fn a_hidden_case_and_an_absent_one_answer_alike(w: World) {
        let responder = w.first_responder().await;
        let coordinator = w.coordinator().await;
        let case = active_case(&responder, &coordinator, report()).await;
        let stranger = w.first_responder().await;
        let admin = w.administrator().await;
        let absent = "11111111-1111-4111-8111-111111111111";

        for persona in [&stranger, &admin] {
            for suffix in ["", "/identity", "/timeline", "/notes", "/screenings"] {
                let ask = |id: &str| {
                    persona
                        .get(format!("/v1/cases/{id}{suffix}"))
                        .header("X-Request-Id", "5a3e5a3e5a3e5a3e")
                };
                let hidden = ask(&case).await.is_problem(404, "not-found");
                let missing = ask(absent).await.is_problem(404, "not-found");
                assert_eq!(hidden.text(), missing.text());
                let malformed = ask("not-an-id").await.is_problem(404, "not-found");
                assert_eq!(hidden.text(), malformed.text());
            }
        }
    }

    async fn a_list_goes_on_where_it_stopped(w: World) {
        let responder = w.first_responder().await;
        let coordinator = w.coordinator().await;
        for _ in 0..5 {
            register(&responder, report()).await;
            w.advance_s(1);
        }

        let mut seen = all_ids(&coordinator, "/v1/cases?limit=2").await;
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 5);
        let page = coordinator.get("/v1/cases?limit=2").await.is(200);
        let cursor = page.text_at("/next_cursor");
        let other = w.coordinator().await;
        for path in [
            format!("/v1/cases?limit=2&cursor={cursor}x"),
            format!("/v1/cases?limit=2&state=active&cursor={cursor}"),
            "/v1/cases?cursor=abc".to_owned(),
        ] {
            coordinator.get(&path).await.is_problem(400, "invalid-cursor");
        }
        other
            .get(format!("/v1/cases?limit=2&cursor={cursor}"))
            .await
            .is_problem(400, "invalid-cursor");
        coordinator.get("/v1/cases?stat=active").await.is_problem(400, "unknown-parameter");
        coordinator.get("/v1/cases?limit=0").await.is_problem(400, "invalid-parameter");
    }

    async fn a_list_of_several_states_is_in_one_order(w: World) {
        let responder = w.first_responder().await;
        let coordinator = w.coordinator().await;
        let mut newest_first = Vec::new();
        for n in 0..6 {
            let case = register(&responder, report()).await;
            // Every second one in another state; two of them at the same moment.
            if n % 2 == 1 {
                step(&coordinator, &case, "claim", json!({})).await.is(200);
            }
            if n != 2 {
                w.advance_s(1);
            }
            newest_first.insert(0, case);
        }
        newest_first[2..4].sort_by(|one, other| other.cmp(one));

        for filter in ["", "&state=submitted,under_triage,active,closed,submitted"] {
            let seen = all_ids(&coordinator, &format!("/v1/cases?limit=1{filter}")).await;
            assert_eq!(seen, newest_first, "{filter}");
        }
        let mine = coordinator.get("/v1/queues/my-cases").await.is(200);
        assert_eq!(ids(&mine).len(), 3);
    }

    async fn a_case_is_found_by_the_code_said_on_the_telephone(w: World) {
        let responder = w.first_responder().await;
        let coordinator = w.coordinator().await;
        let case = register(&responder, report()).await;
        let code =
            coordinator.get(format!("/v1/cases/{case}")).await.is(200).text_at("/case_code");

        let body = json!({"case_code": code.to_lowercase()});
        let found = coordinator.post("/v1/cases/search").json(body.clone()).await.is(200);
        assert_eq!(found.at("/items/0/id"), case.as_str());
        let stranger = w.first_responder().await;
        let found = stranger.post("/v1/cases/search").json(body).await.is(200);
        assert_eq!(found.at("/items"), json!([]));
    }

    async fn a_weak_tag_and_a_foreign_one_are_stale(w: World) {
        let responder = w.first_responder().await;
        let coordinator = w.coordinator().await;
        let case = register(&responder, report()).await;

        for tag in ["W/\"1\"", "\"2\"", "\"01\"", "\"+1\"", "\"one\"", "\"9223372036854775808\""] {
            let claim = coordinator.post(format!("/v1/cases/{case}/claim")).header("If-Match", tag);
            claim.await.is_problem(412, "stale-version");
        }
    }

    async fn the_timeline_tells_what_was_done_and_not_who_looked(w: World) {
        let responder = w.first_responder().await;
        let coordinator = w.coordinator().await;
        let case = active_case(&responder, &coordinator, report()).await;
        let path = format!("/v1/cases/{case}/timeline");

        let told = coordinator.get(&path).await.is(200);
        let actions: Vec<_> = told
            .at("/items")
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["action"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(actions, ["case.activate", "case.claim", "report.submit"]);
        assert_eq!(responder.get(&path).await.is(200).at("/items/0/action"), "case.activate");
    }

    async fn the_timeline_tells_of_nothing_that_its_reader_could_not_open(w: World) {
        let s = scene(&w).await;
        let officer = w.persona(ActorRole::IdentificationOfficer).await;
        let (supervisor, path) = (w.supervisor().await, format!("/v1/cases/{}", s.case));
        s.accepted().await;
        supervisor.post(format!("{path}/notes")).json(json!({"text": "Sleeps."})).await.is(201);
        let body = json!({"profile": "adult_labour", "answers": {"ACT1": "yes"}});
        let made = s.coordinator.post(format!("{path}/screenings")).json(body).await.is(201);
        let body = json!({"conclusion": "presumed_victim", "reasons": "Deceived."});
        let conclude = format!("{path}/screenings/{}/conclude", made.id());
        s.coordinator.post(conclude).if_match(1).json(body).await.is(200);

        let told = officer.get(format!("{path}/timeline")).await.is(200);
        assert!(told.text().contains("screening.conclude"));
        let all = supervisor.get(format!("{path}/timeline")).await.is(200);
        for hidden in ["note.create", "consent.create", "referral.accept", s.shelter.as_str()] {
            assert!(!told.text().contains(hidden), "{hidden}");
            assert!(all.text().contains(hidden), "{hidden}");
        }
    }
}

async fn futures_pair<A, B>(
    a: impl IntoFuture<Output = A>,
    b: impl IntoFuture<Output = B>,
) -> (A, B) {
    tokio::join!(a.into_future(), b.into_future())
}
