//! The deployment keys, while others come into use: learning of a new one, and sealing anew what an
//! older one seals.

use std::time::Duration;

use refero_domain::instant::Instant;
use refero_store::{Db, Result, keys};

use super::rounds::{Round, Rounds, Stop};

/// How soon every server seals with a new key, at the latest. Until then it opens what others have
/// sealed with it, because it looks again when it meets such a thing.
const REST: Duration = Duration::from_secs(2);

/// How many small transactions one run of the worker spends on it.
const BATCHES: usize = 50;

struct Watch(Db);

/// Starts to look for new keys on a thread of its own. Every server does.
///
/// # Errors
/// [`refero_store::Error::Broken`] if the thread does not start.
pub fn watch_keys(db: Db) -> Result<Rounds> {
    Rounds::start(Watch(db), REST)
}

impl Round for Watch {
    const NAME: &'static str = "refero-keys";

    fn round(&mut self, _: &Stop) -> Result<()> {
        keys::look_again(&self.0)
    }

    fn last(&mut self) -> Result<()> {
        Ok(())
    }
}

/// Seals anew what an older key than the current one seals.
pub(super) fn reseal(db: &Db, now: Instant) -> Result<usize> {
    let done = keys::reseal(db, now, BATCHES)?;
    if done.unopened > 0 {
        tracing::error!(count = done.unopened, "keys of people do not open and were left alone");
    }
    Ok(done.resealed)
}
