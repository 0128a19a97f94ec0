//! `/v1/organisations/{id}/services`

mod members;
mod view;

use actix_web::{Responder, http::Method};
use refero_domain::{
    event::Event,
    id::{OrganisationId, ServiceId},
    policy::{CreateService, EditService, ReadOrganisation, ReportPlaces},
    profile::CountryProfile,
};
use refero_store::{
    Result as Stored,
    directory::{Service, ServiceFilter},
    unit::{Reading, Tx},
};
use serde::Deserialize;
use serde_json::json;

pub use self::{
    members::{FreePlacesBody, ServiceBody, ServicePatch},
    view::{FreePlacesView, ServiceView},
};
use crate::{
    api::{
        caller::Caller,
        extract::{Body, IfMatch, OneOf, PathId, PathIds, Query},
        operation::{Table, Takes},
        page::{Cursor, Filters, Limit},
        problem::Problem,
        reply::Reply,
    },
    service::directory,
};

fn open(
    reading: &mut Reading<'_>,
    place: (&OrganisationId, &ServiceId),
    profile: &CountryProfile,
) -> Stored<(Event, ServiceView)> {
    directory::open_service(reading, place, |reading, found| {
        ServiceView::of(reading, found, profile)
    })
}

/// Enters a service.
async fn create(
    caller: Caller<CreateService>,
    organisation: PathId<OrganisationId>,
    body: Body<ServiceBody>,
) -> Result<Reply<ServiceView>, Problem> {
    let (body, digest) = body.into_parts();
    let once = caller.once_or_id(&digest, body.id.is_some())?;
    let profile = caller.app().profile().clone();
    let organisation = organisation.0;
    caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| {
                let fields = body.fields();
                directory::create_service(tx, &organisation, body.id.clone(), &fields, &profile)
            };
            super::once(tx, once.as_ref(), act, |reading, id| {
                open(reading, (&organisation, id), &profile)
            })
        })
        .await
        .map(Reply::created)
}

/// Shows a service.
async fn read(
    caller: Caller<ReadOrganisation>,
    ids: PathIds<OrganisationId, ServiceId>,
) -> Result<Reply<ServiceView>, Problem> {
    let profile = caller.app().profile().clone();
    caller
        .read(move |reading| {
            let (event, view) = open(reading, (&ids.0, &ids.1), &profile)?;
            Ok(reading.disclose(event, view))
        })
        .await
        .map(Reply::shown)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    #[serde(default)]
    service_type: OneOf<String>,
    #[serde(default)]
    active: Option<bool>,
    #[serde(default)]
    limit: Limit,
    #[serde(default)]
    cursor: Option<Cursor>,
}

/// Lists the services of an organisation.
async fn list(
    caller: Caller<ReadOrganisation>,
    organisation: PathId<OrganisationId>,
    query: Query<ListQuery>,
) -> Result<impl Responder, Problem> {
    let (app, http) = (caller.app(), caller.http().clone());
    let principal = caller.user_id().as_str().to_owned();
    // The organisation is in the path and not among the filters, so the cursor is bound to it here.
    let operation = format!("service.list {}", organisation.0);
    let pager = app.cursors().pager(&operation, Filters::of_query(&http), &principal);
    let ListQuery { service_type, active, limit, cursor } = query.0;
    let after: Option<(String, ServiceId)> = pager.open(cursor.as_ref())?;
    let filter = ServiceFilter { types: service_type.into_vec(), active };
    let (organisation, profile) = (organisation.0, app.profile().clone());
    let rows = caller
        .read(move |reading| {
            let place = (after.as_ref(), limit.rows());
            let show =
                |reading: &Reading<'_>, found: &Service| ServiceView::of(reading, found, &profile);
            directory::list_services(reading, &organisation, &filter, place, show)
        })
        .await?;
    let page =
        pager.page(rows, |view: &ServiceView| (view.service_type.clone(), view.id.clone()))?;
    Ok(page.respond(&http))
}

