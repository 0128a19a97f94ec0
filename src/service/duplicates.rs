//! Two registrations of one person (R12): found by the house, judged by people, merged by two of them.

use std::collections::BTreeMap;

use refero_domain::{
    case::CaseAct,
    duplicate::{DismissalReason, DuplicateAct, DuplicateState},
    event::{Event, Operation},
    id::{CaseId, DuplicateCandidateId, UserId},
    machine::Machine as _,
    policy::{
        self, Action, ApproveMerge, Changes, DeclineMerge, DismissDuplicate, Permit, ReadDuplicate,
        ReadDuplicatesQueue, RequestMerge, UndoMerge,
    },
    refusal::Refusal,
};
use refero_store::{
    Error, Result,
    cases::{self, CaseRow},
    duplicates::{self, Asked, Candidate, Decision, Pair, Place},
    matching::{self, Alike, Compared},
    rows::{RowLimit, Rows},
    unit::{Audited, Reading, Tx},
};

/// Which pair, at which version the caller saw it.
pub type Target<'t> = (&'t DuplicateCandidateId, Option<i64>);

/// Keeps what came of comparing people. A pair that was found stands in the chains of both cases.
///
/// # Errors
/// [`Error::Unavailable`] if it cannot be kept; then people are compared again.
///
/// # Audit
/// `duplicate.find` in both chains, for each new pair; `duplicate.compare` with how many were compared.
pub fn keep(tx: &mut Tx<'_>, compared: &[Compared]) -> Result<Audited<usize>> {
    let alike: BTreeMap<&[CaseId; 2], &Alike> =
        compared.iter().flat_map(|one| &one.pairs).map(|pair| (&pair.cases, pair)).collect();
    let mut told: Vec<(&CaseId, Event)> = Vec::new();
    for (cases, alike) in alike {
        if let Some(id) = duplicates::keep(tx, alike)? {
            let event = by_the_house("duplicate.find", Operation::Create).on(&id, 1);
            told.extend(cases.iter().map(|case| (case, event.clone().in_case(case))));
        }
    }
    let found = told.len() / 2;
    // Chains are moved in the order of their cases: two who move several never wait for each other.
    told.sort_by_key(|(case, _)| *case);
    told.iter().try_for_each(|(_, event)| tx.note(event))?;
    matching::mark_compared(tx, compared)?;
    let stands_for = u64::try_from(compared.len()).unwrap_or(u64::MAX);
    let event = by_the_house("duplicate.compare", Operation::Update).standing_for(stands_for);
    tx.record(&event, found)
}

fn by_the_house(action: &'static str, operation: Operation) -> Event {
    Event { permitted_by: Some("system"), ..Event::named(action, operation) }
}

/// Fetches a pair to show it, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`] if it is not there or may not be known.
///
/// # Audit
/// `duplicate.read` with the two cases.
pub fn open(
    reading: &mut Reading<'_>,
    id: &DuplicateCandidateId,
) -> Result<(Event, Permit<ReadDuplicate, Pair>)> {
    let permit = duplicates::fetch::<ReadDuplicate>(reading, id)?;
    let event = Event::under(Operation::Read, &permit)
        .on(id, permit.row().candidate.version)
        .showing(permit.row().sides.iter().map(|side| &side.id));
    Ok((event, permit))
}

/// Lists the pairs that wait for somebody: the greatest likeness first, then the longest waiting.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
///
/// # Audit
/// `queue.duplicates` with the ids shown.
pub fn queue(
    reading: &mut Reading<'_>,
    after: Option<Place>,
    limit: RowLimit,
) -> Result<(Event, Rows<Permit<ReadDuplicate, Pair>>)> {
    let scope = policy::scope::<ReadDuplicatesQueue>(reading.actor()?)?;
    let found = duplicates::page(reading, &scope, after, limit)?;
    let event = Event::of::<ReadDuplicatesQueue>(Operation::Read)
        .showing(found.iter().map(|permit| &permit.row().candidate.id));
    Ok((event, found))
}

/// Says that the two cases are not about one person.
///
/// # Errors
/// [`Refusal::IllegalTransition`], [`Refusal::Stale`].
///
/// # Audit
/// `duplicate.dismiss`, in the chains of both cases.
pub fn dismiss(
    tx: &mut Tx<'_>,
    target: Target<'_>,
    reason: DismissalReason,
) -> Result<Audited<DuplicateCandidateId>> {
    let permit = begin::<DismissDuplicate>(tx, target, DuplicateAct::Dismiss)?;
    let (pair, permit) = permit.into_parts();
    let decision = Decision { dismissal_reason: Some(Some(reason)), ..decided(tx)? };
    let act = Some(DuplicateAct::Dismiss);
    finish(tx, &permit, pair.candidate, act, (&Asked::default(), &decision))
}

