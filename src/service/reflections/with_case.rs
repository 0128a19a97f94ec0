//! What becomes of a period when its case moves.

use refero_domain::{
    event::{Event, Operation},
    machine::State,
    policy::{Permit, ReopenCase, ResumeCase, StartReflection},
    profile::CountryProfile,
    reflection::{ReflectionAct, ReflectionStatus, Stated, Terms},
    sensitive::Sensitive,
};
use refero_store::{
    Result,
    cases::CaseRow,
    clocks,
    people::Person,
    reflections::{self, NewReflection, Reflection, ReflectionChange},
    unit::Tx,
};

use super::{
    END,
    deciding::{first_days, over},
    start_clock, today,
};

/// Puts on record that a period begins with the pause of a case: the one that was offered, or one without an
/// offer on record, for as many days as the country profile gives. Where it gives none, the case pauses and the
/// days are granted by themselves.
pub(in crate::service) fn begin_with_case(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    permit: &Permit<StartReflection, CaseRow>,
) -> Result<()> {
    let known = reflections::open_one(tx, permit)?;
    if known.as_ref().is_some_and(|period| period.state.get().is_running()) {
        return Ok(());
    }
    let is_citizen = reflections::is_citizen(permit, profile)?;
    let terms = Terms::to_grant(&profile.reflection, is_citizen, &Stated::default());
    let Ok(terms) = terms else { return Ok(()) };
    let offered_on = known.as_ref().map(|period| period.offered_on);
    let offered_on = offered_on.unwrap_or_else(|| today(profile, tx.now()));
    let change = first_days(tx, profile, terms, (offered_on, None))?;
    let case = &permit.row().case.id;
    if let Some((_, last)) = change.runs {
        start_clock(tx, profile, case, last)?;
    }
    let event = match known {
        Some(mut period) => {
            let state = std::mem::replace(&mut period.state, State::initial());
            let moved = state.step(ReflectionAct::Grant)?;
            let at: (&Reflection, &Person) = (&period, &permit.row().person);
            let version = reflections::save(tx, permit, at, Some(&moved), &change)?;
            Event::under(Operation::Update, permit).on(&period.id, version)
        }
        None => {
            let id = tx.new_id();
            let moved = State::<ReflectionStatus>::initial().step(ReflectionAct::Grant)?;
            let (notices, words) = (Vec::new(), Sensitive::default());
            let change = Some((moved, change));
            let new = NewReflection { id, offered_on, notices, words, change };
            reflections::insert(tx, permit, &new)?;
            Event::under(Operation::Create, permit).on(&new.id, 1)
        }
    };
    tx.note(&event.in_case(case).fields(["state", "grants", "starts_on", "ends_on"]))
}

/// Writes down that a period is over whose last day is, when the work on the case goes on. One that runs goes on
/// running: what was granted stays the person's.
pub(in crate::service) fn end_with_case(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    permit: &Permit<ResumeCase, CaseRow>,
) -> Result<()> {
    let today = today(profile, tx.now());
    let known = reflections::open_one(tx, permit)?;
    let Some(mut period) = known.filter(|period| period.is_over_on(today)) else { return Ok(()) };
    let state = std::mem::replace(&mut period.state, State::initial());
    let moved = state.step(ReflectionAct::End)?;
    let change = ReflectionChange { end: over(&period), ..ReflectionChange::default() };
    let case = &permit.row().case.id;
    let at: (&Reflection, &Person) = (&period, &permit.row().person);
    let version = reflections::save(tx, permit, at, Some(&moved), &change)?;
    clocks::meet(tx, case, &[END])?;
    let event = Event::under(Operation::Update, permit).on(&period.id, version).in_case(case);
    tx.note(&event.fields(["state", "ended_on"]))
}

/// Starts the clock again of a period that still runs when a case is opened again.
pub(in crate::service) fn reopen_with_case(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    permit: &Permit<ReopenCase, CaseRow>,
) -> Result<()> {
    let known = reflections::open_one(tx, permit)?;
    match known.and_then(|period| period.runs) {
        Some((_, last)) => start_clock(tx, profile, &permit.row().case.id, last),
        None => Ok(()),
    }
}
