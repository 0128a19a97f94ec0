//! Work lists: what waits for the caller, ordered by danger and then by the clock.

mod overdue;

use actix_web::{Responder, http::Method};
use refero_domain::{
    case::RiskLevel,
    event::Event,
    id::{CaseId, ReferralId},
    instant::Instant,
    policy::{
        Action, Permit, ReadCase, ReadInboxQueue, ReadMyCasesQueue, ReadReferral,
        ReadReturnedQueue, ReadTriageQueue,
    },
};
use refero_store::{
    Result as Stored,
    cases::CaseRow,
    clocks,
    referrals::{InboxPlace, ReferralRow},
    rows::{RowLimit, Rows},
    unit::Reading,
};

pub use self::overdue::OverdueView;
use crate::{
    api::{
        caller::Caller,
        extract::Query,
        operation::Table,
        page::Filters,
        problem::Problem,
        v1::{
            PageQuery,
            cases::CaseView,
            referrals::ReferralView,
            service_match::{Saying, language_of},
        },
    },
    service::{queues, service_match},
};

const TAG: &str = "queues";

/// The operations on queues.
#[must_use]
pub fn table(table: Table) -> Table {
    let table = table
        .op((Method::GET, "/v1/queues/triage", "readTriageQueue"), triage, |o| {
            o.says(
                TAG,
                "See what waits for triage",
                "Lists the cases of the caller's area that nobody coordinates: the greatest danger \
                 first, then the earliest deadline.",
            )
            .lists::<CaseView>(&[])
        })
        .op((Method::GET, "/v1/queues/my-cases", "readMyCasesQueue"), my_cases, |o| {
            o.says(
                TAG,
                "See one's own cases",
                "Lists the cases that the caller coordinates and that have not ended, in the same \
                 order as the triage queue.",
            )
            .lists::<CaseView>(&[])
        })
        .op((Method::GET, "/v1/queues/inbox", "readInboxQueue"), inbox, |o| {
            o.says(
                TAG,
                "See what waits at the provider",
                "Lists the offers to the caller's organisation, the most urgent first, blind until \
                 they are accepted (R1); then the work that was accepted: a worker's own, a \
                 manager's whole organisation's (R2).",
            )
            .lists::<ReferralView>(&[])
        })
        .op((Method::GET, "/v1/queues/returned", "readReturnedQueue"), returned, |o| {
            o.says(
                TAG,
                "See what came back",
                "Lists what providers declined or returned, of the caller's cases that have not \
                 ended, the latest first: for each of them another way must be found. `next_best` \
                 says whom to ask next for each service, ranked as `POST /v1/services/match` does.",
            )
            .lists::<ReferralView>(&[])
        });
    overdue::table(table)
}

/// Where a page of cases ended: the values by which the queue is sorted.
type CasePlace = (RiskLevel, Option<Instant>, CaseId);

/// Reads a page of a queue of cases.
type ReadCases = fn(
    &mut Reading<'_>,
    Option<CasePlace>,
    RowLimit,
) -> Stored<(Event, Rows<Permit<ReadCase, CaseRow>>)>;

async fn of_cases<A: Action>(
    caller: Caller<A>,
    query: Query<PageQuery>,
    look: ReadCases,
) -> Result<impl Responder + use<A>, Problem> {
    let (app, http) = (caller.app(), caller.http().clone());
    let principal = caller.user_id().as_str().to_owned();
    let pager = app.cursors().pager(A::NAME, Filters::of_query(&http), &principal);
    let PageQuery { limit, cursor } = query.0;
    let after: Option<CasePlace> = pager.open(cursor.as_ref())?;
    let rows = caller
        .read(move |reading| {
            let (event, permits) = look(reading, after, limit.rows())?;
            let (actor, now) = (reading.actor()?.clone(), reading.now());
            let pressing = clocks::pressing(reading, &permits)?;
            let rows = permits.try_map(|permit| -> Stored<_> {
                let case = &permit.row().case;
                let place = (case.risk_level, case.next_due_at, case.id.clone());
                let clocks = pressing.get(&case.id).map(Vec::as_slice).unwrap_or_default();
                Ok((place, CaseView::pressed(&actor, now, (&permit, clocks))?))
            })?;
            Ok(reading.disclose(event, rows))
        })
        .await?;
    let page = pager.page(rows, |(place, _): &(CasePlace, CaseView)| place.clone())?;
    Ok(page.map(|(_, view)| view).respond(&http))
}

/// Lists the cases that wait for triage.
async fn triage(
    caller: Caller<ReadTriageQueue>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    of_cases(caller, query, queues::triage).await
}

/// Lists the caller's own cases.
async fn my_cases(
    caller: Caller<ReadMyCasesQueue>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    of_cases(caller, query, queues::my_cases).await
}

fn views(
    reading: &Reading<'_>,
    permits: Rows<Permit<ReadReferral, ReferralRow>>,
) -> Stored<Rows<ReferralView>> {
    let seen_by = (reading.actor()?, reading.now());
    permits.try_map(|permit| ReferralView::of(&permit, seen_by))
}

/// Lists a provider's inbox.
async fn inbox(
    caller: Caller<ReadInboxQueue>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let (app, http) = (caller.app(), caller.http().clone());
    let principal = caller.user_id().as_str().to_owned();
    let pager = app.cursors().pager(ReadInboxQueue::NAME, Filters::of_query(&http), &principal);
    let PageQuery { limit, cursor } = query.0;
    let after: Option<InboxPlace> = pager.open(cursor.as_ref())?;
    let rows = caller
        .read(move |reading| {
            let (event, permits) = queues::inbox(reading, after.as_ref(), limit.rows())?;
            let views = views(reading, permits)?;
            Ok(reading.disclose(event, views))
        })
        .await?;
    let page = pager.page(rows, |view: &ReferralView| InboxPlace {
        working: view.state.is_live(),
        id: view.id.clone(),
    })?;
    Ok(page.respond(&http))
}

/// Lists what came back.
async fn returned(
    caller: Caller<ReadReturnedQueue>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let (app, http) = (caller.app(), caller.http().clone());
    let principal = caller.user_id().as_str().to_owned();
    let pager = app.cursors().pager(ReadReturnedQueue::NAME, Filters::of_query(&http), &principal);
    let PageQuery { limit, cursor } = query.0;
    let after: Option<ReferralId> = pager.open(cursor.as_ref())?;
    let profile = app.profile().clone();
    let judged_by = profile.clone();
    let (rows, next, now) = caller
        .read(move |reading| {
            let (event, permits) = queues::returned(reading, after.as_ref(), limit.rows())?;
            let (more, next) = service_match::next_best(reading, permits.iter(), &judged_by)?;
            let views = views(reading, permits)?;
            let events = std::iter::once(event).chain(more).collect();
            Ok(reading.disclose_all(events, (views, next, reading.now())))
        })
        .await?;
    let rows = if next.is_empty() {
        rows
    } else {
        let saying = Saying { language: language_of(&http).await, profile: &profile, now };
        rows.map(|mut view| {
            view.put_next(&next, saying);
            view
        })
    };
    let page = pager.page(rows, |view: &ReferralView| view.id.clone())?;
    Ok(page.respond(&http))
}
