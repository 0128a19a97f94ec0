//! The words of a copy, read once from `reference/subject_access.toml`, and dates as people write them.

use std::{collections::BTreeMap, sync::LazyLock};

use refero_domain::{instant::Instant, reference::CodeLists, screening::IndicatorSet};
use serde::Deserialize;

use crate::api::{extract::Language, translated::Translated};

const SOURCE: &str = include_str!("../../../../reference/subject_access.toml");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    sentences: BTreeMap<String, Translated>,
    sections: BTreeMap<String, Translated>,
    codes: BTreeMap<String, BTreeMap<String, Translated>>,
    labels: BTreeMap<String, Translated>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the file is embedded, and a test parses it")]
    toml::from_str(SOURCE).expect("reference/subject_access.toml is well formed")
});

const ENGLISH: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const FRENCH: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
const PORTUGUESE: [&str; 12] = [
    "janeiro",
    "fevereiro",
    "março",
    "abril",
    "maio",
    "junho",
    "julho",
    "agosto",
    "setembro",
    "outubro",
    "novembro",
    "dezembro",
];

/// The words of one language.
#[derive(Debug, Clone, Copy)]
pub(in crate::api) struct InLanguage(pub(in crate::api) Language);

impl InLanguage {
    fn of(self, text: Option<&Translated>, otherwise: &str) -> String {
        text.map_or(otherwise, |text| text.get(self.0)).to_owned()
    }

    /// A sentence of the copy.
    pub(super) fn sentence(self, name: &str) -> String {
        self.of(WORDS.sentences.get(name), name)
    }

    /// The title of a section.
    pub(super) fn section(self, id: &str) -> String {
        self.of(WORDS.sections.get(id), id)
    }

    /// What a column is called.
    pub(super) fn label(self, source: &str) -> String {
        self.of(WORDS.labels.get(source), source)
    }

    /// The label of a code; a code that no list has stands for itself.
    pub(in crate::api) fn code(self, list: &str, code: &str) -> String {
        let own = WORDS.codes.get(list).and_then(|codes| codes.get(code));
        let listed = CodeLists::embedded().list(list).and_then(|list| list.get(code));
        let label = listed.and_then(|value| value.labels.get(self.0.as_str()));
        label.cloned().unwrap_or_else(|| self.of(own, code))
    }

    /// The statement of an indicator.
    pub(super) fn indicator(self, set: &IndicatorSet, code: &str) -> String {
        let found = set.indicator(code);
        let statement = found.and_then(|indicator| indicator.statement.get(self.0.as_str()));
        statement.cloned().unwrap_or_else(|| code.to_owned())
    }

    /// Yes or no.
    pub(super) fn yes(self, yes: bool) -> String {
        self.sentence(if yes { "yes" } else { "no" })
    }

    /// A day written out, as far as it is known: `2001-05-14`, `2001-05`, `2001`.
    pub(in crate::api) fn day(self, text: &str) -> String {
        let mut parts = text.split('-');
        let year = parts.next().unwrap_or_default();
        let months = match self.0 {
            Language::En => ENGLISH,
            Language::Fr => FRENCH,
            Language::Pt => PORTUGUESE,
        };
        let month = parts.next().and_then(|month| month.parse::<usize>().ok());
        let month = month.and_then(|month| months.get(month.checked_sub(1)?).copied());
        let day = parts.next().and_then(|day| day.parse::<u8>().ok());
        match (self.0, month, day) {
            (_, None, _) => year.to_owned(),
            (Language::Pt, Some(month), None) => format!("{month} de {year}"),
            (Language::Pt, Some(month), Some(day)) => format!("{day} de {month} de {year}"),
            (_, Some(month), None) => format!("{month} {year}"),
            (Language::Fr, Some(month), Some(1)) => format!("1er {month} {year}"),
            (_, Some(month), Some(day)) => format!("{day} {month} {year}"),
        }
    }

    /// A moment written out, in UTC.
    pub(in crate::api) fn moment(self, at: Instant) -> String {
        let at = at.to_utc();
        format!("{}, {} UTC", self.day(&at.date_naive().to_string()), at.format("%H:%M"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_as_people_write_it_and_no_more_exactly_than_it_is_known() {
        for (text, words) in [
            ("2001-05-14", ["14 May 2001", "14 mai 2001", "14 de maio de 2001"]),
            ("2001-08-01", ["1 August 2001", "1er août 2001", "1 de agosto de 2001"]),
            ("2001-12", ["December 2001", "décembre 2001", "dezembro de 2001"]),
            ("2001", ["2001", "2001", "2001"]),
        ] {
            assert_eq!(
                Language::ALL.iter().map(|one| InLanguage(*one).day(text)).collect::<Vec<_>>(),
                words
            );
        }
    }

    #[test]
    fn every_text_is_there_in_every_language() {
        let texts = [&WORDS.sentences, &WORDS.sections, &WORDS.labels].into_iter().flatten();
        for (name, text) in texts.chain(WORDS.codes.values().flatten()) {
            assert!(
                Language::ALL.iter().all(|language| !text.get(*language).trim().is_empty()),
                "{name}"
            );
        }
    }
}
