//! Giving numbers: from what waits to leaves, a tree and a signed head.

use std::{collections::BTreeMap, sync::Arc};

use diesel::{prelude::*, sql_types::Bool};
use refero_domain::{
    audit::{HeadsDigest, leaf_hash, stated_at},
    instant::Instant,
};
use tlog_tiles::Hash;

use super::{
    LogSigner,
    nodes::{Nodes, of_tree, stored},
};
use crate::{
    db::{Db, DbConn},
    error::{Error, Result},
    planning::planned_anew,
    schema::{
        audit_events as events, case_chains as chains, log_checkpoints as checkpoints,
        log_heads as stated, log_leaves as leaves, log_pending as pending,
    },
};

/// How many events get their number in one transaction: others who write wait for it.
const AT_ONCE: i64 = 256;
/// How often the heads of the chains are stated while something happens, in microseconds.
const STATED_EVERY_US: u64 = 60_000_000;
/// The advisory lock of the sequencer on PostgreSQL.
const LOCK: i64 = 0x7265_6665_726f;

/// Gives a number to everything that waits, states the heads of the chains when a minute has passed,
/// and signs the head of the tree.
///
/// Of several who do this at the same time one does it; the others do nothing.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there; what was numbered before stays.
/// [`Error::Broken`] if the log cannot go on: somebody has put in what has its number already.
pub fn sequence(db: &Db, signer: &Arc<LogSigner>, now: Instant) -> Result<()> {
    if !db.plain(|conn| is_due(conn, now))? {
        return Ok(());
    }
    loop {
        let before = db.plain(size)?;
        let signer = Arc::clone(signer);
        match db.on_snapshot("log.sequence", move |conn| turn(conn, &signer, now)) {
            Ok(Turn::More) => {}
            Ok(Turn::Done) => return Ok(()),
            // Somebody else gave the same numbers and was faster: then the log has grown.
            Err(error) if error.is_taken() => {
                let has_grown = db.plain(size)? > before;
                let stuck = Error::broken("an event that waits has its number already");
                return if has_grown { Ok(()) } else { Err(stuck) };
            }
            Err(error) => return Err(error),
        }
    }
}

/// How one transaction came out.
enum Turn {
    /// As many got their number as may at once: more may wait.
    More,
    /// Nothing waits, or somebody else is at it.
    Done,
}

/// Says whether there is something to do.
fn is_due(conn: &mut DbConn, now: Instant) -> Result<bool> {
    let waits: Option<i64> = pending::table.select(pending::number).first(conn).optional()?;
    Ok(waits.is_some() || is_statement_due(conn, now)?)
}

/// Says whether something was numbered since the last statement, a minute ago or more; or a minute ahead,
/// by a clock that was wrong: the next one must not wait until that time comes.
fn is_statement_due(conn: &mut DbConn, now: Instant) -> Result<bool> {
    let last: Option<Option<String>> = leaves::table
        .order(leaves::leaf_index.desc())
        .select(leaves::statement)
        .first(conn)
        .optional()?;
    if !matches!(last, Some(None)) {
        return Ok(false);
    }
    let stated: Option<Option<String>> = leaves::table
        .filter(leaves::statement.is_not_null())
        .order(leaves::leaf_index.desc())
        .select(leaves::statement)
        .first(conn)
        .optional()?;
    let stated = stated.flatten().and_then(|statement| stated_at(&statement));
    Ok(stated.is_none_or(|at| now.unix_microseconds().abs_diff(at) >= STATED_EVERY_US))
}

/// Does what one transaction does; nothing, if somebody else is at it.
fn turn(conn: &mut DbConn, signer: &LogSigner, now: Instant) -> Result<Turn> {
    if !is_alone(conn)? {
        return Ok(Turn::Done);
    }
    let first = size(conn)?;
    let waiting: Vec<(i64, String, Vec<u8>)> = pending::table
        .inner_join(events::table.on(events::id.eq(pending::event_id)))
        .order(pending::number)
        .limit(AT_ONCE)
        .select((pending::number, pending::event_id, events::hash))
        .load(conn)?;
    let mut index = first;
    if !waiting.is_empty() {
        let numbered = waiting.iter().map(|(_, event_id, hash)| {
            let leaf = Leaf {
                leaf_index: stored(index)?,
                hash,
                event_id: Some(event_id),
                statement: None,
            };
            index += 1;
            Ok(leaf)
        });
        append(conn, first, &numbered.collect::<Result<Vec<_>>>()?)?;
        let numbers = waiting.iter().map(|(number, ..)| *number);
        let numbered =
            pending::table.filter(pending::number.eq_any(numbers)).filter(planned_anew());
        diesel::delete(numbered).execute(conn)?;
    }
    let turn = if index - first < AT_ONCE.unsigned_abs() { Turn::Done } else { Turn::More };
    if matches!(turn, Turn::Done) && is_statement_due(conn, now)? {
        let statement = heads(conn, now)?;
        let hash = leaf_hash(statement.as_bytes());
        let leaf_index = stored(index)?;
        let leaf = Leaf { leaf_index, hash: &hash, event_id: None, statement: Some(&statement) };
        append(conn, index, &[leaf])?;
        index += 1;
    }
    if index > first {
        sign(conn, signer, index, now)?;
    }
    Ok(turn)
}

