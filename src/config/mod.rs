//! The configuration: one struct for each concern, from defaults, a file, variables and flags.
//!
//! The order is defaults, then the file (`refero.toml`, `REFERO_CONFIG` or `--config`), then
//! `REFERO_*` variables (`REFERO_DATABASE__URL` is `database.url`), then flags; each beats those
//! before it. An unknown key is an error anywhere: a misspelt safety setting that is passed over
//! in silence is worse than a service that does not start. Secrets and database addresses can
//! also be given as the content of a file (`keys.deployment_file`).

mod concerns;
mod database_url;
pub mod document;
mod epoch_keys;
mod error;
pub mod key;
mod merge;
mod recipients;
mod secret;
mod setting;
mod sources;
mod strength;
#[cfg(test)]
mod tests;
mod witnesses;

pub use concerns::{
    Alerts, Audit, Backup, Country, Database, Erasure, Keys, Log, Metrics, Passwords, SecondFactor,
    Server, Tokens, Worker,
};
pub use database_url::DatabaseUrl;
pub use epoch_keys::EpochKeys;
pub use error::{ConfigError, Origin};
pub use recipients::Recipients;
pub use secret::Secret;
pub use setting::{KeyBytes, LogFormat, LogLevel, Name, PublicUrl, RequiredFactor};
pub use sources::{DEFAULT_FILE, Sources, search_path};
pub use witnesses::{WitnessAddress, WitnessList};

use std::path::PathBuf;

use key::{Key, Section};
use merge::Merged;
use strength::KEY_BYTES;

/// All sections, in the order of the file.
pub const SECTIONS: [Section; 14] = [
    Server::SECTION,
    Database::SECTION,
    Keys::SECTION,
    Erasure::SECTION,
    Backup::SECTION,
    Tokens::SECTION,
    Passwords::SECTION,
    SecondFactor::SECTION,
    Worker::SECTION,
    Alerts::SECTION,
    Audit::SECTION,
    Metrics::SECTION,
    Country::SECTION,
    Log::SECTION,
];

/// All keys, in the order of the file.
fn keys() -> impl Iterator<Item = &'static Key> {
    SECTIONS.iter().flat_map(|section| section.keys)
}

fn key_named(path: &str) -> Option<&'static Key> {
    keys().find(|key| key.path == path)
}

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Config {
    /// How the service is reached.
    pub server: Server,
    /// Where the data is.
    pub database: Database,
    /// The keys that seal identities.
    pub keys: Keys,
    /// Forgetting people.
    pub erasure: Erasure,
    /// Backups.
    pub backup: Backup,
    /// Access and refresh tokens.
    pub tokens: Tokens,
    /// Passwords.
    pub passwords: Passwords,
    /// Second factors.
    pub second_factor: SecondFactor,
    /// Work beside requests.
    pub worker: Worker,
    /// Where alerts go to.
    pub alerts: Alerts,
    /// The log over the audit trail.
    pub audit: Audit,
    /// What a monitoring system asks for.
    pub metrics: Metrics,
    /// The country.
    pub country: Country,
    /// The log.
    pub log: Log,
    sources: Sources,
}

impl Config {
    /// Reads, understands and checks all that was given.
    ///
    /// What only some commands need ([`Config::require_serving`]) may be absent.
    ///
    /// # Errors
    /// Refuses unknown keys, values that are not of their kind or range, weak secrets, and
    /// settings that contradict each other.
    pub fn load(sources: Sources) -> Result<Self, ConfigError> {
        let given = Merged::of(&sources)?;
        let config = Self {
            server: Server::read(&given)?,
            database: Database::read(&given)?,
            keys: Keys::read(&given)?,
            erasure: Erasure::read(&given)?,
            backup: Backup::read(&given)?,
            tokens: Tokens::read(&given)?,
            passwords: Passwords::read(&given)?,
            second_factor: SecondFactor::read(&given)?,
            worker: Worker::read(&given)?,
            alerts: Alerts::read(&given)?,
            audit: Audit::read(&given)?,
            metrics: Metrics::read(&given)?,
            country: Country::read(&given)?,
            log: Log::read(&given)?,
            sources,
        };
        config.check_keys(&given)?;
        config.check_harmony()?;
        Ok(config)
    }

