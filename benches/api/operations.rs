//! What is measured, and the cases that have to be there before.

use std::{
    collections::BTreeMap,
    ops::Range,
    time::{Duration, Instant},
};

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Outcome,
    client::{Client, text},
    percentile::percentile,
    together::together,
};

/// A case whose referral waits for an answer.
pub(crate) struct Referred {
    case_id: String,
    referral_id: String,
    /// The version of the referral, as `If-Match` names it.
    version: String,
}

/// What was there before anything was measured.
pub(crate) struct Prepared {
    pub(crate) cases: Vec<Referred>,
    /// How many people are registered, those of the cases among them.
    pub(crate) people: usize,
    pub(crate) elapsed: Duration,
}

impl Prepared {
    /// For registering alone, where so many people are known.
    pub(crate) const fn of(people: usize) -> Self {
        Self { cases: Vec::new(), people, elapsed: Duration::ZERO }
    }
}

/// How many requests go before so many that are measured.
const fn warm_up(requests: usize) -> usize {
    requests / 10
}

/// Registers people, opens each case for help, and refers each to the shelter: one for each offer
/// that is accepted later. Then as many more as are to be known.
pub(crate) fn prepare(clients: &mut [Client], requests: usize, people: usize) -> Outcome<Prepared> {
    let (begun, count) = (Instant::now(), requests + warm_up(requests));
    let cases = together(clients, 0..count, refer)?;
    let elapsed = begun.elapsed();
    let people = people.max(count);
    together(clients, count..people, |client, turn| register(client, turn).map(drop))?;
    Ok(Prepared { cases, people, elapsed })
}

