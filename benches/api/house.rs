//! The program as an operator starts it: a process of its own on a database of its own, with every
//! setting as it is delivered.

use std::{
    env,
    fs::{self, File},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, atomic::AtomicU32},
    thread,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use clap::ValueEnum;
use refero::config::{Config, Sources};
use refero_store::{Options, testing};
use reqwest::{Method, Url};

use crate::{Outcome, client::Connection, machine, postgres::PostgresDatabase};

/// The program as it is released.
pub(crate) const RELEASED: &str = env!("CARGO_BIN_EXE_refero");

/// How long the program may take to come up.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked after meanwhile.
const GLANCE: Duration = Duration::from_millis(2);

/// Which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Database {
    Sqlite,
    Postgresql,
}

impl Database {
    pub(crate) const BOTH: [Self; 2] = [Self::Sqlite, Self::Postgresql];

    /// Returns what a machine calls it.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgresql => "postgresql",
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgresql => "PostgreSQL",
        }
    }
}

/// Names and values of settings, as the environment has them.
type Settings = Vec<(String, String)>;

/// What the data cannot be read without.
const SECRETS: [&str; 2] = ["REFERO_KEYS__DEPLOYMENT", "REFERO_TOKENS__SIGNING_KEY"];

/// A database, and the settings of a server on it.
pub(crate) struct House {
    pub(crate) base_url: String,
    /// How often what had to succeed was answered 503, and sent again.
    pub(crate) busy: Arc<AtomicU32>,
    program: PathBuf,
    settings: Settings,
    postgres: Option<PostgresDatabase>,
    /// Beside what was built: a temporary folder of the system may lie in memory.
    folder: tempfile::TempDir,
}

impl House {
    /// Makes a database that nobody is in.
    pub(crate) fn on(database: Database, program: &Path) -> Outcome<Self> {
        match database {
            Database::Sqlite => Self::on_sqlite(program),
            Database::Postgresql => Self::on_postgres(program),
        }
    }

    fn on_sqlite(program: &Path) -> Outcome<Self> {
        let (folder, settings) = in_a_file()?;
        Self::prepare((program, folder), (settings, secrets()), None)
    }

    fn on_postgres(program: &Path) -> Outcome<Self> {
        let database = PostgresDatabase::fresh()?;
        let urls = vec![
            ("REFERO_DATABASE__URL".to_owned(), database.url_of("app")?),
            ("REFERO_DATABASE__OWNER_URL".to_owned(), database.url_of("owner")?),
        ];
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        Self::prepare((program, folder), (urls, secrets()), Some(database))
    }

    /// Takes a copy of a SQLite database, whose secrets are these.
    pub(crate) fn of_copy(file: &Path, secrets: Vec<(String, String)>) -> Outcome<Self> {
        let (folder, settings) = in_a_file()?;
        fs::copy(file, sqlite_file(folder.path()))?;
        Self::prepare((Path::new(RELEASED), folder), (settings, secrets), None)
    }

    /// Brings the database to the schema of the program.
    fn prepare(
        (program, folder): (&Path, tempfile::TempDir),
        (mut settings, secrets): (Settings, Settings),
        postgres: Option<PostgresDatabase>,
    ) -> Outcome<Self> {
        // One account here opens more people than any account of a real country may on a day.
        let profile = folder.path().join("profile.toml");
        fs::write(&profile, unwatched(include_str!("../../profiles/demo.toml"))?)?;
        let bind = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let own = [
            ("REFERO_COUNTRY__PROFILE", profile.display().to_string()),
            ("REFERO_SECOND_FACTOR__REQUIRED", "enrolled".to_owned()),
            ("REFERO_SERVER__BIND", bind.clone()),
        ];
        settings.extend(own.map(|(name, value)| (name.to_owned(), value)));
        settings.extend(secrets);
        let house = Self {
            base_url: format!("http://{bind}"),
            busy: Arc::default(),
            program: program.to_owned(),
            settings,
            postgres,
            folder,
        };
        house.says(&["db", "migrate"])?;
        Ok(house)
    }

    /// Returns what else has to be kept with a copy of the database.
    pub(crate) fn secrets(&self) -> Vec<(String, String)> {
        let is_secret = |(name, _): &&(String, String)| SECRETS.contains(&name.as_str());
        self.settings.iter().filter(is_secret).cloned().collect()
    }

    /// Returns the file of the database, if it is SQLite.
    pub(crate) fn sqlite_file(&self) -> PathBuf {
        sqlite_file(self.folder.path())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env_clear()
            .envs(self.settings.iter().cloned())
            .current_dir(self.folder.path())
            .args(arguments);
        command
    }

