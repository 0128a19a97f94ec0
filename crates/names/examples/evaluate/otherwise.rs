//! How the same person is written down by the next officer.

use std::collections::HashMap;

use crate::{chance::Chance, people::Person};

/// What happened to an identity on its way into another register.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Change {
    /// A spelling that registers and newspapers know.
    Spelling,
    /// Heard by somebody who writes another language.
    Respelt,
    /// Sounds that the library keeps apart, confused in hearing.
    Misheard,
    /// A slip of the fingers.
    Typo,
    /// Written in Arabic script.
    Arabic,
    /// Family name first.
    Swapped,
    /// A part of the name is missing.
    PartMissing,
    /// A part of the name is an initial.
    Initial,
    /// A title or a second name came with it.
    PartAdded,
    YearOff,
    YearMissing,
    SexMissing,
    /// Another telephone, or none.
    PhoneChanged,
    DocumentMissing,
}

/// Spellings by name.
pub(crate) struct Habits {
    spellings: HashMap<&'static str, Vec<&'static str>>,
    arabic: HashMap<&'static str, &'static str>,
}

impl Habits {
    pub(crate) fn new() -> Self {
        let lines = |file: &'static str| file.lines().filter(|line| !line.starts_with('#'));
        let spellings = lines(include_str!("data/spellings.txt")).map(|line| {
            let mut words = line.split_whitespace();
            (words.next().unwrap(), words.collect())
        });
        let arabic =
            lines(include_str!("data/arabic.txt")).map(|line| line.split_once(' ').unwrap());
        Self { spellings: spellings.collect(), arabic: arabic.collect() }
    }

    /// Returns the person as somebody else would register them, and what changed.
    pub(crate) fn otherwise(&self, person: &Person, chance: &mut Chance) -> (Person, Vec<Change>) {
        let mut other = person.clone();
        let mut changes = Vec::new();
        if chance.says(0.05)
            && other.name.iter().any(|part| self.arabic.contains_key(part.as_str()))
        {
            changes.push(Change::Arabic);
            other.name = other.name.iter().map(|part| self.in_arabic(part, chance)).collect();
        } else {
            for part in &mut other.name {
                *part = self.part_otherwise(part, chance, &mut changes);
            }
        }
        parts(&mut other, chance, &mut changes);
        facts(&mut other, chance, &mut changes);
        other.written = other.name.join(" ");
        changes.sort_unstable();
        changes.dedup();
        (other, changes)
    }

    fn part_otherwise(&self, part: &str, chance: &mut Chance, changes: &mut Vec<Change>) -> String {
        let what = chance.unit();
        let known = self.spellings.get(part);
        let (change, other) = if what < 0.38 {
            return part.to_owned();
        } else if what < 0.68 {
            match known {
                Some(spellings) => (Change::Spelling, chance.one(spellings).replace('-', " ")),
                None => (Change::Respelt, respelt(part, chance)),
            }
        } else if what < 0.78 {
            (Change::Respelt, respelt(part, chance))
        } else if what < 0.88 {
            (Change::Misheard, misheard(part, chance))
        } else {
            (Change::Typo, typo(part, chance))
        };
        if other != part {
            changes.push(change);
        }
        other
    }

    fn in_arabic(&self, part: &str, chance: &mut Chance) -> String {
        match self.arabic.get(part) {
            Some(written) => (*written).to_owned(),
            None => letter_by_letter(part, chance),
        }
    }
}

/// Changes which parts of the name are there, and in which order.
fn parts(other: &mut Person, chance: &mut Chance, changes: &mut Vec<Change>) {
    if other.name.len() > 1 && chance.says(0.12) {
        changes.push(Change::PartMissing);
        let missing = chance.below(other.name.len());
        other.name.remove(missing);
    } else if other.name.len() > 1 && chance.says(0.03) {
        changes.push(Change::Initial);
        let first = other.name[0].chars().next().unwrap();
        other.name[0] = format!("{first}.");
    }
    if other.name.len() > 1 && chance.says(0.3) {
        changes.push(Change::Swapped);
        other.name.rotate_right(1);
    }
    if chance.says(0.08) {
        changes.push(Change::PartAdded);
        let added = chance
            .one(&["El Hadj", "Mme", "Alhaji", "Bébé", "Junior", "Baby", "Mr", "Hadja", "Papa"]);
        other.name.insert(0, added.to_owned());
    }
}

/// Changes what is known beside the name.
fn facts(other: &mut Person, chance: &mut Chance, changes: &mut Vec<Change>) {
    if let Some(year) = other.birth_year {
        let what = chance.unit();
        if what < 0.2 {
            other.birth_year = None;
            changes.push(Change::YearMissing);
        } else if what < 0.55 {
            other.birth_year = Some(year + chance.one(&[-3, -2, -1, -1, 1, 1, 2, 3]));
            changes.push(Change::YearOff);
        }
    }
    if other.sex.is_some() && chance.says(0.1) {
        other.sex = None;
        changes.push(Change::SexMissing);
    }
    if other.phone.is_some() && chance.says(0.7) {
        other.phone = chance.says(0.6).then(|| chance.phone());
        changes.push(Change::PhoneChanged);
    }
    if other.document.is_some() && chance.says(0.75) {
        other.document = None;
        changes.push(Change::DocumentMissing);
    }
}

