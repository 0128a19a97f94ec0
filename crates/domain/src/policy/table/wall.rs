//! The rows of proceedings and of offences that must not be held against the person (R7, R8).

use super::{
    BeforeTheBody, CASE_KEEPERS, Classes, Coordinating, Coordinator, Dpo, EmergencyAccess,
    INVESTIGATION, Identifier, InArea, Investigating, Investigator, OPERATIONAL, Prosecutor,
    RESTRICTED, RegisteredHereBeforeTriage, Responder, Rule, ServingAssigned, Supervisor, Worker,
    row,
};

// The bureau sees that an investigation goes on and how far it is, and nothing that is written in it;
// in the other proceedings of the person it helps. Whoever investigates sees their own alone.
const READERS: &[Rule] = &[
    row(Coordinator, InArea, RESTRICTED),
    row(Coordinator, EmergencyAccess, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
    row(Identifier, BeforeTheBody, OPERATIONAL),
    row(Investigator, Investigating, INVESTIGATION),
    row(Prosecutor, Investigating, INVESTIGATION),
];
const HEARING_READERS: &[Rule] = &[
    row(Coordinator, InArea, RESTRICTED),
    row(Coordinator, EmergencyAccess, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
    row(Investigator, Investigating, INVESTIGATION),
    row(Prosecutor, Investigating, INVESTIGATION),
];
// The bureau writes down what the person said and sees afterwards that something was.
const PERPETRATOR_READERS: &[Rule] = &[
    row(Coordinator, Coordinating, OPERATIONAL),
    row(Supervisor, InArea, OPERATIONAL),
    row(Investigator, Investigating, INVESTIGATION),
    row(Prosecutor, Investigating, INVESTIGATION),
];
const KEEPERS: &[Rule] = &[
    row(Coordinator, Coordinating, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
    row(Investigator, Investigating, INVESTIGATION),
    row(Prosecutor, Investigating, INVESTIGATION),
];
// Whoever is with the person hears of the fine, the charge, the detention. The criminal track sees the
// flag: what it is held to be and how far it got, not how it came about.
const ISSUE_RAISERS: &[Rule] = &[
    row(Responder, RegisteredHereBeforeTriage, RESTRICTED),
    row(Coordinator, Coordinating, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
    row(Worker, ServingAssigned, RESTRICTED),
    row(Investigator, Investigating, OPERATIONAL),
    row(Prosecutor, Investigating, OPERATIONAL),
];
const ISSUE_READERS: &[Rule] = &[
    row(Responder, RegisteredHereBeforeTriage, RESTRICTED),
    row(Coordinator, InArea, RESTRICTED),
    row(Coordinator, EmergencyAccess, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
    row(Worker, ServingAssigned, RESTRICTED),
    row(Investigator, Investigating, OPERATIONAL),
    row(Prosecutor, Investigating, OPERATIONAL),
];

// To whom, by what right, since when: data protection sees that, and nothing of what was disclosed.
const REGISTER_READERS: &[Rule] = &[
    row(Coordinator, InArea, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
    row(Dpo, InArea, Classes::NONE),
];

/// Returns the rows of one action; an unknown action has none.
pub(super) fn rules(action: &str) -> &'static [Rule] {
    match action {
        "proceeding.open" | "proceeding.share-identity" | "proceeding.end-identity-sharing" => {
            CASE_KEEPERS
        }
        "proceeding.read" => READERS,
        "proceeding.edit"
        | "proceeding.advance"
        | "hearing.schedule"
        | "hearing.record"
        | "alleged-perpetrator.add" => KEEPERS,
        "hearing.read" => HEARING_READERS,
        "disclosure.read" => REGISTER_READERS,
        "alleged-perpetrator.read" => PERPETRATOR_READERS,
        "non-punishment-issue.raise" => ISSUE_RAISERS,
        "non-punishment-issue.read" => ISSUE_READERS,
        "non-punishment-issue.tell" | "non-punishment-issue.remedy" => CASE_KEEPERS,
        _ => &[],
    }
}
