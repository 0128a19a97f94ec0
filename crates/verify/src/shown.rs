//! Whether the index of what events have shown says what the events say.
//!
//! By it a data protection officer finds who opened a file. A row that is gone hides somebody, though the
//! event itself is whole.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
};

use refero_domain::audit::{AuditRecord, raw::Shown};

use crate::fault::{Fault, Place, Why};

/// Compares events with rows in whatever order they come, without keeping either.
///
/// For each event there is a sum of what it says, less what its rows say. The addends are drawn with
/// random keys when verifying begins: nobody can have chosen rows whose sum is the same.
pub(crate) struct Index {
    keys: [RandomState; 2],
    left: HashMap<String, Left>,
}

struct Left {
    /// In which order the events came, and where; nothing for an event that is not there.
    event: Option<(u64, Place)>,
    sums: [u64; 2],
}

impl Index {
    pub(crate) fn new() -> Self {
        Self { keys: [RandomState::new(), RandomState::new()], left: HashMap::new() }
    }

    /// Expects the rows of an event.
    pub(crate) fn expect(&mut self, record: &AuditRecord, number: u64, place: &Place) {
        if record.shown_ids.is_empty() {
            return;
        }
        // A list that showed one thing twice has one row of it.
        let mut ids: Vec<&String> = record.shown_ids.iter().collect();
        ids.sort_unstable();
        ids.dedup();
        let mut sums = [0; 2];
        for id in ids {
            let addends = self.addends(&record.id, Some(record.at_us), id);
            sums = each(sums, addends, u64::wrapping_add);
        }
        let event = Some((number, place.clone()));
        self.left.insert(record.id.clone(), Left { event, sums });
    }

    /// Takes a row away from what is expected.
    pub(crate) fn take(&mut self, Shown { event_id, at_us, shown_id }: &Shown) {
        let addends = self.addends(event_id, *at_us, shown_id);
        let left =
            self.left.entry(event_id.clone()).or_insert_with(|| Left { event: None, sums: [0; 2] });
        left.sums = each(left.sums, addends, u64::wrapping_sub);
    }

    fn addends(&self, event_id: &str, at_us: Option<i64>, shown_id: &str) -> [u64; 2] {
        self.keys.each_ref().map(|key| key.hash_one((event_id, at_us, shown_id)))
    }

    /// Names the first event whose rows are not those that it says; those of no event come last.
    pub(crate) fn finish(self) -> Result<(), Fault> {
        let wrong = self.left.into_iter().filter(|(_, left)| left.sums != [0; 2]);
        let order = |(id, left): &(String, Left)| {
            (left.event.as_ref().map_or(u64::MAX, |(number, _)| *number), id.clone())
        };
        match wrong.min_by_key(order) {
            None => Ok(()),
            Some((id, left)) => {
                let place = left.event.map_or(Place::Trail, |(_, place)| place);
                Err(Fault::at(place, Some(id), Why::Shown))
            }
        }
    }
}

fn each([a, b]: [u64; 2], [c, d]: [u64; 2], act: fn(u64, u64) -> u64) -> [u64; 2] {
    [act(a, c), act(b, d)]
}
