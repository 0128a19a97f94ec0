//! What a log sends to a witness: the body of `add-checkpoint`.

use refero_verify::Consistency;

use super::Refusal;

/// A checkpoint, and how it follows on the one that the witness saw last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// How many leaves the tree had that the witness saw last, as its sender believes.
    pub old: u64,
    /// That the tree begins with those.
    pub proof: Consistency,
    /// The checkpoint.
    pub note: String,
}

impl Submission {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// [`Refusal::Malformed`].
    pub fn read(body: &[u8]) -> Result<Self, Refusal> {
        let read = || {
            let (before, note) = std::str::from_utf8(body).ok()?.split_once("\n\n")?;
            let (old, hashes) = before.split_once('\n').unwrap_or((before, ""));
            let text = old.strip_prefix("old ")?;
            let old: u64 = text.parse().ok()?;
            // One number has one form: neither a sign nor leading noughts.
            let proof = Consistency::read(hashes).ok().filter(|_| old.to_string() == text)?;
            Some(Self { old, proof, note: note.to_owned() })
        };
        read().ok_or(Refusal::Malformed)
    }

    /// Writes the body of a request.
    #[must_use]
    pub fn written(old: u64, proof: &str, note: &str) -> String {
        format!("old {old}\n{proof}\n{note}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HASH: &str = "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n";

    #[test]
    fn what_is_written_is_read() {
        for (proof, old) in [("", 0), (HASH, 7), (&HASH.repeat(63), u64::MAX)] {
            let body = Submission::written(old, proof, "a\n1\nb\n\nc\n");
            let read = Submission::read(body.as_bytes()).unwrap();
            assert_eq!((read.old, read.note.as_str()), (old, "a\n1\nb\n\nc\n"));
            assert_eq!(read.proof, Consistency::read(proof).unwrap());
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let too_many = format!("old 1\n{}\nnote\n", HASH.repeat(64));
        for wrong in [
            "",
            "old 1",
            "old 1\n",
            "\n\n",
            "new 1\n\nnote",
            "old -1\n\nnote",
            "old +1\n\nnote",
            "old 01\n\nnote",
            "old  1\n\nnote",
            "old 1 \n\nnote",
            "old 18446744073709551616\n\nn",
            "old 1\nx\n\nnote",
            "old 1\r\n\r\nnote",
            &too_many,
        ] {
            assert!(Submission::read(wrong.as_bytes()).is_err(), "{wrong:?}");
        }
        assert!(Submission::read(b"old 1\n\n\xff").is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Submission::read(&bytes);
        }

        #[test]
        fn no_text_like_it_breaks_it(text in "old [0-9]{0,22}\n([A-Za-z0-9+/=]{0,50}\n){0,3}\n?.{0,40}") {
            let _ = Submission::read(text.as_bytes());
        }
    }
}
