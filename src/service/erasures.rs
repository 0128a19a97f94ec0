//! Forgetting a person, with four eyes, and what stands in the way (R10, R13).

use refero_domain::{
    case_code::CaseCode,
    erasure::{ErasureAct, ErasureGround, HoldAct, HoldGround, HoldState},
    event::{Event, Operation},
    id::{CaseId, ErasureRequestId, LegalHoldId},
    instant::Instant,
    policy::{
        self, ApproveErasure, DeclineErasure, Permit, PlaceHold, ReadErasure, ReadHold,
        ReleaseHold, RequestErasure,
    },
    refusal::Refusal,
};
use refero_store::{
    Result, cases,
    erasures::{self, ErasureRow, HoldRow, NewHold, NewRequest, Obstacle, ReceiptFacts, holds},
    rows::{RowLimit, Rows},
    unit::{Audited, Reading, Tx},
};

/// How somebody who sees no cases names one: by its id, or by the code on a letter.
#[derive(Debug, Clone)]
pub enum NamedCase {
    /// Its identifier.
    Id(CaseId),
    /// What people say on the telephone.
    Code(CaseCode),
}

fn case_id(tx: &mut Tx<'_>, case: &NamedCase) -> Result<CaseId> {
    match case {
        NamedCase::Id(id) => Ok(id.clone()),
        NamedCase::Code(code) => cases::id_of_code(tx, code),
    }
}

/// Asks that the person of a case is forgotten.
///
/// # Errors
/// [`Refusal::NotFound`] without such a case, [`Refusal::Erased`] if it is done,
/// [`Refusal::IllegalTransition`] while another request waits.
///
/// # Audit
/// `erasure.request`
pub fn request(
    tx: &mut Tx<'_>,
    case: &NamedCase,
    ground: ErasureGround,
    file_reference: &str,
) -> Result<Audited<ErasureRequestId>> {
    let case = case_id(tx, case)?;
    let permit = cases::fetch::<RequestErasure>(tx, &case)?;
    if erasures::is_asked(tx, &permit)? {
        return Err(Refusal::IllegalTransition.into());
    }
    let file_reference = file_reference.to_owned();
    let new = NewRequest { id: tx.new_id(), ground, file_reference };
    erasures::insert(tx, &permit, &new)?;
    let event = Event::under(Operation::Create, &permit).on(&new.id, 1).in_case(&case);
    tx.record(&event, new.id)
}

/// Fetches a request to show it, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`].
///
/// # Audit
/// `erasure.read`
pub fn open(
    reading: &mut Reading<'_>,
    id: &ErasureRequestId,
) -> Result<(Event, Permit<ReadErasure, ErasureRow>)> {
    let permit = erasures::fetch::<ReadErasure>(reading, id)?;
    let row = permit.row();
    let event = Event::under(Operation::Read, &permit).on(id, row.request.version);
    Ok((event.in_case(&row.request.case_id), permit))
}

/// Lists the requests that the caller may see.
///
/// # Errors
/// [`refero_store::Error::Unavailable`] if the database is not there.
///
/// # Audit
/// `erasure.read` with the ids shown.
pub fn list(
    reading: &mut Reading<'_>,
    after: Option<(Instant, ErasureRequestId)>,
    limit: RowLimit,
) -> Result<(Event, Rows<Permit<ReadErasure, ErasureRow>>)> {
    let scope = policy::scope::<ReadErasure>(reading.actor()?)?;
    let found = erasures::page(reading, &scope, after, limit)?;
    let shown = found.iter().map(|permit| &permit.row().request.id);
    Ok((Event::of::<ReadErasure>(Operation::Read).showing(shown), found))
}

/// Approves that somebody else asked, and forgets the person at once (R10).
///
/// # Errors
/// [`Refusal::SelfApproval`], [`Refusal::LegalHold`], [`Refusal::OpenReferrals`],
/// [`Refusal::EmergencyUnreviewed`], [`Refusal::IllegalTransition`], [`Refusal::Stale`];
/// [`Refusal::Erased`] if it was done by another request.
///
/// # Audit
/// `erasure.approve`, and `person.erase` for each record of the person.
pub fn approve(
    tx: &mut Tx<'_>,
    id: &ErasureRequestId,
    expected: Option<i64>,
) -> Result<Audited<ErasureRequestId>> {
    let permit = erasures::fetch::<ApproveErasure>(tx, id)?;
    permit.row().expect_version(expected)?;
    let actor = tx.actor()?.clone();
    if permit.row().request.requested_by == actor.user_id {
        return Err(permit.row().refused(Refusal::SelfApproval, &actor));
    }
    let illegal = permit.row().refused(Refusal::IllegalTransition, &actor);
    let in_the_way = match erasures::obstacle(tx, &permit)? {
        Some(Obstacle::Hold) => Some(Refusal::LegalHold),
        Some(Obstacle::OpenReferral) => Some(Refusal::OpenReferrals),
        Some(Obstacle::UnreviewedEmergency) => Some(Refusal::EmergencyUnreviewed),
        None => None,
    };
    let in_the_way = in_the_way.map(|refusal| permit.row().refused(refusal, &actor));
    let (mut row, permit) = permit.into_parts();
    let state = std::mem::replace(&mut row.request.state, refero_domain::machine::State::initial());
    let moved = state.step(ErasureAct::Approve).map_err(|_| illegal)?;
    if let Some(refused) = in_the_way {
        return Err(refused);
    }
    let (version, erased) = erasures::carry_out(tx, &permit, &row.request, &moved)?;
    for event in erased.iter().flat_map(|erased| erased.events(permit.permitted_by().name())) {
        tx.note(&event)?;
    }
    let event =
        Event::under(Operation::Delete, &permit).on(id, version).in_case(&row.request.case_id);
    tx.record(&event, id.clone())
}

