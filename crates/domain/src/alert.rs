//! Alerts: what somebody has to look at now. Told to an office and not to a name, in kinds and ids
//! alone: nothing in an alert is about a person the mechanism serves.

use crate::{actor::ActorRole, closed::closed_list};

closed_list! {
    /// What an alert is about.
    AlertKind = "alert_kind" {
        /// Somebody has opened more people today than their work explains.
        PeopleOpened = "people_opened",
        /// Somebody was refused further people for today.
        PeopleRefused = "people_refused",
        /// Somebody has opened a bait: a record that nobody works on.
        BaitOpened = "bait_opened",
        /// Somebody was refused again and again within minutes.
        RefusalBurst = "refusal_burst",
        /// Somebody opened a case in an emergency (R15).
        EmergencyAccess = "emergency_access",
        /// Nobody has reviewed an emergency access in time (R15).
        EmergencyUnreviewed = "emergency_unreviewed",
        /// A witness has seen another log than this: it was rewritten, or is an old copy.
        LogContradicted = "log_contradicted",
    }
}

closed_list! {
    /// Where an alert stands.
    AlertState = "alert_state" {
        Open = "open",
        Acknowledged = "acknowledged",
    }
}

/// The office that an alert is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// Those who supervise coordination in an area; all of them if no area is known.
    Supervisors {
        /// ISO 3166-2.
        area: Option<String>,
    },
    /// Those who watch over data protection.
    DataProtectionOfficers,
    /// Those who administer. They are told of no case (R16).
    Administrators,
}

impl Audience {
    /// Returns the role that is told.
    #[must_use]
    pub const fn role(&self) -> ActorRole {
        match self {
            Self::Supervisors { .. } => ActorRole::CoordinationSupervisor,
            Self::DataProtectionOfficers => ActorRole::DataProtectionOfficer,
            Self::Administrators => ActorRole::SystemAdministrator,
        }
    }

    /// Returns the area whose office is told; everywhere if nothing.
    #[must_use]
    pub fn area(&self) -> Option<&str> {
        match self {
            Self::Supervisors { area } => area.as_deref(),
            Self::DataProtectionOfficers | Self::Administrators => None,
        }
    }

    /// Says whether the office may know which case an alert is about.
    #[must_use]
    pub const fn may_know_cases(&self) -> bool {
        match self {
            Self::Supervisors { .. } | Self::DataProtectionOfficers => true,
            Self::Administrators => false,
        }
    }
}
