//! How a decision is written, and what is written to it afterwards.

use chrono::NaiveDate;
use diesel::{dsl::max, prelude::*};
use refero_domain::{
    case::IdentificationStage,
    id::{CaseId, IdentificationDecisionId, PersonId},
    identification::{
        DecisionBodyType, DecisionKind, DecisionOutcome, DecisionState, DecisionWords, NoticeMode,
        ReviewAsker, ReviewGround,
    },
    machine::{Machine, Moved},
    policy::{
        Action, Changes, CreateDecision, Permit, RecordDecisionNotice, RequestDecisionReview,
    },
    refusal::Refusal,
    sensitive::Sensitive,
};

use super::{Decision, slot};
use crate::{
    cases::CaseRow, error::Result, people::seal, schema::identification_decisions as decisions,
    unit::Tx,
};

/// A decision that is made.
#[derive(Debug)]
pub struct NewDecision {
    /// The decision.
    pub id: IdentificationDecisionId,
    /// What is decided.
    pub kind: DecisionKind,
    /// How.
    pub outcome: Option<DecisionOutcome>,
    /// The decision that it is a review of.
    pub reviews_id: Option<IdentificationDecisionId>,
    /// What kind of body decides.
    pub body_type: Option<DecisionBodyType>,
    /// Which.
    pub body: Option<String>,
    /// A code of `standard_of_proof`.
    pub standard_of_proof: Option<String>,
    /// Whether the person was found before the exploitation began.
    pub intercepted: Option<bool>,
    /// The number of the certificate that the person gets.
    pub certificate_number: Option<String>,
    /// Why, by what law, on what it rests.
    pub words: Sensitive<DecisionWords>,
    /// On which day.
    pub decided_on: NaiveDate,
}

/// Adds a decision to a case, with the move of the stage that it makes.
///
/// # Errors
/// [`Refusal::IdTaken`] if the identifier or the certificate's number is in use.
pub fn insert(
    tx: &mut Tx<'_>,
    _permit: &Permit<CreateDecision, ()>,
    (case_id, person): (&CaseId, &PersonId),
    new: &NewDecision,
    moved: &Moved<IdentificationStage>,
) -> Result<()> {
    tx.changes(case_id);
    let sealed = seal(tx, slot(&new.id, person), &new.words)?;
    let by = tx.actor()?.user_id.clone();
    let last: Option<i64> = decisions::table
        .filter(decisions::case_id.eq(case_id))
        .select(max(decisions::number))
        .first(tx.conn)?;
    diesel::insert_into(decisions::table)
        .values((
            (
                decisions::id.eq(&new.id),
                decisions::case_id.eq(case_id),
                decisions::number.eq(last.unwrap_or(0).saturating_add(1)),
                decisions::kind.eq(new.kind),
                decisions::outcome.eq(new.outcome),
                decisions::reviews_id.eq(&new.reviews_id),
                decisions::stage_before.eq(moved.from()),
                decisions::stage_after.eq(moved.to()),
                decisions::body_type.eq(new.body_type),
                decisions::body.eq(&new.body),
            ),
            (
                decisions::standard_of_proof.eq(&new.standard_of_proof),
                decisions::intercepted.eq(new.intercepted),
                decisions::certificate_number.eq(&new.certificate_number),
                decisions::sealed.eq(sealed),
                decisions::decided_on.eq(new.decided_on.to_string()),
                decisions::decided_by.eq(by),
                decisions::state.eq(DecisionState::INITIAL),
                decisions::version.eq(1),
                decisions::created_at.eq(tx.now()),
            ),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// What the person was told of a decision, and how.
#[derive(Debug, Clone)]
pub struct Notice {
    /// In which language, as an ISO 639 code.
    pub language: String,
    /// How.
    pub mode: NoticeMode,
    /// Whether an interpreter helped.
    pub interpreter: bool,
    /// On which day.
    pub notified_on: NaiveDate,
}

/// Saves that the person was told. Returns the new version.
///
/// # Errors
/// [`Refusal::Stale`] if somebody was faster.
pub fn save_notice(
    tx: &mut Tx<'_>,
    _permit: &Permit<RecordDecisionNotice, CaseRow>,
    decision: &Decision,
    notice: &Notice,
) -> Result<i64> {
    tx.changes(&decision.case_id);
    let by = tx.actor()?.user_id.clone();
    let next = decision.version.saturating_add(1);
    let saved = diesel::update(decisions::table.find(&decision.id))
        .filter(decisions::version.eq(decision.version))
        .set((
            decisions::notice_language.eq(&notice.language),
            decisions::notice_mode.eq(notice.mode),
            decisions::notice_interpreter.eq(notice.interpreter),
            decisions::notified_on.eq(notice.notified_on.to_string()),
            decisions::notified_by.eq(by),
            decisions::version.eq(next),
        ))
        .execute(tx.conn)?;
    if saved == 1 { Ok(next) } else { Err(Refusal::Stale { current: next }.into()) }
}

/// Saves a move of a decision. Returns the new version.
///
/// # Errors
/// [`Refusal::Stale`] if the version or the state is not what was read.
pub fn save_move<A: Action + Changes>(
    tx: &mut Tx<'_>,
    _permit: &Permit<A, ()>,
    (case_id, id, version): (&CaseId, &IdentificationDecisionId, i64),
    moved: &Moved<DecisionState>,
) -> Result<i64> {
    tx.changes(case_id);
    let next = version.saturating_add(1);
    let saved = diesel::update(decisions::table.find(id))
        .filter(decisions::version.eq(version))
        .filter(decisions::state.eq(moved.from()))
        .set((decisions::state.eq(moved.to()), decisions::version.eq(next)))
        .execute(tx.conn)?;
    if saved == 1 { Ok(next) } else { Err(Refusal::Stale { current: next }.into()) }
}

/// Saves who asks for a review and why, beside the move. Returns the new version.
///
/// # Errors
/// As [`save_move`].
pub fn save_review_request(
    tx: &mut Tx<'_>,
    permit: &Permit<RequestDecisionReview, ()>,
    to: (&CaseId, &IdentificationDecisionId, i64),
    moved: &Moved<DecisionState>,
    (ground, asked_by): (ReviewGround, ReviewAsker),
) -> Result<i64> {
    let next = save_move(tx, permit, to, moved)?;
    let by = tx.actor()?.user_id.clone();
    diesel::update(decisions::table.find(to.1))
        .set((
            decisions::review_ground.eq(ground),
            decisions::review_asked_by.eq(asked_by),
            decisions::review_requested_by.eq(by),
            decisions::review_requested_at.eq(tx.now()),
        ))
        .execute(tx.conn)?;
    Ok(next)
}
