//! What is sent about recovery and reflection periods.

use chrono::NaiveDate;
use refero_domain::{
    id::ReflectionPeriodId,
    reflection::{ReflectionBasis, Stated, TerminationReason},
    sensitive::Sensitive,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    api::{
        extract::Checked,
        problem::{FieldCode, FieldErrors},
        v1::rules,
    },
    service::reflections::{Offer, Told},
};

/// How long words about a period may be, in characters.
const LONGEST: usize = 5_000;
/// How long a citation may be.
const LONGEST_CITATION: usize = 500;
/// How many days somebody may state.
const MOST_DAYS: u16 = 1000;

/// A period that is offered.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReflectionOfferBody {
    /// The client's own identifier (UUIDv4).
    #[serde(default)]
    pub id: Option<ReflectionPeriodId>,
    /// The day on which it was explained and offered.
    pub offered_on: NaiveDate,
    /// ISO 639 code of the language in which it was explained: one that the person understands.
    pub language: String,
    /// An interpreter helped.
    #[serde(default)]
    pub interpreter: bool,
    /// What was explained, and what the person said to it, 1 to 5,000 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub words: Option<Sensitive<String>>,
}

impl ReflectionOfferBody {
    /// Gives what the service records.
    pub(super) fn offer(&self) -> Offer {
        let told = Told {
            on: self.offered_on,
            language: self.language.clone(),
            interpreter: self.interpreter,
        };
        Offer { id: self.id.clone(), told, words: self.words.clone() }
    }
}

impl Checked for ReflectionOfferBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::language("/language", Some(&self.language), errors);
        rules::sealed_text("/words", self.words.as_ref(), LONGEST, errors);
    }
}

fn check_days(
    (days, basis, citation): (Option<u16>, Option<ReflectionBasis>, Option<&String>),
    errors: &mut FieldErrors,
) {
    if days.is_some_and(|days| !(1..=MOST_DAYS).contains(&days)) {
        errors.add("/days", FieldCode::OutOfRange);
    }
    match (basis, citation) {
        // What the profile says is not for anybody to state.
        (Some(ReflectionBasis::CountryProfile), _) => errors.add("/basis", FieldCode::NotInList),
        (Some(_), None) => errors.add("/citation", FieldCode::Required),
        (None, Some(_)) => errors.add("/citation", FieldCode::Inconsistent),
        (Some(_), Some(_)) | (None, None) => {}
    }
    if let Some(citation) = citation {
        rules::text("/citation", citation, LONGEST_CITATION, errors);
    }
}

/// The days of a period, where they are not those of the country profile.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReflectionGrantBody {
    /// How many days; those of the country profile if absent. Not fewer than these, and not more than its
    /// maximum.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1000)]
    pub days: Option<u16>,
    /// On what other days than those of the profile rest: `law`, `policy` or `decision`.
    #[serde(default)]
    pub basis: Option<ReflectionBasis>,
    /// Where that is written, 1 to 500 characters: needed with `basis`.
    #[serde(default)]
    pub citation: Option<String>,
    /// The day with which it starts, not before the offer; as the profile says, if absent. That day does not
    /// count.
    #[serde(default)]
    pub starts_on: Option<NaiveDate>,
}

impl ReflectionGrantBody {
    /// Gives the days with what they rest on.
    pub(super) fn stated(&self) -> Stated {
        Stated { days: self.days, basis: self.basis, citation: self.citation.clone() }
    }
}

impl Checked for ReflectionGrantBody {
    fn check(&self, errors: &mut FieldErrors) {
        check_days((self.days, self.basis, self.citation.as_ref()), errors);
    }
}

/// By how many days a period is extended, and why.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReflectionExtensionBody {
    /// How many days; those of the country profile if absent. With all before, not more than its maximum.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1000)]
    pub days: Option<u16>,
    /// On what other days than those of the profile rest: `law`, `policy` or `decision`.
    #[serde(default)]
    pub basis: Option<ReflectionBasis>,
    /// Where that is written, 1 to 500 characters: needed with `basis`.
    #[serde(default)]
    pub citation: Option<String>,
    /// Why, 1 to 5,000 characters. Sealed.
    #[schema(value_type = String)]
    pub reasons: Sensitive<String>,
}

impl ReflectionExtensionBody {
    /// Gives the days with what they rest on.
    pub(super) fn stated(&self) -> Stated {
        Stated { days: self.days, basis: self.basis, citation: self.citation.clone() }
    }
}

impl Checked for ReflectionExtensionBody {
    fn check(&self, errors: &mut FieldErrors) {
        check_days((self.days, self.basis, self.citation.as_ref()), errors);
        rules::sealed_text("/reasons", Some(&self.reasons), LONGEST, errors);
    }
}

/// Why the person declined. Nobody has to give a reason.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReflectionDeclineBody {
    /// The reason, in the person's words, 1 to 5,000 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub reason: Option<Sensitive<String>>,
}

impl Checked for ReflectionDeclineBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::sealed_text("/reason", self.reason.as_ref(), LONGEST, errors);
    }
}

/// Why a period is refused.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReflectionRefusalBody {
    /// The reasons, 1 to 5,000 characters. Sealed.
    #[schema(value_type = String)]
    pub reasons: Sensitive<String>,
}

impl Checked for ReflectionRefusalBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::sealed_text("/reasons", Some(&self.reasons), LONGEST, errors);
    }
}

/// Why a period ends before its last day.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReflectionTerminationBody {
    /// Why, as a code.
    pub reason: TerminationReason,
    /// Why, in words, 1 to 5,000 characters. Sealed.
    #[schema(value_type = String)]
    pub reasons: Sensitive<String>,
}

impl Checked for ReflectionTerminationBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::sealed_text("/reasons", Some(&self.reasons), LONGEST, errors);
    }
}

/// When and how the person was told where the period stands.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReflectionNoticeBody {
    /// The day, not before the offer.
    pub told_on: NaiveDate,
    /// ISO 639 code of the language: one that the person understands.
    pub language: String,
    /// An interpreter helped.
    #[serde(default)]
    pub interpreter: bool,
}

impl ReflectionNoticeBody {
    /// Gives what the service records.
    pub(super) fn told(&self) -> Told {
        let (on, interpreter) = (self.told_on, self.interpreter);
        Told { on, language: self.language.clone(), interpreter }
    }
}

impl Checked for ReflectionNoticeBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::language("/language", Some(&self.language), errors);
    }
}
