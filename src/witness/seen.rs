//! What a witness has seen: the last checkpoint of each log, a file each.
//!
//! A file is replaced whole: written beside, made durable, renamed, and the folder made durable. One
//! lock is held from reading what was seen to keeping what is seen now, by threads and by programs
//! alike, so that of two checkpoints at once the smaller cannot come last.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use refero_verify::Pin;
use sha2::{Digest, Sha256};

use super::Refusal;

/// Where what was seen is kept.
#[derive(Debug)]
pub struct Seen {
    folder: PathBuf,
}

/// Says that a witness cannot read or keep what it has seen. It signs nothing then.
#[derive(Debug, thiserror::Error)]
pub enum Forgetful {
    /// A file or the folder cannot be read or written.
    #[error("what was seen cannot be read or kept")]
    File(#[from] io::Error),
    /// A file holds no checkpoint.
    #[error("a file of what was seen holds no checkpoint of its log")]
    Damaged,
}

/// How the file of a log ends.
const ENDING: &str = "checkpoint";

impl Seen {
    /// Opens the folder, which is made if it is not there, and reads what was seen.
    ///
    /// # Errors
    /// [`Forgetful`] if anything in it cannot be read.
    pub fn open(folder: &Path) -> Result<Self, Forgetful> {
        fs::create_dir_all(folder)?;
        let seen = Self { folder: folder.to_owned() };
        seen.all()?;
        Ok(seen)
    }

    /// Returns the last checkpoint of each log, as it was signed.
    pub(super) fn all(&self) -> Result<Vec<String>, Forgetful> {
        let mut notes = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == ENDING) {
                let note = fs::read_to_string(&path)?;
                let pin = Pin::unchecked(&note).map_err(|_| Forgetful::Damaged)?;
                if self.file_of(pin.origin()) != path {
                    return Err(Forgetful::Damaged);
                }
                notes.push(note);
            }
        }
        notes.sort();
        Ok(notes)
    }

    /// Returns the last checkpoint of a log.
    pub(super) fn last(&self, origin: &str) -> Result<Option<Pin>, Forgetful> {
        let note = match fs::read_to_string(self.file_of(origin)) {
            Ok(note) => note,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let pin = Pin::unchecked(&note).map_err(|_| Forgetful::Damaged)?;
        if pin.origin() == origin { Ok(Some(pin)) } else { Err(Forgetful::Damaged) }
    }

    /// Keeps a checkpoint as the last of its log, if it is found to follow on the one before.
    pub(super) fn advance(
        &self,
        origin: &str,
        note: &str,
        judge: impl FnOnce(Option<&Pin>) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let lock = self.lock()?;
        judge(self.last(origin)?.as_ref())?;
        self.keep(origin, note).map_err(Forgetful::from)?;
        drop(lock);
        Ok(())
    }

    fn lock(&self) -> Result<File, Forgetful> {
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(self.folder.join("lock"))?;
        lock.lock()?;
        Ok(lock)
    }

    fn keep(&self, origin: &str, note: &str) -> io::Result<()> {
        let path = self.file_of(origin);
        let beside = path.with_extension("new");
        let mut file = File::create(&beside)?;
        file.write_all(note.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, &path)?;
        // The name is durable with its folder.
        File::open(&self.folder)?.sync_all()
    }

    /// The name of a log is not the name of a file.
    fn file_of(&self, origin: &str) -> PathBuf {
        let digest = Sha256::digest(origin.as_bytes());
        let name: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        self.folder.join(name).with_extension(ENDING)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(origin: &str, size: u64) -> String {
        let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
        format!("{origin}\n{size}\n{root}\n\n\u{2014} {origin} AAAAAAAA\n")
    }

    #[test]
    fn what_was_seen_is_there_the_next_time() {
        let folder = tempfile::tempdir().unwrap();
        let seen = Seen::open(&folder.path().join("state")).unwrap();
        assert_eq!(seen.last("a").unwrap(), None);
        seen.advance("a", &note("a", 3), |last| {
            assert_eq!(last, None);
            Ok(())
        })
        .unwrap();
        seen.advance("../b", &note("../b", 9), |_| Ok(())).unwrap();

        let again = Seen::open(&folder.path().join("state")).unwrap();
        assert_eq!(again.last("a").unwrap().map(|pin| pin.size()), Some(3));
        assert_eq!(again.all().unwrap(), [note("../b", 9), note("a", 3)]);
    }

    #[test]
    fn what_is_refused_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let seen = Seen::open(folder.path()).unwrap();
        seen.advance("a", &note("a", 3), |_| Ok(())).unwrap();
        let refused = seen.advance("a", &note("a", 2), |_| Err(Refusal::Rewritten { seen: 3 }));

        assert!(refused.is_err());
        assert_eq!(seen.last("a").unwrap().map(|pin| pin.size()), Some(3));
    }

    #[test]
    fn a_witness_that_cannot_remember_does_not_begin() {
        let folder = tempfile::tempdir().unwrap();
        let seen = Seen::open(folder.path()).unwrap();
        seen.advance("a", &note("a", 3), |_| Ok(())).unwrap();
        for damaged in ["", "a\n3\n", &note("b", 3)] {
            fs::write(seen.file_of("a"), damaged).unwrap();

            assert!(matches!(Seen::open(folder.path()), Err(Forgetful::Damaged)));
            let asked = seen.advance("a", &note("a", 4), |_| Ok(()));
            assert!(matches!(asked, Err(Refusal::Forgetful(Forgetful::Damaged))));
        }
    }

    #[test]
    fn what_was_left_half_written_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let seen = Seen::open(folder.path()).unwrap();
        fs::write(seen.file_of("a").with_extension("new"), "half").unwrap();

        seen.advance("a", &note("a", 3), |last| {
            assert_eq!(last, None);
            Ok(())
        })
        .unwrap();
        assert_eq!(Seen::open(folder.path()).unwrap().all().unwrap(), [note("a", 3)]);
    }
}
