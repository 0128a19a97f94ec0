//! Forgetting a person: who asked, who agreed, and what is left (R10, R13).

mod destroy;
pub mod holds;
mod tombstones;

use diesel::prelude::*;
use refero_domain::{
    actor::Actor,
    erasure::{ErasureAct, ErasureGround, ErasureState, HoldState},
    id::{CaseId, ErasureRequestId, ErasureRequestKind, Kind, UserId},
    instant::Instant,
    machine::{Machine, Moved, State},
    policy::{
        self, Action, ApproveErasure, CaseFacts, DeclineErasure, Permit, ReadErasure,
        RequestErasure, Scope,
    },
    referral::ReferralState,
    refusal::{Refusal, Standing},
};

use crate::{
    cases::{self, Case, CaseRow, expect_version},
    error::{Error, Refused, Result},
    rows::{RowLimit, Rows, newest_first},
    schema::{
        audit_events, cases as case_table, emergency_accesses as accesses,
        erasure_requests as requests, legal_holds, organisations, referrals, users,
    },
    scope,
    unit::{Reading, Tx},
};

pub use destroy::Erased;
pub use holds::{Hold, HoldRow, NewHold};
pub use tombstones::{Tombstone, count, missing, replay, scrub, tombstones, vacuum};

/// A request to forget the person of a case.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = requests)]
pub struct ErasureRequest {
    /// The request.
    pub id: ErasureRequestId,
    /// The case of the person.
    pub case_id: CaseId,
    /// Why.
    pub ground: ErasureGround,
    /// The officer's own file.
    pub file_reference: String,
    /// Where it stands.
    pub state: State<ErasureState>,
    /// Who asked.
    pub requested_by: UserId,
    /// When.
    pub requested_at: Instant,
    /// Who approved or declined.
    pub decided_by: Option<UserId>,
    /// When.
    pub decided_at: Option<Instant>,
    /// For the ETag and against lost updates.
    pub version: i64,
}

/// A request, and the facts about its case on which access was decided.
#[derive(Debug)]
pub struct ErasureRow {
    /// The request.
    pub request: ErasureRequest,
    /// The facts, for `allowed_actions`.
    pub facts: CaseFacts,
}

impl ErasureRow {
    /// Refuses to go on if somebody else was faster.
    ///
    /// # Errors
    /// [`Refusal::Stale`] with the present version.
    pub fn expect_version(&self, expected: Option<i64>) -> Result<()> {
        expect_version(self.request.version, expected)
    }

    /// Returns the moves that this caller could make now: nobody decides about their own (R10).
    #[must_use]
    pub fn allowed_actions(&self, actor: &Actor) -> Vec<&'static str> {
        let own = self.request.requested_by == actor.user_id;
        let acts = self.request.state.get().acts().map(ErasureAct::code);
        acts.filter(|act| policy::may(&format!("erasure.{act}"), actor, &self.facts))
            .filter(|act| !(own && *act == "approve"))
            .collect()
    }

    /// Says how a refused act names this request in the answer and the trail.
    #[must_use]
    pub fn refused(&self, refusal: Refusal, actor: &Actor) -> Error {
        Error::Refused(Box::new(Refused {
            refusal,
            standing: Some(Standing::Erasure(self.request.state.get())),
            allowed_actions: self.allowed_actions(actor),
            object: Some((ErasureRequestKind::NAME, self.request.id.as_str().to_owned())),
            case_id: Some(self.request.case_id.clone()),
        }))
    }
}

fn denied(refusal: Refusal, id: &ErasureRequestId) -> Error {
    Error::Refused(Box::new(Refused {
        refusal,
        standing: None,
        allowed_actions: Vec::new(),
        object: Some((ErasureRequestKind::NAME, id.as_str().to_owned())),
        case_id: None,
    }))
}

