//! Writes the description in the order in which people read it, and so that every reader reads the same.
//!
//! Much that reads YAML still reads version 1.1, in which `no` is a boolean and `2026-01-10` a date. A
//! text that could be read as something else is quoted.

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
    let marked = yaml_serde::to_string(&ordered(tree)).map_err(|_| NotWritten)?;
    Ok(marked
        .lines()
        .map(quoted)
        .fold(String::with_capacity(marked.len()), |text, line| text + &line + "\n"))
}

/// Puts quotes around what is marked on a line: a key, a value, or both.
fn quoted(line: &str) -> String {
    let Some((before, marked)) = line.split_once(MARK) else {
        return line.to_owned();
    };
    let key = marked.find(": ").or_else(|| marked.ends_with(':').then(|| marked.len() - 1));
    let (text, rest) = marked.split_at(key.unwrap_or(marked.len()));
    format!("{before}'{text}'{}", quoted(rest))
}

/// Marks a text that has to be quoted; the writer knows no way to ask for that. A private character,
/// which stands in no text of ours.
const MARK: char = '\u{e000}';

fn text(plain: String) -> Yaml {
    Yaml::String(if is_ambiguous(&plain) { format!("{MARK}{plain}") } else { plain })
}

/// Tells whether YAML 1.1 could read a text as a boolean, a number, a time or nothing.
fn is_ambiguous(text: &str) -> bool {
    const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    // A number has one point; a version such as 3.1.0 is a text to everybody.
    let is_version = text.matches('.').count() > 1;
    let like_a_number = text
        .starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'))
        && text.len() > 1
        && !is_version
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-._:".contains(&b));
    let is_digit = text.len() == 1 && text.bytes().all(|b| b.is_ascii_digit());
    like_a_number
        || is_digit
        || WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
        || matches!(text, "~" | "=" | "<<")
}

/// The extensions come from a hash map: without an order of ours, the text would change by itself.
fn ordered(tree: Json) -> Yaml {
    match tree {
        Json::Object(members) => {
            let mut members: Vec<(String, Json)> = members.into_iter().collect();
            members.sort_by_key(|(name, _)| (rank(name), name.clone()));
            let members = members.into_iter().map(|(name, value)| (text(name), ordered(value)));
            Yaml::Mapping(members.collect::<Mapping>())
        }
        Json::Array(items) => Yaml::Sequence(items.into_iter().map(ordered).collect()),
        Json::Null => Yaml::Null,
        Json::Bool(value) => Yaml::Bool(value),
        Json::Number(number) => yaml_serde::to_value(number).unwrap_or(Yaml::Null),
        Json::String(plain) => text(plain),
    }
}

fn rank(name: &str) -> usize {
    ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_yaml_1_1_reads_as_something_else_is_ambiguous() {
        for told in [
            "yes",
            "No",
            "ON",
            "off",
            "y",
            "true",
            "NULL",
            "~",
            "2026-01-10",
            "2009-05",
            "1:30",
            "0",
            "007",
            "1e3",
            "+256414000000",
            "-1",
            ".5",
            ".inf",
            "0x1F",
            "200",
            "3_000",
            "<<",
            "=",
            "2026-11-02T18:00:00Z",
            "4XX",
        ] {
            assert!(is_ambiguous(told), "{told}");
        }
        for plain in
            ["", "sent", "not_asked", "-", "yes, or no", "404 for what is not there.", "a:b"]
        {
            assert!(!is_ambiguous(plain), "{plain}");
        }
    }
}
