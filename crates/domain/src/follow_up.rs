//! Follow-up: how a person fares after the help, asked after 1, 3, 6 and 12 months.

use serde::{Deserialize, Serialize};

use crate::{case::RiskLevel, closed::closed_list};

closed_list! {
    /// What became of a contact.
    FollowUpContact = "follow_up_contact" {
        Reached = "reached",
        NotReached = "not_reached",
        Declined = "declined",
    }
}

impl FollowUpContact {
    /// Says whether the round is over: whoever was not reached is looked for again, whoever does not want
    /// to be asked is left alone.
    #[must_use]
    pub const fn ends_round(self) -> bool {
        match self {
            Self::Reached | Self::Declined => true,
            Self::NotReached => false,
        }
    }
}

closed_list! {
    /// Where the person lives.
    FollowUpHousing = "follow_up_housing" {
        SafeAndLasting = "safe_and_lasting",
        SafeForNow = "safe_for_now",
        Unsafe = "unsafe",
        None = "none",
        Unknown = "unknown",
    }
}

closed_list! {
    /// How safe the person is.
    FollowUpSafety = "follow_up_safety" {
        Safe = "safe",
        Worried = "worried",
        InDanger = "in_danger",
        Unknown = "unknown",
    }
}

closed_list! {
    /// What the person lives on.
    FollowUpIncome = "follow_up_income" {
        OwnEnough = "own_enough",
        OwnNotEnough = "own_not_enough",
        SupportedByOthers = "supported_by_others",
        None = "none",
        Unknown = "unknown",
    }
}

closed_list! {
    /// How well the person is.
    FollowUpHealth = "follow_up_health" {
        Good = "good",
        NeedsCare = "needs_care",
        NeedsUrgentCare = "needs_urgent_care",
        Unknown = "unknown",
    }
}

/// How the person fares: what nobody asked is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Faring {
    /// Where they live.
    pub housing: FollowUpHousing,
    /// How safe they are.
    pub safety: FollowUpSafety,
    /// What they live on.
    pub income: FollowUpIncome,
    /// How well they are.
    pub health: FollowUpHealth,
    /// How great the danger is that they are trafficked again; nothing if it was not judged.
    pub re_trafficking_risk: Option<RiskLevel>,
}

impl Faring {
    /// Nothing was learned.
    pub const UNKNOWN: Self = Self {
        housing: FollowUpHousing::Unknown,
        safety: FollowUpSafety::Unknown,
        income: FollowUpIncome::Unknown,
        health: FollowUpHealth::Unknown,
        re_trafficking_risk: None,
    };

    /// How dangerous it is: who is in danger is in critical danger, else as it was judged. Unknown is no
    /// danger (as R11).
    #[must_use]
    pub fn risk_level(&self) -> RiskLevel {
        match self.safety {
            FollowUpSafety::InDanger => RiskLevel::Critical,
            FollowUpSafety::Safe | FollowUpSafety::Worried | FollowUpSafety::Unknown => {
                self.re_trafficking_risk.unwrap_or(RiskLevel::Low)
            }
        }
    }

    /// Says whether something is needed that cannot wait.
    #[must_use]
    pub const fn is_urgent(&self) -> bool {
        matches!(self.health, FollowUpHealth::NeedsUrgentCare)
            || matches!(self.housing, FollowUpHousing::None)
    }
}

/// How many rounds there are; each has a clock of the country profile.
pub const ROUNDS: i64 = 4;

/// Returns the clock of a round.
#[must_use]
pub const fn clock_of(round: i64) -> Option<&'static str> {
    match round {
        1 => Some("follow_up_1"),
        2 => Some("follow_up_2"),
        3 => Some("follow_up_3"),
        4 => Some("follow_up_4"),
        _ => None,
    }
}

/// What a follow-up holds in sealed form.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FollowUpWords {
    /// What the person says, and what was seen.
    pub account: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_is_no_danger_and_who_is_in_danger_is_in_great_danger() {
        assert_eq!(Faring::UNKNOWN.risk_level(), RiskLevel::Low);
        let judged = Faring { re_trafficking_risk: Some(RiskLevel::High), ..Faring::UNKNOWN };
        assert_eq!(judged.risk_level(), RiskLevel::High);
        let danger = Faring { safety: FollowUpSafety::InDanger, ..judged };
        assert_eq!(danger.risk_level(), RiskLevel::Critical);
    }

    #[test]
    fn who_was_not_reached_is_looked_for_again() {
        let open: Vec<_> =
            FollowUpContact::ALL.iter().filter(|contact| !contact.ends_round()).collect();
        assert_eq!(open, [&FollowUpContact::NotReached]);
        assert!((1..=ROUNDS).all(|round| clock_of(round).is_some()));
        assert_eq!(clock_of(ROUNDS + 1), None);
    }
}
