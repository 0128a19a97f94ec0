//! Incidents: one operation can find fifty people. What was found is the same for all of them; who they are
//! stands in their cases alone.

use chrono::NaiveDate;

use crate::{
    closed::closed_list,
    machine::{Machine, acts},
    report::ReportDetails,
};

/// What was found, in codes: nothing here names or describes anybody.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct OffenceFacts {
    /// `recruitment_method`.
    pub recruitment_methods: Vec<String>,
    /// `transport_mode`.
    pub transport_modes: Vec<String>,
    /// `exploitation_type`.
    pub exploitation_types: Vec<String>,
    /// `control_method`.
    pub control_methods: Vec<String>,
    /// `labour_type_ctdc`.
    pub labour_types: Vec<String>,
}

/// What an incident holds in sealed form. It is about no one person, and must name none.
#[derive(Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct IncidentWords {
    /// Where it was, in words.
    pub place: Option<String>,
    /// What was found, in words.
    pub narrative: Option<String>,
}

/// What those who were found share, for a report that does not say otherwise.
#[derive(Debug, Clone)]
pub struct Shared {
    /// When they were found.
    pub found_on: NaiveDate,
    /// Where: an ISO 3166-2 area.
    pub area: Option<String>,
}

impl Shared {
    /// Adds to a report what it leaves out and all who were found share: where, and when.
    #[must_use]
    pub fn fill(&self, details: &ReportDetails) -> ReportDetails {
        ReportDetails {
            area: details.area.clone().or_else(|| self.area.clone()),
            detected_on: details.detected_on.or_else(|| self.found_on.to_string().parse().ok()),
            ..details.clone()
        }
    }
}

closed_list! {
    /// Whether a case belongs to an incident.
    IncidentLinkState = "incident_link_state" {
        Linked = "linked",
        Removed = "removed",
    }
}

acts! {
    /// What moves the link between a case and an incident.
    IncidentLinkAct {
        Remove = "remove",
    }
}

impl Machine for IncidentLinkState {
    type Act = IncidentLinkAct;
    const INITIAL: Self = Self::Linked;
    const TRANSITIONS: &'static [(Self, IncidentLinkAct, Self)] =
        &[(Self::Linked, IncidentLinkAct::Remove, Self::Removed)];
}

closed_list! {
    /// Why a case does not belong to an incident any more.
    IncidentUnlinkReason = "incident_unlink_reason" {
        LinkedInError = "linked_in_error",
        OtherIncident = "other_incident",
        NotConnected = "not_connected",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_report_says_itself_stands_and_the_rest_is_shared() {
        let shared = Shared {
            found_on: NaiveDate::from_ymd_opt(2026, 11, 2).unwrap(),
            area: Some("XZ-N".to_owned()),
        };
        let silent = shared.fill(&ReportDetails::default());
        assert_eq!(silent.area.as_deref(), Some("XZ-N"));
        assert_eq!(silent.detected_on, "2026-11-02".parse().ok());

        let told = ReportDetails {
            area: Some("XZ-S".to_owned()),
            detected_on: "2026-10".parse().ok(),
            ..ReportDetails::default()
        };
        assert_eq!(shared.fill(&told), told);
    }
}
