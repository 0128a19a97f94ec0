//! Offering and granting time to recover and to decide freely: what a country gives is the person's, and nobody
//! is asked for anything in return.

mod deciding;
mod with_case;

use chrono::NaiveDate;
use refero_domain::{
    case::CaseAct,
    dates,
    event::{Event, Operation},
    id::{CaseId, ReflectionPeriodId},
    instant::Instant,
    machine::{Machine as _, State},
    policy::{Action, Changes, OfferReflection, Permit, ReadReflection, TellReflection},
    profile::CountryProfile,
    reflection::{Notice, ReflectionAct, ReflectionStatus, ReflectionWords},
    refusal::Refusal,
    sensitive::Sensitive,
};
use refero_store::{
    Result,
    cases::{self, Case, CaseChange, CaseRow},
    clocks,
    reflections::{self, NewReflection, Reflection, ReflectionChange},
    rows::{RowLimit, Rows},
    unit::{Audited, Reading, Tx},
};

pub use self::deciding::{decline, end, extend, grant, refuse, terminate};
pub(in crate::service) use self::with_case::{begin_with_case, end_with_case, reopen_with_case};
use super::{already_known, pauses};

/// The deadline by which somebody looks at what comes after the period.
const END: &str = "reflection_period_end";

/// An offer as somebody records it.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The identifier that the client chose.
    pub id: Option<ReflectionPeriodId>,
    /// On which day, in which language and with whose help it was explained.
    pub told: Told,
    /// What was said.
    pub words: Option<Sensitive<String>>,
}

/// On which day, in which language and with whose help a person was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The day.
    pub on: NaiveDate,
    /// ISO 639 code.
    pub language: String,
    /// An interpreter helped.
    pub interpreter: bool,
}

impl Told {
    fn notice(&self, tx: &Tx<'_>, of: ReflectionStatus) -> Result<Notice> {
        let by = tx.actor()?.user_id.clone();
        let Self { on, language, interpreter } = self.clone();
        Ok(Notice { of, on, language, interpreter, by })
    }

    fn is(&self, notice: &Notice) -> bool {
        (self.on, self.language.as_str(), self.interpreter)
            == (notice.on, notice.language.as_str(), notice.interpreter)
    }
}

/// Which period of which case is meant, at which version.
#[derive(Debug, Clone)]
pub struct Target {
    /// The case.
    pub case_id: CaseId,
    /// The period.
    pub id: ReflectionPeriodId,
    /// The version that the client read.
    pub expected: Option<i64>,
}

/// Returns which day it is in the country.
#[must_use]
pub fn today(profile: &CountryProfile, now: Instant) -> NaiveDate {
    profile.calendar.day_of(now.to_utc())
}

/// Fetches a period to show it, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`] if the case has no such period, or it may not be known.
///
/// # Audit
/// `reflection-period.read`
pub fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &ReflectionPeriodId,
) -> Result<(Event, Permit<ReadReflection, CaseRow>, Reflection)> {
    let permit = cases::fetch::<ReadReflection>(reading, case)?;
    let period = reflections::find(reading, &permit, id)?;
    let event = Event::under(Operation::Read, &permit).on(id, period.version).in_case(case);
    Ok((event, permit, period))
}

/// Lists the periods of a case, the newest first.
///
/// # Errors
/// [`Refusal::NotFound`] if the case is not there or may not be known.
///
/// # Audit
/// `reflection-period.read` with the ids shown.
pub fn list(
    reading: &mut Reading<'_>,
    case: &CaseId,
    after: Option<(Instant, ReflectionPeriodId)>,
    limit: RowLimit,
) -> Result<(Event, Permit<ReadReflection, CaseRow>, Rows<Reflection>)> {
    let permit = cases::fetch::<ReadReflection>(reading, case)?;
    let found = reflections::page(reading, &permit, after, limit)?;
    let event = Event::under(Operation::Read, &permit)
        .in_case(case)
        .showing(found.iter().map(|period| &period.id));
    Ok((event, permit, found))
}

/// Records that a period was offered to the person, in a language that they understand. The same offer again
/// under the client's own identifier is the same offer.
///
/// # Errors
/// [`Refusal::CaseStateDoesNotAllow`] if the case has ended, [`Refusal::IllegalTransition`] while another one is
/// offered or runs, [`Refusal::ImpossibleDate`], [`Refusal::IdTaken`].
///
/// # Audit
/// `reflection-period.offer`
pub fn offer(tx: &mut Tx<'_>, case: &CaseId, offer: &Offer) -> Result<Audited<ReflectionPeriodId>> {
    let permit = cases::fetch::<OfferReflection>(tx, case)?;
    let words = Sensitive::new(ReflectionWords::default())
        .with(offer.words.clone(), |words, said| words.offer = Some(said));
    if let Some(id) = &offer.id {
        let by = tx.actor()?.user_id.clone();
        let said = |words: &Sensitive<ReflectionWords>| words.clone().map(|words| words.offer);
        let known = already_known(reflections::find(tx, &permit, id), |known| {
            let same = known.notices.first().is_some_and(|notice| offer.told.is(notice));
            Ok(known.created_by == by && same && said(&known.words) == said(&words))
        })?;
        if let Some(known) = known {
            let event = Event::of::<ReadReflection>(Operation::Read).on(id, known.version);
            return tx.record(&event.in_case(case), id.clone());
        }
    }
    let row = permit.row();
    if row.case.state.get().is_ended() {
        return Err(row.refused(Refusal::CaseStateDoesNotAllow, tx.actor()?));
    }
    if reflections::open_one(tx, &permit)?.is_some() {
        return Err(row.refused(Refusal::IllegalTransition, tx.actor()?));
    }
    let day = offer.told.on;
    dates::check_past(day, tx.now()).map_err(|fault| fault.at("/offered_on"))?;
    let new = NewReflection {
        id: offer.id.clone().unwrap_or_else(|| tx.new_id()),
        offered_on: day,
        notices: vec![offer.told.notice(tx, ReflectionStatus::INITIAL)?],
        words,
        change: None,
    };
    reflections::insert(tx, &permit, &new)?;
    let event = Event::under(Operation::Create, &permit).on(&new.id, 1).in_case(case);
    tx.record(&event.fields(["offered_on", "language", "interpreter", "words"]), new.id)
}

