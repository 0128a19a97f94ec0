//! Consents: recorded, answered, withdrawn; and what ends with them (R4, R5, R6).

mod child;

use refero_domain::{
    case::ClockPause,
    consent::{ConsentAct, ConsentGiver, ConsentMode, ConsentPurpose, ConsentStatus, ConsentWords},
    dates::{self, DateFault},
    event::{Event, Operation},
    id::{CaseId, ConsentId, OrganisationId},
    instant::Instant,
    machine::State,
    policy::{Action, AnswerConsent, Changes, CreateConsent, Permit, ReadConsent, WithdrawConsent},
    proceeding::DisclosureEnd,
    profile::CountryProfile,
    referral::WithdrawalReason,
    refusal::Refusal,
    sensitive::Sensitive,
};
use refero_store::{
    Result,
    cases::{self, CaseRow},
    consents::{self, Consent, ConsentChange, ConsentRow, NewConsent},
    recipients,
    rows::{RowLimit, Rows},
    unit::{Audited, Reading, Tx},
};

use super::{already_known, pauses, proceedings::stop_resting_on, referrals::end_resting_on};

pub use child::ChildBasis;
use child::guardian_of;

/// A consent as somebody records it.
#[derive(Debug, Clone)]
pub struct Recording {
    /// The identifier that the client chose.
    pub id: Option<ConsentId>,
    /// What it is for.
    pub purpose: ConsentPurpose,
    /// With whom may be shared.
    pub recipient_organisation_id: Option<OrganisationId>,
    /// What may be shared.
    pub categories: refero_domain::policy::Classes,
    /// Who gave it, or is asked.
    pub giver: ConsentGiver,
    /// How it is recorded.
    pub mode: ConsentMode,
    /// In which language it is explained.
    pub language: String,
    /// Whether an interpreter helps.
    pub interpreter: bool,
    /// The answer, if there is one already.
    pub answer: Option<ConsentAct>,
    /// The limits, in the person's words.
    pub words: Sensitive<ConsentWords>,
    /// When it ends by itself.
    pub expires_at: Option<Instant>,
    /// With whom a child consents, or why without.
    pub child: ChildBasis,
}

impl Recording {
    /// Says whether this is what was recorded, whatever has become of the consent since.
    fn says_the_same_as(&self, consent: &Consent) -> Result<bool> {
        let recorded = match self.answer {
            None => ConsentStatus::Pending,
            Some(act) => State::<ConsentStatus>::initial().step(act)?.to(),
        };
        let limits = |words: &Sensitive<ConsentWords>| words.clone().map(|words| words.limits);
        Ok((consent.version > 1 || consent.state.get() == recorded)
            && consent.purpose == self.purpose
            && consent.recipient_organisation_id == self.recipient_organisation_id
            && consent.categories == self.categories
            && consent.giver == self.giver
            && consent.mode == self.mode
            && consent.language == self.language
            && consent.interpreter == self.interpreter
            && consent.expires_at == self.expires_at
            && (consent.version > 1 || self.child.is_that_of(consent))
            && limits(&consent.words) == limits(&self.words))
    }
}

/// Which consent of which case is meant, at which version.
#[derive(Debug, Clone)]
pub struct Target {
    /// The case.
    pub case_id: CaseId,
    /// The consent.
    pub id: ConsentId,
    /// The version that the client read.
    pub expected: Option<i64>,
}

/// Fetches a consent to show it, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`] if it does not exist for the caller.
pub fn open(
    reading: &mut Reading<'_>,
    case_id: &CaseId,
    id: &ConsentId,
) -> Result<(Event, Permit<ReadConsent, ConsentRow>)> {
    let permit = consents::fetch::<ReadConsent>(reading, case_id, id)?;
    let event = Event::under(Operation::Read, &permit)
        .on(id, permit.row().consent.version)
        .in_case(case_id);
    Ok((event, permit))
}

/// Lists the consents of a case, oldest first.
///
/// # Errors
/// [`Refusal::NotFound`] if the case does not exist for the caller.
pub fn list(
    reading: &mut Reading<'_>,
    case_id: &CaseId,
    after: Option<(Instant, ConsentId)>,
    limit: RowLimit,
) -> Result<(Event, Permit<ReadConsent, CaseRow>, Rows<Consent>)> {
    let permit = cases::fetch::<ReadConsent>(reading, case_id)?;
    let found = consents::page(reading, &permit, after, limit)?;
    let event = Event::under(Operation::Read, &permit)
        .in_case(case_id)
        .showing(found.iter().map(|consent| &consent.id));
    Ok((event, permit, found))
}

