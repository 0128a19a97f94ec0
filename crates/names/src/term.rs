//! Terms: what is put through a keyed digest, how short it is cut, and how strongly a shared one speaks.

/// One term to be put through a keyed digest and truncated to [`bits`].
///
/// The digest is taken over [`crate::VERSION`], [`TermKind::tag`] and the text, so that kinds never meet.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Term {
    /// What the term is made of.
    pub kind: TermKind,
    /// The text.
    pub text: Text,
}

/// The text of a term: personal data in the clear until it went through the digest. `Debug` prints nothing
/// of it, and it has no `Display`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(pub(crate) String);

impl Text {
    /// Returns the bytes for the digest.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Text(..)")
    }
}

/// What a term is made of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TermKind {
    /// The end of a telephone number.
    Phone,
    /// The number of a document.
    Document,
    /// How one name sounds, for names that few bear; and how two neighbouring ones sound as one word.
    NameRare,
    /// How one name sounds, and how another begins.
    NameInitial,
    /// How one name sounds but for one of its sounds, and how another begins.
    NameGram,
    /// How one name sounds, with a band of birth years.
    NameYear,
    /// How one name sounds, with a band of birth years and the sex.
    NameYearSex,
}

impl TermKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Phone,
        Self::Document,
        Self::NameRare,
        Self::NameInitial,
        Self::NameGram,
        Self::NameYear,
        Self::NameYearSex,
    ];

    /// Returns the kind's stable name, which goes into the digest.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Document => "document",
            Self::NameRare => "name_rare",
            Self::NameInitial => "name_initial",
            Self::NameGram => "name_gram",
            Self::NameYear => "name_year",
            Self::NameYearSex => "name_year_sex",
        }
    }

    /// Returns the kind's stable number, from 1, which is stored before the digest.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Phone => 1,
            Self::Document => 2,
            Self::NameRare => 3,
            Self::NameInitial => 4,
            Self::NameGram => 5,
            Self::NameYear => 6,
            Self::NameYearSex => 7,
        }
    }
}

/// The smallest population that truncation is computed for: below it, every bit would tell too much and
/// select too little.
const SMALLEST_POPULATION: u64 = 256;

/// Returns to how many bits a term is truncated where `population` people are expected.
///
/// For names the largest N with 2^N < R/2, which is above the square root of R: each value of the index is
/// then shared by two people or more on average, whatever they are called. Telephone and document numbers
/// are unique and not guessable from the index without its key: they keep 32.
///
/// Take the population that is planned for, not the one that is there: another number is another index.
#[must_use]
pub fn bits(kind: TermKind, population: u64) -> u8 {
    match kind {
        TermKind::Phone | TermKind::Document => 32,
        TermKind::NameRare
        | TermKind::NameInitial
        | TermKind::NameGram
        | TermKind::NameYear
        | TermKind::NameYearSex => {
            let half = population.max(SMALLEST_POPULATION).div_ceil(2);
            // The largest power of two below the half.
            let below = half.saturating_sub(1).max(1);
            u8::try_from(below.ilog2()).unwrap_or(32).min(32)
        }
    }
}

/// Returns how strongly one shared term speaks for two people being one; candidates are opened in the order
/// of the sum.
#[must_use]
pub const fn weight(kind: TermKind) -> u32 {
    match kind {
        TermKind::Phone | TermKind::Document => 8,
        TermKind::NameRare | TermKind::NameInitial => 2,
        TermKind::NameGram | TermKind::NameYear | TermKind::NameYearSex => 1,
    }
}

/// How many candidates are opened for one question, those that share the most first. A question that finds
/// more is one for names that many bear, and whoever is meant is among the first.
pub const MOST_CANDIDATES: usize = 150;

/// How many candidates are opened while whoever registers somebody waits for the answer. That is told
/// of 99 of 100 possible duplicates, and all of [`MOST_CANDIDATES`] are compared a moment later.
pub const AT_FIRST: usize = 40;

/// Says whether the terms that a person shares with the question make a candidate.
///
/// A name with a band of years, or with a sound left out, is asked for in many terms, of which some meet by
/// truncation alone; two of them together hardly do.
#[must_use]
pub fn enough(shared: &[TermKind]) -> bool {
    shared.iter().map(|kind| weight(*kind)).sum::<u32>() >= 2
}
