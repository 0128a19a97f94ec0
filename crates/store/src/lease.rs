//! Leases: of several servers on one database, one does the house's own work at a time.

use diesel::prelude::*;
use refero_domain::{id::EscalationId, instant::Instant};

use crate::{db::Db, error::Result, schema::leases};

/// Takes or prolongs a lease; says whether the holder has it now.
///
/// A lease names no person and changes no record of one, so that it leaves no event. One that would last
/// far longer than a lease does was taken by a clock that was wrong: it is as good as ended, or nobody would
/// work until that time comes.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn take(
    db: &Db,
    name: &'static str,
    holder: &str,
    now: Instant,
    for_seconds: i64,
) -> Result<bool> {
    let holder = holder.to_owned();
    let until = now.plus_seconds(for_seconds);
    // As long again, because the clocks of two servers are never quite the same.
    let too_long = until.plus_seconds(for_seconds);
    db.apart("lease.take", move |conn| {
        let ended = leases::held_until.le(now).or(leases::held_until.gt(too_long));
        let free = leases::table
            .filter(leases::name.eq(name))
            .filter(leases::holder.eq(&holder).or(ended));
        let taken = diesel::update(free)
            .set((leases::holder.eq(&holder), leases::held_until.eq(until)))
            .execute(conn)?;
        if taken == 1 {
            return Ok(true);
        }
        let held: i64 = leases::table.filter(leases::name.eq(name)).count().get_result(conn)?;
        if held > 0 {
            return Ok(false);
        }
        diesel::insert_into(leases::table)
            .values((
                leases::name.eq(name),
                leases::holder.eq(&holder),
                leases::held_until.eq(until),
            ))
            .execute(conn)?;
        Ok(true)
    })
}

/// Gives a lease back, so that another server need not wait for its end.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn release(db: &Db, name: &'static str, holder: &str, now: Instant) -> Result<()> {
    let holder = holder.to_owned();
    db.apart("lease.release", move |conn| {
        diesel::update(
            leases::table.filter(leases::name.eq(name)).filter(leases::holder.eq(&holder)),
        )
        .set(leases::held_until.eq(now))
        .execute(conn)?;
        Ok(())
    })
}

/// Tries whether the database takes a write at all, after one has failed.
///
/// What is written is a lease that ended long ago, so that every server gets it.
///
/// # Errors
/// [`crate::Error::Unavailable`] if it does not.
pub fn try_out(db: &Db, now: Instant) -> Result<()> {
    // Another holder each time: SQLite does not write what stands there already.
    let holder: EscalationId = db.entropy().id();
    db.noted(take(db, "readiness", holder.as_str(), now, -86_400)).map(drop)
}
