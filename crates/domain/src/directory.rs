//! The directory: what organisations offer, and to whom.

use crate::closed::closed_list;

closed_list! {
    /// Whom a service takes, by age. Under R6 a person protected as a child is not sent to a
    /// service for adults.
    ServiceAges = "service_ages" {
        Everyone = "everyone",
        AdultsOnly = "adults_only",
        ChildrenOnly = "children_only",
    }
}

/// Says whether a text is a telephone number in E.164 form: `+`, then 7 to 15 digits, of which the
/// first is not nought (ITU-T E.164, section 6).
///
/// One form only: a number with spaces in one place and a nought in another is two numbers to a
/// machine, and somebody calls the wrong shelter.
#[must_use]
pub fn is_e164(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('+') else {
        return false;
    };
    (7..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_telephone_number_has_one_form() {
        for good in ["+256414000000", "+2250102030405", "+1234567"] {
            assert!(is_e164(good), "{good}");
        }
        for bad in [
            "",
            "+",
            "0414000000",
            "+0414000000",
            "+256 414 000 000",
            "+256-414",
            "+123456",
            "+1234567890123456",
            "+٢٥٦٤١٤٠٠٠٠٠٠",
        ] {
            assert!(!is_e164(bad), "{bad}");
        }
    }
}
