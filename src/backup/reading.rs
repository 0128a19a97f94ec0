//! Reading a backup: nothing of it is believed before its sums and its seal were checked.

use std::{
    fs::File,
    io::{self, BufReader},
    path::Path,
};

use age::stream::StreamReader;
use refero_verify::{Keys, Pin, Seal, Unusable};
use sha2::{Digest, Sha256};

use super::{
    BackupError, FORM, Identities, LONGEST_TEXT, MANIFEST, Manifest, PIECE, SEAL, SUMS,
    archive::{ArchiveReader, NotWhole},
    crypt::decrypt,
    file::hex,
    piece,
    writing::sealing,
};

/// A backup that was opened with an identity.
pub struct Opened {
    archive: ArchiveReader<StreamReader<BufReader<File>>>,
    manifest: Manifest,
    manifest_sum: String,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// How long the database is.
    pub bytes: u64,
    /// Whether the log has signed it. A log that was empty has signed nothing.
    pub is_signed: bool,
}

/// Why reading stopped.
fn broken(error: io::Error) -> BackupError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData => BackupError::Damaged,
        _ => BackupError::System("the backup cannot be read", error),
    }
}

/// Opens a backup and reads what it says of itself.
///
/// # Errors
/// Says that it is none, that no identity opens it, or that it is of another form.
pub fn open(path: &Path, identities: &Identities) -> Result<Opened, BackupError> {
    let unread = |e| BackupError::System("the backup cannot be read", e);
    let mut archive = ArchiveReader::new(decrypt(identities, File::open(path).map_err(unread)?)?);
    let text = match archive.next(LONGEST_TEXT) {
        Ok(Some((name, text))) if name == MANIFEST => text,
        Ok(_) => return Err(BackupError::OtherContent),
        Err(error) if error.get_ref().is_some_and(|cause| cause.is::<NotWhole>()) => {
            return Err(BackupError::OtherContent);
        }
        Err(error) => return Err(broken(error)),
    };
    #[derive(serde::Deserialize)]
    struct Form {
        form: String,
    }
    let form: Form = serde_json::from_slice(&text).map_err(|_| BackupError::OtherContent)?;
    if form.form != FORM {
        return Err(BackupError::OtherForm);
    }
    let manifest = serde_json::from_slice(&text).map_err(|_| BackupError::OtherContent)?;
    let manifest_sum = hex(Sha256::new_with_prefix(&text));
    Ok(Opened { archive, manifest, manifest_sum })
}

impl Opened {
    /// Returns what the backup says of itself.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Gives the database to `sink`, piece by piece. The last piece is held back until everything was
    /// checked: whoever needs the end of it to believe the rest never sees one that is wrong.
    ///
    /// # Errors
    /// Says that the backup is damaged, that it is not signed by the log of these keys, or what the
    /// sink says.
    pub fn read_into(
        mut self,
        keys: &Keys,
        mut sink: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<Restored, BackupError> {
        let unwritten = |e| BackupError::System("the database could not be restored", e);
        let (mut hash, mut bytes, mut pieces, mut held) = (Sha256::new(), 0_u64, 0_u32, None);
        let sums = loop {
            let (name, content) = self.next(PIECE.max(LONGEST_TEXT))?;
            if name == SUMS {
                break content;
            }
            pieces = pieces.saturating_add(1);
            if name != piece(pieces) {
                return Err(BackupError::Damaged);
            }
            hash.update(&content);
            bytes = bytes.saturating_add(u64::try_from(content.len()).unwrap_or(u64::MAX));
            if let Some(before) = held.replace(content) {
                sink(&before).map_err(unwritten)?;
            }
        };
        let expected = format!("{}  {MANIFEST}\n{}  database\n", self.manifest_sum, hex(hash));
        if sums != expected.as_bytes() {
            return Err(BackupError::WrongSums);
        }
        let is_signed = self.check_seal(&expected, keys)?;
        sink(&held.unwrap_or_default()).map_err(unwritten)?;
        Ok(Restored { bytes, is_signed })
    }

    fn next(&mut self, longest: usize) -> Result<(String, Vec<u8>), BackupError> {
        self.archive.next(longest).map_err(broken)?.ok_or(BackupError::Damaged)
    }

    /// Checks what the log has signed, and that nothing follows.
    fn check_seal(&mut self, sums: &str, keys: &Keys) -> Result<bool, BackupError> {
        let Some(checkpoint) = self.manifest.log.checkpoint.clone() else {
            let end = self.archive.next(0).map_err(broken)?;
            return if end.is_none() { Ok(false) } else { Err(BackupError::Damaged) };
        };
        let seal = match self.archive.next(LONGEST_TEXT).map_err(broken)? {
            Some((name, seal)) if name == SEAL => seal,
            Some(_) | None => return Err(BackupError::Unsigned(Unusable::Seal)),
        };
        if self.archive.next(0).map_err(broken)?.is_some() {
            return Err(BackupError::Damaged);
        }
        let seal = String::from_utf8(seal).map_err(|_| BackupError::Unsigned(Unusable::Seal))?;
        let newest = Pin::read(&checkpoint, keys);
        newest
            .and_then(|newest| {
                let seal = Seal::read(&seal, keys)?;
                seal.check_head(&newest)?;
                seal.check(sealing(sums))
            })
            .map_err(BackupError::Unsigned)?;
        Ok(true)
    }
}
