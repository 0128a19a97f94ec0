use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{
    Advice, Answer, Dimension, IndicatorGroup, IndicatorSet, IntendedPurpose, Purpose,
    ScreeningProfile, ScreeningRefusal, ScreeningResult, StrengthBasis, evaluate,
};
use crate::reference::CodeLists;

pub(super) type Answers = BTreeMap<String, Answer>;

pub(super) fn set() -> &'static IndicatorSet {
    IndicatorSet::embedded()
}

pub(super) fn yes(codes: &[&str]) -> Answers {
    codes.iter().map(|code| ((*code).to_owned(), Answer::Yes)).collect()
}

fn everything(answer: Answer) -> Answers {
    set().indicators.iter().map(|indicator| (indicator.code.clone(), answer)).collect()
}

pub(super) fn with(mut answers: Answers, codes: &[&str], answer: Answer) -> Answers {
    answers.extend(codes.iter().map(|code| ((*code).to_owned(), answer)));
    answers
}

pub(super) fn intended() -> Purpose {
    Purpose::Intended { purposes: BTreeSet::from([IntendedPurpose::ForcedLabourOrServices]) }
}

pub(super) fn observed(profile: ScreeningProfile, answers: &Answers) -> ScreeningResult {
    evaluate(set(), profile, answers, Purpose::Observed).unwrap()
}

pub(super) fn intercepted(profile: ScreeningProfile, answers: &Answers) -> ScreeningResult {
    evaluate(set(), profile, answers, intended()).unwrap()
}

#[derive(Deserialize)]
struct Golden {
    ruleset_version: String,
    cases: Vec<GoldenCase>,
}

#[derive(Deserialize)]
struct GoldenCase {
    name: String,
    profile: ScreeningProfile,
    yes: Vec<String>,
    positive_dimensions: Vec<Dimension>,
    indication_of_trafficking: bool,
}

#[test]
fn every_golden_case_gives_the_expected_result() {
    let file = include_str!("../../tests/golden/screening_golden.json");
    let golden: Golden = serde_json::from_str(file).unwrap();

    assert_eq!(golden.ruleset_version, set().ruleset.version);
    assert_eq!(golden.cases.len(), 12);
    for case in golden.cases {
        let codes: Vec<_> = case.yes.iter().map(String::as_str).collect();
        let result = observed(case.profile, &yes(&codes));
        assert_eq!(result.positive_dimensions, case.positive_dimensions, "{}", case.name);
        let indication = result.indication_of_trafficking;
        assert_eq!(indication, case.indication_of_trafficking, "{}", case.name);
    }
}

#[test]
fn the_set_is_whole_and_agrees_with_the_code_lists() {
    let codes: BTreeSet<_> = set().indicators.iter().map(|indicator| &indicator.code).collect();
    let graded = |profile: ScreeningProfile| {
        let delphi = |group| group == IndicatorGroup::IloDelphi;
        let all = set().indicators.iter();
        all.filter(|i| delphi(i.group) && i.strength.get(profile).is_some()).count()
    };
    let list = |id: &str| {
        let values = &CodeLists::embedded().list(id).unwrap().values;
        values.iter().map(|value| value.code.as_str()).collect::<Vec<_>>()
    };

    assert_eq!((codes.len(), set().indicators.len()), (105, 105));
    assert_eq!(graded(ScreeningProfile::AdultLabour), 67);
    assert_eq!(graded(ScreeningProfile::ChildLabour), 65);
    assert_eq!(graded(ScreeningProfile::AdultSexual), 0);
    assert_eq!(list("indicator_answer"), Answer::ALL.iter().map(|v| v.code()).collect::<Vec<_>>());
    let dimensions: Vec<_> = Dimension::ALL.iter().map(|v| v.code()).collect();
    assert_eq!(list("indicator_dimension"), dimensions);
    let purposes: Vec<_> = IntendedPurpose::ALL.iter().map(|v| v.code()).collect();
    assert_eq!(list("palermo_purpose"), purposes);
    let served = serde_json::to_string(set()).unwrap();
    assert_eq!(&serde_json::from_str::<IndicatorSet>(&served).unwrap(), set());
    assert_eq!(set().ruleset.results, Advice::ALL);
    assert_eq!(set().ruleset.result_meaning.len(), Advice::ALL.len());
    for indicator in &set().indicators {
        let scores = !matches!(
            indicator.group,
            IndicatorGroup::ObservedSigns | IndicatorGroup::SafetyTriage
        );
        assert_eq!(indicator.counts_toward_score, scores, "{}", indicator.code);
        assert!(["en", "fr", "pt"].iter().all(|l| !indicator.statement[*l].is_empty()));
    }
}

