//! Which service fits a person best, and why: what is offered is judged and ranked, and nothing is hidden
//! behind the number.
//!
//! What nobody has said counts as unknown and never as no: a provider that has not told how many places are
//! free may have one. What rules a service out is few and named; everything else is an order, which somebody
//! who knows more may pass over.

mod history;
mod judge;
mod reason;
#[cfg(test)]
mod tests;

use crate::{
    age::SexReporting,
    directory::{FreePlaces, ServiceAges},
    id::{OrganisationId, ServiceId},
    instant::Instant,
    placement::FacilityRegime,
    profile::CountryProfile,
    referral::Urgency,
    safe_contact::SafeHours,
};

pub use self::{
    history::{CaseHistory, EarlierConsent, EarlierReferral, Standing},
    judge::{Offer, Part, ScorePart, Verdict, judge, rank},
    reason::{Reason, ReasonCode},
};

/// For whom a service is looked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Sex for reporting.
    pub sex: SexReporting,
    /// Whether the person is protected as a child (R6).
    pub protected_as_child: bool,
    /// The youngest and the oldest that the person can be, if anything is known.
    pub ages: Option<(i64, i64)>,
    /// ISO 639 codes of the languages that the person speaks, the first one first.
    pub languages: Vec<String>,
    /// Where the person is: an ISO 3166-2 code.
    pub area: Option<String>,
    /// Codes of `service_accessibility` that the person depends on.
    pub accessibility: Vec<String>,
    /// How soon somebody must answer.
    pub urgency: Urgency,
}

impl Wanted {
    /// Returns the ages that somebody of an estimated year of birth can have.
    #[must_use]
    pub fn ages_of(birth_year: Option<i32>, this_year: i32) -> Option<(i64, i64)> {
        let oldest = i64::from(this_year.checked_sub(birth_year?)?);
        Some((oldest.saturating_sub(1).max(0), oldest.max(0)))
    }
}

/// A service as it stands in the directory. The place of a shelter is not part of it (R9).
#[derive(Debug, Clone)]
pub struct Supply {
    /// The service.
    pub service_id: ServiceId,
    /// Who offers it.
    pub organisation_id: OrganisationId,
    /// What they are called.
    pub organisation: String,
    /// A code of `service_type`.
    pub service_type: String,
    /// What people call the service.
    pub name: Option<String>,
    /// Whether it is offered now, by an organisation that takes part.
    pub active: bool,
    /// Codes of `sex_reporting`; everybody if none.
    pub sexes: Vec<String>,
    /// Whom it takes, by age.
    pub ages: ServiceAges,
    /// The youngest and the oldest whom it takes.
    pub limits: (Option<i64>, Option<i64>),
    /// ISO 639 codes; any language if none.
    pub languages: Vec<String>,
    /// ISO 3166-2 codes; everywhere if none.
    pub areas: Vec<String>,
    /// Codes of `service_accessibility`; nothing if nobody has said.
    pub accessibility: Option<Vec<String>>,
    /// Whether it is open day and night.
    pub always_open: bool,
    /// When it is open; none and not always is "not said".
    pub hours: Vec<SafeHours>,
    /// Whether people may come at once; nothing if nobody has said.
    pub takes_emergencies: Option<bool>,
    /// Whether people may leave when they like, where they are housed.
    pub regime: Option<FacilityRegime>,
    /// How many places were said to be free.
    pub free_places: Option<FreePlaces>,
}

/// By what clock and figures it is judged.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// Now.
    pub now: Instant,
    /// How far the clock of the country is ahead of UTC.
    pub utc_offset_minutes: i16,
    /// After so many hours free places are not known any more.
    pub stale_after_hours: u16,
    /// For so many days who declined is offered last.
    pub declines_count_for_days: u16,
}

impl Rules {
    /// Takes them from the country profile.
    #[must_use]
    pub const fn of(profile: &CountryProfile, now: Instant) -> Self {
        Self {
            now,
            utc_offset_minutes: profile.calendar.utc_offset_minutes,
            stale_after_hours: profile.matching.free_places_stale_after_hours,
            declines_count_for_days: profile.matching.declines_count_for_days,
        }
    }
}
