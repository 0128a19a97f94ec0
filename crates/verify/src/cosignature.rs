//! What a witness signs: C2SP `tlog-cosignature`, of the kind Ed25519.
//!
//! It says that at a moment this was the largest tree of the log that the witness had seen, and that
//! every smaller one that it saw was the beginning of it.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{SIGNATURE_LENGTH, Signature as Ed25519Signature, VerifyingKey};
use signed_note::{Note, NoteError, Signature, Verifier, VerifierList, is_key_name_valid, key_id};

use crate::checkpoint::{Pin, Unusable};

/// A cosignature with Ed25519, as signed notes number the algorithms.
pub const COSIGNATURE: u8 = 4;
/// The length of the moment before the signature.
const TIME_LENGTH: usize = 8;

/// Returns what a witness signs about a checkpoint: the three lines, and when.
#[must_use]
pub fn cosigned_text(body: &str, at_s: u64) -> String {
    format!("cosignature/v1\ntime {at_s}\n{body}")
}

/// Returns how the key of a witness is named and numbered in its signatures, and how it is written.
#[must_use]
pub fn cosigner_key(name: &str, key: &VerifyingKey) -> (u32, String) {
    let public = [&[COSIGNATURE][..], key.as_bytes()].concat();
    let id = key_id(name, &public);
    (id, format!("{name}+{id:08x}+{}", STANDARD.encode(public)))
}

/// The key that checks what one witness signs.
#[derive(Clone, PartialEq, Eq)]
pub struct WitnessKey {
    name: String,
    id: u32,
    key: VerifyingKey,
}

/// The keys that check what witnesses sign.
pub struct Witnesses(Vec<WitnessKey>);

/// What one witness has signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosignature {
    /// When, in seconds since 1970.
    pub at_s: u64,
    /// The line that goes below the checkpoint.
    pub line: String,
}

impl WitnessKey {
    /// Returns the name of the witness.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Finds what the witness has signed of a checkpoint among some lines of signatures.
    ///
    /// # Errors
    /// [`Unusable`] if the lines are none, if none is of this witness, or if its signature is wrong.
    pub fn cosignature(&self, checkpoint: &str, lines: &str) -> Result<Cosignature, Unusable> {
        Pin::unchecked(checkpoint)?;
        let body = checkpoint.split_once("\n\n").ok_or(Unusable::Form)?.0;
        let note = Note::from_bytes(format!("{body}\n\n{lines}").as_bytes());
        let note = note.map_err(|_| Unusable::Form)?;
        let (found, _) = note
            .verify(&VerifierList::new(vec![Box::new(self.clone())]))
            .map_err(|_| Unusable::Cosignature)?;
        let own = found.first().ok_or(Unusable::Cosignature)?;
        let (at_s, _) = moment_and_signature(own.signature()).ok_or(Unusable::Cosignature)?;
        let line = String::from_utf8(own.to_bytes()).map_err(|_| Unusable::Form)?;
        Ok(Cosignature { at_s, line })
    }
}

impl FromStr for WitnessKey {
    type Err = Unusable;

    fn from_str(text: &str) -> Result<Self, Unusable> {
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(public)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(Unusable::Key);
        };
        let public = STANDARD.decode(public).map_err(|_| Unusable::Key)?;
        let [COSIGNATURE, key @ ..] = public.as_slice() else { return Err(Unusable::Key) };
        let key = key.try_into().map_err(|_| Unusable::Key)?;
        let key = VerifyingKey::from_bytes(key).map_err(|_| Unusable::Key)?;
        let number = key_id(name, &public);
        if !is_key_name_valid(name) || id != format!("{number:08x}") {
            return Err(Unusable::Key);
        }
        Ok(Self { name: name.to_owned(), id: number, key })
    }
}

impl fmt::Debug for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WitnessKey").field(&cosigner_key(&self.name, &self.key).1).finish()
    }
}

impl fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&cosigner_key(&self.name, &self.key).1)
    }
}

