//! The house's own work, under a lease.

use std::time::Duration;

use refero_domain::{id::EscalationId, instant::Instant};
use refero_store::{Db, Result, lease};

use super::{
    rounds::{Round, Rounds},
    run_once,
};

const LEASE: &str = "worker";

/// How a worker works.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How long it rests between two runs.
    pub interval: Duration,
    /// How long the lease lasts, in seconds: another server takes over when it has ended.
    pub lease_s: i64,
}

struct Worker<C> {
    db: Db,
    clock: C,
    lease_s: i64,
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
    let worker = Worker { db, clock, lease_s: settings.lease_s, holder };
    Rounds::start(worker, settings.interval)
}

impl<C: Fn() -> Instant + Send + 'static> Round for Worker<C> {
    const NAME: &'static str = "refero-worker";

    fn round(&mut self) -> Result<()> {
        let now = (self.clock)();
        if !lease::take(&self.db, LEASE, self.holder.as_str(), now, self.lease_s)? {
            return Ok(());
        }
        let done = run_once(&self.db, now)?;
        if done != super::Done::default() {
            tracing::info!(
                escalated = done.escalated,
                expired_consents = done.expired_consents,
                forgotten_keys = done.forgotten_keys,
                forgotten_sign_ins = done.forgotten_sign_ins,
                indexed_people = done.indexed_people,
                resembling_people = done.resembling_people,
                "the worker did its work"
            );
        }
        Ok(())
    }

    /// Gives the lease back.
    fn last(&mut self) -> Result<()> {
        lease::release(&self.db, LEASE, self.holder.as_str(), (self.clock)())
    }
}
