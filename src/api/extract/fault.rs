//! Why a value could not be read, as facts instead of serde's sentences.
//!
//! Serde's own messages repeat input ("invalid type: string \"Ama\""), so they must neither be
//! shown nor searched. This error keeps the kind and forgets the value.

use std::fmt;

use serde::de;
use serde_path_to_error::{Path, Segment};

use crate::api::problem::{FieldCode, FieldError, Pointer, Problem, ProblemCode};

/// Beyond this a number without fraction has left every integer type.
const LARGEST_INTEGER: f64 = 9.2e18;

/// Says what is wrong with a value, without the value.
#[derive(Debug, PartialEq)]
pub(super) enum Fault {
    /// The value itself is wrong.
    Value(FieldCode),
    /// The value is none of these.
    NotInList(&'static [&'static str]),
    /// A member of the object is missing.
    Missing(&'static str),
    /// The object has a member that does not exist here.
    Unknown(String),
    /// The object has a member twice.
    Duplicate(&'static str),
}

impl Fault {
    /// Returns what is wrong with the value.
    pub(super) fn code(&self) -> FieldCode {
        match self {
            Self::Value(code) => *code,
            Self::NotInList(_) => FieldCode::NotInList,
            Self::Missing(_) => FieldCode::Required,
            Self::Unknown(_) => FieldCode::UnknownField,
            Self::Duplicate(_) => FieldCode::DuplicateField,
        }
    }

    /// Makes the problem of a body from where in it the fault was found.
    pub(super) fn in_body(self, path: &Path) -> Problem {
        let (place, is_exact) = pointer(path);
        let code = self.code();
        let error = match &self {
            Self::Missing(name) | Self::Duplicate(name) if is_exact => {
                FieldError::at(&place.member(name), code)
            }
            Self::Unknown(name) if is_exact => {
                FieldError::at(&place.foreign_member(name).unwrap_or(place), code)
            }
            Self::NotInList(allowed) => FieldError::at(&place, code).with("allowed", *allowed),
            Self::Value(_) | Self::Missing(_) | Self::Duplicate(_) | Self::Unknown(_) => {
                FieldError::at(&place, code)
            }
        };
        let problem = match self {
            Self::Unknown(_) => ProblemCode::UnknownField,
            _ => ProblemCode::ValidationFailed,
        };
        Problem::new(problem).errors([error])
    }

    /// Makes the problem of a query from the parameter in which the fault was found.
    pub(super) fn in_query(self, path: &Path) -> Problem {
        let parameter = path.iter().find_map(|segment| match segment {
            Segment::Map { key } => Some(key.as_str()),
            Segment::Seq { .. } | Segment::Enum { .. } | Segment::Unknown => None,
        });
        let code = self.code();
        let error = match &self {
            Self::Missing(name) | Self::Duplicate(name) => FieldError::in_parameter(name, code),
            Self::Unknown(name) => FieldError::in_parameter(name, code),
            Self::NotInList(allowed) => {
                FieldError::in_parameter(parameter.unwrap_or(""), code).with("allowed", *allowed)
            }
            Self::Value(_) => FieldError::in_parameter(parameter.unwrap_or(""), code),
        };
        let problem = match self {
            Self::Unknown(_) => ProblemCode::UnknownParameter,
            _ => ProblemCode::InvalidParameter,
        };
        Problem::new(problem).errors([error])
    }
}

/// Translates a path; stops above a member whose name is not one to repeat.
fn pointer(path: &Path) -> (Pointer, bool) {
    let mut place = Pointer::root();
    for segment in path {
        let next = match segment {
            Segment::Seq { index } => Some(place.index(*index)),
            Segment::Map { key } => place.foreign_member(key),
            Segment::Enum { variant } => place.foreign_member(variant),
            Segment::Unknown => None,
        };
        match next {
            Some(next) => place = next,
            None => return (place, false),
        }
    }
    (place, true)
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code().as_str())
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    /// Reads a message that is exactly a field code as that code, so that a value type can say
    /// `Error::custom("in-future")`; any other message is forgotten.
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Value(FieldCode::from_wire(&message.to_string()).unwrap_or(FieldCode::Format))
    }

    fn invalid_type(unexpected: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self::Value(match unexpected {
            de::Unexpected::Unit | de::Unexpected::Option => FieldCode::Required,
            de::Unexpected::Float(number) if number.abs() > LARGEST_INTEGER => {
                FieldCode::OutOfRange
            }
            _ => FieldCode::Type,
        })
    }

    fn invalid_value(unexpected: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self::Value(match unexpected {
            de::Unexpected::Unsigned(_) | de::Unexpected::Signed(_) | de::Unexpected::Float(_) => {
                FieldCode::OutOfRange
            }
            _ => FieldCode::Format,
        })
    }

    fn invalid_length(_: usize, _: &dyn de::Expected) -> Self {
        Self::Value(FieldCode::OutOfRange)
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::NotInList(expected)
    }

    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self::Unknown(field.to_owned())
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::Duplicate(field)
    }
}
