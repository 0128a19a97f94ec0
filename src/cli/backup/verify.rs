//! `refero verify-backup`: a backup that was never restored is a hope.

use std::{fs, path::PathBuf, process::ExitCode};

use clap::Args;
use refero_store::{Entropy, Options, backup as store, log, migrate};
use refero_verify::{Keys, Pin, Verifier};

use super::{
    CliError, ReadArgs, assemble, logs,
    restore::{expect_known, into_database, into_file},
    steps::{Steps, of_file},
    trusted,
};
use crate::{
    backup::{DatabaseKind, Identities, Manifest, Note, Opened, open, sha256_of},
    cli::audit::{Stop, report},
    config::{Config, DatabaseUrl, required},
};

#[derive(Debug, Args)]
pub(in crate::cli) struct VerifyArgs {
    #[command(flatten)]
    read: ReadArgs,
    /// A checkpoint that somebody has kept, from before the backup: its log must begin as it did then.
    #[arg(long, value_name = "FILE")]
    pin: Vec<PathBuf>,
    /// Where the scratch database of a SQLite backup lies for as long as it is looked at. Without it, in
    /// the folder of the database of the configuration, or of the backup if there is none.
    #[arg(long, value_name = "FOLDER")]
    scratch: Option<PathBuf>,
}

/// The scratch database; gone when this is.
struct Scratch {
    options: Options,
    _folder: Option<tempfile::TempDir>,
    _server: Option<store::Scratch>,
}

