//! How records are made: through the API, by the people who make them in earnest.

use serde_json::{Value, json};

use super::{
    people::{NORTH, People, Place, SOUTH},
    records::{CARED, NAME, Record, TOLD, WOUND},
    stages::{Basis, Found, Move},
};
use crate::{
    referral_steps::{act, merged},
    steps::{adult_report, register, report, step},
    world::{Persona, World},
};

/// Whoever makes a record.
pub(super) struct Maker<'m> {
    pub(super) w: &'m World,
    pub(super) people: &'m People,
}

/// What is registered.
fn told(found: Found) -> Value {
    let found_as = match found {
        Found::Adult => merged(adult_report(), json!({"area": NORTH})),
        Found::Child => merged(report(), json!({"area": NORTH})),
        Found::Somewhere => adult_report(),
        Found::Elsewhere => merged(adult_report(), json!({"area": SOUTH})),
    };
    let identity = json!({"names": [{"text": NAME, "kind": "as_heard"}]});
    merged(found_as, json!({"narrative": TOLD, "identity": identity}))
}

/// A screening that nobody concludes on.
fn screening() -> Value {
    json!({"profile": "adult_labour", "answers": {"ACT1": "yes", "DR01": "yes"}})
}

/// The decision that the person is presumed a victim.
fn presumption() -> Value {
    json!({
        "kind": "presumption", "outcome": "positive", "body_type": "non_police_government",
        "standard_of_proof": "reasonable_grounds", "intercepted": false, "reasons": TOLD,
        "decided_on": "2026-11-02"
    })
}

