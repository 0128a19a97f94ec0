//! What one operation took.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::{Outcome, client::Connection, operations::Operation, percentile::percentile};

/// What one operation took so many clients.
pub(crate) struct Measured {
    pub(crate) operation: Operation,
    pub(crate) clients: usize,
    pub(crate) elapsed: Duration,
    /// How long each expected answer took, shortest first.
    latencies: Vec<Duration>,
    /// How many other answers there were, by status; `None` where no answer came.
    pub(crate) unexpected: BTreeMap<Option<u16>, usize>,
}

/// What came back.
pub(crate) struct Came {
    status: Option<u16>,
    is_expected: bool,
    took: Duration,
}

impl Came {
    /// Sends a request, and waits for what comes back.
    pub(crate) fn from(connection: &Connection, request: RequestBuilder, expected: u16) -> Self {
        let asked = Instant::now();
        let status = connection.send(request).ok().map(|answer| answer.status);
        Self { status, is_expected: status == Some(expected), took: asked.elapsed() }
    }
}

impl Measured {
    /// Puts together what came back: each answer's status, and how long it took.
    pub(crate) fn of(
        (operation, clients): (Operation, usize),
        elapsed: Duration,
        answers: Vec<Came>,
    ) -> Self {
        let (mut latencies, mut unexpected) = (Vec::with_capacity(answers.len()), BTreeMap::new());
        for Came { status, is_expected, took } in answers {
            if is_expected {
                latencies.push(took);
            } else {
                *unexpected.entry(status).or_default() += 1;
            }
        }
        latencies.sort_unstable();
        Self { operation, clients, elapsed, latencies, unexpected }
    }

    /// Returns how many expected answers there were.
    pub(crate) fn answered(&self) -> usize {
        self.latencies.len()
    }

    /// Returns how many expected answers there were in a second.
    pub(crate) fn per_second(&self) -> Outcome<f64> {
        Ok(f64::from(u32::try_from(self.answered())?) / self.elapsed.as_secs_f64())
    }

    /// Returns how many milliseconds so many thousandths of the expected answers took at most.
    pub(crate) fn ms(&self, thousandths: usize) -> f64 {
        self.percentile(thousandths).as_secs_f64() * 1_000.0
    }

    /// Returns how long so many thousandths of the expected answers took at most.
    pub(crate) fn percentile(&self, thousandths: usize) -> Duration {
        percentile(&self.latencies, thousandths).unwrap_or_default()
    }

    /// Returns how many answers there were that were neither expected nor 503, by status.
    pub(crate) fn others(&self) -> impl Iterator<Item = (Option<u16>, usize)> {
        self.unexpected
            .iter()
            .filter(|(status, _)| **status != Some(503))
            .map(|(status, count)| (*status, *count))
    }

    /// Returns how often the server said that it is busy.
    pub(crate) fn busy(&self) -> usize {
        self.unexpected.get(&Some(503)).copied().unwrap_or_default()
    }

    /// Says whether every answer was as it should be. Who signs in while too many do is turned away, on
    /// purpose.
    pub(crate) fn is_clean(&self) -> bool {
        self.others().next().is_none() && (self.busy() == 0 || self.operation == Operation::SignIn)
    }

    pub(crate) fn to_json(&self) -> Outcome<Value> {
        Ok(json!({
            "operation": self.operation.code(), "clients": self.clients,
            "answered": self.answered(), "elapsed_s": self.elapsed.as_secs_f64(),
            "per_second": self.per_second()?,
            "p50_ms": self.ms(500), "p95_ms": self.ms(950), "p99_ms": self.ms(990),
            "max_ms": self.ms(1_000), "answered_503": self.busy(),
            "answered_otherwise": self.others().map(|(_, count)| count).sum::<usize>(),
        }))
    }
}
