//! Legal holds: nothing of the case is erased while one stands.

use diesel::prelude::*;
use refero_domain::{
    actor::Actor,
    erasure::{HoldAct, HoldGround, HoldState},
    id::{CaseId, Kind, LegalHoldId, UserId},
    instant::Instant,
    machine::{Moved, State},
    policy::{self, Action, CaseFacts, Permit, PlaceHold, ReadHold, ReleaseHold, Scope},
    refusal::{Refusal, Standing},
};

use crate::{
    cases::{self, Case, CaseRow, expect_version},
    error::{Error, Refused, Result},
    rows::{RowLimit, Rows},
    schema::{cases as case_table, legal_holds as holds},
    scope,
    unit::{Reading, Tx},
};

/// A legal hold on a case.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = holds)]
pub struct Hold {
    /// The hold.
    pub id: LegalHoldId,
    /// The case.
    pub case_id: CaseId,
    /// Why.
    pub ground: HoldGround,
    /// The proceedings or the order.
    pub file_reference: String,
    /// Where it stands.
    pub state: State<HoldState>,
    /// Who placed it.
    pub placed_by: UserId,
    /// When.
    pub placed_at: Instant,
    /// Who asked to release it.
    pub release_requested_by: Option<UserId>,
    /// Who released it.
    pub released_by: Option<UserId>,
    /// When.
    pub released_at: Option<Instant>,
    /// For the ETag and against lost updates.
    pub version: i64,
}

/// A hold and the facts on which access was decided.
#[derive(Debug)]
pub struct HoldRow {
    /// The hold.
    pub hold: Hold,
    /// The facts, for `allowed_actions`.
    pub facts: CaseFacts,
}

impl HoldRow {
    /// Refuses to go on if somebody else was faster.
    ///
    /// # Errors
    /// [`Refusal::Stale`] with the present version.
    pub fn expect_version(&self, expected: Option<i64>) -> Result<()> {
        expect_version(self.hold.version, expected)
    }

    /// Returns the moves that this caller could make now: who asked to release it cannot do so (R10).
    #[must_use]
    pub fn allowed_actions(&self, actor: &Actor) -> Vec<&'static str> {
        let asked = self.hold.release_requested_by.as_ref() == Some(&actor.user_id);
        let can = !asked
            && self.hold.state.get() != HoldState::Released
            && policy::may(ReleaseHold::NAME, actor, &self.facts);
        if can { vec![HoldAct::Release.code()] } else { Vec::new() }
    }

    /// Says how a refused act names this hold in the answer and the trail.
    #[must_use]
    pub fn refused(&self, refusal: Refusal, actor: &Actor) -> Error {
        Error::Refused(Box::new(Refused {
            refusal,
            standing: Some(Standing::Hold(self.hold.state.get())),
            allowed_actions: self.allowed_actions(actor),
            object: Some((
                refero_domain::id::LegalHoldKind::NAME,
                self.hold.id.as_str().to_owned(),
            )),
            case_id: Some(self.hold.case_id.clone()),
        }))
    }
}

fn denied(refusal: Refusal, id: &LegalHoldId) -> Error {
    Error::Refused(Box::new(Refused {
        refusal,
        standing: None,
        allowed_actions: Vec::new(),
        object: Some((refero_domain::id::LegalHoldKind::NAME, id.as_str().to_owned())),
        case_id: None,
    }))
}

/// Fetches a hold for an action.
///
/// # Errors
/// [`Refusal::NotFound`] if it is not there or may not be known, [`Refusal::NotPermitted`] if it may
/// be seen but this may not be done.
pub fn fetch<A: Action>(reading: &mut Reading<'_>, id: &LegalHoldId) -> Result<Permit<A, HoldRow>> {
    let actor = reading.actor()?.clone();
    let found: Option<(Hold, Case)> = holds::table
        .inner_join(case_table::table)
        .filter(holds::id.eq(id))
        .select((Hold::as_select(), Case::as_select()))
        .first(reading.conn)
        .optional()?;
    let (hold, case) = found.ok_or_else(|| denied(Refusal::NotFound, id))?;
    let facts = cases::facts_with(&case, cases::Here::default());
    policy::decide::<A, _>(&actor, &facts, HoldRow { hold, facts: facts.clone() })
        .map_err(|denial| denied(Error::from(denial).refusal().unwrap_or(Refusal::NotFound), id))
}

