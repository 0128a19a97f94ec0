//! Identification: what is decided about the person, by which body, and what may be decided next.
//!
//! It moves apart from the case's status: no move of a case or a referral asks for a stage.

use crate::{
    case::IdentificationStage,
    closed::closed_list,
    machine::{Machine, acts},
};

acts! {
    /// What moves the stage of identification.
    StageAct {
        Conclude = "conclude",
        Presume = "presume",
        Identify = "identify",
        RequestReview = "request-review",
        Review = "review",
        Decline = "decline",
        TakeBack = "take-back",
    }
}

use IdentificationStage as S;
use StageAct as Act;

impl Machine for IdentificationStage {
    type Act = StageAct;
    const INITIAL: Self = Self::Detected;
    // Most acts lead to several stages: which one is what a named person decided. A screening reaches
    // no further than the presumption and takes none back. Nobody is turned away whom nobody has
    // screened; an emergency is presumed without. Whoever declined stands where they stood when they
    // come back.
    const TRANSITIONS: &'static [(Self, StageAct, Self)] = &[
        (S::Detected, Act::Conclude, S::ScreenedIndicatorsPresent),
        (S::Detected, Act::Conclude, S::ScreenedInsufficient),
        (S::Detected, Act::Conclude, S::PresumedVictim),
        (S::ScreenedIndicatorsPresent, Act::Conclude, S::ScreenedIndicatorsPresent),
        (S::ScreenedIndicatorsPresent, Act::Conclude, S::ScreenedInsufficient),
        (S::ScreenedIndicatorsPresent, Act::Conclude, S::PresumedVictim),
        (S::ScreenedInsufficient, Act::Conclude, S::ScreenedIndicatorsPresent),
        (S::ScreenedInsufficient, Act::Conclude, S::ScreenedInsufficient),
        (S::ScreenedInsufficient, Act::Conclude, S::PresumedVictim),
        (S::PresumedVictim, Act::Conclude, S::PresumedVictim),
        (S::Detected, Act::Presume, S::PresumedVictim),
        (S::ScreenedIndicatorsPresent, Act::Presume, S::PresumedVictim),
        (S::ScreenedIndicatorsPresent, Act::Presume, S::ScreenedInsufficient),
        (S::ScreenedInsufficient, Act::Presume, S::PresumedVictim),
        (S::ScreenedInsufficient, Act::Presume, S::ScreenedInsufficient),
        (S::PresumedVictim, Act::Presume, S::PresumedVictim),
        (S::PresumedVictim, Act::Identify, S::FormallyIdentified),
        (S::PresumedVictim, Act::Identify, S::NotIdentified),
        (S::ScreenedInsufficient, Act::RequestReview, S::UnderReview),
        (S::PresumedVictim, Act::RequestReview, S::UnderReview),
        (S::FormallyIdentified, Act::RequestReview, S::UnderReview),
        (S::NotIdentified, Act::RequestReview, S::UnderReview),
        (S::UnderReview, Act::Review, S::ScreenedInsufficient),
        (S::UnderReview, Act::Review, S::PresumedVictim),
        (S::UnderReview, Act::Review, S::FormallyIdentified),
        (S::UnderReview, Act::Review, S::NotIdentified),
        (S::Detected, Act::Decline, S::DeclinedIdentification),
        (S::ScreenedIndicatorsPresent, Act::Decline, S::DeclinedIdentification),
        (S::ScreenedInsufficient, Act::Decline, S::DeclinedIdentification),
        (S::PresumedVictim, Act::Decline, S::DeclinedIdentification),
        (S::DeclinedIdentification, Act::TakeBack, S::Detected),
        (S::DeclinedIdentification, Act::TakeBack, S::ScreenedIndicatorsPresent),
        (S::DeclinedIdentification, Act::TakeBack, S::ScreenedInsufficient),
        (S::DeclinedIdentification, Act::TakeBack, S::PresumedVictim),
    ];
}

closed_list! {
    /// What is decided.
    DecisionKind = "identification_decision_kind" {
        /// Whether there are reasonable grounds: the bureau's.
        Presumption = "presumption",
        /// Whether the person is a victim: the identifying body's.
        FormalIdentification = "formal_identification",
        /// What somebody else decides about a decision that was asked to be reviewed.
        Review = "review",
        /// The person does not want to be identified formally.
        Declined = "declined",
    }
}

closed_list! {
    /// How it was decided.
    DecisionOutcome = "identification_decision_outcome" {
        Positive = "positive",
        Negative = "negative",
    }
}

closed_list! {
    /// Where a decision stands.
    DecisionState = "identification_decision_state" {
        InForce = "in_force",
        UnderReview = "under_review",
        Replaced = "replaced",
        TakenBack = "taken_back",
    }
}

closed_list! {
    /// What kind of body decided.
    DecisionBodyType = "decision_body_type" {
        Police = "police",
        Ngo = "ngo",
        CourtOrProsecution = "court_or_prosecution",
        NonPoliceGovernment = "non_police_government",
        Other = "other",
    }
}

closed_list! {
    /// How the person was told of a decision.
    NoticeMode = "decision_notice_mode" {
        InPerson = "in_person",
        InWriting = "in_writing",
        ByTelephone = "by_telephone",
        ThroughRepresentative = "through_representative",
    }
}

