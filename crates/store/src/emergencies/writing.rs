//! Opening in an emergency, reviewing it, and noticing that nobody has.

use diesel::prelude::*;
use refero_domain::{
    emergency::EmergencyOutcome,
    id::{CaseId, EmergencyAccessId, UserId},
    instant::Instant,
    policy::{OpenEmergency, Permit, ReviewEmergency},
    refusal::Refusal,
    sensitive::Sensitive,
};

use super::{AccessRow, JUSTIFICATION, REASONS};
use crate::{
    cases::CaseRow,
    db::Db,
    error::Result,
    people::{Slot, keep_revision, seal, unseal},
    schema::{cases as case_table, emergency_accesses as accesses},
    unit::Tx,
};

/// An emergency access that is opened. Nothing of it but the reason is the caller's to choose.
#[derive(Debug, Clone)]
pub struct NewAccess {
    /// A code of `emergency_reason`.
    pub reason_code: String,
    /// Why: it speaks of the person.
    pub justification: Sensitive<String>,
    /// Until when it lasts, exclusive.
    pub expires_at: Instant,
    /// Until when it is to be reviewed.
    pub review_due_at: Instant,
}

/// What a supervisor says of an emergency access.
#[derive(Debug, Clone)]
pub struct Review {
    /// What it came to.
    pub outcome: EmergencyOutcome,
    /// Why.
    pub reasons: Sensitive<String>,
}

/// Opens a case to the caller for a time.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<OpenEmergency, CaseRow>,
    new: &NewAccess,
) -> Result<EmergencyAccessId> {
    let id: EmergencyAccessId = tx.new_id();
    let person = &permit.row().person.id;
    let slot = Slot { place: JUSTIFICATION, row: id.as_str(), person };
    let sealed = seal(tx, slot, &new.justification)?;
    let (user, organisation) = {
        let actor = tx.actor()?;
        (actor.user_id.clone(), actor.organisation_id.clone())
    };
    diesel::insert_into(accesses::table)
        .values((
            accesses::id.eq(&id),
            accesses::case_id.eq(&permit.row().case.id),
            accesses::actor_id.eq(user),
            accesses::organisation_id.eq(organisation),
            accesses::reason_code.eq(&new.reason_code),
            accesses::sealed.eq(sealed),
            accesses::opened_at.eq(tx.now()),
            accesses::expires_at.eq(new.expires_at),
            accesses::review_due_at.eq(new.review_due_at),
            accesses::version.eq(1),
        ))
        .execute(tx.conn)?;
    Ok(id)
}

/// Writes a review down; an earlier one stays in the history (R13). What was not justified ends at
/// once. Returns the new version.
///
/// # Errors
/// [`Refusal::Stale`] if somebody was faster.
pub fn save_review(
    tx: &mut Tx<'_>,
    permit: &Permit<ReviewEmergency, AccessRow>,
    review: &Review,
) -> Result<i64> {
    let AccessRow { access, person_id: person, .. } = permit.row();
    let slot = || Slot { place: REASONS, row: access.id.as_str(), person };
    if let (Some(outcome), Some(sealed)) = (access.outcome, &access.reasons) {
        let earlier: Sensitive<String> = unseal(tx, &slot(), sealed)?;
        let earlier = earlier.map(|reasons| (outcome, access.reviewed_by.clone(), reasons));
        keep_revision(tx, person, (&access.id, access.version), &earlier)?;
    }
    let sealed = seal(tx, slot(), &review.reasons)?;
    let (by, now) = (tx.actor()?.user_id.clone(), tx.now());
    let ends_at = match review.outcome {
        EmergencyOutcome::Unjustified => access.expires_at.min(now),
        EmergencyOutcome::Justified => access.expires_at,
    };
    let version = access.version.saturating_add(1);
    let rows = diesel::update(accesses::table.find(&access.id))
        .filter(accesses::version.eq(access.version))
        .set((
            accesses::reviewed_by.eq(Some(by)),
            accesses::reviewed_at.eq(Some(now)),
            accesses::outcome.eq(Some(review.outcome)),
            accesses::reasons.eq(Some(sealed)),
            accesses::expires_at.eq(ends_at),
            accesses::version.eq(version),
        ))
        .execute(tx.conn)?;
    if rows == 1 { Ok(version) } else { Err(Refusal::Stale { current: version }.into()) }
}

/// An emergency access that nobody has reviewed in time: ids only, for the worker.
#[derive(Debug, Clone, Queryable)]
pub struct Unreviewed {
    /// The access.
    pub id: EmergencyAccessId,
    /// The case.
    pub case_id: CaseId,
    /// Who opened it.
    pub actor_id: UserId,
    /// The area of the case.
    pub area: Option<String>,
}

/// Finds what nobody has reviewed in time and nobody was told of yet, the longest waiting first.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn unreviewed(db: &Db, now: Instant, limit: i64) -> Result<Vec<Unreviewed>> {
    db.plain(|conn| {
        Ok(accesses::table
            .inner_join(case_table::table)
            .filter(accesses::reviewed_at.is_null())
            .filter(accesses::overdue_told_at.is_null())
            .filter(accesses::review_due_at.le(now))
            .order((accesses::review_due_at, accesses::id))
            .limit(limit)
            .select((accesses::id, accesses::case_id, accesses::actor_id, case_table::area))
            .load(conn)?)
    })
}

/// Notes that it was told, unless it was or somebody has reviewed it since.
///
/// # Errors
/// [`Refusal::NotFound`] if there is nothing to tell any more.
pub fn tell_overdue(tx: &mut Tx<'_>, access: &Unreviewed) -> Result<()> {
    let now = tx.now();
    let told = diesel::update(accesses::table.find(&access.id))
        .filter(accesses::reviewed_at.is_null())
        .filter(accesses::overdue_told_at.is_null())
        .set(accesses::overdue_told_at.eq(Some(now)))
        .execute(tx.conn)?;
    if told == 1 { Ok(()) } else { Err(Refusal::NotFound.into()) }
}
