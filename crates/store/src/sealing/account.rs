//! Sealing of what an account needs to sign in, under a key of the deployment.

use std::fmt;

use rand::CryptoRng;
use zeroize::Zeroizing;

use super::aead::{self, VERSION};
use super::derivation::framed;
use super::error::SealingError;
use super::field::Place;
use super::ring::KeyRing;

/// Holds a secret of an account as the database keeps it: encrypted under the key of an epoch.
///
/// No person in a case is concerned, so no person's key seals it. A rotation seals it anew, as it
/// wraps the keys of people anew.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountSecret {
    /// The epoch of the deployment key.
    pub epoch: u32,
    /// The sealed bytes: version, nonce, ciphertext, tag.
    pub bytes: Vec<u8>,
}

impl AccountSecret {
    /// Seals a secret with the current epoch, for its column and account.
    ///
    /// # Errors
    /// [`SealingError::MissingContext`] when the account's id is empty.
    pub fn seal<R: CryptoRng + ?Sized>(
        ring: &KeyRing,
        place: Place,
        user_id: &str,
        secret: &[u8],
        rng: &mut R,
    ) -> Result<Self, SealingError> {
        let epoch = ring.current_epoch();
        let associated = context(epoch, place, user_id)?;
        let bytes = aead::encrypt(&ring.current().account_key(), &associated, &[secret], rng)?;
        Ok(Self { epoch, bytes })
    }

    /// Opens the secret where it stands.
    ///
    /// # Errors
    /// Fails when it was changed, or sealed for another account, column or epoch, or with another
    /// key.
    pub fn open(
        &self,
        ring: &KeyRing,
        place: Place,
        user_id: &str,
    ) -> Result<Zeroizing<Vec<u8>>, SealingError> {
        let associated = context(self.epoch, place, user_id)?;
        aead::decrypt(&ring.key(self.epoch)?.account_key(), &associated, &self.bytes)
    }
}

impl fmt::Debug for AccountSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccountSecret")
    }
}

fn context(epoch: u32, place: Place, user_id: &str) -> Result<Vec<u8>, SealingError> {
    if user_id.is_empty() {
        return Err(SealingError::MissingContext);
    }
    Ok(framed(&[
        b"refero",
        &[VERSION],
        b"account secret",
        &epoch.to_be_bytes(),
        place.table.as_bytes(),
        place.column.as_bytes(),
        user_id.as_bytes(),
    ]))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::DeploymentKey;
    use super::*;

    const HERE: Place = Place { table: "second_factors", column: "sealed" };

    fn ring(epoch: u32) -> KeyRing {
        KeyRing::single(epoch, DeploymentKey::generate(&mut rand::rng()))
    }

    #[test]
    fn a_secret_opens_where_it_was_sealed_and_nowhere_else() {
        let ring = ring(3);
        let sealed =
            AccountSecret::seal(&ring, HERE, "ama", b"20 secret bytes here", &mut rand::rng())
                .unwrap();

        assert_eq!(sealed.open(&ring, HERE, "ama").unwrap().as_slice(), b"20 secret bytes here");
        let elsewhere = Place { column: "digest", ..HERE };
        assert_eq!(sealed.open(&ring, HERE, "kofi"), Err(SealingError::NotAuthentic));
        assert_eq!(sealed.open(&ring, elsewhere, "ama"), Err(SealingError::NotAuthentic));
        assert_eq!(sealed.open(&self::ring(3), HERE, "ama"), Err(SealingError::NotAuthentic));
        let moved = AccountSecret { epoch: 4, ..sealed.clone() };
        assert_eq!(moved.open(&ring, HERE, "ama"), Err(SealingError::MissingEpoch { epoch: 4 }));
        let mut changed = sealed;
        changed.bytes[30] ^= 1;
        assert_eq!(changed.open(&ring, HERE, "ama"), Err(SealingError::NotAuthentic));
        let nobody = AccountSecret::seal(&ring, HERE, "", b"x", &mut rand::rng());
        assert_eq!(nobody, Err(SealingError::MissingContext));
    }

    #[test]
    fn a_secret_of_an_epoch_before_opens_with_its_own_key() {
        let text = DeploymentKey::generate(&mut rand::rng()).to_base64();
        let key = || DeploymentKey::from_base64(&text).unwrap();
        let before = KeyRing::single(1, key());
        let sealed = AccountSecret::seal(&before, HERE, "ama", b"x", &mut rand::rng()).unwrap();
        let newer = DeploymentKey::generate(&mut rand::rng());
        let ring = KeyRing::new(BTreeMap::from([(1, key()), (2, newer)]), 2).unwrap();

        assert_eq!(sealed.open(&ring, HERE, "ama").unwrap().as_slice(), b"x");
        assert_eq!(format!("{sealed:?}"), "AccountSecret");
    }
}
