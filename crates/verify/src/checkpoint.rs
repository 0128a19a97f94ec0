//! Signed heads: C2SP `tlog-checkpoint` in a C2SP `signed-note`.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use signed_note::{Note, StandardVerifier, Verifier, VerifierList};

use crate::cosignature::Witnesses;

/// The keys that check signatures.
#[derive(Clone)]
pub struct Keys(Vec<StandardVerifier>);

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.iter().map(Verifier::name).collect();
        f.debug_tuple("Keys").field(&names).finish()
    }
}

/// A checkpoint whose signature is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    origin: String,
    size: u64,
    root: [u8; 32],
}

/// Why a checkpoint or a key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It is no key.
    #[error("a key that checks signatures is written name+id+key")]
    Key,
    /// It is no checkpoint.
    #[error("it is no checkpoint: the name of the log, the number of leaves, the hash, signatures")]
    Form,
    /// Its signature is by nobody who is known, or wrong.
    #[error("its signature is wrong, or by a key that is not known")]
    Signature,
    /// No witness that is known has signed it.
    #[error("no witness that is known has signed it, or the signature of one is wrong")]
    Cosignature,
    /// It is no proof that a log has only grown.
    #[error("it is no proof of consistency: hashes in base64, one a line")]
    Consistency,
    /// It is no proof.
    #[error(
        "it is no proof: c2sp.org/tlog-proof@v1, the index, hashes, an empty line, a checkpoint"
    )]
    Proof,
    /// What ends an export is of another one.
    #[error("the export is not the one that was signed: lines are missing, new or changed")]
    Seal,
    /// It is of another log than the keys.
    #[error("it is of another log")]
    Origin,
}

impl Keys {
    /// Reads keys, as signed notes write them: `name+id+key`.
    ///
    /// # Errors
    /// [`Unusable::Key`].
    pub fn read<'k>(keys: impl IntoIterator<Item = &'k str>) -> Result<Self, Unusable> {
        let keys = keys.into_iter().map(|key| StandardVerifier::new(key.trim()));
        keys.collect::<Result<_, _>>().map(Self).map_err(|_| Unusable::Key)
    }

    /// Returns the text of a note that a log has signed.
    pub(crate) fn signed_by(&self, note: &str, log: &str) -> Result<String, Unusable> {
        let note = Note::from_bytes(note.as_bytes()).map_err(|_| Unusable::Form)?;
        self.check(&note, log)?;
        text_of(&note).map(str::to_owned)
    }

    fn check(&self, note: &Note, log: &str) -> Result<(), Unusable> {
        let (signatures, _) = note.verify(&self.list()).map_err(|_| Unusable::Signature)?;
        // The key of one log says nothing about another.
        if signatures.iter().any(|signature| signature.name() == log) {
            Ok(())
        } else {
            Err(Unusable::Signature)
        }
    }

    fn list(&self) -> VerifierList {
        let boxed = |key: &StandardVerifier| -> Box<dyn Verifier> { Box::new(key.clone()) };
        VerifierList::new(self.0.iter().map(boxed).collect())
    }

    /// Says whether one of the keys is of the log of this name.
    #[must_use]
    pub fn know(&self, origin: &str) -> bool {
        self.0.iter().any(|key| key.name() == origin)
    }
}

impl Pin {
    /// Reads a checkpoint, and checks that its log has signed it.
    ///
    /// # Errors
    /// [`Unusable`]; of several things that are wrong the form goes first, then the name of the log.
    pub fn read(note: &str, keys: &Keys) -> Result<Self, Unusable> {
        let (note, pin) = Self::of_note(note, keys)?;
        keys.check(&note, &pin.origin)?;
        Ok(pin)
    }

    /// Reads a checkpoint that a witness has signed. The log need not have: who kept the lines of the
    /// witness alone has all that is needed.
    ///
    /// # Errors
    /// [`Unusable`].
    pub fn cosigned(note: &str, keys: &Keys, witnesses: &Witnesses) -> Result<Self, Unusable> {
        let (note, pin) = Self::of_note(note, keys)?;
        if witnesses.have_signed(&note)? { Ok(pin) } else { Err(Unusable::Cosignature) }
    }

    /// Reads the three lines of a checkpoint without a signature, for who trusts the place that they
    /// were printed in.
    ///
    /// # Errors
    /// [`Unusable`].
    pub fn printed(lines: &str, keys: &Keys) -> Result<Self, Unusable> {
        Self::of_text(lines.trim(), keys)
    }

    /// Reads a checkpoint whose signatures are somebody else's matter.
    ///
    /// # Errors
    /// [`Unusable`].
    pub fn unchecked(note: &str) -> Result<Self, Unusable> {
        let note = Note::from_bytes(note.as_bytes()).map_err(|_| Unusable::Form)?;
        Self::of_body(text_of(&note)?)
    }

    fn of_note(note: &str, keys: &Keys) -> Result<(Note, Self), Unusable> {
        let note = Note::from_bytes(note.as_bytes()).map_err(|_| Unusable::Form)?;
        let pin = Self::of_text(text_of(&note)?, keys)?;
        Ok((note, pin))
    }

    fn of_text(text: &str, keys: &Keys) -> Result<Self, Unusable> {
        let pin = Self::of_body(text)?;
        if keys.know(&pin.origin) { Ok(pin) } else { Err(Unusable::Origin) }
    }

    fn of_body(text: &str) -> Result<Self, Unusable> {
        let mut lines = text.lines();
        let (Some(origin), Some(size), Some(root), None) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(Unusable::Form);
        };
        let number = size.parse::<u64>().map_err(|_| Unusable::Form)?;
        let root = STANDARD.decode(root).map_err(|_| Unusable::Form)?;
        let root = root.try_into().map_err(|_| Unusable::Form)?;
        // One number has one form: neither a sign nor leading noughts.
        if number.to_string() != size || origin.is_empty() {
            return Err(Unusable::Form);
        }
        Ok(Self { origin: origin.to_owned(), size: number, root })
    }

    /// Returns the name of its log.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns how many leaves it covers.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Returns the hash of all of them.
    #[must_use]
    pub const fn root(&self) -> [u8; 32] {
        self.root
    }
}

fn text_of(note: &Note) -> Result<&str, Unusable> {
    std::str::from_utf8(note.text()).map_err(|_| Unusable::Form)
}
