//! Who may read the notes of a case may not write one under that permit.

use refero_domain::{
    id::NoteId,
    policy::{Permit, ReadNote},
    sensitive::Sensitive,
};
use refero_store::{Result, cases::CaseRow, notes, unit::Tx};

fn write(
    tx: &mut Tx<'_>,
    permit: &Permit<ReadNote, CaseRow>,
    id: &NoteId,
    text: &Sensitive<String>,
) -> Result<()> {
    notes::insert(tx, permit, id, text, None)
}
