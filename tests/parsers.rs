//! Whatever is sent to a parser: none panics, what is read is written as it was read, and what was signed and then
//! changed is not taken for what was signed. Parsers that are private are tried beside their code.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops, and says where")]

use std::{cell::Cell, fmt::Debug, str::FromStr, sync::LazyLock};

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};
use rand::{SeedableRng, rngs::StdRng};
use refero::{
    authn::{
        opaque::{ActivationSecret, RefreshToken},
        recovery::RecoveryCode,
        token::{Bearer, Method, TokenKey, Tokens},
        totp::{Otp, TotpSecret},
    },
    backup::Note,
    config::EpochKeys,
    witness::Submission,
};
use refero_domain::{
    account::Username, audit::raw::Digest, case_code::CaseCode, id::CaseId, person::PartialDate,
    profile::CountryProfile, safe_contact::TimeOfDay, statistics::Quarter,
};
use refero_store::log::LogSigner;
use refero_verify::{Consistency, Keys, Pin, Proof, Seal, Sealing, WitnessKey, Witnesses};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

const CASES: u32 = 2_000;

/// Tries so many, and returns how many of them were taken for good.
fn tried<S: Strategy>(any: S, is_taken: impl Fn(S::Value) -> bool) -> u32
where
    S::Value: Debug,
{
    let taken = Cell::new(0);
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&any, |value| {
            taken.set(taken.get() + u32::from(is_taken(value)));
            Ok(())
        })
        .unwrap();
    taken.get()
}

/// A change of a text.
#[derive(Debug, Clone)]
enum Edit {
    Replace(usize, u8),
    Insert(usize, u8),
    Remove(usize),
    Cut(usize),
}

/// One change to four. A cut is rare: what follows it is gone.
fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let at = || 0..4_096_usize;
    let with = || prop_oneof![any::<u8>(), b' '..b'~', Just(b'\n'), Just(b'=')];
    vec(
        prop_oneof![
            8 => (at(), with()).prop_map(|(at, with)| Edit::Replace(at, with)),
            4 => (at(), with()).prop_map(|(at, with)| Edit::Insert(at, with)),
            4 => at().prop_map(Edit::Remove),
            1 => at().prop_map(Edit::Cut),
        ],
        1..5,
    )
}

/// Changes a text; nothing, if it is the same in the end.
fn changed(text: &str, edits: &[Edit]) -> Option<String> {
    let mut bytes = text.as_bytes().to_vec();
    for edit in edits {
        let len = bytes.len().max(1);
        match *edit {
            Edit::Replace(at, with) => {
                bytes.iter_mut().skip(at % len).take(1).for_each(|b| *b = with)
            }
            Edit::Insert(at, with) => bytes.insert(at % len, with),
            Edit::Remove(at) => drop(bytes.drain(at % len..).next()),
            Edit::Cut(at) => bytes.truncate(at % len),
        }
        if bytes.is_empty() {
            break;
        }
    }
    Some(String::from_utf8_lossy(&bytes).into_owned()).filter(|other| other != text)
}

/// What is read of texts like these, written and read again is the same; and some are read: of case codes those
/// alone whose last symbol is right by chance.
fn comes_back<T: FromStr + PartialEq + Debug>(like: &str, written: impl Fn(&T) -> String) {
    let near =
        prop_oneof![9 => proptest::string::string_regex(like).unwrap(), 1 => any::<String>()];
    let taken = tried(near, |text| {
        let Ok(read) = text.parse::<T>() else { return false };
        assert_eq!(written(&read).parse::<T>().ok(), Some(read), "{text:?}");
        true
    });
    assert!(taken > 0, "none like {like} was read");
}

