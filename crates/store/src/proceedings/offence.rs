//! What whoever investigates is told of the offence: codes, and nothing in words (R8).

use diesel::prelude::*;
use refero_domain::{
    policy::{Class, Permit, ReadProceeding},
    report::ReportDetails,
};

use super::ProceedingRow;
use crate::{columns::Json, error::Result, schema::detection_reports as reports, unit::Reading};

/// Reads the coded facts of the report that the case was born from, for whoever investigates.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn offence(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadProceeding, ProceedingRow>,
) -> Result<Option<ReportDetails>> {
    if !permit.may_see(Class::Investigation) {
        return Ok(None);
    }
    let found: Option<Json<ReportDetails>> = reports::table
        .filter(reports::case_id.eq(&permit.row().proceeding.case_id))
        .order((reports::created_at, reports::id))
        .select(reports::facts)
        .first(reading.conn)
        .optional()?;
    found.map(|facts| facts.get()).transpose()
}
