//! What time brings about: escalations, and the end of consents (R5).

use refero_domain::instant::Instant;
use refero_store::{Db, Result, consents, emergencies, overdue, warnings};

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

/// Warns of the deadlines that come: once for each time that they start.
pub(super) fn warn(db: &Db, now: Instant) -> Result<usize> {
    let unwarned = warnings::unwarned(db, now, AT_ONCE)?;
    each(unwarned, |unwarned| {
        db.write("case.warn", own(now), move |tx| service::escalations::warn(tx, &unwarned))
    })
}

/// Ends the consents whose time is up, and what rests on them.
pub(super) fn expire_consents(db: &Db, now: Instant) -> Result<usize> {
    let ended = consents::past_their_end(db, now, AT_ONCE)?;
    each(ended, |id| {
        db.write("consent.expire", own(now), move |tx| service::consents::expire(tx, &id))
    })
}

/// Tells of emergency accesses that nobody has reviewed in time (R15), once each.
pub(super) fn tell_unreviewed(db: &Db, now: Instant) -> Result<usize> {
    let unreviewed = emergencies::unreviewed(db, now, AT_ONCE)?;
    each(unreviewed, |access| {
        db.write("emergency-access.overdue", own(now), move |tx| {
            service::emergencies::tell_overdue(tx, &access)
        })
    })
}
