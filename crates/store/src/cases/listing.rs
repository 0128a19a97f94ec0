//! Many cases: filtered, ordered, counted, and never more than a scope opens.

use std::collections::BTreeMap;

use diesel::{
    dsl::{AsSelect, SqlTypeOf},
    prelude::*,
};
use refero_domain::{
    actor::Actor,
    case::{CaseStatus, IdentificationStage, RiskLevel},
    case_code::CaseCode,
    id::{CaseId, IncidentId, PersonId, UserId},
    incident::IncidentLinkState,
    instant::Instant,
    policy::{self, Action, Permit, ReadCase, Scope},
};

use crate::{
    db::Backend,
    error::{Error, Result},
    people::Person,
    planning::planned_anew,
    rows::{RowLimit, Rows},
    schema::{cases, incident_links, people},
    scope,
    unit::Reading,
};

use super::{Case, CaseRow, end_of_time, facts_with, here};

/// How a list of cases is narrowed.
#[derive(Debug, Clone, Default)]
pub struct CaseFilter {
    /// Only in these states.
    pub states: Vec<CaseStatus>,
    /// Only in this area.
    pub area: Option<String>,
    /// Only with this coordinator.
    pub coordinator_id: Option<UserId>,
    /// Only those that nobody coordinates.
    pub unclaimed: bool,
    /// Only at this identification stage.
    pub stage: Option<IdentificationStage>,
    /// Only with these dangers.
    pub risk_levels: Vec<RiskLevel>,
    /// Only this one, if it is visible.
    pub case_code: Option<CaseCode>,
    /// Only what changed at or after this moment.
    pub updated_since: Option<Instant>,
    /// Only those with a deadline that has passed, or only those without.
    pub overdue: Option<bool>,
    /// Only those that belong to this incident.
    pub incident_id: Option<IncidentId>,
}

/// The order of a list of cases and where the last page ended.
#[derive(Debug, Clone)]
pub enum CaseOrder {
    /// Newest first; after this row.
    Newest(Option<(Instant, CaseId)>),
    /// Greatest danger first, then the earliest deadline; after this row.
    Danger(Option<(RiskLevel, Option<Instant>, CaseId)>),
}

impl CaseOrder {
    /// Puts cases in this order, as [`ordered`] does.
    fn sort(&self, found: &mut [Case]) {
        match self {
            Self::Newest(_) => {
                found.sort_by(|one, other| {
                    (&other.created_at, &other.id).cmp(&(&one.created_at, &one.id))
                });
            }
            Self::Danger(_) => found.sort_by(|one, other| {
                let place = |case: &Case| {
                    (case.risk_level.rank(), case.next_due_at.unwrap_or_else(end_of_time))
                };
                place(one).cmp(&place(other)).then_with(|| one.id.cmp(&other.id))
            }),
        }
    }
}

/// Lists the cases of a scope, one page, each with its own permit.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn page<A: Action>(
    reading: &mut Reading<'_>,
    scope: &Scope<A>,
    filter: &CaseFilter,
    order: CaseOrder,
    limit: RowLimit,
) -> Result<Rows<Permit<ReadCase, CaseRow>>> {
    let actor = reading.actor()?.clone();
    let mut found: Vec<Case> = Vec::new();
    // Of one state the cases come in the order of an index, and the first few are enough. Of several at once
    // the database would read all there are, to put them in order.
    for state in apart(&filter.states) {
        let query = cases::table.filter(scope::cases_in(scope, &actor));
        let query = narrowed(query.select(Case::as_select()).into_boxed(), filter, reading.now());
        let query = match state {
            Some(state) => query.filter(cases::state.eq(state)),
            None => query,
        };
        let rows: Vec<Case> =
            ordered(query, order.clone()).limit(limit.one_more()).load(reading.conn)?;
        found.extend(rows);
    }
    order.sort(&mut found);
    limit.cut(found).replaced(|found| with_people(reading, &actor, found))?.try_map(|row| {
        let facts = row.facts.clone();
        policy::decide::<ReadCase, _>(&actor, &facts, row)
            .map_err(|_| Error::broken("a list showed a case that may not be read"))
    })
}

/// A query for cases while it is built.
type CaseQuery = cases::BoxedQuery<'static, Backend, SqlTypeOf<AsSelect<Case, Backend>>>;

/// Gives each state that is asked for, once; or none, for all of them together.
fn apart(states: &[CaseStatus]) -> Vec<Option<CaseStatus>> {
    let mut once: Vec<Option<CaseStatus>> = Vec::with_capacity(states.len().max(1));
    for state in states {
        if !once.contains(&Some(*state)) {
            once.push(Some(*state));
        }
    }
    if once.is_empty() { vec![None] } else { once }
}

