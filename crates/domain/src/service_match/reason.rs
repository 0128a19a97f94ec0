//! Why something is offered, or not: a code, and what belongs into its sentence.

use crate::reference::code_enum;

code_enum! {
    /// What speaks for a service, against it, or rules it out.
    pub enum ReasonCode {
        /// It has free places.
        FreePlaces = "free_places",
        /// It has none that is free.
        NoFreePlace = "no_free_place",
        /// What it said about free places is too old.
        PlacesStale = "places_stale",
        /// It does not say whether it has places.
        PlacesUnknown = "places_unknown",
        /// It speaks the person's first language.
        SpeaksLanguage = "speaks_language",
        /// It speaks another language of the person.
        SpeaksOtherLanguage = "speaks_other_language",
        /// It names no language, which is any.
        AnyLanguage = "any_language",
        /// It speaks no language of the person.
        NoCommonLanguage = "no_common_language",
        /// It works where the person is.
        InArea = "in_area",
        /// It works in the whole country.
        WholeCountry = "whole_country",
        /// It works elsewhere.
        OutsideArea = "outside_area",
        /// It has what the person depends on.
        Accessible = "accessible",
        /// It lacks some of it.
        NotAccessible = "not_accessible",
        /// It does not say.
        AccessibilityUnknown = "accessibility_unknown",
        /// It takes people of this age.
        AgeFits = "age_fits",
        /// It takes younger or older people.
        AgeOutside = "age_outside",
        /// It is for children alone, and the person is protected as one.
        ForChildren = "for_children",
        /// It is open day and night.
        AlwaysOpen = "always_open",
        /// It is open now.
        OpenNow = "open_now",
        /// It is closed now.
        ClosedNow = "closed_now",
        /// It does not say when it is open.
        HoursUnknown = "hours_unknown",
        /// It takes people at once.
        TakesEmergencies = "takes_emergencies",
        /// It takes nobody at once.
        NoEmergencies = "no_emergencies",
        /// It does not say whether it takes people at once.
        EmergenciesUnknown = "emergencies_unknown",
        /// People come and go as they like.
        OpenRegime = "open_regime",
        /// People may not leave as they like.
        ClosedRegime = "closed_regime",
        /// It declined this case for this service lately.
        DeclinedLately = "declined_lately",
        /// Rules it out: it takes adults alone, and the person is protected as a child (R6).
        AdultsOnly = "adults_only",
        /// Rules it out: it takes children alone.
        ChildrenOnly = "children_only",
        /// Rules it out: it does not take people of this sex.
        OtherSex = "other_sex",
        /// Rules it out: it is not offered now.
        Inactive = "inactive",
        /// Rules it out: the person said no to sharing with it.
        RefusedByPerson = "refused_by_person",
        /// Rules it out: it said that it has a conflict of interest.
        ConflictOfInterest = "conflict_of_interest",
        /// Rules it out: it has been asked and has not ended.
        AlreadyAsked = "already_asked",
    }
}

/// A reason, with what belongs into its sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Which.
    pub code: ReasonCode,
    /// How many.
    pub count: Option<i64>,
    /// How many hours ago, rounded down.
    pub hours_ago: Option<i64>,
    /// Codes: a language, an area, what is lacking, why it was declined.
    pub codes: Vec<String>,
}

impl Reason {
    pub(super) const fn of(code: ReasonCode) -> Self {
        Self { code, count: None, hours_ago: None, codes: Vec::new() }
    }

    pub(super) fn naming(code: ReasonCode, codes: impl IntoIterator<Item = String>) -> Self {
        Self { codes: codes.into_iter().collect(), ..Self::of(code) }
    }
}