impl Verifier for WitnessKey {
    fn name(&self) -> &str {
        &self.name
    }

    fn key_id(&self) -> u32 {
        self.id
    }

    fn verify(&self, msg: &[u8], sig: &[u8]) -> bool {
        let (Some((at_s, signature)), Ok(body)) =
            (moment_and_signature(sig), std::str::from_utf8(msg))
        else {
            return false;
        };
        let text = cosigned_text(body, at_s);
        self.key.verify_strict(text.as_bytes(), &signature).is_ok()
    }
}

fn moment_and_signature(bytes: &[u8]) -> Option<(u64, Ed25519Signature)> {
    let (moment, signature) = bytes.split_first_chunk::<TIME_LENGTH>()?;
    let signature: &[u8; SIGNATURE_LENGTH] = signature.try_into().ok()?;
    let at_s = u64::from_be_bytes(*moment);
    // The format ends there, so that everybody can read it as a signed number.
    i64::try_from(at_s).ok()?;
    Some((at_s, Ed25519Signature::from_bytes(signature)))
}

impl Witnesses {
    /// Reads keys, as signed notes write them: `name+id+key`.
    ///
    /// # Errors
    /// [`Unusable::Key`].
    pub fn read<'k>(keys: impl IntoIterator<Item = &'k str>) -> Result<Self, Unusable> {
        keys.into_iter().map(str::parse).collect::<Result<_, _>>().map(Self)
    }

    /// Says whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Says whether one of them has signed a note.
    ///
    /// # Errors
    /// [`Unusable::Cosignature`] if the signature of one is wrong.
    pub(crate) fn have_signed(&self, note: &Note) -> Result<bool, Unusable> {
        let known = self.0.iter().map(|key| -> Box<dyn Verifier> { Box::new(key.clone()) });
        match note.verify(&VerifierList::new(known.collect())) {
            Ok(_) => Ok(true),
            Err(NoteError::UnverifiedNote) => Ok(false),
            Err(_) => Err(Unusable::Cosignature),
        }
    }

    /// Says whether one of them has signed a checkpoint.
    ///
    /// # Errors
    /// [`Unusable`] if it is no note, or the signature of one of them is wrong.
    pub fn have_cosigned(&self, note: &str) -> Result<bool, Unusable> {
        self.have_signed(&Note::from_bytes(note.as_bytes()).map_err(|_| Unusable::Form)?)
    }
}

/// Writes the line of a cosignature.
///
/// # Errors
/// [`Unusable::Key`] if the name of the witness cannot stand in a signed note.
pub fn cosignature_line(
    (name, id): (&str, u32),
    at_s: u64,
    signature: &[u8; SIGNATURE_LENGTH],
) -> Result<String, Unusable> {
    let bytes = [&at_s.to_be_bytes()[..], signature].concat();
    let line = Signature::new(name.to_owned(), id, bytes).map_err(|_| Unusable::Key)?;
    String::from_utf8(line.to_bytes()).map_err(|_| Unusable::Key)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of C2SP `tlog-cosignature`, whose key is not given there: its form is read.
    const EXAMPLE: &str = "\u{2014} witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==";

    #[test]
    fn the_moment_of_the_example_of_the_format_is_read() {
        let example = Signature::from_bytes(EXAMPLE.as_bytes()).unwrap();
        let (at_s, _) = moment_and_signature(example.signature()).unwrap();
        assert_eq!(at_s, 1_679_315_147);
    }

    #[test]
    fn what_is_signed_is_the_text_of_the_format() {
        let body =
            "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
        assert_eq!(
            cosigned_text(body, 1_679_315_147),
            format!("cosignature/v1\ntime 1679315147\n{body}")
        );
    }

    #[test]
    fn only_the_key_of_a_witness_is_taken_for_one() {
        let log = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        for wrong in ["", "a", "a+b", "a+b+c", log, &format!("{log}x"), "w+00000000+BA=="] {
            assert_eq!(wrong.parse::<WitnessKey>(), Err(Unusable::Key), "{wrong}");
        }
    }
}
