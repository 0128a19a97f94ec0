//! The query string of a request, read strictly.

use std::{
    collections::HashSet,
    fmt,
    future::{Ready, ready},
    marker::PhantomData,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeOwned, IntoDeserializer, Visitor, value::MapDeserializer},
    forward_to_deserialize_any,
};

use super::{fault::Fault, node::has_forbidden_character};
use crate::api::problem::{FieldCode, FieldError, Problem, ProblemCode};

/// Most values one list may name.
const LONGEST_LIST: usize = 50;

/// Takes the parameters of a list.
///
/// A parameter that does not exist is refused, because a typing mistake must not widen a list of
/// people; so is one that stands twice, because two programs could read different ones.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request.query_string()).map(Self))
    }
}

fn parse<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let malformed = |_| Problem::new(ProblemCode::InvalidParameter);
    let pairs = web::Query::<Vec<(String, String)>>::from_query(query).map_err(malformed)?;
    let mut seen = HashSet::with_capacity(pairs.len());
    for (name, value) in pairs.iter() {
        let refuse = |code| {
            Problem::new(ProblemCode::InvalidParameter)
                .errors([FieldError::in_parameter(name, code)])
        };
        if !seen.insert(name.as_str()) {
            return Err(refuse(FieldCode::DuplicateField));
        }
        if has_forbidden_character(value) {
            return Err(refuse(FieldCode::ForbiddenCharacter));
        }
    }
    let pairs = pairs.into_inner().into_iter().map(|(name, value)| (name, Text(value)));
    serde_path_to_error::deserialize(Parameters(pairs.collect())).map_err(|error| {
        let path = error.path().clone();
        error.into_inner().in_query(&path)
    })
}

/// Holds the parameters, and refuses unknown ones also where `deny_unknown_fields` was forgotten.
struct Parameters(Vec<(String, Text)>);

impl<'de> Deserializer<'de> for Parameters {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_map(MapDeserializer::new(self.0.into_iter()))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let unknown = self.0.iter().find(|(name, _)| !fields.contains(&name.as_str()));
        match unknown {
            Some((name, _)) => Err(Fault::Unknown(name.clone())),
            None => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        option unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier
        ignored_any
    }
}

/// Holds one value as text and reads it as what the parameter wants.
struct Text(String);

impl<'de> IntoDeserializer<'de, Fault> for Text {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// Reads numbers: digits with at most a minus before them; no `+`, no exponent, no space.
macro_rules! deserialize_integers {
    ($($deserialize:ident $visit:ident $kind:ty;)+) => {
        $(fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            let digits = self.0.strip_prefix('-').unwrap_or(&self.0);
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return Err(Fault::Value(FieldCode::Type));
            }
            let number = self.0.parse::<$kind>();
            visitor.$visit(number.map_err(|_| Fault::Value(FieldCode::OutOfRange))?)
        })+
    };
}

impl<'de> Deserializer<'de> for Text {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_string(self.0)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0.as_str() {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => Err(Fault::Value(FieldCode::Type)),
        }
    }

    deserialize_integers! {
        deserialize_u8 visit_u8 u8;
        deserialize_u16 visit_u16 u16;
        deserialize_u32 visit_u32 u32;
        deserialize_u64 visit_u64 u64;
        deserialize_i8 visit_i8 i8;
        deserialize_i16 visit_i16 i16;
        deserialize_i32 visit_i32 i32;
        deserialize_i64 visit_i64 i64;
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_enum(self.0.into_deserializer())
    }

    forward_to_deserialize_any! {
        i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct
        map struct identifier ignored_any
    }
}

/// Holds the values of a comma list, of which one must fit: `state=sent,received`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct OneOf<T>(Vec<T>);

impl<T> Default for OneOf<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> OneOf<T> {
    /// Returns the values, in the order they were named.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }

    /// Returns the values.
    #[must_use]
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for OneOf<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List<T>(PhantomData<T>);

