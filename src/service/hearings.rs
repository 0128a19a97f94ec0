//! Hearings: the day is known to those who go with the person, what they are about to whoever may know (R8).

use chrono::NaiveDate;
use refero_domain::{
    dates,
    event::{Event, Operation},
    id::{CaseId, HearingId, ProceedingId},
    machine::State,
    policy::{Permit, ReadHearing, RecordHearing, ScheduleHearing},
    proceeding::{HearingAct, HearingState, HearingWords},
    refusal::Refusal,
    sensitive::Sensitive,
};
use refero_store::{
    Result, cases,
    hearings::{self, HearingRow},
    proceedings,
    rows::{RowLimit, Rows},
    unit::{Audited, Reading, Tx},
};

use super::already_known;

/// A hearing as somebody writes it down.
#[derive(Debug, Clone)]
pub struct Scheduling {
    /// The identifier that the client chose.
    pub id: Option<HearingId>,
    /// Of which proceeding.
    pub proceeding_id: ProceedingId,
    /// On which day.
    pub takes_place_on: NaiveDate,
    /// What it is about.
    pub details: Option<Sensitive<String>>,
}

impl Scheduling {
    fn words(&self) -> Sensitive<HearingWords> {
        Sensitive::<HearingWords>::default()
            .with(self.details.clone(), |words, details| words.details = Some(details))
    }
}

/// Fetches a hearing to show it, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`] if it does not exist for the caller.
///
/// # Audit
/// `hearing.read`
pub fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &HearingId,
) -> Result<(Event, Permit<ReadHearing, HearingRow>)> {
    let permit = hearings::fetch::<ReadHearing>(reading, case, id)?;
    let version = permit.row().hearing.version;
    Ok((Event::under(Operation::Read, &permit).on(id, version).in_case(case), permit))
}

/// Lists the hearings of a case that the caller may see, in the order of their days.
///
/// # Errors
/// [`Refusal::NotFound`] if there are none to see for the caller, or no such case.
///
/// # Audit
/// `hearing.read` with the ids shown.
pub fn list(
    reading: &mut Reading<'_>,
    case: &CaseId,
    after: Option<(NaiveDate, HearingId)>,
    limit: RowLimit,
) -> Result<(Event, Rows<Permit<ReadHearing, HearingRow>>)> {
    let permit = cases::fetch::<ReadHearing>(reading, case)?;
    let found = hearings::page(reading, &permit, after, limit)?;
    let event = Event::under(Operation::Read, &permit)
        .in_case(case)
        .showing(found.iter().map(|permit| &permit.row().hearing.id));
    Ok((event, found))
}

/// Writes down on which day a hearing is. The same hearing again under the client's own identifier is the
/// same hearing.
///
/// # Errors
/// [`Refusal::ReferenceUnknown`] if the caller has no such proceeding, [`Refusal::ImpossibleDate`],
/// [`Refusal::IdTaken`].
///
/// # Audit
/// `hearing.schedule`
pub fn schedule(
    tx: &mut Tx<'_>,
    case: &CaseId,
    scheduling: &Scheduling,
) -> Result<Audited<HearingId>> {
    cases::fetch::<ScheduleHearing>(tx, case)?;
    let words = scheduling.words();
    if let Some(id) = &scheduling.id {
        let by = tx.actor()?.user_id.clone();
        let known = already_known(open(tx, case, id), |(_, known)| {
            let known = &known.row().hearing;
            Ok(known.created_by == by
                && known.proceeding_id == scheduling.proceeding_id
                && known.takes_place_on == scheduling.takes_place_on
                && (known.version > 1 || known.words == words))
        })?;
        if let Some((event, _)) = known {
            return tx.record(&event, id.clone());
        }
    }
    let found = proceedings::fetch::<ScheduleHearing>(tx, case, &scheduling.proceeding_id);
    let permit = super::referred_to(found, "/proceeding_id")?;
    let day = scheduling.takes_place_on;
    dates::check_planned(day, tx.now()).map_err(|fault| fault.at("/takes_place_on"))?;
    let id = scheduling.id.clone().unwrap_or_else(|| tx.new_id());
    hearings::insert(tx, &permit, &id, (day, &words))?;
    let event = Event::under(Operation::Create, &permit).on(&id, 1).in_case(case);
    tx.record(&event.fields(["proceeding_id", "takes_place_on", "details"]), id)
}

/// Writes down what came of a hearing: it was held, adjourned to another day, or cancelled.
///
/// # Errors
/// [`Refusal::IllegalTransition`] if that was written down before, [`Refusal::NotPermitted`] for words that
/// the caller does not see (R8), [`Refusal::ImpossibleDate`] for one that was held in the future,
/// [`Refusal::Stale`].
///
/// # Audit
/// `hearing.record`
pub fn record(
    tx: &mut Tx<'_>,
    (case, id, expected): (&CaseId, &HearingId, Option<i64>),
    to: HearingState,
    outcome: Option<&Sensitive<String>>,
) -> Result<Audited<HearingId>> {
    let permit = hearings::fetch::<RecordHearing>(tx, case, id)?;
    let row = permit.row();
    row.expect_version(expected)?;
    let illegal = row.refused(Refusal::IllegalTransition, tx.actor()?);
    if outcome.is_some() && !permit.may_see(row.class()) {
        return Err(row.refused(Refusal::NotPermitted, tx.actor()?));
    }
    let words = row.hearing.words.clone();
    let words = words.with(outcome.cloned(), |words, outcome| words.outcome = Some(outcome));
    let (mut row, permit) = permit.into_parts();
    let state = std::mem::replace(&mut row.hearing.state, State::initial());
    let moved = state.step_to(HearingAct::Record, to).map_err(|_| illegal)?;
    if to == HearingState::Held {
        let day = row.hearing.takes_place_on;
        dates::check_past(day, tx.now()).map_err(|fault| fault.at("/state"))?;
    }
    let at = (&row.hearing, &row.person);
    let version = hearings::record(tx, &permit, at, &moved, &words)?;
    let event = Event::under(Operation::Update, &permit).on(id, version).in_case(case);
    tx.record(&event.fields(["state", "outcome"]), id.clone())
}
