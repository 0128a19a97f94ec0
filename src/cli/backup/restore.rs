//! `refero restore`: into an empty place and nowhere else.

use std::{io::Write, path::Path, process::ExitCode};

use refero_store::{Options, backup as store, migrate};
use refero_verify::Keys;

use super::{CliError, ReadArgs, assemble, dump::Restoring, logs, say, steps::of_file, trusted};
use crate::{
    backup::{DatabaseKind, Identities, Manifest, NewFile, Opened, Restored, open},
    cli::db,
    config::{Config, DatabaseUrl},
};

/// What SQLite writes beside a file. With that of another file a restored one would be damaged.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Puts a backup into the database that the configuration names, which must be new or empty.
///
/// # Errors
/// Says what is refused. The place is as empty as before then.
pub(in crate::cli) fn restore(config: &Config, args: &ReadArgs) -> Result<ExitCode, CliError> {
    logs::start(&config.log);
    let url = config.owner_url()?;
    let opened = open(&args.file, &Identities::of_file(&args.identity)?)?;
    let manifest = opened.manifest().clone();
    expect_known(&manifest)?;
    let (keys, is_own_word) = trusted(config, &args.key, &manifest)?;
    let restored = match (url, manifest.database) {
        (DatabaseUrl::Sqlite(path), DatabaseKind::Sqlite) => {
            into_file(config, path, opened, &keys)?
        }
        (DatabaseUrl::Postgres(_), DatabaseKind::Postgres) => {
            let owner = assemble::options(config, url);
            if !store::is_empty(&owner)? {
                return Err(CliError::Refused(
                    "the database is not empty: a backup is restored into a new one only",
                ));
            }
            let restored = into_database(&owner, opened, &keys)?;
            say(db::grant(config, &owner)?)?;
            restored
        }
        (DatabaseUrl::Sqlite(_), DatabaseKind::Postgres) => {
            return Err(CliError::Refused("the backup is of a PostgreSQL database"));
        }
        (DatabaseUrl::Postgres(_), DatabaseKind::Sqlite) => {
            return Err(CliError::Refused("the backup is of a SQLite database"));
        }
    };
    say(&next(&manifest, &restored, is_own_word, config)?)?;
    Ok(ExitCode::SUCCESS)
}

/// Refuses what a later program has written.
pub(super) fn expect_known(manifest: &Manifest) -> Result<(), CliError> {
    let known = migrate::known()?;
    let is_known = manifest.schema.iter().all(|version| known.contains(version));
    if is_known { Ok(()) } else { Err(CliError::NewerSchema) }
}

/// Restores into a file that is not there yet.
pub(super) fn into_file(
    config: &Config,
    path: &Path,
    opened: Opened,
    keys: &Keys,
) -> Result<Restored, CliError> {
    let there = |ending: &str| {
        let mut beside = path.as_os_str().to_owned();
        beside.push(ending);
        Path::new(&beside).exists()
    };
    if there("") || BESIDE.into_iter().any(there) {
        return Err(CliError::Refused(
            "the file of database.url, or its -wal, -shm or -journal, is there: move all of them away, \
             a backup is restored into a new one only",
        ));
    }
    let refused = |e| {
        CliError::System(
            "the file of database.url cannot be made: is its folder there, and may this user write in it",
            e,
        )
    };
    let mut file = NewFile::begin(path).map_err(refused)?;
    let restored = opened.read_into(keys, |piece| file.write_all(piece))?;
    store::check_integrity(&of_file(config, file.beside()))?;
    file.finish().map_err(refused)?;
    Ok(restored)
}

/// Restores into a PostgreSQL database that is empty.
pub(super) fn into_database(
    options: &Options,
    opened: Opened,
    keys: &Keys,
) -> Result<Restored, CliError> {
    let mut restoring = Restoring::into_database(&options.url)?;
    let restored = opened.read_into(keys, |piece| restoring.give(piece))?;
    restoring.finish()?;
    Ok(restored)
}

/// Says what was done, and what has to follow before anybody signs in.
fn next(
    manifest: &Manifest,
    restored: &Restored,
    is_own_word: bool,
    config: &Config,
) -> Result<String, CliError> {
    let at = manifest.made_at.format("%Y-%m-%d %H:%M:%S UTC");
    let mut told = format!("restored: {} bytes, the database as it was at {at}\n", restored.bytes);
    if is_own_word || !restored.is_signed {
        told.push_str(
            "caution: only the backup itself says which log signed it; give --key with the line of \
             `refero audit key` that was kept elsewhere\n",
        );
    }
    let keys: Vec<String> = manifest
        .keys
        .iter()
        .map(|key| format!("epoch {} (check {})", key.epoch, key.check))
        .collect();
    told.push_str(&format!("deployment keys that it needs: {}\n", keys.join(", ")));
    told.push_str("before anybody signs in:\n");
    if migrate::known()?.len() > manifest.schema.len() {
        told.push_str("- `refero db migrate`: the backup is of an older program\n");
    }
    let tombstones = config.erasure.tombstones.as_ref().map_or_else(
        || "the tombstones that were kept apart".to_owned(),
        |path| path.display().to_string(),
    );
    told.push_str(&format!(
        "- `refero erasures replay FILE` with {tombstones}: people who were forgotten since are in it \
         again\n\
         - `refero audit verify --pin FILE` with a checkpoint from before {at}\n\
         - tell the coordination bureau and the data protection officer what is lost since {at}: cases, \
         withdrawn consents, roles that were taken away, readings in the trail\n"
    ));
    if config.audit.witnesses.is_some() {
        told.push_str(
            "- witnesses have seen a longer log: give this one another audit.log_name and key, and have \
             them watch it (docs/operating.md, A witness)\n",
        );
    }
    Ok(told)
}
