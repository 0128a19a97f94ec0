//! A new version of the indicators and rules: what it must keep, so that old answers stay readable and the
//! definition stays the definition.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    Advice, Answer, Clause, Dimension, IndicationRule, Indicator, IndicatorGroup, IndicatorSet,
    Purpose, ScreeningProfile, evaluate,
};
use crate::{
    actor::{Actor, ActorRole},
    closed::closed_list,
    machine::{Machine, acts},
    refusal::Refusal,
};

closed_list! {
    /// Where a version of an indicator set stands. From when it is used is its own date.
    SetState = "indicator_set_state" {
        Proposed = "proposed",
        Approved = "approved",
        Withdrawn = "withdrawn",
    }
}

acts! {
    /// What moves a version of an indicator set.
    SetAct {
        Approve = "approve",
        Withdraw = "withdraw",
    }
}

impl Machine for SetState {
    type Act = SetAct;
    const INITIAL: Self = Self::Proposed;
    const TRANSITIONS: &'static [(Self, SetAct, Self)] = &[
        (Self::Proposed, SetAct::Approve, Self::Approved),
        (Self::Proposed, SetAct::Withdraw, Self::Withdrawn),
        // Until it is in force.
        (Self::Approved, SetAct::Withdraw, Self::Withdrawn),
    ];
}

/// Says whether somebody decides for the whole country by what people are screened.
#[must_use]
pub fn decides_for_the_country(actor: &Actor) -> bool {
    let mut grants = actor.grants.iter();
    grants.any(|held| held.role == ActorRole::CoordinationSupervisor && held.area.is_none())
}

/// A case that a committee names, with what the rules must say about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct GoldenCase {
    /// What it is about.
    pub name: String,
    /// By which profile.
    pub profile: ScreeningProfile,
    /// Indicators that are answered with yes; the others are not asked.
    pub yes: Vec<String>,
    /// Whether the exploitation was seen or only intended.
    #[serde(default)]
    pub purpose: Purpose,
    /// Whether the rule of the profile must be met.
    pub indication_of_trafficking: bool,
    /// What must be advised, if that is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<Advice>,
}

impl GoldenCase {
    fn comes_out(&self, set: &IndicatorSet) -> bool {
        let answers = self.yes.iter().map(|code| (code.clone(), Answer::Yes)).collect();
        evaluate(set, self.profile, &answers, self.purpose.clone()).is_ok_and(|result| {
            result.indication_of_trafficking == self.indication_of_trafficking
                && self.advice.is_none_or(|advice| advice == result.advice)
        })
    }
}

const LANGUAGES: [&str; 3] = ["en", "fr", "pt"];
const ELEMENTS: [&str; 3] = ["act", "means", "purpose"];
/// The safety questions begin so: a yes is critical, whatever else was said.
const SAFETY: &str = "SF";

impl IndicatorSet {
    /// Judges whether this can follow an earlier version, and does with each of some cases what the committee
    /// says that it must.
    ///
    /// # Errors
    /// [`Refusal::Inconsistent`] with the part that does not hold.
    pub fn check_as_next(&self, before: &Self, cases: &[GoldenCase]) -> Result<(), Refusal> {
        let rules_changed = self.ruleset != before.ruleset;
        let named = !self.version.trim().is_empty() && self.version != before.version;
        let rules_named = !self.ruleset.version.trim().is_empty()
            && (!rules_changed || self.ruleset.version != before.ruleset.version);
        let checks = [
            ("/document/id", self.id == before.id),
            ("/document/version", named),
            ("/document/ruleset/version", rules_named),
            (
                "/document/languages",
                LANGUAGES.iter().all(|l| self.languages.iter().any(|x| x == l)),
            ),
            ("/document/indicators", self.keeps(before) && self.is_sound()),
            ("/document/ruleset", self.rules_are_sound()),
            ("/cases", self.shows_both(cases) && cases.iter().all(|case| case.comes_out(self))),
        ];
        match checks.into_iter().find(|(_, holds)| !holds) {
            Some((pointer, _)) => Err(Refusal::Inconsistent { pointer }),
            None => Ok(()),
        }
    }

    /// Says whether everything that was ever asked can still be read, under the same code and for the same
    /// use. A question that is asked no more applies to no profile.
    fn keeps(&self, before: &Self) -> bool {
        before.indicators.iter().all(|old| {
            self.indicator(&old.code).is_some_and(|new| {
                let was_safety = old.group == IndicatorGroup::SafetyTriage;
                new.dimension == old.dimension
                    && was_safety == (new.group == IndicatorGroup::SafetyTriage)
            })
        })
    }

