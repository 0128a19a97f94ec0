//! Ids in the path.

use std::{
    future::{Ready, ready},
    str::FromStr,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload};

use crate::api::problem::{Problem, ProblemCode};

/// Takes the one id of a path, such as `/v1/cases/{id}`.
///
/// An id that cannot be read is answered exactly like one that does not exist or may not be seen
/// (404 `not-found`), so that the answer teaches nothing about which ids exist.
#[derive(Clone, Copy, Debug)]
pub struct PathId<T>(pub T);

/// Takes the two ids of a nested path, in the path's order: parent, then child.
#[derive(Clone, Copy, Debug)]
pub struct PathIds<P, C>(pub P, pub C);

impl<T: FromStr> FromRequest for PathId<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut segments = request.match_info().iter();
        let id = segments.next().and_then(|(_, id)| id.parse().ok());
        ready(id.filter(|_| segments.next().is_none()).map(Self).ok_or_else(absent))
    }
}

impl<P: FromStr, C: FromStr> FromRequest for PathIds<P, C> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut segments = request.match_info().iter();
        let parent = segments.next().and_then(|(_, id)| id.parse().ok());
        let child = segments.next().and_then(|(_, id)| id.parse().ok());
        let ids = parent.zip(child).filter(|_| segments.next().is_none());
        ready(ids.map(|(parent, child)| Self(parent, child)).ok_or_else(absent))
    }
}

fn absent() -> Problem {
    Problem::new(ProblemCode::NotFound)
}

#[cfg(test)]
mod tests {
    use actix_web::{App, HttpResponse, body::to_bytes, test, test::TestRequest, web};
    use uuid::Uuid;

    use super::*;

    const KNOWN: &str = "5f64d3b2-8c1e-4a57-9a4e-0d8f2f1f7c11";

    async fn show(PathId(id): PathId<Uuid>) -> Result<HttpResponse, Problem> {
        if id.to_string() == KNOWN { Ok(HttpResponse::Ok().finish()) } else { Err(absent()) }
    }

    async fn show_child(PathIds(_, _): PathIds<Uuid, Uuid>) -> Result<HttpResponse, Problem> {
        Ok(HttpResponse::Ok().finish())
    }

    async fn ask(path: &str) -> (u16, String, Vec<u8>) {
        let app = test::init_service(
            App::new()
                .route("/v1/cases/{id}", web::get().to(show))
                .route("/v1/cases/{id}/notes/{note_id}", web::get().to(show_child)),
        )
        .await;
        let answer = test::call_service(&app, TestRequest::get().uri(path).to_request()).await;
        let status = answer.status().as_u16();
        let headers = format!("{:?}", answer.headers());
        (status, headers, to_bytes(answer.into_body()).await.unwrap().to_vec())
    }

    #[actix_web::test]
    async fn a_malformed_id_is_answered_byte_for_byte_like_an_absent_one() {
        let absent = ask("/v1/cases/00000000-0000-4000-8000-000000000000").await;
        assert_eq!(absent.0, 404);

        for malformed in ["x", "%00", "%27%20or%201=1", "5f64d3b2", "%F0%9F%92%A9", "..%2f"] {
            assert_eq!(ask(&format!("/v1/cases/{malformed}")).await, absent, "{malformed}");
        }
        assert_eq!(ask(&format!("/v1/cases/{KNOWN}")).await.0, 200);
    }

    #[actix_web::test]
    async fn a_nested_path_needs_both_ids() {
        assert_eq!(ask(&format!("/v1/cases/{KNOWN}/notes/{KNOWN}")).await.0, 200);
        assert_eq!(ask(&format!("/v1/cases/{KNOWN}/notes/x")).await.0, 404);
        assert_eq!(ask(&format!("/v1/cases/x/notes/{KNOWN}")).await.0, 404);
    }
}
