//! Verifies the audit log from its raw lines.
//!
//! Everything is computed again: each event's hash from what it says, each case's chain, the tree, its
//! head at every checkpoint, the signatures, the statements about the chains' heads. With its writer
//! this shares the form of an event and its hash alone (`refero_domain::audit`), so that a mistake
//! there is not made here again.
//!
//! What a database administrator with the signing key could do is rewrite everything and sign it anew.
//! Against that stands a [`Pin`]: a checkpoint that somebody else has kept.

mod checkpoint;
mod consistency;
mod cosignature;
mod fault;
mod proof;
mod seal;
mod shown;
mod tree;

use std::collections::{BTreeMap, HashMap, HashSet};

use refero_domain::audit::{
    HeadsDigest, canonical_bytes, leaf_hash,
    raw::{Content, Digest, Line, RawEvent},
    stated_at,
};

pub use checkpoint::{Keys, Pin, Unusable};
pub use consistency::Consistency;
pub use cosignature::{
    COSIGNATURE, Cosignature, WitnessKey, Witnesses, cosignature_line, cosigned_text, cosigner_key,
};
pub use fault::{Fault, Place, Why};
pub use proof::Proof;
pub use seal::{Seal, Sealing};
use tree::Tree;

/// What was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Verified {
    /// Leaves of the tree, statements among them.
    pub leaves: u64,
    /// Events, those without a number among them.
    pub events: u64,
    /// Events that have no number yet.
    pub pending: u64,
    /// Cases.
    pub cases: u64,
    /// Checkpoints.
    pub checkpoints: u64,
    /// How many leaves the largest pin covers: nothing before that can have been rewritten.
    pub pinned: u64,
    /// How many leaves the largest checkpoint covers that a known witness has signed.
    pub witnessed: u64,
}

/// The head of a chain.
type Head = (i64, Digest);

/// Takes the lines in their order and stops at the first that is wrong.
pub struct Verifier {
    keys: Keys,
    witnesses: Option<Witnesses>,
    /// By size; several of one size are all kept.
    pins: Vec<Pin>,
    tree: Tree,
    chains: HashMap<String, Head>,
    /// Every event by its hash: one that belongs to no case has no chain that would tell it is there twice.
    seen: HashSet<Digest>,
    /// The heads that moved since the last statement.
    moved: BTreeMap<String, Head>,
    /// The heads that were told, to find those that were not.
    told: u64,
    /// Nothing where the lines are without the index of what was shown.
    shown: Option<shown::Index>,
    verified: Verified,
    last_signed: u64,
}

impl Verifier {
    /// Begins, with the keys that check signatures and the checkpoints that somebody kept.
    #[must_use]
    pub fn new(keys: Keys, mut pins: Vec<Pin>) -> Self {
        pins.sort_by_key(Pin::size);
        Self {
            keys,
            witnesses: None,
            pins,
            tree: Tree::default(),
            chains: HashMap::new(),
            seen: HashSet::new(),
            moved: BTreeMap::new(),
            told: 0,
            shown: None,
            verified: Verified::default(),
            last_signed: 0,
        }
    }

    /// Checks what witnesses have signed of the checkpoints, too.
    #[must_use]
    pub fn witnessed_by(mut self, witnesses: Witnesses) -> Self {
        self.witnesses = Some(witnesses);
        self
    }

    /// Compares the index of what was shown with the events, too: for a database. Exports have none.
    #[must_use]
    pub fn with_index(mut self) -> Self {
        self.shown = Some(shown::Index::new());
        self
    }

    /// Takes the next line.
    ///
    /// # Errors
    /// What is wrong with it. Nothing that follows says anything then.
    pub fn take(&mut self, line: &Line) -> Result<(), Fault> {
        match line {
            Line::Leaf { index, hash, content } => self.leaf(*index, *hash, content),
            Line::Checkpoint { size, note } => self.checkpoint(*size, note),
            Line::Pending(content) => {
                let place = Place::Pending;
                let event = readable(content, &place)?;
                self.event(event, &place)?;
                self.verified.pending += 1;
                Ok(())
            }
            Line::Unlisted(content) => Err(Fault::at(Place::Trail, id(content), Why::Unlisted)),
            Line::Head { case_id, seq, hash } => self.head(case_id, (*seq, *hash)),
            Line::Shown(row) => {
                if let Some(index) = &mut self.shown {
                    index.take(row);
                }
                Ok(())
            }
        }
    }

    /// Ends, after the last line.
    ///
    /// # Errors
    /// What is missing.
    pub fn finish(mut self) -> Result<Verified, Fault> {
        let size = self.tree.size();
        if let Some(pin) = self.pins.iter().find(|pin| pin.size() > size) {
            let why = Why::Cut { size, pinned: pin.size() };
            return Err(Fault::at(Place::Checkpoint(pin.size()), None, why));
        }
        if self.last_signed != size {
            let why = Why::Unsigned { signed: self.last_signed };
            return Err(Fault::at(Place::Leaf(self.last_signed), None, why));
        }
        let cases = u64::try_from(self.chains.len()).unwrap_or(u64::MAX);
        if self.told != cases {
            return Err(Fault::at(Place::Trail, None, Why::HeadMissing));
        }
        if let Some(index) = self.shown {
            index.finish()?;
        }
        self.verified.leaves = size;
        self.verified.cases = cases;
        self.verified.pinned = self.pins.last().map_or(0, Pin::size);
        Ok(self.verified)
    }

