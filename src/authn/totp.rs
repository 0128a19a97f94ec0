//! Codes of a device: TOTP after RFC 6238, with SHA-1, steps of 30 seconds and six digits, because
//! that is what every authenticator understands. The MAC and the hash are RustCrypto's; what is
//! added here is the truncation of RFC 4226, and the vectors of both documents pin it.
//!
//! SHA-1 is broken for collisions and not as the hash of an HMAC with a secret key.

use std::fmt;

use chrono::{DateTime, Utc};
use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use rand::CryptoRng;
use sha1::Sha1;
use zeroize::Zeroizing;

/// How long one code is shown, in seconds.
pub const STEP_S: i64 = 30;

/// The bytes of a secret: 160 bits, as RFC 4226 recommends.
pub const SECRET_BYTES: usize = 20;

/// How many steps the device's clock may be behind or ahead.
const DRIFT: i64 = 1;

/// Six digits.
const CODES: u32 = 1_000_000;

/// The secret that the server and the person's device share.
pub struct TotpSecret(Zeroizing<[u8; SECRET_BYTES]>);

/// A code as a person types it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Otp(u32);

impl Otp {
    /// Reads six digits; the spaces that a device shows between them do not matter.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // Longer than any code with spaces is not worth reading.
        if text.len() > 32 {
            return None;
        }
        let digits: Zeroizing<String> = Zeroizing::new(text.split_whitespace().collect());
        let is_code = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse().ok().filter(|_| is_code).map(Self)
    }
}

impl fmt::Debug for Otp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Otp")
    }
}

/// Returns the time step of a moment.
#[must_use]
pub const fn step_at(now: DateTime<Utc>) -> i64 {
    now.timestamp().div_euclid(STEP_S)
}

impl TotpSecret {
    /// Draws a secret.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
        rng.fill_bytes(bytes.as_mut_slice());
        Self(bytes)
    }

    /// Takes a stored secret; nothing if it has another length.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// Returns the bytes, to be sealed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// Writes the secret to be typed into a device, once: base32 (RFC 4648) without padding.
    #[must_use]
    pub fn base32(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE32_NOPAD.encode(self.0.as_slice()))
    }

    /// Writes the secret as the address that a device reads from a square code. The names are those
    /// that the device shows.
    #[must_use]
    pub fn uri(&self, issuer: &str, account: &str) -> Zeroizing<String> {
        let (issuer, account) = (percent_encoded(issuer), percent_encoded(account));
        let secret = self.base32();
        Zeroizing::new(format!(
            "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}&algorithm=SHA1&digits=6\
             &period={STEP_S}",
            secret.as_str()
        ))
    }

    /// Returns the step whose code this is: the present one or a neighbour, and later than the last
    /// that was used. Every candidate is compared, so that time tells nothing.
    #[must_use]
    pub fn step_of(&self, code: Otp, now: DateTime<Utc>, last: Option<i64>) -> Option<i64> {
        let present = step_at(now);
        let candidates = present.saturating_sub(DRIFT)..=present.saturating_add(DRIFT);
        candidates.fold(None, |found, step| {
            let fits = self.code_of(step) == Some(code) && last.is_none_or(|last| step > last);
            if fits { Some(step) } else { found }
        })
    }

    /// Returns the code of a step (RFC 4226, section 5.3); there is none before 1970.
    #[must_use]
    pub fn code_of(&self, step: i64) -> Option<Otp> {
        let counter = u64::try_from(step).ok()?;
        let mut mac = Hmac::<Sha1>::new_from_slice(self.0.as_slice()).ok()?;
        mac.update(&counter.to_be_bytes());
        let digest = mac.finalize().into_bytes();
        let offset = usize::from(*digest.last()? & 0x0f);
        let word = digest.get(offset..)?.first_chunk()?;
        Some(Otp((u32::from_be_bytes(*word) & 0x7fff_ffff) % CODES))
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret")
    }
}

