//! What goes into a screening: the answers, the profile, and the purpose as it was found.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::reference::code_enum;

code_enum! {
    /// Says what was answered to one question; only a yes and a no are answers to it.
    pub enum Answer {
        /// It is so.
        Yes = "yes",
        /// It is not so.
        No = "no",
        /// Nobody knows.
        Unknown = "unknown",
        /// The question was not put.
        NotAsked = "not_asked",
        /// The person preferred not to answer.
        Declined = "declined",
    }
}

impl Answer {
    /// Says whether the question is settled: unknown, not asked and declined never count as no.
    #[must_use]
    pub const fn is_settled(self) -> bool {
        match self {
            Self::Yes | Self::No => true,
            Self::Unknown | Self::NotAsked | Self::Declined => false,
        }
    }
}

code_enum! {
    /// Names the list of indicators and the rules a person is screened by.
    pub enum ScreeningProfile {
        /// An adult, labour exploitation.
        AdultLabour = "adult_labour",
        /// A child, labour exploitation.
        ChildLabour = "child_labour",
        /// An adult, sexual exploitation.
        AdultSexual = "adult_sexual",
        /// A child, sexual exploitation.
        ChildSexual = "child_sexual",
    }
}

impl ScreeningProfile {
    /// Returns the same profile for a child while the person is protected as one, and for an adult
    /// otherwise.
    ///
    /// `protected_as_child` is derived from the age status alone (rule R6), so a doubt about age
    /// changes the rules of the screening at once.
    #[must_use]
    pub const fn for_age(self, protected_as_child: bool) -> Self {
        match (self, protected_as_child) {
            (Self::AdultLabour | Self::ChildLabour, true) => Self::ChildLabour,
            (Self::AdultLabour | Self::ChildLabour, false) => Self::AdultLabour,
            (Self::AdultSexual | Self::ChildSexual, true) => Self::ChildSexual,
            (Self::AdultSexual | Self::ChildSexual, false) => Self::AdultSexual,
        }
    }

    /// Says whether the rules for children apply, in which means are not required.
    #[must_use]
    pub const fn is_child(self) -> bool {
        match self {
            Self::ChildLabour | Self::ChildSexual => true,
            Self::AdultLabour | Self::AdultSexual => false,
        }
    }
}

code_enum! {
    /// Names the exploitation that was intended (Palermo Protocol art. 3(a), list
    /// `palermo_purpose`).
    pub enum IntendedPurpose {
        /// Exploitation of the prostitution of others.
        ProstitutionOfOthers = "prostitution_of_others",
        /// Other sexual exploitation.
        OtherSexualExploitation = "other_sexual_exploitation",
        /// Forced labour or services.
        ForcedLabourOrServices = "forced_labour_or_services",
        /// Slavery.
        Slavery = "slavery",
        /// Practices similar to slavery.
        SimilarToSlavery = "similar_to_slavery",
        /// Servitude.
        Servitude = "servitude",
        /// Removal of organs.
        OrganRemoval = "organ_removal",
        /// Another purpose that national law names.
        NationalLawOther = "national_law_other",
    }
}

/// Says whether the exploitation was seen or only intended.
///
/// Trafficking is committed "for the purpose of" exploitation (Palermo Protocol art. 3(a)); the
/// exploitation need not have begun. A person intercepted at a border has not been exploited yet,
/// and would be screened out by rules that look for what happens at the destination only. The one
/// who screens names what was intended; the reasons are recorded beside the result, not here,
/// because they tell about a person.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Purpose {
    /// Only what was observed counts.
    #[default]
    Observed,
    /// The person was intercepted before the exploitation, and these purposes are inferred.
    Intended {
        /// What the exploitation was to be; at least one.
        purposes: BTreeSet<IntendedPurpose>,
    },
}

impl Purpose {
    /// Says whether an intended exploitation was named.
    #[must_use]
    pub fn is_intended(&self) -> bool {
        match self {
            Self::Observed => false,
            Self::Intended { purposes } => !purposes.is_empty(),
        }
    }
}