    fn is_sound(&self) -> bool {
        let codes: BTreeSet<&str> = self.indicators.iter().map(|one| one.code.as_str()).collect();
        codes.len() == self.indicators.len()
            && self.indicators.iter().all(|one| self.is_sound_indicator(one))
    }

    fn is_sound_indicator(&self, one: &Indicator) -> bool {
        let safety = one.group == IndicatorGroup::SafetyTriage;
        let scores =
            !matches!(one.group, IndicatorGroup::ObservedSigns | IndicatorGroup::SafetyTriage);
        let element = one.palermo_element.as_deref().is_none_or(|told| ELEMENTS.contains(&told));
        let labour = one
            .forced_labour_indicator
            .is_none_or(|n| self.forced_labour_indicators.contains_key(&n.to_string()));
        let graded_where_asked = ScreeningProfile::ALL.iter().all(|profile| {
            one.strength.get(*profile).is_none()
                || one.applies_to(*profile)
                || one.applies_to.is_empty()
        });
        is_code(&one.code)
            && LANGUAGES.iter().all(|language| {
                one.statement.get(*language).is_some_and(|text| !text.trim().is_empty())
            })
            && one.counts_toward_score == scores
            && safety == one.code.starts_with(SAFETY)
            && element
            && labour
            && graded_where_asked
    }

    fn rules_are_sound(&self) -> bool {
        let rules = &self.ruleset;
        let counts = rules
            .dimension_positive_if_any
            .iter()
            .all(|rule| rule.strong + rule.medium + rule.weak + rule.medium_or_weak > 0);
        let whole = [
            &rules.adult_indication,
            &rules.adult_intended_indication,
            &rules.adult_strong_indication,
            &rules.child_indication,
            &rules.child_intended_indication,
            &rules.child_strong_indication,
        ];
        // For a child the means are irrelevant: Palermo Protocol art. 3(c).
        let for_a_child = [&rules.child_indication, &rules.child_intended_indication];
        !rules.dimension_positive_if_any.is_empty()
            && counts
            && whole.iter().all(|rule| !rule.all.is_empty() && rule.all.iter().all(says_something))
            && for_a_child.iter().all(|rule| needs_no_means(rule))
            && rules.results == Advice::ALL
            && Advice::ALL.iter().all(|advice| rules.result_meaning.contains_key(advice))
    }

    /// Says whether the cases try the rules for adults and for children, and show what is an indication and
    /// what is none.
    fn shows_both(&self, cases: &[GoldenCase]) -> bool {
        let some = |told: &dyn Fn(&GoldenCase) -> bool| cases.iter().any(told);
        some(&|case| case.profile.is_child())
            && some(&|case| !case.profile.is_child())
            && some(&|case| case.indication_of_trafficking)
            && some(&|case| !case.indication_of_trafficking)
    }
}

/// Says whether a text can be the code of an indicator: capital letters, then digits.
#[must_use]
pub fn is_code(text: &str) -> bool {
    let letters = text.bytes().take_while(u8::is_ascii_uppercase).count();
    let digits = text.bytes().skip(letters).filter(u8::is_ascii_digit).count();
    (2..=6).contains(&letters) && (1..=3).contains(&digits) && letters + digits == text.len()
}

const fn is_means(dimension: Dimension) -> bool {
    match dimension {
        Dimension::DeceptiveRecruitment
        | Dimension::CoerciveRecruitment
        | Dimension::RecruitmentAbuseVulnerability
        | Dimension::DestinationCoercion
        | Dimension::DestinationAbuseVulnerability => true,
        Dimension::Act | Dimension::Exploitation | Dimension::Presentation | Dimension::Safety => {
            false
        }
    }
}

/// A clause that nothing can meet would silence the rule, and one that signs or dangers meet would accuse.
fn says_something(clause: &Clause) -> bool {
    let unfit =
        |dimension: &Dimension| matches!(dimension, Dimension::Presentation | Dimension::Safety);
    let told = !clause.any_positive.is_empty()
        || clause.any_true.is_some()
        || clause.or_purpose_fact
        || clause.or_intended_purpose;
    told && !clause.any_positive.iter().any(unfit) && !clause.any_true.as_ref().is_some_and(unfit)
}

