//! What the audit log says, and the bytes that prove that nobody changed it.

pub mod canonical;
pub mod heads;
pub mod raw;
pub mod record;
#[cfg(test)]
mod tests;

pub use canonical::{canonical_bytes, leaf_hash};
pub use heads::{HeadsDigest, stated_at};
pub use record::AuditRecord;
