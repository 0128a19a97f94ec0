//! What a backup says of itself.

use std::{collections::BTreeMap, fs, io, path::Path};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The form of backups that this program writes and reads.
pub const FORM: &str = "refero-backup@v1";

/// What is inside of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORM`].
    pub form: String,
    /// When the database was as it is here.
    pub made_at: DateTime<Utc>,
    /// The version of the program that made it.
    pub program: String,
    /// The kind of database.
    pub database: DatabaseKind,
    /// The program that dumped the database, if it was not ours.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dumped_by: Option<String>,
    /// The migrations that were applied.
    pub schema: Vec<String>,
    /// The audit log.
    pub log: LogState,
    /// The deployment keys without which no name can be read. They are not in the backup.
    pub keys: Vec<NeededKey>,
    /// How many rows each table has.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub counts: Option<BTreeMap<String, i64>>,
}

/// The kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DatabaseKind {
    /// A SQLite file.
    Sqlite,
    /// What `pg_dump --format=custom` wrote.
    Postgres,
}

/// The audit log at that time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogState {
    /// Its name.
    pub name: String,
    /// The keys that check its signatures, as `refero audit key` shows them.
    pub keys: Vec<String>,
    /// The newest signed head, if there was one.
    pub checkpoint: Option<String>,
}

/// A deployment key by which something is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeededKey {
    /// The epoch.
    pub epoch: i64,
    /// What `refero keys list` shows as `check`.
    pub check: String,
}

/// What stands beside a backup, in clear: what it says of itself but for the counts, and how it is
/// known again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The name of the file.
    pub file: String,
    /// How long it is.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
    /// The SHA-256 of the database inside.
    pub database_sha256: String,
    /// What it says of itself.
    #[serde(flatten)]
    pub manifest: Manifest,
}

impl Note {
    /// How the name of a note ends, after that of its backup.
    pub const ENDING: &str = ".json";

    /// Reads a note.
    ///
    /// # Errors
    /// Says that it is not there or is none.
    pub fn read(path: &Path) -> io::Result<Self> {
        let text = fs::read_to_string(path)?;
        serde_json::from_str(&text).map_err(io::Error::from)
    }
}

/// Says when the newest backup of a service was made, by the notes that lie in a folder.
///
/// # Errors
/// Says that the folder cannot be read.
pub fn last_made_at(folder: &Path, log_name: &str) -> io::Result<Option<DateTime<Utc>>> {
    let mut newest = None;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "json")
            && let Ok(note) = Note::read(&path)
            && note.manifest.log.name == log_name
        {
            newest = newest.max(Some(note.manifest.made_at));
        }
    }
    Ok(newest)
}
