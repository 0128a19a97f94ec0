//! Who knocks with what is not, or is no longer, a key to the door.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use hmac::{Hmac, KeyInit, Mac};
use refero::api::operations;
use refero_domain::actor::ActorRole;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{
    every::{ABSENT, address},
    steps::{active_case, register, report, step},
    world::{Persona, World, secret},
};

/// Signs whatever it is given.
fn sign(header: &str, claims: &str, key: &[u8]) -> String {
    let message = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(message.as_bytes());
    format!("{message}.{}", BASE64.encode(mac.finalize().into_bytes()))
}

/// Takes a token apart.
fn parts(token: &str) -> (Value, Value) {
    let mut parts = token.split('.').map(|part| BASE64.decode(part).unwrap());
    let mut next = || serde_json::from_slice(&parts.next().unwrap()).unwrap();
    (next(), next())
}

/// A good token in which one member of header or claims is another, or (null) is not there.
fn with(token: &str, place: &str, name: &str, value: Value) -> String {
    let (mut header, mut claims) = parts(token);
    let changed = if place == "header" { &mut header } else { &mut claims };
    let members = changed.as_object_mut().unwrap();
    match value {
        Value::Null => drop(members.remove(name)),
        value => drop(members.insert(name.to_owned(), value)),
    }
    sign(&header.to_string(), &claims.to_string(), &secret("tokens"))
}

/// Tokens that the true key signed and that are good for nothing, each with its name.
fn misused(token: &str) -> Vec<(&'static str, String)> {
    let iat = parts(token).1["iat"].as_i64().unwrap();
    let claims = [
        ("another audience", "aud", json!("someone-elses-api")),
        ("several audiences", "aud", json!(["refero-tests-api", "other"])),
        ("no audience", "aud", Value::Null),
        ("another issuer", "iss", json!("refero")),
        ("no issuer", "iss", Value::Null),
        ("not yet good", "nbf", json!(iat + 60)),
        ("good since ever", "nbf", Value::Null),
        ("good for ever", "exp", Value::Null),
        ("good for a day", "exp", json!(iat + 86_400)),
        ("until a fraction", "exp", json!(1e300)),
        ("until a text", "exp", json!("9999999999")),
        ("of nobody", "sub", json!(ABSENT)),
        ("of no id", "sub", json!("admin")),
        ("of no session", "sid", json!(ABSENT)),
        ("with a role", "roles", json!(["system_administrator"])),
    ];
    let headers = [
        ("unsigned by word", "alg", json!("none")),
        ("another algorithm", "alg", json!("HS512")),
        ("a public key", "alg", json!("RS256")),
        ("no algorithm", "alg", Value::Null),
        ("a refresh token", "typ", json!("rt+jwt")),
        ("any token", "typ", json!("JWT")),
        ("no type", "typ", Value::Null),
        ("a key from a file", "kid", json!("../../../../dev/null")),
        ("a key from a query", "kid", json!("' or 1=1 --")),
        ("a key from outside", "jku", json!("http://127.0.0.1:1/keys")),
        ("a critical extension", "crit", json!(["b64"])),
    ];
    let of = |place, list: Vec<(&'static str, &'static str, Value)>| {
        list.into_iter()
            .map(move |(what, name, value)| (what, with(token, place, name, value)))
            .collect::<Vec<_>>()
    };
    [of("claims", claims.to_vec()), of("header", headers.to_vec())].concat()
}

/// Texts that are no token, or one that somebody else signed.
fn forged(token: &str) -> Vec<(&'static str, String)> {
    let (header, claims) = parts(token);
    let (header, claims) = (header.to_string(), claims.to_string());
    let (message, signature) = token.rsplit_once('.').unwrap();
    let unsigned = BASE64.encode(header.replace("HS256", "none"));
    let unsigned = format!("{unsigned}.{}", message.split_once('.').unwrap().1);
    let twice = claims.replacen('{', "{\"sub\":\"11111111-1111-4111-8111-111111111111\",", 1);
    let mut bits = BASE64.decode(signature).unwrap();
    bits[31] ^= 1;
    vec![
        ("of another server", sign(&header, &claims, &secret("another server"))),
        ("of an empty key", sign(&header, &claims, b"")),
        ("unsigned", format!("{unsigned}.")),
        ("unsigned and cut", unsigned),
        ("without signature", format!("{message}.")),
        ("cut", message.to_owned()),
        ("one bit another", format!("{message}.{}", BASE64.encode(bits))),
        ("padded", format!("{token}=")),
        ("two users", sign(&header, &twice, &secret("tokens"))),
        ("longer than any", format!("{token}{}", "A".repeat(5_000))),
        ("a word", "admin".to_owned()),
        ("dots", "..".to_owned()),
        ("empty objects", format!("{0}.{0}.{0}", BASE64.encode("{}"))),
    ]
}