/// Writes a name so that it has no sign with a meaning in an address.
fn percent_encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn published() -> TotpSecret {
        TotpSecret::from_bytes(b"12345678901234567890").unwrap()
    }

    fn code(text: &str) -> Otp {
        Otp::parse(text).unwrap()
    }

    /// RFC 4226, appendix D.
    #[test]
    fn the_codes_of_the_counters_are_the_published_ones() {
        let expected = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583",
            "399871", "520489",
        ];
        for (counter, text) in (0..).zip(expected) {
            assert_eq!(published().code_of(counter), Some(code(text)), "{counter}");
        }
    }

    /// RFC 6238, appendix B: the last six of the eight digits, as six are a remainder of eight.
    #[test]
    fn the_codes_of_the_moments_are_the_published_ones() {
        for (seconds, eight) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(published().code_of(step_at(at(seconds))), Some(code(&eight[2..])));
        }
    }

    #[test]
    fn a_code_is_good_one_step_early_and_one_step_late() {
        let secret = published();
        let of_ten = secret.code_of(10).unwrap();
        for (step, expected) in
            [(8, None), (9, Some(10)), (10, Some(10)), (11, Some(10)), (12, None)]
        {
            assert_eq!(secret.step_of(of_ten, at(step * STEP_S), None), expected, "{step}");
        }
        assert_eq!(secret.step_of(of_ten, at(9 * STEP_S - 1), None), None);
        assert_eq!(secret.step_of(of_ten, at(12 * STEP_S - 1), None), Some(10));
    }

    #[test]
    fn a_step_that_was_used_is_used_with_all_before_it() {
        let secret = published();
        let codes = [9, 10, 11].map(|step| secret.code_of(step).unwrap());
        let now = at(10 * STEP_S);
        for (last, expected) in [
            (None, [Some(9), Some(10), Some(11)]),
            (Some(8), [Some(9), Some(10), Some(11)]),
            (Some(9), [None, Some(10), Some(11)]),
            (Some(10), [None, None, Some(11)]),
            (Some(11), [None, None, None]),
        ] {
            assert_eq!(codes.map(|code| secret.step_of(code, now, last)), expected, "{last:?}");
        }
    }

    #[test]
    fn no_clock_makes_it_panic() {
        let now = [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC, at(-1), at(0)];
        for now in now {
            let _ = published().step_of(code("000000"), now, Some(i64::MAX));
        }
        assert_eq!(published().code_of(-1), None);
    }

    #[test]
    fn six_digits_are_read_and_nothing_else() {
        for text in ["081804", "081 804", " 081804\n", "0 8 1 8 0 4"] {
            assert_eq!(Otp::parse(text), Some(Otp(81_804)), "{text}");
        }
        let long = "1".repeat(1 << 20);
        for text in ["", "81804", "0818040", "08180a", "+81804", "-81804", "０８１８０４", &long]
        {
            assert_eq!(Otp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_device_reads_the_secret_from_the_address() {
        let secret = published();
        assert_eq!(secret.base32().as_str(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(
            secret.uri("Refero Ouganda", "ama.k@ngo+1").as_str(),
            "otpauth://totp/Refero%20Ouganda:ama.k%40ngo%2B1?\
             secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Refero%20Ouganda&algorithm=SHA1\
             &digits=6&period=30"
        );
    }

    #[test]
    fn nothing_of_it_prints() {
        assert_eq!(format!("{:?} {:?}", published(), code("081804")), "TotpSecret Otp");
    }

    proptest! {
        #[test]
        fn the_code_of_the_present_step_is_always_good_once(seed: u64, seconds in 0_i64..5_000_000_000) {
            let secret = TotpSecret::generate(&mut rand::rngs::StdRng::seed_from_u64(seed));
            let step = step_at(at(seconds));
            let code = secret.code_of(step).unwrap();
            prop_assert!(secret.step_of(code, at(seconds), None).is_some());
            prop_assert_eq!(secret.step_of(code, at(seconds), Some(step + 1)), None);
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}") {
            let _ = Otp::parse(&text);
        }
    }
}
