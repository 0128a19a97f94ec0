//! What a country asks of those who decide for a child (R6).

use serde::{Deserialize, Serialize};

use super::{SourcedCode, Status};

/// Holds the rule for the consent of a person protected as a child (rule R6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChildConsent {
    /// Whether a parent or carer who is an alleged perpetrator is refused as the giver.
    pub excludes_implicated_carer: bool,
    /// Who may give it (list `consent_giver`).
    pub givers: Vec<SourcedCode>,
    /// What stands in for consent (list `legal_basis`).
    pub bases_without_consent: Vec<SourcedCode>,
}

/// Holds what calls for an assessment of a child's best interests beside what always does (R6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BestInterests {
    /// A placement of more days than this is a long one; the country has not settled it, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub long_placement_days: Option<u16>,
    /// Where that is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// How far that may be relied on.
    pub status: Status,
}

impl Default for BestInterests {
    fn default() -> Self {
        Self { long_placement_days: None, source: None, status: Status::Policy }
    }
}

impl ChildConsent {
    /// Says whether that giver may consent for a child.
    #[must_use]
    pub fn allows_giver(&self, code: &str) -> bool {
        self.givers.iter().any(|giver| giver.code == code)
    }

    /// Says whether that legal basis stands in for the consent of a child.
    #[must_use]
    pub fn allows_without_consent(&self, legal_basis: &str) -> bool {
        self.bases_without_consent.iter().any(|basis| basis.code == legal_basis)
    }
}
