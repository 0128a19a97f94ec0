//! The program as an operator starts it: a process of its own on a database of its own, with every
//! setting as it is delivered.

use std::{
    fs::{self, File},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, atomic::AtomicU32},
    thread,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use refero_store::{Options, testing};

use crate::{Outcome, machine, postgres::PostgresDatabase};

/// The program as it is released.
pub(crate) const RELEASED: &str = env!("CARGO_BIN_EXE_refero");

/// How long the program may take to come up.
const PATIENCE: Duration = Duration::from_secs(60);

/// A database, and the settings of a server on it.
pub(crate) struct House {
    pub(crate) base_url: String,
    /// How often what had to succeed was answered 503, and sent again.
    pub(crate) busy: Arc<AtomicU32>,
    program: PathBuf,
    settings: Vec<(&'static str, String)>,
    postgres: Option<PostgresDatabase>,
    /// Beside what was built: a temporary folder of the system may lie in memory.
    folder: tempfile::TempDir,
}

impl House {
    pub(crate) fn on_sqlite(program: &Path) -> Outcome<Self> {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let url = format!("sqlite://{}", sqlite_file(folder.path()).display());
        Self::prepare(program, folder, vec![("REFERO_DATABASE__URL", url)], None)
    }

    pub(crate) fn on_postgres(program: &Path) -> Outcome<Self> {
        let database = PostgresDatabase::fresh()?;
        let urls = vec![
            ("REFERO_DATABASE__URL", database.url_of("app")?),
            ("REFERO_DATABASE__OWNER_URL", database.url_of("owner")?),
        ];
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        Self::prepare(program, folder, urls, Some(database))
    }

    fn prepare(
        program: &Path,
        folder: tempfile::TempDir,
        mut settings: Vec<(&'static str, String)>,
        postgres: Option<PostgresDatabase>,
    ) -> Outcome<Self> {
        let key = || STANDARD.encode(rand::random::<[u8; 32]>());
        // One account here opens more people than any account of a real country may on a day.
        let profile = folder.path().join("profile.toml");
        fs::write(&profile, unwatched(include_str!("../../profiles/demo.toml"))?)?;
        let bind = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        settings.extend([
            ("REFERO_KEYS__DEPLOYMENT", key()),
            ("REFERO_TOKENS__SIGNING_KEY", key()),
            ("REFERO_COUNTRY__PROFILE", profile.display().to_string()),
            ("REFERO_SECOND_FACTOR__REQUIRED", "enrolled".to_owned()),
            ("REFERO_SERVER__BIND", bind.clone()),
        ]);
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

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        let settings = self.settings.iter().map(|(name, value)| (*name, value));
        command.env_clear().envs(settings).current_dir(self.folder.path()).args(arguments);
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
        let log = self.folder.path().join("log");
        let mut command = self.command(&["serve"]);
        command.stdout(Stdio::null()).stderr(File::create(&log)?);
        let mut server = Server(command.spawn()?);
        let begun = Instant::now();
        while !self.command(&["healthcheck"]).status()?.success() {
            if server.0.try_wait()?.is_some() || begun.elapsed() > PATIENCE {
                return Err(format!("it does not serve: {}", fs::read_to_string(&log)?).into());
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    /// Says which database this is and what it promises of a commit, as the database tells it.
    pub(crate) fn about(&self) -> Outcome<String> {
        let Some(database) = &self.postgres else {
            let file = sqlite_file(self.folder.path());
            let options = Options::for_url(format!("sqlite://{}", file.display()));
            let told = testing::texts(
                &options,
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
pub(crate) struct Server(Child);

/// What a process holds in memory, as Linux tells it.
pub(crate) struct Memory {
    pub(crate) now_mib: u64,
    pub(crate) most_mib: u64,
}

impl Server {
    /// Returns how much time of the processor it has had. Linux counts it in hundredths of a second.
    pub(crate) fn processor_time(&self) -> Outcome<Duration> {
        let told = fs::read_to_string(format!("/proc/{}/stat", self.0.id()))?;
        // The name of the program stands in brackets before the rest: user and system time are the 12th and
        // 13th field after it.
        let (_, fields) = told.rsplit_once(')').ok_or("a process tells no state")?;
        let times = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
        let hundredths = times.sum::<Result<u64, _>>()?;
        Ok(Duration::from_millis(hundredths * 10))
    }

    /// Returns its memory, where the system tells.
    pub(crate) fn memory(&self) -> Option<Memory> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id())).ok()?;
        let mib = |name| {
            Some(
                machine::field(&status, name)?.trim_end_matches(" kB").parse::<u64>().ok()? / 1_024,
            )
        };
        Some(Memory { now_mib: mib("VmRSS")?, most_mib: mib("VmHWM")? })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
