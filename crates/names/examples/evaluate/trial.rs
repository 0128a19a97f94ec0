//! Looks for people as the next officer would write them.

use std::collections::{BTreeMap, BTreeSet};

use refero_names::{AT_FIRST, POSSIBLE};

use crate::{
    chance::Chance,
    index::Index,
    otherwise::{Change, Habits},
    people::{Person, World},
};

/// One seed, one population: every run says the same.
pub(crate) const SEED: u64 = 20_261_126;
/// How many of the likeliest are shown.
pub(crate) const SHOWN: usize = 20;

/// How often somebody was looked for, was a candidate, and was shown.
#[derive(Clone, Copy, Default)]
pub(crate) struct Found {
    pub(crate) asked: u32,
    pub(crate) candidate: u32,
    pub(crate) shown: u32,
}

impl Found {
    fn count(&mut self, candidate: bool, shown: bool) {
        self.asked += 1;
        self.candidate += u32::from(candidate);
        self.shown += u32::from(shown);
    }

    pub(crate) fn recall(self) -> f64 {
        f64::from(self.shown) / f64::from(self.asked.max(1))
    }
}

/// What one look found.
pub(crate) struct Look {
    pub(crate) asked: Person,
    pub(crate) sought: usize,
    pub(crate) changes: Vec<Change>,
    pub(crate) candidates: usize,
    /// The place of the person sought and the score, when a candidate.
    pub(crate) place: Option<(usize, f64)>,
    /// The scores of everybody else.
    pub(crate) others: Vec<f64>,
    /// Whether anybody was alike enough to be told of.
    pub(crate) alike: bool,
    /// Whether one of those was among the candidates that are opened at once.
    pub(crate) told_at_once: bool,
}

#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) all: Found,
    pub(crate) by_change: BTreeMap<Change, Found>,
    pub(crate) looks: Vec<Look>,
}

impl Outcome {
    /// Returns how many looks found somebody who is told of, and in how many of them at once.
    pub(crate) fn told(&self) -> (usize, usize) {
        let count = |told: fn(&Look) -> bool| self.looks.iter().filter(|look| told(look)).count();
        (count(|look| look.alike), count(|look| look.told_at_once))
    }
}

/// Makes a population.
pub(crate) fn population(count: usize) -> Vec<Person> {
    World::new().people(count, &mut Chance::new(SEED))
}

/// Looks for `count` people of a population.
pub(crate) fn looks(people: &[Person], index: &Index<'_>, count: usize) -> Outcome {
    let habits = Habits::new();
    let mut chance = Chance::new(SEED + 1);
    let mut outcome = Outcome::default();
    for _ in 0..count {
        let sought = chance.below(people.len());
        let (asked, changes) = habits.otherwise(&people[sought], &mut chance);
        let look = look(index, asked, sought, changes);
        let shown = look.place.is_some_and(|(place, _)| place < SHOWN);
        outcome.all.count(look.place.is_some(), shown);
        for change in &look.changes {
            outcome.by_change.entry(*change).or_default().count(look.place.is_some(), shown);
        }
        outcome.looks.push(look);
    }
    outcome
}

fn look(index: &Index<'_>, asked: Person, sought: usize, changes: Vec<Change>) -> Look {
    let candidates = index.candidates(&asked.known());
    let ranked = index.ranked(&asked.known(), &candidates);
    let place = ranked.iter().position(|(at, _)| *at == sought);
    let mut alike = ranked.iter().filter(|(_, score)| *score >= POSSIBLE).peekable();
    let at_once = candidates.iter().take(AT_FIRST);
    let at_once: BTreeSet<usize> = at_once.map(|(at, _)| *at).collect();
    let others = ranked.iter().filter(|(at, _)| *at != sought).map(|(_, score)| *score).collect();
    Look {
        sought,
        changes,
        candidates: candidates.len(),
        place: place.map(|place| (place, ranked[place].1)),
        others,
        alike: alike.peek().is_some(),
        told_at_once: alike.any(|(at, _)| at_once.contains(at)),
        asked,
    }
}
