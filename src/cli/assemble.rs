//! From the configuration to the parts that serve.

use std::{sync::Arc, time::Duration};

use refero_domain::{profile::CountryProfile, second_factor::FactorRules};
use refero_store::{
    Db, Error, Options,
    keys::Vault,
    log::{LogSigner, LogSigning},
    refusals::Recorder,
    sealing::KeyRing,
};
use zeroize::Zeroizing;

use super::{CliError, deployment_keys};
use crate::{
    api::{
        app::{App, Clock, LastBackup, Parts},
        server::ServerOptions,
    },
    authn::{
        password::{HashCost, Hasher, HashingPool, PasswordPolicy},
        token::{TokenKey, Tokens},
    },
    backup::last_made_at,
    config::{
        Audit, Config, ConfigError, DatabaseUrl, KeyBytes, PublicUrl, WitnessAddress, WitnessList,
    },
    service::accounts::SignInRules,
};

/// Returns how to reach a database.
#[must_use]
pub fn options(config: &Config, url: &DatabaseUrl) -> Options {
    let url = match url {
        DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
        DatabaseUrl::Postgres(url) => url.reveal().clone(),
    };
    let database = &config.database;
    let millis = |ms: u64| u32::try_from(ms).unwrap_or(u32::MAX);
    Options {
        url,
        pool_size: database.pool_size,
        acquire_timeout_ms: database.acquire_timeout_ms,
        busy_timeout_ms: millis(database.busy_timeout_ms),
        statement_timeout_ms: millis(database.statement_timeout_ms),
    }
}

/// Returns the keys that open and seal identities, as they are given now. The newest is taken for
/// the current one: the database, if it is asked, knows better.
///
/// # Errors
/// Says that no key is given, or refuses one.
pub fn key_ring(config: &Config) -> Result<KeyRing, CliError> {
    let held = deployment_keys::held(config)?;
    let newest = held.keys().next_back().copied().unwrap_or_default();
    Ok(KeyRing::new(held, newest)?)
}

/// Returns the same keys in a vault, which reads them again when the database asks for another.
///
/// # Errors
/// As [`key_ring`].
pub fn vault(config: &Config) -> Result<Vault, CliError> {
    let ring = key_ring(config)?;
    let config = config.clone();
    Ok(Vault::renewable(ring, move || Ok(deployment_keys::held(&config.again()?)?)))
}

/// Returns who signs the heads of the log: the key that was given for it, or one made of each
/// deployment key that is held, so that a rotation changes no signature from one day to the next.
///
/// # Errors
/// Refuses a name that cannot stand in a signed note.
pub fn log_signer(config: &Config, ring: &KeyRing) -> Result<LogSigner, CliError> {
    let Audit { signing_key, previous_signing_key, log_name, .. } = &config.audit;
    let bytes = |key: &KeyBytes| -> Result<Zeroizing<[u8; 32]>, CliError> {
        let bytes = key.reveal().as_slice().try_into();
        bytes.map(Zeroizing::new).map_err(|_| CliError::Refused("a key of audit has not 32 bytes"))
    };
    let signer = match signing_key {
        Some(key) => LogSigner::new(log_name.as_str(), &*bytes(key)?)?,
        None => {
            let first = LogSigner::new(log_name.as_str(), &ring.current().derive("audit log"))?;
            let mut others = ring.held().skip(1);
            others.try_fold(first, |signer, (_, key)| signer.and(&key.derive("audit log")))?
        }
    };
    Ok(match previous_signing_key {
        Some(former) => signer.and(&*bytes(former)?)?,
        None => signer,
    })
}

/// As [`log_signer`], for whoever signs over a rotation of the keys.
pub fn log_signing(config: &Config) -> Box<LogSigning> {
    let config = config.clone();
    Box::new(move |ring| {
        log_signer(&config, ring).map_err(|e| Error::broken_by("the log has no signer", e))
    })
}

/// Returns the witnesses of the log.
#[must_use]
pub fn witnesses(config: &Config) -> &[WitnessAddress] {
    config.audit.witnesses.as_ref().map_or(&[], WitnessList::as_slice)
}