#[test]
fn an_intercepted_adult_meets_the_definition_by_intended_exploitation() {
    let answers = yes(&["ACT1", "DR01", "DR02"]);

    let seen = observed(ScreeningProfile::AdultLabour, &answers);
    assert!(!seen.indication_of_trafficking && seen.intended_purpose_open);
    assert_eq!(seen.advice, Advice::InsufficientInformation);

    let stopped = intercepted(ScreeningProfile::AdultLabour, &answers);
    assert!(stopped.indication_of_trafficking && !stopped.intended_purpose_open);
    assert_eq!(stopped.advice, Advice::IndicationPresent);
    assert_eq!(stopped.positive_dimensions, [Dimension::DeceptiveRecruitment]);
}

#[test]
fn an_adult_needs_a_means_even_when_the_exploitation_was_intended() {
    let result = intercepted(ScreeningProfile::AdultLabour, &yes(&["ACT1", "ACT2", "DR01"]));

    assert!(!result.indication_of_trafficking);
    assert_eq!(result.advice, Advice::InsufficientInformation);
}

#[test]
fn a_child_needs_an_act_and_a_purpose_and_never_a_means() {
    let no_means = with(everything(Answer::No), &["ACT2"], Answer::Yes);

    let seen = observed(ScreeningProfile::ChildLabour, &no_means);
    assert!(!seen.indication_of_trafficking && seen.intended_purpose_open);
    assert_eq!(seen.advice, Advice::InsufficientInformation);

    let stopped = intercepted(ScreeningProfile::ChildLabour, &no_means);
    assert!(stopped.indication_of_trafficking);
    assert_eq!(stopped.advice, Advice::IndicationPresent);

    let no_act = intercepted(ScreeningProfile::ChildLabour, &everything(Answer::No));
    assert!(!no_act.indication_of_trafficking);
    assert_eq!(no_act.advice, Advice::NoIndicationNow);
}

