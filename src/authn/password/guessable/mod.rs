//! Estimates how soon a guesser would come to a password.
//!
//! A blocklist of whole passwords is of little use with a minimum of 15 characters: hardly any
//! leaked password is that long, and people lengthen the short ones ("Dragon2026!!!!!",
//! "passwordpassword"). So the lists hold the pieces, and a password is cut into pieces in the
//! cheapest way: listed passwords and words (also in leet), words of the context, years, runs,
//! neighbours on the keyboard, repeats of what came before, and single characters. The sum is the
//! estimate. It blocks every lengthened form of every listed password at once, takes time
//! quadratic in a length that is bounded, and cannot fail.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use zeroize::Zeroizing;

/// Sums of tenths of log10 of guesses.
type Cost = u32;

/// The estimate below which a password is refused: 10^10 guesses.
const LEAST: Cost = 100;

/// How many characters are looked at. The rest can only add to the estimate.
const LOOKED_AT: usize = 128;

const COST_CONTEXT: Cost = 5;
const COST_REPEAT: Cost = 12;
const COST_RUN: Cost = 15;
const COST_KEYS: Cost = 20;
const COST_YEAR: Cost = 20;
const COST_PASSWORD: Cost = 35;
const COST_WORD: Cost = 40;
const COST_DIGIT: Cost = 10;
const COST_LETTER: Cost = 14;
const COST_OTHER: Cost = 15;

/// The fewest characters of a run or repeat, of neighbours, and of a context word.
const LEAST_RUN: usize = 3;
const LEAST_KEYS: usize = 4;
const LEAST_CONTEXT: usize = 3;

/// Rows and zigzags of the keyboards in use.
const KEYS: [&str; 11] = [
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
];

/// Everything that is listed, with its cost.
static LISTED: LazyLock<HashMap<String, Cost>> = LazyLock::new(|| {
    let mut listed = HashMap::new();
    for word in entries(include_str!("../common_words.txt")) {
        listed.insert(word.to_owned(), COST_WORD);
    }
    for password in entries(include_str!("../common_passwords.txt")) {
        listed.insert(password.to_owned(), COST_PASSWORD);
    }
    for keys in KEYS {
        let keys: Vec<char> = keys.chars().collect();
        for length in LEAST_KEYS..=keys.len() {
            for neighbours in keys.windows(length) {
                listed.insert(neighbours.iter().collect(), COST_KEYS);
                listed.insert(neighbours.iter().rev().collect(), COST_KEYS);
            }
        }
    }
    listed
});

