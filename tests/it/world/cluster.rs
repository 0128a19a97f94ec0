//! A PostgreSQL cluster of its own, to be stopped while others work on theirs.

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use reqwest::Url;

/// Where `bin/with-postgres` says how its cluster is stopped and started.
const CONTROL: &str = "REFERO_TEST_POSTGRES_CONTROL";

/// A throw-away cluster, which goes with it.
pub(crate) struct Cluster {
    pub(crate) admin: Url,
    control: PathBuf,
    keeper: Child,
}

impl Cluster {
    /// Makes one with the programs that the tests' own cluster was made with; nothing, if the tests were
    /// given a server instead: then there may be no programs here.
    pub(crate) fn fresh() -> Option<Self> {
        std::env::var_os(CONTROL)?;
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/bin/with-postgres");
        let told = format!("echo \"$REFERO_TEST_POSTGRES_URL\"; echo \"${CONTROL}\"; exec cat");
        let mut keeper = Command::new(script)
            .args(["sh", "-c", &told])
            .env_remove("REFERO_TEST_POSTGRES_URL")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(keeper.stdout.take().unwrap()).lines();
        let mut line = || lines.next().unwrap().unwrap();
        let (admin, control) = (line().parse().unwrap(), line().into());
        Some(Self { admin, control, keeper })
    }

    /// Stops it as if its machine had lost its power: without a word to anybody, nor to the disk.
    pub(crate) fn stop_at_once(&self) {
        self.control(&["-m", "immediate", "stop"]);
    }

    pub(crate) fn start(&self) {
        self.control(&["start"]);
    }

    fn control(&self, arguments: &[&str]) {
        let mut command = Command::new(&self.control);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        assert!(command.status().unwrap().success(), "pg_ctl {arguments:?}");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // It ends with its input, and takes the cluster with it.
        drop(self.keeper.stdin.take());
        drop(self.keeper.wait());
    }
}
