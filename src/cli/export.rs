//! The log as lines of JSON, with a signature at their end, and the way back.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Write},
    path::Path,
};

use refero_domain::audit::raw::Line;
use refero_store::log;
use refero_verify::{Keys, Pin, Seal, Sealing, Unusable, Verified, Verifier};
use serde::{Deserialize, Serialize};

use super::{CliError, assemble, audit::Stop};
use crate::config::Config;

/// The last line: what the log has signed of all lines before it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    seal: String,
}

/// Writes the log to standard output, and signs what was written.
///
/// # Errors
/// Says that the database or standard output is not there, or that nothing was signed yet.
pub(super) fn export(config: &Config) -> Result<(), CliError> {
    let ring = assemble::key_ring(config)?;
    let signer = assemble::log_signer(config, &ring)?;
    let options = assemble::options(config, config.database_url()?);
    let mut out = BufWriter::new(io::stdout().lock());
    let closed = |e| CliError::System("standard output is closed", e);
    let (mut sealing, mut newest) = (Sealing::default(), None);
    log::each_line(&options, |line| {
        if matches!(line, Line::Shown(_)) {
            return Ok(());
        }
        let text = serde_json::to_string(&line).map_err(|e| closed(e.into()))?;
        sealing.take(&text);
        note_newest(&line, &mut newest);
        writeln!(out, "{text}").map_err(closed)
    })?;
    let newest = newest.ok_or(CliError::Refused("nothing was signed yet"))?;
    let seal = signer.sign_text(&sealing.text(&newest, true))?;
    let text = serde_json::to_string(&Sealed { seal }).map_err(|e| closed(e.into()))?;
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(closed)
}

/// Verifies an export. Says whether a signature ends it.
///
/// # Errors
/// The first fault, or what keeps from looking further.
pub(super) fn verify(
    file: &Path,
    mut verifier: Verifier,
    keys: &Keys,
) -> Result<(Verified, bool), Stop> {
    let refused = |e| CliError::System("the export cannot be read", e);
    let (mut sealing, mut newest, mut seal) = (Sealing::default(), None, None);
    for text in BufReader::new(File::open(file).map_err(refused)?).lines() {
        let text = text.map_err(refused)?;
        if seal.is_some() {
            return Err(CliError::Unusable(Unusable::Seal).into());
        }
        match read(&text)? {
            Read::Line(line) => {
                sealing.take(&text);
                note_newest(&line, &mut newest);
                verifier.take(&line)?;
            }
            Read::Seal(note) => seal = Some(note),
        }
    }
    let is_signed = seal.is_some();
    if let Some(note) = seal {
        let whole = Seal::read(&note, keys).and_then(|seal| {
            seal.check_head(&newest.ok_or(Unusable::Seal)?)?;
            seal.check(sealing)
        });
        whole.map_err(CliError::Unusable)?;
    }
    Ok((verifier.finish()?, is_signed))
}

/// Checks the signature that ends an export of any lines: of the log, or of what auditors sought in the
/// trail. Says how many lines there are.
///
/// # Errors
/// Says that the file cannot be read, that nobody has signed it, or that it is not what was signed.
pub(super) fn check(file: &Path, keys: &Keys) -> Result<Seal, CliError> {
    let refused = |e| CliError::System("the export cannot be read", e);
    let (mut sealing, mut last) = (Sealing::default(), None);
    for text in BufReader::new(File::open(file).map_err(refused)?).lines() {
        if let Some(before) = last.replace(text.map_err(refused)?) {
            sealing.take(&before);
        }
    }
    let sealed = last.and_then(|text| serde_json::from_str::<Sealed>(&text).ok());
    let note = sealed.ok_or(CliError::Refused("the export is not signed"))?.seal;
    let seal = Seal::read(&note, keys).map_err(CliError::Unusable)?;
    seal.check(sealing).map_err(CliError::Unusable)?;
    Ok(seal)
}

enum Read {
    Line(Box<Line>),
    Seal(String),
}

fn read(text: &str) -> Result<Read, CliError> {
    if let Ok(line) = serde_json::from_str(text) {
        return Ok(Read::Line(Box::new(line)));
    }
    let sealed: Sealed = serde_json::from_str(text)
        .map_err(|_| CliError::Refused("a line of the export is no line of a log"))?;
    Ok(Read::Seal(sealed.seal))
}

/// Remembers the newest checkpoint of the lines; whether it is right is the verifier's matter.
fn note_newest(line: &Line, newest: &mut Option<Pin>) {
    if let Line::Checkpoint { note, .. } = line {
        *newest = Pin::unchecked(note).ok().or(newest.take());
    }
}