/// Declines a request: nothing is forgotten.
///
/// # Errors
/// [`Refusal::IllegalTransition`], [`Refusal::Stale`].
///
/// # Audit
/// `erasure.decline`
pub fn decline(
    tx: &mut Tx<'_>,
    id: &ErasureRequestId,
    expected: Option<i64>,
) -> Result<Audited<ErasureRequestId>> {
    let permit = erasures::fetch::<DeclineErasure>(tx, id)?;
    permit.row().expect_version(expected)?;
    let illegal = permit.row().refused(Refusal::IllegalTransition, tx.actor()?);
    let (mut row, permit) = permit.into_parts();
    let state = std::mem::replace(&mut row.request.state, refero_domain::machine::State::initial());
    let moved = state.step(ErasureAct::Decline).map_err(|_| illegal)?;
    let version = erasures::decline(tx, &permit, &row.request, &moved)?;
    let event =
        Event::under(Operation::Update, &permit).on(id, version).in_case(&row.request.case_id);
    tx.record(&event, id.clone())
}

/// Reads what stands on the receipt for the person.
///
/// # Errors
/// [`Refusal::NotFound`] unless it was carried out.
///
/// # Audit
/// `erasure.read`
pub fn receipt(reading: &mut Reading<'_>, id: &ErasureRequestId) -> Result<(Event, ReceiptFacts)> {
    let (event, permit) = open(reading, id)?;
    let facts = erasures::receipt(reading, &permit)?;
    Ok((event.fields(["receipt"]), facts))
}

/// Places a legal hold: nothing of the case is erased while it stands.
///
/// # Errors
/// [`Refusal::NotFound`] without such a case, [`Refusal::Erased`].
///
/// # Audit
/// `legal-hold.place`
pub fn place_hold(
    tx: &mut Tx<'_>,
    case: &NamedCase,
    ground: HoldGround,
    file_reference: &str,
) -> Result<Audited<LegalHoldId>> {
    let case = case_id(tx, case)?;
    let permit = cases::fetch::<PlaceHold>(tx, &case)?;
    let file_reference = file_reference.to_owned();
    let new = NewHold { id: tx.new_id(), ground, file_reference };
    holds::insert(tx, &permit, &new)?;
    let event = Event::under(Operation::Create, &permit).on(&new.id, 1).in_case(&case);
    tx.record(&event, new.id)
}

/// Fetches a hold to show it.
///
/// # Errors
/// [`Refusal::NotFound`].
///
/// # Audit
/// `legal-hold.read`
pub fn open_hold(
    reading: &mut Reading<'_>,
    id: &LegalHoldId,
) -> Result<(Event, Permit<ReadHold, HoldRow>)> {
    let permit = holds::fetch::<ReadHold>(reading, id)?;
    let row = permit.row();
    let event = Event::under(Operation::Read, &permit).on(id, row.hold.version);
    Ok((event.in_case(&row.hold.case_id), permit))
}

/// Lists the holds that the caller may see.
///
/// # Errors
/// [`refero_store::Error::Unavailable`] if the database is not there.
///
/// # Audit
/// `legal-hold.read` with the ids shown.
pub fn list_holds(
    reading: &mut Reading<'_>,
    after: Option<(Instant, LegalHoldId)>,
    limit: RowLimit,
) -> Result<(Event, Rows<Permit<ReadHold, HoldRow>>)> {
    let scope = policy::scope::<ReadHold>(reading.actor()?)?;
    let found = holds::page(reading, &scope, after, limit)?;
    let shown = found.iter().map(|permit| &permit.row().hold.id);
    Ok((Event::of::<ReadHold>(Operation::Read).showing(shown), found))
}

/// Asks to release a hold, or agrees that somebody else asked (R10).
///
/// # Errors
/// [`Refusal::SelfApproval`], [`Refusal::IllegalTransition`], [`Refusal::Stale`].
///
/// # Audit
/// `legal-hold.release`, once for each of the two.
pub fn release_hold(
    tx: &mut Tx<'_>,
    id: &LegalHoldId,
    expected: Option<i64>,
) -> Result<Audited<LegalHoldId>> {
    let permit = holds::fetch::<ReleaseHold>(tx, id)?;
    permit.row().expect_version(expected)?;
    let actor = tx.actor()?.clone();
    let (act, asked_by) = match permit.row().hold.state.get() {
        HoldState::InForce => (HoldAct::RequestRelease, None),
        HoldState::ReleaseRequested | HoldState::Released => {
            (HoldAct::Release, permit.row().hold.release_requested_by.clone())
        }
    };
    let illegal = permit.row().refused(Refusal::IllegalTransition, &actor);
    let own = permit.row().refused(Refusal::SelfApproval, &actor);
    let (mut row, permit) = permit.into_parts();
    let state = std::mem::replace(&mut row.hold.state, refero_domain::machine::State::initial());
    let moved = state.step(act).map_err(|_| illegal)?;
    if asked_by.as_ref() == Some(&actor.user_id) {
        return Err(own);
    }
    let version = holds::save(tx, &permit, &row.hold, &moved)?;
    let event = Event::under(Operation::Update, &permit).on(id, version);
    tx.record(&event.in_case(&row.hold.case_id), id.clone())
}
