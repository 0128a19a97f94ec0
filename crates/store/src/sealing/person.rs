//! The key of one person.

use std::fmt;

use hkdf::hmac::{Hmac, KeyInit, Mac};
use rand::CryptoRng;
use sha2::Sha256;

use super::aead::{self, VERSION};
use super::derivation::{derive, framed};
use super::error::SealingError;
use super::field::Place;
use super::ring::KeyRing;
use super::secret::{KEY_BYTES, Secret};

const DOMAIN: &str = "refero person key v1";

/// Holds the key under which everything about one person is sealed.
///
/// It is random, it exists in the database only wrapped, and it is the one thing that erasure
/// destroys: what was sealed with it stays unreadable wherever it was copied to.
pub struct PersonKey {
    secret: Secret,
}

/// Holds a person's key as the database keeps it: encrypted with the deployment key of an epoch.
#[derive(Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// The epoch of the deployment key that wraps it.
    pub epoch: u32,
    /// The wrapped bytes: version, nonce, ciphertext, tag.
    pub bytes: Vec<u8>,
}

impl PersonKey {
    /// Draws the key of a new person.
    pub fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        Self { secret: Secret::generate(rng) }
    }

    /// Wraps the key with the current epoch, bound to the person it belongs to.
    ///
    /// # Errors
    /// [`SealingError::MissingContext`] when the person's id is empty.
    pub fn wrap<R: CryptoRng + ?Sized>(
        &self,
        ring: &KeyRing,
        person_id: &str,
        rng: &mut R,
    ) -> Result<WrappedKey, SealingError> {
        let epoch = ring.current_epoch();
        let associated = wrapping_context(epoch, person_id)?;
        let key = ring.current().wrapping_key();
        let bytes = aead::encrypt(key, &associated, &[self.secret.expose()], rng)?;
        Ok(WrappedKey { epoch, bytes })
    }

    /// Unwraps the key of a person.
    ///
    /// # Errors
    /// Fails when the epoch's key is missing, or when the wrapped bytes were changed, belong to
    /// another person or epoch, or were wrapped with another key.
    pub fn unwrap(
        wrapped: &WrappedKey,
        ring: &KeyRing,
        person_id: &str,
    ) -> Result<Self, SealingError> {
        let associated = wrapping_context(wrapped.epoch, person_id)?;
        let key = ring.key(wrapped.epoch)?.wrapping_key();
        let opened = aead::decrypt(key, &associated, &wrapped.bytes)?;
        let bytes: &[u8; KEY_BYTES] =
            opened.as_slice().try_into().map_err(|_| SealingError::UnexpectedStructure)?;
        Ok(Self { secret: Secret::filled(|secret| secret.copy_from_slice(bytes)) })
    }

    /// Commits to a value that the audit log may not hold.
    ///
    /// Whoever has the key can show later that a value is the one that was recorded; nobody can
    /// guess it from the log, however few values are possible, and after erasure nobody ever can.
    #[must_use]
    pub fn commitment(&self, place: Place, row_id: &str, value: &[u8]) -> [u8; 32] {
        let key = derive(&self.secret, DOMAIN, &[b"commitment key"]);
        let message =
            framed(&[place.table.as_bytes(), place.column.as_bytes(), row_id.as_bytes(), value]);
        keyed_hash(&key, &message).finalize().into_bytes().into()
    }

    /// Derives the key of one column.
    pub(super) fn field_key(&self, place: Place) -> Secret {
        let purpose: [&[u8]; 3] = [b"field", place.table.as_bytes(), place.column.as_bytes()];
        derive(&self.secret, DOMAIN, &purpose)
    }
}

impl fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonKey")
    }
}

impl fmt::Debug for WrappedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WrappedKey")
    }
}

/// Starts HMAC-SHA256 (RFC 2104) over a message.
#[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
pub(super) fn keyed_hash(key: &Secret, message: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose()).expect("HMAC takes every key");
    mac.update(message);
    mac
}

fn wrapping_context(epoch: u32, person_id: &str) -> Result<Vec<u8>, SealingError> {
    if person_id.is_empty() {
        return Err(SealingError::MissingContext);
    }
    let epoch = epoch.to_be_bytes();
    Ok(framed(&[b"refero", &[VERSION], b"person key", &epoch, person_id.as_bytes()]))
}
