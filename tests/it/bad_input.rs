//! Every operation is asked wrongly in every way that a client, or somebody worse, can think of.
//! The answer is a refusal with a code, never a fault of ours, and never repeats what was sent.

use refero::api::{
    operation::Operation,
    operations,
    problem::{PROBLEM_JSON, ProblemCode},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    every::{ABSENT, address, anybody, ask, ids, parameters},
    referral_steps::{act, scene},
    steps::{active_case, report},
    world::{Answer, Asking, Persona, World, logs, together},
};

/// What is planted in every wrong request. Nobody is called so.
const PLANTED: &str = "Zyxo Kwaluseni 0x94171";

/// Expects of every answer what holds for all: no fault of ours, and of a refusal its form.
#[track_caller]
fn is_orderly(answer: &Answer) {
    let (asked, text) = (answer.asked(), answer.text());
    assert!(answer.status < 500, "{asked}: {text}\n{}", answer.log().join("\n"));
    if answer.status < 400 {
        return;
    }
    assert_eq!(answer.header("content-type").as_deref(), Some(PROBLEM_JSON), "{asked}: {text}");
    assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"), "{asked}");
    assert!(answer.header("request-id").is_some(), "{asked}");
    let code = answer.text_at("/code");
    let known = ProblemCode::from_wire(&code).unwrap();
    assert_eq!(known.status().as_u16(), answer.status, "{asked}: {code}");
    assert!(!answer.seen().contains(PLANTED), "{asked}: {}", answer.seen());
}

/// Expects one refusal of several requests.
#[track_caller]
fn are(answers: &[Answer], status: u16, code: &str) {
    for answer in answers {
        is_orderly(answer);
        let told = (answer.status, answer.json()["code"].as_str().map(str::to_owned));
        let expected = (status, Some(code.to_owned()));
        assert_eq!(told, expected, "{}: {}", answer.asked(), answer.text());
    }
}

/// An operation with the body that it is asked with, byte for byte.
fn raw(by: &Persona, op: &Operation, path: &str, body: impl Into<Vec<u8>>) -> Asking {
    bare(by, op, path).bytes("application/json", body)
}

/// An operation without any body.
fn bare(by: &Persona, op: &Operation, path: &str) -> Asking {
    let asking = by.ask(method(op), path).purpose("case_management");
    if op.if_match { asking.if_match(1) } else { asking }
}

fn method(op: &Operation) -> Method {
    op.method.as_str().parse().unwrap()
}

/// The address of nothing, below every resource.
fn nowhere(op: &Operation) -> String {
    address(op, |_| ABSENT.to_owned())
}

/// An operation with its example and no header of its own.
fn plain(by: &Persona, op: &Operation, path: &str) -> Asking {
    let asking = by.ask(method(op), path);
    match &op.body {
        Some((_, example)) => asking.json(example),
        None => asking,
    }
}

/// Says whether the operation knows who asks.
fn is_closed(op: &Operation) -> bool {
    op.action.is_some()
}

/// The example with one more member, written first.
fn with_member(example: &Value, member: &str) -> String {
    let text = example.to_string();
    let rest = text.strip_prefix('{').unwrap();
    let comma = if rest == "}" { "" } else { "," };
    format!("{{{member}{comma}{rest}")
}

/// Bodies that are no JSON at all, or JSON that two programs could read differently.
fn unreadable() -> Vec<Vec<u8>> {
    let deep = format!("{}\"{PLANTED}\"{}", "[".repeat(5_000), "]".repeat(5_000));
    let object = format!("{}1{}", "{\"a\":".repeat(5_000), "}".repeat(5_000));
    let texts = [
        format!("{{\"{PLANTED}\""),
        format!("{{\"a\": {PLANTED}}}"),
        format!("{{'a': '{PLANTED}'}}"),
        format!("{{\"a\": \"{PLANTED}\"}} {{}}"),
        format!("{{\"a\": \"{PLANTED}\",}}"),
        format!("// {PLANTED}\n{{}}"),
        "{\"a\": \"\\ud800\"}".to_owned(),
        "{\"a\": NaN}".to_owned(),
        "{\"a\": 1e999}".to_owned(),
        "{\"a\": 01}".to_owned(),
        "{\"a\": \"\u{1}\"}".to_owned(),
        "\u{feff}{}".to_owned(),
        deep,
        object,
        " ".repeat(64),
    ];
    let mut bodies: Vec<Vec<u8>> = texts.into_iter().map(String::into_bytes).collect();
    bodies.push(b"{\"a\": \"\xff\xfe\"}".to_vec());
    bodies.push(b"{\"a\": \"\xed\xa0\x80\"}".to_vec());
    bodies.push(b"{\"a\": \"\xc0\xaf\"}".to_vec());
    bodies
}

