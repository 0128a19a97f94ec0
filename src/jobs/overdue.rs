//! What time brings about: escalations, and the end of consents (R5).

use refero_domain::instant::Instant;
use refero_store::{Db, Result, consents, overdue};

use super::{AT_ONCE, each, own};
use crate::service;

/// Raises the escalations that are due: once for each referral and deadline, and each moment at
/// which it was due.
pub(super) fn escalate(db: &Db, now: Instant) -> Result<usize> {
    let untold = overdue::untold(db, now, AT_ONCE)?;
    each(untold, |untold| {
        db.write("referral.escalate", own(now), move |tx| service::escalations::raise(tx, &untold))
    })
}

/// Ends the consents whose time is up, and what rests on them.
pub(super) fn expire_consents(db: &Db, now: Instant) -> Result<usize> {
    let ended = consents::past_their_end(db, now, AT_ONCE)?;
    each(ended, |id| {
        db.write("consent.expire", own(now), move |tx| service::consents::expire(tx, &id))
    })
}
