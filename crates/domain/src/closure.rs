//! What is looked at before a case is closed: nobody should fall through because a file is shut.

use serde::{Deserialize, Serialize};

use crate::{closed::closed_list, plan::PlanState};

closed_list! {
    /// What is looked at.
    ClosureCheck = "closure_check" {
        ReferralsEnded = "referrals_ended",
        NeedsAssessed = "needs_assessed",
        PlanAgreed = "plan_agreed",
        PlanItemsEnded = "plan_items_ended",
        TransitionPrepared = "transition_prepared",
        GuardianInOffice = "guardian_in_office",
        ConsentsAnswered = "consents_answered",
        FollowUpsDone = "follow_ups_done",
        DeadlinesMet = "deadlines_met",
    }
}

closed_list! {
    /// What was found.
    CheckState = "closure_check_state" {
        Done = "done",
        Open = "open",
        NotApplicable = "not_applicable",
    }
}

/// The reason of a closure that asks for a step of the plan that prepares the time after.
pub const AGED_OUT: &str = "aged_out_transition";

/// What a case is judged by.
#[derive(Debug, Clone)]
pub struct ClosureFacts {
    /// Whether the case was opened for help: one that is closed from triage had no plan to make.
    pub was_opened: bool,
    /// Whether the person is protected as a child (R6).
    pub is_child: bool,
    /// Whether a child may come of age soon.
    pub ages_out_soon: bool,
    /// Referrals that have not ended.
    pub open_referrals: i64,
    /// Assessments of needs and risk.
    pub assessments: i64,
    /// Where the plan stands, if there is one.
    pub plan: Option<PlanState>,
    /// Steps of the plan that are not over.
    pub open_items: i64,
    /// Steps of the plan that prepare for the time after the age of majority, and were not taken out.
    pub transition_items: i64,
    /// Whether somebody is the guardian now.
    pub has_guardian: bool,
    /// Consents that were asked for and not answered.
    pub pending_consents: i64,
    /// Rounds of follow-up whose clock has been started, and those of them that are not over.
    pub follow_ups: (i64, i64),
    /// Other deadlines that are not met.
    pub open_deadlines: i64,
}

/// One thing that was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checked {
    /// What.
    pub check: ClosureCheck,
    /// What was found.
    pub state: CheckState,
    /// How much of it is open.
    pub open: i64,
}

impl ClosureCheck {
    /// Says whether a case cannot be closed while this is open. Everything else is said and kept, and
    /// decided by two people (R10).
    #[must_use]
    pub const fn blocks(self) -> bool {
        matches!(self, Self::ReferralsEnded)
    }

    fn judged(self, facts: &ClosureFacts) -> Checked {
        let applies = match self {
            Self::ReferralsEnded | Self::ConsentsAnswered | Self::DeadlinesMet => true,
            Self::NeedsAssessed | Self::PlanAgreed | Self::FollowUpsDone => facts.was_opened,
            Self::PlanItemsEnded => facts.plan.is_some(),
            Self::TransitionPrepared => facts.ages_out_soon,
            Self::GuardianInOffice => facts.is_child,
        };
        let one_unless = |done: bool| i64::from(!done);
        let open = match self {
            Self::ReferralsEnded => facts.open_referrals,
            Self::NeedsAssessed => one_unless(facts.assessments > 0),
            Self::PlanAgreed => one_unless(facts.plan == Some(PlanState::Agreed)),
            Self::PlanItemsEnded => facts.open_items,
            Self::TransitionPrepared => one_unless(facts.transition_items > 0),
            Self::GuardianInOffice => one_unless(facts.has_guardian),
            Self::ConsentsAnswered => facts.pending_consents,
            Self::FollowUpsDone if facts.follow_ups.0 == 0 => 1,
            Self::FollowUpsDone => facts.follow_ups.1,
            Self::DeadlinesMet => facts.open_deadlines,
        };
        let state = match (applies, open) {
            (false, _) => CheckState::NotApplicable,
            (true, 0) => CheckState::Done,
            (true, _) => CheckState::Open,
        };
        Checked { check: self, state, open: if applies { open } else { 0 } }
    }
}

/// Looks at everything, in the order of the list.
#[must_use]
pub fn checklist(facts: &ClosureFacts) -> Vec<Checked> {
    ClosureCheck::ALL.iter().map(|check| check.judged(facts)).collect()
}

/// Why something was left open, in words.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// What is open.
    pub check: ClosureCheck,
    /// Why.
    pub reason: String,
}

/// What a request to close holds in sealed form.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClosureWords {
    /// Why it is closed although something is open.
    pub exceptions: Vec<Exception>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> ClosureFacts {
        ClosureFacts {
            was_opened: true,
            is_child: false,
            ages_out_soon: false,
            open_referrals: 0,
            assessments: 1,
            plan: Some(PlanState::Agreed),
            open_items: 0,
            transition_items: 0,
            has_guardian: false,
            pending_consents: 0,
            follow_ups: (4, 0),
            open_deadlines: 0,
        }
    }

    fn open(facts: &ClosureFacts) -> Vec<ClosureCheck> {
        let all = checklist(facts).into_iter();
        all.filter(|one| one.state == CheckState::Open).map(|one| one.check).collect()
    }

    #[test]
    fn what_is_left_to_do_is_open() {
        assert_eq!(open(&facts()), []);
        let changed = ClosureFacts { plan: Some(PlanState::Changed), open_items: 2, ..facts() };
        assert_eq!(open(&changed), [ClosureCheck::PlanAgreed, ClosureCheck::PlanItemsEnded]);
        let unfollowed = ClosureFacts { follow_ups: (0, 0), ..facts() };
        assert_eq!(open(&unfollowed), [ClosureCheck::FollowUpsDone], "nobody has asked yet");
        let untriaged = ClosureFacts {
            was_opened: false,
            assessments: 0,
            plan: None,
            follow_ups: (0, 0),
            ..facts()
        };
        assert_eq!(open(&untriaged), []);
    }

    #[test]
    fn r6_a_child_needs_a_guardian_and_what_comes_after() {
        let child = ClosureFacts { is_child: true, ages_out_soon: true, ..facts() };
        let both = [ClosureCheck::TransitionPrepared, ClosureCheck::GuardianInOffice];
        assert_eq!(open(&child), both);
        let cared = ClosureFacts { has_guardian: true, transition_items: 1, ..child };
        assert_eq!(open(&cared), []);
    }
}
