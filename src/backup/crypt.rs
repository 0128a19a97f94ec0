//! The keys and the encryption of backups: the age format, by the crate of that name.

use std::{
    fmt, fs,
    io::{self, BufReader, Read, Write},
    path::Path,
};

use age::{
    DecryptError, Decryptor, EncryptError, Encryptor,
    secrecy::ExposeSecret,
    stream::{StreamReader, StreamWriter},
    x25519::{Identity, Recipient},
};
use chrono::{DateTime, SecondsFormat, Utc};
use zeroize::Zeroizing;

use super::BackupError;

/// More bytes than a file of identities has.
const LONGEST_IDENTITIES: u64 = 64 * 1024;

/// The private keys that may open a backup.
pub struct Identities(Vec<Identity>);

impl fmt::Debug for Identities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identities")
    }
}

impl Identities {
    /// Reads the file that `refero keys new-backup-key` or `age-keygen` has written.
    ///
    /// # Errors
    /// Says that it cannot be read, or holds no private key.
    pub fn of_file(path: &Path) -> Result<Self, BackupError> {
        let unread = |e| BackupError::System("the file of --identity cannot be read", e);
        let mut text = Zeroizing::new(String::new());
        let file = fs::File::open(path).map_err(unread)?;
        file.take(LONGEST_IDENTITIES).read_to_string(&mut text).map_err(unread)?;
        let lines = text.lines().map(str::trim);
        let keys: Vec<Identity> = lines
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(str::parse)
            .collect::<Result<_, _>>()
            .map_err(|_| BackupError::NoIdentity)?;
        if keys.is_empty() { Err(BackupError::NoIdentity) } else { Ok(Self(keys)) }
    }
}

/// Makes a pair of keys: the text of the file with the private one, and the public one.
#[must_use]
pub fn new_pair(now: DateTime<Utc>) -> (Zeroizing<String>, String) {
    let identity = Identity::generate();
    let (secret, public) = (identity.to_string(), identity.to_public().to_string());
    let at = now.to_rfc3339_opts(SecondsFormat::Secs, true);
    let text = format!("# created: {at}\n# public key: {public}\n{}\n", secret.expose_secret());
    (Zeroizing::new(text), public)
}

/// Encrypts what is written. It must be finished.
pub(super) fn encrypt<W: Write>(
    recipients: &[Recipient],
    out: W,
) -> Result<StreamWriter<W>, BackupError> {
    let recipients = recipients.iter().map(|key| -> &dyn age::Recipient { key });
    let unwritten = |e| BackupError::System("the backup could not be written", e);
    Encryptor::with_recipients(recipients)
        .map_err(|error| match error {
            EncryptError::Io(e) => unwritten(e),
            other => unwritten(io::Error::other(other.to_string())),
        })?
        .wrap_output(out)
        .map_err(unwritten)
}

/// Decrypts what is read.
pub(super) fn decrypt<R: Read>(
    identities: &Identities,
    input: R,
) -> Result<StreamReader<BufReader<R>>, BackupError> {
    let Identities(keys) = identities;
    let keys = keys.iter().map(|key| -> &dyn age::Identity { key });
    let opened = Decryptor::new_buffered(BufReader::new(input));
    opened.and_then(|opened| opened.decrypt(keys)).map_err(|error| match error {
        DecryptError::NoMatchingKeys | DecryptError::DecryptionFailed => BackupError::OtherIdentity,
        DecryptError::InvalidHeader | DecryptError::UnknownFormat => BackupError::Foreign,
        DecryptError::Io(e) => match e.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData => BackupError::Foreign,
            _ => BackupError::System("the backup cannot be read", e),
        },
        _ => BackupError::Damaged,
    })
}
