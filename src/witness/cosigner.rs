//! The key of a witness, and what it signs.

use std::{
    fmt,
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signer, SigningKey};
use refero_verify::{COSIGNATURE, Unusable, cosignature_line, cosigned_text, cosigner_key};
use signed_note::is_key_name_valid;
use zeroize::Zeroizing;

/// Who signs what a witness has seen.
pub struct Cosigner {
    name: String,
    id: u32,
    verifier_key: String,
    key: SigningKey,
}

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyRefused {
    /// The name cannot stand in a signed note.
    #[error("the name of a witness has neither spaces nor plus signs and is not empty")]
    Name,
    /// The file holds no key of a witness.
    #[error("the file holds no key of a witness")]
    Form,
    /// The file cannot be read or written.
    #[error("the file of the key")]
    File(#[source] io::Error),
}

impl fmt::Debug for Cosigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cosigner").field("verifier_key", &self.verifier_key).finish()
    }
}

impl Cosigner {
    /// Makes a cosigner from a name and the 32 bytes of an Ed25519 key.
    ///
    /// # Errors
    /// [`KeyRefused::Name`].
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Self, KeyRefused> {
        if !is_key_name_valid(name) || name.contains(char::is_control) {
            return Err(KeyRefused::Name);
        }
        let key = SigningKey::from_bytes(seed);
        let (id, verifier_key) = cosigner_key(name, &key.verifying_key());
        Ok(Self { name: name.to_owned(), id, verifier_key, key })
    }

    /// Returns the key that checks what it signs, as signed notes write it.
    #[must_use]
    pub fn verifier_key(&self) -> &str {
        &self.verifier_key
    }

    /// Reads the file of a key.
    ///
    /// # Errors
    /// [`KeyRefused`].
    pub fn of_file(path: &Path) -> Result<Self, KeyRefused> {
        let text = Zeroizing::new(fs::read_to_string(path).map_err(KeyRefused::File)?);
        Self::of_text(text.trim()).ok_or(KeyRefused::Form)
    }

    fn of_text(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("PRIVATE+KEY+")?.splitn(3, '+');
        let (name, id, secret) = (parts.next()?, parts.next()?, parts.next()?);
        let bytes = Zeroizing::new(STANDARD.decode(secret).ok()?);
        let [COSIGNATURE, seed @ ..] = bytes.as_slice() else { return None };
        let cosigner = Self::new(name, seed.try_into().ok()?).ok()?;
        (id == format!("{:08x}", cosigner.id)).then_some(cosigner)
    }

    /// Writes the key into a new file that its owner alone can read.
    ///
    /// # Errors
    /// [`KeyRefused::File`], also if the file is there already.
    pub fn keep(&self, path: &Path) -> Result<(), KeyRefused> {
        let secret = Zeroizing::new([&[COSIGNATURE][..], self.key.as_bytes()].concat());
        let secret = Zeroizing::new(STANDARD.encode(&*secret));
        let text =
            Zeroizing::new(format!("PRIVATE+KEY+{}+{:08x}+{}\n", self.name, self.id, *secret));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(path).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        written.map_err(KeyRefused::File)
    }

    /// Signs a checkpoint whose log has been checked.
    pub(super) fn sign(&self, note: &str, at_s: u64) -> Result<String, Unusable> {
        let (body, _) = note.split_once("\n\n").ok_or(Unusable::Form)?;
        let text = cosigned_text(&format!("{body}\n"), at_s);
        let signature = self.key.sign(text.as_bytes());
        cosignature_line((&self.name, self.id), at_s, &signature.to_bytes())
    }
}

#[cfg(test)]
mod tests {
    use refero_verify::WitnessKey;

    use super::*;

    const NOTE: &str =
        "log\n3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\u{2014} log AAAAAAAA\n";

    #[test]
    fn what_it_signs_is_checked_by_its_key_and_by_no_other() {
        let cosigner = Cosigner::new("witness.example.org", &[7; 32]).unwrap();
        let line = cosigner.sign(NOTE, 1_790_000_000).unwrap();
        let key: WitnessKey = cosigner.verifier_key().parse().unwrap();

        let read = key.cosignature(NOTE, &line).unwrap();
        assert_eq!((read.at_s, &read.line), (1_790_000_000, &line));
        let other = Cosigner::new("witness.example.org", &[8; 32]).unwrap();
        let other: WitnessKey = other.verifier_key().parse().unwrap();
        assert!(other.cosignature(NOTE, &line).is_err());
        assert!(key.cosignature(&NOTE.replace("\n3\n", "\n4\n"), &line).is_err());
    }

    #[test]
    fn a_key_is_kept_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let cosigner = Cosigner::new("w", &[7; 32]).unwrap();
        cosigner.keep(&path).unwrap();

        let read = Cosigner::of_file(&path).unwrap();
        assert_eq!(read.verifier_key(), cosigner.verifier_key());
        assert!(matches!(cosigner.keep(&path), Err(KeyRefused::File(_))));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let printed = format!("{cosigner:?}");
        assert!(!printed.contains(&STANDARD.encode([7; 32])));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        for wrong in ["", "PRIVATE+KEY+w", "PRIVATE+KEY+w+00000000+BAcHBw==", "w+0+x"] {
            fs::write(&path, wrong).unwrap();
            assert!(matches!(Cosigner::of_file(&path), Err(KeyRefused::Form)), "{wrong}");
        }
        for name in ["", "a b", "a+b", "a\nb"] {
            assert!(matches!(Cosigner::new(name, &[7; 32]), Err(KeyRefused::Name)), "{name}");
        }
    }
}
