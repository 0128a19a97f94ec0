//! The rows of what providers offer, and of what everybody screens by.

use super::{
    Administrator, Anyone, Classes, Manager, OwnOrganisation, Rule, Supervisor, Worker, row,
};

const SERVICE_KEEPERS: &[Rule] =
    &[row(Administrator, Anyone, Classes::NONE), row(Manager, OwnOrganisation, Classes::NONE)];
// Those of them who supervise the whole country.
const COMMITTEE: &[Rule] = &[row(Supervisor, Anyone, Classes::NONE)];
const PROVIDERS: &[Rule] =
    &[row(Manager, OwnOrganisation, Classes::NONE), row(Worker, OwnOrganisation, Classes::NONE)];

/// Returns the rows of one action; an unknown action has none.
pub(super) fn rules(action: &str) -> &'static [Rule] {
    match action {
        "service.create" | "service.edit" => SERVICE_KEEPERS,
        "service.report-places" => PROVIDERS,
        "indicator-set.propose" | "indicator-set.approve" | "indicator-set.withdraw" => COMMITTEE,
        _ => &[],
    }
}
