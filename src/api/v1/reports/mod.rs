//! Detection reports: what a first responder registers.

mod columns;
mod members;
mod view;

use actix_web::{Responder, http::Method};
use refero_domain::{
    event::Event,
    id::DetectionReportId,
    instant::Instant,
    policy::{CreateReport, EditReport, ReadReport, SubmitReport},
    report::ReportState,
};
use refero_store::{
    Db,
    unit::{Reading, Tx},
};
use serde::Deserialize;
use serde_json::json;

pub(crate) use self::members::change;
pub use self::{
    members::{ReportBody, ReportPatch},
    view::{PossibleDuplicates, ReportView},
};
use crate::{
    api::{
        caller::Caller,
        extract::{Body, IfMatch, OptionalBody, PathId, Query},
        operation::{Table, Takes},
        page::{Cursor, Filters, Limit},
        problem::Problem,
        reply::Reply,
        v1::Nothing,
    },
    service::reports::{self, NewReport},
};

pub(super) fn open(
    reading: &mut Reading<'_>,
    id: &DetectionReportId,
) -> refero_store::Result<(Event, ReportView)> {
    let (event, permit) = reports::open(reading, id)?;
    Ok((event, ReportView::of(reading.actor()?, &permit)))
}

/// Adds what whoever submits is told of people who were there before.
pub(super) fn with_duplicates(db: &Db, now: Instant, view: ReportView) -> ReportView {
    let looked = view.case_id.as_ref().map(|case| reports::resembles_somebody(db, case, now));
    view.answering_submission(looked.flatten())
}

/// Registers a report.
async fn create(
    caller: Caller<CreateReport>,
    body: Body<ReportBody>,
) -> Result<Reply<ReportView>, Problem> {
    let (body, digest) = body.into_parts();
    let once = caller.once_or_id(&digest, body.id.is_some())?;
    let profile = caller.app().profile().clone();
    let (id, submit) = (body.id.clone(), body.submit);
    let (details, secrets) = body.into_parts();
    let new = NewReport { id, details, secrets, submit };
    let act = move |tx: &mut Tx<'_>| {
        let act = |tx: &mut Tx<'_>| reports::create(tx, &profile, &new);
        super::once(tx, once.as_ref(), act, open)
    };
    let view = caller.write_then(act, with_duplicates).await?;
    Ok(Reply::created(view))
}

/// Shows a report.
async fn read(
    caller: Caller<ReadReport>,
    id: PathId<DetectionReportId>,
) -> Result<Reply<ReportView>, Problem> {
    let view = caller
        .read(move |reading| {
            let (event, view) = open(reading, &id.0)?;
            Ok(reading.disclose(event, view))
        })
        .await?;
    Ok(Reply::shown(view))
}

/// How the list of reports is narrowed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    #[serde(default)]
    state: Option<ReportState>,
    #[serde(default)]
    limit: Limit,
    #[serde(default)]
    cursor: Option<Cursor>,
}

/// Lists reports.
async fn list(
    caller: Caller<ReadReport>,
    query: Query<ListQuery>,
) -> Result<impl Responder, Problem> {
    let (app, http) = (caller.app(), caller.http().clone());
    let principal = caller.user_id().as_str().to_owned();
    let pager = app.cursors().pager("report.list", Filters::of_query(&http), &principal);
    let ListQuery { state, limit, cursor } = query.0;
    let after: Option<(Instant, DetectionReportId)> = pager.open(cursor.as_ref())?;
    let rows = caller
        .read(move |reading| {
            let (event, permits) = reports::list(reading, state, after, limit.rows())?;
            let actor = reading.actor()?.clone();
            let views = permits.map(|permit| ReportView::listed(&actor, &permit));
            Ok(reading.disclose(event, views))
        })
        .await?;
    let page = pager.page(rows, |view: &ReportView| (view.created_at, view.id.clone()))?;
    Ok(page.respond(&http))
}