/// Habits of spelling, each applied by chance; they run from any language to any other.
const RESPELT: [(&str, &str); 44] = [
    ("ou", "u"),
    ("ou", "oo"),
    ("ou", "w"),
    ("u", "ou"),
    ("oo", "ou"),
    ("dj", "j"),
    ("j", "dj"),
    ("di", "dj"),
    ("ch", "sh"),
    ("sh", "ch"),
    ("ch", "tch"),
    ("th", "t"),
    ("t", "th"),
    ("k", "c"),
    ("c", "k"),
    ("qu", "kw"),
    ("kw", "qu"),
    ("y", "i"),
    ("i", "y"),
    ("ph", "f"),
    ("f", "ph"),
    ("gn", "ny"),
    ("ny", "ni"),
    ("é", "ay"),
    ("é", "eh"),
    ("e", "é"),
    ("ss", "s"),
    ("s", "ss"),
    ("ll", "l"),
    ("l", "ll"),
    ("tt", "t"),
    ("nn", "n"),
    ("ah", "a"),
    ("a", "ah"),
    ("w", "ou"),
    ("aï", "ai"),
    ("ai", "ay"),
    ("ey", "aye"),
    ("gu", "g"),
    ("kh", "k"),
    ("h", ""),
    ("oua", "wa"),
    ("ie", "y"),
    ("ee", "i"),
];

fn respelt(part: &str, chance: &mut Chance) -> String {
    let mut other = part.to_lowercase();
    for _ in 0..2 {
        let fitting: Vec<_> = RESPELT.iter().filter(|(from, _)| other.contains(from)).collect();
        if !fitting.is_empty() {
            let (from, to) = *chance.one(&fitting);
            other = other.replacen(from, to, 1);
        }
    }
    other
}

/// Pairs of sounds that are not one name's spellings but are confused in hearing.
const MISHEARD: [(&str, &str); 34] = [
    ("r", "l"),
    ("l", "r"),
    ("p", "b"),
    ("b", "p"),
    ("t", "d"),
    ("d", "t"),
    ("k", "g"),
    ("g", "k"),
    ("v", "b"),
    ("v", "f"),
    ("z", "j"),
    ("s", "z"),
    ("m", "n"),
    ("n", "m"),
    ("ng", "n"),
    ("n", "ng"),
    ("a", "e"),
    ("e", "a"),
    ("e", "i"),
    ("i", "e"),
    ("o", "u"),
    ("u", "o"),
    ("a", "o"),
    ("o", "a"),
    ("w", "v"),
    ("kh", "r"),
    ("gb", "kp"),
    ("nd", "n"),
    ("mb", "m"),
    ("sh", "s"),
    ("ch", "k"),
    ("j", "y"),
    ("ou", "o"),
    ("ia", "ya"),
];

fn misheard(part: &str, chance: &mut Chance) -> String {
    let other = part.to_lowercase();
    let fitting: Vec<_> = MISHEARD.iter().filter(|(from, _)| other.contains(from)).collect();
    if fitting.is_empty() {
        return other;
    }
    let (from, to) = *chance.one(&fitting);
    other.replacen(from, to, 1)
}

fn typo(part: &str, chance: &mut Chance) -> String {
    let mut letters: Vec<char> = part.chars().collect();
    let at = chance.below(letters.len());
    let letter = chance.one(&['a', 'e', 'i', 'o', 'u', 'n', 's', 't', 'r', 'm', 'l', 'd', 'k']);
    match chance.below(4) {
        0 if letters.len() > 2 => {
            letters.remove(at);
        }
        1 => letters.insert(at, letter),
        2 => letters[at] = letter,
        _ => {
            let next = (at + 1).min(letters.len() - 1);
            letters.swap(at, next);
        }
    }
    letters.into_iter().collect()
}

/// Writes a name that has no usual Arabic form: consonants, most of the vowels.
fn letter_by_letter(part: &str, chance: &mut Chance) -> String {
    let letters = [
        ("ou", "و"),
        ("ch", "ش"),
        ("sh", "ش"),
        ("th", "ت"),
        ("kh", "خ"),
        ("gh", "غ"),
        ("dj", "ج"),
        ("ph", "ف"),
        ("a", "ا"),
        ("b", "ب"),
        ("c", "ك"),
        ("d", "د"),
        ("e", "ي"),
        ("é", "ي"),
        ("è", "ي"),
        ("ï", "ي"),
        ("f", "ف"),
        ("g", "غ"),
        ("h", "ه"),
        ("i", "ي"),
        ("j", "ج"),
        ("k", "ك"),
        ("l", "ل"),
        ("m", "م"),
        ("n", "ن"),
        ("o", "و"),
        ("p", "ب"),
        ("q", "ق"),
        ("r", "ر"),
        ("s", "س"),
        ("t", "ت"),
        ("u", "و"),
        ("v", "ف"),
        ("w", "و"),
        ("x", "كس"),
        ("y", "ي"),
        ("z", "ز"),
    ];
    let lower = part.to_lowercase();
    let (mut rest, mut written) = (lower.as_str(), String::new());
    while let Some(first) = rest.chars().next() {
        let found = letters.iter().find(|(from, _)| rest.starts_with(from));
        let vowel = "aeiouéèï".contains(first);
        if let Some((from, to)) = found {
            let unwritten = vowel && !written.is_empty() && chance.says(0.4);
            if !unwritten && !written.ends_with(to) {
                written.push_str(to);
            }
            rest = &rest[from.len()..];
        } else {
            rest = &rest[first.len_utf8()..];
        }
    }
    written
}
