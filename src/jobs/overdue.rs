//! What time brings about: escalations, and the end of consents (R5).

use refero_store::{Result, consents, emergencies, overdue, warnings};

use super::{AT_ONCE, Run, each, own};
use crate::service;

/// Raises the escalations that are due: once for each referral and deadline, and each moment at
/// which it was due.
pub(super) fn escalate(run: Run<'_>) -> Result<usize> {
    let Run { db, now, .. } = run;
    let untold = overdue::untold(db, now, AT_ONCE)?;
    each(run, untold, |untold| {
        db.write("referral.escalate", own(now), move |tx| service::escalations::raise(tx, &untold))
    })
}

/// Warns of the deadlines that come: once for each time that they start.
pub(super) fn warn(run: Run<'_>) -> Result<usize> {
    let Run { db, now, .. } = run;
    let unwarned = warnings::unwarned(db, now, AT_ONCE)?;
    each(run, unwarned, |unwarned| {
        db.write("case.warn", own(now), move |tx| service::escalations::warn(tx, &unwarned))
    })
}

/// Ends the consents whose time is up, and what rests on them.
pub(super) fn expire_consents(run: Run<'_>) -> Result<usize> {
    let Run { db, now, .. } = run;
    let ended = consents::past_their_end(db, now, AT_ONCE)?;
    each(run, ended, |id| {
        db.write("consent.expire", own(now), move |tx| service::consents::expire(tx, &id))
    })
}

/// Tells of emergency accesses that nobody has reviewed in time (R15), once each.
pub(super) fn tell_unreviewed(run: Run<'_>) -> Result<usize> {
    let Run { db, now, .. } = run;
    let unreviewed = emergencies::unreviewed(db, now, AT_ONCE)?;
    each(run, unreviewed, |access| {
        db.write("emergency-access.overdue", own(now), move |tx| {
            service::emergencies::tell_overdue(tx, &access)
        })
    })
}
