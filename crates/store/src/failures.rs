//! How often signing in has failed: under a name, whether an account has it or not, and from a
//! network. Neither name nor network is stored, only keyed digests.

use diesel::prelude::*;
use refero_domain::instant::Instant;

use crate::{
    db::{Db, DbConn},
    error::{Error, Result},
    schema::{sign_in_failures as failures, sign_in_networks as networks},
    sealing::{DeploymentKey, KeyRing},
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
        // The digest of a former epoch still counts: a rotation forgives nothing.
        let under_name: Option<Row> = failures::table
            .filter(failures::name_digest.eq_any(name_digests(keys, username)))
            .select((
                failures::failures,
                failures::last_failed_at,
                failures::wrong_codes,
                failures::code_failed_at,
            ))
            .order(failures::last_failed_at.desc())
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
    let kept = networks::table
        .filter(networks::network_digest.eq_any(network_digests(keys, network)))
        .select(networks::empty_at)
        .order(networks::empty_at.desc());
    Ok(kept.first(conn).optional()?)
}

impl Db {
    /// Reads when a network will have lived its failures down; nothing if it has none.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] if the database is not there.
    pub fn network_empty_at(&self, network: Option<&str>) -> Result<Option<Instant>> {
        self.plain(|conn| empty_at(conn, &self.keys(), network))
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

/// Returns the digests of a name, the one that is written first, then those of former epochs.
fn name_digests(keys: &KeyRing, username: &str) -> Vec<Vec<u8>> {
    digests(keys, "sign-in failures by name", username)
}

/// Returns the digests of a network in the same way.
fn network_digests(keys: &KeyRing, network: &str) -> Vec<Vec<u8>> {
    digests(keys, "sign-in failures by network", network)
}

fn digests(keys: &KeyRing, purpose: &'static str, text: &str) -> Vec<Vec<u8>> {
    let of = |key: &DeploymentKey| key.index_key().keyed_digest(purpose, &[text.as_bytes()]);
    keys.held().map(|(_, key)| of(key).to_vec()).collect()
}

/// Returns the digest under which the failures of a name are written, after bringing over what still
/// stands under the digest of a former epoch.
fn name_digest(tx: &mut Tx<'_>, username: &str) -> Result<Vec<u8>> {
    let mut former = name_digests(tx.keys, username).into_iter();
    let digest = former.next().ok_or_else(|| Error::broken("there is no deployment key"))?;
    let former: Vec<_> = former.collect();
    if !former.is_empty() {
        let old = failures::table.filter(failures::name_digest.eq_any(former));
        let known: i64 = failures::table.find(&digest).count().get_result(tx.conn)?;
        if known == 0 {
            diesel::update(old).set(failures::name_digest.eq(&digest)).execute(tx.conn)?;
        } else {
            diesel::delete(old).execute(tx.conn)?;
        }
    }
    Ok(digest)
}

/// Sets how often signing in under a name has failed, as of now; nought forgets it. Wrong codes stay
/// counted: a right password alone clears none.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn set_count(tx: &mut Tx<'_>, username: &str, count: u32) -> Result<()> {
    let digest = name_digest(tx, username)?;
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
    let digest = name_digest(tx, username)?;
    diesel::update(failures::table.find(digest))
        .set((failures::wrong_codes.eq(i64::from(count)), failures::code_failed_at.eq(at)))
        .execute(tx.conn)?;
    Ok(())
}

/// Sets when the network of the request will have lived its failures down.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn set_network_empty_at(tx: &mut Tx<'_>, empty_at: Instant) -> Result<()> {
    let Some(digests) = tx.network().map(|network| network_digests(tx.keys, network)) else {
        return Ok(());
    };
    let Some((digest, former)) = digests.split_first() else {
        return Err(Error::broken("there is no deployment key"));
    };
    if !former.is_empty() {
        diesel::delete(networks::table.filter(networks::network_digest.eq_any(former)))
            .execute(tx.conn)?;
    }
    let known = diesel::update(networks::table.find(digest))
        .set(networks::empty_at.eq(empty_at))
        .execute(tx.conn)?;
    if known == 0 {
        diesel::insert_into(networks::table)
            .values((networks::network_digest.eq(digest), networks::empty_at.eq(empty_at)))
            .execute(tx.conn)?;
    }
    Ok(())
}
