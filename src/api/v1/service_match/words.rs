//! The sentences of the reasons, read once from `reference/match_reasons.toml`.

use std::{collections::BTreeMap, sync::LazyLock};

use refero_domain::{
    profile::CountryProfile,
    reference::CodeLists,
    service_match::{Reason, ReasonCode},
};
use serde::Deserialize;

use crate::api::{extract::Language, translated::Translated};

const SOURCE: &str = include_str!("../../../../reference/match_reasons.toml");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    reasons: BTreeMap<String, Translated>,
    languages: BTreeMap<String, Translated>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the file is embedded, and a test parses it")]
    toml::from_str(SOURCE).expect("reference/match_reasons.toml is well formed")
});

/// Says what a code that stands in a reason is called.
fn named(reason: ReasonCode, code: &str, language: Language, profile: &CountryProfile) -> String {
    use ReasonCode as R;
    let label = |list: &str| {
        let value = CodeLists::embedded().list(list).and_then(|list| list.get(code));
        value.and_then(|value| value.labels.get(language.as_str())).cloned()
    };
    let name = match reason {
        R::SpeaksLanguage | R::SpeaksOtherLanguage | R::NoCommonLanguage => {
            WORDS.languages.get(code).map(|name| name.get(language).to_owned())
        }
        R::InArea | R::OutsideArea => profile.area(code).map(|area| area.name.clone()),
        R::Accessible | R::NotAccessible => label("service_accessibility"),
        R::DeclinedLately => label("decline_reason"),
        R::FreePlaces
        | R::NoFreePlace
        | R::PlacesStale
        | R::PlacesUnknown
        | R::AnyLanguage
        | R::WholeCountry
        | R::AccessibilityUnknown
        | R::AgeFits
        | R::AgeOutside
        | R::ForChildren
        | R::AlwaysOpen
        | R::OpenNow
        | R::ClosedNow
        | R::HoursUnknown
        | R::TakesEmergencies
        | R::NoEmergencies
        | R::EmergenciesUnknown
        | R::OpenRegime
        | R::ClosedRegime
        | R::AdultsOnly
        | R::ChildrenOnly
        | R::OtherSex
        | R::Inactive
        | R::RefusedByPerson
        | R::ConflictOfInterest
        | R::AlreadyAsked => None,
    };
    name.unwrap_or_else(|| code.to_owned())
}

/// Says a reason in a sentence.
pub(super) fn sentence(reason: &Reason, language: Language, profile: &CountryProfile) -> String {
    let Some(text) = WORDS.reasons.get(reason.code.code()) else {
        return reason.code.code().to_owned();
    };
    let what: Vec<String> =
        reason.codes.iter().map(|code| named(reason.code, code, language, profile)).collect();
    let number = |number: Option<i64>| number.unwrap_or_default().to_string();
    text.get(language)
        .replace("{count}", &number(reason.count))
        .replace("{hours}", &number(reason.hours_ago))
        .replace("{what}", &what.join(", "))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_reason_has_its_sentence_in_three_languages() {
        let in_file: BTreeSet<&str> = WORDS.reasons.keys().map(String::as_str).collect();
        let in_code: BTreeSet<&str> = ReasonCode::ALL.iter().map(|code| code.code()).collect();
        assert_eq!(in_file, in_code);
        for (code, text) in &WORDS.reasons {
            let sentences: BTreeSet<&str> =
                Language::ALL.iter().map(|language| text.get(*language).trim()).collect();
            assert_eq!(sentences.len(), 3, "{code} is not translated");
            assert!(!sentences.contains(""), "{code} is empty");
            for placeholder in ["{count}", "{hours}", "{what}"] {
                let with = sentences.iter().filter(|text| text.contains(placeholder)).count();
                assert!(with == 0 || with == 3, "{code} does not say the same in each language");
            }
        }
    }

    #[test]
    fn a_reason_is_said_with_names_and_not_with_codes() {
        let profile = CountryProfile::embedded("demo").unwrap();
        let reason = Reason {
            code: ReasonCode::SpeaksLanguage,
            count: None,
            hours_ago: None,
            codes: vec!["lg".to_owned()],
        };
        assert_eq!(
            sentence(&reason, Language::Fr, profile),
            "Parle la première langue de la personne : luganda"
        );
        let lacks = Reason {
            code: ReasonCode::NotAccessible,
            codes: vec!["step_free_access".to_owned(), "sign_language".to_owned()],
            ..reason
        };
        assert_eq!(
            sentence(&lacks, Language::En, profile),
            "Lacks what the person depends on: Step-free access, Sign language"
        );
    }
}
