//! The indicators and the rules over them, as data: a national committee approves a new version,
//! nobody recompiles a rule (rule R19).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::{Advice, ScreeningProfile};
use crate::reference::code_enum;

const SOURCE: &str = include_str!("../../../../reference/indicator_sets/default.json");

#[expect(clippy::expect_used, reason = "the file is part of the build and a test parses it")]
static EMBEDDED: LazyLock<IndicatorSet> =
    LazyLock::new(|| serde_json::from_str(SOURCE).expect("the embedded indicator set parses"));

/// Holds one version of the indicators and the rules that read them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct IndicatorSet {
    /// Id of the set.
    pub id: String,
    /// Version of the indicators; the rules carry their own.
    pub version: String,
    /// English title.
    pub title: String,
    /// Languages that every statement exists in.
    pub languages: Vec<String>,
    /// How far the statements have been reviewed.
    pub statement_status: String,
    /// Meaning of the members of an indicator.
    pub legend: BTreeMap<String, String>,
    /// ILO indicators of forced labour, by number.
    pub forced_labour_indicators: BTreeMap<String, String>,
    /// The rules.
    pub ruleset: Ruleset,
    /// The indicators, in the order they are asked.
    pub indicators: Vec<Indicator>,
}

/// Holds one indicator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// Code that an answer is stored under.
    pub code: String,
    /// Dimension it speaks to.
    pub dimension: Dimension,
    /// Phase of the events (`recruitment`, `destination`, `any`).
    pub phase: String,
    /// Element of the Palermo definition (`act`, `means`, `purpose`), if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub palermo_element: Option<String>,
    /// The statement by language (`en`, `fr`, `pt`).
    pub statement: BTreeMap<String, String>,
    /// Strength by profile.
    pub strength: Strengths,
    /// Profiles whose list has the indicator.
    pub applies_to: Vec<ScreeningProfile>,
    /// ILO indicator of forced labour that it speaks to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forced_labour_indicator: Option<u8>,
    /// What the rules do with a yes.
    pub group: IndicatorGroup,
    /// Whether a yes counts toward an indication of trafficking.
    pub counts_toward_score: bool,
    /// Where it comes from.
    pub source: String,
    /// How far it was checked (see the legend).
    pub verified: String,
    /// What else a yes sets off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub triggers: Option<String>,
}

code_enum! {
    /// Names a dimension of the screening (list `indicator_dimension`).
    pub enum Dimension {
        /// Recruitment, transport, transfer, harbouring or receipt.
        Act = "act",
        /// The person was deceived to make them go.
        DeceptiveRecruitment = "deceptive_recruitment",
        /// The person was forced to go.
        CoerciveRecruitment = "coercive_recruitment",
        /// A vulnerability was used to make the person go.
        RecruitmentAbuseVulnerability = "recruitment_abuse_vulnerability",
        /// The person is exploited.
        Exploitation = "exploitation",
        /// The person is held in the exploitation by force.
        DestinationCoercion = "destination_coercion",
        /// The person is held in it through a vulnerability.
        DestinationAbuseVulnerability = "destination_abuse_vulnerability",
        /// Signs that corroborate and never score.
        Presentation = "presentation",
        /// Danger and urgent needs.
        Safety = "safety",
    }
}

code_enum! {
    /// Says how much an indicator weighs in its dimension.
    pub enum Strength {
        /// Strong.
        Strong = "strong",
        /// Medium.
        Medium = "medium",
        /// Weak.
        Weak = "weak",
    }
}

code_enum! {
    /// Says what the rules do with a yes to an indicator.
    pub enum IndicatorGroup {
        /// Graded by the ILO/EC Delphi survey of 2009.
        IloDelphi = "ilo_delphi",
        /// Graded by the project after patterns of the region.
        Regional = "regional",
        /// An act of the Palermo definition.
        PalermoAct = "palermo_act",
        /// A fact that shows the purpose by itself.
        PurposeFact = "purpose_fact",
        /// Corroborates, never scores.
        ObservedSigns = "observed_signs",
        /// Danger or an urgent need; never scores, always acted on.
        SafetyTriage = "safety_triage",
    }
}

