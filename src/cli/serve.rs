//! `refero serve` and `refero worker`.

use std::{io, sync::Arc, time::Duration};

use actix_web::{
    rt::{self, System},
    web::Data,
};
use chrono::Utc;
use refero_domain::instant::Instant;
use refero_store::{
    Db, Entropy, Options,
    keys::{self, Vault},
    migrate,
    sealing::SealingError,
};

use super::{CliError, assemble, doctor, erasures, logs};
use crate::{
    api::{app::Clock, metrics, server},
    config::Config,
    jobs::{self, Rounds},
};

/// Serves until the process is told to stop.
///
/// # Errors
/// Refuses to start without its keys, with another key than the database was sealed with, and on a
/// schema that is not the one of this program.
pub(super) fn serve(config: &Config) -> Result<(), CliError> {
    logs::start(&config.log);
    config.require_serving()?;
    let open = doctor::open_to_others(config);
    if !open.is_empty() {
        let files = open.join(", ");
        tracing::warn!(
            files,
            "others can read or change what this service alone should: see `refero doctor`"
        );
    }
    let db = prepare(config)?;
    let app = Arc::new(assemble::app(config, db.clone(), Clock::system())?);
    if app.profile().is_fictional() {
        tracing::warn!("the country profile is that of a fictional country");
    }
    let work = beside(config, &db)?;
    let (served, shared) = (Arc::clone(&app), Arc::clone(&app));
    System::new().block_on(async move {
        let (running, serving) = server::start(served, &assemble::server(config))
            .map_err(|e| CliError::System("the address of server.bind cannot be listened on", e))?;
        tracing::info!(address = %running.address(), "serving");
        let watched = config.metrics.bind.map(|bind| metrics::listen(Data::from(shared), bind));
        if let Some((address, listening)) = watched
            .transpose()
            .map_err(|e| CliError::System("the address of metrics.bind cannot be listened on", e))?
        {
            tracing::info!(%address, "serving metrics");
            rt::spawn(listening);
        }
        running.stop_on_signal().map_err(deaf)?;
        serving.await.map_err(stopped)
    })?;
    app.settle();
    work.into_iter().for_each(Rounds::stop);
    tracing::info!("stopped");
    Ok(())
}

/// Does the work beside requests until the process is told to stop.
///
/// # Errors
/// As [`serve`].
pub(super) fn work(config: &Config) -> Result<(), CliError> {
    logs::start(&config.log);
    config.require_serving()?;
    let db = prepare(config)?;
    if !config.worker.enabled {
        return Err(CliError::Refused("worker.enabled is false: there is nothing to do"));
    }
    let work = beside(config, &db)?;
    System::new().block_on(async {
        server::told_to_stop().map_err(deaf)?.await;
        Ok::<_, CliError>(())
    })?;
    work.into_iter().for_each(Rounds::stop);
    tracing::info!("stopped");
    Ok(())
}

/// Starts the work beside requests: numbering the events of the trail, looking for new keys, and the
/// worker's, if this process is to do it. To be stopped in this order, so that what the worker did is numbered.
///
/// # Errors
/// Says that it did not start.
pub(super) fn beside(config: &Config, db: &Db) -> Result<Vec<Rounds>, CliError> {
    let clock = || {
        let clock = Clock::system();
        move || clock.now()
    };
    let mut work = Vec::new();
    let wanted = &config.worker;
    if wanted.enabled {
        let settings = jobs::Settings {
            interval: Duration::from_secs(wanted.interval_s),
            lease_s: i64::try_from(wanted.lease_s).unwrap_or(i64::MAX),
            channel: jobs::Channel {
                command: config.alerts.command.clone(),
                timeout: Duration::from_secs(config.alerts.command_timeout_s),
            },
        };
        work.push(jobs::start_worker(db.clone(), clock(), settings)?);
        let witnesses = assemble::witnesses(config);
        if !witnesses.is_empty() {
            let every = Duration::from_secs(config.audit.witness_interval_s);
            work.push(jobs::start_witnessing(db.clone(), clock(), witnesses, every)?);
        }
    }
    let signer = {
        let (signing, db) = (assemble::log_signing(config), db.clone());
        move || signing(&db.keys())
    };
    signer()?;
    work.push(jobs::start_sequencer(db.clone(), signer, clock())?);
    work.push(jobs::watch_keys(db.clone())?);
    work.push(jobs::look_after_erasures(db.clone(), config.erasure.tombstones.clone())?);
    Ok(work)
}

/// Opens the database, if everything about it is right.
fn prepare(config: &Config) -> Result<Db, CliError> {
    let options = assemble::options(config, config.database_url()?);
    let db = open(options, assemble::vault(config)?, Entropy::system())?;
    erasures::expect_no_older(config, &db)?;
    Ok(db)
}

/// Opens a database whose schema is the one of this program and whose key is the right one.
///
/// # Errors
/// Says what is not right.
pub(super) fn open(options: Options, vault: Vault, entropy: Entropy) -> Result<Db, CliError> {
    let status = migrate::status(&options)?;
    if !status.unknown.is_empty() {
        return Err(CliError::NewerSchema);
    }
    if !status.pending.is_empty() {
        return Err(CliError::NotMigrated);
    }
    keys::settle(&options, &vault, Instant::from_utc(Utc::now())).map_err(unfit)?;
    Ok(Db::open(options, vault, entropy)?)
}

/// Says what to do about a deployment key that is missing or wrong.
fn unfit(error: refero_store::Error) -> CliError {
    let cause = std::error::Error::source(&error).and_then(|cause| cause.downcast_ref());
    match cause {
        Some(cause @ (SealingError::MissingEpoch { .. } | SealingError::WrongKey { .. })) => {
            CliError::UnfitKey(*cause)
        }
        Some(_) | None => error.into(),
    }
}

/// Says that nobody could tell the program to stop.
fn deaf(error: io::Error) -> CliError {
    CliError::System("the signals cannot be listened for", error)
}

/// Says that the server ended by itself.
pub(super) fn stopped(error: io::Error) -> CliError {
    CliError::System("the server stopped", error)
}
