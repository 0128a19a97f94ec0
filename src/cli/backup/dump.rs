//! The programs of PostgreSQL that dump and restore. They are found on the PATH and are given the
//! password in their environment: what they are started with is seen by every user of the machine.

use std::{
    io::Write,
    process::{Child, ChildStdout, Command, Stdio},
};

use refero_store::address;

use super::CliError;
use crate::config::search_path;

/// How long a dump waits for a lock that somebody holds, in milliseconds: a migration, an upgrade.
const LOCK_WAIT_MS: &str = "--lock-wait-timeout=60000";

fn missing(error: std::io::Error) -> CliError {
    CliError::System(
        "pg_dump and pg_restore are not on the PATH: install the client programs of PostgreSQL",
        error,
    )
}

/// Returns what a program says of itself.
///
/// # Errors
/// Says that it is not there.
pub(super) fn version(program: &str) -> Result<String, CliError> {
    let output = plain(program).arg("--version").output().map_err(missing)?;
    if !output.status.success() {
        return Err(CliError::Refused("pg_dump does not say its version"));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn plain(program: &str) -> Command {
    let mut command = Command::new(program);
    // The environment of this program holds keys.
    command.env_clear().env("PATH", search_path()).env("LC_ALL", "C").stdin(Stdio::null());
    command
}

/// Starts a program on a database. What it says on standard error goes where ours goes.
fn on(program: &str, url: &str) -> Result<Command, CliError> {
    let (url, password) = address::without_password(url)
        .map_err(|_| CliError::Refused("the address of the database cannot be read"))?;
    let mut command = plain(program);
    if let Some(password) = password {
        command.env("PGPASSWORD", password.as_str());
    }
    command.args(["--no-password", "--dbname", &url]);
    Ok(command)
}

/// Dumps a snapshot of a database into `take`.
///
/// # Errors
/// Says that the program is not there, that it failed, or what `take` says.
pub(super) fn dump(
    url: &str,
    snapshot: &str,
    take: impl FnOnce(ChildStdout) -> Result<(), CliError>,
) -> Result<(), CliError> {
    let mut command = on("pg_dump", url)?;
    command.args(["--format=custom", "--compress=1", LOCK_WAIT_MS, "--snapshot", snapshot]);
    let mut running = Running(command.stdout(Stdio::piped()).spawn().map_err(missing)?);
    let out = running.0.stdout.take().ok_or(CliError::Refused("pg_dump has no output"))?;
    take(out)?;
    running.end(CliError::Refused("pg_dump failed: it says above why"))
}

/// A program that restores what it is given, all of it or nothing.
pub(super) struct Restoring(Running);

impl Restoring {
    /// Starts it on an empty database.
    ///
    /// # Errors
    /// Says that the program is not there.
    pub(super) fn into_database(url: &str) -> Result<Self, CliError> {
        let mut command = on("pg_restore", url)?;
        command.args(["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]);
        let running = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn();
        Ok(Self(Running(running.map_err(missing)?)))
    }

    /// Gives it the next piece.
    ///
    /// # Errors
    /// Says that it has ended.
    pub(super) fn give(&mut self, piece: &[u8]) -> std::io::Result<()> {
        let ended = std::io::ErrorKind::BrokenPipe;
        self.0.0.stdin.as_mut().ok_or(ended)?.write_all(piece)
    }

    /// Says that there is no more, and waits until it has committed.
    ///
    /// # Errors
    /// Says that it failed.
    pub(super) fn finish(mut self) -> Result<(), CliError> {
        drop(self.0.0.stdin.take());
        self.0.end(CliError::Refused("pg_restore failed: it says above why"))
    }
}

/// A program that is ended if nobody waits for it any more: its transaction ends with it.
struct Running(Child);

impl Running {
    fn end(mut self, failed: CliError) -> Result<(), CliError> {
        let status = self.0.wait();
        let status =
            status.map_err(|e| CliError::System("a program could not be waited for", e))?;
        if status.success() { Ok(()) } else { Err(failed) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
