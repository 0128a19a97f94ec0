//! How alike two identities are, once both are open.

mod align;

use align::{Aligned, align};

use crate::{
    Known, Sex,
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
///
/// A duplicate that is missed costs more than one that is looked at and dismissed: of the people whom
/// `examples/evaluate` writes down again it finds 85 of 100, with 1.2 namesakes beside each.
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

/// Somebody who is compared with many: what is known of them is read once.
///
/// It has no `Debug`, as [`Known`] has none.
pub struct Sought {
    names: Vec<Name>,
    birth_year: Option<i32>,
    sex: Option<Sex>,
    phones: Vec<Phone>,
    documents: Vec<Document>,
}

impl Sought {
    /// Reads what is known of somebody.
    #[must_use]
    pub fn new(known: &Known<'_>) -> Self {
        let country = known.default_country;
        Self {
            names: known.names.iter().map(|text| Name::read(text)).collect(),
            birth_year: known.birth_year,
            sex: known.sex,
            phones: known.phones.iter().filter_map(|text| Phone::read(text, country)).collect(),
            documents: known.documents.iter().filter_map(|text| Document::read(text)).collect(),
        }
    }

    /// Compares with a candidate. The score is 1 for an identity with a name and itself.
    #[must_use]
    pub fn likeness(&self, candidate: &Known<'_>) -> Likeness {
        compared(self, &Self::new(candidate))
    }
}

/// Compares two identities. The score is 1 for an identity with a name and itself.
#[must_use]
pub fn likeness(asked: &Known<'_>, candidate: &Known<'_>) -> Likeness {
    Sought::new(asked).likeness(candidate)
}

fn compared(asked: &Sought, candidate: &Sought) -> Likeness {
    let mut reasons = Vec::new();
    let names = names(asked, candidate, &mut reasons);
    // The commoner the names, the more the year counts.
    let doubt = (2.5 - names.evidence).clamp(0.5, 1.5);
    let mut score = names.score * doubt.mul_add(-years(asked, candidate, &mut reasons), 1.0);
    score *= sexes(asked, candidate, &mut reasons);
    if asked.phones.iter().any(|phone| candidate.phones.iter().any(|other| phone.same(other))) {
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

fn names(asked: &Sought, candidate: &Sought, reasons: &mut Vec<Reason>) -> Aligned {
    let mut best = Aligned::default();
    for name in &asked.names {
        for other in &candidate.names {
            let aligned = align(name, other);
            // Of two that are as alike, the one that says more: the same from both sides.
            if (aligned.score, aligned.evidence) > (best.score, best.evidence) {
                best = aligned;
            }
        }
    }
    if asked.names.is_empty() || candidate.names.is_empty() {
        return best;
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
    best
}

/// Returns what two years of birth take from a score.
fn years(asked: &Sought, candidate: &Sought, reasons: &mut Vec<Reason>) -> f64 {
    let (Some(a), Some(b)) = (asked.birth_year, candidate.birth_year) else {
        return if asked.birth_year == candidate.birth_year { 0.0 } else { 0.08 };
    };
    let (reason, loss) = match a.abs_diff(b) {
        0 => (Reason::YearSame, 0.0),
        1 => (Reason::YearNear, 0.03),
        2 => (Reason::YearNear, 0.06),
        3 => (Reason::YearNear, 0.08),
        4..=5 => (Reason::YearDiffers, 0.25),
        6..=10 => (Reason::YearDiffers, 0.4),
        _ => (Reason::YearDiffers, 0.5),
    };
    reasons.push(reason);
    loss
}

/// Returns what is left of a score when the sexes differ.
fn sexes(asked: &Sought, candidate: &Sought, reasons: &mut Vec<Reason>) -> f64 {
    match (asked.sex, candidate.sex) {
        (Some(a), Some(b)) if a != b => {
            reasons.push(Reason::SexDiffers);
            0.75
        }
        (Some(_), Some(_)) | (None, None) => 1.0,
        (Some(_), None) | (None, Some(_)) => 0.98,
    }
}

fn documents(asked: &Sought, candidate: &Sought) -> Option<Agreement> {
    let agreements = asked.documents.iter().flat_map(|document| {
        candidate.documents.iter().filter_map(|other| document.agreement(other))
    });
    agreements.max()
}
