//! Pairs of cases that may be about one person (R12): found by the house, judged by people.

mod write;

use std::collections::BTreeMap;

use diesel::{prelude::*, sql_types::Bool};
use refero_domain::{
    actor::Actor,
    case::CaseStatus,
    duplicate::{DismissalReason, DuplicateAct, DuplicateState, LikenessBand},
    id::{CaseId, DuplicateCandidateId, DuplicateCandidateKind, Kind, UserId},
    instant::Instant,
    machine::{Machine, State},
    policy::{self, Action, PairFacts, Permit, ReadDuplicate, ReadDuplicatesQueue, Scope},
    refusal::{Refusal, Standing},
};

pub use self::write::{Asked, Before, Decision, keep, merge, save, unmerge};
use crate::{
    cases::{self, CaseRow, expect_version},
    columns::Codes,
    db::Backend,
    error::{Error, Refused, Result},
    rows::{RowLimit, Rows},
    schema::{cases as case_table, duplicate_candidates as pairs},
    scope,
    unit::{Reading, Tx},
};

/// A pair as it is stored.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = pairs)]
pub struct Candidate {
    /// The pair.
    pub id: DuplicateCandidateId,
    /// The one case.
    pub first_case_id: CaseId,
    /// The other case.
    pub second_case_id: CaseId,
    /// How much they look alike.
    pub band: LikenessBand,
    /// By what: codes of `likeness_reason`.
    pub reasons: Codes,
    /// Where the question stands; changes through its machine only.
    pub state: State<DuplicateState>,
    /// The case that goes on, once a merge was asked for.
    pub surviving_case_id: Option<CaseId>,
    merged_from: Option<CaseStatus>,
    stopped_clocks: Codes,
    /// Why the two are not one.
    pub dismissal_reason: Option<DismissalReason>,
    /// Who asks for what waits for a second person: the merge, or its undoing (R10).
    pub requested_by: Option<UserId>,
    /// When.
    pub requested_at: Option<Instant>,
    /// Who decided last.
    pub decided_by: Option<UserId>,
    /// When.
    pub decided_at: Option<Instant>,
    /// For the ETag and against lost updates.
    pub version: i64,
    /// When it was found.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

/// What a pair tells of one of its cases.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = case_table)]
pub struct Side {
    /// The case.
    pub id: CaseId,
    /// What people say on the telephone.
    pub case_code: String,
    /// Where the work on it stands.
    pub state: CaseStatus,
    /// Where the person was found.
    pub area: Option<String>,
    /// When the person was forgotten (R13).
    pub erased_at: Option<Instant>,
}

/// A pair with its two cases.
#[derive(Debug)]
pub struct Pair {
    /// The pair.
    pub candidate: Candidate,
    /// The two cases, in the order of their ids.
    pub sides: [Side; 2],
    facts: PairFacts,
}

impl Pair {
    /// Refuses to go on if somebody else was faster.
    ///
    /// # Errors
    /// [`Refusal::Stale`] with the present version.
    pub fn expect_version(&self, expected: Option<i64>) -> Result<()> {
        expect_version(self.candidate.version, expected)
    }

    /// Says how a refused act names this pair in the answer and the trail.
    #[must_use]
    pub fn refused(&self, refusal: Refusal, actor: &Actor) -> Error {
        Error::Refused(Box::new(Refused {
            refusal,
            standing: Some(Standing::Duplicate(self.candidate.state.get())),
            allowed_actions: self.allowed_actions(actor),
            object: Some((DuplicateCandidateKind::NAME, self.candidate.id.as_str().to_owned())),
            case_id: Some(self.candidate.first_case_id.clone()),
        }))
    }

    /// Returns the moves that this caller could make now.
    #[must_use]
    pub fn allowed_actions(&self, actor: &Actor) -> Vec<&'static str> {
        let state = self.candidate.state.get();
        let allowed = |act: &DuplicateAct| {
            policy::may(&format!("duplicate.{}", act.code()), actor, &self.facts)
        };
        // Who asks for something does not approve it (R10).
        let asked = self.candidate.requested_by.as_ref() == Some(&actor.user_id);
        let approves = [DuplicateAct::ApproveMerge, DuplicateAct::UndoMerge];
        let mut acts: Vec<DuplicateAct> =
            state.acts().filter(|act| !(asked && approves.contains(act))).collect();
        if state == DuplicateState::Merged && self.candidate.requested_by.is_some() {
            acts.push(DuplicateAct::DeclineMerge);
        }
        acts.into_iter().filter(allowed).map(DuplicateAct::code).collect()
    }
}

/// Fetches a pair for an action, with the permit that the policy gives from facts read here.
///
/// # Errors
/// [`Refusal::NotFound`] if the pair is not there or may not be known.
pub fn fetch<A: Action>(
    reading: &mut Reading<'_>,
    id: &DuplicateCandidateId,
) -> Result<Permit<A, Pair>> {
    let actor = reading.actor()?.clone();
    let denied = |refusal| {
        Error::Refused(Box::new(Refused {
            refusal,
            standing: None,
            allowed_actions: Vec::new(),
            object: Some((DuplicateCandidateKind::NAME, id.as_str().to_owned())),
            case_id: None,
        }))
    };
    let found: Option<Candidate> =
        pairs::table.find(id).select(Candidate::as_select()).first(reading.conn).optional()?;
    let found = found.ok_or_else(|| denied(Refusal::NotFound))?;
    let pair = with_cases(reading, vec![found])?.pop().ok_or_else(|| denied(Refusal::NotFound))?;
    let facts = pair.facts.clone();
    policy::decide::<A, _>(&actor, &facts, pair)
        .map_err(|denial| denied(Error::from(denial).refusal().unwrap_or(Refusal::NotFound)))
}

