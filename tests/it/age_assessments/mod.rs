//! Doubting an age, assessing it, deciding with four eyes, and contesting the decision (R6, R10).

mod deciding;

use refero_domain::actor::ActorRole;
use serde_json::{Value, json};

use crate::{
    referral_steps::{Scene, ids, merged, provider, scene, scene_for},
    steps::{report, step},
    world::{Answer, Persona, World},
};

/// A case of which somebody doubts the age, and the people who decide about it.
struct Doubt {
    scene: Scene,
    supervisor: Persona,
    second: Persona,
    path: String,
}

fn doubts(case: &str) -> String {
    format!("/v1/cases/{case}/age-assessments")
}

async fn record(by: &Persona, case: &str) -> Answer {
    let body = json!({"reason": "conflicting_information", "words": "The school says sixteen."});
    by.post(doubts(case)).json(body).await
}

impl Doubt {
    /// The first responder doubts.
    async fn of(w: &World, report: Option<Value>) -> Self {
        let scene = match report {
            Some(report) => scene_for(w, report).await,
            None => scene(w).await,
        };
        let made = record(&scene.responder, &scene.case).await.is(201);
        let path = format!("{}/{}", doubts(&scene.case), made.id());
        Self { supervisor: w.supervisor().await, second: w.supervisor().await, scene, path }
    }

    /// Moves it with the version that it has now.
    async fn act(&self, by: &Persona, act: &str, body: Value) -> Answer {
        let version = self.supervisor.get(&self.path).await.is(200).version();
        by.post(format!("{}/{act}", self.path)).if_match(version).json(body).await
    }

    async fn name_panel(&self, consent: &str) {
        let body = merged(panel(), json!({"consent": consent}));
        self.act(&self.scene.coordinator, "name-panel", body).await.is(200);
    }

    async fn propose(&self, changes: Value) -> Answer {
        let body = merged(decision(), changes);
        self.act(&self.scene.coordinator, "propose-decision", body).await
    }

    /// Brings it to a decision.
    async fn decided(&self, from: u8, to: u8) {
        self.name_panel("given").await;
        self.propose(json!({"age_from": from, "age_to": to})).await.is(200);
        let done = self.act(&self.supervisor, "approve", json!({})).await.is(200);
        assert_eq!(done.at("/state"), "decided");
    }

    async fn case(&self) -> Answer {
        self.supervisor.get(format!("/v1/cases/{}", self.scene.case)).await.is(200)
    }

    async fn expect_age(&self, status: &str, protected: bool) {
        let case = self.case().await;
        assert_eq!(case.at("/age_status"), status);
        assert_eq!(case.at("/protected_as_child"), protected);
    }
}

fn panel() -> Value {
    json!({
        "members": [
            {"profession": "social_work", "name": "Kofi B."},
            {"profession": "psychology", "name": "Awa D."}
        ],
        "consent": "given"
    })
}

fn decision() -> Value {
    json!({
        "methods": ["documents_and_records", "psychosocial_interview"],
        "age_from": 20, "age_to": 24, "margin_of_error": 2,
        "reasons": "The register and the interview agree."
    })
}

/// Expects a refusal at one member of the body.
#[track_caller]
fn refused_at(answer: Answer, pointer: &str) {
    let refused = answer.is_problem(422, "validation-failed");
    assert_eq!(refused.at("/errors/0/pointer"), pointer);
}

