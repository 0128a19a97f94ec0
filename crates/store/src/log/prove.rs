//! What the log shows of itself: its signed head, and that an event is in it.

use base64::{Engine, engine::general_purpose::STANDARD};
use diesel::prelude::*;
use refero_domain::{audit::raw::Digest, refusal::Refusal};

use super::nodes::{Nodes, of_tree};
use crate::{
    db::{Db, DbConn},
    error::Result,
    schema::{log_checkpoints as checkpoints, log_leaves as leaves},
    unit::{Disclosed, Reading},
};

/// A signed head of the log (C2SP `tlog-checkpoint`), with the number of its leaves.
struct Checkpoint {
    size: u64,
    note: String,
}

/// What verifies without the database: a checkpoint, or a proof under one (C2SP `tlog-proof`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof(pub String);

/// Returns the newest checkpoint, for whoever runs the service on this machine.
///
/// # Errors
/// [`Refusal::NotFound`] if nothing was signed yet.
pub fn checkpoint(db: &Db) -> Result<Proof> {
    Ok(Proof(db.plain(newest)?.note))
}

/// Proves that a leaf is in the log, under the newest checkpoint. About nobody: hashes only.
///
/// # Errors
/// [`Refusal::NotFound`] for a hash that is no leaf, or none yet.
pub fn proof(reading: &mut Reading<'_>, leaf: &Digest) -> Result<Disclosed<Proof>> {
    let found: Option<i64> = leaves::table
        .filter(leaves::hash.eq(&leaf.0[..]))
        .select(leaves::leaf_index)
        .first(reading.conn)
        .optional()?;
    let index = of_tree(found.ok_or(Refusal::NotFound)?)?;
    let Checkpoint { size, note } = newest(reading.conn)?;
    if index >= size {
        return Err(Refusal::NotFound.into());
    }
    let path =
        Nodes::of(reading.conn).compute(|nodes| tlog_tiles::prove_record(size, index, nodes))?;
    let head = format!("c2sp.org/tlog-proof@v1\nindex {index}\n");
    let path: String = path.iter().map(|hash| STANDARD.encode(hash.0) + "\n").collect();
    Ok(reading.admit().with(Proof(format!("{head}{path}\n{note}"))))
}

/// Shows the newest checkpoint. About nobody, so that reading it leaves no event.
///
/// # Errors
/// [`Refusal::NotFound`] if nothing was signed yet.
pub fn newest_checkpoint(reading: &mut Reading<'_>) -> Result<Disclosed<Proof>> {
    let Checkpoint { note, .. } = newest(reading.conn)?;
    Ok(reading.admit().with(Proof(note)))
}

fn newest(conn: &mut DbConn) -> Result<Checkpoint> {
    let (size, note): (i64, String) = checkpoints::table
        .order(checkpoints::size.desc())
        .select((checkpoints::size, checkpoints::note))
        .first(conn)?;
    Ok(Checkpoint { size: of_tree(size)?, note })
}