/// Fetches a request for an action. It is readable after the person was forgotten.
///
/// # Errors
/// [`Refusal::NotFound`] if it is not there or may not be known, [`Refusal::NotPermitted`] if it may
/// be seen but this may not be done.
pub fn fetch<A: Action>(
    reading: &mut Reading<'_>,
    id: &ErasureRequestId,
) -> Result<Permit<A, ErasureRow>> {
    let actor = reading.actor()?.clone();
    let found: Option<(ErasureRequest, Case)> = requests::table
        .inner_join(case_table::table)
        .filter(requests::id.eq(id))
        .select((ErasureRequest::as_select(), Case::as_select()))
        .first(reading.conn)
        .optional()?;
    let (request, case) = found.ok_or_else(|| denied(Refusal::NotFound, id))?;
    let facts = cases::facts_with(&case, cases::Here::default());
    let row = ErasureRow { request, facts: facts.clone() };
    policy::decide::<A, _>(&actor, &facts, row)
        .map_err(|denial| denied(Error::from(denial).refusal().unwrap_or(Refusal::NotFound), id))
}

/// Lists the requests of a scope, newest first.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn page(
    reading: &mut Reading<'_>,
    scope: &Scope<ReadErasure>,
    after: Option<(Instant, ErasureRequestId)>,
    limit: RowLimit,
) -> Result<Rows<Permit<ReadErasure, ErasureRow>>> {
    let actor = reading.actor()?.clone();
    let query = requests::table
        .filter(scope::erasures_in(scope, &actor))
        .select(ErasureRequest::as_select())
        .into_boxed();
    let found: Vec<ErasureRequest> =
        newest_first!(query, (requests::requested_at, requests::id), after, limit)
            .load(reading.conn)?;
    let of_cases = cases::facts_alone(reading.conn, found.iter().map(|found| &found.case_id))?;
    limit.cut(found).try_map(|request| {
        let facts = of_cases.get(&request.case_id).cloned().ok_or(Refusal::NotFound)?;
        let row = ErasureRow { request, facts: facts.clone() };
        policy::decide::<ReadErasure, _>(&actor, &facts, row)
            .map_err(|_| Error::broken("a list showed a request that may not be read"))
    })
}

/// A request that is made.
#[derive(Debug, Clone)]
pub struct NewRequest {
    /// The request.
    pub id: ErasureRequestId,
    /// Why.
    pub ground: ErasureGround,
    /// The officer's own file.
    pub file_reference: String,
}

/// Saves a request about a case that the permit opened.
///
/// # Errors
/// [`Refusal::IdTaken`] if the identifier is in use.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<RequestErasure, CaseRow>,
    new: &NewRequest,
) -> Result<()> {
    let (by, now) = (tx.actor()?.user_id.clone(), tx.now());
    diesel::insert_into(requests::table)
        .values((
            requests::id.eq(&new.id),
            requests::case_id.eq(&permit.row().case.id),
            requests::ground.eq(new.ground),
            requests::file_reference.eq(&new.file_reference),
            requests::state.eq(ErasureState::Requested),
            requests::requested_by.eq(by),
            requests::requested_at.eq(now),
            requests::version.eq(1),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Says whether somebody has asked before and nobody has decided.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn is_asked(tx: &mut Tx<'_>, permit: &Permit<RequestErasure, CaseRow>) -> Result<bool> {
    let open: i64 = requests::table
        .filter(requests::case_id.eq(&permit.row().case.id))
        .filter(requests::state.eq(ErasureState::Requested))
        .count()
        .get_result(tx.conn)?;
    Ok(open > 0)
}

/// What stands in the way of forgetting the person of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// A legal hold that is not released, on some case of the person.
    Hold,
    /// A provider works with the person, or was asked to.
    OpenReferral,
    /// Somebody opened the case in an emergency, and nobody has reviewed it (R15): the review would find
    /// nothing any more.
    UnreviewedEmergency,
}

/// Looks for what stands in the way, on every case of the person.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn obstacle(
    tx: &mut Tx<'_>,
    permit: &Permit<ApproveErasure, ErasureRow>,
) -> Result<Option<Obstacle>> {
    let persons = destroy::registered_as(tx, &permit.row().request.case_id)?;
    let of_person = || {
        case_table::table
            .filter(case_table::person_id.eq_any(persons.clone()))
            .select(case_table::id)
    };
    let held: i64 = legal_holds::table
        .filter(legal_holds::case_id.eq_any(of_person()))
        .filter(legal_holds::state.ne(HoldState::Released))
        .count()
        .get_result(tx.conn)?;
    if held > 0 {
        return Ok(Some(Obstacle::Hold));
    }
    let open: i64 = referrals::table
        .filter(referrals::case_id.eq_any(of_person()))
        .filter(referrals::state.eq_any(ReferralState::OPEN))
        .count()
        .get_result(tx.conn)?;
    if open > 0 {
        return Ok(Some(Obstacle::OpenReferral));
    }
    let unreviewed: i64 = accesses::table
        .filter(accesses::case_id.eq_any(of_person()))
        .filter(accesses::reviewed_at.is_null())
        .count()
        .get_result(tx.conn)?;
    Ok((unreviewed > 0).then_some(Obstacle::UnreviewedEmergency))
}

/// Forgets the person of a request that a second person approved. One transaction: all, or nothing.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn carry_out(
    tx: &mut Tx<'_>,
    permit: &Permit<ApproveErasure, ()>,
    request: &ErasureRequest,
    moved: &Moved<ErasureState>,
) -> Result<(i64, Vec<Erased>)> {
    let now = tx.now();
    let persons = destroy::registered_as(tx, &request.case_id)?;
    let mut erased = Vec::with_capacity(persons.len());
    for person in &persons {
        erased.push(destroy::erase(tx, person, now)?);
    }
    Ok((decided(tx, permit, request, moved)?, erased))
}

