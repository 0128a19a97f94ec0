//! Who acts: a user of one organisation, with dated grants of roles.

use crate::{
    closed::closed_list,
    id::{CaseId, OrganisationId, SessionId, UserId},
    instant::Instant,
};

closed_list! {
    /// What a user does in the mechanism.
    ActorRole = "actor_role" {
        FirstResponder = "first_responder",
        CaseCoordinator = "case_coordinator",
        CoordinationSupervisor = "coordination_supervisor",
        ServiceProviderWorker = "service_provider_worker",
        ServiceProviderManager = "service_provider_manager",
        IdentificationOfficer = "identification_officer",
        Investigator = "investigator",
        ProsecutorLiaison = "prosecutor_liaison",
        TransnationalFocalPoint = "transnational_focal_point",
        Guardian = "guardian",
        DataProtectionOfficer = "data_protection_officer",
        Auditor = "auditor",
        Analyst = "analyst",
        SystemAdministrator = "system_administrator",
    }
}

impl ActorRole {
    /// Says whether the role ever reads what stands in a case.
    #[must_use]
    pub const fn reads_cases(self) -> bool {
        match self {
            Self::FirstResponder
            | Self::CaseCoordinator
            | Self::CoordinationSupervisor
            | Self::ServiceProviderWorker
            | Self::ServiceProviderManager
            | Self::IdentificationOfficer
            | Self::Investigator
            | Self::ProsecutorLiaison
            | Self::TransnationalFocalPoint
            | Self::Guardian => true,
            Self::DataProtectionOfficer
            | Self::Auditor
            | Self::Analyst
            | Self::SystemAdministrator => false,
        }
    }

    /// Says whether one user may hold both roles at the same time (R16).
    ///
    /// An administrator who could read cases, and an auditor who could write what is audited, would
    /// each be their own only control. The wall (R8) stands between care and investigation.
    #[must_use]
    pub fn compatible_with(self, other: Self) -> bool {
        let one_way = |a: Self, b: Self| match a {
            Self::SystemAdministrator => {
                !(b.reads_cases()
                    || matches!(b, Self::Auditor | Self::DataProtectionOfficer | Self::Analyst))
            }
            Self::Auditor => !b.reads_cases() && !matches!(b, Self::DataProtectionOfficer),
            Self::Investigator | Self::ProsecutorLiaison => !matches!(
                b,
                Self::CaseCoordinator
                    | Self::CoordinationSupervisor
                    | Self::ServiceProviderWorker
                    | Self::ServiceProviderManager
                    | Self::Guardian
            ),
            Self::DataProtectionOfficer | Self::Analyst => !b.reads_cases(),
            _ => true,
        };
        self == other || (one_way(self, other) && one_way(other, self))
    }
}

/// A role that holds now, in one area or (without an area) in the whole country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The role.
    pub role: ActorRole,
    /// The ISO 3166-2 area; `None` is the whole country.
    pub area: Option<String>,
}

impl Grant {
    /// Says whether the grant reaches a thing that lies in `area`.
    ///
    /// A thing whose area nobody knows is reached by every grant: it must not fall between two
    /// regional bureaus.
    #[must_use]
    pub fn reaches(&self, area: Option<&str>) -> bool {
        match (self.area.as_deref(), area) {
            (None, _) | (_, None) => true,
            (Some(granted), Some(area)) => granted == area,
        }
    }
}

/// A signed-in user with the grants that hold at this moment, read in the transaction of the act.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The user.
    pub user_id: UserId,
    /// The user's one organisation.
    pub organisation_id: OrganisationId,
    /// The session that the request came with; `None` for the worker and the command line.
    pub session_id: Option<SessionId>,
    /// The grants that hold now.
    pub grants: Vec<Grant>,
    /// The cases that are open to the actor in an emergency at this moment (R15).
    pub open_in_emergency: Vec<CaseId>,
}

impl Actor {
    /// Says whether the actor holds the role now.
    #[must_use]
    pub fn has(&self, role: ActorRole) -> bool {
        self.grants.iter().any(|grant| grant.role == role)
    }
}

/// Says whether a dated grant holds at a moment: from `valid_from`, before `valid_to`.
#[must_use]
pub fn holds_at(valid_from: Instant, valid_to: Option<Instant>, now: Instant) -> bool {
    valid_from <= now && valid_to.is_none_or(|end| now < end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r16_an_administrator_holds_no_role_that_reads_cases() {
        for role in ActorRole::ALL.iter().filter(|role| role.reads_cases()) {
            assert!(!ActorRole::SystemAdministrator.compatible_with(*role), "{role}");
            assert!(!ActorRole::Auditor.compatible_with(*role), "{role}");
        }
        assert!(ActorRole::CaseCoordinator.compatible_with(ActorRole::CoordinationSupervisor));
        assert!(ActorRole::FirstResponder.compatible_with(ActorRole::ServiceProviderWorker));
    }

    #[test]
    fn compatibility_is_symmetric_and_reflexive() {
        for a in ActorRole::ALL {
            assert!(a.compatible_with(*a));
            for b in ActorRole::ALL {
                assert_eq!(a.compatible_with(*b), b.compatible_with(*a), "{a} {b}");
            }
        }
    }
}
