//! `/v1/audit-events`

use actix_web::{Responder, http::Method};
use refero_domain::{
    event::Outcome,
    id::{AuditEventId, CaseId, OrganisationId, UserId},
    instant::Instant,
    policy::ReadOwnAudit,
};
use refero_store::{
    Result,
    trail_query::{Reach, Recorded, TrailFilter},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    api::{
        caller::Caller,
        extract::{OneOf, Query},
        operation::{Table, Takes},
        page::{Cursor, Filters, Limit},
        problem::Problem,
    },
    service::trail,
};

/// What the trail says about an act: ids and names of fields, never what stood in them.
#[derive(Clone, Serialize, ToSchema)]
pub struct AuditEventView {
    /// The event.
    pub(super) id: AuditEventId,
    /// When.
    pub(super) at: Instant,
    /// Who acted; null if nobody was known.
    actor_id: Option<String>,
    /// The roles that they held at that moment.
    actor_roles: Vec<String>,
    /// The organisation that they acted for.
    organisation_id: Option<String>,
    /// The session.
    session_id: Option<String>,
    /// The act.
    #[schema(examples("referral.accept"))]
    action: String,
    /// `create`, `read`, `update`, `delete` or `execute`.
    #[schema(examples("update"))]
    operation: String,
    /// `success`, `refused` or `failed`.
    #[schema(examples("success"))]
    outcome: String,
    /// Why it was refused: a code of `/problems`.
    refusal_code: Option<String>,
    /// The stated purpose of access.
    purpose: Option<String>,
    /// The kind of thing acted on.
    object_type: Option<String>,
    /// Its id.
    object_id: Option<String>,
    /// Its version after the act.
    object_version: Option<i64>,
    /// The case concerned; null among one's own events.
    case_id: Option<String>,
    /// The place in the case's chain, from 1, without gaps; null among one's own events.
    case_seq: Option<i64>,
    /// The relation that permitted it; null among one's own events.
    permitted_by: Option<String>,
    /// The consent that it rests on, or `hmac-sha256:` and a commitment to what was written or
    /// handed out; null among one's own events.
    basis_id: Option<String>,
    /// The names of the fields that were read or written.
    fields: Vec<String>,
    /// How many records a list showed; or, in `stranger.refusals`, how many refusals of strangers
    /// there were beside those that are listed one by one.
    shown_count: Option<i64>,
    /// Their ids.
    shown_ids: Vec<String>,
    /// The request, as in the header `Request-Id`.
    request_id: Option<String>,
    /// The network it came from, cut to /24 or /48.
    network: Option<String>,
    /// The hash of the case's event before, in hexadecimal digits; null among one's own events.
    prev_hash: Option<String>,
    /// The hash of this event (RFC 6962 leaf hash of its canonical form).
    hash: String,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl AuditEventView {
    pub(super) fn of(recorded: &Recorded, reach: &Reach) -> Result<Self> {
        let mut found = recorded.clone();
        match reach {
            Reach::Everybody => {}
            // What would join an offer to its case, or two offers to one person (R1, R3).
            Reach::Own(_) => {
                found.case_id = None;
                found.case_seq = None;
                found.permitted_by = None;
                found.basis_id = None;
                found.prev_hash = None;
            }
        }
        Ok(Self {
            id: found.id,
            at: found.at,
            actor_id: found.actor_id,
            actor_roles: found.actor_roles.get()?,
            organisation_id: found.organisation_id,
            session_id: found.session_id,
            action: found.action,
            operation: found.operation,
            outcome: found.outcome,
            refusal_code: found.refusal_code,
            purpose: found.purpose,
            object_type: found.object_type,
            object_id: found.object_id,
            object_version: found.object_version,
            case_id: found.case_id,
            case_seq: found.case_seq,
            permitted_by: found.permitted_by,
            basis_id: found.basis_id,
            fields: found.fields.get()?,
            shown_count: found.shown_count,
            shown_ids: found.shown_ids.get()?,
            request_id: found.request_id,
            network: found.network,
            prev_hash: found.prev_hash.as_deref().map(hex),
            hash: hex(&found.hash),
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
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
    #[serde(default)]
    limit: Limit,
    #[serde(default)]
    cursor: Option<Cursor>,
}

/// Lists events.
async fn list(
    caller: Caller<ReadOwnAudit>,
    query: Query<ListQuery>,
) -> Result<impl Responder, Problem> {
    let (app, http) = (caller.app(), caller.http().clone());
    let principal = caller.user_id().as_str().to_owned();
    let pager = app.cursors().pager("audit.list", Filters::of_query(&http), &principal);
    let query = query.0;
    let after: Option<(Instant, AuditEventId)> = pager.open(query.cursor.as_ref())?;
    let limit = query.limit;
    let filter = TrailFilter {
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
    };
    let rows = caller
        .read(move |reading| {
            trail::list(reading, &filter, after.as_ref(), limit.rows(), AuditEventView::of)
        })
        .await?;
    let page = pager.page(rows, |view: &AuditEventView| (view.at, view.id.clone()))?;
    Ok(page.respond(&http))
}

/// The operation on the trail.
#[must_use]
pub fn table(table: Table) -> Table {
    table.op((Method::GET, "/v1/audit-events", "listAuditEvents"), list, |o| {
        o.says(
            "audit",
            "List audit events",
            "Newest first. Auditors and data protection officers see all of it; everybody else \
             sees what they did themselves (R14), without the cases that it belongs to (R1, R3). Ids and names of fields, never content. The \
             reading is an event too, `audit.read` or `audit.read-own`, with the ids that were \
             shown.",
        )
        .lists::<AuditEventView>(&[
            ("actor_id", Takes::Id, "Only by this account."),
            ("organisation_id", Takes::Id, "Only for this organisation."),
            (
                "action",
                Takes::Words,
                "Only these acts, separated by commas: `referral.accept,referral.decline`.",
            ),
            ("outcome", Takes::Code(Outcome::CODES), "Only `success`, `refused` or `failed`."),
            ("object_id", Takes::Id, "Only on this thing."),
            ("case_id", Takes::Id, "Only about this case; for those who see all of it."),
            ("shown_id", Takes::Id, "Only lists and queues that showed this case, report or referral."),
            ("request_id", Takes::Word, "Only of this request."),
            ("from", Takes::Moment, "Only at or after this moment (RFC 3339 with offset)."),
            ("to", Takes::Moment, "Only before this moment (RFC 3339 with offset)."),
        ])
    })
}
