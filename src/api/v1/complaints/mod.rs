//! Complaints and feedback of survivors, answered by somebody independent.

mod bodies;
mod view;

use actix_web::{Responder, http::Method};
use refero_domain::{
    event::Event,
    id::{CaseId, ComplaintId},
    instant::Instant,
    policy::{ConcludeComplaint, ExamineComplaint, ReadComplaint, ReceiveComplaint},
};
use refero_store::{
    Result as Stored,
    rows::RowLimit,
    unit::{Reading, Tx},
};
use serde_json::json;

pub use self::{
    bodies::{ComplaintBody, ComplaintConclusionBody},
    view::{ComplaintReceiptView, ComplaintView},
};
use crate::{
    api::{
        caller::Caller,
        extract::{Body, IfMatch, OptionalBody, PathId, PathIds, Query},
        operation::Table,
        problem::Problem,
        reply::Reply,
        v1::{
            Nothing, PageQuery, once,
            parts::{listed, shown},
        },
    },
    service::complaints as service,
};

fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &ComplaintId,
) -> Stored<(Event, ComplaintView)> {
    let (event, permit, found) = service::open(reading, case, id)?;
    Ok((event, ComplaintView::of(&permit, &found, reading.actor()?)))
}

/// Writes down what a survivor said.
async fn create(
    caller: Caller<ReceiveComplaint>,
    case: PathId<CaseId>,
    body: Body<ComplaintBody>,
) -> Result<Reply<ComplaintReceiptView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, body.id.is_some())?;
    let (id, heard, words) = body.heard();
    let view = caller
        .write(move |tx| {
            let act =
                |tx: &mut Tx<'_>| service::receive(tx, &case.0, (id.as_ref(), &heard, &words));
            once(tx, key.as_ref(), act, |reading, id| {
                let (event, found) = service::receipt(reading, &case.0, id)?;
                Ok((event, ComplaintReceiptView::of(&found)))
            })
        })
        .await?;
    Ok(Reply::created(view))
}

/// Shows a complaint.
async fn read(
    caller: Caller<ReadComplaint>,
    ids: PathIds<CaseId, ComplaintId>,
) -> Result<Reply<ComplaintView>, Problem> {
    shown(caller, move |reading| open(reading, &ids.0, &ids.1)).await
}

/// Lists the complaints of a case.
async fn list(
    caller: Caller<ReadComplaint>,
    case: PathId<CaseId>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let belongs_to = case.0.to_string();
    let look =
        move |reading: &mut Reading<'_>, after: Option<(Instant, ComplaintId)>, limit: RowLimit| {
            let (event, permit, found) = service::list(reading, &case.0, after, limit)?;
            let actor = reading.actor()?;
            Ok((event, found.map(|found| ComplaintView::of(&permit, &found, actor))))
        };
    listed(caller, ("complaint.list", &belongs_to), query.0, look, |view: &ComplaintView| {
        (view.created_at, view.id.clone())
    })
    .await
}

/// Takes a complaint up.
async fn examine(
    caller: Caller<ExamineComplaint>,
    ids: PathIds<CaseId, ComplaintId>,
    version: IfMatch,
    body: OptionalBody<Nothing>,
) -> Result<Reply<ComplaintView>, Problem> {
    let key = caller.once(&body.digest());
    let view = caller
        .write(move |tx| {
            let target = (&ids.0, &ids.1, version.expected());
            let act = |tx: &mut Tx<'_>| service::examine(tx, target);
            once(tx, key.as_ref(), act, |reading, id| open(reading, &ids.0, id))
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Concludes on a complaint.
async fn conclude(
    caller: Caller<ConcludeComplaint>,
    ids: PathIds<CaseId, ComplaintId>,
    version: IfMatch,
    body: Body<ComplaintConclusionBody>,
) -> Result<Reply<ComplaintView>, Problem> {
    let (body, digest) = body.into_parts();
    let (key, conclusion) = (caller.once(&digest), body.conclusion());
    let view = caller
        .write(move |tx| {
            let target = (&ids.0, &ids.1, version.expected());
            let act = |tx: &mut Tx<'_>| service::conclude(tx, target, &conclusion);
            once(tx, key.as_ref(), act, |reading, id| open(reading, &ids.0, id))
        })
        .await?;
    Ok(Reply::shown(view))
}

const TAG: &str = "complaints";
const PATH: &str = "/v1/cases/{id}/complaints";
const ONE: &str = "/v1/cases/{id}/complaints/{complaint_id}";

/// The operations on complaints.
#[must_use]
pub fn table(table: Table) -> Table {
    let table = table
        .op((Method::POST, PATH, "recordComplaint"), create, |o| {
            o.says(
                TAG,
                "Write down a complaint or feedback",
                "For everybody who works with the person: a survivor may say it to whom they trust. The answer \
                 is a receipt; who wrote it down does not see what becomes of it. It is never told in the \
                 timeline of the case, and whoever is complained about does not learn of it.",
            )
            .takes::<ComplaintBody>(json!({
                "kind": "complaint",
                "subject": "confidentiality",
                "channel": "in_person",
                "received_on": "2026-11-02",
                "words": "They told my employer where I sleep."
            }))
            .creates::<ComplaintReceiptView>()
        })
        .op((Method::GET, PATH, "listComplaints"), list, |o| {
            let why = "For supervisors who are independent: complaints about the caller's own organisation are \
                       not there, and whoever coordinates the case sees none. Newest first.";
            o.says(TAG, "List the complaints of a case", why).lists::<ComplaintView>(&[])
        })
        .op((Method::GET, ONE, "readComplaint"), read, |o| {
            let why = "Shows one complaint to a supervisor who is independent of it; to everybody else there is \
                       none.";
            o.says(TAG, "Read a complaint", why).shows::<ComplaintView>()
        });
    answering(table)
}

fn answering(table: Table) -> Table {
    table
        .op(
            (Method::POST, "/v1/cases/{id}/complaints/{complaint_id}/examine", "examineComplaint"),
            examine,
            |o| {
                let why = "Takes a complaint up: the caller is shown as who examines it.";
                o.says(TAG, "Take up a complaint", why)
                    .may_take::<Nothing>(json!({}))
                    .if_match()
                    .shows::<ComplaintView>()
            },
        )
        .op(
            (Method::POST, "/v1/cases/{id}/complaints/{complaint_id}/conclude", "concludeComplaint"),
            conclude,
            |o| {
                let why = "Says what was found, and what the person was told in their language. Nobody finds \
                           for or against somebody without having taken the complaint up (409 \
                           `illegal-transition`); what can be set right at once is `resolved`.";
                o.says(TAG, "Conclude on a complaint", why)
                    .takes::<ComplaintConclusionBody>(json!({
                        "outcome": "resolved",
                        "findings": "The guard had called; he is not at the shelter any more.",
                        "answer": "We have told you what we found, and found you another room.",
                        "answered_on": "2026-11-02",
                        "answer_language": "fr",
                        "answer_interpreter": true
                    }))
                    .if_match()
                    .shows::<ComplaintView>()
            },
        )
}