/// Holds the strength of an indicator in each profile; null where nobody has graded it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Strengths {
    /// For an adult, labour exploitation.
    pub adult_labour: Option<Strength>,
    /// For a child, labour exploitation.
    pub child_labour: Option<Strength>,
    /// For an adult, sexual exploitation.
    pub adult_sexual: Option<Strength>,
    /// For a child, sexual exploitation.
    pub child_sexual: Option<Strength>,
}

impl Strengths {
    /// Returns the strength in that profile.
    #[must_use]
    pub const fn get(&self, profile: ScreeningProfile) -> Option<Strength> {
        match profile {
            ScreeningProfile::AdultLabour => self.adult_labour,
            ScreeningProfile::ChildLabour => self.child_labour,
            ScreeningProfile::AdultSexual => self.adult_sexual,
            ScreeningProfile::ChildSexual => self.child_sexual,
        }
    }
}

/// Holds the rules: when a dimension is positive, and which dimensions make an indication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Ruleset {
    /// Version of the rules.
    pub version: String,
    /// Name of the rules.
    pub name: String,
    /// A dimension is positive when any of these is met.
    pub dimension_positive_if_any: Vec<DimensionRule>,
    /// Where that comes from.
    pub dimension_rule_source: String,
    /// What an indicator of the profile counts as while nobody has graded it.
    pub ungraded_counts_as: Strength,
    /// For an adult, on what was observed.
    pub adult_indication: IndicationRule,
    /// For an adult intercepted before the exploitation.
    pub adult_intended_indication: IndicationRule,
    /// For an adult, what makes the indication strong.
    pub adult_strong_indication: IndicationRule,
    /// For a child, on what was observed.
    pub child_indication: IndicationRule,
    /// For a child intercepted before the exploitation.
    pub child_intended_indication: IndicationRule,
    /// For a child, what makes the indication strong.
    pub child_strong_indication: IndicationRule,
    /// Why an intended purpose is enough.
    pub intent_case: String,
    /// How the profile is chosen.
    pub profile_selection: String,
    /// Every possible advice.
    pub results: Vec<Advice>,
    /// What each advice means.
    pub result_meaning: BTreeMap<Advice, String>,
    /// What no use of the rules may forget.
    pub guardrails: Vec<String>,
}

/// Holds one way for a dimension to be positive: the least number of yes answers by strength.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DimensionRule {
    /// Strong ones.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub strong: usize,
    /// Medium ones.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub medium: usize,
    /// Weak ones.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub weak: usize,
    /// Medium and weak ones together.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub medium_or_weak: usize,
}

/// Holds a rule: it is met when all its clauses are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct IndicationRule {
    /// The clauses.
    pub all: Vec<Clause>,
    /// Why the rule is as it is.
    pub note: String,
}

/// Holds one clause: it is met when any of its members is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// One of these dimensions is positive.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub any_positive: Vec<Dimension>,
    /// A single indicator of this dimension was answered yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub any_true: Option<Dimension>,
    /// A fact that shows the purpose by itself was answered yes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub or_purpose_fact: bool,
    /// An intended exploitation was named.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub or_intended_purpose: bool,
}

impl IndicatorSet {
    /// Returns the set that ships with the program.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// Returns the indicator of that code.
    #[must_use]
    pub fn indicator(&self, code: &str) -> Option<&Indicator> {
        self.indicators.iter().find(|indicator| indicator.code == code)
    }
}

impl Indicator {
    /// Says whether the list of that profile has the indicator.
    #[must_use]
    pub fn applies_to(&self, profile: ScreeningProfile) -> bool {
        self.applies_to.contains(&profile)
    }

    /// Says whether its weight is graded: the other groups are facts, signs or needs.
    #[must_use]
    pub const fn is_graded(&self) -> bool {
        match self.group {
            IndicatorGroup::IloDelphi | IndicatorGroup::Regional => true,
            IndicatorGroup::PalermoAct
            | IndicatorGroup::PurposeFact
            | IndicatorGroup::ObservedSigns
            | IndicatorGroup::SafetyTriage => false,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the member by reference")]
const fn is_zero(count: &usize) -> bool {
    *count == 0
}
