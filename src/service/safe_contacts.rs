//! Recording how a person may be reached without danger, and asking for it.

use refero_domain::{
    event::{Event, Operation},
    id::{CaseId, SafeContactId},
    instant::Instant,
    machine::Machine as _,
    policy::{CreateSafeContact, Permit, ReadSafeContact, RetireSafeContact, UseSafeContact},
    profile::CountryProfile,
    refusal::Refusal,
    safe_contact::{
        ContactChannel, ContactRule, SafeContactAct, SafeContactEndReason, SafeContactWords,
        SafeHours, UrgentContactReason, check_hour,
    },
    sensitive::Sensitive,
};
use refero_store::{
    Result,
    cases::{self, CaseRow},
    rows::{RowLimit, Rows},
    safe_contacts::{self as contacts, NewSafeContact, SafeContact},
    unit::{Audited, Reading, Tx},
};

use super::already_known;

/// A way to reach somebody, as it is recorded.
#[derive(Debug, Clone)]
pub struct Way {
    /// The identifier that the client chose.
    pub id: Option<SafeContactId>,
    /// Whether it is open or must never be taken.
    pub rule: ContactRule,
    /// By what.
    pub channel: ContactChannel,
    /// The language to speak or write in.
    pub language: Option<String>,
    /// When; at any time if empty.
    pub hours: Vec<SafeHours>,
    /// The number or place, the code word, who may answer.
    pub words: Sensitive<SafeContactWords>,
}

impl Way {
    fn is_that_of(&self, known: &SafeContact) -> bool {
        known.rule == self.rule
            && known.channel == self.channel
            && known.language == self.language
            && known.hours == self.hours
            && known.words == self.words
    }
}

/// Fetches a way to reach somebody to show it, with the event that must be durable before. What is sealed is
/// shown by [`ask`] alone.
///
/// # Errors
/// [`Refusal::NotFound`] if the case has no such way.
///
/// # Audit
/// `safe-contact.read`
pub fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &SafeContactId,
) -> Result<(Event, Permit<ReadSafeContact, CaseRow>, SafeContact)> {
    let permit = cases::fetch::<ReadSafeContact>(reading, case)?;
    let contact = contacts::find(reading, &permit, id)?;
    let event = Event::under(Operation::Read, &permit).on(id, contact.version).in_case(case);
    Ok((event, permit, contact))
}

/// Lists the ways to reach the person of a case, the newest first.
///
/// # Errors
/// [`Refusal::NotFound`] if the case is not there or may not be known.
///
/// # Audit
/// `safe-contact.read` with the ids shown.
pub fn list(
    reading: &mut Reading<'_>,
    case: &CaseId,
    after: Option<(Instant, SafeContactId)>,
    limit: RowLimit,
) -> Result<(Event, Permit<ReadSafeContact, CaseRow>, Rows<SafeContact>)> {
    let permit = cases::fetch::<ReadSafeContact>(reading, case)?;
    let found = contacts::page(reading, &permit, after, limit)?;
    let event = Event::under(Operation::Read, &permit)
        .in_case(case)
        .showing(found.iter().map(|contact| &contact.id));
    Ok((event, permit, found))
}

/// Writes a way to reach somebody down. The same under the client's own identifier is the same.
///
/// # Errors
/// [`Refusal::CaseStateDoesNotAllow`] if the case has ended, [`Refusal::IdTaken`].
///
/// # Audit
/// `safe-contact.create`
pub fn record(tx: &mut Tx<'_>, case: &CaseId, way: &Way) -> Result<Audited<SafeContactId>> {
    let permit = cases::fetch::<CreateSafeContact>(tx, case)?;
    if let Some(id) = &way.id {
        let by = tx.actor()?.user_id.clone();
        let known = already_known(contacts::find(tx, &permit, id), |known| {
            Ok(known.created_by == by && way.is_that_of(known))
        })?;
        if let Some(known) = known {
            let event = Event::of::<ReadSafeContact>(Operation::Read).on(id, known.version);
            return tx.record(&event.in_case(case), id.clone());
        }
    }
    if permit.row().case.state.get().is_ended() {
        return Err(permit.row().refused(Refusal::CaseStateDoesNotAllow, tx.actor()?));
    }
    let new = NewSafeContact {
        id: way.id.clone().unwrap_or_else(|| tx.new_id()),
        rule: way.rule,
        channel: way.channel,
        language: way.language.clone(),
        hours: way.hours.clone(),
        words: way.words.clone(),
    };
    contacts::insert(tx, &permit, &new)?;
    let event = Event::under(Operation::Create, &permit).on(&new.id, 1).in_case(case);
    tx.record(&event.fields(["rule", "channel", "hours"]), new.id)
}

