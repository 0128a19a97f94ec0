//! Tokens made by somebody who has the key, or would like to.

use sha2::Sha512;

use super::*;

#[test]
fn another_algorithm_is_refused() {
    for alg in [
        json!("none"),
        json!("None"),
        json!("nOnE"),
        json!("NONE"),
        json!(""),
        json!("hs256"),
        json!("HS384"),
        json!("HS512"),
        json!("RS256"),
        json!("EdDSA"),
        json!(null),
        json!(["HS256"]),
        json!(256),
    ] {
        let forged = sign(&with(header(), "alg", alg), &claims());
        assert_eq!(refused(&forged), TokenRefusal::Invalid);
        let (message, _) = forged.rsplit_once('.').unwrap();
        assert_eq!(refused(&format!("{message}.")), TokenRefusal::Invalid);
        assert_eq!(refused(message), TokenRefusal::Invalid);
    }
    let header = with(header(), "alg", json!("HS512"));
    let message = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header.to_string()),
        URL_SAFE_NO_PAD.encode(claims().to_string())
    );
    let mut mac = Hmac::<Sha512>::new_from_slice(&SECRET).unwrap();
    mac.update(message.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    assert_eq!(refused(&format!("{message}.{signature}")), TokenRefusal::Invalid);
}

#[test]
fn another_key_is_refused_even_under_the_right_name() {
    let other = Tokens::new(key(9), "refero", "refero-api", 600);
    let forged = other.issue(&bearer(), at(0), &mut StdRng::seed_from_u64(1)).unwrap();
    assert_eq!(refused(&forged), TokenRefusal::Invalid);

    let (_, signature) = forged.rsplit_once('.').unwrap();
    let (message, _) = token().rsplit_once('.').map(|(m, s)| (m.to_owned(), s.to_owned())).unwrap();
    assert_eq!(refused(&format!("{message}.{signature}")), TokenRefusal::Invalid);
}

#[test]
fn a_header_that_says_anything_else_is_refused() {
    for (name, value) in [
        ("typ", json!("JWT")),
        ("typ", json!("refresh+jwt")),
        ("typ", json!("AT+JWT")),
        ("typ", json!("application/at+jwt")),
        ("typ", json!("at+jwt ")),
        ("typ", json!(null)),
        ("kid", json!("")),
        ("kid", json!("../../../../dev/null")),
        ("kid", json!("' OR 1=1 --")),
        ("kid", json!("/etc/passwd\u{0}")),
        ("kid", json!(null)),
        ("kid", json!([key(0x5a).id()])),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("jku", json!("https://evil.example/keys")),
        ("x5u", json!("https://evil.example/c")),
        ("jwk", json!({"kty": "oct", "k": "WlpaWg"})),
        ("x5c", json!([])),
        ("cty", json!("JWT")),
        ("enc", json!("A128GCM")),
        ("extra", json!(1)),
    ] {
        let forged = sign(&with(header(), name, value), &claims());
        assert_eq!(refused(&forged), TokenRefusal::Invalid);
    }
    for name in ["typ", "alg", "kid"] {
        assert_eq!(refused(&sign(&without(header(), name), &claims())), TokenRefusal::Invalid);
    }
    for header in ["", "{}", "[]", "null", "1", "\"at+jwt\"", "{", "\u{0}"] {
        let forged = sign_raw(header, &claims().to_string());
        assert_eq!(refused(&forged), TokenRefusal::Invalid);
    }
}

#[test]
fn a_claim_that_is_missing_foreign_or_of_another_type_is_refused() {
    for name in claims().as_object().unwrap().keys() {
        assert_eq!(refused(&sign(&header(), &without(claims(), name))), TokenRefusal::Invalid);
        for value in [json!(null), json!(true), json!({}), json!([[]]), json!("x"), json!(1.5)] {
            let forged = sign(&header(), &with(claims(), name, value));
            assert_eq!(refused(&forged), TokenRefusal::Invalid);
        }
    }
    for (name, value) in [
        ("aud", json!("other-api")),
        ("aud", json!(["refero-api"])),
        ("aud", json!("")),
        ("aud", json!(["refero-api", "other"])),
        ("aud", json!([])),
        ("aud", json!("REFERO-API")),
        ("iss", json!("other")),
        ("iss", json!(["refero"])),
        ("iss", json!("refero ")),
        ("sub", json!("1")),
        ("sub", json!("")),
        ("sid", json!("' OR 1=1 --")),
        ("amr", json!(["root"])),
        ("role", json!("administrator")),
        ("amr", json!("pwd")),
    ] {
        let forged = sign(&header(), &with(claims(), name, value));
        assert_eq!(refused(&forged), TokenRefusal::Invalid);
    }
    for payload in ["", "{}", "[]", "null", "\"\"", "{", "\u{0}", "{\"exp\":"] {
        let forged = sign_raw(&header().to_string(), payload);
        assert_eq!(refused(&forged), TokenRefusal::Invalid);
    }
}

#[test]
fn a_time_that_is_no_whole_second_or_out_of_order_is_refused() {
    let later = NOW_S + 600;
    for name in ["iat", "nbf", "exp", "auth_time"] {
        for number in [
            format!("\"{later}\""),
            format!("{later}.0"),
            format!("{later}.5"),
            "1e300".to_owned(),
            "-1e300".to_owned(),
            "1e10".to_owned(),
            "18446744073709551615".to_owned(),
            "99999999999999999999999".to_owned(),
            format!("[{later}]"),
            "\"\"".to_owned(),
            "NaN".to_owned(),
            "0x10".to_owned(),
        ] {
            let payload = claims().to_string();
            let value = claims()[name].to_string();
            let payload =
                payload.replace(&format!("\"{name}\":{value}"), &format!("\"{name}\":{number}"));
            assert_ne!(payload, claims().to_string());
            let forged = sign_raw(&header().to_string(), &payload);
            assert_eq!(refused(&forged), TokenRefusal::Invalid);
        }
    }
    for (name, value) in [
        ("nbf", NOW_S + 6),
        ("nbf", i64::MAX),
        ("iat", NOW_S + 1),
        ("iat", NOW_S + 3600),
        ("iat", -1),
        ("iat", i64::MIN),
        ("exp", -1),
        ("exp", i64::MIN),
        ("exp", NOW_S),
        ("auth_time", NOW_S + 6),
        ("auth_time", i64::MAX),
    ] {
        let forged = sign(&header(), &with(claims(), name, json!(value)));
        assert_eq!(refused(&forged), TokenRefusal::Invalid);
    }
    let future = with(with(claims(), "iat", json!(NOW_S + 6)), "nbf", json!(NOW_S + 6));
    assert_eq!(refused(&sign(&header(), &future)), TokenRefusal::Invalid);
    let endless = sign(&header(), &with(claims(), "exp", json!(i64::MAX)));
    assert_eq!(refused(&endless), TokenRefusal::Invalid);
}

#[test]
fn a_claim_or_a_header_that_is_said_twice_is_refused() {
    for (name, value) in claims().as_object().unwrap() {
        let payload = claims().to_string();
        let twice = format!("{{\"{name}\":{value},{}", &payload[1..]);
        let forged = sign_raw(&header().to_string(), &twice);
        assert_eq!(refused(&forged), TokenRefusal::Invalid);
    }
    for (name, value) in header().as_object().unwrap() {
        let text = header().to_string();
        let twice = format!("{{\"{name}\":{value},{}", &text[1..]);
        let forged = sign_raw(&twice, &claims().to_string());
        assert_eq!(refused(&forged), TokenRefusal::Invalid);
    }
}
