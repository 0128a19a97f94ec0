//! Assessing the age of somebody of whom it is doubted (R6), with four eyes (R10).
//!
//! From the doubt to the decision the person is a child. The outcome is never somebody's to say: it
//! follows from the range that the panel found.

use crate::{
    age::AgeStatus,
    closed::closed_list,
    id::UserId,
    machine::{Machine, acts},
    refusal::Refusal,
};

closed_list! {
    /// Where an age assessment stands.
    AssessmentState = "age_assessment_state" {
        Doubted = "doubted",
        PanelNamed = "panel_named",
        DecisionProposed = "decision_proposed",
        Decided = "decided",
        Contested = "contested",
        Withdrawn = "withdrawn",
    }
}

acts! {
    /// What moves an age assessment.
    AssessmentAct {
        NamePanel = "name-panel",
        ProposeDecision = "propose-decision",
        Approve = "approve",
        Decline = "decline",
        Contest = "contest",
        Withdraw = "withdraw",
    }
}

use AssessmentAct as Act;
use AssessmentState as S;

impl Machine for AssessmentState {
    type Act = AssessmentAct;
    const INITIAL: Self = Self::Doubted;
    // Once a panel is named, only its decision ends the doubt.
    const TRANSITIONS: &'static [(Self, AssessmentAct, Self)] = &[
        (S::Doubted, Act::NamePanel, S::PanelNamed),
        (S::Doubted, Act::Withdraw, S::Withdrawn),
        (S::PanelNamed, Act::NamePanel, S::PanelNamed),
        (S::PanelNamed, Act::ProposeDecision, S::DecisionProposed),
        (S::DecisionProposed, Act::Approve, S::Decided),
        (S::DecisionProposed, Act::Decline, S::PanelNamed),
        (S::Decided, Act::Contest, S::Contested),
        (S::Contested, Act::NamePanel, S::PanelNamed),
    ];
}

impl AssessmentState {
    /// The states of a doubt that nobody has ended. A case has one such assessment at the most.
    pub const OPEN: &'static [Self] =
        &[Self::Doubted, Self::PanelNamed, Self::DecisionProposed, Self::Contested];

    /// Says whether the doubt stands.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Decided | Self::Withdrawn)
    }
}

closed_list! {
    /// Why somebody doubts the age.
    AgeDoubtReason = "age_doubt_reason" {
        StatementOfPerson = "statement_of_person",
        StatementOfOthers = "statement_of_others",
        ConflictingInformation = "conflicting_information",
        DocumentsMissing = "documents_missing",
        DocumentsDoubtful = "documents_doubtful",
        ToldWhatToSay = "told_what_to_say",
        AppearanceOrConduct = "appearance_or_conduct",
        Other = "other",
    }
}

closed_list! {
    /// What a member of the panel is by profession.
    PanelProfession = "panel_profession" {
        SocialWork = "social_work",
        ChildProtection = "child_protection",
        Psychology = "psychology",
        Medicine = "medicine",
        Nursing = "nursing",
        Education = "education",
        Law = "law",
        CulturalMediation = "cultural_mediation",
        Other = "other",
    }
}

closed_list! {
    /// What the person said to being assessed. No answer here says anything about the age.
    AssessmentConsent = "age_assessment_consent" {
        Given = "given",
        Refused = "refused",
        NotPossible = "not_possible",
    }
}

closed_list! {
    /// By what means the panel looked.
    AgeMethod = "age_assessment_method" {
        DocumentsAndRecords = "documents_and_records",
        StatementsOfFamily = "statements_of_family",
        EducationHistory = "education_history",
        PsychosocialInterview = "psychosocial_interview",
        Observation = "observation",
        PhysicalExamination = "physical_examination",
        DentalExamination = "dental_examination",
        Imaging = "imaging",
    }
}

