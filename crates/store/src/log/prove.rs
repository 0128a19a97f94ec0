//! What the log shows of itself: its signed head, that an event is in it, that it has only grown.

use base64::{Engine, engine::general_purpose::STANDARD};
use diesel::prelude::*;
use refero_domain::{audit::raw::Digest, refusal::Refusal};

use super::nodes::{Nodes, of_tree};
use crate::{
    db::{Db, DbConn},
    error::Result,
    schema::{
        log_checkpoints as checkpoints, log_cosignatures as cosignatures, log_leaves as leaves,
    },
    unit::{Disclosed, Reading},
};

/// A signed head of the log (C2SP `tlog-checkpoint`), with the number of its leaves. What witnesses
/// have signed of it is among its signatures.
pub(super) struct Checkpoint {
    pub(super) size: u64,
    pub(super) note: String,
}

/// Which checkpoint is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The newest.
    Newest,
    /// The newest that a witness has signed.
    Witnessed,
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

/// Proves that a leaf is in the log: under the newest checkpoint that a witness has signed, if it
/// covers the leaf, else under the newest. About nobody: hashes only.
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
    let Checkpoint { size, note } = covering(reading.conn, index)?;
    let path =
        Nodes::of(reading.conn).compute(|nodes| tlog_tiles::prove_record(size, index, nodes))?;
    let head = format!("c2sp.org/tlog-proof@v1\nindex {index}\n");
    let path: String = path.iter().map(|hash| STANDARD.encode(hash.0) + "\n").collect();
    Ok(reading.admit().with(Proof(format!("{head}{path}\n{note}"))))
}

/// Shows a checkpoint. About nobody, so that reading it leaves no event.
///
/// # Errors
/// [`Refusal::NotFound`] if nothing was signed yet.
pub fn shown_checkpoint(reading: &mut Reading<'_>, which: Which) -> Result<Disclosed<Proof>> {
    let Checkpoint { note, .. } = match which {
        Which::Newest => newest(reading.conn)?,
        Which::Witnessed => witnessed(reading.conn)?.ok_or(Refusal::NotFound)?,
    };
    Ok(reading.admit().with(Proof(note)))
}

/// Reads the newest checkpoint, for what is signed beside it.
///
/// # Errors
/// [`Refusal::NotFound`] if nothing was signed yet.
pub fn newest_checkpoint(reading: &mut Reading<'_>) -> Result<Proof> {
    Ok(Proof(newest(reading.conn)?.note))
}

/// Proves that the log of so many leaves begins with the leaves of an earlier one. About nobody:
/// hashes only.
///
/// # Errors
/// [`Refusal::NotFound`] unless the log has had so many leaves, one or more, in this order.
pub fn consistency(reading: &mut Reading<'_>, from: u64, to: u64) -> Result<Disclosed<Proof>> {
    let proof = growth(reading.conn, from, to)?;
    Ok(reading.admit().with(proof))
}

/// As [`consistency`], for whoever runs the service on this machine; as far as the newest checkpoint,
/// if not told otherwise.
///
/// # Errors
/// As [`consistency`].
pub fn consistency_of(db: &Db, from: u64, to: Option<u64>) -> Result<Proof> {
    db.plain(|conn| {
        let to = to.map_or_else(|| newest(conn).map(|checkpoint| checkpoint.size), Ok)?;
        growth(conn, from, to)
    })
}

pub(super) fn growth(conn: &mut DbConn, from: u64, to: u64) -> Result<Proof> {
    let Checkpoint { size, .. } = newest(conn)?;
    if from == 0 || from > to || to > size {
        return Err(Refusal::NotFound.into());
    }
    let hashes = Nodes::of(conn).compute(|nodes| tlog_tiles::prove_tree(to, from, nodes))?;
    Ok(Proof(hashes.iter().map(|hash| STANDARD.encode(hash.0) + "\n").collect()))
}

pub(super) fn newest(conn: &mut DbConn) -> Result<Checkpoint> {
    let newest: (i64, String) = checkpoints::table
        .order(checkpoints::size.desc())
        .select((checkpoints::size, checkpoints::note))
        .first(conn)?;
    with_cosignatures(conn, newest)
}

/// Finds the checkpoint under which a leaf is proved.
fn covering(conn: &mut DbConn, index: u64) -> Result<Checkpoint> {
    let covers = |checkpoint: &Checkpoint| index < checkpoint.size;
    match witnessed(conn)?.filter(covers) {
        Some(witnessed) => Ok(witnessed),
        None => Ok(Some(newest(conn)?).filter(covers).ok_or(Refusal::NotFound)?),
    }
}

fn witnessed(conn: &mut DbConn) -> Result<Option<Checkpoint>> {
    let found: Option<(i64, String)> = cosignatures::table
        .inner_join(checkpoints::table.on(checkpoints::size.eq(cosignatures::size)))
        .order(cosignatures::size.desc())
        .select((checkpoints::size, checkpoints::note))
        .first(conn)
        .optional()?;
    found.map(|found| with_cosignatures(conn, found)).transpose()
}

fn with_cosignatures(conn: &mut DbConn, (size, note): (i64, String)) -> Result<Checkpoint> {
    let lines: Vec<String> = cosignatures::table
        .filter(cosignatures::size.eq(size))
        .order(cosignatures::witness)
        .select(cosignatures::line)
        .load(conn)?;
    Ok(Checkpoint { size: of_tree(size)?, note: note + &lines.concat() })
}
