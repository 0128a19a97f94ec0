//! Assessments of needs and risk: appended, followed by a later one, never changed (R13).

use diesel::prelude::*;
use refero_domain::{
    case::RiskLevel,
    id::{CaseId, NeedsAssessmentId, PersonId, UserId},
    instant::Instant,
    needs::Assessment,
    policy::{AssessNeeds, Permit, ReadNeeds},
    sensitive::Sensitive,
};

use crate::{
    cases::CaseRow,
    error::Result,
    parts::parts_of_case,
    people::{Slot, seal, unseal},
    schema::needs_assessments as assessments,
    sealing::Place,
    unit::{Reading, Tx},
};

const CONTENT: Place = Place { table: "needs_assessments", column: "sealed" };

#[derive(Queryable, Selectable)]
#[diesel(table_name = assessments)]
struct Stored {
    id: NeedsAssessmentId,
    case_id: CaseId,
    risk_level: RiskLevel,
    sealed: Vec<u8>,
    author_id: UserId,
    created_at: Instant,
}

/// What somebody assessed with a person.
#[derive(Debug)]
pub struct NeedsAssessment {
    /// The assessment.
    pub id: NeedsAssessmentId,
    /// The case it belongs to.
    pub case_id: CaseId,
    /// How great the danger is, by the assessment alone.
    pub risk_level: RiskLevel,
    /// What was assessed.
    pub content: Sensitive<Assessment>,
    /// Who assessed.
    pub author_id: UserId,
    /// When.
    pub created_at: Instant,
}

fn opened(reading: &mut Reading<'_>, stored: Stored, person: &PersonId) -> Result<NeedsAssessment> {
    let slot = Slot { place: CONTENT, row: stored.id.as_str(), person };
    let content = unseal(reading, &slot, &stored.sealed)?;
    Ok(NeedsAssessment {
        id: stored.id,
        case_id: stored.case_id,
        risk_level: stored.risk_level,
        content,
        author_id: stored.author_id,
        created_at: stored.created_at,
    })
}

/// Appends an assessment.
///
/// # Errors
/// [`refero_domain::refusal::Refusal::IdTaken`] if the identifier is in use.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<AssessNeeds, CaseRow>,
    id: &NeedsAssessmentId,
    content: &Sensitive<Assessment>,
    risk_level: RiskLevel,
) -> Result<()> {
    tx.changes(&permit.row().case.id);
    let slot = Slot { place: CONTENT, row: id.as_str(), person: &permit.row().person.id };
    let sealed = seal(tx, slot, content)?;
    let by = tx.actor()?.user_id.clone();
    diesel::insert_into(assessments::table)
        .values((
            assessments::id.eq(id),
            assessments::case_id.eq(&permit.row().case.id),
            assessments::risk_level.eq(risk_level),
            assessments::sealed.eq(sealed),
            assessments::author_id.eq(by),
            assessments::created_at.eq(tx.now()),
        ))
        .execute(tx.conn)?;
    Ok(())
}

parts_of_case!(assessments, NeedsAssessmentId => NeedsAssessment, ReadNeeds);
