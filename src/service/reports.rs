//! Registering: a first responder's report, and the case that it becomes.

use std::collections::BTreeMap;

use refero_domain::{
    age::AgeRule,
    dates,
    event::{Event, Operation},
    id::{CaseId, DetectionReportId, IncidentLinkId},
    instant::Instant,
    policy::{
        self, Action as _, Class, CreateReport, EditReport, LinkIncident, Permit, ReadReport,
        SubmitReport,
    },
    profile::{ClockKind, CountryProfile},
    refusal::Refusal,
    report::{ReportAct, ReportDetails, ReportSecrets, ReportState},
    sensitive::Sensitive,
};
use refero_store::{
    Db, Error, Result,
    cases::NewCase,
    clocks::{self, FirstClock},
    incidents,
    people::PersonFacts,
    reports::{self, Report, Unopened},
    rows::{RowLimit, Rows},
    unit::{Audited, Reading, Tx},
};

use crate::service::{already_known, indicator_sets, referred_to};

/// A report as a first responder sends it.
#[derive(Clone)]
pub struct NewReport {
    /// The client's own identifier, if it made one.
    pub id: Option<DetectionReportId>,
    /// The coded facts.
    pub details: ReportDetails,
    /// What it tells in words, and who the person is.
    pub secrets: Sensitive<ReportSecrets>,
    /// Submit at once.
    pub submit: bool,
}

/// Registers a report as a draft, or submits it at once.
///
/// A report that arrives again under the client's own identifier with the same content is the same
/// report: a bad network makes no second person.
///
/// # Errors
/// [`Refusal::IdTaken`] for another content under a used identifier; [`Refusal::ReferenceUnknown`] for an
/// incident that the caller may not know; what [`submit`] refuses.
///
/// # Audit
/// `report.create`; with `submit` also what [`submit`] records.
pub fn create(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    new: &NewReport,
) -> Result<Audited<DetectionReportId>> {
    if let Some(id) = &new.id
        && let Some(known) = sent_before(tx, id, new)?
    {
        return Ok(known);
    }
    let permit = policy::decide::<CreateReport, _>(tx.actor()?, &policy::SystemFacts, ())?;
    let details = with_incident(tx, &new.details)?;
    check(profile, (&details, &new.secrets), tx.now())?;
    expect_asked(tx, &details)?;
    let id = new.id.clone().unwrap_or_else(|| tx.new_id());
    reports::insert(tx, &id, &details, &new.secrets)?;
    let event = Event::under(Operation::Create, &permit).on(&id, 1);
    if new.submit {
        tx.note(&event)?;
        return submit(tx, profile, &id, Some(1));
    }
    tx.record(&event, id)
}

/// Adds to a report what all share who were found in the same incident.
fn with_incident(tx: &mut Tx<'_>, details: &ReportDetails) -> Result<ReportDetails> {
    let Some(incident) = &details.incident_id else { return Ok(details.clone()) };
    let shared = referred_to(incidents::shared(tx, incident), "/incident_id")?;
    Ok(shared.row().fill(details))
}

/// Says whether what is sent is what is there: with what the incident added to it, as it was then.
fn is_the_same(sent: &ReportDetails, known: &ReportDetails) -> bool {
    let added = sent.incident_id.is_some();
    let filled = ReportDetails {
        area: sent.area.clone().or_else(|| known.area.clone().filter(|_| added)),
        detected_on: sent.detected_on.or(known.detected_on.filter(|_| added)),
        ..sent.clone()
    };
    filled == *known
}

fn sent_before(
    tx: &mut Tx<'_>,
    id: &DetectionReportId,
    new: &NewReport,
) -> Result<Option<Audited<DetectionReportId>>> {
    let author = tx.actor()?.user_id.clone();
    let known = already_known(open(tx, id), |(_, known)| {
        let report = known.row();
        Ok(report.author_id == author
            && is_the_same(&new.details, &report.details)
            && report.secrets == new.secrets
            && (report.state.get() == ReportState::Submitted) == new.submit)
    })?;
    known.map(|(event, _)| tx.record(&event, id.clone())).transpose()
}

