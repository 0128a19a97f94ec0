//! Refuses keys that somebody could guess.
//!
//! Systems of this kind are lost to the key of the manual more often than to mathematics: whoever
//! copies an example keeps it. So a key must look random, and words of examples are refused in its
//! text and in its bytes.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::setting::Flaw;

/// The fewest bytes of a key: 256 bits (RFC 7518, section 3.2, for HS256).
pub(super) const KEY_BYTES: usize = 32;

/// The fewest different bytes among the 32; random bytes have fewer than 20 once in 10^8 keys.
const DIFFERENT_BYTES: usize = 16;

/// Words that stand in examples and in nobody's random key.
const EXAMPLE_WORDS: [&str; 8] =
    ["changeme", "change-me", "change_me", "example", "secret", "password", "insecure", "replace"];

const READ_PADDED_OR_NOT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose =
    GeneralPurpose::new(&base64::alphabet::STANDARD, READ_PADDED_OR_NOT);
const URL_SAFE: GeneralPurpose =
    GeneralPurpose::new(&base64::alphabet::URL_SAFE, READ_PADDED_OR_NOT);

/// Decodes a key in either base64 alphabet and refuses the weak ones.
///
/// # Errors
/// Says that the text is not base64, or why the key is weak.
pub(super) fn key_bytes(text: &str) -> Result<Vec<u8>, Flaw> {
    if has_example_word(text) {
        return Err(Flaw::Weak("it contains a word of an example"));
    }
    let bytes = Zeroizing::new(
        STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).map_err(|_| Flaw::Kind)?,
    );
    if bytes.len() < KEY_BYTES {
        return Err(Flaw::Weak("it has fewer than 32 bytes"));
    }
    // A text that was put into base64 is a passphrase; 32 random bytes are never all printable.
    if bytes.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ') {
        return Err(Flaw::Weak("it is a text, not random bytes"));
    }
    if has_example_word(&String::from_utf8_lossy(&bytes)) {
        return Err(Flaw::Weak("it contains a word of an example"));
    }
    if is_patterned(&bytes) {
        return Err(Flaw::Weak("its bytes follow a pattern"));
    }
    Ok(bytes.to_vec())
}

/// Says whether the text holds a word that only examples hold.
pub(super) fn has_example_word(text: &str) -> bool {
    let text = Zeroizing::new(text.to_ascii_lowercase());
    EXAMPLE_WORDS.iter().any(|word| text.contains(word))
}

fn is_patterned(bytes: &[u8]) -> bool {
    let different: BTreeSet<u8> = bytes.iter().copied().collect();
    let steps: BTreeSet<u8> =
        bytes.iter().zip(bytes.iter().skip(1)).map(|(a, b)| b.wrapping_sub(*a)).collect();
    different.len() < DIFFERENT_BYTES || steps.len() < DIFFERENT_BYTES / 2
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    use super::*;

    fn flaw(bytes: &[u8]) -> Option<Flaw> {
        key_bytes(&STANDARD_NO_PAD.encode(bytes)).err()
    }

    #[test]
    fn a_key_that_follows_a_pattern_is_refused() {
        let counted: Vec<u8> = (100..132).collect();
        let alternating: Vec<u8> = (0..64).map(|n| if n % 2 == 0 { 7 } else { 200 }).collect();

        for bytes in [&[0; 32][..], &[255; 32], &[0; 64], &counted, &alternating] {
            assert_eq!(flaw(bytes), Some(Flaw::Weak("its bytes follow a pattern")));
        }
    }

    #[test]
    fn a_key_from_an_example_is_refused() {
        let mut hidden_word: Vec<u8> = (0..40_u8).map(|n| n.wrapping_mul(73)).collect();
        hidden_word.splice(4..12, *b"ChangeMe");

        assert!(matches!(flaw(&hidden_word), Some(Flaw::Weak(_))));
        assert!(matches!(
            flaw(b"a passphrase of more than 32 bytes, in base64"),
            Some(Flaw::Weak(_))
        ));
        for text in ["changeme", "CHANGEME", "my-secret-key-my-secret-key-my-secret-key-1"] {
            assert_eq!(key_bytes(text).err(), Some(Flaw::Weak("it contains a word of an example")));
        }
    }

    #[test]
    fn a_short_key_is_refused() {
        let short: Vec<u8> = (0..31_u8).map(|n| n.wrapping_mul(73)).collect();

        assert_eq!(flaw(&short), Some(Flaw::Weak("it has fewer than 32 bytes")));
    }

    proptest! {
        #[test]
        fn random_keys_are_accepted(bytes in proptest::array::uniform32(any::<u8>())) {
            // The generator makes patterned arrays on purpose now and then.
            prop_assume!(!is_patterned(&bytes));

            prop_assert_eq!(&key_bytes(&STANDARD.encode(bytes)).unwrap()[..], &bytes[..]);
            prop_assert_eq!(&key_bytes(&URL_SAFE_NO_PAD.encode(bytes)).unwrap()[..], &bytes[..]);
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = key_bytes(&text);
        }
    }
}