/// Registers a new person.
fn register(client: &mut Client, turn: usize) -> Outcome<Value> {
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

/// A person who was not there before, as a police post registers her.
fn report(turn: usize) -> Value {
    json!({
        "id": Uuid::new_v4(), "submit": true, "detection_source": "police_operation",
        "area": "XZ-N", "sex_reporting": "female", "age_status": "adult_declared",
        "birth_year_estimate": birth_year(turn), "primary_language": "fr",
        "urgent_needs": ["safe_shelter"], "indicators": ["DR01"],
        "identity": {"names": [{"text": name(turn), "kind": "as_heard"}]},
        "narrative": "Found in a house in the north, without papers."
    })
}

const GIVEN: [&str; 24] = [
    "Aminata", "Fatou", "Awa", "Mariam", "Akissi", "Adjoa", "Efua", "Akosua", "Blessing", "Ngozi",
    "Chidinma", "Folasade", "Zainab", "Hadiza", "Rahma", "Salma", "Nakato", "Achieng", "Wanjiru",
    "Khadija", "Binta", "Isatou", "Rosa", "Joana",
];
// Families are many, and their names sound alike: 24 of the first part, 12 of the other two.
const BEGIN: [&str; 24] = [
    "Cou", "Tra", "Dia", "Nam", "Oke", "Men", "Kou", "Ba", "Sow", "Mba", "Nda", "Awu", "Oba",
    "Tou", "Gon", "Mu", "Ka", "Sé", "Ouat", "Bo", "Ya", "Che", "Fo", "Lo",
];
const MIDDLE: [&str; 12] =
    ["li", "ra", "ke", "mbo", "ssa", "nko", "do", "ya", "wu", "ti", "fe", "lo"];
const END: [&str; 12] =
    ["baly", "ore", "ita", "wa", "nga", "bi", "kwo", "ndi", "te", "sah", "gu", "ro"];

/// Returns the name of somebody: one of 83,000.
fn name(turn: usize) -> String {
    // Neighbours in time are no neighbours by name.
    let mut left = turn.wrapping_mul(7_919);
    let mut pick = |names: &[&'static str]| {
        let at = left % names.len();
        left /= names.len();
        names.get(at).copied().unwrap_or_default()
    };
    format!("{} {}{}{}", pick(&GIVEN), pick(&BEGIN), pick(&MIDDLE), pick(&END))
}

fn birth_year(turn: usize) -> usize {
    1960 + turn % 47
}

fn tag(answer: &Value) -> String {
    format!("\"{}\"", answer["version"])
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Operation {
    Healthz,
    Register,
    Get,
    List,
    Accept,
    SearchName,
    SearchNameAndYear,
}

/// What one operation took.
pub(crate) struct Measured {
    pub(crate) operation: Operation,
    pub(crate) elapsed: Duration,
    /// How long each expected answer took, shortest first.
    latencies: Vec<Duration>,
    /// How many other answers there were, by status; `None` where no answer came.
    pub(crate) unexpected: BTreeMap<Option<u16>, usize>,
}

impl Operation {
    /// The yardstick comes first.
    pub(crate) const ALL: [Self; 7] = [
        Self::Healthz,
        Self::Register,
        Self::Get,
        Self::List,
        Self::Accept,
        Self::SearchName,
        Self::SearchNameAndYear,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Healthz => "`GET /healthz`, the yardstick",
            Self::Register => "register: `POST /v1/detection-reports`",
            Self::Get => "get: `GET /v1/cases/{id}`",
            Self::List => "list: `GET /v1/cases?limit=50`",
            Self::Accept => "accept: `POST /v1/referrals/{id}/accept`",
            Self::SearchName => "search: `POST /v1/cases/search`, a name",
            Self::SearchNameAndYear => "search: a name and a year of birth",
        }
    }

    const fn expected(self) -> u16 {
        match self {
            Self::Register => 201,
            Self::Healthz
            | Self::Get
            | Self::List
            | Self::Accept
            | Self::SearchName
            | Self::SearchNameAndYear => 200,
        }
    }

    fn request(
        self,
        client: &mut Client,
        Prepared { cases, people, .. }: &Prepared,
        turn: usize,
    ) -> Outcome<RequestBuilder> {
        let Client { connection, responder, coordinator, worker, .. } = client;
        let of_turn = || cases.get(turn % cases.len().max(1)).ok_or("no case was prepared");
        Ok(match self {
            Self::Healthz => connection.request(Method::GET, "/healthz"),
            Self::Register => responder
                .ask(connection, Method::POST, "/v1/detection-reports")?
                .json(&report(people + turn)),
            Self::Get => coordinator.ask(
                connection,
                Method::GET,
                &format!("/v1/cases/{}", of_turn()?.case_id),
            )?,
            Self::List => coordinator.ask(connection, Method::GET, "/v1/cases?limit=50")?,
            Self::Accept => {
                let of_turn = of_turn()?;
                let path = format!("/v1/referrals/{}/accept", of_turn.referral_id);
                let request = worker.ask(connection, Method::POST, &path)?;
                request.header("If-Match", &of_turn.version).json(&json!({}))
            }
            Self::SearchName => search(client, &json!({"names": [name(turn)]}))?,
            Self::SearchNameAndYear => {
                let year = birth_year(turn) + 1;
                search(client, &json!({"names": [name(turn)], "birth_year_estimate": year}))?
            }
        })
    }

    /// Warms up and measures. What went wrong while warming up is not forgotten.
    pub(crate) fn measure(
        self,
        clients: &mut [Client],
        prepared: &Prepared,
        requests: usize,
    ) -> Outcome<Measured> {
        // The yardstick answers so fast that it would be over before it is measured.
        let requests = if matches!(self, Self::Healthz) { requests * 10 } else { requests };
        let warm_up = warm_up(requests);
        let warmed = self.run(clients, prepared, 0..warm_up)?;
        let mut measured = self.run(clients, prepared, warm_up..warm_up + requests)?;
        for (status, count) in warmed.unexpected {
            *measured.unexpected.entry(status).or_default() += count;
        }
        Ok(measured)
    }

    /// Lets all clients ask for it, each turn once. Nothing is asked for again.
    fn run(
        self,
        clients: &mut [Client],
        prepared: &Prepared,
        turns: Range<usize>,
    ) -> Outcome<Measured> {
        let begun = Instant::now();
        let answers = together(clients, turns, |client, turn| {
            let request = self.request(client, prepared, turn)?;
            let asked = Instant::now();
            let answer = client.connection.send(request);
            Ok((answer.ok().map(|answer| answer.status), asked.elapsed()))
        })?;
        let elapsed = begun.elapsed();
        let (mut latencies, mut unexpected) = (Vec::new(), BTreeMap::new());
        for (status, took) in answers {
            if status == Some(self.expected()) {
                latencies.push(took);
            } else {
                *unexpected.entry(status).or_default() += 1;
            }
        }
        latencies.sort_unstable();
        Ok(Measured { operation: self, elapsed, latencies, unexpected })
    }
}

/// Looks for one of those who were registered first.
fn search(client: &mut Client, asked: &Value) -> Outcome<RequestBuilder> {
    let Client { connection, coordinator, .. } = client;
    let request = coordinator.ask(connection, Method::POST, "/v1/cases/search")?;
    Ok(request.header("Access-Purpose", "case_management").json(asked))
}

impl Measured {
    /// Returns how many expected answers there were.
    pub(crate) fn answered(&self) -> usize {
        self.latencies.len()
    }

    /// Returns how many expected answers there were in a second.
    pub(crate) fn per_second(&self) -> Outcome<f64> {
        Ok(f64::from(u32::try_from(self.answered())?) / self.elapsed.as_secs_f64())
    }

    /// Returns how long so many thousandths of the expected answers took at most.
    pub(crate) fn percentile(&self, thousandths: usize) -> Duration {
        percentile(&self.latencies, thousandths).unwrap_or_default()
    }
}
