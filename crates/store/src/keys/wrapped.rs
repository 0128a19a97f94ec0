//! What is sealed with the key of an epoch, and is sealed anew when another one is current.
//!
//! This is the one list. Whoever seals something new with a deployment key, and not with the key of
//! a person, adds a [`Kind`] here: then it is sealed anew after a rotation, it is counted, and its
//! epoch is not retired before.

use super::person;
use crate::{db::DbConn, error::Result, people_index, second_factors, unit::Tx};

/// Counts what is sealed with each epoch.
pub(crate) type ByEpoch = fn(&mut DbConn) -> Result<Counts>;

/// How many things are of which epoch.
pub(crate) type Counts = Vec<(i64, i64)>;

/// One thing that is sealed with the key of an epoch.
pub(crate) struct Kind {
    /// What it is called where epochs are listed.
    pub(crate) name: &'static str,
    /// How many there are of each epoch.
    pub(crate) by_epoch: ByEpoch,
    /// Seals anew, with the current epoch, at most so many whose epoch is another: those after the
    /// given id, in the order of ids.
    pub(crate) reseal: fn(&mut Tx<'_>, after: &str, at_most: i64) -> Result<Batch>,
}

/// What became of one batch.
#[derive(Debug, Clone, Default)]
pub(crate) struct Batch {
    /// How many were sealed anew.
    pub(crate) resealed: usize,
    /// How many did not open, and were left as they are.
    pub(crate) unopened: usize,
    /// The last id that was looked at; nothing if there was none.
    pub(crate) last: Option<String>,
}

/// Everything that is sealed with the key of an epoch.
pub(crate) const KINDS: [Kind; 3] = [
    Kind { name: "people", by_epoch: person::by_epoch, reseal: person::rewrap },
    Kind {
        name: "second factors",
        by_epoch: second_factors::by_epoch,
        reseal: second_factors::reseal,
    },
    // No seal, but digests under the key of an epoch: they are made anew from the identities.
    Kind { name: "index", by_epoch: people_index::by_epoch, reseal: people_index::reseal },
];
