//! Opening proceedings, correcting them, moving them on.

use diesel::prelude::*;
use refero_domain::{
    id::{OrganisationId, ProceedingId},
    machine::{Machine, Moved},
    policy::{Action, Changes, OpenProceeding, Permit},
    proceeding::{PersonRole, ProceedingStage, ProceedingWords, ProtectiveMeasure},
    refusal::Refusal,
    sensitive::Sensitive,
};

use super::{Proceeding, WORDS};
use crate::{
    cases::CaseRow,
    columns::Json,
    error::Result,
    people::{Person, Slot, keep_revision, seal},
    schema::proceedings,
    unit::Tx,
};

/// A proceeding that is opened.
#[derive(Debug)]
pub struct NewProceeding {
    /// The proceeding.
    pub id: ProceedingId,
    /// A code of `legal_proceeding_type`.
    pub kind: String,
    /// Who conducts it.
    pub organisation_id: OrganisationId,
    /// What the person is in it.
    pub person_role: PersonRole,
    /// What protects the person in it.
    pub protective_measures: Vec<ProtectiveMeasure>,
    /// The number of the file, the court, notes.
    pub words: Sensitive<ProceedingWords>,
}

/// Opens a proceeding.
///
/// # Errors
/// [`Refusal::IdTaken`] if the identifier is in use.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<OpenProceeding, CaseRow>,
    new: &NewProceeding,
) -> Result<()> {
    let CaseRow { case, person, .. } = permit.row();
    tx.changes(&case.id);
    let slot = Slot { place: WORDS, row: new.id.as_str(), person: &person.id };
    let sealed = seal(tx, slot, &new.words)?;
    let by = tx.actor()?.user_id.clone();
    let now = tx.now();
    diesel::insert_into(proceedings::table)
        .values((
            proceedings::id.eq(&new.id),
            proceedings::case_id.eq(&case.id),
            proceedings::kind.eq(&new.kind),
            proceedings::state.eq(ProceedingStage::INITIAL),
            proceedings::organisation_id.eq(&new.organisation_id),
            proceedings::person_role.eq(new.person_role),
            proceedings::protective_measures.eq(Json::of(&new.protective_measures)?),
            proceedings::sealed.eq(Some(sealed)),
            proceedings::created_by.eq(by),
            proceedings::version.eq(1),
            proceedings::created_at.eq(now),
            proceedings::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// What changes about a proceeding. Absent members stay.
#[derive(Debug, Default)]
pub struct ProceedingChange {
    /// What the person is in it.
    pub person_role: Option<PersonRole>,
    /// What protects the person in it, all of it.
    pub protective_measures: Option<Vec<ProtectiveMeasure>>,
    /// The words, all of them.
    pub words: Option<Sensitive<ProceedingWords>>,
}

#[derive(AsChangeset)]
#[diesel(table_name = proceedings)]
struct Set {
    person_role: Option<PersonRole>,
    protective_measures: Option<Json<Vec<ProtectiveMeasure>>>,
    sealed: Option<Vec<u8>>,
}

/// Saves a move, a correction or both, unless somebody was faster; what is corrected stays in the history
/// (R13). Returns the new version.
///
/// # Errors
/// [`Refusal::Stale`] if the version or the stage is not what was read.
pub fn save<A: Action + Changes>(
    tx: &mut Tx<'_>,
    permit: &Permit<A, ()>,
    (before, person): (&Proceeding, &Person),
    moved: Option<&Moved<ProceedingStage>>,
    change: &ProceedingChange,
) -> Result<i64> {
    let corrects = change.person_role.is_some() || change.protective_measures.is_some();
    if corrects || change.words.is_some() {
        let coded = (before.person_role, before.protective_measures.clone());
        let earlier = before.words.clone().map(|words| (words, coded));
        keep_revision(tx, &person.id, (&before.id, before.version), &earlier)?;
    }
    let slot = Slot { place: WORDS, row: before.id.as_str(), person: &person.id };
    let sealed = change.words.as_ref().map(|words| seal(tx, slot, words)).transpose()?;
    let measures = change.protective_measures.as_ref().map(Json::of).transpose()?;
    let set = Set { person_role: change.person_role, protective_measures: measures, sealed };
    let next = touch(tx, permit, before)?;
    let row = proceedings::table.find(&before.id).filter(proceedings::version.eq(next));
    if change.words.is_some() || corrects {
        diesel::update(row).set(set).execute(tx.conn)?;
    }
    if let Some(moved) = moved {
        let row = row.filter(proceedings::state.eq(moved.from()));
        let saved = diesel::update(row).set(proceedings::state.eq(moved.to())).execute(tx.conn)?;
        if saved != 1 {
            return Err(Refusal::Stale { current: next }.into());
        }
    }
    Ok(next)
}

/// Gives a proceeding its next version, unless somebody was faster. Returns it.
///
/// # Errors
/// [`Refusal::Stale`] if the version is not what was read.
pub fn touch<A: Action + Changes>(
    tx: &mut Tx<'_>,
    _permit: &Permit<A, ()>,
    before: &Proceeding,
) -> Result<i64> {
    tx.changes(&before.case_id);
    let next = before.version.saturating_add(1);
    let saved = diesel::update(proceedings::table.find(&before.id))
        .filter(proceedings::version.eq(before.version))
        .set((proceedings::version.eq(next), proceedings::updated_at.eq(tx.now())))
        .execute(tx.conn)?;
    if saved == 1 { Ok(next) } else { Err(Refusal::Stale { current: next }.into()) }
}
