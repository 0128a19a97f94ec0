//! Numbering the events of the trail. Every server tries; the log lets one at a time.

use std::{sync::Arc, time::Duration};

use refero_domain::instant::Instant;
use refero_store::{
    Db, Result,
    log::{self, LogSigner},
};

use super::rounds::{Round, Rounds, Stop};

/// An event has its number within a second, with time to spare.
const REST: Duration = Duration::from_millis(400);

struct Sequencer<S, C> {
    db: Db,
    signer: S,
    clock: C,
}

/// Starts a sequencer on a thread of its own; who signs and the time are asked before each round.
///
/// # Errors
/// [`refero_store::Error::Broken`] if the thread does not start.
pub fn start_sequencer(
    db: Db,
    signer: impl Fn() -> Result<LogSigner> + Send + 'static,
    clock: impl Fn() -> Instant + Send + 'static,
) -> Result<Rounds> {
    Rounds::start(Sequencer { db, signer, clock }, REST)
}

impl<S, C> Round for Sequencer<S, C>
where
    S: Fn() -> Result<LogSigner> + Send + 'static,
    C: Fn() -> Instant + Send + 'static,
{
    const NAME: &'static str = "refero-sequencer";

    fn round(&mut self, _: &Stop) -> Result<()> {
        log::sequence(&self.db, &Arc::new((self.signer)()?), (self.clock)())
    }

    /// Numbers what the last requests have left.
    fn last(&mut self) -> Result<()> {
        self.round(&Stop::default())
    }
}
