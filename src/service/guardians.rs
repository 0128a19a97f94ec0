//! Appointing a guardian for somebody who is protected as a child, and ending it (R6).

use chrono::NaiveDate;
use refero_domain::{
    dates,
    event::{Event, Operation},
    guardian::{
        GuardianAct, GuardianAuthority, GuardianEndReason, GuardianRelationship, GuardianWords,
    },
    id::{CaseId, GuardianId, OrganisationId},
    instant::Instant,
    policy::{AppointGuardian, EndGuardian, Permit, ReadGuardian},
    profile::{ClockKind, CountryProfile},
    refusal::Refusal,
    sensitive::Sensitive,
};
use refero_store::{
    Result,
    cases::{self, CaseRow},
    clocks,
    guardians::{self, Guardian, NewGuardian},
    recipients,
    rows::{RowLimit, Rows},
    unit::{Audited, Reading, Tx},
};

use super::{already_known, cases::start_clock};

/// An appointment as somebody records it, after the questions about conflicts were all answered with no.
#[derive(Debug, Clone)]
pub struct Appointment {
    /// The identifier that the client chose.
    pub id: Option<GuardianId>,
    /// What the guardian is to the child.
    pub relationship: GuardianRelationship,
    /// For which organisation the guardian works.
    pub organisation_id: Option<OrganisationId>,
    /// Who appointed.
    pub authority: GuardianAuthority,
    /// The number of their file.
    pub file_reference: Option<String>,
    /// Since when.
    pub appointed_on: NaiveDate,
    /// The name, and how to reach the guardian.
    pub words: Sensitive<GuardianWords>,
}

impl Appointment {
    fn is_that_of(&self, known: &Guardian) -> bool {
        known.relationship == self.relationship
            && known.organisation_id == self.organisation_id
            && known.authority == self.authority
            && known.file_reference == self.file_reference
            && known.appointed_on == self.appointed_on
            && known.words == self.words
    }
}

/// Fetches a guardian to show it, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`] if the case has no such guardian.
///
/// # Audit
/// `guardian.read`
pub fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &GuardianId,
) -> Result<(Event, Permit<ReadGuardian, CaseRow>, Guardian)> {
    let permit = cases::fetch::<ReadGuardian>(reading, case)?;
    let guardian = guardians::find(reading, &permit, id)?;
    let event = Event::under(Operation::Read, &permit).on(id, guardian.version).in_case(case);
    Ok((event, permit, guardian))
}

/// Lists the guardians of a case, the newest first.
///
/// # Errors
/// [`Refusal::NotFound`] if the case is not there or may not be known.
///
/// # Audit
/// `guardian.read` with the ids shown.
pub fn list(
    reading: &mut Reading<'_>,
    case: &CaseId,
    after: Option<(Instant, GuardianId)>,
    limit: RowLimit,
) -> Result<(Event, Permit<ReadGuardian, CaseRow>, Rows<Guardian>)> {
    let permit = cases::fetch::<ReadGuardian>(reading, case)?;
    let found = guardians::page(reading, &permit, after, limit)?;
    let event = Event::under(Operation::Read, &permit)
        .in_case(case)
        .showing(found.iter().map(|guardian| &guardian.id));
    Ok((event, permit, found))
}

/// Records that a guardian was appointed, which is what the clock `guardian_for_child` asks for. The same
/// guardian again under the client's own identifier is the same guardian.
///
/// # Errors
/// [`Refusal::CaseStateDoesNotAllow`] if the case has ended or the person is not protected as a child,
/// [`Refusal::IllegalTransition`] while there is another guardian, [`Refusal::ReferenceUnknown`] without
/// such an organisation, [`Refusal::ImpossibleDate`], [`Refusal::IdTaken`].
///
/// # Audit
/// `guardian.appoint`
pub fn appoint(
    tx: &mut Tx<'_>,
    case: &CaseId,
    appointment: &Appointment,
) -> Result<Audited<GuardianId>> {
    let permit = cases::fetch::<AppointGuardian>(tx, case)?;
    if let Some(id) = &appointment.id {
        let by = tx.actor()?.user_id.clone();
        let known = already_known(guardians::find(tx, &permit, id), |known| {
            Ok(known.created_by == by && appointment.is_that_of(known))
        })?;
        if let Some(known) = known {
            let event = Event::of::<ReadGuardian>(Operation::Read).on(id, known.version);
            return tx.record(&event.in_case(case), id.clone());
        }
    }
    let row = permit.row();
    if row.case.state.get().is_ended() || !row.person.protected_as_child() {
        return Err(row.refused(Refusal::CaseStateDoesNotAllow, tx.actor()?));
    }
    if guardians::is_in_office(tx, &permit)? {
        return Err(row.refused(Refusal::IllegalTransition, tx.actor()?));
    }
    let day = appointment.appointed_on;
    dates::check_past(day, tx.now()).map_err(|fault| fault.at("/appointed_on"))?;
    if let Some(organisation) = &appointment.organisation_id
        && !recipients::exists(tx, organisation)?
    {
        return Err(Refusal::ReferenceUnknown { pointer: "/organisation_id" }.into());
    }
    let new = NewGuardian {
        id: appointment.id.clone().unwrap_or_else(|| tx.new_id()),
        relationship: appointment.relationship,
        organisation_id: appointment.organisation_id.clone(),
        authority: appointment.authority,
        file_reference: appointment.file_reference.clone(),
        appointed_on: day,
        words: appointment.words.clone(),
    };
    guardians::insert(tx, &permit, &new)?;
    clocks::meet(tx, case, &["guardian_for_child"])?;
    let event = Event::under(Operation::Create, &permit).on(&new.id, 1).in_case(case);
    tx.record(&event.fields(["relationship", "authority", "appointed_on"]), new.id)
}

/// Records that a guardianship ended. A child without a guardian needs another one: the clock runs again.
///
/// # Errors
/// [`Refusal::NotFound`] if the case has no such guardian, [`Refusal::IllegalTransition`],
/// [`Refusal::Stale`].
///
/// # Audit
/// `guardian.end`
pub fn end(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    (case, id, expected): (&CaseId, &GuardianId, Option<i64>),
    reason: GuardianEndReason,
) -> Result<Audited<GuardianId>> {
    let permit = cases::fetch::<EndGuardian>(tx, case)?;
    let guardian = guardians::find(tx, &permit, id)?;
    guardian.expect_version(expected)?;
    let illegal = permit.row().refused(Refusal::IllegalTransition, tx.actor()?);
    let moved = guardian.state.step(GuardianAct::End).map_err(|_| illegal)?;
    let version = guardians::end(tx, &permit, (id, guardian.version), &moved, reason)?;
    let row = permit.row();
    if row.person.protected_as_child() && !row.case.state.get().is_ended() {
        start_clock(tx, profile, case, "guardian_for_child", ClockKind::GuardianForChild)?;
    }
    let event = Event::under(Operation::Update, &permit).on(id, version).in_case(case);
    tx.record(&event.fields(["state", "end_reason"]), id.clone())
}
