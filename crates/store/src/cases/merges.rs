//! Which cases went into which, as far as somebody may see both.

use diesel::prelude::*;
use refero_domain::{
    id::CaseId,
    policy::{Class, Permit, ReadCase},
    refusal::Refusal,
};

use super::{CaseRow, fetch};
use crate::{error::Result, schema::cases, unit::Reading};

/// The cases that are joined to a case by a merge (R12).
#[derive(Debug, Clone, Default)]
pub struct Merges {
    /// The one that goes on in its place.
    pub into: Option<CaseId>,
    /// Those that went into it.
    pub from: Vec<CaseId>,
}

/// Finds the cases that are joined to a case by a merge. Who does not see what stands in both learns of
/// neither: that somebody else registered the person too is not theirs to know.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn merges(reading: &mut Reading<'_>, permit: &Permit<ReadCase, CaseRow>) -> Result<Merges> {
    if !permit.may_see(Class::CaseRestricted) {
        return Ok(Merges::default());
    }
    let case = &permit.row().case;
    let from: Vec<CaseId> = cases::table
        .filter(cases::merged_into.eq(&case.id))
        .order(cases::id)
        .select(cases::id)
        .load(reading.conn)?;
    let mut merges = Merges::default();
    for id in from {
        if sees(reading, &id)? {
            merges.from.push(id);
        }
    }
    if let Some(into) = &case.merged_into
        && sees(reading, into)?
    {
        merges.into = Some(into.clone());
    }
    Ok(merges)
}

fn sees(reading: &mut Reading<'_>, id: &CaseId) -> Result<bool> {
    match fetch::<ReadCase>(reading, id) {
        Ok(permit) => Ok(permit.may_see(Class::CaseRestricted)),
        Err(error) if error.refusal() == Some(Refusal::NotFound) => Ok(false),
        Err(error) => Err(error),
    }
}
