//! Opaque secrets that are handed out once: refresh tokens and activation secrets.
//!
//! A text such as `refero_rt_…` says what it is to whoever finds it in a log or a repository, and
//! lets scanners find it. Behind the prefix are 256 random bits in base64url. Only the SHA-256
//! digest is stored: guessing 256 bits needs no slow hash to be hopeless, and a stolen database
//! holds nothing that can be presented.

use std::fmt;
use std::marker::PhantomData;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use rand::CryptoRng;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The number of secret bytes.
const BYTES: usize = 32;

/// What an opaque secret is for. The kinds are types, so that one cannot stand for another.
pub trait Purpose {
    /// How the text starts.
    const PREFIX: &'static str;
}

/// Continues a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresh {}

impl Purpose for Refresh {
    const PREFIX: &'static str = "refero_rt_";
}

/// Lets a new member of staff choose a password, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {}

impl Purpose for Activation {
    const PREFIX: &'static str = "refero_activate_";
}

/// A secret of 256 bits with one purpose.
pub struct Opaque<P: Purpose> {
    bytes: Zeroizing<[u8; BYTES]>,
    purpose: PhantomData<fn() -> P>,
}

/// Continues a session, once.
pub type RefreshToken = Opaque<Refresh>;

/// Lets a new member of staff choose a password, once.
pub type ActivationSecret = Opaque<Activation>;

/// What is stored of an opaque secret: its SHA-256 digest.
pub type SecretDigest = [u8; 32];

/// Refuses a text that is no secret of this purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a valid token")]
pub struct NotAToken;

impl<P: Purpose> Opaque<P> {
    /// Makes a new secret.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = Zeroizing::new([0; BYTES]);
        rng.fill_bytes(bytes.as_mut_slice());
        Self { bytes, purpose: PhantomData }
    }

    /// Reads a presented text; exactly one text stands for each secret.
    ///
    /// # Errors
    /// Refuses another prefix, another length, and any other spelling of the same bytes.
    pub fn parse(text: &str) -> Result<Self, NotAToken> {
        let encoded = text.strip_prefix(P::PREFIX).ok_or(NotAToken)?;
        let mut bytes = Zeroizing::new([0; BYTES]);
        let written = URL_SAFE_NO_PAD.decode_slice(encoded, bytes.as_mut_slice());
        match written {
            Ok(BYTES) => Ok(Self { bytes, purpose: PhantomData }),
            Ok(_) | Err(_) => Err(NotAToken),
        }
    }

    /// Returns the text to hand out, once. It is not to be stored or logged.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::from(P::PREFIX));
        URL_SAFE_NO_PAD.encode_string(self.bytes.as_slice(), &mut text);
        text
    }

    /// Returns what to store and to look for.
    #[must_use]
    pub fn digest(&self) -> SecretDigest {
        Sha256::digest(self.bytes.as_slice()).into()
    }
}

impl<P: Purpose> fmt::Debug for Opaque<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[hidden]", P::PREFIX)
    }
}

/// Refuses a key that is too short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key for refresh tokens must have at least 32 bytes")]
pub struct ShortKey;

/// The key from which the successors of refresh tokens are made, and those before it, whose
/// successors are still known.
pub struct SuccessorKey {
    current: Hmac<Sha256>,
    former: Vec<Hmac<Sha256>>,
}

impl SuccessorKey {
    /// Takes a server secret; the label keeps other uses of the same secret apart from this one.
    ///
    /// # Errors
    /// Refuses fewer than 32 bytes.
    pub fn derive(secret: &[u8]) -> Result<Self, ShortKey> {
        Ok(Self { current: keyed(secret)?, former: Vec::new() })
    }

    /// Knows again what a former secret has made.
    ///
    /// # Errors
    /// As [`Self::derive`].
    pub fn knowing(mut self, former: &[u8]) -> Result<Self, ShortKey> {
        self.former.push(keyed(former)?);
        Ok(self)
    }
}

fn keyed(secret: &[u8]) -> Result<Hmac<Sha256>, ShortKey> {
    if secret.len() < BYTES {
        return Err(ShortKey);
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).map_err(|_| ShortKey)?;
    mac.update(b"refero refresh successor v1\0");
    Ok(mac)
}

impl fmt::Debug for SuccessorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SuccessorKey")
    }
}

impl RefreshToken {
    /// Returns the token that follows this one.
    ///
    /// A client on a bad line may lose the answer that held its next token. It asks again and has
    /// to get the *same* successor, but the successor is stored only as a digest. So it is not
    /// drawn: it is HMAC-SHA256(server key, label ‖ this token), which the server can
    /// compute again when this token is presented again, and nobody can without the key: neither from a stolen token
    /// nor from the database. After a change of the key the digest no longer fits the stored one;
    /// the caller compares them and treats the token as spent.
    #[must_use]
    pub fn successor(&self, key: &SuccessorKey) -> Self {
        self.followed(&key.current)
    }

