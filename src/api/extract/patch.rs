//! The three meanings of a member in a merge patch (RFC 7396).

use std::{fmt, marker::PhantomData};

use serde::{Deserialize, Deserializer, de};

/// Holds one member of a merge patch: absent leaves, null removes, a value replaces.
///
/// The member must carry `#[serde(default)]`. If that is forgotten, an absent member is refused
/// as `required` instead of silently meaning null, which would erase data.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum PatchField<T> {
    /// The member was not sent: leave what is there.
    #[default]
    Absent,
    /// The member is null: remove what is there.
    Null,
    /// The member has a value: replace what is there.
    Value(T),
}

impl<T> PatchField<T> {
    /// Tells whether the member was not sent.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Returns the value, if there is one.
    #[must_use]
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// Returns nothing for absent, `Some(None)` for null, `Some(Some(value))` for a value.
    pub fn into_change(self) -> Option<Option<T>> {
        match self {
            Self::Absent => None,
            Self::Null => Some(None),
            Self::Value(value) => Some(Some(value)),
        }
    }

    /// Applies the member to what is there.
    pub fn apply_to(self, current: &mut Option<T>) {
        if let Some(change) = self.into_change() {
            *current = change;
        }
    }

    /// Translates the value, and leaves absent and null as they are.
    pub fn map<U>(self, translate: impl FnOnce(T) -> U) -> PatchField<U> {
        match self {
            Self::Absent => PatchField::Absent,
            Self::Null => PatchField::Null,
            Self::Value(value) => PatchField::Value(translate(value)),
        }
    }
}

impl<T> fmt::Debug for PatchField<T> {
    /// Prints which of the three it is, never the value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Absent => "Absent",
            Self::Null => "Null",
            Self::Value(_) => "Value(..)",
        })
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for PatchField<T> {
    /// Reads through a newtype, because serde reads an absent `Option` as null but an absent
    /// newtype as missing.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Member<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Member<T> {
            type Value = PatchField<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value or null")
            }

            fn visit_newtype_struct<D: Deserializer<'de>>(
                self,
                deserializer: D,
            ) -> Result<Self::Value, D::Error> {
                let value = Option::<T>::deserialize(deserializer)?;
                Ok(value.map_or(PatchField::Null, PatchField::Value))
            }
        }

        deserializer.deserialize_newtype_struct("PatchField", Member(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Patch {
        #[serde(default)]
        district: PatchField<String>,
    }

    #[derive(Deserialize)]
    struct Forgetful {
        #[serde(rename = "district")]
        _district: PatchField<String>,
    }

    #[test]
    fn absent_null_and_value_are_three_things() {
        let read = |text| serde_json::from_str::<Patch>(text).unwrap().district;

        assert_eq!(read("{}"), PatchField::Absent);
        assert_eq!(read(r#"{"district":null}"#), PatchField::Null);
        assert_eq!(read(r#"{"district":""}"#), PatchField::Value(String::new()));
    }

    #[test]
    fn a_forgotten_default_is_refused_and_does_not_erase() {
        assert!(serde_json::from_str::<Forgetful>("{}").is_err());
    }

    #[test]
    fn a_patch_is_applied_as_rfc_7396_says() {
        let mut district = Some("Gulu".to_owned());
        PatchField::Absent.apply_to(&mut district);
        assert_eq!(district.as_deref(), Some("Gulu"));
        PatchField::Value("Lira".to_owned()).apply_to(&mut district);
        assert_eq!(district.as_deref(), Some("Lira"));
        PatchField::Null.apply_to(&mut district);
        assert_eq!(district, None);
    }

    #[test]
    fn the_value_is_not_printed() {
        assert_eq!(format!("{:?}", PatchField::Value("Ama K.")), "Value(..)");
    }
}
