//! What is done with a decision once it is made.

use refero_domain::{
    case::{CaseStatus, IdentificationStage},
    dates,
    event::{Event, Operation},
    id::IdentificationDecisionId,
    identification::{DecisionAct, DecisionKind, ReviewAsker, ReviewGround, StageAct},
    machine::Machine as _,
    policy::{Action, Permit, RecordDecisionNotice, RequestDecisionReview, TakeBackDecision},
    refusal::Refusal,
};
use refero_store::{
    Error, Result,
    cases::{self, CaseRow},
    clocks,
    identification::{self, Decision, Notice},
    unit::{Audited, Tx},
};

use super::{PRESUMPTION, Target, move_stage};

/// Records that the person was told of a decision: in which language, how, and with whose help.
///
/// # Errors
/// [`Refusal::IllegalTransition`] if that is recorded already or the person declined,
/// [`Refusal::ImpossibleDate`] or [`Refusal::Inconsistent`] for a day before the decision,
/// [`Refusal::Stale`] if somebody was faster.
///
/// # Audit
/// `identification-decision.record-notice`
pub fn record_notice(
    tx: &mut Tx<'_>,
    to: &Target,
    notice: &Notice,
) -> Result<Audited<IdentificationDecisionId>> {
    let permit = cases::fetch::<RecordDecisionNotice>(tx, &to.case_id)?;
    let decision = identification::find(tx, &permit, &to.id)?;
    decision.expect_version(to.expected)?;
    if !decision.awaits_notice() {
        return Err(refused(tx, &permit, &decision)?);
    }
    dates::check_past(notice.notified_on, tx.now()).map_err(|fault| fault.at("/notified_on"))?;
    if notice.notified_on < decision.decided_on()? {
        return Err(Refusal::Inconsistent { pointer: "/notified_on" }.into());
    }
    let version = identification::save_notice(tx, &permit, &decision, notice)?;
    let event = Event::under(Operation::Update, &permit)
        .on(&to.id, version)
        .in_case(&to.case_id)
        .fields(["notice_language", "notice_mode", "notice_interpreter", "notified_on"]);
    tx.record(&event, to.id.clone())
}

fn refused<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A, CaseRow>,
    decision: &Decision,
) -> Result<Error> {
    let standing = identification::standing(tx, permit)?;
    let actions = decision.allowed_actions(permit.row(), tx.actor()?, standing);
    Ok(decision.refused(Refusal::IllegalTransition, actions))
}

/// Asks that somebody else look at the decision on which the stage rests.
///
/// # Errors
/// [`Refusal::IllegalTransition`] if the stage does not rest on it, [`Refusal::Stale`].
///
/// # Audit
/// `identification-decision.request-review`, for the decision and for the case.
pub fn request_review(
    tx: &mut Tx<'_>,
    to: &Target,
    why: (ReviewGround, ReviewAsker),
) -> Result<Audited<IdentificationDecisionId>> {
    let permit = cases::fetch::<RequestDecisionReview>(tx, &to.case_id)?;
    let decision = identification::find(tx, &permit, &to.id)?;
    decision.expect_version(to.expected)?;
    let stands = identification::standing(tx, &permit)? == Some(decision.number);
    let illegal = refused(tx, &permit, &decision)?;
    if !stands || permit.row().case.state.get() == CaseStatus::MergedDuplicate {
        return Err(illegal);
    }
    let (row, permit) = permit.into_parts();
    let before = row.case.before();
    let stage = row.case.identification_stage.step(StageAct::RequestReview);
    let (Ok(stage), Ok(moved)) = (stage, decision.state.step(DecisionAct::RequestReview)) else {
        return Err(illegal);
    };
    let at = (&to.case_id, &to.id, decision.version);
    let version = identification::save_review_request(tx, &permit, at, &moved, why)?;
    move_stage(tx, &permit, (&to.case_id, &before), &stage)?;
    let event = Event::under(Operation::Update, &permit)
        .on(&to.id, version)
        .in_case(&to.case_id)
        .fields(["state", "review_ground", "review_asked_by"]);
    tx.record(&event, to.id.clone())
}

/// Records that a person who declined wants to be identified after all: they stand where they stood.
///
/// # Errors
/// [`Refusal::IllegalTransition`] if it is not a declining that stands, [`Refusal::Stale`].
///
/// # Audit
/// `identification-decision.take-back`, for the decision and for the case.
pub fn take_back(tx: &mut Tx<'_>, to: &Target) -> Result<Audited<IdentificationDecisionId>> {
    let permit = cases::fetch::<TakeBackDecision>(tx, &to.case_id)?;
    let decision = identification::find(tx, &permit, &to.id)?;
    decision.expect_version(to.expected)?;
    let illegal = refused(tx, &permit, &decision)?;
    if decision.kind != DecisionKind::Declined || permit.row().case.state.get().is_ended() {
        return Err(illegal);
    }
    let (row, permit) = permit.into_parts();
    let before = row.case.before();
    let stage = row.case.identification_stage.step_to(StageAct::TakeBack, decision.stage_before);
    let (Ok(stage), Ok(moved)) = (stage, decision.state.step(DecisionAct::TakeBack)) else {
        return Err(illegal);
    };
    let at = (&to.case_id, &to.id, decision.version);
    let version = identification::save_move(tx, &permit, at, &moved)?;
    // Whether they are presumed a victim is still to be decided, until the day that was set.
    if stage.to() == IdentificationStage::INITIAL {
        clocks::resume(tx, &to.case_id, &[PRESUMPTION.to_owned()])?;
    }
    move_stage(tx, &permit, (&to.case_id, &before), &stage)?;
    let event = Event::under(Operation::Update, &permit)
        .on(&to.id, version)
        .in_case(&to.case_id)
        .fields(["state"]);
    tx.record(&event, to.id.clone())
}
