//! Requests and what is expected of their answers.

use std::{
    fmt::Display,
    future::{Future, IntoFuture},
    pin::Pin,
    sync::Arc,
};

use refero_domain::id::UserId;
use reqwest::{Client, Method, header::HeaderMap};
use serde_json::Value;

use super::heard::Heard;

/// A request that is sent when it is awaited.
#[must_use]
pub(crate) struct Asking {
    client: Client,
    method: Method,
    url: String,
    bearer: Option<String>,
    headers: Vec<(String, String)>,
    key: Option<String>,
    body: Option<(String, Vec<u8>)>,
    heard: Option<(Arc<Heard>, UserId)>,
}

impl Asking {
    pub(super) fn new(
        client: &Client,
        method: Method,
        url: String,
        bearer: Option<String>,
    ) -> Self {
        let key = (method == Method::POST).then(|| uuid::Uuid::new_v4().to_string());
        Self {
            client: client.clone(),
            method,
            url,
            bearer,
            headers: Vec::new(),
            key,
            body: None,
            heard: None,
        }
    }

    /// Lets the answer be heard by whom it is for.
    pub(super) fn heard_by(mut self, heard: &Arc<Heard>, user: &UserId) -> Self {
        self.heard = Some((Arc::clone(heard), user.clone()));
        self
    }

    /// Sends it to another server than usual.
    pub(crate) fn to(mut self, base_url: &str) -> Self {
        let path = self.url.splitn(4, '/').nth(3).unwrap_or_default();
        self.url = format!("{base_url}/{path}");
        self
    }

    /// Sends a JSON body.
    pub(crate) fn json(self, body: impl serde::Serialize) -> Self {
        let bytes = serde_json::to_vec(&body).unwrap();
        self.bytes("application/json", bytes)
    }

    /// Sends a body as it is.
    pub(crate) fn bytes(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some((media_type.to_owned(), body.into()));
        self
    }

    /// Names the version that the change starts from.
    pub(crate) fn if_match(self, version: impl Display) -> Self {
        self.header("If-Match", format!("\"{version}\""))
    }

    /// Chooses the idempotency key, instead of a new one for each POST.
    pub(crate) fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Sends no idempotency key.
    pub(crate) fn without_key(mut self) -> Self {
        self.key = None;
        self
    }

    /// States why personal data is read.
    pub(crate) fn purpose(self, purpose: &str) -> Self {
        self.header("Access-Purpose", purpose)
    }

    /// Sends a header.
    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    async fn send(self) -> Answer {
        self.attempt().await.unwrap()
    }

    /// Sends it to a server that may be gone before it has answered.
    pub(crate) async fn attempt(self) -> reqwest::Result<Answer> {
        let asked = format!("{} {}", self.method, self.url);
        let mut request = self.client.request(self.method, &self.url);
        if let Some(bearer) = self.bearer {
            request = request.bearer_auth(bearer);
        }
        if let Some(key) = self.key {
            request = request.header("Idempotency-Key", key);
        }
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        if let Some((media_type, body)) = self.body {
            request = request.header("Content-Type", media_type).body(body);
        }
        let response = request.send().await?;
        let answer = Answer {
            asked,
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.bytes().await?.to_vec(),
        };
        if let Some((heard, user)) = self.heard {
            heard.keep(&user, &answer);
        }
        Ok(answer)
    }
}

impl IntoFuture for Asking {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer>>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// What was answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    asked: String,
    pub(crate) status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    /// Expects a status.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        let (asked, text) = (&self.asked, self.text());
        assert_eq!(self.status, status, "{asked} answered {text}\n{}", self.log().join("\n"));
        self
    }

    /// Expects a problem by its status and its code.
    #[track_caller]
    #[expect(clippy::wrong_self_convention, reason = "it reads as the sentence that it is")]
    pub(crate) fn is_problem(self, status: u16, code: &str) -> Self {
        let answer = self.is(status);
        let kind = answer.header("content-type").unwrap_or_default();
        assert_eq!(kind, "application/problem+json", "{}", answer.asked);
        let problem = answer.json();
        let shown = (problem["code"].as_str(), problem["status"].as_u64());
        assert_eq!(shown, (Some(code), Some(status.into())), "{} answered {problem}", answer.asked);
        answer
    }

    /// Reads the body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("{} answered no JSON: {}", self.asked, self.text()))
    }

    /// Reads one member of the body, by its JSON Pointer.
    #[track_caller]
    pub(crate) fn at(&self, pointer: &str) -> Value {
        let json = self.json();
        let found = json.pointer(pointer).cloned();
        found.unwrap_or_else(|| panic!("{} answered no {pointer}: {json}", self.asked))
    }

    /// Reads one text of the body, by its JSON Pointer.
    #[track_caller]
    pub(crate) fn text_at(&self, pointer: &str) -> String {
        let value = self.at(pointer);
        value.as_str().unwrap_or_else(|| panic!("{pointer} is {value}")).to_owned()
    }

    /// Reads the id of what was answered.
    #[track_caller]
    pub(crate) fn id(&self) -> String {
        self.text_at("/id")
    }

    /// Reads the version of what was answered, and expects the ETag to say the same.
    #[track_caller]
    pub(crate) fn version(&self) -> i64 {
        let version = self.at("/version").as_i64().unwrap();
        assert_eq!(self.etag(), format!("\"{version}\""), "{}", self.asked);
        version
    }

    /// Returns the ETag.
    #[track_caller]
    pub(crate) fn etag(&self) -> String {
        self.header("etag").unwrap_or_else(|| panic!("{} answered no ETag", self.asked))
    }

    /// Returns a header.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        Some(self.headers.get(name)?.to_str().unwrap().to_owned())
    }

    /// Returns what the server logged about a fault of its own.
    pub(crate) fn log(&self) -> Vec<String> {
        let id = self.header("request-id").filter(|_| self.status >= 500);
        id.map(|id| super::logs::with(&id)).unwrap_or_default()
    }

    /// Returns everything that a caller could learn from: status, headers and body, without the
    /// date and the id of the request.
    pub(crate) fn seen(&self) -> String {
        let mut seen = format!("{}\n", self.status);
        let mut headers: Vec<_> = self.headers.iter().collect();
        headers.sort_by_key(|(name, _)| name.as_str());
        for (name, value) in headers {
            if !matches!(name.as_str(), "date" | "request-id") {
                seen.push_str(&format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())));
            }
        }
        let text = self.text();
        let id = self.header("request-id").unwrap_or_default();
        seen + &if id.is_empty() { text } else { text.replace(&id, "(id)") }
    }

    /// Returns what was asked, for messages.
    pub(crate) fn asked(&self) -> &str {
        &self.asked
    }

    /// Returns the body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Sends requests all at once; the answers come in the order of the requests.
pub(crate) async fn together<F>(asked: impl IntoIterator<Item = F>) -> Vec<F::Output>
where
    F: IntoFuture<IntoFuture: 'static, Output: 'static>,
{
    let sent: Vec<_> =
        asked.into_iter().map(|asking| actix_web::rt::spawn(asking.into_future())).collect();
    let mut answers = Vec::with_capacity(sent.len());
    for answer in sent {
        answers.push(answer.await.unwrap());
    }
    answers
}