    fn leaf(&mut self, index: i64, hash: Digest, content: &Content) -> Result<(), Fault> {
        let place = Place::Leaf(self.tree.size());
        if u64::try_from(index) != Ok(self.tree.size()) {
            return Err(Fault::at(place, id(content), Why::Gap));
        }
        let computed = match content {
            Content::Event(event) => self.event(event, &place)?,
            Content::Statement(statement) => self.statement(statement, &place)?,
            Content::Unreadable(id) => {
                return Err(Fault::at(place, Some(id.clone()), Why::Unreadable));
            }
        };
        if computed != hash {
            return Err(Fault::at(place, id(content), Why::Leaf));
        }
        self.tree.add(computed.0);
        let (size, root) = (self.tree.size(), self.tree.root());
        // Asked here and not at the log's own checkpoint, which may have been taken away.
        if self.pins.iter().any(|pin| pin.size() == size && pin.root() != root) {
            return Err(Fault::at(place, id(content), Why::Pinned { size }));
        }
        Ok(())
    }

    /// Computes an event's hash, and follows the chain of its case.
    fn event(&mut self, event: &RawEvent, place: &Place) -> Result<Digest, Fault> {
        let RawEvent { record, prev_hash, hash } = event;
        let fault = |why| Fault::at(place.clone(), Some(record.id.clone()), why);
        let prev = prev_hash.map(|digest| digest.0);
        let computed = Digest(leaf_hash(&canonical_bytes(record, prev.as_ref())));
        if computed != *hash {
            return Err(fault(Why::Changed));
        }
        if !self.seen.insert(computed) {
            return Err(fault(Why::Twice));
        }
        let chain = record.case_id.as_ref().map(|case| (case, self.chains.get(case).copied()));
        match (chain, record.case_seq, prev_hash) {
            (None, None, None) => {}
            (Some((case, head)), Some(seq), prev) => {
                let (before, hash_before) = head.unzip();
                if seq.checked_sub(1) != Some(before.unwrap_or(0)) || *prev != hash_before {
                    return Err(fault(Why::Chain { case_id: case.clone() }));
                }
                self.chains.insert(case.clone(), (seq, computed));
                self.moved.insert(case.clone(), (seq, computed));
            }
            _ => return Err(fault(Why::Place)),
        }
        if let Some(index) = &mut self.shown {
            index.expect(record, self.verified.events, place);
        }
        self.verified.events += 1;
        Ok(computed)
    }

    fn statement(&mut self, statement: &str, place: &Place) -> Result<Digest, Fault> {
        let fault = |why| Fault::at(place.clone(), None, why);
        let at = stated_at(statement).ok_or_else(|| fault(Why::Statement))?;
        let mut heads = HeadsDigest::default();
        for (case, (seq, hash)) in std::mem::take(&mut self.moved) {
            heads.add(&case, seq, &hash.0);
        }
        if heads.statement(at) != statement {
            return Err(fault(Why::Statement));
        }
        Ok(Digest(leaf_hash(statement.as_bytes())))
    }

    fn checkpoint(&mut self, size: i64, note: &str) -> Result<(), Fault> {
        let size = u64::try_from(size).unwrap_or(u64::MAX);
        let fault = |why| Fault::at(Place::Checkpoint(size), None, why);
        let signed = Pin::read(note, &self.keys).map_err(|unusable| fault(Why::Note(unusable)))?;
        if size != self.tree.size() {
            let why = Why::Cut { size: self.tree.size(), pinned: size };
            return Err(fault(why));
        }
        if size <= self.last_signed || signed.size() != size || signed.root() != self.tree.root() {
            return Err(fault(Why::Root));
        }
        if let Some(witnesses) = &self.witnesses {
            let cosigned = witnesses.have_cosigned(note);
            if cosigned.map_err(|unusable| fault(Why::Note(unusable)))? {
                self.verified.witnessed = size;
            }
        }
        self.last_signed = size;
        self.verified.checkpoints += 1;
        Ok(())
    }

    fn head(&mut self, case_id: &str, head: Head) -> Result<(), Fault> {
        if self.chains.get(case_id) != Some(&head) {
            let why = Why::Head { case_id: case_id.to_owned() };
            return Err(Fault::at(Place::Trail, None, why));
        }
        self.told += 1;
        Ok(())
    }
}

fn readable<'c>(content: &'c Content, place: &Place) -> Result<&'c RawEvent, Fault> {
    match content {
        Content::Event(event) => Ok(event),
        Content::Statement(_) | Content::Unreadable(_) => {
            Err(Fault::at(place.clone(), id(content), Why::Unreadable))
        }
    }
}

/// Returns the id of the event, if it is one.
fn id(content: &Content) -> Option<String> {
    match content {
        Content::Event(event) => Some(event.record.id.clone()),
        Content::Unreadable(id) => Some(id.clone()),
        Content::Statement(_) => None,
    }
}
