//! What ends an export: who made it, that it is whole, and of which head of the log it is.

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use crate::checkpoint::{Keys, Pin, Unusable};

/// The first line of what is signed. A checkpoint has other lines, so that neither passes for the other.
const FORM: &str = "refero-export@v1";

/// Counts and hashes the lines of an export, as they are written or read.
#[derive(Debug, Clone, Default)]
pub struct Sealing {
    lines: u64,
    hash: Sha256,
}

/// What the log has signed of an export: a signed note (C2SP `signed-note`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    lines: u64,
    hash: String,
    is_whole: bool,
    checkpoint: String,
}

impl Sealing {
    /// Takes the next line, without its end.
    pub fn take(&mut self, line: &str) {
        self.lines += 1;
        self.hash.update(line.as_bytes());
        self.hash.update(b"\n");
    }

    /// Says what is to be signed: all lines so far, whether they are all there are, and the newest
    /// checkpoint of the log.
    #[must_use]
    pub fn text(self, newest: &Pin, is_whole: bool) -> String {
        let (lines, hash) = (self.lines, STANDARD.encode(self.hash.finalize()));
        let (log, checkpoint) = (newest.origin(), head(newest));
        format!(
            "{FORM}\nlog {log}\nlines {lines}\nsha256 {hash}\nwhole {is_whole}\n\
             checkpoint {checkpoint}\n"
        )
    }
}

fn head(pin: &Pin) -> String {
    format!("{} {}", pin.size(), STANDARD.encode(pin.root()))
}

impl Seal {
    /// Reads a seal, and checks that the log that it names has signed it.
    ///
    /// # Errors
    /// [`Unusable`].
    pub fn read(note: &str, keys: &Keys) -> Result<Self, Unusable> {
        let mut lines = note.lines();
        if lines.next() != Some(FORM) {
            return Err(Unusable::Seal);
        }
        let mut value = |key| lines.next()?.strip_prefix(key)?.strip_prefix(' ');
        let (log, count) = (value("log"), value("lines"));
        let (hash, whole, checkpoint) = (value("sha256"), value("whole"), value("checkpoint"));
        let log = log.ok_or(Unusable::Seal)?;
        keys.signed_by(note, log)?;
        let is_whole = match whole {
            Some("true") => true,
            Some("false") => false,
            Some(_) | None => return Err(Unusable::Seal),
        };
        Ok(Self {
            lines: count.and_then(|count| count.parse().ok()).ok_or(Unusable::Seal)?,
            hash: hash.ok_or(Unusable::Seal)?.to_owned(),
            is_whole,
            checkpoint: checkpoint.ok_or(Unusable::Seal)?.to_owned(),
        })
    }

    /// Checks that it is of just these lines.
    ///
    /// # Errors
    /// [`Unusable::Seal`] if not.
    pub fn check(&self, lines: Sealing) -> Result<(), Unusable> {
        let is_same =
            self.lines == lines.lines && self.hash == STANDARD.encode(lines.hash.finalize());
        if is_same { Ok(()) } else { Err(Unusable::Seal) }
    }

    /// Checks that it was made under a checkpoint.
    ///
    /// # Errors
    /// [`Unusable::Seal`] if not.
    pub fn check_head(&self, newest: &Pin) -> Result<(), Unusable> {
        if self.checkpoint == head(newest) { Ok(()) } else { Err(Unusable::Seal) }
    }

    /// Returns how many lines it is of.
    #[must_use]
    pub const fn lines(&self) -> u64 {
        self.lines
    }

    /// Says whether the lines were all there were.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.is_whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(lines: &[&str], size: u64) -> String {
        let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
        let note = format!("log\n{size}\n{root}\n\n\u{2014} log AAAAAAAA\n");
        let mut sealing = Sealing::default();
        lines.iter().for_each(|line| sealing.take(line));
        sealing.text(&Pin::unchecked(&note).unwrap(), true)
    }

    #[test]
    fn a_seal_is_of_these_lines_in_this_order_and_of_this_head() {
        let one = text(&["a", "b"], 3);
        assert_eq!(one, text(&["a", "b"], 3));
        for other in [text(&["b", "a"], 3), text(&["a"], 3), text(&["ab"], 3), text(&["a", "b"], 4)]
        {
            assert_ne!(one, other);
        }
        let as_checkpoint = format!("{one}\n\u{2014} log AAAAAAAA\n");
        assert_eq!(Pin::unchecked(&as_checkpoint), Err(Unusable::Form));
    }
}
