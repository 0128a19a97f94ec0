//! What is overdue: referrals that nobody answered, deadlines of cases that nobody met, and the
//! escalations that the worker raises for them, once each.

use std::collections::BTreeMap;

use diesel::{dsl::exists, prelude::*};
use refero_domain::{
    id::{CaseId, ClockId, EscalationId, OrganisationId, ReferralId},
    instant::Instant,
    policy::{ReadOverdueQueue, Scope},
    referral::ReferralState,
};

use crate::{
    cases,
    db::Db,
    error::Result,
    referrals,
    rows::{RowLimit, Rows},
    schema::{clocks, escalations, referrals as referral_table},
    scope,
    unit::{Reading, Tx},
};

/// What is overdue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The answer to a referral.
    Referral {
        /// The referral.
        id: ReferralId,
        /// Who should have answered.
        organisation_id: OrganisationId,
    },
    /// A deadline of a case.
    Clock {
        /// The clock.
        id: ClockId,
        /// What should have been done: a clock of the country profile.
        kind: String,
    },
}

impl What {
    /// Returns the identifier, of whichever kind, for the order of lists.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Referral { id, .. } => id.as_str(),
            Self::Clock { id, .. } => id.as_str(),
        }
    }
}

/// Something overdue.
#[derive(Debug, Clone)]
pub struct Overdue {
    /// What.
    pub what: What,
    /// Since when.
    pub due_at: Instant,
    /// Of which case.
    pub case_id: CaseId,
    /// The code of that case.
    pub case_code: String,
    /// When the supervisor was told.
    pub escalated_at: Option<Instant>,
    /// How the referral stands, or the case whose deadline it is.
    pub stands: Stands,
}

/// How something overdue stands.
#[derive(Debug, Clone, Default)]
pub struct Stands {
    /// Its state.
    pub state: &'static str,
    /// Its version, for `If-Match` of its moves.
    pub version: i64,
    /// The moves that the reader could make now.
    pub allowed_actions: Vec<&'static str>,
}

/// Lists what is overdue in a scope, the longest waiting first; after a place in that order.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn page(
    reading: &mut Reading<'_>,
    scope: &Scope<ReadOverdueQueue>,
    after: Option<&(Instant, String)>,
    limit: RowLimit,
) -> Result<Rows<Overdue>> {
    let mut all = late_referrals(reading, scope, after, limit.one_more())?;
    all.extend(late_clocks(reading, scope, after, limit.one_more())?);
    all.sort_by(|a, b| (a.due_at, a.what.id()).cmp(&(b.due_at, b.what.id())));
    limit.cut(all).replaced(|mut page| {
        with_cases(reading, &mut page)?;
        Ok(page)
    })
}

fn late_referrals(
    reading: &mut Reading<'_>,
    scope: &Scope<ReadOverdueQueue>,
    after: Option<&(Instant, String)>,
    limit: i64,
) -> Result<Vec<Overdue>> {
    let actor = reading.actor()?.clone();
    let respond_by = referral_table::respond_by.assume_not_null();
    let mut query = referral_table::table
        .filter(scope::referrals_in(scope, &actor))
        .filter(referral_table::state.eq_any(ReferralState::OFFERED))
        .filter(respond_by.lt(reading.now()))
        .select((
            referral_table::id,
            referral_table::organisation_id,
            respond_by,
            referral_table::case_id,
        ))
        .into_boxed();
    if let Some((at, id)) = after {
        query = query.filter(
            respond_by.gt(*at).or(respond_by.eq(*at).and(referral_table::id.gt(id.clone()))),
        );
    }
    let rows: Vec<(ReferralId, OrganisationId, Instant, CaseId)> = query
        .order((referral_table::respond_by.asc(), referral_table::id.asc()))
        .limit(limit)
        .load(reading.conn)?;
    Ok(rows
        .into_iter()
        .map(|(id, organisation_id, due_at, case_id)| Overdue {
            what: What::Referral { id, organisation_id },
            due_at,
            case_id,
            case_code: String::new(),
            escalated_at: None,
            stands: Stands::default(),
        })
        .collect())
}