#[test]
fn values_are_written_as_they_were_read() {
    let id = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
    comes_back::<CaseId>(id, ToString::to_string);
    comes_back::<CaseCode>("[A-Za-z]{2}[- ]?20[0-9]{2}[- ]?[0-9A-Za-z]{4,5}", |code| {
        code.as_str().to_owned()
    });
    comes_back::<PartialDate>("[12][0-9]{3}(-[01][0-9](-[0-3][0-9])?)?", ToString::to_string);
    comes_back::<TimeOfDay>("[0-2][0-9]:[0-6][0-9]", ToString::to_string);
    comes_back::<Quarter>("20[0-9]{2}-?Q[0-5]", ToString::to_string);
    comes_back::<Digest>("[0-9a-f]{64}", ToString::to_string);
    let taken = tried("[a-z0-9._-]{1,40}", |text| {
        let Ok(name) = Username::parse(&text) else { return false };
        assert_eq!(Username::parse(name.as_str()).as_ref(), Ok(&name), "{text:?}");
        true
    });
    assert!(taken > CASES / 20, "{taken}");
}

#[test]
fn no_secret_breaks_its_parser() {
    let secret = TotpSecret::from_bytes(&[7; 20]).unwrap();
    let codes = tried(prop_oneof!["[0-9 ]{4,8}", any::<String>()], |text| {
        let read = Otp::parse(&text);
        read.is_some_and(|code| secret.step_of(code, DateTime::UNIX_EPOCH, None).is_none())
    });
    assert!(codes > 0);
    let near = prop_oneof![
        "refero_(rt|activate)_[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]",
        "[0-9A-Za-z -]{0,40}",
        any::<String>()
    ];
    tried(near, |text| {
        RecoveryCode::parse(&text).is_some()
            || RefreshToken::parse(&text).is_ok()
            || ActivationSecret::parse(&text).is_ok()
    });
    let lines = "([0-9]{1,3}:[A-Za-z0-9+/]{43}=\n){0,3}";
    let keys = tried(prop_oneof![lines, any::<String>()], |text| EpochKeys::parse(&text).is_ok());
    assert!(keys > 0);
}

#[test]
fn no_profile_breaks_its_parser() {
    let profile = include_str!("../profiles/demo.toml");
    CountryProfile::parse(profile).unwrap();
    let length = profile.len();
    // A change may stand anywhere in it, and not in its beginning alone.
    let taken = tried((edits(), 0..length), |(edits, from)| {
        let from = (from..length).find(|at| profile.is_char_boundary(*at)).unwrap_or_default();
        let (before, after) = profile.split_at(from);
        changed(after, &edits)
            .is_some_and(|after| CountryProfile::parse(&(before.to_owned() + &after)).is_ok())
    });
    assert!(taken > 0, "a changed comment changes nothing");
}

#[test]
fn no_note_and_no_submission_breaks_its_parser() {
    tried(vec(any::<u8>(), 0..300), |bytes| serde_json::from_slice::<Note>(&bytes).is_ok());
    let near = "old [0-9]{1,20}\n([A-Za-z0-9+/]{43}=\n){0,3}\n.{0,60}\n";
    let taken = tried(prop_oneof![near, any::<String>()], |text| {
        let Ok(read) = Submission::read(text.as_bytes()) else { return false };
        assert!(text.starts_with(&format!("old {}\n", read.old)) && text.ends_with(&read.note));
        true
    });
    assert!(taken > 0);
}

/// A token that is good, who verifies it, and when.
static TOKEN: LazyLock<(Tokens, String, DateTime<Utc>)> = LazyLock::new(|| {
    let tokens = Tokens::new(TokenKey::from_secret(&[3; 32]).unwrap(), "issuer", "audience", 600);
    let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let bearer = Bearer {
        user: Uuid::from_u128(1),
        session: Uuid::from_u128(2),
        authenticated_at: now,
        methods: vec![Method::Pwd, Method::Otp],
    };
    let token = tokens.issue(&bearer, now, &mut StdRng::seed_from_u64(1)).unwrap();
    tokens.verify(&token, now).unwrap();
    (tokens, token, now)
});

#[test]
fn a_token_that_was_changed_is_refused() {
    let (tokens, token, now) = &*TOKEN;
    tried(edits(), |edits| {
        let other = changed(token, &edits);
        assert!(other.is_none_or(|other| tokens.verify(&other, *now).is_err()));
        false
    });
}

