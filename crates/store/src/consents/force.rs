//! Whether a consent is in force: what it covers now, and when it ends by itself.

use diesel::prelude::*;
use refero_domain::{
    consent::{ConsentAct, ConsentGiver, ConsentStatus},
    id::{CaseId, ConsentId},
    instant::Instant,
    machine::State,
    policy::Classes,
};

use crate::{
    cases::classes,
    columns::Codes,
    db::{Db, DbConn},
    error::Result,
    schema::consents,
    unit::Tx,
};

/// What of a consent a referral needs to know.
#[derive(Debug, Clone)]
pub struct Covers {
    /// The consent.
    pub id: ConsentId,
    /// Who gave it.
    pub giver: ConsentGiver,
    /// Where it stands.
    pub state: ConsentStatus,
    /// When it ends by itself.
    pub expires_at: Option<Instant>,
    /// What may be shared.
    pub categories: Classes,
}

impl Covers {
    /// Says whether something may rest on it at a moment.
    #[must_use]
    pub fn is_in_force(&self, now: Instant) -> bool {
        self.state.is_in_force_at(self.expires_at, now)
    }

    /// Returns what may be shared now: nothing, if it is not in force.
    #[must_use]
    pub fn now(&self, now: Instant) -> Classes {
        if self.is_in_force(now) { self.categories } else { Classes::NONE }
    }
}

/// Reads what consents cover, for those who already have the referrals that rest on them.
pub(crate) fn covers(conn: &mut DbConn, ids: Vec<ConsentId>) -> Result<Vec<Covers>> {
    type Row = (ConsentId, ConsentGiver, ConsentStatus, Option<Instant>, Codes);
    let rows: Vec<Row> = consents::table
        .filter(consents::id.eq_any(ids))
        .select((
            consents::id,
            consents::giver,
            consents::state,
            consents::expires_at,
            consents::categories,
        ))
        .load(conn)?;
    rows.into_iter()
        .map(|(id, giver, state, expires_at, categories)| {
            Ok(Covers { id, giver, state, expires_at, categories: classes(&categories)? })
        })
        .collect()
}

/// Finds consents whose end has passed and is not written down yet, for the worker: ids only.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn past_their_end(db: &Db, now: Instant, limit: i64) -> Result<Vec<ConsentId>> {
    db.plain(|conn| {
        Ok(consents::table
            .filter(consents::state.eq_any(ConsentStatus::MAY_EXPIRE))
            .filter(consents::expires_at.assume_not_null().le(now))
            .order((consents::expires_at, consents::id))
            .limit(limit)
            .select(consents::id)
            .load(conn)?)
    })
}

/// Writes down that a consent's end has passed. Returns its case and new version, or nothing if that
/// has been done, or the consent has ended otherwise.
///
/// # Errors
/// [`Error::Unavailable`] if it cannot be written.
pub fn expire(tx: &mut Tx<'_>, id: &ConsentId) -> Result<Option<(CaseId, i64)>> {
    let now = tx.now();
    let found: Option<(CaseId, State<ConsentStatus>, i64)> = consents::table
        .filter(consents::id.eq(id))
        .filter(consents::state.eq_any(ConsentStatus::MAY_EXPIRE))
        .filter(consents::expires_at.assume_not_null().le(now))
        .select((consents::case_id, consents::state, consents::version))
        .first(tx.conn)
        .optional()?;
    let Some((case_id, state, version)) = found else {
        return Ok(None);
    };
    let moved = state.step(ConsentAct::Expire)?;
    let next = version.saturating_add(1);
    diesel::update(consents::table.find(id))
        .set((
            consents::state.eq(moved.to()),
            consents::version.eq(next),
            consents::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(Some((case_id, next)))
}