/// What each member of an example is replaced by.
fn replacements() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(1.5),
        json!(9_223_372_036_854_775_807_i64),
        json!(1e300),
        json!(""),
        json!(" "),
        json!(PLANTED),
        json!(format!("{PLANTED}\u{0}")),
        json!(format!("\u{202e}{PLANTED}\u{2066}\u{feff}")),
        json!("0000-00-00"),
        json!("'; drop table cases; --"),
        json!(PLANTED.repeat(2_000)),
        json!([]),
        json!([PLANTED, null, 1]),
        json!({}),
        json!({PLANTED: PLANTED}),
        json!(vec![json!("x"); 3_000]),
    ]
}

/// Every place in an example, by its JSON Pointer.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    let mut go = |step: &str, inner: &Value| {
        let place = format!("{at}/{step}");
        places(inner, &place, found);
        found.push(place);
    };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, inner)| go(name, inner)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, inner)| go(&i.to_string(), inner))
        }
        _ => {}
    }
}

/// Real things to aim at, so that not only the reading of the request is tried.
async fn target(w: &World, by: &Persona, op: &Operation) -> String {
    let mut filled = Vec::new();
    for (index, name) in parameters(op).into_iter().enumerate() {
        filled.push((name, thing(w, by, op, index).await));
    }
    address(op, |name| filled.iter().find(|(known, _)| *known == name).unwrap().1.clone())
}

async fn thing(w: &World, by: &Persona, op: &Operation, index: usize) -> String {
    match (op.path.split('/').nth(2).unwrap_or_default(), index) {
        ("cases", 0) => active_case(by, by, report()).await,
        ("detection-reports", 0) => {
            let mut draft = report();
            draft["submit"] = json!(false);
            by.post("/v1/detection-reports").json(draft).await.is(201).id()
        }
        ("organisations", 0) => w.organisation("ngo").to_string(),
        ("users", 0) => w.worker().await.user_id.to_string(),
        ("referrals", 0) => {
            let scene = scene(w).await;
            let (_, referral) = scene.sent().await;
            if op.path.contains("service-updates") {
                let accept = json!({"worker_id": scene.worker.user_id});
                act(&scene.manager, &referral, "accept", accept).await.is(200);
            }
            referral
        }
        _ => ABSENT.to_owned(),
    }
}

/// Sends a body at the version that stands.
fn at_current(
    by: &Persona,
    op: &Operation,
    path: &str,
    body: Value,
) -> impl Future<Output = Answer> + use<> {
    let (by, path, method, if_match) = (by.clone(), path.to_owned(), method(op), op.if_match);
    let asking = move |version: i64| {
        let asking = by.ask(method.clone(), &path).purpose("case_management").json(&body);
        if if_match { asking.if_match(version) } else { asking }
    };
    async move {
        let first = asking(1).await;
        match (first.status == 412).then(|| first.at("/current_version")) {
            Some(current) => asking(current.as_i64().unwrap()).await,
            None => first,
        }
    }
}

