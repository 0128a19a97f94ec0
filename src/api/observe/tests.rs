//! What leaves the server, and what the log says about it.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{Arc, Mutex},
};

use actix_web::{App, HttpRequest, HttpServer, body::to_bytes, test, test::TestRequest, web};
use serde_json::Value;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::fmt::MakeWriter;

use super::*;
use crate::api::security_headers::SecurityHeaders;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn start() -> (Self, DefaultGuard) {
        let log = Self::default();
        let subscriber =
            tracing_subscriber::fmt().json().flatten_event(true).with_writer(log.clone()).finish();
        let guard = tracing::subscriber::set_default(subscriber);
        (log, guard)
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn lines(&self) -> Vec<Value> {
        let text = self.text();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["target"] == ACCESS_LOG).collect()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the case could not be saved")]
struct Outer(#[source] io::Error);

async fn fails() -> Result<HttpResponse, Problem> {
    Err(Problem::internal(Outer(io::Error::other("the disk is full"))))
}

async fn panics() -> HttpResponse {
    panic!("Ama K. broke it")
}

async fn in_users_language(request: HttpRequest) -> Result<HttpResponse, Problem> {
    Language::Pt.prefer(&request);
    Err(ProblemCode::NotPermitted.into())
}

async fn number(number: web::Path<u32>) -> HttpResponse {
    HttpResponse::Ok().body(number.to_string())
}

struct Seen {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Seen {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap().to_str().unwrap()
    }
}

async fn ask(request: TestRequest) -> Seen {
    let app = test::init_service(
        App::new()
            .wrap(Observe)
            .wrap(SecurityHeaders::new(false))
            .service(web::resource("/v1/things/{id}").route(web::get().to(number)))
            .route("/fails", web::get().to(fails))
            .route("/panics", web::get().to(panics))
            .route("/language", web::get().to(in_users_language))
            .route(
                "/unready",
                web::get().to(|| async {
                    HttpResponse::ServiceUnavailable().json(serde_json::json!({"ready": false}))
                }),
            )
            .route(
                "/plain",
                web::get().to(|| async {
                    Err::<HttpResponse, _>(actix_web::error::ErrorBadRequest("Ama K. is not ok"))
                }),
            ),
    )
    .await;
    let response = match test::try_call_service(&app, request.to_request()).await {
        Ok(answer) => answer.into_parts().1.map_into_boxed_body(),
        Err(error) => error.error_response(),
    };
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = to_bytes(response.into_body()).await.unwrap();
    Seen { status, headers, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
}

fn get(path: &str) -> TestRequest {
    TestRequest::get().uri(path)
}

#[actix_web::test]
async fn a_request_leaves_one_line_that_names_no_person() {
    let (log, _guard) = Log::start();
    let request = get("/v1/things/7?name=Ama")
        .insert_header(("user-agent", "secret-agent"))
        .insert_header(("x-request-id", "4bf92f3577b34da6"));
    let seen = ask(request).await;

    assert_eq!((seen.status, seen.header("request-id")), (200, "4bf92f3577b34da6"));
    let lines = log.lines();
    assert_eq!(lines.len(), 1);
    let line = &lines[0];
    assert_eq!(line["route"], "/v1/things/{id}");
    assert_eq!((&line["method"], &line["status"]), (&"GET".into(), &200.into()));
    assert_eq!((&line["bytes"], &line["request_id"]), (&1.into(), &"4bf92f3577b34da6".into()));
    assert!(line["duration_ms"].is_number());
    for secret in ["Ama", "name", "secret-agent", "things/7"] {
        assert!(!log.text().contains(secret), "{secret}");
    }
}

#[actix_web::test]
async fn an_address_that_does_not_exist_is_a_problem_in_the_readers_language() {
    let (log, _guard) = Log::start();
    let seen = ask(get("/v1/victims/ama").insert_header(("accept-language", "fr-CI"))).await;

    assert_eq!(seen.status, 404);
    assert_eq!(seen.header("content-type"), PROBLEM_JSON);
    assert_eq!(seen.header("content-language"), "fr");
    assert_eq!(seen.header("cache-control"), "no-store");
    assert_eq!(seen.header("x-content-type-options"), "nosniff");
    assert_eq!(seen.body["type"], "/problems/not-found");
    assert_eq!(seen.body["title"], "Rien ici pour vous");
    assert_eq!(seen.body["request_id"], seen.header("request-id"));
    assert_eq!(log.lines()[0]["route"], "unmatched");
    assert!(!log.text().contains("victims"));
}

#[actix_web::test]
async fn a_wrong_method_is_told_which_are_right() {
    let seen = ask(TestRequest::delete().uri("/v1/things/7")).await;

    assert_eq!((seen.status, seen.header("allow")), (405, "GET"));
    assert_eq!(seen.body["code"], "method-not-allowed");
}

#[actix_web::test]
async fn the_frameworks_own_refusals_never_leave_as_text() {
    let (log, _guard) = Log::start();
    let malformed = ask(get("/v1/things/ama")).await;
    assert_eq!((malformed.status, malformed.header("content-type")), (404, PROBLEM_JSON));
    let plain = ask(get("/plain")).await;
    assert_eq!((plain.status, plain.header("content-type")), (400, PROBLEM_JSON));

    assert!(!plain.body.to_string().contains("Ama"));
    assert!(!log.text().contains("Ama"));
}

#[actix_web::test]
async fn a_fault_is_logged_once_with_its_causes_and_not_shown() {
    let (log, _guard) = Log::start();
    let seen = ask(get("/fails")).await;

    assert_eq!((seen.status, &seen.body["code"]), (500, &"internal".into()));
    assert!(!seen.body.to_string().contains("disk"));
    let lines = log.lines();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["error"], "the case could not be saved: the disk is full");
    assert_eq!(lines[0]["level"], "ERROR");
    assert_eq!(log.text().matches("disk").count(), 1);
}

#[actix_web::test]
async fn a_panic_is_answered_and_its_message_is_kept_nowhere() {
    let (log, _guard) = Log::start();
    let before = std::panic::take_hook();
    report_panics_by_place_only();
    let seen = ask(get("/panics").insert_header(("accept-language", "pt"))).await;
    std::panic::set_hook(before);

    assert_eq!((seen.status, seen.header("content-type")), (500, PROBLEM_JSON));
    assert_eq!(seen.header("content-language"), "pt");
    assert_eq!(seen.header("x-content-type-options"), "nosniff");
    assert_eq!(seen.body["request_id"], seen.header("request-id"));
    assert_eq!(log.lines()[0]["error"], "a handler panicked");
    assert_eq!(log.lines()[0]["route"], "unknown");
    assert!(log.text().contains("tests.rs"), "the place is logged");
    assert!(!log.text().contains("Ama"));
}

#[actix_web::test]
async fn the_users_own_language_is_spoken_once_it_is_known() {
    let seen = ask(get("/language").insert_header(("accept-language", "en"))).await;

    assert_eq!(seen.header("content-language"), "pt");
    assert_eq!(seen.body["title"], "Não tem autorização para fazer isto");
}

#[actix_web::test]
async fn an_error_answer_written_on_purpose_stays() {
    let seen = ask(get("/unready")).await;

    assert_eq!((seen.status, &seen.body["ready"]), (503, &false.into()));
    assert!(seen.headers.contains_key("request-id"));
}

#[actix_web::test]
async fn a_method_somebody_made_up_is_not_logged() {
    let (log, _guard) = Log::start();
    let method = Method::from_bytes(b"AMA").unwrap();
    ask(TestRequest::with_uri("/v1/things/1").method(method)).await;

    assert_eq!(log.lines()[0]["method"], "other");
    assert!(!log.text().contains("AMA"));
}

/// Asks over a real connection, where a panic would normally close it without an answer.
fn ask_over_a_connection(address: SocketAddr) -> String {
    let mut connection = TcpStream::connect(address).unwrap();
    let head = "GET /panics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    connection.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer
}

#[actix_web::test]
async fn a_panic_does_not_close_the_connection_without_a_word() {
    let app = || {
        App::new()
            .wrap(Observe)
            .wrap(SecurityHeaders::new(false))
            .route("/panics", web::get().to(panics))
    };
    let server = HttpServer::new(app).workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    let asking = actix_web::rt::task::spawn_blocking(move || {
        [ask_over_a_connection(address), ask_over_a_connection(address)]
    });
    let answers = asking.await.unwrap();
    handle.stop(false).await;

    for answer in answers {
        assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
        assert!(answer.contains("content-type: application/problem+json"), "{answer}");
        assert!(answer.contains("x-content-type-options: nosniff"), "{answer}");
        assert!(answer.contains("request-id: ") && !answer.contains("Ama"));
    }
}
