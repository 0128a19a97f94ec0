//! What comes out of a screening: an advice, and every fact it rests on.

use serde::{Deserialize, Serialize};

use super::{Dimension, Purpose, ScreeningProfile};
use crate::reference::code_enum;

code_enum! {
    /// Says what the answers advise; what each means is in the ruleset.
    pub enum Advice {
        /// The strong rule of the profile is met.
        IndicationStrong = "indication_strong",
        /// The rule of the profile is met.
        IndicationPresent = "indication_present",
        /// The rule is not met, and an open question could change that.
        InsufficientInformation = "insufficient_information",
        /// The rule is not met, and no open question could change that now.
        NoIndicationNow = "no_indication_now",
    }
}

code_enum! {
    /// Says what the weights of the indicators rest on.
    pub enum StrengthBasis {
        /// Each indicator of the profile is graded in the indicator set.
        Graded = "graded",
        /// Some are not: they count as the ruleset says until a national committee grades them.
        Policy = "policy, to be confirmed",
    }
}

/// Holds what the yes answers say about one dimension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DimensionFinding {
    /// The dimension.
    pub dimension: Dimension,
    /// Whether the yes answers make it positive.
    pub positive: bool,
    /// Codes of the strong indicators answered yes.
    pub strong: Vec<String>,
    /// Codes of the medium indicators answered yes.
    pub medium: Vec<String>,
    /// Codes of the weak indicators answered yes.
    pub weak: Vec<String>,
}

/// Holds the result of a screening, complete enough to be read years later without the rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScreeningResult {
    /// Id of the indicator set.
    pub indicator_set_id: String,
    /// Version of the indicator set.
    pub indicator_set_version: String,
    /// Version of the rules.
    pub ruleset_version: String,
    /// Profile the person was screened by.
    pub profile: ScreeningProfile,
    /// Whether exploitation was observed or intended.
    pub purpose: Purpose,
    /// Whether the rule of the profile is met.
    pub indication_of_trafficking: bool,
    /// What the answers advise; a named person concludes.
    pub advice: Advice,
    /// Dimensions that are positive, in the order of the list.
    pub positive_dimensions: Vec<Dimension>,
    /// By which indicators, for every graded dimension with a yes.
    pub explanation: Vec<DimensionFinding>,
    /// Codes that show an act.
    pub acts: Vec<String>,
    /// Codes that show the purpose by themselves.
    pub purpose_facts: Vec<String>,
    /// Codes of signs that corroborate and never score.
    pub observed_signs: Vec<String>,
    /// Codes of dangers and urgent needs; they are acted on whatever the advice is.
    pub safety_flags: Vec<String>,
    /// Codes answered yes that the list of this profile does not have, so that nothing is lost
    /// silently: a yes about a child in the profile of an adult is a reason to doubt the age.
    pub set_aside: Vec<String>,
    /// Whether the rule would be met if exploitation was intended, which nobody has stated yet.
    pub intended_purpose_open: bool,
    /// Number of scoring questions of the profile without a yes or a no.
    pub unanswered: usize,
    /// Number of safety questions without a yes or a no.
    pub safety_unanswered: usize,
    /// What the weights rest on.
    pub strength_basis: StrengthBasis,
}
