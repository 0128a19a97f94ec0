//! The steps of a support plan, each reached through the case.

use chrono::NaiveDate;
use diesel::prelude::*;
use refero_domain::{
    actor::Actor,
    id::{
        CaseId, Kind, OrganisationId, PersonId, PlanItemId, PlanItemKind, ReferralId,
        SupportPlanId, UserId,
    },
    instant::Instant,
    machine::{Machine, Moved, State},
    plan::{ItemAct, ItemOwner, ItemState, ItemWords},
    policy::{self, Action, Changes, CreatePlanItem, Permit},
    refusal::{Refusal, Standing},
    sensitive::Sensitive,
};

use super::day;
use crate::{
    cases::{CaseRow, expect_version},
    error::{Error, Refused, Result},
    people::{Slot, keep_revision, seal, unseal},
    schema::plan_items as items,
    sealing::Place,
    unit::{Reading, Tx},
};

const WORDS: Place = Place { table: "plan_items", column: "sealed" };

/// How many steps a plan may have: it is shown as one.
pub const MOST_ITEMS: usize = 200;

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = items)]
struct Stored {
    id: PlanItemId,
    case_id: CaseId,
    plan_id: SupportPlanId,
    state: State<ItemState>,
    plan_type: String,
    service_type: Option<String>,
    owner: ItemOwner,
    owner_organisation_id: Option<OrganisationId>,
    due_on: Option<String>,
    referral_id: Option<ReferralId>,
    for_transition: bool,
    outcome: Option<String>,
    sealed: Option<Vec<u8>>,
    ended_by: Option<UserId>,
    ended_at: Option<Instant>,
    created_by: UserId,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

/// What is agreed about one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemTerms {
    /// A code of `support_plan_type`.
    pub plan_type: String,
    /// A code of `service_type`.
    pub service_type: Option<String>,
    /// Who does it.
    pub owner: ItemOwner,
    /// Which organisation, if one does.
    pub owner_organisation_id: Option<OrganisationId>,
    /// Until when.
    pub due_on: Option<NaiveDate>,
    /// The referral that carries it out.
    pub referral_id: Option<ReferralId>,
    /// Whether it prepares the person for the time after the age of majority.
    pub for_transition: bool,
}

/// One step of a plan.
#[derive(Debug)]
pub struct PlanItem {
    /// The step.
    pub id: PlanItemId,
    /// The case it belongs to.
    pub case_id: CaseId,
    /// The plan.
    pub plan_id: SupportPlanId,
    /// Where it stands; changes through its machine only.
    pub state: State<ItemState>,
    /// What is agreed about it.
    pub terms: ItemTerms,
    /// How it came out: a code of `service_outcome`.
    pub outcome: Option<String>,
    /// Objective, action, and how it ended.
    pub words: Sensitive<ItemWords>,
    /// Who wrote the end down.
    pub ended_by: Option<UserId>,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// Who wrote it down.
    pub created_by: UserId,
    /// For the ETag.
    pub version: i64,
    /// When it was written down.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

impl PlanItem {
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
        let acts = self.state.get().acts().map(ItemAct::code);
        acts.filter(|act| may(&format!("plan-item.{act}"))).collect()
    }

    /// Says how a refused act names this step in the answer and the trail.
    #[must_use]
    pub fn refused(&self, refusal: Refusal, row: &CaseRow, actor: &Actor) -> Error {
        Error::Refused(Box::new(Refused {
            refusal,
            standing: Some(Standing::PlanItem(self.state.get())),
            allowed_actions: self.allowed_actions(row, actor),
            object: Some((PlanItemKind::NAME, self.id.as_str().to_owned())),
            case_id: Some(self.case_id.clone()),
        }))
    }
}

fn slot<'s>(id: &'s PlanItemId, person: &'s PersonId) -> Slot<'s> {
    Slot { place: WORDS, row: id.as_str(), person }
}

fn opened(reading: &mut Reading<'_>, stored: Stored, person: &PersonId) -> Result<PlanItem> {
    let sealed = stored.sealed.as_deref();
    let words = sealed.map(|sealed| unseal(reading, &slot(&stored.id, person), sealed));
    Ok(PlanItem {
        words: words.transpose()?.unwrap_or_default(),
        terms: ItemTerms {
            plan_type: stored.plan_type,
            service_type: stored.service_type,
            owner: stored.owner,
            owner_organisation_id: stored.owner_organisation_id,
            due_on: stored.due_on.as_deref().map(day).transpose()?,
            referral_id: stored.referral_id,
            for_transition: stored.for_transition,
        },
        id: stored.id,
        case_id: stored.case_id,
        plan_id: stored.plan_id,
        state: stored.state,
        outcome: stored.outcome,
        ended_by: stored.ended_by,
        ended_at: stored.ended_at,
        created_by: stored.created_by,
        version: stored.version,
        created_at: stored.created_at,
        updated_at: stored.updated_at,
    })
}

