//! A permit for a referral does not open the notes of its case.

use refero_domain::policy::{Permit, ReadNote};
use refero_store::{
    Result,
    notes::{self, Note},
    referrals::ReferralRow,
    rows::{RowLimit, Rows},
    unit::Reading,
};

fn list(reading: &mut Reading<'_>, permit: &Permit<ReadNote, ReferralRow>) -> Result<Rows<Note>> {
    notes::page(reading, permit, None, RowLimit::of(50))
}
