//! Recording a consent, and what moves it.

use diesel::prelude::*;
use refero_domain::{
    consent::{
        ChildConsentGround, ConsentGiver, ConsentMode, ConsentPurpose, ConsentStatus, ConsentWords,
    },
    id::{CaseId, ConsentId, GuardianId, OrganisationId},
    instant::Instant,
    machine::{Machine, Moved},
    policy::{Action, Changes, Classes, CreateConsent, Permit},
    refusal::Refusal,
    sensitive::Sensitive,
};

use super::slot;
use crate::{
    cases::CaseRow,
    columns::Codes,
    error::Result,
    people::{Person, seal},
    schema::consents,
    unit::Tx,
};

/// A consent that is recorded.
#[derive(Debug)]
pub struct NewConsent {
    /// The consent.
    pub id: ConsentId,
    /// What it is for.
    pub purpose: ConsentPurpose,
    /// With whom may be shared.
    pub recipient_organisation_id: Option<OrganisationId>,
    /// What may be shared.
    pub categories: Classes,
    /// Who gave it, or is asked.
    pub giver: ConsentGiver,
    /// How it is recorded.
    pub mode: ConsentMode,
    /// In which language it is explained.
    pub language: String,
    /// Whether an interpreter helps.
    pub interpreter: bool,
    /// The person's words.
    pub words: Sensitive<ConsentWords>,
    /// When it ends by itself.
    pub expires_at: Option<Instant>,
    /// The guardian with whom a child consents (R6).
    pub guardian_id: Option<GuardianId>,
    /// Why a child's consent is recorded without its assent or its guardian.
    pub child_ground: Option<ChildConsentGround>,
}

/// Records a consent on a case; `answered` is the answer, if there is one already.
///
/// # Errors
/// [`Refusal::IdTaken`] if the identifier is in use.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<CreateConsent, CaseRow>,
    new: &NewConsent,
    answered: Option<&Moved<ConsentStatus>>,
) -> Result<()> {
    let row = permit.row();
    tx.changes(&row.case.id);
    let sealed = seal(tx, slot(&new.id, &row.person), &new.words)?;
    let codes: Vec<String> = new.categories.iter().map(|class| class.code().to_owned()).collect();
    let by = tx.actor()?.user_id.clone();
    let now = tx.now();
    diesel::insert_into(consents::table)
        .values((
            (
                consents::id.eq(&new.id),
                consents::case_id.eq(&row.case.id),
                consents::purpose.eq(new.purpose),
                consents::recipient_organisation_id.eq(&new.recipient_organisation_id),
                consents::categories.eq(Codes::of(&codes)?),
                consents::giver.eq(new.giver),
                consents::mode.eq(new.mode),
                consents::language.eq(&new.language),
                consents::interpreter.eq(new.interpreter),
                consents::guardian_id.eq(&new.guardian_id),
                consents::child_ground.eq(new.child_ground),
            ),
            (
                consents::state.eq(answered.map_or(ConsentStatus::INITIAL, Moved::to)),
                consents::sealed.eq(sealed),
                consents::expires_at.eq(new.expires_at),
                consents::answered_at.eq(answered.map(|_| now)),
                consents::created_by.eq(by),
                consents::version.eq(1),
                consents::created_at.eq(now),
                consents::updated_at.eq(now),
            ),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// What changes with a move. Absent members stay.
#[derive(Debug, Default)]
pub struct ConsentChange {
    /// The person's words, all of them.
    pub words: Option<Sensitive<ConsentWords>>,
    /// When it was given or refused.
    pub answered_at: Option<Instant>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Instant>,
    /// The guardian with whom a child consents (R6).
    pub guardian_id: Option<GuardianId>,
    /// Why a child's consent is recorded without its assent or its guardian.
    pub child_ground: Option<ChildConsentGround>,
}

#[derive(AsChangeset)]
#[diesel(table_name = consents)]
struct Set {
    sealed: Option<Vec<u8>>,
    answered_at: Option<Instant>,
    withdrawn_at: Option<Instant>,
    guardian_id: Option<GuardianId>,
    child_ground: Option<ChildConsentGround>,
    version: i64,
    updated_at: Instant,
}

/// Saves a move unless somebody was faster. Returns the new version.
///
/// # Errors
/// [`Refusal::Stale`] if the version or the state is not what was read.
pub fn save<A: Action + Changes>(
    tx: &mut Tx<'_>,
    _permit: &Permit<A, ()>,
    (id, case_id, version, person): (&ConsentId, &CaseId, i64, &Person),
    moved: &Moved<ConsentStatus>,
    change: &ConsentChange,
) -> Result<i64> {
    tx.changes(case_id);
    let next = version.saturating_add(1);
    let sealed =
        change.words.as_ref().map(|words| seal(tx, slot(id, person), words)).transpose()?;
    let set = Set {
        sealed,
        answered_at: change.answered_at,
        withdrawn_at: change.withdrawn_at,
        guardian_id: change.guardian_id.clone(),
        child_ground: change.child_ground,
        version: next,
        updated_at: tx.now(),
    };
    let saved = diesel::update(consents::table.find(id))
        .filter(consents::version.eq(version))
        .filter(consents::state.eq(moved.from()))
        .set((set, consents::state.eq(moved.to())))
        .execute(tx.conn)?;
    if saved == 1 { Ok(next) } else { Err(Refusal::Stale { current: next }.into()) }
}
