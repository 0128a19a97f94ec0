//! Events: what the trail says about an act. Field names and ids, never values (R14).

use crate::{
    closed::closed_list,
    id::{CaseId, Id, Kind},
    policy::{Action, Permit},
};

closed_list! {
    /// What kind of act it was, as FHIR AuditEvent.action groups them (C, R, U, D, E).
    Operation = "audit_operation" {
        Create = "create",
        Read = "read",
        Update = "update",
        Delete = "delete",
        Execute = "execute",
    }
}

closed_list! {
    /// How the act came out.
    Outcome = "audit_outcome" {
        Success = "success",
        Refused = "refused",
        Failed = "failed",
    }
}

/// What is recorded about one act. Who, when and where from are added by the unit of work.
#[derive(Debug, Clone)]
pub struct Event {
    /// The action's name, as the policy and the API write it.
    pub action: &'static str,
    /// The kind of act.
    pub operation: Operation,
    /// How it came out.
    pub outcome: Outcome,
    /// Why it was refused: a problem code.
    pub refusal: Option<&'static str>,
    /// The kind of thing acted on.
    pub object_type: Option<&'static str>,
    /// Its identifier.
    pub object_id: Option<String>,
    /// Its version after the act.
    pub object_version: Option<i64>,
    /// The case whose chain the event joins.
    pub case_id: Option<CaseId>,
    /// The relation that permitted it.
    pub permitted_by: Option<&'static str>,
    /// The consent on which a sharing rests; or by its digest what was written or handed out.
    pub basis_id: Option<String>,
    /// The names of the fields that were written or shown.
    pub fields: Vec<&'static str>,
    /// The ids that a list showed; their count is recorded beside them.
    pub shown: Option<Vec<String>>,
    /// For how many acts the event stands that are not listed one by one.
    pub stands_for: Option<u64>,
}

impl Event {
    /// Begins the event of an act that needs no record.
    #[must_use]
    pub const fn of<A: Action>(operation: Operation) -> Self {
        Self::named(A::NAME, operation)
    }

    /// Begins the event of an act outside the policy: signing in, refusing, escalating.
    #[must_use]
    pub const fn named(action: &'static str, operation: Operation) -> Self {
        Self {
            action,
            operation,
            outcome: Outcome::Success,
            refusal: None,
            object_type: None,
            object_id: None,
            object_version: None,
            case_id: None,
            permitted_by: None,
            basis_id: None,
            fields: Vec::new(),
            shown: None,
            stands_for: None,
        }
    }

    /// Begins the event of an act under a permit.
    #[must_use]
    pub fn under<A: Action, R>(operation: Operation, permit: &Permit<A, R>) -> Self {
        Self { permitted_by: Some(permit.permitted_by().name()), ..Self::named(A::NAME, operation) }
    }

    /// Names the thing acted on.
    #[must_use]
    pub fn on<K: Kind>(mut self, id: &Id<K>, version: i64) -> Self {
        self.object_type = Some(K::NAME);
        self.object_id = Some(id.as_str().to_owned());
        self.object_version = Some(version);
        self
    }

    /// Names the thing acted on, where it has no version.
    #[must_use]
    pub fn about<K: Kind>(mut self, id: &Id<K>) -> Self {
        self.object_type = Some(K::NAME);
        self.object_id = Some(id.as_str().to_owned());
        self
    }

    /// Joins the event to a case's chain.
    #[must_use]
    pub fn in_case(mut self, case_id: &CaseId) -> Self {
        self.case_id = Some(case_id.clone());
        self
    }

    /// Names the fields that were written or shown.
    #[must_use]
    pub fn fields(mut self, fields: impl IntoIterator<Item = &'static str>) -> Self {
        self.fields = fields.into_iter().collect();
        self
    }

    /// Names the consent on which the act rests.
    #[must_use]
    pub fn resting_on<K: Kind>(mut self, basis: Option<&Id<K>>) -> Self {
        self.basis_id = basis.map(|id| id.as_str().to_owned());
        self
    }

    /// Commits to what was written or handed out as a whole, so that the trail proves it as long as the person's
    /// key is there. A plain digest would tell whoever holds the same page whose it is, also after erasure.
    #[must_use]
    pub fn of_content(mut self, commitment: &str) -> Self {
        self.basis_id = Some(format!("hmac-sha256:{commitment}"));
        self
    }

    /// Names the ids that a list or search showed.
    #[must_use]
    pub fn showing<'i, K: Kind>(mut self, ids: impl IntoIterator<Item = &'i Id<K>>) -> Self {
        self.shown = Some(ids.into_iter().map(|id| id.as_str().to_owned()).collect());
        self
    }

    /// Says that the event stands for so many acts that are not listed one by one.
    #[must_use]
    pub const fn standing_for(mut self, acts: u64) -> Self {
        self.stands_for = Some(acts);
        self
    }

    /// Says that the act was refused, and why.
    #[must_use]
    pub const fn refused(mut self, code: &'static str) -> Self {
        self.outcome = Outcome::Refused;
        self.refusal = Some(code);
        self
    }
}
