//! What no well-behaved client sends: odd methods, odd paths, floods of headers, two lengths.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use refero::api::operations;

use crate::{
    every::{ABSENT, address, anybody},
    steps::{active_case, register, report},
    world::{World, logs},
};

/// What is planted in what is sent. No program writes it by itself.
const PLANTED: &str = "zyxokwaluseni94172";

/// An answer as it came over the wire.
struct Raw {
    asked: String,
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Raw {
    /// Expects that the answer is a refusal with a form, or no more than a closed door.
    #[track_caller]
    fn refuses(&self, statuses: &[u16]) {
        let Self { asked, status, headers, body } = self;
        assert!(statuses.contains(status), "{asked} answered {status} {body}");
        assert!(!body.contains(PLANTED), "{asked}: {body}");
        assert!(!headers.values().any(|value| value.contains(PLANTED)), "{asked}: {headers:?}");
        let kind = headers.get("content-type").map(String::as_str);
        let is_silent = body.is_empty() && kind.is_none();
        let of_head = asked.starts_with("HEAD") && body.is_empty();
        assert!(
            is_silent || kind == Some("application/problem+json") || of_head,
            "{asked} answered {kind:?} {body}"
        );
    }
}

/// Sends bytes as they are and reads until the server closes.
fn send(w: &World, request: &[u8]) -> Option<Raw> {
    let address = w.base_url().strip_prefix("http://").unwrap();
    let mut wire = TcpStream::connect(address).unwrap();
    wire.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    // A server that has heard enough may close before all is sent.
    drop(wire.write_all(request));
    let mut bytes = Vec::new();
    drop(wire.read_to_end(&mut bytes));
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().unwrap();
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let asked = String::from_utf8_lossy(request).lines().next().unwrap_or_default().to_owned();
    Some(Raw { asked, status, headers, body: body.to_owned() })
}

/// Sends a request line and headers, and closes.
fn ask(w: &World, line: &str, token: &str, more: &str) -> Raw {
    let request = format!(
        "{line} HTTP/1.1\r\nHost: refero\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n{more}\r\n"
    );
    send(w, request.as_bytes()).unwrap_or_else(|| panic!("{line} was not answered"))
}

both! {
    async fn a_method_that_is_not_served_is_405_everywhere(w: World) {
        let token = anybody(&w).await.token();
        let table = operations::table();
        let mut served: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for op in table.operations() {
            let methods = served.entry(op.path).or_default();
            methods.push(op.method.as_str());
            // What anybody may ask is asked by load balancers with HEAD.
            if op.is_open {
                methods.push("HEAD");
            }
        }
        for op in table.operations() {
            let path = address(op, |_| ABSENT.to_owned());
            let odd = ["HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "GET", "POST", "PATCH",
                "PROPFIND", "get", PLANTED];
            for method in odd.into_iter().filter(|odd| !served[op.path].contains(odd)) {
                let answer = ask(&w, &format!("{method} {path}"), &token, "Content-Length: 0\r\n");
                answer.refuses(&[405]);
                let mut allowed: Vec<&str> = answer.headers["allow"].split(", ").collect();
                allowed.sort_unstable();
                let mut expected = served[op.path].clone();
                expected.sort_unstable();
                assert_eq!(allowed, expected, "{method} {path}");
            }
        }
        for line in ["CONNECT /v1/cases", "CONNECT example.org:443"] {
            ask(&w, line, &token, "Content-Length: 0\r\n").refuses(&[400, 404, 405]);
        }
        assert_eq!(logs::with(PLANTED), Vec::<String>::new());
    }

    async fn a_path_that_only_looks_like_one_of_ours_is_404(w: World) {
        let responder = w.first_responder().await;
        let coordinator = w.coordinator().await;
        let case = active_case(&responder, &coordinator, report()).await;
        let token = coordinator.token();
        let stranger = w.first_responder().await.token();
        // Hexadecimal digits have no case (RFC 9562 section 4).
        for id in [case.clone(), case.to_uppercase()] {
            assert_eq!(ask(&w, &format!("GET /v1/cases/{id}"), &token, "").status, 200);
            ask(&w, &format!("GET /v1/cases/{id}"), &stranger, "").refuses(&[404]);
        }

        for path in [
            format!("/v1/cases/{case}/"),
            format!("/v1//cases/{case}"),
            format!("//v1/cases/{case}"),
            format!("/v1/cases//{case}"),
            format!("/v1/./cases/{case}"),
            format!("/v1/%2e/cases/{case}"),
            format!("/v1/x/../cases/{case}"),
            format!("/v1/x/%2e%2e/cases/{case}"),
            format!("/v1/x%2f..%2fcases/{case}"),
            format!("/v1/cases%2f{case}"),
            format!("/v1\\cases\\{case}"),
            format!("/v1/cases;a=b/{case}"),
            format!("/v1/cases/{case};a=b"),
            format!("/v1/cases/{case}.json"),
            format!("/v1/cases/{case}%00"),
            format!("/v1/cases/{case}%0d%0aSet-Cookie:%20a=b"),
            format!("/v1/cases/{case}%20"),
            format!("/V1/cases/{case}"),
            format!("/v1/CASES/{case}"),
            format!("/v1/cases/{case}/identity/"),
            format!("/docs/../v1/cases/{case}"),
            format!("/docs/..%2fv1/cases/{case}"),
            format!("/healthz/../v1/cases/{case}"),
            format!("/v1/{PLANTED}"),
            format!("/{PLANTED}%ff%fe"),
            format!("/v1/cases/{}", PLANTED.repeat(400)),
            "/v1/cases/".to_owned(),
            "/v1".to_owned(),
            "/v1/".to_owned(),
            "*".to_owned(),
            "/metrics".to_owned(),
            "/debug".to_owned(),
            "/.env".to_owned(),
            "/.git/config".to_owned(),
        ] {
            let answer = ask(&w, &format!("GET {path}"), &token, "");
            answer.refuses(&[404]);
            // An address is no oracle: without a token it is answered alike.
            ask(&w, &format!("GET {path}"), "", "").refuses(&[404, 401]);
        }
        assert_eq!(logs::with(PLANTED), Vec::<String>::new());
    }

    async fn an_address_may_name_any_host_and_learns_nothing_from_it(w: World) {
        let responder = w.first_responder().await;
        let case = register(&responder, report()).await;
        let stranger = w.first_responder().await.token();

        for line in [
            format!("GET http://{PLANTED}/v1/cases/{case}"),
            format!("GET http://{PLANTED}@127.0.0.1/v1/cases/{case}"),
        ] {
            ask(&w, &line, &stranger, "").refuses(&[400, 404]);
        }
        let made = responder.post("/v1/detection-reports").json(report()).header("X-Forwarded-Host", PLANTED);
        let made = made.header("Forwarded", format!("host={PLANTED}")).await.is(201);
        assert!(!made.seen().contains(PLANTED) && made.header("location").unwrap().starts_with("/v1/"));
        assert_eq!(logs::with(PLANTED), Vec::<String>::new());
    }

    async fn a_flood_of_headers_is_stopped_at_the_door(w: World) {
        let token = w.first_responder().await.token();
        let many: String = (0..500).map(|n| format!("X-{n}: {PLANTED}\r\n")).collect();
        let long = format!("X-Long: {}\r\n", PLANTED.repeat(20_000));
        let cookie = format!("Cookie: {}\r\n", "a=b; ".repeat(30_000));
        let agent = format!("User-Agent: {PLANTED}\r\nReferer: http://{PLANTED}/\r\n");

        for more in [&many, &long, &cookie] {
            let answer = ask(&w, "GET /v1/cases", &token, more);
            answer.refuses(&[400, 413, 431]);
        }
        assert_eq!(ask(&w, "GET /v1/detection-reports", &token, &agent).status, 200);
        assert_eq!(ask(&w, "GET /healthz", "", "").status, 200);
        assert_eq!(logs::with(PLANTED), Vec::<String>::new());
    }

    async fn a_request_that_two_programs_read_differently_is_refused(w: World) {
        let responder = w.first_responder().await;
        let token = responder.token();
        let body = report().to_string();
        let chunk = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
        let kind = "Content-Type: application/json\r\nIdempotency-Key: smuggled\r\n";
        let length = |length: &dyn std::fmt::Display| format!("{kind}Content-Length: {length}\r\n\r\n");
        let chunked = |how: &str| format!("{kind}Transfer-Encoding: {how}\r\n\r\n");

        for (heads, body) in [
            (format!("Content-Length: 3\r\n{}", chunked("chunked")), &chunk),
            (format!("Content-Length: 5\r\n{}", length(&body.len())), &body),
            (length(&format!("+{}", body.len())), &body),
            (length(&"-1"), &body),
            (length(&"18446744073709551616"), &body),
            (length(&format!("{0}, {0}", body.len())), &body),
            (chunked("xchunked"), &chunk),
            (chunked("chunked, identity"), &chunk),
            (format!("Content-Length : {}\r\n{kind}\r\n", body.len()), &body),
            (format!(" folded: x\r\n{}", length(&body.len())), &body),
        ] {
            let head = "POST /v1/detection-reports HTTP/1.1\r\nHost: refero\r\nConnection: close\r\n";
            let request = format!("{head}Authorization: Bearer {token}\r\n{heads}{body}");
            if let Some(answer) = send(&w, request.as_bytes()) {
                answer.refuses(&[400, 411, 413, 501]);
            }
        }
        let none = w.texts("select id as value from detection_reports");
        assert_eq!(none, Vec::<String>::new(), "a report was smuggled in");
    }

    async fn a_body_may_be_left_out_exactly_where_the_description_says_so(w: World) {
        let somebody = anybody(&w).await;
        for op in operations::table().operations().iter().filter(|op| op.body.is_some()) {
            let path = address(op, |_| ABSENT.to_owned());
            let without = somebody.ask(op.method.as_str().parse().unwrap(), &path).if_match(1).await;
            assert_eq!(without.status == 415, !op.is_body_optional, "{}", without.asked());
        }
    }

    async fn what_is_no_http_is_no_fault(w: World) {
        for bytes in [
            &b"\r\n\r\n"[..],
            b"GET\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            b"\xff\xfe\xfd\x00\x00\r\n\r\n",
            b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: \x00\r\nConnection: close\r\n\r\n",
            b"GET /healthz HTTP/1.1\r\nno colon\r\nConnection: close\r\n\r\n",
        ] {
            if let Some(answer) = send(&w, bytes) {
                answer.refuses(&[400, 404, 405, 408, 505]);
            }
        }
        assert_eq!(ask(&w, "GET /healthz", "", "").status, 200);
    }
}
