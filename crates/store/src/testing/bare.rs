//! What a database does without the house around it, for who measures the house.

use std::time::Duration;

use diesel::{connection::SimpleConnection, prelude::*};
use rand::RngExt;

use crate::{
    connect::{DbConn, Options},
    db::Db,
    error::{Error, Result},
    schema::cases,
};

diesel::table! {
    turns (first) {
        first -> Text,
        second -> Text,
    }
}

/// The code of a case, who registered it, its area and its version.
pub type BareCase = (String, String, Option<String>, i64);

/// Reads a few columns of one case through the pool: who asks, what they may see and what the trail
/// keeps is left out.
///
/// # Errors
/// Whatever the database says.
pub fn bare_case(db: &Db, id: &str) -> Result<Option<BareCase>> {
    db.plain(|conn| {
        let columns = (cases::case_code, cases::registered_by, cases::area, cases::version);
        Ok(cases::table.find(id).select(columns).first(conn).optional()?)
    })
}

/// Runs statements so many times on SQLite, so many times in each transaction, and says how long that took.
/// In the statements `new.first` and `new.second` are digits, others each time.
///
/// They are the body of a trigger, so that they are understood once and not each time.
///
/// # Errors
/// Whatever the database says; [`Error::Broken`] on PostgreSQL.
pub fn replay(
    options: &Options,
    statements: &str,
    (times, at_once): (u32, u32),
) -> Result<Duration> {
    let DbConn::Sqlite(mut conn) = options.connect()? else {
        return Err(Error::broken("pgbench does this on PostgreSQL"));
    };
    conn.batch_execute(&format!(
        "create temp table turns (first text, second text) strict;
         create temp trigger turns_do after insert on turns begin {statements} end;"
    ))?;
    let mut rng = rand::rng();
    let begun = std::time::Instant::now();
    let mut left = times;
    while left > 0 {
        let together = left.min(at_once.max(1));
        conn.immediate_transaction(|conn| {
            for _ in 0..together {
                let first = rng.random_range(10_000_000_u64..100_000_000).to_string();
                let second = rng.random_range(100_000_000_000_u64..1_000_000_000_000).to_string();
                diesel::insert_into(turns::table)
                    .values((turns::first.eq(first), turns::second.eq(second)))
                    .execute(conn)?;
            }
            diesel::QueryResult::Ok(())
        })?;
        left -= together;
    }
    Ok(begun.elapsed())
}