/// Changes a service.
async fn edit(
    caller: Caller<EditService>,
    ids: PathIds<OrganisationId, ServiceId>,
    version: IfMatch,
    body: Body<ServicePatch>,
) -> Result<Reply<ServiceView>, Problem> {
    let patch = body.into_inner();
    let profile = caller.app().profile().clone();
    caller
        .write(move |tx| {
            let (place, change) = ((&ids.0, &ids.1), |fields| patch.apply(fields));
            let act = |tx: &mut Tx<'_>| {
                directory::edit_service(tx, place, version.expected(), change, &profile)
            };
            super::once(tx, None, act, |reading, _| open(reading, place, &profile))
        })
        .await
        .map(Reply::shown)
}

/// Says how many places are free.
async fn report_places(
    caller: Caller<ReportPlaces>,
    ids: PathIds<OrganisationId, ServiceId>,
    version: IfMatch,
    body: Body<FreePlacesBody>,
) -> Result<Reply<ServiceView>, Problem> {
    let count = body.into_inner().free_places;
    let profile = caller.app().profile().clone();
    caller
        .write(move |tx| {
            let place = (&ids.0, &ids.1);
            let act =
                |tx: &mut Tx<'_>| directory::report_places(tx, place, version.expected(), count);
            super::once(tx, None, act, |reading, _| open(reading, place, &profile))
        })
        .await
        .map(Reply::shown)
}

const TAG: &str = "organisations";

/// The operations on services.
#[must_use]
pub fn table(table: Table) -> Table {
    const ALL: &str = "/v1/organisations/{id}/services";
    const ONE: &str = "/v1/organisations/{id}/services/{service_id}";
    let table = table
        .op((Method::POST, ALL, "createService"), create, |o| {
            o.says(
                TAG,
                "Enter a service",
                "What the organisation offers, and to whom. Administrators everywhere, a provider's \
                 manager at their own organisation; 403 at another. The place of a shelter is \
                 never part of the directory (R9).",
            )
            .takes::<ServiceBody>(json!({
                "service_type": "safe_shelter",
                "name": "Shelter for girls",
                "capacity": 12,
                "languages": ["en", "fr"],
                "sexes": ["female"],
                "ages": "children_only",
                "accessibility": ["step_free_access"],
                "always_open": true,
                "regime": "open",
                "minimum_age": 12,
                "takes_emergencies": true
            }))
            .creates::<ServiceView>()
        })
        .op((Method::GET, ALL, "listServices"), list, |o| {
            o.says(TAG, "List an organisation's services", "Shows what an organisation offers and to whom, by type.").lists::<ServiceView>(&[
                ("service_type", Takes::Words, "Only of these types, separated by commas."),
                ("active", Takes::Flag, "`true`: only those that are offered now; `false`: only the others."),
            ])
        })
        .op((Method::GET, ONE, "readService"), read, |o| {
            o.says(
                TAG,
                "Read a service",
                "404 for a service of another organisation than the one in the address.",
            )
            .shows::<ServiceView>()
        })
        .op((Method::PATCH, ONE, "editService"), edit, |o| {
            o.says(
                TAG,
                "Change a service",
                "A merge patch (RFC 7396): absent members stay, null clears. Administrators \
                 everywhere, a provider's manager at their own organisation.",
            )
            .takes::<ServicePatch>(json!({"capacity": 10}))
            .if_match()
            .shows::<ServiceView>()
        });
    places(table)
}

/// The operation by which a provider says what is free.
fn places(table: Table) -> Table {
    const PLACES: &str = "/v1/organisations/{id}/services/{service_id}/free-places";
    table
        .op((Method::PUT, PLACES, "reportFreePlaces"), report_places, |o| {
            o.says(
                TAG,
                "Say how many places are free",
                "As of now, by the workers and managers of the provider; 403 at another. What was said goes \
                 stale after the hours of the country profile (`matching`): then nobody knows, which is not \
                 \"none\". 422 for more places than the service has, and where nothing is counted in places.",
            )
            .takes::<FreePlacesBody>(json!({"free_places": 3}))
            .if_match()
            .shows::<ServiceView>()
        })
}
