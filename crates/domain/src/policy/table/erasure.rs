//! The rows about forgetting a person, and about what stands in the way (R10, R13).

use super::{Classes, Dpo, InArea, Rule, Supervisor, row};

// They see which case, and nothing in it. A request comes from the officer alone (R10, R13).
const FORGETTERS: &[Rule] = &[row(Dpo, InArea, Classes::NONE)];
const SECOND_EYES: &[Rule] =
    &[row(Dpo, InArea, Classes::NONE), row(Supervisor, InArea, Classes::NONE)];

/// Returns the rows of one action; an unknown action has none.
pub(super) fn rules(action: &str) -> &'static [Rule] {
    match action {
        "erasure.request" => FORGETTERS,
        "erasure.read" | "erasure.approve" | "erasure.decline" | "legal-hold.place"
        | "legal-hold.read" | "legal-hold.release" => SECOND_EYES,
        _ => &[],
    }
}
