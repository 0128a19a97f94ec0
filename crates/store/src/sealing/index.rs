//! Digests that only the holder of the deployment key can compute.

use std::fmt;

use hkdf::hmac::Mac;

use super::derivation::framed;
use super::person::keyed_hash;
use super::secret::Secret;

/// Computes keyed digests: fingerprints of requests, signatures of cursors, search indexes.
///
/// An unkeyed hash of a phone number is the phone number, since all of them can be tried. The key
/// is derived from the deployment key, apart from the keys that encrypt. Indexes that must not link
/// a person across organisations take the organisation as one of the parts; an index that is stored
/// for long is truncated, and computed anew when the epoch changes.
pub struct IndexKey {
    secret: Secret,
}

impl IndexKey {
    pub(super) fn new(secret: Secret) -> Self {
        Self { secret }
    }

    /// Returns the HMAC-SHA256 of the purpose and the parts, each after its length.
    ///
    /// The purpose is a constant of the program, so that a digest made for one thing is never
    /// accepted for another.
    #[must_use]
    pub fn keyed_digest(&self, purpose: &'static str, parts: &[&[u8]]) -> [u8; 32] {
        keyed_hash(&self.secret, &message(purpose, parts)).finalize().into_bytes().into()
    }
}

impl fmt::Debug for IndexKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IndexKey")
    }
}

fn message(purpose: &'static str, parts: &[&[u8]]) -> Vec<u8> {
    framed(&[b"refero keyed digest v1", purpose.as_bytes(), &framed(parts)])
}

#[cfg(test)]
mod tests {
    use crate::sealing::DeploymentKey;

    #[test]
    fn a_digest_depends_on_the_key_the_purpose_and_every_part() {
        let one = DeploymentKey::generate(&mut rand::rng()).index_key();
        let other = DeploymentKey::generate(&mut rand::rng()).index_key();
        let digest = one.keyed_digest("phone", &[b"org", b"+256"]);

        assert_eq!(digest, one.keyed_digest("phone", &[b"org", b"+256"]));
        assert_ne!(digest, other.keyed_digest("phone", &[b"org", b"+256"]));
        assert_ne!(digest, one.keyed_digest("document", &[b"org", b"+256"]));
        assert_ne!(digest, one.keyed_digest("phone", &[b"org+", b"256"]));
        assert_ne!(digest, one.keyed_digest("phone", &[b"org", b"+256", b""]));
        assert_ne!(digest, one.keyed_digest("phone", &[b"+256", b"org"]));
    }

    #[test]
    fn debug_prints_the_name_of_the_type_alone() {
        let key = DeploymentKey::generate(&mut rand::rng()).index_key();

        assert_eq!(format!("{key:?}"), "IndexKey");
    }
}
