//! Writes the description in the order in which people read it.

use serde_json::Value as Json;
use utoipa::openapi::OpenApi;
use yaml_serde::{Mapping, Value as Yaml};

use super::NotWritten;

/// Members in reading order; the others follow by their names.
const ORDER: [&str; 26] = [
    "openapi",
    "$ref",
    "info",
    "title",
    "version",
    "tags",
    "operationId",
    "x-permission",
    "x-audit-action",
    "name",
    "in",
    "summary",
    "description",
    "security",
    "servers",
    "required",
    "deprecated",
    "type",
    "format",
    "properties",
    "items",
    "schema",
    "parameters",
    "requestBody",
    "responses",
    "paths",
];

pub(super) fn write(document: &OpenApi) -> Result<String, NotWritten> {
    let tree = serde_json::to_value(document).map_err(|_| NotWritten)?;
    yaml_serde::to_string(&ordered(tree)).map_err(|_| NotWritten)
}

/// The extensions come from a hash map: without an order of ours, the text would change by itself.
fn ordered(tree: Json) -> Yaml {
    match tree {
        Json::Object(members) => {
            let mut members: Vec<(String, Json)> = members.into_iter().collect();
            members.sort_by_key(|(name, _)| (rank(name), name.clone()));
            let members =
                members.into_iter().map(|(name, value)| (Yaml::String(name), ordered(value)));
            Yaml::Mapping(members.collect::<Mapping>())
        }
        Json::Array(items) => Yaml::Sequence(items.into_iter().map(ordered).collect()),
        Json::Null => Yaml::Null,
        Json::Bool(value) => Yaml::Bool(value),
        Json::Number(number) => yaml_serde::to_value(number).unwrap_or(Yaml::Null),
        Json::String(text) => Yaml::String(text),
    }
}

fn rank(name: &str) -> usize {
    ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len())
}
