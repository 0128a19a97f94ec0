//! Case conferences: appended, never changed (R13).

use chrono::NaiveDate;
use diesel::prelude::*;
use refero_domain::{
    conference::{Minutes, PersonPart},
    id::{CaseConferenceId, CaseId, PersonId, UserId},
    instant::Instant,
    policy::{Permit, ReadConference, RecordConference},
    sensitive::Sensitive,
};

use crate::{
    cases::CaseRow,
    error::Result,
    parts::parts_of_case,
    people::{Slot, seal, unseal},
    plans::day,
    schema::case_conferences as conferences,
    sealing::Place,
    unit::{Reading, Tx},
};

const MINUTES: Place = Place { table: "case_conferences", column: "sealed" };

#[derive(Queryable, Selectable)]
#[diesel(table_name = conferences)]
struct Stored {
    id: CaseConferenceId,
    case_id: CaseId,
    held_on: String,
    next_on: Option<String>,
    person_part: PersonPart,
    sealed: Vec<u8>,
    author_id: UserId,
    created_at: Instant,
}

/// A conference about a person.
#[derive(Debug)]
pub struct Conference {
    /// The conference.
    pub id: CaseConferenceId,
    /// The case it belongs to.
    pub case_id: CaseId,
    /// What was held.
    pub held: Held,
    /// Who wrote it down.
    pub author_id: UserId,
    /// When.
    pub created_at: Instant,
}

/// What was held, and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// On which day.
    pub held_on: NaiveDate,
    /// When the next one is.
    pub next_on: Option<NaiveDate>,
    /// What part the person had in it.
    pub person_part: PersonPart,
    /// Who took part, what was said and decided.
    pub minutes: Sensitive<Minutes>,
}

fn opened(reading: &mut Reading<'_>, stored: Stored, person: &PersonId) -> Result<Conference> {
    let slot = Slot { place: MINUTES, row: stored.id.as_str(), person };
    let minutes = unseal(reading, &slot, &stored.sealed)?;
    Ok(Conference {
        held: Held {
            held_on: day(&stored.held_on)?,
            next_on: stored.next_on.as_deref().map(day).transpose()?,
            person_part: stored.person_part,
            minutes,
        },
        id: stored.id,
        case_id: stored.case_id,
        author_id: stored.author_id,
        created_at: stored.created_at,
    })
}

/// Appends a conference.
///
/// # Errors
/// [`refero_domain::refusal::Refusal::IdTaken`] if the identifier is in use.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<RecordConference, CaseRow>,
    id: &CaseConferenceId,
    held: &Held,
) -> Result<()> {
    let CaseRow { case, person, .. } = permit.row();
    tx.changes(&case.id);
    let sealed =
        seal(tx, Slot { place: MINUTES, row: id.as_str(), person: &person.id }, &held.minutes)?;
    let by = tx.actor()?.user_id.clone();
    diesel::insert_into(conferences::table)
        .values((
            conferences::id.eq(id),
            conferences::case_id.eq(&case.id),
            conferences::held_on.eq(held.held_on.to_string()),
            conferences::next_on.eq(held.next_on.map(|day| day.to_string())),
            conferences::person_part.eq(held.person_part),
            conferences::sealed.eq(sealed),
            conferences::author_id.eq(by),
            conferences::created_at.eq(tx.now()),
        ))
        .execute(tx.conn)?;
    Ok(())
}

parts_of_case!(conferences, CaseConferenceId => Conference, ReadConference);
