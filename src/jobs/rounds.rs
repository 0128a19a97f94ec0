//! Work that is done again and again, on a thread of its own, until it is stopped.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread::{self, JoinHandle},
    time::Duration,
};

use refero_store::{Error, Result, with_causes};

/// Something that is done in rounds.
pub(super) trait Round: Send + 'static {
    /// The name of its thread, for logs.
    const NAME: &'static str;

    /// Does whatever is due.
    fn round(&mut self) -> Result<()>;

    /// Leaves things as the next one wants to find them.
    fn last(&mut self) -> Result<()>;
}

/// Rounds that go on until they are stopped.
pub struct Rounds {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Rounds {
    /// Begins, and rests for a while after each round.
    pub(super) fn start<R: Round>(round: R, rest: Duration) -> Result<Self> {
        let (stop, stopped) = channel();
        let thread = thread::Builder::new()
            .name(R::NAME.to_owned())
            .spawn(move || go_on(round, rest, &stopped))
            .map_err(|e| Error::broken_by("a thread did not start", e))?;
        Ok(Self { stop, thread })
    }

    /// Stops after the round that it is in.
    pub fn stop(self) {
        // Who has ended already needs no word.
        let _ = self.stop.send(());
        if self.thread.join().is_err() {
            tracing::error!("a thread ended in a panic");
        }
    }
}

fn go_on<R: Round>(mut round: R, rest: Duration, stopped: &Receiver<()>) {
    loop {
        told::<R>(|| round.round());
        match stopped.recv_timeout(rest) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    told::<R>(|| round.last());
}

/// Tells of a failure. A panic must not end the rounds of all days to come.
fn told<R: Round>(work: impl FnOnce() -> Result<()>) {
    let outcome = catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(Error::broken("a round panicked")));
    if let Err(error) = outcome {
        tracing::warn!(work = R::NAME, error = with_causes(&error), "a round was not done");
    }
}
