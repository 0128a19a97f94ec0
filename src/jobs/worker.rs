//! The loop that does the house's own work, under a lease.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread::{self, JoinHandle},
    time::Duration,
};

use refero_domain::{id::EscalationId, instant::Instant};
use refero_store::{Db, Error, Result, lease, with_causes};

use super::run_once;

const LEASE: &str = "worker";

/// How a worker works.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How long it rests between two runs.
    pub interval: Duration,
    /// How long the lease lasts, in seconds: another server takes over when it has ended.
    pub lease_s: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { interval: Duration::from_secs(30), lease_s: 120 }
    }
}

/// A worker that runs until it is stopped.
pub struct Worker {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Worker {
    /// Starts a worker on a thread of its own; the clock is asked before each run.
    ///
    /// # Errors
    /// [`Error::Broken`] if the thread does not start.
    pub fn start(
        db: Db,
        clock: impl Fn() -> Instant + Send + 'static,
        settings: Settings,
    ) -> Result<Self> {
        let (stop, stopped) = channel();
        let thread = thread::Builder::new()
            .name("refero-worker".to_owned())
            .spawn(move || work(&db, clock, settings, &stopped))
            .map_err(|e| Error::broken_by("the worker thread did not start", e))?;
        Ok(Self { stop, thread })
    }

    /// Stops the worker after the run it is in, and gives the lease back.
    pub fn stop(self) {
        // A worker that has ended by itself needs no word.
        let _ = self.stop.send(());
        if self.thread.join().is_err() {
            tracing::error!("the worker ended in a panic");
        }
    }
}

fn work(db: &Db, clock: impl Fn() -> Instant, settings: Settings, stopped: &Receiver<()>) {
    // Any random name does; this one is at hand.
    let holder: EscalationId = db.entropy().id();
    loop {
        let now = clock();
        let turn = || turn(db, holder.as_str(), now, settings.lease_s);
        // A panic must not end the work of all nights to come.
        let outcome = catch_unwind(AssertUnwindSafe(turn))
            .unwrap_or_else(|_| Err(Error::broken("the worker panicked")));
        if let Err(error) = outcome {
            tracing::warn!(error = with_causes(&error), "the worker could not do its work");
        }
        match stopped.recv_timeout(settings.interval) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    if let Err(error) = lease::release(db, LEASE, holder.as_str(), clock()) {
        tracing::warn!(error = with_causes(&error), "the worker could not give its lease back");
    }
}

fn turn(db: &Db, holder: &str, now: Instant, lease_s: i64) -> Result<()> {
    if !lease::take(db, LEASE, holder, now, lease_s)? {
        return Ok(());
    }
    let done = run_once(db, now)?;
    if done != super::Done::default() {
        tracing::info!(
            escalated = done.escalated,
            expired_consents = done.expired_consents,
            forgotten_keys = done.forgotten_keys,
            forgotten_sign_ins = done.forgotten_sign_ins,
            "the worker did its work"
        );
    }
    Ok(())
}