/// Restores a backup into a scratch database and verifies everything that can be. The exit status is the
/// answer.
///
/// # Errors
/// Says that standard output is closed.
pub(in crate::cli) fn verify(config: &Config, args: &VerifyArgs) -> Result<ExitCode, CliError> {
    logs::start(&config.log);
    let mut steps = Steps::begin();
    all(config, args, &mut steps)?;
    Ok(if steps.end()? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Takes the steps, as far as each leads to the next.
fn all(config: &Config, args: &VerifyArgs, steps: &mut Steps) -> Result<(), CliError> {
    whole(args, steps)?;
    let opened = steps.take("opened", || {
        let opened = open(&args.read.file, &Identities::of_file(&args.read.identity)?)?;
        let manifest = opened.manifest();
        expect_known(manifest)?;
        let told = format!("made at {} by version {}", manifest.made_at, manifest.program);
        Ok((opened, told))
    })?;
    let Some(opened) = opened else { return Ok(()) };
    let manifest = opened.manifest().clone();
    let keys = steps.take("keys", || {
        let (keys, is_own_word) = trusted(config, &args.read.key, &manifest)?;
        let told = if is_own_word {
            "those that the backup itself names: give --key to be sure who made it"
        } else {
            "those of the configuration and of --key"
        };
        Ok((keys, told.to_owned()))
    })?;
    let Some(keys) = keys else { return Ok(()) };
    let Some(scratch) = steps.take("restored", || restored(config, args, opened, &keys))? else {
        return Ok(());
    };
    let options = &scratch.options;
    steps.take("integrity", || {
        store::check_integrity(options)?;
        Ok((
            (),
            "no fault: SQLite's own check, or every constraint of PostgreSQL as it was restored"
                .to_owned(),
        ))
    })?;
    steps.take("content", || content(options, &manifest))?;
    steps.take("schema", || schema(options))?;
    let pins = steps.take("pins", || pins(args, &manifest, &keys))?;
    let Some(pins) = pins else { return Ok(()) };
    steps.take("log", || sound(options, keys, pins))?;
    let needed =
        manifest.keys.iter().map(|key| format!("epoch {} (check {})", key.epoch, key.check));
    let needed: Vec<String> = needed.collect();
    steps.skip(
        "names",
        &format!("no name was opened; the deployment keys for it: {}", needed.join(", ")),
    )
}

/// Compares the file with the note beside it, if there is one.
fn whole(args: &VerifyArgs, steps: &mut Steps) -> Result<(), CliError> {
    let mut beside = args.read.file.as_os_str().to_owned();
    beside.push(Note::ENDING);
    let Ok(note) = Note::read(beside.as_ref()) else {
        return steps.skip("file", "there is no note beside it to compare it with");
    };
    steps.take("file", || {
        let found = sha256_of(&args.read.file);
        let found = found.map_err(|e| CliError::System("the backup cannot be read", e))?;
        if found != (note.sha256, note.bytes) {
            return Err(CliError::Refused("it is not the file that the note beside it is of"));
        }
        Ok(((), format!("{} bytes, as the note beside it says", found.1)))
    })?;
    Ok(())
}

fn restored(
    config: &Config,
    args: &VerifyArgs,
    opened: Opened,
    keys: &Keys,
) -> Result<(Scratch, String), CliError> {
    match opened.manifest().database {
        DatabaseKind::Sqlite => {
            let own = match &config.database.url {
                Some(DatabaseUrl::Sqlite(path)) => path.parent(),
                Some(DatabaseUrl::Postgres(_)) | None => args.read.file.parent(),
            };
            let own = own.filter(|folder| !folder.as_os_str().is_empty());
            let folder = args.scratch.as_deref().or(own).unwrap_or_else(|| ".".as_ref());
            let scratch = tempfile::Builder::new().prefix("refero-scratch-").tempdir_in(folder);
            let scratch =
                scratch.map_err(|e| CliError::System("no scratch folder can be made", e))?;
            let path = scratch.path().join("scratch.sqlite");
            let read = into_file(config, &path, opened, keys)?;
            let told = format!("{} bytes into a scratch file", read.bytes);
            let options = of_file(config, &path);
            Ok((Scratch { options, _folder: Some(scratch), _server: None }, told))
        }
        DatabaseKind::Postgres => {
            let url = config.backup.scratch_url.as_ref().or(config.database.owner_url.as_ref());
            let url = required("backup.scratch_url", url)?;
            if !matches!(url, DatabaseUrl::Postgres(_)) {
                return Err(CliError::Refused("backup.scratch_url is no address of PostgreSQL"));
            }
            let admin = assemble::options(config, url);
            let scratch = store::Scratch::make(&admin, Entropy::system().below(u32::MAX))?;
            let read = into_database(scratch.options(), opened, keys)?;
            let told = format!("{} bytes of a dump into a scratch database", read.bytes);
            let options = scratch.options().clone();
            Ok((Scratch { options, _folder: None, _server: Some(scratch) }, told))
        }
    }
}

fn content(options: &Options, manifest: &Manifest) -> Result<((), String), CliError> {
    let found = store::facts(options)?;
    let is_same = manifest.counts.as_ref() == Some(&found.counts)
        && found.schema == manifest.schema
        && found.checkpoint == manifest.log.checkpoint;
    if !is_same {
        return Err(CliError::Refused("it does not hold what its manifest says"));
    }
    let rows: i64 = found.counts.values().sum();
    Ok(((), format!("{rows} rows in {} tables, as the manifest says", found.counts.len())))
}

/// Brings the scratch database up to this program, as an upgrade would.
fn schema(options: &Options) -> Result<((), String), CliError> {
    let pending = migrate::status(options)?.pending.len();
    if pending == 0 {
        return Ok(((), "that of this program".to_owned()));
    }
    migrate::migrate(options)?;
    Ok(((), format!("{pending} migrations were pending, and were applied to the scratch database")))
}

/// The head that the manifest names, and those that somebody has kept from before.
fn pins(
    args: &VerifyArgs,
    manifest: &Manifest,
    keys: &Keys,
) -> Result<(Vec<Pin>, String), CliError> {
    let Some(checkpoint) = &manifest.log.checkpoint else {
        return Ok((Vec::new(), "nothing was signed yet when the backup was made".to_owned()));
    };
    let own = Pin::read(checkpoint, keys).map_err(CliError::Unusable)?;
    let (size, mut kept, mut newer) = (own.size(), vec![own], 0);
    for path in &args.pin {
        let note = fs::read_to_string(path)
            .map_err(|e| CliError::System("a checkpoint cannot be read", e))?;
        let pin = Pin::read(&note, keys).map_err(CliError::Unusable)?;
        // A backup is a log that ends earlier.
        if pin.size() > size {
            newer += 1;
        } else {
            kept.push(pin);
        }
    }
    let given = kept.len() - 1;
    let told = match (given, newer) {
        (0, 0) => {
            "the head of the manifest alone: give --pin with one that was kept elsewhere".to_owned()
        }
        _ => format!(
            "the head of the manifest and {given} of --pin; {newer} are newer than the backup"
        ),
    };
    Ok((kept, told))
}

fn sound(options: &Options, keys: Keys, pins: Vec<Pin>) -> Result<((), String), CliError> {
    let mut verifier = Verifier::new(keys, pins).with_index();
    let looked = log::each_line(options, |line| verifier.take(&line).map_err(Stop::from));
    let verified = looked.and_then(|()| verifier.finish().map_err(Stop::from));
    match verified {
        Ok(verified) => Ok(((), report(&verified, false))),
        Err(Stop::Cli(error)) => Err(error),
        Err(Stop::Fault(fault)) => Err(CliError::NotSound(fault.to_string())),
    }
}