const LOG: &str = "example.org/log";

/// A log of two leaves: the keys that check it, its signed head, and an export of two lines.
struct Log {
    keys: Keys,
    leaves: [[u8; 32]; 2],
    head: String,
    pin: Pin,
    seal: String,
}

static SIGNED: LazyLock<Log> = LazyLock::new(|| {
    let signer = LogSigner::new(LOG, &[5; 32]).unwrap();
    let keys = Keys::read(signer.verifier_keys().iter().map(String::as_str)).unwrap();
    let leaves = [[1; 32], [2; 32]];
    let root = Sha256::digest([&[1][..], &leaves.concat()].concat());
    let head = signer.sign_text(&format!("{LOG}\n2\n{}\n", STANDARD.encode(root))).unwrap();
    let pin = Pin::read(&head, &keys).unwrap();
    let seal = signer.sign_text(&exported().text(&pin, true)).unwrap();
    Seal::read(&seal, &keys).unwrap().check(exported()).unwrap();
    Log { keys, leaves, head, pin, seal }
});

fn exported() -> Sealing {
    let mut sealing = Sealing::default();
    sealing.take("one");
    sealing.take("two");
    sealing
}

#[test]
fn a_head_that_was_changed_says_nothing_else_than_what_was_signed() {
    let Log { keys, head, pin, .. } = &*SIGNED;
    tried(edits(), |edits| {
        let read = changed(head, &edits).and_then(|other| Pin::read(&other, keys).ok());
        // Lines of other signers may be added.
        assert!(read.is_none_or(|read| read == *pin));
        false
    });
    let witnesses = Witnesses::read([]).unwrap();
    let near = prop_oneof!["example.org/log\n[0-9]{1,20}\n[A-Za-z0-9+/]{43}=\n", any::<String>()];
    let printed = tried(near, |text| {
        assert!(Pin::read(&text, keys).is_err(), "{text:?}");
        assert!(Pin::cosigned(&text, keys, &witnesses).is_err(), "{text:?}");
        drop((Pin::unchecked(&text), Keys::read([text.as_str()]), text.parse::<WitnessKey>()));
        Pin::printed(&text, keys).is_ok()
    });
    assert!(printed > 0);
}

#[test]
fn a_proof_that_was_changed_proves_no_other_leaf() {
    let Log { keys, leaves: [first, second], head, .. } = &*SIGNED;
    let beside = STANDARD.encode(second);
    let proof = format!("c2sp.org/tlog-proof@v1\nindex 0\n{beside}\n\n{head}");
    let proves =
        |text: &str, leaf| Proof::read(text, keys).is_ok_and(|read| read.proves(&Digest(leaf)));
    assert!(proves(&proof, *first) && !proves(&proof, *second));
    tried(edits(), |edits| {
        let Some(other) = changed(&proof, &edits) else { return false };
        assert!(!proves(&other, *second) && !proves(&other, [3; 32]), "{other:?}");
        proves(&other, *first)
    });
}

#[test]
fn no_hashes_show_growth_from_another_log() {
    let Log { keys, pin, .. } = &*SIGNED;
    let other = format!("{LOG}\n1\n{}\n", STANDARD.encode([9; 32]));
    let old = Pin::printed(&other, keys).unwrap();
    let read = tried(
        prop_oneof!["([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=\n){0,4}", any::<String>()],
        |text| {
            let Ok(proof) = Consistency::read(&text) else { return false };
            assert!(!proof.shows_growth(&old, pin), "{text:?}");
            true
        },
    );
    assert!(read > CASES / 20, "{read}");
}

#[test]
fn a_seal_that_was_changed_is_of_the_same_export_or_of_none() {
    let Log { keys, seal, pin, .. } = &*SIGNED;
    tried(edits(), |edits| {
        let Some(other) = changed(seal, &edits) else { return false };
        let Ok(read) = Seal::read(&other, keys) else { return false };
        assert_eq!((read.lines(), read.is_whole()), (2, true));
        read.check(exported()).and_then(|()| read.check_head(pin)).unwrap();
        true
    });
}
