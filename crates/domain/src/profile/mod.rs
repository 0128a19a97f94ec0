//! The country profile: everything by which one country's mechanism differs from another's.
//!
//! Countries differ by data, not by code (rule R19). Every figure and every legal rule in a profile
//! carries its source and its status, and what no source confirms says so, so that nobody mistakes
//! a default of the program for the law of the land.

mod calendar;
mod children;
mod clock;
mod figures;
mod hotline;
mod pauses;
mod reflection;
#[cfg(test)]
mod tests;
mod validate;
mod watch;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::reference::code_enum;

pub use calendar::{Calendar, DayOfWeek, Holiday};
pub use children::{BestInterests, ChildConsent};
pub use clock::{ClockKind, ClockRule, ClockUnit, Clocks};
pub use figures::{Matching, Statistics};
pub use hotline::Hotline;
pub use pauses::Pauses;
pub use reflection::{ReflectionPeriod, ReflectionScope, ReflectionStart};
pub use validate::ProfileError;
pub use watch::Watch;

const EMBEDDED: [(&str, &str); 10] = [
    ("ci", include_str!("../../../../profiles/ci.toml")),
    ("demo", include_str!("../../../../profiles/demo.toml")),
    ("gh", include_str!("../../../../profiles/gh.toml")),
    ("gm", include_str!("../../../../profiles/gm.toml")),
    ("ma", include_str!("../../../../profiles/ma.toml")),
    ("mr", include_str!("../../../../profiles/mr.toml")),
    ("ne", include_str!("../../../../profiles/ne.toml")),
    ("ng", include_str!("../../../../profiles/ng.toml")),
    ("sn", include_str!("../../../../profiles/sn.toml")),
    ("ug", include_str!("../../../../profiles/ug.toml")),
];

#[expect(clippy::expect_used, reason = "the files are part of the build and a test parses them")]
static PARSED: LazyLock<BTreeMap<&'static str, CountryProfile>> = LazyLock::new(|| {
    let parse = |text| CountryProfile::parse(text).expect("the embedded country profile parses");
    EMBEDDED.into_iter().map(|(id, text)| (id, parse(text))).collect()
});

code_enum! {
    /// Says how far a figure or a rule of a profile may be relied on.
    pub enum Status {
        /// Read in the named source.
        Verified = "verified",
        /// A default of the program that the country has to confirm.
        Policy = "policy, to be confirmed",
        /// Made up, for a country that does not exist.
        Demonstration = "demonstration",
    }
}

/// Holds the profile of one country.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CountryProfile {
    /// ISO 3166-1 alpha-2 code.
    pub country: String,
    /// Name of the country.
    pub name: String,
    /// Version of the profile.
    pub version: String,
    /// First day on which the profile applies.
    pub effective_from: NaiveDate,
    /// ISO 639-1 codes of the languages of the administration.
    pub languages: Vec<String>,
    /// Age at which a person is an adult; never under 18 (Palermo Protocol art. 3(d)).
    pub age_of_majority: u8,
    /// What is done in which order, by language.
    pub order_of_work: BTreeMap<String, String>,
    /// Body that coordinates the mechanism.
    pub coordinating_body: Body,
    /// Other national bodies with a part in coordination.
    #[serde(default)]
    pub supporting_bodies: Vec<Body>,
    /// Bodies that identify victims.
    pub identifying_bodies: Vec<Body>,
    /// Areas that organisations, users and cases belong to.
    pub areas: Vec<Area>,
    /// Bases on which data may be processed (list `legal_basis`).
    pub legal_bases: Vec<SourcedCode>,
    /// Who consents for a child, and what stands in for consent.
    pub child_consent: ChildConsent,
    /// Access to one case in an emergency.
    pub break_glass: BreakGlass,
    /// Duty to tell the authority about a breach.
    pub breach: BreachDuty,
    /// Recovery and reflection period.
    pub reflection: ReflectionPeriod,
    /// When the best interests of a child are looked at first.
    #[serde(default)]
    pub best_interests: BestInterests,
    /// How long closed cases are kept.
    pub retention: Retention,
    /// A person's request for their data.
    #[serde(default)]
    pub subject_access: SubjectAccess,
    /// Numbers that somebody in danger may call.
    #[serde(default)]
    pub hotlines: Vec<Hotline>,
    /// On which days offices work.
    #[serde(default)]
    pub calendar: Calendar,
    /// How long what is said about services counts.
    #[serde(default)]
    pub matching: Matching,
    /// How few people a count must not be about (R18).
    #[serde(default)]
    pub statistics: Statistics,
    /// Every clock of the work.
    pub clocks: Clocks,
    /// What stops which of them for a while.
    #[serde(default)]
    pub pauses: Pauses,
    /// When those who look too much are told about. Not shown to those who are watched.
    #[serde(default, skip_serializing)]
    #[cfg_attr(feature = "openapi", schema(ignore))]
    pub watch: Watch,
}

