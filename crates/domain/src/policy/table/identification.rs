//! The rows about what is decided about the person.

use super::{
    BeforeTheBody, Coordinating, Coordinator, EmergencyAccess, Identifier, InArea, RESTRICTED,
    Rule, Supervisor, row,
};

// Whoever sees the case and none of these sees the stage, as far as they see the case.
const READERS: &[Rule] = &[
    row(Coordinator, InArea, RESTRICTED),
    row(Coordinator, EmergencyAccess, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
    row(Identifier, BeforeTheBody, RESTRICTED),
];
// The bureau presumes, the body identifies: which of them decides what is a rule about the decision.
const DECIDERS: &[Rule] = &[
    row(Coordinator, Coordinating, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
    row(Identifier, BeforeTheBody, RESTRICTED),
];
const BUREAU: &[Rule] =
    &[row(Coordinator, Coordinating, RESTRICTED), row(Supervisor, InArea, RESTRICTED)];

pub(super) fn rules(action: &str) -> &'static [Rule] {
    match action {
        "identification-decision.read" => READERS,
        "identification-decision.create"
        | "identification-decision.record-notice"
        | "identification-decision.request-review" => DECIDERS,
        "identification-decision.take-back" => BUREAU,
        _ => &[],
    }
}
