//! The rows of age assessments, guardians and best-interests procedures (R6, R10).

use super::{
    BeforeTheBody, CASE_KEEPERS, CASE_SUPERVISORS, Coordinating, Coordinator, DOSSIER_READERS,
    EmergencyAccess, Identifier, InArea, Manager, OPERATIONAL, RESTRICTED, RegisteredHere,
    Responder, Rule, ServingAssigned, ServingOrganisation, Supervisor, TREATING, Worker, row,
};

// Anyone who works on the case may doubt an age (R6). Those who found the person or care for them see
// that an assessment goes on, and not what it says.
const DOUBTERS: &[Rule] = &[
    row(Responder, RegisteredHere, OPERATIONAL),
    row(Coordinator, Coordinating, TREATING),
    row(Supervisor, InArea, TREATING),
    row(Worker, ServingAssigned, OPERATIONAL),
    row(Manager, ServingOrganisation, OPERATIONAL),
];
// What an examination of the body found is medical: the bureau is told in short, nobody else is.
const READERS: &[Rule] = &[
    row(Responder, RegisteredHere, OPERATIONAL),
    row(Coordinator, InArea, TREATING),
    row(Coordinator, EmergencyAccess, RESTRICTED),
    row(Supervisor, InArea, TREATING),
    row(Identifier, BeforeTheBody, RESTRICTED),
    row(Worker, ServingAssigned, OPERATIONAL),
    row(Manager, ServingOrganisation, OPERATIONAL),
];

/// Returns the rows of one action; an unknown action has none.
pub(super) fn rules(action: &str) -> &'static [Rule] {
    match action {
        "age-assessment.create" | "age-assessment.contest" => DOUBTERS,
        "age-assessment.read" => READERS,
        "age-assessment.name-panel"
        | "age-assessment.propose-decision"
        | "age-assessment.withdraw"
        | "best-interests.create"
        | "best-interests.name-panel"
        | "best-interests.propose-determination"
        | "best-interests.review"
        | "guardian.appoint"
        | "guardian.end" => CASE_KEEPERS,
        "age-assessment.approve"
        | "age-assessment.decline"
        | "best-interests.approve"
        | "best-interests.decline" => CASE_SUPERVISORS,
        "guardian.read" | "best-interests.read" => DOSSIER_READERS,
        _ => &[],
    }
}
