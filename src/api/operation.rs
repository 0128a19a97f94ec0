//! One row of the table of operations, and how it becomes a route.

use std::collections::BTreeMap;

use actix_web::{
    Error, FromRequest, Handler, HttpResponse, Responder, Route,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::Method,
    middleware::{Next, from_fn},
    web,
};
use refero_domain::policy::Action;
use serde_json::Value;
use utoipa::ToSchema;

pub use crate::api::parameter::{QueryParameter, StatedPurpose, Takes};
use crate::api::{
    caller::{Caller, Stranger},
    families,
    problem::{Problem, ProblemCode},
    shape::Shape,
};

/// The arguments of a handler, the first of which says what it is permitted to do.
pub trait Guarded {
    /// The action's name; `None` where nobody has signed in yet.
    const ACTION: Option<&'static str>;
    /// Whether it asks for a fresh proof of the second factor.
    const STEPS_UP: bool;
}

macro_rules! guarded {
    ($($arg:ident)*) => {
        impl<A: Action, $($arg),*> Guarded for (Caller<A>, $($arg,)*) {
            const ACTION: Option<&'static str> = Some(A::NAME);
            const STEPS_UP: bool = A::STEPS_UP;
        }
        impl<$($arg),*> Guarded for (Stranger, $($arg,)*) {
            const ACTION: Option<&'static str> = None;
            const STEPS_UP: bool = false;
        }
    };
}
guarded!();
guarded!(B);
guarded!(B C);
guarded!(B C D);
guarded!(B C D E);

/// One operation of the API: method, path, who may, what goes in and what comes out.
pub struct Operation {
    /// The operationId of the API description, in camelCase.
    pub id: &'static str,
    /// The method.
    pub method: Method,
    /// The path template.
    pub path: &'static str,
    /// The permission, which is also the action in the trail; `None` before sign-in.
    pub action: Option<&'static str>,
    /// Whether it asks for a fresh proof of the second factor.
    pub steps_up: bool,
    /// The group in the documentation.
    pub tag: &'static str,
    /// One line.
    pub summary: &'static str,
    /// Why and when, errors, sources.
    pub description: &'static str,
    /// The body, with an example that works.
    pub body: Option<(Shape, Value)>,
    /// Media types of the body besides JSON, or instead of it if there is no schema.
    pub body_texts: &'static [(&'static str, &'static str)],
    /// Whether the body may be left out, because none of its members is needed.
    pub is_body_optional: bool,
    /// The answer on success.
    pub answer: Option<Shape>,
    /// The status on success.
    pub status: u16,
    /// Whether `If-Match` is required.
    pub if_match: bool,
    /// Whether a repeat without key or client-made id would act twice.
    pub needs_key: bool,
    /// Whether personal data is read, and `Access-Purpose` with it.
    pub purpose: Option<StatedPurpose>,
    /// Query parameters.
    pub query: &'static [QueryParameter],
    /// What the trail calls the act of somebody who has not signed in yet.
    pub audited_as: Option<&'static str>,
    /// Whether it only reads, although its method says otherwise.
    pub is_reading: bool,
    /// Whether the act leaves no event of its own.
    pub is_unrecorded: bool,
    /// Whether the answer has an ETag and `If-None-Match` may be answered 304.
    pub revalidates: bool,
    /// Media types of the answer besides JSON, or instead of it if there is no schema.
    pub texts: &'static [&'static str],
    /// An example for each path parameter that is a name and not an id.
    pub names: &'static [(&'static str, &'static str)],
    /// Whether anybody may ask, without a token.
    pub is_open: bool,
    /// Whether it takes as long as it takes, whatever the limit of a request.
    pub is_unhurried: bool,
}

impl Operation {
    /// Says whether it acts, so that the answer has the receipt of the event.
    #[must_use]
    pub fn gives_receipt(&self) -> bool {
        self.method != Method::GET && !self.is_reading
    }

    /// Says that it reads, although it is asked by `POST`: what is looked for belongs into no address.
    #[must_use]
    pub const fn reads(mut self) -> Self {
        self.is_reading = true;
        self
    }

    /// Says which group it belongs to, and what it is for.
    #[must_use]
    pub const fn says(
        mut self,
        tag: &'static str,
        summary: &'static str,
        description: &'static str,
    ) -> Self {
        self.tag = tag;
        self.summary = summary;
        self.description = description;
        self
    }

    /// Takes a body; the example is one that works.
    #[must_use]
    pub fn takes<T: ToSchema>(mut self, example: Value) -> Self {
        self.body = Some((Shape::of::<T>(false), example));
        self
    }

    /// Takes a body that may be absent: the handler asks for an `OptionalBody`.
    #[must_use]
    pub fn may_take<T: ToSchema>(mut self, example: Value) -> Self {
        self.is_body_optional = true;
        self.takes::<T>(example)
    }

    /// Takes a body in these media types too.
    #[must_use]
    pub const fn takes_also(
        mut self,
        media_types: &'static [(&'static str, &'static str)],
    ) -> Self {
        self.body_texts = media_types;
        self
    }

    /// Answers 200 with a representation.
    #[must_use]
    pub fn shows<T: ToSchema>(mut self) -> Self {
        self.answer = Some(Shape::of::<T>(false));
        self
    }

    /// Answers 201 with a representation and its address.
    #[must_use]
    pub fn creates<T: ToSchema>(mut self) -> Self {
        self.status = 201;
        self.needs_key = true;
        self.shows::<T>()
    }

