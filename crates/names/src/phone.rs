//! Telephone numbers in the form of ITU-T E.164, as far as a number tells its country.
//!
//! A table instead of a library: what is needed is the country code and whether a leading zero is dropped,
//! for the countries that people here come from, pass through and are taken to. The whole of
//! `libphonenumber`'s data would be the largest part of the program.

/// Digits that make a number at all: the shortest national numbers in use have seven.
const SHORTEST: usize = 7;
/// E.164's limit.
const LONGEST: usize = 15;
/// The end of a number, by which it is indexed: it does not change when the country code, the trunk zero or
/// an operator's prefix comes or goes.
const END: usize = 7;
/// How many digits have to agree: a subscriber's number without its operator, since numbers grew at the front
/// (Côte d'Ivoire 2021, Benin 2024).
const COMPARED: usize = 8;

/// ISO 3166-1 alpha-2, country code, and whether national numbers are dialled with a zero that is dropped.
const COUNTRIES: [(&str, &str, bool); 41] = [
    ("AE", "971", true),
    ("BE", "32", true),
    ("BF", "226", false),
    ("BI", "257", false),
    ("BJ", "229", false),
    ("CD", "243", true),
    ("CF", "236", false),
    ("CG", "242", false),
    // The leading zero is a part of the number since 2021.
    ("CI", "225", false),
    ("CM", "237", false),
    ("CV", "238", false),
    ("DE", "49", true),
    ("DZ", "213", true),
    ("ES", "34", false),
    ("ET", "251", true),
    ("FR", "33", true),
    ("GA", "241", true),
    ("GB", "44", true),
    ("GH", "233", true),
    ("GM", "220", false),
    ("GN", "224", false),
    ("GW", "245", false),
    // Italy keeps its zero.
    ("IT", "39", false),
    ("KE", "254", true),
    ("LB", "961", true),
    ("LR", "231", true),
    ("LY", "218", true),
    ("MA", "212", true),
    ("ML", "223", false),
    ("MR", "222", false),
    ("NE", "227", false),
    ("NG", "234", true),
    ("PT", "351", false),
    ("RW", "250", true),
    ("SA", "966", true),
    ("SD", "249", true),
    ("SL", "232", true),
    ("SN", "221", false),
    ("TG", "228", false),
    ("TZ", "255", true),
    ("UG", "256", true),
];

/// A telephone number as it can be compared.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Phone {
    /// Digits; with the country code when `international`.
    digits: String,
    international: bool,
}

impl Phone {
    /// Reads a number; `None` when there are too few or too many digits for one.
    pub(crate) fn read(text: &str, default_country: Option<&str>) -> Option<Self> {
        let mut abroad = text.trim_start().starts_with(['+', '＋']);
        // A zero in brackets is dialled at home only: +44 (0)20.
        let text = if abroad { text.replace("(0)", "") } else { text.to_owned() };
        let mut digits: String = text.chars().take(64).flat_map(digit).collect();
        if !abroad && let Some(rest) = digits.strip_prefix("00") {
            digits = rest.to_owned();
            abroad = true;
        }
        if !abroad {
            digits = at_home(digits, default_country, &mut abroad);
        }
        (SHORTEST..=LONGEST)
            .contains(&digits.len())
            .then_some(Self { digits, international: abroad })
    }

    /// Returns the end of the number, which is indexed.
    pub(crate) fn end(&self) -> &str {
        self.last(END)
    }

    /// Says whether two numbers mean one telephone: their last eight digits agree (or all of the shorter one),
    /// and no two countries are named.
    pub(crate) fn same(&self, other: &Self) -> bool {
        let one_country =
            !(self.international && other.international) || self.country() == other.country();
        let count = COMPARED.min(self.digits.len()).min(other.digits.len());
        one_country && self.last(count) == other.last(count)
    }

    /// Returns where the country code stands; codes have one to three digits.
    fn country(&self) -> &str {
        self.digits.get(..3).unwrap_or_default()
    }

    fn last(&self, count: usize) -> &str {
        let from = self.digits.len().saturating_sub(count);
        self.digits.get(from..).unwrap_or_default()
    }
}

/// Adds the country that a number was dialled in, when it is known.
fn at_home(digits: String, country: Option<&str>, abroad: &mut bool) -> String {
    let Some((_, code, trunk)) = COUNTRIES
        .iter()
        .find(|(iso, ..)| country.is_some_and(|country| country.eq_ignore_ascii_case(iso)))
    else {
        return digits;
    };
    // Somebody wrote the country code and forgot the plus.
    if digits.starts_with(code) && digits.len() > code.len() + SHORTEST {
        *abroad = true;
        return digits;
    }
    let national = if *trunk { digits.strip_prefix('0').unwrap_or(&digits) } else { &digits };
    if national.len() < SHORTEST {
        return digits;
    }
    *abroad = true;
    format!("{code}{national}")
}

/// Reads a digit of any script.
fn digit(c: char) -> Option<char> {
    if c.is_ascii_digit() {
        return Some(c);
    }
    let read = c.is_numeric().then(|| any_ascii::any_ascii_char(c))?;
    let mut chars = read.chars();
    chars.next().filter(char::is_ascii_digit).filter(|_| chars.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::Phone;

    #[test]
    fn one_telephone_is_written_in_many_ways() {
        let number = Phone::read("+256 772 123456", None).unwrap();
        for (text, country) in [
            ("00256772123456", None),
            ("0772-123-456", Some("UG")),
            ("0772 123456", Some("ug")),
            ("256772123456", Some("UG")),
            ("0772123456", None),
            ("+256 (0)772 123456", None),
            ("+٢٥٦٧٧٢١٢٣٤٥٦", None),
        ] {
            let other = Phone::read(text, country).unwrap();
            assert!(number.same(&other) && other.same(&number), "{text}");
            assert_eq!(number.end(), other.end(), "{text}");
        }
        for text in ["+254772123456", "0772123457", "+256772123455"] {
            assert!(!number.same(&Phone::read(text, Some("UG")).unwrap()), "{text}");
        }
    }

    #[test]
    fn a_number_that_grew_at_the_front_is_the_same() {
        let before = Phone::read("07123456", Some("CI")).unwrap();
        let after = Phone::read("+225 07 07 12 34 56", None).unwrap();

        assert!(before.same(&after));
        assert_eq!(before.end(), after.end());
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in ["", "12345", "+1234567890123456", "unknown"] {
            assert!(Phone::read(text, Some("SN")).is_none(), "{text}");
        }
    }
}