#[test]
fn an_intended_exploitation_must_be_named() {
    let unnamed = Purpose::Intended { purposes: BTreeSet::new() };
    let refusal = evaluate(set(), ScreeningProfile::AdultLabour, &Answers::new(), unnamed);

    assert_eq!(refusal, Err(ScreeningRefusal::NoIntendedPurpose));
    assert!(serde_json::from_str::<Purpose>(r#"{"kind":"intended","purposes":["fun"]}"#).is_err());
    assert!(serde_json::from_str::<Purpose>(r#"{"kind":"intended"}"#).is_err());
}

#[test]
fn a_doubt_about_age_changes_the_rules_at_once() {
    for profile in ScreeningProfile::ALL {
        assert!(profile.for_age(true).is_child());
        assert!(!profile.for_age(false).is_child());
    }
    assert_eq!(ScreeningProfile::AdultSexual.for_age(true), ScreeningProfile::ChildSexual);

    let answers = yes(&["ACT2", "EX01", "EX02"]);
    assert!(!observed(ScreeningProfile::AdultLabour, &answers).indication_of_trafficking);
    assert!(observed(ScreeningProfile::ChildLabour, &answers).indication_of_trafficking);
}

#[test]
fn a_question_that_nobody_answered_is_never_a_no() {
    let silent = observed(ScreeningProfile::AdultLabour, &Answers::new());
    assert_eq!(silent.advice, Advice::InsufficientInformation);

    for open in [Answer::Unknown, Answer::NotAsked, Answer::Declined] {
        let result = observed(ScreeningProfile::AdultLabour, &everything(open));
        assert_eq!(result, silent);
    }
    let no = observed(ScreeningProfile::AdultLabour, &everything(Answer::No));
    assert_eq!(no.advice, Advice::NoIndicationNow);
    assert_eq!((no.unanswered, no.safety_unanswered), (0, 0));
    assert_eq!(silent.safety_unanswered, 10);
}

#[test]
fn exploitation_without_any_recruitment_by_unlawful_means_is_no_trafficking_of_an_adult() {
    let answers = with(everything(Answer::No), &["ACT1", "EX01", "EX02", "EX03"], Answer::Yes);
    let result = observed(ScreeningProfile::AdultLabour, &answers);

    assert_eq!(result.positive_dimensions, [Dimension::Exploitation]);
    assert_eq!(result.advice, Advice::NoIndicationNow);
}

#[test]
fn the_stricter_rule_makes_an_indication_strong() {
    let coerced = yes(&["DR01", "DR02", "EX01", "EX02", "DC01", "DC03"]);
    let vulnerable = yes(&["RV01", "RV04", "RV06", "EX01", "EX02", "DV01", "DV02", "DV05"]);

    let strong = observed(ScreeningProfile::AdultLabour, &coerced);
    assert_eq!(strong.advice, Advice::IndicationStrong);
    let present = observed(ScreeningProfile::AdultLabour, &vulnerable);
    assert_eq!(present.advice, Advice::IndicationPresent);
    let child = observed(ScreeningProfile::ChildLabour, &yes(&["ACT4", "PF02"]));
    assert_eq!(child.advice, Advice::IndicationStrong);
}

#[test]
fn an_indicator_without_a_grade_counts_as_medium_and_the_result_says_so() {
    let two = observed(ScreeningProfile::AdultSexual, &yes(&["DR01", "DR02"]));
    let three = observed(ScreeningProfile::AdultSexual, &yes(&["DR01", "DR02", "DR03"]));

    assert_eq!(two.strength_basis, StrengthBasis::Policy);
    assert_eq!(two.strength_basis.code(), "policy, to be confirmed");
    assert!(two.positive_dimensions.is_empty());
    assert_eq!(three.positive_dimensions, [Dimension::DeceptiveRecruitment]);
    assert_eq!(three.explanation[0].medium, ["DR01", "DR02", "DR03"]);
    let labour = observed(ScreeningProfile::ChildLabour, &Answers::new());
    assert_eq!(labour.strength_basis, StrengthBasis::Graded);
}

#[test]
fn dangers_are_reported_whatever_the_advice_is() {
    let answers = with(everything(Answer::No), &["SF01", "SF09"], Answer::Yes);
    let result = observed(ScreeningProfile::AdultSexual, &answers);

    assert_eq!(result.advice, Advice::NoIndicationNow);
    assert_eq!(result.safety_flags, ["SF01", "SF09"]);
}

#[test]
fn a_yes_that_the_profile_does_not_count_is_set_aside_and_not_lost() {
    let result = observed(ScreeningProfile::AdultLabour, &yes(&["PF02", "RG02", "DR01"]));

    assert_eq!(result.set_aside, ["PF02", "RG02"]);
    assert!(result.purpose_facts.is_empty());
}

#[test]
fn an_unknown_indicator_is_refused_by_its_position_only() {
    let answers = yes(&["ACT1", "DR01", "ZZ99 Ama K."]);
    let refusal = evaluate(set(), ScreeningProfile::AdultLabour, &answers, Purpose::Observed);

    let refusal = refusal.unwrap_err();
    assert_eq!(refusal, ScreeningRefusal::UnknownIndicator { position: 2 });
    assert!(!format!("{refusal} {refusal:?}").contains("Ama"));
    for hostile in ["", "dr01", "DR01 ", "DR0\u{0}1", "consents_to_exploitation"] {
        let answers = yes(&[hostile]);
        assert!(evaluate(set(), ScreeningProfile::ChildLabour, &answers, intended()).is_err());
    }
}

#[test]
fn a_result_names_its_versions_and_survives_storage() {
    let result = intercepted(ScreeningProfile::AdultLabour, &yes(&["DR01", "DR02", "SF01"]));
    let text = serde_json::to_string(&result).unwrap();

    assert_eq!(serde_json::from_str::<ScreeningResult>(&text).unwrap(), result);
    assert_eq!(result.indicator_set_id, "default");
    assert_eq!(result.indicator_set_version, set().version);
    assert_eq!(result.ruleset_version, set().ruleset.version);
}