/// Finds the consent that was recorded under the client's own identifier before, if it is the same one.
fn recorded_before(
    tx: &mut Tx<'_>,
    case_id: &CaseId,
    recording: &Recording,
) -> Result<Option<Audited<ConsentId>>> {
    let Some(id) = &recording.id else { return Ok(None) };
    let by = tx.actor()?.user_id.clone();
    let known = already_known(open(tx, case_id, id), |(_, known)| {
        let consent = &known.row().consent;
        Ok(consent.created_by == by && recording.says_the_same_as(consent)?)
    })?;
    known.map(|(event, _)| tx.record(&event, id.clone())).transpose()
}

/// Records a consent on a case, with its answer or as asked for. The same consent again under the
/// client's own identifier is the same consent.
///
/// # Errors
/// [`Refusal::CaseStateDoesNotAllow`] if the case has ended, [`Refusal::ReferenceUnknown`] if there
/// is no such recipient, [`Refusal::Inconsistent`] if that giver cannot consent for the person,
/// [`Refusal::GuardianRequired`] for a child without its guardian or a ground (R6), [`Refusal::IdTaken`] for
/// another content under a used identifier.
pub fn create(
    tx: &mut Tx<'_>,
    case_id: &CaseId,
    recording: &Recording,
    profile: &CountryProfile,
) -> Result<Audited<ConsentId>> {
    if let Some(known) = recorded_before(tx, case_id, recording)? {
        return Ok(known);
    }
    let permit = cases::fetch::<CreateConsent>(tx, case_id)?;
    let (case, actor) = (permit.row(), tx.actor()?.clone());
    if case.case.state.get().is_ended() {
        return Err(case.refused(Refusal::CaseStateDoesNotAllow, &actor));
    }
    if let Some(recipient) = &recording.recipient_organisation_id
        && !recipients::exists(tx, recipient)?
    {
        return Err(Refusal::ReferenceUnknown { pointer: "/recipient_organisation_id" }.into());
    }
    check_end(recording.expires_at, tx.now())?;
    let answered = recording
        .answer
        .map(|act| {
            let protected = case.person.protected_as_child();
            check_giver(recording.giver, act, protected, profile)?;
            State::<ConsentStatus>::initial().step(act)
        })
        .transpose()?;
    let asked = (recording.giver, recording.answer, case.person.protected_as_child());
    let with = guardian_of(tx, &permit, (case_id, &recording.child), asked);
    let (guardian_id, child_ground) = with.map_err(|error| match error.refusal() {
        Some(refusal @ Refusal::GuardianRequired) => case.refused(refusal, &actor),
        _ => error,
    })?;
    let words = recording.words.clone();
    let id = recording.id.clone().unwrap_or_else(|| tx.new_id());
    let new = NewConsent {
        id: id.clone(),
        purpose: recording.purpose,
        recipient_organisation_id: recording.recipient_organisation_id.clone(),
        categories: recording.categories,
        giver: recording.giver,
        mode: recording.mode,
        language: recording.language.clone(),
        interpreter: recording.interpreter,
        words: words.with(recording.child.words(), |words, ground| words.ground = Some(ground)),
        expires_at: recording.expires_at,
        guardian_id,
        child_ground,
    };
    consents::insert(tx, &permit, &new, answered.as_ref())?;
    if answered.is_none() {
        pauses::begin(tx, profile, &permit, (case_id, ClockPause::ConsentPending))?;
    }
    let event = Event::under(Operation::Create, &permit).on(&id, 1).in_case(case_id).fields([
        "purpose",
        "recipient_organisation_id",
        "categories",
        "giver",
        "guardian_id",
        "child_ground",
        "mode",
        "state",
    ]);
    tx.record(&event, id)
}

/// Says whether a consent can end by itself then: later, and within a lifetime.
fn check_end(end: Option<Instant>, now: Instant) -> std::result::Result<(), Refusal> {
    let Some(end) = end else { return Ok(()) };
    let judged =
        if end <= now { Err(DateFault::TooEarly) } else { dates::check_planned(end.date(), now) };
    judged.map_err(|fault| fault.at("/expires_at"))
}

/// Says whether a giver can give consent for the person (R6). Refusing is open to everybody: a
/// child's no is a no.
fn check_giver(
    giver: ConsentGiver,
    act: ConsentAct,
    protected_as_child: bool,
    profile: &CountryProfile,
) -> std::result::Result<(), Refusal> {
    let gives = matches!(act, ConsentAct::Give | ConsentAct::GiveWithLimits);
    let allowed = giver.suffices(protected_as_child)
        && (!protected_as_child || profile.child_consent.allows_giver(giver.code()));
    if gives && !allowed {
        return Err(Refusal::Inconsistent { pointer: "/giver" });
    }
    Ok(())
}