impl Maker<'_> {
    pub(super) fn the(&self, name: &str) -> &Persona {
        self.people.the(name)
    }

    pub(super) async fn draft(&self) -> Record {
        let draft = merged(told(Found::Adult), json!({"submit": false}));
        let made = self.the("author").post("/v1/detection-reports").json(draft).await.is(201);
        Record { report: made.id(), ..Record::default() }
    }

    pub(super) async fn registered(&self, found: Found) -> Record {
        let made = self.the("author").post("/v1/detection-reports").json(told(found)).await.is(201);
        Record {
            report: made.id(),
            case: made.text_at("/case_id"),
            case_code: made.text_at("/case_code"),
            giver: if found == Found::Child { "child_assent_plus_guardian" } else { "individual" },
            case_version: 1,
            ..Record::default()
        }
    }

    async fn part(&self, by: &str, record: &Record, kind: &str, body: Value) -> String {
        let path = format!("/v1/cases/{}/{kind}", record.case);
        self.the(by).post(path).json(body).await.is(201).id()
    }

    /// Puts one of each part into the dossier: by the registering organisation until the case is
    /// claimed, then by its coordinator.
    pub(super) async fn parts(&self, record: &mut Record) {
        let by = if record.case_version == 1 { "author" } else { "coordinator" };
        for (name, kind, body) in [
            ("screening_id", "screenings", screening()),
            ("consent_id", "consents", self.given(record)),
            ("pending_id", "consents", self.pending(record)),
        ] {
            let part = self.part(by, record, kind, body).await;
            record.parts.insert(name, part);
        }
        let note = self.part("supervisor_north", record, "notes", json!({"text": TOLD})).await;
        record.parts.insert("note_id", note);
        record.parts.insert("assessment_id", self.withdrawn_doubt(record));
        record.parts.insert("guardian_id", self.former_guardian(record));
        record.parts.insert("best_interests_id", self.former_interests(record));
        record.parts.insert("reflection_period_id", self.former_period(record));
        record.parts.insert("placement_id", self.former_place(record));
        let contact = json!({"rule": "safe", "channel": "visit", "value": TOLD});
        let contact = self.part(by, record, "safe-contacts", contact).await;
        record.parts.insert("safe_contact_id", contact);
        let body = json!({"summary": TOLD, "needs": [{"service_type": "safe_shelter", "level": "moderate"}]});
        let assessed = self.part("supervisor_north", record, "needs-assessments", body).await;
        record.parts.insert("needs_assessment_id", assessed);
        self.part("supervisor_north", record, "plan", json!({"aims": TOLD})).await;
        let body = json!({"support_plan_type": "legal", "objective": TOLD, "owner": "bureau"});
        let item = self.part("supervisor_north", record, "plan/items", body).await;
        record.parts.insert("item_id", item);
        let body = json!({"held_on": "2026-11-01", "person_part": "present", "minutes": TOLD});
        let held = self.part("supervisor_north", record, "conferences", body).await;
        record.parts.insert("conference_id", held);
        let body = json!({"contact": "reached", "contact_on": "2026-11-01", "account": TOLD});
        let asked = self.part("supervisor_north", record, "follow-ups", body).await;
        record.parts.insert("follow_up_id", asked);
        let body = json!({
            "kind": "praise", "subject": "quality", "channel": "in_person", "received_on": "2026-11-01",
            "words": TOLD
        });
        let said = self.part("supervisor_north", record, "complaints", body).await;
        record.parts.insert("complaint_id", said);
        self.proceedings(record).await;
        self.document(record).await;
        let found = json!({
            "found_on": "2026-11-01", "place": "border_crossing", "area": NORTH, "narrative": TOLD
        });
        let found = self.the("author").post("/v1/incidents").json(found).await.is(201).id();
        let path = format!("/v1/cases/{}/link-incident", record.case);
        let link = self.the("supervisor_north").post(path).json(json!({"incident_id": found}));
        link.await.is(200);
        record.parts.insert("incident_id", found);
    }

    /// A document of the case, and the notice that its person was given.
    async fn document(&self, record: &mut Record) {
        let body = json!({"kind": "correspondence", "class": "case_restricted", "title": TOLD});
        let document = self.part("supervisor_north", record, "documents", body).await;
        let path = format!("/v1/cases/{}/documents/{document}/content", record.case);
        let upload = self.the("supervisor_north").put(path).if_match(1);
        upload.bytes("text/plain", TOLD).await.is(200);
        record.parts.insert("document_id", document);
        let french = json!({"language": "fr"});
        let notice = self.part("supervisor_north", record, "notices-of-rights", french).await;
        record.parts.insert("notice_id", notice);
    }

    /// The police investigate, and are not told about whom; and an offence is held against the person.
    async fn proceedings(&self, record: &mut Record) {
        let by = "supervisor_north";
        let body = json!({
            "kind": "criminal_trafficking", "organisation_id": self.people.place(Place::Police),
            "person_role": "complainant"
        });
        let proceeding = self.part(by, record, "proceedings", body).await;
        let body = json!({"proceeding_id": proceeding, "takes_place_on": "2026-12-03"});
        let hearing = self.part(by, record, "hearings", body).await;
        let body = json!({"proceeding_id": proceeding, "roles": ["transporter"]});
        let perpetrator = self.part(by, record, "alleged-perpetrators", body).await;
        let body = json!({
            "issue": "fine_or_overstay", "attributed_by": "immigration_service", "account": TOLD
        });
        let issue = self.part(by, record, "non-punishment-issues", body).await;
        for (name, part) in [
            ("proceeding_id", proceeding),
            ("hearing_id", hearing),
            ("alleged_perpetrator_id", perpetrator),
            ("issue_id", issue),
        ] {
            record.parts.insert(name, part);
        }
    }

    fn given(&self, record: &Record) -> Value {
        let given = json!({"state": "given_with_limits", "limits": TOLD});
        merged(self.consent(record, Place::Shelter), given)
    }

    fn pending(&self, record: &Record) -> Value {
        merged(self.consent(record, Place::Shelter), json!({"state": "pending"}))
    }

    /// Puts another consent in the place of one that was answered or withdrawn, if the case still
    /// takes any.
    pub(super) async fn consent_again(&self, record: &mut Record, part: &'static str) -> bool {
        let body = if part == "pending_id" { self.pending(record) } else { self.given(record) };
        let path = format!("/v1/cases/{}/consents", record.case);
        let made = self.the("supervisor_north").post(path).json(body).await;
        if made.status == 201 {
            record.parts.insert(part, made.id());
        }
        made.status == 201
    }

    /// A consent to sharing with a provider, given by whoever can give it.
    fn consent(&self, record: &Record, to: Place) -> Value {
        // The child of the walk has no guardian in office.
        let ground = match record.giver {
            "individual" => json!({}),
            _ => {
                json!({"child_ground": "guardian_not_yet_appointed", "child_ground_reasons": TOLD})
            }
        };
        let given = json!({
            "purpose": "share_with_service_provider",
            "recipient_organisation_id": self.people.place(to),
            "categories": ["operational", "case_restricted", "identity_sealed"],
            "giver": record.giver,
            "mode": "verbal_witnessed",
            "language": "fr"
        });
        merged(given, ground)
    }

    fn referral(&self, record: &Record, to: Place) -> Value {
        json!({
            "case_id": record.case,
            "organisation_id": self.people.place(to),
            "services": ["safe_shelter", "medical_care"],
            "urgency": "3_hours",
            "reason": "additional_services_required",
            "instructions": TOLD
        })
    }

    /// Begins a referral to the shelter; an emergency is sent at once.
    pub(super) async fn refer(&self, record: &mut Record, basis: Basis) {
        let mut consent = self.consent(record, Place::Shelter);
        match basis {
            Basis::Consent(more) => {
                let covered = ["operational", "case_restricted", "identity_sealed"];
                consent["categories"] = json!(covered[..=more]);
            }
            Basis::Lapsing => consent["expires_at"] = json!(self.w.now().plus_seconds(3_600)),
            Basis::Asked => consent["state"] = json!("pending"),
            Basis::Emergency => {
                let basis = json!({"legal_basis": "vital_interests", "basis_reason": TOLD});
                return self.begin(record, "author", merged(basis, json!({"send": true}))).await;
            }
        }
        record.carrying = self.part("coordinator", record, "consents", consent).await;
        self.begin(record, "coordinator", json!({"consent_id": record.carrying})).await;
    }

    async fn begin(&self, record: &mut Record, by: &str, basis: Value) {
        let body = merged(self.referral(record, Place::Shelter), basis);
        let made = self.the(by).post("/v1/referrals").json(body).await.is(201);
        record.referral_version = made.version();
        record.referral = Some(made.id());
    }

    pub(super) async fn move_on(&self, record: &mut Record, moves: &[Move]) {
        for (who, what) in moves {
            self.do_one(record, self.the(who), what).await;
        }
    }

    async fn do_one(&self, record: &mut Record, by: &Persona, what: &str) {
        let case = format!("/v1/cases/{}", record.case);
        match what {
            "wait" => self.w.advance_s(3_600),
            "join" => self.join(record, by).await,
            "pair" => self.pair_with(record, Found::Adult).await,
            "dismiss" | "request-merge" | "approve-merge" | "undo-merge" => {
                let pair = format!("/v1/duplicate-candidates/{}", record.parts["pair_id"]);
                let asked = by.post(format!("{pair}/{what}")).if_match(record.pair_version);
                let body = match what {
                    "dismiss" => json!({"reason": "different_people"}),
                    "request-merge" => json!({"surviving_case_id": record.other_case}),
                    _ => json!({}),
                };
                record.pair_version = asked.json(body).await.is(200).version();
            }
            "conclude" => {
                let body = json!({"conclusion": "presumed_victim", "reasons": TOLD});
                let new = self.part("coordinator", record, "screenings", screening()).await;
                let path = format!("{case}/screenings/{new}/conclude");
                by.post(path).if_match(1).json(body).await.is(200);
                let decision =
                    self.part("coordinator", record, "identification-decisions", presumption());
                let decision = decision.await;
                record.parts.insert("decision_id", decision);
            }
            "withdraw-consent" => {
                let path = format!("{case}/consents/{}/withdraw", record.carrying);
                by.post(path).if_match(1).await.is(200);
            }
            "claim" | "activate" | "start-reflection" | "suspend" | "start-follow-up" | "close"
            | "reopen" => {
                let asked = by.post(format!("{case}/{what}")).if_match(record.case_version);
                record.case_version = asked.json(self.said_with(what)).await.is(200).version();
            }
            _ => {
                let referral = format!("/v1/referrals/{}", record.referral.clone().unwrap());
                let asked = by.post(format!("{referral}/{what}")).if_match(record.referral_version);
                record.referral_version = asked.json(self.said_with(what)).await.is(200).version();
                if what == "accept" {
                    self.report_on(record, by, &referral).await;
                }
            }
        }
    }

    /// What is said with a move of a case or a referral.
    fn said_with(&self, what: &str) -> Value {
        match what {
            "reopen" => json!({"reason": TOLD}),
            "close" => json!({"reason": "goals_met"}),
            "decline" | "return" => json!({"reason": "no_capacity", "note": CARED}),
            "complete" => json!({"outcome": "goal_met", "note": CARED}),
            "cancel" => json!({"reason": "Another place was found."}),
            "assign" => json!({"worker_id": self.the("worker_colleague").user_id}),
            _ => json!({}),
        }
    }

    /// Writes what the provider writes: about the shelter, and about the wound.
    async fn report_on(&self, record: &mut Record, by: &Persona, referral: &str) {
        for (service_type, note) in [("safe_shelter", CARED), ("medical_care", WOUND)] {
            let body = json!({
                "service_type": service_type, "occurred_on": "2026-11-02", "state": "in_progress",
                "note": note
            });
            let update = by.post(format!("{referral}/service-updates")).json(body).await.is(201);
            record.parts.insert("update_id", update.id());
        }
    }

    /// Registers somebody once more, whose case is claimed too, and has the house find the pair. It is
    /// written down here as the house does it: whoever else is called the same is not meant.
    pub(super) async fn pair_with(&self, record: &mut Record, found: Found) {
        let other = self.registered(found).await;
        let by = if found == Found::Elsewhere { "coordinator_south" } else { "coordinator" };
        let claim = format!("/v1/cases/{}/claim", other.case);
        self.the(by).post(claim).if_match(1).json(json!({})).await.is(200);
        let mut cases = [record.case.clone(), other.case.clone()];
        cases.sort();
        let pair = uuid::Uuid::new_v4().to_string();
        self.w.sql(&format!(
            "insert into duplicate_candidates (id, first_case_id, second_case_id, band, band_rank, reasons,
               state, stopped_clocks, version, created_at, updated_at)
             select '{pair}', '{}', '{}', 'strong', 0, '[\"names_same\"]', 'open', '[]', 1, created_at, created_at
             from cases where id = '{}'",
            cases[0], cases[1], record.case
        ));
        record.other_case = other.case;
        record.pair_version = 1;
        record.parts.insert("pair_id", pair);
    }

    /// Another provider accepts a referral of the same case.
    async fn join(&self, record: &Record, by: &Persona) {
        let consent = self.consent(record, Place::Clinic);
        let consent = self.part("coordinator", record, "consents", consent).await;
        let body = json!({"consent_id": consent, "send": true});
        let body = merged(self.referral(record, Place::Clinic), body);
        let made = self.the("coordinator").post("/v1/referrals").json(body).await.is(201);
        act(by, &made.id(), "accept", json!({})).await.is(200);
    }

    /// Gives the hostel a live referral of another case, in the south.
    pub(super) async fn another_case(&self) {
        let report = merged(told(Found::Adult), json!({"area": SOUTH}));
        let case = register(self.the("responder_elsewhere"), report).await;
        let by = self.the("coordinator_south");
        step(by, &case, "claim", json!({})).await.is(200);
        let record = Record::of_case(&case);
        let consent = self.consent(&record, Place::Hostel);
        let consent = self.part("coordinator_south", &record, "consents", consent).await;
        let body = json!({"consent_id": consent, "send": true});
        let body = merged(self.referral(&record, Place::Hostel), body);
        let made = by.post("/v1/referrals").json(body).await.is(201).id();
        act(self.the("hostel_worker"), &made, "accept", json!({})).await.is(200);
    }
}