/// Joins the cases to the pairs of a page: one query, however long the page is.
fn with_cases(reading: &mut Reading<'_>, found: Vec<Candidate>) -> Result<Vec<Pair>> {
    let ids: Vec<&CaseId> =
        found.iter().flat_map(|pair| [&pair.first_case_id, &pair.second_case_id]).collect();
    let sides: Vec<Side> = case_table::table
        .filter(case_table::id.eq_any(ids))
        .select(Side::as_select())
        .load(reading.conn)?;
    let sides: BTreeMap<CaseId, Side> =
        sides.into_iter().map(|side| (side.id.clone(), side)).collect();
    let side = |id: &CaseId| {
        sides.get(id).cloned().ok_or_else(|| Error::broken("a pair lacks one of its cases"))
    };
    found
        .into_iter()
        .map(|candidate| {
            let sides = [side(&candidate.first_case_id)?, side(&candidate.second_case_id)?];
            let facts = PairFacts {
                areas: sides.each_ref().map(|side| side.area.clone()),
                is_erased: sides.iter().any(|side| side.erased_at.is_some()),
            };
            Ok(Pair { candidate, sides, facts })
        })
        .collect()
}

/// Where a page of the queue ended: likeness, then the moment it was found.
pub type Place = (LikenessBand, Instant, DuplicateCandidateId);

/// Which pairs are meant.
type PairPredicate = Box<dyn BoxableExpression<pairs::table, Backend, SqlType = Bool>>;

/// Keeps the pairs that wait for somebody: not judged yet, or asked about and not approved. Those of which
/// a case went into another one since wait for nobody.
fn waiting() -> PairPredicate {
    let gone = || {
        case_table::table
            .filter(case_table::state.eq(CaseStatus::MergedDuplicate))
            .select(case_table::id)
    };
    let undecided = pairs::state
        .eq_any([DuplicateState::Open, DuplicateState::MergeRequested])
        .and(diesel::dsl::not(pairs::first_case_id.eq_any(gone())))
        .and(diesel::dsl::not(pairs::second_case_id.eq_any(gone())));
    let undoing = pairs::state.eq(DuplicateState::Merged).and(pairs::requested_by.is_not_null());
    Box::new(undecided.or(undoing))
}

/// Lists the pairs of a scope that wait for somebody: the greatest likeness first, then the longest
/// waiting.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn page(
    reading: &mut Reading<'_>,
    scope: &Scope<ReadDuplicatesQueue>,
    after: Option<Place>,
    limit: RowLimit,
) -> Result<Rows<Permit<ReadDuplicate, Pair>>> {
    let actor = reading.actor()?.clone();
    let mut query = pairs::table
        .filter(scope::pairs_in(scope))
        .filter(waiting())
        .select(Candidate::as_select())
        .into_boxed();
    if let Some((band, at, id)) = after {
        let rank = i64::from(band.rank());
        let same = || pairs::band_rank.eq(rank);
        query = query.filter(
            pairs::band_rank
                .gt(rank)
                .or(same().and(pairs::created_at.gt(at)))
                .or(same().and(pairs::created_at.eq(at)).and(pairs::id.gt(id))),
        );
    }
    let found: Vec<Candidate> = query
        .order((pairs::band_rank.asc(), pairs::created_at.asc(), pairs::id.asc()))
        .limit(limit.one_more())
        .load(reading.conn)?;
    limit.cut(found).replaced(|found| with_cases(reading, found))?.try_map(|pair| {
        let facts = pair.facts.clone();
        policy::decide::<ReadDuplicate, _>(&actor, &facts, pair)
            .map_err(|_| Error::broken("a queue showed a pair that may not be read"))
    })
}

/// Counts the pairs of a scope that wait for somebody.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn count(reading: &mut Reading<'_>, scope: &Scope<ReadDuplicatesQueue>) -> Result<i64> {
    Ok(pairs::table
        .filter(scope::pairs_in(scope))
        .filter(waiting())
        .count()
        .get_result(reading.conn)?)
}

/// Fetches the two cases of a pair whole, to change them: the one that goes on, and the other one.
///
/// # Errors
/// [`Refusal::Inconsistent`] if `surviving` is none of the two.
pub fn divided<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A, Pair>,
    surviving: &CaseId,
) -> Result<(CaseRow, CaseRow)> {
    let ids = permit.row().sides.each_ref().map(|side| side.id.clone());
    let rows = cases::named(tx, ids.into())?;
    let (surviving, others): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|row| row.case.id == *surviving);
    match (surviving.into_iter().next(), others.into_iter().next()) {
        (Some(surviving), Some(other)) => Ok((surviving, other)),
        _ => Err(Refusal::Inconsistent { pointer: "/surviving_case_id" }.into()),
    }
}

/// Counts the referrals of one of the two cases that have not ended.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn open_referrals<A: Action>(
    tx: &mut Tx<'_>,
    _permit: &Permit<A, Pair>,
    case: &CaseRow,
) -> Result<i64> {
    cases::count_open_referrals(tx, &case.case.id)
}
