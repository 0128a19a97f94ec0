//! Reading the log as it lies there, for those who verify it. Nothing is believed: every value is read
//! as what it is, and what cannot be read is told in its place.

use std::collections::HashMap;

use diesel::{
    backend::Backend,
    connection::{DefaultLoadingMode, SimpleConnection},
    deserialize::{self, FromSql, FromSqlRow},
    dsl::{exists, not},
    pg::PgRowByRowLoadingMode,
    prelude::*,
    sql_types::Timestamp,
};
use refero_domain::{
    audit::{
        AuditRecord,
        raw::{Content, Digest, Line, RawEvent, Shown},
    },
    instant::Instant,
};

use crate::{
    connect::{DbConn, Options},
    db::{Db, begin},
    error::Result,
    schema::{
        audit_events as events, audit_shown as shown, case_chains as chains,
        log_checkpoints as checkpoints, log_cosignatures as cosignatures, log_leaves as leaves,
        log_pending as pending,
    },
    trail_query::Recorded,
};

/// How many leaves are read at once. Few in tests, so that every log of theirs has many pages.
const PAGE: i64 = if cfg!(feature = "testing") { 5 } else { 1_000 };

/// Reads the whole log in one snapshot, line by line, on a connection of its own.
///
/// # Errors
/// [`crate::Error::Unavailable`] from the database; else what the visitor refuses.
pub fn each_line<E: From<crate::Error>>(
    options: &Options,
    visit: impl FnMut(Line) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    each_line_on(options.connect()?, visit)
}

/// As [`each_line`], of the database that is open.
///
/// # Errors
/// As [`each_line`].
pub fn each_line_of<E: From<crate::Error>>(
    db: &Db,
    visit: impl FnMut(Line) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    each_line_on(db.connect_apart()?, visit)
}

fn each_line_on<E: From<crate::Error>>(
    mut conn: DbConn,
    mut visit: impl FnMut(Line) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    if let DbConn::Postgres(conn) = &mut conn {
        // Many rows, and nobody waits.
        conn.batch_execute("set statement_timeout = 0").map_err(crate::Error::from)?;
    }
    begin(&mut conn, ("begin deferred", "begin isolation level repeatable read read only"))?;
    each_line_within(&mut conn, &mut visit)
}

/// Reads the whole log in a transaction that has begun.
pub(crate) fn each_line_within<E: From<crate::Error>>(
    conn: &mut DbConn,
    visit: &mut impl FnMut(Line) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    each_leaf(conn, visit)?;
    for event in waiting(conn)? {
        visit(Line::Pending(event))?;
    }
    for event in unlisted(conn)? {
        visit(Line::Unlisted(event))?;
    }
    for head in heads(conn)? {
        visit(head)?;
    }
    each_shown(conn, visit)
}

/// Reads the index of what was shown, row by row: it is the longest of all tables.
fn each_shown<E: From<crate::Error>>(
    conn: &mut DbConn,
    visit: &mut impl FnMut(Line) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let rows = shown::table.select((shown::event_id, shown::at, shown::shown_id));
    match conn {
        DbConn::Sqlite(c) => {
            let rows = rows.load_iter::<ShownRow, DefaultLoadingMode>(c);
            tell_shown(rows.map_err(crate::Error::from)?, visit)
        }
        DbConn::Postgres(c) => {
            let rows = rows.load_iter::<ShownRow, PgRowByRowLoadingMode>(c);
            tell_shown(rows.map_err(crate::Error::from)?, visit)
        }
    }
}

type ShownRow = (String, Moment, String);

/// A moment, if it is one: SQLite keeps a text, which somebody may have changed into anything.
#[derive(FromSqlRow)]
struct Moment(Option<Instant>);

impl<B: Backend> FromSql<Timestamp, B> for Moment
where
    Instant: FromSql<Timestamp, B>,
{
    fn from_sql(stored: B::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(Instant::from_sql(stored).ok()))
    }
}