/// Asks to let one case go into the other one; a second person approves (R10).
///
/// # Errors
/// [`Refusal::Inconsistent`] if `surviving` is none of the two; [`Refusal::CaseStateDoesNotAllow`] if the
/// cases do not stand so that one can go into the other; [`Refusal::OpenReferrals`];
/// [`Refusal::IllegalTransition`], [`Refusal::Stale`].
///
/// # Audit
/// `duplicate.request-merge`, in the chains of both cases.
pub fn request_merge(
    tx: &mut Tx<'_>,
    target: Target<'_>,
    surviving: &CaseId,
) -> Result<Audited<DuplicateCandidateId>> {
    let permit = begin::<RequestMerge>(tx, target, DuplicateAct::RequestMerge)?;
    mergeable(tx, &permit, surviving)?;
    let (pair, permit) = permit.into_parts();
    let asked = Asked { surviving_case_id: Some(Some(surviving.clone())), ..asked_now(tx)? };
    let act = Some(DuplicateAct::RequestMerge);
    finish(tx, &permit, pair.candidate, act, (&asked, &Decision::default()))
}

/// Approves that somebody else asked for a merge (R10): the other case goes into the one that goes on, and
/// its clocks end. Nothing is moved from one to the other.
///
/// # Errors
/// [`Refusal::SelfApproval`]; [`Refusal::SecondPersonRequired`] if neither of the two supervises both
/// areas; what [`request_merge`] refuses.
///
/// # Audit
/// `duplicate.approve-merge`, in the chains of both cases; `case.merge` in the chain of the one that ends.
pub fn approve_merge(tx: &mut Tx<'_>, target: Target<'_>) -> Result<Audited<DuplicateCandidateId>> {
    let permit = begin::<ApproveMerge>(tx, target, DuplicateAct::ApproveMerge)?;
    let candidate = &permit.row().candidate;
    let (Some(requested_by), Some(surviving)) =
        (candidate.requested_by.clone(), candidate.surviving_case_id.clone())
    else {
        return Err(Error::broken("a merge is asked for, and nobody asks"));
    };
    expect_second_person(tx, &permit, &requested_by)?;
    let merged = mergeable(tx, &permit, &surviving)?;
    let (pair, permit) = permit.into_parts();
    let candidate = pair.candidate;
    let ended = merged.case.id.clone();
    let version = duplicates::merge(tx, &permit, &candidate.id, (merged, &surviving))?;
    let event = moved_with_it("case.merge", &permit).on(&ended, version).in_case(&ended);
    let act = Some(DuplicateAct::ApproveMerge);
    let decision = decided(tx)?;
    finish_with(tx, &permit, candidate, act, (&asked_no_more(), &decision), Some(&event))
}

/// Says no to what somebody asks: the merge, or its undoing. Whoever asked may take it back so.
///
/// # Errors
/// [`Refusal::IllegalTransition`] if nobody asks for anything, [`Refusal::Stale`].
///
/// # Audit
/// `duplicate.decline-merge`, in the chains of both cases.
pub fn decline_merge(
    tx: &mut Tx<'_>,
    (id, expected): Target<'_>,
) -> Result<Audited<DuplicateCandidateId>> {
    let permit = duplicates::fetch::<DeclineMerge>(tx, id)?;
    permit.row().expect_version(expected)?;
    let candidate = &permit.row().candidate;
    let state = candidate.state.get();
    let undoing = state == DuplicateState::Merged && candidate.requested_by.is_some();
    let act = state.acts_include(DuplicateAct::DeclineMerge).then_some(DuplicateAct::DeclineMerge);
    if !undoing && act.is_none() {
        return Err(permit.row().refused(Refusal::IllegalTransition, tx.actor()?));
    }
    let (pair, permit) = permit.into_parts();
    let mut asked = asked_no_more();
    if !undoing {
        asked.surviving_case_id = Some(None);
    }
    let decision = decided(tx)?;
    finish(tx, &permit, pair.candidate, act, (&asked, &decision))
}

/// Asks to undo a merge, or approves that somebody else asked (R10): the case that had ended is what it
/// was before, with its deadlines.
///
/// # Errors
/// [`Refusal::SelfApproval`], [`Refusal::SecondPersonRequired`], [`Refusal::IllegalTransition`],
/// [`Refusal::Stale`].
///
/// # Audit
/// `duplicate.undo-merge`, once for each of the two, in the chains of both cases; `case.undo-merge` in the
/// chain of the one that is there again.
pub fn undo_merge(tx: &mut Tx<'_>, target: Target<'_>) -> Result<Audited<DuplicateCandidateId>> {
    let permit = begin::<UndoMerge>(tx, target, DuplicateAct::UndoMerge)?;
    let candidate = &permit.row().candidate;
    let Some(requested_by) = candidate.requested_by.clone() else {
        let (pair, permit) = permit.into_parts();
        let asked = asked_now(tx)?;
        return finish(tx, &permit, pair.candidate, None, (&asked, &Decision::default()));
    };
    expect_second_person(tx, &permit, &requested_by)?;
    let surviving = candidate
        .surviving_case_id
        .clone()
        .ok_or_else(|| Error::broken("a merge forgot which case goes on"))?;
    let (_, merged) = duplicates::divided(tx, &permit, &surviving)?;
    let (pair, permit) = permit.into_parts();
    let candidate = pair.candidate;
    let back = merged.case.id.clone();
    let version = duplicates::unmerge(tx, &permit, &candidate, merged)?;
    let event = moved_with_it("case.undo-merge", &permit).on(&back, version).in_case(&back);
    let act = Some(DuplicateAct::UndoMerge);
    let decision = decided(tx)?;
    finish_with(tx, &permit, candidate, act, (&asked_no_more(), &decision), Some(&event))
}

