//! Access tokens: JWT after RFC 9068, signed with HS256, for ten minutes.
//!
//! A token says who and which session, never what the person may do: that is read from the
//! database on every request, so that a withdrawn right is gone at once. The checks are strict
//! beyond what the library does by itself (RFC 8725): the header has exactly three members and
//! one algorithm, `typ` is `at+jwt`, every claim is present and of its type, nothing is repeated
//! or unknown, and the clock is a parameter.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

/// The longest token that is looked at. Ours have about 500 bytes.
pub const LONGEST_TOKEN_BYTES: usize = 4096;

/// The media type of an access token (RFC 9068, section 2.1); a refresh or identity token that
/// was signed with the same key by mistake has another.
const TYPE: &str = "at+jwt";

/// By how much the clocks of two servers may differ.
const LEEWAY_S: i64 = 5;

/// The longest life that the configuration allows. A longer one was not signed by this code.
const LONGEST_LIFE_S: i64 = 3600;

/// The fewest bytes of a key for HS256 (RFC 7518, section 3.2).
const KEY_BYTES: usize = 32;

/// Refuses a key that is too short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key for access tokens must have at least 32 bytes")]
pub struct WeakKey;

/// Refuses a token. Callers outside learn no more than the two words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// It was good once; the client refreshes.
    #[error("the access token has expired")]
    Expired,
    /// It is no token of ours.
    #[error("the access token is not valid")]
    Invalid,
}

/// Reports that the library could not sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the access token could not be signed")]
pub struct NotSigned;

/// How the person proved who they are (RFC 8176).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// A password.
    Pwd,
    /// A one-time code.
    Otp,
    /// More than one factor.
    Mfa,
}

/// What a token says about its bearer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    /// The user.
    pub user: Uuid,
    /// The session, which may have ended since.
    pub session: Uuid,
    /// When the person last proved who they are, in whole seconds.
    pub authenticated_at: DateTime<Utc>,
    /// How.
    pub methods: Vec<Method>,
}

/// The claims of a token, all of them required.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// Who made the token.
    pub iss: String,
    /// For whom: one name, not a list.
    pub aud: String,
    /// The user.
    pub sub: Uuid,
    /// The session.
    pub sid: Uuid,
    /// The token itself, for the trail.
    pub jti: Uuid,
    /// When it was made, in seconds of the epoch.
    pub iat: i64,
    /// From when it is good.
    pub nbf: i64,
    /// Until when it is good.
    pub exp: i64,
    /// When the person proved who they are.
    pub auth_time: i64,
    /// How.
    pub amr: Vec<Method>,
}

impl Claims {
    /// What the token says about its bearer.
    #[must_use]
    pub fn bearer(&self) -> Option<Bearer> {
        Some(Bearer {
            user: self.sub,
            session: self.sid,
            authenticated_at: DateTime::from_timestamp(self.auth_time, 0)?,
            methods: self.amr.clone(),
        })
    }
}

/// One key, with the name by which tokens refer to it.
pub struct TokenKey {
    id: String,
    signing: EncodingKey,
    checking: DecodingKey,
}

impl TokenKey {
    /// Takes a secret. The key's name is made from it, so that nobody has to choose one, and
    /// tells nothing about it.
    ///
    /// # Errors
    /// Refuses fewer than 32 bytes.
    pub fn from_secret(secret: &[u8]) -> Result<Self, WeakKey> {
        if secret.len() < KEY_BYTES {
            return Err(WeakKey);
        }
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).map_err(|_| WeakKey)?;
        mac.update(b"refero access token key name v1");
        let name = mac.finalize().into_bytes();
        Ok(Self {
            id: URL_SAFE_NO_PAD.encode(name.iter().take(8).copied().collect::<Vec<u8>>()),
            signing: EncodingKey::from_secret(secret),
            checking: DecodingKey::from_secret(secret),
        })
    }

    /// The name of the key.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenKey({})", self.id)
    }
}

/// Signs and checks the access tokens of one deployment.
#[derive(Debug)]
pub struct Tokens {
    current: TokenKey,
    former: BTreeMap<String, TokenKey>,
    issuer: String,
    audience: String,
    ttl_s: i64,
}

impl Tokens {
    /// Signs with one key.
    #[must_use]
    pub fn new(current: TokenKey, issuer: &str, audience: &str, ttl_s: u32) -> Self {
        let former = BTreeMap::new();
        let (issuer, audience) = (issuer.to_owned(), audience.to_owned());
        Self { current, former, issuer, audience, ttl_s: i64::from(ttl_s) }
    }

