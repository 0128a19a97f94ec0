//! What a version of an indicator set looks like.

use refero_domain::{
    id::{IndicatorSetVersionId, UserId},
    instant::Instant,
    screening::{GoldenCase, IndicatorSet, SetState},
};
use refero_store::{Result, indicator_sets::SetVersion, unit::Reading};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::{reply::Representation, v1::Links};

/// A version of an indicator set and its rules.
#[derive(Clone, Serialize, ToSchema)]
pub struct IndicatorSetVersionView {
    /// The version.
    pub id: IndicatorSetVersionId,
    /// The set.
    #[schema(examples("default"))]
    pub set_id: String,
    /// What the committee calls it: the version that screenings name.
    #[schema(examples("2"))]
    pub set_version: String,
    /// The version of the rules that screenings name.
    #[schema(examples("2"))]
    pub ruleset_version: String,
    /// Where it stands.
    pub state: SetState,
    /// From when screenings use it; null until it is approved.
    pub effective_from: Option<Instant>,
    /// What changes, and why.
    pub reason: String,
    /// The cases that it was tried on.
    pub cases: Vec<GoldenCase>,
    /// The whole set; absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<IndicatorSet>,
    /// Who proposed it.
    pub proposed_by: UserId,
    /// Who approved or withdrew it (R10).
    pub decided_by: Option<UserId>,
    /// When.
    pub decided_at: Option<Instant>,
    /// For `If-Match`.
    pub version: i64,
    /// When it was proposed.
    pub created_at: Instant,
    /// What the caller could do with it now.
    pub allowed_actions: Vec<&'static str>,
    /// Classes of data that exist and are not shown: none.
    #[schema(value_type = Vec<String>)]
    pub withheld: [&'static str; 0],
    /// Where to go from here.
    pub links: Links,
}

fn address(set_id: &str, id: &IndicatorSetVersionId) -> String {
    format!("/v1/indicator-sets/{set_id}/versions/{id}")
}

impl IndicatorSetVersionView {
    /// Shows a version without the set itself: a list of whole sets is too long for a bad line.
    pub(super) fn listed(reading: &Reading<'_>, found: &SetVersion) -> Result<Self> {
        let set = format!("/v1/indicator-sets/{}", found.set_id);
        Ok(Self {
            id: found.id.clone(),
            set_id: found.set_id.clone(),
            set_version: found.set_version.clone(),
            ruleset_version: found.ruleset_version.clone(),
            state: found.state.get(),
            effective_from: found.effective_from,
            reason: found.reason.clone(),
            cases: found.cases()?,
            document: None,
            proposed_by: found.proposed_by.clone(),
            decided_by: found.decided_by.clone(),
            decided_at: found.decided_at,
            version: found.version,
            created_at: found.created_at,
            allowed_actions: found.allowed_actions(reading.actor()?, reading.now()),
            withheld: [],
            links: Links::to("self", address(&found.set_id, &found.id)).and("in_force", set),
        })
    }

    /// Shows a version with the set itself.
    pub(super) fn whole(reading: &Reading<'_>, found: &SetVersion) -> Result<Self> {
        let document = Some(found.document()?);
        Ok(Self { document, ..Self::listed(reading, found)? })
    }
}

impl Representation for IndicatorSetVersionView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        address(&self.set_id, &self.id)
    }
}
