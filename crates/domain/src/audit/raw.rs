//! The log as it lies in the database, line by line: what a verifier reads, and what an export holds.
//!
//! The lines come in one order: the leaves by their index, each checkpoint after the last leaf that it
//! covers; then what waits for a number, in the order of its writing; then what is in the trail and
//! neither numbered nor waiting, which should be nothing; then the heads of the cases' chains. An
//! export is these lines as JSON, one a line. In the database an index follows of what the events have
//! shown; an export goes without it, since nothing is sought in it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::AuditRecord;

/// A SHA-256 hash, 64 hexadecimal digits in an export.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Digest(pub [u8; 32]);

/// Says that a text is no hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a hash is 64 hexadecimal digits")]
pub struct NotADigest;

/// An event as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawEvent {
    /// What it says.
    pub record: AuditRecord,
    /// The hash of the event before it in the chain of its case.
    pub prev_hash: Option<Digest>,
    /// Its hash, as it was stored.
    pub hash: Digest,
}

/// What a leaf is the hash of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// An event.
    Event(Box<RawEvent>),
    /// A statement of the log itself.
    Statement(String),
    /// An event that cannot be read any more: it is gone, or no event. Named by its id.
    Unreadable(String),
}

/// A row of the index by which it is found who was shown something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// The event.
    pub event_id: String,
    /// When, in microseconds since 1970; nothing if it is no moment.
    pub at_us: Option<i64>,
    /// What was shown.
    pub shown_id: String,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Line {
    /// A leaf of the tree.
    Leaf {
        /// Its index, from 0 without gaps.
        index: i64,
        /// Its hash, as it was stored.
        hash: Digest,
        /// What it is the hash of.
        content: Content,
    },
    /// What was signed when the tree had so many leaves.
    Checkpoint {
        /// The number of leaves.
        size: i64,
        /// The signed note.
        note: String,
    },
    /// An event that waits for its index.
    Pending(Content),
    /// An event of the trail that neither has an index nor waits for one.
    Unlisted(Content),
    /// The head of a case's chain.
    Head {
        /// The case.
        case_id: String,
        /// The length of the chain.
        seq: i64,
        /// The hash of its last event.
        hash: Digest,
    },
    /// A row of the index of what events have shown.
    Shown(Shown),
}

impl Digest {
    /// Takes 32 bytes for a hash.
    ///
    /// # Errors
    /// [`NotADigest`] if there are more or fewer.
    pub fn of(bytes: &[u8]) -> Result<Self, NotADigest> {
        bytes.try_into().map(Self).map_err(|_| NotADigest)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

impl TryFrom<String> for Digest {
    type Error = NotADigest;

    fn try_from(text: String) -> Result<Self, NotADigest> {
        text.parse()
    }
}

impl std::str::FromStr for Digest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        let digit = |byte: &u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let bytes: Option<Vec<u8>> = text
            .as_bytes()
            .chunks(2)
            .map(|pair| match pair {
                [high, low] => Some(digit(high)? << 4 | digit(low)?),
                _ => None,
            })
            .collect();
        Self::of(&bytes.ok_or(NotADigest)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_written_as_it_is_read() {
        let digest = Digest(std::array::from_fn(|n| u8::try_from(n * 8).unwrap_or_default()));
        assert_eq!(digest.to_string().parse(), Ok(digest));
        let long = "0".repeat(66);
        for other in ["", "00", "g0", &long, &"0".repeat(63), &"A".repeat(64), &"é".repeat(32)] {
            assert_eq!(other.parse::<Digest>(), Err(NotADigest), "{other}");
        }
    }
}
