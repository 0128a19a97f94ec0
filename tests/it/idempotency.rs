//! Sending twice acts once, whatever happened in between.

use refero::api::{operation::Operation, operations};
use refero_domain::actor::ActorRole;
use serde_json::{Value, json};

use crate::{
    every::{ABSENT, address},
    referral_steps::{Scene, act, merged, scene},
    steps::{active_case, register, report},
    world::{Asking, Persona, World, together},
};

/// Everybody and everything that a create may need.
struct Stage {
    scene: Scene,
    administrator: Persona,
    user: String,
    referral: String,
    /// Somebody, and the code of a case that lies in another area than theirs.
    stranger: Persona,
    code: String,
    /// A case of somebody of unknown age, with a plan.
    child: String,
    dpo: Persona,
    /// An investigation about the case of the scene.
    proceeding: String,
    /// Somebody who decides by what people are screened, and what they propose.
    committee: Persona,
    proposal: Value,
}

impl Stage {
    async fn of(w: &World) -> Self {
        let scene = scene(w).await;
        let (_, referral) = scene.accepted().await;
        let administrator = w.administrator().await;
        let user = w.persona(ActorRole::Analyst).await.user_id.to_string();
        let stranger = w.coordinator().in_area("XZ-S").await;
        let away = merged(report(), json!({"area": "XZ-N"}));
        let case = register(&scene.responder, away).await;
        let case = scene.coordinator.get(format!("/v1/cases/{case}")).await.is(200);
        let code = case.text_at("/case_code");
        let dpo = w.persona(ActorRole::DataProtectionOfficer).await;
        let child = active_case(&scene.responder, &scene.coordinator, report()).await;
        scene.coordinator.post(format!("/v1/cases/{child}/plan")).json(json!({})).await.is(201);
        let proceeding = crate::proceedings::opened(&scene).await;
        let committee = w.supervisor().await;
        let proposal = crate::indicator_sets::proposal(&committee, "2").await;
        Self {
            scene,
            administrator,
            user,
            referral,
            stranger,
            code,
            child,
            dpo,
            proceeding,
            committee,
            proposal,
        }
    }

    /// As [`Self::maker`], for where the person lives and what is decided elsewhere.
    #[track_caller]
    fn of_the_dossier(&self, id: &str) -> (&Persona, &'static str, &str, Value) {
        let Self { scene, proceeding, .. } = self;
        let (case, shelter) = (&scene.case, scene.shelter.to_string());
        match id {
            "openProceeding" => {
                let by = json!({"organisation_id": shelter});
                (&scene.coordinator, "proceedings", case.as_str(), by)
            }
            "scheduleHearing" => {
                let of = json!({"proceeding_id": proceeding});
                (&scene.coordinator, "hearings", case.as_str(), of)
            }
            "addAllegedPerpetrator" => {
                let of = json!({"proceeding_id": proceeding});
                (&scene.coordinator, "alleged_perpetrators", case.as_str(), of)
            }
            "raiseNonPunishmentIssue" => {
                (&scene.worker, "non_punishment_issues", case.as_str(), json!({}))
            }
            "createPlacement" => {
                let to = json!({"organisation_id": shelter});
                (&scene.coordinator, "placements", case.as_str(), to)
            }
            "assessBestInterests" => {
                (&scene.coordinator, "best_interests", self.child.as_str(), json!({}))
            }
            "offerReflectionPeriod" => {
                (&scene.coordinator, "reflection_periods", case.as_str(), json!({}))
            }
            "createNoticeOfRights" => (&scene.coordinator, "letters", case.as_str(), json!({})),
            "createReferralLetter" => {
                (&scene.coordinator, "letters", self.referral.as_str(), json!({}))
            }
            "createDocument" => {
                let new = json!({"supersedes_id": null});
                (&scene.coordinator, "documents", case.as_str(), new)
            }
            "createSafeContact" => (&scene.coordinator, "safe_contacts", case.as_str(), json!({})),
            "proposeIndicatorSet" => {
                (&self.committee, "indicator_set_versions", "", self.proposal.clone())
            }
            other => self.planner(other),
        }
    }

