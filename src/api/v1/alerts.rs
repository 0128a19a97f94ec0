//! Alerts: what an office has to look at now.

use actix_web::{Responder, http::Method};
use refero_domain::{
    actor::{Actor, ActorRole},
    alert::{AlertKind, AlertState},
    event::Event,
    id::{AlertId, CaseId, UserId},
    instant::Instant,
    policy::{AcknowledgeAlert, Action, Class, Permit, ReadAlert},
};
use refero_store::{Result as Stored, alerts::Alert, unit::Reading};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::{
    api::{
        caller::Caller,
        extract::{IfMatch, OptionalBody, PathId, Query},
        operation::{Table, Takes},
        page::{Cursor, Filters, Limit},
        problem::Problem,
        reply::{Reply, Representation},
        v1::{Links, Nothing, once},
    },
    service::alerts,
};

const TAG: &str = "alerts";

/// The operations on alerts.
#[must_use]
pub fn table(table: Table) -> Table {
    table
        .op((Method::GET, "/v1/alerts", "listAlerts"), list, |o| {
            o.says(
                TAG,
                "List alerts",
                "Lists what the caller's office has to look at, the newest first: supervisors see \
                 what concerns their area, data protection officers and administrators what is for \
                 them. Nobody sees an alert about themselves. An alert tells kinds and ids, nothing \
                 about a person.",
            )
            .lists::<AlertView>(&[(
                "state",
                Takes::Code(AlertState::CODES),
                "Only those that stand so.",
            )])
        })
        .op((Method::GET, "/v1/alerts/{id}", "readAlert"), read, |o| {
            let why = "Shows one alert of the caller's office. One that is for another office, or \
                       about the caller, does not exist here.";
            o.says(TAG, "Read an alert", why).shows::<AlertView>()
        })
        .op((Method::POST, "/v1/alerts/{id}/acknowledge", "acknowledgeAlert"), acknowledge, |o| {
            let why = "Says that the caller looks into the alert, so that colleagues need not. 409 \
                       `illegal-transition` if somebody does already. It stays in the list.";
            o.says(TAG, "Acknowledge an alert", why)
                .may_take::<Nothing>(json!({}))
                .if_match()
                .shows::<AlertView>()
        })
}

/// An alert.
#[derive(Clone, Serialize, ToSchema)]
pub struct AlertView {
    /// The alert.
    pub id: AlertId,
    /// What it is about.
    pub kind: AlertKind,
    /// The role that is told.
    pub audience: ActorRole,
    /// The area whose office is told; everywhere if null.
    pub area: Option<String>,
    /// The account it is about.
    pub about_user_id: Option<UserId>,
    /// The case it is about.
    pub case_id: Option<CaseId>,
    /// The kind of thing it is about, if it is not the case.
    pub object_type: Option<String>,
    /// That thing.
    pub object_id: Option<String>,
    /// When it was raised.
    pub raised_at: Instant,
    /// Who looks into it.
    pub acknowledged_by: Option<UserId>,
    /// Since when.
    pub acknowledged_at: Option<Instant>,
    /// When it was handed to the outside channel.
    pub handed_over_at: Option<Instant>,
    /// Where it stands.
    pub state: AlertState,
    /// For `If-Match`.
    pub version: i64,
    /// The moves that the caller could make now.
    pub allowed_actions: Vec<&'static str>,
    /// Classes of data that exist and are not shown: none.
    #[schema(value_type = Vec<Class>)]
    pub withheld: [Class; 0],
    /// Where to go from here.
    pub links: Links,
}

impl AlertView {
    fn of(permit: &Permit<ReadAlert, Alert>, actor: &Actor) -> Self {
        let alert = permit.row().clone();
        let links = Links::to("self", format!("/v1/alerts/{}", alert.id));
        let links = match &alert.case_id {
            Some(case) => links.and("case", format!("/v1/cases/{case}")),
            None => links,
        };
        Self {
            state: alert.state(),
            allowed_actions: alert.allowed_actions(actor),
            withheld: [],
            links,
            id: alert.id,
            kind: alert.kind,
            audience: alert.audience,
            area: alert.area,
            about_user_id: alert.about_user,
            case_id: alert.case_id,
            object_type: alert.object_type,
            object_id: alert.object_id,
            raised_at: alert.raised_at,
            acknowledged_by: alert.acknowledged_by,
            acknowledged_at: alert.acknowledged_at,
            handed_over_at: alert.handed_over_at,
            version: alert.version,
        }
    }
}

impl Representation for AlertView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }

    fn location(&self) -> String {
        format!("/v1/alerts/{}", self.id)
    }
}

/// Which alerts are listed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    #[serde(default)]
    limit: Limit,
    #[serde(default)]
    cursor: Option<Cursor>,
    #[serde(default)]
    state: Option<AlertState>,
}

fn open(reading: &mut Reading<'_>, id: &AlertId) -> Stored<(Event, AlertView)> {
    let (event, permit) = alerts::open(reading, id)?;
    Ok((event, AlertView::of(&permit, reading.actor()?)))
}

/// Lists the alerts of the caller's office.
async fn list(
    caller: Caller<ReadAlert>,
    query: Query<ListQuery>,
) -> Result<impl Responder, Problem> {
    let (app, http) = (caller.app(), caller.http().clone());
    let principal = caller.user_id().as_str().to_owned();
    let pager = app.cursors().pager(ReadAlert::NAME, Filters::of_query(&http), &principal);
    let ListQuery { limit, cursor, state } = query.0;
    let after: Option<(Instant, AlertId)> = pager.open(cursor.as_ref())?;
    let rows = caller
        .read(move |reading| {
            let (event, found) = alerts::list(reading, state, after.as_ref(), limit.rows())?;
            let actor = reading.actor()?.clone();
            let views = found.map(|permit| AlertView::of(&permit, &actor));
            Ok(reading.disclose(event, views))
        })
        .await?;
    let page = pager.page(rows, |view: &AlertView| (view.raised_at, view.id.clone()))?;
    Ok(page.respond(&http))
}

/// Shows an alert.
async fn read(caller: Caller<ReadAlert>, id: PathId<AlertId>) -> Result<Reply<AlertView>, Problem> {
    let view = caller
        .read(move |reading| {
            let (event, view) = open(reading, &id.0)?;
            Ok(reading.disclose(event, view))
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Says that the caller looks into an alert.
async fn acknowledge(
    caller: Caller<AcknowledgeAlert>,
    id: PathId<AlertId>,
    version: IfMatch,
    body: OptionalBody<Nothing>,
) -> Result<Reply<AlertView>, Problem> {
    let key = caller.once(&body.digest());
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut refero_store::unit::Tx<'_>| {
                alerts::acknowledge(tx, &id.0, version.expected())
            };
            once(tx, key.as_ref(), act, open)
        })
        .await?;
    Ok(Reply::shown(view))
}