    /// Returns the token that followed this one, if it has the stored digest: made with any key that
    /// is known. Otherwise the token that would follow it now.
    #[must_use]
    pub fn successor_stored_as(&self, key: &SuccessorKey, stored: Option<&[u8]>) -> Self {
        let former = || key.former.iter().map(|key| self.followed(key));
        let is_stored = |next: &Self| stored == Some(&next.digest()[..]);
        former().find(is_stored).unwrap_or_else(|| self.successor(key))
    }

    fn followed(&self, key: &Hmac<Sha256>) -> Self {
        let mut mac = key.clone();
        mac.update(self.bytes.as_slice());
        let bytes = Zeroizing::new(mac.finalize().into_bytes().into());
        Self { bytes, purpose: PhantomData }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    fn token(seed: u64) -> RefreshToken {
        RefreshToken::generate(&mut StdRng::seed_from_u64(seed))
    }

    #[test]
    fn a_token_survives_the_way_to_the_client_and_back() {
        let text = token(1).reveal();

        assert!(text.starts_with("refero_rt_") && text.len() == "refero_rt_".len() + 43);
        assert_eq!(RefreshToken::parse(&text).unwrap().digest(), token(1).digest());
        assert_ne!(token(2).digest(), token(1).digest());
    }

    #[test]
    fn one_purpose_does_not_serve_for_another() {
        let activation = ActivationSecret::generate(&mut StdRng::seed_from_u64(1)).reveal();

        assert_eq!(RefreshToken::parse(&activation).unwrap_err(), NotAToken);
        assert_eq!(ActivationSecret::parse(&token(1).reveal()).unwrap_err(), NotAToken);
    }

    #[test]
    fn only_one_spelling_is_accepted() {
        let text = token(1).reveal();
        let body = &text["refero_rt_".len()..];
        let last_bits = |c: char| format!("{}{c}", &text[..text.len() - 1]);
        for spelling in [
            format!("{} ", &*text),
            format!(" {}", &*text),
            format!("{}=", &*text),
            format!("{}\n", &*text),
            format!("{}A", &*text),
            text[..text.len() - 1].to_owned(),
            text.to_uppercase(),
            body.to_owned(),
            String::new(),
            "refero_rt_".to_owned(),
            format!("refero_rt_refero_rt_{body}"),
            format!("refero_rt_{}", "A".repeat(1 << 20)),
            format!("refero_rt_{}", "+".repeat(43)),
            format!("refero_rt_{}", "é".repeat(43)),
        ] {
            assert_eq!(RefreshToken::parse(&spelling).unwrap_err(), NotAToken);
        }
        // The last of 43 characters carries two bits that belong to no byte.
        let accepted = ('0'..='z').filter(|c| RefreshToken::parse(&last_bits(*c)).is_ok()).count();
        assert_eq!(accepted, 16);
    }

    #[test]
    fn the_successor_is_the_same_each_time_and_needs_the_key() {
        let key = SuccessorKey::derive(&[1; 32]).unwrap();
        let other = SuccessorKey::derive(&[2; 32]).unwrap();

        assert_eq!(token(1).successor(&key).digest(), token(1).successor(&key).digest());
        assert_ne!(token(1).successor(&key).digest(), token(1).successor(&other).digest());
        assert_ne!(token(1).successor(&key).digest(), token(2).successor(&key).digest());
        assert_ne!(token(1).successor(&key).digest(), token(1).digest());
        assert_eq!(SuccessorKey::derive(&[1; 31]).unwrap_err(), ShortKey);
        let rotated = SuccessorKey::derive(&[2; 32]).unwrap().knowing(&[1; 32]).unwrap();
        let stored = token(1).successor(&key).digest();
        assert_eq!(token(1).successor_stored_as(&rotated, Some(&stored)).digest(), stored);
        let anew = token(1).successor(&rotated).digest();
        assert_eq!(token(1).successor_stored_as(&rotated, None).digest(), anew);
        assert_eq!(
            token(2).successor_stored_as(&rotated, Some(&stored)).digest(),
            token(2).successor(&other).digest()
        );
        assert!(RefreshToken::parse(&token(1).successor(&key).reveal()).is_ok());
    }

    #[test]
    fn a_token_does_not_print() {
        assert_eq!(format!("{:?}", token(1)), "refero_rt_[hidden]");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(refero_rt_)?.{0,60}") {
            let _ = RefreshToken::parse(&text);
        }
    }
}
