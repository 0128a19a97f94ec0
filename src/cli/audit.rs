//! `refero audit`: the log over the audit trail, shown, exported and verified.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Subcommand;
use refero_domain::audit::raw::Digest;
use refero_store::{Db, Entropy, log};
use refero_verify::{Consistency, Fault, Keys, Pin, Proof, Verified, Verifier, Witnesses};

use super::{
    CliError, assemble, export, logs, say, serve,
    witness::{WitnessCommand, witness},
};
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
        /// The three lines of a checkpoint without a signature, from a place that is trusted, such as
        /// a gazette.
        #[arg(long, value_name = "FILE")]
        printed: Vec<PathBuf>,
        /// A key that checks what a witness has signed, as `refero audit witness key` shows it. With
        /// it, every pinned checkpoint must be signed by such a witness.
        #[arg(long, value_name = "KEY")]
        witness: Vec<String>,
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
    /// Checks that a log has only grown from one checkpoint to another; fails if not.
    Grown {
        /// The earlier checkpoint.
        #[arg(long, value_name = "FILE")]
        old: PathBuf,
        /// The later checkpoint.
        #[arg(long, value_name = "FILE")]
        new: PathBuf,
        /// The answer of `/v1/audit/consistency/{old}/{new}` or of `refero audit consistency`.
        #[arg(long, value_name = "FILE")]
        proof: PathBuf,
        /// A key that checks signatures, as `refero audit key` shows it.
        #[arg(long, value_name = "KEY", required = true)]
        key: Vec<String>,
    },
    /// Writes the proof that the log has only grown: what a witness needs beside a checkpoint.
    Consistency {
        /// How many leaves the earlier checkpoint has: its second line.
        #[arg(long, value_name = "LEAVES")]
        from: u64,
        /// How many leaves the later one has; those of the newest checkpoint if not given.
        #[arg(long, value_name = "LEAVES")]
        to: Option<u64>,
    },
    /// Shows what each witness has signed last.
    Witnesses,
    /// Keeps the last head of a log that others keep, and signs the next one if it begins with it.
    #[command(subcommand)]
    Witness(WitnessCommand),
    /// Writes the log, line by line, for those who verify it elsewhere; the last line is signed.
    Export,
    /// Checks who has made an export of any lines, and that it is as it was made.
    Sealed {
        /// The export: of `refero audit export`, or of `/v1/audit/export`.
        #[arg(value_name = "FILE")]
        export: PathBuf,
        /// A key that checks signatures, as `refero audit key` shows it.
        #[arg(long, value_name = "KEY", required = true)]
        key: Vec<String>,
    },
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
        AuditCommand::Verify { export, pin, printed, witness, key } => {
            let config = if export.is_none() { Some(load()?) } else { None };
            let kept = Kept { pins: pin, printed, witnesses: witness };
            return verify(config.as_ref(), export.as_deref(), &kept, key);
        }
        AuditCommand::Check { receipt, proof, key } => return check(&receipt, &proof, &key),
        AuditCommand::Grown { old, new, proof, key } => return grown(&old, &new, &proof, &key),
        AuditCommand::Sealed { export, key } => sealed(&export, &key)?,
        AuditCommand::Export => export::export(&load()?)?,
        AuditCommand::Checkpoint => {
            let log::Proof(note) = log::checkpoint(&open(&load()?)?).map_err(unsigned)?;
            say(&note)?;
        }
        AuditCommand::Consistency { from, to } => {
            let proof = log::consistency_of(&open(&load()?)?, from, to);
            let log::Proof(hashes) = proof.map_err(|error| match error.refusal() {
                Some(_) => CliError::Refused("the log has no such checkpoints"),
                None => error.into(),
            })?;
            say(&hashes)?;
        }
        AuditCommand::Witnesses => witnesses(&load()?)?,
        AuditCommand::Witness(command) => witness(command)?,
        AuditCommand::Key => say(&(configured_keys(&load()?)?.join("\n") + "\n"))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Opens the database for one command.
fn open(config: &Config) -> Result<Db, CliError> {
    logs::start(&config.log);
    let vault = assemble::vault(config)?;
    let options = assemble::options(config, config.database_url()?);
    serve::open(options.for_one_command(), vault, Entropy::system())
}

fn unsigned(error: refero_store::Error) -> CliError {
    match error.refusal() {
        Some(_) => CliError::Refused("nothing was signed yet"),
        None => error.into(),
    }
}

fn witnesses(config: &Config) -> Result<(), CliError> {
    let db = open(config)?;
    let log::Proof(newest) = log::checkpoint(&db).map_err(unsigned)?;
    let newest = Pin::unchecked(&newest).map_err(CliError::Unusable)?.size();
    for witness in assemble::witnesses(config) {
        let name = witness.key.name();
        let line = match log::last_cosigned(&db, name)? {
            Some((size, at)) => format!("{name}: {size} of {newest} leaves, at {}\n", at.to_utc()),
            None => format!("{name}: nothing yet\n"),
        };
        say(&line)?;
    }
    Ok(())
}

pub(super) fn configured_keys(config: &Config) -> Result<Vec<String>, CliError> {
    let ring = assemble::key_ring(config)?;
    Ok(assemble::log_signer(config, &ring)?.verifier_keys().to_vec())
}