/// Fetches a step through the case.
///
/// # Errors
/// [`Refusal::NotFound`] if the plan of the case has no such step.
pub fn find_item<A: Action>(
    reading: &mut Reading<'_>,
    permit: &Permit<A, CaseRow>,
    id: &PlanItemId,
) -> Result<PlanItem> {
    let stored: Stored = items::table
        .filter(items::id.eq(id))
        .filter(items::case_id.eq(&permit.row().case.id))
        .select(Stored::as_select())
        .first(reading.conn)?;
    opened(reading, stored, &permit.row().person.id)
}

/// Reads all steps of the plan of a case, in the order in which they were written down.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn all_items<A: Action>(
    reading: &mut Reading<'_>,
    permit: &Permit<A, CaseRow>,
) -> Result<Vec<PlanItem>> {
    let found: Vec<Stored> = items::table
        .filter(items::case_id.eq(&permit.row().case.id))
        .order((items::created_at, items::id))
        .select(Stored::as_select())
        .load(reading.conn)?;
    found.into_iter().map(|stored| opened(reading, stored, &permit.row().person.id)).collect()
}

/// Adds a step to a plan.
///
/// # Errors
/// [`Refusal::IdTaken`] if the identifier is in use.
pub fn insert_item(
    tx: &mut Tx<'_>,
    permit: &Permit<CreatePlanItem, CaseRow>,
    (id, plan): (&PlanItemId, &SupportPlanId),
    terms: &ItemTerms,
    words: &Sensitive<ItemWords>,
) -> Result<()> {
    let CaseRow { case, person, .. } = permit.row();
    tx.changes(&case.id);
    let sealed = seal(tx, slot(id, &person.id), words)?;
    let by = tx.actor()?.user_id.clone();
    let now = tx.now();
    diesel::insert_into(items::table)
        .values((
            items::id.eq(id),
            items::case_id.eq(&case.id),
            items::plan_id.eq(plan),
            items::state.eq(ItemState::INITIAL),
            items::plan_type.eq(&terms.plan_type),
            items::service_type.eq(&terms.service_type),
            items::owner.eq(terms.owner),
            items::owner_organisation_id.eq(&terms.owner_organisation_id),
            items::due_on.eq(terms.due_on.map(|day| day.to_string())),
            items::referral_id.eq(&terms.referral_id),
            items::for_transition.eq(terms.for_transition),
            items::sealed.eq(Some(sealed)),
            items::created_by.eq(by),
            items::version.eq(1),
            items::created_at.eq(now),
            items::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// What is written about a step that is there.
#[derive(Debug, Default)]
pub struct ItemChange {
    /// Where it stands from now on.
    pub moved: Option<Moved<ItemState>>,
    /// What is agreed about it from now on.
    pub terms: Option<ItemTerms>,
    /// What it holds in words from now on; the earlier ones stay in the history.
    pub words: Option<Sensitive<ItemWords>>,
    /// How it came out.
    pub outcome: Option<String>,
}

/// Writes a change of a step. Returns the new version.
///
/// # Errors
/// [`Refusal::Stale`] if somebody was faster.
pub fn save_item<A: Action + Changes>(
    tx: &mut Tx<'_>,
    permit: &Permit<A, CaseRow>,
    (id, version, earlier): (&PlanItemId, i64, &Sensitive<ItemWords>),
    change: ItemChange,
) -> Result<i64> {
    let CaseRow { case, person, .. } = permit.row();
    tx.changes(&case.id);
    let (now, next) = (tx.now(), version.saturating_add(1));
    let mine = items::table.find(id);
    if let Some(words) = &change.words {
        keep_revision(tx, &person.id, (id, version), earlier)?;
        let sealed = seal(tx, slot(id, &person.id), words)?;
        diesel::update(mine).set(items::sealed.eq(Some(sealed))).execute(tx.conn)?;
    }
    if let Some(terms) = &change.terms {
        diesel::update(mine)
            .set((
                items::plan_type.eq(&terms.plan_type),
                items::service_type.eq(&terms.service_type),
                items::owner.eq(terms.owner),
                items::owner_organisation_id.eq(&terms.owner_organisation_id),
                items::due_on.eq(terms.due_on.map(|day| day.to_string())),
                items::referral_id.eq(&terms.referral_id),
                items::for_transition.eq(terms.for_transition),
            ))
            .execute(tx.conn)?;
    }
    if let Some(moved) = &change.moved {
        let ended = !moved.to().is_open();
        let by = tx.actor()?.user_id.clone();
        diesel::update(mine)
            .set((
                items::state.eq(moved.to()),
                items::outcome.eq(&change.outcome),
                items::ended_by.eq(ended.then_some(by)),
                items::ended_at.eq(ended.then_some(now)),
            ))
            .execute(tx.conn)?;
    }
    let saved = diesel::update(mine)
        .filter(items::version.eq(version))
        .set((items::version.eq(next), items::updated_at.eq(now)))
        .execute(tx.conn)?;
    if saved == 1 { Ok(next) } else { Err(Refusal::Stale { current: next }.into()) }
}
