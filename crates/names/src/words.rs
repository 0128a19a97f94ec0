//! The words of a name, with everything that is known about each.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use crate::{
    plain::plain,
    sound::{Sound, sound},
};

/// More words make no name.
const MOST_WORDS: usize = 10;
/// What is read of one word.
const LONGEST_WORD: usize = 32;

/// Words that say nothing about who somebody is: `data/particles.txt`.
static PARTICLES: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| entries(include_str!("../data/particles.txt")).collect());

/// Spellings and the name that they belong to: `data/variants.txt`.
static VARIANTS: LazyLock<HashMap<String, Variant>> =
    LazyLock::new(|| variants(include_str!("../data/variants.txt")));

/// How names that many bear sound: `data/common.txt`.
static COMMON: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let keys = entries(include_str!("../data/common.txt")).map(|name| match VARIANTS.get(name) {
        Some(variant) => variant.key.clone(),
        None => sound(name).key,
    });
    keys.collect()
});

/// How a word belongs to a name of the list of variants.
struct Variant {
    name: &'static str,
    /// How that name sounds.
    key: String,
    /// A spelling of it, not a short form or a name that is given beside it.
    close: bool,
}

/// One word of a name.
#[derive(Clone)]
pub(crate) struct Word {
    pub(crate) plain: String,
    pub(crate) spoken: String,
    /// How it may sound, the likeliest first: at most three.
    pub(crate) keys: Vec<String>,
    variant: Option<&'static Variant>,
    /// Whether many people bear it.
    pub(crate) common: bool,
}

/// A name in its words.
#[derive(Clone)]
pub(crate) struct Name {
    pub(crate) words: Vec<Word>,
    /// Neighbouring words written as one, as they are spelt.
    pub(crate) joined: Vec<String>,
}

/// How two words are the same name although they are spelt otherwise.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kinship {
    /// Two spellings of one name.
    Spelling,
    /// A short form of it, or a name that is given beside it.
    Beside,
}

impl Word {
    fn new(plain: &str) -> Self {
        let plain: String = plain.chars().take(LONGEST_WORD).collect();
        let Sound { spoken, key, other } = sound(&plain);
        let variant = VARIANTS.get(&plain);
        // As the name it is a variant of, then as it stands.
        let mut keys: Vec<String> =
            variant.map(|variant| variant.key.clone()).into_iter().collect();
        for key in std::iter::once(key).chain(other) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        let common = keys.first().is_some_and(|key| COMMON.contains(key));
        Self { plain, spoken, keys, variant, common }
    }

    /// Returns how the word begins; the same for every reading that matters.
    pub(crate) fn initial(&self) -> Option<char> {
        self.keys.first().and_then(|key| key.chars().next())
    }

    /// Says whether this is the initial of a name.
    pub(crate) fn is_initial(&self) -> bool {
        self.plain.len() == 1
    }

    /// Says whether this is the "servant of" of names like Abdou Rahmane.
    pub(crate) fn is_servant(&self) -> bool {
        self.variant.is_some_and(|variant| variant.name == SERVANT)
    }

    pub(crate) fn kinship(&self, other: &Self) -> Option<Kinship> {
        let (a, b) = (self.variant?, other.variant?);
        (a.name == b.name).then_some(if a.close && b.close {
            Kinship::Spelling
        } else {
            Kinship::Beside
        })
    }
}

impl Name {
    pub(crate) fn read(text: &str) -> Self {
        let plain = plain(text);
        let all: Vec<&str> = plain.split(' ').filter(|word| !word.is_empty()).collect();
        let mut kept: Vec<&str> =
            all.iter().filter(|word| !PARTICLES.contains(*word)).copied().collect();
        if kept.is_empty() {
            kept.clone_from(&all);
        }
        let mut words: Vec<Word> = Vec::new();
        for part in servants(&kept) {
            let word = Word::new(&part);
            if words.len() < MOST_WORDS && words.iter().all(|other| other.plain != word.plain) {
                words.push(word);
            }
        }
        let neighbours = all.iter().zip(all.iter().skip(1)).take(MOST_WORDS);
        let joined = neighbours.map(|(a, b)| format!("{a}{b}")).collect();
        Self { words, joined }
    }

