//! Numbers that somebody in danger may call.

use serde::{Deserialize, Serialize};

use super::Status;

/// Holds a number that somebody in danger may call. A wrong one harms: none of a real country is taken
/// that was not read in a named source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Hotline {
    /// The number, as it is dialled in the country.
    pub number: String,
    /// Who answers, and when.
    pub name: String,
    /// Where that is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// How far that may be relied on.
    pub status: Status,
}

impl Hotline {
    /// Says whether it can be dialled, and whether anybody may be told to.
    pub(super) fn is_sound(&self) -> bool {
        let digits = self.number.strip_prefix('+').unwrap_or(&self.number);
        let can_be_dialled =
            (2..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        can_be_dialled && !self.name.trim().is_empty() && self.status != Status::Policy
    }
}
