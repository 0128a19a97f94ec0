//! What is measured: each operation, how it is asked for, and what is expected of it.

use std::{ops::Range, time::Instant};

use chrono::Utc;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::{
    Outcome,
    client::{Client, PASSWORD},
    measured::{Came, Measured},
    person::{birth_year, name, report},
    prepare::Pass,
    together::together,
};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Healthz,
    SignIn,
    Register,
    Get,
    List,
    ListFiltered,
    SearchName,
    SearchNameAndYear,
    Accept,
    ServiceUpdate,
    Mix,
}

/// What each ten turns of the mix ask for: seven read, three write.
const MIX: [Operation; 10] = [
    Operation::Get,
    Operation::List,
    Operation::Register,
    Operation::Get,
    Operation::SearchNameAndYear,
    Operation::ServiceUpdate,
    Operation::Get,
    Operation::ListFiltered,
    Operation::ServiceUpdate,
    Operation::Get,
];

/// How many requests go before so many that are measured.
pub(crate) const fn warm_up(requests: usize) -> usize {
    requests / 10
}

impl Operation {
    /// The yardstick comes first. Whoever reports about care must have accepted. After registering the worker compares
    /// whoever was registered with all others, beside what is asked then: only the mix comes later.
    pub(crate) const ALL: [Self; 11] = [
        Self::Healthz,
        Self::SignIn,
        Self::Get,
        Self::List,
        Self::ListFiltered,
        Self::SearchName,
        Self::SearchNameAndYear,
        Self::Accept,
        Self::ServiceUpdate,
        Self::Register,
        Self::Mix,
    ];

