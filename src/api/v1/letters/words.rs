//! The words of letters, read once from `reference/letters.toml`.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;

use crate::api::{extract::Language, translated::Translated};

const SOURCE: &str = include_str!("../../../../reference/letters.toml");

/// What a notice tells, in this order.
pub(super) const RIGHTS: [&str; 9] =
    ["help", "choice", "sharing", "blame", "child", "language", "data", "complain", "numbers"];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Right {
    title: Translated,
    text: Translated,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    sentences: BTreeMap<String, Translated>,
    rights: BTreeMap<String, Right>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the file is embedded, and a test parses it")]
    toml::from_str(SOURCE).expect("reference/letters.toml is well formed")
});

/// A sentence in a language.
pub(super) fn sentence(language: Language, name: &str) -> &'static str {
    WORDS.sentences.get(name).map_or("", |text| text.get(language))
}

/// What a notice tells of a right: its title, and the text.
pub(super) fn right(language: Language, name: &str) -> (&'static str, &'static str) {
    let right = WORDS.rights.get(name);
    right.map_or(("", ""), |right| (right.title.get(language), right.text.get(language)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_right_is_told_in_every_language_and_nothing_else_stands_in_the_file() {
        assert_eq!(WORDS.rights.len(), RIGHTS.len());
        for language in Language::ALL {
            for name in RIGHTS {
                let (title, text) = right(*language, name);
                assert!(!title.is_empty() && text.len() > 10, "{name}");
            }
            assert!(WORDS.sentences.values().all(|text| !text.get(*language).is_empty()));
        }
    }
}
