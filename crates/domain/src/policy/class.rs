//! Classes of data and sets of them.

use crate::closed::closed_list;

closed_list! {
    /// The confidentiality level of a record or a field: a row of the need-to-know table.
    Class = "confidentiality_level" {
        PublicAggregate = "public_aggregate",
        Operational = "operational",
        CaseRestricted = "case_restricted",
        IdentitySealed = "identity_sealed",
        Medical = "medical",
        Investigation = "investigation",
        SafeLocation = "safe_location",
    }
}

/// A set of classes of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Classes(u8);

/// Says that the permit does not cover the class of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this class of data is withheld from the caller")]
pub struct Withheld;

impl Classes {
    /// The empty set.
    pub const NONE: Self = Self(0);

    const fn bit(class: Class) -> u8 {
        match class {
            Class::PublicAggregate => 1,
            Class::Operational => 1 << 1,
            Class::CaseRestricted => 1 << 2,
            Class::IdentitySealed => 1 << 3,
            Class::Medical => 1 << 4,
            Class::Investigation => 1 << 5,
            Class::SafeLocation => 1 << 6,
        }
    }

    /// Returns the set with one class more.
    #[must_use]
    pub const fn with(self, class: Class) -> Self {
        Self(self.0 | Self::bit(class))
    }

    /// Returns the union.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns the intersection.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Says whether the set holds the class.
    #[must_use]
    pub const fn has(self, class: Class) -> bool {
        self.0 & Self::bit(class) != 0
    }

    /// Returns the members in the list's order.
    pub fn iter(self) -> impl Iterator<Item = Class> {
        Class::ALL.iter().copied().filter(move |class| self.has(*class))
    }
}

impl FromIterator<Class> for Classes {
    fn from_iter<I: IntoIterator<Item = Class>>(classes: I) -> Self {
        classes.into_iter().fold(Self::NONE, Self::with)
    }
}
