//! The recovery and reflection period of a country.

use serde::{Deserialize, Serialize};

use super::Status;
use crate::reference::code_enum;

/// Holds the recovery and reflection period; no number of days is law until a source says so, and what is
/// absent is not settled in the country.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReflectionPeriod {
    /// Days, if the country has a period: everybody is granted that many at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u16>,
    /// Whether it can be extended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewable: Option<bool>,
    /// Days at the most, with every extension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_days: Option<u16>,
    /// With what it starts; with the grant, if the profile does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_on: Option<ReflectionStart>,
    /// Whether nobody is removed from the country while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspends_removal: Option<bool>,
    /// For whom it is; for all, if the profile does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applies_to: Option<ReflectionScope>,
    /// How many days before its end whoever coordinates is warned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warn_before_days: Option<u16>,
    /// Where that is written: the law, or the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// How far that may be relied on.
    pub status: Status,
}

code_enum! {
    /// With what a recovery and reflection period starts.
    pub enum ReflectionStart {
        /// The day on which it was offered.
        Offer = "offer",
        /// The day on which it is granted.
        Grant = "grant",
    }
}

code_enum! {
    /// For whom the recovery and reflection period of a country is.
    pub enum ReflectionScope {
        /// For those alone who are not citizens of the country.
        Foreign = "foreign",
        /// For everybody.
        All = "all",
    }
}

impl ReflectionPeriod {
    /// Says whether what the profile says is about somebody, a citizen of the country or not.
    #[must_use]
    pub fn applies_to_citizens_or(&self, is_citizen: bool) -> bool {
        !is_citizen || self.applies_to != Some(ReflectionScope::Foreign)
    }

    /// Returns how many days somebody is granted, if the profile says so.
    #[must_use]
    pub fn days_for(&self, is_citizen: bool) -> Option<u16> {
        self.days.filter(|_| self.applies_to_citizens_or(is_citizen))
    }

    /// Returns how many days somebody is granted at the most, if the profile says so.
    #[must_use]
    pub fn most_for(&self, is_citizen: bool) -> Option<u16> {
        self.max_days.filter(|_| self.applies_to_citizens_or(is_citizen))
    }

    /// Says whether the figures can be.
    pub(super) fn is_sound(&self) -> bool {
        let figures = [self.days, self.max_days, self.warn_before_days];
        let days = self.days.or(self.max_days).unwrap_or(u16::MAX);
        figures.into_iter().flatten().all(|days| (1..=LONGEST_REFLECTION).contains(&days))
            && self.max_days.is_none_or(|most| most >= self.days.unwrap_or(0))
            && self.warn_before_days.is_none_or(|warned| warned < days)
    }
}

/// No period has more days than this: a slip of the finger is none.
const LONGEST_REFLECTION: u16 = 1000;