impl AgeMethod {
    /// Says whether it is an examination of the body: the last resort, and never the only method.
    #[must_use]
    pub const fn is_medical(self) -> bool {
        matches!(self, Self::PhysicalExamination | Self::DentalExamination | Self::Imaging)
    }

    /// Says whether the person takes part in it, and so has to have agreed.
    #[must_use]
    pub const fn needs_person(self) -> bool {
        self.is_medical() || matches!(self, Self::PsychosocialInterview)
    }

    /// Says whether methods are enough: one at least that is no examination of the body.
    #[must_use]
    pub fn suffice(methods: &[Self]) -> bool {
        methods.iter().any(|method| !method.is_medical())
    }
}

impl AssessmentConsent {
    /// Says whether a method may have been used, given what the person said.
    #[must_use]
    pub const fn allows(self, method: AgeMethod) -> bool {
        matches!(self, Self::Given) || !method.needs_person()
    }
}

/// The ages that a panel holds possible, in years, and how far it may be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct AgeRange {
    least: u8,
    greatest: u8,
    margin: u8,
}

/// The greatest age that is written down.
pub const OLDEST: u8 = 99;
/// The greatest margin of error, in years: who knows less has found nothing out.
pub const WIDEST: u8 = 20;

impl AgeRange {
    /// Makes a range.
    ///
    /// # Errors
    /// [`Refusal::Inconsistent`] if it ends before it begins, or is of nobody's age.
    pub const fn new(least: u8, greatest: u8, margin: u8) -> Result<Self, Refusal> {
        if greatest < least || greatest > OLDEST {
            return Err(Refusal::Inconsistent { pointer: "/age_to" });
        }
        if margin > WIDEST {
            return Err(Refusal::Inconsistent { pointer: "/margin_of_error" });
        }
        Ok(Self { least, greatest, margin })
    }

    /// Returns the least age, without the margin.
    #[must_use]
    pub const fn least(self) -> u8 {
        self.least
    }

    /// Returns the greatest age, without the margin.
    #[must_use]
    pub const fn greatest(self) -> u8 {
        self.greatest
    }

    /// Returns the margin of error.
    #[must_use]
    pub const fn margin(self) -> u8 {
        self.margin
    }

    /// Derives what the range means: a range that, with its margin, includes any age below majority is
    /// that of a child (CRC General Comment 6: the benefit of the doubt).
    #[must_use]
    pub const fn outcome(self, majority: u8) -> AgeStatus {
        if self.least.saturating_sub(self.margin) < majority {
            AgeStatus::AssessedChild
        } else {
            AgeStatus::AssessedAdult
        }
    }
}

/// What is known about the age once somebody doubts it: whoever is protected already stays protected
/// as before.
#[must_use]
pub const fn status_when_doubted(now: AgeStatus) -> AgeStatus {
    if now.protected_as_child() { now } else { AgeStatus::UnderAssessmentPresumedChild }
}

/// What is known about the age once a decision is contested: what no panel has said stays.
#[must_use]
pub const fn status_when_contested(now: AgeStatus) -> AgeStatus {
    if now.protected_as_child() && !now.needs_assessment() {
        now
    } else {
        AgeStatus::UnderAssessmentPresumedChild
    }
}

/// What is known about the age once a doubt was withdrawn: what was known before, unless something
/// else was written down since.
#[must_use]
pub const fn status_when_withdrawn(before: AgeStatus, now: AgeStatus) -> AgeStatus {
    if matches!(now, AgeStatus::UnderAssessmentPresumedChild) { before } else { now }
}

/// A member of the panel.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PanelMember {
    /// By profession.
    pub profession: PanelProfession,
    /// The name, if the member has no account.
    pub name: Option<String>,
    /// The account, if there is one.
    pub user_id: Option<UserId>,
}

/// What an age assessment holds in sealed form: what people said, and who sits on the panel.
#[derive(Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct AssessmentWords {
    /// Why the age is doubted.
    pub doubt: Option<String>,
    /// Who sits on the panel.
    pub panel: Vec<PanelMember>,
    /// Why the decision is contested.
    pub contest: Option<String>,
    /// Why the doubt is withdrawn.
    pub withdrawal: Option<String>,
}

