//! The key that a deployment keeps outside its database.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hkdf::hmac::digest::Digest;
use rand::CryptoRng;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::derivation::derive;
use super::error::SealingError;
use super::index::IndexKey;
use super::secret::{KEY_BYTES, Secret};

const DOMAIN: &str = "refero deployment key v1";
/// The fewest distinct bytes a key may have. A random key has 30 on average, and fewer than 16
/// less than once in 10^16 keys.
const FEWEST_DISTINCT_BYTES: usize = 16;

/// Holds the key of one epoch: it wraps the keys of people and is the root of the index keys.
///
/// It lives in a file, in the environment or in a key service, never in the database. Losing it
/// loses every sealed value, so operators keep it in escrow.
pub struct DeploymentKey {
    secret: Secret,
    /// What wraps the keys of people. Derived once: whoever compares people opens hundreds of them.
    wrapping_key: Secret,
}

impl DeploymentKey {
    /// Draws a new key.
    pub fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        Self::of(Secret::generate(rng))
    }

    fn of(secret: Secret) -> Self {
        let wrapping_key = derive(&secret, DOMAIN, &[b"wrapping key"]);
        Self { secret, wrapping_key }
    }

    /// Reads a key from standard base64, with or without surrounding white space.
    ///
    /// # Errors
    /// Refuses anything that is not 32 bytes, and bytes that no generator gives: patterns, counted
    /// examples, pass phrases. A secret copied from a manual protects nobody.
    pub fn from_base64(text: &str) -> Result<Self, SealingError> {
        // Room for more than one key, so that a longer text is told apart from an exact one.
        let mut decoded = Zeroizing::new([0; KEY_BYTES * 2]);
        let length = STANDARD
            .decode_slice(text.trim(), decoded.as_mut_slice())
            .map_err(|_| SealingError::MalformedKey)?;
        let (key, _) =
            decoded.split_first_chunk::<KEY_BYTES>().ok_or(SealingError::MalformedKey)?;
        if length != KEY_BYTES {
            return Err(SealingError::MalformedKey);
        }
        if is_weak(key) {
            return Err(SealingError::WeakKey);
        }
        Ok(Self::of(Secret::filled(|bytes| bytes.copy_from_slice(key))))
    }

    /// Writes the key as base64.
    #[cfg(test)]
    pub(super) fn to_base64(&self) -> String {
        STANDARD.encode(self.secret.expose())
    }

    /// Returns the value that the database stores beside the epoch, so that a start with another
    /// key is refused instead of sealing new rows that nobody will be able to open.
    #[must_use]
    pub fn check_value(&self) -> [u8; 32] {
        let checked = derive(&self.secret, DOMAIN, &[b"check value"]);
        Sha256::digest(checked.expose()).into()
    }

    /// Derives a secret for one purpose, for example the key that signs cursors.
    ///
    /// The purpose is a constant of the program: what a caller sends never chooses a key.
    #[must_use]
    pub fn derive(&self, purpose: &'static str) -> Zeroizing<[u8; 32]> {
        let derived = derive(&self.secret, DOMAIN, &[b"purpose", purpose.as_bytes()]);
        Zeroizing::new(*derived.expose())
    }

    /// Derives the key of the keyed digests.
    #[must_use]
    pub fn index_key(&self) -> IndexKey {
        IndexKey::new(derive(&self.secret, DOMAIN, &[b"index key"]))
    }

    /// Derives the key that seals what accounts sign in with.
    pub(super) fn account_key(&self) -> Secret {
        derive(&self.secret, DOMAIN, &[b"account key"])
    }

    /// Returns the key that wraps the keys of people.
    pub(super) const fn wrapping_key(&self) -> &Secret {
        &self.wrapping_key
    }
}

impl fmt::Debug for DeploymentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeploymentKey")
    }
}

fn is_weak(key: &[u8; KEY_BYTES]) -> bool {
    let mut sorted = Zeroizing::new(*key);
    sorted.sort_unstable();
    let distinct = sorted.chunk_by(|left, right| left == right).count();
    distinct < FEWEST_DISTINCT_BYTES || is_counted(key) || is_text(key)
}

/// Tells whether each byte follows the one before by the same step, as in `00 01 02 03`.
fn is_counted(key: &[u8; KEY_BYTES]) -> bool {
    let mut steps =
        key.iter().zip(key.iter().skip(1)).map(|(left, right)| right.wrapping_sub(*left));
    let first = steps.next();
    steps.all(|step| Some(step) == first)
}

/// Tells whether all bytes are printable: a random key is so less than once in 10^13 keys.
fn is_text(key: &[u8; KEY_BYTES]) -> bool {
    key.iter().all(|byte| (b' '..=b'~').contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> DeploymentKey {
        DeploymentKey::generate(&mut rand::rng())
    }

    #[test]
    fn a_key_survives_being_written_and_read() {
        let key = key();
        let text = format!("  {}\n", key.to_base64());

        assert_eq!(DeploymentKey::from_base64(&text).unwrap().check_value(), key.check_value());
    }

    #[test]
    fn texts_that_are_not_32_bytes_are_refused() {
        let long = STANDARD.encode([7; 33]);
        let very_long = STANDARD.encode([7; 300]);
        let short = STANDARD.encode([7; 31]);
        for text in ["", "=", "not base64 at all!", &long, &short, &very_long] {
            assert_eq!(DeploymentKey::from_base64(text).unwrap_err(), SealingError::MalformedKey);
        }
    }

    #[test]
    fn example_secrets_are_refused() {
        let counted: [u8; 32] = std::array::from_fn(|index| u8::try_from(index).unwrap());
        let counted_down: [u8; 32] =
            std::array::from_fn(|index| 200 - u8::try_from(index).unwrap());
        let repeated: [u8; 32] = std::array::from_fn(|index| [0xde, 0xad, 0xbe, 0xef][index % 4]);
        let phrase = *b"change-me-before-you-go-live-ok?";
        for weak in [[0; 32], [0xff; 32], counted, counted_down, repeated, phrase] {
            let text = STANDARD.encode(weak);
            assert_eq!(DeploymentKey::from_base64(&text).unwrap_err(), SealingError::WeakKey);
        }
    }

    #[test]
    fn random_keys_are_never_taken_for_weak_ones() {
        for _ in 0..10_000 {
            assert!(DeploymentKey::from_base64(&key().to_base64()).is_ok());
        }
    }

    #[test]
    fn purposes_do_not_share_a_key() {
        let key = key();
        let all = [
            *key.derive("cursor"),
            *key.derive("cursors"),
            *key.derive(""),
            key.check_value(),
            *key.wrapping_key().expose(),
            *key.account_key().expose(),
            *key.secret.expose(),
        ];
        for (index, one) in all.iter().enumerate() {
            assert!(all.iter().skip(index + 1).all(|other| other != one));
        }
    }

    #[test]
    fn debug_prints_the_name_of_the_type_alone() {
        let key = key();

        assert_eq!(format!("{key:?}"), "DeploymentKey");
        assert_eq!(format!("{:?}", key.secret), "Secret");
    }
}
