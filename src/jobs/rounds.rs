//! Work that is done again and again, on a thread of its own, until it is stopped.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use refero_store::{Error, Result, with_causes};

/// Something that is done in rounds.
pub(super) trait Round: Send + 'static {
    /// The name of its thread, for logs.
    const NAME: &'static str;

    /// Does whatever is due. One that takes long asks between two pieces of work whether it was told to
    /// stop.
    fn round(&mut self, stop: &Stop) -> Result<()>;

    /// Leaves things as the next one wants to find them.
    fn last(&mut self) -> Result<()>;
}

/// Says whether rounds were told to stop.
#[derive(Clone, Default)]
pub(super) struct Stop(Arc<AtomicBool>);

impl Stop {
    pub(super) fn is_told(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn tell(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Rounds that go on until they are stopped.
pub struct Rounds {
    told: Stop,
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Rounds {
    /// Begins, and rests for a while after each round.
    pub(super) fn start<R: Round>(round: R, rest: Duration) -> Result<Self> {
        let (stop, stopped) = channel();
        let told = Stop::default();
        let asked = told.clone();
        let thread = thread::Builder::new()
            .name(R::NAME.to_owned())
            .spawn(move || go_on(round, rest, (&asked, &stopped)))
            .map_err(|e| Error::broken_by("a thread did not start", e))?;
        Ok(Self { told, stop, thread })
    }

    /// Stops after the piece of work that it is at.
    pub fn stop(self) {
        self.told.tell();
        // Who has ended already needs no word.
        let _ = self.stop.send(());
        if self.thread.join().is_err() {
            tracing::error!("a thread ended in a panic");
        }
    }
}

fn go_on<R: Round>(mut round: R, rest: Duration, (stop, stopped): (&Stop, &Receiver<()>)) {
    loop {
        told::<R>(|| round.round(stop));
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
