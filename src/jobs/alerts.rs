//! Handing alerts to the outside: a line in the log, and a command if one is configured.
//!
//! At least once: an alert counts as handed over when the log has it and the command has ended well,
//! and a crash in between hands it over again. Nothing goes out but kinds and ids.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant as Moment},
};

use refero_domain::instant::Instant;
use refero_store::{
    Db, Result,
    alerts::{self, Alert},
};
use serde_json::json;

use super::own;

/// The most that one round hands over; the next round does the rest.
const AT_ONCE: i64 = 50;
/// All that the command gets of an environment.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// How often it is looked whether the command has ended.
const LOOK: Duration = Duration::from_millis(20);

/// Where alerts go to.
#[derive(Debug, Clone, Default)]
pub struct Channel {
    /// The program that is run with each alert on its standard input.
    pub command: Option<PathBuf>,
    /// How long it may take.
    pub timeout: Duration,
}

impl Channel {
    /// Tells of an alert; says whether it has arrived.
    fn tells(&self, alert: &Alert) -> bool {
        // No line of the log holds the id of a case: whoever is told looks the alert up.
        tracing::warn!(
            alert = alert.id.as_str(),
            kind = alert.kind.code(),
            audience = alert.audience.code(),
            area = alert.area.as_deref(),
            "alert"
        );
        let Some(command) = &self.command else {
            return true;
        };
        match self.run(command, &message(alert)) {
            Ok(Some(status)) if status.success() => true,
            Ok(Some(status)) => {
                tracing::error!(code = status.code(), "the command for alerts has failed");
                false
            }
            Ok(None) => {
                tracing::error!("the command for alerts took too long");
                false
            }
            Err(error) => {
                tracing::error!(error = %error, "the command for alerts could not be run");
                false
            }
        }
    }

    /// Runs the command to its end; nothing if it took too long.
    fn run(&self, command: &Path, message: &str) -> std::io::Result<Option<ExitStatus>> {
        let begun = Moment::now();
        let mut child = Command::new(command)
            // The environment of the service holds its keys.
            .env_clear()
            .env("PATH", PATH)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        // A command that does not care what it is told may close its ear.
        if let Some(mut ear) = child.stdin.take() {
            drop(ear.write_all(message.as_bytes()));
        }
        while begun.elapsed() < self.timeout {
            if let Some(status) = child.try_wait()? {
                return Ok(Some(status));
            }
            thread::sleep(LOOK);
        }
        end(&mut child)
    }
}

fn end(child: &mut Child) -> std::io::Result<Option<ExitStatus>> {
    child.kill()?;
    child.wait().map(|_| None)
}

fn message(alert: &Alert) -> String {
    let told = json!({
        "id": alert.id,
        "kind": alert.kind,
        "audience": alert.audience,
        "area": alert.area,
        "about_user_id": alert.about_user,
        "case_id": alert.case_id,
        "object_type": alert.object_type,
        "object_id": alert.object_id,
        "raised_at": alert.raised_at,
    });
    format!("{told}\n")
}

/// Hands over what waits. Where one does not arrive the others would not either: they wait for the
/// next round.
///
/// # Errors
/// [`refero_store::Error::Unavailable`] if the database is not there.
///
/// # Audit
/// `alert.hand-over`, with its outcome.
pub fn hand_over(db: &Db, now: Instant, channel: &Channel) -> Result<usize> {
    let mut done = 0;
    for alert in alerts::waiting(db, now, AT_ONCE)? {
        let arrived = channel.tells(&alert);
        db.write("alert.hand-over", own(now), move |tx| {
            let event = alerts::note_hand_over(tx, &alert, arrived)?;
            tx.record(&event, ())
        })?;
        if !arrived {
            break;
        }
        done += 1;
    }
    Ok(done)
}
