//! One server of the program: a process of its own, to be started, stopped, held and killed.

use std::{
    fs::{self, File},
    net::TcpListener,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use refero_store::{Entropy, Options};

use super::{
    AUDIENCE, ISSUER,
    program::{House, PATIENCE, Serving, key_of_epoch},
    secret,
};

/// A server of the program, with the keys and the people of a world.
pub(crate) struct Server {
    pub(crate) house: House,
    client: reqwest::Client,
    serving: Option<Serving>,
}

impl Server {
    /// A server on a database; it does not serve yet.
    pub(crate) fn on(database: &Options) -> Self {
        let house = House::on_sqlite()
            .with("REFERO_DATABASE__URL", database.url.clone())
            .with("REFERO_SERVER__BIND", format!("127.0.0.1:{}", lasting_port()))
            .with("REFERO_SERVER__SHUTDOWN_TIMEOUT_S", "10")
            .with("REFERO_KEYS__DEPLOYMENT", STANDARD.encode(secret("deployment")))
            .with("REFERO_TOKENS__SIGNING_KEY", STANDARD.encode(secret("tokens")))
            .with("REFERO_TOKENS__ISSUER", ISSUER)
            .with("REFERO_TOKENS__AUDIENCE", AUDIENCE)
            .with("REFERO_PASSWORDS__ARGON2_MEMORY_KIB", "7168")
            .with("REFERO_PASSWORDS__ARGON2_ITERATIONS", "5")
            .with("REFERO_SECOND_FACTOR__REQUIRED", "enrolled")
            .with("REFERO_LOG__LEVEL", "debug");
        Self { house, client: reqwest::Client::new(), serving: None }
    }

    /// Returns where it is reached, without a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Returns the address and the port on which it listens.
    pub(crate) fn address(&self) -> &str {
        self.house.value("REFERO_SERVER__BIND")
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

    /// Starts it with another place for its log.
    pub(crate) async fn start_with_its_log_on(&mut self, path: &str) -> Duration {
        let command = self.house.command(&["serve"]);
        self.start_logging(command, File::options().write(true).open(path).unwrap()).await
    }

    async fn start_as(&mut self, command: Command) -> Duration {
        let log = File::options().create(true).append(true).open(self.log_path()).unwrap();
        self.start_logging(command, log).await
    }

    async fn start_logging(&mut self, mut command: Command, log: File) -> Duration {
        let begun = Instant::now();
        let mut serving = Serving(command.stdout(Stdio::null()).stderr(log).spawn().unwrap());
        let readiness = format!("{}/readyz", self.url());
        loop {
            let ready = self.client.get(&readiness).send().await;
            if ready.is_ok_and(|answer| answer.status() == 200) {
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

    /// Lets it stand still where it is, until [`Self::go_on`].
    pub(crate) fn stand_still(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on.
    pub(crate) fn go_on(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.id()]).status().unwrap().success());
    }

    fn id(&self) -> String {
        self.serving.as_ref().unwrap().0.id().to_string()
    }

    /// Lets no file of it grow beyond a size, or every file to any size.
    pub(crate) fn limit_files(&self, bytes: Option<u64>) {
        self.limit("fsize", bytes);
    }

    /// Lets it hold so many open files and connections, or as many as it likes.
    pub(crate) fn limit_descriptors(&self, most: Option<u64>) {
        self.limit("nofile", most);
    }

    fn limit(&self, what: &str, soft: Option<u64>) {
        // Without a limit of its own: as high as it may go.
        let soft = soft.map_or(String::new(), |limit| limit.to_string());
        let id = self.id();
        let hard = Command::new("prlimit")
            .args([&format!("--pid={id}"), &format!("--{what}"), "--noheadings", "--output=HARD"])
            .output()
            .unwrap();
        let hard = String::from_utf8(hard.stdout).unwrap().trim().to_owned();
        let soft = if soft.is_empty() { &hard } else { &soft };
        let limited = Command::new("prlimit")
            .args([format!("--pid={id}"), format!("--{what}={soft}:{hard}")])
            .status();
        assert!(limited.unwrap().success());
    }

    /// Returns everything that it has logged so far, in its usual place.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.log_path()).unwrap_or_default()).into_owned()
    }

    pub(crate) fn log_path(&self) -> PathBuf {
        self.house.folder.path().join("log")
    }
}

/// A port that nobody is given in passing: below the range that systems hand out, so that a program
/// finds it free again after it was killed.
pub(crate) fn lasting_port() -> u16 {
    let entropy = Entropy::system();
    loop {
        let port = u16::try_from(20_000 + entropy.below(12_000)).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
