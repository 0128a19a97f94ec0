//! Emergency accesses (R15): who opened which case, why, for how long, and what the review came to.

mod writing;

use std::collections::BTreeMap;

use diesel::prelude::*;
use refero_domain::{
    case_code::CaseCode,
    emergency::{EmergencyOutcome, EmergencyRecord, EmergencyState, WRONG_CODES_WITHIN_S},
    id::{CaseId, EmergencyAccessId, OrganisationId, PersonId, UserId},
    instant::Instant,
    policy::{self, Action, EmergencyFacts, OpenEmergency, Permit, ReadEmergency, Scope},
    refusal::Refusal,
    sensitive::Sensitive,
};

use crate::{
    cases::{self, CaseRow},
    db::DbConn,
    error::{Error, Result},
    people::{Slot, unseal},
    rows::{RowLimit, Rows},
    schema::{audit_events as events, cases as case_table, emergency_accesses as accesses},
    scope,
    sealing::Place,
    unit::Reading,
};

pub use self::writing::{
    NewAccess, Review, Unreviewed, insert, save_review, tell_overdue, unreviewed,
};

const JUSTIFICATION: Place = Place { table: "emergency_accesses", column: "sealed" };
const REASONS: Place = Place { table: "emergency_accesses", column: "reasons" };

/// An emergency access as it is stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = accesses)]
pub struct Access {
    /// The access.
    pub id: EmergencyAccessId,
    /// The case that it opens.
    pub case_id: CaseId,
    /// Who opened it.
    pub actor_id: UserId,
    /// At which organisation.
    pub organisation_id: OrganisationId,
    /// A code of `emergency_reason`.
    pub reason_code: String,
    sealed: Vec<u8>,
    /// From when.
    pub opened_at: Instant,
    /// Until when, exclusive.
    pub expires_at: Instant,
    /// Until when it is to be reviewed.
    pub review_due_at: Instant,
    /// Who reviewed it.
    pub reviewed_by: Option<UserId>,
    /// When.
    pub reviewed_at: Option<Instant>,
    /// What the review came to.
    pub outcome: Option<EmergencyOutcome>,
    reasons: Option<Vec<u8>>,
    /// For the ETag and against lost updates.
    pub version: i64,
}

/// An emergency access with what of its case is needed.
#[derive(Debug)]
pub struct AccessRow {
    /// The access.
    pub access: Access,
    /// The code of its case.
    pub case_code: String,
    /// The area of its case, whose supervisors review it.
    pub area: Option<String>,
    person_id: PersonId,
}

impl AccessRow {
    /// Says whether it still opens its case.
    #[must_use]
    pub fn state(&self, now: Instant) -> EmergencyState {
        if now < self.access.expires_at { EmergencyState::Open } else { EmergencyState::Ended }
    }

    /// Returns the facts on which access to it is decided.
    #[must_use]
    pub fn facts(&self) -> EmergencyFacts {
        EmergencyFacts { area: self.area.clone(), opened_by: self.access.actor_id.clone() }
    }

    /// Refuses to go on if somebody else was faster.
    ///
    /// # Errors
    /// [`Refusal::Stale`] with the present version.
    pub fn expect_version(&self, expected: Option<i64>) -> Result<()> {
        cases::expect_version(self.access.version, expected)
    }
}

/// Returns the cases that are open to somebody in an emergency at a moment.
pub(crate) fn open_to(conn: &mut DbConn, user: &UserId, now: Instant) -> Result<Vec<CaseId>> {
    Ok(accesses::table
        .filter(accesses::actor_id.eq(user))
        .filter(accesses::expires_at.gt(now))
        .order(accesses::id)
        .select(accesses::case_id)
        .load(conn)?)
}

/// Reads what the caller has done with emergency access so far.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn record_of_caller(reading: &mut Reading<'_>, within_s: i64) -> Result<EmergencyRecord> {
    let (user, now) = (reading.actor()?.user_id.clone(), reading.now());
    let opened_at: Vec<Instant> = accesses::table
        .filter(accesses::actor_id.eq(&user))
        .filter(accesses::opened_at.gt(now.plus_seconds(-within_s)))
        .order((accesses::opened_at, accesses::id))
        .select(accesses::opened_at)
        .load(reading.conn)?;
    let overdue = accesses::reviewed_at.is_null().and(accesses::review_due_at.le(now));
    let unjustified = accesses::outcome
        .is_not_null()
        .and(accesses::outcome.assume_not_null().eq(EmergencyOutcome::Unjustified));
    let in_question: i64 = accesses::table
        .filter(accesses::actor_id.eq(&user))
        .filter(overdue.or(unjustified))
        .count()
        .get_result(reading.conn)?;
    let wrong_codes_at: Vec<Instant> = events::table
        .filter(events::actor_id.eq(user.as_str()))
        .filter(events::at.gt(now.plus_seconds(-WRONG_CODES_WITHIN_S)))
        .filter(events::action.eq(OpenEmergency::NAME))
        .filter(events::refusal_code.eq("not-found"))
        .order((events::at, events::id))
        .select(events::at)
        .load(reading.conn)?;
    Ok(EmergencyRecord { opened_at, is_in_question: in_question > 0, wrong_codes_at })
}

