//! Incidents: many people found in one operation.

mod bodies;
mod many;
mod view;

use actix_web::{Responder, http::Method};
use refero_domain::{
    event::Event,
    id::{CaseId, IncidentId},
    instant::Instant,
    policy::{
        CreateIncident, EditIncident, LinkIncident, ReadIncident, ReadIncidentCases, UnlinkIncident,
    },
};
use refero_store::{
    Result as Stored,
    rows::RowLimit,
    unit::{Reading, Tx},
};
use serde_json::json;

pub use self::{
    bodies::{IncidentBody, IncidentLinkBody, IncidentPatch, IncidentUnlinkBody},
    many::{RegisteredRowView, RegisteredRowsView, ReportRowsBody, RowProblemView},
    view::{IncidentView, RestrictedIncidentView},
};
use crate::{
    api::{
        caller::Caller,
        extract::{Body, IfMatch, PathId, Query},
        operation::Table,
        problem::Problem,
        reply::Reply,
        v1::{
            PageQuery,
            cases::{self, CaseView},
            once,
            parts::{listed, shown},
        },
    },
    service::incidents,
};

const TAG: &str = "incidents";

/// The operations on incidents.
#[must_use]
pub fn table(table: Table) -> Table {
    links(many::table(incidents_themselves(table)))
}

fn incidents_themselves(table: Table) -> Table {
    let path = "/v1/incidents";
    table
        .op((Method::POST, path, "createIncident"), create, |o| {
            o.says(
                TAG,
                "Record an incident",
                "Records an operation, a raid, a check in which people were found: when, where, what was \
                 found. What is told here is shared by all of them and is about none of them alone; each is \
                 registered by a report of their own that names the incident.",
            )
            .takes::<IncidentBody>(json!({
                "found_on": "2026-11-01",
                "place": "mine_or_quarry",
                "recruitment_methods": ["recruitment_agency"],
                "transport_modes": ["road"],
                "exploitation_types": ["forced_labour"],
                "control_methods": ["debt_bondage"],
                "labour_types": ["mining_or_drilling"],
                "narrative": "The labour inspection found forty people who had not been paid since June."
            }))
            .creates::<IncidentView>()
        })
        .op((Method::GET, path, "listIncidents"), list, |o| {
            let why = "Shows the incidents that the caller may know of, the newest first: those of the own \
                       organisation to first responders, those of the area to the bureau, those of cases \
                       before it to the identifying body, and what was found to whoever investigates one \
                       of its cases.";
            o.says(TAG, "List incidents", why).lists::<IncidentView>(&[])
        })
        .op((Method::GET, "/v1/incidents/{id}", "readIncident"), read, |o| {
            let why = "Shows what was found, and how many people. Who they are stands in their cases: one \
                       person's file is not shown to whoever works with another. Whoever investigates is \
                       shown the codes alone (R8). Providers are shown none.";
            o.says(TAG, "Read an incident", why).shows::<IncidentView>()
        })
        .op((Method::PATCH, "/v1/incidents/{id}", "editIncident"), edit, |o| {
            let why = "A merge patch (RFC 7396): absent members stay, null clears. The earlier value stays \
                       in the history (R13). 410 `erased` when everybody who was found was forgotten.";
            o.says(TAG, "Correct an incident", why)
                .takes::<IncidentPatch>(json!({"place": "farm_or_plantation", "narrative": null}))
                .if_match()
                .shows::<IncidentView>()
        })
        .op((Method::GET, "/v1/incidents/{id}/cases", "listIncidentCases"), list_cases, |o| {
            let why = "Shows those cases of the incident that the caller may read anyway, newest first. How \
                       many there are stands in the incident.";
            o.says(TAG, "List the cases of an incident", why).lists::<CaseView>(&[])
        })
}