closed_list! {
    /// Why a decision is reviewed.
    ReviewGround = "decision_review_ground" {
        Appeal = "appeal",
        NewFacts = "new_facts",
        ProceduralError = "procedural_error",
    }
}

closed_list! {
    /// Who asks that a decision be reviewed.
    ReviewAsker = "decision_review_asker" {
        Person = "person",
        Guardian = "guardian",
        Lawyer = "lawyer",
        SupportOrganisation = "support_organisation",
        CoordinationBureau = "coordination_bureau",
        DecidingBody = "deciding_body",
    }
}

acts! {
    /// What moves a decision once it is made.
    DecisionAct {
        RequestReview = "request-review",
        Review = "review",
        TakeBack = "take-back",
    }
}

impl Machine for DecisionState {
    type Act = DecisionAct;
    const INITIAL: Self = Self::InForce;
    // The decision that a review comes to is one of its own, and the reviewed one stays as it was made.
    const TRANSITIONS: &'static [(Self, DecisionAct, Self)] = &[
        (Self::InForce, DecisionAct::RequestReview, Self::UnderReview),
        (Self::UnderReview, DecisionAct::Review, Self::Replaced),
        (Self::InForce, DecisionAct::TakeBack, Self::TakenBack),
    ];
}

/// What a decision holds in sealed form.
#[derive(Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct DecisionWords {
    /// Why it was decided so. Nobody has to say why they decline.
    pub reasons: Option<String>,
    /// The law it rests on.
    pub legal_reference: Option<String>,
    /// On what it rests: ids of screenings and notes, references to files.
    pub evidence: Vec<String>,
}

/// Which question a decision answers: on a review the one of the reviewed decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Are there reasonable grounds?
    Presumption,
    /// Is the person a victim?
    Identification,
}

impl Question {
    /// Returns the stage that an answer leads to.
    #[must_use]
    pub const fn leads_to(self, outcome: DecisionOutcome) -> IdentificationStage {
        match (self, outcome) {
            (Self::Presumption, DecisionOutcome::Positive) => S::PresumedVictim,
            (Self::Presumption, DecisionOutcome::Negative) => S::ScreenedInsufficient,
            (Self::Identification, DecisionOutcome::Positive) => S::FormallyIdentified,
            (Self::Identification, DecisionOutcome::Negative) => S::NotIdentified,
        }
    }

    /// Returns the question to which a stage is the answer.
    #[must_use]
    pub const fn answered_by(stage: IdentificationStage) -> Option<Self> {
        match stage {
            S::PresumedVictim | S::ScreenedInsufficient => Some(Self::Presumption),
            S::FormallyIdentified | S::NotIdentified => Some(Self::Identification),
            S::Detected
            | S::ScreenedIndicatorsPresent
            | S::UnderReview
            | S::DeclinedIdentification => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{machine::State, refusal::Refusal};

    fn at(stage: IdentificationStage) -> State<IdentificationStage> {
        State::stored_for_test(stage)
    }

    #[test]
    fn r11_a_screening_reaches_the_presumption_and_takes_none_back() {
        for stage in IdentificationStage::ALL {
            for to in [S::FormallyIdentified, S::NotIdentified, S::UnderReview] {
                let concluded = at(*stage).step_to(Act::Conclude, to);
                assert_eq!(concluded, Err(Refusal::IllegalTransition), "{stage} {to}");
            }
        }
        for to in [S::ScreenedInsufficient, S::ScreenedIndicatorsPresent, S::Detected] {
            let taken_back = at(S::PresumedVictim).step_to(Act::Conclude, to);
            assert_eq!(taken_back, Err(Refusal::IllegalTransition), "{to}");
        }
    }

    #[test]
    fn nobody_is_turned_away_whom_nobody_has_screened() {
        let negative = Question::Presumption.leads_to(DecisionOutcome::Negative);
        assert!(at(S::Detected).step_to(Act::Presume, negative).is_err());
        assert!(at(S::ScreenedIndicatorsPresent).step_to(Act::Presume, negative).is_ok());
        let positive = Question::Presumption.leads_to(DecisionOutcome::Positive);
        assert!(at(S::Detected).step_to(Act::Presume, positive).is_ok());
    }

    #[test]
    fn the_body_decides_about_those_alone_who_are_presumed_victims() {
        let sources: Vec<_> = IdentificationStage::sources(Act::Identify).collect();
        assert!(sources.iter().all(|stage| *stage == S::PresumedVictim));
    }

    #[test]
    fn every_answer_is_the_answer_to_its_question() {
        for question in [Question::Presumption, Question::Identification] {
            for outcome in DecisionOutcome::ALL {
                let stage = question.leads_to(*outcome);
                assert_eq!(Question::answered_by(stage), Some(question), "{stage}");
                // Each can be asked to be reviewed, and a review can come to each.
                assert!(at(stage).step(Act::RequestReview).is_ok());
                assert!(at(S::UnderReview).step_to(Act::Review, stage).is_ok());
            }
        }
    }

    #[test]
    fn whoever_declines_can_come_back_to_where_they_stood() {
        for from in IdentificationStage::sources(Act::Decline) {
            let declined = at(from).step(Act::Decline).unwrap().to();
            assert!(at(declined).step_to(Act::TakeBack, from).is_ok(), "{from}");
        }
    }
}