/// Tells the number and the code word to somebody who is about to use them. What must never be used is told
/// to nobody; outside the safe hours, only for what cannot wait.
///
/// # Errors
/// [`Refusal::NeverContact`], [`Refusal::NotASafeHour`], [`Refusal::IllegalTransition`] if it does not hold
/// any more, [`Refusal::Stale`].
///
/// # Audit
/// `safe-contact.use`
pub fn ask(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    (case, id, expected): (&CaseId, &SafeContactId, Option<i64>),
    urgent_because: Option<UrgentContactReason>,
) -> Result<Audited<SafeContactId>> {
    let permit = cases::fetch::<UseSafeContact>(tx, case)?;
    tx.expect_stated_purpose()?;
    let contact = contacts::find(tx, &permit, id)?;
    contact.expect_version(expected)?;
    let is_safe_hour = judge(tx, profile, &permit, &contact, urgent_because.is_some())?;
    // An hour that was safe needs no reason, and none is kept.
    let urgent_because = urgent_because.filter(|_| !is_safe_hour);
    let illegal = contact.refused(permit.row(), Refusal::IllegalTransition, tx.actor()?);
    let moved = contact.state.step(SafeContactAct::Use).map_err(|_| illegal)?;
    let target = (id, contact.version);
    let version = contacts::save_use(tx, &permit, target, &moved, urgent_because)?;
    let event = Event::under(Operation::Update, &permit).on(id, version).in_case(case);
    let fields = ["value", "code_word", "urgent_because"];
    let shown = if urgent_because.is_some() { &fields[..] } else { &fields[..2] };
    tx.record(&event.fields(shown.iter().copied()), id.clone())
}

/// Judges whether the number may be told now. Says whether the hour is a safe one.
fn judge(
    reading: &mut Reading<'_>,
    profile: &CountryProfile,
    permit: &Permit<UseSafeContact, CaseRow>,
    contact: &SafeContact,
    is_urgent: bool,
) -> Result<bool> {
    let actor = reading.actor()?;
    let refused = |refusal| contact.refused(permit.row(), refusal, actor);
    if contact.rule == ContactRule::Never {
        return Err(refused(Refusal::NeverContact));
    }
    if !contact.state.get().acts_include(SafeContactAct::Use) {
        return Err(refused(Refusal::IllegalTransition));
    }
    match check_hour(&contact.hours, profile.calendar.utc_offset_minutes, reading.now()) {
        Ok(()) => Ok(true),
        Err(_) if is_urgent => Ok(false),
        Err(refusal) => Err(refused(refusal)),
    }
}

/// Fetches what [`ask`] told, for whoever asks once more: judged anew, unless it was urgent then and told
/// to the caller.
///
/// # Errors
/// As [`ask`].
///
/// # Audit
/// `safe-contact.use`
pub fn told(
    reading: &mut Reading<'_>,
    profile: &CountryProfile,
    case: &CaseId,
    id: &SafeContactId,
) -> Result<(Event, Permit<UseSafeContact, CaseRow>, SafeContact)> {
    let permit = cases::fetch::<UseSafeContact>(reading, case)?;
    reading.expect_stated_purpose()?;
    let contact = contacts::find(reading, &permit, id)?;
    let to_caller = contact.used_by.as_ref() == Some(&reading.actor()?.user_id);
    judge(reading, profile, &permit, &contact, contact.urgent_because.is_some() && to_caller)?;
    let event = Event::under(Operation::Read, &permit).on(id, contact.version).in_case(case);
    Ok((event, permit, contact))
}

/// Writes down that a way does not hold any more.
///
/// # Errors
/// [`Refusal::NotFound`] if the case has no such way, [`Refusal::IllegalTransition`], [`Refusal::Stale`].
///
/// # Audit
/// `safe-contact.retire`
pub fn retire(
    tx: &mut Tx<'_>,
    (case, id, expected): (&CaseId, &SafeContactId, Option<i64>),
    reason: SafeContactEndReason,
) -> Result<Audited<SafeContactId>> {
    let permit = cases::fetch::<RetireSafeContact>(tx, case)?;
    let contact = contacts::find(tx, &permit, id)?;
    contact.expect_version(expected)?;
    let illegal = contact.refused(permit.row(), Refusal::IllegalTransition, tx.actor()?);
    let moved = contact.state.step(SafeContactAct::Retire).map_err(|_| illegal)?;
    let version = contacts::retire(tx, &permit, (id, contact.version), &moved, reason)?;
    let event = Event::under(Operation::Update, &permit).on(id, version).in_case(case);
    tx.record(&event.fields(["state", "end_reason"]), id.clone())
}
