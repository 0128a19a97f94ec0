//! Proceedings about a person's exploitation or stay, and the wall around an investigation (R8).
//!
//! A person may be in several at once, and none moves another: asylum and trafficking are two tracks on
//! one person.

mod hearing;
mod sharing;

pub use self::{
    hearing::{HearingAct, HearingState, HearingWords},
    sharing::{DisclosureEnd, SharingWords},
};
use crate::{
    closed::closed_list,
    machine::{Machine, acts},
    policy::Class,
};

closed_list! {
    /// Where a proceeding stands.
    ProceedingStage = "legal_outcome" {
        Reported = "reported",
        Investigating = "investigating",
        Dismissed = "dismissed",
        Prosecuted = "prosecuted",
        ConvictedTrafficking = "convicted_trafficking",
        ConvictedOther = "convicted_other",
        Acquitted = "acquitted",
        Appeal = "appeal",
        RestitutionOrdered = "restitution_ordered",
        RestitutionPaid = "restitution_paid",
        Granted = "granted",
        Refused = "refused",
    }
}

acts! {
    /// What moves a proceeding.
    ProceedingAct {
        Advance = "advance",
    }
}

use ProceedingAct::Advance;
use ProceedingStage as S;

impl Machine for ProceedingStage {
    type Act = ProceedingAct;
    const INITIAL: Self = Self::Reported;
    // To which of several stages is what the conducting authority decided. What was dismissed may be
    // taken up again, and what was decided may be appealed.
    const TRANSITIONS: &'static [(Self, ProceedingAct, Self)] = &[
        (S::Reported, Advance, S::Investigating),
        (S::Reported, Advance, S::Dismissed),
        (S::Reported, Advance, S::Prosecuted),
        (S::Reported, Advance, S::Granted),
        (S::Reported, Advance, S::Refused),
        (S::Investigating, Advance, S::Dismissed),
        (S::Investigating, Advance, S::Prosecuted),
        (S::Investigating, Advance, S::RestitutionOrdered),
        (S::Investigating, Advance, S::Granted),
        (S::Investigating, Advance, S::Refused),
        (S::Dismissed, Advance, S::Investigating),
        (S::Dismissed, Advance, S::Appeal),
        (S::Prosecuted, Advance, S::Dismissed),
        (S::Prosecuted, Advance, S::ConvictedTrafficking),
        (S::Prosecuted, Advance, S::ConvictedOther),
        (S::Prosecuted, Advance, S::Acquitted),
        (S::ConvictedTrafficking, Advance, S::Appeal),
        (S::ConvictedTrafficking, Advance, S::RestitutionOrdered),
        (S::ConvictedOther, Advance, S::Appeal),
        (S::ConvictedOther, Advance, S::RestitutionOrdered),
        (S::Acquitted, Advance, S::Appeal),
        (S::Granted, Advance, S::Appeal),
        (S::Granted, Advance, S::RestitutionOrdered),
        (S::Refused, Advance, S::Appeal),
        (S::Appeal, Advance, S::Investigating),
        (S::Appeal, Advance, S::Dismissed),
        (S::Appeal, Advance, S::ConvictedTrafficking),
        (S::Appeal, Advance, S::ConvictedOther),
        (S::Appeal, Advance, S::Acquitted),
        (S::Appeal, Advance, S::Granted),
        (S::Appeal, Advance, S::Refused),
        (S::RestitutionOrdered, Advance, S::Appeal),
        (S::RestitutionOrdered, Advance, S::RestitutionPaid),
    ];
}

closed_list! {
    /// What the person is in the proceeding.
    PersonRole = "proceeding_person_role" {
        Complainant = "complainant",
        Witness = "witness",
        CivilParty = "civil_party",
        Claimant = "claimant",
        Applicant = "applicant",
        ConcernedChild = "concerned_child",
        Accused = "accused",
        Other = "other",
    }
}

closed_list! {
    /// What protects the person in the proceeding.
    ProtectiveMeasure = "protective_measure" {
        InCameraHearing = "in_camera_hearing",
        VideoTestimony = "video_testimony",
        Screen = "screen",
        SupportPerson = "support_person",
        Anonymity = "anonymity",
        AccompanimentToCourt = "accompaniment_to_court",
        NoContactOrder = "no_contact_order",
        SingleInterview = "single_interview",
        ChildFriendlyInterview = "child_friendly_interview",
        Relocation = "relocation",
        Other = "other",
    }
}

