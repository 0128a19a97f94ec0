//! Guardians: each belongs to a case and is reached through it.

use chrono::NaiveDate;
use diesel::prelude::*;
use refero_domain::{
    guardian::{
        GuardianAuthority, GuardianEndReason, GuardianRelationship, GuardianState, GuardianWords,
    },
    id::{CaseId, GuardianId, OrganisationId, PersonId, UserId},
    instant::Instant,
    machine::{Machine, Moved, State},
    policy::{Action, AppointGuardian, EndGuardian, Permit, ReadGuardian},
    refusal::Refusal,
    sensitive::Sensitive,
};

use crate::{
    cases::{CaseRow, expect_version},
    columns::day,
    error::Result,
    parts::parts_of_case,
    people::{Slot, seal, unseal},
    schema::guardians,
    sealing::Place,
    unit::{Reading, Tx},
};

const WORDS: Place = Place { table: "guardians", column: "sealed" };

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = guardians)]
struct Stored {
    id: GuardianId,
    case_id: CaseId,
    state: State<GuardianState>,
    relationship: GuardianRelationship,
    organisation_id: Option<OrganisationId>,
    authority: GuardianAuthority,
    file_reference: Option<String>,
    appointed_on: String,
    sealed: Option<Vec<u8>>,
    end_reason: Option<GuardianEndReason>,
    ended_by: Option<UserId>,
    ended_at: Option<Instant>,
    created_by: UserId,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

/// A guardian of the person of a case.
#[derive(Debug)]
pub struct Guardian {
    /// The guardianship.
    pub id: GuardianId,
    /// The case it belongs to.
    pub case_id: CaseId,
    /// Where it stands; changes through its machine only.
    pub state: State<GuardianState>,
    /// What the guardian is to the child.
    pub relationship: GuardianRelationship,
    /// For which organisation the guardian works.
    pub organisation_id: Option<OrganisationId>,
    /// Who appointed.
    pub authority: GuardianAuthority,
    /// The number of their file.
    pub file_reference: Option<String>,
    /// Since when.
    pub appointed_on: NaiveDate,
    /// The name, and how to reach the guardian.
    pub words: Sensitive<GuardianWords>,
    /// Why it ended.
    pub end_reason: Option<GuardianEndReason>,
    /// Who wrote the end down.
    pub ended_by: Option<UserId>,
    /// When.
    pub ended_at: Option<Instant>,
    /// Who wrote the appointment down.
    pub created_by: UserId,
    /// For the ETag.
    pub version: i64,
    /// When it was written down.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

impl Guardian {
    /// Refuses to go on if somebody else was faster.
    ///
    /// # Errors
    /// [`Refusal::Stale`] with the present version.
    pub fn expect_version(&self, expected: Option<i64>) -> Result<()> {
        expect_version(self.version, expected)
    }
}

fn opened(reading: &mut Reading<'_>, stored: Stored, person: &PersonId) -> Result<Guardian> {
    let words = match &stored.sealed {
        None => Sensitive::default(),
        Some(sealed) => {
            unseal(reading, &Slot { place: WORDS, row: stored.id.as_str(), person }, sealed)?
        }
    };
    Ok(Guardian {
        appointed_on: day(&stored.appointed_on)?,
        words,
        id: stored.id,
        case_id: stored.case_id,
        state: stored.state,
        relationship: stored.relationship,
        organisation_id: stored.organisation_id,
        authority: stored.authority,
        file_reference: stored.file_reference,
        end_reason: stored.end_reason,
        ended_by: stored.ended_by,
        ended_at: stored.ended_at,
        created_by: stored.created_by,
        version: stored.version,
        created_at: stored.created_at,
        updated_at: stored.updated_at,
    })
}

parts_of_case!(guardians, GuardianId => Guardian, ReadGuardian);

/// Says whether the person of a case has a guardian now.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn is_in_office<A: Action>(
    reading: &mut Reading<'_>,
    permit: &Permit<A, CaseRow>,
) -> Result<bool> {
    let found: i64 = guardians::table
        .filter(guardians::case_id.eq(&permit.row().case.id))
        .filter(guardians::state.eq(GuardianState::Appointed))
        .count()
        .get_result(reading.conn)?;
    Ok(found > 0)
}

/// Finds who is the guardian of the child of a case now.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn in_office<A: Action, R>(
    reading: &mut Reading<'_>,
    _permit: &Permit<A, R>,
    case: &CaseId,
) -> Result<Option<GuardianId>> {
    Ok(guardians::table
        .filter(guardians::case_id.eq(case))
        .filter(guardians::state.eq(GuardianState::Appointed))
        .select(guardians::id)
        .first(reading.conn)
        .optional()?)
}

/// A guardian who is appointed.
#[derive(Debug)]
pub struct NewGuardian {
    /// The guardianship.
    pub id: GuardianId,
    /// What the guardian is to the child.
    pub relationship: GuardianRelationship,
    /// For which organisation the guardian works.
    pub organisation_id: Option<OrganisationId>,
    /// Who appointed.
    pub authority: GuardianAuthority,
    /// The number of their file.
    pub file_reference: Option<String>,
    /// Since when.
    pub appointed_on: NaiveDate,
    /// The name, and how to reach the guardian.
    pub words: Sensitive<GuardianWords>,
}

/// Writes an appointment down.
///
/// # Errors
/// [`Refusal::IdTaken`] if the identifier is in use.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<AppointGuardian, CaseRow>,
    new: &NewGuardian,
) -> Result<()> {
    let CaseRow { case, person, .. } = permit.row();
    tx.changes(&case.id);
    let slot = Slot { place: WORDS, row: new.id.as_str(), person: &person.id };
    let sealed = seal(tx, slot, &new.words)?;
    let by = tx.actor()?.user_id.clone();
    let now = tx.now();
    diesel::insert_into(guardians::table)
        .values((
            guardians::id.eq(&new.id),
            guardians::case_id.eq(&case.id),
            guardians::state.eq(GuardianState::INITIAL),
            guardians::relationship.eq(new.relationship),
            guardians::organisation_id.eq(&new.organisation_id),
            guardians::authority.eq(new.authority),
            guardians::file_reference.eq(&new.file_reference),
            guardians::appointed_on.eq(new.appointed_on.to_string()),
            guardians::sealed.eq(Some(sealed)),
            guardians::created_by.eq(by),
            guardians::version.eq(1),
            guardians::created_at.eq(now),
            guardians::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Writes down that a guardianship ended. Returns the new version.
///
/// # Errors
/// [`Refusal::Stale`] if somebody was faster.
pub fn end(
    tx: &mut Tx<'_>,
    permit: &Permit<EndGuardian, CaseRow>,
    (id, version): (&GuardianId, i64),
    moved: &Moved<GuardianState>,
    reason: GuardianEndReason,
) -> Result<i64> {
    tx.changes(&permit.row().case.id);
    let by = tx.actor()?.user_id.clone();
    let (now, next) = (tx.now(), version.saturating_add(1));
    let saved = diesel::update(guardians::table.find(id))
        .filter(guardians::version.eq(version))
        .filter(guardians::state.eq(moved.from()))
        .set((
            guardians::state.eq(moved.to()),
            guardians::end_reason.eq(Some(reason)),
            guardians::ended_by.eq(Some(by)),
            guardians::ended_at.eq(Some(now)),
            guardians::version.eq(next),
            guardians::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    if saved == 1 { Ok(next) } else { Err(Refusal::Stale { current: next }.into()) }
}
