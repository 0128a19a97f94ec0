//! Support plans: one for a case, reached through it; what was agreed and reviewed is appended.

mod agreed;
mod items;

use chrono::NaiveDate;
use diesel::prelude::*;
use refero_domain::{
    actor::Actor,
    id::{CaseId, Kind, PersonId, SupportPlanId, SupportPlanKind, UserId},
    instant::Instant,
    machine::{Machine, Moved, State},
    plan::{PlanAct, PlanState, PlanWords},
    policy::{self, Action, Changes, EditPlan, Permit, StartPlan},
    refusal::{Refusal, Standing},
    sensitive::Sensitive,
};

use crate::{
    cases::{CaseRow, expect_version},
    error::{Error, Refused, Result},
    people::{Slot, keep_revision, seal, unseal},
    schema::support_plans as plans,
    sealing::Place,
    unit::{Reading, Tx},
};

pub use self::{
    agreed::{Agreement, NewAgreement, Review, agree, agreements, review, reviews},
    items::{
        ItemChange, ItemTerms, MOST_ITEMS, PlanItem, all_items, find_item, insert_item, save_item,
    },
};

const WORDS: Place = Place { table: "support_plans", column: "sealed" };

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = plans)]
struct Stored {
    id: SupportPlanId,
    case_id: CaseId,
    state: State<PlanState>,
    planned_end_on: Option<String>,
    sealed: Option<Vec<u8>>,
    agreed_at: Option<Instant>,
    ended_at: Option<Instant>,
    created_by: UserId,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

/// The support plan of a case.
#[derive(Debug)]
pub struct SupportPlan {
    /// The plan.
    pub id: SupportPlanId,
    /// The case it belongs to.
    pub case_id: CaseId,
    /// Where it stands; changes through its machine only.
    pub state: State<PlanState>,
    /// Until when it is meant to be carried out.
    pub planned_end_on: Option<NaiveDate>,
    /// What the person wants to reach.
    pub words: Sensitive<PlanWords>,
    /// When the person last agreed.
    pub agreed_at: Option<Instant>,
    /// When it ended with the case.
    pub ended_at: Option<Instant>,
    /// Who started it.
    pub created_by: UserId,
    /// For the ETag.
    pub version: i64,
    /// When it was started.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

impl SupportPlan {
    /// Refuses to go on if somebody else was faster.
    ///
    /// # Errors
    /// [`Refusal::Stale`] with the present version.
    pub fn expect_version(&self, expected: Option<i64>) -> Result<()> {
        expect_version(self.version, expected)
    }

    /// Returns what this caller could do with it now.
    #[must_use]
    pub fn allowed_actions(&self, row: &CaseRow, actor: &Actor) -> Vec<&'static str> {
        if row.case.state.get().is_ended() {
            return Vec::new();
        }
        let may = |action: &str| policy::may(action, actor, &row.facts);
        let acts = self.state.get().acts().filter(|act| act.is_asked_for());
        acts.map(PlanAct::code).filter(|act| may(&format!("support-plan.{act}"))).collect()
    }

    /// Says how a refused act names this plan in the answer and the trail.
    #[must_use]
    pub fn refused(&self, refusal: Refusal, row: &CaseRow, actor: &Actor) -> Error {
        Error::Refused(Box::new(Refused {
            refusal,
            standing: Some(Standing::Plan(self.state.get())),
            allowed_actions: self.allowed_actions(row, actor),
            object: Some((SupportPlanKind::NAME, self.id.as_str().to_owned())),
            case_id: Some(self.case_id.clone()),
        }))
    }
}

pub(crate) fn day(text: &str) -> Result<NaiveDate> {
    text.parse().map_err(|cause| Error::broken_by("a stored day cannot be read", cause))
}

fn slot<'s>(id: &'s SupportPlanId, person: &'s PersonId) -> Slot<'s> {
    Slot { place: WORDS, row: id.as_str(), person }
}

/// Finds the plan of a case, if it has one.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn of_case<A: Action>(
    reading: &mut Reading<'_>,
    permit: &Permit<A, CaseRow>,
) -> Result<Option<SupportPlan>> {
    let CaseRow { case, person, .. } = permit.row();
    let found: Option<Stored> = plans::table
        .filter(plans::case_id.eq(&case.id))
        .select(Stored::as_select())
        .first(reading.conn)
        .optional()?;
    let Some(stored) = found else { return Ok(None) };
    let sealed = stored.sealed.as_deref();
    let words = sealed.map(|sealed| unseal(reading, &slot(&stored.id, &person.id), sealed));
    Ok(Some(SupportPlan {
        words: words.transpose()?.unwrap_or_default(),
        planned_end_on: stored.planned_end_on.as_deref().map(day).transpose()?,
        id: stored.id,
        case_id: stored.case_id,
        state: stored.state,
        agreed_at: stored.agreed_at,
        ended_at: stored.ended_at,
        created_by: stored.created_by,
        version: stored.version,
        created_at: stored.created_at,
        updated_at: stored.updated_at,
    }))
}

