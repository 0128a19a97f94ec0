//! The JSON body of a request, read strictly.

use std::{fmt, future::Future, pin::Pin, time::Duration};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    error::PayloadError,
    http::header,
    rt::time::timeout,
    web::{self, Bytes},
};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::{Checked, node::Node};
use crate::api::problem::{FieldCode, FieldError, FieldErrors, Pointer, Problem, ProblemCode};

/// Bounds what a body may cost; `app_data` of the server, or of one resource.
#[derive(Clone, Copy, Debug)]
pub struct BodyPolicy {
    /// Largest body in bytes.
    pub max_bytes: usize,
    /// Longest time in which a body has to arrive. The framework has no such limit, so that a few
    /// slow senders could hold all connections.
    pub read_timeout: Duration,
}

impl Default for BodyPolicy {
    fn default() -> Self {
        Self { max_bytes: 256 * 1024, read_timeout: Duration::from_secs(60) }
    }
}

/// Identifies the bytes of a body (SHA-256), for [`fingerprint`](super::fingerprint).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyDigest([u8; 32]);

impl BodyDigest {
    /// Makes the digest of bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Returns the digest.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Takes a JSON body that must be there.
///
/// The order of refusals: media type 415, size 413, time 408, syntax 400, doubled members and
/// forbidden characters 422, unknown members 422, types 422, then everything [`Checked`] finds.
pub struct Body<T> {
    value: T,
    digest: BodyDigest,
}

/// Takes a JSON body that may be absent or `{}`, for acts whose members are all optional.
pub struct OptionalBody<T>(Body<T>);

impl<T> Body<T> {
    /// Returns what was read.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// Returns the digest of the bytes that arrived.
    #[must_use]
    pub fn digest(&self) -> BodyDigest {
        self.digest
    }

    /// Returns what was read and the digest of its bytes.
    pub fn into_parts(self) -> (T, BodyDigest) {
        (self.value, self.digest)
    }
}

impl<T> OptionalBody<T> {
    /// Returns what was read.
    pub fn into_inner(self) -> T {
        self.0.value
    }

    /// Returns the digest of the bytes that arrived; an absent body has that of no bytes.
    #[must_use]
    pub fn digest(&self) -> BodyDigest {
        self.0.digest
    }

    /// Returns what was read and the digest of its bytes.
    pub fn into_parts(self) -> (T, BodyDigest) {
        self.0.into_parts()
    }
}

impl<T> fmt::Debug for Body<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Body(..)")
    }
}

impl<T> fmt::Debug for OptionalBody<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OptionalBody(..)")
    }
}

type Reading<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

impl<T: DeserializeOwned + Checked + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let acceptable = require_json(request);
        let bytes = read(request, payload);
        Box::pin(async move {
            acceptable?;
            parse(&bytes.await?)
        })
    }
}

impl<T: DeserializeOwned + Checked + Default + 'static> FromRequest for OptionalBody<T> {
    type Error = Problem;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let acceptable = require_json(request);
        let bytes = read(request, payload);
        Box::pin(async move {
            let bytes = bytes.await?;
            if bytes.is_empty() {
                let body = Body { value: T::default(), digest: BodyDigest::of(&bytes) };
                return check(body).map(Self);
            }
            acceptable?;
            parse(&bytes).map(Self)
        })
    }
}

/// Accepts `application/json` and `application/merge-patch+json` in UTF-8, uncompressed.
fn require_json(request: &HttpRequest) -> Result<(), Problem> {
    let refused = || Problem::new(ProblemCode::UnsupportedMediaType);
    if request.headers().contains_key(header::CONTENT_ENCODING) {
        return Err(refused());
    }
    let kind = request.mime_type().ok().flatten().ok_or_else(refused)?;
    let is_json = matches!(kind.essence_str(), "application/json" | "application/merge-patch+json");
    let is_utf8 = kind.get_param("charset").is_none_or(|charset| charset == "utf-8");
    if is_json && is_utf8 { Ok(()) } else { Err(refused()) }
}

fn read(request: &HttpRequest, payload: &mut Payload) -> Reading<Bytes> {
    let policy = request
        .app_data::<BodyPolicy>()
        .or_else(|| request.app_data::<web::Data<BodyPolicy>>().map(|data| data.as_ref()))
        .copied()
        .unwrap_or_default();
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let stream = web::Payload::from_request(request, payload);
    Box::pin(async move {
        if announced.is_some_and(|length| length > policy.max_bytes) {
            return Err(Problem::new(ProblemCode::TooLarge));
        }
        let stream = stream.await.map_err(|_| Problem::new(ProblemCode::MalformedJson))?;
        let reading = stream.to_bytes_limited(policy.max_bytes);
        let Ok(arrived) = timeout(policy.read_timeout, reading).await else {
            return Err(Problem::new(ProblemCode::RequestTimeout));
        };
        let arrived = arrived.map_err(|_| Problem::new(ProblemCode::TooLarge))?;
        arrived.map_err(|error| match error.as_error::<PayloadError>() {
            Some(PayloadError::Overflow) => Problem::new(ProblemCode::TooLarge),
            _ => Problem::new(ProblemCode::MalformedJson),
        })
    })
}

fn parse<T: DeserializeOwned + Checked>(bytes: &[u8]) -> Result<Body<T>, Problem> {
    let tree: Node = serde_json::from_slice(bytes).map_err(|error| malformed(&error))?;
    let mut errors = FieldErrors::new();
    tree.inspect(&mut errors);
    errors.into_result()?;
    let value = serde_path_to_error::deserialize(tree).map_err(|error| {
        let path = error.path().clone();
        error.into_inner().in_body(&path)
    })?;
    check(Body { value, digest: BodyDigest::of(bytes) })
}

fn check<T: Checked>(body: Body<T>) -> Result<Body<T>, Problem> {
    let mut errors = FieldErrors::new();
    body.value.check(&mut errors);
    errors.into_result()?;
    Ok(body)
}

/// Says where the text stops being JSON, for the programmer, and nothing of what stands there.
fn malformed(error: &serde_json::Error) -> Problem {
    let position = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let error = FieldError::at(&Pointer::root(), FieldCode::Format)
        .with("line", position(error.line()))
        .with("column", position(error.column()));
    Problem::new(ProblemCode::MalformedJson).errors([error])
}
