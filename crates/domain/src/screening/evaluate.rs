//! The evaluation of one screening.

use std::collections::BTreeMap;

use super::tally::Tally;
use super::{
    Advice, Answer, IndicationRule, Indicator, IndicatorGroup, IndicatorSet, Purpose, Ruleset,
    ScreeningProfile, ScreeningResult, StrengthBasis,
};

/// Says why a screening could not be evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScreeningRefusal {
    /// An answer names an indicator that the set does not have.
    #[error("an answer names an indicator that the indicator set does not have")]
    UnknownIndicator {
        /// Position among the answers in the order of their codes, from zero. The code itself is
        /// input and is not repeated.
        position: usize,
    },
    /// An intended exploitation is claimed and none is named.
    #[error("an intended exploitation needs at least one purpose")]
    NoIntendedPurpose,
}

/// Evaluates the answers of one person by the rules of one profile.
///
/// An adult who was intercepted cannot show what happens at the destination, and the rule for what
/// was observed asks for it. The definition does not: it asks for an act, a means and a purpose
/// (Palermo Protocol art. 3(a)). So an intended purpose switches an adult to
/// `adult_intended_indication`: the intended purpose stands for the exploitation, nothing is asked
/// of the destination, and a means in recruitment or on the journey is still required. For a child
/// it is an act and the intended purpose (art. 3(c)). Naming an intended purpose never loses an
/// indication that the observed facts give, and never makes one strong by itself.
///
/// While the rule is not met, the advice is `no_indication_now` only if it would stay unmet were
/// every open question answered yes and the exploitation intended: what nobody asked is never a no
/// (rule R11).
///
/// # Errors
/// Refuses an answer to an indicator that the set does not have, and an intended purpose that is
/// not named.
pub fn evaluate(
    set: &IndicatorSet,
    profile: ScreeningProfile,
    answers: &BTreeMap<String, Answer>,
    purpose: Purpose,
) -> Result<ScreeningResult, ScreeningRefusal> {
    if let Some(position) = answers.keys().position(|code| set.indicator(code).is_none()) {
        return Err(ScreeningRefusal::UnknownIndicator { position });
    }
    if purpose != Purpose::Observed && !purpose.is_intended() {
        return Err(ScreeningRefusal::NoIntendedPurpose);
    }

    let answer =
        |indicator: &Indicator| answers.get(&indicator.code).copied().unwrap_or(Answer::NotAsked);
    let heard = Tally::count(set, profile, |indicator| answer(indicator) == Answer::Yes);
    let at_most = Tally::count(set, profile, |indicator| answer(indicator) != Answer::No);
    let open =
        |indicator: &&Indicator| indicator.applies_to(profile) && !answer(indicator).is_settled();
    let verdict = Verdict::reach(&set.ruleset, profile, &purpose, (&heard, &at_most));

    Ok(ScreeningResult {
        indicator_set_id: set.id.clone(),
        indicator_set_version: set.version.clone(),
        ruleset_version: set.ruleset.version.clone(),
        profile,
        purpose,
        indication_of_trafficking: verdict.indication,
        advice: verdict.advice,
        positive_dimensions: heard.positive(),
        set_aside: set_aside(set, profile, answers),
        intended_purpose_open: verdict.intended_purpose_open,
        unanswered: set.indicators.iter().filter(open).filter(|i| i.counts_toward_score).count(),
        safety_unanswered: set.indicators.iter().filter(open).filter(|i| is_safety(i)).count(),
        strength_basis: strength_basis(set, profile),
        explanation: heard.dimensions,
        acts: heard.acts,
        purpose_facts: heard.purpose_facts,
        observed_signs: heard.observed_signs,
        safety_flags: heard.safety_flags,
    })
}

/// Holds what the rules say.
struct Verdict {
    indication: bool,
    intended_purpose_open: bool,
    advice: Advice,
}

impl Verdict {
    fn reach(
        ruleset: &Ruleset,
        profile: ScreeningProfile,
        purpose: &Purpose,
        (heard, at_most): (&Tally, &Tally),
    ) -> Self {
        let rules = Rules::of(ruleset, profile);
        let intended = purpose.is_intended();
        let rule = if intended { rules.intended } else { rules.observed };

        let indication = heard.meets(rule, intended);
        let intended_purpose_open = !indication && !intended && heard.meets(rules.intended, true);
        let advice = if indication && heard.meets(rules.strong, false) {
            Advice::IndicationStrong
        } else if indication {
            Advice::IndicationPresent
        } else if at_most.meets(rule, intended) || at_most.meets(rules.intended, true) {
            Advice::InsufficientInformation
        } else {
            Advice::NoIndicationNow
        };
        Self { indication, intended_purpose_open, advice }
    }
}

/// Holds the three rules of one age group.
struct Rules<'a> {
    observed: &'a IndicationRule,
    intended: &'a IndicationRule,
    strong: &'a IndicationRule,
}

impl<'a> Rules<'a> {
    const fn of(ruleset: &'a Ruleset, profile: ScreeningProfile) -> Self {
        if profile.is_child() {
            Self {
                observed: &ruleset.child_indication,
                intended: &ruleset.child_intended_indication,
                strong: &ruleset.child_strong_indication,
            }
        } else {
            Self {
                observed: &ruleset.adult_indication,
                intended: &ruleset.adult_intended_indication,
                strong: &ruleset.adult_strong_indication,
            }
        }
    }
}

fn is_safety(indicator: &Indicator) -> bool {
    indicator.group == IndicatorGroup::SafetyTriage
}

fn set_aside(
    set: &IndicatorSet,
    profile: ScreeningProfile,
    answers: &BTreeMap<String, Answer>,
) -> Vec<String> {
    set.indicators
        .iter()
        .filter(|indicator| !indicator.applies_to(profile))
        .filter(|indicator| answers.get(&indicator.code) == Some(&Answer::Yes))
        .map(|indicator| indicator.code.clone())
        .collect()
}

fn strength_basis(set: &IndicatorSet, profile: ScreeningProfile) -> StrengthBasis {
    let ungraded = set.indicators.iter().any(|indicator| {
        indicator.is_graded()
            && indicator.applies_to(profile)
            && indicator.strength.get(profile).is_none()
    });
    if ungraded { StrengthBasis::Policy } else { StrengthBasis::Graded }
}
