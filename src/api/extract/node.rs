//! A JSON document as it was sent: every member, also those sent twice.
//!
//! `serde_json::Value` keeps the last of two equal members, so two programs can read one message
//! differently; and reading straight into a struct does not notice a doubled member inside an
//! unknown one. This tree keeps everything, is inspected once, and is then read into the struct.

use std::{collections::HashSet, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{
        self, IntoDeserializer, Visitor,
        value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};

use super::fault::Fault;
use crate::api::problem::{FieldCode, FieldErrors, Pointer};

/// Holds one JSON value. It may be anybody's data, so it cannot be printed.
pub(super) enum Node {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Node {
    /// Finds doubled members and forbidden characters at any depth.
    pub(super) fn inspect(&self, errors: &mut FieldErrors) {
        self.inspect_at(&mut Vec::new(), errors);
    }

    fn inspect_at<'n>(&'n self, steps: &mut Vec<Step<'n>>, errors: &mut FieldErrors) {
        match self {
            Self::Text(text) if has_forbidden_character(text) => {
                errors.add(place(steps), FieldCode::ForbiddenCharacter);
            }
            Self::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    steps.push(Step::Index(index));
                    item.inspect_at(steps, errors);
                    steps.pop();
                }
            }
            Self::Object(members) => {
                let mut seen = HashSet::with_capacity(members.len());
                for (name, value) in members {
                    steps.push(Step::Member(name));
                    if !seen.insert(name) {
                        errors.add(place(steps), FieldCode::DuplicateField);
                    }
                    value.inspect_at(steps, errors);
                    steps.pop();
                }
            }
            Self::Null
            | Self::Bool(_)
            | Self::Unsigned(_)
            | Self::Signed(_)
            | Self::Float(_)
            | Self::Text(_) => {}
        }
    }
}

enum Step<'n> {
    Index(usize),
    Member(&'n str),
}

/// Writes the place; stops above a member whose name is not one to repeat.
fn place(steps: &[Step<'_>]) -> Pointer {
    let mut place = Pointer::root();
    for step in steps {
        place = match step {
            Step::Index(index) => place.index(*index),
            Step::Member(name) => match place.foreign_member(name) {
                Some(next) => next,
                None => return place,
            },
        };
    }
    place
}

/// Finds characters that no text of ours needs and that harm: control characters (a NUL cannot be
/// stored by PostgreSQL, an escape can rewrite a terminal) and the direction overrides that make a
/// name read differently from what it is (Unicode TR 36). Marks that Arabic needs are not among them.
pub(super) fn has_forbidden_character(text: &str) -> bool {
    text.chars().any(|c| match c {
        '\t' | '\n' | '\r' => false,
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => true,
        _ => c.is_control(),
    })
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Unsigned(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Signed(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Node, E> {
        Ok(Node::Text(value))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut members: A) -> Result<Node, A::Error> {
        let mut object = Vec::new();
        while let Some(member) = members.next_entry()? {
            object.push(member);
        }
        Ok(Node::Object(object))
    }
}

impl<'de> IntoDeserializer<'de, Fault> for Node {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Node {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self {
            Self::Null => visitor.visit_unit(),
            Self::Bool(value) => visitor.visit_bool(value),
            Self::Unsigned(value) => visitor.visit_u64(value),
            Self::Signed(value) => visitor.visit_i64(value),
            Self::Float(value) => visitor.visit_f64(value),
            Self::Text(value) => visitor.visit_string(value),
            Self::List(items) => {
                let mut items = SeqDeserializer::new(items.into_iter());
                let value = visitor.visit_seq(&mut items)?;
                items.end()?;
                Ok(value)
            }
            Self::Object(members) => {
                let mut members = MapDeserializer::new(members.into_iter());
                let value = visitor.visit_map(&mut members)?;
                members.end()?;
                Ok(value)
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self {
            Self::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    /// Refuses unknown members for every struct, also where `deny_unknown_fields` was forgotten,
    /// and a list in place of an object.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match &self {
            Self::Object(members) => refuse_unknown(members, fields)?,
            Self::Null => return Err(Fault::Value(FieldCode::Required)),
            _ => return Err(Fault::Value(FieldCode::Type)),
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self {
            Self::Text(name) => visitor.visit_enum(name.into_deserializer()),
            Self::Object(members) if members.len() == 1 => {
                let members = MapDeserializer::new(members.into_iter());
                visitor.visit_enum(MapAccessDeserializer::new(members))
            }
            Self::Null => Err(Fault::Value(FieldCode::Required)),
            _ => Err(Fault::Value(FieldCode::Type)),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

fn refuse_unknown(
    members: &[(String, Node)],
    fields: &'static [&'static str],
) -> Result<(), Fault> {
    let unknown = members.iter().find(|(name, _)| !fields.contains(&name.as_str()));
    unknown.map_or(Ok(()), |(name, _)| Err(Fault::Unknown(name.clone())))
}
