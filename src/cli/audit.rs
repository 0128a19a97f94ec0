//! `refero audit`: the log over the audit trail, shown, exported and verified.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Subcommand;
use refero_domain::audit::raw::{Digest, Line};
use refero_store::{Entropy, log};
use refero_verify::{Fault, Keys, Pin, Proof, Verified, Verifier};

use super::{CliError, assemble, logs, say, serve};
use crate::config::Config;

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Computes the whole log again and says what is wrong first; fails if something is.
    Verify {
        /// An export, instead of the database. It needs no configuration: the keys are given.
        #[arg(long, value_name = "FILE", requires = "key")]
        export: Option<PathBuf>,
        /// A checkpoint that somebody has kept: the log must still begin as it did then.
        #[arg(long, value_name = "FILE")]
        pin: Vec<PathBuf>,
        /// A key that checks signatures, as `refero audit key` showed it, beside the configured: one
        /// that signed before the last change of keys.
        #[arg(long, value_name = "KEY")]
        key: Vec<String>,
    },
    /// Checks a proof that the service gave for a receipt; fails if it proves nothing.
    Check {
        /// The receipt: the value of `Audit-Receipt`, 64 hexadecimal digits.
        #[arg(long, value_name = "LEAF")]
        receipt: Digest,
        /// The answer of `/v1/audit/proofs/{leaf}`.
        #[arg(long, value_name = "FILE")]
        proof: PathBuf,
        /// A key that checks signatures, as `refero audit key` shows it.
        #[arg(long, value_name = "KEY", required = true)]
        key: Vec<String>,
    },
    /// Writes the log, line by line, for those who verify it elsewhere.
    Export,
    /// Shows the newest checkpoint: the lines to print, to send or to publish.
    Checkpoint,
    /// Shows the keys that check the signatures of checkpoints, the newest first.
    Key,
}

/// Does what a command says. `load` reads the configuration, for those that need it.
///
/// # Errors
/// Says what the configuration, the database or a file refuses.
pub(super) fn audit(
    command: AuditCommand,
    load: impl Fn() -> Result<Config, CliError>,
) -> Result<ExitCode, CliError> {
    match command {
        AuditCommand::Verify { export, pin, key } => {
            let config = if export.is_none() { Some(load()?) } else { None };
            return verify(config.as_ref(), export.as_deref(), &pin, key);
        }
        AuditCommand::Check { receipt, proof, key } => return check(&receipt, &proof, &key),
        AuditCommand::Export => export(&load()?)?,
        AuditCommand::Checkpoint => {
            let config = load()?;
            logs::start(&config.log);
            let ring = assemble::key_ring(&config)?;
            let options = assemble::options(&config, config.database_url()?);
            let db = serve::open(options.for_one_command(), ring, Entropy::system())?;
            let log::Proof(note) = log::checkpoint(&db).map_err(|error| match error.refusal() {
                Some(_) => CliError::Refused("nothing was signed yet"),
                None => error.into(),
            })?;
            say(&note)?;
        }
        AuditCommand::Key => say(&(configured_keys(&load()?)?.join("\n") + "\n"))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn configured_keys(config: &Config) -> Result<Vec<String>, CliError> {
    let ring = assemble::key_ring(config)?;
    Ok(assemble::log_signer(config, &ring)?.verifier_keys().to_vec())
}

/// Stops at the first fault, or at what keeps from looking further.
enum Stop {
    Fault(Fault),
    Cli(CliError),
}

impl From<refero_store::Error> for Stop {
    fn from(error: refero_store::Error) -> Self {
        Self::Cli(error.into())
    }
}

impl From<CliError> for Stop {
    fn from(error: CliError) -> Self {
        Self::Cli(error)
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

fn verify(
    config: Option<&Config>,
    export: Option<&Path>,
    pins: &[PathBuf],
    mut keys: Vec<String>,
) -> Result<ExitCode, CliError> {
    if let Some(config) = config {
        keys.extend(configured_keys(config)?);
    }
    let keys = Keys::read(keys.iter().map(String::as_str)).map_err(CliError::Unusable)?;
    let pins = pins.iter().map(|path| pinned(path, &keys)).collect::<Result<_, CliError>>()?;
    let verifier = Verifier::new(keys, pins);
    let outcome = match (export, config) {
        (Some(file), _) => verify_export(file, verifier),
        (None, Some(config)) => verify_database(config, verifier),
        (None, None) => Err(CliError::Refused("there is nothing to verify").into()),
    };
    match outcome {
        Ok(verified) => {
            say(&report(&verified))?;
            Ok(ExitCode::SUCCESS)
        }
        Err(Stop::Fault(fault)) => {
            say(&format!("NOT SOUND. First fault: {fault}\n"))?;
            Ok(ExitCode::FAILURE)
        }
        Err(Stop::Cli(error)) => Err(error),
    }
}

fn check(receipt: &Digest, proof: &Path, keys: &[String]) -> Result<ExitCode, CliError> {
    let keys = Keys::read(keys.iter().map(String::as_str)).map_err(CliError::Unusable)?;
    let text =
        fs::read_to_string(proof).map_err(|e| CliError::System("the proof cannot be read", e))?;
    let proof = Proof::read(&text, &keys).map_err(CliError::Unusable)?;
    if !proof.proves(receipt) {
        say("NOT PROVED: the proof is not of this receipt\n")?;
        return Ok(ExitCode::FAILURE);
    }
    say(&format!("Proved: the event is among the first {} leaves of the log.\n", proof.size()))?;
    Ok(ExitCode::SUCCESS)
}

fn pinned(path: &Path, keys: &Keys) -> Result<Pin, CliError> {
    let note = fs::read_to_string(path)
        .map_err(|e| CliError::System("a pinned checkpoint cannot be read", e))?;
    Pin::read(&note, keys).map_err(CliError::Unusable)
}

fn verify_database(config: &Config, mut verifier: Verifier) -> Result<Verified, Stop> {
    let options = assemble::options(config, config.database_url().map_err(CliError::from)?);
    log::each_line(&options, |line| verifier.take(&line).map_err(Stop::from))?;
    Ok(verifier.finish()?)
}

fn verify_export(file: &Path, mut verifier: Verifier) -> Result<Verified, Stop> {
    let refused = |e| CliError::System("the export cannot be read", e);
    for line in BufReader::new(File::open(file).map_err(refused)?).lines() {
        let line: Line = serde_json::from_str(&line.map_err(refused)?)
            .map_err(|_| CliError::Refused("a line of the export is no line of a log"))?;
        verifier.take(&line)?;
    }
    Ok(verifier.finish()?)
}

fn export(config: &Config) -> Result<(), CliError> {
    let options = assemble::options(config, config.database_url()?);
    let mut out = BufWriter::new(io::stdout().lock());
    let closed = |e| CliError::System("standard output is closed", e);
    log::each_line(&options, |line| {
        serde_json::to_writer(&mut out, &line).map_err(|e| closed(e.into()))?;
        out.write_all(b"\n").map_err(closed)
    })?;
    out.flush().map_err(closed)
}

fn report(verified: &Verified) -> String {
    let Verified { leaves, events, pending, cases, checkpoints, pinned } = verified;
    let pin = match pinned {
        0 => {
            "No checkpoint was pinned: the whole log may have been written anew by whoever has the \
              signing key.\n"
                .to_owned()
        }
        size => format!("The first {size} leaves are those of a pinned checkpoint.\n"),
    };
    format!(
        "Sound: {leaves} leaves, {events} events ({pending} without a number yet), {cases} cases, \
         {checkpoints} checkpoints.\n{pin}"
    )
}
