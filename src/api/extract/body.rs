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
    /// Largest JSON body, or table, in bytes.
    pub max_bytes: usize,
    /// Largest document in bytes.
    pub max_document_bytes: usize,
    /// Longest time in which a body has to arrive. The framework has no such limit, so that a few
    /// slow senders could hold all connections.
    pub read_timeout: Duration,
}

impl Default for BodyPolicy {
    fn default() -> Self {
        Self {
            max_bytes: 256 * 1024,
            max_document_bytes: 5 * 1024 * 1024,
            read_timeout: Duration::from_secs(60),
        }
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

pub(super) type Reading<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

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
                let (value, digest) = (check(T::default())?, BodyDigest::of(&bytes));
                return Ok(Self(Body { value, digest }));
            }
            acceptable?;
            parse(&bytes).map(Self)
        })
    }
}

/// Accepts `application/json` and `application/merge-patch+json` in UTF-8, uncompressed.
fn require_json(request: &HttpRequest) -> Result<(), Problem> {
    media_type(request, &["application/json", "application/merge-patch+json"]).map(drop)
}

/// Says which of some media types a body has, in UTF-8 and uncompressed.
pub(super) fn media_type(
    request: &HttpRequest,
    accepted: &[&'static str],
) -> Result<&'static str, Problem> {
    let refused = || Problem::new(ProblemCode::UnsupportedMediaType);
    if request.headers().contains_key(header::CONTENT_ENCODING) {
        return Err(refused());
    }
    let kind = request.mime_type().ok().flatten().ok_or_else(refused)?;
    let found = accepted.iter().copied().find(|known| *known == kind.essence_str());
    let is_utf8 = kind.get_param("charset").is_none_or(|charset| charset == "utf-8");
    found.filter(|_| is_utf8).ok_or_else(refused)
}

/// Reads the bytes of a body, no more of them and no longer than the policy says.
pub(super) fn read(request: &HttpRequest, payload: &mut Payload) -> Reading<Bytes> {
    let policy = policy(request);
    read_at_most(policy.max_bytes, policy.read_timeout, request, payload)
}

/// Takes what is uploaded, whatever it is called: what it is, is seen by its first bytes where it is kept. `curl`
/// and an old telephone call it what they like.
pub struct Upload(pub Vec<u8>);

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Upload(..)")
    }
}

impl FromRequest for Upload {
    type Error = Problem;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_packed = request.headers().contains_key(header::CONTENT_ENCODING);
        let policy = policy(request);
        let limit = policy.max_document_bytes;
        let bytes = read_at_most(limit, policy.read_timeout, request, payload);
        Box::pin(async move {
            if is_packed {
                return Err(Problem::new(ProblemCode::UnsupportedMediaType));
            }
            Ok(Self(bytes.await?.to_vec()))
        })
    }
}

fn policy(request: &HttpRequest) -> BodyPolicy {
    request
        .app_data::<BodyPolicy>()
        .or_else(|| request.app_data::<web::Data<BodyPolicy>>().map(|data| data.as_ref()))
        .copied()
        .unwrap_or_default()
}

fn read_at_most(
    max_bytes: usize,
    read_timeout: Duration,
    request: &HttpRequest,
    payload: &mut Payload,
) -> Reading<Bytes> {
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let stream = web::Payload::from_request(request, payload);
    Box::pin(async move {
        if announced.is_some_and(|length| length > max_bytes) {
            return Err(Problem::new(ProblemCode::TooLarge));
        }
        let stream = stream.await.map_err(|_| Problem::new(ProblemCode::MalformedJson))?;
        let reading = stream.to_bytes_limited(max_bytes);
        let Ok(arrived) = timeout(read_timeout, reading).await else {
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
    let value = parse_tree(read_tree(bytes)?)?;
    Ok(Body { value, digest: BodyDigest::of(bytes) })
}

/// Reads a text as JSON.
pub(super) fn read_tree(bytes: &[u8]) -> Result<Node, Problem> {
    serde_json::from_slice(bytes).map_err(|error| malformed(&error))
}

/// Reads a value from what was sent, and judges it.
pub(super) fn parse_tree<T: DeserializeOwned + Checked>(tree: Node) -> Result<T, Problem> {
    let mut errors = FieldErrors::new();
    tree.inspect(&mut errors);
    errors.into_result()?;
    let value = serde_path_to_error::deserialize(tree).map_err(|error| {
        let path = error.path().clone();
        error.into_inner().in_body(&path)
    })?;
    check(value)
}

fn check<T: Checked>(value: T) -> Result<T, Problem> {
    let mut errors = FieldErrors::new();
    value.check(&mut errors);
    errors.into_result()?;
    Ok(value)
}

/// Says where the text stops being JSON, for the programmer, and nothing of what stands there.
fn malformed(error: &serde_json::Error) -> Problem {
    let position = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let error = FieldError::at(&Pointer::root(), FieldCode::Format)
        .with("line", position(error.line()))
        .with("column", position(error.column()));
    Problem::new(ProblemCode::MalformedJson).errors([error])
}
