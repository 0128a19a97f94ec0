//! Which search terms a person's identity gives, and how alike two identities are.
//!
//! Pure: no input, no output, no clock, no cryptography. The house puts [`terms`] through a keyed digest,
//! truncates them to [`bits`] and stores them; asks with [`query_terms`]; takes whom [`enough`] calls a
//! candidate; opens the candidates and ranks them by [`likeness`].

mod arabic;
mod document;
mod likeness;
mod phone;
mod plain;
mod sound;
mod term;
mod terms;
mod words;

pub use likeness::{Likeness, POSSIBLE, Reason, likeness};
pub use plain::plain;
pub use term::{Term, TermKind, Text, bits, enough, weight};
pub use terms::{MOST_TERMS, query_terms, terms};

/// The version of the normalisation. Terms of another version do not meet these: whoever changes what a
/// term is made of raises it, and the house writes its index anew.
pub const VERSION: u32 = 1;

/// What is known about a person for matching; borrowed from the sealed identity while it is open.
///
/// It has no `Debug`, as the identity has none.
#[derive(Clone, Default)]
pub struct Known<'a> {
    /// Names, in any script and order of parts.
    pub names: Vec<&'a str>,
    /// The year of birth.
    pub birth_year: Option<i32>,
    /// The sex.
    pub sex: Option<Sex>,
    /// Telephone numbers.
    pub phones: Vec<&'a str>,
    /// Numbers of documents.
    pub documents: Vec<&'a str>,
    /// Where telephone numbers without a country are from, ISO 3166-1 alpha-2.
    pub default_country: Option<&'a str>,
}

/// The sex of a person, as far as it is used to tell people apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Neither.
    Other,
}