/// Says whether nobody else is giving numbers. On SQLite who writes is alone.
fn is_alone(conn: &mut DbConn) -> Result<bool> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Bool)]
        alone: bool,
    }
    let DbConn::Postgres(conn) = conn else { return Ok(true) };
    let ask = format!("select pg_try_advisory_xact_lock({LOCK}) as alone");
    let row: Row = diesel::sql_query(ask).get_result(conn)?;
    Ok(row.alone)
}

/// Returns how many leaves there are.
fn size(conn: &mut DbConn) -> Result<u64> {
    let last: Option<i64> = leaves::table
        .order(leaves::leaf_index.desc())
        .select(leaves::leaf_index)
        .first(conn)
        .optional()?;
    last.map_or(Ok(0), |last| Ok(of_tree(last)? + 1))
}

/// A new leaf, and what it is the hash of.
#[derive(Insertable)]
#[diesel(table_name = leaves, treat_none_as_default_value = false)]
struct Leaf<'l> {
    leaf_index: i64,
    hash: &'l [u8],
    event_id: Option<&'l str>,
    statement: Option<&'l str>,
}

/// Adds leaves to the tree, in one statement for all of them: others wait for this transaction.
fn append(conn: &mut DbConn, first: u64, new: &[Leaf<'_>]) -> Result<()> {
    let nodes = Nodes::of(conn);
    for (index, leaf) in (first..).zip(new) {
        let hash = leaf.hash.try_into().map_err(|e| Error::broken_by("an event has no hash", e))?;
        nodes.add(index, Hash(hash))?;
    }
    nodes.store()?;
    let insertion = diesel::insert_into(leaves::table).values(new);
    match conn {
        DbConn::Sqlite(conn) => insertion.execute(conn)?,
        DbConn::Postgres(conn) => insertion.execute(conn)?,
    };
    Ok(())
}

/// States the heads that moved since the last statement. Nothing waits in the snapshot of this
/// transaction, so that the numbered events must make them.
fn heads(conn: &mut DbConn, now: Instant) -> Result<String> {
    let moved: Vec<(String, i64, Vec<u8>, Option<i64>)> = chains::table
        .left_join(stated::table.on(stated::case_id.eq(chains::case_id)))
        .filter(stated::seq.is_null().or(stated::seq.assume_not_null().ne(chains::seq)))
        .select((chains::case_id, chains::seq, chains::hash, stated::seq.nullable()))
        .load(conn)?;
    // Sorted here: the order of a database's language is another.
    let moved: BTreeMap<_, _> =
        moved.into_iter().map(|(case, seq, hash, before)| (case, (seq, hash, before))).collect();
    let mut digest = HeadsDigest::default();
    for (case, (seq, hash, before)) in moved {
        let hash = hash.try_into().map_err(|_| Error::broken("a chain head is not a hash"))?;
        digest.add(&case, seq, &hash);
        let now_stated = (stated::case_id.eq(&case), stated::seq.eq(seq));
        match before {
            None => diesel::insert_into(stated::table).values(now_stated).execute(conn)?,
            Some(_) => diesel::update(stated::table.find(&case)).set(now_stated.1).execute(conn)?,
        };
    }
    Ok(digest.statement(now.unix_microseconds()))
}

fn sign(conn: &mut DbConn, signer: &LogSigner, size: u64, now: Instant) -> Result<()> {
    let root = Nodes::of(conn).compute(|nodes| tlog_tiles::tree_hash(size, nodes))?;
    diesel::insert_into(checkpoints::table)
        .values((
            checkpoints::size.eq(stored(size)?),
            checkpoints::at.eq(now),
            checkpoints::note.eq(signer.sign(size, root)?),
        ))
        .execute(conn)?;
    Ok(())
}
