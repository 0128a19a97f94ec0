//! Why a configuration is refused.

use std::fmt;

/// Says where a setting came from, so that the reader knows which place to mend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The value built into the program.
    Default,
    /// The configuration file.
    File,
    /// An environment variable.
    Environment,
    /// A flag of the command line.
    Flag,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "the defaults",
            Self::File => "the configuration file",
            Self::Environment => "the environment",
            Self::Flag => "the command line",
        })
    }
}

/// Refuses a configuration.
///
/// Names keys and places, never a value: a value may be a secret, and these sentences end up in
/// logs. The one thing repeated from outside is the *name* of an unknown key, shortened and with
/// unusual characters replaced, because a typo cannot be found without seeing it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A key that no part of the program reads.
    #[error("{origin} has the unknown key \"{given}\"; the nearest known key is \"{nearest}\"")]
    UnknownKey {
        /// The name as given, made safe to print.
        given: String,
        /// The known name that differs least.
        nearest: String,
        /// Where it was given.
        origin: Origin,
    },
    /// A value that is not what the key takes.
    #[error("{key} (from {origin}) must be {expected}")]
    Invalid {
        /// The dotted key.
        key: &'static str,
        /// Where it was given.
        origin: Origin,
        /// What the key takes.
        expected: &'static str,
    },
    /// A number outside the range of the key.
    #[error("{key} (from {origin}) must be between {least} and {most}")]
    OutOfRange {
        /// The dotted key.
        key: &'static str,
        /// Where it was given.
        origin: Origin,
        /// The smallest value that is accepted.
        least: u64,
        /// The largest value that is accepted.
        most: u64,
    },
    /// A secret that somebody could guess.
    #[error("{key} (from {origin}) is not a safe secret: {reason}")]
    WeakSecret {
        /// The dotted key.
        key: &'static str,
        /// Where it was given.
        origin: Origin,
        /// Why it is refused.
        reason: &'static str,
    },
    /// A value that would put what is stored in danger.
    #[error("{key} (from {origin}) is refused: {reason}")]
    Unsafe {
        /// The dotted key.
        key: &'static str,
        /// Where it was given.
        origin: Origin,
        /// Why.
        reason: &'static str,
    },
    /// A key that this command needs.
    #[error("{key} is required: set it in the configuration file or as {variable}")]
    Missing {
        /// The dotted key.
        key: &'static str,
        /// The environment variable that sets it.
        variable: String,
    },
    /// A value and a file with the value, in the same place.
    #[error("{key} and {key}_file are both given in {origin}: give one")]
    BothGiven {
        /// The dotted key.
        key: &'static str,
        /// Where both were given.
        origin: Origin,
    },
    /// The file named by a `_file` key cannot be read.
    #[error("the file named by {key}_file (from {origin}) cannot be read: {reason}")]
    UnreadableValue {
        /// The dotted key.
        key: &'static str,
        /// Where the file was named.
        origin: Origin,
        /// Why not.
        reason: &'static str,
    },
    /// The configuration file cannot be read.
    #[error(
        "the configuration file (of --config or REFERO_CONFIG, or refero.toml here) cannot be read: {reason}"
    )]
    UnreadableFile {
        /// Why not.
        reason: &'static str,
    },
    /// The configuration file is not TOML.
    #[error("the configuration file is not valid TOML at line {line}")]
    NotToml {
        /// The line of the first fault, from 1.
        line: usize,
    },
    /// An environment variable of ours is not text.
    #[error("an environment variable that starts with REFERO_ is not valid UTF-8")]
    NotText,
    /// Two settings that do not go together.
    #[error("{0}")]
    Conflict(&'static str),
    /// The SQLite file is not there.
    #[error(
        "the database file named by database.url does not exist: correct the path, restore a backup, or make \
         a new one with `refero db migrate`, into which no backup can be restored"
    )]
    NoDatabaseFile,
}
