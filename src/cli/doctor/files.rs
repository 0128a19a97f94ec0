//! Who can read the keys and the database, and how much room there is.

use std::path::{Path, PathBuf};

use super::{DoctorArgs, Findings};
use crate::config::{Config, DatabaseUrl};

/// Less than this on a disk is a fault.
const LEAST_BYTES: u64 = 100 << 20;
/// Less than this needs a look.
const FEW_BYTES: u64 = 1 << 30;

pub(super) fn look(config: &Config, args: &DoctorArgs, findings: &mut Findings) {
    folder(config, args, findings);
    modes(config, args, findings);
    space(config, findings);
}

/// Makes the folder for backups, if it is missing and may be made.
fn folder(config: &Config, args: &DoctorArgs, findings: &mut Findings) {
    let Some(folder) = config.backup.directory.as_ref().filter(|folder| !folder.exists()) else {
        return;
    };
    if args.fix && make_private(folder).is_ok() {
        // Whatever was said before about the folder was said without it.
        findings.0.retain(|check| check.id != super::BACKUP);
        findings.failed(super::BACKUP, "the folder was made; there is no backup", "refero backup");
    }
}

#[cfg(unix)]
fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(not(unix))]
fn make_private(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir(folder)
}

/// A file, with the bits that its mode may have at most.
struct Guarded {
    what: String,
    path: PathBuf,
    at_most: u32,
}

fn guarded(config: &Config) -> Vec<Guarded> {
    let keys = config.value_files().unwrap_or_default();
    // Owned by root and read by the group of the service, as docs/operating.md makes them. In a container nobody else
    // is there to read what is mounted into it.
    let at_most = |path: &Path| if path.starts_with("/run/secrets") { 0o644 } else { 0o640 };
    let mut all: Vec<Guarded> = keys
        .into_iter()
        .map(|(key, path)| Guarded { what: format!("{key}_file"), at_most: at_most(&path), path })
        .collect();
    if let Some(DatabaseUrl::Sqlite(path)) = &config.database.url {
        for ending in ["", "-wal", "-shm"] {
            let mut path = path.as_os_str().to_owned();
            path.push(ending);
            let what = format!("the database file{ending}");
            all.push(Guarded { what, path: path.into(), at_most: 0o600 });
        }
    }
    if let Some(folder) = &config.backup.directory {
        let what = "backup.directory".to_owned();
        all.push(Guarded { what, path: folder.clone(), at_most: 0o750 });
    }
    all
}

/// Names what is open to others than it should be, each with its mode: for whoever only looks.
pub(in crate::cli) fn open_to_others(config: &Config) -> Vec<String> {
    guarded(config).iter().filter_map(|file| file.open().map(|(told, _)| told)).collect()
}

#[cfg(unix)]
impl Guarded {
    /// Says how it is open to others than it should be, and the mode that it should have. One that is missing is
    /// told elsewhere.
    fn open(&self) -> Option<(String, u32)> {
        use std::os::unix::fs::PermissionsExt;
        let Self { what, path, at_most } = self;
        let mode = path.metadata().ok()?.permissions().mode() & 0o777;
        let told = format!("{what} ({mode:03o}, at most {at_most:03o})");
        (mode & !at_most != 0).then(|| (told, mode & at_most))
    }
}

#[cfg(not(unix))]
impl Guarded {
    /// This system has no modes of files.
    const fn open(&self) -> Option<(String, u32)> {
        None
    }
}

#[cfg(unix)]
fn modes(config: &Config, args: &DoctorArgs, findings: &mut Findings) {
    use std::os::unix::fs::PermissionsExt;
    const ID: &str = "files.modes";
    let (mut open, mut mended, mut looked) = (Vec::new(), Vec::new(), 0);
    for file in guarded(config) {
        looked += usize::from(file.path.exists());
        let Some((told, closed)) = file.open() else { continue };
        let closed = PermissionsExt::from_mode(closed);
        if args.fix && std::fs::set_permissions(&file.path, closed).is_ok() {
            mended.push(told);
        } else {
            open.push(told);
        }
    }
    if !open.is_empty() {
        let says = format!("others can read or change {}", open.join(", "));
        return findings.failed(
            ID,
            says,
            "chmod, or `refero doctor --fix` as the owner of the files: root, for keys",
        );
    }
    if mended.is_empty() {
        findings.ok(ID, format!("{looked} files of keys and data, none open to others"));
    } else {
        findings.ok(ID, format!("closed: {}", mended.join(", ")));
    }
}

#[cfg(not(unix))]
fn modes(_: &Config, _: &DoctorArgs, findings: &mut Findings) {
    findings.skipped("files.modes", "this system has no modes of files");
}

fn space(config: &Config, findings: &mut Findings) {
    const ID: &str = "disk.space";
    let mut places = Vec::new();
    if let Some(DatabaseUrl::Sqlite(path)) = &config.database.url {
        // A backup makes a copy beside the database.
        let needed = path.metadata().map_or(0, |found| found.len().saturating_mul(2));
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or_else(|| Path::new("."));
        places.push(("the database", folder.to_owned(), needed));
    }
    if let Some(folder) = &config.backup.directory {
        places.push(("backups", folder.clone(), 0));
    }
    let mut told = Vec::new();
    let (mut is_full, mut is_short) = (false, false);
    for (what, folder, needed) in places {
        let Some(free) = free_bytes(&folder) else { continue };
        is_full |= free < LEAST_BYTES;
        is_short |= free < FEW_BYTES.max(needed);
        told.push(format!("{} MiB free for {what}", free >> 20));
    }
    let says = told.join(", ");
    let todo = "make room, never in the database itself: older backups, logs, a larger disk";
    if told.is_empty() {
        findings.skipped(ID, "no disk of this machine holds the database or backups");
    } else if is_full {
        findings.failed(ID, says, todo);
    } else if is_short {
        findings.warning(ID, says, todo);
    } else {
        findings.ok(ID, says);
    }
}

#[cfg(unix)]
fn free_bytes(folder: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(folder).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_: &Path) -> Option<u64> {
    None
}
