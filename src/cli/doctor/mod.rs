//! `refero doctor`: named checks of everything that the service stands on, each with what to do.
//!
//! What is said holds numbers, names of settings and paths; nothing about anybody.

mod database;
mod files;
mod settings;

pub(super) use files::open_to_others;

use std::{fmt::Write, process::ExitCode};

use clap::Args;
use serde::Serialize;

use super::{CliError, logs, say};
use crate::config::Config;

/// Every check, in the order in which they are told. The names are for monitoring: they do not change.
const CHECKS: [&str; 17] = [
    "configuration",
    "proxy",
    "country.profile",
    "keys.deployment",
    "files.modes",
    "disk.space",
    "database.reachable",
    "database.schema",
    "database.roles",
    "database.settings",
    "clock",
    "log.signer",
    "log.sequencer",
    "log.witnesses",
    "worker",
    "alerts.outbox",
    BACKUP,
];
/// Whether there is a backup: said by two parts, because a missing folder may be made.
const BACKUP: &str = "backup.age";

#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    /// Tells it as one JSON object.
    #[arg(long)]
    json: bool,
    /// Mends what can be mended without any doubt: the modes of files, a folder that is missing.
    #[arg(long)]
    fix: bool,
    /// Applies pending migrations as well.
    #[arg(long, requires = "fix")]
    migrate: bool,
}

/// How a check came out; the worst is the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Ok,
    Skipped,
    Warning,
    Failed,
}

impl Outcome {
    const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Skipped => "skipped",
            Self::Warning => "warning",
            Self::Failed => "failed",
        }
    }
}

/// One check.
#[derive(Debug, Serialize)]
struct Check {
    id: &'static str,
    result: Outcome,
    says: String,
    #[serde(rename = "do", skip_serializing_if = "Option::is_none")]
    todo: Option<String>,
}

/// All checks so far.
#[derive(Debug, Default)]
struct Findings(Vec<Check>);

impl Findings {
    fn put(&mut self, id: &'static str, result: Outcome, says: impl Into<String>) {
        self.0.push(Check { id, result, says: says.into(), todo: None });
    }

    fn ok(&mut self, id: &'static str, says: impl Into<String>) {
        self.put(id, Outcome::Ok, says);
    }

    fn skipped(&mut self, id: &'static str, says: impl Into<String>) {
        self.put(id, Outcome::Skipped, says);
    }

    fn warning(&mut self, id: &'static str, says: impl Into<String>, todo: impl Into<String>) {
        let (says, todo) = (says.into(), Some(todo.into()));
        self.0.push(Check { id, result: Outcome::Warning, says, todo });
    }

    fn failed(&mut self, id: &'static str, says: impl Into<String>, todo: impl Into<String>) {
        let (says, todo) = (says.into(), Some(todo.into()));
        self.0.push(Check { id, result: Outcome::Failed, says, todo });
    }

    fn refused(&mut self, id: &'static str, refusal: &CliError, todo: &str) {
        self.failed(id, refusal.sentence(), todo);
    }

    /// Skips whatever was not looked at, and puts all in their order.
    fn complete(mut self, why: &str) -> Vec<Check> {
        for id in CHECKS {
            if !self.0.iter().any(|check| check.id == id) {
                self.skipped(id, why);
            }
        }
        let place = |check: &Check| CHECKS.iter().position(|id| *id == check.id);
        self.0.sort_by_key(place);
        self.0
    }
}

/// Checks everything; the exit status is 0 if all is well, 1 if something needs a look, 2 if something is
/// wrong.
///
/// # Errors
/// Says that standard output is closed.
pub(super) fn doctor(
    args: &DoctorArgs,
    load: impl FnOnce() -> Result<Config, CliError>,
) -> Result<ExitCode, CliError> {
    let mut findings = Findings::default();
    let why = match load() {
        Ok(config) => {
            logs::start(&config.log);
            settings::look(&config, &mut findings);
            files::look(&config, args, &mut findings);
            database::look(&config, args, &mut findings)
        }
        Err(refusal) => {
            findings.refused("configuration", &refusal, "correct it: docs/configuration.md");
            "the configuration cannot be read"
        }
    };
    let checks = findings.complete(why);
    let worst = checks.iter().map(|check| check.result).max();
    let worst = worst.filter(|worst| *worst > Outcome::Skipped).unwrap_or(Outcome::Ok);
    say(&if args.json { json(&checks, worst)? } else { text(&checks) })?;
    Ok(match worst {
        Outcome::Ok | Outcome::Skipped => ExitCode::SUCCESS,
        Outcome::Warning => ExitCode::from(1),
        Outcome::Failed => ExitCode::from(2),
    })
}

fn json(checks: &[Check], worst: Outcome) -> Result<String, CliError> {
    #[derive(Serialize)]
    struct Told<'c> {
        version: &'static str,
        worst: Outcome,
        checks: &'c [Check],
    }
    let told = Told { version: env!("CARGO_PKG_VERSION"), worst, checks };
    let text = serde_json::to_string(&told);
    text.map(|text| text + "\n").map_err(|_| CliError::Refused("the findings cannot be written"))
}

fn text(checks: &[Check]) -> String {
    let mut text = String::new();
    for Check { id, result, says, todo } in checks {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{id:<20} {:<8} {says}", result.word());
        if let Some(todo) = todo {
            let _ = writeln!(text, "{:<29} → {todo}", "");
        }
    }
    text
}
