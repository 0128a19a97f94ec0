//! One person's way through the whole mechanism, with a canary in everything that is told about them.

use refero_domain::actor::ActorRole;
use serde_json::{Value, json};

use super::{
    ages::assess,
    planted::Planted,
    redacting::redact,
    wall::{self, Wall},
};
use crate::{
    referral_steps::{act, merged, provider},
    steps::step,
    world::{Answer, Persona, World},
};

/// Everybody who had a part in it.
pub(crate) struct People {
    pub(crate) responder: Persona,
    pub(crate) coordinator: Persona,
    pub(crate) supervisor: Persona,
    /// Of the body that identifies; the case is before it.
    pub(crate) identifier: Persona,
    /// Works on the referral that is live.
    pub(crate) worker: Persona,
    /// Manages the worker's shelter.
    pub(crate) manager: Persona,
    /// At a provider that has not answered its offer.
    pub(crate) offered: Persona,
    /// At a provider that said no.
    pub(crate) declining: Persona,
    /// At a provider whose referrals have ended.
    pub(crate) past: Persona,
    /// Investigates, and is told who the person is.
    pub(crate) investigator: Persona,
}

/// What came of it.
pub(crate) struct Life {
    pub(crate) people: People,
    pub(crate) report: String,
    pub(crate) case: String,
    pub(crate) case_code: String,
    /// With whom the person was found.
    pub(crate) incident: String,
    pub(crate) note: String,
    /// An assessment of the age, which was contested and decided anew.
    pub(crate) assessment: String,
    /// A guardian from the time when the person was a child.
    pub(crate) guardian: String,
    /// What was best for the person then.
    pub(crate) best: String,
    /// A reflection period that ended early.
    pub(crate) period: String,
    /// Where the person lives: at the shelter whose referral is live.
    pub(crate) placement: String,
    /// What somebody else has written about the person.
    pub(crate) document: String,
    /// How the person is reached.
    pub(crate) contact: String,
    pub(crate) screening: String,
    pub(crate) decision: String,
    pub(crate) consent: String,
    /// The referral that is live.
    pub(crate) live: String,
    /// The others: one is offered, the rest have ended.
    pub(crate) others: Vec<String>,
    pub(crate) update: String,
    /// An emergency access to the case, which was reviewed.
    pub(crate) emergency: String,
    /// A request for a copy, of which a text was looked through.
    pub(crate) access_request: String,
    /// What stands behind the wall and beside it.
    pub(crate) wall: Wall,
}

impl People {
    async fn gather(w: &World) -> Self {
        let shelter = provider(w, &["safe_shelter", "medical_care"]);
        Self {
            responder: w.first_responder().await,
            coordinator: w.coordinator().in_area("XZ-N").await,
            supervisor: w.supervisor().in_area("XZ-N").await,
            identifier: w.persona(ActorRole::IdentificationOfficer).in_area("XZ-N").await,
            worker: w.worker().at(&shelter).await,
            manager: w.manager().at(&shelter).await,
            offered: w.worker().at(&provider(w, &["safe_shelter"])).await,
            declining: w.worker().at(&provider(w, &["safe_shelter"])).await,
            past: w.worker().at(&provider(w, &["safe_shelter"])).await,
            investigator: w.persona(ActorRole::Investigator).await,
        }
    }
}

/// Leads a person's case to where one referral is live, one is offered and others have
/// ended in every way.
pub(crate) async fn lead(w: &World, planted: &Planted) -> Life {
    let people = People::gather(w).await;
    let (report, case) = register(&people.responder, planted).await;
    let coordinator = &people.coordinator;
    step(coordinator, &case, "claim", json!({})).await.is(200);
    step(coordinator, &case, "activate", json!({})).await.is(200);
    interrupt(&people, &case, planted).await;
    let screening = conclude(coordinator, &case, planted).await;
    let decision = presume(coordinator, &case, planted).await;
    let note = write_notes(coordinator, &case, planted).await;
    super::plans::carry_out((coordinator, &people.supervisor), &case, planted).await;
    correct_identity(coordinator, &case, planted).await;
    let consent = ask_and_withdraw(coordinator, &case, &people.past, planted).await;
    let (live, update) = care(&people, &case, planted).await;
    let mut others = ends(&people, &case, planted).await;
    others.push(offer(&people, &case, planted).await);
    let wall = wall::raise(&people, &case, planted).await;
    let period = super::reflection::rest((coordinator, &people.supervisor), &case, planted).await;
    let (assessment, guardian, best) = assess(&people, &case, planted).await;
    let (placement, contact) = super::safety::house(&people, &case, planted).await;
    let document = super::found::document(coordinator, &case, planted).await;
    super::found::letters(coordinator, (&case, &live)).await;
    let shown = coordinator.get(format!("/v1/cases/{case}")).await.is(200);
    let (case_code, incident) = (shown.text_at("/case_code"), shown.text_at("/incident_id"));
    let emergency = open_in_emergency(w, &people.supervisor, &case_code, planted).await;
    let access_request = redact(w, coordinator, &case, planted).await;
    Life {
        people,
        report,
        case,
        case_code,
        incident,
        note,
        assessment,
        guardian,
        best,
        period,
        placement,
        document,
        contact,
        screening,
        decision,
        consent,
        live,
        others,
        update,
        emergency,
        access_request,
        wall,
    }
}

