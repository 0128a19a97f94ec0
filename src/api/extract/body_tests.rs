//! Bodies that come from the field, from old applications, and from people who mean harm.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use actix_web::{
    App, HttpResponse, HttpServer,
    body::to_bytes,
    http::header::ContentType,
    test::{TestRequest, call_service, init_service},
    web,
};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use super::*;
use crate::api::problem::FieldErrors;

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Urgency {
    Critical,
    Other,
}

#[derive(Deserialize)]
struct Phone {
    number: String,
    #[serde(default)]
    _safe: Option<bool>,
}

/// Without `deny_unknown_fields`, to show that it cannot be forgotten.
#[derive(Deserialize)]
struct Report {
    place: String,
    urgency: Urgency,
    age: u8,
    #[serde(default)]
    phones: Vec<Phone>,
    #[serde(default)]
    district: PatchField<String>,
    #[serde(default, rename = "seen_on")]
    _seen_on: Option<Day>,
}

struct Day;

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let _text = String::deserialize(deserializer)?;
        Err(serde::de::Error::custom("in-future"))
    }
}

impl Checked for Report {
    fn check(&self, errors: &mut FieldErrors) {
        if self.place.trim().is_empty() {
            errors.add("place", FieldCode::Required);
        }
        if matches!(self.urgency, Urgency::Critical) && self.phones.is_empty() {
            errors.add("phones", FieldCode::Inconsistent);
        }
        for (index, phone) in self.phones.iter().enumerate() {
            if phone.number.len() < 3 {
                let place = crate::api::problem::Pointer::from("phones").index(index);
                errors.add(place.member("number"), FieldCode::TooShort);
            }
        }
    }
}

#[derive(Deserialize, Default)]
struct Note {
    #[serde(default)]
    text: Option<String>,
}

impl Checked for Note {}

async fn create(body: Body<Report>) -> HttpResponse {
    let (report, digest) = body.into_parts();
    assert_eq!(digest.as_bytes().len(), 32);
    HttpResponse::Ok()
        .json(json!({"age": report.age, "district": format!("{:?}", report.district)}))
}

async fn act(body: OptionalBody<Note>) -> HttpResponse {
    HttpResponse::Ok().json(json!({"text": body.into_inner().text}))
}

async fn send(request: TestRequest) -> (u16, Value) {
    let policy = BodyPolicy {
        max_bytes: 4096,
        read_timeout: Duration::from_millis(50),
        ..BodyPolicy::default()
    };
    let app = init_service(
        App::new()
            .app_data(policy)
            .route("/reports", web::post().to(create))
            .route("/accept", web::post().to(act)),
    )
    .await;
    let answer = call_service(&app, request.to_request()).await;
    let status = answer.status().as_u16();
    let bytes = to_bytes(answer.into_body()).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap())
}

async fn post(body: impl Into<web::Bytes>) -> (u16, Value) {
    let request = TestRequest::post().uri("/reports").insert_header(ContentType::json());
    send(request.set_payload(body)).await
}

/// Sends a body that must be refused, and checks that nothing of it comes back.
async fn refusal(body: &str) -> (u16, String, Value) {
    let (status, answer) = post(body.to_owned()).await;
    assert!(!answer.to_string().contains("Ama"), "{answer}");
    let code = answer["code"].as_str().unwrap().to_owned();
    (status, code, answer["errors"].clone())
}

fn one(pointer: &str, code: &str) -> Value {
    json!([{"pointer": pointer, "code": code}])
}

const GOOD: &str = r#"{"place":"Elegu","urgency":"other","age":17,"district":null}"#;

#[actix_web::test]
async fn a_good_body_is_read() {
    assert_eq!(post(GOOD).await, (200, json!({"age": 17, "district": "Null"})));
}

