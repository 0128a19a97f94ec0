//! A permit for a referral does not open the notes of its case.

use refero_domain::policy::{Permit, ReadNote};
use refero_store::{
    Result,
    cases::CaseRow,
    notes::{self, Note},
    rows::{RowLimit, Rows},
    unit::Reading,
};

fn list(reading: &mut Reading<'_>, permit: &Permit<ReadNote, CaseRow>) -> Result<Rows<Note>> {
    notes::page(reading, permit, None, RowLimit::of(50))
}
