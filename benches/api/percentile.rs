//! The percentile of what was measured, exactly: every value is kept. `tests/it` tests it.

/// Returns the smallest value that at least so many thousandths of the values do not exceed
/// (nearest rank). The values are sorted.
pub(crate) fn percentile<T: Copy>(sorted: &[T], thousandths: usize) -> Option<T> {
    let rank = (sorted.len() * thousandths).div_ceil(1_000).max(1);
    sorted.get(rank - 1).copied()
}