    /// As [`Self::maker`], for what belongs to a plan and to what comes of it.
    #[track_caller]
    fn planner(&self, id: &str) -> (&Persona, &'static str, &str, Value) {
        let Self { scene, child, .. } = self;
        let (by, case) = (&scene.coordinator, scene.case.as_str());
        match id {
            "startSupportPlan" => (by, "support_plans", case, json!({})),
            "createPlanItem" => (by, "plan_items", child.as_str(), json!({})),
            "recordCaseConference" => (by, "case_conferences", case, json!({"participants": []})),
            "recordFollowUp" => (by, "follow_ups", case, json!({"round": null})),
            "recordComplaint" => (&scene.responder, "complaints", case, json!({})),
            other => panic!("this test does not know who does {other}"),
        }
    }

    /// Says who makes such a thing, where, from what, and in which table it is kept.
    #[track_caller]
    fn maker(&self, op: &Operation) -> Making {
        let Self { scene, administrator, user, referral, stranger, code, child, dpo, .. } = self;
        let (case, shelter) = (&scene.case, scene.shelter.to_string());
        let username = format!("u{}", uuid::Uuid::new_v4().simple());
        let (by, table, parent, changes) = match op.id {
            "createIncident" => (&scene.responder, "incidents", "", json!({})),
            "createDetectionReport" => (&scene.responder, "detection_reports", "", json!({})),
            "createScreening" => (&scene.coordinator, "screenings", case.as_str(), json!({})),
            "createIdentificationDecision" => {
                (&scene.coordinator, "identification_decisions", case.as_str(), json!({}))
            }
            "createNeedsAssessment" => {
                (&scene.coordinator, "needs_assessments", case.as_str(), json!({}))
            }
            "createNote" => (&scene.coordinator, "notes", case.as_str(), json!({})),
            "createConsent" => {
                let to = json!({"recipient_organisation_id": shelter});
                (&scene.coordinator, "consents", case.as_str(), to)
            }
            "createAgeAssessment" => {
                (&scene.responder, "age_assessments", child.as_str(), json!({}))
            }
            "appointGuardian" => (&scene.coordinator, "guardians", child.as_str(), json!({})),
            "createReferral" => {
                let to = json!({"organisation_id": shelter, "case_id": case});
                (&scene.coordinator, "referrals", "", to)
            }
            "createServiceUpdate" => {
                (&scene.worker, "service_updates", referral.as_str(), json!({}))
            }
            "createOrganisation" => (administrator, "organisations", "", json!({})),
            "createService" => (administrator, "services", shelter.as_str(), json!({})),
            "createUser" => {
                let works = json!({"organisation_id": shelter, "username": username});
                (administrator, "users", "", works)
            }
            "grantRole" => {
                (administrator, "role_grants", user.as_str(), json!({"role": "analyst"}))
            }
            "openEmergencyAccess" => {
                (stranger, "emergency_accesses", "", json!({"case_code": code}))
            }
            "markBaitCase" => (dpo, "bait_cases", "", json!({"case_code": code})),
            "requestErasure" => (dpo, "erasure_requests", "", json!({"case_code": code})),
            "placeLegalHold" => (dpo, "legal_holds", "", json!({"case_code": code})),
            "createAccessRequest" => (dpo, "access_requests", "", json!({"case_id": case})),
            other => self.of_the_dossier(other),
        };
        let path = address(op, |_| parent.to_owned());
        let body = merged(op.body.as_ref().unwrap().1.clone(), changes);
        let other = match op.id {
            "grantRole" => Some(json!({"area": "XZ-S"})),
            "openEmergencyAccess" => Some(json!({"justification": "He knows where she is."})),
            "markBaitCase" => Some(json!({"case_code": "UG-2026-7K3M-D"})),
            "requestErasure" | "placeLegalHold" => Some(json!({"file_reference": "Another-1"})),
            "createAccessRequest" => Some(json!({"file_reference": "DPO/2026/15"})),
            "proposeIndicatorSet" => Some(json!({"reason": "Another reason."})),
            _ => None,
        };
        Making { by: by.clone(), path, body, table, other }
    }
}

struct Making {
    by: Persona,
    path: String,
    body: Value,
    table: &'static str,
    /// What makes another body of it, where the client may not choose the id.
    other: Option<Value>,
}

impl Making {
    /// Counts what there is.
    fn rows(&self, w: &World) -> usize {
        w.texts(&format!("select id as value from {}", self.table)).len()
    }

