//! The program as an operator starts it: a process of its own, with a folder of its own.

use std::{
    net::TcpListener,
    ops::{Deref, DerefMut},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use super::{Database, World, postgres::PostgresDatabase, process::Server, sqlite::SqliteFile};

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

    pub(super) fn command_of(&self, program: &str) -> Command {
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
    pub(super) fn tell_to_stop(&self) {
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

/// A server with a database and people of its own.
pub(crate) struct Program {
    /// The people and the database.
    pub(crate) w: World,
    pub(crate) server: Server,
}

impl Program {
    pub(crate) fn on_sqlite() -> Self {
        Self::on(Database::Sqlite(SqliteFile::fresh()))
    }

    pub(crate) fn on_postgres() -> Self {
        Self::on(Database::Postgres(PostgresDatabase::fresh()))
    }

    pub(crate) fn on(database: Database) -> Self {
        let server = Server::on(database.app());
        Self { w: World::around(database, server.url()), server }
    }
}

impl Deref for Program {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

impl DerefMut for Program {
    fn deref_mut(&mut self) -> &mut Server {
        &mut self.server
    }
}
