//! What is tried, on what is known.

use std::{collections::BTreeMap, fmt};

use refero::api::operation::Operation;
use refero_domain::actor::ActorRole;
use serde_json::{Value, json};

use super::{
    Chance,
    cast::{Cast, Player},
};
use crate::{
    every::{address, ask, parameters},
    referral_steps::merged,
    steps::{adult_report, report},
    world::{Answer, World},
};

/// A case with everything that came of it.
pub(super) struct Case {
    pub(super) id: String,
    pub(super) report: String,
    pub(super) code: String,
    /// No vowels and nowhere else: whoever reads it has read about this person.
    pub(super) name: String,
    pub(super) place: String,
    pub(super) is_child: bool,
    /// Ids by the collection that they stand in.
    parts: BTreeMap<&'static str, Vec<String>>,
}

/// Everything that was made so far.
#[derive(Default)]
pub(super) struct Known {
    pub(super) cases: Vec<Case>,
    registered: usize,
}

impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = self.cases.iter().flat_map(|case| case.parts.values()).map(Vec::len);
        write!(f, "{} cases, {} parts in the last ones", self.registered, parts.sum::<usize>())
    }
}

impl Known {
    /// Registers somebody; the oldest case makes room for them.
    pub(super) async fn register(&mut self, cast: &Cast, chance: &Chance, most: usize) {
        let is_child = chance.is(30);
        let told = if is_child { report() } else { adult_report() };
        let by = cast.with(ActorRole::FirstResponder)[chance.below(2)];
        let (name, place) =
            (format!("Nm{}xq", self.registered), format!("Pl{}xq", self.registered));
        let area = if chance.is(80) { "XZ-N" } else { "XZ-S" };
        let changes = json!({
            "area": area, "narrative": format!("Told by {name}."),
            "identity": {"names": [{"text": name, "kind": "official"}]}
        });
        let made =
            by.persona.post("/v1/detection-reports").json(merged(told, changes)).await.is(201);
        self.registered += 1;
        if self.cases.len() >= most {
            self.cases.remove(0);
        }
        self.cases.push(Case {
            id: made.text_at("/case_id"),
            report: made.id(),
            code: made.text_at("/case_code"),
            name,
            place,
            is_child,
            parts: BTreeMap::new(),
        });
    }

    /// Keeps what was made.
    pub(super) fn learn(&mut self, tried: &Tried<'_>, answer: &Answer) {
        if answer.status != 201 {
            return;
        }
        let collection = tried.op.path.rsplit('/').next().unwrap();
        let case = self.cases.iter_mut().find(|case| case.id == tried.case).unwrap();
        case.parts.entry(collection).or_default().push(answer.id());
    }
}

/// One act that somebody tries.
pub(super) struct Tried<'t> {
    pub(super) by: &'t Player,
    pub(super) op: &'t Operation,
    pub(super) case: String,
    pub(super) path: String,
    version: i64,
    body: Option<Value>,
    /// What is uploaded instead of a body.
    content: String,
}

impl<'t> Tried<'t> {
    /// Draws an act on something that is there; nothing if it needs what is not.
    pub(super) fn draw(
        w: &World,
        cast: &'t Cast,
        known: &Known,
        ops: &[&'t Operation],
        chance: &Chance,
    ) -> Option<Self> {
        let case = chance.of(&known.cases)?;
        // Most operations read; acts move the world.
        let acts: Vec<&&Operation> = ops.iter().filter(|op| op.method.as_str() != "GET").collect();
        let op = if chance.is(75) { **chance.of(&acts)? } else { *chance.of(ops)? };
        let by = cast.draw(op.action.unwrap_or_default(), chance);
        let mut is_there = true;
        let segments: Vec<&str> = op.path.split('/').collect();
        let mut within = ("cases", case.id.clone());
        let path = address(op, |name| {
            let place = segments.iter().position(|part| *part == format!("{{{name}}}")).unwrap();
            let collection = segments[place - 1];
            let id = match collection {
                "cases" => Some(case.id.clone()),
                "detection-reports" => Some(case.report.clone()),
                other => chance.of(case.parts.get(other).map_or(&[][..], Vec::as_slice)).cloned(),
            };
            is_there &= id.is_some();
            within = (table_of(collection), id.clone().unwrap_or_default());
            id.unwrap_or_default()
        });
        if !is_there {
            return None;
        }
        let version = if op.if_match && chance.is(97) { version(w, within, op) } else { 1 };
        let example = op.body.as_ref().map(|(_, example)| example.clone());
        let body = example.map(|body| merged(body, changes(op, by, case, cast, chance)));
        let content = format!("Certified: {}.", case.name);
        Some(Self { by, op, case: case.id.clone(), path, version, body, content })
    }

    pub(super) async fn ask(&self) -> Answer {
        let asking = ask(&self.by.persona, self.op, &self.path, self.version);
        match &self.body {
            Some(body) => asking.json(body).await,
            None if self.op.id == "uploadDocument" => {
                asking.bytes("text/plain", self.content.clone()).await
            }
            None => asking.await,
        }
    }

    /// Says whether what was asked for is paper, which goes where nobody can follow it.
    pub(super) fn is_on_paper(&self) -> bool {
        self.op.path.contains("/letters") || self.op.path.contains("/notices-of-rights")
    }

    pub(super) fn is_about_an_incident(&self) -> bool {
        self.op.path.starts_with("/v1/incidents")
    }
}

fn table_of(collection: &str) -> &'static str {
    match collection {
        "cases" => "cases",
        "referrals" => "referrals",
        "detection-reports" => "detection_reports",
        "consents" => "consents",
        "age-assessments" => "age_assessments",
        "guardians" => "guardians",
        "identification-decisions" => "identification_decisions",
        "best-interests" => "best_interests",
        "reflection-periods" => "reflection_periods",
        "placements" => "placements",
        "safe-contacts" => "safe_contacts",
        "items" => "plan_items",
        "complaints" => "complaints",
        "proceedings" => "proceedings",
        "hearings" => "hearings",
        "non-punishment-issues" => "non_punishment_issues",
        "documents" => "documents",
        "incidents" => "incidents",
        _ => "",
    }
}

