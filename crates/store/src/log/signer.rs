//! Who signs checkpoints.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::SigningKey;
use signed_note::{Note, Signer, StandardSigner, key_id, new_ed25519_verifier_key};
use tlog_tiles::{Checkpoint, Hash};
use zeroize::Zeroizing;

use crate::{
    error::{Error, Result},
    sealing::KeyRing,
};

/// Ed25519, as signed notes number the algorithms.
const ED25519: u8 = 1;

/// The keys that sign checkpoints (C2SP `signed-note`), under the name of the log.
#[derive(Clone)]
pub struct LogSigner {
    origin: String,
    signers: Vec<StandardSigner>,
    verifier_keys: Vec<String>,
}

impl fmt::Debug for LogSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogSigner").field("verifier_keys", &self.verifier_keys).finish()
    }
}

/// Says who signs the heads of a log, by the deployment keys that are held.
pub type LogSigning = dyn Fn(&KeyRing) -> Result<LogSigner> + Send + Sync;

impl LogSigner {
    /// Makes the signer of a log from the 32 bytes of an Ed25519 key.
    ///
    /// # Errors
    /// [`Error::Broken`] if the name cannot stand in a signed note: it is empty, or has a space or a
    /// plus sign.
    pub fn new(origin: &str, key: &[u8; 32]) -> Result<Self> {
        let empty =
            Self { origin: origin.to_owned(), signers: Vec::new(), verifier_keys: Vec::new() };
        empty.and(key)
    }

    /// Signs with another key too. During a rotation the former key goes on signing, so that who
    /// knows only that one has time to learn the new one.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn and(mut self, key: &[u8; 32]) -> Result<Self> {
        let name = &self.origin;
        let key = SigningKey::from_bytes(key);
        let public = [&[ED25519][..], key.verifying_key().as_bytes()].concat();
        let secret = Zeroizing::new([&[ED25519][..], key.as_bytes()].concat());
        let written = Zeroizing::new(format!(
            "PRIVATE+KEY+{name}+{:08x}+{}",
            key_id(name, &public),
            STANDARD.encode(&*secret)
        ));
        let signer = StandardSigner::new(&written)
            .map_err(|_| Error::broken("the log's name cannot stand in a signed note"))?;
        self.verifier_keys.push(new_ed25519_verifier_key(name, &key.verifying_key()));
        self.signers.push(signer);
        Ok(self)
    }

    /// Returns the keys that check the signatures, as signed notes write them; the newest first.
    #[must_use]
    pub fn verifier_keys(&self) -> &[String] {
        &self.verifier_keys
    }

    /// Signs the head of a tree.
    pub(super) fn sign(&self, size: u64, root: Hash) -> Result<String> {
        let unsigned = Checkpoint::new(&self.origin, size, root, "")
            .map_err(|_| Error::broken("the log's name is no origin"))?;
        let text = String::from_utf8(unsigned.to_bytes())
            .map_err(|e| Error::broken_by("a checkpoint is no text", e))?;
        self.sign_text(&text)
    }

    /// Signs a text of another form than a checkpoint's: an export.
    ///
    /// # Errors
    /// [`Error::Broken`] if the text cannot stand in a signed note.
    pub fn sign_text(&self, text: &str) -> Result<String> {
        let signers: Vec<&dyn Signer> =
            self.signers.iter().map(|signer| -> &dyn Signer { signer }).collect();
        let mut note = Note::new(text.as_bytes(), &[])
            .map_err(|e| Error::broken_by("what is signed is no note", e))?;
        note.add_sigs(&signers).map_err(|e| Error::broken_by("a note could not be signed", e))?;
        String::from_utf8(note.to_bytes()).map_err(|e| Error::broken_by("a note is no text", e))
    }
}
