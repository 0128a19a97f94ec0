//! Versions on the wire: `ETag`, `If-Match`, `If-None-Match` (RFC 9110 sections 8.8.3 and 13.1).

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderName, HeaderValue},
};

use super::single_header;
use crate::api::problem::{FieldCode, Problem, ProblemCode};

const IF_MATCH: &str = "If-Match";

/// Makes the `ETag` header of a version.
#[must_use]
pub fn etag(version: i64) -> (HeaderName, HeaderValue) {
    let quoted = format!("\"{version}\"");
    let value = HeaderValue::from_str(&quoted).unwrap_or(HeaderValue::from_static("\"\""));
    (header::ETAG, value)
}

/// Says from which version a change starts, so that nobody's work is overwritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IfMatch {
    /// Nothing, if the tag is well formed but can be none of ours.
    expected: Option<i64>,
}

impl IfMatch {
    /// Returns the version the client read; nothing if its tag can never be one of ours.
    #[must_use]
    pub fn expected(self) -> Option<i64> {
        self.expected
    }
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let read = || {
            let tag = single_header(request, IF_MATCH)?
                .ok_or_else(|| Problem::new(ProblemCode::IfMatchRequired))?;
            parse(tag)
        };
        ready(read())
    }
}

/// Reads one entity tag.
///
/// `*` is refused, because it matches whatever stands there and so defeats the protection; a list
/// is refused, because a change starts from one version. A weak tag never matches strongly
/// (RFC 9110 section 8.8.3.2), so it is well formed and always stale.
fn parse(tag: &str) -> Result<IfMatch, Problem> {
    let malformed = || Problem::header(IF_MATCH, FieldCode::Format);
    let (is_weak, quoted) = match tag.strip_prefix("W/") {
        Some(rest) => (true, rest),
        None => (false, tag),
    };
    let opaque = quoted
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .filter(|opaque| !opaque.contains('"') && opaque.bytes().all(|b| b.is_ascii_graphic()))
        .ok_or_else(malformed)?;
    let expected = if is_weak { None } else { version_of(opaque) };
    Ok(IfMatch { expected })
}

/// Reads a version exactly as [`etag`] writes it: no sign, no leading zero.
fn version_of(opaque: &str) -> Option<i64> {
    let is_plain = opaque.bytes().all(|b| b.is_ascii_digit());
    let is_canonical = opaque == "0" || !opaque.starts_with('0');
    if is_plain && is_canonical { opaque.parse().ok() } else { None }
}

/// Tells whether the client already holds what has this opaque tag (given without quotes), so that
/// 304 will do. To be asked only after the caller was allowed to see the thing.
#[must_use]
pub fn if_none_match_tag(request: &HttpRequest, opaque: &str) -> bool {
    request
        .headers()
        .get_all(header::IF_NONE_MATCH)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|tag| {
            let quoted = tag.strip_prefix("W/").unwrap_or(tag);
            let held = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            tag == "*" || held == Some(opaque)
        })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use proptest::prelude::*;

    use super::*;

    async fn extract(values: &[&str]) -> Result<Option<i64>, ProblemCode> {
        let mut request = TestRequest::patch();
        for value in values {
            request = request.append_header((IF_MATCH, *value));
        }
        let read = IfMatch::extract(&request.to_http_request()).await;
        read.map(IfMatch::expected).map_err(|problem| problem.code())
    }

    #[actix_web::test]
    async fn a_change_without_its_version_is_refused() {
        assert_eq!(extract(&[]).await, Err(ProblemCode::IfMatchRequired));
    }

    #[actix_web::test]
    async fn a_strong_tag_of_ours_is_its_version() {
        assert_eq!(extract(&["\"0\""]).await, Ok(Some(0)));
        assert_eq!(extract(&["\"17\""]).await, Ok(Some(17)));
        assert_eq!(extract(&["\"9223372036854775807\""]).await, Ok(Some(i64::MAX)));
    }

    #[actix_web::test]
    async fn a_tag_that_cannot_be_ours_is_stale_and_not_malformed() {
        for tag in
            ["W/\"3\"", "\"03\"", "\"+3\"", "\"-3\"", "\"abc\"", "\"\"", "\"9223372036854775808\""]
        {
            assert_eq!(extract(&[tag]).await, Ok(None), "{tag}");
        }
    }

    #[actix_web::test]
    async fn what_defeats_the_protection_is_refused() {
        for tag in
            ["*", "\"3\", \"4\"", "3", "", "\"3", "w/\"3\"", "\"3\" ,", "\"\"3\"\"", "\"3 4\""]
        {
            assert_eq!(extract(&[tag]).await, Err(ProblemCode::InvalidHeader), "{tag}");
        }
        assert_eq!(extract(&["\"3\"", "\"3\""]).await, Err(ProblemCode::InvalidHeader));
    }

    #[test]
    fn a_reader_who_holds_the_version_needs_no_copy() {
        for (value, holds) in [
            ("\"3\"", true),
            ("W/\"3\"", true),
            ("\"1\", W/\"3\"", true),
            ("*", true),
            ("\"4\"", false),
            ("3", false),
            ("\"33\"", false),
        ] {
            let request =
                TestRequest::get().insert_header(("If-None-Match", value)).to_http_request();
            assert_eq!(if_none_match_tag(&request, "3"), holds, "{value}");
        }
        assert!(!if_none_match_tag(&TestRequest::get().to_http_request(), "3"));
    }

    proptest! {
        #[test]
        fn every_version_comes_back_from_its_tag(version in 0..=i64::MAX) {
            let (_, value) = etag(version);
            prop_assert_eq!(parse(value.to_str().unwrap()).unwrap().expected(), Some(version));
        }

        #[test]
        fn no_text_breaks_the_reader(tag in "\\PC*") {
            let _outcome = parse(&tag).is_ok();
        }
    }
}
