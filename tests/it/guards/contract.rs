//! `openapi.yaml` is what the code says, and says all that an integrator needs.

use std::{collections::BTreeSet, fs};

use refero::api::{
    openapi,
    operation::{Operation, Table},
    operations,
};

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
        let names = op.query.iter().map(|(name, _)| *name).chain([op.path]);
        names.flat_map(|name| name.split(['_', '-', '/'])).all(|word| !personal.contains(&word))
    });
}
