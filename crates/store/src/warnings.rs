//! Deadlines of which somebody is warned before they end, once each.

use diesel::prelude::*;
use refero_domain::{
    id::{CaseId, ClockId},
    instant::Instant,
};

use crate::{db::Db, error::Result, schema::clocks, unit::Tx};

/// A deadline that comes, of which nobody has been warned yet: ids only, for the worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unwarned {
    /// The case.
    pub case_id: CaseId,
    /// The clock.
    pub clock_id: ClockId,
    /// When it ends.
    pub due_at: Instant,
}

/// Finds of what the worker has to warn, the nearest end first.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn unwarned(db: &Db, now: Instant, limit: i64) -> Result<Vec<Unwarned>> {
    db.plain(|conn| {
        let found: Vec<(CaseId, ClockId, Instant)> = clocks::table
            .filter(clocks::met_at.is_null())
            .filter(clocks::paused_at.is_null())
            .filter(clocks::warned_at.is_null())
            .filter(clocks::warn_at.le(now))
            .filter(clocks::due_at.ge(now))
            .order((clocks::due_at, clocks::id))
            .limit(limit)
            .select((clocks::case_id, clocks::id, clocks::due_at))
            .load(conn)?;
        let each = |(case_id, clock_id, due_at)| Unwarned { case_id, clock_id, due_at };
        Ok(found.into_iter().map(each).collect())
    })
}

/// Writes down that somebody was warned, unless the deadline was met or moved since. Returns whether it was.
///
/// # Errors
/// [`crate::Error::Unavailable`] if it cannot be written.
pub fn warn(tx: &mut Tx<'_>, unwarned: &Unwarned) -> Result<bool> {
    tx.changes(&unwarned.case_id);
    let warned = diesel::update(clocks::table.find(&unwarned.clock_id))
        .filter(clocks::met_at.is_null())
        .filter(clocks::paused_at.is_null())
        .filter(clocks::warned_at.is_null())
        .filter(clocks::due_at.eq(unwarned.due_at))
        .set(clocks::warned_at.eq(Some(tx.now())))
        .execute(tx.conn)?;
    Ok(warned == 1)
}