/// Somebody of another area opens the case in an emergency, and a supervisor reviews it (R15).
async fn open_in_emergency(
    w: &World,
    supervisor: &Persona,
    case_code: &str,
    planted: &Planted,
) -> String {
    let body = json!({
        "case_code": case_code, "reason_code": "immediate_danger",
        "justification": planted.text("emergency", "EmergencyBody.justification")
    });
    let stranger = w.coordinator().in_area("XZ-S").await;
    let id = stranger.post("/v1/emergency-accesses").json(body).await.is(201).id();
    for outcome in ["unjustified", "justified"] {
        let path = format!("/v1/emergency-accesses/{id}");
        let version = supervisor.get(&path).await.is(200).version();
        let kind = if outcome == "justified" { "emergency" } else { "draft" };
        let reason = planted.text(kind, "ReviewBody.reason");
        let body = json!({"outcome": outcome, "reason": reason});
        let review = supervisor.post(format!("{path}/review")).if_match(version);
        review.json(body).await.is(200);
    }
    id
}

/// A draft, its correction, and its submission: what stood there first becomes history.
async fn register(responder: &Persona, planted: &Planted) -> (String, String) {
    let told = |body: &str, words: &'static str, who: &'static str| {
        json!({
            "identity": planted.identity(who, &format!("{body}.identity")),
            "place": planted.text(words, &format!("{body}.place")),
            "narrative": planted.text(words, &format!("{body}.narrative")),
        })
    };
    let facts = json!({
        "area": "XZ-N", "sex_reporting": "female", "age_status": "adult_documented",
        "primary_language": "fr", "detection_source": "border_control",
        "urgent_needs": ["safe_shelter"], "indicators": ["DR01"],
        "incident_id": super::found::with_others(responder, planted).await
    });
    let draft = merged(facts, told("ReportBody", "draft", "draft"));
    let draft = responder.post("/v1/detection-reports").json(draft).await.is(201);
    let path = format!("/v1/detection-reports/{}", draft.id());
    let patch = told("ReportPatch", "report", "heard");
    let patched = responder.patch(&path).if_match(draft.version()).json(patch).await.is(200);
    let submitted =
        responder.post(format!("{path}/submit")).if_match(patched.version()).await.is(200);
    (draft.id(), submitted.text_at("/case_id"))
}

/// Contact is lost and found again, and the case is closed and opened again: each with its words.
async fn interrupt(people: &People, case: &str, planted: &Planted) {
    let (coordinator, supervisor) = (&people.coordinator, &people.supervisor);
    let why = |body: &str| json!({"reason": planted.text("note", &format!("{body}.reason"))});
    step(coordinator, case, "suspend", why("SuspendBody")).await.is(200);
    step(coordinator, case, "resume", json!({})).await.is(200);
    let left = planted.text("note", "CloseBody.checklist_exceptions.reason");
    let left = json!([{"item": "plan_agreed", "reason": left}]);
    let ask = json!({"reason": "goals_met", "checklist_exceptions": left});
    step(coordinator, case, "close", ask).await.is(200);
    step(supervisor, case, "close", json!({})).await.is(200);
    step(supervisor, case, "reopen", why("ReopenBody")).await.is(200);
}

