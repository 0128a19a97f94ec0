//! `refero demo`: the whole service with made-up people, in one folder, for this machine alone.

use std::{
    fs,
    io::{self, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use actix_web::{rt::System, web};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::Utc;
use clap::Args;
use refero_domain::{
    actor::ActorRole,
    id::{OrganisationId, UserId},
    instant::Instant,
};
use refero_store::{Entropy, migrate};
use serde::Serialize;
use zeroize::Zeroizing;

use super::{CliError, Settings, assemble, healthcheck, logs, say, serve};
use crate::{
    api::{app::Clock, server},
    config::{Config, Sources},
    demo::{self, Seeding, accounts},
    jobs::Rounds,
};

/// What the demonstration is told.
#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// Writes one line of JSON when it serves, instead of the words for a person.
    #[arg(long)]
    json: bool,
    /// The port on this machine; 0 takes a free one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The folder of the data and the keys; made if it is not there, used again if it is.
    #[arg(long, value_name = "DIR", default_value = "demo-data")]
    data_dir: PathBuf,
}

/// Is written when everything was seeded: a folder without it was interrupted.
const COMPLETE: &str = "complete";

/// Seeds the folder if it is new, serves it, and says how to sign in.
///
/// # Errors
/// Says what the folder or the system refuses.
pub(super) fn demo(args: &DemoArgs, settings: &Settings) -> Result<(), CliError> {
    let folder = prepare_folder(&args.data_dir)?;
    let config = configure(&folder, args.port, settings)?;
    logs::start(&config.log);
    if !folder.join(COMPLETE).exists() {
        seed(&config, &folder)?;
    }
    let vault = assemble::vault(&config)?;
    let options = assemble::options(&config, config.database_url()?);
    let db = serve::open(options, vault, Entropy::system())?;
    let people = people(&db);
    let work = serve::beside(&config, &db)?;
    let app = Arc::new(assemble::app(&config, db, Clock::system())?);
    System::new().block_on(async {
        let (running, serving) = server::start(app, &assemble::server(&config))
            .map_err(|e| CliError::System("the port on this machine is not free", e))?;
        let address = running.address();
        running
            .stop_on_signal()
            .map_err(|e| CliError::System("the signals cannot be listened for", e))?;
        let (json, folder) = (args.json, folder.clone());
        actix_web::rt::spawn(async move {
            // It serves when it has answered once.
            let ready = web::block(move || healthcheck::is_ready(address)).await;
            let told = match (ready, json) {
                (Ok(Ok(true)), true) => line(address, &people),
                (Ok(Ok(true)), false) => Ok(banner(address, &folder, &people)),
                _ => Err(CliError::Refused("the demonstration is not ready")),
            };
            if let Err(refusal) = told.and_then(|text| say(&text)) {
                tracing::error!(error = %refusal.sentence(), "the demonstration is not ready");
            }
        });
        serving.await.map_err(serve::stopped)
    })?;
    work.into_iter().for_each(Rounds::stop);
    Ok(())
}

/// Makes the folder and the keys in it, if they are not there.
fn prepare_folder(folder: &Path) -> Result<PathBuf, CliError> {
    let refused = |e| CliError::System("the folder of the demonstration cannot be used", e);
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(refused)?;
    let database = folder.join("refero.sqlite");
    if database.exists() && !folder.join(COMPLETE).exists() {
        return Err(CliError::Refused(
            "the folder of the demonstration is not complete: remove it and start again",
        ));
    }
    for name in ["deployment.key", "token-signing.key"] {
        let path = folder.join(name);
        if !path.exists() {
            // A new key would open nothing of an old database.
            if database.exists() {
                return Err(CliError::Refused("a key of the demonstration is not in its folder"));
            }
            write_key(&path).map_err(refused)?;
        }
    }
    if !database.exists() {
        migrate::create_sqlite(&database)?;
    }
    Ok(folder.to_path_buf())
}

fn write_key(path: &Path) -> io::Result<()> {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    rand::Rng::fill_bytes(&mut *Entropy::system().rng(), bytes.as_mut_slice());
    let text = Zeroizing::new(STANDARD.encode(bytes.as_slice()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

/// Takes nothing from the environment: a demonstration must never open a real database.
fn configure(folder: &Path, port: u16, settings: &Settings) -> Result<Config, CliError> {
    let inside = |name: &str| folder.join(name).display().to_string();
    let sources = [
        ("server.bind", format!("127.0.0.1:{port}")),
        ("database.url", format!("sqlite://{}", inside("refero.sqlite"))),
        ("keys.deployment_file", inside("deployment.key")),
        ("tokens.signing_key_file", inside("token-signing.key")),
        ("country.profile", "demo".to_owned()),
        // Whoever tries it signs in with a name and a password, and may enrol.
        ("second_factor.required", "enrolled".to_owned()),
        ("log.level", "warn".to_owned()),
    ]
    .into_iter()
    .fold(Sources::new(), |all, (key, value)| all.with_flag(key, value));
    let config = Config::load(settings.over(sources)?)?;
    if !config.server.bind.ip().is_loopback() {
        return Err(CliError::Refused("a demonstration serves this machine alone"));
    }
    Ok(config)
}

/// Migrates and fills the empty database.
fn seed(config: &Config, folder: &Path) -> Result<(), CliError> {
    let options = assemble::options(config, config.database_url()?);
    migrate::migrate(&options)?;
    // The same ids in every demonstration; from the next start on, randomness is the system's.
    let db = serve::open(options, assemble::vault(config)?, Entropy::seeded(2026))?;
    let app = assemble::app(config, db.clone(), Clock::system())?;
    demo::seed(&Seeding {
        db: &db,
        profile: Arc::clone(app.profile()),
        hasher: app.hashing().hasher(),
        now: Instant::from_utc(Utc::now()),
    })?;
    fs::write(folder.join(COMPLETE), "")
        .map_err(|e| CliError::System("the folder of the demonstration cannot be written", e))
}

/// Somebody to sign in as, with the password of this folder.
struct Person {
    account: &'static accounts::DemoAccount,
    password: String,
}

fn people(db: &refero_store::Db) -> Vec<Person> {
    let with_password = |account: &'static accounts::DemoAccount| Person {
        password: account.password(db.keys().current()),
        account,
    };
    accounts::accounts().iter().map(with_password).collect()
}

/// The one line that tests and integrators start from.
#[derive(Serialize)]
struct Ready<'p> {
    base_url: String,
    docs_url: String,
    accounts: Vec<SignIn<'p>>,
}

#[derive(Serialize)]
struct SignIn<'p> {
    role: ActorRole,
    username: &'static str,
    password: &'p str,
    organisation_id: OrganisationId,
    organisation: &'static str,
    user_id: UserId,
}

fn line(address: SocketAddr, people: &[Person]) -> Result<String, CliError> {
    let accounts = people.iter().map(|Person { account, password }| SignIn {
        role: account.role,
        username: account.username,
        password,
        organisation_id: account.organisation.id(),
        organisation: account.organisation.name,
        user_id: account.id(),
    });
    let ready = Ready {
        base_url: format!("http://{address}"),
        docs_url: format!("http://{address}/docs/"),
        accounts: accounts.collect(),
    };
    let line = serde_json::to_string(&ready);
    line.map(|line| line + "\n").map_err(|_| CliError::Refused("the line could not be written"))
}

/// Writes what a person needs to begin.
fn banner(address: SocketAddr, folder: &Path, people: &[Person]) -> String {
    let mut text = format!(
        "\nRefero demonstration: a fictional country, made-up people, this machine alone.\n\n\
         API            http://{address}/v1\n\
         Documentation  http://{address}/docs/\n\
         Description    http://{address}/openapi.yaml\n\
         Data and keys  {}\n\n\
         Warning: the keys lie beside the database. Never do this with data of real people.\n\n\
         Sign in with POST /v1/session {{\"username\": \"…\", \"password\": \"…\"}} as:\n\n",
        folder.display()
    );
    for Person { account, password } in people {
        text.push_str(&format!(
            "  {:<26} {:<22} {password}  {}\n",
            account.role.code(),
            account.username,
            account.organisation.name
        ));
    }
    text.push_str("\nStop with Ctrl+C. The same folder goes on where you stopped.\n");
    text
}
