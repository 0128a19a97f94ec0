//! What a body must fulfil beyond its types, all errors at once.

use std::borrow::Cow;

use serde_json::Value;
use validator::{ValidationError, ValidationErrors, ValidationErrorsKind};

use crate::api::problem::{FieldCode, FieldError, FieldErrors, Param, Pointer};

/// Says what a body must fulfil beyond its types.
///
/// With the `validator` crate: `absorb(errors, self.validate())`; else by hand:
/// `errors.add("/occurred_at", FieldCode::InFuture)`. A body without such rules is
/// `impl Checked for Body {}`, which says that somebody thought about it.
pub trait Checked {
    /// Adds everything that is wrong.
    fn check(&self, errors: &mut FieldErrors) {
        let _ = errors;
    }
}

/// Adds what the `validator` crate found, nested structs and lists included.
pub fn absorb(errors: &mut FieldErrors, outcome: Result<(), ValidationErrors>) {
    if let Err(found) = outcome {
        absorb_at(errors, &Pointer::root(), &found);
    }
}

fn absorb_at(errors: &mut FieldErrors, place: &Pointer, found: &ValidationErrors) {
    let mut fields: Vec<_> = found.errors().iter().collect();
    fields.sort_by_key(|(name, _)| *name);
    for (field, kind) in fields {
        // `__all__` is what the crate calls a rule of the whole struct.
        let place = match field.as_ref() {
            "__all__" => place.clone(),
            name => place.member(name.strip_prefix("r#").unwrap_or(name)),
        };
        match kind {
            ValidationErrorsKind::Field(list) => {
                list.iter().for_each(|error| errors.push(field_error(&place, error)));
            }
            ValidationErrorsKind::Struct(nested) => absorb_at(errors, &place, nested),
            ValidationErrorsKind::List(items) => {
                for (index, nested) in items {
                    absorb_at(errors, &place.index(*index), nested);
                }
            }
        }
    }
}

/// Translates one error. The crate keeps the rejected value among its params: it stays behind.
fn field_error(place: &Pointer, error: &ValidationError) -> FieldError {
    let mut translated = FieldError::at(place, code_of(error));
    for (theirs, ours) in [
        ("min", "min"),
        ("max", "max"),
        ("equal", "equal"),
        ("exclusive_min", "above"),
        ("exclusive_max", "below"),
    ] {
        let bound = error.params.get(theirs).and_then(number);
        if let Some(bound) = bound {
            translated = translated.with(ours, bound);
        }
    }
    translated
}

fn number(value: &Value) -> Option<Param> {
    value.as_i64().map(Param::Number).or_else(|| value.as_f64().map(Param::Decimal))
}

fn code_of(error: &ValidationError) -> FieldCode {
    match error.code.as_ref() {
        "length" => length_code(error),
        "range" => FieldCode::OutOfRange,
        "required" | "required_nested" => FieldCode::Required,
        "must_match" => FieldCode::Inconsistent,
        "does_not_contain" | "non_control_character" => FieldCode::ForbiddenCharacter,
        own => FieldCode::from_wire(own).unwrap_or(FieldCode::Format),
    }
}

/// Tells too short from too long, which the crate calls by one name.
fn length_code(error: &ValidationError) -> FieldCode {
    let length = match error.params.get("value") {
        Some(Value::String(text)) => text.chars().count(),
        Some(Value::Array(items)) => items.len(),
        Some(Value::Object(members)) => members.len(),
        _ => return FieldCode::Format,
    };
    let bound = |name: &'static str| {
        let bound = error.params.get(&Cow::Borrowed(name)).and_then(Value::as_u64);
        bound.and_then(|bound| usize::try_from(bound).ok())
    };
    let least = bound("min").or(bound("equal")).unwrap_or(0);
    if length < least { FieldCode::TooShort } else { FieldCode::TooLong }
}

#[cfg(test)]
mod tests {
    use validator::Validate;

    use super::*;

    #[derive(Validate, serde::Serialize)]
    struct Phone {
        #[validate(length(min = 3, max = 5))]
        number: String,
    }

    #[derive(Validate, serde::Serialize)]
    #[validate(schema(function = "whole", skip_on_field_errors = false))]
    struct Person {
        #[validate(range(min = 1900, max = 2100))]
        birth_year: i32,
        #[validate(custom(function = "never_future"))]
        seen: String,
        #[validate(nested)]
        main: Phone,
        #[validate(nested, length(max = 2))]
        phones: Vec<Phone>,
        #[validate(email)]
        mail: String,
    }

    fn never_future(_: &str) -> Result<(), ValidationError> {
        Err(ValidationError::new("in-future"))
    }

    fn whole(_: &Person) -> Result<(), ValidationError> {
        Err(ValidationError::new("inconsistent"))
    }

    #[test]
    fn everything_the_crate_finds_has_its_place_and_no_value() {
        let phone = |number: &str| Phone { number: number.to_owned() };
        let person = Person {
            birth_year: 1234,
            seen: "tomorrow".into(),
            main: phone("ab"),
            phones: vec![phone("123"), phone("secret-number")],
            mail: "ama at home".into(),
        };
        let mut errors = FieldErrors::new();
        absorb(&mut errors, person.validate());

        let json = serde_json::to_value(errors.as_slice()).unwrap();
        assert_eq!(
            json,
            serde_json::json!([
                {"pointer": "", "code": "inconsistent"},
                {"pointer": "/birth_year", "code": "out-of-range",
                 "params": {"min": 1900, "max": 2100}},
                {"pointer": "/mail", "code": "format"},
                {"pointer": "/main/number", "code": "too-short", "params": {"min": 3, "max": 5}},
                {"pointer": "/phones/1/number", "code": "too-long",
                 "params": {"min": 3, "max": 5}},
                {"pointer": "/seen", "code": "in-future"},
            ])
        );
        for value in ["secret", "1234", "tomorrow", "ama"] {
            assert!(!json.to_string().contains(value));
        }
    }
}
