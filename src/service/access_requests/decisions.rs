//! What was decided about the person, for the copy: by whom, why, and what they were told of it.

use refero_domain::{
    id::CaseId,
    policy::{Class, Permit, ReadDecision},
};
use refero_store::{
    Result,
    cases::{self, CaseRow},
    identification::{self, Decision},
    unit::Reading,
};

use super::{all, bureau::PAGE, copy::Field};

/// Tells every decision about the person, in the order in which they were made.
pub(super) fn of_case(reading: &mut Reading<'_>, case: &CaseId) -> Result<Vec<Vec<Field>>> {
    let permit = cases::fetch::<ReadDecision>(reading, case)?;
    let found = all(
        |after| identification::page(reading, &permit, after, PAGE),
        |decision: &Decision| decision.number,
    )?;
    found.iter().map(|found| decision(reading, &permit, found)).collect()
}

fn decision(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadDecision, CaseRow>,
    decision: &Decision,
) -> Result<Vec<Field>> {
    let words = identification::words(reading, permit, decision)?;
    let words = words.reveal(permit, Class::CaseRestricted).ok().cloned().unwrap_or_default();
    let id = decision.id.as_str();
    // One text is looked through at a time.
    let evidence = (!words.evidence.is_empty()).then(|| words.evidence.join("\n"));
    let mut fields = ruling(decision)?;
    fields.extend([
        Field::words(
            "identification_decisions.sealed/reasons",
            ("decision_reasons", id),
            words.reasons,
        ),
        Field::words(
            "identification_decisions.sealed/legal_reference",
            ("decision_law", id),
            words.legal_reference,
        ),
        Field::words(
            "identification_decisions.sealed/evidence",
            ("decision_evidence", id),
            evidence,
        ),
    ]);
    fields.extend(afterwards(decision)?);
    Ok(fields)
}

/// What was decided, by whom.
fn ruling(decision: &Decision) -> Result<Vec<Field>> {
    let code = decision.kind.code();
    Ok(vec![
        Field::code("identification_decisions.kind", "identification_decision_kind", Some(code)),
        Field::code(
            "identification_decisions.outcome",
            "identification_decision_outcome",
            decision.outcome.map(|outcome| outcome.code()),
        ),
        Field::code(
            "identification_decisions.stage_after",
            "identification_stage",
            Some(decision.stage_after.code()),
        ),
        Field::yes("identification_decisions.reviews_id", Some(decision.reviews_id.is_some())),
        Field::code(
            "identification_decisions.body_type",
            "decision_body_type",
            decision.body_type.map(|kind| kind.code()),
        ),
        Field::plain("identification_decisions.body", decision.body.clone()),
        Field::code(
            "identification_decisions.standard_of_proof",
            "standard_of_proof",
            decision.standard_of_proof.as_deref(),
        ),
        Field::yes("identification_decisions.intercepted", decision.intercepted),
        Field::plain(
            "identification_decisions.certificate_number",
            decision.certificate_number.clone(),
        ),
        Field::day("identification_decisions.decided_on", Some(decision.decided_on()?)),
        Field::by("identification_decisions.decided_by", Some(&decision.decided_by)),
        Field::moment("identification_decisions.created_at", Some(decision.created_at)),
        Field::code(
            "identification_decisions.state",
            "identification_decision_state",
            Some(decision.state.get().code()),
        ),
    ])
}

/// What the person was told of a decision, and whether somebody asked for a review.
fn afterwards(decision: &Decision) -> Result<Vec<Field>> {
    Ok(vec![
        Field::plain("identification_decisions.notice_language", decision.notice_language.clone()),
        Field::code(
            "identification_decisions.notice_mode",
            "decision_notice_mode",
            decision.notice_mode.map(|mode| mode.code()),
        ),
        Field::yes("identification_decisions.notice_interpreter", decision.notice_interpreter),
        Field::day("identification_decisions.notified_on", decision.notified_on()?),
        Field::by("identification_decisions.notified_by", decision.notified_by.as_ref()),
        Field::code(
            "identification_decisions.review_ground",
            "decision_review_ground",
            decision.review_ground.map(|ground| ground.code()),
        ),
        Field::code(
            "identification_decisions.review_asked_by",
            "decision_review_asker",
            decision.review_asked_by.map(|asker| asker.code()),
        ),
        Field::by(
            "identification_decisions.review_requested_by",
            decision.review_requested_by.as_ref(),
        ),
        Field::moment("identification_decisions.review_requested_at", decision.review_requested_at),
    ])
}
