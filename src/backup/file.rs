//! Files that are there whole or not at all.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

/// How the name of a file ends that is not whole yet.
const UNFINISHED: &str = "unfinished";
/// How much of a file is read at once.
const AT_ONCE: usize = 1024 * 1024;

/// A file under a name that says it is not whole, readable by its owner alone. It gets its own name
/// when it is finished, and is removed if it never is.
#[derive(Debug)]
pub struct NewFile {
    file: File,
    beside: PathBuf,
    path: PathBuf,
    is_finished: bool,
}

impl NewFile {
    /// Begins a file, after removing what earlier ones of the same folder have left behind that were
    /// killed.
    ///
    /// # Errors
    /// Says that there is a file of that name, or that the folder takes none.
    pub fn begin(path: &Path) -> io::Result<Self> {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
        let folder = folder_of(path);
        sweep(folder)?;
        if path.try_exists()? {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let mut beside = std::ffi::OsString::from(".");
        beside.push(name);
        beside.push(".");
        beside.push(UNFINISHED);
        let beside = folder.join(beside);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&beside)?;
        // Whoever sweeps knows by the lock that somebody is at it.
        file.lock()?;
        Ok(Self { file, beside, path: path.to_owned(), is_finished: false })
    }

    /// Returns where it is while it is not whole.
    #[must_use]
    pub fn beside(&self) -> &Path {
        &self.beside
    }

    /// Makes it durable and gives it its name.
    ///
    /// # Errors
    /// Says that the disk is full or that there is a file of that name meanwhile.
    pub fn finish(mut self) -> io::Result<()> {
        self.file.sync_all()?;
        if self.path.try_exists()? {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        fs::rename(&self.beside, &self.path)?;
        self.is_finished = true;
        // The name is durable with its folder.
        File::open(folder_of(&self.path))?.sync_all()
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.is_finished {
            // Nobody is left to be told; the next one sweeps.
            drop(fs::remove_file(&self.beside));
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    }
}

/// Removes unfinished files that nobody is at any more, and what SQLite has written beside them.
fn sweep(folder: &Path) -> io::Result<()> {
    let mut beside = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let Some(name) = name.filter(|name| name.starts_with('.')) else { continue };
        match name.rsplit_once('.') {
            Some((_, UNFINISHED)) => {
                // It may just have got its name, or have been swept by another.
                let Ok(left) = File::open(&path) else { continue };
                if left.try_lock().is_ok() {
                    fs::remove_file(&path)?;
                }
            }
            Some((_, ending)) if ending.starts_with(UNFINISHED) => beside.push((path, name)),
            Some(_) | None => {}
        }
    }
    for (path, name) in beside {
        let of = name.rsplit_once('-').map_or(name.as_str(), |(of, _)| of);
        if !folder.join(of).try_exists()? {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// Returns the SHA-256 of a file, in hexadecimal, and how long it is.
///
/// # Errors
/// Says that it cannot be read.
pub fn sha256_of(path: &Path) -> io::Result<(String, u64)> {
    let (mut file, mut hash, mut length) = (File::open(path)?, Sha256::new(), 0_u64);
    let mut buffer = vec![0; AT_ONCE];
    loop {
        let read = file.read(&mut buffer)?;
        let Some(part) = buffer.get(..read).filter(|part| !part.is_empty()) else { break };
        hash.update(part);
        length = length.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
    }
    Ok((hex(hash), length))
}

/// Writes a digest in hexadecimal.
pub(super) fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap();
        names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_is_there_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("backup");
        let mut file = NewFile::begin(&path).unwrap();
        file.write_all(b"half").unwrap();
        assert_eq!(names(folder.path()), [".backup.unfinished"]);
        drop(file);
        assert!(names(folder.path()).is_empty());

        let mut file = NewFile::begin(&path).unwrap();
        file.write_all(b"whole").unwrap();
        file.finish().unwrap();
        assert_eq!(names(folder.path()), ["backup"]);
        assert_eq!(sha256_of(&path).unwrap().1, 5);
        assert_eq!(NewFile::begin(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(
                &fs::metadata(&path).unwrap().permissions(),
            );
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn what_was_left_behind_is_removed_and_what_is_being_written_is_not() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".killed.unfinished"), "half").unwrap();
        fs::write(folder.path().join(".killed.unfinished-wal"), "half").unwrap();
        fs::write(folder.path().join(".other"), "").unwrap();
        let _at_it = NewFile::begin(&folder.path().join("one")).unwrap();
        let _other = NewFile::begin(&folder.path().join("two")).unwrap();

        let mut left = names(folder.path());
        left.sort();
        assert_eq!(left, [".one.unfinished", ".other", ".two.unfinished"]);
    }
}
