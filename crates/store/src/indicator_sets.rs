//! Versions of an indicator set: proposed by one person, approved by another, in force from a day on.
//!
//! Every reading asks the database, so that all servers of a country screen by the same version.

use diesel::prelude::*;
use refero_domain::{
    actor::Actor,
    id::{IndicatorSetVersionId, IndicatorSetVersionKind, Kind, UserId},
    instant::Instant,
    machine::{Machine, Moved, State},
    policy::{
        self, Action, ApproveIndicatorSet, Changes, Permit, ProposeIndicatorSet, SystemFacts,
        WithdrawIndicatorSet,
    },
    refusal::{Refusal, Standing},
    screening::{GoldenCase, IndicatorSet, SetState, decides_for_the_country},
};

use crate::{
    accounts::{absent, met},
    cases::expect_version,
    columns::Json,
    error::{Error, Refused, Result},
    rows::{RowLimit, Rows, newest_first},
    schema::indicator_set_versions as versions,
    unit::{Reading, Tx},
};

/// A version as it is stored.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = versions)]
pub struct SetVersion {
    /// The version.
    pub id: IndicatorSetVersionId,
    /// The set.
    pub set_id: String,
    /// What the committee calls it.
    pub set_version: String,
    /// What it calls the version of the rules.
    pub ruleset_version: String,
    /// Where it stands; changes through its machine only.
    pub state: State<SetState>,
    document: Json<IndicatorSet>,
    cases: Json<Vec<GoldenCase>>,
    /// What changes, and why.
    pub reason: String,
    /// From when screenings use it.
    pub effective_from: Option<Instant>,
    /// Who proposed it.
    pub proposed_by: UserId,
    /// Who approved or withdrew it.
    pub decided_by: Option<UserId>,
    /// When.
    pub decided_at: Option<Instant>,
    /// For the ETag and against lost updates.
    pub version: i64,
    /// When it was proposed.
    pub created_at: Instant,
}

impl SetVersion {
    /// Returns the whole set.
    ///
    /// # Errors
    /// [`Error::Broken`] if what is stored is not what was written.
    pub fn document(&self) -> Result<IndicatorSet> {
        self.document.get()
    }

    /// Returns the cases that it was tried on.
    ///
    /// # Errors
    /// [`Error::Broken`] if what is stored is not what was written.
    pub fn cases(&self) -> Result<Vec<GoldenCase>> {
        self.cases.get()
    }

    /// Refuses to go on if somebody else was faster.
    ///
    /// # Errors
    /// [`Refusal::Stale`] with the present version.
    pub fn expect_version(&self, expected: Option<i64>) -> Result<()> {
        expect_version(self.version, expected)
    }

    /// Says whether screenings have used it, or use it now.
    #[must_use]
    pub fn has_begun(&self, now: Instant) -> bool {
        self.state.get() == SetState::Approved && self.effective_from.is_some_and(|at| at <= now)
    }

    /// Returns what this caller could do with it now: nobody approves their own (R10).
    #[must_use]
    pub fn allowed_actions(&self, actor: &Actor, now: Instant) -> Vec<&'static str> {
        let may =
            |action| decides_for_the_country(actor) && policy::may(action, actor, &SystemFacts);
        let state = self.state.get();
        let own = self.proposed_by == actor.user_id;
        let approve = state == SetState::Proposed && !own && may(ApproveIndicatorSet::NAME);
        let withdraw =
            state != SetState::Withdrawn && !self.has_begun(now) && may(WithdrawIndicatorSet::NAME);
        [("approve", approve), ("withdraw", withdraw)]
            .into_iter()
            .filter_map(|(act, can)| can.then_some(act))
            .collect()
    }

    /// Says how a refused act names this version in the answer and the trail.
    #[must_use]
    pub fn refused(&self, refusal: Refusal, actor: &Actor, now: Instant) -> Error {
        Error::Refused(Box::new(Refused {
            refusal,
            standing: Some(Standing::IndicatorSet(self.state.get())),
            allowed_actions: self.allowed_actions(actor, now),
            object: Some((IndicatorSetVersionKind::NAME, self.id.as_str().to_owned())),
            case_id: None,
        }))
    }
}

/// Returns the set by which people are screened at a moment: the version that began last, or the one that
/// comes with the program.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn in_force(reading: &mut Reading<'_>) -> Result<IndicatorSet> {
    let now = reading.now();
    let built_in = IndicatorSet::embedded();
    let found: Option<Json<IndicatorSet>> = versions::table
        .filter(versions::set_id.eq(&built_in.id))
        .filter(versions::state.eq(SetState::Approved))
        .filter(versions::effective_from.assume_not_null().le(now))
        .order((versions::effective_from.desc(), versions::decided_at.desc(), versions::id.desc()))
        .select(versions::document)
        .first(reading.conn)
        .optional()?;
    found.map_or_else(|| Ok(built_in.clone()), |document| document.get())
}

