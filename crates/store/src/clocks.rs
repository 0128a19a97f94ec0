//! Deadlines that run on a case.

use std::collections::BTreeMap;

use diesel::prelude::*;
use refero_domain::{
    case::{ClockPause, ClockState, ClockTimes},
    id::{CaseId, ClockId},
    instant::Instant,
    policy::{Permit, ReadCase},
};

use crate::{
    cases::{CaseRow, end_of_time},
    db::DbConn,
    error::Result,
    rows::Rows,
    schema::{cases, clocks},
    unit::{Reading, Tx},
};

/// A deadline on a case.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = clocks)]
pub struct Clock {
    /// The clock.
    pub id: ClockId,
    /// What must be done: a clock of the country profile.
    pub kind: String,
    /// Since when it runs.
    pub starts_at: Instant,
    /// Until when.
    pub due_at: Instant,
    /// When it was done.
    pub met_at: Option<Instant>,
    /// From when on somebody is warned that the deadline comes.
    pub warn_at: Option<Instant>,
    /// Since when it stands still.
    pub paused_at: Option<Instant>,
    /// Why it does.
    pub pause_reason: Option<ClockPause>,
}

impl Clock {
    /// Says how the deadline stands.
    #[must_use]
    pub fn state(&self, now: Instant) -> ClockState {
        let Self { due_at: due, warn_at: warned, paused_at: paused, met_at: met, .. } = *self;
        ClockState::of(ClockTimes { due, warned, paused, met }, now)
    }
}

/// Starts a clock, or starts it anew if it ran before.
///
/// # Errors
/// [`crate::Error::Unavailable`] if it cannot be written.
pub fn start(tx: &mut Tx<'_>, case: &CaseId, kind: &str, due_at: Instant) -> Result<()> {
    start_warned(tx, case, kind, (due_at, None))
}

/// As [`start`], and says from when on somebody is warned.
///
/// # Errors
/// [`crate::Error::Unavailable`] if it cannot be written.
pub fn start_warned(
    tx: &mut Tx<'_>,
    case: &CaseId,
    kind: &str,
    (due_at, warn_at): (Instant, Option<Instant>),
) -> Result<()> {
    tx.changes(case);
    let now = tx.now();
    let mine = clocks::table.filter(clocks::case_id.eq(case)).filter(clocks::kind.eq(kind));
    let again = diesel::update(mine)
        .set((
            clocks::starts_at.eq(now),
            clocks::due_at.eq(due_at),
            clocks::met_at.eq(None::<Instant>),
            clocks::warn_at.eq(warn_at),
            clocks::paused_at.eq(None::<Instant>),
            clocks::pause_reason.eq(None::<ClockPause>),
            clocks::warned_at.eq(None::<Instant>),
        ))
        .execute(tx.conn)?;
    if again == 0 {
        let id: ClockId = tx.new_id();
        diesel::insert_into(clocks::table)
            .values((
                clocks::id.eq(id),
                clocks::case_id.eq(case),
                clocks::kind.eq(kind),
                clocks::starts_at.eq(now),
                clocks::due_at.eq(due_at),
                clocks::warn_at.eq(warn_at),
            ))
            .execute(tx.conn)?;
    }
    refresh(tx, case)
}

/// A clock that begins with a case: what must be done, until when, and from when on somebody is warned.
pub type FirstClock<'k> = (&'k str, Instant, Option<Instant>);

/// Starts the clocks of a case that is just born, which knows the earliest of them already.
pub fn start_first(tx: &mut Tx<'_>, case: &CaseId, first: &[FirstClock<'_>]) -> Result<()> {
    let now = tx.now();
    let rows: Vec<_> = first
        .iter()
        .map(|(kind, due_at, warn_at)| {
            let id: ClockId = tx.new_id();
            (
                clocks::id.eq(id),
                clocks::case_id.eq(case),
                clocks::kind.eq(*kind),
                clocks::starts_at.eq(now),
                clocks::due_at.eq(*due_at),
                clocks::warn_at.eq(*warn_at),
            )
        })
        .collect();
    // Several rows in one statement, which only a known backend takes.
    let insertion = diesel::insert_into(clocks::table).values(rows);
    let reading: &mut Reading<'_> = tx;
    match reading.conn {
        DbConn::Sqlite(c) => insertion.execute(c)?,
        DbConn::Postgres(c) => insertion.execute(c)?,
    };
    Ok(())
}

/// Stops clocks for a while: those that run and are not late, for a reason that the country profile knows.
///
/// # Errors
/// [`crate::Error::Unavailable`] if it cannot be written.
pub fn pause(tx: &mut Tx<'_>, case: &CaseId, kinds: &[&str], reason: ClockPause) -> Result<()> {
    tx.changes(case);
    let now = tx.now();
    diesel::update(
        clocks::table
            .filter(clocks::case_id.eq(case))
            .filter(clocks::kind.eq_any(kinds.to_vec()))
            .filter(clocks::met_at.is_null())
            .filter(clocks::paused_at.is_null())
            .filter(clocks::due_at.ge(now)),
    )
    .set((clocks::paused_at.eq(Some(now)), clocks::pause_reason.eq(Some(reason))))
    .execute(tx.conn)?;
    refresh(tx, case)
}

