//! Who was forgotten, apart from the database: a restored backup is told.

use std::collections::BTreeSet;

use diesel::{connection::SimpleConnection, prelude::*, sql_types::Integer};
use refero_domain::{
    event::{Event, Operation},
    id::PersonId,
    instant::Instant,
};
use serde::{Deserialize, Serialize};

use super::destroy;
use crate::{
    db::{Db, DbConn, Options},
    error::{Error, Result},
    schema::{erasures, person_keys},
    unit::{Principal, Request},
};

/// Says that somebody was forgotten, and when. The id means nothing to anybody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tombstone {
    /// The person.
    pub person_id: PersonId,
    /// When.
    pub erased_at: Instant,
}

/// Reads who was forgotten, in this order.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn tombstones(db: &Db) -> Result<Vec<Tombstone>> {
    db.plain(all)
}

/// Says how many were forgotten.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn count(db: &Db) -> Result<i64> {
    db.plain(|conn| Ok(erasures::table.count().get_result(conn)?))
}

/// Returns those of some tombstones that the database does not know: it is older than they are.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn missing(db: &Db, kept: &[Tombstone]) -> Result<Vec<Tombstone>> {
    let known: BTreeSet<PersonId> =
        tombstones(db)?.into_iter().map(|tombstone| tombstone.person_id).collect();
    Ok(kept.iter().filter(|kept| !known.contains(&kept.person_id)).cloned().collect())
}

fn all(conn: &mut DbConn) -> Result<Vec<Tombstone>> {
    let rows: Vec<(PersonId, Instant)> = erasures::table
        .select((erasures::person_id, erasures::erased_at))
        .order((erasures::erased_at, erasures::person_id))
        .load(conn)?;
    Ok(rows.into_iter().map(|(person_id, erased_at)| Tombstone { person_id, erased_at }).collect())
}

/// Forgets again whom an older database still remembers; says whether it did. Who was not there yet
/// is noted, so that the database counts as no older than the tombstone.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
///
/// # Audit
/// `erasure.replay`, and `person.erase` for each record that was emptied.
pub fn replay(db: &Db, tombstone: &Tombstone, now: Instant) -> Result<bool> {
    let Tombstone { person_id, erased_at } = tombstone.clone();
    let own = Request {
        principal: Principal::Nobody,
        now,
        request_id: None,
        network: None,
        purpose: None,
    };
    db.write("erasure.replay", own, move |tx| {
        let is_known: i64 = erasures::table
            .filter(erasures::person_id.eq(&person_id))
            .count()
            .get_result(tx.conn)?;
        let has_key: i64 = person_keys::table
            .filter(person_keys::person_id.eq(&person_id))
            .count()
            .get_result(tx.conn)?;
        let replayed = Event {
            permitted_by: Some("system"),
            ..Event::named("erasure.replay", Operation::Delete).about(&person_id)
        };
        if is_known > 0 {
            return tx.record(&replayed.refused("erased"), false);
        }
        for event in destroy::erase(tx, &person_id, erased_at)?.events("system") {
            tx.note(&event)?;
        }
        tx.record(&replayed, has_key > 0)
    })
}

/// Takes what was overwritten out of the files that the database keeps beside its tables.
///
/// On SQLite the log is written into the file, whose freed bytes are overwritten, and emptied. On
/// PostgreSQL the small table of keys is written anew, if this role owns it: otherwise
/// [`vacuum`] has to be run by the one that does.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there, or others work on it.
pub fn scrub(db: &Db) -> Result<()> {
    db.plain(scrubbed)
}

/// As [`scrub`], on a connection of its own.
///
/// # Errors
/// As [`scrub`].
pub fn vacuum(options: &Options) -> Result<()> {
    scrubbed(&mut options.connect()?)
}

/// The part of the pragma's answer that says whether it was done.
#[derive(QueryableByName)]
struct Checkpointed {
    #[diesel(sql_type = Integer)]
    busy: i32,
}

fn scrubbed(conn: &mut DbConn) -> Result<()> {
    match conn {
        DbConn::Sqlite(conn) => {
            // It says so in a row, and fails not, if somebody who reads keeps the log from being emptied.
            let told: Checkpointed =
                diesel::sql_query("pragma wal_checkpoint(truncate)").get_result(conn)?;
            if told.busy != 0 {
                return Err(Error::Unavailable("others read what the log still holds".into()));
            }
        }
        // A role that does not own the table is told so in a warning, and nothing happens.
        DbConn::Postgres(conn) => {
            conn.batch_execute("set lock_timeout = 2000")?;
            let vacuumed = conn.batch_execute("vacuum (full) person_keys");
            conn.batch_execute("reset lock_timeout")?;
            vacuumed.map_err(Error::from)?;
        }
    }
    Ok(())
}
