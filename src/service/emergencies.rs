//! Emergency access (R15): opening one case to whoever needs it now, and looking into it afterwards.

use refero_domain::{
    alert::{AlertKind, Audience},
    case_code::CaseCode,
    emergency::{EmergencyLimits, EmergencyOutcome},
    event::{Event, Operation},
    id::{EmergencyAccessId, EmergencyAccessKind, Kind as _, UserId},
    instant::Instant,
    policy::{self, Action as _, Permit, ReadCase, ReadEmergency, ReviewEmergency},
    profile::{ClockKind, CountryProfile},
    refusal::Refusal,
    sensitive::Sensitive,
};
use refero_store::{
    Result,
    alerts::{self, NewAlert},
    emergencies::{self, AccessRow, NewAccess, Review, Unreviewed},
    rows::{RowLimit, Rows},
    unit::{Audited, Reading, Tx},
};

/// What somebody says who opens a case in an emergency.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The code of the case, as it was said on the telephone.
    pub case_code: CaseCode,
    /// A code of `emergency_reason`.
    pub reason_code: String,
    /// Why: sealed.
    pub justification: Sensitive<String>,
}

/// Opens one case to the caller for the time that the profile gives, to read. Its supervisors and the
/// data protection officers are told in the same transaction.
///
/// Whether the caller may open another one is asked before any case is looked for. A code that no case
/// has is 404, as every hidden record; the trail counts such codes, and further ones are refused.
///
/// # Errors
/// [`Refusal::EmergencyInQuestion`], [`Refusal::EmergencyTooOften`], [`Refusal::NotFound`];
/// [`Refusal::EmergencyNotNeeded`] for a case that the caller sees already.
///
/// # Audit
/// `emergency-access.open`, in the chain of the case.
pub fn open(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    asked: &Asked,
) -> Result<Audited<EmergencyAccessId>> {
    let rule = &profile.break_glass;
    let limits = EmergencyLimits {
        at_most: rule.at_most,
        within_s: i64::from(rule.within_days).saturating_mul(86_400),
    };
    let now = tx.now();
    emergencies::record_of_caller(tx, limits.within_s)?.allows_another(limits, now)?;
    let permit = emergencies::sought(tx, &asked.case_code)?;
    let row = permit.row();
    if policy::may(ReadCase::NAME, tx.actor()?, &row.facts) {
        return Err(row.refused(Refusal::EmergencyNotNeeded, tx.actor()?));
    }
    let (case, area) = (row.case.id.clone(), row.case.area.clone());
    let new = NewAccess {
        reason_code: asked.reason_code.clone(),
        justification: asked.justification.clone(),
        expires_at: Instant::from_utc(rule.duration.due(&profile.calendar, now.to_utc())),
        review_due_at: Instant::from_utc(profile.due(ClockKind::BreakGlassReview, now.to_utc())),
    };
    let id = emergencies::insert(tx, &permit, &new)?;
    let by = tx.actor()?.user_id.clone();
    let about = (&id, &case, &by);
    tell(tx, AlertKind::EmergencyAccess, area, about)?;
    let event = Event::under(Operation::Create, &permit)
        .on(&id, 1)
        .in_case(&case)
        .fields(["reason_code", "justification"]);
    tx.record(&event, id)
}

fn tell(
    tx: &mut Tx<'_>,
    kind: AlertKind,
    area: Option<String>,
    (id, case, by): (&EmergencyAccessId, &refero_domain::id::CaseId, &UserId),
) -> Result<()> {
    for audience in [Audience::Supervisors { area }, Audience::DataProtectionOfficers] {
        let alert = NewAlert {
            kind,
            audience,
            about: Some(by.clone()),
            case_id: Some(case.clone()),
            object: Some((EmergencyAccessKind::NAME, id.as_str().to_owned())),
            once: None,
        };
        alerts::raise(tx, &alert)?;
    }
    Ok(())
}

/// An emergency access with what was written about it, under its permit.
pub struct Opened {
    /// The access.
    pub permit: Permit<ReadEmergency, AccessRow>,
    /// Why it was opened.
    pub justification: Sensitive<String>,
    /// What the reviewer said.
    pub reasons: Option<Sensitive<String>>,
}

/// Fetches an emergency access to show it, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`] if it is not there or may not be known.
///
/// # Audit
/// `emergency-access.read`
pub fn show(reading: &mut Reading<'_>, id: &EmergencyAccessId) -> Result<(Event, Opened)> {
    let permit = emergencies::fetch::<ReadEmergency>(reading, id)?;
    let (justification, reasons) = emergencies::words(reading, &permit)?;
    let access = &permit.row().access;
    let event =
        Event::under(Operation::Read, &permit).on(id, access.version).in_case(&access.case_id);
    Ok((event, Opened { permit, justification, reasons }))
}

/// Lists emergency accesses, the newest first: a supervisor's area, a coordinator's own, all of them
/// to who watches over the mechanism.
///
/// # Errors
/// [`refero_store::Error::Unavailable`] if the database is not there.
///
/// # Audit
/// `emergency-access.read` with the ids shown.
pub fn list(
    reading: &mut Reading<'_>,
    unreviewed: Option<bool>,
    after: Option<&(Instant, EmergencyAccessId)>,
    limit: RowLimit,
) -> Result<(Event, Rows<Permit<ReadEmergency, AccessRow>>)> {
    let scope = policy::scope::<ReadEmergency>(reading.actor()?)?;
    let found = emergencies::page(reading, &scope, unreviewed, after, limit)?;
    let event = Event::of::<ReadEmergency>(Operation::Read)
        .showing(found.iter().map(|permit| &permit.row().access.id));
    Ok((event, found))
}

/// Reviews an emergency access. What was not justified ends at once, and its author opens no other
/// case until a review says otherwise.
///
/// # Errors
/// [`Refusal::SelfApproval`] for one's own, [`Refusal::Stale`].
///
/// # Audit
/// `emergency-access.review`, in the chain of the case.
pub fn review(
    tx: &mut Tx<'_>,
    (id, expected): (&EmergencyAccessId, Option<i64>),
    review: &Review,
) -> Result<Audited<EmergencyAccessId>> {
    let permit = emergencies::fetch::<ReviewEmergency>(tx, id)?;
    let row = permit.row();
    row.expect_version(expected)?;
    if row.access.actor_id == tx.actor()?.user_id {
        return Err(Refusal::SelfApproval.into());
    }
    let version = emergencies::save_review(tx, &permit, review)?;
    let outcome = match review.outcome {
        EmergencyOutcome::Justified => "justified",
        EmergencyOutcome::Unjustified => "unjustified",
    };
    let event = Event::under(Operation::Update, &permit)
        .on(id, version)
        .in_case(&row.access.case_id)
        .fields([outcome, "reason"]);
    tx.record(&event, id.clone())
}

/// Tells that nobody has reviewed an emergency access in time.
///
/// # Errors
/// [`Refusal::NotFound`] if somebody has reviewed it since, or another server was faster.
///
/// # Audit
/// `emergency-access.overdue`, in the chain of the case.
pub fn tell_overdue(tx: &mut Tx<'_>, access: &Unreviewed) -> Result<Audited<()>> {
    emergencies::tell_overdue(tx, access)?;
    let about = (&access.id, &access.case_id, &access.actor_id);
    tell(tx, AlertKind::EmergencyUnreviewed, access.area.clone(), about)?;
    let event = Event {
        permitted_by: Some("system"),
        ..Event::named("emergency-access.overdue", Operation::Execute)
    };
    tx.record(&event.about(&access.id).in_case(&access.case_id), ())
}
