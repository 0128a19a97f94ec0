//! Facts about alerts and emergency accesses (R15).

use super::{Facts, Relation};
use crate::{
    actor::{Actor, ActorRole, Grant},
    id::UserId,
};

/// Facts about an alert.
#[derive(Debug, Clone)]
pub struct AlertFacts {
    /// The role that is told.
    pub audience: ActorRole,
    /// The area whose office is told; everywhere if nothing.
    pub area: Option<String>,
    /// Whom it is about.
    pub about: Option<UserId>,
}

impl Facts for AlertFacts {
    fn hold(&self, relation: Relation, actor: &Actor, grant: &Grant) -> bool {
        match relation {
            // Nobody is warned that they are watched, and nobody closes what is about themselves.
            Relation::Addressed => {
                grant.role == self.audience
                    && grant.reaches(self.area.as_deref())
                    && self.about.as_ref() != Some(&actor.user_id)
            }
            _ => false,
        }
    }
}

/// Facts about an emergency access.
#[derive(Debug, Clone)]
pub struct EmergencyFacts {
    /// The area of the case.
    pub area: Option<String>,
    /// Who opened it.
    pub opened_by: UserId,
}

impl Facts for EmergencyFacts {
    fn hold(&self, relation: Relation, actor: &Actor, grant: &Grant) -> bool {
        match relation {
            Relation::Anyone => true,
            Relation::InArea => grant.reaches(self.area.as_deref()),
            Relation::OpenedByActor => self.opened_by == actor.user_id,
            _ => false,
        }
    }
}
