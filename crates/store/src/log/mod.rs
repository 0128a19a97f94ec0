//! The Merkle log over all audit events (RFC 6962), and what is signed of it.
//!
//! An event is written with its own hash, in the transaction of the act, and waits (`log_pending`).
//! Within a second a sequencer gives it a number and adds it to the tree, whose head it signs as a
//! C2SP checkpoint (`tlog-checkpoint`). Of several servers on one database one at a time does so.
//! Each minute a leaf states the heads of the cases' chains that moved: what was committed and had no
//! number yet could not be taken away unseen either.

mod nodes;
mod prove;
mod read;
mod sequence;
mod signer;
mod witnessed;

pub use prove::{
    Proof, Which, checkpoint, consistency, consistency_of, newest_checkpoint, proof,
    shown_checkpoint,
};
#[cfg(feature = "testing")]
pub(crate) use read::each_line_within;
pub use read::{each_line, each_line_of};
pub use sequence::sequence;
pub use signer::{LogSigner, LogSigning};
pub use witnessed::{
    Contradiction, Offer, Standing, keep_cosignature, last_cosigned, offer, record_contradiction,
};
