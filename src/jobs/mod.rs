//! The house's own work: telling supervisors what is overdue, ending consents whose time is up,
//! forgetting what is kept for retries, finding registrations of one person, sealing anew after a new
//! deployment key, numbering the audit log and showing it to witnesses.
//!
//! Several servers may run a worker on one database: a lease lets one work at a time, and each act
//! is written so that doing it twice does it once.

mod alerts;
mod erasures;
mod housekeeping;
mod keys;
mod matching;
mod overdue;
mod rounds;
mod sequencer;
mod witness_client;
mod witnessing;
mod worker;

use std::time::{Duration, Instant as Moment};

use refero_domain::{instant::Instant, refusal::Refusal};
use refero_store::{
    Db, Error, Result,
    unit::{Principal, Request},
    with_causes,
};

pub use alerts::{Channel, hand_over};
pub use erasures::{look_after_erasures, tombstones_in};
pub use keys::watch_keys;
pub use rounds::Rounds;
pub use sequencer::start_sequencer;
pub use witnessing::{Watch, start_witnessing};
pub use worker::{Settings, start_worker};

/// The most of one kind that one run does; the next run does the rest.
const AT_ONCE: i64 = 500;

/// What a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Done {
    /// Escalations of referrals and of deadlines.
    pub escalated: usize,
    /// Deadlines that come, of which somebody was warned.
    pub warned: usize,
    /// Consents whose end was written down.
    pub expired_consents: usize,
    /// Idempotency keys that were forgotten.
    pub forgotten_keys: usize,
    /// Failed sign-ins and refresh tokens that were forgotten.
    pub forgotten_sign_ins: usize,
    /// People whose digests were computed anew.
    pub indexed_people: usize,
    /// People who look like somebody else who is registered.
    pub resembling_people: usize,
    /// Whom accounts opened on earlier days, that was forgotten.
    pub forgotten_openings: usize,
    /// Emergency accesses of which it was told that nobody has reviewed them in time.
    pub unreviewed: usize,
    /// What was sealed anew with the current deployment key.
    pub resealed: usize,
}

/// One run of the house's own work.
#[derive(Clone, Copy)]
struct Run<'r> {
    db: &'r Db,
    now: Instant,
    /// Says between two pieces of work whether to go on: a run may take minutes, and then a server that is
    /// told to stop would be killed, and another would work beside it.
    goes_on: &'r dyn Fn() -> bool,
    /// How long it may spend on what nobody's deadline hangs on.
    patience: Duration,
}

/// Does once whatever is due at a moment.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there. What was done before stays done.
pub fn run_once(db: &Db, now: Instant) -> Result<Done> {
    run_while(Run { db, now, goes_on: &|| true, patience: Duration::MAX })
}

/// As [`run_once`], as long as it is to go on. What is left is due again.
fn run_while(run: Run<'_>) -> Result<Done> {
    let Run { db, now, goes_on, patience } = run;
    // Each kind is tried, whatever became of the one before.
    let expired_consents = overdue::expire_consents(run);
    let escalated = overdue::escalate(run);
    let warned = overdue::warn(run);
    let forgotten_keys = housekeeping::forget_keys(db, now);
    let forgotten_sign_ins = housekeeping::forget_sign_ins(db, now);
    // Hundreds who were registered at once keep nobody waiting who is to be told of a deadline.
    let begun = Moment::now();
    let has_time = || goes_on() && begun.elapsed() < patience;
    let unhurried = Run { goes_on: &has_time, ..run };
    let indexed_people = matching::index(unhurried);
    let resembling_people = matching::compare(unhurried);
    let forgotten_openings = housekeeping::forget_openings(db, now);
    let unreviewed = overdue::tell_unreviewed(run);
    let resealed = if goes_on() { keys::reseal(db, now) } else { Ok(0) };
    Ok(Done {
        expired_consents: expired_consents?,
        escalated: escalated?,
        warned: warned?,
        forgotten_keys: forgotten_keys?,
        forgotten_sign_ins: forgotten_sign_ins?,
        indexed_people: indexed_people?,
        resembling_people: resembling_people?,
        forgotten_openings: forgotten_openings?,
        unreviewed: unreviewed?,
        resealed: resealed?,
    })
}

/// The request of the house itself: nobody is signed in, so that the trail names no user.
const fn own(now: Instant) -> Request {
    Request { principal: Principal::Nobody, now, request_id: None, network: None, purpose: None }
}

/// Does all of one kind and counts what was done; what somebody else has done meanwhile is not counted.
///
/// One that cannot be done keeps none of the others from being done. It is told, and due again.
fn each<T>(run: Run<'_>, due: Vec<T>, act: impl Fn(T) -> Result<()>) -> Result<usize> {
    let (mut done, mut failed) = (0, None);
    for one in due {
        if !(run.goes_on)() {
            break;
        }
        match act(one) {
            Ok(()) => done += 1,
            Err(Error::Refused(refused))
                if matches!(refused.refusal, Refusal::NotFound | Refusal::IdTaken) => {}
            // Without its database the next one would wait as long, for nothing.
            Err(away @ Error::Unavailable(_)) => return Err(away),
            Err(error) => {
                tracing::error!(error = with_causes(&error), "something due could not be done");
                failed = failed.or(Some(error));
            }
        }
    }
    failed.map_or(Ok(done), Err)
}