both! {
    async fn r6_whoever_works_on_a_case_doubts_an_age_and_the_person_is_a_child_at_once(w: World) {
        for who in ["responder", "coordinator", "supervisor", "worker", "manager"] {
            let s = scene(&w).await;
            s.accepted().await;
            let supervisor = w.supervisor().await;
            let by = match who {
                "responder" => &s.responder,
                "coordinator" => &s.coordinator,
                "worker" => &s.worker,
                "manager" => &s.manager,
                _ => &supervisor,
            };
            let path = format!("/v1/cases/{}", s.case);
            let before = s.coordinator.get(&path).await.is(200);
            assert_eq!(before.at("/protected_as_child"), false);

            let made = record(by, &s.case).await.is(201);
            assert_eq!(made.at("/state"), "doubted");
            let after = s.coordinator.get(&path).await.is(200);
            assert_eq!(after.at("/age_status"), "under_assessment_presumed_child", "{who}");
            assert_eq!(after.at("/protected_as_child"), true);
            assert_eq!(after.version(), before.version() + 1);
            let clocks = after.at("/clocks").to_string();
            assert!(clocks.contains("guardian_for_child"), "{clocks}");
        }
        w.expect_sound();
    }

    async fn r6_who_has_nothing_to_do_with_a_case_doubts_nothing_in_it(w: World) {
        let s = scene(&w).await;
        s.sent().await;
        for role in ActorRole::ALL {
            let stranger = w.persona(*role).in_area("XZ-S").await;
            let answer = record(&stranger, &s.case).await;
            // Nobody knows where she was found: the case lies in every area.
            if *role == ActorRole::CaseCoordinator {
                answer.is_problem(403, "not-permitted");
            } else if *role != ActorRole::CoordinationSupervisor {
                answer.is_problem(404, "not-found");
                stranger.get(doubts(&s.case)).await.is_problem(404, "not-found");
            }
        }
        // An offer that is not answered opens nothing (R1).
        record(&s.worker, &s.case).await.is_problem(404, "not-found");
    }

    async fn r6_while_an_age_is_doubted_no_correction_makes_an_adult_and_no_service_for_adults_is_asked(w: World) {
        let d = Doubt::of(&w, None).await;
        let s = &d.scene;
        let path = format!("/v1/cases/{}", s.case);

        for status in ["adult_documented", "adult_declared", "assessed_adult", "assessed_child"] {
            let patch = s.coordinator.patch(&path).if_match(d.case().await.version());
            let refused = patch.json(json!({"age_status": status})).await;
            refused.is_problem(409, "adulthood-not-established");
        }
        let adults = provider(&w, &["safe_shelter"]);
        w.sql(&format!("update services set ages = 'adults_only' where organisation_id = '{adults}'"));
        s.guardian().await;
        let giver = json!({"giver": "child_assent_plus_guardian", "recipient_organisation_id": adults});
        let consent = s.consent(giver).await.is(201).id();
        let to = json!({"organisation_id": adults});
        s.refer(&consent, to.clone()).await.is_problem(409, "adulthood-not-established");
        d.decided(16, 19).await;
        s.refer(&consent, to).await.is_problem(409, "adulthood-not-established");
        s.consent(json!({})).await.is_problem(422, "validation-failed");
    }

    async fn r6_whoever_is_protected_already_keeps_what_is_known(w: World) {
        let documented = merged(report(), json!({"age_status": "child_documented"}));
        let s = scene_for(&w, documented).await;
        let path = format!("/v1/cases/{}", s.case);
        let before = s.coordinator.get(&path).await.is(200);

        let made = record(&s.coordinator, &s.case).await.is(201);
        assert_eq!(made.at("/status_before"), "child_documented");
        let after = s.coordinator.get(&path).await.is(200);
        assert_eq!(after.at("/age_status"), "child_documented");
        assert_eq!(after.version(), before.version());
        w.expect_sound();
    }

    async fn r6_a_case_has_one_open_doubt_at_a_time(w: World) {
        let d = Doubt::of(&w, None).await;
        record(&d.scene.coordinator, &d.scene.case).await.is_problem(409, "illegal-transition");
        d.decided(20, 24).await;
        w.advance_s(1);
        let again = record(&d.scene.coordinator, &d.scene.case).await.is(201).id();

        let list = d.supervisor.get(doubts(&d.scene.case)).await.is(200);
        assert_eq!(ids(&list)[0], again);
        assert_eq!(ids(&list).len(), 2);
        // The decision that is doubted anew is not contested besides.
        let contest = d.act(&d.supervisor, "contest", json!({"reason": "New papers."})).await;
        contest.is_problem(409, "illegal-transition");
        d.expect_age("under_assessment_presumed_child", true).await;
    }

    async fn r10_a_doubt_that_was_an_error_is_withdrawn_by_two_people(w: World) {
        let d = Doubt::of(&w, None).await;
        let s = &d.scene;
        let why = json!({"reason": "Meant for another case."});

        d.act(&s.responder, "withdraw", why.clone()).await.is_problem(403, "not-permitted");
        let asked = d.act(&s.coordinator, "withdraw", why.clone()).await.is(200);
        assert_eq!(asked.at("/state"), "doubted");
        assert_eq!(asked.at("/withdrawal_reason"), "Meant for another case.");
        d.expect_age("under_assessment_presumed_child", true).await;
        d.act(&s.coordinator, "withdraw", json!({})).await.is_problem(403, "self-approval");
        refused_at(d.act(&d.supervisor, "withdraw", why).await, "/reason");
        let done = d.act(&d.supervisor, "withdraw", json!({})).await.is(200);
        assert_eq!(done.at("/state"), "withdrawn");
        d.expect_age("adult_documented", false).await;
        d.act(&d.supervisor, "withdraw", json!({})).await.is_problem(409, "illegal-transition");
        w.expect_sound();
    }

    async fn r10_once_a_panel_is_named_its_decision_alone_ends_the_doubt(w: World) {
        let d = Doubt::of(&w, None).await;
        d.act(&d.scene.coordinator, "withdraw", json!({})).await.is(200);
        d.name_panel("given").await;

        let refused = d.act(&d.supervisor, "withdraw", json!({})).await;
        let refused = refused.is_problem(409, "illegal-transition");
        assert_eq!(refused.at("/state"), "panel_named");
        assert_eq!(refused.at("/allowed_actions"), json!(["name-panel", "propose-decision"]));
        assert_eq!(d.supervisor.get(&d.path).await.at("/withdrawal_requested_by"), Value::Null);
    }

    async fn r6_what_was_corrected_since_stays_when_a_doubt_is_withdrawn(w: World) {
        let d = Doubt::of(&w, None).await;
        let s = &d.scene;
        let path = format!("/v1/cases/{}", s.case);
        let found = json!({"age_status": "child_documented", "birth_year_estimate": 2011});
        let patch = s.coordinator.patch(&path).if_match(d.case().await.version());
        patch.json(found).await.is(200);

        d.act(&s.coordinator, "withdraw", json!({})).await.is(200);
        d.act(&d.supervisor, "withdraw", json!({})).await.is(200);
        d.expect_age("child_documented", true).await;

        let d = Doubt::of(&w, None).await;
        let path = format!("/v1/cases/{}", d.scene.case);
        let year = json!({"birth_year_estimate": 2011});
        let patch = d.scene.coordinator.patch(&path).if_match(d.case().await.version());
        patch.json(year).await.is(200);
        d.act(&d.scene.coordinator, "withdraw", json!({})).await.is(200);
        let refused = d.act(&d.supervisor, "withdraw", json!({})).await;
        refused.is_problem(409, "adulthood-not-established");
        d.expect_age("under_assessment_presumed_child", true).await;
    }

    async fn what_an_assessment_says_is_for_the_bureau_and_the_identifying_body(w: World) {
        let s = scene(&w).await;
        s.accepted().await;
        let conclusion = json!({"conclusion": "presumed_victim", "reasons": "Deceived."});
        let screening = json!({"profile": "adult_labour", "answers": {"ACT1": "yes"}});
        let screenings = format!("/v1/cases/{}/screenings", s.case);
        let id = s.coordinator.post(&screenings).json(screening).await.is(201).id();
        let concluding = s.coordinator.post(format!("{screenings}/{id}/conclude")).if_match(1);
        concluding.json(conclusion).await.is(200);
        record(&s.worker, &s.case).await.is(201);
        let supervisor = w.supervisor().await;
        let path = doubts(&s.case);
        let id = supervisor.get(&path).await.is(200).text_at("/items/0/id");
        let path = format!("{path}/{id}");
        s.coordinator.post(format!("{path}/name-panel")).if_match(1).json(panel()).await.is(200);
        let medical = json!({"methods": ["observation", "imaging"], "findings": "Growth plates open."});
        let proposing = s.coordinator.post(format!("{path}/propose-decision")).if_match(2);
        proposing.json(merged(decision(), medical)).await.is(200);

        let officer = w.persona(ActorRole::IdentificationOfficer).await;
        for (by, words, findings) in [
            (&s.coordinator, true, true),
            (&supervisor, true, true),
            (&officer, true, false),
            (&s.responder, false, false),
            (&s.worker, false, false),
            (&s.manager, false, false),
        ] {
            for path in [path.clone(), doubts(&s.case)] {
                let text = by.get(&path).await.is(200).text();
                for said in ["The school says sixteen.", "Kofi B.", "The register", "conflicting_information"] {
                    assert_eq!(text.contains(said), words, "{said}: {text}");
                }
                for said in ["Growth plates open.", "imaging"] {
                    assert_eq!(text.contains(said), findings, "{said}: {text}");
                }
                assert_eq!(text.contains("\"medical\""), !findings, "withheld: {text}");
            }
        }
        let colleague = w.worker().at(&s.shelter).await;
        for by in [&colleague, &w.administrator().await, &w.auditor().await] {
            by.get(&path).await.is_problem(404, "not-found");
        }
        let other = scene(&w).await;
        let elsewhere = format!("{}/{id}", doubts(&other.case));
        other.coordinator.get(&elsewhere).await.is_problem(404, "not-found");
    }

    async fn every_act_is_in_the_trail_and_on_the_timeline(w: World) {
        let d = Doubt::of(&w, None).await;
        d.decided(20, 24).await;
        d.act(&d.scene.coordinator, "contest", json!({"reason": "New papers."})).await.is(200);

        let acts = w.texts(
            "select action || ' ' || object_type || ' ' || operation as value from audit_events
             where action like 'age-assessment.%' and outcome = 'success' and operation <> 'read'
             order by at, id",
        );
        for (act, operation) in [
            ("create", "create"),
            ("name-panel", "update"),
            ("propose-decision", "update"),
            ("approve", "update"),
            ("contest", "update"),
        ] {
            let told = format!("age-assessment.{act} age_assessment {operation}");
            assert!(acts.contains(&told), "{told}: {acts:?}");
        }
        for act in ["create", "approve", "contest"] {
            let told = format!("age-assessment.{act} case update");
            assert!(acts.contains(&told), "{told}: {acts:?}");
        }
        let timeline = format!("/v1/cases/{}/timeline", d.scene.case);
        let told = d.supervisor.get(&timeline).await.is(200).text();
        assert!(told.contains("age-assessment.approve"), "{told}");
        let told = d.scene.responder.get(&timeline).await.is(200).text();
        assert!(!told.contains("age-assessment"), "{told}");
        let reads = w.texts("select id as value from audit_events where action = 'age-assessment.read'");
        assert!(!reads.is_empty());
    }

    async fn a_move_names_its_version_and_a_repeat_moves_once(w: World) {
        let d = Doubt::of(&w, None).await;
        let path = format!("{}/name-panel", d.path);
        let coordinator = &d.scene.coordinator;

        coordinator.post(&path).json(panel()).await.is_problem(428, "if-match-required");
        let stale = coordinator.post(&path).if_match(9).json(panel()).await;
        assert_eq!(stale.is_problem(412, "stale-version").at("/current_version"), 1);
        let name = || coordinator.post(&path).key("panel").if_match(1).json(panel());
        let first = name().await.is(200);
        assert_eq!(name().await.is(200).version(), first.version());
        d.act(coordinator, "approve", json!({})).await.is_problem(403, "not-permitted");
        let early = d.act(&d.supervisor, "approve", json!({})).await;
        early.is_problem(409, "illegal-transition");
        let unknown = merged(panel(), json!({"outcome": "adult"}));
        d.act(coordinator, "name-panel", unknown).await.is_problem(422, "unknown-field");
        w.expect_sound();
    }

    async fn an_age_is_not_assessed_in_a_case_that_has_ended(w: World) {
        let d = Doubt::of(&w, None).await;
        let s = &d.scene;
        step(&s.coordinator, &s.case, "close", json!({"reason": "goals_met"})).await.is(200);
        step(&d.supervisor, &s.case, "close", json!({})).await.is(200);

        d.act(&s.coordinator, "name-panel", panel()).await.is_problem(409, "illegal-transition");
        record(&s.coordinator, &s.case).await.is_problem(409, "illegal-transition");
        let seen = d.supervisor.get(&d.path).await.is(200);
        assert_eq!(seen.at("/allowed_actions"), json!([]));
    }
}
