//! Showing the heads of the log to witnesses. What they do or fail to do hinders nobody: this has a
//! thread of its own, and whoever is away is asked again the next time.

use std::time::Duration;

use refero_domain::instant::Instant;
use refero_store::{
    Db, Error, Result,
    log::{self, Contradiction, Offer, Standing},
    with_causes,
};

use super::{
    own,
    rounds::{Round, Rounds, Stop},
    witness_client::{Answer, Client},
};
use crate::{config::WitnessAddress, witness::Submission};

/// How often a witness is told, in one round, what it says that it saw.
const ATTEMPTS: usize = 3;

struct Witnessing<C> {
    db: Db,
    clock: C,
    watch: Watch,
}

/// The witnesses of a log.
pub struct Watch {
    client: Client,
    watching: Vec<Watching>,
}

/// A witness, and whether it has signed since the start.
struct Watching {
    at: WitnessAddress,
    is_known: bool,
}

/// What became of asking a witness.
enum Asked {
    /// There was nothing to sign.
    Nothing,
    /// It has signed a head of so many leaves.
    Signed(u64),
    /// It has seen a log that this one contradicts.
    Contradicted(Contradiction),
    /// It does not sign, and says why by a status of HTTP.
    Refused(u16),
    /// What it signed is not signed with its key.
    Forged,
    /// Others kept changing what it saw last; the next time it may be quiet.
    Busy,
}

/// Starts to show the heads of the log to witnesses on a thread of its own; the clock is asked before
/// each round.
///
/// # Errors
/// [`Error::Broken`] if the thread does not start.
pub fn start_witnessing(
    db: Db,
    clock: impl Fn() -> Instant + Send + 'static,
    witnesses: &[WitnessAddress],
    every: Duration,
) -> Result<Rounds> {
    Rounds::start(Witnessing { db, clock, watch: Watch::of(witnesses) }, every)
}

impl<C: Fn() -> Instant + Send + 'static> Round for Witnessing<C> {
    const NAME: &'static str = "refero-witnessing";

    /// Several servers on one database may all ask: a witness signs the same head as often as asked.
    fn round(&mut self, _: &Stop) -> Result<()> {
        self.watch.show(&self.db, (self.clock)())
    }

    /// Leaves what the last requests have added to the next start.
    fn last(&mut self) -> Result<()> {
        Ok(())
    }
}

impl Watch {
    /// Begins with witnesses of whom it is not known what they saw.
    #[must_use]
    pub fn of(witnesses: &[WitnessAddress]) -> Self {
        let watching = |at: &WitnessAddress| Watching { at: at.clone(), is_known: false };
        Self { client: Client::new(), watching: witnesses.iter().map(watching).collect() }
    }

    /// Shows the newest head to each witness that has not signed it, and keeps what they sign.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the database is not there. A witness that is away is no error.
    ///
    /// # Audit
    /// `log.contradicted` if a witness has seen another log.
    pub fn show(&mut self, db: &Db, now: Instant) -> Result<()> {
        for watching in &mut self.watching {
            let name = watching.at.key.name().to_owned();
            match ask(db, &self.client, watching, now) {
                Ok(asked) => told(db, &name, asked, now)?,
                Err(error @ (Error::Unavailable(_) | Error::Broken(..))) => {
                    let cosigned_for_s = age_s(db, &name, now)?;
                    let error = with_causes(&error);
                    tracing::warn!(
                        witness = name,
                        cosigned_for_s,
                        error,
                        "a witness was not asked"
                    );
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Asks one witness to sign the newest head, if it has not.
fn ask(db: &Db, client: &Client, watching: &mut Watching, now: Instant) -> Result<Asked> {
    let WitnessAddress { url, key } = &watching.at;
    let cosigned = log::last_cosigned(db, key.name())?.map_or(0, |(size, _)| size);
    let mut seen = cosigned;
    for _ in 0..ATTEMPTS {
        let Offer { size, note, growth } = match log::offer(db, seen)? {
            Standing::Unsigned if seen == 0 => return Ok(Asked::Nothing),
            Standing::Unsigned => return Ok(contradicted(key.name(), seen, 0)),
            // Read after the witness has answered: what it saw was in the database before.
            Standing::Behind { size } => return Ok(contradicted(key.name(), seen, size)),
            Standing::Grown(offer) => offer,
        };
        // After a start it has to sign once in any case: the database may be an old copy.
        if size == cosigned && watching.is_known {
            return Ok(Asked::Nothing);
        }
        let answer = client.add_checkpoint(url, &Submission::written(seen, &growth, &note))?;
        match answer {
            Answer::Signed(lines) => {
                let Ok(cosignature) = key.cosignature(&note, &lines) else {
                    return Ok(Asked::Forged);
                };
                log::keep_cosignature(db, (key.name(), size), &cosignature.line, now)?;
                watching.is_known = true;
                return Ok(Asked::Signed(size));
            }
            Answer::Conflict(last) if last != seen => seen = last,
            Answer::Conflict(last) => return Ok(contradicted(key.name(), last, size)),
            Answer::Rewritten => return Ok(contradicted(key.name(), seen, size)),
            Answer::Other(status) => return Ok(Asked::Refused(status)),
        }
    }
    Ok(Asked::Busy)
}

fn contradicted(witness: &str, witnessed_size: u64, own_size: u64) -> Asked {
    Asked::Contradicted(Contradiction { witness: witness.to_owned(), witnessed_size, own_size })
}

fn told(db: &Db, witness: &str, asked: Asked, now: Instant) -> Result<()> {
    match asked {
        Asked::Nothing | Asked::Busy => {}
        Asked::Signed(size) => tracing::debug!(witness, size, "a witness has signed the log"),
        Asked::Contradicted(found) => raise(db, &found, now)?,
        Asked::Refused(status) => {
            let cosigned_for_s = age_s(db, witness, now)?;
            tracing::error!(witness, status, cosigned_for_s, "a witness does not sign the log");
        }
        Asked::Forged => {
            tracing::error!(witness, "what a witness signed is not signed with its key");
        }
    }
    Ok(())
}

/// Raises the alarm that a witness has seen another log than this: it was rewritten, or the database
/// is an old copy. The trail has it once for each head that was seen, the log of the service each time.
fn raise(db: &Db, found: &Contradiction, now: Instant) -> Result<()> {
    let Contradiction { witness, witnessed_size, own_size } = found;
    tracing::error!(
        witness,
        witnessed_size,
        own_size,
        "ALARM: a witness has seen another log than this: it was rewritten, or is an old copy"
    );
    log::record_contradiction(db, own(now), found).map(drop)
}

/// Returns for how many seconds a witness has signed nothing.
fn age_s(db: &Db, witness: &str, now: Instant) -> Result<Option<i64>> {
    let last = log::last_cosigned(db, witness)?;
    Ok(last.map(|(_, at)| (now.unix_microseconds() - at.unix_microseconds()) / 1_000_000))
}
