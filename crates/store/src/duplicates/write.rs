//! How pairs are found and judged.

use diesel::prelude::*;
use refero_domain::{
    case::{CaseAct, CaseStatus},
    duplicate::{DismissalReason, DuplicateState},
    id::{CaseId, DuplicateCandidateId, UserId},
    instant::Instant,
    machine::{Machine, Moved},
    policy::{Action, ApproveMerge, Changes, Permit, UndoMerge},
    refusal::Refusal,
};

use super::Candidate;
use crate::{
    cases::{self, CaseChange, CaseRow},
    clocks,
    columns::Codes,
    error::{Error, Result},
    matching::Alike,
    schema::duplicate_candidates as pairs,
    unit::Tx,
};

/// Keeps a pair that was found, unless it stands there already: what people have judged is not asked
/// again. Returns the pair if it is new.
///
/// # Errors
/// [`Error::Unavailable`] if it cannot be kept.
pub fn keep(tx: &mut Tx<'_>, alike: &Alike) -> Result<Option<DuplicateCandidateId>> {
    let [first, second] = &alike.cases;
    let known: i64 = pairs::table
        .filter(pairs::first_case_id.eq(first))
        .filter(pairs::second_case_id.eq(second))
        .count()
        .get_result(tx.conn)?;
    if known > 0 {
        return Ok(None);
    }
    tx.changes(first);
    tx.changes(second);
    let (id, now): (DuplicateCandidateId, _) = (tx.new_id(), tx.now());
    let reasons: Vec<String> =
        alike.reasons.iter().map(|reason| reason.code().to_owned()).collect();
    diesel::insert_into(pairs::table)
        .values((
            pairs::id.eq(&id),
            pairs::first_case_id.eq(first),
            pairs::second_case_id.eq(second),
            pairs::band.eq(alike.band),
            pairs::band_rank.eq(i64::from(alike.band.rank())),
            pairs::reasons.eq(Codes::of(&reasons)?),
            pairs::state.eq(DuplicateState::INITIAL),
            pairs::stopped_clocks.eq(Codes::of(&Vec::new())?),
            pairs::version.eq(1),
            pairs::created_at.eq(now),
            pairs::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(Some(id))
}

/// What waits for a second person from now on: the merge, or its undoing.
#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = pairs)]
pub struct Asked {
    /// Who asks; nothing if nobody does any more.
    pub requested_by: Option<Option<UserId>>,
    /// When.
    pub requested_at: Option<Option<Instant>>,
    /// The case that is to go on.
    pub surviving_case_id: Option<Option<CaseId>>,
}

/// What somebody decided.
#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = pairs)]
pub struct Decision {
    /// Who.
    pub decided_by: Option<Option<UserId>>,
    /// When.
    pub decided_at: Option<Option<Instant>>,
    /// Why the two are not one.
    pub dismissal_reason: Option<Option<DismissalReason>>,
}

/// A pair as it was read: where a change starts from.
#[derive(Debug)]
pub struct Before {
    /// The pair.
    pub id: DuplicateCandidateId,
    /// The two cases, in the order of their ids.
    pub cases: [CaseId; 2],
    version: i64,
    state: DuplicateState,
}

impl Candidate {
    /// Remembers the pair as it stands, for a change that starts from here.
    #[must_use]
    pub fn before(&self) -> Before {
        Before {
            id: self.id.clone(),
            cases: [self.first_case_id.clone(), self.second_case_id.clone()],
            version: self.version,
            state: self.state.get(),
        }
    }
}

/// Saves what was asked or decided about a pair, and the move if there is one, unless somebody was faster.
/// Returns the new version. The chains of both cases have to move with it.
///
/// # Errors
/// [`Refusal::Stale`] if the version or the state is not what was read.
pub fn save<A: Action + Changes>(
    tx: &mut Tx<'_>,
    _permit: &Permit<A, ()>,
    before: &Before,
    moved: Option<Moved<DuplicateState>>,
    (asked, decision): (&Asked, &Decision),
) -> Result<i64> {
    before.cases.iter().for_each(|case| tx.changes(case));
    let next = before.version.saturating_add(1);
    let (from, to) = moved.map_or((before.state, before.state), |moved| (moved.from(), moved.to()));
    let saved = diesel::update(pairs::table.find(&before.id))
        .filter(pairs::version.eq(before.version))
        .filter(pairs::state.eq(from))
        .set((
            asked,
            decision,
            pairs::state.eq(to),
            pairs::version.eq(next),
            pairs::updated_at.eq(tx.now()),
        ))
        .execute(tx.conn)?;
    if saved == 1 { Ok(next) } else { Err(Refusal::Stale { current: next }.into()) }
}

/// Lets a case go into the one that goes on: by reference, and its clocks end. The pair remembers what to
/// give back. Returns the new version of the case.
///
/// # Errors
/// [`Refusal::IllegalTransition`] if it cannot be merged as it stands, [`Refusal::Stale`].
pub fn merge(
    tx: &mut Tx<'_>,
    permit: &Permit<ApproveMerge, ()>,
    pair: &DuplicateCandidateId,
    (merged, surviving): (CaseRow, &CaseId),
) -> Result<i64> {
    let (id, before) = (merged.case.id.clone(), merged.case.before());
    let stopped = clocks::open_kinds(tx, &id)?;
    diesel::update(pairs::table.find(pair))
        .set((
            pairs::merged_from.eq(merged.case.state.get()),
            pairs::stopped_clocks.eq(Codes::of(&stopped)?),
        ))
        .execute(tx.conn)?;
    clocks::stop_all(tx, &id)?;
    let moved = merged.case.state.step(CaseAct::Merge).map_err(Error::from)?;
    let mut change =
        CaseChange { merged_into: Some(Some(surviving.clone())), ..CaseChange::default() };
    // Who asked to close it asked about a case that stood for itself (R10).
    if merged.case.closure_requested_by.is_some() {
        change = change.without_closure();
    }
    cases::save(tx, permit, &before, Some(moved), &change)
}

/// Gives a merged case its state and its clocks back. Returns the new version of the case.
///
/// # Errors
/// [`Refusal::IllegalTransition`] if it is not merged, [`Refusal::Stale`].
pub fn unmerge(
    tx: &mut Tx<'_>,
    permit: &Permit<UndoMerge, ()>,
    pair: &Candidate,
    merged: CaseRow,
) -> Result<i64> {
    let (id, before) = (merged.case.id.clone(), merged.case.before());
    let back: CaseStatus =
        pair.merged_from.ok_or_else(|| Error::broken("a merge forgot where the case came from"))?;
    let moved = merged.case.state.step_to(CaseAct::UndoMerge, back).map_err(Error::from)?;
    clocks::resume(tx, &id, &pair.stopped_clocks.get()?)?;
    let change = CaseChange { merged_into: Some(None), ..CaseChange::default() };
    cases::save(tx, permit, &before, Some(moved), &change)
}
