//! Where the person of a case lives (R9).

mod bodies;
mod view;

use actix_web::{Responder, http::Method};
use refero_domain::{
    event::Event,
    id::{CaseId, PlacementId},
    instant::Instant,
    policy::{CreatePlacement, EndPlacement, ReadPlacement},
};
use refero_store::{
    Result as Stored,
    rows::RowLimit,
    unit::{Reading, Tx},
};
use serde_json::json;

pub use self::{
    bodies::{PlacementBody, PlacementEndBody},
    view::PlacementView,
};
use crate::{
    api::{
        caller::Caller,
        extract::{Body, IfMatch, PathId, PathIds, Query},
        operation::Table,
        problem::Problem,
        reply::Reply,
        v1::{
            PageQuery, once,
            parts::{listed, shown},
        },
    },
    service::placements,
};

const TAG: &str = "safety";

/// The operations on placements.
#[must_use]
pub fn table(table: Table) -> Table {
    let path = "/v1/cases/{id}/placements";
    let one = "/v1/cases/{id}/placements/{placement_id}";
    table
        .op((Method::POST, path, "createPlacement"), create, |o| {
            o.says(
                TAG,
                "Record where the person lives",
                "Records that the person begins to live somewhere, for the coordinator of the case and for \
                 the provider that runs the place and works on a referral of the case. The address is sealed \
                 by itself: they alone read it, and it stands in no other answer, list, copy or letter (R9). \
                 409 `illegal-transition` while the person lives elsewhere, 409 `adulthood-not-established` \
                 for a child where adults live alone, 409 `best-interests-required` for one that is to live \
                 in a closed place, or for longer than the country profile calls long, before its best \
                 interests are assessed, or that is separated from a parent or carer before a panel \
                 determines it (R6).",
            )
            .takes::<PlacementBody>(json!({
                "kind": "shelter",
                "organisation_id": "0c6ab5c5-4a2f-4b1d-9c6b-2d1f3a4b5c6d",
                "regime": "open",
                "freedom_of_movement": "unrestricted",
                "started_on": "2026-11-02",
                "address": "The green gate behind the market. Knock twice.",
                "contact": "+256414000001",
                "reason": "She asked for a place with a garden for her child."
            }))
            .creates::<PlacementView>()
        })
        .op((Method::GET, path, "listPlacements"), list, |o| {
            let why = "Shows where the person has lived, the newest first: a provider sees its own places \
                       alone, and the address is shown to whoever may know it (R9).";
            o.says(TAG, "List the placements of a case", why).lists::<PlacementView>(&[])
        })
        .op((Method::GET, one, "readPlacement"), read, |o| {
            let why = "Shows one placement, with the address for whoever may know it (R9).";
            o.says(TAG, "Read a placement", why).shows::<PlacementView>()
        })
        .op(
            (Method::POST, "/v1/cases/{id}/placements/{placement_id}/end", "endPlacement"),
            end,
            |o| {
                o.says(
                    TAG,
                    "Record that the person lives there no more",
                    "Says why and until when. The person can be placed elsewhere then.",
                )
                .takes::<PlacementEndBody>(json!({"reason": "moved_on", "ended_on": "2026-11-20"}))
                .if_match()
                .shows::<PlacementView>()
            },
        )
}

fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &PlacementId,
) -> Stored<(Event, PlacementView)> {
    let (event, permit) = placements::open(reading, case, id)?;
    Ok((event, PlacementView::of(&permit, reading.actor()?)))
}

/// Records where the person lives.
async fn create(
    caller: Caller<CreatePlacement>,
    case: PathId<CaseId>,
    body: Body<PlacementBody>,
) -> Result<Reply<PlacementView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, body.id.is_some())?;
    let profile = caller.app().profile().clone();
    let arrival = body.arrival();
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| placements::begin(tx, &profile, &case.0, &arrival);
            once(tx, key.as_ref(), act, |reading, id| open(reading, &case.0, id))
        })
        .await?;
    Ok(Reply::created(view))
}

/// Shows a placement.
async fn read(
    caller: Caller<ReadPlacement>,
    ids: PathIds<CaseId, PlacementId>,
) -> Result<Reply<PlacementView>, Problem> {
    shown(caller, move |reading| open(reading, &ids.0, &ids.1)).await
}

/// Lists the placements of a case.
async fn list(
    caller: Caller<ReadPlacement>,
    case: PathId<CaseId>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let belongs_to = case.0.to_string();
    let look =
        move |reading: &mut Reading<'_>, after: Option<(Instant, PlacementId)>, limit: RowLimit| {
            let (event, found) = placements::list(reading, &case.0, after, limit)?;
            let actor = reading.actor()?;
            Ok((event, found.map(|permit| PlacementView::of(&permit, actor))))
        };
    listed(caller, ("placement.list", &belongs_to), query.0, look, |view: &PlacementView| {
        (view.created_at, view.id.clone())
    })
    .await
}

/// Records an end.
async fn end(
    caller: Caller<EndPlacement>,
    ids: PathIds<CaseId, PlacementId>,
    version: IfMatch,
    body: Body<PlacementEndBody>,
) -> Result<Reply<PlacementView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once(&digest);
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| {
                let target = (&ids.0, &ids.1, version.expected());
                placements::end(tx, target, (body.reason, body.ended_on))
            };
            once(tx, key.as_ref(), act, |reading, id| open(reading, &ids.0, id))
        })
        .await?;
    Ok(Reply::shown(view))
}
