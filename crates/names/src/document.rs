//! Numbers of documents: letters and digits in upper case, with what the eye confuses.

/// Digits and letters that make a number at all.
const SHORTEST: usize = 4;
/// Shorter numbers differ in one place too often by chance.
const LONG_ENOUGH_FOR_A_SLIP: usize = 7;
const LONGEST: usize = 64;

/// The number of a document as it can be compared.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Document {
    number: String,
    /// The number with O and Q as 0, I and L as 1.
    seen: String,
}

/// How two documents agree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Agreement {
    /// One character was missed, added, changed, or two were swapped.
    Nearly,
    /// The same but for what the eye confuses.
    Seen,
    Exactly,
}

impl Document {
    /// Reads a number; `None` when it is too short for one.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let number: String = text
            .chars()
            .flat_map(|c| any_ascii::any_ascii_char(c).chars())
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_uppercase())
            .take(LONGEST)
            .collect();
        let seen: String = number
            .chars()
            .map(|c| match c {
                'O' | 'Q' => '0',
                'I' | 'L' => '1',
                c => c,
            })
            .collect();
        (number.len() >= SHORTEST).then_some(Self { number, seen })
    }

    /// Returns what is indexed.
    pub(crate) fn seen(&self) -> &str {
        &self.seen
    }

    pub(crate) fn agreement(&self, other: &Self) -> Option<Agreement> {
        if self.number == other.number {
            return Some(Agreement::Exactly);
        }
        if self.seen == other.seen {
            return Some(Agreement::Seen);
        }
        let long = self.seen.len().min(other.seen.len()) >= LONG_ENOUGH_FOR_A_SLIP;
        (long && strsim::osa_distance(&self.seen, &other.seen) == 1).then_some(Agreement::Nearly)
    }
}

#[cfg(test)]
mod tests {
    use super::{Agreement, Document};

    fn agreement(a: &str, b: &str) -> Option<Agreement> {
        Document::read(a).unwrap().agreement(&Document::read(b).unwrap())
    }

    #[test]
    fn a_number_is_compared_as_the_eye_sees_it() {
        assert_eq!(agreement("A-0123 456", "a0123456"), Some(Agreement::Exactly));
        assert_eq!(agreement("CO1023456", "C0IO23456"), Some(Agreement::Seen));
        assert_eq!(agreement("CM1023456", "CM1032456"), Some(Agreement::Nearly));
        assert_eq!(agreement("1234", "1235"), None);
        assert_eq!(agreement("CM1023456", "CM9993456"), None);
        assert!(Document::read("n/a").is_none());
    }
}
