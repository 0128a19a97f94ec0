//! Guardians of those who are protected as children (R6), and what stands in the way of one.

use crate::{
    closed::closed_list,
    machine::{Machine, acts},
};

closed_list! {
    /// Where a guardianship stands.
    GuardianState = "guardian_state" {
        Appointed = "appointed",
        Ended = "ended",
    }
}

acts! {
    /// What moves a guardianship.
    GuardianAct {
        End = "end",
    }
}

impl Machine for GuardianState {
    type Act = GuardianAct;
    const INITIAL: Self = Self::Appointed;
    const TRANSITIONS: &'static [(Self, GuardianAct, Self)] =
        &[(Self::Appointed, GuardianAct::End, Self::Ended)];
}

closed_list! {
    /// What the guardian is to the child.
    GuardianRelationship = "guardian_relationship" {
        IndependentProfessional = "independent_professional",
        ChildProtectionOfficer = "child_protection_officer",
        Relative = "relative",
        CommunityMember = "community_member",
        Other = "other",
    }
}

closed_list! {
    /// Who appointed the guardian.
    GuardianAuthority = "guardian_authority" {
        Court = "court",
        ChildProtectionAuthority = "child_protection_authority",
        LocalAuthority = "local_authority",
        Other = "other",
    }
}

closed_list! {
    /// Why a guardianship ended.
    GuardianEndReason = "guardian_end_reason" {
        OfAge = "of_age",
        Replaced = "replaced",
        ConflictFound = "conflict_found",
        GuardianResigned = "guardian_resigned",
        ReunitedWithParents = "reunited_with_parents",
        Other = "other",
    }
}

closed_list! {
    /// What makes somebody unfit to be the guardian: each is asked of everybody.
    GuardianConflict = "guardian_conflict" {
        AllegedPerpetrator = "alleged_perpetrator",
        RelatedToPerpetrator = "related_to_perpetrator",
        ImplicatedEmployerOrCarer = "implicated_employer_or_carer",
    }
}

closed_list! {
    /// Whether one of these holds. Only a no lets somebody be appointed: who does not know asks first.
    ConflictAnswer = "conflict_answer" {
        No = "no",
        Yes = "yes",
        Unknown = "unknown",
    }
}

impl ConflictAnswer {
    /// Says whether the answer clears the person.
    #[must_use]
    pub const fn clears(self) -> bool {
        matches!(self, Self::No)
    }
}

/// What a guardianship holds in sealed form.
#[derive(Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct GuardianWords {
    /// The guardian's name.
    pub name: String,
    /// How the guardian is reached.
    pub contact: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r6_who_does_not_know_does_not_clear_a_guardian() {
        let clearing: Vec<_> = ConflictAnswer::ALL.iter().filter(|one| one.clears()).collect();
        assert_eq!(clearing, [&ConflictAnswer::No]);
    }
}
