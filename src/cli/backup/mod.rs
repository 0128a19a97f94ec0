//! `refero backup`, `refero restore` and `refero verify-backup`.

mod dump;
mod restore;
mod steps;
mod verify;

use std::{
    fs,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use clap::Args;
use refero_store::{
    backup::{self as store, Facts},
    log::LogSigner,
    migrate,
};
use refero_verify::Keys;

use super::{CliError, assemble, audit, logs, say};
use crate::{
    backup::{DatabaseKind, FORM, LogState, Manifest, NeededKey, NewFile, Note, Writing},
    config::{Config, DatabaseUrl, required},
};

pub(super) use restore::restore;
pub(super) use verify::{VerifyArgs, verify};

/// How the name of a backup begins and ends.
const NAME: (&str, &str) = ("refero-backup-", ".age");

#[derive(Debug, Args)]
pub(super) struct BackupArgs {
    /// The folder that it is written to, instead of `backup.directory`.
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
    /// Removes older backups of this service from that folder, so that so many are left.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
}

#[derive(Debug, Args)]
pub(super) struct ReadArgs {
    /// The backup.
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// The file with a private key that opens it, as `refero keys new-backup-key` wrote it.
    #[arg(long, value_name = "FILE")]
    pub(super) identity: PathBuf,
    /// A key that checks the signatures of the log, as `refero audit key` showed it, beside those that
    /// the configuration gives.
    #[arg(long, value_name = "KEY")]
    pub(super) key: Vec<String>,
}

/// Makes a backup, while servers serve.
///
/// # Errors
/// Says what is missing or refused. No half of a backup is left then.
pub(super) fn backup(config: &Config, args: &BackupArgs) -> Result<(), CliError> {
    logs::start(&config.log);
    let folder = match &args.to {
        Some(folder) => folder,
        None => required("backup.directory", config.backup.directory.as_ref())?,
    };
    if !folder.is_dir() {
        return Err(CliError::Refused("the folder for backups is not there"));
    }
    required("backup.recipients", config.backup.recipients.as_ref())?;
    let signer = assemble::log_signer(config, &assemble::key_ring(config)?)?;
    let now = Utc::now();
    let path = folder.join(format!("{}{}{}", NAME.0, now.format("%Y%m%dT%H%M%SZ"), NAME.1));
    let work = Work { config, signer: &signer, now, path: &path };
    let url = config.owner_url()?;
    url.ensure_exists()?;
    let note = match url {
        DatabaseUrl::Sqlite(file) => work.on_sqlite(file)?,
        DatabaseUrl::Postgres(_) => work.on_postgres()?,
    };
    let Note { bytes, sha256, .. } = &note;
    say(&format!("backed up: {}, {bytes} bytes, sha256 {sha256}\n", path.display()))?;
    if let Some(keep) = args.keep {
        let removed = prune(folder, signer_name(&signer), keep)?;
        say(&format!("removed: {removed} older\n"))?;
    }
    Ok(())
}

/// What a backup is made with.
struct Work<'w> {
    config: &'w Config,
    signer: &'w LogSigner,
    now: DateTime<Utc>,
    path: &'w Path,
}

