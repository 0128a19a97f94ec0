//! A name in plain letters: `a` to `z` and single spaces, whatever script it was written in.

use unicode_normalization::UnicodeNormalization;

use crate::arabic;

/// What is read of one text. Longer ones hold no name.
const LONGEST: usize = 400;

/// Returns a text in plain letters. Doing it again changes nothing.
///
/// NFKC and case folding; Arabic by its table, letters of African orthographies by the one below, every
/// other script by `any_ascii`; diacritics, tone marks, digits and signs go. An apostrophe or a dot joins
/// what it parts (N'Diaye, O'Neil), everything else parts words.
#[must_use]
pub fn plain(text: &str) -> String {
    let folded = folded(text);
    let mut plain = String::with_capacity(folded.len());
    for word in folded.split(|c: char| parts(c)).filter(|word| !word.is_empty()) {
        let mut word = word;
        if arabic::has_article(word) {
            push_word(&mut plain, "ال");
            word = word.strip_prefix("ال").unwrap_or(word);
        }
        push_word(&mut plain, word);
    }
    // One character may be read as many; cutting here as well keeps a second reading from cutting more.
    plain.truncate(LONGEST);
    plain.truncate(plain.trim_end().len());
    plain
}

fn folded(text: &str) -> String {
    let read = text.chars().take(LONGEST);
    if text.is_ascii() {
        // Most names, and the same: nothing is composed of several characters.
        return read.map(|c| c.to_ascii_lowercase()).collect();
    }
    let composed: String = read.nfkc().collect();
    caseless::default_case_fold_str(&composed).nfkc().collect()
}

fn push_word(plain: &mut String, word: &str) {
    let mut letters = String::with_capacity(word.len());
    let mut first = true;
    for c in word.chars() {
        let read = arabic::letter(c, first)
            .or_else(|| african(c))
            .unwrap_or_else(|| any_ascii::any_ascii_char(c));
        if arabic::is_mark(c) && letters.ends_with(read) {
            continue;
        }
        letters
            .extend(read.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()));
        first = false;
    }
    if letters.is_empty() {
        return;
    }
    if !plain.is_empty() {
        plain.push(' ');
    }
    plain.push_str(&letters);
}

/// Letters that sound otherwise than the letter they are drawn from.
const fn african(c: char) -> Option<&'static str> {
    Some(match c {
        // Yoruba; written without its dot as often, which `sound` knows.
        'ṣ' | 'ş' => "sh",
        'ç' => "s",
        'ñ' | 'ɲ' => "ny",
        'ŋ' => "ng",
        'ɓ' => "b",
        'ɗ' | 'ɖ' => "d",
        'ƙ' => "k",
        'ƴ' => "y",
        'ɛ' | 'ə' | 'ɘ' | 'ǝ' => "e",
        'ɔ' => "o",
        'ɣ' => "gh",
        'ƒ' => "f",
        'ʋ' => "v",
        'ɩ' => "i",
        'ʊ' => "u",
        _ => return None,
    })
}

/// Says whether a character parts two words.
fn parts(c: char) -> bool {
    let joins = matches!(
        c,
        '\'' | '.'
            | '`'
            | '´'
            | '’'
            | '‘'
            | 'ʼ'
            | 'ʻ'
            | 'ʿ'
            | 'ʾ'
            | '\u{200c}'
            | '\u{200d}'
            | '\u{640}'
    );
    !(c.is_alphanumeric() || joins || unicode_normalization::char::is_combining_mark(c))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::plain;

    #[test]
    fn every_script_comes_to_plain_letters() {
        for (text, expected) in [
            ("  Aïssatou  N’Diaye ", "aissatou ndiaye"),
            ("AL-HASSAN", "al hassan"),
            ("Ṣẹ́gun Ọláńrewájú", "shegun olanrewaju"),
            ("Ɗanjuma Ƙwari", "danjuma kwari"),
            ("Ifeoma Ọkeke (Ị)", "ifeoma okeke i"),
            ("Kɔfi Mɛnsa", "kofi mensa"),
            ("Conceição Gonçalves", "conceisao gonsalves"),
            ("محمد الحسن", "mhmd al hsn"),
            ("عائشة ديالو", "aaisha dialu"),
            ("عَبْدُ اللَّهِ الحَسَن", "abdu allahi al hasan"),
            ("J. P. Kouamé", "j p kouame"),
            ("１２ Ｆａｌｌ", "fall"),
            ("", ""),
        ] {
            assert_eq!(plain(text), expected, "{text}");
        }
        assert_eq!(plain("አበበ"), "abebe");
    }

    proptest! {
        #[test]
        fn normalising_twice_is_normalising_once(text in any::<String>(), times in 1_usize..40) {
            let once = plain(&text.repeat(times));
            prop_assert!(once.chars().all(|c| c.is_ascii_lowercase() || c == ' '));
            prop_assert_eq!(plain(&once), once);
        }
    }
}
