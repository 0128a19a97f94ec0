//! What exactly is wrong with a message: one entry per place.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::{Pointer, Problem, ProblemCode};

/// Most errors one answer names; a hostile message must not make a large answer.
const MOST_ERRORS: usize = 50;

/// Declares the codes once: variant, wire name, meaning.
macro_rules! field_codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $wire:literal;)+) => {
        /// Names what is wrong with one place of a message. The list is closed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, ToSchema)]
        pub enum FieldCode {
            $($(#[doc = $doc])+ #[serde(rename = $wire)] #[schema(rename = $wire)] $variant,)+
        }

        impl FieldCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Returns the name on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $wire,)+ }
            }
        }
    };
}

field_codes! {
    /// Must be given, and is absent, null or empty.
    Required = "required";
    /// Is of another JSON type than expected.
    Type = "type";
    /// Does not exist here.
    UnknownField = "unknown-field";
    /// Stands twice in the same object or address.
    DuplicateField = "duplicate-field";
    /// Has fewer characters or elements than `min`.
    TooShort = "too-short";
    /// Has more characters or elements than `max`.
    TooLong = "too-long";
    /// Is a number outside `min` and `max`.
    OutOfRange = "out-of-range";
    /// Is not written as it has to be written.
    Format = "format";
    /// Is none of the `allowed` codes.
    NotInList = "not-in-list";
    /// Contains a control or direction character that could deceive a reader.
    ForbiddenCharacter = "forbidden-character";
    /// Is a time that has not come yet.
    InFuture = "in-future";
    /// Is a time before the earliest that makes sense.
    TooEarly = "too-early";
    /// Contradicts another place of the message.
    Inconsistent = "inconsistent";
    /// Is a password that somebody who knows the person or the lists would try early.
    Guessable = "guessable";
    /// Refers to something that does not exist for the caller.
    ReferenceUnknown = "reference-unknown";
}

impl FieldCode {
    /// Finds a code by its name on the wire.
    #[must_use]
    pub fn from_wire(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == name)
    }
}

/// A bound or a list that explains an error.
///
/// Holds numbers and words of the program only, so that a rejected value cannot be put here.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Param {
    /// A whole number, such as a smallest length.
    Number(i64),
    /// A number with a fraction.
    Decimal(f64),
    /// A word of the program.
    Word(&'static str),
    /// Words of the program, such as the codes of a list.
    Words(Vec<&'static str>),
}

impl From<i64> for Param {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<&'static str> for Param {
    fn from(word: &'static str) -> Self {
        Self::Word(word)
    }
}

impl From<&'static [&'static str]> for Param {
    fn from(words: &'static [&'static str]) -> Self {
        Self::Words(words.to_vec())
    }
}

/// Names one place that is wrong, and how. Never the value that was there.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct FieldError {
    /// Where in the body (JSON Pointer, RFC 6901); the empty text is the whole body.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false, examples("/phones/0/number"))]
    pointer: Option<String>,
    /// Which query parameter, if the error is in the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, examples("limit"))]
    parameter: Option<String>,
    /// Which header, if the error is in a header.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false, examples("If-Match"))]
    header: Option<&'static str>,
    /// What is wrong; a closed list.
    code: FieldCode,
    /// The bounds that were not kept, such as `min`, `max` or `allowed`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = Object)]
    params: BTreeMap<&'static str, Param>,
}

impl FieldError {
    fn new(code: FieldCode) -> Self {
        Self { pointer: None, parameter: None, header: None, code, params: BTreeMap::new() }
    }

    /// Names a place in the body.
    #[must_use]
    pub fn at(pointer: &Pointer, code: FieldCode) -> Self {
        Self { pointer: Some(pointer.to_string()), ..Self::new(code) }
    }

    /// Names a query parameter, unless its name is not one to repeat.
    #[must_use]
    pub fn in_parameter(name: &str, code: FieldCode) -> Self {
        let parameter = super::pointer::is_plain_name(name).then(|| name.to_owned());
        Self { parameter, ..Self::new(code) }
    }

    /// Names a header.
    #[must_use]
    pub fn in_header(name: &'static str, code: FieldCode) -> Self {
        Self { header: Some(name), ..Self::new(code) }
    }

    /// Adds a bound.
    #[must_use]
    pub fn with(mut self, name: &'static str, param: impl Into<Param>) -> Self {
        self.params.insert(name, param.into());
        self
    }

    /// Returns what is wrong.
    #[must_use]
    pub fn code(&self) -> FieldCode {
        self.code
    }

    /// Returns where in the body, if it is in the body.
    #[must_use]
    pub fn pointer(&self) -> Option<&str> {
        self.pointer.as_deref()
    }
}

/// Collects all errors of a message, so that people correct it once and not ten times.
#[derive(Clone, Debug, Default)]
pub struct FieldErrors {
    list: Vec<FieldError>,
}

impl FieldErrors {
    /// Begins without errors.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an error at a place; `"/a/b"` or a bare member name will do for a place.
    pub fn add(&mut self, place: impl Into<Pointer>, code: FieldCode) {
        self.push(FieldError::at(&place.into(), code));
    }

    /// Adds an error; beyond fifty they are dropped.
    pub fn push(&mut self, error: FieldError) {
        if self.list.len() < MOST_ERRORS {
            self.list.push(error);
        }
    }

    /// Tells whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Returns the errors found so far.
    #[must_use]
    pub fn as_slice(&self) -> &[FieldError] {
        &self.list
    }

    /// Passes if nothing is wrong.
    ///
    /// # Errors
    /// `validation-failed` with all errors.
    pub fn into_result(self) -> Result<(), Problem> {
        if self.list.is_empty() { Ok(()) } else { Err(self.into()) }
    }
}

impl From<FieldErrors> for Problem {
    fn from(errors: FieldErrors) -> Self {
        Self::new(ProblemCode::ValidationFailed).errors(errors.list)
    }
}
