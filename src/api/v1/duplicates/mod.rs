//! Pairs of cases that may be about one person: found by the house, judged by people (R12).

mod view;

use actix_web::{Responder, http::Method};
use refero_domain::{
    duplicate::{DismissalReason, LikenessBand},
    event::Event,
    id::{CaseId, DuplicateCandidateId},
    instant::Instant,
    policy::{
        Action as _, ApproveMerge, DeclineMerge, DismissDuplicate, ReadDuplicate,
        ReadDuplicatesQueue, RequestMerge, UndoMerge,
    },
};
use refero_store::{
    Result as Stored,
    unit::{Reading, Tx},
};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

pub use self::view::{DuplicateView, PairedCaseView};
use crate::{
    api::{
        caller::Caller,
        extract::{Body, Checked, IfMatch, OptionalBody, PathId, Query},
        operation::Table,
        page::Filters,
        problem::Problem,
        reply::Reply,
        v1::{Nothing, PageQuery, once},
    },
    service::duplicates,
};

fn open(reading: &mut Reading<'_>, id: &DuplicateCandidateId) -> Stored<(Event, DuplicateView)> {
    let (event, permit) = duplicates::open(reading, id)?;
    let view = DuplicateView::of(reading.actor()?, &permit)?;
    Ok((event, view))
}

