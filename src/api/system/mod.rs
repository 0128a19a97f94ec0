//! What anybody may ask: is it alive, is it ready, which version, how is it asked, what went wrong.
//!
//! Nothing here depends on who asks, and nothing here tells about a record.

mod docs;
mod health;

use actix_web::{HttpRequest, HttpResponse, http::Method, web};

pub use self::{
    docs::configure as docs,
    health::{Liveness, Readiness, Version},
};
use crate::api::{
    openapi,
    operation::Table,
    problem::{Explanation, Problem, explain},
};

/// Adds the operations of the system itself.
pub fn table(table: Table) -> Table {
    table
        .open((Method::GET, "/healthz", "checkAlive"), health::alive, |o| {
            o.says(
                "system",
                "Say that the process lives",
                "Answers without touching the database: restart the process if this fails, not if \
                 `/readyz` does. No token is needed.",
            )
            .shows::<Liveness>()
        })
        .open((Method::GET, "/readyz", "checkReady"), health::ready, |o| {
            o.says(
                "system",
                "Say whether requests should be sent here",
                "Checks that the database answers, that its schema is the one of this program, \
                 that the deployment key is the right one, and that the server was not told to \
                 stop. 503 `unavailable` if anything of it fails; why is in the log alone, because \
                 anybody may ask. No token is needed.",
            )
            .shows::<Liveness>()
        })
        .open((Method::GET, "/version", "getVersion"), health::version, |o| {
            o.says(
                "system",
                "Show which version serves",
                "Names the program, its version and the version of the API. No token is needed.",
            )
            .shows::<Version>()
        })
        .open((Method::GET, "/openapi.yaml", "getApiDescription"), description, |o| {
            o.says(
                "system",
                "Show this description",
                "The OpenAPI 3.1 description that clients are generated from, always that of the \
                 server that answers. No token is needed.",
            )
            .texts(&["application/yaml"])
            .revalidates()
        })
        .open((Method::GET, "/problems/{code}", "explainProblem"), explain, |o| {
            o.says(
                "system",
                "Explain a problem",
                "What the `type` of a problem points to: what it means and what to do next, in \
                 English, French or Portuguese, as JSON for programs and as a page for people. \
                 404 for a code that does not exist. No token is needed.",
            )
            .names(&[("code", "not-found")])
            .shows::<Explanation<'static>>()
            .texts(&["text/html"])
        })
}

async fn description(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let document = openapi::served().map_err(Problem::internal)?;
    Ok(document.respond(&request, "public, max-age=300"))
}

/// Answers an address that nothing lives at.
pub async fn nothing_here() -> Result<HttpResponse, Problem> {
    Err(Problem::new(crate::api::problem::ProblemCode::NotFound))
}

/// Registers the answer for every address that nothing lives at.
pub fn default(config: &mut web::ServiceConfig) {
    config.default_service(web::to(nothing_here));
}
