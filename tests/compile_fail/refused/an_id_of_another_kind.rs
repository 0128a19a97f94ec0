//! The id of a referral finds no case.

use refero_domain::{
    id::ReferralId,
    policy::{Permit, ReadCase},
};
use refero_store::{
    Result,
    cases::{self, CaseRow},
    unit::Reading,
};

fn find(reading: &mut Reading<'_>, id: &ReferralId) -> Result<Permit<ReadCase, CaseRow>> {
    cases::fetch(reading, id)
}
