//! What a case is judged by before it is closed, and what was open when somebody asked.

use diesel::prelude::*;
use refero_domain::{
    case::CaseStatus,
    closure::{ClosureCheck, ClosureFacts, ClosureWords},
    consent::ConsentStatus,
    follow_up,
    id::{ClosureChecklistId, UserId},
    instant::Instant,
    machine::State,
    plan::{ItemState, PlanState},
    policy::{Action, CloseCase, Permit},
    sensitive::Sensitive,
};

use crate::{
    cases::{CaseRow, count_open_referrals},
    columns::Json,
    error::Result,
    guardians,
    people::{Slot, seal, unseal},
    schema::{
        clocks, closure_checklists as checklists, consents, needs_assessments, plan_items,
        support_plans,
    },
    sealing::Place,
    unit::{Reading, Tx},
};

const WORDS: Place = Place { table: "closure_checklists", column: "sealed" };

/// Reads what a case is judged by. `ages_out_soon` is of the country profile.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn facts<A: Action>(
    reading: &mut Reading<'_>,
    permit: &Permit<A, CaseRow>,
    ages_out_soon: bool,
) -> Result<ClosureFacts> {
    let CaseRow { case, person, .. } = permit.row();
    let items = || plan_items::table.filter(plan_items::case_id.eq(&case.id));
    let plan: Option<State<PlanState>> = support_plans::table
        .filter(support_plans::case_id.eq(&case.id))
        .select(support_plans::state)
        .first(reading.conn)
        .optional()?;
    let running: Vec<(String, Option<Instant>)> = clocks::table
        .filter(clocks::case_id.eq(&case.id))
        .select((clocks::kind, clocks::met_at))
        .load(reading.conn)?;
    let is_round =
        |kind: &str| (1..=follow_up::ROUNDS).any(|n| follow_up::clock_of(n) == Some(kind));
    let count = |of_rounds: bool, open_only: bool| {
        let counted = running.iter().filter(|(kind, met_at)| {
            is_round(kind) == of_rounds && (met_at.is_none() || !open_only)
        });
        i64::try_from(counted.count()).unwrap_or(i64::MAX)
    };
    Ok(ClosureFacts {
        was_opened: case.state.get() != CaseStatus::UnderTriage,
        is_child: person.protected_as_child(),
        ages_out_soon,
        open_referrals: count_open_referrals(reading, &case.id)?,
        assessments: needs_assessments::table
            .filter(needs_assessments::case_id.eq(&case.id))
            .count()
            .get_result(reading.conn)?,
        plan: plan.map(|state| state.get()),
        open_items: items()
            .filter(plan_items::state.eq_any(ItemState::OPEN))
            .count()
            .get_result(reading.conn)?,
        transition_items: items()
            .filter(plan_items::for_transition.eq(true))
            .filter(plan_items::state.ne(ItemState::Dropped))
            .count()
            .get_result(reading.conn)?,
        has_guardian: guardians::is_in_office(reading, permit)?,
        pending_consents: consents::table
            .filter(consents::case_id.eq(&case.id))
            .filter(consents::state.eq(ConsentStatus::Pending))
            .count()
            .get_result(reading.conn)?,
        follow_ups: (count(true, false), count(true, true)),
        open_deadlines: count(false, true),
    })
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = checklists)]
struct Stored {
    id: ClosureChecklistId,
    open: Json<Vec<ClosureCheck>>,
    sealed: Vec<u8>,
    author_id: UserId,
    created_at: Instant,
}

/// What was open when somebody asked to close the case.
#[derive(Debug)]
pub struct LeftOpen {
    /// Names it.
    pub id: ClosureChecklistId,
    /// What was open.
    pub open: Vec<ClosureCheck>,
    /// Why it is closed all the same.
    pub words: Sensitive<ClosureWords>,
    /// Who asked.
    pub author_id: UserId,
    /// When.
    pub created_at: Instant,
}

/// Keeps what is open when somebody asks to close the case.
///
/// # Errors
/// [`crate::Error::Unavailable`] if it cannot be written.
pub fn keep(
    tx: &mut Tx<'_>,
    permit: &Permit<CloseCase, CaseRow>,
    open: &[ClosureCheck],
    words: &Sensitive<ClosureWords>,
) -> Result<()> {
    let CaseRow { case, person, .. } = permit.row();
    tx.changes(&case.id);
    let id: ClosureChecklistId = tx.new_id();
    let sealed = seal(tx, Slot { place: WORDS, row: id.as_str(), person: &person.id }, words)?;
    let by = tx.actor()?.user_id.clone();
    diesel::insert_into(checklists::table)
        .values((
            checklists::id.eq(&id),
            checklists::case_id.eq(&case.id),
            checklists::open.eq(Json::of(&open.to_vec())?),
            checklists::sealed.eq(sealed),
            checklists::author_id.eq(by),
            checklists::created_at.eq(tx.now()),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Lists what was open whenever somebody asked to close the case, the newest first; at most 50.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn left_open<A: Action>(
    reading: &mut Reading<'_>,
    permit: &Permit<A, CaseRow>,
) -> Result<Vec<LeftOpen>> {
    let CaseRow { case, person, .. } = permit.row();
    let found: Vec<Stored> = checklists::table
        .filter(checklists::case_id.eq(&case.id))
        .order((checklists::created_at.desc(), checklists::id.desc()))
        .limit(50)
        .select(Stored::as_select())
        .load(reading.conn)?;
    let opened = |stored: Stored| {
        let slot = Slot { place: WORDS, row: stored.id.as_str(), person: &person.id };
        Ok(LeftOpen {
            words: unseal(reading, &slot, &stored.sealed)?,
            open: stored.open.get()?,
            id: stored.id,
            author_id: stored.author_id,
            created_at: stored.created_at,
        })
    };
    found.into_iter().map(opened).collect()
}