/// Fetches the plan of a case.
///
/// # Errors
/// [`Refusal::NotFound`] if the case has none.
pub fn find<A: Action>(
    reading: &mut Reading<'_>,
    permit: &Permit<A, CaseRow>,
) -> Result<SupportPlan> {
    of_case(reading, permit)?.ok_or_else(|| Refusal::NotFound.into())
}

/// Starts the plan of a case.
///
/// # Errors
/// [`Refusal::IdTaken`] if the identifier is in use.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<StartPlan, CaseRow>,
    id: &SupportPlanId,
    words: &Sensitive<PlanWords>,
    planned_end_on: Option<NaiveDate>,
) -> Result<()> {
    let CaseRow { case, person, .. } = permit.row();
    tx.changes(&case.id);
    let sealed = seal(tx, slot(id, &person.id), words)?;
    let by = tx.actor()?.user_id.clone();
    let now = tx.now();
    diesel::insert_into(plans::table)
        .values((
            plans::id.eq(id),
            plans::case_id.eq(&case.id),
            plans::state.eq(PlanState::INITIAL),
            plans::planned_end_on.eq(planned_end_on.map(|day| day.to_string())),
            plans::sealed.eq(Some(sealed)),
            plans::created_by.eq(by),
            plans::version.eq(1),
            plans::created_at.eq(now),
            plans::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Writes what was corrected in a plan; the earlier words stay in the history (R13). Returns the new
/// version.
///
/// # Errors
/// [`Refusal::Stale`] if somebody was faster.
pub fn save(
    tx: &mut Tx<'_>,
    permit: &Permit<EditPlan, CaseRow>,
    plan: &SupportPlan,
    words: Option<&Sensitive<PlanWords>>,
    planned_end_on: Option<NaiveDate>,
) -> Result<()> {
    let CaseRow { case, person, .. } = permit.row();
    tx.changes(&case.id);
    if let Some(words) = words {
        keep_revision(tx, &person.id, (&plan.id, plan.version), &plan.words)?;
        let sealed = seal(tx, slot(&plan.id, &person.id), words)?;
        diesel::update(plans::table.find(&plan.id))
            .set(plans::sealed.eq(Some(sealed)))
            .execute(tx.conn)?;
    }
    diesel::update(plans::table.find(&plan.id))
        .set(plans::planned_end_on.eq(planned_end_on.map(|day| day.to_string())))
        .execute(tx.conn)?;
    Ok(())
}

/// Moves a plan. Returns the new version.
///
/// # Errors
/// [`Refusal::Stale`] if somebody was faster.
pub fn step<A: Action + Changes>(
    tx: &mut Tx<'_>,
    _permit: &Permit<A, CaseRow>,
    (id, case, version): (&SupportPlanId, &CaseId, i64),
    moved: &Moved<PlanState>,
    agreed_at: Option<Instant>,
) -> Result<i64> {
    tx.changes(case);
    let (now, next) = (tx.now(), version.saturating_add(1));
    let ended_at = (moved.to() == PlanState::Ended).then_some(now);
    if agreed_at.is_some() {
        diesel::update(plans::table.find(id))
            .set(plans::agreed_at.eq(agreed_at))
            .execute(tx.conn)?;
    }
    let saved = diesel::update(plans::table.find(id))
        .filter(plans::version.eq(version))
        .filter(plans::state.eq(moved.from()))
        .set((
            plans::state.eq(moved.to()),
            plans::ended_at.eq(ended_at),
            plans::version.eq(next),
            plans::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    if saved == 1 { Ok(next) } else { Err(Refusal::Stale { current: next }.into()) }
}

/// Says whether a plan may be changed as it stands and as the case stands.
///
/// # Errors
/// [`Refusal::IllegalTransition`] if it has ended, or the case has.
pub fn expect_open(plan: &SupportPlan, row: &CaseRow, actor: &Actor) -> Result<()> {
    let is_open = plan.state.get() != PlanState::Ended && !row.case.state.get().is_ended();
    if is_open { Ok(()) } else { Err(plan.refused(Refusal::IllegalTransition, row, actor)) }
}
