//! `refero upgrade-check`: what this program would do with the configuration and the database that are
//! there, before it is put in the place of another. It changes nothing.

use std::process::ExitCode;

use refero_store::{keys, migrate, with_causes};

use super::{CliError, Settings, assemble, logs, say};
use crate::config::{Config, unknown_keys};

/// What was found: a line for each thing, and whether this program would refuse to start.
#[derive(Default)]
struct Findings {
    told: String,
    refuses: bool,
}

impl Findings {
    fn fine(&mut self, line: &str) {
        self.told.push_str(&format!("ok       {line}\n"));
    }

    fn pending(&mut self, line: &str) {
        self.told.push_str(&format!("to do    {line}\n"));
    }

    fn refused(&mut self, line: &str) {
        self.refuses = true;
        self.told.push_str(&format!("refused  {line}\n"));
    }
}

/// Says what an upgrade to this program would meet; fails if it would refuse to serve.
///
/// # Errors
/// Says that standard output is closed.
pub(super) fn upgrade_check(settings: &Settings) -> Result<ExitCode, CliError> {
    let mut findings = Findings::default();
    findings.fine(&format!("this program is version {}", env!("CARGO_PKG_VERSION")));
    match configuration(settings, &mut findings) {
        Some(config) => {
            logs::start(&config.log);
            database(&config, &mut findings);
        }
        None => findings.pending("correct the configuration, then check the database again"),
    }
    say(&findings.told)?;
    Ok(if findings.refuses { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn configuration(settings: &Settings, findings: &mut Findings) -> Option<Config> {
    match settings.sources([]).and_then(|sources| Ok(unknown_keys(&sources)?)) {
        Err(refusal) => {
            findings.refused(&refusal.sentence());
            return None;
        }
        Ok(unknown) => {
            for key in unknown {
                findings.refused(&format!("{key} is no setting of this program: CHANGELOG.md"));
            }
        }
    }
    // Each unknown key has its line already.
    let config = match settings.load([]) {
        Ok(config) => config,
        Err(CliError::Config(crate::config::ConfigError::UnknownKey { .. })) => return None,
        Err(refusal) => {
            findings.refused(&refusal.sentence());
            return None;
        }
    };
    match config.require_serving().map_err(CliError::from).and(assemble::profile(&config)) {
        Ok(_) => findings.fine("the configuration and the country profile are understood"),
        Err(refusal) => findings.refused(&refusal.sentence()),
    }
    Some(config)
}

fn database(config: &Config, findings: &mut Findings) {
    let status = config.database_url().map_err(CliError::from).and_then(|url| {
        url.ensure_exists()?;
        let options = assemble::options(config, url);
        Ok((migrate::status(&options)?, options))
    });
    let (status, options) = match status {
        Ok(found) => found,
        Err(refusal) => return findings.refused(&refusal.sentence()),
    };
    if !status.unknown.is_empty() {
        let unknown = status.unknown.join(", ");
        return findings.refused(&format!(
            "the database is newer than this program: it does not know {unknown}"
        ));
    }
    if status.applied.is_empty() {
        return findings.pending("the database is empty: refero db migrate");
    }
    match assemble::key_ring(config).map(|ring| keys::fit(&options, &ring)) {
        Ok(Ok(_)) => findings.fine("the deployment keys are those that the database needs"),
        Ok(Err(error)) => findings.refused(&with_causes(&error)),
        Err(refusal) => findings.refused(&refusal.sentence()),
    }
    if status.pending.is_empty() {
        return findings.fine("the schema is the one of this program: no migration is pending");
    }
    findings.pending(&format!(
        "back up, stop the servers, then refero db migrate applies {}: {}",
        status.pending.len(),
        status.pending.join(", ")
    ));
    findings.pending("there is no way back over a migration but that backup");
}
