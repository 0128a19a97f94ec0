//! Which terms are stored for a person, and which are asked for.

use std::collections::BTreeSet;

use crate::{
    Known, Sex, Term, TermKind, Text,
    document::Document,
    phone::Phone,
    words::{Name, Word},
};

/// The largest number of terms that are stored for one person.
pub const MOST_TERMS: usize = 64;

/// The largest number of terms that are asked for at once.
const MOST_ASKED: usize = 256;

/// Years of birth in one band.
const BAND: i32 = 4;
/// How far a year of birth may be off, in years.
const SLACK: i32 = 3;

/// Shorter keys would be alike with hardly anything left.
const SHORTEST_GRAM: usize = 4;
/// How many sounds of a key are left out, one at a time.
const MOST_GRAMS: usize = 6;

/// What stands for a year or a sex that is not known.
const UNKNOWN: &str = "-";

/// Returns the terms that are stored for a person: deduplicated, at most [`MOST_TERMS`], the most telling
/// first.
#[must_use]
pub fn terms(known: &Known<'_>) -> Vec<Term> {
    let bands = vec![known.birth_year.map_or_else(unknown, band)];
    let sexes = vec![known.sex.map_or(UNKNOWN, sex_code)];
    collected(known, &bands, &sexes, MOST_TERMS)
}

/// Returns the terms that are asked for: those that are stored, with the neighbouring years of birth, and
/// with people whose year or sex is not known.
#[must_use]
pub fn query_terms(known: &Known<'_>) -> Vec<Term> {
    let mut bands: Vec<String> = known.birth_year.map_or_else(Vec::new, |year| {
        let years = year.saturating_sub(SLACK)..=year.saturating_add(SLACK);
        years.map(band).collect::<BTreeSet<_>>().into_iter().collect()
    });
    bands.push(unknown());
    let sexes = match known.sex {
        Some(sex) => vec![sex_code(sex), UNKNOWN],
        None => vec!["f", "m", "o", UNKNOWN],
    };
    collected(known, &bands, &sexes, MOST_ASKED)
}

fn unknown() -> String {
    UNKNOWN.to_owned()
}

fn band(year: i32) -> String {
    year.div_euclid(BAND).to_string()
}

const fn sex_code(sex: Sex) -> &'static str {
    match sex {
        Sex::Female => "f",
        Sex::Male => "m",
        Sex::Other => "o",
    }
}

fn collected(known: &Known<'_>, bands: &[String], sexes: &[&str], most: usize) -> Vec<Term> {
    let mut terms = Terms { seen: BTreeSet::new(), in_order: Vec::new() };
    for phone in known.phones.iter().filter_map(|text| Phone::read(text, known.default_country)) {
        terms.add(TermKind::Phone, phone.end().to_owned());
    }
    for document in known.documents.iter().filter_map(|text| Document::read(text)) {
        terms.add(TermKind::Document, document.seen().to_owned());
    }
    let names: Vec<Name> = known.names.iter().map(|text| Name::read(text)).collect();
    for name in &names {
        terms.add_rare(name);
        terms.add_with_initials(name);
    }
    for name in &names {
        terms.add_with_years(name, bands, sexes);
    }
    for name in &names {
        terms.add_grams(name);
    }
    terms.in_order.truncate(most);
    terms.in_order
}

/// Terms in the order of how telling they are, each once.
struct Terms {
    seen: BTreeSet<Term>,
    in_order: Vec<Term>,
}

impl Terms {
    fn add(&mut self, kind: TermKind, text: String) {
        let term = Term { kind, text: Text(text) };
        if self.seen.insert(term.clone()) {
            self.in_order.push(term);
        }
    }

    fn add_rare(&mut self, name: &Name) {
        let alone = name.words.iter().filter(|word| !word.common && !word.is_initial());
        for word in alone.chain(&name.joined()) {
            for key in &word.keys {
                self.add(TermKind::NameRare, key.clone());
            }
        }
    }

    fn add_with_initials(&mut self, name: &Name) {
        for (at, word) in telling(name) {
            let others = name.words.iter().enumerate().filter(|(other, _)| *other != at);
            for initial in others.filter_map(|(_, other)| other.initial()) {
                for key in &word.keys {
                    self.add(TermKind::NameInitial, format!("{key} {initial}"));
                }
            }
        }
    }

    /// Two keys that differ by one sound have one of these in common, or one of them is the other's.
    fn add_grams(&mut self, name: &Name) {
        for (at, word) in telling(name) {
            let Some(key) = word.keys.first().filter(|key| key.len() >= SHORTEST_GRAM) else {
                continue;
            };
            let others = name.words.iter().enumerate().filter(|(other, _)| *other != at);
            for initial in others.filter_map(|(_, other)| other.initial()) {
                self.add(TermKind::NameGram, format!("{key} {initial}"));
                for left_out in 0..key.len().min(MOST_GRAMS) {
                    let sounds = key.chars().enumerate().filter(|(at, _)| *at != left_out);
                    let gram: String = sounds.map(|(_, sound)| sound).collect();
                    self.add(TermKind::NameGram, format!("{gram} {initial}"));
                }
            }
        }
    }

    fn add_with_years(&mut self, name: &Name, bands: &[String], sexes: &[&str]) {
        for (_, word) in telling(name) {
            for key in &word.keys {
                for band in bands {
                    self.add(TermKind::NameYear, format!("{key} {band}"));
                    for sex in sexes {
                        self.add(TermKind::NameYearSex, format!("{key} {band} {sex}"));
                    }
                }
            }
        }
    }
}

/// Returns the words that tell somebody apart, with their places.
fn telling(name: &Name) -> impl Iterator<Item = (usize, &Word)> {
    name.words.iter().enumerate().filter(|(_, word)| !word.is_initial() && !word.is_servant())
}
