//! A witness: somebody else, who keeps the last signed head of a log that they saw and signs the next
//! one only if it begins with it.
//!
//! It is a role of its own, on another machine and in other hands than the service, and needs nothing
//! of it: no database, no configuration. What it remembers is durable before it answers. It follows
//! C2SP `tlog-witness` and `tlog-cosignature`.

mod cosigner;
mod seen;
mod submission;

use std::path::Path;

use refero_verify::{Consistency, Keys, Pin, Unusable};

pub use cosigner::{Cosigner, KeyRefused};
pub use seen::{Forgetful, Seen};
pub use submission::Submission;

/// Why a checkpoint is not signed.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// What was sent is no checkpoint with what has to come before it.
    #[error("it is no checkpoint with the size before it and a proof")]
    Malformed,
    /// The log is none of those that are watched.
    #[error("no key of a log of this name is known")]
    UnknownLog,
    /// The log has not signed it.
    #[error("the log has not signed it")]
    Signature,
    /// It does not follow on the checkpoint that was seen last.
    #[error("another checkpoint was seen last, of {seen} leaves")]
    Conflict {
        /// How many leaves the tree had that was seen last.
        seen: u64,
    },
    /// It has fewer leaves than were seen: the log is an old copy, or two of its servers ask at once.
    #[error("it goes back in time: a checkpoint of {seen} leaves was seen")]
    Behind {
        /// How many leaves the tree had that was seen last.
        seen: u64,
    },
    /// It has as many leaves as were seen, and they are others.
    #[error("another checkpoint of {seen} leaves was seen")]
    Forked {
        /// How many leaves the tree had that was seen last.
        seen: u64,
    },
    /// The tree does not begin with the one that was seen last.
    #[error("the log does not begin with the {seen} leaves that were seen")]
    Rewritten {
        /// How many leaves the tree had that was seen last.
        seen: u64,
    },
    /// What was seen cannot be read or kept.
    #[error(transparent)]
    Forgetful(#[from] Forgetful),
}

impl From<Unusable> for Refusal {
    fn from(unusable: Unusable) -> Self {
        match unusable {
            Unusable::Origin => Self::UnknownLog,
            Unusable::Signature => Self::Signature,
            Unusable::Key
            | Unusable::Form
            | Unusable::Cosignature
            | Unusable::Consistency
            | Unusable::Seal
            | Unusable::Proof => Self::Malformed,
        }
    }
}

/// Who signs, for which logs, and where what was seen is kept.
#[derive(Debug)]
pub struct Witness {
    cosigner: Cosigner,
    logs: Keys,
    seen: Seen,
}

impl Witness {
    /// Puts a witness together.
    #[must_use]
    pub const fn new(cosigner: Cosigner, logs: Keys, seen: Seen) -> Self {
        Self { cosigner, logs, seen }
    }

    /// Returns who signs.
    #[must_use]
    pub const fn cosigner(&self) -> &Cosigner {
        &self.cosigner
    }

    /// Signs a checkpoint that begins with the one that was seen last, after it is kept.
    ///
    /// # Errors
    /// [`Refusal`]; what was seen stays as it was.
    pub fn add(&self, submission: &Submission, now_s: u64) -> Result<String, Refusal> {
        let Submission { old, proof, note } = submission;
        let new = Pin::read(note, &self.logs)?;
        if *old > new.size() {
            return Err(Refusal::Malformed);
        }
        self.seen.advance(new.origin(), note, |last| {
            let seen = last.map_or(0, Pin::size);
            if new.size() < seen {
                return Err(Refusal::Behind { seen });
            }
            if *old != seen {
                return Err(Refusal::Conflict { seen });
            }
            follows(last, &new, proof)
        })?;
        Ok(self.cosigner.sign(note, now_s)?)
    }

    /// As [`Self::add`], for a person who was sent a checkpoint: what was seen last is known here, and
    /// needs not be said.
    ///
    /// # Errors
    /// [`Refusal`]; what was seen stays as it was.
    pub fn add_by_hand(
        &self,
        note: &str,
        proof: &Consistency,
        now_s: u64,
    ) -> Result<String, Refusal> {
        let new = Pin::read(note, &self.logs)?;
        let last = self.seen.last(new.origin())?;
        let old = last.as_ref().map_or(0, Pin::size);
        if old > new.size() {
            return Err(Refusal::Behind { seen: old });
        }
        self.add(&Submission { old, proof: proof.clone(), note: note.to_owned() }, now_s)
    }
}

fn follows(last: Option<&Pin>, new: &Pin, proof: &Consistency) -> Result<(), Refusal> {
    let Some(last) = last else {
        // Whatever comes first is believed, and needs no proof.
        let is_bare = *proof == Consistency::default();
        return if is_bare { Ok(()) } else { Err(Refusal::Rewritten { seen: 0 }) };
    };
    let seen = last.size();
    if seen == new.size() && last.root() != new.root() {
        return Err(Refusal::Forked { seen });
    }
    if proof.shows_growth(last, new) { Ok(()) } else { Err(Refusal::Rewritten { seen }) }
}

/// Reads what witnesses of a folder have seen, for who looks after them.
///
/// # Errors
/// [`Forgetful`] if it cannot be read.
pub fn seen_in(folder: &Path) -> Result<Vec<String>, Forgetful> {
    Seen::open(folder)?.all()
}
