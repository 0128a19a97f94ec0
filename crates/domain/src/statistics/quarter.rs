//! A quarter of a year, the one period of every count.
//!
//! Periods that overlap tell by their difference what neither tells alone; quarters do not overlap.

use std::{fmt, str::FromStr};

use chrono::{Datelike as _, NaiveDate, TimeDelta};

use crate::instant::Instant;

/// Says that a text is no quarter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a quarter of a year as 2026-Q3")]
pub struct NoQuarter;

/// A quarter: `2026-Q3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quarter {
    year: i32,
    /// From 0 to 3.
    number: u32,
}

impl Quarter {
    /// Returns the quarter of a moment, by the clock of a country.
    #[must_use]
    pub fn at(now: Instant, utc_offset_minutes: i16) -> Self {
        let here = (now.to_utc() + TimeDelta::minutes(utc_offset_minutes.into())).naive_utc();
        Self { year: here.year(), number: here.month0() / 3 }
    }

    /// Returns the quarter before.
    #[must_use]
    pub const fn before(self) -> Self {
        match self.number {
            0 => Self { year: self.year.saturating_sub(1), number: 3 },
            number => Self { year: self.year, number: number.saturating_sub(1) },
        }
    }

    const fn after(self) -> Self {
        match self.number {
            3.. => Self { year: self.year.saturating_add(1), number: 0 },
            number => Self { year: self.year, number: number.saturating_add(1) },
        }
    }

    fn first_moment(self, utc_offset_minutes: i16) -> Option<Instant> {
        let day = NaiveDate::from_ymd_opt(self.year, self.number * 3 + 1, 1)?;
        let begin = day.and_hms_opt(0, 0, 0)?.and_utc();
        Some(Instant::from_utc(begin - TimeDelta::minutes(utc_offset_minutes.into())))
    }

    /// Returns its first moment, and the first one after it, by the clock of a country; nothing for a year
    /// that no calendar has.
    #[must_use]
    pub fn span(self, utc_offset_minutes: i16) -> Option<(Instant, Instant)> {
        let begin = self.first_moment(utc_offset_minutes)?;
        Some((begin, self.after().first_moment(utc_offset_minutes)?))
    }
}

impl FromStr for Quarter {
    type Err = NoQuarter;
    fn from_str(text: &str) -> Result<Self, NoQuarter> {
        let (year, number) = text.split_once("-Q").ok_or(NoQuarter)?;
        let digits =
            |text: &str, count| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(number, 1) {
            return Err(NoQuarter);
        }
        let number = number.parse::<u32>().ok().and_then(|number| number.checked_sub(1));
        match (year.parse(), number) {
            (Ok(year), Some(number @ 0..=3)) => Ok(Self { year, number }),
            _ => Err(NoQuarter),
        }
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-Q{}", self.year, self.number + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        Instant::from_utc(text.parse().unwrap())
    }

    #[test]
    fn a_quarter_has_one_form() {
        let quarter: Quarter = "2026-Q3".parse().unwrap();
        assert_eq!(quarter.to_string(), "2026-Q3");
        for bad in ["", "2026", "2026-Q0", "2026-Q5", "26-Q1", "2026-Q+1", "2026-q1", "+026-Q1"] {
            assert_eq!(bad.parse::<Quarter>(), Err(NoQuarter), "{bad}");
        }
    }

    #[test]
    fn a_quarter_begins_when_the_day_begins_in_the_country() {
        let quarter: Quarter = "2026-Q4".parse().unwrap();
        let span = quarter.span(180).unwrap();

        assert_eq!(span, (at("2026-09-30T21:00:00Z"), at("2026-12-31T21:00:00Z")));
        assert_eq!(Quarter::at(span.0, 180), quarter);
        assert_eq!(Quarter::at(span.1, 180), "2027-Q1".parse().unwrap());
        assert_eq!(Quarter::at(span.1, 180).before(), quarter);
    }
}