async fn conclude(coordinator: &Persona, case: &str, planted: &Planted) -> String {
    let screenings = format!("/v1/cases/{case}/screenings");
    let asked = json!({"profile": "adult_labour", "answers": {"ACT1": "yes", "DR01": "yes"}});
    let screening = coordinator.post(&screenings).json(asked).await.is(201);
    let conclusion = json!({
        "conclusion": "presumed_victim",
        "reasons": planted.text("screening", "ConclusionBody.reasons")
    });
    let concluding = format!("{screenings}/{}/conclude", screening.id());
    coordinator.post(concluding).if_match(1).json(conclusion).await.is(200).id()
}

/// The bureau decides what the screening came to.
async fn presume(coordinator: &Persona, case: &str, planted: &Planted) -> String {
    let text =
        |member: &str| planted.text("decision", &format!("IdentificationDecisionBody.{member}"));
    let decision = json!({
        "kind": "presumption", "outcome": "positive", "body_type": "non_police_government",
        "standard_of_proof": "reasonable_grounds", "intercepted": false,
        "legal_reference": text("legal_reference"), "reasons": text("reasons"),
        "evidence": [text("evidence")], "decided_on": "2026-11-01"
    });
    let decisions = format!("/v1/cases/{case}/identification-decisions");
    coordinator.post(decisions).json(decision).await.is(201).id()
}

async fn write_notes(coordinator: &Persona, case: &str, planted: &Planted) -> String {
    let notes = format!("/v1/cases/{case}/notes");
    let text = || planted.text("note", "NoteBody.text");
    let note = coordinator.post(&notes).json(json!({"text": text()})).await.is(201).id();
    let correction = json!({"text": text(), "corrects_id": note});
    coordinator.post(&notes).json(correction).await.is(201);
    let words = |member: &str| planted.text("note", &format!("NeedsAssessmentBody.{member}"));
    let assessed = json!({
        "summary": words("summary"),
        "needs": [{"service_type": "safe_shelter", "level": "high", "note": words("needs.note")}],
        "risks": [{
            "hazard": "retaliation", "scope": "individual", "likelihood": 2, "severity": 3,
            "mitigation": words("risks.mitigation")
        }]
    });
    coordinator.post(format!("/v1/cases/{case}/needs-assessments")).json(assessed).await.is(201);
    note
}

async fn correct_identity(coordinator: &Persona, case: &str, planted: &Planted) {
    let path = format!("/v1/cases/{case}/identity");
    let read = || coordinator.get(&path).purpose("case_management");
    let version = read().await.is(200).version();
    let patch = planted.identity("identity", "IdentityPatch");
    let edit = coordinator.patch(&path).purpose("case_management").if_match(version);
    edit.json(patch).await.is(200);
}

/// Records a consent to share everything with a provider.
async fn consent(by: &Persona, case: &str, to: &Persona, changes: Value) -> Answer {
    let body = json!({
        "purpose": "share_with_service_provider",
        "recipient_organisation_id": to.organisation_id,
        "categories": ["operational", "case_restricted", "identity_sealed", "medical"],
        "giver": "individual", "mode": "verbal_witnessed", "language": "fr"
    });
    by.post(format!("/v1/cases/{case}/consents")).json(merged(body, changes)).await
}

/// A consent that is asked for, given within limits and withdrawn.
async fn ask_and_withdraw(by: &Persona, case: &str, to: &Persona, planted: &Planted) -> String {
    let asked = consent(by, case, to, json!({"state": "pending"})).await.is(201);
    let path = format!("/v1/cases/{case}/consents/{}", asked.id());
    let limits = planted.text("consent", "ConsentAnswerBody.limits");
    let answer = json!({"answer": "give_with_limits", "limits": limits});
    let given = by.post(format!("{path}/answer")).if_match(1).json(answer).await.is(200);
    let reason = json!({"reason": planted.text("consent", "ConsentWithdrawalBody.reason")});
    by.post(format!("{path}/withdraw")).if_match(given.version()).json(reason).await.is(200);
    asked.id()
}

/// Writes a referral, which is not sent yet.
async fn refer(by: &Persona, case: &str, to: &Persona, changes: Value) -> String {
    let body = json!({
        "case_id": case, "organisation_id": to.organisation_id, "services": ["safe_shelter"],
        "urgency": "3_hours", "reason": "additional_services_required"
    });
    by.post("/v1/referrals").json(merged(body, changes)).await.is(201).id()
}

async fn amend(by: &Persona, referral: &str, patch: Value) {
    let path = format!("/v1/referrals/{referral}");
    let version = by.get(&path).await.is(200).version();
    by.patch(&path).if_match(version).json(patch).await.is(200);
}