/// The kinds behind the wall: codes of `legal_proceeding_type` for proceedings against whoever exploited
/// the person. One against the person is not among them: whoever prosecutes a victim is shown nothing of
/// the case (R7).
pub const BEHIND_THE_WALL: [&str; 2] = ["criminal_trafficking", "criminal_related"];

/// The kind of a proceeding against the person themselves.
const AGAINST_THE_PERSON: &str = "prosecution_of_victim";

/// Says whether proceedings of this kind are an investigation (R8). A kind that a later list adds is none.
#[must_use]
pub fn is_behind_the_wall(kind: &str) -> bool {
    BEHIND_THE_WALL.contains(&kind)
}

/// Returns the class of what is written down in a proceeding of this kind: those who coordinate the case
/// help the person with a claim or an application, and stand outside an investigation (R8).
#[must_use]
pub fn class_of(kind: &str) -> Class {
    if is_behind_the_wall(kind) { Class::Investigation } else { Class::CaseRestricted }
}

/// Returns the stages to which a proceeding of this kind may go on from where it stands: nobody is
/// convicted in a labour court, and no court grants an indictment.
pub fn next_stages(kind: &str, from: ProceedingStage) -> impl Iterator<Item = ProceedingStage> {
    let is_criminal = is_behind_the_wall(kind) || kind == AGAINST_THE_PERSON;
    let moves = ProceedingStage::TRANSITIONS.iter().filter(move |(stands, ..)| *stands == from);
    moves.map(|(.., to)| *to).filter(move |to| match to {
        S::Granted | S::Refused => !is_criminal,
        S::Prosecuted | S::ConvictedTrafficking | S::ConvictedOther | S::Acquitted => is_criminal,
        S::Reported
        | S::Investigating
        | S::Dismissed
        | S::Appeal
        | S::RestitutionOrdered
        | S::RestitutionPaid => true,
    })
}

/// What a proceeding holds in sealed form.
#[derive(Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct ProceedingWords {
    /// The number of the file at the authority that conducts it.
    pub reference_number: Option<String>,
    /// The court.
    pub court: Option<String>,
    /// What else there is to say.
    pub notes: Option<String>,
}

/// What an alleged perpetrator is, all of it sealed: nothing of it stands anywhere else.
#[derive(Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct AllegedPerpetrator {
    /// Codes of `perpetrator_role`.
    pub roles: Vec<String>,
    /// Sex for reporting.
    pub sex: Option<crate::age::SexReporting>,
    /// ISO 3166-1 alpha-2 codes.
    pub citizenships: Vec<String>,
    /// A code of `relationship_to_trafficker`.
    pub relationship: Option<String>,
    /// What they are called, as far as known.
    pub name: Option<String>,
    /// What they look like, where they are found.
    pub description: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r8_what_is_written_in_an_investigation_is_no_part_of_the_dossier() {
        assert_eq!(class_of("criminal_trafficking"), Class::Investigation);
        for kind in ["asylum", "labour_claim", "prosecution_of_victim", "of_a_later_list"] {
            assert_eq!(class_of(kind), Class::CaseRestricted, "{kind}");
        }
    }

    #[test]
    fn r7_a_prosecution_of_the_person_opens_nothing_to_whoever_conducts_it() {
        assert!(!is_behind_the_wall(AGAINST_THE_PERSON));
        assert!(next_stages(AGAINST_THE_PERSON, S::Prosecuted).any(|to| to == S::Acquitted));
    }

    #[test]
    fn nobody_is_convicted_where_somebody_asks_for_asylum() {
        let asylum: Vec<_> = next_stages("asylum", S::Investigating).collect();
        assert_eq!(asylum, [S::Dismissed, S::RestitutionOrdered, S::Granted, S::Refused]);
        let criminal: Vec<_> = next_stages("criminal_related", S::Investigating).collect();
        assert_eq!(criminal, [S::Dismissed, S::Prosecuted, S::RestitutionOrdered]);
        assert_eq!(next_stages("criminal_related", S::RestitutionPaid).count(), 0);
    }

    #[test]
    fn every_stage_can_be_reached() {
        for stage in ProceedingStage::ALL.iter().filter(|stage| **stage != S::INITIAL) {
            let kinds = ["criminal_trafficking", "civil_compensation"];
            let reached = ProceedingStage::ALL.iter().any(|from| {
                kinds.iter().any(|kind| next_stages(kind, *from).any(|to| to == *stage))
            });
            assert!(reached, "{stage}");
        }
    }
}
