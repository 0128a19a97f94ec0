//! Signed heads: C2SP `tlog-checkpoint` in a C2SP `signed-note`.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use signed_note::{Note, StandardVerifier, Verifier, VerifierList};

/// The keys that check signatures.
pub struct Keys {
    list: VerifierList,
    names: Vec<String>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Keys").field(&self.names).finish()
    }
}

/// A checkpoint whose signature is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
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
    /// It is no proof.
    #[error(
        "it is no proof: c2sp.org/tlog-proof@v1, the index, hashes, an empty line, a checkpoint"
    )]
    Proof,
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
        let (mut list, mut names): (Vec<Box<dyn Verifier>>, _) = (Vec::new(), Vec::new());
        for key in keys {
            let verifier = StandardVerifier::new(key.trim()).map_err(|_| Unusable::Key)?;
            names.push(verifier.name().to_owned());
            list.push(Box::new(verifier));
        }
        Ok(Self { list: VerifierList::new(list), names })
    }
}

impl Pin {
    /// Reads a checkpoint, and checks that its log has signed it.
    ///
    /// # Errors
    /// [`Unusable`].
    pub fn read(note: &str, keys: &Keys) -> Result<Self, Unusable> {
        let note = Note::from_bytes(note.as_bytes()).map_err(|_| Unusable::Form)?;
        note.verify(&keys.list).map_err(|_| Unusable::Signature)?;
        let text = std::str::from_utf8(note.text()).map_err(|_| Unusable::Form)?;
        let mut lines = text.lines();
        let (Some(origin), Some(size), Some(root), None) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(Unusable::Form);
        };
        if !keys.names.iter().any(|name| name == origin) {
            return Err(Unusable::Origin);
        }
        let number = size.parse::<u64>().map_err(|_| Unusable::Form)?;
        let root = STANDARD.decode(root).map_err(|_| Unusable::Form)?;
        let root = root.try_into().map_err(|_| Unusable::Form)?;
        // One number has one form: neither a sign nor leading noughts.
        if number.to_string() != size {
            return Err(Unusable::Form);
        }
        Ok(Self { size: number, root })
    }

    /// Returns how many leaves it covers.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    pub(crate) const fn root(&self) -> [u8; 32] {
        self.root
    }
}
