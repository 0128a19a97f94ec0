//! What a survivor says about how they were treated, and who answers it.

use serde::{Deserialize, Serialize};

use crate::{
    actor::Actor,
    closed::closed_list,
    id::{OrganisationId, UserId},
    machine::{Machine, acts},
};

closed_list! {
    /// Where a complaint stands.
    ComplaintState = "complaint_state" {
        Received = "received",
        UnderExamination = "under_examination",
        Upheld = "upheld",
        NotUpheld = "not_upheld",
        Resolved = "resolved",
    }
}

acts! {
    /// What moves a complaint.
    ComplaintAct {
        Examine = "examine",
        Conclude = "conclude",
    }
}

impl Machine for ComplaintState {
    type Act = ComplaintAct;
    const INITIAL: Self = Self::Received;
    // Nobody finds for or against somebody without having looked; what can be set right at once is.
    const TRANSITIONS: &'static [(Self, ComplaintAct, Self)] = &[
        (Self::Received, ComplaintAct::Examine, Self::UnderExamination),
        (Self::Received, ComplaintAct::Conclude, Self::Resolved),
        (Self::UnderExamination, ComplaintAct::Conclude, Self::Upheld),
        (Self::UnderExamination, ComplaintAct::Conclude, Self::NotUpheld),
        (Self::UnderExamination, ComplaintAct::Conclude, Self::Resolved),
    ];
}

closed_list! {
    /// What a survivor says.
    ComplaintKind = "complaint_kind" {
        Complaint = "complaint",
        Suggestion = "suggestion",
        Praise = "praise",
    }
}

closed_list! {
    /// What it is about.
    ComplaintSubject = "complaint_subject" {
        Conduct = "conduct",
        Safety = "safety",
        Confidentiality = "confidentiality",
        Quality = "quality",
        AccessRefused = "access_refused",
        Discrimination = "discrimination",
        ExploitationOrAbuse = "exploitation_or_abuse",
        Other = "other",
    }
}

closed_list! {
    /// How it was received.
    ComplaintChannel = "complaint_channel" {
        InPerson = "in_person",
        Telephone = "telephone",
        Written = "written",
        TrustedPerson = "trusted_person",
        Other = "other",
    }
}

closed_list! {
    /// What came of a complaint.
    ComplaintOutcome = "complaint_outcome" {
        Upheld = "upheld",
        NotUpheld = "not_upheld",
        Resolved = "resolved",
    }
}

impl ComplaintOutcome {
    /// Returns the state that a conclusion leads to.
    #[must_use]
    pub const fn state(self) -> ComplaintState {
        match self {
            Self::Upheld => ComplaintState::Upheld,
            Self::NotUpheld => ComplaintState::NotUpheld,
            Self::Resolved => ComplaintState::Resolved,
        }
    }
}

/// What a complaint holds in sealed form.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ComplaintWords {
    /// What the person said.
    pub words: String,
    /// What was found.
    pub findings: Option<String>,
    /// What the person was told.
    pub answer: Option<String>,
}

/// Says whether somebody is independent of a complaint: not of the organisation that it is about, and not
/// who coordinates the case. To everybody else there is none.
#[must_use]
pub fn is_independent(
    actor: &Actor,
    about: Option<&OrganisationId>,
    coordinator: Option<&UserId>,
) -> bool {
    about != Some(&actor.organisation_id) && coordinator != Some(&actor.user_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_finds_for_or_against_somebody_without_having_looked() {
        for outcome in ComplaintOutcome::ALL {
            let at_once = (ComplaintState::Received, ComplaintAct::Conclude, outcome.state());
            let is_legal = ComplaintState::TRANSITIONS.contains(&at_once);
            assert_eq!(is_legal, *outcome == ComplaintOutcome::Resolved, "{outcome}");
        }
    }
}