fn needs_no_means(rule: &IndicationRule) -> bool {
    rule.all.iter().all(|clause| {
        clause.or_purpose_fact
            || clause.or_intended_purpose
            || clause.any_true.is_some_and(|dimension| !is_means(dimension))
            || clause.any_positive.iter().any(|dimension| !is_means(*dimension))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(profile: ScreeningProfile, yes: &[&str], indication: bool) -> GoldenCase {
        GoldenCase {
            name: "a case".to_owned(),
            profile,
            yes: yes.iter().map(|code| (*code).to_owned()).collect(),
            purpose: Purpose::Observed,
            indication_of_trafficking: indication,
            advice: None,
        }
    }

    fn cases() -> Vec<GoldenCase> {
        vec![
            case(ScreeningProfile::ChildLabour, &["ACT2", "EX01", "EX02"], true),
            case(ScreeningProfile::AdultLabour, &["ACT1", "EX01", "EX02", "EX03"], false),
        ]
    }

    fn next() -> IndicatorSet {
        IndicatorSet { version: "2".to_owned(), ..IndicatorSet::embedded().clone() }
    }

    fn refused(change: impl FnOnce(&mut IndicatorSet)) -> &'static str {
        let mut set = next();
        change(&mut set);
        match set.check_as_next(IndicatorSet::embedded(), &cases()) {
            Err(Refusal::Inconsistent { pointer }) => pointer,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_version_that_keeps_what_was_asked_can_follow() {
        assert_eq!(next().check_as_next(IndicatorSet::embedded(), &cases()), Ok(()));
    }

    #[test]
    fn what_was_asked_before_is_still_read() {
        assert_eq!(refused(|set| drop(set.indicators.remove(3))), "/document/indicators");
        let doubled = |set: &mut IndicatorSet| set.indicators.push(set.indicators[0].clone());
        assert_eq!(refused(doubled), "/document/indicators");
        let silent = |set: &mut IndicatorSet| drop(set.indicators[0].statement.remove("pt"));
        assert_eq!(refused(silent), "/document/indicators");
        assert_eq!(refused(|set| set.languages.clear()), "/document/languages");
        assert_eq!(refused(|set| "1".clone_into(&mut set.version)), "/document/version");
    }

    #[test]
    fn rules_that_change_have_a_new_version() {
        let graded = |set: &mut IndicatorSet| {
            set.ruleset.ungraded_counts_as = super::super::Strength::Weak;
        };
        assert_eq!(refused(graded), "/document/ruleset/version");
    }

    #[test]
    fn r6_no_committee_asks_for_means_where_a_child_is_concerned() {
        let means = Clause {
            any_positive: vec![Dimension::DestinationCoercion],
            any_true: None,
            or_purpose_fact: false,
            or_intended_purpose: false,
        };
        let asks = |set: &mut IndicatorSet| {
            set.ruleset.child_indication.all.push(means);
            "2".clone_into(&mut set.ruleset.version);
        };
        assert_eq!(refused(asks), "/document/ruleset");
    }

    #[test]
    fn r11_a_rule_that_everybody_or_nobody_meets_is_refused() {
        let nothing = |set: &mut IndicatorSet| {
            set.ruleset.adult_indication.all.clear();
            "2".clone_into(&mut set.ruleset.version);
        };
        assert_eq!(refused(nothing), "/document/ruleset");
        let signs = |set: &mut IndicatorSet| {
            set.ruleset.adult_indication.all[0].any_true = Some(Dimension::Presentation);
            "2".clone_into(&mut set.ruleset.version);
        };
        assert_eq!(refused(signs), "/document/ruleset");
    }

    #[test]
    fn the_cases_that_the_committee_names_must_come_out_as_it_says() {
        let judged = |cases: &[GoldenCase]| next().check_as_next(IndicatorSet::embedded(), cases);
        let refusal = Err(Refusal::Inconsistent { pointer: "/cases" });

        assert_eq!(judged(&[]), refusal);
        assert_eq!(judged(&cases()[..1]), refusal, "nothing that is none");
        let mut wrong = cases();
        wrong[1].indication_of_trafficking = true;
        assert_eq!(judged(&wrong), refusal);
        let mut unknown = cases();
        unknown[1].yes.push("XX9".to_owned());
        assert_eq!(judged(&unknown), refusal);
    }

    #[test]
    fn every_code_of_the_built_in_set_has_the_form_of_one() {
        for one in &IndicatorSet::embedded().indicators {
            assert!(is_code(&one.code), "{}", one.code);
        }
        for wrong in ["", "A1", "act1", "ACT", "ACT1234", "ACTIONS1", "AC 1", "ACÉ1"] {
            assert!(!is_code(wrong), "{wrong}");
        }
    }
}
