//! The table of operations: every route of the server, in the order of the documentation.

use crate::api::{operation::Table, system, v1};

/// Returns the whole table.
#[must_use]
pub fn table() -> Table {
    let table = v1::session::table(Table::default());
    let table = v1::me::table(table);
    let table = v1::organisations::table(table);
    let table = v1::services::table(table);
    let table = v1::service_match::table(table);
    let table = v1::users::table(table);
    let table = v1::reports::table(table);
    let table = v1::incidents::table(table);
    let table = v1::cases::table(table);
    let table = v1::identification::table(table);
    let table = v1::consents::table(table);
    let table = v1::age_assessments::table(table);
    let table = v1::guardians::table(table);
    let table = v1::best_interests::table(table);
    let table = v1::reflection_periods::table(table);
    let table = v1::placements::table(table);
    let table = v1::safe_contacts::table(table);
    let table = v1::documents::table(table);
    let table = v1::plans::table(table);
    let table = v1::conferences::table(table);
    let table = v1::follow_ups::table(table);
    let table = v1::complaints::table(table);
    let table = v1::proceedings::table(table);
    let table = v1::non_punishment::table(table);
    let table = v1::referrals::table(table);
    let table = v1::service_updates::table(table);
    let table = v1::letters::table(table);
    let table = v1::care::table(table);
    let table = v1::duplicates::table(table);
    let table = v1::emergency_accesses::table(table);
    let table = v1::access_requests::table(table);
    let table = v1::queues::table(table);
    let table = v1::statistics::table(table);
    let table = v1::alerts::table(table);
    let table = v1::bait_cases::table(table);
    let table = v1::erasures::table(table);
    let table = v1::audit_events::table(table);
    let table = v1::audit_export::table(table);
    let table = v1::access_report::table(table);
    let table = v1::audit_log::table(table);
    let table = v1::audit_verification::table(table);
    let table = v1::reference::table(table);
    let table = v1::indicator_sets::table(table);
    system::table(table)
}
