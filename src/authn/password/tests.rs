//! Stories about choosing and checking passwords.

use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::*;

const POLICY: PasswordPolicy = PasswordPolicy { min_chars: 15, max_bytes: 128 };
const CHEAP: HashCost = HashCost { memory_kib: 8, iterations: 1, parallelism: 1 };

fn rng() -> StdRng {
    StdRng::seed_from_u64(1)
}

fn hasher(cost: HashCost) -> Hasher {
    Hasher::new(POLICY, cost, &mut rng()).unwrap()
}

fn hash(password: &str) -> String {
    hasher(CHEAP).hash(password, &mut rng()).unwrap()
}

fn verify(stored: &str, candidate: &str) -> Verdict {
    hasher(CHEAP).verify_or_dummy(Some(stored), candidate)
}

const MATCH: Verdict = Verdict::Match { rehash_needed: false };

#[test]
fn a_password_is_stored_as_argon2id_with_its_parameters_and_a_new_salt() {
    let hasher = hasher(HashCost { memory_kib: 19_456, iterations: 2, parallelism: 1 });
    let mut rng = rng();
    let one = hasher.hash("mango tree by the river", &mut rng).unwrap();
    let two = hasher.hash("mango tree by the river", &mut rng).unwrap();

    assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
    assert_ne!(one, two);
    assert_eq!(hasher.verify_or_dummy(Some(&one), "mango tree by the river"), MATCH);
    assert_eq!(hasher.verify_or_dummy(Some(&one), "Mango tree by the river"), Verdict::NoMatch);
}

#[test]
fn the_length_is_at_least_15_characters_and_at_most_128_bytes() {
    let random = "wD3kq9-vTz27mXo5bYr8Lc0hGs4Pf1Ne6Ja";
    let long = random.repeat(4);

    assert_eq!(POLICY.check_new("", &[]), Err(PasswordRefusal::TooShort));
    assert_eq!(POLICY.check_new(&random[..14], &[]), Err(PasswordRefusal::TooShort));
    assert_eq!(POLICY.check_new(&random[..15], &[]), Ok(()));
    assert_eq!(POLICY.check_new(&long[..128], &[]), Ok(()));
    assert_eq!(POLICY.check_new(&long[..129], &[]), Err(PasswordRefusal::TooLong));
    assert_eq!(POLICY.check_new(&"é".repeat(65), &[]), Err(PasswordRefusal::TooLong));
    assert_eq!(POLICY.check_new(&"a".repeat(1 << 24), &[]), Err(PasswordRefusal::TooLong));
    // Five Ethiopic letters are fifteen bytes, and no password.
    assert_eq!(POLICY.check_new("ውሃለሕይ", &[]), Err(PasswordRefusal::TooShort));
}

#[test]
fn what_is_common_or_known_about_the_account_is_refused() {
    let check = |password| POLICY.check_new(password, &["ama.kato", "Shelter of Hope"]);

    assert_eq!(check("passwordpassword"), Err(PasswordRefusal::Guessable));
    assert_eq!(check("refero refero refero"), Err(PasswordRefusal::Guessable));
    assert_eq!(check("Shelter-of-Hope-2026"), Err(PasswordRefusal::Guessable));
    assert_eq!(check("ama kato ama kato!"), Err(PasswordRefusal::Guessable));
    assert_eq!(check("mango tree by the river"), Ok(()));
}

#[test]
fn no_byte_of_a_long_password_is_ignored() {
    let long = "x".repeat(127);

    let stored = hash(&format!("{long}1"));
    assert_eq!(verify(&stored, &format!("{long}1")), MATCH);
    assert_eq!(verify(&stored, &format!("{long}2")), Verdict::NoMatch);
    assert_eq!(verify(&stored, &format!("{long}11")), Verdict::NoMatch);
    assert_eq!(hasher(CHEAP).hash(&format!("{long}11"), &mut rng()), Err(HashError::TooLong));
    let with_nul = hash("mango tree\0by the river");
    assert_eq!(verify(&with_nul, "mango tree\0by the sea"), Verdict::NoMatch);
    assert_eq!(verify(&with_nul, "mango tree"), Verdict::NoMatch);
}