    /// Returns what a machine calls it.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Healthz => "healthz",
            Self::SignIn => "sign-in",
            Self::Register => "register",
            Self::Get => "get",
            Self::List => "list",
            Self::ListFiltered => "list-filtered",
            Self::SearchName => "search-name",
            Self::SearchNameAndYear => "search-name-year",
            Self::Accept => "accept",
            Self::ServiceUpdate => "service-update",
            Self::Mix => "mix",
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Healthz => "`GET /healthz`, the yardstick",
            Self::SignIn => "sign-in: `POST /v1/session`",
            Self::Register => "register: `POST /v1/detection-reports`",
            Self::Get => "get: `GET /v1/cases/{id}`",
            Self::List => "list: `GET /v1/cases?limit=50`",
            Self::ListFiltered => "list: state, area, danger; 20 of them",
            Self::SearchName => "search: `POST /v1/cases/search`, a name",
            Self::SearchNameAndYear => "search: a name and a year of birth",
            Self::Accept => "accept: `POST /v1/referrals/{id}/accept`",
            Self::ServiceUpdate => "care: `POST /v1/referrals/{id}/service-updates`",
            Self::Mix => "mix: seven read, three write",
        }
    }

    const fn expected(self) -> u16 {
        match self {
            Self::Register | Self::ServiceUpdate => 201,
            Self::Healthz
            | Self::SignIn
            | Self::Get
            | Self::List
            | Self::ListFiltered
            | Self::Accept
            | Self::SearchName
            | Self::SearchNameAndYear
            | Self::Mix => 200,
        }
    }

    /// Returns what one turn asks for.
    fn of_turn(self, turn: usize) -> Self {
        match self {
            Self::Mix => MIX.get(turn % MIX.len()).copied().unwrap_or(Self::Get),
            _ => self,
        }
    }

    /// Returns how many requests are measured where so many of the others are.
    const fn of(self, requests: usize) -> usize {
        match self {
            // It answers so fast that it would be over before it is measured.
            Self::Healthz => requests * 10,
            // It is slow on purpose.
            Self::SignIn => requests / 5,
            _ => requests,
        }
    }

    fn request(self, client: &mut Client, pass: &Pass<'_>, turn: usize) -> Outcome<RequestBuilder> {
        let Client { connection, responder, coordinator, worker, accepted, .. } = client;
        Ok(match self {
            Self::Healthz => connection.request(Method::GET, "/healthz"),
            Self::SignIn => {
                let body = json!({"username": client.coordinator_name, "password": PASSWORD});
                connection.request(Method::POST, "/v1/session").json(&body)
            }
            Self::Register => responder
                .ask(connection, Method::POST, "/v1/detection-reports")?
                .json(&report(pass.newcomer(turn))),
            Self::Get | Self::Mix => {
                let path = format!("/v1/cases/{}", pass.case(turn)?);
                coordinator.ask(connection, Method::GET, &path)?
            }
            Self::List => coordinator.ask(connection, Method::GET, "/v1/cases?limit=50")?,
            Self::ListFiltered => coordinator.ask(connection, Method::GET, FILTERED)?,
            Self::Accept => {
                let referred = pass.referred(turn)?;
                let path = format!("/v1/referrals/{}/accept", referred.referral_id);
                accepted.push(referred.referral_id.clone());
                let request = worker.ask(connection, Method::POST, &path)?;
                request.header("If-Match", &referred.version).json(&json!({}))
            }
            Self::ServiceUpdate => {
                let referral = accepted.get(turn % accepted.len().max(1)).ok_or(
                    "somebody has accepted nothing: take more requests for so many clients",
                )?;
                let path = format!("/v1/referrals/{referral}/service-updates");
                worker.ask(connection, Method::POST, &path)?.json(&care())
            }
            Self::SearchName => search(client, &json!({"names": [name(pass.somebody(turn))]}))?,
            Self::SearchNameAndYear => {
                let somebody = pass.somebody(turn);
                let year = birth_year(somebody) + 1;
                search(client, &json!({"names": [name(somebody)], "birth_year_estimate": year}))?
            }
        })
    }

    /// Warms up and measures. What went wrong while warming up is not forgotten.
    pub(crate) fn measure(
        self,
        clients: &mut [Client],
        pass: &Pass<'_>,
        requests: usize,
    ) -> Outcome<Measured> {
        let requests = self.of(requests);
        let warm_up = warm_up(requests);
        // Whom the mix registers are others than those who were registered alone.
        let first = if self == Self::Mix { warm_up + requests } else { 0 };
        let begins = first + warm_up;
        let warmed = self.run(clients, pass, first..begins)?;
        let mut measured = self.run(clients, pass, begins..begins + requests)?;
        for (status, count) in warmed.unexpected {
            *measured.unexpected.entry(status).or_default() += count;
        }
        Ok(measured)
    }

    /// Lets all clients ask for it, each turn once. Nothing is asked for again.
    fn run(
        self,
        clients: &mut [Client],
        pass: &Pass<'_>,
        turns: Range<usize>,
    ) -> Outcome<Measured> {
        let begun = Instant::now();
        let answers = together(clients, turns, |client, turn| {
            let asked_for = self.of_turn(turn);
            let request = asked_for.request(client, pass, turn)?;
            Ok(Came::from(&client.connection, request, asked_for.expected()))
        })?;
        Ok(Measured::of((self, clients.len()), begun.elapsed(), answers))
    }
}

/// What a coordinator in the north would look for.
const FILTERED: &str = "/v1/cases?state=submitted,active&area=XZ-N&risk_level=medium,low&limit=20";

/// What a provider reports of a day.
fn care() -> Value {
    json!({
        "service_type": "safe_shelter", "state": "in_progress",
        "occurred_on": Utc::now().format("%Y-%m-%d").to_string(),
        "note": "Has a room of her own."
    })
}

/// Looks for one of those who are registered.
fn search(client: &mut Client, asked: &Value) -> Outcome<RequestBuilder> {
    let Client { connection, coordinator, .. } = client;
    let request = coordinator.ask(connection, Method::POST, "/v1/cases/search")?;
    Ok(request.header("Access-Purpose", "case_management").json(asked))
}