fn tell_shown<E: From<crate::Error>>(
    rows: impl Iterator<Item = QueryResult<ShownRow>>,
    visit: &mut impl FnMut(Line) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    for row in rows {
        let (event_id, Moment(at), shown_id) = row.map_err(crate::Error::from)?;
        let at_us = at.map(Instant::unix_microseconds);
        visit(Line::Shown(Shown { event_id, at_us, shown_id }))?;
    }
    Ok(())
}

fn each_leaf<E: From<crate::Error>>(
    conn: &mut DbConn,
    visit: &mut impl FnMut(Line) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    // From below nought: what somebody has put in there is no leaf, and must be seen.
    let (mut after, mut signed_to) = (i64::MIN, i64::MIN);
    loop {
        let page = page(conn, after)?;
        let Some(last) = page.last().map(|row| row.0) else { break };
        let covered = last.saturating_add(1);
        let signed = signed_between(conn, signed_to, covered)?;
        let mut signed = signed.into_iter().peekable();
        let mut events = events_of(conn, after, last)?;
        for (index, hash, event_id, statement) in page {
            let content = match (statement, event_id) {
                (Some(statement), None) => Content::Statement(statement),
                (None, Some(id)) => events.remove(&id).unwrap_or(Content::Unreadable(id)),
                // Two things at once, or none: whichever was believed would hide the other.
                (Some(_), id) | (None, id) => Content::Unreadable(id.unwrap_or_default()),
            };
            let hash = Digest::of(&hash).unwrap_or(Digest([0; 32]));
            visit(Line::Leaf { index, hash, content })?;
            while let Some((size, note)) =
                signed.next_if(|(size, _)| *size <= index.saturating_add(1))
            {
                visit(Line::Checkpoint { size, note })?;
            }
        }
        (after, signed_to) = (last, covered);
    }
    // Checkpoints of more leaves than there are.
    for (size, note) in signed_between(conn, signed_to, i64::MAX)? {
        visit(Line::Checkpoint { size, note })?;
    }
    Ok(())
}

type LeafRow = (i64, Vec<u8>, Option<String>, Option<String>);

fn page(conn: &mut DbConn, after: i64) -> Result<Vec<LeafRow>> {
    Ok(leaves::table
        .filter(leaves::leaf_index.gt(after))
        .order(leaves::leaf_index)
        .limit(PAGE)
        .select((leaves::leaf_index, leaves::hash, leaves::event_id, leaves::statement))
        .load(conn)?)
}

/// Reads the checkpoints of more leaves than one number, and no more than another, with what witnesses
/// have signed of them.
fn signed_between(conn: &mut DbConn, above: i64, to: i64) -> Result<Vec<(i64, String)>> {
    let mut signed: Vec<(i64, String)> = checkpoints::table
        .filter(checkpoints::size.gt(above).and(checkpoints::size.le(to)))
        .order(checkpoints::size)
        .select((checkpoints::size, checkpoints::note))
        .load(conn)?;
    let cosigned: Vec<(i64, String)> = cosignatures::table
        .filter(cosignatures::size.gt(above).and(cosignatures::size.le(to)))
        .order((cosignatures::size, cosignatures::witness))
        .select((cosignatures::size, cosignatures::line))
        .load(conn)?;
    let mut cosigned = cosigned.into_iter().peekable();
    for (size, note) in &mut signed {
        while let Some((of, line)) = cosigned.next_if(|(of, _)| of <= size) {
            if of == *size {
                note.push_str(&line);
            }
        }
    }
    Ok(signed)
}

/// Reads the events of the leaves after one, as far as another.
fn events_of(conn: &mut DbConn, after: i64, last: i64) -> Result<HashMap<String, Content>> {
    let ids: Vec<Option<String>> = leaves::table
        .filter(leaves::leaf_index.gt(after).and(leaves::leaf_index.le(last)))
        .filter(leaves::event_id.is_not_null())
        .select(leaves::event_id)
        .load(conn)?;
    let ids: Vec<String> = ids.into_iter().flatten().collect();
    Ok(read(conn, &ids)?.into_iter().collect())
}

