//! Who may read the notes of a case may not write one under that permit.

use refero_domain::{
    id::NoteId,
    policy::{CreateNote, Permit},
    sensitive::Sensitive,
};
use refero_store::{Result, cases::CaseRow, notes, unit::Tx};

fn write(
    tx: &mut Tx<'_>,
    permit: &Permit<CreateNote, CaseRow>,
    id: &NoteId,
    text: &Sensitive<String>,
) -> Result<()> {
    notes::insert(tx, permit, id, text, None)
}