both! {
    async fn a_body_that_cannot_be_read_is_refused_everywhere(w: World) {
        let somebody = anybody(&w).await;
        let table = operations::table();
        for op in table.operations().iter().filter(|op| op.body.is_some()) {
            let (path, example) = (nowhere(op), &op.body.as_ref().unwrap().1);
            let unreadable = unreadable().into_iter().map(|body| raw(&somebody, op, &path, body));
            are(&together(unreadable).await, 400, "malformed-json");

            let text = example.to_string();
            let foreign = ["text/plain", "application/xml", "multipart/form-data; boundary=x",
                "application/x-www-form-urlencoded", "application/jsonp", "application/json; charset=utf-16", "json", ""];
            let foreign = foreign.map(|kind| bare(&somebody, op, &path).bytes(kind, text.clone()));
            are(&together(foreign).await, 415, "unsupported-media-type");
            let packed = raw(&somebody, op, &path, text).header("Content-Encoding", "gzip").await;
            are(&[packed], 415, "unsupported-media-type");

            let large = with_member(example, &format!("\"a\": \"{}\"", PLANTED.repeat(50_000)));
            are(&[raw(&somebody, op, &path, large).await], 413, "too-large");
        }
        assert_eq!(logs::with(PLANTED), Vec::<String>::new());
    }

    async fn a_body_of_another_shape_is_refused_everywhere(w: World) {
        let somebody = anybody(&w).await;
        let table = operations::table();
        for op in table.operations().iter().filter(|op| op.body.is_some()) {
            let (path, example) = (nowhere(op), &op.body.as_ref().unwrap().1);
            let unknown = [
                format!("\"{PLANTED}\": 1"),
                format!("\"nobody_knows_this\": \"{PLANTED}\""),
                "\"version\": 9".to_owned(),
                "\"created_by\": \"me\"".to_owned(),
                "\"__proto__\": {}".to_owned(),
            ];
            let unknown = unknown.map(|member| raw(&somebody, op, &path, with_member(example, &member)));
            are(&together(unknown).await, 422, "unknown-field");

            let others = [json!([]), json!([example]), json!(PLANTED), json!(7), json!(true), json!(null)];
            let others = others.map(|body| raw(&somebody, op, &path, body.to_string()));
            are(&together(others).await, 422, "validation-failed");
            for name in example.as_object().unwrap().keys() {
                let twice = with_member(example, &format!("\"{name}\": \"{PLANTED}\""));
                are(&[raw(&somebody, op, &path, twice).await], 422, "validation-failed");
            }
        }
        assert_eq!(logs::with(PLANTED), Vec::<String>::new());
    }

    async fn a_body_where_none_is_taken_does_no_harm(w: World) {
        let somebody = anybody(&w).await;
        let table = operations::table();
        for op in table.operations().iter().filter(|op| op.body.is_none()) {
            let body = json!({PLANTED: PLANTED}).to_string();
            is_orderly(&raw(&somebody, op, &nowhere(op), body).await);
        }
    }

    async fn a_wrong_member_is_a_refusal_and_never_a_fault(w: World) {
        let somebody = anybody(&w).await;
        let table = operations::table();
        for op in table.operations().iter().filter(|op| op.body.is_some() && is_closed(op)) {
            let example = &op.body.as_ref().unwrap().1;
            let (mut found, mut wrong) = (Vec::new(), Vec::new());
            places(example, "", &mut found);
            for place in found {
                for value in replacements() {
                    let mut body = example.clone();
                    *body.pointer_mut(&place).unwrap() = value;
                    wrong.push(body);
                }
            }
            let path = target(&w, &somebody, op).await;
            for chunk in wrong.chunks(16) {
                let asked = chunk.iter().map(|body| at_current(&somebody, op, &path, body.clone()));
                for answer in together(asked).await {
                    is_orderly(&answer);
                }
            }
        }
        assert_eq!(logs::with(PLANTED), Vec::<String>::new());
    }

    async fn an_id_that_cannot_be_read_is_an_id_that_nothing_has(w: World) {
        let somebody = anybody(&w).await;
        let table = operations::table();
        let planted = PLANTED.replace(' ', "%20");
        let odd = ["0", "x", "%00", "%27%20or%201=1", "null", "..%2f..%2fetc%2fpasswd", "%F0%9F%92%A9",
            "11111111-1111-1111-8111-111111111111", "11111111111141118111111111111111",
            "{11111111-1111-4111-8111-111111111111}", &planted];
        for op in table.operations().iter().filter(|op| is_closed(op)) {
            let same = |asking: Asking| asking.header("X-Request-Id", "5a3e5a3e5a3e5a3e");
            for name in ids(op) {
                let absent = same(ask(&somebody, op, &nowhere(op), 1)).await.is_problem(404, "not-found");
                let odd = odd.map(|id| {
                    let path = address(op, |other| if other == name { id } else { ABSENT }.to_owned());
                    same(ask(&somebody, op, &path, 1))
                });
                for answer in together(odd).await {
                    is_orderly(&answer);
                    // Whoever is refused before the body was read is asked to connect anew.
                    let seen = answer.seen().replace("connection: close\n", "");
                    assert_eq!(seen, absent.seen(), "{}", answer.asked());
                }
            }
        }
        assert_eq!(logs::with(PLANTED), Vec::<String>::new());
    }

    async fn a_wrong_header_is_refused_everywhere(w: World) {
        let somebody = anybody(&w).await;
        let table = operations::table();
        for op in table.operations().iter().filter(|op| is_closed(op)) {
            let path = nowhere(op);
            let good = || {
                let asking = plain(&somebody, op, &path).without_key().purpose("case_management");
                if op.needs_key { asking.key("good-key") } else { asking }
            };
            let at = |asking: Asking| if op.if_match { asking.if_match(1) } else { asking };
            let key = |key: &str| at(good().without_key().header("Idempotency-Key", key));
            let mut wrong = vec![
                key(""), key(PLANTED), key("\"open"), key(&"k".repeat(256)),
                key("one").header("Idempotency-Key", "two"),
                at(good()).header("Access-Purpose", "care"),
                at(plain(&somebody, op, &path)).header("Access-Purpose", PLANTED),
                at(plain(&somebody, op, &path)).header("Access-Purpose", ""),
            ];
            if op.if_match {
                are(&[good().await], 428, "if-match-required");
                let tags = ["*", "1", "", "\"1", "\"1\", \"2\"", "w/\"1\"", PLANTED];
                wrong.extend(tags.map(|tag| good().header("If-Match", tag)));
                wrong.push(good().if_match(1).if_match(1));
            }
            are(&together(wrong).await, 400, "invalid-header");
            if op.needs_key {
                let mut example = op.body.as_ref().map_or(json!({}), |(_, example)| example.clone());
                example.as_object_mut().unwrap().remove("id");
                let asking = raw(&somebody, op, &path, example.to_string()).without_key();
                are(&[asking.await], 400, "idempotency-key-missing");
            }
        }
        assert_eq!(logs::with(PLANTED), Vec::<String>::new());
    }

    async fn a_language_that_nobody_speaks_is_passed_over(w: World) {
        let somebody = anybody(&w).await;
        let long = "xx-".repeat(2_000);
        for wished in ["", ";;;q=9,,,", "zz", "en;q=2", "*;q=-1", PLANTED, &long, "fr;q=NaN"] {
            let asked = somebody.get("/v1/cases").header("Accept-Language", wished);
            is_orderly(&asked.await.is(200));
            let path = format!("/v1/cases/{ABSENT}");
            let answer = somebody.get(path).header("Accept-Language", wished).await;
            are(&[answer], 404, "not-found");
        }
        let french = somebody.get(format!("/v1/cases/{ABSENT}")).header("Accept-Language", "fr;q=0.9, zz").await;
        assert_eq!(french.header("content-language").as_deref(), Some("fr"));
        assert_eq!(logs::with(PLANTED), Vec::<String>::new());
    }

    async fn a_query_that_is_not_described_is_refused_everywhere(w: World) {
        let somebody = anybody(&w).await;
        let planted = PLANTED.replace(' ', "+");
        let table = operations::table();
        for op in table.operations() {
            let path = nowhere(op);
            let asked = |query: String| ask(&somebody, op, &format!("{path}?{query}"), 1);
            let unknown = ["verbose=1".to_owned(), format!("q={planted}"), format!("{planted}=1"),
                "limit%00=1".to_owned(), "LIMIT=5".to_owned(), "%ff=1".to_owned()];
            for answer in together(unknown.map(&asked)).await {
                is_orderly(&answer);
                assert_eq!(answer.status, 400, "{}: {}", answer.asked(), answer.text());
            }
            if !op.answer.as_ref().is_some_and(|answer| answer.paged) {
                continue;
            }
            let mut wrong: Vec<String> = ["limit=0", "limit=-1", "limit=201", "limit=1e3", "limit=", "limit=%2B5",
                "limit=99999999999999999999", "limit=5&limit=5", "limit[]=5"].map(str::to_owned).to_vec();
            let cursors = ["", "x", &planted, "%00", &"A".repeat(3_000)];
            wrong.extend(cursors.map(|cursor| format!("cursor={cursor}")));
            for answer in together(wrong.into_iter().map(&asked)).await {
                is_orderly(&answer);
                assert_eq!(answer.status, 400, "{}: {}", answer.asked(), answer.text());
            }
        }
        assert_eq!(logs::with(PLANTED), Vec::<String>::new());
    }
}
