//! Requests that go wrong, each with a canary in it: nothing of them is answered, kept or logged.

use refero::api::{operation::Operation, operations};
use reqwest::Method;
use serde_json::{Value, json};

use super::{life::Life, planted::Planted, walk::addresses};
use crate::{
    steps::{active_case, report},
    world::{Answer, Asking, Persona, World, together},
};

/// A version that nothing has reached.
const NEVER: i64 = 999;

/// Makes every mistake there is, knowingly and not; gives the answers, all of them refusals.
pub(super) async fn go_wrong(w: &World, life: &Life, planted: &Planted) -> Vec<Answer> {
    let somebody = crate::every::anybody(w).await;
    let wrong = planted.text("wrong", "anywhere");
    let token = planted.all()[0].token.clone();
    let mut answers = misshapen(&somebody, life, &wrong).await;
    answers.extend(misaddressed(w, &somebody, life, &token).await);
    answers.extend(untimely(&somebody, life, &wrong).await);
    answers.extend(unwelcome(w, &wrong).await);
    answers.extend(our_own(w, life, &wrong).await);
    answers
}

/// Bodies of another shape than the operation takes.
async fn misshapen(by: &Persona, life: &Life, wrong: &str) -> Vec<Answer> {
    let table = operations::table();
    let mut asked = Vec::new();
    for op in table.operations().iter().filter(|op| is_about_people(op)) {
        let Some((_, example)) = &op.body else { continue };
        let path = addresses(op, life).pop().unwrap();
        let send = |kind: &str, body: Vec<u8>| {
            let method: Method = op.method.as_str().parse().unwrap();
            let asking = by.ask(method, &path).purpose("case_management").bytes(kind, body);
            if op.if_match { asking.if_match(NEVER) } else { asking }
        };
        let json = |body: Value| send("application/json", body.to_string().into_bytes());
        for name in example.as_object().unwrap().keys() {
            for value in [json!([wrong]), json!({wrong: wrong}), json!(wrong.repeat(2_000))] {
                let mut body = example.clone();
                body[name] = value;
                asked.push(json(body));
            }
        }
        for (name, value) in [(wrong, json!(1)), ("nobody_knows_this", json!(wrong))] {
            let mut body = example.clone();
            body[name] = value;
            asked.push(json(body));
        }
        for text in unreadable(wrong) {
            asked.push(send("application/json", text));
        }
        asked.push(send("text/plain", wrong.to_owned().into_bytes()));
    }
    asked.push(by.post("/v1/detection-reports").json(json!({"narrative": wrong.repeat(60_000)})));
    together(asked).await
}

fn is_about_people(op: &Operation) -> bool {
    ["/v1/cases", "/v1/referrals", "/v1/detection-reports"]
        .iter()
        .any(|path| op.path.starts_with(path))
}

/// JSON that breaks off within the canary, or holds it where no program can read it.
fn unreadable(wrong: &str) -> Vec<Vec<u8>> {
    let quoted = json!(wrong).to_string();
    let whole = format!("{{\"narrative\": {quoted}, \"place\": {quoted}");
    let cut = whole.len() - quoted.len() / 2;
    let twice = format!("{{\"note\": {quoted}, \"note\": {quoted}}}");
    let mut bytes = format!("{{\"narrative\": \"{wrong} ").into_bytes();
    bytes.extend_from_slice(b"\xff\xfe\"}");
    let deep = format!("{}{quoted}{}", "[".repeat(500), "]".repeat(500));
    let texts = [&whole[..cut], &twice, &format!("{{\"narrative\": {wrong}}}"), &deep];
    texts.into_iter().map(|text| text.as_bytes().to_vec()).chain([bytes]).collect()
}

