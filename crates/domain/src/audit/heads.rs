//! What the log states about the heads of the cases' chains.
//!
//! An event that was committed and has no number yet could be taken away unseen. But the chain of its
//! case has moved. Each minute, when nothing waits, a leaf states the heads that moved since the
//! statement before; if the numbered events do not make them, an event is missing.

use sha2::{Digest, Sha256};

/// The first line of a statement: its form and its version.
const FORM: &str = "refero case heads v1";

/// The digest of the heads that moved, taken one after the other in the order of their cases.
#[derive(Clone, Default)]
pub struct HeadsDigest {
    hasher: Sha256,
    cases: u64,
}

impl HeadsDigest {
    /// Adds the next head: the case, the length of its chain, and the hash of its last event.
    pub fn add(&mut self, case_id: &str, seq: i64, hash: &[u8; 32]) {
        self.hasher.update(u64::try_from(case_id.len()).unwrap_or(u64::MAX).to_be_bytes());
        self.hasher.update(case_id.as_bytes());
        self.hasher.update(seq.to_be_bytes());
        self.hasher.update(hash);
        self.cases = self.cases.saturating_add(1);
    }

    /// Returns the statement: form, time in microseconds since 1970-01-01 UTC, number of heads,
    /// digest in hexadecimal digits; a line each.
    #[must_use]
    pub fn statement(self, at_us: i64) -> String {
        let Self { hasher, cases } = self;
        let digest: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{FORM}\n{at_us}\n{cases}\n{digest}\n")
    }
}

/// Reads the time of a statement: microseconds since 1970-01-01 UTC.
#[must_use]
pub fn stated_at(statement: &str) -> Option<i64> {
    let mut lines = statement.lines();
    (lines.next()? == FORM).then_some(())?;
    lines.next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_of_these_heads_in_this_order_at_this_time() {
        let of = |heads: &[(&str, i64, [u8; 32])], at| {
            let mut digest = HeadsDigest::default();
            heads.iter().for_each(|(case, seq, hash)| digest.add(case, *seq, hash));
            digest.statement(at)
        };
        let (one, other) = (("a", 1, [1; 32]), ("b", 2, [2; 32]));

        let statement = of(&[one, other], 7);
        assert!(statement.starts_with("refero case heads v1\n7\n2\n"), "{statement}");
        assert_eq!(statement.lines().count(), 4);
        assert_eq!(stated_at(&statement), Some(7));
        for another in [
            of(&[other, one], 7),
            of(&[one], 7),
            of(&[one, ("b", 3, [2; 32])], 7),
            of(&[one, ("b", 2, [3; 32])], 7),
            of(&[one, other], 8),
        ] {
            assert_ne!(statement, another);
        }
        assert_eq!(stated_at("something else\n7\n"), None);
    }
}
