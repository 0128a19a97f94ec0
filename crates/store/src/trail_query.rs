//! Reading the trail: ids, names of acts and fields, never values.

use std::collections::BTreeMap;

use diesel::prelude::*;
use refero_domain::{
    event::Outcome,
    id::{AuditEventId, PersonId, UserId},
    instant::Instant,
};

use crate::{
    columns::Codes,
    db::DbConn,
    error::Result,
    rows::{RowLimit, Rows},
    schema::{
        audit_events as events, audit_shown as shown, cases, clocks, detection_reports as reports,
        people, referrals,
    },
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
    /// Only lists that showed this thing.
    pub shown_id: Option<String>,
    /// Only of this request.
    pub request_id: Option<String>,
    /// Only at or after this moment.
    pub from: Option<Instant>,
    /// Only before this moment.
    pub to: Option<Instant>,
}

/// The place in the order of the trail, newest first, at which a page ended.
pub type Place = (Instant, AuditEventId);

/// Narrows a query of events, whatever else it joins.
macro_rules! narrowed {
    ($query:expr, $filter:expr, $after:expr) => {{
        let (mut query, filter): (_, &TrailFilter) = ($query.into_boxed(), $filter);
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
        if let Some((at, id)) = $after {
            // The first says no more than the second, in a way that an index begins at.
            query = query
                .filter(events::at.le(*at))
                .filter(events::at.lt(*at).or(events::at.eq(*at).and(events::id.lt(id.clone()))));
        }
        query
    }};
}

/// Lists events, newest first, one page.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn page(
    reading: &mut Reading<'_>,
    reach: &Reach,
    filter: &TrailFilter,
    after: Option<&Place>,
    limit: RowLimit,
) -> Result<Rows<Recorded>> {
    let mut filter = filter.clone();
    if let Reach::Own(user) = reach {
        let own = user.as_str().to_owned();
        if filter.actor_id.as_ref().is_some_and(|other| *other != own) {
            return Ok(limit.cut(Vec::new()));
        }
        filter.actor_id = Some(own);
    }
    let found = match filter.shown_id.clone() {
        Some(thing) => showing(reading.conn, &thing, &filter, (after, limit))?,
        None => narrowed!(events::table, &filter, after)
            .order((events::at.desc(), events::id.desc()))
            .limit(limit.one_more())
            .select(Recorded::as_select())
            .load(reading.conn)?,
    };
    Ok(limit.cut(found))
}

/// Lists the events of lists that showed a thing.
fn showing(
    conn: &mut DbConn,
    thing: &str,
    filter: &TrailFilter,
    (after, limit): (Option<&Place>, RowLimit),
) -> Result<Vec<Recorded>> {
    let joined = shown::table.inner_join(events::table.on(events::id.eq(shown::event_id)));
    let mut query = narrowed!(joined, filter, after).filter(shown::shown_id.eq(thing.to_owned()));
    if let Some((at, _)) = after {
        query = query.filter(shown::at.le(*at));
    }
    Ok(query
        .order((shown::at.desc(), shown::event_id.desc()))
        .limit(limit.one_more())
        .select(Recorded::as_select())
        .load(conn)?)
}

/// What of a person the trail may name.
#[derive(Debug)]
pub struct File {
    person: PersonId,
    cases: Vec<String>,
    /// The person, the cases, and what lists show or acts are about outside of a case.
    things: Vec<String>,
}

impl File {
    /// Finds the file of the person whom the id of a case, a report or a referral belongs to, or whose
    /// own it is. Ids only: it opens nothing of it.
    ///
    /// # Errors
    /// [`refero_domain::refusal::Refusal::NotFound`] if there is no such person.
    pub fn holding(reading: &mut Reading<'_>, id: &str) -> Result<Self> {
        let conn = &mut *reading.conn;
        let of_referral = referrals::table.filter(referrals::id.eq(id)).select(referrals::case_id);
        let case = cases::table
            .filter(cases::id.eq(id).or(cases::id.eq_any(of_referral)))
            .select(cases::person_id)
            .first::<PersonId>(conn)
            .optional()?;
        let report = reports::table.find(id).select(reports::person_id).first(conn).optional()?;
        let person: PersonId = match case.or(report) {
            Some(person) => person,
            None => people::table.find(id).select(people::id).first(conn)?,
        };
        let of_person = cases::table.filter(cases::person_id.eq(&person));
        let cases: Vec<String> = of_person.select(cases::id).load(conn)?;
        let reports: Vec<String> =
            reports::table.filter(reports::person_id.eq(&person)).select(reports::id).load(conn)?;
        let referrals: Vec<String> = referrals::table
            .filter(referrals::case_id.eq_any(cases.clone()))
            .select(referrals::id)
            .load(conn)?;
        let clocks: Vec<String> = clocks::table
            .filter(clocks::case_id.eq_any(cases.clone()))
            .select(clocks::id)
            .load(conn)?;
        let own = vec![person.as_str().to_owned()];
        let things = [own, cases.clone(), reports, referrals, clocks].concat();
        Ok(Self { person, cases, things })
    }

    /// Returns whose file it is.
    #[must_use]
    pub const fn person(&self) -> &PersonId {
        &self.person
    }

    /// Lists its events, newest first, one page: every one that belongs to one of the cases, was about
    /// one of them or a part of it, or showed one in a list.
    ///
    /// Each kind is read for itself, as far as the page goes, so that an index gives it in order
    /// however often the file was seen.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] if the database is not there.
    pub fn events(
        &self,
        reading: &mut Reading<'_>,
        filter: &TrailFilter,
        after: Option<&Place>,
        limit: RowLimit,
    ) -> Result<Rows<Recorded>> {
        let mut found: BTreeMap<Place, Recorded> = BTreeMap::new();
        let mut keep = |some: Vec<Recorded>| {
            found.extend(some.into_iter().map(|event| ((event.at, event.id.clone()), event)));
        };
        let order = (events::at.desc(), events::id.desc());
        for case in &self.cases {
            let of_case = narrowed!(events::table, filter, after)
                .filter(events::case_id.eq(case.clone()))
                .order(order)
                .limit(limit.one_more());
            keep(of_case.select(Recorded::as_select()).load(reading.conn)?);
        }
        for thing in &self.things {
            let about = narrowed!(events::table, filter, after)
                .filter(events::object_id.eq(thing.clone()))
                .order(order)
                .limit(limit.one_more());
            keep(about.select(Recorded::as_select()).load(reading.conn)?);
            keep(showing(reading.conn, thing, filter, (after, limit))?);
        }
        let most = usize::try_from(limit.one_more()).unwrap_or(usize::MAX);
        Ok(limit.cut(found.into_values().rev().take(most).collect()))
    }
}