/// Lists the holds of a scope, newest first.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn page(
    reading: &mut Reading<'_>,
    scope: &Scope<ReadHold>,
    after: Option<(Instant, LegalHoldId)>,
    limit: RowLimit,
) -> Result<Rows<Permit<ReadHold, HoldRow>>> {
    let actor = reading.actor()?.clone();
    let mut query =
        holds::table.filter(scope::holds_in(scope, &actor)).select(Hold::as_select()).into_boxed();
    if let Some((at, id)) = after {
        query =
            query.filter(holds::placed_at.lt(at).or(holds::placed_at.eq(at).and(holds::id.lt(id))));
    }
    let found: Vec<Hold> = query
        .order((holds::placed_at.desc(), holds::id.desc()))
        .limit(limit.one_more())
        .load(reading.conn)?;
    let of_cases = cases::facts_alone(reading.conn, found.iter().map(|found| &found.case_id))?;
    limit.cut(found).try_map(|hold| {
        let facts = of_cases.get(&hold.case_id).cloned().ok_or(Refusal::NotFound)?;
        policy::decide::<ReadHold, _>(&actor, &facts, HoldRow { hold, facts: facts.clone() })
            .map_err(|_| Error::broken("a list showed a hold that may not be read"))
    })
}

/// A hold that is placed.
#[derive(Debug, Clone)]
pub struct NewHold {
    /// The hold.
    pub id: LegalHoldId,
    /// Why.
    pub ground: HoldGround,
    /// The proceedings or the order.
    pub file_reference: String,
}

/// Places a hold on a case that the permit opened.
///
/// # Errors
/// [`Refusal::IdTaken`] if the identifier is in use.
pub fn insert(tx: &mut Tx<'_>, permit: &Permit<PlaceHold, CaseRow>, new: &NewHold) -> Result<()> {
    let (by, now) = (tx.actor()?.user_id.clone(), tx.now());
    diesel::insert_into(holds::table)
        .values((
            holds::id.eq(&new.id),
            holds::case_id.eq(&permit.row().case.id),
            holds::ground.eq(new.ground),
            holds::file_reference.eq(&new.file_reference),
            holds::state.eq(HoldState::InForce),
            holds::placed_by.eq(by),
            holds::placed_at.eq(now),
            holds::version.eq(1),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Saves a step towards the release of a hold: the first names who asks, the second who agrees.
///
/// # Errors
/// [`Refusal::Stale`] if somebody was faster.
pub fn save(
    tx: &mut Tx<'_>,
    _permit: &Permit<ReleaseHold, ()>,
    hold: &Hold,
    moved: &Moved<HoldState>,
) -> Result<i64> {
    let (by, now) = (tx.actor()?.user_id.clone(), tx.now());
    let version = hold.version.saturating_add(1);
    let is_released = moved.to() == HoldState::Released;
    let asked_by = hold.release_requested_by.clone().or_else(|| Some(by.clone()));
    let saved = diesel::update(holds::table.find(&hold.id))
        .filter(holds::version.eq(hold.version))
        .set((
            holds::state.eq(moved.to()),
            holds::release_requested_by.eq(asked_by),
            holds::released_by.eq(is_released.then_some(by)),
            holds::released_at.eq(is_released.then_some(now)),
            holds::version.eq(version),
        ))
        .execute(tx.conn)?;
    if saved == 1 { Ok(version) } else { Err(Refusal::Stale { current: version }.into()) }
}
