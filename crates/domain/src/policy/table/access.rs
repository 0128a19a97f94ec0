//! The rows of emergency access (R15), and of a person's request for a copy.

use super::{
    Anyone, Auditor, Classes, Coordinating, Coordinator, Dpo, HoldsPart, InArea, Manager,
    OPERATIONAL, OpenedByActor, RESTRICTED, Rule, Supervisor, row,
};

const EMERGENCY_OPENERS: &[Rule] = &[row(Coordinator, Anyone, Classes::NONE)];
const EMERGENCY_READERS: &[Rule] = &[
    row(Coordinator, InArea, RESTRICTED),
    row(Coordinator, OpenedByActor, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
    row(Dpo, Anyone, Classes::NONE),
    row(Auditor, Anyone, Classes::NONE),
];
const EMERGENCY_REVIEWERS: &[Rule] = &[row(Supervisor, InArea, RESTRICTED)];
// Data protection receives and refuses requests and sees none of what is asked for.
const ACCESS_RECEIVERS: &[Rule] = &[row(Dpo, Anyone, Classes::NONE)];
const ACCESS_READERS: &[Rule] = &[
    row(Dpo, Anyone, Classes::NONE),
    row(Coordinator, Coordinating, OPERATIONAL),
    row(Supervisor, InArea, OPERATIONAL),
    row(Manager, HoldsPart, OPERATIONAL),
];
// Only somebody who sees all that their side holds can say that it is all.
const COPIERS: &[Rule] = &[
    row(Coordinator, Coordinating, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
    row(Manager, HoldsPart, RESTRICTED),
];
const ACCESS_REFUSERS: &[Rule] =
    &[row(Dpo, Anyone, Classes::NONE), row(Supervisor, InArea, OPERATIONAL)];

/// Returns the rows of one action; an unknown action has none.
pub(super) fn rules(action: &str) -> &'static [Rule] {
    match action {
        "emergency-access.open" => EMERGENCY_OPENERS,
        "emergency-access.read" => EMERGENCY_READERS,
        "emergency-access.review" => EMERGENCY_REVIEWERS,
        "access-request.create" | "access-request.request-refusal" => ACCESS_RECEIVERS,
        "access-request.read" => ACCESS_READERS,
        "access-request.copy" | "access-request.redact" | "access-request.hand-over" => COPIERS,
        "access-request.approve-refusal" | "access-request.decline-refusal" => ACCESS_REFUSERS,
        _ => &[],
    }
}
