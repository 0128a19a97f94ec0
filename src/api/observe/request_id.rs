//! The id of a request.

use std::fmt;

use actix_web::http::header::HeaderMap;
use uuid::Uuid;

/// Identifies one request, in its answer, in the log and in the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// Returns the id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Takes the id a gateway gave (`X-Request-Id`, or the trace id of a W3C `traceparent`) if it
    /// can be nothing but an id; else makes a random one. Anybody can send the header, and what
    /// stands in log and trail must be nobody's name.
    #[must_use]
    pub fn of_headers(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let given = text("x-request-id").filter(|id| is_id(id));
        let given = given.or_else(|| text("traceparent").and_then(trace_id));
        Self(given.map_or_else(|| Uuid::new_v4().simple().to_string(), str::to_owned))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Says whether a text is made as ids are: 16 to 64 hexadecimal digits and hyphens, 16 of them digits.
fn is_id(id: &str) -> bool {
    (16..=64).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
        && id.bytes().filter(u8::is_ascii_hexdigit).count() >= 16
}

/// Reads the trace id of `00-<32 hex>-<16 hex>-<2 hex>`; all zeros means none.
fn trace_id(traceparent: &str) -> Option<&str> {
    let is_hex = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let mut parts = traceparent.split('-');
    let (version, trace) = (parts.next()?, parts.next()?);
    let (parent, flags) = (parts.next()?, parts.next()?);
    let is_valid = version == "00"
        && is_hex(trace, 32)
        && is_hex(parent, 16)
        && is_hex(flags, 2)
        && parts.next().is_none();
    (is_valid && trace.bytes().any(|b| b != b'0')).then_some(trace)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use proptest::prelude::*;

    use super::*;

    fn id_of(name: &str, value: &str) -> String {
        let request = TestRequest::get().insert_header((name, value)).to_http_request();
        RequestId::of_headers(request.headers()).0
    }

    #[test]
    fn an_id_of_a_gateway_is_kept() {
        for id in
            ["5f64d3b2-8c1e-4a57-9a4e-0d8f2f1f7c11", "5F64D3B28C1E4A57", "00f067aa0ba902b7-01"]
        {
            assert_eq!(id_of("x-request-id", id), id);
        }
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(id_of("traceparent", &format!("00-{trace}-00f067aa0ba902b7-01")), trace);
    }

    #[test]
    fn any_other_id_is_replaced_by_a_random_one() {
        let zeros = format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32));
        let long = "a".repeat(65);
        for (name, value) in [
            ("x-request-id", "5f64d3b28c1e"),
            ("x-request-id", "Ama-Kyerewaa-of-Gulu"),
            ("x-request-id", "gateway-1.42_a-5f64d3b28c1e"),
            ("x-request-id", "----------------"),
            ("x-request-id", "Ama K. of Gulu"),
            ("x-request-id", "x\\nforged=1"),
            ("x-request-id", long.as_str()),
            ("traceparent", zeros.as_str()),
            ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7"),
            ("traceparent", "ff-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"),
        ] {
            let id = id_of(name, value);
            assert_ne!(id, value);
            assert!(Uuid::parse_str(&id).is_ok(), "{value}");
        }
    }

    proptest! {
        #[test]
        fn no_trace_header_breaks_the_reader(text in ".*") {
            let _id = trace_id(&text);
        }
    }
}
