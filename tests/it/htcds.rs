//! Where each field of IOM's case data standard (HTCDS 2.0) is found, and that it is there.

use std::{collections::BTreeMap, fs, path::Path};

use refero::api::openapi;
use refero_domain::reference::CodeLists;
use serde::Deserialize;
use serde_json::Value;

/// What the standard counts: fields, and of these the core.
const FIELDS: (usize, usize) = (83, 40);

/// `reference/htcds.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Standard {
    standard: String,
    fields: Vec<Field>,
}

/// A field of the standard: a home, or why it has none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Field {
    section: String,
    name: String,
    core: bool,
    #[serde(default)]
    deprecated: bool,
    home: Option<String>,
    list: Option<String>,
    note: Option<String>,
    none: Option<String>,
}

fn standard() -> Standard {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("reference/htcds.toml");
    toml::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Says whether a schema of the description, or one that it is made of, has a member.
fn has_member(schema: &Value, member: &str) -> bool {
    let parts = schema["allOf"].as_array().into_iter().flatten();
    schema["properties"].get(member).is_some() || parts.into_iter().any(|s| has_member(s, member))
}

#[test]
fn every_field_of_the_standard_has_a_home_or_a_reason_to_have_none() {
    let standard = standard();
    let description: Value = yaml_serde::from_str(&openapi::write().unwrap()).unwrap();
    let schemas = &description["components"]["schemas"];
    let names: BTreeMap<&str, &Field> =
        standard.fields.iter().map(|field| (field.name.as_str(), field)).collect();

    assert!(standard.standard.starts_with("HTCDS 2.0"));
    let core = names.values().filter(|field| field.core).count();
    assert_eq!((names.len(), core), FIELDS, "each field of the standard stands there once");
    for field in names.values() {
        assert!(field.home.is_some() != field.none.is_some(), "{}: one of the two", field.name);
        if let Some(home) = &field.home {
            let (schema, member) = home.split_once('.').unwrap();
            assert!(has_member(&schemas[schema], member), "{}: {home} is not there", field.name);
        }
    }
}

#[test]
fn every_list_that_fills_a_field_of_the_standard_has_its_codes() {
    let lists = CodeLists::embedded();

    for field in standard().fields {
        let Some(id) = &field.list else { continue };
        let list = lists.lists.iter().find(|list| list.id == *id);
        let list = list.unwrap_or_else(|| panic!("{}: no list {id}", field.name));
        let fills = list.htcds_field.as_deref().unwrap_or_default();
        assert!(fills.split(", ").any(|name| name == field.name), "{id} fills {fills}");
        assert!(list.values.iter().any(|value| value.htcds.is_some()), "{id} has no code of it");
    }
}

/// Writes the table of `docs/htcds.md`.
pub(crate) fn table() -> String {
    let mut text = String::new();
    let mut section = String::new();
    for field in standard().fields {
        if section != field.section {
            section.clone_from(&field.section);
            text.push_str(&format!("\n### {section}\n\n"));
            text.push_str("| field | here | remark |\n| --- | --- | --- |\n");
        }
        let mark = if field.core { " (core)" } else { "" };
        let old = if field.deprecated { " (deprecated)" } else { "" };
        let home = field.home.map_or_else(|| "nowhere".to_owned(), |home| format!("`{home}`"));
        let list = field.list.map(|list| format!("list `{list}`"));
        let remark = [list, field.note, field.none].into_iter().flatten().collect::<Vec<_>>();
        text.push_str(&format!(
            "| `{}`{mark}{old} | {home} | {} |\n",
            field.name,
            remark.join("; ")
        ));
    }
    text.push('\n');
    text
}
