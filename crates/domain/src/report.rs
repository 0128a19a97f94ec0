//! Detection reports: what a first responder registers.

use std::collections::BTreeMap;

use crate::{
    age::{AgeStatus, SexReporting},
    case::RiskLevel,
    closed::closed_list,
    id::IncidentId,
    machine::{Machine, acts},
    person::{Identity, PartialDate},
    screening::Answer,
};

closed_list! {
    /// Where a detection report stands. `draft` and `submitted` are the first two `case_status`
    /// codes: a report becomes a case by being submitted.
    ReportState = "case_status" {
        Draft = "draft",
        Submitted = "submitted",
    }
}

acts! {
    /// What moves a detection report.
    ReportAct {
        Submit = "submit",
    }
}

impl Machine for ReportState {
    type Act = ReportAct;
    const INITIAL: Self = Self::Draft;
    const TRANSITIONS: &'static [(Self, ReportAct, Self)] =
        &[(Self::Draft, ReportAct::Submit, Self::Submitted)];
}

/// The most events that one report tells.
pub const MOST_EVENTS: usize = 30;

/// Where and when something of the trafficking happened, in codes: HTCDS calls it a historic
/// trafficking event. Street, town and names are told in the sealed words.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TraffickingEvent {
    /// `trafficking_event_type`.
    #[cfg_attr(feature = "openapi", schema(examples("recruitment")))]
    pub kind: String,
    /// ISO 3166-1 alpha-2 code of the country where it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// ISO 3166-2 code of the area where it happened, in any country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(examples("UG-102")))]
    pub area: Option<String>,
    /// When it happened, as far as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<PartialDate>,
}

impl TraffickingEvent {
    /// Returns what statistics need of it: what happened, and in which country.
    #[must_use]
    pub fn coarse(&self) -> Self {
        Self { kind: self.kind.clone(), country: self.country.clone(), area: None, on: None }
    }
}

/// The coded facts of a report: nothing here names anybody. Every member may be unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct ReportDetails {
    /// Sex for reporting.
    pub sex_reporting: Option<SexReporting>,
    /// `gender`: how the person sees themself, asked for only where it helps them.
    pub gender: Option<String>,
    /// What is known about the age.
    pub age_status: Option<AgeStatus>,
    /// The estimated year of birth.
    pub birth_year_estimate: Option<i32>,
    /// ISO 639 code.
    pub primary_language: Option<String>,
    /// ISO 639 codes.
    pub other_languages: Vec<String>,
    /// ISO 3166-1 alpha-2 codes.
    pub citizenships: Vec<String>,
    /// `detection_source`.
    pub detection_source: Option<String>,
    /// When the person was found.
    pub detected_on: Option<PartialDate>,
    /// ISO 3166-2 area where the person was found.
    pub area: Option<String>,
    /// `migration_status`.
    pub migration_status: Option<String>,
    /// `relationship_to_trafficker`.
    pub relationship_to_trafficker: Option<String>,
    /// Somebody is in danger now.
    pub immediate_danger: Option<bool>,
    /// How great the danger is.
    pub risk_level: Option<RiskLevel>,
    /// `service_type` codes of what cannot wait.
    pub urgent_needs: Vec<String>,
    /// Answers to the safety questions SF01 to SF10.
    pub risk_answers: BTreeMap<String, Answer>,
    /// Codes of the indicators that were seen.
    pub indicators: Vec<String>,
    /// `exploitation_type`.
    pub exploitation_types: Vec<String>,
    /// `sexual_exploitation_type`.
    pub sexual_exploitation_types: Vec<String>,
    /// `control_method`.
    pub control_methods: Vec<String>,
    /// `recruitment_method`.
    pub recruitment_methods: Vec<String>,
    /// `labour_type_ctdc`.
    pub labour_types: Vec<String>,
    /// `labour_industry`: sections of ISIC Rev. 4.
    pub labour_industries: Vec<String>,
    /// Where and when the person was recruited, moved and exploited.
    pub trafficking_events: Vec<TraffickingEvent>,
    /// `interview_safeguard` codes of what was done.
    pub interview_safeguards: Vec<String>,
    /// The report was written without network and sent later.
    pub captured_offline: bool,
    /// The incident in which the person was found.
    pub incident_id: Option<IncidentId>,
}

impl ReportDetails {
    /// Returns the age status, or that nobody knows: then the person is presumed a child (R6).
    #[must_use]
    pub fn age_status(&self) -> AgeStatus {
        self.age_status.unwrap_or(AgeStatus::UndeterminedPresumedChild)
    }

    /// Derives how great the danger is.
    ///
    /// What the first responder says stands, but danger now, or a safety question answered with
    /// yes, is critical whatever was said, and a child is never below high.
    #[must_use]
    pub fn danger(&self) -> RiskLevel {
        let unsafe_now = self.immediate_danger == Some(true)
            || self.risk_answers.values().any(|answer| *answer == Answer::Yes);
        if unsafe_now {
            return RiskLevel::Critical;
        }
        let stated = self.risk_level.unwrap_or(RiskLevel::Medium);
        if self.age_status().protected_as_child() { stated.min(RiskLevel::High) } else { stated }
    }

    /// Says whether the report says nothing at all, apart from what is sealed. In which incident somebody was
    /// found, and so where and when, says nothing of them.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let shared = self.incident_id.is_some();
        *self
            == Self {
                captured_offline: self.captured_offline,
                incident_id: self.incident_id.clone(),
                area: self.area.clone().filter(|_| shared),
                detected_on: self.detected_on.filter(|_| shared),
                ..Self::default()
            }
    }
}

/// What a report holds in sealed form.
#[derive(Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct ReportSecrets {
    /// Who the person is, as far as heard.
    pub identity: Identity,
    /// Where the person was found, in words.
    pub place: Option<String>,
    /// What happened, in words.
    pub narrative: Option<String>,
}

impl ReportSecrets {
    /// Says whether nothing is told.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn danger_now_is_critical_whatever_was_said() {
        let mut details = ReportDetails {
            risk_level: Some(RiskLevel::Low),
            age_status: Some(AgeStatus::AdultDocumented),
            ..ReportDetails::default()
        };
        assert_eq!(details.danger(), RiskLevel::Low);
        details.risk_answers.insert("SF01".to_owned(), Answer::Unknown);
        assert_eq!(details.danger(), RiskLevel::Low);
        details.risk_answers.insert("SF02".to_owned(), Answer::Yes);
        assert_eq!(details.danger(), RiskLevel::Critical);
    }

    #[test]
    fn r6_a_person_of_unknown_age_is_never_below_high() {
        let details =
            ReportDetails { risk_level: Some(RiskLevel::Low), ..ReportDetails::default() };
        assert_eq!(details.danger(), RiskLevel::High);
    }
}
