//! The pause after failed attempts to sign in.
//!
//! An account is slowed down, never locked for good: a permanent lock is a weapon against the
//! person whose name is known. The steps are those of Kanidm's soft lock; from the hundredth
//! failure on, the account rests until the end of the UTC day (NIST SP 800-63B-4 allows at most
//! 100 consecutive failures). The count belongs to the account, by its id, never to a field that
//! the client chooses.
//!
//! Wrong codes of a second factor are counted apart, because only who knows the password or has a
//! session can send one: outsiders cannot keep a person from proving who they are. From the third on
//! one code is looked at in each time step, from the hundredth on none until the end of the day.
//!
//! That does not stop who tries one password under many names. So each network has an allowance of
//! failures too, a bucket that drains by one every [`NETWORK_DRAIN_S`] seconds. One moment stands for
//! the whole bucket: the one at which it will be empty (the generic cell rate algorithm).

use chrono::{DateTime, Days, NaiveTime, TimeDelta, Timelike, Utc};

/// From this many consecutive failures on, the account rests until the end of the day.
pub const DAILY_LIMIT: u32 = 100;

/// Returns the moment from which the next attempt is looked at.
///
/// The attempt before that moment is refused without its password being checked, and does not
/// count as a failure.
#[must_use]
pub fn next_attempt_at(failures: u32, last_failed_at: DateTime<Utc>) -> DateTime<Utc> {
    let wait = match failures {
        0 => TimeDelta::zero(),
        1..3 => TimeDelta::seconds(1),
        3..9 => TimeDelta::seconds(3),
        9..25 => TimeDelta::seconds(5),
        25..DAILY_LIMIT => TimeDelta::seconds(10),
        DAILY_LIMIT.. => return end_of_day(last_failed_at),
    };
    last_failed_at.checked_add_signed(wait).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// Returns the whole seconds to wait from now, rounded up, for `Retry-After`; nothing if the
/// attempt may be made.
#[must_use]
pub fn wait_s(failures: u32, last_failed_at: DateTime<Utc>, now: DateTime<Utc>) -> Option<u64> {
    whole_seconds(next_attempt_at(failures, last_failed_at).signed_duration_since(now))
}

/// Rounds up to whole seconds; nothing if none are left.
fn whole_seconds(left: TimeDelta) -> Option<u64> {
    let whole = left.num_seconds();
    let seconds = if left.subsec_nanos() > 0 { whole.saturating_add(1) } else { whole };
    u64::try_from(seconds).ok().filter(|seconds| *seconds > 0)
}

/// Returns the number of consecutive failures after one more.
///
/// A day of rest that is over clears the count; otherwise one failure a day would keep the
/// account at rest for ever. A success clears it too, which is the caller's part.
#[must_use]
pub fn failures_after(failures: u32, last_failed_at: DateTime<Utc>, now: DateTime<Utc>) -> u32 {
    if failures >= DAILY_LIMIT && now >= end_of_day(last_failed_at) {
        return 1;
    }
    failures.saturating_add(1)
}

/// So many wrong codes may come before the next one waits for its time step.
const CODES_AT_ONCE: u32 = 3;

/// Returns the whole seconds until a code of a second factor is looked at, after so many wrong ones
/// in a row, where a time step takes `step_s` seconds; nothing if it may be now.
#[must_use]
pub fn code_wait_s(
    wrong: u32,
    last_failed_at: DateTime<Utc>,
    step_s: i64,
    now: DateTime<Utc>,
) -> Option<u64> {
    let next = match wrong {
        0..CODES_AT_ONCE => return None,
        CODES_AT_ONCE..DAILY_LIMIT => {
            let left = step_s - last_failed_at.timestamp().rem_euclid(step_s.max(1));
            last_failed_at
                .with_nanosecond(0)
                .and_then(|at| at.checked_add_signed(TimeDelta::seconds(left)))
                .unwrap_or(DateTime::<Utc>::MAX_UTC)
        }
        DAILY_LIMIT.. => end_of_day(last_failed_at),
    };
    whole_seconds(next.signed_duration_since(now))
}

/// How long a network takes to live down one failure.
pub const NETWORK_DRAIN_S: i64 = 6;

/// Returns the whole seconds until an attempt from a network is looked at, if its bucket holds
/// `burst` failures or more now.
#[must_use]
pub fn network_wait_s(burst: u32, empty_at: DateTime<Utc>, now: DateTime<Utc>) -> Option<u64> {
    let full = TimeDelta::seconds(NETWORK_DRAIN_S.saturating_mul(i64::from(burst.max(1))));
    let one = TimeDelta::seconds(NETWORK_DRAIN_S);
    // There is room for one more when at most `burst - 1` are left.
    whole_seconds(empty_at.signed_duration_since(now) - (full - one))
}

/// Returns the moment at which a network's bucket will be empty, after one failure more.
#[must_use]
pub fn network_empty_at(empty_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> DateTime<Utc> {
    empty_at
        .map_or(now, |empty_at| empty_at.max(now))
        .checked_add_signed(TimeDelta::seconds(NETWORK_DRAIN_S))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

fn end_of_day(at: DateTime<Utc>) -> DateTime<Utc> {
    at.date_naive()
        .checked_add_days(Days::new(1))
        .map_or(DateTime::<Utc>::MAX_UTC, |day| day.and_time(NaiveTime::MIN).and_utc())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_pause_grows_with_the_failures() {
        let failed = at("2026-03-01T10:00:00Z");
        for (failures, seconds) in [
            (0, 0),
            (1, 1),
            (2, 1),
            (3, 3),
            (8, 3),
            (9, 5),
            (24, 5),
            (25, 10),
            (99, 10),
            (100, 14 * 3600),
            (u32::MAX, 14 * 3600),
        ] {
            let expected = (seconds > 0).then_some(seconds);
            assert_eq!(wait_s(failures, failed, failed), expected, "{failures}");
        }
    }

    #[test]
    fn the_account_is_never_locked_for_good() {
        let evening = at("2026-03-01T23:59:59.5Z");

        assert_eq!(wait_s(100, evening, evening), Some(1));
        assert_eq!(wait_s(100, evening, at("2026-03-02T00:00:00Z")), None);
        assert_eq!(failures_after(100, evening, at("2026-03-02T00:00:00Z")), 1);
        assert_eq!(failures_after(100, evening, evening), 101);
        assert_eq!(failures_after(99, evening, at("2026-03-09T00:00:00Z")), 100);
        assert_eq!(failures_after(u32::MAX, evening, evening), u32::MAX);
    }

    #[test]
    fn the_end_of_time_is_no_reason_to_panic() {
        let end = DateTime::<Utc>::MAX_UTC;

        assert_eq!(next_attempt_at(100, end), end);
        assert_eq!(next_attempt_at(1, end), end);
    }

    #[test]
    fn a_network_may_fail_so_often_at_once_and_then_once_every_few_seconds() {
        let now = at("2026-03-01T10:00:00Z");
        let mut empty_at = None;
        for failure in 0..3 {
            let waits = empty_at.and_then(|empty_at| network_wait_s(3, empty_at, now));
            assert_eq!(waits, None, "{failure}");
            empty_at = Some(network_empty_at(empty_at, now));
        }

        let empty_at = empty_at.unwrap();
        assert_eq!(network_wait_s(3, empty_at, now), Some(6));
        assert_eq!(network_wait_s(3, empty_at, at("2026-03-01T10:00:05.5Z")), Some(1));
        assert_eq!(network_wait_s(3, empty_at, at("2026-03-01T10:00:06Z")), None);
        assert_eq!(
            network_empty_at(Some(empty_at), at("2026-03-02T00:00:00Z")),
            at("2026-03-02T00:00:06Z")
        );
        assert_eq!(network_empty_at(Some(DateTime::<Utc>::MAX_UTC), now), DateTime::<Utc>::MAX_UTC);
    }

    #[test]
    fn from_the_third_wrong_code_on_one_is_looked_at_in_each_step() {
        let failed = at("2026-03-01T10:00:07.25Z");
        for (wrong, expected) in
            [(0, None), (2, None), (3, Some(23)), (99, Some(23)), (100, Some(14 * 3600 - 7))]
        {
            assert_eq!(code_wait_s(wrong, failed, 30, failed), expected, "{wrong}");
        }
        assert_eq!(code_wait_s(3, failed, 30, at("2026-03-01T10:00:29.9Z")), Some(1));
        assert_eq!(code_wait_s(3, failed, 30, at("2026-03-01T10:00:30Z")), None);
        assert_eq!(code_wait_s(100, failed, 30, at("2026-03-02T00:00:00Z")), None);
        let end = DateTime::<Utc>::MAX_UTC;
        assert_eq!(code_wait_s(3, end, 0, end), None);
    }

    proptest! {
        #[test]
        fn a_network_that_waited_as_told_is_looked_at(
            burst in 1_u32..1000, ahead_ms in 0_i64..10_000_000,
        ) {
            let now = at("2026-03-01T10:00:00Z");
            let empty_at = now + TimeDelta::milliseconds(ahead_ms);
            if let Some(wait) = network_wait_s(burst, empty_at, now) {
                let later = now + TimeDelta::seconds(i64::try_from(wait).unwrap());
                prop_assert_eq!(network_wait_s(burst, empty_at, later), None);
            }
        }

        #[test]
        fn more_failures_never_mean_a_shorter_pause(
            seconds in 0_i64..4_000_000_000, less in 0_u32..200, more in 0_u32..200,
        ) {
            let failed = DateTime::from_timestamp(seconds, 0).unwrap();
            // A day that ends within ten seconds is the one place where the steps cross.
            prop_assume!(seconds % 86_400 < 86_390);
            prop_assert!(less > more
                || next_attempt_at(less, failed) <= next_attempt_at(more, failed));
        }
    }
}