    /// Answers 200 with a page of a list.
    #[must_use]
    pub fn lists<T: ToSchema>(mut self, query: &'static [QueryParameter]) -> Self {
        self.answer = Some(Shape::of::<T>(true));
        self.query = query;
        self
    }

    /// Takes query parameters, without answering a list.
    #[must_use]
    pub const fn asks(mut self, query: &'static [QueryParameter]) -> Self {
        self.query = query;
        self
    }

    /// Answers 204.
    #[must_use]
    pub const fn answers_nothing(mut self) -> Self {
        self.status = 204;
        self
    }

    /// Requires `If-Match`.
    #[must_use]
    pub const fn if_match(mut self) -> Self {
        self.if_match = true;
        self
    }

    /// Takes `Access-Purpose`.
    #[must_use]
    pub const fn for_a_purpose(mut self, stated: StatedPurpose) -> Self {
        self.purpose = Some(stated);
        self
    }

    /// Names the act in the trail, where the handler's first argument does not.
    #[must_use]
    pub const fn audited_as(mut self, action: &'static str) -> Self {
        self.audited_as = Some(action);
        self
    }

    /// Leaves no event: what is read is the same for everybody and about nobody.
    #[must_use]
    pub const fn unrecorded(mut self) -> Self {
        self.is_unrecorded = true;
        self
    }

    /// Takes as long as it takes: what it goes through grows with the years. It is of one address alone.
    #[must_use]
    pub const fn unhurried(mut self) -> Self {
        self.is_unhurried = true;
        self
    }

    /// Answers with an ETag, and 304 to who holds it already.
    #[must_use]
    pub const fn revalidates(mut self) -> Self {
        self.revalidates = true;
        self
    }

    /// Answers in these media types too.
    #[must_use]
    pub const fn texts(mut self, media_types: &'static [&'static str]) -> Self {
        self.texts = media_types;
        self
    }

    /// Says which path parameters are names, each with an example; the others are ids.
    #[must_use]
    pub const fn names(mut self, names: &'static [(&'static str, &'static str)]) -> Self {
        self.names = names;
        self
    }

    fn takes_no_query(&self) -> bool {
        self.query.is_empty() && !self.answer.as_ref().is_some_and(|answer| answer.paged)
    }
}

/// Refuses a query string where none is taken: a typing mistake is told, not passed over.
async fn refuse_query(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if request.query_string().is_empty() {
        return next.call(request).await.map(ServiceResponse::map_into_left_body);
    }
    let refusal = HttpResponse::from_error(Problem::new(ProblemCode::UnknownParameter));
    Ok(request.into_response(refusal).map_into_right_body())
}

/// The table while it is built: routes by path, and the operations in reading order.
#[derive(Default)]
pub struct Table {
    routes: BTreeMap<&'static str, Vec<Route>>,
    operations: Vec<Operation>,
}

impl Table {
    /// Adds an operation and the handler that serves it. A handler whose first argument is neither
    /// a [`Caller`] nor a [`Stranger`] does not compile.
    #[must_use]
    pub fn op<F, Args>(
        self,
        (method, path, id): (Method, &'static str, &'static str),
        handler: F,
        describe: impl FnOnce(Operation) -> Operation,
    ) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + Guarded + 'static,
        F::Output: Responder + 'static,
    {
        let caller = (Args::ACTION, Args::STEPS_UP);
        self.add((method, path, id), handler, caller, describe)
    }

    /// Adds an operation that anybody may ask: is it alive, what is it, what does an error mean.
    /// It tells nothing that depends on who asks, and is not for anything else.
    #[must_use]
    pub(in crate::api) fn open<F, Args>(
        self,
        address: (Method, &'static str, &'static str),
        handler: F,
        describe: impl FnOnce(Operation) -> Operation,
    ) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add(address, handler, (None, false), |operation| {
            let mut operation = describe(operation);
            operation.is_open = true;
            operation
        })
    }

    fn add<F, Args>(
        mut self,
        (method, path, id): (Method, &'static str, &'static str),
        handler: F,
        (action, steps_up): (Option<&'static str>, bool),
        describe: impl FnOnce(Operation) -> Operation,
    ) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let operation = describe(Operation {
            id,
            method: method.clone(),
            path,
            action,
            steps_up,
            tag: "",
            summary: "",
            description: "",
            body: None,
            body_texts: &[],
            is_body_optional: false,
            answer: None,
            status: 200,
            if_match: false,
            needs_key: false,
            purpose: None,
            query: &[],
            audited_as: None,
            is_reading: false,
            is_unrecorded: false,
            revalidates: false,
            texts: &[],
            names: &[],
            is_open: false,
            is_unhurried: false,
        });
        let routes = self.routes.entry(path).or_default();
        // A proxy and a load balancer ask with HEAD; the framework leaves the body out.
        let with_head = operation.is_open && method == Method::GET;
        for method in with_head.then_some(Method::HEAD).into_iter().chain([method]) {
            let route = web::method(method).to(handler.clone());
            routes.push(if operation.takes_no_query() {
                route.wrap(from_fn(refuse_query))
            } else {
                route
            });
        }
        self.operations.push(operation);
        self
    }

    /// Returns the operations.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// Registers what is in the table.
    pub fn mount(self, config: &mut web::ServiceConfig) {
        families::mount(self.routes, config);
    }
}
