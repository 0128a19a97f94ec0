//! XChaCha20-Poly1305 over the versioned envelope that all sealed bytes share.

use chacha20poly1305::aead::inout::InOutBuf;
use chacha20poly1305::{AeadInOut, KeyInit, Tag, XChaCha20Poly1305, XNonce};
use rand::CryptoRng;
use zeroize::Zeroizing;

use super::error::SealingError;
use super::secret::Secret;

/// The only format version that exists.
pub(super) const VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;

/// Encrypts the parts, one after the other, into `version | nonce | ciphertext | tag`.
///
/// The plaintext is written once, into memory of the final size, and overwritten there by the
/// ciphertext: no copy is left behind.
///
/// # Errors
/// [`SealingError::TooLong`] above the cipher's limit of 256 GiB.
pub(super) fn encrypt<R: CryptoRng + ?Sized>(
    key: &Secret,
    associated: &[u8],
    plaintext: &[&[u8]],
    rng: &mut R,
) -> Result<Vec<u8>, SealingError> {
    let plain_length: usize = plaintext.iter().map(|part| part.len()).sum();
    let mut nonce = [0; NONCE_BYTES];
    rng.fill_bytes(&mut nonce);

    let mut sealed = Vec::with_capacity(1 + NONCE_BYTES + plain_length + TAG_BYTES);
    sealed.push(VERSION);
    sealed.extend_from_slice(&nonce);
    for part in plaintext {
        sealed.extend_from_slice(part);
    }
    let (_, body) = sealed.split_at_mut(1 + NONCE_BYTES);
    let tag = encrypt_in_place(key, &nonce, associated, body)?;
    sealed.extend_from_slice(&tag);
    Ok(sealed)
}

/// Opens what [`encrypt`] made.
///
/// # Errors
/// Refuses an unknown version, missing bytes, and anything whose tag does not match.
pub(super) fn decrypt(
    key: &Secret,
    associated: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SealingError> {
    let (version, rest) = sealed.split_first().ok_or(SealingError::Truncated)?;
    if *version != VERSION {
        return Err(SealingError::UnknownVersion);
    }
    let (nonce, rest) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(SealingError::Truncated)?;
    let (body, tag) = rest.split_last_chunk::<TAG_BYTES>().ok_or(SealingError::Truncated)?;

    let mut opened = Zeroizing::new(body.to_vec());
    XChaCha20Poly1305::new(key.expose().into())
        .decrypt_inout_detached(
            &XNonce::from(*nonce),
            associated,
            InOutBuf::from(opened.as_mut_slice()),
            &Tag::from(*tag),
        )
        .map_err(|_| SealingError::NotAuthentic)?;
    Ok(opened)
}

fn encrypt_in_place(
    key: &Secret,
    nonce: &[u8; NONCE_BYTES],
    associated: &[u8],
    body: &mut [u8],
) -> Result<[u8; TAG_BYTES], SealingError> {
    XChaCha20Poly1305::new(key.expose().into())
        .encrypt_inout_detached(&XNonce::from(*nonce), associated, InOutBuf::from(body))
        .map(Into::into)
        .map_err(|_| SealingError::TooLong)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAINTEXT: &[u8] = b"Ladies and Gentlemen of the class of '99: If I could offer you \
        only one tip for the future, sunscreen would be it.";
    const ASSOCIATED: [u8; 12] =
        [0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7];
    const CIPHERTEXT: &str = "\
        bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb\
        731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452\
        2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9\
        21f9664c97637da9768812f615c68b13b52e";
    const TAG: &str = "c0875924c1c7987947deafd8780acf49";

    fn key() -> Secret {
        Secret::filled(|bytes| {
            for (byte, value) in bytes.iter_mut().zip(0x80..) {
                *byte = value;
            }
        })
    }

    fn nonce() -> [u8; NONCE_BYTES] {
        std::array::from_fn(|index| 0x40 + u8::try_from(index).unwrap())
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// draft-irtf-cfrg-xchacha-03, appendix A.3: pins the library that encrypts.
    #[test]
    fn the_cipher_gives_the_published_ciphertext_and_tag() {
        let mut body = PLAINTEXT.to_vec();
        let tag = encrypt_in_place(&key(), &nonce(), &ASSOCIATED, &mut body).unwrap();

        assert_eq!(hex(&body), CIPHERTEXT);
        assert_eq!(hex(&tag), TAG);
    }

    #[test]
    fn the_published_ciphertext_opens_from_its_envelope() {
        let mut body = PLAINTEXT.to_vec();
        let tag = encrypt_in_place(&key(), &nonce(), &ASSOCIATED, &mut body).unwrap();
        let sealed = [&[VERSION][..], &nonce(), &body, &tag].concat();

        assert_eq!(decrypt(&key(), &ASSOCIATED, &sealed).unwrap().as_slice(), PLAINTEXT);
    }
}
