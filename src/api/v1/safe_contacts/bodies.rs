//! What is sent about ways to reach somebody.

use refero_domain::{
    id::SafeContactId,
    safe_contact::{
        ContactChannel, ContactRule, SafeContactEndReason, SafeContactWords, SafeHours,
        UrgentContactReason,
    },
    sensitive::Sensitive,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    api::{
        extract::Checked,
        problem::{FieldCode, FieldError, FieldErrors, Pointer},
        v1::rules,
    },
    service::safe_contacts::Way,
};

/// Three windows on each day of the week.
const MOST_HOURS: usize = 21;

/// A way to reach a person, or one that must never be taken.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SafeContactBody {
    /// The client's own identifier (UUIDv4).
    #[serde(default)]
    pub id: Option<SafeContactId>,
    /// Whether it is open or must never be taken.
    pub rule: ContactRule,
    /// By what.
    pub channel: ContactChannel,
    /// The number, the address, the place, or the person through whom, 1 to 500 characters. Sealed.
    #[schema(value_type = String)]
    pub value: Sensitive<String>,
    /// The language to speak or write in (BCP 47).
    #[serde(default)]
    pub language: Option<String>,
    /// When, by the clock of the country, at most 21; at any time if empty. A night is two windows.
    #[serde(default)]
    pub hours: Vec<SafeHours>,
    /// By what the survivor and the caller know each other, 1 to 100 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub code_word: Option<Sensitive<String>>,
    /// Who else may answer, and what may be said to them, at most 500 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub who_may_answer: Option<Sensitive<String>>,
    /// What else whoever calls must know, at most 2,000 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub instructions: Option<Sensitive<String>>,
}

impl Checked for SafeContactBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::sealed_text("/value", Some(&self.value), 500, errors);
        rules::language("/language", self.language.as_deref(), errors);
        rules::sealed_text("/code_word", self.code_word.as_ref(), 100, errors);
        rules::sealed_text("/who_may_answer", self.who_may_answer.as_ref(), 500, errors);
        rules::sealed_text("/instructions", self.instructions.as_ref(), 2_000, errors);
        let place = Pointer::from("/hours");
        if self.hours.len() > MOST_HOURS {
            errors.push(FieldError::at(&place, FieldCode::TooLong).with("max", 21_i64));
        }
        for (index, window) in self.hours.iter().enumerate() {
            if !window.is_sound() {
                errors.add(place.index(index).member("until"), FieldCode::Inconsistent);
            }
        }
        if self.rule == ContactRule::Never && !self.hours.is_empty() {
            errors.add(place, FieldCode::Inconsistent);
        }
    }
}

impl SafeContactBody {
    /// Gives what the service records.
    pub(super) fn way(&self) -> Way {
        let words = self
            .value
            .clone()
            .map(|value| SafeContactWords { value, ..SafeContactWords::default() });
        Way {
            id: self.id.clone(),
            rule: self.rule,
            channel: self.channel,
            language: self.language.clone(),
            hours: self.hours.clone(),
            words: words
                .with(self.code_word.clone(), |it, word| it.code_word = Some(word))
                .with(self.who_may_answer.clone(), |it, who| it.who_may_answer = Some(who))
                .with(self.instructions.clone(), |it, text| it.instructions = Some(text)),
        }
    }
}

/// Why it cannot wait for a safe hour, if it cannot.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SafeContactUseBody {
    /// What cannot wait. Kept only if the hour is not safe.
    #[serde(default)]
    pub urgent_because: Option<UrgentContactReason>,
}

impl Checked for SafeContactUseBody {}

/// Why a way does not hold any more.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SafeContactRetireBody {
    /// Why.
    pub reason: SafeContactEndReason,
}

impl Checked for SafeContactRetireBody {}