/// A referral that somebody works on, with what they report.
async fn care(people: &People, case: &str, planted: &Planted) -> (String, String) {
    let People { coordinator, worker, .. } = people;
    let limits = planted.text("consent", "ConsentBody.limits");
    let limits = json!({"state": "given_with_limits", "limits": limits});
    let consent = consent(coordinator, case, worker, limits).await.is(201).id();
    let offer = json!({
        "consent_id": consent, "services": ["safe_shelter", "medical_care"],
        "instructions": planted.text("draft", "ReferralBody.instructions")
    });
    let referral = refer(coordinator, case, worker, offer).await;
    let instructions = planted.text("instructions", "ReferralPatch.instructions");
    amend(coordinator, &referral, json!({"instructions": instructions})).await;
    act(coordinator, &referral, "send", json!({})).await.is(200);
    act(worker, &referral, "receive", json!({})).await.is(200);
    let note = json!({"note": planted.text("live answer", "AcceptBody.note")});
    act(worker, &referral, "accept", note).await.is(200);
    act(worker, &referral, "start", json!({})).await.is(200);
    let updates = format!("/v1/referrals/{referral}/service-updates");
    let update = |service: &str, kind| {
        json!({
            "service_type": service, "occurred_on": "2026-11-02", "state": "in_progress",
            "note": planted.text(kind, "ServiceUpdateBody.note")
        })
    };
    let first = worker.post(&updates).json(update("safe_shelter", "care")).await.is(201).id();
    let correction = merged(update("safe_shelter", "care"), json!({"corrects_id": first}));
    worker.post(&updates).json(correction).await.is(201);
    worker.post(&updates).json(update("medical_care", "medical")).await.is(201);
    (referral, first)
}

/// Referrals that ended: declined, completed, returned, withdrawn and cancelled.
async fn ends(people: &People, case: &str, planted: &Planted) -> Vec<String> {
    let People { coordinator, declining, past, .. } = people;
    let mut ended = Vec::new();
    let no = consent(coordinator, case, declining, json!({})).await.is(201).id();
    let yes = consent(coordinator, case, past, json!({})).await.is(201).id();

    let declined =
        refer(coordinator, case, declining, json!({"consent_id": no, "send": true})).await;
    let note = planted.text("declining answer", "DeclineBody.note");
    let body = json!({"reason": "no_capacity", "note": note});
    act(declining, &declined, "decline", body).await.is(200);
    ended.push(declined);

    let endings = [
        ("complete", past, "past answer", "CompleteBody.note", json!({"outcome": "goal_met"})),
        ("return", past, "past answer", "DeclineBody.note", json!({"reason": "no_capacity"})),
        ("withdraw", coordinator, "sender", "WithdrawBody.reason", json!({})),
    ];
    for (end, by, kind, member, body) in endings {
        let sent = refer(coordinator, case, past, json!({"consent_id": yes, "send": true})).await;
        let note = json!({"note": planted.text("past answer", "AcceptBody.note")});
        act(past, &sent, "accept", note).await.is(200);
        act(past, &sent, "start", json!({})).await.is(200);
        let words = json!({member.split('.').nth(1).unwrap(): planted.text(kind, member)});
        act(by, &sent, end, merged(body, words)).await.is(200);
        ended.push(sent);
    }

    let based = json!({
        "legal_basis": "vital_interests",
        "basis_reason": planted.text("draft", "ReferralBody.basis_reason")
    });
    let based = refer(coordinator, case, declining, based).await;
    let reason = planted.text("sender", "ReferralPatch.basis_reason");
    amend(coordinator, &based, json!({"basis_reason": reason})).await;
    act(coordinator, &based, "send", json!({})).await.is(200);
    let reason = json!({"reason": planted.text("sender", "CancelBody.reason")});
    act(coordinator, &based, "cancel", reason).await.is(200);
    ended.push(based);
    ended
}

/// A referral that is sent and not answered.
async fn offer(people: &People, case: &str, planted: &Planted) -> String {
    let People { coordinator, offered, .. } = people;
    let yes = consent(coordinator, case, offered, json!({})).await.is(201).id();
    let instructions = planted.text("sender", "ReferralBody.instructions");
    let body = json!({"consent_id": yes, "instructions": instructions, "send": true});
    refer(coordinator, case, offered, body).await
}
