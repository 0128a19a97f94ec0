//! Forgetting what was kept for a time only.

use refero_domain::{
    event::{Event, Operation},
    instant::Instant,
};
use refero_store::{Db, Result, credentials, once, watch};

use super::own;

/// Forgets idempotency keys that are older than they are kept.
pub(super) fn forget_keys(db: &Db, now: Instant) -> Result<usize> {
    if !once::any_expired(db, now)? {
        return Ok(0);
    }
    db.write("idempotency.forget", own(now), |tx| {
        let forgotten = once::forget_expired(tx)?;
        let event = Event {
            permitted_by: Some("system"),
            ..Event::named("idempotency.forget", Operation::Delete)
        };
        tx.record(&event, forgotten)
    })
}

/// Forgets failed sign-ins and refresh tokens that matter to nobody any more.
pub(super) fn forget_sign_ins(db: &Db, now: Instant) -> Result<usize> {
    if !credentials::any_forgettable(db, now)? {
        return Ok(0);
    }
    db.write("session.forget", own(now), |tx| {
        let forgotten = credentials::forget(tx)?;
        let event = Event {
            permitted_by: Some("system"),
            ..Event::named("session.forget", Operation::Delete)
        };
        tx.record(&event, forgotten)
    })
}

/// Forgets whom accounts opened on earlier days.
pub(super) fn forget_openings(db: &Db, now: Instant) -> Result<usize> {
    if !watch::any_forgettable(db, now)? {
        return Ok(0);
    }
    db.write("people.forget-openings", own(now), |tx| {
        let forgotten = watch::forget(tx)?;
        let event = Event {
            permitted_by: Some("system"),
            ..Event::named("people.forget-openings", Operation::Delete)
        };
        tx.record(&event, forgotten)
    })
}
