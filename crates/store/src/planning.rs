//! How PostgreSQL plans.

use diesel::{dsl::sql, expression::SqlLiteral, sql_types::Bool};

/// Holds always. A query that has it is planned anew each time on PostgreSQL: one that fetches by many ids
/// goes through the whole table for as long as the plan is kept that was made when there was hardly anything.
pub(crate) fn planned_anew() -> SqlLiteral<Bool> {
    sql("1 = 1")
}
