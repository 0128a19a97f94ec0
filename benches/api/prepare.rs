//! The cases that have to be there before anything is measured.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    Outcome,
    client::{Client, text},
    operations::warm_up,
    person::report,
    together::together,
};

/// A case whose referral waits for an answer.
pub(crate) struct Referred {
    case_id: String,
    pub(crate) referral_id: String,
    /// The version of the referral, as `If-Match` names it.
    pub(crate) version: String,
}

/// What was there before anything was measured.
pub(crate) struct Prepared {
    /// One for each offer that is accepted later.
    pub(crate) referred: Vec<Referred>,
    /// How long that took.
    pub(crate) elapsed: Duration,
    /// Every case that is read.
    cases: Vec<String>,
    /// How many people are registered.
    pub(crate) people: usize,
}

/// What one number of clients meets: offers that nobody has accepted, and numbers of people that
/// nobody has registered.
pub(crate) struct Pass<'p> {
    referred: &'p [Referred],
    cases: &'p [String],
    people: usize,
    first_newcomer: usize,
}

/// Neighbours in time are to be no neighbours in the database.
const STRIDE: usize = 48_271;

impl Prepared {
    /// Carries as many cases as far as the blind offer as so many passes accept, beside people who
    /// are registered already, and their cases.
    pub(crate) fn new(
        clients: &mut [Client],
        (passes, requests): (usize, usize),
        mut cases: Vec<String>,
    ) -> Outcome<Self> {
        let (begun, seeded) = (Instant::now(), cases.len());
        let people = seeded + passes * of_one_pass(requests);
        let referred = together(clients, seeded..people, refer)?;
        cases.extend(referred.iter().map(|referred| referred.case_id.clone()));
        Ok(Self { referred, elapsed: begun.elapsed(), cases, people })
    }

    /// Returns what the pass of this number meets.
    pub(crate) fn pass(&self, number: usize, requests: usize) -> Pass<'_> {
        let count = of_one_pass(requests);
        let referred = self.referred.chunks(count.max(1)).nth(number).unwrap_or_default();
        // The mix registers a tenth of its turns, and numbers each of them.
        let first_newcomer = self.people + number * count * 2;
        Pass { referred, cases: &self.cases, people: self.people, first_newcomer }
    }
}

/// Returns how many people come to those who are seeded until the last of so many passes is over.
pub(crate) const fn newcomers(passes: usize, requests: usize) -> usize {
    // Those who are referred, those who are registered, a tenth in the mix, and two who are learnt from.
    passes * of_one_pass(requests) * 21 / 10 + passes + 2
}

const fn of_one_pass(requests: usize) -> usize {
    requests + warm_up(requests)
}

impl<'p> Pass<'p> {
    /// For registering alone, where so many people are known.
    pub(crate) const fn of(people: usize) -> Self {
        Self { referred: &[], cases: &[], people, first_newcomer: people }
    }

    /// Returns the number of somebody who is registered in a turn.
    pub(crate) const fn newcomer(&self, turn: usize) -> usize {
        self.first_newcomer + turn
    }

    /// Returns the number of one of those who are registered.
    pub(crate) fn somebody(&self, turn: usize) -> usize {
        turn.wrapping_mul(STRIDE) % self.people.max(1)
    }

    /// Returns a case to read.
    pub(crate) fn case(&self, turn: usize) -> Outcome<&'p str> {
        let at = turn.wrapping_mul(STRIDE) % self.cases.len().max(1);
        Ok(self.cases.get(at).ok_or("no case was prepared")?)
    }

    /// Returns a case that was referred.
    pub(crate) fn referred(&self, turn: usize) -> Outcome<&'p Referred> {
        let found = self.referred.get(turn % self.referred.len().max(1));
        Ok(found.ok_or("no case was referred")?)
    }
}

/// Registers a new person.
pub(crate) fn register(client: &mut Client, turn: usize) -> Outcome<Value> {
    let Client { connection, responder, .. } = client;
    let request = responder.ask(connection, Method::POST, "/v1/detection-reports")?;
    connection.insist(request.json(&report(turn)), 201)
}

/// Carries a new person as far as the blind offer.
fn refer(client: &mut Client, turn: usize) -> Outcome<Referred> {
    let case_id = text(&register(client, turn)?, "case_id")?;
    let Client { connection, coordinator, shelter_id, .. } = client;
    let case = format!("/v1/cases/{case_id}");
    let mut answer = connection.insist(coordinator.ask(connection, Method::GET, &case)?, 200)?;
    for act in ["claim", "activate"] {
        let request = coordinator.ask(connection, Method::POST, &format!("{case}/{act}"))?;
        let request = request.header("If-Match", tag(&answer)).json(&json!({}));
        answer = connection.insist(request, 200)?;
    }
    let consent = json!({
        "purpose": "share_with_service_provider", "recipient_organisation_id": shelter_id,
        "categories": ["operational", "case_restricted", "identity_sealed"],
        "giver": "individual", "mode": "verbal_witnessed", "language": "fr", "interpreter": true
    });
    let request = coordinator.ask(connection, Method::POST, &format!("{case}/consents"))?;
    let consent_id = text(&connection.insist(request.json(&consent), 201)?, "id")?;
    let offer = json!({
        "case_id": case_id, "organisation_id": shelter_id, "services": ["safe_shelter"],
        "urgency": "3_hours", "reason": "additional_services_required",
        "consent_id": consent_id, "placement_needs": ["women_only"], "send": true
    });
    let request = coordinator.ask(connection, Method::POST, "/v1/referrals")?;
    let sent = connection.insist(request.json(&offer), 201)?;
    Ok(Referred { case_id, referral_id: text(&sent, "id")?, version: tag(&sent) })
}

fn tag(answer: &Value) -> String {
    format!("\"{}\"", answer["version"])
}
