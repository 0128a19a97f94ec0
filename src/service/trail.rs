//! Reading the trail. Looking at it leaves its own event: the watchers are watched.

use refero_domain::{
    event::{Event, Operation, Outcome},
    id::AuditEventId,
    instant::Instant,
    policy::{self, ExportAudit, ReadAudit, ReadOwnAudit, VerifyAudit},
    refusal::Refusal,
};
use refero_store::{
    Db, Error,
    log::{self, Proof},
    rows::{RowLimit, Rows},
    trail_query::{self, File, Reach, Recorded, TrailFilter},
    unit::{Audited, Disclosed, Reading, Tx},
};
use refero_verify::{Fault, Keys, Pin, Verified, Verifier};
use uuid::Uuid;

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

/// Lists who has seen or changed the file of a person, newest first: every reading, list, queue,
/// search, package and act that was answered, in any of the person's cases. The person is named by the
/// id of a case, a report or a referral, or by its own.
///
/// # Errors
/// [`Refusal::NotPermitted`] to whoever does not watch over the mechanism, [`Refusal::NotFound`] for an
/// id that is none of these.
///
/// # Audit
/// `audit.read` about the person, with the ids of the events that were shown.
pub fn access_report<T>(
    reading: &mut Reading<'_>,
    (id, filter): (&Uuid, &TrailFilter),
    after: Option<&(Instant, AuditEventId)>,
    limit: RowLimit,
    show: impl Fn(&Recorded, &Reach) -> Result<T, Error>,
) -> Result<Disclosed<Rows<T>>, Error> {
    policy::scope::<ReadAudit>(reading.actor()?)?;
    let filter = TrailFilter { outcome: Some(Outcome::Success), ..filter.clone() };
    let file = File::holding(reading, &id.to_string())?;
    let found = file.events(reading, &filter, after, limit)?;
    let event = Event::of::<ReadAudit>(Operation::Read)
        .about(file.person())
        .showing(found.iter().map(|recorded| &recorded.id));
    let views = found.try_map(|recorded| show(&recorded, &Reach::Everybody))?;
    Ok(reading.disclose(event, views))
}

/// What was sought in the trail, to be taken away.
pub struct Taken<T> {
    /// The events, newest first.
    pub events: Vec<T>,
    /// Whether they are all that were sought.
    pub is_whole: bool,
    /// The newest checkpoint of the log.
    pub checkpoint: Proof,
}

/// Takes events out of the trail, newest first, for who watches over the mechanism.
///
/// # Errors
/// [`Refusal::NotPermitted`] to others; [`Refusal::NotFound`] as long as nothing was signed.
///
/// # Audit
/// `audit.export`, with how many events were taken.
pub fn export<T>(
    reading: &mut Reading<'_>,
    filter: &TrailFilter,
    limit: RowLimit,
    show: impl Fn(&Recorded, &Reach) -> Result<T, Error>,
) -> Result<Disclosed<Taken<T>>, Error> {
    policy::scope::<ExportAudit>(reading.actor()?)?;
    let checkpoint = log::newest_checkpoint(reading)?;
    let found = trail_query::page(reading, &Reach::Everybody, filter, None, limit)?;
    let views = found.try_map(|recorded| show(&recorded, &Reach::Everybody))?;
    let (events, has_more) = views.into_parts();
    let count = u64::try_from(events.len()).unwrap_or(u64::MAX);
    let event = Event::of::<ExportAudit>(Operation::Read).standing_for(count);
    Ok(reading.disclose(event, Taken { events, is_whole: !has_more, checkpoint }))
}

/// Notes that somebody lets the log be verified.
///
/// # Errors
/// [`Refusal::NotPermitted`] to whoever does not watch over the mechanism.
///
/// # Audit
/// `audit.verify`
pub fn begin_verification(tx: &mut Tx<'_>) -> Result<Audited<()>, Error> {
    policy::scope::<VerifyAudit>(tx.actor()?)?;
    tx.record(&Event::of::<VerifyAudit>(Operation::Execute), ())
}

/// Computes the log again from what lies in the database, against checkpoints that somebody has kept.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there, or if the server is told to stop. What is wrong with
/// the log is no error.
pub fn verify(
    db: &Db,
    keys: Keys,
    pins: Vec<Pin>,
    is_leaving: impl Fn() -> bool,
) -> Result<Result<Verified, Fault>, Error> {
    let mut verifier = Verifier::new(keys, pins).with_index();
    let taken = log::each_line_of(db, |line| {
        if is_leaving() {
            return Err(Stop::Store(Error::Unavailable("the server is told to stop".into())));
        }
        verifier.take(&line).map_err(Stop::Fault)
    });
    match taken {
        Ok(()) => Ok(verifier.finish()),
        Err(Stop::Fault(fault)) => Ok(Err(fault)),
        Err(Stop::Store(error)) => Err(error),
    }
}

/// Stops at the first fault, or at what keeps from looking further.
enum Stop {
    Fault(Fault),
    Store(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}
