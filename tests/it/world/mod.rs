//! A whole service for one story: a real server on a free port, a fresh database, a clock that
//! stands, and people who use it.

#[macro_use]
mod macros;
mod answer;
pub(crate) mod cluster;
mod heard;
pub(crate) mod ledger;
pub(crate) mod logs;
#[cfg(target_os = "linux")]
pub(crate) mod machine;
mod outage;
mod persona;
pub(crate) mod postgres;
pub(crate) mod process;
pub(crate) mod program;
pub(crate) mod quiet;
pub(crate) mod raw;
pub(crate) mod sqlite;
pub(crate) mod watcher;
pub(crate) mod wire;

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, AtomicU32, Ordering},
        mpsc,
    },
    thread,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use refero::{
    api::{
        app::{App, Clock},
        server::{self, Running},
    },
    authn::{
        password::{HashCost, Hasher, PasswordPolicy},
        token::{TokenKey, Tokens},
    },
    cli::assemble,
    config::{Config, Sources},
};
use refero_domain::{id::OrganisationId, instant::Instant};
use refero_store::{
    Db, Entropy, Options, keys,
    sealing::{DeploymentKey, KeyRing},
    testing,
};
use reqwest::Method;
use sha2::{Digest, Sha256};

pub(crate) use self::{
    answer::{Answer, Asking, together},
    persona::Persona,
};
use self::{heard::Heard, postgres::PostgresDatabase, quiet::Presence, sqlite::SqliteFile};

/// The password of every persona.
pub(crate) const PASSWORD: &str = "violet kettle under seven maps";
/// When every story begins: a Monday.
const BEGINNING: &str = "2026-11-02T09:00:00Z";
pub(crate) const ISSUER: &str = "refero-tests";
pub(crate) const AUDIENCE: &str = "refero-tests-api";
/// The country of every story that names no other.
const AS_USUAL: (&str, &str) = ("country.profile", "demo");
/// The cheapest hash that the configuration allows.
const COST: HashCost = HashCost { memory_kib: 7_168, iterations: 5, parallelism: 1 };

/// Where the data of a world lies; dropped with it.
pub(crate) enum Database {
    Sqlite(SqliteFile),
    Postgres(PostgresDatabase),
}

/// What a world shares with its people.
pub(crate) struct Inner {
    base_url: String,
    client: reqwest::Client,
    clock: Clock,
    /// How many seconds a server of another process is ahead of the system's time.
    ahead_s: AtomicI64,
    tokens: Tokens,
    entropy: Entropy,
    counter: AtomicU32,
    heard: Arc<Heard>,
    app: Option<Arc<App>>,
    database: Database,
    _presence: Presence,
}

/// One service, for one story.
pub(crate) struct World {
    inner: Arc<Inner>,
    running: Option<Running>,
    thread: Option<thread::JoinHandle<()>>,
}

impl World {
    /// The same under a country's profile.
    pub(crate) async fn on_sqlite_in(country: &str) -> Self {
        Self::begin(Database::Sqlite(SqliteFile::fresh()), ("country.profile", country))
    }

    /// Begins on a fresh PostgreSQL database.
    pub(crate) async fn on_postgres() -> Self {
        Self::on_postgres_in("demo").await
    }

    /// The same under a country's profile.
    pub(crate) async fn on_postgres_in(country: &str) -> Self {
        Self::begin(Database::Postgres(PostgresDatabase::fresh()), ("country.profile", country))
    }

    /// Begins on a fresh SQLite file that is reached in another way than usual.
    pub(crate) async fn on_sqlite_with(tune: impl FnOnce(&mut Options)) -> Self {
        let mut file = SqliteFile::fresh();
        tune(&mut file.options);
        Self::begin(Database::Sqlite(file), AS_USUAL)
    }

    /// Begins on a fresh PostgreSQL database that is reached in another way than usual.
    pub(crate) async fn on_postgres_with(tune: impl FnOnce(&mut Options)) -> Self {
        let mut database = PostgresDatabase::fresh();
        tune(&mut database.app);
        Self::begin(Database::Postgres(database), AS_USUAL)
    }

    /// Begins on a fresh SQLite file with another setting than usual.
    pub(crate) async fn on_sqlite_set(setting: (&str, &str)) -> Self {
        Self::begin(Database::Sqlite(SqliteFile::fresh()), setting)
    }

