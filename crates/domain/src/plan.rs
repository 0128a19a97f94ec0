//! The support plan of a case: what the person wants to reach, agreed with them, step by step.

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::{
    age::AgeStatus,
    closed::closed_list,
    machine::{Machine, acts},
};

closed_list! {
    /// Where a support plan stands.
    PlanState = "support_plan_state" {
        Draft = "draft",
        Agreed = "agreed",
        Changed = "changed",
        Ended = "ended",
    }
}

acts! {
    /// What moves a support plan. A change of substance and the end have no address of their own: they
    /// come with what is done to the plan, and with the case.
    PlanAct {
        Agree = "agree",
        Review = "review",
        Change = "change",
        End = "end",
        Resume = "resume",
    }
}

impl Machine for PlanState {
    type Act = PlanAct;
    const INITIAL: Self = Self::Draft;
    // What was agreed and then changed is not agreed: the person is asked again. A plan of a case that
    // is opened again is looked at anew.
    const TRANSITIONS: &'static [(Self, PlanAct, Self)] = &[
        (Self::Draft, PlanAct::Agree, Self::Agreed),
        (Self::Changed, PlanAct::Agree, Self::Agreed),
        (Self::Agreed, PlanAct::Review, Self::Agreed),
        (Self::Changed, PlanAct::Review, Self::Changed),
        (Self::Draft, PlanAct::Change, Self::Draft),
        (Self::Agreed, PlanAct::Change, Self::Changed),
        (Self::Changed, PlanAct::Change, Self::Changed),
        (Self::Draft, PlanAct::End, Self::Ended),
        (Self::Agreed, PlanAct::End, Self::Ended),
        (Self::Changed, PlanAct::End, Self::Ended),
        (Self::Ended, PlanAct::Resume, Self::Changed),
    ];
}

impl PlanAct {
    /// Says whether somebody does it by itself: the others come with something else that is done.
    #[must_use]
    pub const fn is_asked_for(self) -> bool {
        match self {
            Self::Agree | Self::Review => true,
            Self::Change | Self::End | Self::Resume => false,
        }
    }
}

closed_list! {
    /// Where one step of a plan stands.
    ItemState = "plan_item_state" {
        Planned = "planned",
        InProgress = "in_progress",
        Completed = "completed",
        Declined = "declined",
        Dropped = "dropped",
    }
}

acts! {
    /// What moves one step of a plan.
    ItemAct {
        Start = "start",
        Complete = "complete",
        Decline = "decline",
        Drop = "drop",
    }
}

impl Machine for ItemState {
    type Act = ItemAct;
    const INITIAL: Self = Self::Planned;
    const TRANSITIONS: &'static [(Self, ItemAct, Self)] = &[
        (Self::Planned, ItemAct::Start, Self::InProgress),
        (Self::Planned, ItemAct::Complete, Self::Completed),
        (Self::InProgress, ItemAct::Complete, Self::Completed),
        (Self::Planned, ItemAct::Decline, Self::Declined),
        (Self::InProgress, ItemAct::Decline, Self::Declined),
        (Self::Planned, ItemAct::Drop, Self::Dropped),
        (Self::InProgress, ItemAct::Drop, Self::Dropped),
    ];
}

impl ItemState {
    /// The states in which something is still to be done.
    pub const OPEN: &'static [Self] = &[Self::Planned, Self::InProgress];

    /// Says whether something is still to be done.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Planned | Self::InProgress)
    }
}

closed_list! {
    /// Who does one step of a plan.
    ItemOwner = "plan_item_owner" {
        Survivor = "survivor",
        Bureau = "bureau",
        Organisation = "organisation",
    }
}

closed_list! {
    /// What a review of a plan came to.
    ReviewOutcome = "plan_review_outcome" {
        Continues = "continues",
        ToBeChanged = "to_be_changed",
        GoalsReached = "goals_reached",
    }
}

/// What a plan holds in sealed form.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlanWords {
    /// What the person wants to reach, as they say it.
    pub aims: Option<String>,
}

/// What an agreement holds in sealed form.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AgreementWords {
    /// What the person said to the plan, in their own words.
    pub own_words: Option<String>,
}

/// What a review holds in sealed form.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReviewWords {
    /// What goes well.
    pub goes_well: Option<String>,
    /// What has to change.
    pub to_change: Option<String>,
    /// What the person says to it.
    pub own_words: Option<String>,
}

/// What one step of a plan holds in sealed form.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ItemWords {
    /// What is to be reached.
    pub objective: String,
    /// What is done for it.
    pub action: Option<String>,
    /// How it ended, in words.
    pub ending: Option<String>,
}

/// How long before the age of majority the time after it is prepared, in days: policy, to be confirmed.
const PREPARED_DAYS: u64 = 365;

/// When somebody who is protected as a child may come of age: the first day of the year, because a year
/// is all that is known outside the sealed identity, and whoever prepares too early does no harm.
#[must_use]
pub fn ages_out_on(status: AgeStatus, birth_year: Option<i32>, majority: u8) -> Option<NaiveDate> {
    let year = birth_year.filter(|_| status.protected_as_child())?;
    NaiveDate::from_ymd_opt(year.checked_add(i32::from(majority))?, 1, 1)
}

/// Says whether that day is near, or past: help must not break off on a birthday.
#[must_use]
pub fn ages_out_soon(on: Option<NaiveDate>, today: NaiveDate) -> bool {
    on.is_some_and(|on| {
        today.checked_add_days(Days::new(PREPARED_DAYS)).is_none_or(|end| on <= end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r6_only_a_child_comes_of_age_and_is_prepared_for_it_in_time() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let on = ages_out_on(AgeStatus::ChildDeclared, Some(2009), 18);

        assert_eq!(on, Some(day("2027-01-01")));
        assert!(ages_out_soon(on, day("2026-11-02")));
        assert!(ages_out_soon(on, day("2028-01-01")), "past, and nobody has said that it is over");
        assert!(!ages_out_soon(on, day("2025-11-02")));
        assert_eq!(ages_out_on(AgeStatus::ChildDeclared, None, 18), None);
        assert_eq!(ages_out_on(AgeStatus::AdultDocumented, Some(2009), 18), None);
    }

    #[test]
    fn what_was_agreed_and_then_changed_is_not_agreed() {
        for (from, by, to) in PlanState::TRANSITIONS {
            if *by == PlanAct::Change {
                assert_ne!(*to, PlanState::Agreed, "{from}");
            }
        }
        assert!(PlanState::Changed.acts_include(PlanAct::Agree));
    }

    #[test]
    fn the_person_may_decline_a_step_as_long_as_it_is_not_over() {
        for state in ItemState::ALL {
            assert_eq!(state.acts_include(ItemAct::Decline), state.is_open(), "{state}");
            assert_eq!(state.is_open(), ItemState::OPEN.contains(state));
        }
    }
}
