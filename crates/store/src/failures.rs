//! How often signing in has failed: under a name, whether an account has it or not, and from a
//! network. Neither name nor network is stored, only keyed digests.

use diesel::prelude::*;
use refero_domain::instant::Instant;

use crate::{
    db::{Db, DbConn},
    error::Result,
    schema::{sign_in_failures as failures, sign_in_networks as networks},
    sealing::KeyRing,
    unit::Tx,
};

/// The failures that matter to one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failures {
    /// How often in a row under the name.
    pub count: u32,
    /// When last under the name; nothing if never.
    pub last_failed_at: Option<Instant>,
    /// How many wrong codes in a row, of whoever knew the password or had a session.
    pub wrong_codes: u32,
    /// When the last wrong code came; nothing if none did.
    pub code_failed_at: Option<Instant>,
    /// When the network will have lived its failures down; nothing if it has none.
    pub network_empty_at: Option<Instant>,
}

impl Failures {
    pub(crate) fn of(
        conn: &mut DbConn,
        keys: &KeyRing,
        username: &str,
        network: Option<&str>,
    ) -> Result<Self> {
        type Row = (i64, Instant, i64, Option<Instant>);
        let under_name: Option<Row> = failures::table
            .find(name_digest(keys, username))
            .select((
                failures::failures,
                failures::last_failed_at,
                failures::wrong_codes,
                failures::code_failed_at,
            ))
            .first(conn)
            .optional()?;
        let number = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
        Ok(Self {
            count: under_name.map_or(0, |(count, ..)| number(count)),
            last_failed_at: under_name.map(|(_, at, ..)| at),
            wrong_codes: under_name.map_or(0, |(.., count, _)| number(count)),
            code_failed_at: under_name.and_then(|(.., at)| at),
            network_empty_at: empty_at(conn, keys, network)?,
        })
    }
}

fn empty_at(conn: &mut DbConn, keys: &KeyRing, network: Option<&str>) -> Result<Option<Instant>> {
    let Some(network) = network else {
        return Ok(None);
    };
    let kept = networks::table.find(network_digest(keys, network)).select(networks::empty_at);
    Ok(kept.first(conn).optional()?)
}

impl Db {
    /// Reads when a network will have lived its failures down; nothing if it has none.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] if the database is not there.
    pub fn network_empty_at(&self, network: Option<&str>) -> Result<Option<Instant>> {
        self.plain(|conn| empty_at(conn, self.keys(), network))
    }
}

/// Reads the same in the transaction that decides, for the network of the request.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn network_empty_at(tx: &mut Tx<'_>) -> Result<Option<Instant>> {
    let (network, keys) = (tx.network().map(str::to_owned), tx.keys);
    empty_at(tx.conn, keys, network.as_deref())
}

fn name_digest(keys: &KeyRing, username: &str) -> Vec<u8> {
    let key = keys.current().index_key();
    key.keyed_digest("sign-in failures by name", &[username.as_bytes()]).to_vec()
}

fn network_digest(keys: &KeyRing, network: &str) -> Vec<u8> {
    let key = keys.current().index_key();
    key.keyed_digest("sign-in failures by network", &[network.as_bytes()]).to_vec()
}

/// Sets how often signing in under a name has failed, as of now; nought forgets it. Wrong codes stay
/// counted: a right password alone clears none.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn set_count(tx: &mut Tx<'_>, username: &str, count: u32) -> Result<()> {
    let digest = name_digest(tx.keys, username);
    let row = (failures::failures.eq(i64::from(count)), failures::last_failed_at.eq(tx.now()));
    if count == 0 {
        let row = failures::table.find(&digest);
        diesel::delete(row.filter(failures::wrong_codes.eq(0))).execute(tx.conn)?;
        diesel::update(row).set(failures::failures.eq(0)).execute(tx.conn)?;
        return Ok(());
    }
    let known = diesel::update(failures::table.find(&digest)).set(row).execute(tx.conn)?;
    if known == 0 {
        diesel::insert_into(failures::table)
            .values((failures::name_digest.eq(&digest), row))
            .execute(tx.conn)?;
    }
    Ok(())
}

/// Sets how many wrong codes in a row came for a name whose failures are counted already; nought
/// forgets them.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn set_wrong_codes(tx: &mut Tx<'_>, username: &str, count: u32) -> Result<()> {
    let at = (count > 0).then(|| tx.now());
    diesel::update(failures::table.find(name_digest(tx.keys, username)))
        .set((failures::wrong_codes.eq(i64::from(count)), failures::code_failed_at.eq(at)))
        .execute(tx.conn)?;
    Ok(())
}

/// Sets when the network of the request will have lived its failures down.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn set_network_empty_at(tx: &mut Tx<'_>, empty_at: Instant) -> Result<()> {
    let Some(digest) = tx.network().map(|network| network_digest(tx.keys, network)) else {
        return Ok(());
    };
    let known = diesel::update(networks::table.find(&digest))
        .set(networks::empty_at.eq(empty_at))
        .execute(tx.conn)?;
    if known == 0 {
        diesel::insert_into(networks::table)
            .values((networks::network_digest.eq(&digest), networks::empty_at.eq(empty_at)))
            .execute(tx.conn)?;
    }
    Ok(())
}
