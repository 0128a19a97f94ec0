//! What follows when somebody was forgotten: the tombstone goes into the file that the operator keeps
//! apart from the database, and what was overwritten goes out of the database's own files.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use refero_store::{
    Db, Error, Result,
    erasures::{self, Tombstone},
};

use super::rounds::{Round, Rounds, Stop};

/// Unreadable within a minute, with time to spare.
const REST: Duration = Duration::from_secs(5);

struct Aftermath {
    db: Db,
    file: Option<PathBuf>,
    /// How many were forgotten when everything was last done.
    done: Option<i64>,
}

/// Starts to look after the forgotten on a thread of its own. Every server does, each with its file.
///
/// # Errors
/// [`Error::Broken`] if the thread does not start.
pub fn look_after_erasures(db: Db, file: Option<PathBuf>) -> Result<Rounds> {
    Rounds::start(Aftermath { db, file, done: None }, REST)
}

impl Round for Aftermath {
    const NAME: &'static str = "refero-erasures";

    fn round(&mut self, _: &Stop) -> Result<()> {
        let forgotten = erasures::count(&self.db)?;
        if self.done == Some(forgotten) {
            return Ok(());
        }
        if let Some(file) = &self.file {
            let unwritten =
                |e: io::Error| Error::broken_by("the file of tombstones cannot be written", e);
            let kept = tombstones_in(file).map_err(unwritten)?;
            let all = erasures::tombstones(&self.db)?;
            let new = all
                .iter()
                .filter(|tombstone| !kept.iter().any(|kept| kept.person_id == tombstone.person_id));
            append(file, new).map_err(unwritten)?;
        }
        if forgotten > 0 {
            erasures::scrub(&self.db)?;
        }
        self.done = Some(forgotten);
        Ok(())
    }

    fn last(&mut self) -> Result<()> {
        self.round(&Stop::default())
    }
}

/// Reads the tombstones of a file; none if it is not there.
///
/// # Errors
/// Refuses a line that is no tombstone: somebody who is missing here would be remembered again.
pub fn tombstones_in(file: &Path) -> io::Result<Vec<Tombstone>> {
    let file = match File::open(file) {
        Ok(file) => file,
        Err(absent) if absent.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    BufReader::new(file).lines().map(|line| Ok(serde_json::from_str(&line?)?)).collect()
}

/// Adds tombstones to a file, for good.
fn append<'t>(file: &Path, new: impl Iterator<Item = &'t Tombstone>) -> io::Result<()> {
    let mut lines = Vec::new();
    for tombstone in new {
        serde_json::to_writer(&mut lines, tombstone)?;
        lines.push(b'\n');
    }
    if lines.is_empty() {
        return Ok(());
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options.open(file)?;
    out.write_all(&lines)?;
    out.sync_all()
}
