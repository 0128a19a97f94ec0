//! Headers that every answer carries, whatever made it.

use std::{future::Future, pin::Pin, rc::Rc};

use actix_web::{
    Error,
    body::MessageBody,
    dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready},
    error::InternalError,
    http::header::{self, HeaderMap, HeaderName, HeaderValue},
};

/// An answer of the API is data: nothing in it may be run, shown in a frame or loaded.
const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// The documentation is a page of our own files; nothing from outside, nothing inline.
const DOCS_POLICY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; \
                           base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Two years, as browsers' preload lists ask.
const TRANSPORT: &str = "max-age=63072000; includeSubDomains";

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Adds the headers that keep browsers and caches from doing harm with an answer.
///
/// A header that an answer sets by itself stays. Register it last (`wrap` order: the last is the
/// outermost), so that no answer escapes it, not even one the error handling made.
#[derive(Clone, Copy, Debug, Default)]
pub struct SecurityHeaders {
    behind_tls: bool,
}

impl SecurityHeaders {
    /// Makes the headers; `behind_tls` says that clients reach the server over TLS only, so that
    /// browsers may be told to remember it.
    #[must_use]
    pub fn new(behind_tls: bool) -> Self {
        Self { behind_tls }
    }

    fn apply(self, path_is_docs: bool, headers: &mut HeaderMap) {
        let policy = if path_is_docs { DOCS_POLICY } else { API_POLICY };
        let mut add = |name: HeaderName, value: &'static str| {
            if !headers.contains_key(&name) {
                headers.insert(name, HeaderValue::from_static(value));
            }
        };
        add(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        add(header::REFERRER_POLICY, "no-referrer");
        add(header::CONTENT_SECURITY_POLICY, policy);
        add(header::CACHE_CONTROL, "no-store");
        add(RESOURCE_POLICY, "same-origin");
        if self.behind_tls {
            add(header::STRICT_TRANSPORT_SECURITY, TRANSPORT);
        }
    }
}

impl<S, B> Transform<S, ServiceRequest> for SecurityHeaders
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Transform = SecurityHeadersService<S>;
    type InitError = ();
    type Future = std::future::Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let service = Rc::new(service);
        std::future::ready(Ok(SecurityHeadersService { service, headers: *self }))
    }
}

/// Carries [`SecurityHeaders`] out.
#[derive(Debug)]
pub struct SecurityHeadersService<S> {
    service: Rc<S>,
    headers: SecurityHeaders,
}

impl<S, B> Service<ServiceRequest> for SecurityHeadersService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let path = request.path();
        let is_docs = path == "/docs" || path.starts_with("/docs/");
        let headers = self.headers;
        let answer = self.service.call(request);
        Box::pin(async move {
            match answer.await {
                Ok(mut answer) => {
                    headers.apply(is_docs, answer.headers_mut());
                    Ok(answer)
                }
                Err(error) => {
                    let mut answer = error.error_response();
                    headers.apply(is_docs, answer.headers_mut());
                    Err(InternalError::from_response(error, answer).into())
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use actix_web::{App, HttpResponse, test, test::TestRequest, web};

    use super::*;

    async fn headers_of(behind_tls: bool, path: &str) -> HeaderMap {
        let app = test::init_service(
            App::new()
                .wrap(SecurityHeaders::new(behind_tls))
                .route(
                    "/lists",
                    web::get().to(|| async {
                        HttpResponse::Ok().insert_header(("Cache-Control", "max-age=60")).finish()
                    }),
                )
                .route("/docs/index.html", web::get().to(HttpResponse::Ok)),
        )
        .await;
        let answer = test::call_service(&app, TestRequest::get().uri(path).to_request()).await;
        answer.headers().clone()
    }

    #[actix_web::test]
    async fn every_answer_is_guarded_even_one_that_no_route_made() {
        let headers = headers_of(false, "/nowhere").await;

        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("content-security-policy", API_POLICY),
            ("cache-control", "no-store"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(headers.get(name).unwrap(), value);
        }
        assert!(!headers.contains_key("strict-transport-security"));
    }

    #[actix_web::test]
    async fn an_answer_may_say_that_it_can_be_cached() {
        assert_eq!(headers_of(false, "/lists").await.get("cache-control").unwrap(), "max-age=60");
    }

    #[actix_web::test]
    async fn the_documentation_loads_its_own_files_only() {
        let headers = headers_of(true, "/docs/index.html").await;

        let policy = headers.get("content-security-policy").unwrap().to_str().unwrap();
        assert!(policy.starts_with("default-src 'self'") && !policy.contains("unsafe"));
        assert!(headers.contains_key("strict-transport-security"));
        let other = headers_of(true, "/docsx").await;
        assert_eq!(other.get("content-security-policy").unwrap(), API_POLICY);
    }
}
