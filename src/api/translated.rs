//! Words that the API says itself, from the files of `reference`.

use serde::Deserialize;

use super::extract::Language;

/// Holds one text in every language of the API.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Translated {
    en: String,
    fr: String,
    pt: String,
}

impl Translated {
    pub(super) fn get(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Fr => &self.fr,
            Language::Pt => &self.pt,
        }
    }
}
