//! People: what identifies them (sealed), and dates that keep their precision.

use std::{borrow::Cow, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::closed::NotInList;

/// A calendar date that is known to the day, the month or only the year: `2001-05-14`, `2001-05`,
/// `2001`. The precision is part of the value and is never filled up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartialDate {
    year: i32,
    month: Option<u32>,
    day: Option<u32>,
}

impl PartialDate {
    /// Returns the year.
    #[must_use]
    pub const fn year(self) -> i32 {
        self.year
    }

    /// Returns the first day that the date can mean.
    #[must_use]
    pub fn earliest(self) -> Option<chrono::NaiveDate> {
        chrono::NaiveDate::from_ymd_opt(self.year, self.month.unwrap_or(1), self.day.unwrap_or(1))
    }
}

impl FromStr for PartialDate {
    type Err = NotInList;

    fn from_str(text: &str) -> Result<Self, NotInList> {
        let number = |part: &str, digits: usize| -> Result<u32, NotInList> {
            let plain = part.len() == digits && part.bytes().all(|b| b.is_ascii_digit());
            if plain { part.parse().map_err(|_| NotInList) } else { Err(NotInList) }
        };
        let mut parts = text.split('-');
        let year = number(parts.next().unwrap_or_default(), 4)?;
        let month = parts.next().map(|part| number(part, 2)).transpose()?;
        let day = parts.next().map(|part| number(part, 2)).transpose()?;
        let date = Self { year: i32::try_from(year).map_err(|_| NotInList)?, month, day };
        // A month 13 or a 30 February is no date, at whatever precision.
        if parts.next().is_some() || date.earliest().is_none() {
            return Err(NotInList);
        }
        Ok(date)
    }
}

impl std::fmt::Display for PartialDate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}", self.year)?;
        if let Some(month) = self.month {
            write!(f, "-{month:02}")?;
        }
        if let Some(day) = self.day {
            write!(f, "-{day:02}")?;
        }
        Ok(())
    }
}

// A date of birth is personal data: it is not printed by accident.
impl std::fmt::Debug for PartialDate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PartialDate(..)")
    }
}

impl Serialize for PartialDate {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PartialDate {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(|_| serde::de::Error::custom("format"))
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for PartialDate {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some("^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"))
            .examples(["2001-05"])
            .description(Some(
                "A date known to the day, the month or the year: 2001-05-14, 2001-05, 2001.",
            ))
            .into()
    }
}
#[cfg(feature = "openapi")]
impl utoipa::ToSchema for PartialDate {
    fn name() -> Cow<'static, str> {
        "PartialDate".into()
    }
}

/// A name as it was heard: one text, because not every name has a first and a last part.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PersonName {
    /// The name, 1 to 200 characters, in any script.
    pub text: String,
    /// What kind of name: `official`, `usual`, `as_heard`, `alias`, `former`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(examples("as_heard")))]
    pub kind: Option<String>,
}

/// A document that names the person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct IdentityDocument {
    /// What kind of document, in plain words: passport, national identity card, birth certificate.
    pub kind: String,
    /// The number on it, 1 to 64 characters.
    pub number: String,
    /// The issuing country, ISO 3166-1 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// Everything that identifies a person. Kept sealed under the person's own key; it has no `Debug`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Names, as many as were heard; none is needed to register somebody.
    #[serde(default)]
    pub names: Vec<PersonName>,
    /// The date of birth, at the precision that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<PartialDate>,
    /// Documents that name the person.
    #[serde(default)]
    pub documents: Vec<IdentityDocument>,
    /// Telephone numbers of the person, E.164 where possible.
    #[serde(default)]
    pub phones: Vec<String>,
    /// Addresses of the person; never the address of a shelter.
    #[serde(default)]
    pub addresses: Vec<String>,
    /// Where a photograph is kept; the photograph itself is not stored here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photo_reference: Option<String>,
}

impl Identity {
    /// Says whether nothing at all is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_date_keeps_its_precision() {
        for text in ["2001", "2001-05", "2001-05-14", "2000-02-29"] {
            assert_eq!(text.parse::<PartialDate>().unwrap().to_string(), text);
        }
        for text in ["", "01", "2001-13", "2001-02-30", "2001-5", "2001-05-14-1", "20O1", "+001"] {
            assert!(text.parse::<PartialDate>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_a_date_panic(text in ".*") {
            let _outcome = text.parse::<PartialDate>();
        }
    }
}
