//! The recovery and reflection period: time in which a person recovers, escapes the influence of those who
//! exploited them, and decides freely what they want (Council of Europe Convention art. 13).
//!
//! Nobody has to cooperate with anybody for it, and nothing here asks whether somebody does. How many days
//! it has is the country's to say (R19): where the profile has no figure, whoever grants says on what theirs
//! rests.

use chrono::{Days, NaiveDate};

use crate::{
    closed::closed_list,
    id::UserId,
    instant::Instant,
    machine::{Machine, acts},
    profile::ReflectionPeriod,
    refusal::Refusal,
};

closed_list! {
    /// Where a recovery and reflection period stands.
    ReflectionStatus = "reflection_status" {
        Offered = "offered",
        Granted = "granted",
        Extended = "extended",
        Declined = "declined",
        Refused = "refused",
        Ended = "ended",
        TerminatedEarly = "terminated_early",
    }
}

acts! {
    /// What moves a recovery and reflection period.
    ReflectionAct {
        Grant = "grant",
        Decline = "decline",
        Refuse = "refuse",
        Extend = "extend",
        End = "end",
        Terminate = "terminate",
    }
}

use ReflectionAct as Act;
use ReflectionStatus as S;

impl Machine for ReflectionStatus {
    type Act = ReflectionAct;
    const INITIAL: Self = Self::Offered;
    // Whoever declined, or was refused, may be offered another one.
    const TRANSITIONS: &'static [(Self, ReflectionAct, Self)] = &[
        (S::Offered, Act::Grant, S::Granted),
        (S::Offered, Act::Decline, S::Declined),
        (S::Offered, Act::Refuse, S::Refused),
        (S::Granted, Act::Extend, S::Extended),
        (S::Granted, Act::End, S::Ended),
        (S::Granted, Act::Terminate, S::TerminatedEarly),
        (S::Extended, Act::Extend, S::Extended),
        (S::Extended, Act::End, S::Ended),
        (S::Extended, Act::Terminate, S::TerminatedEarly),
    ];
}

impl ReflectionStatus {
    /// The states of a period that is offered or runs. A case has one such period at the most.
    pub const OPEN: &'static [Self] = &[Self::Offered, Self::Granted, Self::Extended];

    /// The states of a period that runs.
    pub const RUNNING: &'static [Self] = &[Self::Granted, Self::Extended];

    /// Says whether the period runs.
    #[must_use]
    pub const fn is_running(self) -> bool {
        matches!(self, Self::Granted | Self::Extended)
    }
}

closed_list! {
    /// On what the days of a period rest.
    ReflectionBasis = "reflection_basis" {
        CountryProfile = "country_profile",
        Law = "law",
        Policy = "policy",
        Decision = "decision",
    }
}

closed_list! {
    /// Why a period ended before its last day. That somebody does not work with the police is no reason.
    TerminationReason = "reflection_termination_reason" {
        SurvivorRequest = "survivor_request",
        LeftTheCountry = "left_the_country",
        PublicOrder = "public_order",
        StatusImproperlyClaimed = "status_improperly_claimed",
        RecordedInError = "recorded_in_error",
        Other = "other",
    }
}

/// When somebody was told where the period stands, and in which language.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Notice {
    /// What they were told: where the period stood.
    pub of: ReflectionStatus,
    /// The day.
    pub on: NaiveDate,
    /// ISO 639 code of the language.
    pub language: String,
    /// An interpreter helped.
    pub interpreter: bool,
    /// Who told, or wrote down that somebody did.
    pub by: UserId,
}

/// Days that were granted, the first time or once more, and on what they rest. They stay what they were when
/// the country changes its figures.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Grant {
    /// How many.
    pub days: u16,
    /// On what they rest.
    pub basis: ReflectionBasis,
    /// Where that is written.
    #[serde(default)]
    pub citation: Option<String>,
    /// The last day of the period since then.
    pub ends_on: NaiveDate,
    /// Who granted them.
    pub by: UserId,
    /// When that was written down.
    pub at: Instant,
}