/// Holds a body of the State and where its part is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// Name.
    pub name: String,
    /// Ministry or authority it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Where its part is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// How far that may be relied on.
    pub status: Status,
}

/// Holds an area of the country.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// ISO 3166-2 code.
    pub code: String,
    /// Name.
    pub name: String,
}

/// Holds a code of a code list that the profile allows, and by what right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SourcedCode {
    /// The code.
    pub code: String,
    /// Law or standard that allows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// How far that may be relied on.
    pub status: Status,
}

/// Holds the rule for opening one case in an emergency (rule R15); the review has its own clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BreakGlass {
    /// Roles that may (list `actor_role`).
    pub roles: Vec<String>,
    /// Whether a clinician on call may as well.
    pub on_call_clinician: bool,
    /// How long the case stays open to them.
    pub duration: ClockRule,
    /// How many cases one person may open so,
    #[serde(default = "BreakGlass::usual_at_most")]
    pub at_most: u16,
    /// within so many days.
    #[serde(default = "BreakGlass::usual_within_days")]
    pub within_days: u16,
}

impl BreakGlass {
    const fn usual_at_most() -> u16 {
        3
    }

    const fn usual_within_days() -> u16 {
        7
    }
}

/// Holds the duty to tell the data protection authority about a breach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BreachDuty {
    /// The authority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// Time to tell it; nought is "immediately".
    pub notify_within: ClockRule,
}

/// Holds how long closed cases are kept; absent until the country decides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// After the closure of an adult's case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_closure: Option<ClockRule>,
    /// After the majority of a person who was a child.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_majority: Option<ClockRule>,
}

/// Holds how soon a person's request for a copy of their data is answered; absent until the country
/// decides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SubjectAccess {
    /// From the day on which the request came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_within: Option<ClockRule>,
}

impl CountryProfile {
    /// Returns the profile that ships with the program under that name: `demo`, or the code of a
    /// country in small letters.
    #[must_use]
    pub fn embedded(id: &str) -> Option<&'static Self> {
        PARSED.get(id)
    }

    /// Returns the names of the profiles that ship with the program.
    pub fn embedded_ids() -> impl Iterator<Item = &'static str> {
        EMBEDDED.into_iter().map(|(id, _)| id)
    }

    /// Reads a profile and checks that it is whole.
    ///
    /// # Errors
    /// Refuses text that is not a profile, a clock that is missing, and whatever contradicts the
    /// code lists or claims a source it does not name.
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        Self::examine(text).map_err(|faults| faults.0)
    }

    /// Reads a profile, and tells all that is wrong with it: for who writes one.
    ///
    /// # Errors
    /// The first fault, and all others.
    pub fn examine(text: &str) -> Result<Self, (ProfileError, Vec<ProfileError>)> {
        let profile: Self = toml::from_str(text)
            .map_err(|error| (ProfileError::malformed(text, &error), Vec::new()))?;
        let mut faults = profile.faults().into_iter();
        match faults.next() {
            None => Ok(profile),
            Some(first) => Err((first, faults.collect())),
        }
    }

    /// Tells which sections have entries that the country has to confirm, and how many of how many.
    #[must_use]
    pub fn unconfirmed(&self) -> BTreeMap<&'static str, (usize, usize)> {
        let mut sections = BTreeMap::new();
        for (section, _, status) in self.claims() {
            let (open, all): &mut (usize, usize) = sections.entry(section).or_default();
            *open += usize::from(status == Status::Policy);
            *all += 1;
        }
        sections.retain(|_, (open, _)| *open > 0);
        sections
    }

    /// Says whether the country is made up, for trials and demonstrations: ISO 3166-1 leaves `XA`
    /// to `XZ` to users, and of these `XK` is in use for Kosovo.
    #[must_use]
    pub fn is_fictional(&self) -> bool {
        self.country.starts_with('X') && self.country != "XK"
    }

    /// Returns the area of that code.
    #[must_use]
    pub fn area(&self, code: &str) -> Option<&Area> {
        self.areas.iter().find(|area| area.code == code)
    }

    /// Says whether data may be processed on that basis.
    #[must_use]
    pub fn allows_legal_basis(&self, code: &str) -> bool {
        self.legal_bases.iter().any(|basis| basis.code == code)
    }

    /// Says whether the profile applies on a day.
    #[must_use]
    pub fn is_in_force_on(&self, day: NaiveDate) -> bool {
        self.effective_from <= day
    }

    /// Returns when a clock that starts at `from` runs out.
    #[must_use]
    pub fn due(&self, kind: ClockKind, from: DateTime<Utc>) -> DateTime<Utc> {
        self.clock(kind).due(&self.calendar, from)
    }

    /// Returns the rule of a clock.
    #[must_use]
    pub const fn clock(&self, kind: ClockKind) -> &ClockRule {
        self.clocks.rule(kind)
    }
}
