//! Passwords: which are accepted, how they are stored, how they are checked.
//!
//! Argon2id in PHC strings; parameters from the configuration, so that they can grow with the
//! machines: [`Verdict::Match`] says when a stored hash is behind. A check costs one hash whoever
//! the name belongs to, so that the time of the answer does not tell which names exist.
//!
//! Before anything else a password is brought into one form: Unicode NFC, with every kind of
//! space as the ASCII space (the OpaqueString profile of RFC 8265). One keyboard sends "é" as one
//! character and another as two; both are the same password. The form is the same when a password
//! is chosen and when it is checked, so nothing else about it is changed: no case folding, no
//! trimming, no cutting.

mod guessable;
mod pool;
#[cfg(test)]
mod tests;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use rand::CryptoRng;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

pub use pool::{HashingPool, PoolError};

/// The bytes of a salt (RFC 9106, section 3.1).
const SALT_BYTES: usize = 16;

/// The largest cost that a stored hash may ask for. Whoever can write to the database must not be
/// able to stop the service with one row.
const MOST_MEMORY_KIB: u32 = 1024 * 1024;
const MOST_ITERATIONS: u32 = 64;
const MOST_LANES: u32 = 16;

/// The words that are in everybody's context.
const OWN_WORDS: [&str; 1] = ["refero"];

/// Refuses a new password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefusal {
    /// Fewer characters than the least.
    #[error("the password is too short")]
    TooShort,
    /// More bytes than the most. It is refused and not cut: what is cut off would not be checked.
    #[error("the password is too long")]
    TooLong,
    /// A common password or phrase, a pattern, or made of names around the account.
    #[error("the password is easy to guess: choose several words that do not belong together")]
    Guessable,
}

/// Which new passwords are accepted. Every character is, and none is asked for
/// (NIST SP 800-63B-4; ASVS 6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// The fewest characters (code points).
    pub min_chars: usize,
    /// The most bytes of UTF-8.
    pub max_bytes: usize,
}

impl PasswordPolicy {
    /// Checks a new password against the rule and the lists.
    ///
    /// The context is what a guesser who knows the person would try first: the name of the
    /// account, of the person, of the organisation.
    ///
    /// # Errors
    /// Says which rule refuses it.
    pub fn check_new(&self, password: &str, context: &[&str]) -> Result<(), PasswordRefusal> {
        let password = self.one_form(password).ok_or(PasswordRefusal::TooLong)?;
        if password.chars().count() < self.min_chars {
            return Err(PasswordRefusal::TooShort);
        }
        let context: Vec<&str> = context.iter().copied().chain(OWN_WORDS).collect();
        if guessable::is_guessable(&password, &context) {
            return Err(PasswordRefusal::Guessable);
        }
        Ok(())
    }

    /// Brings a password into the one form; nothing if it is too long.
    fn one_form(&self, password: &str) -> Option<Zeroizing<String>> {
        // A form has at most as many bytes fewer as composition saves; a far longer text is not
        // worth the work.
        if password.len() > self.max_bytes.saturating_mul(4) {
            return None;
        }
        let space = |c: char| if is_other_space(c) { ' ' } else { c };
        let form: Zeroizing<String> = Zeroizing::new(password.chars().map(space).nfc().collect());
        (form.len() <= self.max_bytes).then_some(form)
    }
}

/// The spaces of Unicode's category Zs other than the ASCII one.
const fn is_other_space(c: char) -> bool {
    matches!(
        c,
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

/// What one hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashCost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
}

/// Reports a hash that could not be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// Argon2 does not take the parameters.
    #[error("the parameters for password hashes are not possible")]
    Cost,
    /// A password that no check has let through.
    #[error("the password is too long to be hashed")]
    TooLong,
    /// The library failed, for want of memory.
    #[error("the password could not be hashed")]
    Failed,
}

/// The outcome of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The password is right.
    Match {
        /// Whether it should be hashed again, as the stored hash has other parameters.
        rehash_needed: bool,
    },
    /// The password is wrong, or there is none, or it cannot be read.
    NoMatch,
}

/// Hashes and checks passwords, one at a time; see [`HashingPool`] for many.
pub struct Hasher {
    policy: PasswordPolicy,
    argon2: Argon2<'static>,
    dummy: PasswordHash,
}