    /// Begins on a fresh PostgreSQL database with another setting than usual.
    pub(crate) async fn on_postgres_set(setting: (&str, &str)) -> Self {
        Self::begin(Database::Postgres(PostgresDatabase::fresh()), setting)
    }

    /// Begins around a database that somebody else serves, on the system's time.
    pub(crate) fn around(database: Database, base_url: String) -> Self {
        let inner = Inner::of(database, Clock::system(), base_url, (None, Presence::begin()));
        Self { inner: Arc::new(inner), running: None, thread: None }
    }

    fn begin(database: Database, setting: (&str, &str)) -> Self {
        let presence = Presence::begin();
        logs::keep();
        let clock = Clock::standing_at(serde_json::from_value(BEGINNING.into()).unwrap());
        let config = config(database.app(), setting);
        let ring = assemble::key_ring(&config).unwrap();
        keys::ensure_registered(database.app(), &ring, clock.now()).unwrap();
        let db = Db::open(database.app().clone(), ring, Entropy::seeded(1)).unwrap();
        let app = Arc::new(assemble::app(&config, db, clock.clone()).unwrap());
        let options = assemble::server(&config);
        let (tell, told) = mpsc::channel();
        let served = Arc::clone(&app);
        let thread = thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let (running, server) = server::start(served, &options).unwrap();
                tell.send(running).unwrap();
                server.await.unwrap();
            });
        });
        let running = told.recv().unwrap();
        let base_url = format!("http://{}", running.address());
        let inner = Inner::of(database, clock, base_url, (Some(app), presence));
        Self { inner: Arc::new(inner), running: Some(running), thread: Some(thread) }
    }

    /// Returns the world's present moment.
    pub(crate) fn now(&self) -> Instant {
        self.inner.now()
    }

    /// Says how many seconds the clock of a server of another process is ahead.
    pub(crate) fn set_ahead_s(&self, seconds: i64) {
        self.inner.ahead_s.store(seconds, Ordering::Relaxed);
    }

    /// Lets time pass.
    pub(crate) fn advance_s(&self, seconds: i64) {
        self.inner.clock.advance(seconds);
    }

    /// Opens the database as a second program has it, with the same keys: a worker beside the server.
    pub(crate) fn second_program(&self) -> Db {
        let ring = KeyRing::single(1, deployment_key());
        Db::open(self.app_options().clone(), ring, Entropy::system()).unwrap()
    }

    /// Returns the address of the server, without a slash at its end.
    pub(crate) fn base_url(&self) -> &str {
        &self.inner.base_url
    }

    /// Asks without a token.
    pub(crate) fn stranger(&self, method: Method, path: &str) -> Asking {
        Asking::new(&self.inner.client, method, format!("{}{path}", self.inner.base_url), None)
    }

    /// Asks with a token as it is given.
    pub(crate) fn bearer(&self, token: &str, method: Method, path: &str) -> Asking {
        let url = format!("{}{path}", self.inner.base_url);
        Asking::new(&self.inner.client, method, url, Some(token.to_owned()))
    }

    /// Puts an organisation into the database.
    pub(crate) fn organisation(&self, organisation_type: &str) -> OrganisationId {
        self.inner.organisation(organisation_type)
    }

    /// Puts a service of an organisation into the database: for everybody, everywhere.
    pub(crate) fn service(&self, organisation_id: &OrganisationId, service_type: &str) -> String {
        let id = uuid::Uuid::new_v4().to_string();
        testing::insert_service(self.owner(), &id, organisation_id, service_type, self.now())
            .unwrap();
        id
    }

    /// Returns the database as its owner sees it.
    pub(crate) fn owner(&self) -> &Options {
        self.inner.owner()
    }

    /// Returns the database as the application sees it.
    pub(crate) fn app_options(&self) -> &Options {
        self.inner.database.app()
    }

    /// Returns the database as the server's superuser sees it; SQLite has none.
    pub(crate) fn superuser(&self) -> Option<Options> {
        match &self.inner.database {
            Database::Sqlite(_) => None,
            Database::Postgres(database) => Some(database.superuser()),
        }
    }

    /// Keeps from now on what is answered to whom, and forgets what was kept before.
    pub(crate) fn listen(&self) {
        self.inner.heard.begin();
    }

    /// Returns what was answered to somebody since [`Self::listen`].
    pub(crate) fn heard_by(&self, persona: &Persona) -> Vec<Answer> {
        self.inner.heard.by(&persona.user_id)
    }

    /// Returns what a monitoring system would be told now.
    pub(crate) fn metrics(&self) -> String {
        self.inner.app.as_ref().unwrap().metrics_text().unwrap()
    }

    /// Runs SQL as the owner.
    pub(crate) fn sql(&self, sql: &str) {
        testing::run(self.owner(), sql).unwrap();
    }

    /// Asks the database as the owner; the column is called `value` and is a text.
    pub(crate) fn texts(&self, sql: &str) -> Vec<String> {
        if let Some(app) = &self.inner.app {
            app.settle();
        }
        testing::texts(self.owner(), sql).unwrap()
    }

    /// Returns the actions of all audit events so far, oldest first, with their outcomes.
    pub(crate) fn trail(&self) -> Vec<String> {
        self.texts("select action || ' ' || outcome as value from audit_events order by at, id")
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            drop(running.stop(false));
        }
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl Inner {
    fn of(
        database: Database,
        clock: Clock,
        base_url: String,
        (app, presence): (Option<Arc<App>>, Presence),
    ) -> Self {
        let key = TokenKey::from_secret(&secret("tokens")).unwrap();
        Self {
            base_url,
            client: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
            clock,
            ahead_s: AtomicI64::new(0),
            tokens: Tokens::new(key, ISSUER, AUDIENCE, 600),
            // Another seed than the server's, or both would make the same ids.
            entropy: Entropy::seeded(2),
            counter: AtomicU32::new(1),
            heard: Arc::default(),
            app,
            database,
            _presence: presence,
        }
    }

    fn owner(&self) -> &Options {
        match &self.database {
            Database::Sqlite(file) => &file.options,
            Database::Postgres(database) => &database.owner,
        }
    }

    fn now(&self) -> Instant {
        self.clock.now().plus_seconds(self.ahead_s.load(Ordering::Relaxed))
    }

    fn next(&self) -> u32 {
        self.counter.fetch_add(1, Ordering::Relaxed)
    }

    fn organisation(&self, organisation_type: &str) -> OrganisationId {
        let id = self.entropy.id();
        let name = format!("Organisation {}", self.next());
        let made =
            testing::Organisation { id: &id, name: &name, kind: organisation_type, area: None };
        testing::insert_organisation(self.owner(), &made, self.now()).unwrap();
        id
    }
}

