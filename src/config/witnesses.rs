//! The witnesses of the audit log: where they are asked, and the keys that check what they sign.

use refero_verify::WitnessKey;
use toml::Value;

use super::setting::{Flaw, Setting};

/// One witness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessAddress {
    /// Where it is asked, without a slash at its end.
    pub url: String,
    /// The key that checks what it signs.
    pub key: WitnessKey,
}

/// All witnesses, each under its own name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessList(Vec<WitnessAddress>);

impl WitnessList {
    /// The witnesses, in the order in which they were given.
    #[must_use]
    pub fn as_slice(&self) -> &[WitnessAddress] {
        &self.0
    }

    fn of<'t>(texts: impl Iterator<Item = &'t str>) -> Result<Self, Flaw> {
        let list: Vec<WitnessAddress> =
            texts.map(address).collect::<Option<_>>().ok_or(Flaw::Kind)?;
        let name = |at: &WitnessAddress| at.key.name().to_owned();
        let mut names: Vec<String> = list.iter().map(name).collect();
        names.sort_unstable();
        names.dedup();
        if names.len() == list.len() {
            Ok(Self(list))
        } else {
            Err(Flaw::Unsafe("two witnesses have one name: each signs under its own"))
        }
    }
}

/// Reads one witness. Its address may be http:// anywhere: hashes go there and a signature comes back,
/// which its key checks.
fn address(text: &str) -> Option<WitnessAddress> {
    let (url, key) = text.trim().split_once(char::is_whitespace)?;
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let unusual = |c: char| !c.is_ascii_graphic() || "?#@\"<>\\,".contains(c);
    if rest.is_empty() || rest.starts_with('/') || url.contains(unusual) {
        return None;
    }
    let url = url.trim_end_matches('/').to_owned();
    Some(WitnessAddress { url, key: key.trim().parse().ok()? })
}

impl Setting for WitnessList {
    const KIND: &'static str =
        "an address and a key of a witness, with a space between them; several with commas between";

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
        let text = |at: &WitnessAddress| Value::String(format!("{} {}", at.url, at.key));
        Some(Value::Array(self.0.iter().map(text).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "w.example.org+2ab5cc4a+BOpKbGPinFIKvvVQezMuqvj3U/2w4p3r7B9k3FMwuLHB";

    fn key(name: &str) -> String {
        let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
        refero_verify::cosigner_key(name, &key.verifying_key()).1
    }

    #[test]
    fn witnesses_are_given_as_a_text_or_as_a_list() {
        let (one, two) = (key("one"), key("two"));
        let text = format!("https://a.example/w/ {one}, http://10.0.0.2:80 {two}");
        let list = WitnessList::from_text(&text).unwrap();
        assert_eq!(list.as_slice()[0].url, "https://a.example/w");
        assert_eq!(list.as_slice()[1].key.name(), "two");
        assert_eq!(WitnessList::from_toml(&list.show().unwrap()), Ok(list));
    }

    #[test]
    fn what_is_no_witness_is_refused() {
        let one = key("one");
        for wrong in [
            "",
            ",",
            "https://a.example",
            &one,
            &format!("a.example {one}"),
            &format!("https:// {one}"),
            &format!("https://a?b {one}"),
            &format!("ftp://a {one}"),
            &format!("https://a {KEY}"),
            &format!("https://a {one},"),
        ] {
            assert_eq!(WitnessList::from_text(wrong), Err(Flaw::Kind), "{wrong}");
        }
        let twice = format!("https://a {one},https://b {one}");
        assert!(matches!(WitnessList::from_text(&twice), Err(Flaw::Unsafe(_))));
        assert_eq!(WitnessList::from_toml(&Value::Integer(1)), Err(Flaw::Kind));
    }
}
