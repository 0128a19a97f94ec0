//! Receiving a request, looking through texts, handing parts over, refusing.

use diesel::prelude::*;
use refero_domain::{
    id::{AccessPartId, AccessRequestId},
    machine::Moved,
    policy::{
        Action, Changes, CopyPersonData, CreateAccessRequest, HandOverCopy, Permit, RedactCopy,
        RequestAccessRefusal,
    },
    refusal::Refusal,
    sensitive::Sensitive,
    subject_access::{
        AccessAsker, AccessDelivery, AccessRefusalGround, AccessState, CopyLanguage, ReviewedText,
    },
};

use super::{AccessRow, Part, REVIEWED, reviewed};
use crate::{
    cases::CaseRow,
    error::{Error, Result},
    people::{Slot, keep_revision, seal},
    schema::{access_parts as parts, access_requests as requests},
    unit::Tx,
};

/// A request that is written down.
#[derive(Debug, Clone)]
pub struct NewRequest {
    /// Who asks.
    pub asker: AccessAsker,
    /// In which language.
    pub language: CopyLanguage,
    /// How it is to be handed over.
    pub delivery: Option<AccessDelivery>,
    /// The number of the data protection officer's file.
    pub file_reference: String,
    /// The day on which it came.
    pub received_on: chrono::NaiveDate,
    /// The day until which it is to be answered, and how far that may be relied on.
    pub due: Option<(chrono::NaiveDate, &'static str)>,
}

/// Writes a request down.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<CreateAccessRequest, CaseRow>,
    new: &NewRequest,
) -> Result<AccessRequestId> {
    let id: AccessRequestId = tx.new_id();
    tx.changes(&permit.row().case.id);
    let by = tx.actor()?.user_id.clone();
    diesel::insert_into(requests::table)
        .values((
            requests::id.eq(&id),
            requests::case_id.eq(&permit.row().case.id),
            requests::asker.eq(new.asker),
            requests::language.eq(new.language),
            requests::delivery.eq(new.delivery),
            requests::file_reference.eq(&new.file_reference),
            requests::received_on.eq(new.received_on.to_string()),
            requests::due_on.eq(new.due.map(|(day, _)| day.to_string())),
            requests::due_status.eq(new.due.map(|(_, status)| status)),
            requests::state.eq(AccessState::Open),
            requests::created_by.eq(by),
            requests::created_at.eq(tx.now()),
            requests::version.eq(1),
        ))
        .execute(tx.conn)?;
    Ok(id)
}

/// Makes sure that a part has its row; gives its id.
fn keep_part(tx: &mut Tx<'_>, row: &AccessRow, part: &Part) -> Result<AccessPartId> {
    tx.changes(&row.request.case_id);
    if let Some(stored) = &part.stored {
        return Ok(stored.id.clone());
    }
    let id: AccessPartId = tx.new_id();
    diesel::insert_into(parts::table)
        .values((
            parts::id.eq(&id),
            parts::request_id.eq(&row.request.id),
            parts::organisation_id.eq(part.holder.organisation()),
            parts::copies.eq(0),
        ))
        .execute(tx.conn)?;
    Ok(id)
}

/// Counts the version up; whoever was faster is told so.
fn touch(tx: &mut Tx<'_>, row: &AccessRow) -> Result<i64> {
    let version = row.request.version.saturating_add(1);
    let rows = diesel::update(requests::table.find(&row.request.id))
        .filter(requests::version.eq(row.request.version))
        .set(requests::version.eq(version))
        .execute(tx.conn)?;
    if rows == 1 { Ok(version) } else { Err(Refusal::Stale { current: version }.into()) }
}

/// Numbers one copy more of a part.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn count_copy(
    tx: &mut Tx<'_>,
    permit: &Permit<CopyPersonData, AccessRow>,
    part: &Part,
) -> Result<i64> {
    let id = keep_part(tx, permit.row(), part)?;
    let copies = part.copies().saturating_add(1);
    let counted = diesel::update(parts::table.find(&id))
        .filter(parts::copies.eq(part.copies()))
        .set(parts::copies.eq(copies))
        .execute(tx.conn)?;
    if counted == 1 { Ok(copies) } else { Err(Error::broken("a copy got no number of its own")) }
}

