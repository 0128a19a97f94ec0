//! What is taken out of a free text before somebody is given a copy of it.
//!
//! A text that was written about one person can name others, and no program finds that reliably: an
//! officer reads each text and says what must not be shown. What was reviewed counts for that very
//! text: if it changes, it is looked at anew.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::closed::closed_list;

closed_list! {
    /// Why something is taken out of a copy.
    RedactionGround = "redaction_ground" {
        AnotherPerson = "another_person",
        EndangersAnother = "endangers_another",
        OngoingInvestigation = "ongoing_investigation",
    }
}

/// Words that are taken out of a text, wherever they stand in it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// The words, exactly as they stand.
    pub text: String,
    /// Why.
    pub ground: RedactionGround,
}

/// What an officer found in one text. It repeats parts of it and is kept sealed; it has no `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewedText {
    /// Which text, as the copy names it.
    pub id: String,
    /// The digest of the text as it was read.
    digest: String,
    /// Why nothing of it is shown, if so.
    whole: Option<RedactionGround>,
    passages: Vec<Passage>,
}

/// A stretch of a text as it is shown.
#[derive(Clone, PartialEq, Eq)]
pub enum Span {
    /// Words.
    Shown(String),
    /// A mark where words were taken out.
    Hidden(RedactionGround),
}

impl ReviewedText {
    /// Notes the review of a text; nothing, if a passage does not stand in it.
    #[must_use]
    pub fn of(
        (id, text): (&str, &str),
        whole: Option<RedactionGround>,
        passages: &[Passage],
    ) -> Option<Self> {
        let stands = |passage: &Passage| {
            !passage.text.trim().is_empty() && text.contains(passage.text.as_str())
        };
        passages.iter().all(stands).then(|| Self {
            id: id.to_owned(),
            digest: digest(text),
            whole,
            passages: passages.to_vec(),
        })
    }

    /// Returns what of the text is shown; nothing, if it is not the text that was reviewed.
    #[must_use]
    pub fn spans(&self, text: &str) -> Option<Vec<Span>> {
        if self.digest != digest(text) {
            return None;
        }
        Some(match self.whole {
            Some(ground) => vec![Span::Hidden(ground)],
            None => cut(text, &self.passages),
        })
    }
}

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Cuts passages out of a text: each wherever it begins, also where two overlap.
fn cut(text: &str, passages: &[Passage]) -> Vec<Span> {
    let (mut spans, mut shown) = (Vec::new(), String::new());
    let mut hidden: Option<(RedactionGround, usize)> = None;
    for (at, letter) in text.char_indices() {
        let rest = text.get(at..).unwrap_or_default();
        for passage in passages.iter().filter(|passage| rest.starts_with(passage.text.as_str())) {
            let end = at.saturating_add(passage.text.len());
            hidden = match hidden {
                Some((ground, until)) if until > at => Some((ground, until.max(end))),
                Some(_) | None => Some((passage.ground, end)),
            };
        }
        match hidden {
            Some((ground, until)) if until > at => {
                if !shown.is_empty() {
                    spans.push(Span::Shown(std::mem::take(&mut shown)));
                }
                // One mark for words that touch, for the first of their grounds.
                if !matches!(spans.last(), Some(Span::Hidden(_))) {
                    spans.push(Span::Hidden(ground));
                }
            }
            Some(_) | None => shown.push(letter),
        }
    }
    if !shown.is_empty() {
        spans.push(Span::Shown(shown));
    }
    spans
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn passage(text: &str) -> Passage {
        Passage { text: text.to_owned(), ground: RedactionGround::AnotherPerson }
    }

    fn shown(text: &str, passages: &[&str]) -> String {
        let passages: Vec<Passage> = passages.iter().map(|text| passage(text)).collect();
        let reviewed = ReviewedText::of(("note:1", text), None, &passages).unwrap();
        let spans = reviewed.spans(text).unwrap().into_iter();
        spans
            .map(|span| match span {
                Span::Shown(words) => words,
                Span::Hidden(_) => "█".to_owned(),
            })
            .collect()
    }

    #[test]
    fn a_passage_is_taken_out_wherever_it_stands() {
        let text = "Kofi came. She fears Kofi M. and his brother.";

        assert_eq!(shown(text, &["Kofi"]), "█ came. She fears █ M. and his brother.");
        assert_eq!(shown(text, &["Kofi", "Kofi M."]), "█ came. She fears █ and his brother.");
        assert_eq!(shown("aaaab", &["aa"]), "█b", "also where it overlaps itself");
        assert_eq!(shown("Zoë é", &["ë"]), "Zo█ é");
        assert_eq!(shown(text, &[]), text);
    }

    #[test]
    fn what_does_not_stand_in_the_text_is_no_review_of_it() {
        let of = |words| ReviewedText::of(("note:1", "She came."), None, &[passage(words)]);

        assert!(of("He").is_none() && of("").is_none() && of(" ").is_none());
        assert!(of("She").unwrap().spans("She came again.").is_none(), "the text has changed");
        let whole = ReviewedText::of(
            ("note:1", "She came."),
            Some(RedactionGround::OngoingInvestigation),
            &[],
        );
        assert_eq!(whole.unwrap().spans("She came.").unwrap().len(), 1);
    }

    proptest! {
        #[test]
        fn nothing_that_was_taken_out_is_shown(
            text in "[ab é\u{202e}]{1,24}", cuts in prop::collection::vec((0usize..24, 1usize..6), 0..4)
        ) {
            let letters: Vec<char> = text.chars().collect();
            let words: Vec<String> = cuts
                .into_iter()
                .map(|(from, length)| letters.iter().skip(from).take(length).collect::<String>())
                .filter(|words| !words.trim().is_empty())
                .collect();
            let passages: Vec<Passage> = words.iter().map(|words| passage(words)).collect();
            let reviewed = ReviewedText::of(("note:1", &text), None, &passages).unwrap();
            for span in reviewed.spans(&text).unwrap() {
                if let Span::Shown(shown) = span {
                    prop_assert!(words.iter().all(|words| !shown.contains(words.as_str())));
                }
            }
        }
    }
}