        impl<T: DeserializeOwned> Visitor<'_> for List<T> {
            type Value = OneOf<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("values separated by commas")
            }

            fn visit_str<E: de::Error>(self, list: &str) -> Result<Self::Value, E> {
                let named: Vec<&str> = list.split(',').collect();
                if named.len() > LONGEST_LIST {
                    return Err(E::custom(FieldCode::TooLong.as_str()));
                }
                if named.contains(&"") {
                    return Err(E::custom(FieldCode::Format.as_str()));
                }
                let values = named.into_iter().map(|value| T::deserialize(Text(value.to_owned())));
                let values: Result<Vec<T>, Fault> = values.collect();
                values.map(OneOf).map_err(|fault| match fault {
                    Fault::NotInList(allowed) => E::unknown_variant("", allowed),
                    other => E::custom(other),
                })
            }
        }

        deserializer.deserialize_str(List(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use refero_store::rows::RowLimit;
    use serde_json::{Value, json};

    use super::*;
    use crate::api::{extract::Language, page::Limit};

    /// Without `deny_unknown_fields`, to show that it cannot be forgotten.
    #[derive(Debug, Deserialize)]
    struct Filter {
        state: Option<OneOf<Language>>,
        overdue: Option<bool>,
        area: Option<OneOf<String>>,
        #[serde(default)]
        limit: Limit,
    }

    fn read(query: &str) -> Result<Filter, (ProblemCode, Value)> {
        parse(query).map_err(|problem| {
            let errors = serde_json::to_value(problem.field_errors()).unwrap();
            (problem.code(), errors)
        })
    }

    fn refused(code: ProblemCode, parameter: &str, error: &str) -> (ProblemCode, Value) {
        (code, json!([{"parameter": parameter, "code": error}]))
    }

    #[test]
    fn a_list_may_be_filtered() {
        let filter = read("state=fr,pt&overdue=true&limit=7&area=UG-1%2CUG-2").unwrap();

        assert_eq!(filter.state.unwrap().as_slice(), [Language::Fr, Language::Pt]);
        assert_eq!((filter.overdue, filter.limit.rows()), (Some(true), RowLimit::of(7)));
        assert_eq!(filter.area.unwrap().into_vec(), ["UG-1", "UG-2"]);
        let none = read("").unwrap();
        assert!(none.state.is_none() && none.limit.rows() == RowLimit::of(50));
    }

    #[test]
    fn a_typing_mistake_does_not_widen_a_list() {
        let unknown = ProblemCode::UnknownParameter;
        assert_eq!(read("sate=fr").unwrap_err(), refused(unknown, "sate", "unknown-field"));
        let strange = read("Ama%20K.=1").unwrap_err();
        assert_eq!(strange, (unknown, json!([{"code": "unknown-field"}])));
        assert!(read("State=fr").is_err());
    }

    #[test]
    fn a_wrong_value_is_named_by_its_parameter_only() {
        for (query, parameter, error) in [
            ("limit=0", "limit", "out-of-range"),
            ("limit=201", "limit", "out-of-range"),
            ("limit=99999999999", "limit", "out-of-range"),
            ("limit=-1", "limit", "out-of-range"),
            ("limit=1e9", "limit", "type"),
            ("limit=%2B5", "limit", "type"),
            ("limit=", "limit", "type"),
            ("overdue=1", "overdue", "type"),
            ("state=", "state", "format"),
            ("state=fr,", "state", "format"),
            ("limit=1&limit=2", "limit", "duplicate-field"),
            ("area=a%00b", "area", "forbidden-character"),
        ] {
            let expected = refused(ProblemCode::InvalidParameter, parameter, error);
            assert_eq!(read(query).unwrap_err(), expected, "{query}");
        }
        let too_many = format!("area={}", ["x"; 51].join(","));
        assert!(read(&too_many).is_err());
    }

    #[test]
    fn a_code_outside_its_list_is_not_repeated() {
        let (code, errors) = read("state=fr,Ama").unwrap_err();
        assert_eq!(code, ProblemCode::InvalidParameter);
        assert_eq!(
            errors,
            json!([{"parameter": "state", "code": "not-in-list",
                    "params": {"allowed": ["en", "fr", "pt"]}}])
        );
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader(query in ".*") {
            let _outcome = read(&query).is_ok();
        }
    }
}