fn waiting(conn: &mut DbConn) -> Result<Vec<Content>> {
    let ids = pending::table.order(pending::number).select(pending::event_id).load(conn)?;
    in_order(conn, ids)
}

fn unlisted(conn: &mut DbConn) -> Result<Vec<Content>> {
    // `not in` would be asked anew for every event by PostgreSQL, which never ends for a long log.
    let numbered = leaves::table.filter(leaves::event_id.eq(events::id.nullable()));
    let waits = pending::table.filter(pending::event_id.eq(events::id));
    let ids = events::table
        .filter(not(exists(numbered)))
        .filter(not(exists(waits)))
        .order((events::case_id, events::case_seq, events::id))
        .select(events::id)
        .load(conn)?;
    in_order(conn, ids)
}

fn in_order(conn: &mut DbConn, ids: Vec<String>) -> Result<Vec<Content>> {
    let mut found: HashMap<String, Content> = HashMap::new();
    for some in ids.chunks(usize::try_from(PAGE).unwrap_or(usize::MAX)) {
        found.extend(read(conn, some)?);
    }
    Ok(ids.into_iter().map(|id| found.remove(&id).unwrap_or(Content::Unreadable(id))).collect())
}

/// Reads events by their ids. Where one of them cannot be read, each is read by itself.
fn read(conn: &mut DbConn, ids: &[String]) -> Result<Vec<(String, Content)>> {
    let rows = events::table
        .filter(events::id.eq_any(ids.to_vec()))
        .select(Recorded::as_select())
        .load(conn);
    if let Ok(rows) = rows {
        return Ok(rows.iter().map(content).collect());
    }
    let mut read = Vec::new();
    for id in ids {
        let row = events::table.find(id).select(Recorded::as_select()).first(conn).optional();
        match row {
            Ok(Some(row)) => read.push(content(&row)),
            Ok(None) => {}
            Err(diesel::result::Error::DeserializationError(_)) => {
                read.push((id.clone(), Content::Unreadable(id.clone())));
            }
            Err(other) => return Err(other.into()),
        }
    }
    Ok(read)
}

fn content(row: &Recorded) -> (String, Content) {
    let id = row.id.as_str().to_owned();
    let content = match raw(row) {
        Some(event) => Content::Event(Box::new(event)),
        None => Content::Unreadable(id.clone()),
    };
    (id, content)
}

fn raw(row: &Recorded) -> Option<RawEvent> {
    let row = row.clone();
    let prev_hash = row.prev_hash.map(|hash| Digest::of(&hash)).transpose().ok()?;
    let hash = Digest::of(&row.hash).ok()?;
    let record = AuditRecord {
        id: row.id.as_str().to_owned(),
        at_us: row.at.unix_microseconds(),
        actor_id: row.actor_id,
        actor_roles: row.actor_roles.get().ok()?,
        organisation_id: row.organisation_id,
        session_id: row.session_id,
        action: row.action,
        operation: row.operation,
        outcome: row.outcome,
        refusal_code: row.refusal_code,
        purpose: row.purpose,
        object_type: row.object_type,
        object_id: row.object_id,
        object_version: row.object_version,
        case_id: row.case_id,
        case_seq: row.case_seq,
        permitted_by: row.permitted_by,
        basis_id: row.basis_id,
        fields: row.fields.get().ok()?,
        shown_count: row.shown_count,
        shown_ids: row.shown_ids.get().ok()?,
        request_id: row.request_id,
        network: row.network,
        commitments: Vec::new(),
    };
    Some(RawEvent { record, prev_hash, hash })
}

fn heads(conn: &mut DbConn) -> Result<Vec<Line>> {
    let rows: Vec<(String, i64, Vec<u8>)> =
        chains::table.select((chains::case_id, chains::seq, chains::hash)).load(conn)?;
    let line = |(case_id, seq, hash): (String, i64, Vec<u8>)| Line::Head {
        case_id,
        seq,
        hash: Digest::of(&hash).unwrap_or(Digest([0; 32])),
    };
    Ok(rows.into_iter().map(line).collect())
}
