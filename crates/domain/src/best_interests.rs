//! The best interests of a child: assessed before a long placement, determined by a panel before a return or a
//! separation (CRC art. 3), and approved by a second person (R10).

use crate::{
    age_assessment::PanelMember,
    closed::closed_list,
    id::UserId,
    machine::{Machine, acts},
};

closed_list! {
    /// How far the procedure got.
    InterestsStage = "best_interests_stage" {
        BiaDone = "bia_done",
        BidRequired = "bid_required",
        BidPanel = "bid_panel",
        BidProposed = "bid_proposed",
        BidDecided = "bid_decided",
        BidReview = "bid_review",
    }
}

acts! {
    /// What moves the procedure.
    InterestsAct {
        RequireDetermination = "require-determination",
        NamePanel = "name-panel",
        ProposeDetermination = "propose-determination",
        Approve = "approve",
        Decline = "decline",
        Review = "review",
    }
}

use InterestsAct as Act;
use InterestsStage as S;

impl Machine for InterestsStage {
    type Act = InterestsAct;
    const INITIAL: Self = Self::BiaDone;
    // That a determination is required is said with the assessment.
    const TRANSITIONS: &'static [(Self, InterestsAct, Self)] = &[
        (S::BiaDone, Act::RequireDetermination, S::BidRequired),
        (S::BiaDone, Act::NamePanel, S::BidPanel),
        (S::BidRequired, Act::NamePanel, S::BidPanel),
        (S::BidPanel, Act::NamePanel, S::BidPanel),
        (S::BidPanel, Act::ProposeDetermination, S::BidProposed),
        (S::BidProposed, Act::Approve, S::BidDecided),
        (S::BidProposed, Act::Decline, S::BidPanel),
        (S::BidDecided, Act::Review, S::BidReview),
        (S::BidReview, Act::NamePanel, S::BidPanel),
    ];
}

closed_list! {
    /// What is in question.
    InterestsPurpose = "best_interests_purpose" {
        Return = "return",
        Separation = "separation",
        LongPlacement = "long_placement",
        Solution = "durable_solution",
        Other = "other",
    }
}

impl InterestsPurpose {
    /// Says whether an assessment is not enough, and a panel determines.
    #[must_use]
    pub const fn needs_determination(self) -> bool {
        matches!(self, Self::Return | Self::Separation)
    }
}

closed_list! {
    /// Where and with whom the child is to live in the long term.
    DurableSolution = "durable_solution" {
        LocalInclusion = "local_inclusion",
        VoluntaryReturnOrigin = "voluntary_return_origin",
        InternalReturn = "internal_return",
        ThirdCountry = "third_country",
        FamilyReunification = "family_reunification",
        AlternativeFamilyCare = "alternative_family_care",
        IndependentLiving = "independent_living",
        Undecided = "undecided",
    }
}

impl DurableSolution {
    /// The solutions by which a child goes back.
    pub const RETURNS: &'static [Self] =
        &[Self::VoluntaryReturnOrigin, Self::InternalReturn, Self::FamilyReunification];
}

closed_list! {
    /// How the child was heard. Every child has views; not every child can be asked.
    ViewsHeard = "child_views_heard" {
        Heard = "heard",
        ThroughRepresentative = "through_representative",
        DidNotWant = "did_not_want",
        NotPossible = "not_possible",
    }
}

impl ViewsHeard {
    /// Says whether there is something to write down.
    #[must_use]
    pub const fn says_something(self) -> bool {
        matches!(self, Self::Heard | Self::ThroughRepresentative)
    }
}

/// What a procedure holds in sealed form.
#[derive(Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct InterestsWords {
    /// What the child said, or why it was not heard.
    pub views: String,
    /// What was weighed.
    pub factors: String,
    /// What is recommended, and why.
    pub recommendation: String,
    /// Who sits on the panel.
    pub panel: Vec<PanelMember>,
    /// Why the panel determined so.
    pub determination: Option<String>,
    /// Why it is looked at again.
    pub review: Option<String>,
}

impl InterestsWords {
    /// Says whether somebody sits on the panel.
    #[must_use]
    pub fn names(&self, user: &UserId) -> bool {
        self.panel.iter().any(|member| member.user_id.as_ref() == Some(user))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r10_nothing_is_determined_without_a_panel_and_a_second_person() {
        let decides: Vec<_> =
            S::TRANSITIONS.iter().filter(|(_, _, to)| *to == S::BidDecided).collect();
        assert_eq!(decides, [&(S::BidProposed, Act::Approve, S::BidDecided)]);
        let proposed: Vec<_> = S::sources(Act::ProposeDetermination).collect();
        assert_eq!(proposed, [S::BidPanel]);
    }

    #[test]
    fn r6_a_child_is_not_sent_back_nor_separated_on_an_assessment_alone() {
        let panel: Vec<_> =
            InterestsPurpose::ALL.iter().filter(|one| one.needs_determination()).collect();
        assert_eq!(panel, [&InterestsPurpose::Return, &InterestsPurpose::Separation]);
    }
}
