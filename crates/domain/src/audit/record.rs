//! One event of the audit log, as plain data.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Says who did what to which record, when, from where, by what permission, and how it ended.
///
/// The content follows FHIR R4 `AuditEvent` and the IHE BALP profiles. It holds names of fields and
/// salted commitments, never values, so that the log survives the erasure of a person (rule R13)
/// without keeping what was erased. It is made of plain texts and numbers, so that a verifier
/// needs nothing else of this program to recompute the hashes.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditRecord {
    /// The event's own id, UUID text.
    pub id: String,
    /// When it was recorded: microseconds since 1970-01-01 UTC, which both databases keep exactly.
    pub at_us: i64,
    /// The user who acted, if one was known.
    pub actor_id: Option<String>,
    /// The roles the user held at that moment.
    pub actor_roles: Vec<String>,
    /// The organisation the user acted for.
    pub organisation_id: Option<String>,
    /// The session the request came in.
    pub session_id: Option<String>,
    /// The act, for example `referral.accept`.
    pub action: String,
    /// `create`, `read`, `update`, `delete` or `execute` (the C, R, U, D, E of `AuditEvent`).
    pub operation: String,
    /// `success`, `refused` or `failed`.
    pub outcome: String,
    /// The code of the refusal, if it was one.
    pub refusal_code: Option<String>,
    /// The purpose the caller gave.
    pub purpose: Option<String>,
    /// The kind of the record acted on.
    pub object_type: Option<String>,
    /// The id of the record acted on.
    pub object_id: Option<String>,
    /// The version of the record after the act.
    pub object_version: Option<i64>,
    /// The case whose chain the event belongs to.
    pub case_id: Option<String>,
    /// The place of the event in the case's chain, without gaps.
    pub case_seq: Option<i64>,
    /// The relation by which the policy permitted the act.
    pub permitted_by: Option<String>,
    /// The consent that the act rests on.
    pub basis_id: Option<String>,
    /// The names of the fields that were read or changed, never their values.
    pub fields: Vec<String>,
    /// How many records a list or a search showed.
    pub shown_count: Option<i64>,
    /// The ids of the records that were shown.
    pub shown_ids: Vec<String>,
    /// The request, for finding the matching lines of the technical log.
    pub request_id: Option<String>,
    /// The network the request came from, truncated to a /24 or a /48.
    pub network: Option<String>,
    /// Field names with the commitments to the values that were written.
    pub commitments: Vec<(String, [u8; 32])>,
}

/// Prints what happened and how it ended, and neither people nor places: a technical log is read
/// by more people than the audit log.
impl fmt::Debug for AuditRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditRecord")
            .field("id", &self.id)
            .field("action", &self.action)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}