/// Fetches a pair that an act is legal on.
fn begin<A: Action>(
    tx: &mut Tx<'_>,
    (id, expected): Target<'_>,
    act: DuplicateAct,
) -> Result<Permit<A, Pair>> {
    let permit = duplicates::fetch::<A>(tx, id)?;
    permit.row().expect_version(expected)?;
    if permit.row().candidate.state.get().acts_include(act) {
        Ok(permit)
    } else {
        Err(permit.row().refused(Refusal::IllegalTransition, tx.actor()?))
    }
}

/// Saves, and records in the chains of both cases.
fn finish<A: Action + Changes>(
    tx: &mut Tx<'_>,
    permit: &Permit<A, ()>,
    pair: Candidate,
    act: Option<DuplicateAct>,
    change: (&Asked, &Decision),
) -> Result<Audited<DuplicateCandidateId>> {
    finish_with(tx, permit, pair, act, change, None)
}

fn finish_with<A: Action + Changes>(
    tx: &mut Tx<'_>,
    permit: &Permit<A, ()>,
    pair: Candidate,
    act: Option<DuplicateAct>,
    change: (&Asked, &Decision),
    besides: Option<&Event>,
) -> Result<Audited<DuplicateCandidateId>> {
    let before = pair.before();
    let fields = act.map(|_| "state");
    let moved = act.map(|act| pair.state.step(act)).transpose().map_err(Error::from)?;
    let version = duplicates::save(tx, permit, &before, moved, change)?;
    let event = Event::under(Operation::Execute, permit).on(&before.id, version).fields(fields);
    // In the order of the two cases: two who move both chains never wait for each other.
    let [first, second] = &before.cases;
    tx.note(&event.clone().in_case(first))?;
    if let Some(besides) = besides {
        tx.note(besides)?;
    }
    tx.record(&event.in_case(second), before.id.clone())
}

/// What becomes of a case when its pair is decided.
fn moved_with_it<A: Action>(action: &'static str, permit: &Permit<A, ()>) -> Event {
    Event { action, ..Event::under(Operation::Execute, permit) }.fields(["state", "merged_into"])
}

fn asked_now(tx: &Tx<'_>) -> Result<Asked> {
    Ok(Asked {
        requested_by: Some(Some(tx.actor()?.user_id.clone())),
        requested_at: Some(Some(tx.now())),
        surviving_case_id: None,
    })
}

const fn asked_no_more() -> Asked {
    Asked { requested_by: Some(None), requested_at: Some(None), surviving_case_id: None }
}

fn decided(tx: &Tx<'_>) -> Result<Decision> {
    Ok(Decision {
        decided_by: Some(Some(tx.actor()?.user_id.clone())),
        decided_at: Some(Some(tx.now())),
        dismissal_reason: None,
    })
}

/// Expects that one of the two cases can go into the other one as both stand now; returns it.
fn mergeable<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A, Pair>,
    surviving: &CaseId,
) -> Result<CaseRow> {
    let (surviving, merged) = duplicates::divided(tx, permit, surviving)?;
    let actor = tx.actor()?.clone();
    if surviving.case.state.get().is_ended() {
        return Err(surviving.refused(Refusal::CaseStateDoesNotAllow, &actor));
    }
    if !merged.case.state.get().acts_include(CaseAct::Merge) {
        return Err(merged.refused(Refusal::CaseStateDoesNotAllow, &actor));
    }
    // Somebody works for the person under this case: that ends first, or goes on under the other one.
    if duplicates::open_referrals(tx, permit, &merged)? > 0 {
        return Err(merged.refused(Refusal::OpenReferrals, &actor));
    }
    Ok(merged)
}

/// Expects somebody else than who asks, and that one of the two supervises both areas (R10).
fn expect_second_person<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A, Pair>,
    requested_by: &UserId,
) -> Result<()> {
    let actor = tx.actor()?.clone();
    if *requested_by == actor.user_id {
        return Err(permit.row().refused(Refusal::SelfApproval, &actor));
    }
    for user in [&actor.user_id, requested_by] {
        let mut supervises = true;
        for side in &permit.row().sides {
            supervises = supervises && cases::supervises(tx, user, side.area.as_deref())?;
        }
        if supervises {
            return Ok(());
        }
    }
    Err(permit.row().refused(Refusal::SecondPersonRequired, &actor))
}
