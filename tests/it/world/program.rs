//! The program as an operator starts it: a process of its own, with a folder of its own.

use std::{
    fs::{self, File},
    net::TcpListener,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use refero_store::Entropy;
use reqwest::Method;
use sha2::{Digest, Sha256};

use super::{
    AUDIENCE, Database, ISSUER, World, postgres::PostgresDatabase, secret, sqlite::SqliteFile,
};

/// How long a program may take to come up or to go.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn key(name: &str) -> String {
    STANDARD.encode(Sha256::digest(format!("refero tests cli {name}")))
}

/// The line of one epoch in a file of deployment keys.
pub(crate) fn key_of_epoch(epoch: u32) -> String {
    format!("{epoch}:{}\n", key(&format!("epoch {epoch}")))
}

/// The command that makes the first administrator.
pub(crate) const FIRST_ADMINISTRATOR: [&str; 8] = [
    "admin",
    "create",
    "--username",
    "ruth.w",
    "--display-name",
    "Ruth W.",
    "--organisation",
    "Government Computing",
];

/// The program with a small house of its own in a folder.
pub(crate) struct House {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) settings: Vec<(&'static str, String)>,
}

impl House {
    pub(crate) fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("refero.sqlite").display());
        Self { folder, settings: Vec::new() }
            .with("REFERO_DATABASE__URL", url)
            .with("REFERO_KEYS__DEPLOYMENT", key("deployment"))
            .with("REFERO_TOKENS__SIGNING_KEY", key("tokens"))
            .with("REFERO_AUDIT__SIGNING_KEY", key("log"))
            .with("REFERO_AUDIT__LOG_NAME", super::ledger::LOG_NAME)
            .with("REFERO_COUNTRY__PROFILE", "demo")
            .with("REFERO_SERVER__BIND", format!("127.0.0.1:{}", free_port()))
    }

    pub(crate) fn with(mut self, variable: &'static str, value: impl Into<String>) -> Self {
        self.settings.retain(|(known, _)| *known != variable);
        self.settings.push((variable, value.into()));
        self
    }

    pub(crate) fn without(mut self, variable: &str) -> Self {
        self.settings.retain(|(known, _)| *known != variable);
        self
    }

    pub(crate) fn value(&self, variable: &str) -> &str {
        let found = self.settings.iter().find(|(known, _)| *known == variable);
        found.map(|(_, value)| value.as_str()).unwrap()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.command_of(env!("CARGO_BIN_EXE_refero"));
        command.args(arguments);
        command
    }

    fn command_of(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(self.settings.iter().map(|(name, value)| (*name, value)))
            .current_dir(self.folder.path());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs a command that succeeds, and returns what it said.
    #[track_caller]
    pub(crate) fn says(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let (said, refused) = texts(&output);
        assert!(output.status.success(), "{arguments:?}: {refused}");
        said
    }

    /// Runs a command that is refused, and returns its one sentence.
    #[track_caller]
    pub(crate) fn refuses(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let (said, refused) = texts(&output);
        assert!(!output.status.success() && said.is_empty(), "{arguments:?}: {said}");
        refused
    }
}

fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A program that serves, and is stopped with the story.
pub(crate) struct Serving(pub(crate) Child);

