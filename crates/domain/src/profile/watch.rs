//! When those who look too much are told about.

use serde::{Deserialize, Serialize};

use super::Status;

/// Holds when somebody who opens many people, or is refused again and again, is told about.
///
/// It is not shown with the profile: who is watched does not learn how far they may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// So many different people may one account open on one day (UTC) before its supervisors and the
    /// data protection officers are told.
    pub people_alarm_after: u32,
    /// So many may it open at all; further ones are refused until the next day.
    pub people_refuse_after: u32,
    /// So many refusals of one account are told about,
    pub refusals: u32,
    /// if they fall within so many minutes.
    pub refusals_within_minutes: u16,
    /// How far the figures may be relied on.
    pub status: Status,
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            people_alarm_after: 150,
            people_refuse_after: 1_000,
            refusals: 20,
            refusals_within_minutes: 10,
            status: Status::Policy,
        }
    }
}

impl Watch {
    /// Says whether the figures make sense.
    pub(super) const fn is_sound(&self) -> bool {
        self.people_alarm_after > 0
            && self.people_refuse_after >= self.people_alarm_after
            && self.refusals > 0
            && self.refusals_within_minutes > 0
    }

    /// Returns the time within which refusals are counted, in seconds.
    #[must_use]
    pub fn refusals_within_s(&self) -> i64 {
        i64::from(self.refusals_within_minutes).saturating_mul(60)
    }
}
