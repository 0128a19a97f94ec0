//! Many referrals at once: lists, the inbox of a provider, what came back to the sender.

use diesel::prelude::*;
use refero_domain::{
    actor::Actor,
    case::CaseStatus,
    id::{CaseId, OrganisationId, ReferralId},
    instant::Instant,
    policy::{self, Action, Permit, ReadInboxQueue, ReadReferral, ReadReturnedQueue, Scope},
    referral::{ReferralState, Urgency},
};

use super::{Referral, ReferralRow, with_cases};
use crate::{
    error::{Error, Result},
    rows::{RowLimit, Rows},
    schema::{cases as case_table, referrals},
    scope,
    unit::Reading,
};

/// How a list of referrals is narrowed.
#[derive(Debug, Clone, Default)]
pub struct ReferralFilter {
    /// Only in these states.
    pub states: Vec<ReferralState>,
    /// Only of this case. Whoever does not know the case by its referral finds nothing.
    pub case_id: Option<CaseId>,
    /// Only to this organisation.
    pub organisation_id: Option<OrganisationId>,
    /// Only with these response timeframes.
    pub urgencies: Vec<Urgency>,
    /// Only those whose answer is late, or only those where it is not.
    pub overdue: Option<bool>,
    /// Only those that ask for this service.
    pub service_type: Option<String>,
    /// Only those whose answer is due before this moment.
    pub due_before: Option<Instant>,
    /// Only what changed at or after this moment. Whoever does not see when finds nothing.
    pub updated_since: Option<Instant>,
}

/// Gives each row of a page its own permit to be read.
fn permitted(
    reading: &mut Reading<'_>,
    actor: &Actor,
    found: Rows<Referral>,
) -> Result<Rows<Permit<ReadReferral, ReferralRow>>> {
    found.replaced(|found| with_cases(reading, found))?.try_map(|row| {
        let facts = row.facts.clone();
        policy::decide::<ReadReferral, _>(actor, &facts, row)
            .map_err(|_| Error::broken("a list showed a referral that may not be read"))
    })
}

/// Fetches referrals that a list of something else names, for what it tells about them.
pub(crate) fn named(reading: &mut Reading<'_>, ids: Vec<ReferralId>) -> Result<Vec<ReferralRow>> {
    let found = referrals::table
        .filter(referrals::id.eq_any(ids))
        .select(Referral::as_select())
        .load(reading.conn)?;
    with_cases(reading, found)
}

/// Fetches the referrals of some cases, for deciding what each tells to whom.
pub(crate) fn of_cases(reading: &mut Reading<'_>, cases: Vec<CaseId>) -> Result<Vec<ReferralRow>> {
    let found = referrals::table
        .filter(referrals::case_id.eq_any(cases))
        .order((referrals::created_at, referrals::id))
        .select(Referral::as_select())
        .load(reading.conn)?;
    with_cases(reading, found)
}

/// Lists the referrals of a scope, newest first, each with its own permit.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn page<A: Action>(
    reading: &mut Reading<'_>,
    scope: &Scope<A>,
    filter: &ReferralFilter,
    after: Option<&ReferralId>,
    limit: RowLimit,
) -> Result<Rows<Permit<ReadReferral, ReferralRow>>> {
    let actor = reading.actor()?.clone();
    let now = reading.now();
    let mut query = referrals::table
        .filter(scope::referrals_in(scope, &actor))
        .select(Referral::as_select())
        .into_boxed();
    if !filter.states.is_empty() {
        query = query.filter(referrals::state.eq_any(filter.states.clone()));
    }
    if let Some(case) = &filter.case_id {
        // A filter must not tell which offers belong to one case (R1).
        query = query
            .filter(referrals::case_id.eq(case.clone()))
            .filter(scope::referrals_of_known_cases(scope, &actor));
    }
    if let Some(service) = &filter.service_type {
        // A JSON list of codes: a code in quotes is a whole entry.
        let entry = service.replace('!', "!!").replace('_', "!_").replace('%', "!%");
        query = query.filter(referrals::services.like(format!("%\"{entry}\"%")).escape('!'));
    }
    if let Some(due) = filter.due_before {
        // Only what is offered is due; of an ended referral a provider does not see the term (R3).
        query = query
            .filter(referrals::state.eq_any(ReferralState::OFFERED))
            .filter(referrals::respond_by.assume_not_null().lt(due));
    }
    if let Some(since) = filter.updated_since {
        query = query
            .filter(referrals::updated_at.ge(since))
            .filter(scope::referrals_of_known_cases(scope, &actor));
    }
    if let Some(organisation) = &filter.organisation_id {
        query = query.filter(referrals::organisation_id.eq(organisation.clone()));
    }
    if !filter.urgencies.is_empty() {
        query = query.filter(referrals::urgency.eq_any(filter.urgencies.clone()));
    }
    let offered = referrals::state.eq_any(ReferralState::OFFERED);
    query = match filter.overdue {
        None => query,
        Some(true) => query.filter(offered).filter(referrals::respond_by.assume_not_null().lt(now)),
        Some(false) => query.filter(
            referrals::state
                .ne_all(ReferralState::OFFERED)
                .or(referrals::respond_by.assume_not_null().ge(now)),
        ),
    };
    if let Some(after) = after {
        let at: Instant =
            referrals::table.find(after).select(referrals::created_at).first(reading.conn)?;
        query = query.filter(
            referrals::created_at
                .lt(at)
                .or(referrals::created_at.eq(at).and(referrals::id.lt(after.clone()))),
        );
    }
    let found = query
        .order((referrals::created_at.desc(), referrals::id.desc()))
        .limit(limit.one_more())
        .load(reading.conn)?;
    permitted(reading, &actor, limit.cut(found))
}