/// Keeps what was found when the texts of a part were looked through; what was found before stays in
/// the history (R13). Returns the new version.
///
/// # Errors
/// [`Refusal::Stale`] if somebody was faster.
pub fn save_review(
    tx: &mut Tx<'_>,
    permit: &Permit<RedactCopy, AccessRow>,
    part: &Part,
    found: &Sensitive<Vec<ReviewedText>>,
) -> Result<i64> {
    let row = permit.row();
    let id = keep_part(tx, row, part)?;
    if part.reviewed_at().is_some() {
        let earlier = reviewed(tx, permit, part)?;
        keep_revision(tx, &row.person_id, (&id, row.request.version), &earlier)?;
    }
    let slot = Slot { place: REVIEWED, row: id.as_str(), person: &row.person_id };
    let sealed = seal(tx, slot, found)?;
    let (by, now) = (tx.actor()?.user_id.clone(), tx.now());
    diesel::update(parts::table.find(&id))
        .set((
            parts::sealed.eq(Some(sealed)),
            parts::reviewed_by.eq(Some(by)),
            parts::reviewed_at.eq(Some(now)),
        ))
        .execute(tx.conn)?;
    touch(tx, row)
}

/// Marks a part as handed over; `answered` if it was the last. Returns the new version.
///
/// # Errors
/// [`Refusal::Stale`] if somebody was faster.
pub fn hand_over(
    tx: &mut Tx<'_>,
    _permit: &Permit<HandOverCopy, ()>,
    (row, part): (&AccessRow, &Part),
    answered: Option<&Moved<AccessState>>,
) -> Result<i64> {
    let id = keep_part(tx, row, part)?;
    let (by, now) = (tx.actor()?.user_id.clone(), tx.now());
    diesel::update(parts::table.find(&id))
        .set((parts::handed_over_by.eq(Some(by)), parts::handed_over_at.eq(Some(now))))
        .execute(tx.conn)?;
    if let Some(moved) = answered {
        diesel::update(requests::table.find(&row.request.id))
            .filter(requests::state.eq(moved.from()))
            .set((requests::state.eq(moved.to()), requests::answered_at.eq(Some(now))))
            .execute(tx.conn)?;
    }
    touch(tx, row)
}

/// Keeps that somebody asks to refuse a request. Returns the new version.
///
/// # Errors
/// [`Refusal::Stale`] if somebody was faster.
pub fn save_refusal_request(
    tx: &mut Tx<'_>,
    _permit: &Permit<RequestAccessRefusal, ()>,
    (row, ground): (&AccessRow, AccessRefusalGround),
    moved: &Moved<AccessState>,
) -> Result<i64> {
    tx.changes(&row.request.case_id);
    let (by, now) = (tx.actor()?.user_id.clone(), tx.now());
    diesel::update(requests::table.find(&row.request.id))
        .filter(requests::state.eq(moved.from()))
        .set((
            requests::state.eq(moved.to()),
            requests::refusal_ground.eq(Some(ground)),
            requests::refusal_requested_by.eq(Some(by)),
            requests::refusal_requested_at.eq(Some(now)),
        ))
        .execute(tx.conn)?;
    touch(tx, row)
}

/// Keeps how somebody else decided about a refusal. Returns the new version.
///
/// # Errors
/// [`Refusal::Stale`] if somebody was faster.
pub fn save_refusal_decision<A: Action + Changes>(
    tx: &mut Tx<'_>,
    _permit: &Permit<A, ()>,
    row: &AccessRow,
    moved: &Moved<AccessState>,
) -> Result<i64> {
    tx.changes(&row.request.case_id);
    let (by, now) = (tx.actor()?.user_id.clone(), tx.now());
    diesel::update(requests::table.find(&row.request.id))
        .filter(requests::state.eq(moved.from()))
        .set((
            requests::state.eq(moved.to()),
            requests::refusal_decided_by.eq(Some(by)),
            requests::refusal_decided_at.eq(Some(now)),
        ))
        .execute(tx.conn)?;
    touch(tx, row)
}