    /// Reads everything again from where it came from: files may have changed since.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn again(&self) -> Result<Self, ConfigError> {
        Self::load(self.sources.clone())
    }

    /// Returns the files that hold a single value, such as a key, each with the key of the configuration.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn value_files(&self) -> Result<Vec<(&'static str, PathBuf)>, ConfigError> {
        Ok(Merged::of(&self.sources)?.files().collect())
    }

    /// Checks that all that serving needs is there, and that a SQLite file exists.
    ///
    /// # Errors
    /// Names the first key that is missing.
    pub fn require_serving(&self) -> Result<(), ConfigError> {
        self.database_url()?.ensure_exists()?;
        if self.keys.epochs.is_none() && self.keys.command.is_none() {
            required("keys.deployment", self.keys.deployment.as_ref())?;
        }
        required("tokens.signing_key", self.tokens.signing_key.as_ref())?;
        required("country.profile", self.country.profile.as_ref())?;
        Ok(())
    }

    /// The database, for a command that cannot do without one.
    ///
    /// # Errors
    /// Says that the key is missing.
    pub fn database_url(&self) -> Result<&DatabaseUrl, ConfigError> {
        required("database.url", self.database.url.as_ref())
    }

    /// The database for migrations: that of the owner if there is one.
    ///
    /// # Errors
    /// Says that the key is missing.
    pub fn owner_url(&self) -> Result<&DatabaseUrl, ConfigError> {
        self.database.owner_url.as_ref().map_or_else(|| self.database_url(), Ok)
    }

    /// Returns all values for printing, in TOML, with a fixed word for each secret.
    #[must_use]
    pub fn redacted(&self) -> toml::Table {
        [
            ("server", self.server.show()),
            ("database", self.database.show()),
            ("keys", self.keys.show()),
            ("erasure", self.erasure.show()),
            ("backup", self.backup.show()),
            ("tokens", self.tokens.show()),
            ("passwords", self.passwords.show()),
            ("second_factor", self.second_factor.show()),
            ("worker", self.worker.show()),
            ("alerts", self.alerts.show()),
            ("audit", self.audit.show()),
            ("metrics", self.metrics.show()),
            ("country", self.country.show()),
            ("log", self.log.show()),
        ]
        .into_iter()
        .map(|(name, table)| (name.to_owned(), toml::Value::Table(table)))
        .collect()
    }

    /// The commented example with every key, as committed in `refero.example.toml`.
    #[must_use]
    pub fn example_toml() -> String {
        document::example_toml()
    }

    fn check_keys(&self, given: &Merged) -> Result<(), ConfigError> {
        fn bytes(key: &Option<KeyBytes>) -> Option<&[u8]> {
            key.as_ref().map(|key| key.reveal().as_slice())
        }
        let exact = [
            ("keys.deployment", bytes(&self.keys.deployment)),
            ("audit.signing_key", bytes(&self.audit.signing_key)),
            ("audit.previous_signing_key", bytes(&self.audit.previous_signing_key)),
        ];
        for (key, bytes) in exact {
            if bytes.is_some_and(|bytes| bytes.len() != KEY_BYTES) {
                let reason = "it must have exactly 32 bytes";
                return Err(ConfigError::WeakSecret { key, origin: given.origin(key), reason });
            }
        }
        let tokens = [bytes(&self.tokens.signing_key), bytes(&self.tokens.previous_signing_key)];
        let epochs = || self.keys.epochs.iter().flat_map(EpochKeys::iter);
        if self.keys.deployment.is_some() && epochs().any(|(epoch, _)| epoch == 1) {
            return Err(ConfigError::Conflict(
                "keys.deployment is epoch 1, and keys.epochs gives that too: give it once",
            ));
        }
        let all: Vec<&[u8]> = exact
            .into_iter()
            .map(|(_, bytes)| bytes)
            .chain(tokens)
            .flatten()
            .chain(epochs().map(|(_, key)| key.reveal().as_slice()))
            .collect();
        if all.iter().enumerate().any(|(n, one)| all.iter().skip(n + 1).any(|other| other == one)) {
            return Err(ConfigError::Conflict(
                "two of the keys of keys, tokens and audit are equal: make a key for each purpose",
            ));
        }
        Ok(())
    }

    /// Refuses what each key allows alone but which makes no sense together.
    fn check_harmony(&self) -> Result<(), ConfigError> {
        // The OWASP cheat sheet trades memory for passes down to about 35,840 KiB passes.
        const LEAST_WORK: u64 = 35_840;
        let (tokens, passwords) = (&self.tokens, &self.passwords);
        let work = u64::from(passwords.argon2_memory_kib)
            .saturating_mul(u64::from(passwords.argon2_iterations));
        let rules = [
            (
                tokens.access_ttl_s <= tokens.refresh_idle_s
                    && tokens.refresh_idle_s <= tokens.refresh_absolute_s,
                "tokens.access_ttl_s, refresh_idle_s and refresh_absolute_s must grow in this \
                 order",
            ),
            (
                work >= LEAST_WORK,
                "passwords.argon2_memory_kib times argon2_iterations must be at least 35840",
            ),
            (
                passwords.argon2_memory_kib >= passwords.argon2_parallelism.saturating_mul(8),
                "passwords.argon2_memory_kib must be at least 8 times argon2_parallelism",
            ),
            (
                self.worker.lease_s > self.worker.interval_s,
                "worker.lease_s must be longer than worker.interval_s",
            ),
        ];
        rules
            .into_iter()
            .find(|(holds, _)| !holds)
            .map_or(Ok(()), |(_, sentence)| Err(ConfigError::Conflict(sentence)))
    }
}

/// Returns everything that is given and that this program does not know: what another version of it
/// knew, or a slip.
///
/// # Errors
/// Refuses a file that cannot be read.
pub fn unknown_keys(sources: &Sources) -> Result<Vec<String>, ConfigError> {
    merge::unknown(sources)
}

pub(crate) fn required<'c, T>(
    path: &'static str,
    value: Option<&'c T>,
) -> Result<&'c T, ConfigError> {
    value.ok_or_else(|| ConfigError::Missing { key: path, variable: key::variable_of(path) })
}