/// Changes a draft.
async fn edit(
    caller: Caller<EditReport>,
    id: PathId<DetectionReportId>,
    version: IfMatch,
    body: Body<ReportPatch>,
) -> Result<Reply<ReportView>, Problem> {
    let patch = body.into_inner();
    let profile = caller.app().profile().clone();
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| {
                reports::edit(tx, &profile, (&id.0, version.expected()), |details, secrets| {
                    patch.apply(details);
                    patch.apply_to_secrets(secrets)
                })
            };
            super::once(tx, None, act, open)
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Submits a draft.
async fn submit(
    caller: Caller<SubmitReport>,
    id: PathId<DetectionReportId>,
    version: IfMatch,
    body: OptionalBody<Nothing>,
) -> Result<Reply<ReportView>, Problem> {
    let once = caller.once(&body.digest());
    let profile = caller.app().profile().clone();
    let act = move |tx: &mut Tx<'_>| {
        let act = |tx: &mut Tx<'_>| reports::submit(tx, &profile, &id.0, version.expected());
        super::once(tx, once.as_ref(), act, open)
    };
    let view = caller.write_then(act, with_duplicates).await?;
    Ok(Reply::shown(view))
}

/// The operations on detection reports.
#[must_use]
#[expect(clippy::too_many_lines, reason = "a table reads as one: a row for each operation")]
pub fn table(table: Table) -> Table {
    const TAG: &str = "detection-reports";
    table
        .op((Method::POST, "/v1/detection-reports", "createDetectionReport"), create, |o| {
            o.says(
                TAG,
                "Register a report",
                "Keeps a draft, or with `submit` makes person, sealed identity and case at once. \
                 Every member is optional: a person without a name is registered all the same, and a \
                 person of unknown age is protected as a child (R6). Repeating the request under the \
                 same `id` or `Idempotency-Key` makes no second report.",
            )
            .takes::<ReportBody>(json!({
                "submit": true,
                "sex_reporting": "female",
                "age_status": "undetermined_presumed_child",
                "birth_year_estimate": 2009,
                "primary_language": "fr",
                "detection_source": "border_control",
                "detected_on": "2026-01-10",
                "immediate_danger": false,
                "risk_level": "high",
                "urgent_needs": ["safe_shelter", "medical_care"],
                "risk_answers": {"SF01": "unknown"},
                "indicators": ["DR01", "EX01"],
                "exploitation_types": ["forced_labour"],
                "identity": {"names": [{"text": "Ama K.", "kind": "as_heard"}]},
                "narrative": "Found at the border with a group of girls."
            }))
            .creates::<ReportView>()
        })
        .op((Method::GET, "/v1/detection-reports", "listDetectionReports"), list, |o| {
            o.says(
                TAG,
                "List reports",
                "Shows the reports that the caller may see, newest first: own drafts, and what the \
                 own organisation submitted. What a report tells in words, and who the person is, \
                 stands in the report alone.",
            )
            .lists::<ReportView>(&[("state", Takes::Code(ReportState::CODES), "Only `draft` or only `submitted`.")])
        })
        .op((Method::GET, "/v1/detection-reports/{id}", "readDetectionReport"), read, |o| {
            o.says(
                TAG,
                "Read a report",
                "Drafts belong to their author. After the bureau has claimed the case, the \
                 registering organisation sees where it stands, and no longer what it says.",
            )
            .shows::<ReportView>()
        })
        .op((Method::PATCH, "/v1/detection-reports/{id}", "editDetectionReport"), edit, |o| {
            o.says(
                TAG,
                "Change a draft",
                "A merge patch (RFC 7396): absent members stay, null clears. The earlier value stays \
                 in the history (R13).",
            )
            .takes::<ReportPatch>(json!({"risk_level": "critical", "narrative": null}))
            .if_match()
            .shows::<ReportView>()
        })
        .op(
            (Method::POST, "/v1/detection-reports/{id}/submit", "submitDetectionReport"),
            submit,
            |o| {
                o.says(
                    TAG,
                    "Submit a draft",
                    "Makes person, sealed identity and case, and starts the clocks. The answer \
                     carries `case_id`, `case_code` and `possible_duplicates`: whether \
                     somebody is registered already who may be the same person. If so the bureau \
                     will look (R12).",
                )
                .may_take::<Nothing>(json!({}))
                .if_match()
                .shows::<ReportView>()
            },
        )
}
