//! Counts yes answers by dimension, and reads the rules over the count.

use super::{
    Clause, Dimension, DimensionFinding, DimensionRule, IndicationRule, Indicator, IndicatorGroup,
    IndicatorSet, ScreeningProfile, Strength,
};

/// Holds the yes answers of one profile, sorted by what the rules do with them.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) dimensions: Vec<DimensionFinding>,
    pub(super) acts: Vec<String>,
    pub(super) purpose_facts: Vec<String>,
    pub(super) observed_signs: Vec<String>,
    pub(super) safety_flags: Vec<String>,
}

impl Tally {
    /// Counts the indicators of the profile that `is_yes` accepts.
    pub(super) fn count(
        set: &IndicatorSet,
        profile: ScreeningProfile,
        is_yes: impl Fn(&Indicator) -> bool,
    ) -> Self {
        let mut tally = Self::default();
        for indicator in &set.indicators {
            if indicator.applies_to(profile) && is_yes(indicator) {
                let ungraded = set.ruleset.ungraded_counts_as;
                tally.add(indicator, indicator.strength.get(profile).unwrap_or(ungraded));
            }
        }
        for finding in &mut tally.dimensions {
            let rules = &set.ruleset.dimension_positive_if_any;
            finding.positive = rules.iter().any(|rule| is_met(rule, finding));
        }
        tally.dimensions.sort_by_key(|finding| finding.dimension);
        tally
    }

    fn add(&mut self, indicator: &Indicator, strength: Strength) {
        let code = indicator.code.clone();
        match indicator.group {
            IndicatorGroup::PalermoAct => self.acts.push(code),
            IndicatorGroup::PurposeFact => self.purpose_facts.push(code),
            IndicatorGroup::ObservedSigns => self.observed_signs.push(code),
            IndicatorGroup::SafetyTriage => self.safety_flags.push(code),
            // An act is shown by one fact and has no grade: that an adult travels with several
            // unrelated children shows their transport whatever its strength.
            IndicatorGroup::IloDelphi | IndicatorGroup::Regional
                if indicator.dimension == Dimension::Act =>
            {
                self.acts.push(code);
            }
            IndicatorGroup::IloDelphi | IndicatorGroup::Regional => {
                let finding = self.finding(indicator.dimension);
                match strength {
                    Strength::Strong => finding.strong.push(code),
                    Strength::Medium => finding.medium.push(code),
                    Strength::Weak => finding.weak.push(code),
                }
            }
        }
    }

    fn finding(&mut self, dimension: Dimension) -> &mut DimensionFinding {
        let found = self.dimensions.iter().position(|finding| finding.dimension == dimension);
        let place = found.unwrap_or(self.dimensions.len());
        if found.is_none() {
            self.dimensions.push(DimensionFinding {
                dimension,
                positive: false,
                strong: Vec::new(),
                medium: Vec::new(),
                weak: Vec::new(),
            });
        }
        #[expect(clippy::indexing_slicing, reason = "the place was found or pushed just above")]
        &mut self.dimensions[place]
    }

    /// Returns the positive dimensions, in the order of the list.
    pub(super) fn positive(&self) -> Vec<Dimension> {
        self.dimensions.iter().filter(|found| found.positive).map(|found| found.dimension).collect()
    }

    /// Says whether every clause of a rule is met, with or without an intended purpose.
    pub(super) fn meets(&self, rule: &IndicationRule, intended: bool) -> bool {
        rule.all.iter().all(|clause| self.meets_clause(clause, intended))
    }

    fn meets_clause(&self, clause: &Clause, intended: bool) -> bool {
        let positive = |finding: &DimensionFinding| {
            finding.positive && clause.any_positive.contains(&finding.dimension)
        };
        self.dimensions.iter().any(positive)
            || clause.any_true.is_some_and(|dimension| self.has_any(dimension))
            || (clause.or_purpose_fact && !self.purpose_facts.is_empty())
            || (clause.or_intended_purpose && intended)
    }

    fn has_any(&self, dimension: Dimension) -> bool {
        match dimension {
            Dimension::Act => !self.acts.is_empty(),
            Dimension::Presentation => !self.observed_signs.is_empty(),
            Dimension::Safety => !self.safety_flags.is_empty(),
            Dimension::DeceptiveRecruitment
            | Dimension::CoerciveRecruitment
            | Dimension::RecruitmentAbuseVulnerability
            | Dimension::Exploitation
            | Dimension::DestinationCoercion
            | Dimension::DestinationAbuseVulnerability => {
                self.dimensions.iter().any(|finding| finding.dimension == dimension)
            }
        }
    }
}

fn is_met(rule: &DimensionRule, finding: &DimensionFinding) -> bool {
    let (strong, medium, weak) = (finding.strong.len(), finding.medium.len(), finding.weak.len());
    strong >= rule.strong
        && medium >= rule.medium
        && weak >= rule.weak
        && medium.saturating_add(weak) >= rule.medium_or_weak
}
