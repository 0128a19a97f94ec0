//! The code that people say, write and type for a case: `UG-2026-7K3M-D`.
//!
//! Country, year, four random symbols, one check symbol. A counter would tell how many people were
//! found and would let anybody list the neighbours of a code, so the middle is random.
//!
//! **Why four symbols are enough.** They are read over bad telephone lines at night, so each symbol
//! costs. About 600,000 codes are drawn from for one country and year (32^4, less those with three
//! letters in a row); a code that is taken already is refused by the unique constraint and drawn
//! again (with 1,000 cases in a year, two draws in a thousand). They need not be hard to guess: a code opens nothing, access is decided by the
//! relation to the case, and a hidden case is answered like an absent one. A country that outgrows
//! four symbols draws up to eight; all lengths are read.
//!
//! **The check symbol** is the weighted sum of all symbols before it in the field of 32 elements,
//! with a different weight at each place. Every single wrong symbol is noticed, and so is every
//! exchange of two symbols, adjacent or not; of any other mistake 31 in 32 are. (One exchange counts
//! as another mistake: an L of the country that lands behind the year is read as 1 there.)

use std::fmt;
use std::str::FromStr;

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

/// Crockford's base 32: no I, L, O (they look like digits) and no U.
const ALPHABET: [char; 32] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J',
    'K', 'M', 'N', 'P', 'Q', 'R', 'S', 'T', 'V', 'W', 'X', 'Y', 'Z',
];
const YEARS: std::ops::RangeInclusive<u16> = 2000..=2999;
const COUNTRY_LETTERS: usize = 2;
const YEAR_DIGITS: usize = 4;
const SHORTEST: usize = 4;
const LONGEST: usize = 8;
/// No written form is longer, however it is spaced; what is longer is not looked at.
const LONGEST_INPUT: usize = 64;

/// Names a case between people. It is unique in a deployment and opens nothing by itself.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CaseCode {
    text: String,
}

/// Says that a text is not a case code, or cannot become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a case code has a country, a year, at least four symbols and a check symbol that fits them"
)]
pub struct InvalidCaseCode;

impl CaseCode {
    /// Draws a new code with four random symbols.
    ///
    /// # Errors
    /// Refuses a country that is not two letters (ISO 3166-1) and a year outside 2000 to 2999.
    pub fn generate<R: CryptoRng + ?Sized>(
        country: &str,
        year: u16,
        rng: &mut R,
    ) -> Result<Self, InvalidCaseCode> {
        Self::generate_with_length(country, year, SHORTEST, rng)
    }

    /// Draws a new code with four to eight random symbols, for a country that outgrew four.
    ///
    /// After two letters a digit is drawn, so that no code spells a word: it stands on the papers
    /// of a survivor, and chance would in time write an insult there.
    ///
    /// # Errors
    /// As [`CaseCode::generate`], and for other lengths.
    pub fn generate_with_length<R: CryptoRng + ?Sized>(
        country: &str,
        year: u16,
        length: usize,
        rng: &mut R,
    ) -> Result<Self, InvalidCaseCode> {
        if !YEARS.contains(&year) || country.len() != COUNTRY_LETTERS {
            return Err(InvalidCaseCode);
        }
        let mut random = String::with_capacity(LONGEST);
        let mut letters = 0;
        for _ in 0..length.min(LONGEST + 1) {
            let choices = if letters < 2 { ALPHABET.len() } else { 10 };
            let symbol = draw(choices, rng)?;
            letters = if symbol.is_ascii_digit() { 0 } else { letters + 1 };
            random.push(symbol);
        }
        Self::checked(&country.to_ascii_uppercase(), &year.to_string(), &random)
    }

    /// Returns the code as it is stored and shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the country that the code begins with: ISO 3166-1 alpha-2.
    #[must_use]
    pub fn country(&self) -> &str {
        self.text.get(..2).unwrap_or_default()
    }

    /// Completes a code with the check symbol of its parts.
    fn checked(country: &str, year: &str, random: &str) -> Result<Self, InvalidCaseCode> {
        if !(SHORTEST..=LONGEST).contains(&random.len()) {
            return Err(InvalidCaseCode);
        }
        let check = check_symbol(country, year, random)?;
        Ok(Self { text: format!("{country}-{year}-{random}-{check}") })
    }
}

impl FromStr for CaseCode {
    type Err = InvalidCaseCode;

