//! Facts about a document of a case: its class decides with whom it is shared.

use super::{CaseFacts, Class, Facts, Relation};
use crate::{
    actor::{Actor, Grant},
    id::OrganisationId,
};

/// Facts about a document, or about one that somebody would add.
#[derive(Debug, Clone)]
pub struct DocumentFacts {
    /// Of which class of data it is.
    pub class: Class,
    /// The organisation that added it.
    pub organisation_id: OrganisationId,
    /// Whether the actor's organisation has answered a referral of the case, and holds what it wrote (R3).
    pub answered_here: bool,
    /// The case.
    pub case: CaseFacts,
}

impl Facts for DocumentFacts {
    fn hold(&self, relation: Relation, actor: &Actor, grant: &Grant) -> bool {
        let here = self.organisation_id == actor.organisation_id;
        let investigates = self.class == Class::Investigation;
        match relation {
            // What stands behind the wall is seen from behind it, and by the authority whose it is (R8).
            Relation::Investigating => {
                investigates && here && self.case.hold(relation, actor, grant)
            }
            _ if investigates => false,
            // A provider sees what it added itself.
            Relation::ServingAssigned | Relation::ServingOrganisation => {
                here && self.case.hold(relation, actor, grant)
            }
            Relation::HoldsPart => here && self.answered_here,
            Relation::RegisteredHereBeforeTriage => {
                self.class == Class::CaseRestricted && self.case.hold(relation, actor, grant)
            }
            _ => self.case.hold(relation, actor, grant),
        }
    }
    fn is_erased(&self) -> bool {
        self.case.is_erased
    }
}
