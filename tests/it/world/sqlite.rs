//! A fresh SQLite file for each world: migrated once in this process, then copied.

use std::sync::OnceLock;

use refero_store::{Options, migrate};

static MIGRATED: OnceLock<Vec<u8>> = OnceLock::new();

/// A file of its own in a folder of its own, which goes with it.
pub(crate) struct SqliteFile {
    pub(crate) options: Options,
    _folder: tempfile::TempDir,
}

impl SqliteFile {
    pub(crate) fn fresh() -> Self {
        let migrated = MIGRATED.get_or_init(|| {
            let file = Self::empty();
            migrate::migrate(&file.options).unwrap();
            // The last connection that closes folds the log into the file.
            std::fs::read(file.options.sqlite_path().unwrap()).unwrap()
        });
        let file = Self::empty();
        std::fs::write(file.options.sqlite_path().unwrap(), migrated).unwrap();
        file
    }

    /// A file without any table.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("refero.sqlite");
        migrate::create_sqlite(&path).unwrap();
        Self { options: Options::for_url(format!("sqlite://{}", path.display())), _folder: folder }
    }
}
