//! What a problem looks like on the wire.

use actix_web::body::to_bytes;
use serde_json::{Value, json};

use super::*;

async fn wire(problem: &Problem, language: Language) -> (HttpResponse<()>, Value) {
    let (head, body) = problem.render(language, Some("request-1")).into_parts();
    let bytes = to_bytes(body).await.unwrap();
    (head, serde_json::from_slice(&bytes).unwrap())
}

#[actix_web::test]
async fn a_bare_problem_says_what_and_what_next_and_nothing_else() {
    let (head, body) = wire(&Problem::new(ProblemCode::NotFound), Language::En).await;

    assert_eq!(
        body,
        json!({
            "type": "/problems/not-found",
            "title": "Nothing here for you",
            "status": 404,
            "detail": "There is nothing at this address that you may see. Check the address or \
                       the number, or ask the person who gave it to you.",
            "code": "not-found",
            "request_id": "request-1",
        })
    );
    assert_eq!(head.headers().get("content-type").unwrap(), PROBLEM_JSON);
    assert_eq!(head.headers().get("cache-control").unwrap(), "no-store");
    assert_eq!(head.headers().get("content-language").unwrap(), "en");
}

#[actix_web::test]
async fn a_problem_carries_what_helps_to_go_on() {
    let problem = Problem::new(ProblemCode::IllegalTransition)
        .state("sent")
        .allowed_actions(["receive", "cancel"])
        .current_version(4)
        .errors([FieldError::at(&"/urgency".into(), FieldCode::NotInList)
            .with("allowed", ["critical", "other"].as_slice())]);
    let (_, body) = wire(&problem, Language::Fr).await;

    assert_eq!((&body["state"], &body["current_version"]), (&json!("sent"), &json!(4)));
    assert_eq!(body["allowed_actions"], json!(["receive", "cancel"]));
    assert_eq!(
        body["errors"],
        json!([{"pointer": "/urgency", "code": "not-in-list",
                "params": {"allowed": ["critical", "other"]}}])
    );
    assert_eq!(body["title"], "Impossible dans l’état actuel");
}

#[actix_web::test]
async fn refusals_carry_the_headers_that_http_asks_for() {
    for code in ProblemCode::ALL {
        let (head, _) = wire(&Problem::new(*code), Language::En).await;
        let asks_for_sign_in = head.headers().get("www-authenticate");
        assert_eq!(asks_for_sign_in.is_some(), code.status() == StatusCode::UNAUTHORIZED);
    }
    let (head, body) =
        wire(&Problem::new(ProblemCode::TooManyAttempts).retry_after_s(30), Language::En).await;
    assert_eq!(head.headers().get("retry-after").unwrap(), "30");
    assert_eq!(body["retry_after_s"], 30);
}

#[actix_web::test]
async fn the_cause_is_for_the_log_alone() {
    let problem = Problem::internal("relation \"cases\" does not exist");
    let (_, body) = wire(&problem, Language::En).await;

    assert!(!body.to_string().contains("cases"));
    assert_eq!(problem.cause_chain().unwrap(), "relation \"cases\" does not exist");
    assert_eq!(format!("{problem} {problem:?}"), "internal Problem(internal)");
}

#[test]
fn an_answer_never_names_more_errors_than_it_should() {
    let mut errors = FieldErrors::new();
    (0..1000).for_each(|_| errors.add("name", FieldCode::Required));

    assert_eq!(errors.as_slice().len(), 50);
    assert_eq!(errors.into_result().unwrap_err().code(), ProblemCode::ValidationFailed);
}

#[test]
fn every_field_code_is_found_by_its_wire_name() {
    for code in FieldCode::ALL {
        assert_eq!(FieldCode::from_wire(code.as_str()), Some(*code));
        assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
    }
    assert_eq!(FieldCode::ALL.len(), 15);
}

#[test]
fn the_schema_of_a_problem_can_be_made() {
    let schema = <ProblemBody as utoipa::PartialSchema>::schema();
    let schema = serde_json::to_value(schema).unwrap();

    assert_eq!(schema["required"], json!(["type", "title", "status", "detail", "code"]));
    assert_eq!(schema["properties"]["type"]["type"], "string");
    let error = serde_json::to_value(<FieldError as utoipa::PartialSchema>::schema()).unwrap();
    assert_eq!(error["required"], json!(["code"]));
    assert_eq!(error["properties"]["params"]["type"], "object");
}
