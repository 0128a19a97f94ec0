//! Opens what is sealed, with the deployment's key in hand: the one place where a canary may lie.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, engine::general_purpose::STANDARD};
use refero_store::sealing::{DeploymentKey, KeyRing, PersonKey, Place, open};

use crate::world::{World, raw, secret};

/// Every sealed column, with the id of its row and whom it is about.
const COLUMNS: [(Place, &str, &str); 39] = [
    (place("person_identities", "sealed"), "person_id", "person_id"),
    (place("detection_reports", "sealed"), "id", "person_id"),
    (place("revisions", "sealed"), "id", "person_id"),
    (place("incidents", "sealed"), "id", "key_id"),
    (place("screenings", "reasons"), "id", OF_CASE),
    (place("age_assessments", "sealed"), "id", OF_CASE),
    (place("age_assessments", "reasons"), "id", OF_CASE),
    (place("age_assessments", "findings"), "id", OF_CASE),
    (place("guardians", "sealed"), "id", OF_CASE),
    (place("best_interests", "sealed"), "id", OF_CASE),
    (place("reflection_periods", "sealed"), "id", OF_CASE),
    (place("placements", "location"), "id", OF_CASE),
    (place("placements", "sealed"), "id", OF_CASE),
    (place("safe_contacts", "sealed"), "id", OF_CASE),
    (place("documents", "sealed"), "id", OF_CASE),
    (place("document_contents", "sealed"), "document_id", OF_CASE),
    (place("needs_assessments", "sealed"), "id", OF_CASE),
    (place("support_plans", "sealed"), "id", OF_CASE),
    (place("plan_agreements", "sealed"), "id", OF_CASE),
    (place("plan_reviews", "sealed"), "id", OF_CASE),
    (place("plan_items", "sealed"), "id", OF_CASE),
    (place("case_conferences", "sealed"), "id", OF_CASE),
    (place("follow_ups", "sealed"), "id", OF_CASE),
    (place("closure_checklists", "sealed"), "id", OF_CASE),
    (place("complaints", "sealed"), "id", OF_CASE),
    (place("notes", "sealed"), "id", OF_CASE),
    (place("proceedings", "sealed"), "id", OF_CASE),
    (place("identity_disclosures", "sealed"), "id", OF_CASE),
    (place("hearings", "sealed"), "id", OF_CASE),
    (place("alleged_perpetrators", "sealed"), "id", OF_CASE),
    (place("non_punishment_issues", "sealed"), "id", OF_CASE),
    (place("identification_decisions", "sealed"), "id", OF_CASE),
    (place("consents", "sealed"), "id", OF_CASE),
    (place("referrals", "sealed"), "id", OF_CASE),
    (place("referrals", "answer"), "id", OF_CASE),
    (place("service_updates", "sealed"), "id", OF_CASE),
    (place("emergency_accesses", "sealed"), "id", OF_CASE),
    (place("emergency_accesses", "reasons"), "id", OF_CASE),
    (place("access_parts", "sealed"), "id", OF_REQUEST),
];
const OF_REQUEST: &str = "(select c.person_id from cases c join access_requests r on r.case_id = c.id where r.id = request_id)";
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
    let mut opened: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (place, row, person, sealed) in sealed(w) {
        let all = opened.entry(format!("{}.{}", place.table, place.column)).or_default();
        all.extend_from_slice(&open(&keys[&person], place, &row, &person, &sealed).unwrap());
        all.push(b'\n');
    }
    opened
}

/// A sealed value with its column, its row and its person.
pub(crate) type Sealed = (Place, String, String, Vec<u8>);

/// Reads every sealed value of every row, with the row and the person that it belongs to.
pub(crate) fn sealed(w: &World) -> Vec<Sealed> {
    let mut all = Vec::new();
    for (place, row, person) in COLUMNS {
        let Place { table, column } = place;
        let sealed = w.hex(column);
        let rows = w.texts(&format!(
            "select {row} || ' ' || {person} || ' ' || {sealed} as value from {table} where {column} is not null"
        ));
        for found in rows {
            let [row, person, sealed] = raw::words(&found);
            all.push((place, row.to_owned(), person.to_owned(), raw::bytes(sealed)));
        }
    }
    all
}

/// Unwraps the key of each person.
fn keys(w: &World) -> BTreeMap<String, PersonKey> {
    let deployment = DeploymentKey::from_base64(&STANDARD.encode(secret("deployment"))).unwrap();
    let ring = KeyRing::single(1, deployment);
    let wrapped = w.wrapped_keys().into_iter();
    wrapped
        .map(|(person, wrapped)| {
            let key = PersonKey::unwrap(&wrapped, &ring, &person).unwrap();
            (person, key)
        })
        .collect()
}
