//! `refero audit witness`: somebody else than the service, who keeps the last head of its log.

mod serve;

use std::{
    fs,
    io::{self, Read},
    net::SocketAddr,
    path::{Path, PathBuf},
};

use chrono::Utc;
use clap::{Args, Subcommand};
use refero_verify::{Consistency, Keys};
use zeroize::Zeroizing;

use super::{CliError, logs, say};
use crate::{
    config::{Log, LogFormat, LogLevel},
    witness::{self, Cosigner, Seen, Witness},
};

#[derive(Debug, Subcommand)]
pub(super) enum WitnessCommand {
    /// Makes the key of a new witness, and shows the key that checks what it signs.
    NewKey {
        /// The name of the witness in everything that it signs, such as `witness.example.org`: one
        /// for each witness, for ever.
        #[arg(long, value_name = "NAME")]
        name: String,
        /// The file that is made. Whoever has it can sign as this witness.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Shows the key that checks what a witness signs.
    Key {
        /// The file of its key.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Shows the last checkpoint that was seen of each log.
    State {
        /// The folder in which the witness keeps what it has seen.
        #[arg(long, value_name = "FOLDER")]
        state: PathBuf,
    },
    /// Answers logs that send their checkpoints (C2SP tlog-witness).
    Serve {
        /// Listens here.
        #[arg(long, value_name = "ADDRESS:PORT")]
        bind: SocketAddr,
        #[command(flatten)]
        watch: Watch,
    },
    /// Signs a checkpoint that was brought by other means, and writes lines to print, to send or to
    /// publish. Refuses one that goes back in time or does not begin with what was seen.
    Sign {
        /// The checkpoint; without a file it is read from standard input.
        #[arg(value_name = "FILE")]
        checkpoint: Option<PathBuf>,
        /// That it begins with the checkpoint that was seen last: what `refero audit consistency` or
        /// `/v1/audit/consistency/{old}/{new}` answers. Not needed the first time.
        #[arg(long, value_name = "FILE")]
        proof: Option<PathBuf>,
        #[command(flatten)]
        watch: Watch,
    },
}

/// Who watches over what.
#[derive(Debug, Args)]
pub(super) struct Watch {
    /// The folder in which the witness keeps what it has seen. Without it the witness knows nothing:
    /// it belongs on a disk that lasts, and into no backup that may come back.
    #[arg(long, value_name = "FOLDER")]
    state: PathBuf,
    /// The file of the key of the witness.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// A key of a log that is watched, as `refero audit key` shows it.
    #[arg(long, value_name = "KEY", required = true)]
    log: Vec<String>,
}

impl Watch {
    fn witness(&self) -> Result<Witness, CliError> {
        let logs = Keys::read(self.log.iter().map(String::as_str)).map_err(CliError::Unusable)?;
        let seen = Seen::open(&self.state).map_err(|e| CliError::Witness(e.into()))?;
        Ok(Witness::new(Cosigner::of_file(&self.key)?, logs, seen))
    }
}

/// Does what a command says. None needs a configuration.
///
/// # Errors
/// Says what the key, the folder or the checkpoint refuses.
pub(super) fn witness(command: WitnessCommand) -> Result<(), CliError> {
    match command {
        WitnessCommand::NewKey { name, key } => {
            let seed: Zeroizing<[u8; 32]> = Zeroizing::new(rand::random());
            let cosigner = Cosigner::new(&name, &seed)?;
            cosigner.keep(&key)?;
            say(&format!("{}\n", cosigner.verifier_key()))
        }
        WitnessCommand::Key { key } => {
            say(&format!("{}\n", Cosigner::of_file(&key)?.verifier_key()))
        }
        WitnessCommand::State { state } => {
            if !state.is_dir() {
                return Err(CliError::Refused("there is no such folder"));
            }
            let notes = witness::seen_in(&state).map_err(|e| CliError::Witness(e.into()))?;
            say(&notes.join("\n"))
        }
        WitnessCommand::Serve { bind, watch } => {
            logs::start(&Log { level: LogLevel::Info, format: LogFormat::Json });
            serve::serve(watch.witness()?, bind)
        }
        WitnessCommand::Sign { checkpoint, proof, watch } => {
            sign(&watch.witness()?, checkpoint.as_deref(), proof.as_deref())
        }
    }
}

fn sign(
    witness: &Witness,
    checkpoint: Option<&Path>,
    proof: Option<&Path>,
) -> Result<(), CliError> {
    let unread = |e| CliError::System("the checkpoint cannot be read", e);
    let note = match checkpoint {
        Some(path) => fs::read_to_string(path).map_err(unread)?,
        None => {
            let mut note = String::new();
            // A checkpoint is short: whatever is longer is none.
            io::stdin().take(LONGEST_CHECKPOINT).read_to_string(&mut note).map_err(unread)?;
            note
        }
    };
    let proof = match proof {
        Some(path) => fs::read_to_string(path)
            .map_err(|e| CliError::System("the proof cannot be read", e))
            .and_then(|text| Consistency::read(&text).map_err(CliError::Unusable))?,
        None => Consistency::default(),
    };
    let line = witness.add_by_hand(&note, &proof, now_s())?;
    let body = note.split_once("\n\n").map_or(note.as_str(), |(body, _)| body);
    say(&format!("{body}\n\n{line}"))
}

/// More bytes than a checkpoint with a hundred signatures has.
const LONGEST_CHECKPOINT: u64 = 65_536;

fn now_s() -> u64 {
    Utc::now().timestamp().unsigned_abs()
}
