//! `refero erasures`: who was forgotten, kept apart from the database and told to a restored one.

use std::path::PathBuf;

use chrono::Utc;
use clap::Subcommand;
use refero_domain::instant::Instant;
use refero_store::{Db, Entropy, erasures};

use super::{CliError, assemble, logs, say, serve};
use crate::{config::Config, jobs};

#[derive(Debug, Subcommand)]
pub(super) enum ErasuresCommand {
    /// Writes who was forgotten, a line for each: ids and times, nothing else. Keep it apart from the
    /// backups.
    Export,
    /// Forgets again whom a restored database still remembers.
    Replay {
        /// What `refero erasures export` wrote, or the file of `erasure.tombstones`.
        file: PathBuf,
    },
    /// Takes destroyed keys out of the files of the database, as the owner of the tables.
    Vacuum,
}

/// Does what a command says.
///
/// # Errors
/// Says what the database or the file refuses.
pub(super) fn erasures(config: &Config, command: &ErasuresCommand) -> Result<(), CliError> {
    logs::start(&config.log);
    match command {
        ErasuresCommand::Export => {
            let mut told = String::new();
            for tombstone in erasures::tombstones(&open(config)?)? {
                let line = serde_json::to_string(&tombstone)
                    .map_err(|_| CliError::Refused("a tombstone could not be written"))?;
                told.push_str(&line);
                told.push('\n');
            }
            say(&told)
        }
        ErasuresCommand::Replay { file } => {
            if !file.exists() {
                return Err(CliError::Refused("the file of tombstones is not there"));
            }
            let kept = jobs::tombstones_in(file).map_err(unreadable)?;
            let db = open(config)?;
            let missing = erasures::missing(&db, &kept)?;
            let now = Instant::from_utc(Utc::now());
            let mut again = 0;
            for tombstone in &missing {
                again += usize::from(erasures::replay(&db, tombstone, now)?);
            }
            erasures::scrub(&db)?;
            say(&format!("{again} forgotten again, {} noted\n", missing.len()))
        }
        ErasuresCommand::Vacuum => {
            let owner = assemble::options(config, config.owner_url()?);
            erasures::vacuum(&owner)?;
            say("done\n")
        }
    }
}

fn open(config: &Config) -> Result<Db, CliError> {
    config.database_url()?.ensure_exists()?;
    let options = assemble::options(config, config.database_url()?);
    serve::open(options.for_one_command(), assemble::vault(config)?, Entropy::system())
}

/// Refuses a database that is older than the tombstones of its operator: it remembers people who
/// were forgotten.
///
/// # Errors
/// [`CliError::Remembers`], or says that the file cannot be read.
pub(super) fn expect_no_older(config: &Config, db: &Db) -> Result<(), CliError> {
    let Some(file) = &config.erasure.tombstones else { return Ok(()) };
    let kept = jobs::tombstones_in(file).map_err(unreadable)?;
    match erasures::missing(db, &kept)?.len() {
        0 => Ok(()),
        people => Err(CliError::Remembers { people }),
    }
}

fn unreadable(error: std::io::Error) -> CliError {
    CliError::System("the file of tombstones cannot be read", error)
}