impl Hasher {
    /// Prepares the parameters, and the hash of a random password for names that do not exist.
    ///
    /// # Errors
    /// Refuses parameters that Argon2 does not take.
    pub fn new(
        policy: PasswordPolicy,
        cost: HashCost,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, HashError> {
        let params = Params::new(cost.memory_kib, cost.iterations, cost.parallelism, None)
            .map_err(|_| HashError::Cost)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut nobodys = Zeroizing::new([0; 32]);
        rng.fill_bytes(nobodys.as_mut_slice());
        let dummy = hash_bytes(&argon2, nobodys.as_slice(), &salt(rng))?;
        Ok(Self { policy, argon2, dummy })
    }

    /// The rule for new passwords.
    #[must_use]
    pub const fn policy(&self) -> &PasswordPolicy {
        &self.policy
    }

    /// Hashes a password into a PHC string.
    ///
    /// # Errors
    /// Fails if the password is longer than the rule allows, or for want of memory.
    pub fn hash(&self, password: &str, rng: &mut impl CryptoRng) -> Result<String, HashError> {
        self.hash_with(password, &salt(rng))
    }

    fn hash_with(&self, password: &str, salt: &[u8; SALT_BYTES]) -> Result<String, HashError> {
        let form = self.policy.one_form(password).ok_or(HashError::TooLong)?;
        hash_bytes(&self.argon2, form.as_bytes(), salt).map(|hash| hash.to_string())
    }

    /// Checks a candidate against a stored PHC string, or against nobody's hash if there is none.
    ///
    /// Costs one hash in every case: also when the name is unknown, the stored text cannot be
    /// read, or the candidate is too long to be right.
    #[must_use]
    pub fn verify_or_dummy(&self, stored: Option<&str>, candidate: &str) -> Verdict {
        let form = self.policy.one_form(candidate);
        let known = stored.and_then(readable);
        let is_real = known.is_some() && form.is_some();
        let hash = if is_real { known.as_ref() } else { None }.unwrap_or(&self.dummy);
        let form = form.as_ref().map_or(&b""[..], |form| form.as_bytes());
        // The one place that computes, whatever was given.
        let is_right = is_hash_of(hash, form).unwrap_or(false);
        if is_real && is_right {
            Verdict::Match { rehash_needed: self.is_behind(hash) }
        } else {
            Verdict::NoMatch
        }
    }

    /// Says whether a stored PHC string should be made anew with today's parameters.
    #[must_use]
    pub fn rehash_needed(&self, stored: &str) -> bool {
        readable(stored).is_none_or(|stored| self.is_behind(&stored))
    }

    fn is_behind(&self, stored: &PasswordHash) -> bool {
        let (wanted, params) = (self.argon2.params(), Params::try_from(stored));
        params.is_ok_and(|params| {
            (params.m_cost(), params.t_cost(), params.p_cost())
                != (wanted.m_cost(), wanted.t_cost(), wanted.p_cost())
        })
    }
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hasher")
    }
}

fn salt(rng: &mut impl CryptoRng) -> [u8; SALT_BYTES] {
    let mut salt = [0; SALT_BYTES];
    rng.fill_bytes(&mut salt);
    salt
}

fn hash_bytes(
    argon2: &Argon2<'_>,
    password: &[u8],
    salt: &[u8],
) -> Result<PasswordHash, HashError> {
    let params = argon2.params();
    let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
    Ok(PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params).map_err(|_| HashError::Cost)?,
        salt: Some(Salt::new(salt).map_err(|_| HashError::Failed)?),
        hash: Some(computed(argon2, password, (salt, length))?),
    })
}

/// Says whether a stored hash, one that is [`readable`], is that of a password.
fn is_hash_of(stored: &PasswordHash, password: &[u8]) -> Result<bool, HashError> {
    let params = Params::try_from(stored).map_err(|_| HashError::Cost)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let (Some(salt), Some(hash)) = (&stored.salt, &stored.hash) else {
        return Err(HashError::Failed);
    };
    // Compared in constant time.
    Ok(computed(&argon2, password, (salt, hash.len()))? == *hash)
}

/// The C library of Linux keeps what it is given back, in each thread's own store, unless it is larger than
/// 32 MiB. What is asked for beyond need is never touched, and therefore takes no memory.
const GIVEN_BACK_AT_ONCE: usize = 32 * 1024 + 1;

/// Computes a hash in memory that goes back to the system: each thread that has hashed once would otherwise
/// keep as much for good as a hash takes. After 58 people had signed in, 16 at once, the demonstration of a
/// debug build held 152 MB this way, and 494 to 573 MB with the memory that the library takes by itself.
fn computed(
    argon2: &Argon2<'_>,
    password: &[u8],
    (salt, length): (&[u8], usize),
) -> Result<Output, HashError> {
    let blocks = argon2.params().block_count();
    let mut memory: Vec<Block> = Vec::new();
    memory.try_reserve_exact(blocks.max(GIVEN_BACK_AT_ONCE)).map_err(|_| HashError::Failed)?;
    memory.resize(blocks, Block::new());
    let mut buffer = [0; Output::MAX_LENGTH];
    let out = buffer.get_mut(..length).ok_or(HashError::Cost)?;
    argon2
        .hash_password_into_with_memory(password, salt, out, &mut memory)
        .map_err(|_| HashError::Failed)?;
    Output::new(out).map_err(|_| HashError::Failed)
}

/// Reads a stored hash, if it is one that we write: Argon2id, version 19, of a bounded cost.
fn readable(stored: &str) -> Option<PasswordHash> {
    let hash = PasswordHash::new(stored).ok()?;
    let params = Params::try_from(&hash).ok()?;
    let ours = hash.algorithm.as_str() == "argon2id"
        && hash.version == Some(Version::V0x13.into())
        && hash.salt.is_some()
        && hash.hash.is_some();
    let bounded = params.m_cost() <= MOST_MEMORY_KIB
        && params.t_cost() <= MOST_ITERATIONS
        && params.p_cost() <= MOST_LANES;
    (ours && bounded).then_some(hash)
}
