//! `refero keys`: making deployment keys, and letting one follow another while servers serve.

use std::{
    fmt::Write as _,
    io::Write as _,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::Utc;
use clap::Subcommand;
use refero_domain::instant::Instant;
use refero_store::{
    Db, Entropy,
    keys::{self, Epoch, Retired, Rotated},
};
use zeroize::Zeroizing;

use super::{CliError, assemble, deployment_keys, logs, say, serve};
use crate::{
    backup::{NewFile, new_pair},
    config::Config,
};

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Makes the key of the next epoch and writes it as a line for `keys.epochs`. Nothing uses it
    /// before every server has been given it and `refero keys rotate` was run.
    Generate {
        /// The epoch, instead of the one after all that are known.
        #[arg(long)]
        epoch: Option<u32>,
    },
    /// Makes a pair of keys for backups (age-encryption.org/v1) and shows the public one, for
    /// `backup.recipients`. Not on the machine of the server: whoever has the private one opens backups.
    NewBackupKey {
        /// The file that is made for the private key, instead of showing it.
        #[arg(long, value_name = "FILE")]
        identity: Option<PathBuf>,
    },
    /// Shows the epochs: which is current, which keys are held here, how much each still seals.
    List,
    /// Makes the next epoch whose key is held current: what is new is sealed with it, by every
    /// server, within seconds. Give its key to every server first.
    Rotate {
        /// The epoch, instead of the next one that is held.
        #[arg(long)]
        to: Option<u32>,
    },
    /// Seals anew, with the current epoch, all that older epochs still seal. It may be stopped and
    /// run again; servers do the same beside their work.
    Rewrap,
    /// Says that nothing is sealed with an epoch any more: its key is not needed after that.
    Retire {
        /// The epoch.
        epoch: u32,
    },
}

/// Does what a command says.
///
/// # Errors
/// Says what is refused: a rotation to a key that is not held, a retirement while the key is needed.
pub(super) fn keys(config: &Config, command: KeysCommand) -> Result<(), CliError> {
    logs::start(&config.log);
    match command {
        KeysCommand::Generate { epoch } => generate(config, epoch),
        KeysCommand::NewBackupKey { identity } => new_backup_key(identity.as_deref()),
        KeysCommand::List => list(&open(config)?),
        KeysCommand::Rotate { to } => rotate(config, &open(config)?, to),
        KeysCommand::Rewrap => rewrap(&open(config)?),
        KeysCommand::Retire { epoch } => retire(&open(config)?, epoch),
    }
}

fn open(config: &Config) -> Result<Db, CliError> {
    config.database_url()?.ensure_exists()?;
    let options = assemble::options(config, config.database_url()?);
    serve::open(options.for_one_command(), assemble::vault(config)?, Entropy::system())
}

fn now() -> Instant {
    Instant::from_utc(Utc::now())
}

fn generate(config: &Config, epoch: Option<u32>) -> Result<(), CliError> {
    let given = &config.keys;
    let none = given.deployment.is_none() && given.epochs.is_none() && given.command.is_none();
    let epoch = match epoch {
        Some(0) => return Err(CliError::Refused("--epoch takes a number from 1")),
        Some(epoch) => epoch,
        None if none => 1,
        None => {
            let held = deployment_keys::held(config)?.keys().next_back().copied();
            let noted = if config.database_url().is_ok() {
                keys::epochs(&open(config)?)?.iter().map(|epoch| epoch.number).max()
            } else {
                None
            };
            held.max(noted).unwrap_or_default().saturating_add(1)
        }
    };
    let mut bytes = Zeroizing::new([0_u8; 32]);
    rand::Rng::fill_bytes(&mut *Entropy::system().rng(), bytes.as_mut_slice());
    let key = Zeroizing::new(STANDARD.encode(bytes.as_slice()));
    say(&Zeroizing::new(format!("{epoch}:{}\n", key.as_str())))
}

fn new_backup_key(identity: Option<&Path>) -> Result<(), CliError> {
    let (text, public) = new_pair(Utc::now());
    let Some(path) = identity else { return say(&text) };
    let kept = NewFile::begin(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.finish()
    });
    kept.map_err(|e| CliError::System("the file for the private key cannot be made", e))?;
    say(&format!("{public}\n"))
}

fn list(db: &Db) -> Result<(), CliError> {
    let mut told = String::new();
    for epoch in keys::epochs(db)? {
        // Writing to a string does not fail.
        let _ = writeln!(told, "{}", line(&epoch));
    }
    say(&told)
}

fn line(epoch: &Epoch) -> String {
    let state = match (epoch.is_current, epoch.retired_at, epoch.noted_at) {
        (true, ..) => "current",
        (false, Some(_), _) => "retired",
        (false, None, Some(_)) => "older",
        (false, None, None) => "not in use yet",
    };
    let check = epoch
        .check
        .map_or_else(String::new, |bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect());
    let held = if epoch.is_held { "held" } else { "not held" };
    let sealed: Vec<String> =
        epoch.sealed.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    format!("epoch {}: {state}, check {check}, {held}, seals {}", epoch.number, sealed.join(", "))
}

fn rotate(config: &Config, db: &Db, to: Option<u32>) -> Result<(), CliError> {
    match keys::rotate(db, to, now())? {
        Rotated::To(epoch) => {
            say(&format!(
                "epoch {epoch} is current: servers seal with it within seconds, and seal anew what \
                 older epochs seal (or run `refero keys rewrap`)\n"
            ))?;
            if config.audit.signing_key.is_none() {
                say(
                    "the log is signed by a key made of this one as well: give `refero audit key` to \
                     those who check it, before the older epoch is retired\n",
                )?;
            }
            Ok(())
        }
        Rotated::NothingNewer => Err(CliError::Refused(
            "no key of a newer epoch is held: make one with `refero keys generate` and give it to \
             every server",
        )),
        Rotated::Already => Err(CliError::Refused("that epoch is not newer than the current one")),
    }
}

fn rewrap(db: &Db) -> Result<(), CliError> {
    let done = keys::reseal(db, now(), usize::MAX)?;
    say(&format!("{} sealed anew\n", done.resealed))?;
    if done.unopened > 0 {
        return Err(CliError::Refused(
            "some do not open: they were changed by somebody, and keep their epoch from being \
             retired (`refero keys list`)",
        ));
    }
    Ok(())
}

fn retire(db: &Db, epoch: u32) -> Result<(), CliError> {
    match keys::retire(db, epoch, now())? {
        Retired::Done => say(&format!(
            "epoch {epoch} is retired: take its key from every server, destroy every copy, and \
             backups from before are closed for good\n"
        )),
        Retired::Already => Err(CliError::Refused("that epoch is retired already")),
        Retired::IsCurrent => Err(CliError::Refused("the current epoch cannot be retired")),
        Retired::Unknown => Err(CliError::Refused("the database does not know that epoch")),
        Retired::StillSealed(left) => {
            let left: Vec<String> =
                left.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
            Err(CliError::StillSealed { epoch, left: left.join(", ") })
        }
    }
}
