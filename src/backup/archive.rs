//! The archive inside of a backup: the old and plain form of tar (POSIX.1-1988 ustar), written and read
//! strictly. Only what a backup needs is known: files with short names, one after another.

use std::io::{self, Read, Write};

/// Everything in an archive is a multiple of this long.
const BLOCK: usize = 512;
const ZEROS: [u8; BLOCK] = [0; BLOCK];
/// Where the checksum of a header stands, which is computed as if it were spaces.
const SUM: std::ops::Range<usize> = 148..156;

/// Writes entries one after another.
pub(super) struct ArchiveWriter<W> {
    out: W,
    made_at_s: u64,
}

impl<W: Write> ArchiveWriter<W> {
    pub(super) const fn new(out: W, made_at_s: u64) -> Self {
        Self { out, made_at_s }
    }

    /// Writes one file.
    pub(super) fn put(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        self.out.write_all(&header(name, content.len(), self.made_at_s)?)?;
        self.out.write_all(content)?;
        self.out.write_all(ZEROS.get(..padding(content.len())).unwrap_or_default())
    }

    /// Writes the end, and gives back what was written to.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.out.write_all(&ZEROS)?;
        self.out.write_all(&ZEROS)?;
        Ok(self.out)
    }
}

/// How many zeros follow on so many bytes.
const fn padding(length: usize) -> usize {
    (BLOCK - length % BLOCK) % BLOCK
}

fn header(name: &str, length: usize, made_at_s: u64) -> io::Result<Vec<u8>> {
    let with = |sum: &str| -> io::Result<Vec<u8>> {
        let (length, made_at) = (format!("{length:011o}"), format!("{made_at_s:011o}"));
        let mut header = Vec::with_capacity(BLOCK);
        for (text, width) in [
            (name, 100),
            ("0000600", 8),
            ("0000000", 8),
            ("0000000", 8),
            (length.as_str(), 12),
            (made_at.as_str(), 12),
            (sum, 8),
            // An ordinary file.
            ("0", 1),
            ("", 100),
            ("ustar", 6),
            ("00", 2),
            ("", 247),
        ] {
            if text.len() > width {
                return Err(io::Error::other("it does not fit into an archive"));
            }
            header.extend_from_slice(text.as_bytes());
            header.resize(header.len() + width - text.len(), 0);
        }
        header.resize(BLOCK, 0);
        Ok(header)
    };
    let sum = sum_of(&with("        ")?);
    with(&format!("{sum:06o}\0 "))
}

fn sum_of(header: &[u8]) -> u32 {
    let of = |(at, byte): (usize, &u8)| u32::from(if SUM.contains(&at) { b' ' } else { *byte });
    header.iter().enumerate().map(of).sum()
}

/// Says that what is read is no archive, or not a whole one, although it was decrypted.
#[derive(Debug, thiserror::Error)]
#[error("it is no whole archive")]
pub(super) struct NotWhole;

fn not_whole() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, NotWhole)
}

/// Reads entries one after another.
pub(super) struct ArchiveReader<R> {
    input: R,
}

impl<R: Read> ArchiveReader<R> {
    pub(super) const fn new(input: R) -> Self {
        Self { input }
    }

    /// Reads the next file, of at most so many bytes; nothing at the end, which must be the end of
    /// everything.
    pub(super) fn next(&mut self, longest: usize) -> io::Result<Option<(String, Vec<u8>)>> {
        let mut block = [0; BLOCK];
        self.fill(&mut block)?;
        if block == ZEROS {
            self.end()?;
            return Ok(None);
        }
        let (name, length) = read_header(&block).ok_or_else(not_whole)?;
        if length > longest {
            return Err(not_whole());
        }
        let mut content = vec![0; length];
        self.fill(&mut content)?;
        let rest = block.get_mut(..padding(length)).ok_or_else(not_whole)?;
        self.fill(rest)?;
        if rest.iter().any(|byte| *byte != 0) {
            return Err(not_whole());
        }
        Ok(Some((name, content)))
    }

    fn fill(&mut self, block: &mut [u8]) -> io::Result<()> {
        let mut left = block;
        while !left.is_empty() {
            let read = self.input.read(left)?;
            if read == 0 {
                return Err(not_whole());
            }
            left = left.get_mut(read..).unwrap_or_default();
        }
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        let mut block = [0; BLOCK];
        self.fill(&mut block)?;
        // What follows is not of the archive; and only at its end does the encryption say that
        // nothing was cut.
        let more = self.input.read(&mut [0; 1])?;
        if block == ZEROS && more == 0 { Ok(()) } else { Err(not_whole()) }
    }
}

/// Reads a header, and accepts it only as it would be written here.
fn read_header(block: &[u8; BLOCK]) -> Option<(String, usize)> {
    let text = |from: usize, to: usize| {
        let field = block.get(from..to)?;
        let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
        std::str::from_utf8(field.get(..end)?).ok()
    };
    let name = text(0, 100)?;
    let length = usize::from_str_radix(text(124, 136)?, 8).ok()?;
    let made_at_s = u64::from_str_radix(text(136, 148)?, 8).ok()?;
    let is_ours = header(name, length, made_at_s).ok()? == block;
    is_ours.then(|| (name.to_owned(), length))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ArchiveWriter::new(Vec::new(), 1_790_000_000);
        for (name, content) in entries {
            writer.put(name, content).unwrap();
        }
        writer.finish().unwrap()
    }

    fn read(bytes: &[u8]) -> io::Result<Vec<(String, Vec<u8>)>> {
        let mut reader = ArchiveReader::new(bytes);
        let mut read = Vec::new();
        while let Some(entry) = reader.next(10_000)? {
            read.push(entry);
        }
        Ok(read)
    }

    #[test]
    fn what_is_put_in_comes_out_and_a_cut_is_seen() {
        let long = vec![7; 512];
        let whole = archive(&[("one", b"1"), ("none", b""), ("long", &long)]);
        assert_eq!(whole.len() % BLOCK, 0);
        let entries = read(&whole).unwrap();
        assert_eq!(entries[0], ("one".to_owned(), b"1".to_vec()));
        assert_eq!((entries.len(), entries[2].1.len()), (3, 512));

        for cut in [0, 1, 511, 512, 1024, whole.len() - 512, whole.len() - 1] {
            assert!(read(&whole[..cut]).is_err(), "{cut}");
        }
        assert!(read(&[&whole[..], &[0]].concat()).is_err());
        assert!(read(&archive(&[("much", &[0; 10_001])])).is_err());
    }

    #[test]
    fn other_programs_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("archive.tar");
        std::fs::write(&path, archive(&[("one", b"1"), ("two", b"22")])).unwrap();
        let listed = std::process::Command::new("tar").arg("-tvf").arg(&path).output().unwrap();
        let listed = String::from_utf8(listed.stdout).unwrap();

        assert!(listed.lines().count() == 2 && listed.contains("two"), "{listed}");
        assert!(listed.starts_with("-rw-------"), "{listed}");
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(at in 0_usize..2048, byte in any::<u8>()) {
            let mut bytes = archive(&[("one", b"1"), ("two", b"22")]);
            let before = bytes[at];
            bytes[at] = byte;
            let read = read(&bytes);
            // Inside of the content nothing is checked here: that is what the sums are for.
            prop_assert!(byte == before || at == 512 || (1536..1538).contains(&at) || read.is_err());
        }
    }
}