fn late_clocks(
    reading: &mut Reading<'_>,
    scope: &Scope<ReadOverdueQueue>,
    after: Option<&(Instant, String)>,
    limit: i64,
) -> Result<Vec<Overdue>> {
    let actor = reading.actor()?.clone();
    let mut query = clocks::table
        .filter(scope::clocks_in(scope, &actor))
        .filter(clocks::met_at.is_null())
        .filter(clocks::paused_at.is_null())
        .filter(clocks::due_at.lt(reading.now()))
        .select((clocks::id, clocks::kind, clocks::due_at, clocks::case_id))
        .into_boxed();
    if let Some((at, id)) = after {
        query = query.filter(
            clocks::due_at.gt(*at).or(clocks::due_at.eq(*at).and(clocks::id.gt(id.clone()))),
        );
    }
    let rows: Vec<(ClockId, String, Instant, CaseId)> =
        query.order((clocks::due_at.asc(), clocks::id.asc())).limit(limit).load(reading.conn)?;
    Ok(rows
        .into_iter()
        .map(|(id, kind, due_at, case_id)| Overdue {
            what: What::Clock { id, kind },
            due_at,
            case_id,
            case_code: String::new(),
            escalated_at: None,
            stands: Stands::default(),
        })
        .collect())
}

/// Adds how things stand, and when the supervisor was told: a few queries, however long a page is.
fn with_cases(reading: &mut Reading<'_>, page: &mut [Overdue]) -> Result<()> {
    let case_ids: Vec<CaseId> = page.iter().map(|item| item.case_id.clone()).collect();
    let actor = reading.actor()?.clone();
    let known: BTreeMap<CaseId, (String, Stands)> = cases::named(reading, case_ids.clone())?
        .into_iter()
        .map(|row| {
            let stands = Stands {
                state: row.case.state.get().code(),
                version: row.case.version,
                allowed_actions: row.allowed_actions(&actor),
            };
            (row.case.id, (row.case.case_code, stands))
        })
        .collect();
    let late = page.iter().filter_map(|item| match &item.what {
        What::Referral { id, .. } => Some(id.clone()),
        What::Clock { .. } => None,
    });
    let offers: BTreeMap<String, Stands> = referrals::named(reading, late.collect())?
        .into_iter()
        .map(|row| {
            let stands = Stands {
                state: row.referral.state.get().code(),
                version: row.referral.version,
                allowed_actions: row.allowed_actions(&actor),
            };
            (row.referral.id.as_str().to_owned(), stands)
        })
        .collect();
    type Raised = (Option<String>, Option<String>, Instant, Instant);
    let raised: Vec<Raised> = escalations::table
        .filter(escalations::case_id.eq_any(&case_ids))
        .select((
            escalations::referral_id,
            escalations::clock_id,
            escalations::due_at,
            escalations::raised_at,
        ))
        .load(reading.conn)?;
    let raised: BTreeMap<(String, Instant), Instant> = raised
        .into_iter()
        .filter_map(|(referral, clock, due, at)| Some(((referral.or(clock)?, due), at)))
        .collect();
    for item in page {
        if let Some((code, of_case)) = known.get(&item.case_id) {
            item.case_code.clone_from(code);
            item.stands = offers.get(item.what.id()).unwrap_or(of_case).clone();
        }
        let key = (item.what.id().to_owned(), item.due_at);
        item.escalated_at = raised.get(&key).copied();
    }
    Ok(())
}

/// Counts what is overdue in a scope.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn count(reading: &mut Reading<'_>, scope: &Scope<ReadOverdueQueue>) -> Result<i64> {
    let actor = reading.actor()?.clone();
    let now = reading.now();
    let late: i64 = referral_table::table
        .filter(scope::referrals_in(scope, &actor))
        .filter(referral_table::state.eq_any(ReferralState::OFFERED))
        .filter(referral_table::respond_by.assume_not_null().lt(now))
        .count()
        .get_result(reading.conn)?;
    let missed: i64 = clocks::table
        .filter(scope::clocks_in(scope, &actor))
        .filter(clocks::met_at.is_null())
        .filter(clocks::paused_at.is_null())
        .filter(clocks::due_at.lt(now))
        .count()
        .get_result(reading.conn)?;
    Ok(late.saturating_add(missed))
}