/// What is said of an export that its log has signed.
const SIGNED: &str = "The export is whole, and the log has signed it.\n";
/// What is said of one that nobody has.
const UNSIGNED: &str = "The export is not signed: whoever had it may have cut its end.\n";

/// Stops at the first fault, or at what keeps from looking further.
pub(super) enum Stop {
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

/// What somebody has kept, and who may have signed it.
struct Kept {
    pins: Vec<PathBuf>,
    printed: Vec<PathBuf>,
    witnesses: Vec<String>,
}

impl Kept {
    fn witnesses(&self) -> Result<Witnesses, CliError> {
        Witnesses::read(self.witnesses.iter().map(String::as_str)).map_err(CliError::Unusable)
    }

    fn pins(&self, keys: &Keys, witnesses: &Witnesses) -> Result<Vec<Pin>, CliError> {
        let signed = self.pins.iter().map(|path| {
            let note = read(path)?;
            if witnesses.is_empty() {
                Pin::read(&note, keys)
            } else {
                Pin::cosigned(&note, keys, witnesses)
            }
            .map_err(CliError::Unusable)
        });
        let printed = self
            .printed
            .iter()
            .map(|path| Pin::printed(&read(path)?, keys).map_err(CliError::Unusable));
        signed.chain(printed).collect()
    }
}

fn verify(
    config: Option<&Config>,
    export: Option<&Path>,
    kept: &Kept,
    mut keys: Vec<String>,
) -> Result<ExitCode, CliError> {
    if let Some(config) = config {
        keys.extend(configured_keys(config)?);
    }
    let keys = Keys::read(keys.iter().map(String::as_str)).map_err(CliError::Unusable)?;
    let witnesses = kept.witnesses()?;
    let pins = kept.pins(&keys, &witnesses)?;
    let is_witnessed = !witnesses.is_empty();
    let verifier = Verifier::new(keys.clone(), pins).witnessed_by(witnesses);
    let outcome = match (export, config) {
        (Some(file), _) => export::verify(file, verifier, &keys)
            .map(|(verified, signed)| (verified, if signed { SIGNED } else { UNSIGNED })),
        (None, Some(config)) => verify_database(config, verifier).map(|verified| (verified, "")),
        (None, None) => Err(CliError::Refused("there is nothing to verify").into()),
    };
    match outcome {
        Ok((verified, export)) => {
            say(&(report(&verified, is_witnessed) + export))?;
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

fn sealed(export: &Path, keys: &[String]) -> Result<(), CliError> {
    let keys = Keys::read(keys.iter().map(String::as_str)).map_err(CliError::Unusable)?;
    let seal = export::check(export, &keys)?;
    let rest = if seal.is_whole() { "" } else { " There were more." };
    say(&format!("The log has signed these {} lines.{rest}\n", seal.lines()))
}

fn grown(old: &Path, new: &Path, proof: &Path, keys: &[String]) -> Result<ExitCode, CliError> {
    let keys = Keys::read(keys.iter().map(String::as_str)).map_err(CliError::Unusable)?;
    let pin = |path| Pin::read(&read(path)?, &keys).map_err(CliError::Unusable);
    let (old, new) = (pin(old)?, pin(new)?);
    let text =
        fs::read_to_string(proof).map_err(|e| CliError::System("the proof cannot be read", e))?;
    if !Consistency::read(&text).map_err(CliError::Unusable)?.shows_growth(&old, &new) {
        say("NOT PROVED: the later checkpoint is not shown to begin with the earlier\n")?;
        return Ok(ExitCode::FAILURE);
    }
    say(&format!("Proved: the log of {} leaves begins with the {}.\n", new.size(), old.size()))?;
    Ok(ExitCode::SUCCESS)
}

fn read(checkpoint: &Path) -> Result<String, CliError> {
    fs::read_to_string(checkpoint).map_err(|e| CliError::System("a checkpoint cannot be read", e))
}

fn verify_database(config: &Config, verifier: Verifier) -> Result<Verified, Stop> {
    let mut verifier = verifier.with_index();
    let options = assemble::options(config, config.database_url().map_err(CliError::from)?);
    log::each_line(&options, |line| verifier.take(&line).map_err(Stop::from))?;
    Ok(verifier.finish()?)
}

pub(super) fn report(verified: &Verified, is_witnessed: bool) -> String {
    let Verified { leaves, events, pending, cases, checkpoints, pinned, witnessed } = verified;
    let pin = match pinned {
        0 => {
            "No checkpoint was pinned: the whole log may have been written anew by whoever has the \
              signing key.\n"
                .to_owned()
        }
        size => format!("The first {size} leaves are those of a pinned checkpoint.\n"),
    };
    let seen = match (is_witnessed, witnessed) {
        (false, _) => String::new(),
        (true, 0) => "No checkpoint of the log is signed by a known witness.\n".to_owned(),
        (true, size) => format!("A known witness has signed the first {size} leaves.\n"),
    };
    format!(
        "Sound: {leaves} leaves, {events} events ({pending} without a number yet), {cases} cases, \
         {checkpoints} checkpoints.\n{pin}{seen}"
    )
}
