//! The command line: how the service is prepared, started, watched and tried out.
//!
//! What a command says goes to standard output; logs and refusals go to standard error, so that
//! `refero demo --json` and `refero openapi` can be read by programs.

mod admin;
pub mod assemble;
mod audit;
mod backup;
mod db;
mod demo;
mod deployment_keys;
mod doctor;
mod erasures;
mod error;
mod export;
mod healthcheck;
mod keys;
mod logs;
mod profiles;
mod serve;
mod upgrade;
mod witness;

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Parser, Subcommand};

pub use error::CliError;

use crate::{
    api::openapi,
    config::{Config, Sources},
};

/// The backend of a national referral mechanism for victims of trafficking.
#[derive(Debug, Parser)]
#[command(name = "refero", version, about, disable_help_subcommand = true)]
struct Cli {
    /// The configuration file, instead of REFERO_CONFIG or refero.toml.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Sets one key of the configuration, such as `log.level=debug`. Not for secrets: other users
    /// of the machine see the command line.
    #[arg(long = "set", value_name = "KEY=VALUE", global = true)]
    settings: Vec<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the API, and does the work beside it.
    Serve {
        /// Listens here, instead of at `server.bind`.
        #[arg(long, value_name = "ADDRESS:PORT")]
        bind: Option<String>,
        /// Leaves the work beside requests to `refero worker`.
        #[arg(long)]
        no_worker: bool,
    },
    /// Does the work beside requests and serves nothing.
    Worker,
    /// Starts a demonstration with made-up people, for this machine alone.
    Demo(demo::DemoArgs),
    /// Prepares the database.
    #[command(subcommand)]
    Db(DbCommand),
    /// Makes a backup in one encrypted file, while servers serve.
    Backup(backup::BackupArgs),
    /// Puts a backup into a new, empty database.
    Restore(backup::ReadArgs),
    /// Restores a backup into a scratch database and verifies it; the exit status is the answer.
    VerifyBackup(backup::VerifyArgs),
    /// Makes deployment keys and keys for backups, and lets one deployment key follow another.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Shows who was forgotten, and forgets them again in a restored database.
    #[command(subcommand)]
    Erasures(erasures::ErasuresCommand),
    /// Makes or recovers an administrator, for who runs the service on this machine.
    #[command(subcommand)]
    Admin(admin::AdminCommand),
    /// Shows, exports and verifies the log over the audit trail.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Asks the server on this machine whether it is ready; the exit status is the answer.
    Healthcheck,
    /// Checks everything that the service stands on, each check with a name and what to do. The exit
    /// status is 0 if all is well, 1 if something needs a look, 2 if something is wrong.
    Doctor(doctor::DoctorArgs),
    /// Says what this program would do with the configuration and the database that are there, before
    /// it takes the place of another; fails if it would refuse to serve. Changes nothing.
    UpgradeCheck,
    /// Writes the API description (OpenAPI 3.1).
    Openapi,
    /// Shows and checks country profiles.
    #[command(subcommand)]
    Profile(profiles::ProfileCommand),
    /// Shows or checks the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
}

#[derive(Debug, Subcommand)]
enum DbCommand {
    /// Creates a SQLite file if there is none, and applies what is pending.
    Migrate,
    /// Shows where the database stands; fails unless it is current.
    Status,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Shows every value, with a fixed word for each secret.
    Show,
    /// Checks that all that serving needs is there.
    Check,
}

/// Runs the command of this process.
#[must_use]
pub fn run() -> ExitCode {
    match Cli::parse().run() {
        Ok(code) => code,
        Err(refusal) => {
            // Nobody is left to be told if standard error is closed.
            drop(writeln!(io::stderr(), "refero: {}", refusal.sentence()));
            ExitCode::FAILURE
        }
    }
}

impl Cli {
    fn run(self) -> Result<ExitCode, CliError> {
        let Self { config: file, settings, command } = self;
        let settings = Settings { file, settings };
        match command {
            Command::Serve { bind, no_worker } => {
                let bind = bind.map(|bind| ("server.bind", bind));
                let worker = no_worker.then(|| ("worker.enabled", "false".to_owned()));
                serve::serve(&settings.load(bind.into_iter().chain(worker))?)?;
            }
            Command::Worker => serve::work(&settings.load([])?)?,
            Command::Demo(args) => demo::demo(&args, &settings)?,
            Command::Db(DbCommand::Migrate) => db::migrate(&settings.load([])?)?,
            Command::Db(DbCommand::Status) => return db::status(&settings.load([])?),
            Command::Backup(args) => backup::backup(&settings.load([])?, &args)?,
            Command::Restore(args) => return backup::restore(&settings.load([])?, &args),
            Command::VerifyBackup(args) => return backup::verify(&settings.load([])?, &args),
            Command::Keys(command) => keys::keys(&settings.load([])?, command)?,
            Command::Erasures(command) => erasures::erasures(&settings.load([])?, &command)?,
            Command::Admin(command) => admin::admin(&settings.load([])?, command)?,
            Command::Audit(command) => return audit::audit(command, || settings.load([])),
            Command::Healthcheck => return Ok(healthcheck::healthcheck(&settings.load([])?)),
            Command::Doctor(args) => return doctor::doctor(&args, || settings.load([])),
            Command::UpgradeCheck => return upgrade::upgrade_check(&settings),
            Command::Openapi => {
                let text = openapi::write()
                    .map_err(|_| CliError::Refused("the API description could not be written"))?;
                say(&text)?;
            }
            Command::Profile(command) => profiles::profile(&command)?,
            Command::Config(ConfigCommand::Show) => {
                say(&settings.load([])?.redacted().to_string())?;
            }
            Command::Config(ConfigCommand::Check) => {
                settings.load([])?.require_serving()?;
                say("the configuration is complete\n")?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What the flags say about the configuration.
#[derive(Debug)]
struct Settings {
    file: Option<PathBuf>,
    settings: Vec<String>,
}

impl Settings {
    /// Reads the configuration of this process.
    fn load(
        &self,
        flags: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Result<Config, CliError> {
        Ok(Config::load(self.sources(flags)?)?)
    }

    /// Gathers what was given, before it is understood.
    fn sources(
        &self,
        flags: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Result<Sources, CliError> {
        let sources = Sources::from_process();
        let sources = match &self.file {
            Some(file) => sources.with_file(file),
            None => sources,
        };
        let sources =
            flags.into_iter().fold(sources, |all, (key, value)| all.with_flag(key, value));
        self.over(sources)
    }

    /// Lays the single settings over everything else.
    fn over(&self, sources: Sources) -> Result<Sources, CliError> {
        self.settings.iter().try_fold(sources, |all, setting| {
            let (key, value) =
                setting.split_once('=').ok_or(CliError::Refused("--set takes KEY=VALUE"))?;
            Ok(all.with_flag(key, value))
        })
    }
}

/// Writes to standard output.
fn say(text: &str) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|e| CliError::System("standard output is closed", e))
}
