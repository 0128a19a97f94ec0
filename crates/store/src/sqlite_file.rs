//! The SQLite file that was opened, and not another one that stands in its place.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::error::{Error, Result};

/// Remembers which file a path named when it was opened.
///
/// SQLite goes on writing into a file that was moved or deleted, beside a log that then belongs to
/// no file or to a wrong one: what is acknowledged would be lost, or would damage the backup that
/// somebody copied into the place. So nothing is read or written while the path names another file
/// or none; when the file is back, work goes on.
#[derive(Debug, Clone)]
pub(crate) struct SqliteFile {
    path: PathBuf,
    identity: Identity,
}

impl SqliteFile {
    /// Finds the file that a path names now.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if it names none.
    pub(crate) fn at(path: &str) -> Result<Self> {
        let path = PathBuf::from(path);
        let identity = identity(&path)?;
        Ok(Self { path, identity })
    }

    /// Expects the path to name the same file as in the beginning.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if it names another file or none.
    pub(crate) fn check(&self) -> Result<()> {
        if identity(&self.path)? == self.identity {
            Ok(())
        } else {
            Err(Error::Unavailable("another file stands in the place of the SQLite file".into()))
        }
    }
}

/// Device and inode. The inode is not given to another file while this one is open.
#[cfg(unix)]
type Identity = (u64, u64);

#[cfg(unix)]
fn identity(path: &Path) -> Result<Identity> {
    use std::os::unix::fs::MetadataExt;
    let found = found(fs::metadata(path))?;
    Ok((found.dev(), found.ino()))
}

/// Elsewhere the system itself keeps an open file from being moved.
#[cfg(not(unix))]
type Identity = ();

#[cfg(not(unix))]
fn identity(path: &Path) -> Result<Identity> {
    found(fs::metadata(path)).map(drop)
}

fn found(asked: io::Result<fs::Metadata>) -> Result<fs::Metadata> {
    match asked {
        Ok(found) if found.is_file() => Ok(found),
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::Unavailable(Box::new(error)))
        }
        Ok(_) | Err(_) => Err(Error::Unavailable("the SQLite file does not exist".into())),
    }
}