/// The refusals of strangers in the trail, of which so many are expected.
fn refusals(w: &World, expected: usize) -> Vec<String> {
    let found = w.texts(
        "select refusal_code as value from audit_events where outcome = 'refused'
         and refusal_code in ('not-authenticated', 'token-expired')",
    );
    assert_eq!(found.len(), expected, "each refusal leaves one event");
    found
}

/// Somebody who may no longer act, and what the next request is told.
async fn is_shut_out(w: &World, who: &Persona, path: &str, end: &str, answer: (u16, &str)) {
    who.get(path).await.is(200);
    let before = refused_of(w, who, answer.1).len();
    w.sql(&end.replace("{user}", who.user_id.as_str()));

    who.get(path).await.is_problem(answer.0, answer.1);
    who.post(format!("{path}/notes"))
        .json(json!({"text": "x"}))
        .await
        .is_problem(answer.0, answer.1);
    assert_eq!(refused_of(w, who, answer.1).len(), before + 2, "{end}");
}

fn refused_of(w: &World, who: &Persona, code: &str) -> Vec<String> {
    w.texts(&format!(
        "select action as value from audit_events where outcome = 'refused'
         and actor_id = '{}' and refusal_code = '{code}'",
        who.user_id
    ))
}

both! {
    async fn every_operation_asks_who_knocks_and_the_trail_has_it(w: World) {
        let table = operations::table();
        let closed: Vec<_> = table.operations().iter().filter(|op| op.action.is_some()).collect();

        for op in &closed {
            let method: Method = op.method.as_str().parse().unwrap();
            let path = address(op, |_| ABSENT.to_owned());
            let answer = w.stranger(method, &path).await.is_problem(401, "not-authenticated");
            assert_eq!(answer.header("www-authenticate").as_deref(), Some("Bearer"), "{path}");
        }
        refusals(&w, closed.len());
    }

    async fn a_token_that_is_not_one_opens_nothing(w: World) {
        let responder = w.first_responder().await;
        let case = register(&responder, report()).await;
        let path = format!("/v1/cases/{case}");
        let token = responder.token();
        w.bearer(&token, Method::GET, &path).await.is(200);

        let forged = [misused(&token), forged(&token)].concat();
        for (what, token) in &forged {
            let answer = w.bearer(token, Method::GET, &path).await;
            assert_eq!(answer.status, 401, "{what}: {}", answer.text());
            answer.is_problem(401, "not-authenticated");
        }
        refusals(&w, forged.len());
    }

    async fn an_access_token_is_good_for_ten_minutes(w: World) {
        let responder = w.first_responder().await;
        let case = register(&responder, report()).await;
        let path = format!("/v1/cases/{case}");
        let token = responder.token();

        w.advance_s(604);
        w.bearer(&token, Method::GET, &path).await.is(200);
        w.advance_s(1);
        let answer = w.bearer(&token, Method::GET, &path).await;
        answer.is_problem(401, "token-expired");
        w.bearer(&responder.token(), Method::GET, &path).await.is(200);
        assert_eq!(refusals(&w, 1), ["token-expired"]);
    }

    async fn a_header_that_is_no_bearer_token_opens_nothing(w: World) {
        let responder = w.first_responder().await;
        let (token, path) = (responder.token(), "/v1/detection-reports");
        let ask = |value: String| w.stranger(Method::GET, path).header("Authorization", value);

        ask(format!("bearer {token}")).await.is(200);
        let wrong = [
            token.clone(),
            "Bearer".to_owned(),
            "Bearer ".to_owned(),
            format!("Bearer{token}"),
            format!("Bearer\t{token}"),
            format!("Basic {token}"),
            format!("Token {token}"),
            format!("Bearer {token} {token}"),
            format!("Bearer {token},{token}"),
            format!("Bearer \"{token}\""),
            "Bearer null".to_owned(),
        ];
        for value in &wrong {
            ask(value.clone()).await.is_problem(401, "not-authenticated");
        }
        let other = w.first_responder().await.token();
        for (one, two) in [(&token, &other), (&other, &token), (&token, &token)] {
            let twice = ask(format!("Bearer {one}")).header("Authorization", format!("Bearer {two}"));
            twice.await.is_problem(401, "not-authenticated");
        }
        w.stranger(Method::GET, &format!("{path}?access_token={token}"))
            .await
            .is_problem(401, "not-authenticated");
        refusals(&w, wrong.len() + 4);
    }

    async fn a_session_opens_for_its_own_user_alone(w: World) {
        let (one, two) = (w.first_responder().await, w.first_responder().await);
        let case = register(&one, report()).await;

        let stolen = with(&two.token(), "claims", "sub", json!(one.user_id));
        let path = format!("/v1/cases/{case}");
        w.bearer(&stolen, Method::GET, &path).await.is_problem(401, "not-authenticated");
    }

    async fn what_ends_a_right_ends_it_with_the_next_request(w: World) {
        let responder = w.first_responder().await;
        let owner = w.coordinator().await;
        let mut report = report();
        report["area"] = json!("XZ-N");
        let case = active_case(&responder, &owner, report).await;
        let path = format!("/v1/cases/{case}");
        let gone = (401, "not-authenticated");
        let hidden = (404, "not-found");

        for (end, answer) in [
            ("update users set state = 'disabled' where id = '{user}'", gone),
            ("update users set state = 'invited' where id = '{user}'", gone),
            ("update organisations set active = (1 = 0) where id =
              (select organisation_id from users where id = '{user}')", gone),
            ("update sessions set revoked_at = created_at where user_id = '{user}'", gone),
            ("update sessions set expires_at = created_at where user_id = '{user}'", gone),
            ("update role_grants set valid_to = valid_from where user_id = '{user}'", hidden),
            ("update role_grants set role = 'system_administrator' where user_id = '{user}'", hidden),
            ("update role_grants set area = 'XZ-S' where user_id = '{user}'", hidden),
        ] {
            let colleague = w.supervisor().await;
            w.advance_s(86_400);
            is_shut_out(&w, &colleague, &path, end, answer).await;
        }
    }

    async fn what_a_token_says_of_a_second_factor_opens_nothing(w: World) {
        let (responder, coordinator) = (w.first_responder().await, w.coordinator().await);
        let case = register(&responder, report()).await;
        crate::device::enrol(&w, &coordinator).await;
        w.advance_s(300);
        let now = w.now().to_utc().timestamp();

        let path = format!("/v1/cases/{case}/identity");
        let mut token = coordinator.token();
        for (claim, value) in [("amr", json!(["pwd", "otp", "mfa"])), ("auth_time", json!(now))] {
            token = with(&token, "claims", claim, value);
        }
        w.bearer(&token, Method::GET, "/v1/me").await.is(200);
        let asked = w.bearer(&token, Method::GET, &path).header("Access-Purpose", "care");
        asked.await.is_problem(403, "step-up-required");
    }

    async fn a_person_who_moves_leaves_the_organisations_cases_behind(w: World) {
        let responder = w.first_responder().await;
        let case = register(&responder, report()).await;
        let elsewhere = w.organisation("law_enforcement");

        let end = format!("update users set organisation_id = '{elsewhere}' where id = '{{user}}'");
        let path = format!("/v1/cases/{case}");
        is_shut_out(&w, &responder, &path, &end, (404, "not-found")).await;
    }

    async fn a_case_that_is_reassigned_leaves_its_former_coordinator_reading(w: World) {
        let responder = w.first_responder().await;
        let (one, two) = (w.coordinator().await, w.coordinator().await);
        let supervisor = w.supervisor().await;
        let case = active_case(&responder, &one, report()).await;
        let path = format!("/v1/cases/{case}/notes");

        one.post(&path).json(json!({"text": "Called."})).await.is(201);
        step(&supervisor, &case, "assign", json!({"coordinator_id": two.user_id})).await.is(200);
        one.post(&path).json(json!({"text": "Again."})).await.is_problem(403, "not-permitted");
        two.post(&path).json(json!({"text": "Mine now."})).await.is(201);
    }

    async fn a_role_is_not_taken_from_anything_but_the_database(w: World) {
        let responder = w.first_responder().await;
        let stranger = w.persona(ActorRole::Analyst).await;
        let case = register(&responder, report()).await;

        for (name, value) in [
            ("X-Role", "coordination_supervisor"),
            ("X-User-Id", responder.user_id.as_str()),
            ("X-Organisation-Id", responder.organisation_id.as_str()),
            ("X-Original-URL", "/healthz"),
            ("X-HTTP-Method-Override", "GET"),
            ("X-Forwarded-For", "127.0.0.1"),
        ] {
            let asked = stranger.get(format!("/v1/cases/{case}")).header(name, value);
            asked.await.is_problem(404, "not-found");
        }
    }
}