impl Database {
    pub(crate) fn app(&self) -> &Options {
        match self {
            Self::Sqlite(file) => &file.options,
            Self::Postgres(database) => &database.app,
        }
    }
}

/// A random-looking secret that is the same in every run.
pub(crate) fn secret(name: &str) -> [u8; 32] {
    Sha256::digest(format!("refero tests {name}")).into()
}

/// The deployment key of every world.
pub(crate) fn deployment_key() -> DeploymentKey {
    DeploymentKey::from_base64(&STANDARD.encode(secret("deployment"))).unwrap()
}

fn config(options: &Options, setting: (&str, &str)) -> Config {
    let flag = |sources: Sources, (key, value): (&str, &str)| sources.with_flag(key, value);
    let (deployment, signing) =
        (STANDARD.encode(secret("deployment")), STANDARD.encode(secret("tokens")));
    let log = program::key("log");
    let sources = [
        ("server.bind", "127.0.0.1:0"),
        ("server.workers", "1"),
        ("database.url", &options.url),
        ("database.pool_size", "4"),
        ("keys.deployment", &deployment),
        ("tokens.signing_key", &signing),
        ("tokens.issuer", ISSUER),
        ("tokens.audience", AUDIENCE),
        ("passwords.argon2_memory_kib", "7168"),
        ("passwords.argon2_iterations", "5"),
        ("audit.signing_key", &log),
        ("audit.log_name", ledger::LOG_NAME),
        ("second_factor.required", "enrolled"),
        AS_USUAL,
        setting,
    ]
    .into_iter()
    .fold(Sources::new(), flag);
    Config::load(sources).unwrap()
}

/// The hash of [`PASSWORD`], computed once in this process.
fn password_hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| {
        let policy = PasswordPolicy { min_chars: 15, max_bytes: 128 };
        let entropy = Entropy::seeded(3);
        let hasher = Hasher::new(policy, COST, &mut *entropy.rng()).unwrap();
        hasher.hash(PASSWORD, &mut *entropy.rng()).unwrap()
    })
}
