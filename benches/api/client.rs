//! Who asks: connections that are kept open, and people who are signed in on them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use reqwest::{Method, RequestBuilder, header::RETRY_AFTER};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

use crate::{Outcome, house::House};

/// The password of everybody: the server lives for a minute, on this machine alone.
pub(crate) const PASSWORD: &str = "violet kettle under seven maps";
/// Longer than the server lets a request take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often something that must be prepared is asked for, while the server says that it is busy.
const ATTEMPTS: u32 = 20;

/// A connection that is kept open, for one request at a time.
pub(crate) struct Connection {
    runtime: Runtime,
    http: reqwest::Client,
    base_url: String,
    /// How often anybody's [`Self::insist`] was answered 503.
    busy: Arc<AtomicU32>,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    retry_after_s: Option<u64>,
    body: Vec<u8>,
}

impl Connection {
    pub(crate) fn to(house: &House) -> Outcome<Self> {
        Ok(Self {
            runtime: Builder::new_current_thread().enable_all().build()?,
            http: reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?,
            base_url: house.base_url.clone(),
            busy: Arc::clone(&house.busy),
        })
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base_url))
    }

    /// Sends a request and reads the answer to its end.
    pub(crate) fn send(&self, request: RequestBuilder) -> reqwest::Result<Answer> {
        self.runtime.block_on(async {
            let response = request.send().await?;
            let (status, told) = (response.status().as_u16(), response.headers().get(RETRY_AFTER));
            let retry_after_s = told.and_then(|value| value.to_str().ok()?.parse().ok());
            Ok(Answer { status, retry_after_s, body: response.bytes().await?.into() })
        })
    }

    /// Sends what has to succeed. As the contract asks, 503 is counted and the same bytes are sent
    /// again after the pause that it names; anything else that was not expected is an error.
    pub(crate) fn insist(&self, request: RequestBuilder, expected: u16) -> Outcome<Value> {
        for _ in 0..ATTEMPTS {
            let again = request.try_clone().ok_or("a request cannot be sent twice")?;
            let answer = self.send(again)?;
            if answer.status == 503 {
                self.busy.fetch_add(1, Ordering::Relaxed);
                thread::sleep(Duration::from_secs(answer.retry_after_s.unwrap_or(1)));
                continue;
            }
            if answer.status != expected {
                let body = String::from_utf8_lossy(&answer.body).into_owned();
                return Err(format!("{} instead of {expected}: {body}", answer.status).into());
            }
            return Ok(serde_json::from_slice(&answer.body).unwrap_or_default());
        }
        Err("the server stays busy".into())
    }
}

/// Somebody who is signed in, once: renewed before the access token ends, never signed in again.
pub(crate) struct Session {
    access_token: String,
    refresh_token: String,
    renew_at: Instant,
}

impl Session {
    pub(crate) fn begin(connection: &Connection, username: &str) -> Outcome<Self> {
        let body = json!({"username": username, "password": PASSWORD});
        let request = connection.request(Method::POST, "/v1/session").json(&body);
        Self::of(&connection.insist(request, 200)?)
    }

    fn of(tokens: &Value) -> Outcome<Self> {
        let lasts_s = tokens["expires_in"].as_u64().ok_or("a session has no end")?;
        Ok(Self {
            access_token: text(tokens, "access_token")?,
            refresh_token: text(tokens, "refresh_token")?,
            renew_at: Instant::now() + Duration::from_secs(lasts_s / 2),
        })
    }

    /// Begins a request of this person; one that changes something has a key against acting twice.
    pub(crate) fn ask(
        &mut self,
        connection: &Connection,
        method: Method,
        path: &str,
    ) -> Outcome<RequestBuilder> {
        if Instant::now() >= self.renew_at {
            let body = json!({"refresh_token": self.refresh_token});
            let request = connection.request(Method::POST, "/v1/session/refresh").json(&body);
            *self = Self::of(&connection.insist(request, 200)?)?;
        }
        let creates = method == Method::POST;
        let request = connection.request(method, path).bearer_auth(&self.access_token);
        Ok(if creates {
            request.header("Idempotency-Key", Uuid::new_v4().to_string())
        } else {
            request
        })
    }
}

/// One connection, and the people who use it by turns.
pub(crate) struct Client {
    pub(crate) connection: Connection,
    pub(crate) responder: Session,
    pub(crate) coordinator: Session,
    pub(crate) worker: Session,
    /// The name that the coordinator signs in with.
    pub(crate) coordinator_name: String,
    /// The referrals that the worker has accepted: nobody else reports about their care.
    pub(crate) accepted: Vec<String>,
    /// Where the worker works.
    pub(crate) shelter_id: String,
}

/// Returns a text member of an answer.
pub(crate) fn text(answer: &Value, member: &str) -> Outcome<String> {
    let found = answer[member].as_str().map(str::to_owned);
    found.ok_or_else(|| format!("an answer has no {member}").into())
}
