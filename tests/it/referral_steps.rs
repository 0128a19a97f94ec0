//! Steps that stories about referrals begin with, taken through the API.

use refero_domain::id::OrganisationId;
use serde_json::{Value, json};

use crate::{
    steps::{active_case, adult_report},
    world::{Answer, Persona, World},
};

/// A shelter with a worker and a manager, and a case that somebody coordinates.
pub(crate) struct Scene {
    pub(crate) responder: Persona,
    pub(crate) coordinator: Persona,
    pub(crate) shelter: OrganisationId,
    pub(crate) worker: Persona,
    pub(crate) manager: Persona,
    pub(crate) case: String,
}

/// Sets the scene for a grown woman.
pub(crate) async fn scene(w: &World) -> Scene {
    scene_for(w, adult_report()).await
}

/// Sets the scene for whomever a report tells of.
pub(crate) async fn scene_for(w: &World, report: Value) -> Scene {
    let responder = w.first_responder().await;
    let coordinator = w.coordinator().await;
    let case = active_case(&responder, &coordinator, report).await;
    let shelter = provider(w, &["safe_shelter", "medical_care"]);
    let worker = w.worker().at(&shelter).await;
    let manager = w.manager().at(&shelter).await;
    Scene { responder, coordinator, shelter, worker, manager, case }
}

/// Makes a provider that offers services to everybody.
pub(crate) fn provider(w: &World, services: &[&str]) -> OrganisationId {
    let organisation = w.organisation("shelter");
    for service in services {
        w.service(&organisation, service);
    }
    organisation
}

impl Scene {
    /// What a consent to sharing with the shelter is recorded as.
    pub(crate) fn consent_body(&self) -> Value {
        json!({
            "purpose": "share_with_service_provider",
            "recipient_organisation_id": self.shelter,
            "categories": ["operational", "case_restricted", "identity_sealed"],
            "giver": "individual",
            "mode": "verbal_witnessed",
            "language": "fr"
        })
    }

    /// Records a consent with some members changed.
    pub(crate) async fn consent(&self, changes: Value) -> Answer {
        let path = format!("/v1/cases/{}/consents", self.case);
        self.coordinator.post(path).json(merged(self.consent_body(), changes)).await
    }

    /// Appoints a guardian for the child of the scene.
    pub(crate) async fn guardian(&self) -> String {
        let path = format!("/v1/cases/{}/guardians", self.case);
        self.coordinator.post(path).json(crate::guardians::appointment()).await.is(201).id()
    }

    /// The shelter accepts a referral of the child of the scene, which consents with its guardian.
    pub(crate) async fn accepted_child(&self) -> String {
        self.guardian().await;
        let both = json!({"giver": "child_assent_plus_guardian"});
        let consent = self.consent(both).await.is(201).id();
        let sent = self.refer(&consent, json!({})).await.is(201).id();
        act(&self.worker, &sent, "accept", json!({})).await.is(200);
        sent
    }

    /// What a referral to the shelter on a consent looks like.
    pub(crate) fn referral_body(&self, consent: &str) -> Value {
        json!({
            "case_id": self.case,
            "organisation_id": self.shelter,
            "services": ["safe_shelter"],
            "urgency": "3_hours",
            "reason": "additional_services_required",
            "consent_id": consent,
            "placement_needs": ["women_only"],
            "instructions": "Arrives with one bag.",
            "send": true
        })
    }

    /// Sends a referral with some members changed.
    pub(crate) async fn refer(&self, consent: &str, changes: Value) -> Answer {
        let body = merged(self.referral_body(consent), changes);
        self.coordinator.post("/v1/referrals").json(body).await
    }

    /// Records a consent and sends a referral that rests on it; gives both ids.
    pub(crate) async fn sent(&self) -> (String, String) {
        let consent = self.consent(json!({})).await.is(201).id();
        let referral = self.refer(&consent, json!({})).await.is(201);
        assert_eq!(referral.at("/state"), "sent");
        (consent, referral.id())
    }

    /// As before, and the worker accepts.
    pub(crate) async fn accepted(&self) -> (String, String) {
        let (consent, referral) = self.sent().await;
        act(&self.worker, &referral, "accept", json!({})).await.is(200);
        (consent, referral)
    }
}

/// Puts members of one object over those of another.
pub(crate) fn merged(mut body: Value, changes: Value) -> Value {
    if let (Some(body), Value::Object(changes)) = (body.as_object_mut(), changes) {
        for (name, value) in changes {
            if value.is_null() {
                body.remove(&name);
            } else {
                body.insert(name, value);
            }
        }
    }
    body
}

/// Moves a referral with the version it has now.
pub(crate) async fn act(by: &Persona, referral: &str, act: &str, body: Value) -> Answer {
    let path = format!("/v1/referrals/{referral}");
    let version = by.get(&path).await.is(200).version();
    by.post(format!("{path}/{act}")).if_match(version).json(body).await
}

/// Returns the ids of every page of a list, from the path of the first one on, which says its limit.
pub(crate) async fn all_ids(by: &Persona, first: &str) -> Vec<String> {
    let (mut all, mut path) = (Vec::new(), first.to_owned());
    loop {
        let page = by.get(&path).await.is(200);
        all.extend(ids(&page));
        match page.at("/next_cursor").as_str() {
            Some(next) => path = format!("{first}&cursor={next}"),
            None => return all,
        }
    }
}

/// Returns the ids of a list.
pub(crate) fn ids(list: &Answer) -> Vec<String> {
    list.at("/items")
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect()
}
