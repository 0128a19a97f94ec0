//! `openapi.yaml` is what the code says, and says all that an integrator needs.

use std::{collections::BTreeSet, fs};

use refero::api::{
    openapi,
    operation::{Operation, Table, Takes},
    operations,
};
use serde_json::Value;

use super::sources::root;

fn each(rule: &str, holds: impl Fn(&Operation) -> bool) {
    let table: Table = operations::table();
    let broken: Vec<&str> =
        table.operations().iter().filter(|op| !holds(op)).map(|op| op.id).collect();
    assert!(broken.is_empty(), "{rule}: {broken:?}");
}

#[test]
fn the_committed_description_is_that_of_the_code() {
    let written = openapi::write().unwrap();
    let path = root().join("openapi.yaml");
    // As in the tests of the configuration: the one way to accept a change.
    if std::env::var_os("REFERO_UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        fs::write(&path, &written).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let differs = committed.lines().zip(written.lines()).position(|(old, new)| old != new);
    assert!(
        committed == written,
        "openapi.yaml differs from the code, first at line {}: run this test with \
         REFERO_UPDATE_GOLDEN=1 and look at what changed",
        differs.map_or(committed.lines().count(), |line| line + 1)
    );
}

#[test]
fn the_description_is_the_same_text_every_time() {
    assert_eq!(openapi::write().unwrap(), openapi::write().unwrap());
}

#[test]
fn every_operation_says_what_it_is_for() {
    each("a summary is one line without a full stop", |op| {
        !op.summary.is_empty() && op.summary.len() <= 80 && !op.summary.ends_with('.')
    });
    each("a description is a sentence", |op| {
        op.description.len() > op.summary.len() && op.description.ends_with('.')
    });
    each("a tag is one of the list", |op| openapi::tags().any(|tag| tag == op.tag));
    each("an operationId is camelCase", |op| {
        op.id.starts_with(|c: char| c.is_ascii_lowercase())
            && op.id.chars().all(|c| c.is_ascii_alphanumeric())
    });
}

#[test]
fn every_body_has_an_example_that_has_its_required_members() {
    each("an example is an object with members that the schema has", |op| {
        let Some((shape, example)) = &op.body else {
            return true;
        };
        let Some((_, schema)) = shape.schemas.iter().find(|(name, _)| *name == shape.name) else {
            return false;
        };
        let schema = serde_json::to_value(schema).unwrap();
        let known = |name: &String| schema.pointer(&format!("/properties/{name}")).is_some();
        let required = schema.get("required").and_then(|list| list.as_array().cloned());
        let Some(members) = example.as_object() else {
            return false;
        };
        (members.keys().all(known) || schema.get("properties").is_none())
            && required
                .into_iter()
                .flatten()
                .all(|name| members.contains_key(name.as_str().unwrap()))
    });
}

#[test]
fn what_changes_something_says_from_where() {
    each("PATCH and PUT take If-Match", |op| {
        !["PATCH", "PUT"].contains(&op.method.as_str()) || op.if_match
    });
    each("GET takes no body and no If-Match", |op| {
        op.method.as_str() != "GET" || (op.body.is_none() && !op.if_match)
    });
    each("201 is the answer of POST alone", |op| op.status != 201 || op.method.as_str() == "POST");
    each("an answer other than 204 is described", |op| {
        op.status == 204 || op.answer.is_some() || !op.texts.is_empty()
    });
}

#[test]
fn nothing_is_claimed_twice() {
    let table = operations::table();
    let ids: BTreeSet<&str> = table.operations().iter().map(|op| op.id).collect();
    let addresses: BTreeSet<(&str, &str)> =
        table.operations().iter().map(|op| (op.method.as_str(), op.path)).collect();

    assert_eq!(ids.len(), table.operations().len(), "an operationId stands twice");
    assert_eq!(addresses.len(), table.operations().len(), "an address stands twice");
    assert_eq!(openapi::clashes(&table), Vec::<String>::new(), "two schemas have one name");
}

#[test]
fn no_person_is_named_in_an_address() {
    let personal = ["name", "phone", "document", "birth", "address", "email", "alias"];
    each("people are searched with POST", |op| {
        // A panel is named there, and nobody in the address.
        let path = op.path.trim_end_matches("/name-panel");
        let names = op.query.iter().map(|(name, ..)| *name).chain([path]);
        names.flat_map(|name| name.split(['_', '-', '/'])).all(|word| !personal.contains(&word))
    });
}

/// The description as a program reads it.
fn described() -> Value {
    yaml_serde::from_str(&openapi::write().unwrap()).unwrap()
}

#[test]
fn every_member_of_every_body_and_answer_is_described() {
    each("a part that serde flattens tells its members", |op| {
        let bodies = op.body.iter().map(|(shape, _)| shape);
        bodies.chain(&op.answer).all(|shape| shape.is_whole)
    });
    let schemas = described()["components"]["schemas"].take();
    for (schema, members) in [
        (
            "ReportView",
            ["sex_reporting", "urgent_needs", "indicators", "area", "birth_year_estimate"],
        ),
        ("ScreeningView", ["answers", "purpose", "result", "state", "withheld"]),
    ] {
        for member in members {
            let described = &schemas[schema]["properties"][member];
            assert!(described.is_object(), "{schema}.{member}");
            assert!(described["type"] != "object" || member == "answers", "{schema}.{member}");
        }
    }
}

#[test]
fn a_query_parameter_is_a_word_only_if_no_list_and_no_type_holds_it() {
    let words = ["area", "quarter", "request_id", "service_type"];
    each("a filter says what it takes", |op| {
        op.query.iter().all(|(name, takes, _)| *takes != Takes::Word || words.contains(name))
    });
}

#[test]
fn every_answer_has_an_example_with_its_required_members() {
    let all = described();
    for (path, item) in all["paths"].as_object().unwrap() {
        for (method, op) in item.as_object().unwrap() {
            let success = op["responses"].as_object().unwrap().iter();
            let mut success = success.filter(|(status, _)| status.starts_with('2'));
            let content = &success.next().unwrap().1["content"]["application/json"];
            let Some(schema) = content["schema"]["$ref"].as_str() else {
                continue;
            };
            let example = &content["example"];
            assert!(example.is_object(), "{method} {path} has no example of its answer");
            let schema = all.pointer(schema.trim_start_matches('#')).unwrap();
            for name in schema["required"].as_array().into_iter().flatten() {
                let name = name.as_str().unwrap();
                assert!(example.get(name).is_some(), "{method} {path}: the example lacks {name}");
            }
        }
    }
}

#[test]
fn no_text_of_the_description_is_a_boolean_or_a_date_to_a_reader_of_yaml_1_1() {
    let words = ["y", "n", "yes", "no", "on", "off", "~"];
    let written = openapi::write().unwrap();
    for line in written.lines() {
        let value = line.rsplit_once(": ").map_or(line, |(_, value)| value);
        let value = value.trim_start().trim_start_matches("- ");
        let digits = value.bytes().filter(u8::is_ascii_digit).count();
        let like_a_date =
            digits >= 6 && value.bytes().all(|b| b.is_ascii_digit() || b"-:TZ.+".contains(&b));
        let is_number = value.parse::<i64>().is_ok();
        assert!(!words.contains(&value.to_ascii_lowercase().as_str()), "{line}");
        assert!(!like_a_date || is_number, "{line}");
    }
}