/// Changes a draft; the earlier value stays in the history (R13).
///
/// # Errors
/// [`Refusal::Stale`]; [`Refusal::Inconsistent`] for facts that contradict each other,
/// [`Refusal::ImpossibleDate`] for a day that cannot be.
///
/// # Audit
/// `report.edit`
pub fn edit(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    (id, expected): (&DetectionReportId, Option<i64>),
    change: impl Fn(&mut ReportDetails, Sensitive<ReportSecrets>) -> Sensitive<ReportSecrets>,
) -> Result<Audited<DetectionReportId>> {
    let permit = reports::fetch::<EditReport>(tx, id)?;
    let report = permit.row();
    report.expect_version(expected)?;
    let mut details = report.details.clone();
    let secrets = change(&mut details, report.secrets.clone());
    if details.incident_id != report.details.incident_id {
        details = with_incident(tx, &details)?;
    }
    check(profile, (&details, &secrets), tx.now())?;
    expect_asked(tx, &details)?;
    let version = reports::save_draft(tx, &permit, &details, &secrets)?;
    let event = Event::under(Operation::Update, &permit).on(id, version);
    tx.record(&event, id.clone())
}

/// Submits a draft: person, sealed identity and case come into being, and the clocks start.
///
/// # Errors
/// [`Refusal::IllegalTransition`] if it is submitted; [`Refusal::Incomplete`] if it says nothing at
/// all; [`Refusal::Stale`].
///
/// # Audit
/// `report.submit`, in the chain of the new case; with an incident also `case.link-incident`.
pub fn submit(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    id: &DetectionReportId,
    expected: Option<i64>,
) -> Result<Audited<DetectionReportId>> {
    let permit = reports::fetch::<SubmitReport>(tx, id)?;
    permit.row().expect_version(expected)?;
    let (report, permit) = permit.into_parts();
    if report.details.is_empty() && report.secrets.check(ReportSecrets::is_empty) {
        return Err(Refusal::Incomplete { pointer: "/detection_source" }.into());
    }
    check(profile, (&report.details, &report.secrets), tx.now())?;
    let first = first_clocks(profile, &report.details, tx.now());
    let new = NewCase {
        id: tx.new_id(),
        code: reports::free_case_code(tx, &profile.country)?,
        person_id: report.person_id.clone(),
        report_id: id.clone(),
        area: report.details.area.clone(),
        risk_level: report.details.danger(),
        next_due_at: first.iter().map(|(_, due, _)| *due).min(),
    };
    let identity = report.secrets.clone().map(|secrets| secrets.identity);
    reports::register(tx, &new, &person_facts(&report.details), &identity)?;
    clocks::start_first(tx, &new.id, &first)?;
    let version = report.version;
    let moved = report.state.step(ReportAct::Submit).map_err(Error::from)?;
    reports::save_submitted(tx, &permit, (id, version), &moved, &new.id)?;
    if let Some(incident) = &report.details.incident_id {
        let link: IncidentLinkId = tx.new_id();
        incidents::link_registered(tx, &permit, (&link, incident, &new.id))?;
        let event = Event::named(LinkIncident::NAME, Operation::Create);
        tx.note(&event.on(&link, 1).in_case(&new.id))?;
    }
    let event = Event::under(Operation::Execute, &permit)
        .on(id, version.saturating_add(1))
        .in_case(&new.id);
    tx.record(&event, id.clone())
}

fn person_facts(details: &ReportDetails) -> PersonFacts {
    PersonFacts {
        sex_reporting: details.sex_reporting.unwrap_or(refero_domain::age::SexReporting::Unknown),
        birth_year: details.birth_year_estimate,
        age_status: details.age_status(),
        primary_language: details.primary_language.clone(),
        other_languages: details.other_languages.clone(),
        citizenships: details.citizenships.clone(),
    }
}

/// Returns what begins to run when a case is submitted: claim, urgent needs, presumption, guardian.
fn first_clocks(
    profile: &CountryProfile,
    details: &ReportDetails,
    now: Instant,
) -> Vec<FirstClock<'static>> {
    let critical = details.danger() == refero_domain::case::RiskLevel::Critical;
    let mut kinds = BTreeMap::new();
    kinds.insert(
        "triage_claim",
        if critical { ClockKind::TriageClaimCritical } else { ClockKind::TriageClaim },
    );
    if critical || !details.urgent_needs.is_empty() {
        let kind =
            if critical { ClockKind::UrgentNeedsCritical } else { ClockKind::UrgentNeedsOther };
        kinds.insert("urgent_needs", kind);
    }
    kinds.insert("presumption_decision", ClockKind::PresumptionDecision);
    if details.age_status().protected_as_child() {
        kinds.insert("guardian_for_child", ClockKind::GuardianForChild);
    }
    let from = now.to_utc();
    kinds
        .into_iter()
        .map(|(name, kind)| {
            let due = profile.due(kind, from);
            let warn_at = profile.clock(kind).warned(due).map(Instant::from_utc);
            (name, Instant::from_utc(due), warn_at)
        })
        .collect()
}

