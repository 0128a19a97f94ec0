//! The rows of incidents: what was found is shared, who was found is not.

use super::{
    Anyone, BeforeTheBody, CASE_KEEPERS, Classes, Coordinator, Identifier, InArea, Investigating,
    Investigator, OPERATIONAL, Prosecutor, RESTRICTED, RegisteredHere, RegisteredHereBeforeTriage,
    Responder, Rule, Supervisor, row,
};

const RECORDERS: &[Rule] = &[
    row(Responder, Anyone, Classes::NONE),
    row(Coordinator, Anyone, Classes::NONE),
    row(Supervisor, Anyone, Classes::NONE),
];
// After triage the organisation that found them sees the codes, as it sees of a case where it stands. Whoever
// investigates sees what was found: neither what is told in words nor how many people.
// Not the providers: with whom somebody was found is theirs to tell.
const READERS: &[Rule] = &[
    row(Responder, RegisteredHereBeforeTriage, RESTRICTED),
    row(Responder, RegisteredHere, OPERATIONAL),
    row(Coordinator, InArea, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
    row(Identifier, BeforeTheBody, RESTRICTED),
    row(Investigator, Investigating, OPERATIONAL),
    row(Prosecutor, Investigating, OPERATIONAL),
];
const EDITORS: &[Rule] = &[
    row(Responder, RegisteredHereBeforeTriage, RESTRICTED),
    row(Coordinator, InArea, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
];
// Which of its cases somebody is shown is decided case by case.
const THOSE_WHO_SEE_CASES: &[Rule] = &[
    row(Responder, RegisteredHere, OPERATIONAL),
    row(Coordinator, InArea, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
    row(Identifier, BeforeTheBody, RESTRICTED),
];

/// Returns the rows of one action; an unknown action has none.
pub(super) fn rules(action: &str) -> &'static [Rule] {
    match action {
        "incident.create" => RECORDERS,
        "incident.read" => READERS,
        "incident.edit" => EDITORS,
        "incident.read-cases" => THOSE_WHO_SEE_CASES,
        "case.link-incident" | "case.unlink-incident" => CASE_KEEPERS,
        _ => &[],
    }
}
