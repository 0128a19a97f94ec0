//! Where in a message something is wrong: JSON Pointer (RFC 6901).

use std::fmt;

/// Longest member name of the sender's own making that an answer repeats.
const LONGEST_ECHOED_NAME: usize = 64;

/// Points to a place in a JSON document, as RFC 6901 writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pointer(String);

impl Pointer {
    /// Points to the whole document.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// Points to a member of the place, whose name the program knows.
    #[must_use]
    pub fn member(&self, name: &str) -> Self {
        let escaped = name.replace('~', "~0").replace('/', "~1");
        Self(format!("{}/{escaped}", self.0))
    }

    /// Points to an element of the place.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        Self(format!("{}/{index}", self.0))
    }

    /// Points to a member whose name the sender chose, if the name looks like a name.
    ///
    /// An answer never repeats what was sent, because a log or a screenshot must not leak a
    /// person's name; so a member name that is not a plain identifier is not repeated either, and
    /// the caller then points to the place above it.
    #[must_use]
    pub fn foreign_member(&self, name: &str) -> Option<Self> {
        is_plain_name(name).then(|| self.member(name))
    }

    /// Returns the pointer as text; the whole document is the empty text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&'static str> for Pointer {
    /// Takes a pointer written in the program: `/phones/0/number`, or a bare member name.
    fn from(written: &'static str) -> Self {
        if written.is_empty() || written.starts_with('/') {
            Self(written.to_owned())
        } else {
            Self::root().member(written)
        }
    }
}

/// Tells whether a name from outside may be repeated in an answer.
pub(crate) fn is_plain_name(name: &str) -> bool {
    (1..=LONGEST_ECHOED_NAME).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_escapes_as_rfc_6901_says() {
        let pointer = Pointer::root().member("a/b").member("m~n").index(3);

        assert_eq!(pointer.as_str(), "/a~1b/m~0n/3");
        assert_eq!(Pointer::from("phones").as_str(), "/phones");
        assert_eq!(Pointer::from("/phones/0").as_str(), "/phones/0");
        assert_eq!(Pointer::root().as_str(), "");
    }

    #[test]
    fn a_name_that_is_not_an_identifier_is_never_repeated() {
        for hostile in ["Ama K.", "", "<b>", "é", "a\r\nb", &"x".repeat(65)] {
            assert_eq!(Pointer::root().foreign_member(hostile), None);
        }
        assert!(Pointer::root().foreign_member("birth_year").is_some());
    }
}
