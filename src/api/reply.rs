//! Answers: a representation, its version as ETag, and where a new thing lives.

use actix_web::{
    HttpRequest, HttpResponse, Responder, body::BoxBody, http::StatusCode, http::header,
};
use serde::Serialize;

use crate::api::extract::etag;

/// Something that can be shown: what it is at which version, and where.
pub trait Representation: Serialize {
    /// The version for the ETag; `None` for things that never change.
    fn version(&self) -> Option<i64>;
    /// The address, for `Location`.
    fn location(&self) -> String;
}

/// A representation on its way out.
pub struct Reply<T> {
    status: StatusCode,
    view: T,
}

impl<T> Reply<T> {
    /// Shows something: 200.
    pub const fn shown(view: T) -> Self {
        Self { status: StatusCode::OK, view }
    }

    /// Shows something new: 201 with its address.
    pub const fn created(view: T) -> Self {
        Self { status: StatusCode::CREATED, view }
    }
}

impl<T: Representation> Responder for Reply<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        if let Some(version) = self.view.version() {
            response.insert_header(etag(version));
        }
        if self.status == StatusCode::CREATED {
            response.insert_header((header::LOCATION, self.view.location()));
        }
        response.json(self.view)
    }
}

/// An act that leaves nothing to show: 204.
pub struct Done;

impl Responder for Done {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::NoContent().finish()
    }
}
