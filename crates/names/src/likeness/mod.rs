//! How alike two identities are, once both are open.

mod align;

use crate::{
    Known,
    document::{Agreement, Document},
    phone::Phone,
    words::Name,
};

/// How alike two identities are, and why.
#[derive(Clone, PartialEq, Debug)]
pub struct Likeness {
    /// From 0, nothing in common, to 1.
    pub score: f64,
    /// What speaks for it and against it.
    pub reasons: Vec<Reason>,
}

/// From this score on two people are possibly one (rule R12).
pub const POSSIBLE: f64 = 0.8;

/// What speaks for or against two people being one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Reason {
    /// A telephone number of both.
    SamePhone,
    /// A document of both, as the eye reads it.
    SameDocument,
    /// Documents whose numbers differ by one slip.
    DocumentNear,
    /// Every part of the name is written the same.
    NamesSame,
    /// The names sound alike, or are variants of each other.
    NamesAlike,
    /// The parts of the name stand in another order.
    NamesSwapped,
    /// One name has parts that the other lacks.
    NamePartMissing,
    /// The names have little in common.
    NamesDiffer,
    /// The same year of birth.
    YearSame,
    /// Years of birth at most three apart.
    YearNear,
    /// Years of birth more than three apart.
    YearDiffers,
    /// Another sex.
    SexDiffers,
}

/// Names less alike than this say nothing.
const ALIKE: f64 = 0.55;

/// Compares two identities. The score is 1 for an identity with a name and itself.
#[must_use]
pub fn likeness(asked: &Known<'_>, candidate: &Known<'_>) -> Likeness {
    let mut reasons = Vec::new();
    let mut score = names(asked, candidate, &mut reasons);
    score *= years(asked, candidate, &mut reasons);
    score *= sexes(asked, candidate, &mut reasons);
    let phone = same_phone(asked, candidate);
    if phone {
        reasons.push(Reason::SamePhone);
        score = raised(score, 0.5);
    }
    match documents(asked, candidate) {
        Some(Agreement::Exactly | Agreement::Seen) => {
            reasons.push(Reason::SameDocument);
            score = raised(score, 0.85);
        }
        Some(Agreement::Nearly) => {
            reasons.push(Reason::DocumentNear);
            score = raised(score, 0.5);
        }
        None => {}
    }
    reasons.sort_unstable();
    Likeness { score: score.clamp(0.0, 1.0), reasons }
}

/// Goes a part of the way that is left to 1.
fn raised(score: f64, part: f64) -> f64 {
    (1.0 - score).mul_add(part, score)
}

fn names(asked: &Known<'_>, candidate: &Known<'_>, reasons: &mut Vec<Reason>) -> f64 {
    let candidates: Vec<Name> = candidate.names.iter().map(|text| Name::read(text)).collect();
    let mut best = align::Aligned::default();
    for name in asked.names.iter().map(|text| Name::read(text)) {
        for other in &candidates {
            let aligned = align::align(&name, other);
            if aligned.score > best.score {
                best = aligned;
            }
        }
    }
    if asked.names.is_empty() || candidate.names.is_empty() {
        return 0.0;
    }
    reasons.push(if best.same {
        Reason::NamesSame
    } else if best.score >= ALIKE {
        Reason::NamesAlike
    } else {
        Reason::NamesDiffer
    });
    if best.swapped {
        reasons.push(Reason::NamesSwapped);
    }
    if best.part_missing {
        reasons.push(Reason::NamePartMissing);
    }
    best.score
}

fn years(asked: &Known<'_>, candidate: &Known<'_>, reasons: &mut Vec<Reason>) -> f64 {
    let (Some(a), Some(b)) = (asked.birth_year, candidate.birth_year) else {
        return if asked.birth_year == candidate.birth_year { 1.0 } else { 0.95 };
    };
    let (reason, factor) = match a.abs_diff(b) {
        0 => (Reason::YearSame, 1.0),
        1 => (Reason::YearNear, 0.98),
        2 => (Reason::YearNear, 0.95),
        3 => (Reason::YearNear, 0.92),
        4..=5 => (Reason::YearDiffers, 0.8),
        6..=10 => (Reason::YearDiffers, 0.65),
        _ => (Reason::YearDiffers, 0.5),
    };
    reasons.push(reason);
    factor
}

fn sexes(asked: &Known<'_>, candidate: &Known<'_>, reasons: &mut Vec<Reason>) -> f64 {
    match (asked.sex, candidate.sex) {
        (Some(a), Some(b)) if a != b => {
            reasons.push(Reason::SexDiffers);
            0.75
        }
        (Some(_), Some(_)) | (None, None) => 1.0,
        (Some(_), None) | (None, Some(_)) => 0.98,
    }
}

fn same_phone(asked: &Known<'_>, candidate: &Known<'_>) -> bool {
    let phones = |known: &Known<'_>| -> Vec<Phone> {
        let country = known.default_country;
        known.phones.iter().filter_map(|text| Phone::read(text, country)).collect()
    };
    let others = phones(candidate);
    phones(asked).iter().any(|phone| others.iter().any(|other| phone.same(other)))
}

fn documents(asked: &Known<'_>, candidate: &Known<'_>) -> Option<Agreement> {
    let read = |known: &Known<'_>| -> Vec<Document> {
        known.documents.iter().filter_map(|text| Document::read(text)).collect()
    };
    let others = read(candidate);
    read(asked)
        .iter()
        .flat_map(|document| others.iter().filter_map(|other| document.agreement(other)))
        .max()
}
