//! One case the whole way, as each country orders the work: who finds, who coordinates, who identifies,
//! who gives care. What differs between countries is their profile (R19); the steps here are the same.

mod cote_d_ivoire;
mod morocco;
mod nigeria;
mod senegal_gambia;
mod uganda;

use refero_domain::{actor::ActorRole, id::OrganisationId};
use serde_json::{Value, json};

use crate::{
    referral_steps::merged,
    steps::{active_case, step},
    world::{Answer, Persona, World},
};

/// The person of every story, by the name as it was heard.
const NAME: &str = "Ama K.";

/// The people of a country's mechanism around one case.
struct Mechanism<'w> {
    w: &'w World,
    responder: Persona,
    coordinator: Persona,
    supervisor: Persona,
    bureau: OrganisationId,
    area: &'static str,
    case: String,
}

impl<'w> Mechanism<'w> {
    /// Somebody is found by those whose work it is in this country; the bureau claims the case and opens it
    /// for help.
    async fn finds(w: &'w World, finder: &str, area: &'static str, report: Value) -> Self {
        let finder = w.organisation(finder);
        let responder = w.first_responder().at(&finder).in_area(area).await;
        let bureau = w.organisation("coordination_body");
        let coordinator = w.coordinator().at(&bureau).await;
        let supervisor = w.supervisor().at(&bureau).await;
        let usual = json!({
            "submit": true, "area": area, "urgent_needs": ["safe_shelter"],
            "identity": {"names": [{"text": NAME}]}
        });
        let case = active_case(&responder, &coordinator, merged(usual, report)).await;
        Self { w, responder, coordinator, supervisor, bureau, area, case }
    }

    fn path(&self) -> String {
        format!("/v1/cases/{}", self.case)
    }

    async fn seen(&self) -> Answer {
        self.coordinator.get(self.path()).await.is(200)
    }

    /// Adds a part to the case.
    async fn adds(&self, part: &str, body: Value) -> Answer {
        self.coordinator.post(format!("{}/{part}", self.path())).json(body).await.is(201)
    }

    /// Screens with the indicator set of the deployment; the result advises (R11).
    async fn screens(&self, body: Value) -> Answer {
        let screening = self.adds("screenings", body).await;
        assert_eq!(self.seen().await.at("/identification_stage"), "detected");
        screening
    }

    /// The bureau presumes.
    async fn presumes(&self, intercepted: bool) -> Answer {
        let body = json!({
            "kind": "presumption", "outcome": "positive", "body_type": "non_police_government",
            "standard_of_proof": "reasonable_grounds", "intercepted": intercepted,
            "reasons": "Deceived about the work; documents withheld.", "decided_on": self.today()
        });
        let decision = self.adds("identification-decisions", body).await;
        assert_eq!(self.seen().await.at("/identification_stage"), "presumed_victim");
        decision
    }

    /// The body that the country names identifies the person.
    async fn identifies(&self, body: &str, body_type: &str, intercepted: bool) {
        let officer = self.w.persona(ActorRole::IdentificationOfficer).in_area(self.area).await;
        let decision = json!({
            "kind": "formal_identification", "outcome": "positive", "body_type": body_type,
            "body": body, "standard_of_proof": "conclusive_grounds", "intercepted": intercepted,
            "reasons": "The papers and the screening agree.", "decided_on": self.today()
        });
        let path = format!("{}/identification-decisions", self.path());
        let made = officer.post(path).json(decision).await.is(201);
        assert_eq!(made.at("/body"), body);
        assert_eq!(self.seen().await.at("/identification_stage"), "formally_identified");
    }

    /// Plans with the person, who agrees.
    async fn plans(&self, language: &str) {
        let aims = json!({"aims": "A room of her own, and to work as a tailor again."});
        self.adds("plan", aims).await;
        let item = json!({
            "objective": "To earn her own living.", "action": "A course of six months.",
            "owner": "survivor", "service_type": "vocational_training",
            "support_plan_type": "livelihood"
        });
        self.adds("plan/items", item).await;
        let plan = format!("{}/plan", self.path());
        let version = self.coordinator.get(&plan).await.is(200).version();
        let agreed = json!({
            "giver": "individual", "mode": "verbal_witnessed", "language": language,
            "interpreter": true, "own_words": "I want to begin with the course."
        });
        let agree = self.coordinator.post(format!("{plan}/agree")).if_match(version);
        assert_eq!(agree.json(agreed).await.is(200).at("/state"), "agreed");
    }