/// Refuses indicators and safety questions that the set in force does not have.
fn expect_asked(tx: &mut Tx<'_>, details: &ReportDetails) -> Result<()> {
    indicator_sets::expect_known(tx, details.indicators.iter(), "/indicators")?;
    indicator_sets::expect_known(tx, details.risk_answers.keys(), "/risk_answers")
}

/// Judges facts that only the clock and the country can judge.
fn check(
    profile: &CountryProfile,
    (details, secrets): (&ReportDetails, &Sensitive<ReportSecrets>),
    now: Instant,
) -> Result<()> {
    let age = AgeRule { status: details.age_status(), majority: profile.age_of_majority, now };
    if let Some(year) = details.birth_year_estimate {
        age.check_year(year, "/birth_year_estimate")?;
    }
    age.check_sealed(secrets, |secrets| secrets.identity.birth_date, "/identity/birth_date")?;
    // Only a panel's decision makes these, never a report (R6).
    if details.age_status().needs_assessment() {
        return Err(Refusal::Inconsistent { pointer: "/age_status" }.into());
    }
    if let Some(found) = details.detected_on {
        found
            .earliest()
            .map_or(Err(dates::DateFault::TooEarly), |day| dates::check_past(day, now))
            .map_err(|fault| fault.at("/detected_on"))?;
    }
    if let Some(area) = &details.area
        && profile.area(area).is_none()
    {
        return Err(Refusal::ReferenceUnknown { pointer: "/area" }.into());
    }
    Ok(())
}

/// Fetches a report to go on with it. A reading of its own is [`open`].
///
/// # Errors
/// [`Refusal::NotFound`] if it is not there or may not be known.
pub fn find(
    reading: &mut Reading<'_>,
    id: &DetectionReportId,
) -> Result<Permit<ReadReport, Report>> {
    reports::fetch::<ReadReport>(reading, id)
}

/// Fetches a report to show it, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`] if it is not there or may not be known.
///
/// # Audit
/// `report.read` with the names of what was unsealed.
pub fn open(
    reading: &mut Reading<'_>,
    id: &DetectionReportId,
) -> Result<(Event, Permit<ReadReport, Report>)> {
    let permit = find(reading, id)?;
    let report = permit.row();
    let unsealed = [
        ("place", Class::CaseRestricted),
        ("narrative", Class::CaseRestricted),
        ("identity", Class::IdentitySealed),
    ];
    let unsealed = unsealed.into_iter().filter(|(_, class)| permit.may_see(*class));
    let event = Event::under(Operation::Read, &permit)
        .on(id, report.version)
        .fields(unsealed.map(|(name, _)| name));
    Ok((Event { case_id: report.case_id.clone(), ..event }, permit))
}

/// Says whether somebody is registered already who may be the person of a new case (R12): yes or no, for
/// those to whom no more may be told.
///
/// The look is the same whoever is there: as many identities are opened and compared as share digests with
/// this one, whether they are the same person or not. It comes after the act is committed: opening them
/// takes longer than the act, and on SQLite everybody who writes would wait for it. If it fails, nothing is
/// told of it: the case is there, and the worker compares everybody in any case.
#[must_use]
pub fn resembles_somebody(db: &Db, case: &CaseId, now: Instant) -> Option<bool> {
    let looked = refero_store::matching::resembles_somebody(db, case, now);
    looked
        .inspect_err(|error| {
            let error = refero_store::with_causes(error);
            tracing::error!(
                error,
                "whoever registered somebody was not told of possible duplicates"
            );
        })
        .ok()
}

/// A report in a list: what it tells in words stays sealed.
pub type Listed = Permit<ReadReport, Report<Unopened>>;

/// Lists the reports that the caller may see, newest first.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
///
/// # Audit
/// `report.read` with the ids shown.
pub fn list(
    reading: &mut Reading<'_>,
    state: Option<ReportState>,
    after: Option<(Instant, DetectionReportId)>,
    limit: RowLimit,
) -> Result<(Event, Rows<Listed>)> {
    let scope = policy::scope::<ReadReport>(reading.actor()?)?;
    let rows = reports::page(reading, &scope, state, after, limit)?;
    let event = Event::of::<ReadReport>(Operation::Read)
        .showing(rows.iter().map(|permit| &permit.row().id));
    Ok((event, rows))
}