/// Declines a request.
///
/// # Errors
/// [`Refusal::Stale`] if somebody was faster.
pub fn decline(
    tx: &mut Tx<'_>,
    permit: &Permit<DeclineErasure, ()>,
    request: &ErasureRequest,
    moved: &Moved<ErasureState>,
) -> Result<i64> {
    decided(tx, permit, request, moved)
}

fn decided<A: Action>(
    tx: &mut Tx<'_>,
    _permit: &Permit<A, ()>,
    request: &ErasureRequest,
    moved: &Moved<ErasureState>,
) -> Result<i64> {
    let (by, now) = (tx.actor()?.user_id.clone(), tx.now());
    let version = request.version.saturating_add(1);
    let saved = diesel::update(requests::table.find(&request.id))
        .filter(requests::version.eq(request.version))
        .set((
            requests::state.eq(moved.to()),
            requests::decided_by.eq(by),
            requests::decided_at.eq(now),
            requests::version.eq(version),
        ))
        .execute(tx.conn)?;
    if saved == 1 { Ok(version) } else { Err(Refusal::Stale { current: version }.into()) }
}

/// What stands on the receipt of somebody who was forgotten: nothing about them.
#[derive(Debug, Clone)]
pub struct ReceiptFacts {
    /// The organisation of the officer who asked.
    pub authority: String,
    /// When it was carried out.
    pub carried_out_at: Instant,
    /// The leaf hash of the event: with it, the log proves that it was done.
    pub leaf: Vec<u8>,
}

/// Reads what stands on the receipt.
///
/// # Errors
/// [`Refusal::NotFound`] unless it was carried out.
pub fn receipt(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadErasure, ErasureRow>,
) -> Result<ReceiptFacts> {
    let request = &permit.row().request;
    let carried_out_at = match (request.state.get(), request.decided_at) {
        (ErasureState::CarriedOut, Some(at)) => at,
        _ => return Err(Refusal::NotFound.into()),
    };
    let authority: String = users::table
        .inner_join(organisations::table)
        .filter(users::id.eq(&request.requested_by))
        .select(organisations::name)
        .first(reading.conn)?;
    let leaf: Vec<u8> = audit_events::table
        .filter(audit_events::object_id.eq(request.id.as_str()))
        .filter(audit_events::action.eq(ApproveErasure::NAME))
        .filter(audit_events::outcome.eq("success"))
        .select(audit_events::hash)
        .first(reading.conn)?;
    Ok(ReceiptFacts { authority, carried_out_at, leaf })
}