    /// A shelter takes the person: from a blind offer (R1) to the end of its access (R3).
    async fn shelters(&self, consent: Value) {
        let shelter = self.w.organisation("shelter");
        self.w.service(&shelter, "safe_shelter");
        let provider = self.w.worker().at(&shelter).await;
        let usual = json!({
            "purpose": "share_with_service_provider", "recipient_organisation_id": shelter,
            "categories": ["operational", "case_restricted", "identity_sealed"],
            "mode": "verbal_witnessed", "interpreter": true, "state": "given"
        });
        let consent = self.adds("consents", merged(usual, consent)).await.id();
        let offer = json!({
            "case_id": self.case, "organisation_id": shelter, "services": ["safe_shelter"],
            "urgency": "3_hours", "reason": "additional_services_required", "consent_id": consent,
            "placement_needs": ["step_free_access"], "send": true
        });
        let sent = self.coordinator.post("/v1/referrals").json(offer).await.is(201);
        let path = format!("/v1/referrals/{}", sent.id());

        let blind = provider.get(&path).await.is(200);
        assert!(blind.json().get("case_id").is_none(), "{}", blind.text());
        assert!(!blind.text().contains(NAME));
        provider.get(format!("{path}/package")).await.is_problem(404, "not-found");
        let inbox = provider.get("/v1/queues/inbox").await.is(200);
        assert_eq!(inbox.at("/items/0/id"), sent.id().as_str());
        for act in ["receive", "accept"] {
            self.moves(&provider, &path, act, json!({})).await;
        }
        let package = provider.get(format!("{path}/package")).await.is(200);
        assert!(package.text().contains(NAME));
        self.moves(&provider, &path, "start", json!({})).await;
        let update = json!({
            "service_type": "safe_shelter", "occurred_on": self.today(), "state": "in_progress",
            "note": "Settled in."
        });
        provider.post(format!("{path}/service-updates")).json(update).await.is(201);
        let care = self.coordinator.get(format!("{}/care", self.path())).await.is(200);
        assert!(care.text().contains("in_progress"));
        let done = self.moves(&provider, &path, "complete", json!({"outcome": "goal_met"})).await;
        assert_eq!(done.at("/state"), "service_completed");
        provider.get(format!("{path}/package")).await.is_problem(404, "not-found");
        provider.get(self.path()).await.is_problem(404, "not-found");
    }

    /// Moves something with the version it has now.
    async fn moves(&self, by: &Persona, path: &str, act: &str, body: Value) -> Answer {
        let version = by.get(path).await.is(200).version();
        by.post(format!("{path}/{act}")).if_match(version).json(body).await.is(200)
    }

    /// Follows up, and closes with four eyes (R10).
    async fn ends(&self) {
        step(&self.coordinator, &self.case, "start-follow-up", json!({})).await.is(200);
        let list = self.coordinator.get(format!("{}/closure-checklist", self.path())).await.is(200);
        let open = list.at("/items").as_array().unwrap().clone();
        let open = open.iter().filter(|item| item["state"] == "open");
        let exceptions: Vec<Value> = open
            .map(|item| json!({"item": item["item"], "reason": "Agreed with the person."}))
            .collect();
        let why = json!({"reason": "reintegrated", "checklist_exceptions": exceptions});
        step(&self.coordinator, &self.case, "close", why).await.is(200);
        let closed = step(&self.supervisor, &self.case, "close", json!({})).await.is(200);
        assert_eq!(closed.at("/state"), "closed");
        self.w.expect_sound();
    }

    fn today(&self) -> String {
        self.w.now().date().to_string()
    }
}
