//! Assessing what a person needs and what endangers them.

use refero_domain::{
    case::RiskLevel,
    event::{Event, Operation},
    id::{CaseId, NeedsAssessmentId},
    instant::Instant,
    needs::Assessment,
    policy::{AssessNeeds, Permit, ReadNeeds},
    profile::CountryProfile,
    refusal::Refusal,
    sensitive::Sensitive,
};
use refero_store::{
    Result,
    cases::{self, CaseRow},
    needs_assessments::{self as assessments, NeedsAssessment},
    rows::{RowLimit, Rows},
    unit::{Audited, Reading, Tx},
};

use super::{
    already_known,
    danger::{self, Danger},
    indicator_sets,
};

/// What somebody assessed.
#[derive(Debug)]
pub struct NewAssessment {
    /// The client's own identifier.
    pub id: Option<NeedsAssessmentId>,
    /// What was assessed.
    pub content: Sensitive<Assessment>,
    /// How great the danger is, by what was assessed.
    pub risk_level: RiskLevel,
    /// Whether something is needed that cannot wait.
    pub is_urgent: bool,
}

/// Writes an assessment down. A danger greater than the case had becomes the case's, and what cannot
/// wait starts its deadline; neither is taken back by a later assessment, but by a person who corrects
/// the case.
///
/// # Errors
/// [`Refusal::CaseStateDoesNotAllow`] for a case that has ended; [`Refusal::ReferenceUnknown`] for a question
/// that nobody asks; [`Refusal::IdTaken`] for another content under a used identifier.
///
/// # Audit
/// `needs-assessment.create`
pub fn assess(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    case: &CaseId,
    new: &NewAssessment,
) -> Result<Audited<NeedsAssessmentId>> {
    let permit = cases::fetch::<AssessNeeds>(tx, case)?;
    if let Some(id) = &new.id {
        let author = tx.actor()?.user_id.clone();
        let known = already_known(assessments::find(tx, &permit, id), |known| {
            Ok(known.author_id == author && known.content == new.content)
        })?;
        if known.is_some() {
            let event = Event::of::<ReadNeeds>(Operation::Read).on(id, 1).in_case(case);
            return tx.record(&event, id.clone());
        }
    }
    if permit.row().case.state.get().is_ended() {
        return Err(permit.row().refused(Refusal::CaseStateDoesNotAllow, tx.actor()?));
    }
    let set = indicator_sets::by_which_people_are_screened(tx)?;
    let known =
        |all: &Assessment| all.risk_answers.keys().all(|code| set.indicator(code).is_some());
    if !new.content.check(known) {
        return Err(Refusal::ReferenceUnknown { pointer: "/risk_answers" }.into());
    }
    let id = new.id.clone().unwrap_or_else(|| tx.new_id());
    assessments::insert(tx, &permit, &id, &new.content, new.risk_level)?;
    let (row, permit) = permit.into_parts();
    let danger = Danger { level: new.risk_level, is_urgent: new.is_urgent };
    danger::tell(tx, profile, (&row, &permit), danger)?;
    let event = Event::under(Operation::Create, &permit).on(&id, 1).in_case(case);
    tx.record(&event, id)
}

/// Fetches an assessment to show it, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`] if the case has no such assessment.
///
/// # Audit
/// `needs-assessment.read`
pub fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &NeedsAssessmentId,
) -> Result<(Event, Permit<ReadNeeds, CaseRow>, NeedsAssessment)> {
    let permit = cases::fetch::<ReadNeeds>(reading, case)?;
    let found = assessments::find(reading, &permit, id)?;
    let event = Event::under(Operation::Read, &permit).on(id, 1).in_case(case);
    Ok((event, permit, found))
}

/// Lists the assessments of a case, the newest first.
///
/// # Errors
/// [`Refusal::NotFound`] if the case is not there or may not be known.
///
/// # Audit
/// `needs-assessment.read` with the ids shown.
pub fn list(
    reading: &mut Reading<'_>,
    case: &CaseId,
    after: Option<(Instant, NeedsAssessmentId)>,
    limit: RowLimit,
) -> Result<(Event, Permit<ReadNeeds, CaseRow>, Rows<NeedsAssessment>)> {
    let permit = cases::fetch::<ReadNeeds>(reading, case)?;
    let found = assessments::page(reading, &permit, after, limit)?;
    let event = Event::under(Operation::Read, &permit)
        .in_case(case)
        .showing(found.iter().map(|assessment| &assessment.id));
    Ok((event, permit, found))
}
