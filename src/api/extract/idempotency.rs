//! Sending twice acts once: the `Idempotency-Key` header.

use std::{
    fmt,
    future::{Ready, ready},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::Method};
use sha2::{Digest, Sha256};

use super::{BodyDigest, single_header};
use crate::api::problem::{FieldCode, Problem};

const HEADER: &str = "Idempotency-Key";
const LONGEST: usize = 255;

/// Holds a key the client chose for one act: 1 to 255 visible ASCII characters.
///
/// Both the quoted form (draft-ietf-httpapi-idempotency-key-header-07) and the bare form are
/// taken, and mean the same key. It belongs to one principal and is never logged.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Returns the key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdempotencyKey(..)")
    }
}

/// Takes the key of a request, if it carries one.
///
/// `Option<IdempotencyKey>` would turn a wrong key into none, and the act would happen twice.
#[derive(Clone, Debug)]
pub struct OptionalIdempotencyKey(pub Option<IdempotencyKey>);

impl FromRequest for OptionalIdempotencyKey {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request).map(Self))
    }
}

fn read(request: &HttpRequest) -> Result<Option<IdempotencyKey>, Problem> {
    single_header(request, HEADER)?.map(parse).transpose()
}

fn parse(value: &str) -> Result<IdempotencyKey, Problem> {
    let refuse = |code| Problem::header(HEADER, code);
    let key = match value.strip_prefix('"') {
        Some(rest) => unquote(rest).ok_or_else(|| refuse(FieldCode::Format))?,
        None => value.to_owned(),
    };
    if key.is_empty() {
        return Err(refuse(FieldCode::TooShort));
    }
    if key.len() > LONGEST {
        return Err(refuse(FieldCode::TooLong));
    }
    if !key.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(refuse(FieldCode::ForbiddenCharacter));
    }
    Ok(IdempotencyKey(key))
}

/// Reads the rest of a structured-field string (RFC 9651 section 4.2.5) after its first quote.
fn unquote(rest: &str) -> Option<String> {
    let mut key = String::with_capacity(rest.len());
    let mut characters = rest.chars();
    loop {
        match characters.next()? {
            '"' => return characters.next().is_none().then_some(key),
            '\\' => match characters.next()? {
                escaped @ ('"' | '\\') => key.push(escaped),
                _ => return None,
            },
            character => key.push(character),
        }
    }
}

/// Identifies what a request asks for, so that a key cannot be used for something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Returns the bytes; the store keeps a keyed digest of them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Makes the fingerprint of a request (SHA-256).
///
/// `target` is the path with its ids, not the route's template: the same key on another case is
/// another request. Each part carries its length, so that no two requests run together.
#[must_use]
pub fn fingerprint(method: &Method, target: &str, body: &BodyDigest) -> Fingerprint {
    let mut hasher = Sha256::new();
    hasher.update(b"refero idempotency v1\0");
    for part in [method.as_str().as_bytes(), target.as_bytes(), body.as_bytes().as_slice()] {
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        hasher.update(length.to_be_bytes());
        hasher.update(part);
    }
    Fingerprint(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use proptest::prelude::*;

    use super::*;
    use crate::api::problem::ProblemCode;

    fn key(values: &[&str]) -> Result<Option<String>, ProblemCode> {
        let mut request = TestRequest::post();
        for value in values {
            request = request.append_header((HEADER, *value));
        }
        let read = read(&request.to_http_request());
        read.map(|key| key.map(|key| key.0)).map_err(|problem| problem.code())
    }

    #[test]
    fn the_quoted_and_the_bare_form_are_the_same_key() {
        assert_eq!(key(&["8e03978e-40d5"]), key(&["\"8e03978e-40d5\""]));
        assert_eq!(key(&[r#""a\"b\\c""#]), Ok(Some(r#"a"b\c"#.to_owned())));
        assert_eq!(key(&[]), Ok(None));
        assert!(key(&[&"k".repeat(255)]).is_ok());
    }

    #[test]
    fn a_wrong_key_is_refused_and_never_taken_for_none() {
        let too_long = "k".repeat(256);
        for wrong in ["", "\"\"", "\"open", "\"a\"b", "a b", "\"a b\"", r#""a\b""#, &too_long] {
            assert_eq!(key(&[wrong]), Err(ProblemCode::InvalidHeader), "{wrong}");
        }
        assert_eq!(key(&["one", "two"]), Err(ProblemCode::InvalidHeader));
    }

    #[test]
    fn a_key_is_not_printed() {
        assert_eq!(format!("{:?}", IdempotencyKey("secret".into())), "IdempotencyKey(..)");
    }

    #[test]
    fn requests_that_differ_have_different_fingerprints() {
        let body = BodyDigest::of(b"{}");
        let print = fingerprint(&Method::POST, "/v1/referrals/a/accept", &body);

        assert_eq!(print, fingerprint(&Method::POST, "/v1/referrals/a/accept", &body));
        assert_ne!(print, fingerprint(&Method::POST, "/v1/referrals/b/accept", &body));
        assert_ne!(print, fingerprint(&Method::PUT, "/v1/referrals/a/accept", &body));
        let other = BodyDigest::of(b"{ }");
        assert_ne!(print, fingerprint(&Method::POST, "/v1/referrals/a/accept", &other));
    }

    proptest! {
        #[test]
        fn every_visible_key_survives_quoting(text in "[!-~]{1,255}") {
            let quoted = format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
            prop_assert_eq!(parse(&quoted).unwrap().0, text);
        }

        #[test]
        fn no_text_breaks_the_reader(text in ".*") {
            let _outcome = parse(&text).is_ok();
        }
    }
}
