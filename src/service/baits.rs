//! Baits: marking a case that nobody works on, so that any opening is noticed.

use refero_domain::{
    case_code::CaseCode,
    event::{Event, Operation},
    id::BaitId,
    instant::Instant,
    policy::{self, Permit, ReadBait, RemoveBait},
};
use refero_store::{
    Result,
    baits::{self, Bait},
    rows::{RowLimit, Rows},
    unit::{Audited, Reading, Tx},
};

/// Marks a case as bait. Doing so twice marks it once.
///
/// # Errors
/// [`refero_domain::refusal::Refusal::ReferenceUnknown`] if no case has the code.
///
/// # Audit
/// `bait.mark`, about the mark and outside of the case's chain: whoever reads what happened on a case
/// does not learn that it is a bait.
pub fn mark(tx: &mut Tx<'_>, code: &CaseCode) -> Result<Audited<BaitId>> {
    let permit = baits::mark(tx, code)?;
    let event = Event::under(Operation::Create, &permit).about(permit.row());
    tx.record(&event, permit.row().clone())
}

/// Fetches a mark to show it, with the event that must be durable before.
///
/// # Errors
/// [`refero_domain::refusal::Refusal::NotFound`] if it is not there.
///
/// # Audit
/// `bait.read`
pub fn open(reading: &mut Reading<'_>, id: &BaitId) -> Result<(Event, Permit<ReadBait, Bait>)> {
    let permit = baits::fetch::<ReadBait>(reading, id)?;
    let event = Event::under(Operation::Read, &permit).on(id, permit.row().version);
    Ok((event, permit))
}

/// Lists the marks that stand, the newest first.
///
/// # Errors
/// [`refero_store::Error::Unavailable`] if the database is not there.
///
/// # Audit
/// `bait.read` with the ids shown.
pub fn list(
    reading: &mut Reading<'_>,
    after: Option<&(Instant, BaitId)>,
    limit: RowLimit,
) -> Result<(Event, Rows<Permit<ReadBait, Bait>>)> {
    let scope = policy::scope::<ReadBait>(reading.actor()?)?;
    let found = baits::page(reading, &scope, after, limit)?;
    let event =
        Event::of::<ReadBait>(Operation::Read).showing(found.iter().map(|permit| &permit.row().id));
    Ok((event, found))
}

/// Removes a mark.
///
/// # Errors
/// [`refero_domain::refusal::Refusal::Stale`] if somebody was faster.
///
/// # Audit
/// `bait.remove`
pub fn remove(tx: &mut Tx<'_>, id: &BaitId, expected: Option<i64>) -> Result<Audited<BaitId>> {
    let permit = baits::fetch::<RemoveBait>(tx, id)?;
    let version = baits::remove(tx, &permit, expected)?;
    let event = Event::under(Operation::Update, &permit).on(id, version);
    tx.record(&event, id.clone())
}
