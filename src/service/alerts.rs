//! Alerts, from the side of those who are told.

use refero_domain::{
    alert::AlertState,
    event::{Event, Operation},
    id::AlertId,
    instant::Instant,
    policy::{self, AcknowledgeAlert, Permit, ReadAlert},
};
use refero_store::{
    Result,
    alerts::{self, Alert},
    rows::{RowLimit, Rows},
    unit::{Audited, Reading, Tx},
};

/// Fetches an alert to show it, with the event that must be durable before.
///
/// # Errors
/// [`refero_domain::refusal::Refusal::NotFound`] if it is not there, for another office, or about the
/// caller.
///
/// # Audit
/// `alert.read`
pub fn open(reading: &mut Reading<'_>, id: &AlertId) -> Result<(Event, Permit<ReadAlert, Alert>)> {
    let permit = alerts::fetch::<ReadAlert>(reading, id)?;
    let event = Event::under(Operation::Read, &permit).on(id, permit.row().version);
    Ok((event, permit))
}

/// Lists the alerts of the caller's office, the newest first.
///
/// # Errors
/// [`refero_store::Error::Unavailable`] if the database is not there.
///
/// # Audit
/// `alert.read` with the ids shown.
pub fn list(
    reading: &mut Reading<'_>,
    state: Option<AlertState>,
    after: Option<&(Instant, AlertId)>,
    limit: RowLimit,
) -> Result<(Event, Rows<Permit<ReadAlert, Alert>>)> {
    let scope = policy::scope::<ReadAlert>(reading.actor()?)?;
    let found = alerts::page(reading, &scope, state, after, limit)?;
    let event = Event::of::<ReadAlert>(Operation::Read)
        .showing(found.iter().map(|permit| &permit.row().id));
    Ok((event, found))
}

/// Says that the caller looks into an alert.
///
/// # Errors
/// [`refero_domain::refusal::Refusal::Stale`] if somebody was faster,
/// [`refero_domain::refusal::Refusal::IllegalTransition`] if somebody looks into it already.
///
/// # Audit
/// `alert.acknowledge`. It joins no case's chain: whoever reads a case does not learn of its alerts.
pub fn acknowledge(
    tx: &mut Tx<'_>,
    id: &AlertId,
    expected: Option<i64>,
) -> Result<Audited<AlertId>> {
    let permit = alerts::fetch::<AcknowledgeAlert>(tx, id)?;
    let version = alerts::acknowledge(tx, &permit, expected)?;
    let event = Event::under(Operation::Update, &permit).on(id, version);
    tx.record(&event, id.clone())
}
