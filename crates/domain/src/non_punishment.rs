//! Offences that the person is held to have committed and that stem from the exploitation (R7): recorded,
//! brought before whoever holds them against the person, and remedied.

use crate::{
    closed::closed_list,
    machine::{Machine, acts},
};

closed_list! {
    /// Where an issue stands.
    IssueState = "non_punishment_state" {
        Raised = "raised",
        Told = "told",
        Remedied = "remedied",
        Refused = "refused",
    }
}

acts! {
    /// What moves an issue.
    IssueAct {
        Tell = "tell",
        Remedy = "remedy",
    }
}

impl Machine for IssueState {
    type Act = IssueAct;
    const INITIAL: Self = Self::Raised;
    // Which body is told may change, and a refusal is not the end.
    const TRANSITIONS: &'static [(Self, IssueAct, Self)] = &[
        (Self::Raised, IssueAct::Tell, Self::Told),
        (Self::Told, IssueAct::Tell, Self::Told),
        (Self::Told, IssueAct::Remedy, Self::Remedied),
        (Self::Told, IssueAct::Remedy, Self::Refused),
        (Self::Refused, IssueAct::Tell, Self::Told),
    ];
}

impl IssueState {
    /// The states in which something is still to be done about it.
    pub const OPEN: &'static [Self] = &[Self::Raised, Self::Told, Self::Refused];
}

closed_list! {
    /// What the body did about it.
    Remedy = "non_punishment_remedy" {
        NotCharged = "not_charged",
        ChargeDropped = "charge_dropped",
        Acquitted = "acquitted",
        ConvictionQuashed = "conviction_quashed",
        RecordExpunged = "record_expunged",
        FineWaived = "fine_waived",
        FineRefunded = "fine_refunded",
        ReleasedFromDetention = "released_from_detention",
        RemovalOrderLifted = "removal_order_lifted",
        DocumentReissued = "document_reissued",
        OtherRemedy = "other_remedy",
        Refused = "refused",
    }
}

impl Remedy {
    /// Returns the state in which it leaves the issue.
    #[must_use]
    pub const fn leads_to(self) -> IssueState {
        match self {
            Self::Refused => IssueState::Refused,
            Self::NotCharged
            | Self::ChargeDropped
            | Self::Acquitted
            | Self::ConvictionQuashed
            | Self::RecordExpunged
            | Self::FineWaived
            | Self::FineRefunded
            | Self::ReleasedFromDetention
            | Self::RemovalOrderLifted
            | Self::DocumentReissued
            | Self::OtherRemedy => IssueState::Remedied,
        }
    }
}

/// What an issue holds in sealed form.
#[derive(Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct IssueWords {
    /// How the offence stems from the exploitation.
    pub account: Option<String>,
    /// Who was told there, and what was said.
    pub told: Option<String>,
    /// What the body answered.
    pub answer: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r7_a_refusal_is_not_the_end() {
        assert!(IssueState::Refused.acts_include(IssueAct::Tell));
        assert!(IssueState::OPEN.contains(&IssueState::Refused));
        assert_eq!(IssueState::Remedied.acts().count(), 0);
    }

    #[test]
    fn r7_every_remedy_is_a_move_of_an_issue_of_which_the_body_was_told() {
        for remedy in Remedy::ALL {
            let step = (IssueState::Told, IssueAct::Remedy, remedy.leads_to());
            assert!(IssueState::TRANSITIONS.contains(&step), "{remedy}");
        }
    }
}
