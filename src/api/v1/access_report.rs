//! `GET /v1/audit/access-reports/{id}`

use actix_web::{Responder, http::Method};
use refero_domain::{
    id::{AuditEventId, OrganisationId, UserId},
    instant::Instant,
    policy::ReadAudit,
};
use refero_store::trail_query::TrailFilter;
use serde::Deserialize;
use uuid::Uuid;

use super::audit_events::AuditEventView;
use crate::{
    api::{
        caller::Caller,
        extract::{OneOf, PathId, Query},
        operation::{Table, Takes},
        page::{Cursor, Filters, Limit},
        problem::Problem,
    },
    service::trail,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReportQuery {
    #[serde(default)]
    actor_id: Option<UserId>,
    #[serde(default)]
    organisation_id: Option<OrganisationId>,
    #[serde(default)]
    action: OneOf<String>,
    #[serde(default)]
    request_id: Option<String>,
    #[serde(default)]
    from: Option<Instant>,
    #[serde(default)]
    to: Option<Instant>,
    #[serde(default)]
    limit: Limit,
    #[serde(default)]
    cursor: Option<Cursor>,
}

/// Lists who has seen or changed the file of a person.
async fn report(
    caller: Caller<ReadAudit>,
    PathId(id): PathId<Uuid>,
    query: Query<ReportQuery>,
) -> Result<impl Responder, Problem> {
    let (app, http) = (caller.app(), caller.http().clone());
    let principal = caller.user_id().as_str().to_owned();
    let pager = app.cursors().pager("audit.access-report", Filters::of_query(&http), &principal);
    let query = query.0;
    let after: Option<(Instant, AuditEventId)> = pager.open(query.cursor.as_ref())?;
    let limit = query.limit;
    let filter = TrailFilter {
        actor_id: query.actor_id.map(|id| id.as_str().to_owned()),
        organisation_id: query.organisation_id.map(|id| id.as_str().to_owned()),
        actions: query.action.into_vec(),
        request_id: query.request_id,
        from: query.from,
        to: query.to,
        ..TrailFilter::default()
    };
    let rows = caller
        .read(move |reading| {
            let show = AuditEventView::of;
            trail::access_report(reading, (&id, &filter), after.as_ref(), limit.rows(), show)
        })
        .await?;
    let page = pager.page(rows, |view: &AuditEventView| (view.at, view.id.clone()))?;
    Ok(page.respond(&http))
}

/// The operation on who has seen a person's file.
#[must_use]
pub fn table(table: Table) -> Table {
    table.op((Method::GET, "/v1/audit/access-reports/{id}", "getAccessReport"), report, |o| {
        o.says(
            "audit",
            "List who opened a person's file",
            "Newest first, for auditors and data protection officers: every reading, list, queue, \
             search, package and act that was answered, in any case of the person, with who, for \
             which organisation, why and by what right. The id is that of a case, a report or a \
             referral of the person, or the person's own. Ids and names of fields, never content \
             (R14). Refusals are in `/v1/audit-events`. The reading is an event of the file too, \
             `audit.read`.",
        )
        .lists::<AuditEventView>(&[
            ("actor_id", Takes::Id, "Only by this account."),
            ("organisation_id", Takes::Id, "Only for this organisation."),
            (
                "action",
                Takes::Words,
                "Only these acts, separated by commas: `case.read,identity.read`.",
            ),
            ("request_id", Takes::Word, "Only of this request."),
            ("from", Takes::Moment, "Only at or after this moment (RFC 3339 with offset)."),
            ("to", Takes::Moment, "Only before this moment (RFC 3339 with offset)."),
        ])
    })
}
