//! Deriving one key from another, and writing several parts as one unambiguous text.

use hkdf::Hkdf;
use sha2::Sha256;

use super::secret::Secret;

/// Derives a key for one purpose, with HKDF-SHA256 (RFC 5869).
///
/// `domain` is the salt and names the kind of the parent key, so that a person's key and a
/// deployment key never meet; `purpose` is written with [`framed`], so that two purposes never
/// share an encoding.
pub(super) fn derive(parent: &Secret, domain: &'static str, purpose: &[&[u8]]) -> Secret {
    let hkdf = Hkdf::<Sha256>::new(Some(domain.as_bytes()), parent.expose());
    let info = framed(purpose);
    Secret::filled(|bytes| expand(&hkdf, &info, bytes))
}

#[expect(
    clippy::expect_used,
    reason = "HKDF-SHA256 refuses only outputs above 8160 bytes, and a key has 32"
)]
fn expand(hkdf: &Hkdf<Sha256>, info: &[u8], bytes: &mut [u8; 32]) {
    hkdf.expand(info, bytes).expect("32 bytes are within the limit of HKDF-SHA256");
}

/// Writes the count of the parts, then each part after its length.
///
/// Without lengths `("ab", "c")` and `("a", "bc")` would be the same bytes, and a value sealed for
/// one place would open in another.
pub(super) fn framed(parts: &[&[u8]]) -> Vec<u8> {
    let total = parts.iter().map(|part| part.len() + 8).sum::<usize>() + 8;
    let mut bytes = Vec::with_capacity(total);
    bytes.extend_from_slice(&length(parts.len()));
    for part in parts {
        bytes.extend_from_slice(&length(part.len()));
        bytes.extend_from_slice(part);
    }
    bytes
}

/// Writes a length as 8 bytes, most significant first.
pub(super) fn length(length: usize) -> [u8; 8] {
    // No supported platform has lengths above 64 bits.
    u64::try_from(length).unwrap_or(u64::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 5869, appendix A.1: pins the library that derives every key.
    #[test]
    fn hkdf_sha256_gives_the_published_output() {
        let ikm = [0x0b; 22];
        let salt: Vec<u8> = (0x00..=0x0c).collect();
        let info: Vec<u8> = (0xf0..=0xf9).collect();
        let (prk, hkdf) = Hkdf::<Sha256>::extract(Some(&salt), &ikm);
        let mut okm = [0; 42];
        hkdf.expand(&info, &mut okm).unwrap();

        assert_eq!(hex(&prk), "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
        assert_eq!(
            hex(&okm),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
        );
    }

    #[test]
    fn derivations_are_pinned_so_that_old_values_stay_readable() {
        let parent = Secret::filled(|bytes| bytes.fill(0x42));
        let derived = derive(&parent, "refero test", &[b"purpose", b"part"]);

        assert_eq!(
            hex(derived.expose()),
            "ec61f16e584c3be6584f4250a6ff53d4e020b546e805b4f3b313f857e62fe77d"
        );
    }

    #[test]
    fn moving_a_letter_from_one_part_to_the_next_changes_the_bytes() {
        assert_ne!(framed(&[b"ab", b"c"]), framed(&[b"a", b"bc"]));
        assert_ne!(framed(&[b"ab"]), framed(&[b"ab", b""]));
        assert_ne!(framed(&[]), framed(&[b""]));
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
