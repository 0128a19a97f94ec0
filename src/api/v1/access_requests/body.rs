//! What is sent: a request as it came, what is taken out of texts, why no copy is given.

use chrono::NaiveDate;
use refero_domain::{
    id::CaseId,
    sensitive::Sensitive,
    subject_access::{
        AccessAsker, AccessDelivery, AccessRefusalGround, CopyLanguage, Passage, RedactionGround,
    },
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    api::{
        extract::Checked,
        problem::{FieldCode, FieldErrors},
    },
    service::access_requests::TextReview,
};

/// How many texts one part can have, and how many passages are taken out of one.
const MOST_TEXTS: usize = 2_000;
const MOST_PASSAGES: usize = 200;
/// As long as the longest text.
const LONGEST_PASSAGE: usize = 20_000;

/// A request as it came. Words about the person do not belong here.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessRequestBody {
    /// The case of the person.
    pub case_id: CaseId,
    /// Who asks.
    pub asker: AccessAsker,
    /// The language in which the copy is wanted.
    pub language: CopyLanguage,
    /// How it is to be handed over, if that was said.
    #[serde(default)]
    pub delivery: Option<AccessDelivery>,
    /// The number of the officer's own file: 1 to 64 letters, digits and `-/._`.
    #[schema(pattern = "^[A-Za-z0-9/._-]{1,64}$")]
    pub file_reference: String,
    /// The day on which the request came.
    pub received_on: NaiveDate,
}

impl Checked for AccessRequestBody {
    fn check(&self, errors: &mut FieldErrors) {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "-/._".contains(letter);
        let text = &self.file_reference;
        if text.is_empty() {
            errors.add("/file_reference", FieldCode::Required);
        } else if text.len() > 64 {
            errors.add("/file_reference", FieldCode::TooLong);
        } else if !text.chars().all(plain) {
            errors.add("/file_reference", FieldCode::Format);
        }
    }
}

/// What an officer found in the texts of a part. Replaces what was found before.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedactionsBody {
    /// The texts that were looked through; also those of which everything is shown. Sealed.
    #[schema(value_type = Vec<TextReviewBody>)]
    pub texts: Sensitive<Vec<TextReviewBody>>,
}

/// What an officer found in one text.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TextReviewBody {
    /// Which text, as the copy names it.
    pub id: String,
    /// Why nothing of it is shown, if so.
    #[serde(default)]
    pub whole: Option<RedactionGround>,
    /// What is taken out of it.
    #[serde(default)]
    pub passages: Vec<PassageBody>,
}

/// Words that are taken out of a text wherever they stand in it.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PassageBody {
    /// The words, exactly as they stand there.
    pub text: String,
    /// Why.
    pub ground: RedactionGround,
}

impl Checked for RedactionsBody {
    fn check(&self, errors: &mut FieldErrors) {
        self.texts.check(|texts| {
            if texts.len() > MOST_TEXTS {
                errors.add("/texts", FieldCode::TooLong);
            }
            let passages = || texts.iter().flat_map(|text| &text.passages);
            if texts.iter().any(|text| text.passages.len() > MOST_PASSAGES)
                || passages().any(|passage| passage.text.len() > LONGEST_PASSAGE)
            {
                errors.add("/texts", FieldCode::TooLong);
            }
            if passages().any(|passage| passage.text.trim().is_empty()) {
                errors.add("/texts", FieldCode::TooShort);
            }
            let twice = |(n, text): (usize, &TextReviewBody)| {
                texts.iter().skip(n.saturating_add(1)).any(|other| other.id == text.id)
            };
            if texts.iter().enumerate().any(twice) {
                errors.add("/texts", FieldCode::Inconsistent);
            }
            true
        });
    }
}

impl RedactionsBody {
    /// Returns them as the rules take them.
    pub(super) fn into_reviews(self) -> Sensitive<Vec<TextReview>> {
        let passage = |passage: PassageBody| Passage { text: passage.text, ground: passage.ground };
        let review = move |text: TextReviewBody| TextReview {
            id: text.id,
            whole: text.whole,
            passages: text.passages.into_iter().map(passage).collect(),
        };
        self.texts.map(|texts| texts.into_iter().map(review).collect())
    }
}

/// Why no copy is to be given.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessRefusalBody {
    /// Why.
    pub ground: AccessRefusalGround,
}

impl Checked for AccessRefusalBody {}
