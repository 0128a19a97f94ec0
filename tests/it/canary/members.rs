//! Which members of which bodies are sealed, as the description of the API says it.

use std::collections::BTreeSet;

use refero::api::operations;
use serde_json::Value;

/// Returns every member of every body that is sealed, down to the words in it.
pub(super) fn sealed() -> BTreeSet<String> {
    let table = operations::table();
    let mut found = BTreeSet::new();
    for (shape, _) in table.operations().iter().filter_map(|op| op.body.as_ref()) {
        let schemas: Value = shape
            .schemas
            .iter()
            .map(|(name, schema)| (name.clone(), serde_json::to_value(schema).unwrap()))
            .collect();
        let members = schemas[&shape.name]["properties"].as_object().cloned().unwrap_or_default();
        for (name, member) in members {
            if shape.name == "IdentityPatch" || member.to_string().contains("Sealed") {
                words(&schemas, &member, &format!("{}.{name}", shape.name), &mut found);
            }
        }
    }
    found.retain(|member| !is_code(member));
    found
}

/// Follows a schema down to the texts in it.
fn words(schemas: &Value, schema: &Value, place: &str, found: &mut BTreeSet<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        return words(schemas, &schemas[name.rsplit('/').next().unwrap()], place, found);
    }
    for one in schema["oneOf"].as_array().into_iter().flatten() {
        words(schemas, one, place, found);
    }
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        words(schemas, member, &format!("{place}.{name}"), found);
    }
    if schema["items"].is_object() {
        words(schemas, &schema["items"], place, found);
    }
    let is_text = |kind: &Value| kind == "string";
    if is_text(&schema["type"])
        || schema["type"].as_array().is_some_and(|all| all.iter().any(is_text))
    {
        found.insert(place.to_owned());
    }
}

/// Members that are codes or ids and hold no words.
fn is_code(member: &str) -> bool {
    let codes = [
        ".names.kind",
        ".documents.country",
        ".texts.id",
        ".texts.whole",
        ".ground",
        ".members.profession",
        ".members.user_id",
    ];
    codes.iter().any(|code| member.ends_with(code))
}
