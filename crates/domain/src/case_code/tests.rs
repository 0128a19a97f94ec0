//! What people do to codes, and what a code must survive.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

fn codes() -> impl Strategy<Value = CaseCode> {
    let random = prop::collection::vec(prop::sample::select(ALPHABET.to_vec()), 4..=8);
    ("[A-Z]{2}", YEARS, random).prop_map(|(country, year, random)| {
        let random: String = random.into_iter().collect();
        CaseCode::checked(&country, &year.to_string(), &random).unwrap()
    })
}

/// What may stand at a place instead: the letters of a country, the digits of a year, or all.
fn symbols_at(place: usize) -> Vec<char> {
    match place {
        0..2 => ('A'..='Z').collect(),
        2..6 => ('0'..='9').collect(),
        _ => ALPHABET.to_vec(),
    }
}

fn bare(code: &CaseCode) -> Vec<char> {
    code.as_str().chars().filter(|symbol| *symbol != '-').collect()
}

fn reads(symbols: &[char]) -> bool {
    symbols.iter().collect::<String>().parse::<CaseCode>().is_ok()
}

proptest! {
    #[test]
    fn a_code_is_read_back_from_its_own_text(code in codes()) {
        prop_assert!(code.to_string().parse() == Ok(code));
    }

    #[test]
    fn a_code_is_read_as_people_write_it(code in codes(), separator in "[ \u{2010}-\u{2015}\u{a0}-]{0,2}") {
        let written: Vec<String> = bare(&code)
            .iter()
            .enumerate()
            .map(|(place, symbol)| match symbol {
                '0' if place > 1 => "o".to_owned(),
                '1' if place > 1 => if place % 2 == 0 { "l" } else { "I" }.to_owned(),
                other => other.to_lowercase().to_string(),
            })
            .collect();
        let read = written.join(&separator).parse::<CaseCode>();
        let short_enough = written.join(&separator).len() <= LONGEST_INPUT;
        prop_assert_eq!(read == Ok(code), short_enough);
    }

    #[test]
    fn every_single_wrong_symbol_is_noticed(code in codes()) {
        let right = bare(&code);
        for place in 0..right.len() {
            for symbol in symbols_at(place).into_iter().filter(|symbol| *symbol != right[place]) {
                let mut wrong = right.clone();
                wrong[place] = symbol;
                prop_assert!(!reads(&wrong));
            }
        }
    }

    #[test]
    fn every_exchange_of_two_symbols_is_noticed(code in codes()) {
        let right = bare(&code);
        for one in 0..right.len() {
            for other in (one + 1..right.len()).filter(|other| right[*other] != right[one]) {
                let mut wrong = right.clone();
                wrong.swap(one, other);
                let reads_as_one = one < 2 && other >= 6 && right[one] == 'L';
                prop_assert!(reads_as_one || !reads(&wrong));
            }
        }
    }

    #[test]
    fn hostile_text_is_refused_without_being_repeated(text in "\\PC{0,80}") {
        if let Err(error) = text.parse::<CaseCode>() {
            prop_assert_eq!(error.to_string(), InvalidCaseCode.to_string());
        }
    }
}

/// Exhaustive over the random part of the short form: no two codes that differ in one symbol
/// share a check symbol, whatever the other symbols are.
#[test]
fn neighbours_never_share_a_check_symbol() {
    let check =
        |random: [char; 4]| check_symbol("UG", "2026", &random.iter().collect::<String>()).unwrap();
    for place in 0..4 {
        for rest in ALPHABET {
            let checks: HashSet<char> = ALPHABET
                .into_iter()
                .map(|symbol| {
                    let mut random = [rest, '7', 'K', '3'];
                    random[place] = symbol;
                    check(random)
                })
                .collect();
            assert_eq!(checks.len(), 32);
        }
    }
}

#[test]
fn country_letters_all_have_their_own_value() {
    let values: HashSet<u8> = ('A'..='Z').filter_map(letter_value).collect();

    assert_eq!(values.len(), 26);
    assert_eq!(letter_value('1'), None);
}

