//! Which search terms a person's identity gives, and how alike two identities are (rule R12).
//!
//! Pure: no input, no output, no clock, no cryptography. The house puts [`terms`] through a keyed digest,
//! cuts them to [`bits`] and stores them; asks with [`query_terms`]; takes for candidates those of whom
//! [`enough`] terms are shared, at most [`MOST_CANDIDATES`] by [`weight`]; opens them, and ranks them by
//! [`likeness`].
//!
//! # From a name to a term
//!
//! 1. [`plain`]: any script becomes `a` to `z`. Arabic has a table of its own (`arabic`).
//! 2. Words: titles, articles and "son of" go (`data/particles.txt`), unless nothing is left. Servant names
//!    are parted (Abdoulkader, Abd el Kader, Abdourahmane). The order of the words is of no account.
//! 3. Sound: spellings of one sound in English, French and Portuguese meet (`sound`).
//! 4. Variants: what is one name and does not sound so is listed (`data/variants.txt`), short forms with it.
//!    Mohamed, Muhammad and محمد are one name. Mamadou is found by it and found less alike, because brothers
//!    bear both, while one man is written down as either.
//! 5. Terms are made of sounds, never of spellings.
//!
//! # What a term gives away
//!
//! To somebody who has the rows but not the key: that two people share a value of some kind, and how many
//! share it. A value that many share can be guessed by its count, so that no common name is a term by itself
//! (`data/common.txt`) and the rest are compounds. To somebody who has the key too: whether a guessed name
//! may be there; truncation leaves 2 or more people for each value.
//!
//! | kind | made of | 10,000 people | fullest value | gives away |
//! | --- | --- | --- | --- | --- |
//! | `Phone` | the last 7 digits | 32 bits | 2 rows | that two people use one telephone |
//! | `Document` | the number, O as 0, I as 1 | 32 bits | 1 row | that two people show one document |
//! | `NameRare` | one sound that few bear, or two neighbours as one | 12 bits | 79 rows | that two share a rare name, or another by chance |
//! | `NameInitial` | one sound and another's beginning | 12 bits | 176 rows | the most common compounds, such as an Aminata whose other name begins with S |
//! | `NameGram` | the same, with a sound left out | 12 bits | 127 rows | less of the same |
//! | `NameYear` | one sound and four years of birth | 12 bits | 117 rows | that many people of one age bear one name |
//! | `NameYearSex` | the same, and the sex | 12 bits | 111 rows | the same |
//!
//! Names keep the largest N with 2^N < R/2 for a population of R, which is above the square root of R from
//! R = 16 on. The figures are those of `cargo run -p refero-names --release --example evaluate`, which also
//! tells how many are found again: `docs/decisions/0006-people-are-looked-for-by-compounds.md`.

mod arabic;
mod document;
mod likeness;
mod phone;
mod plain;
mod sound;
mod term;
mod terms;
mod words;

pub use likeness::{Likeness, POSSIBLE, Reason, Sought, likeness};
pub use plain::plain;
pub use term::{AT_FIRST, MOST_CANDIDATES, Term, TermKind, Text, bits, enough, weight};
pub use terms::{MOST_TERMS, query_terms, terms};

/// The version of the normalisation. Terms of another version do not meet these: whoever changes what a
/// term is made of raises it, and the house writes its index anew.
pub const VERSION: u32 = 2;

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
