//! An authenticator, as a person has one: it knows a secret and the time, and nothing of the server.

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use refero_domain::instant::Instant;
use reqwest::Method;
use serde_json::{Value, json};
use sha1::Sha1;

use crate::world::{Answer, PASSWORD, Persona, World};

/// How long a code is shown.
pub(crate) const STEP_S: i64 = 30;

/// A device, with the recovery codes that lie beside it on paper.
pub(crate) struct Device {
    pub(crate) secret: Vec<u8>,
    pub(crate) base32: String,
    pub(crate) recovery_codes: Vec<String>,
}

impl Device {
    /// Takes a secret from what the server shows.
    pub(crate) fn scan(enrolment: &Answer) -> Self {
        let base32 = enrolment.text_at("/secret");
        let uri = enrolment.text_at("/otpauth_uri");
        assert!(uri.starts_with("otpauth://totp/Refero:"), "{uri}");
        assert!(uri.contains(&format!("?secret={base32}&")), "{uri}");
        let device = Self::of(base32);
        assert_eq!(device.secret.len(), 20, "160 bits");
        device
    }

    /// Takes a secret that was typed.
    pub(crate) fn of(base32: String) -> Self {
        let secret = BASE32_NOPAD.decode(base32.as_bytes()).unwrap();
        Self { secret, base32, recovery_codes: Vec::new() }
    }

    /// Shows the code of a moment (RFC 6238).
    pub(crate) fn code(&self, at: Instant) -> String {
        let step = u64::try_from(at.to_utc().timestamp() / STEP_S).unwrap();
        let mut mac = Hmac::<Sha1>::new_from_slice(&self.secret).unwrap();
        mac.update(&step.to_be_bytes());
        let digest = mac.finalize().into_bytes();
        let offset = usize::from(digest[19] & 0x0f);
        let word = u32::from_be_bytes(digest[offset..offset + 4].try_into().unwrap());
        format!("{:06}", (word & 0x7fff_ffff) % 1_000_000)
    }

    /// Shows a code that is none of now.
    pub(crate) fn wrong_code(&self, at: Instant) -> String {
        let near: Vec<String> =
            (-2..=2).map(|steps| self.code(at.plus_seconds(steps * STEP_S))).collect();
        (0..).map(|n| format!("{n:06}")).find(|code| !near.contains(code)).unwrap()
    }
}

/// Begins to enrol.
pub(crate) async fn begin(who: &Persona) -> Device {
    let body = json!({"password": PASSWORD});
    Device::scan(&who.post("/v1/me/second-factor").json(body).await.is(200))
}

/// Gives somebody a second factor; the code of the present step is used up by it.
pub(crate) async fn enrol(w: &World, who: &Persona) -> Device {
    let mut device = begin(who).await;
    let body = json!({"otp": device.code(w.now())});
    let confirmed = who.post("/v1/me/second-factor/confirm").json(body).await.is(200);
    let codes = confirmed.at("/recovery_codes");
    device.recovery_codes = serde_json::from_value(codes).unwrap();
    device
}

/// Proves the second factor in the persona's session.
pub(crate) async fn step_up(who: &Persona, otp: &str) -> Answer {
    who.post("/v1/session/step-up").json(json!({"otp": otp})).await
}

/// Signs in with a password, and with more.
pub(crate) async fn sign_in(w: &World, username: &str, password: &str, more: Value) -> Answer {
    let mut body = json!({"username": username, "password": password});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    w.stranger(Method::POST, "/v1/session").json(body).await
}
