//! Notes on a case, and what happened on it.

use refero_domain::{
    event::{Event, Operation},
    id::{CaseId, NoteId},
    instant::Instant,
    policy::{
        self, Action, Class, CreateNote, CreateReferral, Permit, ReadAgeAssessment, ReadCare,
        ReadCase, ReadConference, ReadConsent, ReadDecision, ReadDocument, ReadEmergency,
        ReadFollowUp, ReadGuardian, ReadHearing, ReadIdentity, ReadInterests, ReadIssue, ReadNeeds,
        ReadNote, ReadNotice, ReadPerpetrator, ReadPlacement, ReadPlan, ReadProceeding,
        ReadReferralLetter, ReadReflection, ReadSafeContact, ReadScreening, ReadTimeline,
    },
    refusal::Refusal,
    sensitive::Sensitive,
};
use refero_store::{
    Error, Result,
    cases::{self, CaseRow},
    notes::{self, Note},
    rows::{RowLimit, Rows},
    timeline::{self, Happening},
    unit::{Audited, Reading, Tx},
};

use crate::service::already_known;

/// Writes a note, or a correction of one. The same note again under the client's own identifier is the
/// same note.
///
/// # Errors
/// [`Refusal::ReferenceUnknown`] if the corrected note is not of this case, [`Refusal::IdTaken`] for
/// another content under a used identifier.
///
/// # Audit
/// `note.create`
pub fn create_note(
    tx: &mut Tx<'_>,
    case: &CaseId,
    id: Option<NoteId>,
    text: &Sensitive<String>,
    corrects: Option<&NoteId>,
) -> Result<Audited<NoteId>> {
    let permit = cases::fetch::<CreateNote>(tx, case)?;
    if let Some(id) = &id {
        let author = tx.actor()?.user_id.clone();
        let known = already_known(notes::find(tx, &permit, id), |note| {
            let corrects_same = note.corrects_id.as_ref() == corrects;
            Ok(note.author_id == author && corrects_same && note.text == *text)
        })?;
        if known.is_some() {
            let event = Event::of::<ReadNote>(Operation::Read).on(id, 1).in_case(case);
            return tx.record(&event, id.clone());
        }
    }
    if let Some(corrected) = corrects {
        notes::find(tx, &permit, corrected).map_err(|error| match error.refusal() {
            Some(Refusal::NotFound) => {
                Error::from(Refusal::ReferenceUnknown { pointer: "/corrects_id" })
            }
            _ => error,
        })?;
    }
    let id = id.unwrap_or_else(|| tx.new_id());
    notes::insert(tx, &permit, &id, text, corrects)?;
    let event = Event::under(Operation::Create, &permit).on(&id, 1).in_case(case);
    tx.record(&event, id)
}

/// Fetches a note to show it, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`] if the case has no such note.
///
/// # Audit
/// `note.read`
pub fn open_note(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &NoteId,
) -> Result<(Event, Permit<ReadNote, CaseRow>, Note)> {
    let permit = cases::fetch::<ReadNote>(reading, case)?;
    let note = notes::find(reading, &permit, id)?;
    let event = Event::under(Operation::Read, &permit).on(id, 1).in_case(case);
    Ok((event, permit, note))
}

/// Lists the notes of a case.
///
/// # Errors
/// [`Refusal::NotFound`] if the case is not there or may not be known.
///
/// # Audit
/// `note.read` with the ids shown.
pub fn list_notes(
    reading: &mut Reading<'_>,
    case: &CaseId,
    after: Option<(Instant, NoteId)>,
    limit: RowLimit,
) -> Result<(Event, Permit<ReadNote, CaseRow>, Rows<Note>)> {
    let permit = cases::fetch::<ReadNote>(reading, case)?;
    let found = notes::page(reading, &permit, after, limit)?;
    let event = Event::under(Operation::Read, &permit)
        .in_case(case)
        .showing(found.iter().map(|note| &note.id));
    Ok((event, permit, found))
}

/// What happened on a case that everybody who sees the case may know.
const OPERATIONAL: &[&str] = &[
    "report.submit",
    "case.claim",
    "case.assign",
    "case.activate",
    "case.start-reflection",
    "case.suspend",
    "case.resume",
    "case.start-follow-up",
    "case.close",
    "case.decline-closure",
    "case.reopen",
    "case.escalate",
    "case.warn",
    "case.meet-deadline",
    "case.merge",
    "case.undo-merge",
];