/// Narrows by all but the states.
fn narrowed(mut query: CaseQuery, filter: &CaseFilter, now: Instant) -> CaseQuery {
    if let Some(area) = &filter.area {
        query = query.filter(cases::area.eq(area.clone()));
    }
    if let Some(coordinator) = &filter.coordinator_id {
        query = query.filter(cases::coordinator_id.eq(coordinator.clone()));
    }
    if filter.unclaimed {
        query = query.filter(cases::coordinator_id.is_null());
    }
    if let Some(stage) = filter.stage {
        query = query.filter(cases::identification_stage.eq(stage));
    }
    if !filter.risk_levels.is_empty() {
        query = query.filter(cases::risk_level.eq_any(filter.risk_levels.clone()));
    }
    if let Some(code) = &filter.case_code {
        query = query.filter(cases::case_code.eq(code.as_str().to_owned()));
    }
    if let Some(since) = filter.updated_since {
        query = query.filter(cases::updated_at.ge(since));
    }
    if let Some(incident) = &filter.incident_id {
        query = query.filter(
            cases::id.eq_any(
                incident_links::table
                    .filter(incident_links::incident_id.eq(incident.clone()))
                    .filter(incident_links::state.eq(IncidentLinkState::Linked))
                    .select(incident_links::case_id),
            ),
        );
    }
    // A case without a deadline is due at the end of time.
    match filter.overdue {
        None => query,
        Some(true) => query.filter(cases::next_due_at.assume_not_null().lt(now)),
        Some(false) => query.filter(cases::next_due_at.assume_not_null().ge(now)),
    }
}

fn ordered(mut query: CaseQuery, order: CaseOrder) -> CaseQuery {
    match order {
        CaseOrder::Newest(after) => {
            if let Some((at, id)) = after {
                query = query.filter(
                    cases::created_at.lt(at).or(cases::created_at.eq(at).and(cases::id.lt(id))),
                );
            }
            query.order((cases::created_at.desc(), cases::id.desc()))
        }
        CaseOrder::Danger(after) => {
            // A case without a deadline sorts as if it were due at the end of time.
            if let Some((risk, due, id)) = after {
                let rank = i64::from(risk.rank());
                let due = due.unwrap_or_else(end_of_time);
                query = query.filter(
                    cases::danger_rank
                        .gt(rank)
                        .or(cases::danger_rank.eq(rank).and(cases::next_due_at.gt(due)))
                        .or(cases::danger_rank
                            .eq(rank)
                            .and(cases::next_due_at.eq(due))
                            .and(cases::id.gt(id)))
                        .assume_not_null(),
                );
            }
            query.order((cases::danger_rank.asc(), cases::next_due_at.asc(), cases::id.asc()))
        }
    }
}

/// Fetches cases that a list of something else names, for what it tells about them.
pub(crate) fn named(reading: &mut Reading<'_>, ids: Vec<CaseId>) -> Result<Vec<CaseRow>> {
    let actor = reading.actor()?.clone();
    let found: Vec<Case> =
        cases::table.filter(cases::id.eq_any(ids)).select(Case::as_select()).load(reading.conn)?;
    with_people(reading, &actor, found)
}

/// Fetches the cases of some people as far as a scope opens them.
pub(crate) fn of_people<A: Action>(
    reading: &mut Reading<'_>,
    scope: &Scope<A>,
    persons: Vec<PersonId>,
) -> Result<Vec<CaseRow>> {
    let actor = reading.actor()?.clone();
    let found: Vec<Case> = cases::table
        .filter(scope::cases_in(scope, &actor))
        .filter(cases::person_id.eq_any(persons))
        .select(Case::as_select())
        .load(reading.conn)?;
    with_people(reading, &actor, found)
}

/// Joins people and facts to the cases of a page: two queries, however long the page is.
fn with_people(reading: &mut Reading<'_>, actor: &Actor, found: Vec<Case>) -> Result<Vec<CaseRow>> {
    let person_ids: Vec<PersonId> = found.iter().map(|case| case.person_id.clone()).collect();
    let persons: Vec<Person> = people::table
        .filter(people::id.eq_any(person_ids))
        .filter(planned_anew())
        .select(Person::as_select())
        .load(reading.conn)?;
    let persons: BTreeMap<PersonId, Person> =
        persons.into_iter().map(|person| (person.id.clone(), person)).collect();
    let case_ids: Vec<CaseId> = found.iter().map(|case| case.id.clone()).collect();
    let mut here = here(reading.conn, actor, &case_ids, Some(reading.now()))?;
    found
        .into_iter()
        .map(|case| {
            let person = persons
                .get(&case.person_id)
                .cloned()
                .ok_or_else(|| Error::broken("a case has no person"))?;
            let facts = facts_with(&case, here.remove(&case.id).unwrap_or_default());
            Ok(CaseRow { case, person, facts })
        })
        .collect()
}

/// Counts the cases of a scope.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn count<A: Action>(
    reading: &mut Reading<'_>,
    scope: &Scope<A>,
    states: &[CaseStatus],
) -> Result<i64> {
    let actor = reading.actor()?.clone();
    Ok(cases::table
        .filter(scope::cases_in(scope, &actor))
        .filter(cases::state.eq_any(states.to_vec()))
        .count()
        .get_result(reading.conn)?)
}

/// Counts the cases of a scope that nobody coordinates, or all.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn count_in<A: Action>(
    reading: &mut Reading<'_>,
    scope: &Scope<A>,
    filter: &CaseFilter,
) -> Result<i64> {
    let actor = reading.actor()?.clone();
    let mut query = cases::table
        .filter(scope::cases_in(scope, &actor))
        .filter(cases::state.eq_any(filter.states.clone()))
        .count()
        .into_boxed();
    if filter.unclaimed {
        query = query.filter(cases::coordinator_id.is_null());
    }
    Ok(query.get_result(reading.conn)?)
}
