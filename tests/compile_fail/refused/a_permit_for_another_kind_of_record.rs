//! A permit for a referral does not open the notes of its case.

use refero_domain::policy::{Permit, ReadNote};
use refero_store::{
    Result,
    notes::{self, Note},
    referrals::ReferralRow,
    unit::Reading,
};

fn list(reading: &mut Reading<'_>, permit: &Permit<ReadNote, ReferralRow>) -> Result<Vec<Note>> {
    notes::page(reading, permit, None, 50)
}
