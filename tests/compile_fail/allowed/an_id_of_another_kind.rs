//! The id of a referral finds no case.

use refero_domain::{
    id::CaseId,
    policy::{Permit, ReadCase},
};
use refero_store::{
    Result,
    cases::{self, CaseRow},
    unit::Reading,
};

fn find(reading: &mut Reading<'_>, id: &CaseId) -> Result<Permit<ReadCase, CaseRow>> {
    cases::fetch(reading, id)
}
