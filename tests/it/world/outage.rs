//! The database goes away, and comes back.

use std::fs;

use super::{Database, World};

/// The database as long as nobody reaches it; it is back when this is dropped.
#[must_use]
pub(crate) struct Outage<'w>(&'w World);

impl World {
    /// Takes the database away: the file is moved, or the server sends everybody off and lets nobody
    /// in.
    pub(crate) fn without_database(&self) -> Outage<'_> {
        match &self.inner.database {
            Database::Sqlite(file) => {
                let path = file.options.sqlite_path().unwrap();
                fs::rename(path, format!("{path}.away")).unwrap();
            }
            Database::Postgres(database) => {
                database.allow_connections(false);
                database.disconnect_everybody();
            }
        }
        Outage(self)
    }

    /// Destroys the database of a program that has stopped: nothing is left but the place for another one.
    pub(crate) fn lose_database(&self) {
        match &self.inner.database {
            Database::Sqlite(file) => {
                let path = file.options.sqlite_path().unwrap();
                fs::remove_file(path).unwrap();
                for beside in ["-wal", "-shm"] {
                    drop(fs::remove_file(format!("{path}{beside}")));
                }
            }
            Database::Postgres(database) => database.begin_anew(),
        }
    }

    /// Ends every connection to the database, as a restart of its server does. An embedded database
    /// has none.
    pub(crate) fn restart_database(&self) {
        match &self.inner.database {
            Database::Sqlite(_) => {}
            Database::Postgres(database) => database.disconnect_everybody(),
        }
    }
}

impl Drop for Outage<'_> {
    fn drop(&mut self) {
        match &self.0.inner.database {
            Database::Sqlite(file) => {
                let path = file.options.sqlite_path().unwrap();
                fs::rename(format!("{path}.away"), path).unwrap();
            }
            Database::Postgres(database) => database.allow_connections(true),
        }
    }
}