#[test]
fn two_keyboards_write_the_same_password() {
    let composed = hash("le caf\u{e9} au bord du lac");

    assert_eq!(verify(&composed, "le cafe\u{301} au bord du lac"), MATCH);
    assert_eq!(verify(&composed, "le\u{a0}caf\u{e9}\u{3000}au bord du lac"), MATCH);
    assert_eq!(verify(&composed, "le cafe au bord du lac"), Verdict::NoMatch);
    assert_eq!(verify(&composed, " le caf\u{e9} au bord du lac"), Verdict::NoMatch);
    assert_eq!(
        verify(&hash("\u{fb01}ne mango tree here"), "fine mango tree here"),
        Verdict::NoMatch
    );
}

#[test]
fn a_hash_with_other_parameters_is_good_and_to_be_renewed() {
    let stored = hash("mango tree by the river");
    let dearer = hasher(HashCost { iterations: 2, ..CHEAP });

    let verdict = dearer.verify_or_dummy(Some(&stored), "mango tree by the river");
    assert_eq!(verdict, Verdict::Match { rehash_needed: true });
    assert!(dearer.rehash_needed(&stored) && !hasher(CHEAP).rehash_needed(&stored));
    assert!(hasher(CHEAP).rehash_needed("not a hash"));
}

#[test]
fn a_stored_text_that_is_no_hash_of_ours_matches_nothing() {
    let good = hash("mango tree by the river");
    for bent in [
        String::new(),
        "mango tree by the river".to_owned(),
        good.replace("argon2id", "argon2i"),
        good.replace("v=19", "v=16"),
        good.replace("$v=19", ""),
        good.replace("m=8", "m=4294967295"),
        good.replace("m=8", "m=7"),
        good.replace("t=1", "t=4294967295"),
        good.replace("t=1", "t=0"),
        good.replace("p=1", "p=16777215"),
        good.replace("p=1", "p=0"),
        good.rsplit_once('$').unwrap().0.to_owned(),
        format!("{good}A"),
        format!("{good}\n"),
        "$2b$12$abcdefghijklmnopqrstuv".to_owned(),
        "$argon2id$".to_owned(),
        "$".repeat(100),
    ] {
        assert_eq!(verify(&bent, "mango tree by the river"), Verdict::NoMatch, "{bent}");
        assert_eq!(verify(&bent, ""), Verdict::NoMatch);
    }
}

#[test]
fn a_name_that_does_not_exist_costs_a_hash_like_one_that_does() {
    use std::time::{Duration, Instant};
    let hasher = hasher(HashCost { memory_kib: 8192, iterations: 2, parallelism: 1 });
    let stored = hasher.hash("mango tree by the river", &mut rng()).unwrap();
    let fastest = |stored: Option<&str>, candidate: &str| {
        let once = |_| {
            let begun = Instant::now();
            let _ = hasher.verify_or_dummy(stored, candidate);
            begun.elapsed()
        };
        (0..9).map(once).min().unwrap_or(Duration::ZERO)
    };

    let wrong = fastest(Some(&stored), "a wrong password for it");
    for (stored, candidate) in [
        (None, "mango tree by the river"),
        (Some("not a hash"), "mango tree by the river"),
        (Some(&*stored), &*"x".repeat(129)),
        (None, ""),
    ] {
        // A skipped hash is a thousand times faster; a busy machine is not.
        assert!(fastest(stored, candidate) * 20 > wrong);
    }
    assert_eq!(hasher.verify_or_dummy(None, "mango tree by the river"), Verdict::NoMatch);
}

#[test]
fn parameters_that_are_not_possible_are_refused() {
    for cost in [
        HashCost { memory_kib: 0, ..CHEAP },
        HashCost { iterations: 0, ..CHEAP },
        HashCost { parallelism: 0, ..CHEAP },
        HashCost { parallelism: 2, ..CHEAP },
    ] {
        assert_eq!(Hasher::new(POLICY, cost, &mut rng()).unwrap_err(), HashError::Cost);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_password_that_can_be_hashed_is_found_right_again(password in ".{0,60}") {
        if let Ok(stored) = hasher(CHEAP).hash(&password, &mut rng()) {
            prop_assert_eq!(verify(&stored, &password), MATCH);
            prop_assert_eq!(verify(&stored, &format!("{password}x")), Verdict::NoMatch);
        }
    }

    #[test]
    fn no_stored_text_makes_it_panic(stored in "(\\$argon2id\\$v=19\\$)?.{0,80}") {
        prop_assert_eq!(verify(&stored, "mango tree by the river"), Verdict::NoMatch);
    }

    #[test]
    fn no_password_makes_the_rule_panic(password in ".{0,300}", context in ".{0,30}") {
        let _ = POLICY.check_new(&password, &[&context]);
    }
}
