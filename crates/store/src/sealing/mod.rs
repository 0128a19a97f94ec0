//! Sealing of personal data: what the database holds, it cannot read.
//!
//! Whoever steals a disk, a dump or a backup gets names only if they also hold the deployment key,
//! which never enters the database. Whoever can write to the database cannot move a sealed name to
//! another person, row or column, because the place is authenticated with the value. Destroying one
//! person's key makes everything sealed for that person unreadable (rule R13).
//!
//! ```text
//! DeploymentKey (epoch)  outside the database, one per epoch, held in a KeyRing
//!    ├─ wraps ─▶ PersonKey      random, one per person; only its wrapped form is stored
//!    │              ├─ HKDF per table and column ─▶ key of the sealed field
//!    │              └─ HKDF ─▶ commitments of the audit log, which die with the person's key
//!    ├─ HKDF ─▶ key of what accounts sign in with: AccountSecret
//!    ├─ HKDF ─▶ IndexKey        keyed digests: fingerprints and search indexes
//!    └─ HKDF ─▶ derive(purpose) any other secret, for example the one that signs cursors
//! ```
//!
//! Sealed bytes are `version (1) | nonce (24) | ciphertext | tag (16)`, XChaCha20-Poly1305
//! (draft-irtf-cfrg-xchacha-03), with a random nonce: 24 bytes are long enough that no counter is
//! kept, so none can be set back by a restored backup. Subkeys come from HKDF-SHA256 (RFC 5869).
//!
//! Everything here is pure: rows, transactions and the audit of reads belong to the callers.

mod account;
mod aead;
mod deployment;
mod derivation;
mod error;
mod field;
mod index;
mod padding;
mod person;
mod plaintext;
mod ring;
mod secret;
#[cfg(test)]
mod tests;

pub use account::AccountSecret;
pub use deployment::DeploymentKey;
pub use error::SealingError;
pub use field::{Place, open, open_json, seal, seal_json};
pub use index::IndexKey;
pub use person::{PersonKey, WrappedKey};
pub use ring::KeyRing;
