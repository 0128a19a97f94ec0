//! Values that must not leave by accident: a person's data.
//!
//! A [`Sensitive`] value cannot be printed, compared in a log line, or serialised. It opens in two
//! ways only: to a [`Permit`](crate::policy::Permit) whose action discloses that class of data, and
//! to the sealer of the store, which turns it into ciphertext.

use crate::policy::{Action, Class, Discloses, Permit, Withheld};

/// A value of a person that only a permit opens.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Sensitive<T>(T);

/// Turns plain values into ciphertext. Only the store implements it.
pub trait Sealer {
    /// What sealing gives back.
    type Sealed;
    /// Seals one serialisable value.
    fn seal<T: serde::Serialize>(&self, plain: &T) -> Self::Sealed;
}

/// Works on plain values and gives back what tells nothing of them: a keyed digest, how much two
/// values are alike. Only the store implements it.
pub trait Examiner<T> {
    /// What comes out.
    type Finding;
    /// Looks at one plain value.
    fn examine(&self, plain: &T) -> Self::Finding;
}

impl<T> Sensitive<T> {
    /// Takes a value into protection.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// Opens the value under a permit for an action that discloses it.
    ///
    /// # Errors
    /// [`Withheld`] if this caller's permit does not cover the class of data.
    pub fn reveal<A: Action + Discloses, R>(
        &self,
        permit: &Permit<A, R>,
        class: Class,
    ) -> Result<&T, Withheld> {
        if permit.may_see(class) { Ok(&self.0) } else { Err(Withheld) }
    }

    /// Hands the value to the sealer.
    pub fn seal_with<S: Sealer>(&self, sealer: &S) -> S::Sealed
    where
        T: serde::Serialize,
    {
        sealer.seal(&self.0)
    }

    /// Hands the value to an examiner, who gives back what tells nothing of it.
    pub fn examined_by<E: Examiner<T>>(&self, examiner: &E) -> E::Finding {
        examiner.examine(&self.0)
    }

    /// Changes the value without opening it to the caller's scope.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Sensitive<U> {
        Sensitive(change(self.0))
    }

    /// Puts two values under one protection.
    pub fn zip<U>(self, other: Sensitive<U>) -> Sensitive<(T, U)> {
        Sensitive((self.0, other.0))
    }

    /// Puts another protected value into this one, if there is one.
    #[must_use]
    pub fn with<U>(mut self, other: Option<Sensitive<U>>, put: impl FnOnce(&mut T, U)) -> Self {
        if let Some(Sensitive(inner)) = other {
            put(&mut self.0, inner);
        }
        self
    }

    /// Judges the value without letting it out: a rule may look, nobody may keep.
    pub fn check(&self, rule: impl FnOnce(&T) -> bool) -> bool {
        rule(&self.0)
    }
}

impl<T> std::fmt::Debug for Sensitive<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sensitive(..)")
    }
}

impl<'de, T: serde::Deserialize<'de>> serde::Deserialize<'de> for Sensitive<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_sensitive_value_is_printed() {
        #[derive(Debug)]
        struct Told {
            _name: Sensitive<String>,
        }
        let told = Told { _name: Sensitive::new("Ama K.".to_owned()) };

        assert_eq!(format!("{told:?}"), "Told { _name: Sensitive(..) }");
    }
}
