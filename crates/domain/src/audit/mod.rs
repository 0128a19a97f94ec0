//! What the audit log says, and the bytes that prove that nobody changed it.

pub mod canonical;
pub mod record;
#[cfg(test)]
mod tests;

pub use canonical::{canonical_bytes, leaf_hash};
pub use record::AuditRecord;
