//! The check values of the deployment keys: a wrong key is noticed before the first request.

use diesel::prelude::*;
use refero_domain::instant::Instant;

use crate::{
    db::{Db, DbConn, Options},
    error::{Error, Result},
    schema::deployment_keys as keys,
    sealing::KeyRing,
};

/// Notes the current key in a database that has none yet, then compares every stored epoch.
///
/// Without this, a server that starts with another key would seal new rows that nobody can open
/// together with the old ones. Two servers that start at the same time note the key once.
///
/// # Errors
/// [`Error::Broken`] if a key is missing or is not the one that the database was sealed with.
pub fn ensure_registered(options: &Options, ring: &KeyRing, now: Instant) -> Result<()> {
    let mut conn = options.connect()?;
    if stored(&mut conn)?.is_empty() {
        let noted = diesel::insert_into(keys::table)
            .values((
                keys::epoch.eq(i64::from(ring.current_epoch())),
                keys::check_value.eq(ring.current().check_value().as_slice()),
                keys::created_at.eq(now),
            ))
            .execute(&mut conn);
        // Another server was faster: what it noted is compared below.
        let faster = matches!(
            &noted,
            Err(diesel::result::Error::DatabaseError(
                diesel::result::DatabaseErrorKind::UniqueViolation,
                _
            ))
        );
        if !faster {
            noted?;
        }
    }
    compare(&mut conn, ring)
}

/// Compares every stored epoch with the keys that are held.
///
/// # Errors
/// As [`ensure_registered`]; also if the database knows no key at all.
pub fn verify(options: &Options, ring: &KeyRing) -> Result<()> {
    compare(&mut options.connect()?, ring)
}

/// Compares the keys of an open database, for readiness.
///
/// # Errors
/// As [`verify`].
pub fn verify_of(db: &Db) -> Result<()> {
    db.plain(|conn| compare(conn, db.keys()))
}

fn stored(conn: &mut DbConn) -> Result<Vec<(i64, Vec<u8>)>> {
    Ok(keys::table.select((keys::epoch, keys::check_value)).order(keys::epoch).load(conn)?)
}

fn compare(conn: &mut DbConn, ring: &KeyRing) -> Result<()> {
    let stored = stored(conn)?;
    if stored.is_empty() {
        return Err(Error::broken("the database knows no deployment key"));
    }
    for (epoch, check_value) in stored {
        let epoch = u32::try_from(epoch).map_err(|_| Error::broken("an epoch is out of range"))?;
        ring.verify(epoch, &check_value)
            .map_err(|e| Error::broken_by("the deployment key does not fit this database", e))?;
    }
    Ok(())
}