impl Serving {
    pub(crate) fn of(mut command: Command) -> Self {
        Self(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// Asks it to stop as an orchestrator does.
    fn tell_to_stop(&self) {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    /// Asks it to stop as an orchestrator does, and waits for its exit status.
    pub(crate) fn terminate(mut self) -> Option<i32> {
        self.tell_to_stop();
        let begun = Instant::now();
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status.code();
            }
            assert!(begun.elapsed() < PATIENCE, "it does not stop");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

pub(crate) fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{what} did not happen");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The program with a database and people of its own, to be started, stopped and killed.
pub(crate) struct Program {
    /// The people and the database.
    pub(crate) w: World,
    pub(crate) house: House,
    serving: Option<Serving>,
}

impl Program {
    pub(crate) fn on_sqlite() -> Self {
        Self::on(Database::Sqlite(SqliteFile::fresh()))
    }

    pub(crate) fn on_postgres() -> Self {
        Self::on(Database::Postgres(PostgresDatabase::fresh()))
    }

    fn on(database: Database) -> Self {
        let bind = format!("127.0.0.1:{}", lasting_port());
        let house = House::on_sqlite()
            .with("REFERO_DATABASE__URL", database.app().url.clone())
            .with("REFERO_SERVER__BIND", bind.clone())
            .with("REFERO_SERVER__SHUTDOWN_TIMEOUT_S", "10")
            .with("REFERO_KEYS__DEPLOYMENT", STANDARD.encode(secret("deployment")))
            .with("REFERO_TOKENS__SIGNING_KEY", STANDARD.encode(secret("tokens")))
            .with("REFERO_TOKENS__ISSUER", ISSUER)
            .with("REFERO_TOKENS__AUDIENCE", AUDIENCE)
            .with("REFERO_PASSWORDS__ARGON2_MEMORY_KIB", "7168")
            .with("REFERO_PASSWORDS__ARGON2_ITERATIONS", "5")
            .with("REFERO_SECOND_FACTOR__REQUIRED", "enrolled")
            .with("REFERO_LOG__LEVEL", "debug");
        Self { w: World::around(database, format!("http://{bind}")), house, serving: None }
    }

    /// Gives it these deployment keys in a file, instead of one in a variable.
    pub(crate) fn keys(&mut self, epochs: &[u32]) {
        let path = self.house.folder.path().join("keys");
        let lines: String = epochs.iter().map(|epoch| key_of_epoch(*epoch)).collect();
        fs::write(&path, lines).unwrap();
        let house = House { folder: tempfile::tempdir().unwrap(), settings: Vec::new() };
        let house = std::mem::replace(&mut self.house, house).without("REFERO_KEYS__DEPLOYMENT");
        self.house = house.with("REFERO_KEYS__EPOCHS_FILE", path.to_str().unwrap());
    }

    /// Gives it one setting more.
    pub(crate) fn set(&mut self, variable: &'static str, value: &str) {
        let house = House { folder: tempfile::tempdir().unwrap(), settings: Vec::new() };
        self.house = std::mem::replace(&mut self.house, house).with(variable, value);
    }

    /// Starts it and waits until it is ready; gives how long that took.
    pub(crate) async fn start(&mut self) -> Duration {
        let command = self.house.command(&["serve"]);
        self.start_as(command).await
    }

    /// Starts it so that a write beyond a limit fails, as on a full disk, instead of ending it.
    pub(crate) async fn start_with_a_disk_that_can_be_full(&mut self) -> Duration {
        let mut command = self.house.command_of("sh");
        command.args(["-c", "trap '' XFSZ; exec \"$0\" serve", env!("CARGO_BIN_EXE_refero")]);
        self.start_as(command).await
    }

    async fn start_as(&mut self, mut command: Command) -> Duration {
        let begun = Instant::now();
        let log = File::options().create(true).append(true).open(self.log_path()).unwrap();
        let mut serving = Serving(command.stdout(Stdio::null()).stderr(log).spawn().unwrap());
        loop {
            let ready = self.w.stranger(Method::GET, "/readyz").attempt().await;
            if ready.is_ok_and(|answer| answer.status == 200) {
                self.serving = Some(serving);
                return begun.elapsed();
            }
            assert!(serving.0.try_wait().unwrap().is_none(), "it ended: {}", self.log());
            assert!(begun.elapsed() < PATIENCE, "it is not ready: {}", self.log());
            actix_web::rt::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Kills it where it stands.
    pub(crate) fn kill(&mut self) {
        self.serving = None;
    }

    /// Asks it to stop, and gives its exit status and how long it took.
    pub(crate) async fn terminate(&mut self) -> (Option<i32>, Duration) {
        let begun = Instant::now();
        let mut serving = self.serving.take().unwrap();
        serving.tell_to_stop();
        loop {
            if let Some(status) = serving.0.try_wait().unwrap() {
                return (status.code(), begun.elapsed());
            }
            assert!(begun.elapsed() < PATIENCE, "it does not stop");
            actix_web::rt::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Lets no file of it grow beyond a size, or every file to any size.
    pub(crate) fn limit_files(&self, bytes: Option<u64>) {
        let limit = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
        let id = self.serving.as_ref().unwrap().0.id();
        let limited = Command::new("prlimit")
            .args([format!("--pid={id}"), format!("--fsize={limit}:unlimited")])
            .status();
        assert!(limited.unwrap().success());
    }

    /// Returns everything that it has logged so far.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.log_path()).unwrap()).into_owned()
    }

    fn log_path(&self) -> std::path::PathBuf {
        self.house.folder.path().join("log")
    }
}

/// A port that nobody is given in passing: below the range that systems hand out, so that a program
/// finds it free again after it was killed.
fn lasting_port() -> u16 {
    let entropy = Entropy::system();
    loop {
        let port = u16::try_from(20_000 + entropy.below(12_000)).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
