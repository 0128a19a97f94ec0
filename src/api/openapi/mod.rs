//! The API description, from the table of operations.
//!
//! The rules that every client generator accepts: `4XX` and `5XX` as ranges and never `default`,
//! one success shape, one media type for a body, open lists as strings with their list named.

mod build;
mod example;
mod parameters;
mod responses;
mod texts;
mod yaml;

use std::sync::LazyLock;

use crate::api::{operations, revalidate::Document};

pub use self::build::{build, clashes};

/// Says that the description could not be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the API description could not be written")]
pub struct NotWritten;

static SERVED: LazyLock<Result<Document, NotWritten>> =
    LazyLock::new(|| Ok(Document::new("application/yaml", write()?)));

/// Returns the description as it is served, written once.
///
/// # Errors
/// [`NotWritten`] if it has no YAML form; a test proves that it has.
pub fn served() -> Result<&'static Document, NotWritten> {
    SERVED.as_ref().map_err(|refusal| *refusal)
}

/// Writes the description as YAML, the same text every time.
///
/// # Errors
/// [`NotWritten`] if it has no YAML form.
pub fn write() -> Result<String, NotWritten> {
    yaml::write(&build(&operations::table()))
}

/// Returns the groups that an operation may belong to.
pub fn tags() -> impl Iterator<Item = &'static str> {
    texts::TAGS.iter().map(|(name, _)| *name)
}
