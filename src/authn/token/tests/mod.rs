//! Forged, bent and broken tokens; each must be refused, and none may panic.

use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use sha2::Sha256;

use super::*;

mod forged;

const SECRET: [u8; 32] = [0x5a; 32];
const NOW_S: i64 = 1_800_000_000;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(NOW_S + seconds, 0).unwrap()
}

fn key(secret: u8) -> TokenKey {
    TokenKey::from_secret(&[secret; 32]).unwrap()
}

fn tokens() -> Tokens {
    Tokens::new(key(0x5a), "refero", "refero-api", 600)
}

fn bearer() -> Bearer {
    Bearer {
        user: Uuid::from_u128(1),
        session: Uuid::from_u128(2),
        authenticated_at: at(-3600),
        methods: vec![Method::Pwd, Method::Otp, Method::Mfa],
    }
}

fn token() -> String {
    tokens().issue(&bearer(), at(0), &mut StdRng::seed_from_u64(1)).unwrap()
}

fn refused(token: &str) -> TokenRefusal {
    tokens().verify(token, at(0)).expect_err(token)
}

fn header() -> Value {
    json!({"typ": "at+jwt", "alg": "HS256", "kid": key(0x5a).id()})
}

fn claims() -> Value {
    json!({
        "iss": "refero", "aud": "refero-api", "sub": Uuid::from_u128(1),
        "sid": Uuid::from_u128(2), "jti": Uuid::from_u128(3), "iat": NOW_S, "nbf": NOW_S,
        "exp": NOW_S + 600, "auth_time": NOW_S, "amr": ["pwd"]
    })
}

fn with(mut object: Value, name: &str, value: Value) -> Value {
    object[name] = value;
    object
}

fn without(mut object: Value, name: &str) -> Value {
    object.as_object_mut().unwrap().remove(name).unwrap();
    object
}

/// Signs any texts as header and claims, as the holder of the right key would.
fn sign_raw(header: &str, claims: &str) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(&SECRET).unwrap();
    mac.update(message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

fn sign(header: &Value, claims: &Value) -> String {
    sign_raw(&header.to_string(), &claims.to_string())
}

#[test]
fn a_token_tells_who_and_which_session_and_no_role() {
    let claims = tokens().verify(&token(), at(0)).unwrap();

    assert_eq!(claims.bearer().unwrap(), bearer());
    assert_eq!(claims.exp - claims.iat, 600);
    assert_eq!(claims.jti.get_version_num(), 4);
    let payload = token().split('.').nth(1).unwrap().to_owned();
    let payload: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    let names: Vec<_> = payload.as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["amr", "aud", "auth_time", "exp", "iat", "iss", "jti", "nbf", "sid", "sub"]);
    assert!(token().len() < 600);
}

#[test]
fn the_forger_of_these_tests_can_make_a_good_token() {
    assert!(tokens().verify(&sign(&header(), &claims()), at(0)).is_ok());
}

#[test]
fn a_token_is_good_from_its_making_to_its_end_with_five_seconds_to_spare() {
    let verify = |seconds| tokens().verify(&token(), at(seconds)).map(|_| ());

    assert_eq!(verify(-6), Err(TokenRefusal::Invalid));
    assert_eq!(verify(-5), Ok(()));
    assert_eq!(verify(604), Ok(()));
    assert_eq!(verify(605), Err(TokenRefusal::Expired));
    assert_eq!(verify(1_000_000_000), Err(TokenRefusal::Expired));
    assert_eq!(tokens().verify(&token(), DateTime::<Utc>::MAX_UTC), Err(TokenRefusal::Expired));
    assert_eq!(tokens().verify(&token(), DateTime::<Utc>::MIN_UTC), Err(TokenRefusal::Invalid));
    let named = |offset| tokens().former_bearer(&token(), at(offset)).map(|bearer| bearer.user);
    assert_eq!(named(605), Some(bearer().user));
    assert_eq!((named(0), named(-6)), (None, None));
    let forged = format!("{}A", token());
    assert!(tokens().former_bearer(&forged, at(605)).is_none());
}

