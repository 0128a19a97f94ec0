//! Arabic letters as they are heard in French and English spelling.
//!
//! | letters | read as | why |
//! | --- | --- | --- |
//! | ا أ آ ى ة ع | `a` | ع is not heard as a consonant by those who write Latin; `عمر` meets Omar and Oumar |
//! | إ ئ | `i` | carriers of a short i |
//! | و ؤ | `u`, at the start `w` | `u` before a vowel is heard as w later (`sound`) |
//! | ي | `i`, at the start `y` | |
//! | ت ط / د ض / س ص / ز ظ | `t` / `d` / `s` / `z` | emphatic letters are not kept apart in Latin spelling |
//! | ث / ذ | `th` / `dh` | |
//! | ح ه | `h` | |
//! | خ / غ / ق / ك | `kh` / `gh` / `q` / `k` | |
//! | ج / ش | `j` / `sh` | |
//! | ب ف ل م ن ر | `b f l m n r` | |
//! | پ چ ژ گ ڤ ڭ ڨ ڠ | `p ch j g v g g ng` | letters of Ajami, Hassaniya and Moroccan writing |
//! | short vowels | `a`, `i`, `u` | usually not written; the rest of the marks is dropped. An `a` says nothing after a letter that is read so |
//! | ال at the start of a longer word | `al` and a space | the article, which is dropped later |

/// Returns how a letter is read; `None` when it is not of this table.
pub(crate) const fn letter(c: char, first: bool) -> Option<&'static str> {
    Some(match c {
        'ا' | 'أ' | 'آ' | 'ى' | 'ة' | 'ع' | 'ٱ' | '\u{64e}' => "a",
        'إ' | 'ئ' | '\u{650}' => "i",
        'و' if first => "w",
        'و' | 'ؤ' | '\u{64f}' => "u",
        'ي' | 'ی' if first => "y",
        'ي' | 'ی' => "i",
        'ب' => "b",
        'ت' | 'ط' => "t",
        'ث' => "th",
        'ج' | 'ژ' => "j",
        'ح' | 'ه' | 'ھ' => "h",
        'خ' => "kh",
        'د' | 'ض' => "d",
        'ذ' => "dh",
        'ر' => "r",
        'ز' | 'ظ' => "z",
        'س' | 'ص' => "s",
        'ش' => "sh",
        'غ' => "gh",
        'ف' => "f",
        'ق' => "q",
        'ك' | 'ک' => "k",
        'ل' => "l",
        'م' => "m",
        'ن' => "n",
        'پ' => "p",
        'چ' => "ch",
        'گ' | 'ڭ' | 'ڨ' | 'ݣ' => "g",
        'ڤ' => "v",
        'ڠ' => "ng",
        // Hamza, tatweel, the marks of doubling, of no vowel and of the indefinite.
        'ء' | '\u{640}' | '\u{64b}'..='\u{64d}' | '\u{651}'..='\u{65f}' | '\u{670}' => "",
        _ => return None,
    })
}

/// Says whether a word begins with the article and goes on: `الحسن`, but not `الله`, with its vowels or
/// without.
pub(crate) fn has_article(word: &str) -> bool {
    let letters: String = word.chars().filter(|c| !is_mark(*c)).collect();
    word.starts_with("ال") && !letters.starts_with("الله") && letters.chars().count() >= 5
}

/// Says whether this is a vowel or another mark above or below a letter.
pub(crate) const fn is_mark(c: char) -> bool {
    matches!(c, '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}')
}
