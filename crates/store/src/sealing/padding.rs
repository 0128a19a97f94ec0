//! Hiding the length of what is sealed.
//!
//! A cipher keeps the length, and the length of a name or of a phone number narrows down whose it
//! is. Values are therefore filled up to a multiple of [`BLOCK_BYTES`]: one byte `0x80`, then
//! zeros (ISO/IEC 7816-4). All names, numbers and addresses of fewer than 64 bytes look alike, an
//! empty value looks like them, and a long account tells its length to within 64 bytes only.
//! The filling is checked after the tag was, so it is no oracle.

use zeroize::Zeroizing;

use super::error::SealingError;

/// The size to whose multiples values are filled up.
pub(super) const BLOCK_BYTES: usize = 64;
const MARK: u8 = 0x80;

const FILLING: [u8; BLOCK_BYTES] = {
    let mut filling = [0; BLOCK_BYTES];
    let [first, ..] = &mut filling;
    *first = MARK;
    filling
};

/// Returns the bytes to write after a value of the given length: at least the mark.
pub(super) fn filling(length: usize) -> &'static [u8] {
    let (filling, _) = FILLING.split_at(BLOCK_BYTES - length % BLOCK_BYTES);
    filling
}

/// Cuts the filling off an opened value.
///
/// # Errors
/// [`SealingError::UnexpectedStructure`] when there is none: the value was not sealed here.
pub(super) fn strip(mut opened: Zeroizing<Vec<u8>>) -> Result<Zeroizing<Vec<u8>>, SealingError> {
    if !opened.len().is_multiple_of(BLOCK_BYTES) {
        return Err(SealingError::UnexpectedStructure);
    }
    let mark = opened.iter().rposition(|byte| *byte != 0);
    let length = mark
        .filter(|at| opened.get(*at) == Some(&MARK) && opened.len() - at <= BLOCK_BYTES)
        .ok_or(SealingError::UnexpectedStructure)?;
    opened.truncate(length);
    Ok(opened)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn padded(value: &[u8]) -> Vec<u8> {
        [value, filling(value.len())].concat()
    }

    proptest! {
        #[test]
        fn what_is_filled_up_comes_back(value in prop::collection::vec(any::<u8>(), 0..300)) {
            let padded = padded(&value);
            prop_assert_eq!(padded.len(), (value.len() / BLOCK_BYTES + 1) * BLOCK_BYTES);
            let stripped = strip(Zeroizing::new(padded)).unwrap();
            prop_assert_eq!(stripped.as_slice(), value.as_slice());
        }
    }

    #[test]
    fn values_that_look_like_filling_come_back() {
        for value in [&[0x80][..], &[0x80, 0, 0], &[0; 64], &[0; 63], &[]] {
            assert_eq!(strip(Zeroizing::new(padded(value))).unwrap().as_slice(), value);
        }
    }

    #[test]
    fn a_value_without_proper_filling_is_refused() {
        let mut mark_too_early = vec![0; 2 * BLOCK_BYTES];
        mark_too_early[3] = MARK;
        for bad in
            [vec![], vec![0; BLOCK_BYTES], vec![1; BLOCK_BYTES], vec![MARK; 3], mark_too_early]
        {
            assert_eq!(strip(Zeroizing::new(bad)).unwrap_err(), SealingError::UnexpectedStructure);
        }
    }
}
