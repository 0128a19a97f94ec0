//! Backups: one file, encrypted in the age format (`age-encryption.org/v1`) to keys whose private half is
//! kept elsewhere.
//!
//! Inside is a tar archive, so that whoever has the private key can open a backup without this program:
//! `age -d -i KEY FILE | tar -x`, then `cat database.* > database`. It holds `manifest.json`, the
//! database in pieces of at most 4 MiB (`database.000001` and so on, because nobody knows how long a
//! dump will be), `SHA256SUMS` over both, and `SHA256SUMS.seal`, which the audit log has signed: the
//! public key alone, which is no secret, lets anybody make a file that opens.

mod archive;
mod crypt;
mod file;
mod manifest;
mod reading;
mod writing;

use refero_verify::Unusable;

pub use crypt::{Identities, new_pair};
pub use file::{NewFile, sha256_of};
pub use manifest::{DatabaseKind, FORM, LogState, Manifest, NeededKey, Note, last_made_at};
pub use reading::{Opened, Restored, open};
pub use writing::Writing;

/// How many bytes of the database one entry of the archive holds.
const PIECE: usize = 4 * 1024 * 1024;
/// The first entry.
const MANIFEST: &str = "manifest.json";
/// The entry after the pieces: what `sha256sum` writes.
const SUMS: &str = "SHA256SUMS";
/// The last entry: what the log has signed of the sums.
const SEAL: &str = "SHA256SUMS.seal";
/// More bytes than a manifest, the sums or their seal have.
const LONGEST_TEXT: usize = 1024 * 1024;

/// The name of a piece of the database, counted from 1.
fn piece(number: u32) -> String {
    format!("database.{number:06}")
}

/// Why a file is not taken for a backup, or could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// It is not in the age format at all.
    #[error("the file is no backup: it is not in the age format")]
    Foreign,
    /// It is in the age format, and something else than a backup is inside.
    #[error("the file is no backup of this program: something else is inside")]
    OtherContent,
    /// A later program made it in another form.
    #[error("the backup has a form that this program does not know: use the program that made it")]
    OtherForm,
    /// No identity opens it.
    #[error(
        "none of the identities opens the backup: it was made for other keys (backup.recipients of \
         that day)"
    )]
    OtherIdentity,
    /// The file of identities holds none.
    #[error("the file of --identity holds no private key (AGE-SECRET-KEY-1 and more letters)")]
    NoIdentity,
    /// A part is missing or was changed.
    #[error("the backup is damaged or was cut: take another copy of it")]
    Damaged,
    /// The content does not have the sums that were written down.
    #[error("the backup is damaged: its content does not have the sums that it says")]
    WrongSums,
    /// What the log has signed is not this, or nobody who is known has signed it.
    #[error("the backup was not made by the service whose log these keys are of")]
    Unsigned(#[source] Unusable),
    /// The log did not sign.
    #[error(transparent)]
    Store(#[from] refero_store::Error),
    /// The system refused.
    #[error("{0}")]
    System(&'static str, #[source] std::io::Error),
}