/// What a period holds in sealed form.
#[derive(Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct ReflectionWords {
    /// What was explained, and what the person said to it.
    pub offer: Option<String>,
    /// Why the person declined, if they said so. Nobody has to give a reason.
    pub declined: Option<String>,
    /// Why it was refused.
    pub refused: Option<String>,
    /// Why it was extended, each time that it was.
    pub extended: Vec<String>,
    /// Why it ended early.
    pub terminated: Option<String>,
}

/// Days as somebody states them, with what they rest on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stated {
    /// How many.
    pub days: Option<u16>,
    /// On what they rest.
    pub basis: Option<ReflectionBasis>,
    /// Where that is written.
    pub citation: Option<String>,
}

/// Days that may be granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// How many.
    pub days: u16,
    /// On what they rest.
    pub basis: ReflectionBasis,
    /// Where that is written.
    pub citation: Option<String>,
}

impl Terms {
    /// Says how many days may be granted to somebody, a citizen of the country or not.
    ///
    /// # Errors
    /// [`Refusal::Incomplete`] for days of which nobody says how many, or on what they rest,
    /// [`Refusal::OutOfRange`] for more than the profile allows, or fewer than it gives everybody.
    pub fn to_grant(
        profile: &ReflectionPeriod,
        is_citizen: bool,
        stated: &Stated,
    ) -> Result<Self, Refusal> {
        let given = profile.days_for(is_citizen);
        let terms = Self::of(profile, given, stated)?;
        let most = profile.most_for(is_citizen);
        let fits = most.is_none_or(|most| terms.days <= most)
            && given.is_none_or(|least| terms.days >= least);
        if fits { Ok(terms) } else { Err(Refusal::OutOfRange { pointer: "/days" }) }
    }

    /// Says by how many days a period may be extended that has so many already.
    ///
    /// # Errors
    /// [`Refusal::NotRenewable`] where the profile allows none, and as [`Self::to_grant`].
    pub fn to_extend(
        profile: &ReflectionPeriod,
        (is_citizen, so_far): (bool, u16),
        stated: &Stated,
    ) -> Result<Self, Refusal> {
        let applies = profile.applies_to_citizens_or(is_citizen);
        if applies && profile.renewable == Some(false) {
            return Err(Refusal::NotRenewable);
        }
        // Where the profile does not say that it can be extended, whoever does says on what it rests.
        let given = profile.days_for(is_citizen).filter(|_| profile.renewable == Some(true));
        let terms = Self::of(profile, given, stated)?;
        let most = profile.most_for(is_citizen);
        let fits = most.is_none_or(|most| so_far.saturating_add(terms.days) <= most);
        if fits { Ok(terms) } else { Err(Refusal::OutOfRange { pointer: "/days" }) }
    }

    fn of(
        profile: &ReflectionPeriod,
        given: Option<u16>,
        stated: &Stated,
    ) -> Result<Self, Refusal> {
        let days = stated.days.or(given).ok_or(Refusal::Incomplete { pointer: "/days" })?;
        match stated.basis {
            Some(basis) => Ok(Self { days, basis, citation: stated.citation.clone() }),
            None if given == Some(days) => Ok(Self {
                days,
                basis: ReflectionBasis::CountryProfile,
                citation: profile.source.clone(),
            }),
            None => Err(Refusal::Incomplete { pointer: "/basis" }),
        }
    }
}