/// Finds the case of a code for somebody who does not see it.
///
/// # Errors
/// [`Refusal::NotFound`] if no case has the code; the trail counts how often somebody says such a code.
pub fn sought(
    reading: &mut Reading<'_>,
    code: &CaseCode,
) -> Result<Permit<OpenEmergency, CaseRow>> {
    let id = cases::id_of_code(reading, code)?;
    let row = cases::named(reading, vec![id])?.pop().ok_or(Refusal::NotFound)?;
    let (actor, facts) = (reading.actor()?.clone(), row.facts.clone());
    policy::decide::<OpenEmergency, _>(&actor, &facts, row).map_err(Error::from)
}

type Stored = (Access, String, Option<String>, PersonId);

fn row((access, case_code, area, person_id): Stored) -> AccessRow {
    AccessRow { access, case_code, area, person_id }
}

/// Fetches an emergency access for an action.
///
/// # Errors
/// [`Refusal::NotFound`] if it is not there or may not be known.
pub fn fetch<A: Action>(
    reading: &mut Reading<'_>,
    id: &EmergencyAccessId,
) -> Result<Permit<A, AccessRow>> {
    let found: Option<Stored> = accesses::table
        .inner_join(case_table::table)
        .filter(accesses::id.eq(id))
        .select((
            Access::as_select(),
            case_table::case_code,
            case_table::area,
            case_table::person_id,
        ))
        .first(reading.conn)
        .optional()?;
    let row = found.map(row).ok_or(Refusal::NotFound)?;
    let (actor, facts) = (reading.actor()?.clone(), row.facts());
    policy::decide::<A, _>(&actor, &facts, row).map_err(Error::from)
}

/// Lists the emergency accesses of a scope, newest first, one page.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn page(
    reading: &mut Reading<'_>,
    scope: &Scope<ReadEmergency>,
    unreviewed: Option<bool>,
    after: Option<&(Instant, EmergencyAccessId)>,
    limit: RowLimit,
) -> Result<Rows<Permit<ReadEmergency, AccessRow>>> {
    let actor = reading.actor()?.clone();
    let mut query = accesses::table
        .filter(scope::emergencies_in(scope, &actor))
        .select(Access::as_select())
        .into_boxed();
    query = match unreviewed {
        None => query,
        Some(true) => query.filter(accesses::reviewed_at.is_null()),
        Some(false) => query.filter(accesses::reviewed_at.is_not_null()),
    };
    if let Some((at, id)) = after {
        query = query.filter(
            accesses::opened_at
                .lt(*at)
                .or(accesses::opened_at.eq(*at).and(accesses::id.lt(id.clone()))),
        );
    }
    let found: Vec<Access> = query
        .order((accesses::opened_at.desc(), accesses::id.desc()))
        .limit(limit.one_more())
        .load(reading.conn)?;
    limit.cut(found).replaced(|found| with_cases(reading, found))?.try_map(|row| {
        let facts = row.facts();
        policy::decide::<ReadEmergency, _>(&actor, &facts, row)
            .map_err(|_| Error::broken("a list showed an emergency access that may not be read"))
    })
}

/// Adds what of their cases is needed: one query, however long the page is.
fn with_cases(reading: &mut Reading<'_>, found: Vec<Access>) -> Result<Vec<AccessRow>> {
    let ids: Vec<CaseId> = found.iter().map(|access| access.case_id.clone()).collect();
    type Brief = (CaseId, String, Option<String>, PersonId);
    let briefs: Vec<Brief> = case_table::table
        .filter(case_table::id.eq_any(ids))
        .select((case_table::id, case_table::case_code, case_table::area, case_table::person_id))
        .load(reading.conn)?;
    let briefs: BTreeMap<CaseId, Brief> =
        briefs.into_iter().map(|brief| (brief.0.clone(), brief)).collect();
    found
        .into_iter()
        .map(|access| {
            let brief = briefs.get(&access.case_id).cloned();
            let (_, case_code, area, person_id) =
                brief.ok_or_else(|| Error::broken("an emergency access has no case"))?;
            Ok(AccessRow { access, case_code, area, person_id })
        })
        .collect()
}

/// Opens what was written about an emergency access: why, and what the reviewer said.
///
/// # Errors
/// [`Error::Broken`] if what is sealed cannot be opened.
pub fn words(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadEmergency, AccessRow>,
) -> Result<(Sensitive<String>, Option<Sensitive<String>>)> {
    let AccessRow { access, person_id: person, .. } = permit.row();
    let slot = |place| Slot { place, row: access.id.as_str(), person };
    let justification = unseal(reading, &slot(JUSTIFICATION), &access.sealed)?;
    let reasons = match &access.reasons {
        None => None,
        Some(sealed) => Some(unseal(reading, &slot(REASONS), sealed)?),
    };
    Ok((justification, reasons))
}