impl Work<'_> {
    fn on_sqlite(&self, file: &Path) -> Result<Note, CliError> {
        let options = assemble::options(self.config, self.config.owner_url()?);
        // Beside the database and nowhere else: it is as plain as that.
        let copy =
            NewFile::begin(&file.with_file_name("refero-backup-copy")).map_err(|e| {
                match e.kind() {
                    std::io::ErrorKind::AlreadyExists => {
                        CliError::Refused("another backup of this database is being made")
                    }
                    _ => CliError::System("no copy can be made in the folder of the database", e),
                }
            })?;
        store::copy_sqlite(&options, copy.beside())?;
        let copied = steps::of_file(self.config, copy.beside());
        let manifest = self.manifest(store::facts(&copied)?, DatabaseKind::Sqlite, None)?;
        let mut writing = self.begin(manifest)?;
        let unread = |e| CliError::System("the copy of the database cannot be read", e);
        writing.take(fs::File::open(copy.beside()).map_err(unread)?)?;
        Ok(writing.finish(self.signer)?)
    }

    fn on_postgres(&self) -> Result<Note, CliError> {
        let options = assemble::options(self.config, self.config.owner_url()?);
        let program = dump::version("pg_dump")?;
        let mut snapshot = store::Snapshot::take(&options)?;
        let facts = snapshot.facts()?;
        let manifest = self.manifest(facts, DatabaseKind::Postgres, Some(program))?;
        let mut writing = self.begin(manifest)?;
        dump::dump(&options.url, snapshot.name(), |out| Ok(writing.take(out)?))?;
        Ok(writing.finish(self.signer)?)
    }

    fn begin(&self, manifest: Manifest) -> Result<Writing, CliError> {
        let recipients = self.config.backup.recipients.as_ref();
        let recipients = required("backup.recipients", recipients)?.as_slice();
        Ok(Writing::begin(self.path, recipients, manifest)?)
    }

    fn manifest(
        &self,
        facts: Facts,
        database: DatabaseKind,
        dumped_by: Option<String>,
    ) -> Result<Manifest, CliError> {
        let known = migrate::known()?;
        if facts.schema.iter().any(|version| !known.contains(version)) {
            return Err(CliError::NewerSchema);
        }
        let keys = facts.keys.iter().map(|key| NeededKey {
            epoch: key.epoch,
            check: key.check.iter().map(|byte| format!("{byte:02x}")).collect(),
        });
        Ok(Manifest {
            form: FORM.to_owned(),
            made_at: self.now,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            database,
            dumped_by,
            schema: facts.schema,
            log: LogState {
                name: signer_name(self.signer).to_owned(),
                keys: self.signer.verifier_keys().to_vec(),
                checkpoint: facts.checkpoint,
            },
            keys: keys.collect(),
            counts: Some(facts.counts),
        })
    }
}

/// The name of the log, which every key that checks it begins with.
fn signer_name(signer: &LogSigner) -> &str {
    let first = signer.verifier_keys().first().map_or("", String::as_str);
    first.split_once('+').map_or(first, |(name, _)| name)
}

/// Removes the oldest backups of a service and their notes. What has no note, or the note of another
/// service, is not touched.
fn prune(folder: &Path, log_name: &str, keep: u32) -> Result<usize, CliError> {
    let refused = |e| CliError::System("older backups could not be removed", e);
    let mut ours = Vec::new();
    for entry in fs::read_dir(folder).map_err(refused)? {
        let beside = entry.map_err(refused)?.path();
        let name = beside.file_name().map(|name| name.to_string_lossy().into_owned());
        let Some(of) = name.and_then(|name| name.strip_suffix(Note::ENDING).map(str::to_owned))
        else {
            continue;
        };
        let is_named = of.starts_with(NAME.0) && of.ends_with(NAME.1);
        if let Ok(note) = Note::read(&beside)
            && is_named
            && note.file == of
            && note.manifest.log.name == log_name
        {
            ours.push((note.manifest.made_at, folder.join(of), beside));
        }
    }
    ours.sort_by(|one, other| other.cmp(one));
    let older = ours.split_off(ours.len().min(usize::try_from(keep).unwrap_or(usize::MAX)));
    for (_, file, beside) in &older {
        match fs::remove_file(file) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(refused(e)),
            Ok(()) | Err(_) => fs::remove_file(beside).map_err(refused)?,
        }
    }
    Ok(older.len())
}

/// Returns the keys that check the log of a backup; and whether only the backup itself names them.
fn trusted(
    config: &Config,
    given: &[String],
    manifest: &Manifest,
) -> Result<(Keys, bool), CliError> {
    let mut keys = given.to_vec();
    keys.extend(audit::configured_keys(config).unwrap_or_default());
    let is_own_word = keys.is_empty();
    if is_own_word {
        keys.clone_from(&manifest.log.keys);
    }
    let keys = Keys::read(keys.iter().map(String::as_str)).map_err(CliError::Unusable)?;
    Ok((keys, is_own_word))
}
