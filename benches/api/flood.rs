//! What a flood of sign-ins does to everybody else.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
};

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    Outcome,
    client::{Client, Connection, PASSWORD},
    house::House,
    measured::Measured,
    operations::Operation,
    prepare::Pass,
};

/// Reading while nobody signs in, and while as many others do nothing else.
pub(crate) struct Flood {
    pub(crate) quiet: Measured,
    pub(crate) flooded: Measured,
    /// How many signed in meanwhile.
    signed_in: usize,
    /// How many were told to come back.
    refused: usize,
}

impl Flood {
    pub(crate) fn measure(
        house: &House,
        clients: &mut [Client],
        pass: &Pass<'_>,
        requests: usize,
    ) -> Outcome<Self> {
        let quiet = Operation::Get.measure(clients, pass, requests)?;
        let names: Vec<String> =
            clients.iter().map(|client| client.coordinator_name.clone()).collect();
        let (is_over, signed_in, refused) =
            (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
        let sign_in = |name: String| -> Outcome<()> {
            let connection = Connection::to(house)?;
            let body = json!({"username": name, "password": PASSWORD});
            while !is_over.load(Ordering::Relaxed) {
                let request = connection.request(Method::POST, "/v1/session").json(&body);
                let answer = connection.send(request)?;
                let count = if answer.status == 200 { &signed_in } else { &refused };
                count.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        };
        let flooded = thread::scope(|scope| {
            let flood: Vec<_> =
                names.into_iter().map(|name| scope.spawn(|| sign_in(name))).collect();
            let measured = Operation::Get.measure(clients, pass, requests);
            is_over.store(true, Ordering::Relaxed);
            for thread in flood {
                thread.join().map_err(|_| "whoever signed in ended")??;
            }
            measured
        })?;
        let (signed_in, refused) = (signed_in.into_inner(), refused.into_inner());
        Ok(Self { quiet, flooded, signed_in, refused })
    }

    /// Returns how many times as long the slowest hundredth waits.
    pub(crate) fn ratio(&self) -> f64 {
        self.flooded.ms(990) / self.quiet.ms(990)
    }

    /// Says whether every reading was answered.
    pub(crate) fn is_clean(&self) -> bool {
        self.quiet.unexpected.is_empty() && self.flooded.unexpected.is_empty()
    }

    pub(crate) fn line(&self) -> String {
        format!(
            "While {} others did nothing but sign in ({} did, {} were told to come back), the p99 of \
             get was {:.2} ms instead of {:.2} ms.",
            self.flooded.clients,
            self.signed_in,
            self.refused,
            self.flooded.ms(990),
            self.quiet.ms(990)
        )
    }

    pub(crate) fn to_json(&self) -> Outcome<Value> {
        Ok(json!({
            "quiet": self.quiet.to_json()?, "flooded": self.flooded.to_json()?,
            "signed_in": self.signed_in, "refused": self.refused, "p99_ratio": self.ratio(),
        }))
    }
}
