//! Idempotency keys: a repeat of a request acts once (draft-ietf-httpapi-idempotency-key-header-07).
//!
//! No body is kept: only a keyed digest of the request, and the id of what it made. A replay is
//! authorised anew and answers with the representation as it is now.

use diesel::prelude::*;

use crate::{
    db::Db,
    error::Result,
    schema::idempotency_keys as keys,
    sealing::{DeploymentKey, KeyRing},
    unit::{Reading, Tx},
};
use refero_domain::{id::UserId, instant::Instant, refusal::Refusal};

/// How long a key is kept, in seconds: a weekend without network.
pub const KEPT_FOR_S: i64 = 72 * 3600;

/// What makes a repeat of one request recognisable.
#[derive(Debug, Clone)]
pub struct Once {
    /// The client's key.
    pub key: String,
    /// The action.
    pub operation: &'static str,
    /// Digest of method, path and body. Only a keyed digest of it is stored: a body with few
    /// possible values could be found from a plain one by trying them.
    pub fingerprint: Vec<u8>,
}

impl Once {
    fn stored(&self, key: &DeploymentKey) -> [u8; 32] {
        key.index_key().keyed_digest("idempotency", &[&self.fingerprint])
    }

    /// Says whether a digest is that of this request, made with any key that is held. One made with
    /// the key of a retired epoch is not known any more: then the repeat is refused, never run again.
    fn is_kept_as(&self, stored: &[u8], keys: &KeyRing) -> bool {
        keys.held().any(|(_, key)| self.stored(key) == stored)
    }
}

#[derive(Insertable)]
#[diesel(table_name = keys)]
struct NewKey<'k> {
    principal_id: &'k UserId,
    idempotency_key: &'k str,
    operation: &'k str,
    fingerprint: &'k [u8],
    object_id: &'k str,
    created_at: Instant,
}

/// Finds what an earlier run of the same request made.
///
/// # Errors
/// [`Refusal::IdempotencyKeyReused`] if the key came with another request.
pub fn earlier(reading: &mut Reading<'_>, once: Option<&Once>) -> Result<Option<String>> {
    let Some(once) = once else { return Ok(None) };
    let principal = reading.actor()?.user_id.clone();
    let since = reading.now().plus_seconds(-KEPT_FOR_S);
    let found: Option<(String, Vec<u8>, String)> = keys::table
        .find((&principal, &once.key))
        .filter(keys::created_at.gt(since))
        .select((keys::operation, keys::fingerprint, keys::object_id))
        .first(reading.conn)
        .optional()?;
    match found {
        None => Ok(None),
        Some((operation, fingerprint, object))
            if operation == once.operation && once.is_kept_as(&fingerprint, reading.keys) =>
        {
            Ok(Some(object))
        }
        Some(_) => Err(Refusal::IdempotencyKeyReused.into()),
    }
}

/// Keeps what this run made, in the same transaction.
///
/// # Errors
/// [`crate::Error::Unavailable`] if it cannot be kept; then nothing is.
pub fn keep(tx: &mut Tx<'_>, once: Option<&Once>, object_id: &str) -> Result<()> {
    let Some(once) = once else { return Ok(()) };
    let principal = tx.actor()?.user_id.clone();
    let now = tx.now();
    // An expired use of the same key makes room.
    diesel::delete(keys::table.find((&principal, &once.key)))
        .filter(keys::created_at.le(now.plus_seconds(-KEPT_FOR_S)))
        .execute(tx.conn)?;
    diesel::insert_into(keys::table)
        .values(&NewKey {
            principal_id: &principal,
            idempotency_key: &once.key,
            operation: once.operation,
            fingerprint: &once.stored(tx.keys.current()),
            object_id,
            created_at: now,
        })
        .execute(tx.conn)?;
    Ok(())
}

/// Says whether there are keys older than they are kept.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn any_expired(db: &Db, now: Instant) -> Result<bool> {
    let before = now.plus_seconds(-KEPT_FOR_S);
    let old: i64 = db.plain(|conn| {
        Ok(keys::table.filter(keys::created_at.le(before)).count().get_result(conn)?)
    })?;
    Ok(old > 0)
}

/// Forgets keys that are older than they are kept. Run by the worker.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn forget_expired(tx: &mut Tx<'_>) -> Result<usize> {
    let before = tx.now().plus_seconds(-KEPT_FOR_S);
    Ok(diesel::delete(keys::table.filter(keys::created_at.le(before))).execute(tx.conn)?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn what_is_kept_of_a_request_cannot_be_found_without_the_deployments_key() {
        let key = || DeploymentKey::generate(&mut rand::rng());
        let (one, other) = (key(), key());
        let once = Once { key: "k".to_owned(), operation: "case.claim", fingerprint: vec![7; 32] };

        assert_eq!(once.stored(&one), once.stored(&one));
        assert_ne!(once.stored(&one), once.stored(&other));
        assert_ne!(once.stored(&one)[..], once.fingerprint[..]);
    }

    #[test]
    fn a_repeat_is_known_after_a_rotation_until_the_epoch_is_retired() {
        let key = || DeploymentKey::generate(&mut rand::rng());
        let once = Once { key: "k".to_owned(), operation: "case.claim", fingerprint: vec![7; 32] };
        let (old, new) = (key(), key());
        let stored = once.stored(&old);
        let rotated = KeyRing::new(BTreeMap::from([(1, old), (2, new)]), 2).unwrap();

        assert!(once.is_kept_as(&stored, &rotated));
        assert!(!once.is_kept_as(&stored, &KeyRing::single(3, key())));
    }
}
