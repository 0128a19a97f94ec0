//! The deployment keys: their check values, which epoch is the current one, and how one follows
//! another while servers serve.
//!
//! The database notes each epoch with its check value, never a key. The newest that is not retired
//! is current for every server, whatever its settings say: what is new is sealed with it. Older
//! ones open what is still sealed with them until all of it is sealed anew ([`wrapped`]); then an
//! epoch is retired, and its key is not needed any more, neither to start nor to read.

pub(crate) mod person;
mod rotation;
mod vault;
mod wrapped;

use std::{collections::BTreeMap, sync::Arc};

use diesel::prelude::*;
use refero_domain::instant::Instant;

use crate::{
    db::{Db, DbConn, Options},
    error::{Error, Result},
    schema::{deployment_key_retirements as retirements, deployment_keys as keys},
    sealing::{KeyRing, SealingError},
    unit::{Reading, Tx},
};

pub use rotation::{Epoch, Resealed, Retired, Rotated, epochs, reseal, retire, rotate};
pub use vault::{SourceError, Vault};
pub(crate) use wrapped::{Batch, Counts};

const UNFIT: &str = "the deployment key does not fit this database";

/// What the database knows of an epoch.
#[derive(Debug, Clone)]
pub(crate) struct Noted {
    check_value: Vec<u8>,
    noted_at: Instant,
    retired_at: Option<Instant>,
}

/// Every epoch that the database knows.
pub(crate) type AllNoted = BTreeMap<u32, Noted>;

/// Reads what the database knows of each epoch.
pub(crate) fn noted(conn: &mut DbConn) -> Result<AllNoted> {
    let rows: Vec<(i64, Vec<u8>, Instant, Option<Instant>)> = keys::table
        .left_join(retirements::table.on(retirements::epoch.eq(keys::epoch)))
        .select((
            keys::epoch,
            keys::check_value,
            keys::created_at,
            retirements::retired_at.nullable(),
        ))
        .load(conn)?;
    rows.into_iter()
        .map(|(epoch, check_value, noted_at, retired_at)| {
            Ok((number(epoch)?, Noted { check_value, noted_at, retired_at }))
        })
        .collect()
}

/// Returns the newest epoch that is not retired.
pub(crate) fn current(noted: &AllNoted) -> Option<u32> {
    noted.iter().rev().find(|(_, noted)| noted.retired_at.is_none()).map(|(&epoch, _)| epoch)
}

pub(crate) fn number(epoch: i64) -> Result<u32> {
    u32::try_from(epoch).map_err(|_| Error::broken("an epoch is out of range"))
}

/// Notes an epoch of the ring in a database that has none yet, then compares every epoch that is
/// not retired.
///
/// Without this, a server that starts with another key would seal new rows that nobody can open
/// together with the old ones. Two servers that start at the same time note the key once.
///
/// # Errors
/// [`Error::Broken`] if a key is missing or is not the one that the database was sealed with.
pub fn ensure_registered(options: &Options, ring: &KeyRing, now: Instant) -> Result<()> {
    register(&mut options.connect()?, ring, now).map(drop)
}

/// As [`ensure_registered`], for keys that may change while a server serves: from then on they are
/// those that the database asks for.
///
/// # Errors
/// As [`ensure_registered`].
pub fn settle(options: &Options, vault: &Vault, now: Instant) -> Result<()> {
    let noted = register(&mut options.connect()?, &vault.ring(), now)?;
    vault.fit(&noted).map_err(|e| Error::broken_by(UNFIT, e))
}

/// Compares the keys with those that a database was sealed with, and changes nothing. Says whether it
/// knows any yet.
///
/// # Errors
/// As [`ensure_registered`].
pub fn fit(options: &Options, ring: &KeyRing) -> Result<bool> {
    let noted = noted(&mut options.connect()?)?;
    if noted.is_empty() {
        return Ok(false);
    }
    compare(&noted, ring).map(|()| true)
}

fn register(conn: &mut DbConn, ring: &KeyRing, now: Instant) -> Result<AllNoted> {
    if noted(conn)?.is_empty() {
        // Another server was faster: what it noted is compared below.
        insert(conn, ring.current_epoch(), ring, now)?;
    }
    let noted = noted(conn)?;
    compare(&noted, ring)?;
    Ok(noted)
}

/// Notes an epoch; says whether it was not there before.
fn insert(conn: &mut DbConn, epoch: u32, ring: &KeyRing, now: Instant) -> Result<bool> {
    let key = ring.key(epoch).map_err(|e| Error::broken_by(UNFIT, e))?;
    let inserted = diesel::insert_into(keys::table)
        .values((
            keys::epoch.eq(i64::from(epoch)),
            keys::check_value.eq(key.check_value().as_slice()),
            keys::created_at.eq(now),
        ))
        .execute(conn);
    match inserted {
        Err(diesel::result::Error::DatabaseError(
            diesel::result::DatabaseErrorKind::UniqueViolation,
            _,
        )) => Ok(false),
        other => Ok(other? == 1),
    }
}

/// Compares the keys of an open database, for readiness.
///
/// # Errors
/// [`Error::Broken`] if a key is wrong, [`Error::Unavailable`] if one is missing that may still come.
pub fn verify_of(db: &Db) -> Result<()> {
    db.plain(|conn| {
        let noted = noted(conn)?;
        if current(&noted).is_none() {
            return Err(Error::broken("the database knows no deployment key"));
        }
        db.vault().renewed(&noted).map(drop)
    })
}

fn compare(noted: &AllNoted, ring: &KeyRing) -> Result<()> {
    if current(noted).is_none() {
        return Err(Error::broken("the database knows no deployment key"));
    }
    for (&epoch, noted) in noted {
        match ring.verify(epoch, &noted.check_value) {
            Err(SealingError::MissingEpoch { .. }) if noted.retired_at.is_some() => {}
            other => other.map_err(|e| Error::broken_by(UNFIT, e))?,
        }
    }
    Ok(())
}

/// Learns of a new epoch, if there is one: for servers, now and then.
///
/// # Errors
/// As [`verify_of`].
pub fn look_again(db: &Db) -> Result<()> {
    let before = db.keys().current_epoch();
    verify_of(db)?;
    let now = db.keys().current_epoch();
    if now != before {
        tracing::info!(epoch = now, "a new deployment key is current");
    }
    Ok(())
}

/// Returns the ring whose current epoch is the one of the database, as this transaction sees it:
/// what is new must never be sealed with a retired one.
///
/// # Errors
/// [`Error::Unavailable`] while the key of the current epoch is not held.
pub(crate) fn for_sealing(tx: &mut Tx<'_>) -> Result<Arc<KeyRing>> {
    renewed(tx)
}

/// Returns the ring that the database asks for, which may have a key that it had not before.
///
/// # Errors
/// As [`for_sealing`].
pub(crate) fn renewed(reading: &mut Reading<'_>) -> Result<Arc<KeyRing>> {
    let noted = noted(reading.conn)?;
    reading.vault.renewed(&noted)
}
