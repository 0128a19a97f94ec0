//! Reading the trail: ids, names of acts and fields, never values.

use diesel::prelude::*;
use refero_domain::{
    event::Outcome,
    id::{AuditEventId, UserId},
    instant::Instant,
};

use crate::{
    columns::Codes,
    error::Result,
    rows::{RowLimit, Rows},
    schema::audit_events as events,
    unit::Reading,
};

/// An event as it is stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = events)]
pub struct Recorded {
    /// The event.
    pub id: AuditEventId,
    /// When.
    pub at: Instant,
    /// Who acted.
    pub actor_id: Option<String>,
    /// The roles that they held at that moment.
    pub actor_roles: Codes,
    /// For which organisation.
    pub organisation_id: Option<String>,
    /// In which session.
    pub session_id: Option<String>,
    /// The act.
    pub action: String,
    /// The kind of act.
    pub operation: String,
    /// How it came out.
    pub outcome: String,
    /// Why it was refused.
    pub refusal_code: Option<String>,
    /// The stated purpose of access.
    pub purpose: Option<String>,
    /// The kind of thing acted on.
    pub object_type: Option<String>,
    /// Its id.
    pub object_id: Option<String>,
    /// Its version after the act.
    pub object_version: Option<i64>,
    /// The case concerned.
    pub case_id: Option<String>,
    /// The place in the case's chain.
    pub case_seq: Option<i64>,
    /// The relation that permitted it.
    pub permitted_by: Option<String>,
    /// The consent that it rests on.
    pub basis_id: Option<String>,
    /// The names of the fields that were read or written.
    pub fields: Codes,
    /// How many records a list showed.
    pub shown_count: Option<i64>,
    /// Their ids.
    pub shown_ids: Codes,
    /// The request.
    pub request_id: Option<String>,
    /// The network it came from, truncated.
    pub network: Option<String>,
    /// The hash of the case's event before.
    pub prev_hash: Option<Vec<u8>>,
    /// The hash of this event.
    pub hash: Vec<u8>,
}

/// Whose events are read.
#[derive(Debug, Clone)]
pub enum Reach {
    /// Everybody's.
    Everybody,
    /// One person's own.
    Own(UserId),
}

/// How the trail is narrowed.
#[derive(Debug, Clone, Default)]
pub struct TrailFilter {
    /// Only by this actor.
    pub actor_id: Option<String>,
    /// Only for this organisation.
    pub organisation_id: Option<String>,
    /// Only these acts.
    pub actions: Vec<String>,
    /// Only with this outcome.
    pub outcome: Option<Outcome>,
    /// Only on this thing.
    pub object_id: Option<String>,
    /// Only about this case.
    pub case_id: Option<String>,
    /// Only of this request.
    pub request_id: Option<String>,
    /// Only at or after this moment.
    pub from: Option<Instant>,
    /// Only before this moment.
    pub to: Option<Instant>,
}

type Query<'q> = events::BoxedQuery<'q, crate::db::Backend>;

fn narrowed<'q>(filter: &TrailFilter) -> Query<'q> {
    let mut query = events::table.into_boxed();
    if let Some(actor) = &filter.actor_id {
        query = query.filter(events::actor_id.eq(actor.clone()));
    }
    if let Some(organisation) = &filter.organisation_id {
        query = query.filter(events::organisation_id.eq(organisation.clone()));
    }
    if !filter.actions.is_empty() {
        query = query.filter(events::action.eq_any(filter.actions.clone()));
    }
    if let Some(outcome) = filter.outcome {
        query = query.filter(events::outcome.eq(outcome));
    }
    if let Some(object) = &filter.object_id {
        query = query.filter(events::object_id.eq(object.clone()));
    }
    if let Some(case) = &filter.case_id {
        query = query.filter(events::case_id.eq(case.clone()));
    }
    if let Some(request) = &filter.request_id {
        query = query.filter(events::request_id.eq(request.clone()));
    }
    if let Some(from) = filter.from {
        query = query.filter(events::at.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(events::at.lt(to));
    }
    query
}

/// Lists events, newest first, one page.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn page(
    reading: &mut Reading<'_>,
    reach: &Reach,
    filter: &TrailFilter,
    after: Option<&(Instant, AuditEventId)>,
    limit: RowLimit,
) -> Result<Rows<Recorded>> {
    let mut query = narrowed(filter);
    if let Reach::Own(user) = reach {
        query = query.filter(events::actor_id.eq(user.as_str().to_owned()));
    }
    if let Some((at, id)) = after {
        query =
            query.filter(events::at.lt(*at).or(events::at.eq(*at).and(events::id.lt(id.clone()))));
    }
    let found = query
        .order((events::at.desc(), events::id.desc()))
        .limit(limit.one_more())
        .select(Recorded::as_select())
        .load(reading.conn)?;
    Ok(limit.cut(found))
}
