//! Need to know: who may do what to which record, and which classes of data they see.
//!
//! One table ([`table`]) and two products. [`decide`] answers for one record, from facts read in the
//! same transaction, and gives a [`Permit`] that holds the record. [`scope`] gives the relations
//! under which many records may be listed; the store turns them into one SQL predicate. A property
//! test on random worlds proves that both say the same.
//!
//! What a caller may not see does not exist for that caller ([`Denial::Hidden`]); only what the
//! caller may see can be forbidden ([`Denial::Forbidden`]).

mod action;
mod class;
mod document;
mod facts;
mod incident;
mod permit;
mod relation;
mod sight;
mod table;
mod wall;
mod watch;

pub use action::*;
pub use class::{Class, Classes, Withheld};
pub use document::DocumentFacts;
pub use facts::{
    AccessFacts, AccountFacts, CaseFacts, Facts, LiveReferral, PairFacts, PlacementFacts,
    ReferralFacts, ReportFacts, SystemFacts,
};
pub use incident::IncidentFacts;
pub use permit::{Denial, Permit, Scope, ScopeArm, admit, decide, may, relations, scope};
pub use relation::Relation;
pub use sight::Sight;
pub use table::{Rule, needs_no_role, rules};
pub use wall::{Investigation, IssueFacts, ProceedingFacts};
pub use watch::{AlertFacts, EmergencyFacts};