/// Records the answer to a consent that was asked for. A refusal ends what waited for it.
///
/// # Errors
/// [`Refusal::IllegalTransition`] if it has been answered, [`Refusal::Stale`] if somebody was
/// faster, [`Refusal::Inconsistent`] if that giver cannot consent for the person (R6).
pub fn answer(
    tx: &mut Tx<'_>,
    to: &Target,
    (act, limits, child): (ConsentAct, Option<&Sensitive<String>>, &ChildBasis),
    profile: &CountryProfile,
) -> Result<Audited<ConsentId>> {
    let permit = consents::fetch::<AnswerConsent>(tx, &to.case_id, &to.id)?;
    permit.row().expect_version(to.expected)?;
    let consent = &permit.row().consent;
    let protected = permit.row().person.protected_as_child();
    check_giver(consent.giver, act, protected, profile)?;
    let (giver, actor) = (consent.giver, tx.actor()?.clone());
    let asked = (giver, Some(act), protected);
    let with = guardian_of(tx, &permit, (&to.case_id, child), asked);
    let (guardian_id, child_ground) = with.map_err(|error| match error.refusal() {
        Some(refusal @ Refusal::GuardianRequired) => permit.row().refused(refusal, &actor),
        _ => error,
    })?;
    let words = (limits.is_some() || child.ground.is_some()).then(|| {
        permit
            .row()
            .consent
            .words
            .clone()
            .with(limits.cloned(), |words, limits| words.limits = Some(limits))
            .with(child.words(), |words, ground| words.ground = Some(ground))
    });
    let change = ConsentChange {
        words,
        answered_at: Some(tx.now()),
        withdrawn_at: None,
        guardian_id,
        child_ground,
    };
    move_by(tx, to, permit, act, &change)
}

/// Records that a consent is withdrawn, and ends every live referral that rests on it, and what an authority
/// was told on it of who the person is, in the same transaction (R5).
///
/// # Errors
/// [`Refusal::IllegalTransition`] if it is not in force, [`Refusal::Stale`] if somebody was faster.
pub fn withdraw(
    tx: &mut Tx<'_>,
    to: &Target,
    reason: Option<&Sensitive<String>>,
) -> Result<Audited<ConsentId>> {
    let permit = consents::fetch::<WithdrawConsent>(tx, &to.case_id, &to.id)?;
    permit.row().expect_version(to.expected)?;
    let change = ConsentChange {
        words: reason.map(|reason| with_reason(permit.row(), reason)),
        withdrawn_at: Some(tx.now()),
        ..ConsentChange::default()
    };
    move_by(tx, to, permit, ConsentAct::Withdraw, &change)
}

/// Adds the reason to the words that stand there, without opening either.
fn with_reason(row: &ConsentRow, reason: &Sensitive<String>) -> Sensitive<ConsentWords> {
    let both = row.consent.words.clone().zip(reason.clone());
    both.map(|(words, reason)| ConsentWords { withdrawal_reason: Some(reason), ..words })
}

fn move_by<A: Action + Changes>(
    tx: &mut Tx<'_>,
    to: &Target,
    permit: Permit<A, ConsentRow>,
    act: ConsentAct,
    change: &ConsentChange,
) -> Result<Audited<ConsentId>> {
    let actor = tx.actor()?.clone();
    let illegal = permit.row().refused(Refusal::IllegalTransition, &actor);
    let event = Event::under(Operation::Update, &permit).in_case(&to.case_id).fields(["state"]);
    let by = permit.permitted_by();
    let (ConsentRow { consent, person, .. }, permit) = permit.into_parts();
    let moved = consent.state.step(act).map_err(|_| illegal)?;
    let at = (&to.id, &to.case_id, consent.version, &person);
    let version = consents::save(tx, &permit, at, &moved, change)?;
    pauses::end_with_answer(tx, &to.case_id)?;
    let cascade = match moved.to() {
        ConsentStatus::Withdrawn => Some(WithdrawalReason::ConsentWithdrawn),
        ConsentStatus::Refused => Some(WithdrawalReason::ConsentRefused),
        _ => None,
    };
    if let Some(reason) = cascade {
        end_resting_on(tx, &to.id, reason, by.name())?;
        stop_resting_on(tx, &to.id, DisclosureEnd::ConsentWithdrawn, by.name())?;
    }
    tx.record(&event.on(&to.id, version), to.id.clone())
}

/// Writes down that a consent's end has passed, and ends what rests on it (R5). Run by the worker.
///
/// # Errors
/// [`Refusal::NotFound`] if somebody ended it since it was found.
pub fn expire(tx: &mut Tx<'_>, id: &ConsentId) -> Result<Audited<()>> {
    let event =
        Event { permitted_by: Some("system"), ..Event::named("consent.expire", Operation::Update) };
    let (case_id, version) = consents::expire(tx, id)?.ok_or(Refusal::NotFound)?;
    pauses::end_with_answer(tx, &case_id)?;
    end_resting_on(tx, id, WithdrawalReason::ConsentExpired, "system")?;
    stop_resting_on(tx, id, DisclosureEnd::ConsentExpired, "system")?;
    let event = event.on(id, version).in_case(&case_id).fields(["state"]);
    tx.record(&event, ())
}
