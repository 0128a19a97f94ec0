//! What happened on a case, told from its chain of audit events.

use diesel::prelude::*;
use refero_domain::{
    instant::Instant,
    policy::{Permit, ReadTimeline},
};

use crate::{
    cases::CaseRow,
    columns::Codes,
    error::Result,
    rows::{RowLimit, Rows},
    schema::audit_events as events,
    unit::Reading,
};

/// One thing that happened.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = events)]
pub struct Happening {
    case_seq: Option<i64>,
    /// When.
    pub at: Instant,
    /// What was done.
    pub action: String,
    /// To what kind of thing.
    pub object_type: Option<String>,
    /// To which one.
    pub object_id: Option<String>,
    /// By whom.
    pub actor_id: Option<String>,
    /// In which organisation.
    pub organisation_id: Option<String>,
    /// Acting in which roles.
    pub actor_roles: Codes,
}

impl Happening {
    /// Returns the place in the case's chain.
    #[must_use]
    pub fn seq(&self) -> i64 {
        self.case_seq.unwrap_or_default()
    }
}

/// Lists what was done to a case, the newest first; `actions` are those the caller may know.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn page(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadTimeline, CaseRow>,
    actions: &[&str],
    before: Option<i64>,
    limit: RowLimit,
) -> Result<Rows<Happening>> {
    let mut query = events::table
        .filter(events::case_id.eq(permit.row().case.id.as_str()))
        .filter(events::outcome.eq("success"))
        .filter(events::operation.ne("read"))
        .filter(events::action.eq_any(actions.to_vec()))
        .select(Happening::as_select())
        .into_boxed();
    if let Some(seq) = before {
        query = query.filter(events::case_seq.lt(seq));
    }
    let found = query.order(events::case_seq.desc()).limit(limit.one_more()).load(reading.conn)?;
    Ok(limit.cut(found))
}
