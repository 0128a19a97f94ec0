//! That a log has only grown: RFC 9162, section 2.1.4.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    checkpoint::{Pin, Unusable},
    tree::node,
};

/// More hashes than a proof can have: a log of 2^63 leaves has a tree of that height.
const MOST: usize = 63;

/// The hashes that show one tree to be the beginning of another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Consistency(Vec<[u8; 32]>);

impl Consistency {
    /// Reads hashes in base64, one a line; none is a proof too.
    ///
    /// # Errors
    /// [`Unusable::Consistency`] for anything else, and for more than 63.
    pub fn read(text: &str) -> Result<Self, Unusable> {
        let hash = |line: &str| STANDARD.decode(line).ok()?.try_into().ok();
        let hashes: Vec<_> = text
            .lines()
            .take(MOST + 1)
            .map(hash)
            .collect::<Option<_>>()
            .ok_or(Unusable::Consistency)?;
        if hashes.len() > MOST { Err(Unusable::Consistency) } else { Ok(Self(hashes)) }
    }

    /// Says whether the later tree begins with the leaves of the earlier.
    #[must_use]
    pub fn shows_growth(&self, from: &Pin, to: &Pin) -> bool {
        from.origin() == to.origin()
            && self.connects((from.size(), from.root()), (to.size(), to.root()))
    }

    fn connects(&self, (from, old): (u64, [u8; 32]), (to, new): (u64, [u8; 32])) -> bool {
        if from == 0 || from == to {
            // An empty tree is the beginning of all.
            return self.0.is_empty() && from <= to && (from == 0 || old == new);
        }
        let (Some(mut at), Some(mut last)) = (from.checked_sub(1), to.checked_sub(1)) else {
            return false;
        };
        // A complete tree is a node of the later one: its head need not be told.
        let told = if from.is_power_of_two() { None } else { self.0.first() };
        let rest = self.0.get(usize::from(told.is_some())..).unwrap_or_default();
        let seed = *told.unwrap_or(&old);
        if at > last || self.0.is_empty() {
            return false;
        }
        let common = at.trailing_ones();
        (at, last) = (shifted(at, common), shifted(last, common));
        let (mut earlier, mut later) = (seed, seed);
        for beside in rest {
            if last == 0 {
                return false;
            }
            if at % 2 == 1 || at == last {
                earlier = node(beside, &earlier);
                later = node(beside, &later);
                while at.is_multiple_of(2) && at != 0 {
                    at /= 2;
                    last /= 2;
                }
            } else {
                later = node(&later, beside);
            }
            at /= 2;
            last /= 2;
        }
        last == 0 && earlier == old && later == new
    }
}

const fn shifted(number: u64, by: u32) -> u64 {
    match number.checked_shr(by) {
        Some(shifted) => shifted,
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use tlog_tiles::{
        Error, Hash, HashReader, check_tree, prove_tree, stored_hashes_for_record_hash, tree_hash,
    };

    use super::*;

    struct Stored(Vec<Hash>);

    impl HashReader for Stored {
        fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
            let find = |at: &u64| usize::try_from(*at).ok().and_then(|at| self.0.get(at).copied());
            indexes.iter().map(find).collect::<Option<_>>().ok_or(Error::IndexesNotInTree)
        }
    }

    fn log(leaves: u64) -> Stored {
        let mut stored = Stored(Vec::new());
        for n in 0..leaves {
            let leaf = refero_domain::audit::leaf_hash(&n.to_be_bytes());
            let new = stored_hashes_for_record_hash(n, Hash(leaf), &stored).unwrap();
            stored.0.extend(new);
        }
        stored
    }

    #[test]
    fn what_the_writer_proves_is_proved_and_nothing_else() {
        const SIZE: u64 = 70;
        let log = log(SIZE);
        let root = |size: u64| tree_hash(size, &log).unwrap().0;
        for to in 1..=SIZE {
            for from in 1..=to {
                let hashes = prove_tree(to, from, &log).unwrap();
                let proof = Consistency(hashes.iter().map(|hash| hash.0).collect());
                let (old, new) = ((from, root(from)), (to, root(to)));
                assert!(proof.connects(old, new), "{from} {to}");
                assert!(!proof.connects((from, [7; 32]), new), "{from} {to}: another past");
                assert!(!proof.connects(old, (to, [7; 32])), "{from} {to}: another present");
                let mut longer = proof.clone();
                longer.0.push([7; 32]);
                assert!(!longer.connects(old, new), "{from} {to}: a hash too many");
                for at in 0..proof.0.len() {
                    let (mut changed, mut shorter) = (proof.clone(), proof.clone());
                    changed.0[at][0] ^= 1;
                    shorter.0.remove(at);
                    assert!(!changed.connects(old, new), "{from} {to}: hash {at}");
                    assert!(!shorter.connects(old, new), "{from} {to}: without {at}");
                }
            }
        }
    }

    #[test]
    fn both_say_the_same_of_any_hashes() {
        const SIZE: u64 = 20;
        let log = log(SIZE);
        let root = |size: u64| tree_hash(size, &log).unwrap();
        for to in 1..=SIZE {
            for from in 1..=SIZE {
                for other in 1..=SIZE {
                    let hashes = prove_tree(SIZE, other, &log).unwrap();
                    let theirs = check_tree(&hashes, to, root(to), from, root(from)).is_ok();
                    let proof = Consistency(hashes.iter().map(|hash| hash.0).collect());
                    let ours = proof.connects((from, root(from).0), (to, root(to).0));
                    assert_eq!(ours, theirs, "{from} {to} {other}");
                }
            }
        }
    }

    #[test]
    fn the_beginning_of_all_needs_no_hashes() {
        let (none, some) = (Consistency::default(), Consistency(vec![[1; 32]]));
        assert!(none.connects((0, [0; 32]), (5, [9; 32])));
        assert!(!some.connects((0, [0; 32]), (5, [9; 32])));
        assert!(!none.connects((5, [9; 32]), (0, [0; 32])));
        assert!(!none.connects((u64::MAX, [9; 32]), (1, [9; 32])));
        assert!(!some.connects((1, [9; 32]), (u64::MAX, [9; 32])));
    }

    #[test]
    fn what_is_no_proof_is_refused() {
        let line = STANDARD.encode([1; 32]) + "\n";
        assert_eq!(Consistency::read(""), Ok(Consistency::default()));
        assert_eq!(Consistency::read(&line.repeat(63)).map(|proof| proof.0.len()), Ok(63));
        for wrong in [&line.repeat(64), "x\n", "\n", &line.repeat(2).replace('\n', "")] {
            assert_eq!(Consistency::read(wrong), Err(Unusable::Consistency), "{wrong}");
        }
    }
}