impl AssessmentWords {
    /// Says whether somebody sits on the panel.
    #[must_use]
    pub fn names(&self, user: &UserId) -> bool {
        self.panel.iter().any(|member| member.user_id.as_ref() == Some(user))
    }
}

/// What came of examinations of the body, in short. Medical: shown to fewer than the rest.
#[derive(Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct MedicalFindings {
    /// Which examinations.
    pub methods: Vec<AgeMethod>,
    /// What they found.
    pub summary: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::State;

    fn outcome(from: u8, to: u8, margin: u8) -> AgeStatus {
        AgeRange::new(from, to, margin).unwrap().outcome(18)
    }

    #[test]
    fn r6_a_range_that_includes_a_childs_age_is_a_childs() {
        assert_eq!(outcome(16, 19, 0), AgeStatus::AssessedChild);
        assert_eq!(outcome(17, 17, 0), AgeStatus::AssessedChild);
        assert_eq!(outcome(19, 24, 2), AgeStatus::AssessedChild);
        assert_eq!(outcome(1, 3, 20), AgeStatus::AssessedChild);
        assert_eq!(outcome(18, 20, 0), AgeStatus::AssessedAdult);
        assert_eq!(outcome(20, 24, 2), AgeStatus::AssessedAdult);
        assert_eq!(AgeRange::new(20, 24, 2).unwrap().outcome(21), AgeStatus::AssessedChild);
    }

    #[test]
    fn a_range_that_cannot_be_is_refused() {
        for (range, pointer) in [
            (AgeRange::new(19, 18, 0), "/age_to"),
            (AgeRange::new(19, 100, 0), "/age_to"),
            (AgeRange::new(19, 20, 21), "/margin_of_error"),
        ] {
            assert_eq!(range, Err(Refusal::Inconsistent { pointer }));
        }
    }

    #[test]
    fn r6_from_the_doubt_to_the_decision_the_person_is_a_child() {
        for now in AgeStatus::ALL {
            assert!(status_when_doubted(*now).protected_as_child(), "{now}");
            assert!(status_when_contested(*now).protected_as_child(), "{now}");
            assert!(!status_when_contested(*now).needs_assessment(), "{now}");
        }
        let documented = AgeStatus::ChildDocumented;
        assert_eq!(status_when_doubted(documented), documented);
        assert_eq!(status_when_withdrawn(AgeStatus::AdultDeclared, documented), documented);
    }

    #[test]
    fn r6_only_a_decision_or_two_people_end_a_doubt() {
        for (from, act, to) in S::TRANSITIONS.iter().filter(|(from, ..)| from.is_open()) {
            let ends = !to.is_open();
            assert_eq!(ends, matches!(act, Act::Approve | Act::Withdraw), "{from} {act}");
        }
        let with_panel = State::stored_for_test(S::PanelNamed).step(Act::Withdraw);
        assert_eq!(with_panel, Err(Refusal::IllegalTransition));
        assert!(S::ALL.iter().all(|state| S::OPEN.contains(state) == state.is_open()));
    }

    #[test]
    fn a_body_is_examined_with_consent_and_never_alone() {
        assert!(!AgeMethod::suffice(&[AgeMethod::Imaging, AgeMethod::DentalExamination]));
        assert!(AgeMethod::suffice(&[AgeMethod::Imaging, AgeMethod::Observation]));
        for method in AgeMethod::ALL {
            assert!(AssessmentConsent::Given.allows(*method));
            let refused = AssessmentConsent::Refused.allows(*method);
            assert!(!(refused && method.is_medical()), "{method}");
        }
        assert!(AssessmentConsent::NotPossible.allows(AgeMethod::DocumentsAndRecords));
    }
}
