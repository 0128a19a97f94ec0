//! A witness as a ministry's neighbour runs it: the program in another folder, which knows nothing of
//! the service but the key of its log.

use std::{
    fs::{self, File},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use refero::config::WitnessAddress;
use refero_verify::WitnessKey;

use super::program::{Serving, wait_until};

/// A witness with a folder of its own.
pub(crate) struct Watcher {
    folder: tempfile::TempDir,
    port: u16,
    log: String,
    pub(crate) key: WitnessKey,
    serving: Option<Serving>,
}

/// What a witness answered: status, media type, text.
pub(crate) type Told = (u16, Option<String>, String);

impl Watcher {
    /// Makes a witness of the log that a key belongs to; it does not serve yet.
    pub(crate) fn of(log: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let path = folder.path().join("key");
        let made = program()
            .args(["audit", "witness", "new-key", "--name", "watcher.example.org", "--key"])
            .arg(&path)
            .output()
            .unwrap();
        let key = String::from_utf8(made.stdout).unwrap().parse().unwrap();
        Self { folder, port, log: log.to_owned(), key, serving: None }
    }

    /// Starts to serve, again after it was killed.
    pub(crate) fn start(&mut self) {
        let stderr = File::options().create(true).append(true).open(self.path("stderr")).unwrap();
        let mut command = program();
        command.args(["audit", "witness", "serve", "--bind", &format!("127.0.0.1:{}", self.port)]);
        command.args(self.watch()).stdout(Stdio::null()).stderr(stderr);
        self.serving = Some(Serving(command.spawn().unwrap()));
        wait_until("a witness", || TcpStream::connect(("127.0.0.1", self.port)).is_ok());
    }

    pub(crate) fn serving(log: &str) -> Self {
        let mut watcher = Self::of(log);
        watcher.start();
        watcher
    }

    /// Kills it where it stands.
    pub(crate) fn kill(&mut self) {
        self.serving = None;
    }

    /// Where it is asked, as the configuration says it.
    pub(crate) fn address(&self) -> WitnessAddress {
        WitnessAddress { url: format!("http://127.0.0.1:{}", self.port), key: self.key.clone() }
    }

    /// Sends it a body.
    pub(crate) fn told<B: Into<Vec<u8>>>(&self, body: B) -> impl Future<Output = Told> + use<B> {
        let url = format!("http://127.0.0.1:{}/add-checkpoint", self.port);
        let body: Vec<u8> = body.into();
        async move {
            let answer = reqwest::Client::new().post(url).body(body).send().await.unwrap();
            let media_type = answer.headers().get("content-type");
            let media_type = media_type.map(|value| value.to_str().unwrap().to_owned());
            (answer.status().as_u16(), media_type, answer.text().await.unwrap())
        }
    }

    /// Returns everything that it has written to standard error.
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(self.path("stderr")).unwrap_or_default()
    }

    /// Returns what it has seen.
    pub(crate) fn seen(&self) -> String {
        let mut command = program();
        command.args(["audit", "witness", "state", "--state"]).arg(self.path("state"));
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    }

    /// Has a person sign a checkpoint.
    pub(crate) fn sign(&self, checkpoint: &str, proof: Option<&str>) -> Output {
        let mut command = program();
        command.args(["audit", "witness", "sign"]).args(self.watch());
        command.arg(self.file("checkpoint", checkpoint));
        if let Some(proof) = proof {
            command.arg("--proof").arg(self.file("proof", proof));
        }
        command.output().unwrap()
    }

    /// Writes a file into its folder.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn watch(&self) -> Vec<String> {
        let path = |name| self.path(name).display().to_string();
        let (state, key) = (path("state"), path("key"));
        ["--state", &state, "--key", &key, "--log", &self.log].map(str::to_owned).to_vec()
    }
}

/// The program without anything of the service.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_refero"));
    command.env_clear();
    command
}
