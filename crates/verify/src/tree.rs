//! The tree of RFC 6962, section 2.1, grown leaf by leaf.

use sha2::{Digest, Sha256};

/// Marks the hash of a node apart from that of a leaf.
const NODE_PREFIX: u8 = 0x01;

/// A tree that knows of itself what is needed for its head: the complete subtrees at its right edge,
/// the largest first.
#[derive(Clone, Default)]
pub(crate) struct Tree {
    size: u64,
    subtrees: Vec<[u8; 32]>,
}

impl Tree {
    pub(crate) const fn size(&self) -> u64 {
        self.size
    }

    /// Adds the next leaf by its hash.
    pub(crate) fn add(&mut self, leaf: [u8; 32]) {
        let mut hash = leaf;
        // Each trailing one of the size is a subtree that the leaf completes to the next larger one.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.subtrees.pop() {
                hash = node(&left, &hash);
            }
        }
        self.subtrees.push(hash);
        self.size += 1;
    }

    /// Returns the head: the hash of all.
    pub(crate) fn root(&self) -> [u8; 32] {
        let from_the_right = self.subtrees.iter().rev().copied();
        from_the_right
            .reduce(|right, left| node(&left, &right))
            .unwrap_or_else(|| Sha256::digest([]).into())
    }
}

pub(crate) fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    Sha256::new()
        .chain_update([NODE_PREFIX])
        .chain_update(left)
        .chain_update(right)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use tlog_tiles::{Error, Hash, HashReader, stored_hashes_for_record_hash, tree_hash};

    use super::*;

    /// The leaves of the test vectors of RFC 6962's reference implementation, and the head after each.
    const LEAVES: [(&str, &str); 8] = [
        ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
        ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
        ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
        ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
        (
            "606162636465666768696a6b6c6d6e6f",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ),
    ];

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex
            .bytes()
            .map(|b| char::from(b).to_digit(16).unwrap_or(0).try_into().unwrap_or(0))
            .collect();
        digits.chunks(2).map(|pair| pair.iter().fold(0, |all, digit| all << 4 | digit)).collect()
    }

    #[test]
    fn the_heads_are_those_of_the_reference_implementation() {
        let mut tree = Tree::default();
        assert_eq!(tree.root().to_vec(), Sha256::digest([]).to_vec());
        for (content, head) in LEAVES {
            tree.add(refero_domain::audit::leaf_hash(&bytes(content)));
            assert_eq!(tree.root().to_vec(), bytes(head), "{} leaves", tree.size());
        }
    }

    struct Stored(Vec<Hash>);

    impl HashReader for Stored {
        fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
            let find = |at: &u64| usize::try_from(*at).ok().and_then(|at| self.0.get(at).copied());
            indexes.iter().map(find).collect::<Option<_>>().ok_or(Error::IndexesNotInTree)
        }
    }

    #[test]
    fn the_heads_are_those_that_the_writer_signs() {
        let (mut tree, mut stored) = (Tree::default(), Stored(Vec::new()));
        for n in 0_u64..300 {
            let leaf = refero_domain::audit::leaf_hash(&n.to_be_bytes());
            tree.add(leaf);
            let new = stored_hashes_for_record_hash(n, Hash(leaf), &stored);
            stored.0.extend(new.ok().into_iter().flatten());
            let head = tree_hash(n + 1, &stored).map(|hash| hash.0).ok();
            assert_eq!(Some(tree.root()), head, "{} leaves", n + 1);
        }
    }
}
