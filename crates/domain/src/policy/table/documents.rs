//! The rows of documents: whoever is not shown a class of data is shown, of a document of that class, that
//! there is one; and adds none.

use super::{
    Coordinating, Coordinator, EmergencyAccess, HoldsPart, INVESTIGATION, InArea, Investigating,
    Investigator, Manager, Prosecutor, RESTRICTED, RegisteredHereBeforeTriage, Responder, Rule,
    ServingAssigned, ServingOrganisation, Supervisor, TREATING, Worker, row,
};

const READERS: &[Rule] = &[
    row(Responder, RegisteredHereBeforeTriage, RESTRICTED),
    row(Coordinator, InArea, RESTRICTED),
    row(Coordinator, EmergencyAccess, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
    row(Worker, ServingAssigned, TREATING),
    row(Manager, ServingOrganisation, TREATING),
    row(Manager, HoldsPart, TREATING),
    row(Investigator, Investigating, INVESTIGATION),
    row(Prosecutor, Investigating, INVESTIGATION),
];
// The document itself is not opened in an emergency: what is needed then stands in the case.
const OPENERS: &[Rule] = &[
    row(Responder, RegisteredHereBeforeTriage, RESTRICTED),
    row(Coordinator, InArea, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
    row(Worker, ServingAssigned, TREATING),
    row(Manager, ServingOrganisation, TREATING),
    row(Manager, HoldsPart, TREATING),
    row(Investigator, Investigating, INVESTIGATION),
    row(Prosecutor, Investigating, INVESTIGATION),
];
const KEEPERS: &[Rule] = &[
    row(Responder, RegisteredHereBeforeTriage, RESTRICTED),
    row(Coordinator, Coordinating, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
    row(Worker, ServingAssigned, TREATING),
    row(Manager, ServingOrganisation, TREATING),
    row(Investigator, Investigating, INVESTIGATION),
    row(Prosecutor, Investigating, INVESTIGATION),
];

/// Returns the rows of one action; an unknown action has none.
pub(super) fn rules(action: &str) -> &'static [Rule] {
    match action {
        "document.read" => READERS,
        "document.read-content" => OPENERS,
        "document.create" | "document.upload" => KEEPERS,
        _ => &[],
    }
}
