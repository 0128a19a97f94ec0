//! Follow-ups: appended, followed by a later one, never changed (R13).

use chrono::NaiveDate;
use diesel::prelude::*;
use refero_domain::{
    case::RiskLevel,
    follow_up::{
        Faring, FollowUpContact, FollowUpHealth, FollowUpHousing, FollowUpIncome, FollowUpSafety,
        FollowUpWords,
    },
    id::{CaseId, FollowUpId, PersonId, UserId},
    instant::Instant,
    policy::{Permit, ReadFollowUp, RecordFollowUp},
    sensitive::Sensitive,
};

use crate::{
    cases::CaseRow,
    error::Result,
    parts::parts_of_case,
    people::{Slot, seal, unseal},
    plans::day,
    schema::follow_ups,
    sealing::Place,
    unit::{Reading, Tx},
};

const WORDS: Place = Place { table: "follow_ups", column: "sealed" };

#[derive(Queryable, Selectable)]
#[diesel(table_name = follow_ups)]
struct Stored {
    id: FollowUpId,
    case_id: CaseId,
    round: Option<i64>,
    contact: FollowUpContact,
    contact_on: String,
    housing: FollowUpHousing,
    safety: FollowUpSafety,
    income: FollowUpIncome,
    health: FollowUpHealth,
    re_trafficking_risk: Option<RiskLevel>,
    sealed: Vec<u8>,
    author_id: UserId,
    created_at: Instant,
}

/// A follow-up, or the attempt.
#[derive(Debug)]
pub struct FollowUp {
    /// The follow-up.
    pub id: FollowUpId,
    /// The case it belongs to.
    pub case_id: CaseId,
    /// What was learned.
    pub told: Told,
    /// Who wrote it down.
    pub author_id: UserId,
    /// When.
    pub created_at: Instant,
}

/// What was learned in a follow-up.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Which round, from 1 to 4; nothing for a contact beside them.
    pub round: Option<i64>,
    /// What became of the contact.
    pub contact: FollowUpContact,
    /// On which day.
    pub contact_on: NaiveDate,
    /// How the person fares.
    pub faring: Faring,
    /// In words.
    pub words: Sensitive<FollowUpWords>,
}

fn opened(reading: &mut Reading<'_>, stored: Stored, person: &PersonId) -> Result<FollowUp> {
    let slot = Slot { place: WORDS, row: stored.id.as_str(), person };
    let words = unseal(reading, &slot, &stored.sealed)?;
    Ok(FollowUp {
        told: Told {
            round: stored.round,
            contact: stored.contact,
            contact_on: day(&stored.contact_on)?,
            faring: Faring {
                housing: stored.housing,
                safety: stored.safety,
                income: stored.income,
                health: stored.health,
                re_trafficking_risk: stored.re_trafficking_risk,
            },
            words,
        },
        id: stored.id,
        case_id: stored.case_id,
        author_id: stored.author_id,
        created_at: stored.created_at,
    })
}

/// Appends a follow-up.
///
/// # Errors
/// [`refero_domain::refusal::Refusal::IdTaken`] if the identifier is in use.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<RecordFollowUp, CaseRow>,
    id: &FollowUpId,
    told: &Told,
) -> Result<()> {
    let CaseRow { case, person, .. } = permit.row();
    tx.changes(&case.id);
    let sealed =
        seal(tx, Slot { place: WORDS, row: id.as_str(), person: &person.id }, &told.words)?;
    let by = tx.actor()?.user_id.clone();
    diesel::insert_into(follow_ups::table)
        .values((
            follow_ups::id.eq(id),
            follow_ups::case_id.eq(&case.id),
            follow_ups::round.eq(told.round),
            follow_ups::contact.eq(told.contact),
            follow_ups::contact_on.eq(told.contact_on.to_string()),
            follow_ups::housing.eq(told.faring.housing),
            follow_ups::safety.eq(told.faring.safety),
            follow_ups::income.eq(told.faring.income),
            follow_ups::health.eq(told.faring.health),
            follow_ups::re_trafficking_risk.eq(told.faring.re_trafficking_risk),
            follow_ups::sealed.eq(sealed),
            follow_ups::author_id.eq(by),
            follow_ups::created_at.eq(tx.now()),
        ))
        .execute(tx.conn)?;
    Ok(())
}

parts_of_case!(follow_ups, FollowUpId => FollowUp, ReadFollowUp);
