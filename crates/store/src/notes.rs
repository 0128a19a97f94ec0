//! Notes on a case: appended, corrected by a later note, never changed (R13).

use diesel::prelude::*;
use refero_domain::{
    id::{CaseId, NoteId, PersonId, UserId},
    instant::Instant,
    policy::{CreateNote, Permit, ReadNote},
    sensitive::Sensitive,
};

use crate::{
    cases::CaseRow,
    error::Result,
    parts::parts_of_case,
    people::{Slot, seal, unseal},
    schema::notes,
    sealing::Place,
    unit::{Reading, Tx},
};

const TEXT: Place = Place { table: "notes", column: "sealed" };

#[derive(Queryable, Selectable)]
#[diesel(table_name = notes)]
struct Stored {
    id: NoteId,
    case_id: CaseId,
    sealed: Vec<u8>,
    author_id: UserId,
    corrects_id: Option<NoteId>,
    created_at: Instant,
}

/// A note on a case.
#[derive(Debug)]
pub struct Note {
    /// The note.
    pub id: NoteId,
    /// The case it belongs to.
    pub case_id: CaseId,
    /// What it says.
    pub text: Sensitive<String>,
    /// Who wrote it.
    pub author_id: UserId,
    /// The note that it corrects.
    pub corrects_id: Option<NoteId>,
    /// When it was written.
    pub created_at: Instant,
}

fn opened(reading: &mut Reading<'_>, stored: Stored, person: &PersonId) -> Result<Note> {
    let slot = Slot { place: TEXT, row: stored.id.as_str(), person };
    let text = unseal(reading, &slot, &stored.sealed)?;
    Ok(Note {
        id: stored.id,
        case_id: stored.case_id,
        text,
        author_id: stored.author_id,
        corrects_id: stored.corrects_id,
        created_at: stored.created_at,
    })
}

/// Appends a note.
///
/// # Errors
/// [`refero_domain::refusal::Refusal::IdTaken`] if the identifier is in use.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<CreateNote, CaseRow>,
    id: &NoteId,
    text: &Sensitive<String>,
    corrects: Option<&NoteId>,
) -> Result<()> {
    tx.changes(&permit.row().case.id);
    let slot = Slot { place: TEXT, row: id.as_str(), person: &permit.row().person.id };
    let sealed = seal(tx, slot, text)?;
    let by = tx.actor()?.user_id.clone();
    diesel::insert_into(notes::table)
        .values((
            notes::id.eq(id),
            notes::case_id.eq(&permit.row().case.id),
            notes::sealed.eq(sealed),
            notes::author_id.eq(by),
            notes::corrects_id.eq(corrects),
            notes::created_at.eq(tx.now()),
        ))
        .execute(tx.conn)?;
    Ok(())
}

parts_of_case!(notes, NoteId => Note, ReadNote);
