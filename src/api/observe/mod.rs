//! One id, one language, one log line and one error shape per request.
//!
//! The outermost but one of the middlewares: it gives the request an id, renders every
//! [`Problem`] in the reader's language, turns the framework's own refusals into problems, catches
//! panics, and writes one line. The line names the route's template, never the path, the query,
//! the body, the user agent or a person.

mod request_id;
#[cfg(test)]
mod tests;

use std::{
    any::Any,
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    rc::Rc,
    time::Instant,
};

use actix_web::{
    Error, HttpMessage, HttpResponse,
    body::{BodySize, EitherBody, MessageBody},
    dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready},
    error::InternalError,
    http::{
        Method, StatusCode,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    web::Data,
};
use refero_store::unit::Receipt;
use tracing::Instrument;

use super::{
    app::App,
    extract::Language,
    own_language,
    problem::{PROBLEM_JSON, Problem, ProblemCode},
};

pub use self::request_id::RequestId;

/// The target of the lines, to filter by.
pub const ACCESS_LOG: &str = "refero::access";

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const AUDIT_RECEIPT: HeaderName = HeaderName::from_static("audit-receipt");

/// Headers of a replaced answer that describe its body and do not fit the new one.
const OF_THE_BODY: [HeaderName; 4] =
    [header::CONTENT_LENGTH, header::CONTENT_ENCODING, header::TRANSFER_ENCODING, header::ETAG];

/// Gives every request its id and every answer its shape; see the module.
#[derive(Clone, Copy, Debug, Default)]
pub struct Observe;

impl<S, B> Transform<S, ServiceRequest> for Observe
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = ObserveService<S>;
    type InitError = ();
    type Future = std::future::Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        std::future::ready(Ok(ObserveService { service: Rc::new(service) }))
    }
}

/// Carries [`Observe`] out.
#[derive(Debug)]
pub struct ObserveService<S> {
    service: Rc<S>,
}

impl<S, B> Service<ServiceRequest> for ObserveService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let arrival = Arrival::of(&request);
        request.extensions_mut().insert(arrival.id.clone());
        request.extensions_mut().insert(arrival.language);
        let service = Rc::clone(&self.service);
        let span = tracing::info_span!("request", request_id = arrival.id.as_str());
        Box::pin(async move {
            let handling = async move { service.call(request).await };
            match guard(handling.instrument(span)).await {
                Ok(Ok(answer)) => {
                    if answer.status().is_client_error() {
                        own_language::prefer(answer.request()).await;
                    }
                    Ok(arrival.settle(answer))
                }
                Ok(Err(error)) => Err(arrival.settle_error(error)),
                Err(_panic) => Err(arrival.settle_error(Problem::internal(Panicked).into())),
            }
        })
    }
}

/// Says that a handler panicked. The panic's message is not kept: it may hold a person's data.
#[derive(Debug, thiserror::Error)]
#[error("a handler panicked")]
struct Panicked;

/// Runs a future and catches its panic, so that the client gets an answer and not a closed
/// connection.
///
/// Asserting unwind safety is right here: the future is never polled again after a panic, and
/// what it shared with others (locks, pools) marks itself as poisoned or rolls back on drop.
async fn guard<F: Future>(future: F) -> Result<F::Output, Box<dyn Any + Send>> {
    let mut future = Box::pin(future);
    poll_fn(move |context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(poll) => poll.map(Ok),
        Err(panic) => std::task::Poll::Ready(Err(panic)),
    })
    .await
}

/// Lets panics be reported by place only, because the message of a panic may hold a person's data.
pub fn report_panics_by_place_only() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location();
        let file = place.map_or("unknown", |place| place.file());
        let line = place.map_or(0, |place| place.line());
        tracing::error!(file, line, "panicked");
    }));
}

/// Keeps what is known when a request arrives.
struct Arrival {
    started: Instant,
    id: RequestId,
    language: Language,
    method: &'static str,
    app: Option<Data<App>>,
}

impl Arrival {
    fn of(request: &ServiceRequest) -> Self {
        Self {
            started: Instant::now(),
            id: RequestId::of_headers(request.headers()),
            language: Language::of_headers(request.headers()),
            method: known_method(request.method()),
            app: request.app_data::<Data<App>>().cloned(),
        }
    }

