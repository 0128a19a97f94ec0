//! What a handler takes from a request: parsed, checked, and refused without an echo.
//!
//! Every extractor fails with a [`Problem`](super::problem::Problem). Two of the framework's own
//! are not to be used: `web::Json`, `web::Query` and `web::Path` answer with plain text that
//! repeats input, and `Option<Extractor>` turns a wrong header into an absent one.

mod body;
#[cfg(test)]
mod body_tests;
mod checked;
mod etag;
mod fault;
mod idempotency;
mod language;
mod node;
mod patch;
mod path;
mod purpose;
mod query;
mod rows;

pub use self::{
    body::{Body, BodyDigest, BodyPolicy, OptionalBody, Upload},
    checked::{Checked, absorb},
    etag::{IfMatch, etag, if_none_match_tag},
    idempotency::{Fingerprint, IdempotencyKey, OptionalIdempotencyKey, fingerprint},
    language::Language,
    patch::PatchField,
    path::{PathId, PathIds},
    purpose::{AccessPurpose, Purpose},
    query::{OneOf, Query},
    rows::{Cell, Column, RowsBody, Tabular},
};

use actix_web::HttpRequest;

use super::problem::{FieldCode, Problem};

/// Reads a header that may stand once.
///
/// # Errors
/// `invalid-header` if it stands twice or is not visible ASCII: two values mean that somebody on
/// the way added one, and it is not for us to choose.
fn single_header<'r>(
    request: &'r HttpRequest,
    name: &'static str,
) -> Result<Option<&'r str>, Problem> {
    let mut values = request.headers().get_all(name);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Problem::header(name, FieldCode::DuplicateField));
    }
    let text = value.to_str().map_err(|_| Problem::header(name, FieldCode::ForbiddenCharacter))?;
    Ok(Some(text.trim()))
}