fn entries(file: &'static str) -> impl Iterator<Item = &'static str> {
    file.lines().filter(|line| !line.starts_with("##") && !line.is_empty())
}

/// Says whether a password would be guessed soon, by somebody who knows the context words.
#[must_use]
pub(super) fn is_guessable(password: &str, context: &[&str]) -> bool {
    let context = context_words(context);
    // Words with and without separators are one phrase to a guesser.
    let joined: Zeroizing<String> =
        Zeroizing::new(password.chars().filter(|c| !" -_.,".contains(*c)).collect());
    let guessable = |text: &str| cost(text, &context) < LEAST;
    guessable(password) || (*joined != password && guessable(&joined))
}

/// The words of the context: each part of a name, and all parts together.
fn context_words(context: &[&str]) -> HashSet<String> {
    let mut words = HashSet::new();
    for name in context {
        let name: String = name.chars().map(small).collect();
        let parts = || name.split(|c: char| !c.is_alphanumeric());
        words.extend(parts().map(str::to_owned));
        words.insert(parts().collect());
        words.insert(name.clone());
    }
    words.retain(|word| word.chars().count() >= LEAST_CONTEXT);
    words
}

/// Finds the cheapest way to cut the password into pieces.
fn cost(password: &str, context: &HashSet<String>) -> Cost {
    let text: Zeroizing<Vec<char>> =
        Zeroizing::new(password.chars().take(LOOKED_AT).map(small).collect());
    let spellings = [
        Spelling::of(&text, |c| c),
        Spelling::of(&text, |c| if c.is_ascii_digit() { c } else { unleet(c, 'i') }),
        Spelling::of(&text, |c| unleet(c, 'i')),
        Spelling::of(&text, |c| unleet(c, 'l')),
    ];
    let mut costs: Vec<Cost> = vec![0];
    let starts: Vec<Reach> = (0..text.len()).map(|start| Reach::from(&text, start)).collect();
    for end in 1..=text.len() {
        let cheapest = costs.iter().zip(&starts).enumerate().map(|(start, (before, reach))| {
            before.saturating_add(
                reach.piece(end.saturating_sub(start)).min(known(&spellings, start, end, context)),
            )
        });
        costs.push(cheapest.min().unwrap_or(Cost::MAX));
    }
    costs.last().copied().unwrap_or(0)
}

/// The cost of a piece that is known, in any spelling.
fn known(spellings: &[Spelling], start: usize, end: usize, context: &HashSet<String>) -> Cost {
    let cost_of = |piece: &str| {
        if context.contains(piece) {
            return Some(COST_CONTEXT);
        }
        let year = is_year(piece).then_some(COST_YEAR);
        LISTED.get(piece).copied().into_iter().chain(year).min()
    };
    let pieces = spellings.iter().filter_map(|spelling| spelling.piece(start, end));
    pieces.filter_map(cost_of).min().unwrap_or(Cost::MAX)
}

/// One way to read the characters, with the places where they begin.
struct Spelling {
    text: Zeroizing<String>,
    places: Vec<usize>,
}

impl Spelling {
    fn of(text: &[char], read: impl Fn(char) -> char) -> Self {
        let text: Zeroizing<String> = Zeroizing::new(text.iter().map(|c| read(*c)).collect());
        let ends = std::iter::once(text.len());
        let places = text.char_indices().map(|(place, _)| place).chain(ends).collect();
        Self { text, places }
    }

    fn piece(&self, start: usize, end: usize) -> Option<&str> {
        self.text.get(*self.places.get(start)?..*self.places.get(end)?)
    }
}

/// How far the patterns go that begin at one character.
struct Reach {
    alone: Cost,
    run: usize,
    repeat: usize,
}

impl Reach {
    fn from(text: &[char], start: usize) -> Self {
        let rest = text.get(start..).unwrap_or_default();
        let common = |before: usize| {
            let earlier = text.get(before..).unwrap_or_default();
            rest.iter().zip(earlier).take_while(|(a, b)| a == b).count()
        };
        Self {
            alone: rest.first().map_or(0, |c| alone(*c)),
            run: run_length(rest),
            repeat: (0..start).map(common).max().unwrap_or(0),
        }
    }

    /// The cost of a piece of this length that begins here.
    fn piece(&self, length: usize) -> Cost {
        if length == 1 {
            self.alone
        } else if length >= LEAST_RUN && length <= self.repeat {
            COST_REPEAT
        } else if length >= LEAST_RUN && length <= self.run {
            COST_RUN
        } else {
            Cost::MAX
        }
    }
}

fn alone(c: char) -> Cost {
    match c {
        '0'..='9' => COST_DIGIT,
        _ if c.is_alphabetic() => COST_LETTER,
        _ => COST_OTHER,
    }
}

/// How many characters from the first on have one distance: "aaaa", "abcd", "9876".
fn run_length(rest: &[char]) -> usize {
    let step = |pair: (&char, &char)| i64::from(u32::from(*pair.1)) - i64::from(u32::from(*pair.0));
    let mut steps = rest.iter().zip(rest.iter().skip(1)).map(step);
    match steps.next() {
        Some(first @ -1..=1) => steps.take_while(|step| *step == first).count().saturating_add(2),
        Some(_) | None => 1,
    }
}

fn is_year(piece: &str) -> bool {
    let of_century = piece.starts_with("19") || piece.starts_with("20");
    piece.len() == 4 && of_century && piece.bytes().all(|byte| byte.is_ascii_digit())
}

fn small(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// The letter that a digit or sign stands for.
const fn unleet(c: char, one: char) -> char {
    match c {
        '@' | '4' => 'a',
        '8' => 'b',
        '(' | '<' => 'c',
        '3' | '€' => 'e',
        '6' | '9' => 'g',
        '1' | '!' | '|' => one,
        '0' => 'o',
        '$' | '5' => 's',
        '7' | '+' => 't',
        '2' => 'z',
        other => other,
    }
}

#[cfg(test)]
mod tests;
