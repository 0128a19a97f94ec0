//! The business calendar of a country: on which days its offices work.

use chrono::{DateTime, Datelike as _, Days, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use serde::{Deserialize, Serialize};

use super::Status;
use crate::reference::code_enum;

code_enum! {
    /// Names a day of the week.
    pub enum DayOfWeek {
        /// Monday.
        Monday = "monday",
        /// Tuesday.
        Tuesday = "tuesday",
        /// Wednesday.
        Wednesday = "wednesday",
        /// Thursday.
        Thursday = "thursday",
        /// Friday.
        Friday = "friday",
        /// Saturday.
        Saturday = "saturday",
        /// Sunday.
        Sunday = "sunday",
    }
}

impl DayOfWeek {
    /// Says whether a day of the calendar is this one.
    pub(crate) const fn is(self, day: Weekday) -> bool {
        matches!(
            (self, day),
            (Self::Monday, Weekday::Mon)
                | (Self::Tuesday, Weekday::Tue)
                | (Self::Wednesday, Weekday::Wed)
                | (Self::Thursday, Weekday::Thu)
                | (Self::Friday, Weekday::Fri)
                | (Self::Saturday, Weekday::Sat)
                | (Self::Sunday, Weekday::Sun)
        )
    }
}

/// Holds the days on which nobody works: clocks that count working days step over them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// How far the country's time is ahead of UTC, in minutes: where its days begin.
    #[serde(default)]
    pub utc_offset_minutes: i16,
    /// Days of the week on which offices are closed.
    #[serde(default = "Calendar::usual_weekend")]
    pub weekend: Vec<DayOfWeek>,
    /// Public holidays, each on its date: many move with the moon or are decreed.
    #[serde(default)]
    pub holidays: Vec<Holiday>,
}

/// Holds a day on which offices are closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// The day.
    pub date: NaiveDate,
    /// Name.
    pub name: String,
    /// Law or decree that sets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// How far that may be relied on.
    pub status: Status,
}

impl Default for Calendar {
    fn default() -> Self {
        Self { utc_offset_minutes: 0, weekend: Self::usual_weekend(), holidays: Vec::new() }
    }
}

/// A whole day lies between the westernmost and the easternmost clocks, and two hours.
const FURTHEST_OFFSET: i16 = 14 * 60;

impl Calendar {
    fn usual_weekend() -> Vec<DayOfWeek> {
        vec![DayOfWeek::Saturday, DayOfWeek::Sunday]
    }

    /// Says whether offices are open on a day.
    #[must_use]
    pub fn is_working_day(&self, day: NaiveDate) -> bool {
        let closed = self.weekend.iter().any(|closed| closed.is(day.weekday()));
        !closed && self.holidays.iter().all(|holiday| holiday.date != day)
    }

    /// Returns which day it is in the country.
    #[must_use]
    pub fn day_of(&self, at: DateTime<Utc>) -> NaiveDate {
        let offset = TimeDelta::minutes(self.utc_offset_minutes.into());
        at.checked_add_signed(offset).unwrap_or(at).date_naive()
    }

    /// Returns when a day of the country is over.
    #[must_use]
    pub fn end_of(&self, day: NaiveDate) -> DateTime<Utc> {
        let offset = TimeDelta::minutes(self.utc_offset_minutes.into());
        let midnight = day.succ_opt().map(|next| next.and_time(NaiveTime::MIN).and_utc());
        midnight
            .and_then(|midnight| midnight.checked_sub_signed(offset))
            .unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// Returns the same time of day so many working days later.
    pub(super) fn after_working_days(
        &self,
        from: DateTime<Utc>,
        amount: u16,
    ) -> Option<DateTime<Utc>> {
        let offset = TimeDelta::minutes(self.utc_offset_minutes.into());
        let mut day = from;
        let mut left = amount;
        while left > 0 {
            day = day.checked_add_days(Days::new(1))?;
            if self.is_working_day(day.checked_add_signed(offset)?.date_naive()) {
                left = left.saturating_sub(1);
            }
        }
        Some(day)
    }

    /// Says whether the days make sense: somebody works on some day, and none stands twice.
    pub(super) fn is_sound(&self) -> bool {
        let weekend = &self.weekend;
        let repeated = weekend
            .iter()
            .enumerate()
            .any(|(at, day)| weekend.iter().skip(at + 1).any(|d| d == day));
        let mut dates: Vec<_> = self.holidays.iter().map(|holiday| holiday.date).collect();
        let named = self.holidays.iter().all(|holiday| !holiday.name.trim().is_empty());
        let count = dates.len();
        dates.sort_unstable();
        dates.dedup();
        !repeated
            && weekend.len() < DayOfWeek::ALL.len()
            && named
            && dates.len() == count
            && self.utc_offset_minutes.abs() <= FURTHEST_OFFSET
    }
}
