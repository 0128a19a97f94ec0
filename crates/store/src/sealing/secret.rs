//! Memory that holds a key.

use std::fmt;

use rand::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The length of every key, in bytes.
pub(super) const KEY_BYTES: usize = 32;

/// Holds 32 secret bytes on the heap, so that moving the owner leaves no copy behind, and wipes
/// them when it is dropped.
pub(super) struct Secret {
    bytes: Box<[u8; KEY_BYTES]>,
}

impl Secret {
    /// Draws a new secret from a cryptographic generator.
    pub(super) fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        Self::filled(|bytes| rng.fill_bytes(bytes))
    }

    /// Lets `fill` write the secret straight into its final memory.
    pub(super) fn filled(fill: impl FnOnce(&mut [u8; KEY_BYTES])) -> Self {
        let mut secret = Self { bytes: Box::new([0; KEY_BYTES]) };
        fill(&mut secret.bytes);
        secret
    }

    /// Shows the bytes to a primitive.
    pub(super) fn expose(&self) -> &[u8; KEY_BYTES] {
        &self.bytes
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

impl ZeroizeOnDrop for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}
