//! Identification decisions: the bureau presumes, the body that the country names identifies, somebody
//! else reviews, and the person may decline. Nothing that helps the person waits for any of it.

mod afterwards;
mod deciding;

use refero_domain::{
    case::IdentificationStage,
    event::{Event, Operation},
    id::{CaseId, IdentificationDecisionId},
    identification::DecisionWords,
    machine::Moved,
    policy::{Action, Changes, Permit, ReadDecision},
    sensitive::Sensitive,
};
use refero_store::{
    Result,
    cases::{self, Before, CaseRow},
    identification::{self, Decision},
    rows::{RowLimit, Rows},
    unit::{Reading, Tx},
};

pub use self::{
    afterwards::{record_notice, request_review, take_back},
    deciding::{Ruling, create},
};

/// The deadline for the decision whether somebody is presumed a victim.
const PRESUMPTION: &str = "presumption_decision";

/// Which decision of which case is meant, at which version.
#[derive(Debug, Clone)]
pub struct Target {
    /// The case.
    pub case_id: CaseId,
    /// The decision.
    pub id: IdentificationDecisionId,
    /// The version that the client read.
    pub expected: Option<i64>,
}

/// A decision with what it holds in words.
#[derive(Debug)]
pub struct Told {
    /// The decision.
    pub decision: Decision,
    /// The words, still protected.
    pub words: Sensitive<DecisionWords>,
    /// The number of the decision on which the stage rests.
    pub standing: Option<i64>,
}

/// Fetches a decision to show it, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`] if the case has no such decision.
///
/// # Audit
/// `identification-decision.read`
pub fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &IdentificationDecisionId,
) -> Result<(Event, Permit<ReadDecision, CaseRow>, Told)> {
    let permit = cases::fetch::<ReadDecision>(reading, case)?;
    let decision = identification::find(reading, &permit, id)?;
    let standing = identification::standing(reading, &permit)?;
    let words = identification::words(reading, &permit, &decision)?;
    let event = Event::under(Operation::Read, &permit).on(id, decision.version).in_case(case);
    Ok((event, permit, Told { decision, words, standing }))
}

/// Lists the decisions of a case in the order in which they were made.
///
/// # Errors
/// [`Refusal::NotFound`] if the case is not there or may not be known.
///
/// # Audit
/// `identification-decision.read` with the ids shown.
pub fn list(
    reading: &mut Reading<'_>,
    case: &CaseId,
    after: Option<i64>,
    limit: RowLimit,
) -> Result<(Event, Permit<ReadDecision, CaseRow>, Rows<Told>)> {
    let permit = cases::fetch::<ReadDecision>(reading, case)?;
    let standing = identification::standing(reading, &permit)?;
    let found =
        identification::page(reading, &permit, after, limit)?.try_map(|decision| -> Result<_> {
            let words = identification::words(reading, &permit, &decision)?;
            Ok(Told { decision, words, standing })
        })?;
    let event = Event::under(Operation::Read, &permit)
        .in_case(case)
        .showing(found.iter().map(|told| &told.decision.id));
    Ok((event, permit, found))
}

/// Moves the stage of a case, and nothing else of it. A conclusion that leaves it where it is moves
/// nothing.
pub(super) fn move_stage<A: Action + Changes>(
    tx: &mut Tx<'_>,
    permit: &Permit<A, ()>,
    (case, before): (&CaseId, &Before),
    moved: &Moved<IdentificationStage>,
) -> Result<()> {
    if moved.from() == moved.to() {
        return Ok(());
    }
    let version = cases::save_stage(tx, permit, before, moved)?;
    let event = Event::under(Operation::Update, permit)
        .on(case, version)
        .in_case(case)
        .fields(["identification_stage"]);
    tx.note(&event)
}