/// The version that a change must name.
fn version(w: &World, (table, id): (&str, String), op: &Operation) -> i64 {
    let sql = if op.path.ends_with("/identity") {
        format!(
            "select cast(i.version as text) as value from person_identities i
             join cases c on c.person_id = i.person_id where c.id = '{id}'"
        )
    } else if table.is_empty() {
        return 1;
    } else if table == "cases" && op.path.contains("/plan") {
        format!("select cast(version as text) as value from support_plans where case_id = '{id}'")
    } else {
        format!("select cast(version as text) as value from {table} where id = '{id}'")
    };
    w.texts(&sql).first().and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// What the example of an operation does not know: who is there, and whom it is about.
fn changes(op: &Operation, by: &Player, case: &Case, cast: &Cast, chance: &Chance) -> Value {
    let provider = &cast.providers[chance.below(cast.providers.len())];
    let worker =
        chance.of(&cast.with(ActorRole::ServiceProviderWorker)).unwrap().persona.user_id.clone();
    let coordinator =
        chance.of(&cast.with(ActorRole::CaseCoordinator)).unwrap().persona.user_id.clone();
    let giver = if case.is_child { "child_assent_plus_guardian" } else { "individual" };
    let told = format!("Said by {}.", case.name);
    match op.id {
        "createConsent" => {
            let consent = json!({
                "recipient_organisation_id": provider, "giver": giver,
                "categories": ["operational", "case_restricted", "identity_sealed"],
                "state": if chance.is(80) { "given" } else { "pending" }
            });
            merged(consent, ground(case.is_child && chance.is(80), &told))
        }
        "answerConsent" => merged(
            json!({"answer": if chance.is(70) { "give" } else { "refuse" }}),
            ground(case.is_child && chance.is(80), &told),
        ),
        "createReferral" => {
            let consent = chance.of(case.parts.get("consents").map_or(&[][..], Vec::as_slice));
            let basis = match consent {
                Some(consent) if chance.is(75) => json!({"consent_id": consent}),
                _ => json!({
                    "consent_id": null, "legal_basis": "vital_interests",
                    "basis_reason": "She is in danger."
                }),
            };
            let referral = json!({
                "case_id": case.id, "organisation_id": provider, "services": ["safe_shelter"],
                "send": chance.is(70), "instructions": told
            });
            merged(referral, basis)
        }
        "acceptReferral" => json!({"worker_id": null}),
        "assignReferral" => json!({"worker_id": worker}),
        "assignCase" => json!({"coordinator_id": coordinator}),
        "editIdentity" => {
            json!({"names": [{"text": case.name, "kind": "official"}], "birth_date": null})
        }
        "grantReflectionPeriod" if chance.is(50) => {
            json!({"days": null, "basis": null, "citation": null})
        }
        "createPlacement" => json!({
            "organisation_id": by.persona.organisation_id, "address": case.place, "reason": told
        }),
        "openProceeding" => json!({"organisation_id": cast.police}),
        "scheduleHearing" | "addAllegedPerpetrator" => {
            json!({"proceeding_id": case.parts.get("proceedings").and_then(|all| chance.of(all))})
        }
        "linkIncident" => {
            json!({"incident_id": case.parts.get("incidents").and_then(|all| chance.of(all))})
        }
        "agreeSupportPlan" => {
            json!({"giver": if case.is_child { "authority_best_interests" } else { "individual" }})
        }
        _ => words(op, &told),
    }
}

/// What is told in an act that asks for nothing else.
fn words(op: &Operation, told: &str) -> Value {
    match op.id {
        "createNote" => json!({"text": told}),
        "createDocument" => json!({"title": told}),
        "assessBestInterests" => json!({"factors": told}),
        "offerReflectionPeriod" | "recordComplaint" => json!({"words": told}),
        "createServiceUpdate" => json!({"note": told}),
        "refuseReflectionPeriod" | "terminateReflectionPeriod" | "createIdentificationDecision" => {
            json!({"reasons": told})
        }
        "raiseNonPunishmentIssue" => json!({"account": told}),
        "startSupportPlan" => json!({"aims": told}),
        "createPlanItem" => json!({"objective": told, "action": null}),
        "recordCaseConference" => json!({"participants": [], "minutes": told}),
        "recordFollowUp" => json!({"round": null, "account": told}),
        "createSafeContact" => json!({"value": told, "hours": []}),
        _ => json!({}),
    }
}

/// Why a child consents without a guardian on record.
fn ground(is_said: bool, told: &str) -> Value {
    if is_said {
        json!({"child_ground": "guardian_not_yet_appointed", "child_ground_reasons": told})
    } else {
        json!({})
    }
}

/// Says which parameters an act has: what has none is about nobody.
#[test]
fn every_act_that_is_tried_is_about_a_case() {
    for op in refero::api::operations::table().operations().iter().filter(|op| super::is_tried(op))
    {
        assert!(super::BEGIN.contains(&op.id) || !parameters(op).is_empty(), "{}", op.id);
    }
}
