//! Identification decisions: what is decided about the person of a case, by whom, and what follows.

mod bodies;
mod view;

use actix_web::{Responder, http::Method};
use refero_domain::{
    event::Event,
    id::{CaseId, IdentificationDecisionId},
    policy::{
        CreateDecision, ReadDecision, RecordDecisionNotice, RequestDecisionReview, TakeBackDecision,
    },
};
use refero_store::{
    Result as Stored,
    rows::RowLimit,
    unit::{Reading, Tx},
};
use serde_json::json;

pub use self::{
    bodies::{DecisionNoticeBody, DecisionReviewBody, IdentificationDecisionBody},
    view::{DecisionNoticeView, DecisionReviewView, IdentificationDecisionView},
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
    service::identification::{self, Target},
};

const TAG: &str = "identification-decisions";
const PATH: &str = "/v1/cases/{id}/identification-decisions";
const ONE: &str = "/v1/cases/{id}/identification-decisions/{decision_id}";
const NOTICE: &str = "/v1/cases/{id}/identification-decisions/{decision_id}/record-notice";
const REVIEW: &str = "/v1/cases/{id}/identification-decisions/{decision_id}/request-review";
const TAKE_BACK: &str = "/v1/cases/{id}/identification-decisions/{decision_id}/take-back";

/// The operations on identification decisions.
#[must_use]
pub fn table(table: Table) -> Table {
    moves(dossier(table))
}

fn dossier(table: Table) -> Table {
    table
        .op((Method::POST, PATH, "createIdentificationDecision"), create, |o| {
            o.says(
                TAG,
                "Decide about the person",
                "Keeps a decision and moves the stage of identification; the work on the case and \
                 every referral go on as they are, whatever is decided. The bureau presumes \
                 (reasonable grounds), and only it; an emergency is presumed without a screening. A \
                 body that the country profile names identifies a presumed victim, and only it. A \
                 review is a decision of its own, by somebody else than who decided \
                 (403 `self-approval`). A person may decline, without a reason. 409 \
                 `illegal-transition` with the stage where it does not allow the decision.",
            )
            .takes::<IdentificationDecisionBody>(json!({
                "kind": "presumption",
                "outcome": "positive",
                "body_type": "non_police_government",
                "standard_of_proof": "reasonable_grounds",
                "intercepted": false,
                "legal_reference": "Act, section 3",
                "reasons": "Deceived about the work; documents withheld.",
                "evidence": ["File 12, page 3"],
                "decided_on": "2026-11-02"
            }))
            .creates::<IdentificationDecisionView>()
        })
        .op((Method::GET, PATH, "listIdentificationDecisions"), list, |o| {
            o.says(
                TAG,
                "List the decisions about the person",
                "Shows every decision in the order in which they were made, reviewed and replaced \
                 ones among them.",
            )
            .lists::<IdentificationDecisionView>(&[])
        })
        .op((Method::GET, ONE, "readIdentificationDecision"), read, |o| {
            let why = "Shows one decision with its reasons, what the person was told of it, and who \
                       asks for a review. A decision of another case does not exist here.";
            o.says(TAG, "Read a decision about the person", why)
                .shows::<IdentificationDecisionView>()
        })
}

fn moves(table: Table) -> Table {
    table
        .op((Method::POST, NOTICE, "recordDecisionNotice"), record_notice, |o| {
            o.says(
                TAG,
                "Record that the person was told",
                "Keeps in which language the person was told of the decision, how, on which day and \
                 with whose help. Once: 409 `illegal-transition` after that, and where the person \
                 declined.",
            )
            .takes::<DecisionNoticeBody>(json!({
                "language": "fr",
                "mode": "in_person",
                "interpreter": true,
                "notified_on": "2026-11-02"
            }))
            .if_match()
            .shows::<IdentificationDecisionView>()
        })
        .op((Method::POST, REVIEW, "requestDecisionReview"), request_review, |o| {
            o.says(
                TAG,
                "Ask for a review of a decision",
                "Brings the decision on which the stage rests under review: on appeal, for new facts, \
                 or for an error of procedure. What was begun for the person goes on meanwhile. 409 \
                 `illegal-transition` for a decision on which the stage does not rest.",
            )
            .takes::<DecisionReviewBody>(json!({"ground": "appeal", "asked_by": "person"}))
            .if_match()
            .shows::<IdentificationDecisionView>()
        })
        .op((Method::POST, TAKE_BACK, "takeBackDecision"), take_back, |o| {
            o.says(
                TAG,
                "Take back that the person declined",
                "The person wants to be identified after all, and stands where they stood before. 409 \
                 `illegal-transition` for any other decision.",
            )
            .may_take::<Nothing>(json!({}))
            .if_match()
            .shows::<IdentificationDecisionView>()
        })
}

fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &IdentificationDecisionId,
) -> Stored<(Event, IdentificationDecisionView)> {
    let (event, permit, told) = identification::open(reading, case, id)?;
    Ok((event, IdentificationDecisionView::of(&permit, reading.actor()?, &told)?))
}

/// Decides about the person.
async fn create(
    caller: Caller<CreateDecision>,
    case: PathId<CaseId>,
    body: Body<IdentificationDecisionBody>,
) -> Result<Reply<IdentificationDecisionView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, body.id.is_some())?;
    let profile = caller.app().profile().clone();
    let ruling = body.ruling();
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| identification::create(tx, &case.0, &ruling, &profile);
            once(tx, key.as_ref(), act, |reading, id| open(reading, &case.0, id))
        })
        .await?;
    Ok(Reply::created(view))
}

/// Shows a decision.
async fn read(
    caller: Caller<ReadDecision>,
    ids: PathIds<CaseId, IdentificationDecisionId>,
) -> Result<Reply<IdentificationDecisionView>, Problem> {
    shown(caller, move |reading| open(reading, &ids.0, &ids.1)).await
}

/// Lists the decisions of a case.
async fn list(
    caller: Caller<ReadDecision>,
    case: PathId<CaseId>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let belongs_to = case.0.to_string();
    let look = move |reading: &mut Reading<'_>, after: Option<i64>, limit: RowLimit| {
        let (event, permit, found) = identification::list(reading, &case.0, after, limit)?;
        let actor = reading.actor()?;
        let views = found.try_map(|told| IdentificationDecisionView::of(&permit, actor, &told))?;
        Ok((event, views))
    };
    listed(
        caller,
        ("identification-decision.list", &belongs_to),
        query.0,
        look,
        |view: &IdentificationDecisionView| view.number,
    )
    .await
}

/// Records that the person was told.
async fn record_notice(
    caller: Caller<RecordDecisionNotice>,
    ids: PathIds<CaseId, IdentificationDecisionId>,
    version: IfMatch,
    body: Body<DecisionNoticeBody>,
) -> Result<Reply<IdentificationDecisionView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once(&digest);
    let (to, notice) = (target(ids, version), body.notice());
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| identification::record_notice(tx, &to, &notice);
            once(tx, key.as_ref(), act, |reading, id| open(reading, &to.case_id, id))
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Asks for a review.
async fn request_review(
    caller: Caller<RequestDecisionReview>,
    ids: PathIds<CaseId, IdentificationDecisionId>,
    version: IfMatch,
    body: Body<DecisionReviewBody>,
) -> Result<Reply<IdentificationDecisionView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once(&digest);
    let to = target(ids, version);
    let view = caller
        .write(move |tx| {
            let why = (body.ground, body.asked_by);
            let act = |tx: &mut Tx<'_>| identification::request_review(tx, &to, why);
            once(tx, key.as_ref(), act, |reading, id| open(reading, &to.case_id, id))
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Takes back that the person declined.
async fn take_back(
    caller: Caller<TakeBackDecision>,
    ids: PathIds<CaseId, IdentificationDecisionId>,
    version: IfMatch,
    body: OptionalBody<Nothing>,
) -> Result<Reply<IdentificationDecisionView>, Problem> {
    let key = caller.once(&body.digest());
    let to = target(ids, version);
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| identification::take_back(tx, &to);
            once(tx, key.as_ref(), act, |reading, id| open(reading, &to.case_id, id))
        })
        .await?;
    Ok(Reply::shown(view))
}

fn target(ids: PathIds<CaseId, IdentificationDecisionId>, version: IfMatch) -> Target {
    Target { case_id: ids.0, id: ids.1, expected: version.expected() }
}
