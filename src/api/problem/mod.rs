//! The one error type of the API: RFC 9457 problem details.
//!
//! A handler answers `Result<_, Problem>`. What the problem says in words depends on the reader's
//! language and carries the request's id; neither is known where a problem is made. So a
//! [`Problem`] is only the facts, and [`Observe`](super::observe::Observe), which knows both,
//! renders it on the way out.

mod code;
mod explain;
mod field;
pub(crate) mod pointer;
#[cfg(test)]
mod tests;
mod texts;

use std::{error::Error as StdError, fmt};

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use serde::Serialize;
use utoipa::ToSchema;

pub use self::{
    code::ProblemCode,
    explain::{Explanation, explain, wants_html},
    field::{FieldCode, FieldError, FieldErrors, Param},
    pointer::Pointer,
};
use crate::api::{extract::Language, translated::Translated};

/// The media type of problem details.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Says why a request was not carried out, as facts without words.
pub struct Problem(Box<Facts>);

struct Facts {
    code: ProblemCode,
    errors: Vec<FieldError>,
    allowed_actions: Option<Vec<String>>,
    state: Option<String>,
    current_version: Option<i64>,
    retry_after_s: Option<u32>,
    cause: Option<Box<dyn StdError + Send + Sync>>,
}

impl Problem {
    /// Makes a problem of which only the code is known.
    #[must_use]
    pub fn new(code: ProblemCode) -> Self {
        Self(Box::new(Facts {
            code,
            errors: Vec::new(),
            allowed_actions: None,
            state: None,
            current_version: None,
            retry_after_s: None,
            cause: None,
        }))
    }

    /// Makes the answer to a fault of ours; the cause goes to the log, never to the client.
    #[must_use]
    pub fn internal(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(ProblemCode::Internal).caused_by(cause)
    }

    /// Makes the answer to a header that cannot be accepted.
    #[must_use]
    pub fn header(name: &'static str, code: FieldCode) -> Self {
        Self::new(ProblemCode::InvalidHeader).errors([FieldError::in_header(name, code)])
    }

    /// Names the places that are wrong.
    #[must_use]
    pub fn errors(mut self, errors: impl IntoIterator<Item = FieldError>) -> Self {
        self.0.errors.extend(errors);
        self
    }

    /// Names what the caller may do instead, now.
    #[must_use]
    pub fn allowed_actions<A: Into<String>>(
        mut self,
        actions: impl IntoIterator<Item = A>,
    ) -> Self {
        self.0.allowed_actions = Some(actions.into_iter().map(Into::into).collect());
        self
    }

    /// Names the state the thing is in.
    #[must_use]
    pub fn state(mut self, state: impl Into<String>) -> Self {
        self.0.state = Some(state.into());
        self
    }

    /// Names the version that stands now.
    #[must_use]
    pub fn current_version(mut self, version: i64) -> Self {
        self.0.current_version = Some(version);
        self
    }

    /// Says after how many seconds another try makes sense.
    #[must_use]
    pub fn retry_after_s(mut self, seconds: u32) -> Self {
        self.0.retry_after_s = Some(seconds);
        self
    }

    /// Keeps the cause for the log. It is never part of the answer.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// Returns the code.
    #[must_use]
    pub fn code(&self) -> ProblemCode {
        self.0.code
    }

    /// Returns the places that are wrong.
    #[must_use]
    pub fn field_errors(&self) -> &[FieldError] {
        &self.0.errors
    }

    /// Writes the chain of causes in one line, for the log.
    #[must_use]
    pub fn cause_chain(&self) -> Option<String> {
        self.source().map(refero_store::with_causes)
    }

    /// Returns the body in a language, with the request's id.
    #[must_use]
    pub fn body(&self, language: Language, request_id: Option<&str>) -> ProblemBody {
        let facts = &self.0;
        let text = texts::text(facts.code);
        let say = |words: Option<&Translated>| {
            words.map_or(facts.code.as_str(), |words| words.get(language)).to_owned()
        };
        ProblemBody {
            kind: format!("/problems/{}", facts.code.as_str()),
            title: say(text.map(|text| &text.title)),
            status: facts.code.status().as_u16(),
            detail: say(text.map(|text| &text.detail)),
            code: facts.code.as_str(),
            errors: facts.errors.clone(),
            allowed_actions: facts.allowed_actions.clone(),
            state: facts.state.clone(),
            current_version: facts.current_version,
            retry_after_s: facts.retry_after_s,
            request_id: request_id.map(str::to_owned),
        }
    }

    /// Renders the answer in a language, with the request's id.
    #[must_use]
    pub fn render(&self, language: Language, request_id: Option<&str>) -> HttpResponse {
        let mut answer = HttpResponse::build(self.0.code.status());
        answer
            .insert_header((header::CONTENT_TYPE, PROBLEM_JSON))
            .insert_header((header::CONTENT_LANGUAGE, language.as_str()))
            .insert_header((header::CACHE_CONTROL, "no-store"));
        if self.0.code.status() == StatusCode::UNAUTHORIZED {
            // RFC 9110 section 11.6.1: a 401 names the scheme that would be accepted.
            answer.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        if let Some(seconds) = self.0.retry_after_s {
            answer.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        answer.json(self.body(language, request_id))
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.code.status()
    }

    /// Renders in English without an id: what remains if no middleware renders it better.
    fn error_response(&self) -> HttpResponse {
        self.render(Language::En, None)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code.as_str())
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Problem({})", self.0.code.as_str())
    }
}

impl StdError for Problem {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.cause.as_deref().map(|cause| -> &(dyn StdError + 'static) { cause })
    }
}

impl From<ProblemCode> for Problem {
    fn from(code: ProblemCode) -> Self {
        Self::new(code)
    }
}

/// Says what went wrong and what to do next (RFC 9457). Never repeats what was sent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Where the problem is explained, relative to the server.
    #[serde(rename = "type")]
    #[schema(examples("/problems/validation-failed"))]
    kind: String,
    /// What it is, in the reader's language.
    #[schema(examples("Some answers need correcting"))]
    title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599, examples(422))]
    status: u16,
    /// What happened and what to do next, in the reader's language.
    #[schema(examples(
        "Nothing was saved yet. Correct the places named below and send it again."
    ))]
    detail: String,
    /// The stable name to switch on; every code is explained at `/problems/{code}`.
    #[schema(value_type = String, examples("validation-failed"))]
    code: &'static str,
    /// The places that are wrong, if the message is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// What the caller may do instead, now (with 409).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    allowed_actions: Option<Vec<String>>,
    /// The state the thing is in (with 409).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    state: Option<String>,
    /// The version that stands now (with 412).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    current_version: Option<i64>,
    /// After how many seconds another try makes sense.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    retry_after_s: Option<u32>,
    /// The id of the request, for the support desk; also the header `Request-Id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    request_id: Option<String>,
}