    /// Runs a command to its end and returns what it said.
    pub(crate) fn says(&self, arguments: &[&str]) -> Outcome<String> {
        let output = self.command(arguments).output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Starts the server and waits until it is ready.
    pub(crate) fn serve(&self) -> Outcome<Server> {
        self.started(self.command(&["serve"]))
    }

    /// Starts what reads one row and does nothing else, in the place of the server.
    pub(crate) fn serve_bare(&self) -> Outcome<Server> {
        let address = self.base_url.trim_start_matches("http://");
        let mut command = Command::new(env::current_exe()?);
        command.env_clear().envs(self.settings.iter().cloned()).args(["--bare-reads", address]);
        self.started(command)
    }

    fn started(&self, mut command: Command) -> Outcome<Server> {
        let log = self.folder.path().join("log");
        command.stdout(Stdio::null()).stderr(File::create(&log)?);
        let connection = Connection::to(self)?;
        let begun = Instant::now();
        let mut server = Server { process: command.spawn()?, ready_after: Duration::ZERO };
        let is_ready = || {
            let asked = connection.send(connection.request(Method::GET, "/readyz"));
            asked.is_ok_and(|answer| answer.status == 200)
        };
        while !is_ready() {
            if server.process.try_wait()?.is_some() || begun.elapsed() > PATIENCE {
                return Err(format!("it does not serve: {}", fs::read_to_string(&log)?).into());
            }
            thread::sleep(GLANCE);
        }
        server.ready_after = begun.elapsed();
        Ok(server)
    }

    /// Returns the configuration of the server.
    pub(crate) fn config(&self) -> Outcome<Config> {
        let settings = self.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        Ok(Config::load(Sources::new().with_environment(settings))?)
    }

    /// Returns the way to the database for who owns it. What is done there may take its time.
    pub(crate) fn owner(&self) -> Outcome<Options> {
        let url = match &self.postgres {
            None => format!("sqlite://{}", sqlite_file(self.folder.path()).display()),
            Some(database) => database.url_of("owner")?,
        };
        Ok(Options { statement_timeout_ms: 1_800_000, ..Options::for_url(url) })
    }

    /// Returns the way to the database for a role, if it is PostgreSQL.
    pub(crate) fn postgres_url(&self, role: &str) -> Outcome<Option<Url>> {
        self.postgres.as_ref().map(|database| database.url(Some(role))).transpose()
    }

    /// Returns the folder of what is needed while it is measured.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Says which database this is and what it promises of a commit, as the database tells it.
    pub(crate) fn about(&self) -> Outcome<String> {
        let Some(database) = &self.postgres else {
            let told = testing::texts(
                &self.owner()?,
                "select sqlite_version() || ' (journal_mode ' || journal_mode || ', synchronous '
                 || case synchronous when 2 then 'full' else synchronous end || ')' as value
                 from pragma_journal_mode, pragma_synchronous",
            )?;
            let on = machine::file_system(self.folder.path());
            return Ok(format!("SQLite {}, on {on}", told.concat()));
        };
        match database.settings()?.as_slice() {
            [version, fsync, commit, pages, folder] => Ok(format!(
                "PostgreSQL {} (fsync {fsync}, synchronous_commit {commit}, \
                 full_page_writes {pages}), on {}",
                version.split(' ').next().unwrap_or_default(),
                machine::file_system(Path::new(folder))
            )),
            _ => Err("PostgreSQL does not tell its settings".into()),
        }
    }
}

/// Returns a new folder, and the address of a SQLite file in it.
fn in_a_file() -> Outcome<(tempfile::TempDir, Settings)> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let url = format!("sqlite://{}", sqlite_file(folder.path()).display());
    Ok((folder, vec![("REFERO_DATABASE__URL".to_owned(), url)]))
}

/// Draws new secrets.
fn secrets() -> Settings {
    let draw = || STANDARD.encode(rand::random::<[u8; 32]>());
    SECRETS.map(|name| (name.to_owned(), draw())).into()
}

/// Lifts the budget of people in a profile.
fn unwatched(profile: &str) -> Outcome<String> {
    let lifted = profile
        .replace("people_alarm_after = 150", "people_alarm_after = 1000000")
        .replace("people_refuse_after = 1000", "people_refuse_after = 1000000");
    if lifted == profile { Err("the profile has another budget".into()) } else { Ok(lifted) }
}

fn sqlite_file(folder: &Path) -> PathBuf {
    folder.join("refero.sqlite")
}

/// A server that ends with this.
pub(crate) struct Server {
    process: Child,
    /// How long it took from its start until it said that it is ready.
    pub(crate) ready_after: Duration,
}

/// What a process holds in memory, as Linux tells it.
pub(crate) struct Memory {
    pub(crate) now_mib: f64,
    pub(crate) most_mib: f64,
}

impl Server {
    /// Returns how much time of the processor it has had. Linux counts it in hundredths of a second.
    pub(crate) fn processor_time(&self) -> Outcome<Duration> {
        let told = fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        // The name of the program stands in brackets before the rest: user and system time are the 12th and
        // 13th field after it.
        let (_, fields) = told.rsplit_once(')').ok_or("a process tells no state")?;
        let times = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
        let hundredths = times.sum::<Result<u64, _>>()?;
        Ok(Duration::from_millis(hundredths * 10))
    }

    /// Returns its memory, where the system tells.
    pub(crate) fn memory(&self) -> Option<Memory> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let mib = |name| {
            let kib = machine::field(&status, name)?.trim_end_matches(" kB").parse::<u32>().ok()?;
            Some(f64::from(kib) / 1_024.0)
        };
        Some(Memory { now_mib: mib("VmRSS")?, most_mib: mib("VmHWM")? })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
