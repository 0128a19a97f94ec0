//! What stops the clocks of a country's work for a while.

use serde::{Deserialize, Serialize};

use super::{ClockKind, Status};
use crate::case::ClockPause;

/// Holds which clocks stand still for how long; none does where the country has not settled it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Pauses {
    /// While contact with the person is lost.
    #[serde(default)]
    pub lost_contact: Vec<ClockKind>,
    /// While the case pauses for a recovery and reflection period.
    #[serde(default)]
    pub reflection_period: Vec<ClockKind>,
    /// While the person is asked for a consent.
    #[serde(default)]
    pub consent_pending: Vec<ClockKind>,
    /// Where that is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// How far that may be relied on.
    pub status: Status,
}

impl Default for Pauses {
    fn default() -> Self {
        Self {
            lost_contact: Vec::new(),
            reflection_period: Vec::new(),
            consent_pending: Vec::new(),
            source: None,
            status: Status::Policy,
        }
    }
}

impl Pauses {
    /// Returns the clocks that stand still for a reason.
    #[must_use]
    pub fn of(&self, pause: ClockPause) -> &[ClockKind] {
        match pause {
            ClockPause::LostContact => &self.lost_contact,
            ClockPause::ReflectionPeriod => &self.reflection_period,
            ClockPause::ConsentPending => &self.consent_pending,
        }
    }
}