/// Fetches a period for a move that its state has; what begins or goes on needs a case that does.
fn begin<A: Action>(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    to: &Target,
    act: ReflectionAct,
) -> Result<(Permit<A, CaseRow>, Reflection)> {
    let permit = cases::fetch::<A>(tx, &to.case_id)?;
    let period = reflections::find(tx, &permit, &to.id)?;
    period.expect_version(to.expected)?;
    let ends = matches!(act, ReflectionAct::End | ReflectionAct::Terminate);
    let row = permit.row();
    if !ends && row.case.state.get().is_ended() {
        return Err(row.refused(Refusal::CaseStateDoesNotAllow, tx.actor()?));
    }
    let today = today(profile, tx.now());
    let too_early = act == ReflectionAct::End && !period.is_over_on(today);
    if too_early || !period.state.get().acts_include(act) {
        let refusal = Refusal::IllegalTransition;
        return Err(period.refused(refusal, (&row.facts, tx.actor()?), today));
    }
    Ok((permit, period))
}

/// Moves a period, and the case with it where the move says so.
fn finish<A: Action + Changes>(
    tx: &mut Tx<'_>,
    (permit, mut period): (Permit<A, CaseRow>, Reflection),
    (act, with_case): (ReflectionAct, Option<CaseAct>),
    (change, fields): (&ReflectionChange, &[&'static str]),
) -> Result<Audited<ReflectionPeriodId>> {
    let event = Event::under(Operation::Update, &permit);
    let event = event.fields(std::iter::once("state").chain(fields.iter().copied()));
    let (CaseRow { case, person, .. }, permit) = permit.into_parts();
    let moved = std::mem::replace(&mut period.state, State::initial()).step(act)?;
    let version = reflections::save(tx, &permit, (&period, &person), Some(&moved), change)?;
    let event = event.on(&period.id, version).in_case(&case.id);
    if let Some(act) = with_case {
        move_case(tx, &permit, case, act)?;
    }
    tx.record(&event, period.id)
}

/// Moves the work on a case in the same act. Who asked to close it asked about the case as it stood then (R10).
fn move_case<A: Action + Changes>(
    tx: &mut Tx<'_>,
    permit: &Permit<A, ()>,
    case: Case,
    act: CaseAct,
) -> Result<()> {
    let before = case.before();
    let asked = case.closure_requested_by.is_some();
    let change =
        if asked { CaseChange::default().without_closure() } else { CaseChange::default() };
    let (id, moved) = (case.id, case.state.step(act)?);
    pauses::end_with_state(tx, &id, moved.to())?;
    let version = cases::save(tx, permit, &before, Some(moved), &change)?;
    let event = Event::under(Operation::Update, permit).on(&id, version).in_case(&id);
    tx.note(&event.fields(std::iter::once("state").chain(change.fields())))
}

/// Starts the clock of the end, with its warning, or starts it anew.
fn start_clock(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    case: &CaseId,
    last: NaiveDate,
) -> Result<()> {
    let due = Instant::from_utc(profile.calendar.end_of(last));
    let warned = profile.reflection.warn_before_days;
    let warn_at = warned.map(|days| due.plus_seconds(-86_400 * i64::from(days)));
    clocks::start_warned(tx, case, END, (due, warn_at))
}

/// Records that the person was told where the period stands, in a language that they understand.
///
/// # Errors
/// [`Refusal::ImpossibleDate`], [`Refusal::Inconsistent`] for a day before the offer, [`Refusal::Stale`].
///
/// # Audit
/// `reflection-period.record-notice`
pub fn record_notice(
    tx: &mut Tx<'_>,
    to: &Target,
    told: &Told,
) -> Result<Audited<ReflectionPeriodId>> {
    let permit = cases::fetch::<TellReflection>(tx, &to.case_id)?;
    let period = reflections::find(tx, &permit, &to.id)?;
    period.expect_version(to.expected)?;
    dates::check_past(told.on, tx.now()).map_err(|fault| fault.at("/told_on"))?;
    if told.on < period.offered_on {
        return Err(Refusal::Inconsistent { pointer: "/told_on" }.into());
    }
    let mut notices = period.notices.clone();
    notices.push(told.notice(tx, period.state.get())?);
    let change = ReflectionChange { notices: Some(notices), ..ReflectionChange::default() };
    let event = Event::under(Operation::Update, &permit).in_case(&to.case_id).fields(["notices"]);
    let (CaseRow { person, .. }, permit) = permit.into_parts();
    let version = reflections::save(tx, &permit, (&period, &person), None, &change)?;
    tx.record(&event.on(&to.id, version), period.id)
}
