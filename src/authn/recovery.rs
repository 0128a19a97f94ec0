//! Recovery codes: on paper, for the day on which the device is lost. Each works once.

use std::fmt;
use std::sync::LazyLock;

use data_encoding::{Encoding, Specification};
use rand::CryptoRng;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::opaque::SecretDigest;

/// How many are handed out at once.
pub const COUNT: usize = 10;

/// The random bytes of a code: 120 bits, which are 24 letters.
const BYTES: usize = 15;

/// How many letters stand together, to be read aloud.
const GROUP: usize = 6;

/// A code of 120 random bits.
pub struct RecoveryCode(Zeroizing<[u8; BYTES]>);

/// Crockford's letters: none is taken for another when it is read from paper. Capitals, hyphens and
/// spaces do not matter, and `I`, `L` and `O` are what they look like.
#[expect(clippy::expect_used, reason = "the specification is a constant, which the tests use")]
static LETTERS: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str("0123456789abcdefghjkmnpqrstvwxyz");
    specification.translate.from.push_str("ABCDEFGHJKMNPQRSTVWXYZiIlLoO");
    specification.translate.to.push_str("abcdefghjkmnpqrstvwxyz111100");
    specification.ignore.push_str("- ");
    specification.encoding().expect("32 letters that are ASCII and differ make an encoding")
});

impl RecoveryCode {
    /// Draws a code.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = Zeroizing::new([0; BYTES]);
        rng.fill_bytes(bytes.as_mut_slice());
        Self(bytes)
    }

    /// Reads a code as somebody types it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // Longer than any code with hyphens and spaces is not worth reading.
        if text.len() > 128 {
            return None;
        }
        let bytes = Zeroizing::new(LETTERS.decode(text.trim().as_bytes()).ok()?);
        bytes.as_slice().try_into().ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// Writes the code to be kept on paper, once.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        let letters = Zeroizing::new(LETTERS.encode(self.0.as_slice()));
        let mut text = Zeroizing::new(String::with_capacity(letters.len() + letters.len() / GROUP));
        for (place, letter) in letters.chars().enumerate() {
            if place > 0 && place % GROUP == 0 {
                text.push('-');
            }
            text.push(letter);
        }
        text
    }

    /// Returns what is stored and looked for: SHA-256 of the account and the code.
    ///
    /// No slow hash and no key is needed. With 120 random bits there is nothing to guess, so a slow
    /// hash would protect nothing; and codes under a key of the deployment would all be void on the
    /// day on which that key is changed.
    #[must_use]
    pub fn digest(&self, account: &str) -> SecretDigest {
        let mut digest = Sha256::new();
        digest.update(b"refero recovery code v1\0");
        digest.update(account.as_bytes());
        digest.update(b"\0");
        digest.update(self.0.as_slice());
        digest.finalize().into()
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    fn code(seed: u64) -> RecoveryCode {
        RecoveryCode::generate(&mut StdRng::seed_from_u64(seed))
    }

    #[test]
    fn a_code_survives_paper_and_typing() {
        let text = code(1).reveal();
        assert_eq!((text.len(), text.matches('-').count()), (27, 3));
        let spellings = [
            text.to_string(),
            text.to_uppercase(),
            text.replace('-', ""),
            text.replace('-', " "),
            format!("  {}\n", text.as_str()),
            text.replace('1', "I").replace('0', "O"),
            text.replace('1', "l").replace('0', "o"),
        ];
        for spelling in spellings {
            let read = RecoveryCode::parse(&spelling).unwrap();
            assert_eq!(read.digest("ama"), code(1).digest("ama"), "{spelling}");
        }
    }

    #[test]
    fn what_is_stored_belongs_to_one_account_and_one_code() {
        assert_ne!(code(1).digest("ama"), code(1).digest("kofi"));
        assert_ne!(code(1).digest("ama"), code(2).digest("ama"));
        assert_eq!(format!("{:?}", code(1)), "RecoveryCode");
    }

    #[test]
    fn another_length_is_no_code() {
        let text = code(1).reveal().replace('-', "");
        let (long, longer) = (format!("{text}0"), format!("{text}00000000"));
        for wrong in ["", "-", "u", &text[1..], &long, &longer, &"0".repeat(1 << 20)] {
            assert!(RecoveryCode::parse(wrong).is_none(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn every_code_is_read_again(seed: u64) {
            let read = RecoveryCode::parse(&code(seed).reveal()).unwrap();
            prop_assert_eq!(read.digest("ama"), code(seed).digest("ama"));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,60}") {
            let _ = RecoveryCode::parse(&text);
        }
    }
}
