//! Facts about what stands behind the wall (R8), and about what it must not be held against (R7).

use super::{CaseFacts, Facts, Relation};
use crate::{
    actor::{Actor, Grant},
    id::OrganisationId,
};

/// What the actor's organisation investigates about a case (R8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Investigation {
    /// Nothing.
    #[default]
    None,
    /// It conducts an investigation and is not told who the person is.
    WithoutIdentity,
    /// It conducts one and is told, on a consent in force or on another basis.
    WithIdentity,
}

/// Facts about a proceeding, and about what belongs to it.
#[derive(Debug, Clone)]
pub struct ProceedingFacts {
    /// The organisation that conducts it.
    pub conducted_by: OrganisationId,
    /// Whether it is an investigation (R8).
    pub is_behind_the_wall: bool,
    /// The case it belongs to.
    pub case: CaseFacts,
}

impl Facts for ProceedingFacts {
    fn hold(&self, relation: Relation, actor: &Actor, grant: &Grant) -> bool {
        // Who investigates one does not see another authority's.
        let is_theirs = self.is_behind_the_wall && self.conducted_by == actor.organisation_id;
        match relation {
            Relation::Investigating => is_theirs,
            Relation::InvestigatingWithIdentity => {
                is_theirs && self.case.hold(relation, actor, grant)
            }
            _ => self.case.hold(relation, actor, grant),
        }
    }
    fn is_erased(&self) -> bool {
        self.case.is_erased
    }
}

/// Facts about an offence that must not be held against the person (R7).
#[derive(Debug, Clone)]
pub struct IssueFacts {
    /// The organisation that raised it.
    pub raised_by: OrganisationId,
    /// The case it belongs to.
    pub case: CaseFacts,
}

impl Facts for IssueFacts {
    fn hold(&self, relation: Relation, actor: &Actor, grant: &Grant) -> bool {
        match relation {
            // A provider sees what it raised itself: the others are the person's to tell.
            Relation::ServingAssigned => {
                self.raised_by == actor.organisation_id && self.case.hold(relation, actor, grant)
            }
            _ => self.case.hold(relation, actor, grant),
        }
    }
    fn is_erased(&self) -> bool {
        self.case.is_erased
    }
}