/// Shows a pair.
async fn read(
    caller: Caller<ReadDuplicate>,
    id: PathId<DuplicateCandidateId>,
) -> Result<Reply<DuplicateView>, Problem> {
    let view = caller
        .read(move |reading| {
            let (event, view) = open(reading, &id.0)?;
            Ok(reading.disclose(event, view))
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Where a page of the queue ended.
type Place = (LikenessBand, Instant, DuplicateCandidateId);

/// Lists the pairs that wait for somebody.
async fn queue(
    caller: Caller<ReadDuplicatesQueue>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let (app, http) = (caller.app(), caller.http().clone());
    let principal = caller.user_id().as_str().to_owned();
    let filters = Filters::of_query(&http);
    let pager = app.cursors().pager(ReadDuplicatesQueue::NAME, filters, &principal);
    let PageQuery { limit, cursor } = query.0;
    let after: Option<Place> = pager.open(cursor.as_ref())?;
    let rows = caller
        .read(move |reading| {
            let (event, permits) = duplicates::queue(reading, after, limit.rows())?;
            let actor = reading.actor()?.clone();
            let views = permits.try_map(|permit| DuplicateView::of(&actor, &permit))?;
            Ok(reading.disclose(event, views))
        })
        .await?;
    let place = |view: &DuplicateView| (view.band, view.created_at, view.id.clone());
    Ok(pager.page(rows, place)?.respond(&http))
}

/// Why two cases are not about one person.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DismissBody {
    /// A code, and no words: words would be about two people at once.
    pub reason: DismissalReason,
}

impl Checked for DismissBody {}

/// Says that two cases are not about one person.
async fn dismiss(
    caller: Caller<DismissDuplicate>,
    id: PathId<DuplicateCandidateId>,
    version: IfMatch,
    body: Body<DismissBody>,
) -> Result<Reply<DuplicateView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once(&digest);
    let view = caller
        .write(move |tx| {
            let target = (&id.0, version.expected());
            let act = |tx: &mut Tx<'_>| duplicates::dismiss(tx, target, body.reason);
            once(tx, key.as_ref(), act, open)
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Which case is to go on.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeBody {
    /// One of the two cases. The other one ends, and nothing in it is lost.
    pub surviving_case_id: CaseId,
}

impl Checked for MergeBody {}

/// Asks to let one case go into the other one.
async fn request_merge(
    caller: Caller<RequestMerge>,
    id: PathId<DuplicateCandidateId>,
    version: IfMatch,
    body: Body<MergeBody>,
) -> Result<Reply<DuplicateView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once(&digest);
    let view = caller
        .write(move |tx| {
            let target = (&id.0, version.expected());
            let act =
                |tx: &mut Tx<'_>| duplicates::request_merge(tx, target, &body.surviving_case_id);
            once(tx, key.as_ref(), act, open)
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Declares moves that take no more than a version.
macro_rules! moves {
    ($($(#[$doc:meta])* $name:ident: $action:ty => $act:path;)+) => {
        $(
            $(#[$doc])*
            async fn $name(
                caller: Caller<$action>,
                id: PathId<DuplicateCandidateId>,
                version: IfMatch,
                body: OptionalBody<Nothing>,
            ) -> Result<Reply<DuplicateView>, Problem> {
                let key = caller.once(&body.digest());
                let view = caller
                    .write(move |tx| {
                        let target = (&id.0, version.expected());
                        once(tx, key.as_ref(), |tx| $act(tx, target), open)
                    })
                    .await?;
                Ok(Reply::shown(view))
            }
        )+
    };
}

moves! {
    /// Approves a merge.
    approve_merge: ApproveMerge => duplicates::approve_merge;
    /// Says no to a merge, or to its undoing.
    decline_merge: DeclineMerge => duplicates::decline_merge;
    /// Asks to undo a merge, or approves that somebody else asked.
    undo_merge: UndoMerge => duplicates::undo_merge;
}

const TAG: &str = "duplicates";

/// The operations on pairs.
#[must_use]
pub fn table(table: Table) -> Table {
    judging(
        table
            .op((Method::GET, "/v1/queues/duplicates", "readDuplicatesQueue"), queue, |o| {
                let why = "Lists the pairs of cases that may be about one person and wait for somebody: \
                           the greatest likeness first, then the longest waiting. Only pairs of which \
                           the caller's role reaches both areas: a pair across two areas is for whoever \
                           supervises both.";
                o.says(TAG, "See who may be registered twice", why).lists::<DuplicateView>(&[])
            })
            .op(
                (Method::GET, "/v1/duplicate-candidates/{id}", "readDuplicateCandidate"),
                read,
                |o| {
                    let why = "Shows the two cases and by what they look alike. Who the two are stands \
                               in their identities.";
                    o.says(TAG, "Read a pair", why).shows::<DuplicateView>()
                },
            ),
    )
}

fn judging(table: Table) -> Table {
    merging(
        table
            .op(
                (Method::POST, "/v1/duplicate-candidates/{id}/dismiss", "dismissDuplicate"),
                dismiss,
                |o| {
                    let why = "Says that the two are not about one person. The pair is not found again.";
                    o.says(TAG, "Say that two are not one", why)
                        .takes::<DismissBody>(json!({"reason": "different_people"}))
                        .if_match()
                        .shows::<DuplicateView>()
                },
            )
            .op(
                (Method::POST, "/v1/duplicate-candidates/{id}/request-merge", "requestMerge"),
                request_merge,
                |o| {
                    let why = "Asks that one of the two goes into the other one, which goes on. A second \
                               person approves (R10). What ends is claimed from triage, and not ended yet \
                               (409 `illegal-transition`); its referrals have ended (409 \
                               `open-referrals`).";
                    o.says(TAG, "Ask for a merge", why)
                        .takes::<MergeBody>(
                            json!({"surviving_case_id": "3f2b8c1e-7a4d-4e0b-9c53-1d2e3f4a5b6c"}),
                        )
                        .if_match()
                        .shows::<DuplicateView>()
                },
            ),
    )
}

fn merging(table: Table) -> Table {
    table
        .op(
            (Method::POST, "/v1/duplicate-candidates/{id}/approve-merge", "approveMerge"),
            approve_merge,
            |o| {
                let why = "Approves what somebody else asked for; one of the two supervises both areas \
                           (R10, 403 `self-approval`, 409 `second-person-required`). The case that ends \
                           becomes `merged_duplicate` and names the other one; its clocks end. Nothing is \
                           moved between the two.";
                o.says(TAG, "Approve a merge", why)
                    .may_take::<Nothing>(json!({}))
                    .if_match()
                    .shows::<DuplicateView>()
            },
        )
        .op(
            (Method::POST, "/v1/duplicate-candidates/{id}/decline-merge", "declineMerge"),
            decline_merge,
            |o| {
                let why = "Says no to what somebody asks: a merge, or its undoing. Whoever asked takes it \
                           back so.";
                o.says(TAG, "Decline a merge", why)
                    .may_take::<Nothing>(json!({}))
                    .if_match()
                    .shows::<DuplicateView>()
            },
        )
        .op(
            (Method::POST, "/v1/duplicate-candidates/{id}/undo-merge", "undoMerge"),
            undo_merge,
            |o| {
                let why = "Asks to undo a merge; called by a second person, it approves (R10). The case \
                           that had ended is where it was before, with its deadlines.";
                o.says(TAG, "Undo a merge, with four eyes", why)
                    .may_take::<Nothing>(json!({}))
                    .if_match()
                    .shows::<DuplicateView>()
            },
        )
}