/// Canaries where only ids, codes and keys belong: in addresses and in headers.
async fn misaddressed(w: &World, by: &Persona, life: &Life, token: &str) -> Vec<Answer> {
    let case = format!("/v1/cases/{}", life.case);
    let mut asked: Vec<Asking> = [
        format!("/v1/{token}"),
        format!("/v1/cases/{token}"),
        format!("{case}/{token}"),
        format!("{case}/notes/{token}"),
        format!("/v1/referrals/{token}/package"),
        format!("/v1/code-lists/{token}"),
        format!("/problems/{token}"),
        format!("/v1/cases?{token}%20{token}=1"),
        format!("/v1/cases?state={token}"),
        format!("/v1/cases?cursor={token}"),
        format!("/v1/cases?limit={token}"),
        format!("/v1/audit-events?case_id={token}"),
        format!("{case}/identity?name={token}"),
    ]
    .iter()
    .map(|path| by.get(path))
    .collect();
    for name in ["Access-Purpose", "If-Match", "Idempotency-Key"] {
        let body = json!({"names": [{"text": token}]});
        let patch = by.patch(format!("{case}/identity")).json(body);
        asked.push(patch.header(name, format!("{token} {token}")));
    }
    let unknown = Method::from_bytes(token.to_uppercase().as_bytes()).unwrap();
    asked.push(by.ask(unknown, &case));
    for name in
        ["X-Request-Id", "Traceparent", "User-Agent", "Referer", "Cookie", "X-Forwarded-For"]
    {
        asked.push(by.get("/v1/no-such-thing").header(name, format!("{token} {token}")));
    }
    asked.push(w.bearer(token, Method::GET, &case));
    together(asked).await
}

/// Bodies that are right, and come too late, twice or not first.
async fn untimely(by: &Persona, life: &Life, wrong: &str) -> Vec<Answer> {
    let case = format!("/v1/cases/{}", life.case);
    let (notes, identity) = (format!("{case}/notes"), format!("{case}/identity"));
    let key = uuid::Uuid::new_v4().to_string();
    by.post(&notes).key(&key).json(json!({"text": "The first."})).await.is(201);

    let names = json!({"names": [{"text": wrong}]});
    let patch = || by.patch(&identity).json(&names);
    let other = by.post(&notes).key(&key).json(json!({"text": wrong})).await;
    let taken = by.post(&notes).json(json!({"id": life.note, "text": wrong})).await;
    let consent = format!("{case}/consents/{}/withdraw", life.consent);
    // What is looked for goes nowhere, whether anybody is found or not.
    let looked_for = json!({"names": [wrong], "phone": wrong, "document": wrong});
    let search = || by.post("/v1/cases/search").json(&looked_for);
    search().purpose("case_management").await.is(200);
    vec![
        search().await.is_problem(403, "purpose-required"),
        other.is_problem(422, "idempotency-key-reused"),
        taken.is_problem(409, "id-taken"),
        patch().purpose("case_management").if_match(NEVER).await.is_problem(412, "stale-version"),
        patch().purpose("case_management").await.is_problem(428, "if-match-required"),
        patch().if_match(2).await.is_problem(403, "purpose-required"),
        by.post(consent).if_match(3).json(json!({"reason": wrong})).await,
        by.post(format!("/v1/referrals/{}/cancel", life.others[0]))
            .if_match(2)
            .json(json!({"reason": wrong}))
            .await,
    ]
}

/// Sign-in with a canary: somebody types a name into the wrong field.
async fn unwelcome(w: &World, wrong: &str) -> Vec<Answer> {
    let asked = [
        ("/v1/session", json!({"username": wrong, "password": wrong})),
        ("/v1/session", json!({"username": wrong})),
        ("/v1/session/refresh", json!({"refresh_token": wrong})),
        ("/v1/session/activate", json!({"username": wrong, "secret": wrong, "password": wrong})),
    ];
    together(asked.map(|(path, body)| w.stranger(Method::POST, path).json(body))).await
}

/// Faults of ours: a table that is gone, and a sealed value that lies where it does not belong.
async fn our_own(w: &World, life: &Life, wrong: &str) -> Vec<Answer> {
    let (responder, coordinator) = (&life.people.responder, &life.people.coordinator);
    let other = active_case(responder, coordinator, report()).await;
    let of = |case: &str| format!("(select person_id from cases where id = '{case}')");
    w.sql(&format!(
        "update person_identities set sealed =
           (select sealed from person_identities where person_id = {}) where person_id = {}",
        of(&life.case),
        of(&other)
    ));
    let moved = coordinator.get(format!("/v1/cases/{other}/identity")).purpose("case_management");
    let note = coordinator.post(format!("/v1/cases/{}/notes", life.case));

    let moved = moved.await;
    w.sql("alter table notes rename to notes_elsewhere");
    let note = note.json(json!({"text": wrong})).await;
    w.sql("alter table notes_elsewhere rename to notes");
    for answer in [&moved, &note] {
        assert!(answer.status >= 500, "{} answered {}", answer.asked(), answer.text());
    }
    vec![moved, note]
}
