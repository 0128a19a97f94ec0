//! The house's own work, under a lease.

use std::time::Duration;

use refero_domain::{id::EscalationId, instant::Instant};
use refero_store::{Db, Result, lease};

use super::{
    alerts::{Channel, hand_over},
    rounds::{Round, Rounds},
    run_once,
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
    let worker = Worker { db, clock, lease_s, channel, holder };
    Rounds::start(worker, interval)
}

impl<C: Fn() -> Instant + Send + 'static> Round for Worker<C> {
    const NAME: &'static str = "refero-worker";

    fn round(&mut self) -> Result<()> {
        let now = (self.clock)();
        if !lease::take(&self.db, LEASE, self.holder.as_str(), now, self.lease_s)? {
            return Ok(());
        }
        let done = run_once(&self.db, now);
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
