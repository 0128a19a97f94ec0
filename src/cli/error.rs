//! Why a command did not do what it was asked.

use refero_domain::profile::ProfileError;
use refero_store::sealing::SealingError;

use crate::{
    authn::{password::HashError, token::WeakKey},
    backup::BackupError,
    config::ConfigError,
    witness::{KeyRefused, Refusal},
};

/// Ends a command. The sentence goes to standard error; it names keys and commands, never a value.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The configuration is refused.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The deployment key is refused.
    #[error(transparent)]
    Key(#[from] SealingError),
    /// A deployment key is not the one that this database needs, or is not there.
    #[error(
        "{0}; epoch 1 may be given as keys.deployment, every epoch in keys.epochs or by keys.command: \
         if it is lost, take it from where its copies are kept (docs/operating.md, Keys)"
    )]
    UnfitKey(SealingError),
    /// An epoch cannot be retired yet.
    #[error("epoch {epoch} or an older one still seals {left}: run `refero keys rewrap` first")]
    StillSealed {
        /// The epoch.
        epoch: u32,
        /// How many of what.
        left: String,
    },
    /// The database is older than the tombstones of its operator.
    #[error(
        "the database remembers people who were forgotten ({people}): it is older than the file of \
         erasure.tombstones. Run `refero erasures replay` with that file first"
    )]
    Remembers {
        /// How many.
        people: usize,
    },
    /// The command that gives the keys did not do so.
    #[error("keys.command {0}")]
    KeyCommand(&'static str),
    /// What that command gave is refused.
    #[error("what keys.command gives is refused: {0}")]
    KeysFromCommand(&'static str),
    /// The database is not there, or something in it is not as it must be.
    #[error(transparent)]
    Store(#[from] refero_store::Error),
    /// A backup was not made, or is not taken for one.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The country profile is refused.
    #[error("the country profile is refused")]
    Profile(#[from] ProfileError),
    /// A country profile that somebody wrote is refused: each fault on a line.
    #[error("the country profile is refused:\n{0}")]
    WrongProfile(String),
    /// The country profile applies from a later day on.
    #[error("the country profile is not in force before {0}")]
    EarlyProfile(chrono::NaiveDate),
    /// The country profile is neither the name of one that comes with the program nor a file.
    #[error("country.profile names neither a profile that comes with the program nor a file")]
    NoProfile,
    /// The token signing key is too short.
    #[error(transparent)]
    SigningKey(#[from] WeakKey),
    /// The parameters of the password hash are refused.
    #[error("the parameters of the password hash are refused")]
    Hashing(#[from] HashError),
    /// The system refused a file, a listener or a signal.
    #[error("{0}")]
    System(&'static str, #[source] std::io::Error),
    /// The schema is not the one of this program.
    #[error("the database is not migrated: run `refero db migrate` first")]
    NotMigrated,
    /// The schema is that of a newer program.
    #[error("the database is newer than this program: run the newer version")]
    NewerSchema,
    /// A checkpoint or a key that checks them is refused.
    #[error("a checkpoint or its key is refused")]
    Unusable(#[source] refero_verify::Unusable),
    /// The log of a backup is not sound.
    #[error("the log is NOT SOUND. First fault: {0}")]
    NotSound(String),
    /// The key of a witness is refused.
    #[error("the key of the witness is refused")]
    WitnessKey(#[from] KeyRefused),
    /// A witness does not sign.
    #[error("not signed")]
    Witness(#[from] Refusal),
    /// A rule of the command itself.
    #[error("{0}")]
    Refused(&'static str),
}

impl CliError {
    /// Writes the sentence and its causes in one line.
    #[must_use]
    pub fn sentence(&self) -> String {
        refero_store::with_causes(self)
    }
}