/// Something overdue of which nobody has been told yet: ids only, for the worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untold {
    /// The case.
    pub case_id: CaseId,
    /// The referral, if it is one.
    pub referral_id: Option<ReferralId>,
    /// The clock, if it is one.
    pub clock_id: Option<ClockId>,
    /// Since when it is overdue.
    pub due_at: Instant,
}

/// Finds what the worker has to tell about, the longest waiting first.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn untold(db: &Db, now: Instant, limit: i64) -> Result<Vec<Untold>> {
    let respond_by = referral_table::respond_by.assume_not_null();
    let told_of_referral = escalations::table
        .filter(escalations::referral_id.eq(referral_table::id.nullable()))
        .filter(escalations::due_at.eq(respond_by));
    let late = referral_table::table
        .filter(referral_table::state.eq_any(ReferralState::OFFERED))
        .filter(respond_by.lt(now))
        .filter(diesel::dsl::not(exists(told_of_referral)))
        .order((respond_by, referral_table::id))
        .limit(limit)
        .select((referral_table::case_id, referral_table::id, respond_by));
    let told_of_clock = escalations::table
        .filter(escalations::clock_id.eq(clocks::id.nullable()))
        .filter(escalations::due_at.eq(clocks::due_at));
    let missed = clocks::table
        .filter(clocks::met_at.is_null())
        .filter(clocks::paused_at.is_null())
        .filter(clocks::due_at.lt(now))
        .filter(diesel::dsl::not(exists(told_of_clock)))
        .order((clocks::due_at, clocks::id))
        .limit(limit)
        .select((clocks::case_id, clocks::id, clocks::due_at));
    db.plain(|conn| {
        let late: Vec<(CaseId, ReferralId, Instant)> = late.clone().load(conn)?;
        let missed: Vec<(CaseId, ClockId, Instant)> = missed.load(conn)?;
        let late = late.into_iter().map(|(case_id, id, due_at)| Untold {
            case_id,
            referral_id: Some(id),
            clock_id: None,
            due_at,
        });
        let missed = missed.into_iter().map(|(case_id, id, due_at)| Untold {
            case_id,
            referral_id: None,
            clock_id: Some(id),
            due_at,
        });
        Ok(late.chain(missed).collect())
    })
}

/// Raises an escalation unless what was overdue has been done since. Returns whether it was raised.
///
/// # Errors
/// [`refero_domain::refusal::Refusal::IdTaken`] if another worker was faster.
pub fn raise(tx: &mut Tx<'_>, untold: &Untold) -> Result<Option<EscalationId>> {
    let still: i64 = match (&untold.referral_id, &untold.clock_id) {
        (Some(referral), _) => referral_table::table
            .filter(referral_table::id.eq(referral))
            .filter(referral_table::state.eq_any(ReferralState::OFFERED))
            .filter(referral_table::respond_by.assume_not_null().eq(untold.due_at))
            .count()
            .get_result(tx.conn)?,
        (None, Some(clock)) => clocks::table
            .filter(clocks::id.eq(clock))
            .filter(clocks::met_at.is_null())
            .filter(clocks::paused_at.is_null())
            .filter(clocks::due_at.eq(untold.due_at))
            .count()
            .get_result(tx.conn)?,
        (None, None) => 0,
    };
    if still == 0 {
        return Ok(None);
    }
    tx.changes(&untold.case_id);
    let id: EscalationId = tx.new_id();
    let kind = if untold.referral_id.is_some() { "referral_overdue" } else { "clock_overdue" };
    diesel::insert_into(escalations::table)
        .values((
            escalations::id.eq(&id),
            escalations::kind.eq(kind),
            escalations::case_id.eq(&untold.case_id),
            escalations::referral_id.eq(&untold.referral_id),
            escalations::clock_id.eq(&untold.clock_id),
            escalations::due_at.eq(untold.due_at),
            escalations::raised_at.eq(tx.now()),
        ))
        .execute(tx.conn)?;
    Ok(Some(id))
}
