//! Opens what is sealed, with the deployment's key in hand: the one place where a canary may lie.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, engine::general_purpose::STANDARD};
use refero_store::sealing::{DeploymentKey, KeyRing, PersonKey, Place, WrappedKey, open};

use crate::world::{World, secret};

/// Every sealed column, with the id of its row and whom it is about.
const COLUMNS: [(Place, &str, &str); 11] = [
    (place("person_identities", "sealed"), "person_id", "person_id"),
    (place("detection_reports", "sealed"), "id", "person_id"),
    (place("revisions", "sealed"), "id", "person_id"),
    (place("screenings", "reasons"), "id", OF_CASE),
    (place("notes", "sealed"), "id", OF_CASE),
    (place("consents", "sealed"), "id", OF_CASE),
    (place("referrals", "sealed"), "id", OF_CASE),
    (place("referrals", "answer"), "id", OF_CASE),
    (place("service_updates", "sealed"), "id", OF_CASE),
    (place("emergency_accesses", "sealed"), "id", OF_CASE),
    (place("emergency_accesses", "reasons"), "id", OF_CASE),
];
const OF_CASE: &str = "(select c.person_id from cases c where c.id = case_id)";

const fn place(table: &'static str, column: &'static str) -> Place {
    Place { table, column }
}

/// Returns the sealed columns that this module can open, as `table.column`.
pub(super) fn columns() -> BTreeSet<String> {
    COLUMNS.iter().map(|(place, ..)| format!("{}.{}", place.table, place.column)).collect()
}

/// Opens every sealed value of every row; gives what stands in each column, one after the other.
pub(super) fn opened(w: &World) -> BTreeMap<String, Vec<u8>> {
    let keys = keys(w);
    let mut opened = BTreeMap::new();
    for (place, row, person) in COLUMNS {
        let Place { table, column } = place;
        let sealed = hex(w, column);
        let rows = w.texts(&format!(
            "select {row} || ' ' || {person} || ' ' || {sealed} as value from {table} where {column} is not null"
        ));
        let mut all = Vec::new();
        for found in rows {
            let [row, person, sealed] = words(&found);
            all.extend_from_slice(
                &open(&keys[person], place, row, person, &bytes(sealed)).unwrap(),
            );
            all.push(b'\n');
        }
        opened.insert(format!("{table}.{column}"), all);
    }
    opened
}

/// Unwraps the key of each person.
fn keys(w: &World) -> BTreeMap<String, PersonKey> {
    let deployment = DeploymentKey::from_base64(&STANDARD.encode(secret("deployment"))).unwrap();
    let ring = KeyRing::single(1, deployment);
    let wrapped = hex(w, "wrapped");
    let rows = w.texts(&format!(
        "select person_id || ' ' || epoch || ' ' || {wrapped} as value from person_keys"
    ));
    let unwrap = |found: &String| {
        let [person, epoch, wrapped] = words(found);
        let wrapped = WrappedKey { epoch: epoch.parse().unwrap(), bytes: bytes(wrapped) };
        (person.to_owned(), PersonKey::unwrap(&wrapped, &ring, person).unwrap())
    };
    rows.iter().map(unwrap).collect()
}

/// How a database writes bytes as hexadecimal digits.
fn hex(w: &World, column: &str) -> String {
    match w.owner().sqlite_path() {
        Some(_) => format!("hex({column})"),
        None => format!("encode({column}, 'hex')"),
    }
}

fn words<const N: usize>(row: &str) -> [&str; N] {
    row.split(' ').collect::<Vec<_>>().try_into().unwrap()
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        hex.chars().map(|digit| u8::try_from(digit.to_digit(16).unwrap()).unwrap()).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}