/// Puts the parts together around an open database.
///
/// # Errors
/// Says what is missing or refused.
pub fn app(config: &Config, db: Db, clock: Clock) -> Result<App, CliError> {
    let hashing = hashing(config, &db)?;
    let log = log_signing(config);
    log(&db.keys())?;
    let behind_tls = config.server.public_url.as_ref().is_some_and(PublicUrl::is_https);
    // All clients would be one network, and anybody could shut the door for all.
    let hidden_by_proxy = behind_tls && !config.server.trust_forwarded_for;
    let profile = Arc::new(profile(config)?);
    if !profile.is_in_force_on(clock.now().to_utc().date_naive()) {
        return Err(CliError::EarlyProfile(profile.effective_from));
    }
    let db = db.watching(profile.watch);
    Ok(App::new(Parts {
        clock,
        tokens: tokens(config)?,
        log,
        hashing,
        sign_in: SignInRules {
            refresh_idle_s: seconds(config.tokens.refresh_idle_s),
            refresh_absolute_s: seconds(config.tokens.refresh_absolute_s),
            activation_ttl_s: seconds(config.passwords.activation_ttl_s),
            network_failures: if hidden_by_proxy { 0 } else { config.passwords.network_failures },
        },
        second_factor: FactorRules {
            required: config.second_factor.required.rule().clone(),
            fresh_s: seconds(config.second_factor.fresh_s),
            issuer: config.second_factor.issuer.as_str().to_owned(),
        },
        profile,
        docs_enabled: config.server.docs_enabled,
        trust_forwarded_for: config.server.trust_forwarded_for,
        refusals: Recorder::start(db.clone())?,
        last_backup: last_backup(config),
        db,
    }))
}

/// Returns what looks up when the last backup was made, by the notes that lie beside backups.
fn last_backup(config: &Config) -> Option<Box<LastBackup>> {
    let folder = config.backup.directory.clone()?;
    let log_name = config.audit.log_name.as_str().to_owned();
    Some(Box::new(move || {
        let found = last_made_at(&folder, &log_name).inspect_err(|error| {
            tracing::warn!(%error, "the folder for backups cannot be read");
        });
        found.ok().flatten()
    }))
}

/// Returns how the server listens.
#[must_use]
pub fn server(config: &Config) -> ServerOptions {
    let server = &config.server;
    ServerOptions {
        bind: server.bind,
        workers: server.workers,
        body_limit_bytes: server.request_body_limit_bytes,
        document_limit_bytes: server.document_limit_bytes,
        request_timeout: Duration::from_secs(server.request_timeout_s),
        shutdown_timeout: Duration::from_secs(server.shutdown_timeout_s),
        behind_tls: server.public_url.as_ref().is_some_and(PublicUrl::is_https),
    }
}

/// Reads the country profile that the configuration names.
///
/// # Errors
/// Says that it is missing, or refuses it.
pub fn profile(config: &Config) -> Result<CountryProfile, CliError> {
    let name = given("country.profile", config.country.profile.as_ref())?.as_str();
    if let Some(profile) = CountryProfile::embedded(name) {
        return Ok(profile.clone());
    }
    let text = std::fs::read_to_string(name).map_err(|_| CliError::NoProfile)?;
    Ok(CountryProfile::parse(&text)?)
}

fn tokens(config: &Config) -> Result<Tokens, CliError> {
    let key = |bytes: &KeyBytes| TokenKey::from_secret(bytes.reveal());
    let settings = &config.tokens;
    let current = key(given("tokens.signing_key", settings.signing_key.as_ref())?)?;
    let ttl_s = u32::try_from(settings.access_ttl_s).unwrap_or(u32::MAX);
    let (issuer, audience) = (settings.issuer.as_str(), settings.audience.as_str());
    let tokens = Tokens::new(current, issuer, audience, ttl_s);
    Ok(match &settings.previous_signing_key {
        Some(former) => tokens.accepting(key(former)?),
        None => tokens,
    })
}

fn hashing(config: &Config, db: &Db) -> Result<HashingPool, CliError> {
    let settings = &config.passwords;
    let policy = PasswordPolicy { min_chars: settings.min_length, max_bytes: settings.max_length };
    let cost = HashCost {
        memory_kib: settings.argon2_memory_kib,
        iterations: settings.argon2_iterations,
        parallelism: settings.argon2_parallelism,
    };
    let hasher = Hasher::new(policy, cost, &mut *db.entropy().rng())?;
    Ok(HashingPool::new(hasher, settings.hash_concurrency, settings.hash_queue))
}

fn seconds(setting: u64) -> i64 {
    i64::try_from(setting).unwrap_or(i64::MAX)
}

fn given<'c, T>(key: &'static str, value: Option<&'c T>) -> Result<&'c T, ConfigError> {
    crate::config::required(key, value)
}
