//! What can be wrong, and where.

use std::fmt;

use crate::checkpoint::Unusable;

/// The first thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// The event, if it is one.
    pub event_id: Option<String>,
    /// What.
    pub why: Why,
}

/// Where something is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// At a leaf, by its index.
    Leaf(u64),
    /// At a checkpoint, by its size.
    Checkpoint(u64),
    /// Among the events that wait for their number.
    Pending,
    /// In the trail as a whole.
    Trail,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// Its hash is another than what it says gives.
    #[error("what it says is not what was hashed")]
    Changed,
    /// It does not follow the event before it.
    #[error("it does not follow the event before it in the chain of case {case_id}")]
    Chain {
        /// The case.
        case_id: String,
    },
    /// It has a place in a chain and no case, or the other way round.
    #[error("it has a case without a place in its chain, or a place without a case")]
    Place,
    /// Leaves are missing, or stand twice.
    #[error("leaves are missing before it")]
    Gap,
    /// The leaf is the hash of something else.
    #[error("the leaf is not the hash of its event")]
    Leaf,
    /// It stands in the log a second time.
    #[error("the event stands in the log already")]
    Twice,
    /// There is no such event, or it cannot be read.
    #[error("the event is gone, or cannot be read")]
    Unreadable,
    /// The tree is another than the one that somebody kept the head of.
    #[error("the first {size} leaves are not those of the pinned checkpoint")]
    Pinned {
        /// The size of the pin.
        size: u64,
    },
    /// The log ends before a checkpoint.
    #[error("the log has {size} leaves, and a checkpoint was signed of {pinned}")]
    Cut {
        /// The leaves there are.
        size: u64,
        /// The leaves there were.
        pinned: u64,
    },
    /// A checkpoint of another tree.
    #[error("it was signed of another tree, or in another order")]
    Root,
    /// Leaves that nobody signed: each is signed when it gets its number.
    #[error("the leaves after the first {signed} were not signed")]
    Unsigned {
        /// How many were.
        signed: u64,
    },
    /// A checkpoint that says nothing.
    #[error(transparent)]
    Note(#[from] Unusable),
    /// A statement about other heads than those of the events before it.
    #[error(
        "the stated heads of the chains are not those of the events: one is missing or changed"
    )]
    Statement,
    /// The head of a chain is not its last event.
    #[error("the chain of case {case_id} ends in another event than its head says")]
    Head {
        /// The case.
        case_id: String,
    },
    /// A case has events and no head.
    #[error("a case has events and its chain no head")]
    HeadMissing,
    /// An event that was put in beside the log, or a leaf that was taken out.
    #[error("the event has no leaf and does not wait for one")]
    Unlisted,
    /// The index by which it is found who opened a file says something else than the event.
    #[error("the index of what was shown (audit_shown) does not say what the event says")]
    Shown,
}

impl Fault {
    pub(crate) const fn at(place: Place, event_id: Option<String>, why: Why) -> Self {
        Self { place, event_id, why }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.place)?;
        if let Some(id) = &self.event_id {
            write!(f, ", event {id}")?;
        }
        write!(f, ": {}", self.why)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leaf(index) => write!(f, "leaf {index}"),
            Self::Checkpoint(size) => write!(f, "checkpoint of {size} leaves"),
            Self::Pending => f.write_str("without a number yet"),
            Self::Trail => f.write_str("the trail"),
        }
    }
}
