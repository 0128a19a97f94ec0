//! The rows of recovery and reflection periods.

use super::{
    BeforeTheBody, CASE_KEEPERS, CASE_SUPERVISORS, Coordinator, EmergencyAccess, Identifier,
    InArea, Investigating, Investigator, OPERATIONAL, Prosecutor, RESTRICTED, Rule, Supervisor,
    row,
};

// Whoever identifies or investigates sees that there is one and its dates: until then nobody is asked for
// anything. What was said to it, and why it was declined or ended, is not theirs.
const READERS: &[Rule] = &[
    row(Coordinator, InArea, RESTRICTED),
    row(Coordinator, EmergencyAccess, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
    row(Identifier, BeforeTheBody, OPERATIONAL),
    row(Investigator, Investigating, OPERATIONAL),
    row(Prosecutor, Investigating, OPERATIONAL),
];

/// Returns the rows of one action; an unknown action has none.
pub(super) fn rules(action: &str) -> &'static [Rule] {
    match action {
        "reflection-period.read" => READERS,
        "reflection-period.offer"
        | "reflection-period.record-notice"
        | "reflection-period.grant"
        | "reflection-period.decline"
        | "reflection-period.extend"
        | "reflection-period.end" => CASE_KEEPERS,
        // What takes something away from the person is not for whoever works with them every day.
        "reflection-period.refuse" | "reflection-period.terminate" => CASE_SUPERVISORS,
        _ => &[],
    }
}
