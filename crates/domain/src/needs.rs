//! What a person needs, and what endangers them, as somebody assessed it with them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{case::RiskLevel, closed::closed_list, screening::Answer};

closed_list! {
    /// How much of a need there is.
    NeedLevel = "need_level" {
        None = "none",
        Moderate = "moderate",
        High = "high",
        Urgent = "urgent",
        Declined = "declined",
        NotAssessed = "not_assessed",
    }
}

closed_list! {
    /// Whom a hazard threatens.
    RiskScope = "risk_scope" {
        Individual = "individual",
        Household = "household",
        Community = "community",
    }
}

/// What was assessed. The words in it are sealed with the rest.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// What is needed, a service each.
    pub needs: Vec<Need>,
    /// What endangers the person.
    pub risks: Vec<Risk>,
    /// Answers to the safety questions SF01 to SF10.
    pub risk_answers: BTreeMap<String, Answer>,
    /// The assessment in words.
    pub summary: Option<String>,
}

/// A need.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// `service_type`.
    pub service_type: String,
    /// How much of it.
    pub level: NeedLevel,
    /// In words.
    pub note: Option<String>,
}

/// A hazard, with how likely it is and how bad it would be.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Risk {
    /// `risk_hazard`.
    pub hazard: String,
    /// Whom it threatens.
    pub scope: RiskScope,
    /// How likely, from 1 to 10.
    pub likelihood: u8,
    /// How bad, from 1 to 10.
    pub severity: u8,
    /// What is done against it.
    pub mitigation: Option<String>,
}

impl Assessment {
    /// Returns everything that is told in words, a paragraph each; nothing if there are none.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        let notes = self.needs.iter().filter_map(|need| need.note.as_deref());
        let mitigations = self.risks.iter().filter_map(|risk| risk.mitigation.as_deref());
        let all: Vec<&str> =
            self.summary.as_deref().into_iter().chain(notes).chain(mitigations).collect();
        (!all.is_empty()).then(|| all.join("\n\n"))
    }
}

impl Risk {
    /// The least and the greatest likelihood and severity (UNODC 2018).
    pub const SCALE: std::ops::RangeInclusive<u8> = 1..=10;

    /// Returns likelihood × severity, from 1 to 100.
    #[must_use]
    pub const fn score(&self) -> u8 {
        self.likelihood.saturating_mul(self.severity)
    }
}

/// From which score on a danger is how great: policy, to be confirmed.
const BANDS: [(u8, RiskLevel); 3] =
    [(64, RiskLevel::Critical), (36, RiskLevel::High), (16, RiskLevel::Medium)];

/// How dangerous it is, by the scores of the hazards and the answers to the safety questions: one of
/// these answered with yes is critical whatever else was said, as at registration.
#[must_use]
pub fn risk_level<'r>(
    scores: impl Iterator<Item = u8>,
    mut answers: impl Iterator<Item = &'r Answer>,
) -> RiskLevel {
    if answers.any(|answer| *answer == Answer::Yes) {
        return RiskLevel::Critical;
    }
    let highest = scores.max().unwrap_or_default();
    BANDS.iter().find(|(least, _)| highest >= *least).map_or(RiskLevel::Low, |(_, level)| *level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_hazard_says_how_dangerous_it_is() {
        let level = |scores: &[u8]| risk_level(scores.iter().copied(), [].iter());

        assert_eq!(level(&[]), RiskLevel::Low);
        assert_eq!(level(&[1, 15]), RiskLevel::Low);
        assert_eq!(level(&[16, 2]), RiskLevel::Medium);
        assert_eq!(level(&[35, 36]), RiskLevel::High);
        assert_eq!(level(&[64]), RiskLevel::Critical);
        assert_eq!(level(&[100, 1]), RiskLevel::Critical);
    }

    #[test]
    fn a_safety_question_that_is_not_answered_is_no_yes() {
        let level = |answer| risk_level([1].into_iter(), [answer].iter());

        assert_eq!(level(Answer::Unknown), RiskLevel::Low);
        assert_eq!(level(Answer::NotAsked), RiskLevel::Low);
        assert_eq!(level(Answer::No), RiskLevel::Low);
        assert_eq!(level(Answer::Yes), RiskLevel::Critical);
    }
}