#[test]
fn a_key_change_lets_the_tokens_of_the_former_key_live_on() {
    let changed = Tokens::new(key(7), "refero", "refero-api", 600);

    assert_eq!(changed.verify(&token(), at(0)), Err(TokenRefusal::Invalid));
    let changed = changed.accepting(key(0x5a));
    assert!(changed.verify(&token(), at(0)).is_ok());
    let new = changed.issue(&bearer(), at(0), &mut StdRng::seed_from_u64(2)).unwrap();
    assert!(changed.verify(&new, at(0)).is_ok());
    assert_eq!(refused(&new), TokenRefusal::Invalid);
}

#[test]
fn a_short_key_is_refused_and_a_key_does_not_print() {
    assert_eq!(TokenKey::from_secret(&[1; 31]).unwrap_err(), WeakKey);
    let printed = format!("{:?} {:?}", key(1), tokens());
    assert!(!printed.contains("0x5a") && !printed.contains("90, 90") && !printed.contains("5a5a"));
}

#[test]
fn each_bit_of_a_token_counts() {
    let good = token();
    for index in 0..good.len() {
        for bit in 0..8 {
            let mut bytes = good.clone().into_bytes();
            bytes[index] ^= 1 << bit;
            if let Ok(bent) = String::from_utf8(bytes) {
                assert_eq!(refused(&bent), TokenRefusal::Invalid);
            }
        }
        assert_eq!(refused(&good[..index]), TokenRefusal::Invalid);
    }
}

#[test]
fn other_spellings_of_a_good_token_are_refused() {
    let good = token();
    let last_of_signature = |c: char| format!("{}{c}", &good[..good.len() - 1]);
    let spellings = ('0'..='z').filter(|c| tokens().verify(&last_of_signature(*c), at(0)).is_ok());
    assert_eq!(spellings.count(), 1);
    let [head, body, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!() };
    for bent in [
        format!("{good}="),
        format!("{good}=="),
        format!(" {good}"),
        format!("{good} "),
        format!("{good}\n"),
        format!("\t{good}"),
        format!("{good}."),
        format!(".{good}"),
        format!("{good}.{signature}"),
        format!("{head}=.{body}.{signature}"),
        format!("{head}.{body}=.{signature}"),
        format!("{head}. {body}.{signature}"),
        format!("{head}..{signature}"),
        format!(".{body}.{signature}"),
        format!("{head}.{body}"),
        format!("Bearer {good}"),
        good.to_uppercase(),
        good.replace('.', ","),
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "...".to_owned(),
        "....".to_owned(),
        "é.é.é".to_owned(),
        format!("{good}\u{0}"),
        format!("{good}{good}"),
    ] {
        assert_eq!(refused(&bent), TokenRefusal::Invalid);
    }
}

#[test]
fn a_giant_token_is_refused_before_it_is_read() {
    let giant = sign(&header(), &with(claims(), "iss", json!("a".repeat(1 << 20))));
    assert_eq!(refused(&giant), TokenRefusal::Invalid);
    let deep = sign_raw(&header().to_string(), &"[".repeat(2500));
    assert_eq!(refused(&deep), TokenRefusal::Invalid);
    let mut padded = claims().to_string();
    padded.extend(std::iter::repeat_n(' ', LONGEST_TOKEN_BYTES));
    assert_eq!(refused(&sign_raw(&header().to_string(), &padded)), TokenRefusal::Invalid);
}

proptest! {
    #[test]
    fn random_texts_are_refused(text in ".{0,200}") {
        prop_assert_eq!(tokens().verify(&text, at(0)), Err(TokenRefusal::Invalid));
    }

    #[test]
    fn random_bytes_under_a_true_signature_are_refused(
        header in proptest::collection::vec(any::<u8>(), 0..80),
        claims in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let message =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let mut mac = Hmac::<Sha256>::new_from_slice(&SECRET).unwrap();
        mac.update(message.as_bytes());
        let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()));
        prop_assert_eq!(tokens().verify(&token, at(0)), Err(TokenRefusal::Invalid));
    }

    #[test]
    fn every_bearer_survives_the_way_there_and_back(
        user: u128, session: u128, ago in 0_i64..100_000, seed: u64,
    ) {
        let bearer = Bearer {
            user: Uuid::from_u128(user),
            session: Uuid::from_u128(session),
            authenticated_at: at(-ago),
            methods: vec![Method::Pwd],
        };
        let mut rng = StdRng::seed_from_u64(seed);
        let token = tokens().issue(&bearer, at(0), &mut rng).unwrap();
        prop_assert_eq!(tokens().verify(&token, at(1)).unwrap().bearer().unwrap(), bearer);
    }
}