/// Returns the set that the next version must follow, the last that was approved, in force or not yet; and from
/// when it is used.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn last_approved(reading: &mut Reading<'_>) -> Result<(IndicatorSet, Option<Instant>)> {
    let built_in = IndicatorSet::embedded();
    let found: Option<(Json<IndicatorSet>, Option<Instant>)> = versions::table
        .filter(versions::set_id.eq(&built_in.id))
        .filter(versions::state.eq(SetState::Approved))
        .order((versions::effective_from.desc(), versions::decided_at.desc(), versions::id.desc()))
        .select((versions::document, versions::effective_from))
        .first(reading.conn)
        .optional()?;
    match found {
        Some((document, from)) => Ok((document.get()?, from)),
        None => Ok((built_in.clone(), None)),
    }
}

/// Fetches a version for an action. A proposal does not exist for those who do not decide about it.
///
/// # Errors
/// `NotFound`, `NotPermitted`.
pub fn fetch<A: Action>(
    reading: &mut Reading<'_>,
    (set_id, id): (&str, &IndicatorSetVersionId),
) -> Result<Permit<A, SetVersion>> {
    let actor = reading.actor()?.clone();
    let found: Option<SetVersion> = versions::table
        .find(id)
        .filter(versions::set_id.eq(set_id))
        .select(SetVersion::as_select())
        .first(reading.conn)
        .optional()?;
    let version = found.ok_or_else(|| absent(id))?;
    let decides = policy::may(ProposeIndicatorSet::NAME, &actor, &SystemFacts);
    if version.state.get() != SetState::Approved && !decides {
        return Err(absent(id));
    }
    policy::decide(&actor, &SystemFacts, version).map_err(Error::from)
}

/// Lists the versions of a set, the newest first; to those who do not decide, the approved ones.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn page(
    reading: &mut Reading<'_>,
    set_id: &str,
    after: Option<(Instant, IndicatorSetVersionId)>,
    limit: RowLimit,
) -> Result<Rows<SetVersion>> {
    let decides = policy::may(ProposeIndicatorSet::NAME, reading.actor()?, &SystemFacts);
    let mut query = versions::table
        .filter(versions::set_id.eq(set_id))
        .select(SetVersion::as_select())
        .into_boxed();
    if !decides {
        query = query.filter(versions::state.eq(SetState::Approved));
    }
    let found = newest_first!(query, (versions::created_at, versions::id), after, limit)
        .load(reading.conn)?;
    Ok(limit.cut(found))
}

/// Saves a proposal.
///
/// # Errors
/// `IdTaken` for a version that there is already.
pub fn insert(
    tx: &mut Tx<'_>,
    _permit: &Permit<ProposeIndicatorSet, ()>,
    id: &IndicatorSetVersionId,
    (document, cases, reason): (&IndicatorSet, &Vec<GoldenCase>, &str),
) -> Result<()> {
    let (by, now) = (tx.actor()?.user_id.clone(), tx.now());
    diesel::insert_into(versions::table)
        .values((
            versions::id.eq(id),
            versions::set_id.eq(&document.id),
            versions::set_version.eq(&document.version),
            versions::ruleset_version.eq(&document.ruleset.version),
            versions::state.eq(SetState::INITIAL),
            versions::document.eq(Json::of(document)?),
            versions::cases.eq(Json::of(cases)?),
            versions::reason.eq(reason),
            versions::proposed_by.eq(by),
            versions::version.eq(1),
            versions::created_at.eq(now),
            versions::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Saves what was decided about a version. Returns its new version.
///
/// # Errors
/// `Stale` if somebody else was faster.
pub fn save<A: Action + Changes>(
    tx: &mut Tx<'_>,
    _permit: &Permit<A, ()>,
    (id, version): (&IndicatorSetVersionId, i64),
    moved: &Moved<SetState>,
    effective_from: Option<Instant>,
) -> Result<i64> {
    let (by, now) = (tx.actor()?.user_id.clone(), tx.now());
    let next = version.saturating_add(1);
    let rows = diesel::update(versions::table.find(id))
        .filter(versions::version.eq(version))
        .filter(versions::state.eq(moved.from()))
        .set((
            versions::state.eq(moved.to()),
            versions::effective_from.eq(effective_from),
            versions::decided_by.eq(Some(by)),
            versions::decided_at.eq(Some(now)),
            versions::version.eq(next),
            versions::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    met(rows, version)?;
    Ok(next)
}
