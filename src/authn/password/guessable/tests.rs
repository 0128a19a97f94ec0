//! Passwords that people think of, and passwords that they do not.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

/// The length that the rule asks for.
const LEAST_LENGTH: usize = 15;

fn base() -> Vec<&'static str> {
    entries(include_str!("../common_passwords.txt")).collect()
}

fn lengthened(word: &str, by: impl Fn(usize) -> String) -> String {
    let mut text = word.to_owned();
    let mut round = 0;
    while text.len() < LEAST_LENGTH {
        text.push_str(&by(round));
        round += 1;
    }
    text
}

#[test]
fn every_listed_password_is_refused_in_every_way_to_make_it_long_enough() {
    let base = base();
    assert!(base.len() >= 4000);
    for (index, word) in base.iter().enumerate() {
        let capital = format!("{}{}", word[..1].to_uppercase(), &word[1..]);
        let leet: String = if word.chars().all(char::is_alphabetic) { word } else { "password" }
            .chars()
            .map(|c| match c {
                'a' => '@',
                'e' => '3',
                'o' => '0',
                's' => '$',
                c => c,
            })
            .collect();
        let next = base[(index * 7 + 11) % base.len()];
        for (base_word, long) in [
            (word, lengthened(word, |_| (*word).to_owned())),
            (word, lengthened(word, |_| "123456789".to_owned())),
            (word, lengthened(&capital, |round| ["2026", "!"][round.min(1)].to_owned())),
            (word, lengthened(&capital.to_uppercase(), |_| "!".to_owned())),
            (word, lengthened(&leet, |_| "0".to_owned())),
            (word, lengthened(&format!("{word}{next}"), |_| "1".to_owned())),
            (word, lengthened("qwertyuiop", |_| (*word).to_owned())),
        ] {
            assert!(
                is_guessable(&long, &[]),
                "{base_word} {long} {}",
                cost(&long, &HashSet::new())
            );
        }
    }
}

#[test]
fn patterns_and_words_of_the_context_are_refused() {
    let context = ["ama.kato@health", "Ministry of Gender, Kampala", "refero"];
    for password in [
        "aaaaaaaaaaaaaaaa",
        "ааааааааааааааааа",
        "abcdefghijklmnop",
        "zyxwvutsrqponmlk",
        "1234567890123456",
        "2026202620262026",
        "qwertyuiopasdfgh",
        "1qaz2wsx3edc4rfv",
        "p0iuytrewqp0iuytrewq",
        "PasswordPassword1!",
        "p4$$w0rdp4$$w0rd",
        "iloveyou iloveyou",
        "refero-kampala-2026",
        "AmaKatoAmaKato1!",
        "ministryofgender1",
        "Ama.Kato@health2026",
        "KAMPALA kampala Kampala",
        "gender@ministry.ama",
        "correct horse battery staple",
        "correcthorsebatterystaple",
        "administration1",
        "r3f3r0r3f3r0r3f3r0",
        "               ",
        "................",
        "welcomewelcome2026!",
    ] {
        assert!(is_guessable(password, &context), "{password}");
    }
}

#[test]
fn passphrases_and_random_passwords_are_accepted() {
    let context = ["ama.kato", "Ministry of Gender, Kampala", "refero"];
    for password in [
        "my dog likes bread",
        "mango tree by the river",
        "nakupenda sana mama",
        "chakula kizuri leo",
        "blue bicycle in the rain",
        "le chat dort au soleil",
        "o rio corre para o mar",
        "ውሃ ለሕይወት አስፈላጊ ነው እኮ",
        "wD3kq9-vTz27mXo",
        "hxkqpvmwzrtbnjd",
        "we plant trees at noon",
        "تحت الشجرة قرب النهر",
    ] {
        assert!(!is_guessable(password, &context), "{password}");
    }
}

#[test]
fn no_password_takes_long_to_estimate() {
    let _ = is_guessable("the lists are read at the first use", &[]);
    for password in [
        "a1".repeat(512),
        "4@8({[<369&6!1|0$5+7%2".repeat(60),
        "p@$$w0rd1!|".repeat(90),
        "2026".repeat(256),
        "1|!l".repeat(256),
        "abcabd".repeat(170),
        "é".repeat(512),
    ] {
        let begun = Instant::now();
        let _ = is_guessable(&password, &["é", "a1a1"]);
        assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_makes_it_panic(text in ".{0,200}", context in ".{0,40}") {
        let _ = is_guessable(&text, &[&context]);
    }

    #[test]
    fn twenty_random_letters_are_accepted(text in "[a-z]{20}") {
        // The generator shrinks and repeats letters more often than chance does.
        let different: HashSet<char> = text.chars().collect();
        prop_assume!(different.len() > 9);
        prop_assert!(!is_guessable(&text, &[]));
    }
}
