//! Points in time: UTC, microseconds, the same text in both databases and in every hash.

use chrono::{DateTime, Datelike, Duration, NaiveDateTime, SubsecRound, Utc};

/// A point in time in UTC with microsecond precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "sql", derive(diesel::AsExpression, diesel::FromSqlRow))]
#[cfg_attr(feature = "sql", diesel(sql_type = diesel::sql_types::Timestamp))]
pub struct Instant(NaiveDateTime);

impl Instant {
    /// Takes a moment and cuts it to microseconds, so that what is stored is what was hashed.
    #[must_use]
    pub fn from_utc(at: DateTime<Utc>) -> Self {
        Self(at.trunc_subsecs(6).naive_utc())
    }

    /// Returns the moment as chrono's type.
    #[must_use]
    pub fn to_utc(self) -> DateTime<Utc> {
        self.0.and_utc()
    }

    #[cfg(feature = "sql")]
    pub(crate) const fn naive(&self) -> &NaiveDateTime {
        &self.0
    }

    /// Returns the moment in microseconds since 1970.
    #[must_use]
    pub fn unix_microseconds(self) -> i64 {
        self.0.and_utc().timestamp_micros()
    }

    /// Returns the moment that many seconds later, or the same moment at the end of time.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Duration::try_seconds(seconds).and_then(|d| self.0.checked_add_signed(d)).map_or(self, Self)
    }

    /// Returns the whole seconds from `earlier` to this moment; negative if it lies later.
    #[must_use]
    pub fn seconds_since(self, earlier: Self) -> i64 {
        self.0.signed_duration_since(earlier.0).num_seconds()
    }

    /// Returns the calendar day in UTC.
    #[must_use]
    pub fn date(self) -> chrono::NaiveDate {
        self.0.date()
    }
}

impl serde::Serialize for Instant {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer
            .serialize_str(&self.to_utc().to_rfc3339_opts(chrono::SecondsFormat::Micros, true))
    }
}

impl<'de> serde::Deserialize<'de> for Instant {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        // RFC 3339 with an offset: a time without one means a different moment at every border.
        // In UTC the year keeps four digits: SQLite compares times as texts.
        DateTime::parse_from_rfc3339(&text)
            .ok()
            .map(|at| Self::from_utc(at.with_timezone(&Utc)))
            .filter(|at| (1900..=9999).contains(&at.0.year()))
            .ok_or_else(|| {
                serde::de::Error::custom(
                    "a time is written as in RFC 3339, with offset, from 1900 on",
                )
            })
    }
}
