//! Work lists: what waits for whom, ordered by danger and then by the clock.

use refero_domain::{
    case::{CaseStatus, RiskLevel},
    event::{Event, Operation},
    id::{CaseId, ReferralId},
    instant::Instant,
    policy::{
        self, Action, Permit, ReadCase, ReadDuplicatesQueue, ReadInboxQueue, ReadMyCasesQueue,
        ReadOverdueQueue, ReadReferral, ReadReturnedQueue, ReadTriageQueue,
    },
};
use refero_store::{
    Result,
    cases::{self, CaseFilter, CaseOrder, CaseRow},
    duplicates,
    overdue::{self, Overdue},
    referrals::{self, InboxPlace, ReferralRow},
    rows::{RowLimit, Rows},
    unit::Reading,
};

/// The states in which a case waits for somebody to claim it.
const WAITING: [CaseStatus; 2] = [CaseStatus::Submitted, CaseStatus::UnderTriage];

/// The states in which a case is somebody's work.
const AT_WORK: [CaseStatus; 6] = [
    CaseStatus::UnderTriage,
    CaseStatus::Active,
    CaseStatus::ReflectionPeriod,
    CaseStatus::AwaitingReturn,
    CaseStatus::FollowUp,
    CaseStatus::SuspendedLostContact,
];

/// Where a page of a queue of cases ended.
pub type CasePlace = (RiskLevel, Option<Instant>, CaseId);

fn of_cases<A: Action>(
    reading: &mut Reading<'_>,
    filter: &CaseFilter,
    after: Option<CasePlace>,
    limit: RowLimit,
) -> Result<(Event, Rows<Permit<ReadCase, CaseRow>>)> {
    let scope = policy::scope::<A>(reading.actor()?)?;
    let order = CaseOrder::Danger(after);
    let found = cases::page(reading, &scope, filter, order, limit)?;
    let event =
        Event::of::<A>(Operation::Read).showing(found.iter().map(|permit| &permit.row().case.id));
    Ok((event, found))
}

/// Lists the cases that nobody coordinates yet: the greatest danger first, then the earliest
/// deadline.
///
/// # Errors
/// [`refero_store::Error::Unavailable`] if the database is not there.
pub fn triage(
    reading: &mut Reading<'_>,
    after: Option<CasePlace>,
    limit: RowLimit,
) -> Result<(Event, Rows<Permit<ReadCase, CaseRow>>)> {
    of_cases::<ReadTriageQueue>(reading, &unclaimed(), after, limit)
}

fn unclaimed() -> CaseFilter {
    CaseFilter { states: WAITING.to_vec(), unclaimed: true, ..CaseFilter::default() }
}

/// Lists the cases that the caller coordinates and that have not ended, in the same order.
///
/// # Errors
/// [`refero_store::Error::Unavailable`] if the database is not there.
pub fn my_cases(
    reading: &mut Reading<'_>,
    after: Option<CasePlace>,
    limit: RowLimit,
) -> Result<(Event, Rows<Permit<ReadCase, CaseRow>>)> {
    let filter = CaseFilter { states: AT_WORK.to_vec(), ..CaseFilter::default() };
    of_cases::<ReadMyCasesQueue>(reading, &filter, after, limit)
}

/// Lists referrals that nobody answered and deadlines that nobody met, the longest waiting first.
///
/// # Errors
/// [`refero_store::Error::Unavailable`] if the database is not there.
pub fn overdue(
    reading: &mut Reading<'_>,
    after: Option<&(Instant, String)>,
    limit: RowLimit,
) -> Result<(Event, Rows<Overdue>)> {
    let scope = policy::scope::<ReadOverdueQueue>(reading.actor()?)?;
    let found = overdue::page(reading, &scope, after, limit)?;
    let shown = found.iter().map(|item| item.what.id().to_owned()).collect();
    let event = Event { shown: Some(shown), ..Event::of::<ReadOverdueQueue>(Operation::Read) };
    Ok((event, found))
}

/// Lists a provider's inbox: offers, most urgent first, then the work that was accepted.
///
/// # Errors
/// [`refero_store::Error::Unavailable`] if the database is not there.
pub fn inbox(
    reading: &mut Reading<'_>,
    after: Option<&InboxPlace>,
    limit: RowLimit,
) -> Result<(Event, Rows<Permit<ReadReferral, ReferralRow>>)> {
    let scope = policy::scope::<ReadInboxQueue>(reading.actor()?)?;
    let found = referrals::inbox(reading, &scope, after, limit)?;
    Ok((shown_by::<ReadInboxQueue>(&found), found))
}

/// Lists what providers declined or gave back, of cases that have not ended, the latest first.
///
/// # Errors
/// [`refero_store::Error::Unavailable`] if the database is not there.
pub fn returned(
    reading: &mut Reading<'_>,
    after: Option<&ReferralId>,
    limit: RowLimit,
) -> Result<(Event, Rows<Permit<ReadReferral, ReferralRow>>)> {
    let scope = policy::scope::<ReadReturnedQueue>(reading.actor()?)?;
    let found = referrals::returned(reading, &scope, after, limit)?;
    Ok((shown_by::<ReadReturnedQueue>(&found), found))
}

fn shown_by<A: Action>(found: &Rows<Permit<ReadReferral, ReferralRow>>) -> Event {
    Event::of::<A>(Operation::Read).showing(found.iter().map(|permit| &permit.row().referral.id))
}

/// How much waits in a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueCount {
    /// The queue, as the last segment of its address.
    pub name: &'static str,
    /// How much waits in it.
    pub count: i64,
}

/// Counts every queue that is open to the caller, in the order of a working day.
///
/// # Errors
/// [`refero_store::Error::Unavailable`] if the database is not there.
pub fn counts(reading: &mut Reading<'_>) -> Result<Vec<QueueCount>> {
    let actor = reading.actor()?.clone();
    let mut all = Vec::new();
    let mut add = |name, count| all.push(QueueCount { name, count });
    if let Ok(scope) = policy::scope::<ReadTriageQueue>(&actor) {
        add("triage", cases::count_in(reading, &scope, &unclaimed())?);
    }
    if let Ok(scope) = policy::scope::<ReadMyCasesQueue>(&actor) {
        add("my-cases", cases::count(reading, &scope, &AT_WORK)?);
    }
    if let Ok(scope) = policy::scope::<ReadOverdueQueue>(&actor) {
        add("overdue", overdue::count(reading, &scope)?);
    }
    if let Ok(scope) = policy::scope::<ReadReturnedQueue>(&actor) {
        add("returned", referrals::count_returned(reading, &scope)?);
    }
    if let Ok(scope) = policy::scope::<ReadDuplicatesQueue>(&actor) {
        add("duplicates", duplicates::count(reading, &scope)?);
    }
    if let Ok(scope) = policy::scope::<ReadInboxQueue>(&actor) {
        add("inbox", referrals::count_inbox(reading, &scope)?);
    }
    Ok(all)
}
