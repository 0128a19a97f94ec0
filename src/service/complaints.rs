//! Hearing what a survivor says about how they were treated, and having somebody independent answer.

use refero_domain::{
    complaint::{ComplaintAct, ComplaintOutcome, ComplaintWords},
    dates,
    event::{Event, Operation},
    id::{CaseId, ComplaintId},
    instant::Instant,
    machine::Machine as _,
    policy::{ConcludeComplaint, ExamineComplaint, Permit, ReadComplaint, ReceiveComplaint},
    refusal::Refusal,
    sensitive::Sensitive,
};
use refero_store::{
    Result,
    cases::{self, CaseRow},
    complaints::{self, Answered, Complaint, Heard},
    recipients,
    rows::{RowLimit, Rows},
    unit::{Audited, Reading, Tx},
};

use super::already_known;

/// Which complaint of which case is meant, at which version.
pub type Target<'t> = (&'t CaseId, &'t ComplaintId, Option<i64>);

/// What came of a complaint.
#[derive(Debug, Clone)]
pub struct Conclusion {
    /// What.
    pub outcome: ComplaintOutcome,
    /// What was found.
    pub findings: Sensitive<String>,
    /// What the person was told.
    pub answer: Option<Sensitive<String>>,
    /// When and in which language.
    pub answered: Option<Answered>,
}

/// Writes down what a survivor said. Nobody asks whether they may: a case that has ended is no reason not
/// to listen.
///
/// # Errors
/// [`Refusal::ReferenceUnknown`] for an organisation that is not in the directory,
/// [`Refusal::ImpossibleDate`], [`Refusal::IdTaken`] for another content under a used identifier.
///
/// # Audit
/// `complaint.create`
pub fn receive(
    tx: &mut Tx<'_>,
    case: &CaseId,
    (id, heard, words): (Option<&ComplaintId>, &Heard, &Sensitive<ComplaintWords>),
) -> Result<Audited<ComplaintId>> {
    let permit = cases::fetch::<ReceiveComplaint>(tx, case)?;
    if let Some(id) = id {
        let known = already_known(complaints::find_own(tx, &permit, id), |known| {
            Ok(known.heard == *heard && (known.version > 1 || known.words == *words))
        })?;
        if known.is_some() {
            let event = Event::under(Operation::Read, &permit).on(id, 1).in_case(case);
            return tx.record(&event, id.clone());
        }
    }
    dates::check_past(heard.received_on, tx.now()).map_err(|fault| fault.at("/received_on"))?;
    if let Some(organisation) = &heard.about_organisation_id
        && !recipients::exists(tx, organisation)?
    {
        return Err(Refusal::ReferenceUnknown { pointer: "/about_organisation_id" }.into());
    }
    let id = id.cloned().unwrap_or_else(|| tx.new_id());
    complaints::insert(tx, &permit, &id, (heard, words))?;
    let event = Event::under(Operation::Create, &permit).on(&id, 1).in_case(case);
    tx.record(&event, id)
}

/// Says to who wrote it down that it is there, and nothing more.
///
/// # Errors
/// [`Refusal::NotFound`] if the caller wrote down no such complaint on this case.
///
/// # Audit
/// `complaint.create`, as a reading.
pub fn receipt(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &ComplaintId,
) -> Result<(Event, Complaint)> {
    let permit = cases::fetch::<ReceiveComplaint>(reading, case)?;
    let found = complaints::find_own(reading, &permit, id)?;
    let event = Event::under(Operation::Read, &permit).on(id, 1).in_case(case);
    Ok((event, found))
}

/// Fetches a complaint to show it to somebody independent, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`] if the case has no such complaint, or the caller is not independent of it.
///
/// # Audit
/// `complaint.read`
pub fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &ComplaintId,
) -> Result<(Event, Permit<ReadComplaint, CaseRow>, Complaint)> {
    let permit = cases::fetch::<ReadComplaint>(reading, case)?;
    let found = complaints::find(reading, &permit, id)?;
    let event = Event::under(Operation::Read, &permit).on(id, found.version).in_case(case);
    Ok((event, permit, found))
}

/// Lists the complaints of a case of which the caller is independent, the newest first.
///
/// # Errors
/// [`Refusal::NotFound`] if the case is not there or may not be known.
///
/// # Audit
/// `complaint.read` with the ids shown.
pub fn list(
    reading: &mut Reading<'_>,
    case: &CaseId,
    after: Option<(Instant, ComplaintId)>,
    limit: RowLimit,
) -> Result<(Event, Permit<ReadComplaint, CaseRow>, Rows<Complaint>)> {
    let permit = cases::fetch::<ReadComplaint>(reading, case)?;
    let found = complaints::page(reading, &permit, after, limit)?;
    let event = Event::under(Operation::Read, &permit)
        .in_case(case)
        .showing(found.iter().map(|one| &one.id));
    Ok((event, permit, found))
}

/// Takes a complaint up.
///
/// # Errors
/// [`Refusal::NotFound`] if the caller is not independent, [`Refusal::IllegalTransition`],
/// [`Refusal::Stale`].
///
/// # Audit
/// `complaint.examine`
pub fn examine(tx: &mut Tx<'_>, target: Target<'_>) -> Result<Audited<ComplaintId>> {
    let (case, id, expected) = target;
    let permit = cases::fetch::<ExamineComplaint>(tx, case)?;
    let found = complaints::find(tx, &permit, id)?;
    found.expect_version(expected)?;
    if !found.state.get().acts_include(ComplaintAct::Examine) {
        return Err(found.refused(Refusal::IllegalTransition, permit.row(), tx.actor()?));
    }
    let Complaint { state, version, .. } = found;
    let moved = state.step(ComplaintAct::Examine)?;
    let version = complaints::save(tx, &permit, (id, version), &moved, None)?;
    let event = Event::under(Operation::Update, &permit).on(id, version).in_case(case);
    tx.record(&event.fields(["state"]), id.clone())
}

/// Concludes on a complaint: what was found, and what the person was told in their language.
///
/// # Errors
/// [`Refusal::NotFound`] if the caller is not independent, [`Refusal::IllegalTransition`] for finding for
/// or against somebody without having examined it, [`Refusal::ImpossibleDate`], [`Refusal::Stale`].
///
/// # Audit
/// `complaint.conclude`
pub fn conclude(
    tx: &mut Tx<'_>,
    target: Target<'_>,
    conclusion: &Conclusion,
) -> Result<Audited<ComplaintId>> {
    let (case, id, expected) = target;
    let permit = cases::fetch::<ConcludeComplaint>(tx, case)?;
    let found = complaints::find(tx, &permit, id)?;
    found.expect_version(expected)?;
    if let Some(answered) = &conclusion.answered {
        dates::check_past(answered.on, tx.now()).map_err(|fault| fault.at("/answered_on"))?;
    }
    let illegal = found.refused(Refusal::IllegalTransition, permit.row(), tx.actor()?);
    let Complaint { state, version, words, .. } = found;
    let to = conclusion.outcome.state();
    let moved = state.step_to(ComplaintAct::Conclude, to).map_err(|_| illegal)?;
    let words = words
        .with(Some(conclusion.findings.clone()), |all, text| all.findings = Some(text))
        .with(conclusion.answer.clone(), |all, text| all.answer = Some(text));
    let concluded = Some((&words, conclusion.answered.as_ref()));
    let version = complaints::save(tx, &permit, (id, version), &moved, concluded)?;
    let event = Event::under(Operation::Update, &permit).on(id, version).in_case(case);
    tx.record(&event.fields(["state", "answered_on", "answer_language"]), id.clone())
}
