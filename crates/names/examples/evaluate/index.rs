//! The index as the house keeps it: terms behind a keyed digest, cut to their bits.

use std::collections::HashMap;

use refero_names::{
    Known, MOST_CANDIDATES, Term, TermKind, bits, enough, likeness, query_terms, terms, weight,
};
use sha2::{Digest, Sha256};

use crate::people::Person;

pub(crate) struct Index<'p> {
    people: &'p [Person],
    population: u64,
    rows: HashMap<(TermKind, u32), Vec<usize>>,
}

/// Candidates of a question, those that share the most first.
pub(crate) type Candidates = Vec<(usize, u32)>;

impl<'p> Index<'p> {
    pub(crate) fn new(people: &'p [Person]) -> Self {
        let population = u64::try_from(people.len()).unwrap();
        let mut index = Self { people, population, rows: HashMap::new() };
        for (at, person) in people.iter().enumerate() {
            for term in terms(&person.known()) {
                let cut = index.cut(&term);
                let row = index.rows.entry((term.kind, cut)).or_default();
                if row.last() != Some(&at) {
                    row.push(at);
                }
            }
        }
        index
    }

    fn cut(&self, term: &Term) -> u32 {
        let mut digest = Sha256::new();
        digest.update(b"a key of the deployment");
        digest.update(term.kind.tag().as_bytes());
        digest.update(term.text.as_bytes());
        let bytes = digest.finalize();
        let whole = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        whole >> (32 - u32::from(bits(term.kind, self.population)))
    }

    /// Returns how many rows of the index one term has at most, by kind.
    pub(crate) fn fullest(&self, kind: TermKind) -> usize {
        let rows = self.rows.iter().filter(|((of, _), _)| *of == kind);
        rows.map(|(_, row)| row.len()).max().unwrap_or_default()
    }

    pub(crate) fn candidates(&self, asked: &Known<'_>) -> Candidates {
        let mut shared: HashMap<usize, Vec<TermKind>> = HashMap::new();
        for term in query_terms(asked) {
            for at in self.rows.get(&(term.kind, self.cut(&term))).into_iter().flatten() {
                shared.entry(*at).or_default().push(term.kind);
            }
        }
        let mut found: Candidates = shared
            .into_iter()
            .filter(|(_, kinds)| enough(kinds))
            .map(|(at, kinds)| (at, kinds.into_iter().map(weight).sum()))
            .collect();
        found.sort_unstable_by_key(|(at, weight)| (std::cmp::Reverse(*weight), *at));
        found
    }

    /// Returns the candidates with their scores, the likeliest first.
    pub(crate) fn ranked(&self, asked: &Known<'_>, candidates: &Candidates) -> Vec<(usize, f64)> {
        let scored = candidates.iter().take(MOST_CANDIDATES).map(|(at, _)| {
            let person = &self.people[*at];
            (*at, likeness(asked, &person.known()).score)
        });
        let mut ranked: Vec<(usize, f64)> = scored.collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        ranked
    }
}