    /// Reads a code as people write it: in any case, with or without hyphens and spaces, with the
    /// letters O, I and L for the digits they look like. What it returns is always the one form
    /// that is stored.
    fn from_str(text: &str) -> Result<Self, InvalidCaseCode> {
        if text.len() > LONGEST_INPUT {
            return Err(InvalidCaseCode);
        }
        let symbols: Vec<char> = text
            .chars()
            .filter(|symbol| !is_separator(*symbol))
            .map(|symbol| symbol.to_ascii_uppercase())
            .collect();
        let (country, rest) = symbols.split_at_checked(COUNTRY_LETTERS).ok_or(InvalidCaseCode)?;
        let (year, rest) = rest.split_at_checked(YEAR_DIGITS).ok_or(InvalidCaseCode)?;
        let (check, random) = rest.split_last().ok_or(InvalidCaseCode)?;

        let country: String = country.iter().collect();
        let year: String = year.iter().copied().map(unambiguous).collect();
        let random: String = random.iter().copied().map(unambiguous).collect();
        let known_year = year.parse().is_ok_and(|year: u16| YEARS.contains(&year));
        let code = Self::checked(&country, &year, &random)?;
        if known_year && code.text.ends_with(unambiguous(*check)) {
            Ok(code)
        } else {
            Err(InvalidCaseCode)
        }
    }
}

impl TryFrom<String> for CaseCode {
    type Error = InvalidCaseCode;

    fn try_from(text: String) -> Result<Self, InvalidCaseCode> {
        text.parse()
    }
}

impl From<CaseCode> for String {
    fn from(code: CaseCode) -> Self {
        code.text
    }
}

impl fmt::Display for CaseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

/// Prints the name of the type alone: the code stands on a person's papers, and a log that holds it
/// can be matched with them.
impl fmt::Debug for CaseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CaseCode")
    }
}

fn is_separator(symbol: char) -> bool {
    // The hyphens and dashes that word processors make out of a typed hyphen.
    symbol.is_whitespace() || matches!(symbol, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

fn unambiguous(symbol: char) -> char {
    match symbol {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    }
}

/// Draws one of the first `choices` symbols. The remainder favours none by more than 2^-29.
fn draw<R: CryptoRng + ?Sized>(choices: usize, rng: &mut R) -> Result<char, InvalidCaseCode> {
    let drawn = usize::try_from(rng.next_u32()).map_err(|_| InvalidCaseCode)?;
    ALPHABET.get(drawn % choices).copied().ok_or(InvalidCaseCode)
}

/// Computes the check symbol: the sum of `weight(place) * value` over the field of 32 elements.
///
/// The weights are the powers of a generator of the field, from the first on, and the check symbol
/// itself has the weight one. All weights of up to 31 places differ, which is what makes every
/// exchange of two symbols visible.
fn check_symbol(country: &str, year: &str, random: &str) -> Result<char, InvalidCaseCode> {
    let country = country.chars().map(letter_value);
    let year = year.chars().map(|digit| symbol_value(digit).filter(|value| *value < 10));
    let random = random.chars().map(symbol_value);

    let mut sum = 0;
    let mut weight = 1;
    for value in country.chain(year).chain(random) {
        weight = times(weight, 2);
        sum ^= times(weight, value.ok_or(InvalidCaseCode)?);
    }
    ALPHABET.get(usize::from(sum)).copied().ok_or(InvalidCaseCode)
}

/// Returns the value of a country letter: the one it has elsewhere, so that exchanging it with a
/// symbol behind the year is noticed, and for the letters that Crockford leaves out one that no
/// other letter has.
fn letter_value(letter: char) -> Option<u8> {
    match letter {
        'O' => Some(0),
        'I' => Some(1),
        'L' => Some(2),
        'U' => Some(3),
        other => symbol_value(other).filter(|value| *value >= 10),
    }
}

fn symbol_value(symbol: char) -> Option<u8> {
    ALPHABET.into_iter().zip(0..).find(|(known, _)| *known == symbol).map(|(_, value)| value)
}

/// Multiplies in the field of 32 elements, modulo x^5 + x^2 + 1, of which x (that is 2) is a
/// generator.
fn times(left: u8, right: u8) -> u8 {
    let mut product = 0;
    let mut shifted = left;
    for bit in 0..5 {
        if right >> bit & 1 == 1 {
            product ^= shifted;
        }
        shifted <<= 1;
        if shifted & 0b10_0000 != 0 {
            shifted ^= 0b10_0101;
        }
    }
    product
}
