//! What a body or an answer looks like.

use utoipa::{
    ToSchema,
    openapi::{AllOf, Object, RefOr, Schema, Type, schema::SchemaType},
};

/// The schema of a body or an answer, with its name among the components.
pub struct Shape {
    /// The schema's name, or the inline schema where it has none.
    pub name: String,
    /// The schema and everything it refers to.
    pub schemas: Vec<(String, RefOr<Schema>)>,
    /// Whether it is answered as a page of a list.
    pub paged: bool,
    /// Whether every part that serde flattens into another tells its members; a test holds it true.
    pub is_whole: bool,
}

impl Shape {
    /// Takes the schema of a type.
    #[must_use]
    pub fn of<T: ToSchema>(paged: bool) -> Self {
        let name = T::name().into_owned();
        let mut schemas = vec![(name.clone(), T::schema())];
        T::schemas(&mut schemas);
        let schemas: Vec<_> =
            schemas.into_iter().map(|(name, schema)| (name, merged(schema))).collect();
        let is_whole =
            !schemas.iter().any(|(_, schema)| matches!(schema, RefOr::T(Schema::AllOf(_))));
        Self { name, schemas, paged, is_whole }
    }
}

/// Makes one object of the parts that serde flattens into one.
///
/// As `allOf` they would contradict each other: a part that allows no further members refuses the
/// members of the others, and a part that may be absent refuses an answer without it. A part that does
/// not tell its members cannot be merged: they would be missing, and nobody would see it.
fn merged(schema: RefOr<Schema>) -> RefOr<Schema> {
    match &schema {
        RefOr::T(Schema::AllOf(all)) => {
            merge(all).map_or(schema, |object| RefOr::T(Schema::Object(object)))
        }
        _ => schema,
    }
}

fn merge(all: &AllOf) -> Option<Object> {
    let mut whole = Object::with_type(Type::Object);
    whole.description.clone_from(&all.description);
    for (place, part) in all.items.iter().enumerate() {
        let part = object(part)?;
        // The second of two may be no more than what is said about the first.
        if part.properties.is_empty() && (place != 1 || all.items.len() != 2) {
            return None;
        }
        whole.properties.extend(part.properties);
        whole.required.extend(part.required);
    }
    Some(whole)
}

/// Reads one part; of one that may be absent, no member is required.
fn object(part: &RefOr<Schema>) -> Option<Object> {
    match part {
        RefOr::T(Schema::Object(object))
            if object.schema_type == SchemaType::Type(Type::Object) =>
        {
            Some(object.clone())
        }
        RefOr::T(Schema::AllOf(all)) => merge(all),
        RefOr::T(Schema::OneOf(one)) => {
            let mut found = one.items.iter().find_map(object)?;
            found.required.clear();
            Some(found)
        }
        _ => None,
    }
}
