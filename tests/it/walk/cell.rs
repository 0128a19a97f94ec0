//! What somebody got for an answer, in a few letters.

use std::fmt;

use serde_json::Value;

use super::records::{CARED, NAME, TOLD, WOUND};
use crate::world::Answer;

/// An answer, as it stands in a cell of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    /// 401.
    Unknown,
    /// Nothing is there: to the byte as for a record that does not exist.
    Hidden,
    /// 403: it may be seen, and this may not be done.
    Forbidden,
    /// It may be done, and not now: a rule stands in the way, with its code.
    Refused(String),
    /// It may be done, whatever came of it.
    Allowed,
    /// It was shown, or done and shown.
    Shown { done: bool, classes: String, withheld: String },
}

/// The rules that may stand in the way of somebody who is in order.
const RULES: [&str; 7] = [
    "illegal-transition",
    "not-draft",
    "self-approval",
    "second-person-required",
    "open-referrals",
    "consent-required",
    "legal-basis-not-allowed",
];

/// What an act asks for is not open on this record (any more).
const NOT_THERE: &str = "reference-unknown";

/// What gives a class of data away: the words that the walk plants, and members of answers. And what
/// a timeline tells of.
const SIGNS: [(char, &[&str]); 8] = [
    (
        'r',
        &[
            TOLD,
            "\"risk_level\":",
            "\"answers\":",
            "\"giver\":",
            "\"status_before\":",
            "\"ruled_out\":",
        ],
    ),
    ('i', &[NAME]),
    ('m', &[WOUND]),
    ('c', &[CARED]),
    ('s', &["\"screening.create\""]),
    ('k', &["\"consent.create\""]),
    ('n', &["\"note.create\""]),
    ('f', &["\"referral.create\""]),
];

/// The letters of the classes that can be named as withheld.
const LETTERS: [(&str, char); 6] = [
    ("operational", 'o'),
    ("case_restricted", 'r'),
    ("identity_sealed", 'i'),
    ("medical", 'm'),
    ("investigation", 'v'),
    ("safe_location", 'l'),
];

/// Reads an answer; a page or a document is one long word.
fn told(answer: &Answer) -> Value {
    let kind = answer.header("content-type").unwrap_or_default();
    if kind.starts_with("application/json") { answer.json() } else { Value::String(answer.text()) }
}

impl Cell {
    /// Reads an answer that is not 404.
    #[track_caller]
    pub(super) fn of(answer: &Answer, done: bool) -> Self {
        let code = || answer.text_at("/code");
        match answer.status {
            200 | 201 => Self::shown(&told(answer), done),
            401 => Self::Unknown,
            403 if code() == "not-permitted" => Self::Forbidden,
            403 | 409 if RULES.contains(&code().as_str()) => Self::Refused(code()),
            422 if answer.text().contains(&format!("\"{NOT_THERE}\"")) => {
                Self::Refused(NOT_THERE.to_owned())
            }
            _ => panic!("{} answered {} {}", answer.asked(), answer.status, answer.text()),
        }
    }

    /// Reads what was shown.
    pub(super) fn shown(json: &Value, done: bool) -> Self {
        let text = json.to_string();
        let mut classes = String::from("o");
        for (letter, signs) in SIGNS {
            if signs.iter().any(|sign| text.contains(sign)) {
                classes.push(letter);
            }
        }
        let mut codes = Vec::new();
        withheld(json, &mut codes);
        for code in &codes {
            assert!(LETTERS.iter().any(|(class, _)| class == code), "{code} is withheld: {json}");
        }
        let named = LETTERS.iter().filter(|(class, _)| codes.contains(class));
        Self::Shown { done, classes, withheld: named.map(|(_, letter)| letter).collect() }
    }

    /// Returns the letters of the classes that were shown.
    pub(super) fn classes(&self) -> &str {
        match self {
            Self::Shown { classes, .. } => classes,
            _ => "",
        }
    }

    /// Says whether the caller learnt that the record is there.
    pub(super) fn is_known(&self) -> bool {
        !matches!(self, Self::Unknown | Self::Hidden)
    }
}

/// Collects what an answer, and everything in it, names as withheld.
fn withheld<'j>(json: &'j Value, codes: &mut Vec<&'j str>) {
    match json {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::Array(classes) if name == "withheld" => {
                        codes.extend(classes.iter().filter_map(Value::as_str));
                    }
                    _ => withheld(value, codes),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| withheld(item, codes)),
        _ => {}
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.pad("-"),
            Self::Hidden => f.pad("."),
            Self::Forbidden => f.pad("x"),
            Self::Refused(_) => f.pad("="),
            Self::Allowed => f.pad("+"),
            Self::Shown { done, classes, withheld } => {
                let slash = if withheld.is_empty() { "" } else { "/" };
                let done = if *done { "+" } else { "" };
                f.pad(&format!("{done}{classes}{slash}{withheld}"))
            }
        }
    }
}
