//! `GET /problems/{code}`: the page behind the `type` of a problem.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderMap},
    web,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Problem, ProblemCode, texts};
use crate::api::extract::Language;

/// Explains one problem to a person (HTML) or to a program (JSON).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProblemExplanation)]
pub struct Explanation<'a> {
    /// The address of the explanation, as the `type` of a problem gives it.
    #[serde(rename = "type")]
    kind: String,
    /// The stable name to switch on.
    #[schema(value_type = String)]
    code: &'a str,
    /// The HTTP status that always goes with it.
    status: u16,
    /// What it is, in the reader's language.
    #[schema(value_type = String)]
    title: &'a str,
    /// What happened and what to do next, in the reader's language.
    #[schema(value_type = String)]
    detail: &'a str,
}

/// Answers what a problem means, in the reader's language.
///
/// Public: people reach it from an error before they can sign in. Nothing in it depends on them.
///
/// # Errors
/// `not-found` for a code that does not exist.
pub async fn explain(
    request: HttpRequest,
    code: web::Path<String>,
    language: Language,
) -> Result<HttpResponse, Problem> {
    let code = ProblemCode::from_wire(&code).ok_or(ProblemCode::NotFound)?;
    let text = texts::text(code).ok_or(ProblemCode::NotFound)?;
    let explanation = Explanation {
        kind: format!("/problems/{}", code.as_str()),
        code: code.as_str(),
        status: code.status().as_u16(),
        title: text.title.get(language),
        detail: text.detail.get(language),
    };
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((header::CONTENT_LANGUAGE, language.as_str()))
        .insert_header((header::VARY, "Accept, Accept-Language"))
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"));
    if wants_html(request.headers()) {
        let page = html(&explanation, language);
        return Ok(answer.content_type("text/html; charset=utf-8").body(page));
    }
    Ok(answer.json(explanation))
}

/// Tells whether the reader prefers a page: browsers name HTML, programs name JSON or anything.
#[must_use]
pub fn wants_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("");
    accept.split(',').any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let is_html = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("text/html"));
        is_html && !parts.any(|param| matches!(param, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

/// Writes the page: no script, no style, readable by a screen reader and on any telephone.
fn html(explanation: &Explanation<'_>, language: Language) -> String {
    format!(
        "<!doctype html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} – Refero</title>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n\
         <p>{detail}</p>\n<p><code>{code}</code> · HTTP {status}</p>\n</main>\n</body>\n</html>\n",
        lang = language.as_str(),
        title = escape(explanation.title),
        detail = escape(explanation.detail),
        code = explanation.code,
        status = explanation.status,
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use actix_web::{App, body::to_bytes, test, test::TestRequest};

    use super::*;

    async fn ask(path: &str, accept: &str, language: &str) -> (u16, String, String) {
        let app =
            test::init_service(App::new().route("/problems/{code}", web::get().to(explain))).await;
        let request = TestRequest::get()
            .uri(path)
            .insert_header(("Accept", accept))
            .insert_header(("Accept-Language", language));
        let answer = test::call_service(&app, request.to_request()).await;
        let status = answer.status().as_u16();
        let kind = answer.headers().get("content-type").unwrap().to_str().unwrap().to_owned();
        let body = to_bytes(answer.into_body()).await.unwrap();
        (status, kind, String::from_utf8(body.to_vec()).unwrap())
    }

    #[actix_web::test]
    async fn a_person_gets_a_page_in_their_language() {
        let (status, kind, body) =
            ask("/problems/stale-version", "text/html,*/*;q=0.8", "pt-MZ,pt;q=0.9").await;

        assert_eq!((status, kind.as_str()), (200, "text/html; charset=utf-8"));
        assert!(body.contains("<html lang=\"pt\">"));
        assert!(body.contains("<h1>Alguém alterou isto antes de si</h1>"));
        assert!(!body.contains("<script") && !body.contains("style"));
    }

    #[actix_web::test]
    async fn a_program_gets_json() {
        let (status, kind, body) = ask("/problems/not-found", "application/json", "fr").await;

        assert_eq!((status, kind.as_str()), (200, "application/json"));
        let json: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(json["status"], 404);
        assert_eq!(json["title"], "Rien ici pour vous");
    }

    #[actix_web::test]
    async fn an_unknown_code_is_not_found_and_not_repeated() {
        let (status, kind, body) = ask("/problems/%3Cscript%3E", "text/html", "en").await;

        assert_eq!((status, kind.as_str()), (404, "application/problem+json"));
        assert!(!body.contains("script"));
    }
}