/// Where a page of an inbox ended: among the offers or among the work, and at which referral.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct InboxPlace {
    /// Whether the offers are through.
    pub working: bool,
    /// The last referral of the page.
    pub id: ReferralId,
}

/// Lists a provider's inbox: the offers, most urgent first, then the work that has been accepted.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn inbox(
    reading: &mut Reading<'_>,
    scope: &Scope<ReadInboxQueue>,
    after: Option<&InboxPlace>,
    limit: RowLimit,
) -> Result<Rows<Permit<ReadReferral, ReferralRow>>> {
    let actor = reading.actor()?.clone();
    let mut found = Vec::new();
    for (working, states) in [(false, ReferralState::OFFERED), (true, ReferralState::LIVE)] {
        let left = limit.one_more().saturating_sub(i64::try_from(found.len()).unwrap_or(i64::MAX));
        if left == 0 || after.is_some_and(|place| place.working && !working) {
            continue;
        }
        let after = after.filter(|place| place.working == working);
        found.extend(part_of_inbox(reading, scope, states, after, left)?);
    }
    permitted(reading, &actor, limit.cut(found))
}

fn part_of_inbox(
    reading: &mut Reading<'_>,
    scope: &Scope<ReadInboxQueue>,
    states: &[ReferralState],
    after: Option<&InboxPlace>,
    limit: i64,
) -> Result<Vec<Referral>> {
    let actor = reading.actor()?.clone();
    let mut query = referrals::table
        .filter(scope::referrals_in(scope, &actor))
        .filter(referrals::state.eq_any(states.to_vec()))
        .select(Referral::as_select())
        .into_boxed();
    if let Some(InboxPlace { id, .. }) = after {
        // Neither the urgency nor the term changes once a referral has been sent.
        let (rank, due): (i64, Option<Instant>) = referrals::table
            .find(id)
            .select((referrals::urgency_rank, referrals::respond_by))
            .first(reading.conn)?;
        let due = due.ok_or_else(|| Error::broken("a sent referral has no term"))?;
        let same_rank = referrals::urgency_rank.eq(rank);
        let respond_by = referrals::respond_by.assume_not_null();
        query = query.filter(
            referrals::urgency_rank
                .gt(rank)
                .or(same_rank.and(respond_by.gt(due)))
                .or(same_rank.and(respond_by.eq(due)).and(referrals::id.gt(id.clone()))),
        );
    }
    Ok(query
        .order((referrals::urgency_rank.asc(), referrals::respond_by.asc(), referrals::id.asc()))
        .limit(limit)
        .load(reading.conn)?)
}

/// Counts a provider's inbox.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn count_inbox(reading: &mut Reading<'_>, scope: &Scope<ReadInboxQueue>) -> Result<i64> {
    let actor = reading.actor()?.clone();
    Ok(referrals::table
        .filter(scope::referrals_in(scope, &actor))
        .count()
        .get_result(reading.conn)?)
}

/// The states in which a referral is back at its sender, who must find another way.
const BACK: [ReferralState; 2] = [ReferralState::Declined, ReferralState::ReturnedToSender];

/// The states of a case in which nobody needs to find another way any more.
const ENDED: [CaseStatus; 3] =
    [CaseStatus::Closed, CaseStatus::ClosedReferred, CaseStatus::MergedDuplicate];

macro_rules! came_back {
    ($scope:expr, $actor:expr) => {
        referrals::table
            .filter(scope::referrals_in($scope, $actor))
            .filter(referrals::state.eq_any(BACK))
            .filter(referrals::case_id.eq_any(
                case_table::table.filter(case_table::state.ne_all(ENDED)).select(case_table::id),
            ))
    };
}

/// Lists what providers declined or returned, of cases that have not ended, the latest first.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn returned(
    reading: &mut Reading<'_>,
    scope: &Scope<ReadReturnedQueue>,
    after: Option<&ReferralId>,
    limit: RowLimit,
) -> Result<Rows<Permit<ReadReferral, ReferralRow>>> {
    let actor = reading.actor()?.clone();
    let mut query = came_back!(scope, &actor).select(Referral::as_select()).into_boxed();
    if let Some(after) = after {
        let at: Option<Instant> =
            referrals::table.find(after).select(referrals::ended_at).first(reading.conn)?;
        let at = at.ok_or_else(|| Error::broken("an ended referral has no end"))?;
        let ended_at = referrals::ended_at.assume_not_null();
        query =
            query.filter(ended_at.lt(at).or(ended_at.eq(at).and(referrals::id.lt(after.clone()))));
    }
    let found = query
        .order((referrals::ended_at.desc(), referrals::id.desc()))
        .limit(limit.one_more())
        .load(reading.conn)?;
    permitted(reading, &actor, limit.cut(found))
}

/// Counts what providers declined or returned.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn count_returned(reading: &mut Reading<'_>, scope: &Scope<ReadReturnedQueue>) -> Result<i64> {
    let actor = reading.actor()?.clone();
    Ok(came_back!(scope, &actor).count().get_result(reading.conn)?)
}