    /// Accepts tokens that a former key has signed, too. Keep it for the life of a token after a
    /// change of keys, not longer.
    #[must_use]
    pub fn accepting(mut self, former: TokenKey) -> Self {
        self.former.insert(former.id.clone(), former);
        self
    }

    /// Returns for how many seconds a token is good.
    #[must_use]
    pub const fn ttl_s(&self) -> i64 {
        self.ttl_s
    }

    /// Signs a token for a bearer.
    ///
    /// # Errors
    /// Fails if the library cannot sign, which it always can with a key of ours.
    pub fn issue(
        &self,
        bearer: &Bearer,
        now: DateTime<Utc>,
        rng: &mut impl CryptoRng,
    ) -> Result<String, NotSigned> {
        let mut random = [0; 16];
        rng.fill_bytes(&mut random);
        let now_s = now.timestamp();
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: bearer.user,
            sid: bearer.session,
            jti: uuid::Builder::from_random_bytes(random).into_uuid(),
            iat: now_s,
            nbf: now_s,
            exp: now_s.saturating_add(self.ttl_s),
            auth_time: bearer.authenticated_at.timestamp(),
            amr: bearer.methods.clone(),
        };
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(self.current.id.clone());
        jsonwebtoken::encode(&header, &claims, &self.current.signing).map_err(|_| NotSigned)
    }

    /// Checks a presented token.
    ///
    /// # Errors
    /// Refuses with [`TokenRefusal::Expired`] a token that was good once and is over, and with
    /// [`TokenRefusal::Invalid`] everything else.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, TokenRefusal> {
        let claims = self.signed(token)?;
        check_times(&claims, now)?;
        Ok(claims)
    }

    /// Returns whom a token names that was good once and is over: for the trail, never to let anybody
    /// in.
    #[must_use]
    pub fn former_bearer(&self, token: &str, now: DateTime<Utc>) -> Option<Bearer> {
        let claims = self.signed(token).ok()?;
        match check_times(&claims, now) {
            Err(TokenRefusal::Expired) => claims.bearer(),
            Err(TokenRefusal::Invalid) | Ok(()) => None,
        }
    }

    /// Reads a token that we signed, whenever that was.
    fn signed(&self, token: &str) -> Result<Claims, TokenRefusal> {
        let key = self.key_for(token).ok_or(TokenRefusal::Invalid)?;
        jsonwebtoken::decode::<Claims>(token, &key.checking, &self.validation())
            .map(|decoded| decoded.claims)
            .map_err(|_| TokenRefusal::Invalid)
    }

    /// Finds the key that the header names, if the header is exactly what we write.
    fn key_for(&self, token: &str) -> Option<&TokenKey> {
        if token.len() > LONGEST_TOKEN_BYTES {
            return None;
        }
        let encoded = token.split('.').next()?;
        let header = URL_SAFE_NO_PAD.decode(encoded).ok()?;
        let header: StrictHeader = serde_json::from_slice(&header).ok()?;
        if header.typ != TYPE || header.alg != ALGORITHM {
            return None;
        }
        if header.kid == self.current.id {
            return Some(&self.current);
        }
        self.former.get(&header.kid)
    }

    /// Has the library check signature, algorithm, issuer, audience and presence. The times are
    /// ours: the library looks at the system's clock and takes what is not a number for no limit.
    fn validation(&self) -> Validation {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation
    }
}

/// The one algorithm.
const ALGORITHM: &str = "HS256";

/// All that a header may say. `jku`, `jwk`, `x5u`, `crit`, `b64`, `zip` and the rest are ways in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    typ: String,
    alg: String,
    kid: String,
}

fn check_times(claims: &Claims, now: DateTime<Utc>) -> Result<(), TokenRefusal> {
    let now_s = now.timestamp();
    let latest_s = now_s.saturating_add(LEEWAY_S);
    let in_order = claims.iat <= claims.nbf && claims.nbf < claims.exp;
    let life_s = claims.exp.saturating_sub(claims.iat);
    if !in_order
        || life_s > LONGEST_LIFE_S
        || claims.iat < 0
        || claims.nbf > latest_s
        || claims.auth_time > latest_s
    {
        return Err(TokenRefusal::Invalid);
    }
    if claims.exp.saturating_add(LEEWAY_S) <= now_s {
        return Err(TokenRefusal::Expired);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
