//! Who can open backups: public keys of the age format.

use age::x25519::Recipient;
use toml::Value;

use super::setting::{Flaw, Setting};

/// One public key or more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipients(Vec<Recipient>);

impl Recipients {
    /// The keys, in the order in which they were given.
    #[must_use]
    pub fn as_slice(&self) -> &[Recipient] {
        &self.0
    }

    fn of<'t>(texts: impl Iterator<Item = &'t str>) -> Result<Self, Flaw> {
        let texts: Vec<&str> = texts.map(str::trim).collect();
        // What was copied by mistake is said, and not repeated.
        if texts.iter().any(|text| text.to_ascii_uppercase().starts_with("AGE-SECRET-KEY")) {
            return Err(Flaw::Unsafe(
                "it is a private key: backups are encrypted to the public one",
            ));
        }
        let keys: Vec<Recipient> =
            texts.into_iter().map(str::parse).collect::<Result<_, _>>().map_err(|_| Flaw::Kind)?;
        if keys.is_empty() { Err(Flaw::Kind) } else { Ok(Self(keys)) }
    }
}

impl Setting for Recipients {
    const KIND: &'static str =
        "a public key of the age format (age1 and more letters); several with commas between";

    fn from_text(text: &str) -> Result<Self, Flaw> {
        Self::of(text.split(','))
    }

    fn from_toml(value: &Value) -> Result<Self, Flaw> {
        let Value::Array(values) = value else {
            return value.as_str().ok_or(Flaw::Kind).and_then(Self::from_text);
        };
        let texts: Vec<&str> =
            values.iter().map(Value::as_str).collect::<Option<_>>().ok_or(Flaw::Kind)?;
        Self::of(texts.into_iter())
    }

    fn show(&self) -> Option<Value> {
        Some(Value::Array(self.0.iter().map(|key| Value::String(key.to_string())).collect()))
    }
}

#[cfg(test)]
mod tests {
    use age::secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn public_keys_are_given_as_a_text_or_as_a_list() {
        let key = || age::x25519::Identity::generate().to_public().to_string();
        let list = Recipients::from_text(&format!("{}, {}", key(), key())).unwrap();

        assert_eq!(list.as_slice().len(), 2);
        assert_eq!(Recipients::from_toml(&list.show().unwrap()), Ok(list));
    }

    #[test]
    fn a_private_key_or_nothing_is_refused() {
        let private = age::x25519::Identity::generate().to_string();
        let refused = Recipients::from_text(private.expose_secret());
        assert!(matches!(refused, Err(Flaw::Unsafe(_))));
        for wrong in ["", ",", "age1", "age1abc", "ssh-ed25519 AAAA"] {
            assert_eq!(Recipients::from_text(wrong), Err(Flaw::Kind), "{wrong}");
        }
        assert_eq!(Recipients::from_toml(&Value::Integer(1)), Err(Flaw::Kind));
    }
}
