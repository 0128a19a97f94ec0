//! The percentile that `benches/api` tells: a benchmark has no tests of its own.

#[path = "../../benches/api/percentile.rs"]
mod exact;

pub(crate) use exact::percentile;

#[test]
fn a_percentile_is_a_value_that_was_measured() {
    let values: Vec<u32> = (1..=200).collect();

    assert_eq!(percentile(&values, 500), Some(100));
    assert_eq!(percentile(&values, 990), Some(198));
    assert_eq!(percentile(&values, 999), Some(200));
    assert_eq!(percentile(&values, 1_000), Some(200));
    assert_eq!(percentile(&[7, 8, 9], 500), Some(8));
    assert_eq!(percentile(&[7], 1), Some(7));
    assert_eq!(percentile::<u32>(&[], 500), None);
}