/// What only those may know who see what stands in the case, by what they must be permitted to do
/// besides, one or the other: nobody learns here of a thing that does not exist for them elsewhere.
const RESTRICTED: &[(&[&str], &[&str])] = &[
    (&[ReadCase::NAME], &["case.edit", "case.link-incident", "case.unlink-incident"]),
    (&[ReadIdentity::NAME], &["identity.edit"]),
    (&[ReadScreening::NAME], &["screening.create", "screening.conclude"]),
    (
        &[ReadDecision::NAME],
        &[
            "identification-decision.create",
            "identification-decision.record-notice",
            "identification-decision.request-review",
            "identification-decision.take-back",
        ],
    ),
    (
        &[ReadConsent::NAME],
        &["consent.create", "consent.answer", "consent.withdraw", "consent.expire"],
    ),
    (
        &[ReadAgeAssessment::NAME],
        &[
            "age-assessment.create",
            "age-assessment.name-panel",
            "age-assessment.propose-decision",
            "age-assessment.approve",
            "age-assessment.decline",
            "age-assessment.contest",
            "age-assessment.withdraw",
        ],
    ),
    (&[ReadGuardian::NAME], &["guardian.appoint", "guardian.end"]),
    (
        &[ReadInterests::NAME],
        &[
            "best-interests.create",
            "best-interests.name-panel",
            "best-interests.propose-determination",
            "best-interests.approve",
            "best-interests.decline",
            "best-interests.review",
        ],
    ),
    (
        &[ReadReflection::NAME],
        &[
            "reflection-period.offer",
            "reflection-period.record-notice",
            "reflection-period.grant",
            "reflection-period.decline",
            "reflection-period.refuse",
            "reflection-period.extend",
            "reflection-period.end",
            "reflection-period.terminate",
        ],
    ),
    (&[ReadPlacement::NAME], &["placement.create", "placement.end"]),
    (&[ReadSafeContact::NAME], &["safe-contact.create", "safe-contact.use", "safe-contact.retire"]),
    (&[ReadDocument::NAME], &["document.create", "document.upload"]),
    (&[ReadReferralLetter::NAME], &["referral-letter.create"]),
    (&[ReadNotice::NAME], &["notice-of-rights.create"]),
    (&[ReadNeeds::NAME], &["needs-assessment.create"]),
    (
        &[ReadPlan::NAME],
        &[
            "support-plan.create",
            "support-plan.edit",
            "support-plan.agree",
            "support-plan.review",
            "plan-item.create",
            "plan-item.edit",
            "plan-item.start",
            "plan-item.complete",
            "plan-item.decline",
            "plan-item.drop",
        ],
    ),
    (&[ReadConference::NAME], &["case-conference.create"]),
    (&[ReadFollowUp::NAME], &["follow-up.create"]),
    (&[ReadNote::NAME], &["note.create"]),
    (
        &[ReadProceeding::NAME],
        &[
            "proceeding.open",
            "proceeding.edit",
            "proceeding.advance",
            "proceeding.share-identity",
            "proceeding.end-identity-sharing",
        ],
    ),
    (&[ReadHearing::NAME], &["hearing.schedule", "hearing.record"]),
    (&[ReadPerpetrator::NAME], &["alleged-perpetrator.add"]),
    (
        &[ReadIssue::NAME],
        &["non-punishment-issue.raise", "non-punishment-issue.tell", "non-punishment-issue.remedy"],
    ),
    (
        &[ReadEmergency::NAME],
        &["emergency-access.open", "emergency-access.review", "emergency-access.overdue"],
    ),
    (
        &[ReadCare::NAME, CreateReferral::NAME],
        &[
            "referral.create",
            "referral.edit",
            "referral.send",
            "referral.receive",
            "referral.accept",
            "referral.decline",
            "referral.assign",
            "referral.start",
            "referral.complete",
            "referral.return",
            "referral.cancel",
            "referral.withdraw",
            "referral.escalate",
            "service-update.create",
        ],
    ),
];

/// Tells what happened on a case, as far as the caller may know.
///
/// # Errors
/// [`Refusal::NotFound`] if the case is not there or may not be known.
///
/// # Audit
/// `timeline.read`
pub fn timeline(
    reading: &mut Reading<'_>,
    case: &CaseId,
    before: Option<i64>,
    limit: RowLimit,
) -> Result<(Event, Rows<Happening>)> {
    let permit = cases::fetch::<ReadTimeline>(reading, case)?;
    let mut actions = OPERATIONAL.to_vec();
    if permit.may_see(Class::CaseRestricted) {
        let actor = reading.actor()?;
        let may = |action: &&str| policy::may(action, actor, &permit.row().facts);
        let told = RESTRICTED.iter().filter(|(to, _)| to.iter().any(may));
        actions.extend(told.flat_map(|(_, actions)| *actions));
    }
    let found = timeline::page(reading, &permit, &actions, before, limit)?;
    let event = Event::under(Operation::Read, &permit).in_case(case);
    Ok((event, found))
}
