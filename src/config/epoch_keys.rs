//! The deployment keys of several epochs, in one text.

use std::collections::BTreeMap;

use toml::Value;

use super::{
    secret::{HIDDEN, Secret},
    setting::{Flaw, KeyBytes, Setting},
    strength::{self, KEY_BYTES},
};

/// Says that a text is no list of keys.
const NO_LIST: &str = "it must be EPOCH:KEY, a line for each epoch";

/// The keys of epochs, each written `EPOCH:KEY`.
#[derive(Debug, Clone)]
pub struct EpochKeys(BTreeMap<u32, KeyBytes>);

impl EpochKeys {
    /// Reads the text of a file or of a command's output.
    ///
    /// # Errors
    /// Says what the text must be, or why a key is not safe. Nothing of it is repeated.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        Self::from_text(text).map_err(|flaw| match flaw {
            Flaw::Kind => NO_LIST,
            Flaw::Weak(reason) | Flaw::Unsafe(reason) => reason,
        })
    }

    /// Returns each epoch with its key.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &KeyBytes)> {
        self.0.iter().map(|(&epoch, key)| (epoch, key))
    }
}

impl Setting for EpochKeys {
    const KIND: &'static str =
        "one or more of EPOCH:KEY, with numbers from 1 and keys of 32 random bytes in base64";
    const SECRET: bool = true;
    const FROM_FILE: bool = true;

    fn from_text(text: &str) -> Result<Self, Flaw> {
        let mut keys = BTreeMap::new();
        for written in text.split_whitespace() {
            let (epoch, key) = written.split_once(':').ok_or(Flaw::Kind)?;
            let epoch: u32 = epoch.parse().map_err(|_| Flaw::Kind)?;
            let bytes = strength::key_bytes(key)?;
            if epoch == 0 {
                return Err(Flaw::Kind);
            }
            if bytes.len() != KEY_BYTES {
                return Err(Flaw::Weak("each key must have exactly 32 bytes"));
            }
            if keys.insert(epoch, Secret::new(bytes)).is_some() {
                return Err(Flaw::Unsafe("an epoch is given twice"));
            }
        }
        if keys.is_empty() { Err(Flaw::Kind) } else { Ok(Self(keys)) }
    }

    fn show(&self) -> Option<Value> {
        Some(Value::String(HIDDEN.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use proptest::prelude::*;
    use sha2::Digest;

    use super::*;

    fn key(seed: u8) -> String {
        STANDARD.encode(sha2::Sha256::digest([seed]))
    }

    #[test]
    fn each_epoch_has_its_key_whatever_stands_between_them() {
        let text = format!("\n 2:{}\t1:{}\r\n", key(2), key(1));
        let keys = EpochKeys::parse(&text).unwrap();

        assert_eq!(keys.iter().map(|(epoch, _)| epoch).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(format!("{keys:?}").matches(HIDDEN).count(), 2);
    }

    #[test]
    fn what_is_no_key_of_an_epoch_is_refused() {
        let twice = format!("1:{} 1:{}", key(1), key(2));
        assert_eq!(EpochKeys::parse(&twice).unwrap_err(), "an epoch is given twice");
        let long = format!("1:{}", STANDARD.encode([sha2::Sha256::digest([1]); 2].concat()));
        assert_eq!(EpochKeys::parse(&long).unwrap_err(), "each key must have exactly 32 bytes");
        for text in ["", " ", "1", &key(1), &format!("0:{}", key(1)), &format!("-1:{}", key(1))] {
            assert_eq!(EpochKeys::parse(text).unwrap_err(), NO_LIST, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = EpochKeys::parse(&text);
        }
    }
}