fn links(table: Table) -> Table {
    let link_path = "/v1/cases/{id}/link-incident";
    table
        .op((Method::POST, link_path, "linkIncident"), link, |o| {
            o.says(
                TAG,
                "Say in which incident the person was found",
                "For the coordinator of the case and the supervisor, who may know the incident (422 \
                 `reference-unknown` else). Said twice, it is the same. 409 `illegal-transition` if the case \
                 belongs to another incident: take it off that one first.",
            )
            .takes::<IncidentLinkBody>(
                json!({"incident_id": "0c6ab5c5-4a2f-4b1d-9c6b-2d1f3a4b5c6d"}),
            )
            .shows::<CaseView>()
        })
        .op((Method::POST, "/v1/cases/{id}/unlink-incident", "unlinkIncident"), unlink, |o| {
            o.says(
                TAG,
                "Take a case off its incident",
                "Says why the person was not found there after all. That it once belonged to it stays in the \
                 history (R13). 409 `illegal-transition` if it belongs to none.",
            )
            .takes::<IncidentUnlinkBody>(json!({"reason": "linked_in_error"}))
            .shows::<CaseView>()
        })
}

fn open(reading: &mut Reading<'_>, id: &IncidentId) -> Stored<(Event, IncidentView)> {
    let (event, permit) = incidents::open(reading, id)?;
    Ok((event, IncidentView::of(reading.actor()?, &permit)))
}

/// Records an incident.
async fn create(
    caller: Caller<CreateIncident>,
    body: Body<IncidentBody>,
) -> Result<Reply<IncidentView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, body.id.is_some())?;
    let profile = caller.app().profile().clone();
    let new = body.into_new();
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| incidents::create(tx, &profile, &new);
            once(tx, key.as_ref(), act, open)
        })
        .await?;
    Ok(Reply::created(view))
}

/// Shows an incident.
async fn read(
    caller: Caller<ReadIncident>,
    id: PathId<IncidentId>,
) -> Result<Reply<IncidentView>, Problem> {
    shown(caller, move |reading| open(reading, &id.0)).await
}

/// Lists incidents.
async fn list(
    caller: Caller<ReadIncident>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let look =
        move |reading: &mut Reading<'_>, after: Option<(Instant, IncidentId)>, limit: RowLimit| {
            let (event, found) = incidents::list(reading, after, limit)?;
            let actor = reading.actor()?;
            Ok((event, found.map(|permit| IncidentView::of(actor, &permit))))
        };
    listed(caller, ("incident.list", ""), query.0, look, |view: &IncidentView| {
        (view.created_at, view.id.clone())
    })
    .await
}

/// Corrects an incident.
async fn edit(
    caller: Caller<EditIncident>,
    id: PathId<IncidentId>,
    version: IfMatch,
    body: Body<IncidentPatch>,
) -> Result<Reply<IncidentView>, Problem> {
    let patch = body.into_inner();
    let (profile, correction) = (caller.app().profile().clone(), patch.correction());
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| {
                let target = (&id.0, version.expected());
                incidents::edit(tx, &profile, target, &correction, |facts, words| {
                    patch.apply(facts);
                    patch.apply_to_words(words)
                })
            };
            once(tx, None, act, open)
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Lists the cases of an incident.
async fn list_cases(
    caller: Caller<ReadIncidentCases>,
    id: PathId<IncidentId>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let belongs_to = id.0.to_string();
    let look =
        move |reading: &mut Reading<'_>, after: Option<(Instant, CaseId)>, limit: RowLimit| {
            let (event, found) = incidents::cases(reading, &id.0, after, limit)?;
            let (actor, now) = (reading.actor()?, reading.now());
            Ok((event, found.try_map(|permit| CaseView::of(actor, now, &permit))?))
        };
    listed(caller, ("incident.cases", &belongs_to), query.0, look, |view: &CaseView| {
        (view.created_at, view.id.clone())
    })
    .await
}

/// Says that a case belongs to an incident.
async fn link(
    caller: Caller<LinkIncident>,
    case: PathId<CaseId>,
    body: Body<IncidentLinkBody>,
) -> Result<Reply<CaseView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once(&digest);
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| incidents::link(tx, &case.0, &body.incident_id);
            once(tx, key.as_ref(), act, cases::open)
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Takes a case off its incident.
async fn unlink(
    caller: Caller<UnlinkIncident>,
    case: PathId<CaseId>,
    body: Body<IncidentUnlinkBody>,
) -> Result<Reply<CaseView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once(&digest);
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| incidents::unlink(tx, &case.0, body.reason);
            once(tx, key.as_ref(), act, cases::open)
        })
        .await?;
    Ok(Reply::shown(view))
}
