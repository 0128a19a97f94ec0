//! `/docs`: Swagger UI from our own files, for people who try the API out.
//!
//! The vendored page has no inline script and asks nobody outside, so that the strict policy of
//! `security_headers` holds. Only the script that starts it is ours.

use std::sync::Arc;

use actix_web::{HttpResponse, http::header, web};
use utoipa_swagger_ui::{Config, serve};

use crate::api::problem::{Problem, ProblemCode};

/// Starts the page on our own description. `validatorUrl` would send it to a service outside.
const STARTER: &str = r##"window.onload = function () {
  window.ui = SwaggerUIBundle({
    url: "/openapi.yaml",
    dom_id: "#swagger-ui",
    deepLinking: true,
    docExpansion: "none",
    displayRequestDuration: true,
    validatorUrl: null,
    presets: [SwaggerUIBundle.presets.apis],
    layout: "BaseLayout"
  });
};
"##;

const LONG: (header::HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=3600");

/// Registers the page and its files, and leads who opens the bare address to it.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .route("/", web::get().to(to_the_page))
        .route("/docs", web::get().to(to_the_page))
        .route("/docs/{file:.*}", web::get().to(file));
}

async fn to_the_page() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "/docs/")).finish()
}

async fn file(name: web::Path<String>) -> Result<HttpResponse, Problem> {
    if name.as_str() == "swagger-initializer.js" {
        let answer = HttpResponse::Ok()
            .insert_header(LONG)
            .content_type("text/javascript; charset=utf-8")
            .body(STARTER);
        return Ok(answer);
    }
    // The maps are as large as the program and only of use to its authors.
    if name.ends_with(".map") {
        return Err(ProblemCode::NotFound.into());
    }
    let file = serve(&name, Arc::new(Config::default()))
        .map_err(|_| Problem::internal("a file of the documentation could not be read"))?
        .ok_or(ProblemCode::NotFound)?;
    let mut answer = HttpResponse::Ok();
    answer.insert_header(LONG).content_type(file.content_type.as_str());
    if file.gzpipped {
        answer.insert_header((header::CONTENT_ENCODING, "gzip"));
    }
    Ok(answer.body(file.bytes.into_owned()))
}
