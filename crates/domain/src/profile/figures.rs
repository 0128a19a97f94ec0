//! Figures by which offers are found and counts are shown.

use serde::{Deserialize, Serialize};

use super::Status;

/// Holds how long what was said about a service counts when somebody looks for one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Matching {
    /// After so many hours what a provider said about its free places is not known any more.
    pub free_places_stale_after_hours: u16,
    /// For so many days a provider that declined a case is offered last for the same service.
    pub declines_count_for_days: u16,
    /// Law or standard that sets the figures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// How far that may be relied on.
    pub status: Status,
}

impl Default for Matching {
    fn default() -> Self {
        Self {
            free_places_stale_after_hours: 24,
            declines_count_for_days: 14,
            source: None,
            status: Status::Policy,
        }
    }
}

impl Matching {
    /// Says whether the figures make sense: what counts for ever is never wrong.
    pub(super) const fn is_sound(&self) -> bool {
        self.free_places_stale_after_hours > 0
            && self.free_places_stale_after_hours <= 720
            && self.declines_count_for_days <= 366
    }
}

/// Holds how few people a count must not be about (R18).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Statistics {
    /// Counts of fewer people than this are not shown to who counts alone.
    pub suppress_under: u16,
    /// Law or standard that sets the figure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// How far that may be relied on.
    pub status: Status,
}

impl Default for Statistics {
    fn default() -> Self {
        Self { suppress_under: 11, source: None, status: Status::Policy }
    }
}

impl Statistics {
    /// Says whether the figure hides anybody.
    pub(super) const fn is_sound(&self) -> bool {
        self.suppress_under >= 2
    }
}
