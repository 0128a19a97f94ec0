//! Writing a backup: a stream from the database into a file that is there whole or not at all.

use std::{
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use age::{stream::StreamWriter, x25519::Recipient};
use refero_store::log::LogSigner;
use refero_verify::{Pin, Sealing};
use sha2::{Digest, Sha256};

use super::{
    BackupError, MANIFEST, Manifest, NewFile, Note, PIECE, SEAL, SUMS, archive::ArchiveWriter,
    crypt::encrypt, file::hex, piece,
};

/// A backup that is being written.
pub struct Writing {
    archive: ArchiveWriter<StreamWriter<Hashed>>,
    path: PathBuf,
    manifest: Manifest,
    manifest_sum: String,
    pieces: u32,
    hash: Sha256,
}

fn unwritten(error: io::Error) -> BackupError {
    BackupError::System("the backup could not be written", error)
}

impl Writing {
    /// Begins a backup.
    ///
    /// # Errors
    /// Says that there is a file of that name, or that the folder takes none.
    pub fn begin(
        path: &Path,
        recipients: &[Recipient],
        manifest: Manifest,
    ) -> Result<Self, BackupError> {
        let file = NewFile::begin(path).map_err(unwritten)?;
        let hashed = Hashed { file, hash: Sha256::new(), bytes: 0 };
        let made_at_s = manifest.made_at.timestamp().unsigned_abs();
        let mut archive = ArchiveWriter::new(encrypt(recipients, hashed)?, made_at_s);
        let text = serde_json::to_vec_pretty(&manifest).map_err(|e| unwritten(e.into()))?;
        archive.put(MANIFEST, &text).map_err(unwritten)?;
        let manifest_sum = hex(Sha256::new_with_prefix(&text));
        let path = path.to_owned();
        Ok(Self { archive, path, manifest, manifest_sum, pieces: 0, hash: Sha256::new() })
    }

    /// Takes the database, to its end.
    ///
    /// # Errors
    /// Says that it cannot be read or written.
    pub fn take(&mut self, mut database: impl Read) -> Result<(), BackupError> {
        let unread = |e| BackupError::System("the database could not be read for the backup", e);
        let longest = u64::try_from(PIECE).unwrap_or(u64::MAX);
        let mut content = Vec::with_capacity(PIECE);
        loop {
            content.clear();
            database.by_ref().take(longest).read_to_end(&mut content).map_err(unread)?;
            if content.is_empty() {
                return Ok(());
            }
            self.hash.update(&content);
            self.pieces = self.pieces.saturating_add(1);
            self.archive.put(&piece(self.pieces), &content).map_err(unwritten)?;
        }
    }

    /// Ends the backup, and writes the note beside it.
    ///
    /// # Errors
    /// Says that the disk is full or that the log does not sign. No file is left then.
    pub fn finish(mut self, signer: &LogSigner) -> Result<Note, BackupError> {
        let database_sha256 = hex(self.hash);
        let sums = format!("{}  {MANIFEST}\n{database_sha256}  database\n", self.manifest_sum);
        self.archive.put(SUMS, sums.as_bytes()).map_err(unwritten)?;
        if let Some(checkpoint) = &self.manifest.log.checkpoint {
            let newest = Pin::unchecked(checkpoint).map_err(BackupError::Unsigned)?;
            let seal = signer.sign_text(&sealing(&sums).text(&newest, true))?;
            self.archive.put(SEAL, seal.as_bytes()).map_err(unwritten)?;
        }
        let encrypted = self.archive.finish().map_err(unwritten)?;
        let Hashed { file, hash, bytes } = encrypted.finish().map_err(unwritten)?;
        let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let manifest = Manifest { counts: None, ..self.manifest };
        let note = Note { file: name, bytes, sha256: hex(hash), database_sha256, manifest };
        file.finish().map_err(unwritten)?;
        note_beside(&self.path, &note).inspect_err(|_| {
            // Without its note nobody would see that it is there, nor prune it.
            drop(fs::remove_file(&self.path));
        })?;
        Ok(note)
    }
}

/// The lines that the log signs.
pub(super) fn sealing(sums: &str) -> Sealing {
    let mut sealing = Sealing::default();
    sums.lines().for_each(|line| sealing.take(line));
    sealing
}

fn note_beside(path: &Path, note: &Note) -> Result<(), BackupError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(Note::ENDING);
    let text = serde_json::to_string_pretty(note).map_err(|e| unwritten(e.into()))?;
    let mut file = NewFile::begin(Path::new(&beside)).map_err(unwritten)?;
    file.write_all(text.as_bytes()).and_then(|()| file.write_all(b"\n")).map_err(unwritten)?;
    file.finish().map_err(unwritten)
}

/// Hashes and counts what goes into a file.
struct Hashed {
    file: NewFile,
    hash: Sha256,
    bytes: u64,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or_default());
        self.bytes = self.bytes.saturating_add(u64::try_from(written).unwrap_or(u64::MAX));
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
