//! That a leaf is in a log: C2SP `tlog-proof`.

use base64::{Engine, engine::general_purpose::STANDARD};
use refero_domain::audit::raw::Digest;

use crate::{
    checkpoint::{Keys, Pin, Unusable},
    tree::node,
};

/// The first line of a proof.
const FORM: &str = "c2sp.org/tlog-proof@v1";

/// A proof, with a checkpoint whose signature is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    index: u64,
    path: Vec<[u8; 32]>,
    head: Pin,
}

impl Proof {
    /// Reads a proof, and checks that its log has signed the checkpoint that ends it.
    ///
    /// # Errors
    /// [`Unusable`].
    pub fn read(text: &str, keys: &Keys) -> Result<Self, Unusable> {
        let (proof, note) = text.split_once("\n\n").ok_or(Unusable::Proof)?;
        let mut lines = proof.lines();
        if lines.next() != Some(FORM) {
            return Err(Unusable::Proof);
        }
        let index =
            lines.next().and_then(|line| line.strip_prefix("index ")).ok_or(Unusable::Proof)?;
        let index = index.parse().map_err(|_| Unusable::Proof)?;
        let hash = |line: &str| STANDARD.decode(line).ok()?.try_into().ok();
        let path = lines.map(hash).collect::<Option<_>>().ok_or(Unusable::Proof)?;
        Ok(Self { index, path, head: Pin::read(note, keys)? })
    }

    /// Returns how many leaves the log had under which it is proved.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.head.size()
    }

    /// Says whether a leaf is where the proof says it is (RFC 9162, section 2.1.3.2).
    #[must_use]
    pub fn proves(&self, leaf: &Digest) -> bool {
        let Some(mut last) = self.head.size().checked_sub(1) else { return false };
        let (mut at, mut hash) = (self.index, leaf.0);
        if at > last {
            return false;
        }
        for beside in &self.path {
            if last == 0 {
                return false;
            }
            if at % 2 == 1 || at == last {
                hash = node(beside, &hash);
                while at.is_multiple_of(2) && at != 0 {
                    at /= 2;
                    last /= 2;
                }
            } else {
                hash = node(&hash, beside);
            }
            at /= 2;
            last /= 2;
        }
        last == 0 && hash == self.head.root()
    }
}
