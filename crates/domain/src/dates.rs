//! Which days make sense: what happened lies between 1900 and today, a plan within a lifetime.

use chrono::{Datelike as _, NaiveDate};

use crate::{instant::Instant, refusal::Refusal};

/// Nobody whom the mechanism meets was born, or found, in an earlier year.
pub const EARLIEST_YEAR: i32 = 1900;

/// Nothing is planned for later: a slip of the finger (2206 for 2026) is not a plan.
const PLANNED_YEARS: i32 = 100;

/// How far the clocks of the mechanism's countries run ahead of UTC: what happened today where
/// somebody is must not be refused as tomorrow.
const EASTERNMOST_S: i64 = 4 * 3600;

/// Why a day makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateFault {
    /// Before the earliest day that makes sense.
    TooEarly,
    /// Not come yet, though it tells what happened.
    InFuture,
    /// Later than anybody plans.
    TooLate,
}

impl DateFault {
    /// Says at which place of a body it is.
    #[must_use]
    pub const fn at(self, pointer: &'static str) -> Refusal {
        Refusal::ImpossibleDate { pointer, fault: self }
    }
}

/// Returns the latest calendar day that it is anywhere in the mechanism's countries.
#[must_use]
pub fn today(now: Instant) -> NaiveDate {
    now.plus_seconds(EASTERNMOST_S).date()
}

/// Judges the day on which something happened.
///
/// # Errors
/// [`DateFault`] for a day before 1900 or one that has not come.
pub fn check_past(day: NaiveDate, now: Instant) -> Result<(), DateFault> {
    if day.year() < EARLIEST_YEAR {
        Err(DateFault::TooEarly)
    } else if day > today(now) {
        Err(DateFault::InFuture)
    } else {
        Ok(())
    }
}

/// Judges the day for which something is planned. It may have passed: plans are written down late.
///
/// # Errors
/// [`DateFault`] for a day before 1900 or a lifetime ahead.
pub fn check_planned(day: NaiveDate, now: Instant) -> Result<(), DateFault> {
    if day.year() < EARLIEST_YEAR {
        Err(DateFault::TooEarly)
    } else if day.year() > today(now).year().saturating_add(PLANNED_YEARS) {
        Err(DateFault::TooLate)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Instant {
        serde_json::from_str("\"2026-11-02T22:30:00Z\"").unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn what_happened_lies_between_1900_and_today() {
        for (text, judged) in [
            ("1899-12-31", Err(DateFault::TooEarly)),
            ("0001-01-01", Err(DateFault::TooEarly)),
            ("1900-01-01", Ok(())),
            ("2026-11-02", Ok(())),
            // It is tomorrow already where clocks run ahead of UTC.
            ("2026-11-03", Ok(())),
            ("2026-11-04", Err(DateFault::InFuture)),
            ("9999-12-31", Err(DateFault::InFuture)),
        ] {
            assert_eq!(check_past(day(text), noon()), judged, "{text}");
        }
    }

    #[test]
    fn a_plan_lies_within_a_lifetime() {
        for (text, judged) in [
            ("1899-12-31", Err(DateFault::TooEarly)),
            ("2026-10-01", Ok(())),
            ("2126-12-31", Ok(())),
            ("2127-01-01", Err(DateFault::TooLate)),
        ] {
            assert_eq!(check_planned(day(text), noon()), judged, "{text}");
        }
    }
}