/// The weights of all places differ, and multiplying by one loses nothing: with the sum, this
/// is the whole proof that single errors and exchanges are noticed.
#[test]
fn the_weights_of_all_places_differ() {
    let mut weights = vec![1];
    for _ in 0..COUNTRY_LETTERS + YEAR_DIGITS + LONGEST {
        weights.push(times(weights[weights.len() - 1], 2));
    }
    let distinct: HashSet<u8> = weights.iter().copied().collect();
    assert_eq!(distinct.len(), weights.len());
    for weight in weights {
        let products: HashSet<u8> = (0..32).map(|value| times(weight, value)).collect();
        assert_eq!(products.len(), 32);
    }
}

#[test]
fn texts_that_are_not_codes_are_refused() {
    for text in [
        "",
        "-",
        "UG",
        "UG-2026",
        "UG-2026-7K3",
        "UG-2026-7K3M",
        "U1-2026-7K3M-0",
        "UG-1999-7K3M-0",
        "UG-20A6-7K3M-0",
        "UG-2026-7K3U-0",
        "UG-2026-7K3é-0",
        "UG-2026-7K3M9QX77-0",
        "ÜG-2026-7K3M-0",
        "\u{0}",
        "UG_2026_7K3M_D",
    ] {
        assert_eq!(text.parse::<CaseCode>(), Err(InvalidCaseCode), "{text}");
    }
}

#[test]
fn a_generated_code_has_its_country_and_year_and_spells_no_word() {
    let mut rng = rand::rng();
    for length in 4..=8 {
        for _ in 0..2000 {
            let code = CaseCode::generate_with_length("ug", 2026, length, &mut rng).unwrap();
            assert_eq!(code.as_str().parse(), Ok(code.clone()));
            let random = code.as_str().strip_prefix("UG-2026-").unwrap();
            let random = random.split('-').next().unwrap();
            assert_eq!(random.len(), length);
            let run = random.split(|symbol: char| symbol.is_ascii_digit()).map(str::len).max();
            assert!(run.unwrap() <= 2);
        }
    }
}

#[test]
fn generated_codes_seldom_meet() {
    let mut rng = rand::rng();
    let codes: HashSet<CaseCode> =
        (0..1000).map(|_| CaseCode::generate("CI", 2026, &mut rng).unwrap()).collect();

    assert!(codes.len() > 980);
}

#[test]
fn a_code_is_not_made_for_what_is_no_country_year_or_length() {
    let mut rng = rand::rng();
    for (country, year, length) in [
        ("UGA", 2026, 4),
        ("U", 2026, 4),
        ("", 2026, 4),
        ("É", 2026, 4),
        ("U1", 2026, 4),
        ("UG", 1999, 4),
        ("UG", 3000, 4),
        ("UG", 2026, 3),
        ("UG", 2026, 9),
        ("UG", 2026, usize::MAX),
    ] {
        let made = CaseCode::generate_with_length(country, year, length, &mut rng);
        assert_eq!(made, Err(InvalidCaseCode));
    }
}

#[test]
fn a_known_code_is_pinned() {
    assert_eq!(CaseCode::checked("UG", "2026", "7K3M").unwrap().as_str(), "UG-2026-7K3M-D");
}

#[test]
fn json_is_the_text_and_refuses_what_does_not_fit() {
    let code = CaseCode::checked("UG", "2026", "7K3M").unwrap();
    let json = serde_json::to_string(&code).unwrap();

    assert_eq!(json, format!("\"{code}\""));
    assert_eq!(serde_json::from_str::<CaseCode>(&json.to_lowercase()).unwrap(), code);
    let error = serde_json::from_str::<CaseCode>("\"UG-2026-SECRET\"").unwrap_err();
    assert!(!error.to_string().contains("SECRET"));
}

#[test]
fn debug_prints_the_name_of_the_type_alone() {
    assert_eq!(format!("{:?}", CaseCode::checked("UG", "2026", "7K3M").unwrap()), "CaseCode");
}
