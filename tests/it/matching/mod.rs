//! People who are registered twice (R12): found without revealing anybody, judged by people.

mod duplicates;
mod finding;
mod index;
mod merging;
mod speed;

use refero::jobs::{self, Done};
use serde_json::{Value, json};

use crate::{
    referral_steps::{ids, merged},
    steps::{adult_report, register, step},
    world::{Answer, Persona, World},
};

/// Where most of the stories happen.
const NORTH: &str = "XZ-N";
const SOUTH: &str = "XZ-S";

/// Somebody who is registered: a name, a year of birth, and where.
fn told(name: &str, year: i32, area: &str) -> Value {
    let identity = json!({"names": [{"text": name, "kind": "as_heard"}]});
    let facts = json!({"birth_year_estimate": year, "area": area, "identity": identity});
    merged(adult_report(), facts)
}

/// Lets the house do its work: compare whoever is new with everybody else.
fn work(w: &World) -> Done {
    jobs::run_once(&w.second_program(), w.now()).unwrap()
}

/// Looks for somebody, for a stated purpose.
async fn look(by: &Persona, asked: Value) -> Answer {
    by.post("/v1/cases/search").purpose("case_management").json(asked).await
}

/// Returns the ids of the cases that a search found.
async fn found(by: &Persona, asked: Value) -> Vec<String> {
    ids(&look(by, asked).await.is(200))
}

/// A bureau with two coordinators and a supervisor in the north, and somebody registered there twice.
struct Scene {
    responder: Persona,
    coordinator: Persona,
    colleague: Persona,
    supervisor: Persona,
    /// The two cases, in the order in which they were registered.
    cases: [String; 2],
    pair: String,
}

impl Scene {
    /// Both cases are claimed and open.
    async fn set(w: &World) -> Self {
        let responder = w.first_responder().await;
        let coordinator = w.coordinator().in_area(NORTH).await;
        let colleague = w.coordinator().in_area(NORTH).await;
        let supervisor = w.supervisor().in_area(NORTH).await;
        let mut cases = Vec::new();
        for name in ["Aminata Coulibaly", "Aminata Koulibaly"] {
            let case = register(&responder, told(name, 1998, NORTH)).await;
            step(&coordinator, &case, "claim", json!({})).await.is(200);
            step(&coordinator, &case, "activate", json!({})).await.is(200);
            cases.push(case);
        }
        work(w);
        let pairs = ids(&coordinator.get("/v1/queues/duplicates").await.is(200));
        assert_eq!(pairs.len(), 1);
        let cases = cases.try_into().unwrap();
        Self { responder, coordinator, colleague, supervisor, cases, pair: pairs[0].clone() }
    }

    fn path(&self) -> String {
        format!("/v1/duplicate-candidates/{}", self.pair)
    }

    /// Acts on the pair with the version that it has now.
    async fn act(&self, by: &Persona, act: &str, body: Value) -> Answer {
        let version = self.coordinator.get(self.path()).await.is(200).version();
        by.post(format!("{}/{act}", self.path())).if_match(version).json(body).await
    }

    /// The first case goes on.
    fn survivor(&self) -> Value {
        json!({"surviving_case_id": self.cases[0]})
    }

    /// Asks for the merge and approves it.
    async fn merge(&self) {
        self.act(&self.coordinator, "request-merge", self.survivor()).await.is(200);
        self.act(&self.supervisor, "approve-merge", json!({})).await.is(200);
    }

    /// One of the two cases, as the coordinator sees it.
    async fn case(&self, which: usize) -> Answer {
        self.coordinator.get(format!("/v1/cases/{}", self.cases[which])).await.is(200)
    }
}
