use proptest::prelude::*;

use super::tests::{Answers, intended, intercepted, observed, set, with, yes};
use super::{Advice, Answer, Purpose, ScreeningProfile, evaluate};

fn any_profile() -> impl Strategy<Value = ScreeningProfile> {
    proptest::sample::select(ScreeningProfile::ALL)
}

fn any_purpose() -> impl Strategy<Value = Purpose> {
    proptest::sample::select(vec![Purpose::Observed, intended()])
}

fn any_answers() -> impl Strategy<Value = Answers> {
    let codes: Vec<_> = set().indicators.iter().map(|i| i.code.clone()).collect();
    let answer = proptest::sample::select(Answer::ALL);
    proptest::collection::btree_map(proptest::sample::select(codes), answer, 0..80)
}

proptest! {
    #[test]
    fn adding_a_yes_never_takes_away_a_finding(
        profile in any_profile(),
        purpose in any_purpose(),
        answers in any_answers(),
        added in 0..105_usize,
    ) {
        let code = set().indicators[added].code.clone();
        let before = evaluate(set(), profile, &answers, purpose.clone()).unwrap();
        let after = with(answers, &[&code], Answer::Yes);
        let after = evaluate(set(), profile, &after, purpose).unwrap();

        let kept = |dimension| after.positive_dimensions.contains(dimension);
        prop_assert!(before.positive_dimensions.iter().all(kept));
        prop_assert!(after.indication_of_trafficking >= before.indication_of_trafficking);
        prop_assert!(after.advice <= before.advice);
    }

    #[test]
    fn unknown_not_asked_declined_and_absent_are_the_same(
        profile in any_profile(),
        purpose in any_purpose(),
        answers in any_answers(),
        open in proptest::sample::select(vec![Answer::NotAsked, Answer::Unknown, Answer::Declined]),
    ) {
        let before = evaluate(set(), profile, &answers, purpose.clone()).unwrap();
        let mut changed = answers.clone();
        changed.values_mut().filter(|answer| !answer.is_settled()).for_each(|a| *a = open);
        let mut absent = answers;
        absent.retain(|_, answer| answer.is_settled());

        prop_assert_eq!(&evaluate(set(), profile, &changed, purpose.clone()).unwrap(), &before);
        prop_assert_eq!(&evaluate(set(), profile, &absent, purpose).unwrap(), &before);
    }

    #[test]
    fn an_intended_purpose_never_loses_what_was_observed(
        profile in any_profile(),
        answers in any_answers(),
    ) {
        let seen = observed(profile, &answers);
        let stopped = intercepted(profile, &answers);

        prop_assert!(stopped.indication_of_trafficking >= seen.indication_of_trafficking);
        prop_assert_eq!(
            stopped.advice == Advice::IndicationStrong,
            seen.advice == Advice::IndicationStrong
        );
    }

    #[test]
    fn any_text_as_an_indicator_is_refused_or_known(code in ".{0,40}") {
        let result = evaluate(
            set(), ScreeningProfile::AdultLabour, &yes(&[&code]), Purpose::Observed,
        );
        prop_assert_eq!(result.is_ok(), set().indicator(&code).is_some());
    }
}
