//! Baits: cases that nobody works on, marked by a data protection officer so that any opening is
//! noticed. Nothing else of the house reads these rows: a bait looks like every other case.

use diesel::prelude::*;
use refero_domain::{
    case_code::CaseCode,
    id::{BaitId, CaseId, UserId},
    instant::Instant,
    policy::{self, Action, MarkBait, Permit, ReadBait, RemoveBait, Scope, SystemFacts},
    refusal::Refusal,
};

use crate::{
    cases::expect_version,
    error::{Error, Result},
    rows::{RowLimit, Rows},
    schema::{bait_cases as baits, cases},
    unit::{Reading, Tx},
};

/// A case that is marked as bait.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = baits)]
pub struct Bait {
    /// The mark.
    pub id: BaitId,
    /// The case.
    pub case_id: CaseId,
    /// Who marked it.
    pub marked_by: UserId,
    /// When.
    pub marked_at: Instant,
    /// Until when it was one.
    pub removed_at: Option<Instant>,
    /// For the ETag and against lost updates.
    pub version: i64,
}

fn decide<A: Action, R>(reading: &Reading<'_>, row: R) -> Result<Permit<A, R>> {
    Ok(policy::decide::<A, _>(reading.actor()?, &SystemFacts, row)?)
}

/// Marks the case of a code. A case that is marked already keeps its mark, which is given.
///
/// # Errors
/// [`Refusal::ReferenceUnknown`] if no case has the code.
pub fn mark(tx: &mut Tx<'_>, code: &CaseCode) -> Result<Permit<MarkBait, BaitId>> {
    decide::<MarkBait, _>(tx, ())?;
    let case: Option<CaseId> = cases::table
        .filter(cases::case_code.eq(code.as_str()))
        .select(cases::id)
        .first(tx.conn)
        .optional()?;
    let case = case.ok_or(Refusal::ReferenceUnknown { pointer: "/case_code" })?;
    let marked: Option<BaitId> = baits::table
        .filter(baits::case_id.eq(&case))
        .filter(baits::removed_at.is_null())
        .select(baits::id)
        .first(tx.conn)
        .optional()?;
    if let Some(id) = marked {
        return decide::<MarkBait, _>(tx, id);
    }
    let id: BaitId = tx.new_id();
    let by = tx.actor()?.user_id.clone();
    diesel::insert_into(baits::table)
        .values((
            baits::id.eq(&id),
            baits::case_id.eq(&case),
            baits::marked_by.eq(by),
            baits::marked_at.eq(tx.now()),
            baits::version.eq(1),
        ))
        .execute(tx.conn)?;
    decide::<MarkBait, _>(tx, id)
}

/// Fetches a mark for an action.
///
/// # Errors
/// [`Refusal::NotFound`] if it is not there, or the caller has nothing to do with baits.
pub fn fetch<A: Action>(reading: &mut Reading<'_>, id: &BaitId) -> Result<Permit<A, Bait>> {
    let found: Option<Bait> =
        baits::table.find(id).select(Bait::as_select()).first(reading.conn).optional()?;
    let bait = found.ok_or(Refusal::NotFound)?;
    decide::<A, _>(reading, bait)
}

/// Lists the marks that stand, newest first.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn page(
    reading: &mut Reading<'_>,
    _: &Scope<ReadBait>,
    after: Option<&(Instant, BaitId)>,
    limit: RowLimit,
) -> Result<Rows<Permit<ReadBait, Bait>>> {
    let mut query =
        baits::table.filter(baits::removed_at.is_null()).select(Bait::as_select()).into_boxed();
    if let Some((at, id)) = after {
        query = query.filter(
            baits::marked_at.lt(*at).or(baits::marked_at.eq(*at).and(baits::id.lt(id.clone()))),
        );
    }
    let found: Vec<Bait> = query
        .order((baits::marked_at.desc(), baits::id.desc()))
        .limit(limit.one_more())
        .load(reading.conn)?;
    limit.cut(found).try_map(|bait| decide::<ReadBait, _>(reading, bait))
}

/// Removes a mark. Returns its new version.
///
/// # Errors
/// [`Refusal::Stale`] if somebody was faster.
pub fn remove(
    tx: &mut Tx<'_>,
    permit: &Permit<RemoveBait, Bait>,
    expected: Option<i64>,
) -> Result<i64> {
    let bait = permit.row();
    expect_version(bait.version, expected)?;
    let version = bait.version.saturating_add(1);
    let rows = diesel::update(baits::table.find(&bait.id))
        .filter(baits::version.eq(bait.version))
        .set((baits::removed_at.eq(Some(tx.now())), baits::version.eq(version)))
        .execute(tx.conn)?;
    if rows == 1 { Ok(version) } else { Err(Error::from(Refusal::Stale { current: version })) }
}
