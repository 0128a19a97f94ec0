//! Writing a value as JSON without leaving copies of it in freed memory.

use std::io;

use zeroize::Zeroizing;

/// Collects what is written, and wipes the old memory each time it grows.
///
/// A plain `Vec` copies itself into a larger allocation and frees the old one with the name, the
/// number or the account still in it.
#[derive(Default)]
pub(super) struct Plaintext {
    bytes: Zeroizing<Vec<u8>>,
}

impl Plaintext {
    /// Returns what was written.
    pub(super) fn as_slice(&self) -> &[u8] {
        &self.bytes
    }
}

impl io::Write for Plaintext {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        let needed = self.bytes.len().saturating_add(more.len());
        if needed > self.bytes.capacity() {
            let mut larger = Vec::with_capacity(needed.max(256).saturating_mul(2));
            larger.extend_from_slice(&self.bytes);
            // The assignment drops the old buffer, which wipes it.
            self.bytes = Zeroizing::new(larger);
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn everything_that_is_written_is_kept_in_order() {
        let mut plaintext = Plaintext::default();
        let mut expected = Vec::new();
        for round in 0..200_u8 {
            let piece = vec![round; usize::from(round)];
            plaintext.write_all(&piece).unwrap();
            expected.extend_from_slice(&piece);
        }

        assert_eq!(plaintext.as_slice(), expected);
    }
}
