//! A child is had through its parent alone: under another parent of one's own it does not exist.

use refero::api::{operation::Operation, operations};
use serde_json::json;

use crate::{
    every::{ABSENT, address, ask, ids},
    referral_steps::{Scene, scene},
    world::{Asking, Persona, World},
};

/// Parents of each resource with a child of each kind, and who may work with them.
struct Family {
    parents: Vec<(&'static str, String)>,
    children: Vec<(&'static str, String)>,
}

impl Family {
    /// Finds the parent of a resource, such as `cases`.
    #[track_caller]
    fn parent(&self, resource: &str) -> &str {
        let found = self.parents.iter().find(|(kind, _)| *kind == resource);
        let known = found.unwrap_or_else(|| panic!("this test makes no parent in {resource}"));
        &known.1
    }

    #[track_caller]
    fn child(&self, name: &str) -> &str {
        let found = self.children.iter().find(|(kind, _)| *kind == name);
        let known = found.unwrap_or_else(|| panic!("this test makes no {name}"));
        &known.1
    }
}

/// Makes what those who coordinate write about the person.
async fn written(scene: &Scene) -> Vec<(&'static str, String)> {
    let case = &scene.case;
    let made =
        |what: &str, body| scene.coordinator.post(format!("/v1/cases/{case}/{what}")).json(body);
    let note = made("notes", json!({"text": "Felt safe."})).await.is(201).id();
    let assessed = json!({"summary": "Wants to speak to her sister."});
    let assessed = made("needs-assessments", assessed).await.is(201).id();
    made("plan", json!({})).await.is(201);
    let planned = made("plan/items", crate::plans::item()).await.is(201).id();
    let notice = made("notices-of-rights", json!({"language": "fr"})).await.is(201).id();
    let document = made("documents", crate::case_documents::certificate()).await.is(201).id();
    let conference = made("conferences", crate::follow_ups::conference()).await.is(201).id();
    let followed = made("follow-ups", crate::follow_ups::reached()).await.is(201).id();
    let said = made("complaints", crate::complaints::complaint()).await.is(201).id();
    let answers = json!({"ACT1": "yes", "DR01": "yes"});
    let screening = json!({"profile": "adult_labour", "answers": answers});
    let screening = made("screenings", screening).await.is(201).id();
    let decision = json!({
        "kind": "presumption", "outcome": "positive", "body_type": "non_police_government",
        "standard_of_proof": "reasonable_grounds", "intercepted": false,
        "reasons": "Deceived about the work.", "decided_on": "2026-11-02"
    });
    let decision = made("identification-decisions", decision).await.is(201).id();
    vec![
        ("note_id", note),
        ("needs_assessment_id", assessed),
        ("item_id", planned),
        ("complaint_id", said),
        ("document_id", document),
        ("notice_id", notice),
        ("conference_id", conference),
        ("follow_up_id", followed),
        ("screening_id", screening),
        ("decision_id", decision),
    ]
}

/// Makes a child of each kind of the case and the referral of a scene, and of an account.
async fn family(w: &World, scene: &Scene, administrator: &Persona) -> Family {
    let case = &scene.case;
    let made =
        |what: &str, body| scene.coordinator.post(format!("/v1/cases/{case}/{what}")).json(body);
    let mut children = written(scene).await;
    let issue = made("non-punishment-issues", crate::non_punishment::issue()).await.is(201).id();
    let [proceeding, hearing, perpetrator] = crate::proceedings::with_everything(scene).await;
    let (_, referral) = scene.accepted().await;
    let update = json!({"service_type": "safe_shelter", "occurred_on": "2026-11-02", "state": "in_progress"});
    let updates = format!("/v1/referrals/{referral}/service-updates");
    let letters = format!("/v1/referrals/{referral}/letters");
    let letter = scene.coordinator.post(letters).json(json!({"language": "fr"})).await.is(201).id();
    let update = scene.worker.post(updates).json(update).await.is(201).id();
    let pending = scene.consent(json!({"state": "pending"})).await.is(201).id();
    // The last of the case: whose age is doubted is a child.
    let assessment = made("age-assessments", json!({"reason": "other"})).await.is(201).id();
    let guardian = made("guardians", crate::guardians::appointment()).await.is(201).id();
    let best = made("best-interests", crate::best_interests::assessment()).await.is(201).id();
    let period = made("reflection-periods", crate::reflection::offer()).await.is(201).id();
    let place = made("placements", crate::placements::home()).await.is(201).id();
    let contact = made("safe-contacts", crate::safe_contacts::contact()).await.is(201).id();
    let organisation = w.organisation("ngo");
    let services = format!("/v1/organisations/{organisation}/services");
    let service = administrator.post(services).json(json!({"service_type": "safe_shelter"}));
    let service = service.await.is(201).id();
    let user = w.worker().await.user_id;
    let grant = administrator.get(format!("/v1/users/{user}")).await.is(200).text_at("/roles/0/id");
    children.extend([
        ("consent_id", pending),
        ("assessment_id", assessment),
        ("guardian_id", guardian),
        ("best_interests_id", best),
        ("reflection_period_id", period),
        ("placement_id", place),
        ("safe_contact_id", contact),
        ("issue_id", issue),
        ("proceeding_id", proceeding),
        ("hearing_id", hearing),
        ("alleged_perpetrator_id", perpetrator),
        ("update_id", update),
        ("letter_id", letter),
        ("service_id", service),
        ("grant_id", grant),
    ]);
    Family {
        parents: vec![
            ("cases", case.clone()),
            ("referrals", referral),
            ("organisations", organisation.to_string()),
            ("users", user.to_string()),
        ],
        children,
    }
}

/// Returns the operations with a parent and a child in their path.
fn nested(operations: &[Operation]) -> Vec<&Operation> {
    let nested: Vec<_> = operations.iter().filter(|op| ids(op).len() > 1).collect();
    assert!(!nested.is_empty());
    nested
}

fn resource(op: &Operation) -> &str {
    op.path.split('/').nth(2).unwrap()
}

/// Who may do everything with a resource's own things.
fn keeper<'p>(
    op: &Operation,
    scene: &'p Scene,
    [administrator, supervisor, provider]: [&'p Persona; 3],
) -> &'p Persona {
    match resource(op) {
        // What is free the provider alone knows.
        "organisations" if op.id == "reportFreePlaces" => provider,
        // Another person than who coordinates (R10), and who is independent of what is complained about.
        "cases"
            if op.id.starts_with("approveBestInterests")
                || op.id.starts_with("declineBestInterests") =>
        {
            supervisor
        }
        "cases" if op.id.ends_with("AgeDecision") || op.id.ends_with("Complaint") => supervisor,
        // What takes time away from the person.
        "cases" if ["refuseReflectionPeriod", "terminateReflectionPeriod"].contains(&op.id) => {
            supervisor
        }
        "cases" => &scene.coordinator,
        // Who sends it has its letters.
        "referrals" if op.id.ends_with("Letter") => &scene.coordinator,
        "referrals" => &scene.worker,
        _ => administrator,
    }
}

/// Asks under a parent for a child; every request has the same id, so that answers compare.
fn asked(by: &Persona, op: &Operation, parent: &str, child: &str) -> Asking {
    let first = ids(op)[0];
    let path = address(op, |name| if name == first { parent } else { child }.to_owned());
    ask(by, op, &path, 1).header("X-Request-Id", "5a3e5a3e5a3e5a3e")
}

both! {
    async fn a_child_of_another_parent_is_a_child_that_nobody_has(w: World) {
        let (here, elsewhere) = (scene(&w).await, scene(&w).await);
        let administrator = w.administrator().await;
        let supervisor = w.supervisor().await;
        let own = family(&w, &here, &administrator).await;
        let other = family(&w, &elsewhere, &administrator).await;
        let provider = w.manager().at(&own.parent("organisations").parse().unwrap()).await;
        // The same people may see the other parents as well: it is the address that is wrong.
        let table = operations::table();
        for op in nested(table.operations()) {
            let by = keeper(op, &here, [&administrator, &supervisor, &provider]);
            let last = *ids(op).last().unwrap();
            let parent = own.parent(resource(op));

            let foreign = asked(by, op, parent, other.child(last)).await.is_problem(404, "not-found");
            let absent = asked(by, op, parent, ABSENT).await.is_problem(404, "not-found");
            assert_eq!(foreign.seen(), absent.seen(), "{} {}", op.method, op.path);
            let orphan = asked(by, op, ABSENT, own.child(last)).await.is_problem(404, "not-found");
            assert_eq!(orphan.seen(), absent.seen(), "{} {}", op.method, op.path);
            let right = asked(by, op, parent, own.child(last)).await;
            assert!(!matches!(right.status, 403 | 404), "{} {}: {}", op.method, op.path, right.text());
        }
    }

    async fn who_may_not_see_the_parent_learns_nothing_of_the_child(w: World) {
        let scene = scene(&w).await;
        let family = family(&w, &scene, &w.administrator().await).await;
        let colleague = w.worker().at(&scene.shelter).await;
        let strangers = [
            w.first_responder().await, w.worker().await, w.manager().await, w.administrator().await,
            w.auditor().await, colleague,
        ];
        let table = operations::table();
        let hidden = nested(table.operations()).into_iter();
        for op in hidden.filter(|op| matches!(resource(op), "cases" | "referrals")) {
            let child = family.child(ids(op).last().unwrap());
            for stranger in &strangers {
                let hidden = asked(stranger, op, family.parent(resource(op)), child).await;
                let absent = asked(stranger, op, ABSENT, ABSENT).await.is_problem(404, "not-found");
                assert_eq!(hidden.seen(), absent.seen(), "{} {}", op.method, op.path);
            }
        }
    }

    async fn a_body_that_names_a_child_of_another_parent_is_refused(w: World) {
        let (here, elsewhere) = (scene(&w).await, scene(&w).await);
        let administrator = w.administrator().await;
        let own = family(&w, &here, &administrator).await;
        let other = family(&w, &elsewhere, &administrator).await;
        let update = |corrects: &str| json!({
            "service_type": "safe_shelter", "occurred_on": "2026-11-02", "state": "in_progress",
            "corrects_id": corrects
        });
        let note = |corrects: &str| json!({"text": "No.", "corrects_id": corrects});
        let notes = format!("/v1/cases/{}/notes", own.parent("cases"));
        let updates = format!("/v1/referrals/{}/service-updates", own.parent("referrals"));
        let sent = |by: &Persona, path: &str, body| {
            by.post(path).json(body).header("X-Request-Id", "5a3e5a3e5a3e5a3e")
        };

        let told = |id: &str| sent(&here.coordinator, &notes, note(id));
        let foreign = told(other.child("note_id")).await.is_problem(422, "validation-failed");
        assert_eq!(foreign.seen(), told(ABSENT).await.seen());
        told(own.child("note_id")).await.is(201);
        let told = |id: &str| sent(&here.worker, &updates, update(id));
        let foreign = told(other.child("update_id")).await.is_problem(422, "validation-failed");
        assert_eq!(foreign.seen(), told(ABSENT).await.seen());
        told(own.child("update_id")).await.is(201);
    }

    async fn a_referral_rests_on_a_consent_of_its_own_case_alone(w: World) {
        let (here, elsewhere) = (scene(&w).await, scene(&w).await);
        let to_us = json!({"recipient_organisation_id": here.shelter});
        let foreign = elsewhere.consent(to_us).await.is(201).id();

        let refused = here.refer(&foreign, json!({})).await.is_problem(409, "consent-required");
        let absent = here.refer(ABSENT, json!({})).await.is_problem(409, "consent-required");
        let without_id = |text: String| text.split("\"request_id\"").next().unwrap().to_owned();
        assert_eq!(without_id(refused.text()), without_id(absent.text()));
    }
}
