//! Reading the trail. Looking at it leaves its own event: the watchers are watched.

use refero_domain::{
    event::{Event, Operation},
    id::AuditEventId,
    instant::Instant,
    policy::{self, ReadAudit, ReadOwnAudit},
    refusal::Refusal,
};
use refero_store::{
    Error,
    rows::{RowLimit, Rows},
    trail_query::{self, Reach, Recorded, TrailFilter},
    unit::{Disclosed, Reading},
};

/// Lists events, newest first: everybody's to who watches over the mechanism, to others their own.
///
/// One's own events do not say which case they belong to, and cannot be sought by it: an offer is
/// blind (R1), and what is left of an ended referral names no case (R3).
///
/// # Errors
/// [`Refusal::NotPermitted`] for seeking one's own events by a case.
///
/// # Audit
/// `audit.read` or `audit.read-own`, with the ids that were shown.
pub fn list<T>(
    reading: &mut Reading<'_>,
    filter: &TrailFilter,
    after: Option<&(Instant, AuditEventId)>,
    limit: RowLimit,
    show: impl Fn(&Recorded, &Reach) -> Result<T, Error>,
) -> Result<Disclosed<Rows<T>>, Error> {
    let actor = reading.actor()?.clone();
    let (reach, event) = if policy::scope::<ReadAudit>(&actor).is_ok() {
        (Reach::Everybody, Event::of::<ReadAudit>(Operation::Read))
    } else {
        policy::scope::<ReadOwnAudit>(&actor)?;
        if filter.case_id.is_some() {
            return Err(Refusal::NotPermitted.into());
        }
        (Reach::Own(actor.user_id), Event::of::<ReadOwnAudit>(Operation::Read))
    };
    let found = trail_query::page(reading, &reach, filter, after, limit)?;
    let event = event.showing(found.iter().map(|recorded| &recorded.id));
    let views = found.try_map(|recorded| show(&recorded, &reach))?;
    Ok(reading.disclose(event, views))
}