/// Returns the last day of a period: the day on which it starts does not count.
///
/// # Errors
/// [`Refusal::OutOfRange`] if the calendar has no such day.
pub fn last_day(from: NaiveDate, days: u16) -> Result<NaiveDate, Refusal> {
    let refused = Refusal::OutOfRange { pointer: "/days" };
    from.checked_add_days(Days::new(days.into())).ok_or(refused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{ReflectionScope, Status};

    fn profile(days: Option<u16>, most: Option<u16>) -> ReflectionPeriod {
        ReflectionPeriod {
            days,
            renewable: Some(true),
            max_days: most,
            starts_on: None,
            suspends_removal: None,
            applies_to: None,
            warn_before_days: None,
            source: Some("An act, s. 4".to_owned()),
            status: Status::Policy,
        }
    }

    fn stated(days: u16) -> Stated {
        let citation = Some("Instruction 3".to_owned());
        Stated { days: Some(days), basis: Some(ReflectionBasis::Policy), citation }
    }

    #[test]
    fn r19_days_are_those_of_the_country_or_say_on_what_they_rest() {
        let none = Stated::default();
        let thirty = Terms::to_grant(&profile(Some(30), Some(90)), false, &none).unwrap();
        assert_eq!((thirty.days, thirty.basis), (30, ReflectionBasis::CountryProfile));
        assert_eq!(thirty.citation.as_deref(), Some("An act, s. 4"));
        let nothing = profile(None, None);
        let refused = Terms::to_grant(&nothing, false, &none);
        assert_eq!(refused, Err(Refusal::Incomplete { pointer: "/days" }));
        let bare = Stated { days: Some(45), ..Stated::default() };
        let refused = Terms::to_grant(&nothing, false, &bare);
        assert_eq!(refused, Err(Refusal::Incomplete { pointer: "/basis" }));
        assert_eq!(Terms::to_grant(&nothing, false, &stated(45)).unwrap().days, 45);
    }

    #[test]
    fn r19_nobody_gets_fewer_days_than_the_country_gives_nor_more_than_it_allows() {
        let profile = profile(Some(30), Some(90));
        let out = Err(Refusal::OutOfRange { pointer: "/days" });
        assert_eq!(Terms::to_grant(&profile, false, &stated(29)), out);
        assert_eq!(Terms::to_grant(&profile, false, &stated(91)), out);
        assert_eq!(Terms::to_grant(&profile, false, &stated(90)).unwrap().days, 90);
        let none = Stated::default();
        assert_eq!(Terms::to_extend(&profile, (false, 60), &none).unwrap().days, 30);
        assert_eq!(Terms::to_extend(&profile, (false, 61), &none), out);
    }

    #[test]
    fn r19_a_period_is_extended_where_the_country_allows_it() {
        let none = Stated::default();
        let never = ReflectionPeriod { renewable: Some(false), ..profile(Some(30), None) };
        assert_eq!(Terms::to_extend(&never, (false, 30), &none), Err(Refusal::NotRenewable));
        let unsaid = ReflectionPeriod { renewable: None, ..profile(Some(30), None) };
        let refused = Terms::to_extend(&unsaid, (false, 30), &none);
        assert_eq!(refused, Err(Refusal::Incomplete { pointer: "/days" }));
        assert_eq!(Terms::to_extend(&unsaid, (false, 30), &stated(15)).unwrap().days, 15);
    }

    #[test]
    fn r19_where_the_period_is_for_foreigners_a_citizen_gets_what_somebody_answers_for() {
        let foreign = ReflectionPeriod {
            applies_to: Some(ReflectionScope::Foreign),
            ..profile(Some(30), Some(60))
        };
        let none = Stated::default();
        assert_eq!(Terms::to_grant(&foreign, false, &none).unwrap().days, 30);
        let refused = Terms::to_grant(&foreign, true, &none);
        assert_eq!(refused, Err(Refusal::Incomplete { pointer: "/days" }));
        assert_eq!(Terms::to_grant(&foreign, true, &stated(90)).unwrap().days, 90);
    }

    #[test]
    fn a_period_never_depends_on_cooperation() {
        let codes = TerminationReason::CODES.iter().chain(ReflectionBasis::CODES);
        for code in codes.chain(ReflectionStatus::CODES) {
            for word in ["cooperat", "police", "testi", "statement"] {
                assert!(!code.contains(word), "{code}");
            }
        }
    }
}