    /// Shapes an answer that is an error, stamps the id on it and writes the line.
    fn settle<B: MessageBody + 'static>(
        &self,
        answer: ServiceResponse<B>,
    ) -> ServiceResponse<EitherBody<B>> {
        let language = answer.request().extensions().get::<Language>().copied();
        let language = language.unwrap_or(self.language);
        let route = answer.request().match_pattern();
        let receipt = answer.request().extensions().get::<Receipt>().copied();
        let response = answer.response();
        let rendered = self.render(response.error(), response.status(), answer.headers(), language);
        let mut settled = match rendered {
            None => {
                self.log(Line::of(response, route));
                answer.map_into_left_body()
            }
            Some(Rendered { answer: mut fresh, code, cause }) => {
                keep_headers(answer.headers(), fresh.headers_mut());
                self.log(Line { problem: Some(code), cause, ..Line::of(&fresh, route) });
                answer.into_response(fresh).map_into_right_body()
            }
        };
        self.stamp(settled.headers_mut());
        if let Some(Receipt(leaf)) = receipt
            && settled.status().is_success()
            && let Ok(leaf) = HeaderValue::from_str(&leaf.to_string())
        {
            settled.headers_mut().insert(AUDIT_RECEIPT, leaf);
        }
        settled
    }

    /// Does the same where no answer could be made, only an error.
    fn settle_error(&self, error: Error) -> Error {
        // The request went down with the handler; the place of the panic is logged by its hook.
        let unknown_route = Some("unknown".to_owned());
        let response = error.error_response();
        let (status, headers) = (response.status(), response.headers());
        let rendered = self.render(Some(&error), status, headers, self.language);
        let mut settled = match rendered {
            None => {
                self.log(Line::of(&response, unknown_route));
                response
            }
            Some(Rendered { answer: mut fresh, code, cause }) => {
                keep_headers(response.headers(), fresh.headers_mut());
                self.log(Line { problem: Some(code), cause, ..Line::of(&fresh, unknown_route) });
                fresh
            }
        };
        self.stamp(settled.headers_mut());
        InternalError::from_response(error, settled).into()
    }

    /// Renders the problem that an answer is, or nothing if the answer stands as it is.
    fn render(
        &self,
        error: Option<&Error>,
        status: StatusCode,
        headers: &HeaderMap,
        language: Language,
    ) -> Option<Rendered> {
        let render = |problem: &Problem, cause| Rendered {
            answer: problem.render(language, Some(self.id.as_str())),
            code: problem.code(),
            cause,
        };
        if let Some(problem) = error.and_then(|error| error.as_error::<Problem>()) {
            return Some(render(problem, problem.cause_chain()));
        }
        let is_error = status.is_client_error() || status.is_server_error();
        if !is_error || is_shaped(headers, error.is_some()) {
            return None;
        }
        let cause = error.filter(|_| status.is_server_error()).map(ToString::to_string);
        Some(render(&Problem::new(ProblemCode::for_status(status)), cause))
    }

    fn stamp(&self, headers: &mut HeaderMap) {
        if let Ok(id) = HeaderValue::from_str(self.id.as_str()) {
            headers.insert(REQUEST_ID, id);
        }
    }

    /// Writes the line of the request, once; a fault of ours with its chain of causes.
    fn log(&self, line: Line) {
        let request_id = self.id.as_str();
        let method = self.method;
        let route = line.route.as_deref().unwrap_or("unmatched");
        let status = line.status.as_u16();
        let took = self.started.elapsed();
        let duration_ms = took.as_secs_f64() * 1000.0;
        if let Some(app) = &self.app {
            app.metrics().answered(method, route, status, took);
        }
        let bytes = line.bytes;
        let problem = line.problem.map(ProblemCode::as_str);
        let error = line.cause.as_deref();
        if line.status.is_server_error() {
            tracing::error!(
                target: ACCESS_LOG,
                request_id, method, route, status, duration_ms, bytes, problem, error
            );
        } else {
            tracing::info!(
                target: ACCESS_LOG,
                request_id, method, route, status, duration_ms, bytes, problem, error
            );
        }
    }
}

/// Holds an answer that replaces another one.
struct Rendered {
    answer: HttpResponse,
    code: ProblemCode,
    cause: Option<String>,
}

/// Holds what the log line says about an answer.
struct Line {
    route: Option<String>,
    status: StatusCode,
    bytes: Option<u64>,
    problem: Option<ProblemCode>,
    cause: Option<String>,
}

impl Line {
    fn of<B: MessageBody>(answer: &HttpResponse<B>, route: Option<String>) -> Self {
        let bytes = match answer.body().size() {
            BodySize::None => Some(0),
            BodySize::Sized(bytes) => Some(bytes),
            BodySize::Stream => None,
        };
        Self { route, status: answer.status(), bytes, problem: None, cause: None }
    }
}

/// Tells whether an error answer was written on purpose, and is not the framework's plain text.
fn is_shaped(headers: &HeaderMap, has_error: bool) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| {
        kind.starts_with(PROBLEM_JSON) || (!has_error && !kind.starts_with("text/plain"))
    })
}

/// Keeps what an answer said besides its body, such as `Allow` of a 405.
fn keep_headers(old: &HeaderMap, fresh: &mut HeaderMap) {
    let kept: Vec<_> = old
        .iter()
        .filter(|(name, _)| !fresh.contains_key(*name) && !OF_THE_BODY.contains(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    for (name, value) in kept {
        fresh.append(name, value);
    }
}

/// Names a method for the log; a method a client made up is not repeated.
fn known_method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