    /// Listens to neighbouring words written as one: Ben Ali and Benali, Marie Claire and Marieclaire. Most
    /// comparisons have no use for them.
    pub(crate) fn joined(&self) -> Vec<Word> {
        self.joined.iter().map(|word| Word::new(word)).collect()
    }
}

/// "Servant of", by its entry in the list of variants.
const SERVANT: &str = "abdu";
const SERVANTS: [&str; 11] = [
    "abdoul", "abdour", "abdul", "abdur", "abdel", "abder", "abdal", "abdil", "abdou", "abdu",
    "abd",
];

/// Parts names that are "servant of" from what follows, and joins those that are one name: Abdoulkader and
/// Abd el Kader give `abdu kader`, Abd Allah and Abdallah `abdullah`, Abu Bakr `abubakar`.
fn servants(words: &[&str]) -> Vec<String> {
    let mut parts = Vec::with_capacity(words.len());
    let mut words = words.iter().copied().peekable();
    while let Some(word) = words.next() {
        let next = words.peek().copied();
        if SERVANTS.contains(&word) && next.is_some_and(is_god) {
            words.next();
            parts.push("abdullah".to_owned());
        } else if matches!(word, "abu" | "abou") && next.is_some_and(is_bakr) {
            words.next();
            parts.push("abubakar".to_owned());
        } else if let Some(served) = served(word) {
            parts.push(SERVANT.to_owned());
            parts.push(served.to_owned());
        } else {
            parts.push(word.to_owned());
        }
    }
    parts
}

/// Says whether a word is the name of God, as it is written without vowels in Arabic (`allh`) too.
fn is_god(word: &str) -> bool {
    matches!(
        word,
        "allah" | "alah" | "llah" | "lah" | "ilah" | "lahi" | "llahi" | "laye" | "allh" | "allahi"
    )
}

fn is_bakr(word: &str) -> bool {
    matches!(
        word,
        "bakr" | "bakar" | "bacar" | "bakari" | "bakary" | "bacarr" | "bkr" | "becker" | "backr"
    )
}

/// Returns whose servant a name written in one word names.
fn served(word: &str) -> Option<&str> {
    if VARIANTS.contains_key(word) {
        return None;
    }
    let servant = SERVANTS.iter().find(|servant| word.starts_with(**servant))?;
    let (_, after) = word.split_at_checked(servant.len())?;
    // The article became the r of what follows, and is often written with it: Abdourahmane.
    let rest = match servant.strip_suffix('r') {
        Some(before) if !after.starts_with('r') => word.strip_prefix(before)?,
        _ => after,
    };
    (rest.len() >= 4).then_some(rest)
}

/// Returns the words of a data file.
fn entries(file: &'static str) -> impl Iterator<Item = &'static str> {
    file.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace)
}

fn variants(file: &'static str) -> HashMap<String, Variant> {
    let mut variants = HashMap::new();
    for line in file.lines().filter(|line| !line.starts_with('#')) {
        let Some((name, spellings)) = line.split_once(" = ") else { continue };
        let (close, beside) = spellings.split_once('~').unwrap_or((spellings, ""));
        let variant = |close| Variant { name, key: sound(name).key, close };
        variants.insert(name.to_owned(), variant(true));
        for (list, close) in [(close, true), (beside, false)] {
            for spelling in list.split_whitespace() {
                // An Arabic entry may bring its article.
                let plain = plain(spelling);
                let last = plain.rsplit(' ').next().unwrap_or_default();
                variants.entry(last.to_owned()).or_insert_with(|| variant(close));
            }
        }
    }
    variants
}