    /// Changes the body to one that is as good.
    fn other_body(&self) -> Value {
        let id = || json!({"id": uuid::Uuid::new_v4()});
        merged(self.body.clone(), self.other.clone().unwrap_or_else(id))
    }

    fn send(&self, key: &str) -> Asking {
        self.by.post(&self.path).key(key).json(&self.body)
    }
}

/// Returns every operation that would act twice if it were sent twice.
fn creates(operations: &[Operation]) -> Vec<&Operation> {
    operations.iter().filter(|op| op.needs_key && op.action.is_some()).collect()
}

both! {
    async fn three_times_the_same_is_one(w: World) {
        let stage = Stage::of(&w).await;
        let table = operations::table();
        for op in creates(table.operations()) {
            let making = stage.maker(op);
            let before = making.rows(&w);

            let one = making.send(&format!("three-times-{}", op.id)).await.is(201);
            w.advance_s(60);
            let two = making.send(&format!("three-times-{}", op.id)).await.is(201);
            let three = making.send(&format!("\"three-times-{}\"", op.id)).await.is(201);
            assert_eq!((one.id(), one.id()), (two.id(), three.id()), "{}", op.id);
            assert_eq!(making.rows(&w), before + 1, "{}", op.id);
            assert_eq!(one.header("location"), three.header("location"), "{}", op.id);
        }
    }

    async fn twenty_at_once_are_one(w: World) {
        let stage = Stage::of(&w).await;
        let table = operations::table();
        for op in creates(table.operations()) {
            let making = stage.maker(op);
            let before = making.rows(&w);

            let answers = together((0..20).map(|_| making.send(&format!("twenty-times-{}", op.id)))).await;
            let mut ids: Vec<_> = answers.into_iter().map(|answer| answer.is(201).id()).collect();
            ids.dedup();
            assert_eq!(ids.len(), 1, "{}", op.id);
            assert_eq!(making.rows(&w), before + 1, "{}", op.id);
        }
    }

    async fn the_clients_own_id_is_as_good_as_a_key(w: World) {
        let stage = Stage::of(&w).await;
        let table = operations::table();
        for op in creates(table.operations()) {
            let making = stage.maker(op);
            if making.other.is_some() {
                continue;
            }
            let body = making.other_body();
            let before = making.rows(&w);

            let send = |body: &Value| making.by.post(&making.path).without_key().json(body);
            let one = send(&body).await.is(201);
            assert_eq!(one.id(), body["id"].as_str().unwrap(), "{}", op.id);
            for answer in together((0..5).map(|_| send(&body))).await {
                let told = answer.status;
                assert!(told == 201 || told == 409, "{}: {}", op.id, answer.text());
            }
            assert_eq!(making.rows(&w), before + 1, "{}", op.id);
        }
    }

    async fn a_key_is_for_one_request(w: World) {
        let stage = Stage::of(&w).await;
        let table = operations::table();
        for op in creates(table.operations()) {
            let making = stage.maker(op);
            making.send(&format!("for-one-{}", op.id)).await.is(201);
            let rows = making.rows(&w);

            let other = making.by.post(&making.path).key(format!("for-one-{}", op.id)).json(making.other_body());
            other.await.is_problem(422, "idempotency-key-reused");
            assert_eq!(making.rows(&w), rows, "{}", op.id);
            // The same act after a refusal is still the same act.
            making.send(&format!("for-one-{}", op.id)).await.is(201);
            assert_eq!(making.rows(&w), rows, "{}", op.id);
        }
        let elsewhere = active_case(&stage.scene.responder, &stage.scene.coordinator, report()).await;
        let note = |case: &str| stage.scene.coordinator.post(format!("/v1/cases/{case}/notes"));
        let text = json!({"text": "Called."});
        note(&stage.scene.case).key("another-case").json(&text).await.is(201);
        let other = note(&elsewhere).key("another-case").json(&text).await;
        other.is_problem(422, "idempotency-key-reused");
    }

    async fn the_same_key_of_somebody_else_is_another_key(w: World) {
        let stage = Stage::of(&w).await;
        let colleague = w.first_responder().at(&stage.scene.responder.organisation_id).await;
        let post = |by: &Persona| by.post("/v1/detection-reports").key("common").json(report());

        let (one, two) = (post(&stage.scene.responder).await.is(201), post(&colleague).await.is(201));
        assert_ne!(one.id(), two.id());
        assert_ne!(one.text_at("/case_id"), two.text_at("/case_id"));
    }

    async fn a_repeat_after_a_refusal_is_a_first_time(w: World) {
        let stage = Stage::of(&w).await;
        let notes = format!("/v1/cases/{}/notes", stage.scene.case);
        let wrong = json!({"text": "x", "corrects_id": ABSENT});

        let send = |body: &Value| stage.scene.coordinator.post(&notes).key("second-try").json(body);
        send(&wrong).await.is_problem(422, "validation-failed");
        send(&json!({"text": "x"})).await.is(201);
    }

    async fn a_repeat_is_judged_anew(w: World) {
        let stage = Stage::of(&w).await;
        let table = operations::table();
        for op in creates(table.operations()) {
            let making = stage.maker(op);
            making.send(&format!("before-the-end-{}", op.id)).await.is(201);
            let rows = making.rows(&w);

            let end = |to: &str| {
                let who = &making.by.user_id;
                w.sql(&format!("update role_grants set valid_to = {to} where user_id = '{who}'"));
            };
            end("valid_from");
            w.advance_s(1);
            let answer = making.send(&format!("before-the-end-{}", op.id)).await;
            assert!(matches!(answer.status, 403 | 404), "{}: {}", op.id, answer.text());
            assert!(answer.json().get("id").is_none(), "{}", op.id);
            assert_eq!(making.rows(&w), rows, "{}", op.id);
            end("null");
            making.send(&format!("before-the-end-{}", op.id)).await.is(201);
        }
    }

    async fn a_repeat_shows_what_may_be_seen_now(w: World) {
        let responder = w.first_responder().await;
        let coordinator = w.coordinator().await;
        let send = || responder.post("/v1/detection-reports").key("weekend").json(report());

        let first = send().await.is(201);
        assert_eq!(first.at("/narrative"), "Found at the border.");
        let path = format!("/v1/cases/{}/claim", first.text_at("/case_id"));
        coordinator.post(path).if_match(1).json(json!({})).await.is(200);
        let again = send().await.is(201);
        assert_eq!(again.id(), first.id());
        assert!(again.json().get("narrative").is_none());

        w.advance_s(71 * 3600);
        assert_eq!(send().await.is(201).id(), first.id());
        w.advance_s(3600);
        assert_ne!(send().await.is(201).id(), first.id());
    }

    async fn a_move_that_is_repeated_moves_once(w: World) {
        let responder = w.first_responder().await;
        let (one, two) = (w.coordinator().await, w.coordinator().await);
        let case = register(&responder, report()).await;
        let claim = |by: &Persona| by.post(format!("/v1/cases/{case}/claim")).key("claim").if_match(1);

        let first = claim(&one).json(json!({})).await.is(200);
        let again = claim(&one).json(json!({})).await.is(200);
        assert_eq!((first.version(), first.version()), (2, again.version()));
        claim(&two).json(json!({})).await.is_problem(412, "stale-version");
        let activate = one.post(format!("/v1/cases/{case}/activate")).key("claim").if_match(2);
        activate.json(json!({})).await.is_problem(422, "idempotency-key-reused");
        let claims = w.texts(&format!(
            "select id as value from audit_events where action = 'case.claim' and case_id = '{case}'
             and operation = 'execute' and outcome = 'success'"
        ));
        assert_eq!(claims.len(), 1);
    }

    async fn an_acceptance_that_is_repeated_accepts_once_and_is_judged_anew(w: World) {
        let scene = scene(&w).await;
        let (_, referral) = scene.sent().await;
        let path = format!("/v1/referrals/{referral}/accept");
        let accept = || scene.worker.post(&path).key("accept").if_match(2).json(json!({}));

        let first = accept().await.is(200);
        assert_eq!(accept().await.is(200).version(), first.version());
        let accepted = w.texts("select id as value from audit_events where action = 'referral.accept'
                                and operation = 'update' and outcome = 'success'");
        assert_eq!(accepted.len(), 1);
        act(&scene.coordinator, &referral, "cancel", json!({"reason": "No."})).await.is(200);
        let after = accept().await.is(200);
        assert_eq!(after.at("/state"), "cancelled");
        assert!(after.json().get("case_id").is_none(), "{}", after.text());
    }
}
