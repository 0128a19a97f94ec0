//! The house's own work, under a lease.

use std::{
    cell::Cell,
    time::{Duration, Instant as Moment},
};

use refero_domain::{id::EscalationId, instant::Instant};
use refero_store::{Db, Result, lease};

use super::{
    Run,
    alerts::{Channel, hand_over},
    rounds::{Round, Rounds, Stop},
    run_while,
};

const LEASE: &str = "worker";

/// How a worker works.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long it rests between two runs.
    pub interval: Duration,
    /// How long the lease lasts, in seconds: another server takes over when it has ended.
    pub lease_s: i64,
    /// Where alerts go to.
    pub channel: Channel,
}

struct Worker<C> {
    db: Db,
    clock: C,
    interval: Duration,
    lease_s: i64,
    channel: Channel,
    /// Any random name does; this one is at hand.
    holder: EscalationId,
}

/// Starts a worker on a thread of its own; the clock is asked before each run.
///
/// # Errors
/// [`refero_store::Error::Broken`] if the thread does not start.
pub fn start_worker(
    db: Db,
    clock: impl Fn() -> Instant + Send + 'static,
    settings: Settings,
) -> Result<Rounds> {
    let holder = db.entropy().id();
    let Settings { interval, lease_s, channel } = settings;
    let worker = Worker { db, clock, interval, lease_s, channel, holder };
    Rounds::start(worker, interval)
}

impl<C: Fn() -> Instant + Send + 'static> Round for Worker<C> {
    const NAME: &'static str = "refero-worker";

    fn round(&mut self, stop: &Stop) -> Result<()> {
        let now = (self.clock)();
        if !self.take()? {
            return Ok(());
        }
        let taken_at = Cell::new(Some(Moment::now()));
        let goes_on = || !stop.is_told() && self.keeps(&taken_at);
        let run = Run { db: &self.db, now, goes_on: &goes_on, patience: self.interval };
        let done = run_while(run);
        // Whatever became of the rest: an alert waits for nothing.
        let handed_over = hand_over(&self.db, now, &self.channel);
        let done = done?;
        if done != super::Done::default() {
            tracing::info!(
                escalated = done.escalated,
                warned = done.warned,
                expired_consents = done.expired_consents,
                forgotten_keys = done.forgotten_keys,
                forgotten_sign_ins = done.forgotten_sign_ins,
                indexed_people = done.indexed_people,
                resembling_people = done.resembling_people,
                forgotten_openings = done.forgotten_openings,
                unreviewed = done.unreviewed,
                resealed = done.resealed,
                "the worker did its work"
            );
        }
        handed_over.map(drop)
    }

    /// Gives the lease back.
    fn last(&mut self) -> Result<()> {
        lease::release(&self.db, LEASE, self.holder.as_str(), (self.clock)())
    }
}

impl<C: Fn() -> Instant> Worker<C> {
    /// Takes the lease, or prolongs it; says whether this one has it.
    fn take(&self) -> Result<bool> {
        lease::take(&self.db, LEASE, self.holder.as_str(), (self.clock)(), self.lease_s)
    }

    /// Says whether the lease is still this one's, and prolongs it when half of it is over: a run may take
    /// longer, and a program that stood still meanwhile finds somebody else at work. Once lost, it stays so
    /// for this run.
    fn keeps(&self, taken_at: &Cell<Option<Moment>>) -> bool {
        let half = Duration::from_secs(self.lease_s.unsigned_abs() / 2);
        if taken_at.get().is_some_and(|at| at.elapsed() >= half) {
            let has_it = matches!(self.take(), Ok(true));
            taken_at.set(has_it.then(Moment::now));
        }
        taken_at.get().is_some()
    }
}