/// One text a line.
const NOT_JSON: &str = r#"{
{"place":"Ama
Ama
{'place':1}
{"a":1,}
{} {}
NaN
{"place":"\ud800"}
{"place":"\udc00\ud800"}
{"age":01}
{"age":1e999}
[1 2]"#;

#[actix_web::test]
async fn what_is_not_json_is_refused_with_its_place_only() {
    let deep = "[".repeat(4000);
    let others = ["", " ", "\u{feff}{}", "{\"a\":\"\u{1}\"}", &deep];
    for body in NOT_JSON.lines().chain(others) {
        let (status, code, errors) = refusal(body).await;
        assert_eq!((status, code.as_str()), (400, "malformed-json"), "{body}");
        assert!(errors[0]["params"]["line"].is_number());
    }
    let (status, answer) = post(b"{\"place\":\"\xff\xfe\"}".to_vec()).await;
    assert_eq!((status, &answer["code"]), (400, &json!("malformed-json")));
}

#[actix_web::test]
async fn a_doubled_member_is_refused_at_any_depth() {
    let twice = r#"{"place":"Ama","urgency":"other","age":1,"place":"x"}"#;
    let expected = (422, "validation-failed".to_owned(), one("/place", "duplicate-field"));
    assert_eq!(refusal(twice).await, expected);

    let deep = r#"{"extra":{"deep":[{"a":1,"\u0061":2}]}}"#;
    let (status, _, errors) = refusal(deep).await;
    assert_eq!((status, errors), (422, one("/extra/deep/0/a", "duplicate-field")));
}

#[actix_web::test]
async fn characters_that_deceive_are_refused() {
    for character in ["\\u0000", "\\u001b", "\u{202e}", "\u{2066}", "\u{7f}"] {
        let body = GOOD.replace("Elegu", &format!("Ele{character}gu"));
        let expected = (422, "validation-failed".to_owned(), one("/place", "forbidden-character"));
        assert_eq!(refusal(&body).await, expected, "{character}");
    }
    let arabic = GOOD.replace("Elegu", "أمل\u{200f}\\n");
    assert_eq!(post(arabic).await.0, 200);
}

#[actix_web::test]
async fn an_unknown_member_is_named_but_a_strange_name_is_not_repeated() {
    let with = |member: &str| GOOD.replace("\"age\":17", member);
    let unknown = |place| (422, "unknown-field".to_owned(), one(place, "unknown-field"));

    assert_eq!(refusal(&with(r#""age":17,"state":"x""#)).await, unknown("/state"));
    assert_eq!(refusal(&with(r#""age":17,"Ama K.":1"#)).await, unknown(""));
    let nested = r#""age":17,"phones":[{"number":"123"},{"number":"123","sealed":true}]"#;
    assert_eq!(refusal(&with(nested)).await, unknown("/phones/1/sealed"));
}

#[actix_web::test]
async fn a_wrong_value_is_named_by_place_and_kind() {
    for (replaced, by, pointer, code) in [
        ("\"age\":17", "\"age\":\"17 Ama\"", "/age", "type"),
        ("\"age\":17", "\"age\":300", "/age", "out-of-range"),
        ("\"age\":17", "\"age\":-1", "/age", "out-of-range"),
        ("\"age\":17", "\"age\":17.0", "/age", "type"),
        ("\"age\":17", "\"age\":1e300", "/age", "out-of-range"),
        ("\"age\":17", "\"age\":null", "/age", "required"),
        (",\"age\":17", "", "/age", "required"),
        ("\"Elegu\"", "[\"Ama\"]", "/place", "type"),
        ("\"Elegu\"", "\"   \"", "/place", "required"),
        ("\"other\"", "7", "/urgency", "type"),
        ("\"district\":null", "\"district\":5", "/district", "type"),
        ("\"district\":null", "\"phones\":{}", "/phones", "type"),
        ("\"district\":null", "\"phones\":[{\"number\":1}]", "/phones/0/number", "type"),
        ("\"district\":null", "\"phones\":[[\"Ama\"]]", "/phones/0", "type"),
        ("\"district\":null", "\"seen_on\":\"Ama\"", "/seen_on", "in-future"),
    ] {
        let expected = (422, "validation-failed".to_owned(), one(pointer, code));
        assert_eq!(refusal(&GOOD.replace(replaced, by)).await, expected, "{by}");
    }
    for whole in ["[]", "\"Ama\"", "17", "true"] {
        assert_eq!(refusal(whole).await.2, one("", "type"));
    }
    assert_eq!(refusal("null").await.2, one("", "required"));
}

#[actix_web::test]
async fn a_code_outside_its_list_is_answered_with_the_list() {
    let (_, _, errors) = refusal(&GOOD.replace("other", "Ama")).await;
    assert_eq!(
        errors,
        json!([{"pointer": "/urgency", "code": "not-in-list",
                "params": {"allowed": ["critical", "other"]}}])
    );
}

#[actix_web::test]
async fn everything_wrong_is_named_at_once() {
    let body =
        r#"{"place":"","urgency":"other","age":1,"phones":[{"number":"1"},{"number":"12"}]}"#;
    let (_, _, errors) = refusal(body).await;
    let places = [0, 1, 2].map(|index| errors[index]["pointer"].clone());
    assert_eq!(places, ["/place", "/phones/0/number", "/phones/1/number"]);
    let (_, _, errors) = refusal(&GOOD.replace("other", "critical")).await;
    assert_eq!(errors, one("/phones", "inconsistent"));
}

#[actix_web::test]
async fn another_media_type_is_refused() {
    let with = |kind: &'static str| {
        let request = TestRequest::post().uri("/reports").insert_header(("content-type", kind));
        send(request.set_payload(GOOD))
    };
    for kind in
        ["application/json", "application/JSON; charset=UTF-8", "application/merge-patch+json"]
    {
        assert_eq!(with(kind).await.0, 200, "{kind}");
    }
    for kind in ["text/plain", "application/json; charset=utf-16", "application/jsonp", "", "x"] {
        assert_eq!(with(kind).await.0, 415, "{kind}");
    }
    let bare = send(TestRequest::post().uri("/reports").set_payload(GOOD)).await;
    assert_eq!((bare.0, &bare.1["code"]), (415, &json!("unsupported-media-type")));
    let packed = TestRequest::post()
        .uri("/reports")
        .insert_header(ContentType::json())
        .insert_header(("content-encoding", "gzip"));
    assert_eq!(send(packed.set_payload(GOOD)).await.0, 415);
}

#[actix_web::test]
async fn a_body_that_is_too_large_is_refused() {
    let (status, answer) = post(GOOD.replace("Elegu", &"x".repeat(5000))).await;
    assert_eq!((status, &answer["code"]), (413, &json!("too-large")));
    let announced = TestRequest::post()
        .uri("/reports")
        .set_payload(GOOD)
        .insert_header(ContentType::json())
        .insert_header(("content-length", "99999999"));
    assert_eq!(send(announced).await.0, 413);
}

#[actix_web::test]
async fn an_act_without_members_needs_no_body() {
    let nothing = TestRequest::post().uri("/accept");
    assert_eq!(send(nothing).await, (200, json!({"text": null})));
    let act = |body: &'static str| {
        let request = TestRequest::post().uri("/accept").insert_header(ContentType::json());
        send(request.set_payload(body))
    };
    assert_eq!(act("{}").await.0, 200);
    assert_eq!(act(r#"{"text":"ok"}"#).await, (200, json!({"text": "ok"})));
    assert_eq!(act(r#"{"state":"closed"}"#).await.0, 422);
    assert_eq!(act(" ").await.0, 400);
    let untyped = TestRequest::post().uri("/accept").set_payload("{}");
    assert_eq!(send(untyped).await.0, 415);
}

/// Announces a body over a real connection and never sends it.
fn stall(address: SocketAddr) -> String {
    let mut connection = TcpStream::connect(address).unwrap();
    let head = "POST /reports HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
                Content-Length: 10\r\nConnection: close\r\n\r\n{";
    connection.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer
}

#[actix_web::test]
async fn a_sender_who_stalls_is_not_waited_for() {
    let policy = BodyPolicy { read_timeout: Duration::from_millis(50), ..BodyPolicy::default() };
    let app = move || App::new().app_data(policy).route("/reports", web::post().to(create));
    let server = HttpServer::new(app).workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    let answer = actix_web::rt::task::spawn_blocking(move || stall(address)).await.unwrap();
    handle.stop(false).await;

    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("request-timeout"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn no_bytes_break_the_reader(bytes: Vec<u8>, name in "\\PC{0,12}", value in "\\PC{0,12}") {
        let system = actix_web::rt::System::new();
        let object = json!({name: value}).to_string();
        for body in [bytes, object.into_bytes()] {
            let (status, _) = system.block_on(post(body));
            prop_assert!(matches!(status, 400 | 422));
        }
    }
}