/// Lets clocks go on that stood still for some reasons, each with what was left of it.
///
/// # Errors
/// [`crate::Error::Unavailable`] if it cannot be written.
pub fn go_on(tx: &mut Tx<'_>, case: &CaseId, reasons: &[ClockPause]) -> Result<()> {
    let now = tx.now();
    let still: Vec<Clock> = clocks::table
        .filter(clocks::case_id.eq(case))
        .filter(clocks::met_at.is_null())
        .filter(clocks::pause_reason.eq_any(reasons.iter().map(|reason| Some(*reason))))
        .select(Clock::as_select())
        .load(tx.conn)?;
    if still.is_empty() {
        return Ok(());
    }
    tx.changes(case);
    for clock in still {
        let stood = clock.paused_at.map_or(0, |since| now.seconds_since(since));
        diesel::update(clocks::table.find(&clock.id))
            .set((
                clocks::due_at.eq(clock.due_at.plus_seconds(stood)),
                clocks::warn_at.eq(clock.warn_at.map(|at| at.plus_seconds(stood))),
                clocks::paused_at.eq(None::<Instant>),
                clocks::pause_reason.eq(None::<ClockPause>),
            ))
            .execute(tx.conn)?;
    }
    refresh(tx, case)
}

/// Stops clocks because what they asked for is done.
pub fn meet(tx: &mut Tx<'_>, case: &CaseId, kinds: &[&str]) -> Result<()> {
    tx.changes(case);
    let now = tx.now();
    diesel::update(
        clocks::table
            .filter(clocks::case_id.eq(case))
            .filter(clocks::kind.eq_any(kinds.to_vec()))
            .filter(clocks::met_at.is_null()),
    )
    .set(clocks::met_at.eq(now))
    .execute(tx.conn)?;
    refresh(tx, case)
}

/// Says whether a clock runs on a case and is not met.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn is_open(tx: &mut Tx<'_>, case: &CaseId, kind: &str) -> Result<bool> {
    let open: i64 = clocks::table
        .filter(clocks::case_id.eq(case))
        .filter(clocks::kind.eq(kind))
        .filter(clocks::met_at.is_null())
        .count()
        .get_result(tx.conn)?;
    Ok(open > 0)
}

/// Names the clocks that run on a case and are not met.
pub(crate) fn open_kinds(tx: &mut Tx<'_>, case: &CaseId) -> Result<Vec<String>> {
    Ok(clocks::table
        .filter(clocks::case_id.eq(case))
        .filter(clocks::met_at.is_null())
        .order(clocks::kind)
        .select(clocks::kind)
        .load(tx.conn)?)
}

/// Lets clocks go on that were stopped, towards the deadlines that they had.
///
/// # Errors
/// [`crate::Error::Unavailable`] if it cannot be written.
pub fn resume(tx: &mut Tx<'_>, case: &CaseId, kinds: &[String]) -> Result<()> {
    tx.changes(case);
    let stopped =
        clocks::table.filter(clocks::case_id.eq(case)).filter(clocks::kind.eq_any(kinds.to_vec()));
    diesel::update(stopped).set(clocks::met_at.eq(None::<Instant>)).execute(tx.conn)?;
    refresh(tx, case)
}

/// Stops every clock of a case that has ended.
pub fn stop_all(tx: &mut Tx<'_>, case: &CaseId) -> Result<()> {
    tx.changes(case);
    let now = tx.now();
    diesel::update(clocks::table.filter(clocks::case_id.eq(case)).filter(clocks::met_at.is_null()))
        .set(clocks::met_at.eq(now))
        .execute(tx.conn)?;
    refresh(tx, case)
}

/// Writes the earliest open deadline to the case, by which queues are sorted.
fn refresh(tx: &mut Tx<'_>, case: &CaseId) -> Result<()> {
    // The earliest is found here: asked for the first of an order, SQLite takes the index that has it, and goes
    // through the open deadlines of everybody.
    let open: Vec<Instant> = clocks::table
        .filter(clocks::case_id.eq(case))
        .filter(clocks::met_at.is_null())
        .filter(clocks::paused_at.is_null())
        .select(clocks::due_at)
        .load(tx.conn)?;
    let earliest = open.into_iter().min();
    diesel::update(cases::table.find(case))
        .set(cases::next_due_at.eq(earliest.unwrap_or_else(end_of_time)))
        .execute(tx.conn)?;
    Ok(())
}

/// Lists the clocks of a case that a permit opened, the earliest deadline first.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn of_case(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadCase, CaseRow>,
) -> Result<Vec<Clock>> {
    Ok(clocks::table
        .filter(clocks::case_id.eq(&permit.row().case.id))
        .order((clocks::due_at, clocks::id))
        .select(Clock::as_select())
        .load(reading.conn)?)
}

/// Lists the clocks of a page of cases that press: those that are due soon, overdue, or stand still.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn pressing(
    reading: &mut Reading<'_>,
    page: &Rows<Permit<ReadCase, CaseRow>>,
) -> Result<BTreeMap<CaseId, Vec<Clock>>> {
    let now = reading.now();
    let cases: Vec<CaseId> = page.iter().map(|permit| permit.row().case.id.clone()).collect();
    let found: Vec<(CaseId, Clock)> = clocks::table
        .filter(clocks::case_id.eq_any(cases))
        .filter(clocks::met_at.is_null())
        .filter(
            clocks::paused_at
                .is_not_null()
                .or(clocks::due_at.lt(now))
                .or(clocks::warn_at.assume_not_null().le(now)),
        )
        .order((clocks::due_at, clocks::id))
        .select((clocks::case_id, Clock::as_select()))
        .load(reading.conn)?;
    let mut of_cases: BTreeMap<CaseId, Vec<Clock>> = BTreeMap::new();
    for (case, clock) in found {
        of_cases.entry(case).or_default().push(clock);
    }
    Ok(of_cases)
}
