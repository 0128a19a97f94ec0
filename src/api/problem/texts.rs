//! The words of the problems, read once from `reference/problems.toml`.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;

use super::ProblemCode;
use crate::api::translated::Translated;

const SOURCE: &str = include_str!("../../../reference/problems.toml");

/// Holds the words of one problem.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Text {
    /// Stands in the file for its readers; the code itself decides, a test compares.
    #[cfg_attr(not(test), expect(dead_code, reason = "written for readers of the file"))]
    pub(super) status: u16,
    pub(super) title: Translated,
    pub(super) detail: Translated,
}

static TEXTS: LazyLock<BTreeMap<String, Text>> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the file is embedded, and a test parses it")]
    toml::from_str(SOURCE).expect("reference/problems.toml is well formed")
});

/// Returns the words of a problem, or nothing if the file lost them (a test prevents that).
pub(super) fn text(code: ProblemCode) -> Option<&'static Text> {
    TEXTS.get(code.as_str())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::api::extract::Language;

    #[test]
    fn the_file_and_the_registry_name_the_same_codes() {
        let in_file: BTreeSet<&str> = TEXTS.keys().map(String::as_str).collect();
        let in_code: BTreeSet<&str> = ProblemCode::ALL.iter().map(|code| code.as_str()).collect();

        assert_eq!(in_file, in_code);
        assert_eq!(ProblemCode::ALL.len(), in_code.len());
    }

    #[test]
    fn every_problem_has_its_status_and_its_words_in_three_languages() {
        for code in ProblemCode::ALL {
            let text = text(*code).unwrap();
            assert_eq!(text.status, code.status().as_u16(), "{}", code.as_str());
            for sentence in [&text.title, &text.detail] {
                let words: BTreeSet<&str> =
                    Language::ALL.iter().map(|language| sentence.get(*language).trim()).collect();
                assert_eq!(words.len(), 3, "{} is not translated", code.as_str());
                assert!(!words.contains(""), "{} is empty", code.as_str());
            }
            for language in Language::ALL {
                let detail = text.detail.get(*language);
                assert!(detail.ends_with('.'), "{} in {language:?}", code.as_str());
                assert!(!text.title.get(*language).ends_with('.'), "{}", code.as_str());
            }
        }
    }

    #[test]
    fn a_code_is_found_by_its_wire_name_only() {
        for code in ProblemCode::ALL {
            assert_eq!(ProblemCode::from_wire(code.as_str()), Some(*code));
        }
        assert_eq!(ProblemCode::from_wire("Not-Found"), None);
        assert_eq!(ProblemCode::from_wire(""), None);
    }
}
