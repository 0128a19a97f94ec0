//! `GET /v1/audit/export`

use actix_web::{HttpResponse, http::Method};
use refero_domain::{
    event::Outcome,
    id::{CaseId, OrganisationId, UserId},
    instant::Instant,
    policy::ExportAudit,
};
use refero_store::{log::Proof, rows::RowLimit, trail_query::TrailFilter};
use refero_verify::{Pin, Sealing};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::audit_events::AuditEventView;
use crate::{
    api::{
        app::App,
        caller::Caller,
        extract::{OneOf, Query},
        operation::{Table, Takes},
        problem::Problem,
    },
    service::trail::{self, Taken},
};

/// Lines of JSON, one an event.
const MEDIA_TYPE: &str = "application/jsonl";

/// The most events of one export. Who needs more asks again, for another time.
const MOST: RowLimit = RowLimit::of(10_000);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExportQuery {
    #[serde(default)]
    actor_id: Option<UserId>,
    #[serde(default)]
    organisation_id: Option<OrganisationId>,
    #[serde(default)]
    action: OneOf<String>,
    #[serde(default)]
    outcome: Option<Outcome>,
    #[serde(default)]
    object_id: Option<Uuid>,
    #[serde(default)]
    case_id: Option<CaseId>,
    #[serde(default)]
    shown_id: Option<Uuid>,
    #[serde(default)]
    request_id: Option<String>,
    #[serde(default)]
    from: Option<Instant>,
    #[serde(default)]
    to: Option<Instant>,
}

impl From<ExportQuery> for TrailFilter {
    fn from(query: ExportQuery) -> Self {
        Self {
            actor_id: query.actor_id.map(|id| id.as_str().to_owned()),
            organisation_id: query.organisation_id.map(|id| id.as_str().to_owned()),
            actions: query.action.into_vec(),
            outcome: query.outcome,
            object_id: query.object_id.map(|id| id.to_string()),
            case_id: query.case_id.map(|id| id.as_str().to_owned()),
            shown_id: query.shown_id.map(|id| id.to_string()),
            request_id: query.request_id,
            from: query.from,
            to: query.to,
        }
    }
}

/// Writes events as lines of JSON, and the signature of the log below them.
async fn export(
    caller: Caller<ExportAudit>,
    query: Query<ExportQuery>,
) -> Result<HttpResponse, Problem> {
    let (app, filter) = (caller.app(), TrailFilter::from(query.0));
    let taken = caller
        .read(move |reading| trail::export(reading, &filter, MOST, AuditEventView::of))
        .await?;
    let text = sealed(&app, &taken)?;
    Ok(HttpResponse::Ok().content_type(MEDIA_TYPE).body(text))
}

fn sealed(app: &App, taken: &Taken<AuditEventView>) -> Result<String, Problem> {
    let Proof(note) = &taken.checkpoint;
    let newest = Pin::unchecked(note).map_err(Problem::internal)?;
    let (mut sealing, mut text) = (Sealing::default(), String::new());
    for event in &taken.events {
        let line = serde_json::to_string(event).map_err(Problem::internal)?;
        sealing.take(&line);
        text.push_str(&line);
        text.push('\n');
    }
    let signer = app.log().map_err(Problem::internal)?;
    let seal = signer.sign_text(&sealing.text(&newest, taken.is_whole));
    let seal = json!({"seal": seal.map_err(Problem::internal)?});
    Ok(format!("{text}{seal}\n"))
}

/// The operation that takes events out of the trail.
#[must_use]
pub fn table(table: Table) -> Table {
    table.op((Method::GET, "/v1/audit/export", "exportAuditEvents"), export, |o| {
        o.says(
            "audit",
            "Take events out of the trail, signed",
            "For auditors and data protection officers: at most 10,000 events, newest first, each a \
             line of JSON as `/v1/audit-events` shows it, and a last line whose `seal` is a note \
             that the log has signed (C2SP `signed-note`): how many lines, their SHA-256, whether \
             they are all that were sought, and the newest checkpoint. `refero audit sealed` checks \
             it. Ids and names of fields, never content. The reading is an event, `audit.export`, \
             with how many were taken. 404 before anything was signed.",
        )
        .asks(&[
            ("actor_id", Takes::Id, "Only by this account."),
            ("organisation_id", Takes::Id, "Only for this organisation."),
            ("action", Takes::Words, "Only these acts, separated by commas."),
            ("outcome", Takes::Code(Outcome::CODES), "Only `success`, `refused` or `failed`."),
            ("object_id", Takes::Id, "Only on this thing."),
            ("case_id", Takes::Id, "Only about this case."),
            ("shown_id", Takes::Id, "Only lists and queues that showed this case, report or referral."),
            ("request_id", Takes::Word, "Only of this request."),
            ("from", Takes::Moment, "Only at or after this moment (RFC 3339 with offset)."),
            ("to", Takes::Moment, "Only before this moment (RFC 3339 with offset)."),
        ])
        .texts(&[MEDIA_TYPE])
    })
}
