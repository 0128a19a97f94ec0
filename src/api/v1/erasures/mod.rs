//! `/v1/erasure-requests` and `/v1/legal-holds`: forgetting a person, with four eyes (R10, R13).

mod holds;
mod receipt;

use actix_web::{Responder, http::Method};
use refero_domain::{
    case_code::CaseCode,
    erasure::{ErasureGround, ErasureState},
    event::Event,
    id::{CaseId, ErasureRequestId, UserId},
    instant::Instant,
    policy::{ApproveErasure, Class, DeclineErasure, Permit, ReadErasure, RequestErasure},
};
use refero_store::{
    Result as Stored,
    erasures::ErasureRow,
    unit::{Reading, Tx},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::{
    api::{
        caller::Caller,
        extract::{Body, Checked, IfMatch, OptionalBody, PathId, Query},
        operation::Table,
        page::Filters,
        problem::{FieldCode, FieldErrors, Problem},
        reply::{Reply, Representation},
        v1::{Links, Nothing, PageQuery, once},
    },
    service::erasures::{self, NamedCase},
};

pub use self::holds::{HoldBody, HoldView};

const TAG: &str = "erasure";

/// A request to forget the person of a case. It says nothing about anybody.
#[derive(Serialize, ToSchema)]
pub struct ErasureRequestView {
    /// The request.
    pub id: ErasureRequestId,
    /// The case.
    pub case_id: CaseId,
    /// Where it stands.
    pub state: ErasureState,
    /// Why.
    pub ground: ErasureGround,
    /// The number of the officer's own file, where the reasons are.
    pub file_reference: String,
    /// Who asked.
    pub requested_by: UserId,
    /// When.
    pub requested_at: Instant,
    /// Who approved or declined.
    pub decided_by: Option<UserId>,
    /// When.
    pub decided_at: Option<Instant>,
    /// For `If-Match`.
    pub version: i64,
    /// What this caller could do now.
    pub allowed_actions: Vec<&'static str>,
    /// Always empty: nothing is withheld.
    #[schema(value_type = Vec<Class>)]
    pub withheld: [Class; 0],
    /// Where to go from here.
    pub links: Links,
}

impl ErasureRequestView {
    fn of(permit: &Permit<ReadErasure, ErasureRow>, actor: &refero_domain::actor::Actor) -> Self {
        let row = permit.row();
        let request = &row.request;
        let address = format!("/v1/erasure-requests/{}", request.id);
        let links = match request.state.get() {
            ErasureState::CarriedOut => {
                Links::to("self", address.clone()).and("receipt", format!("{address}/receipt"))
            }
            ErasureState::Requested | ErasureState::Declined => Links::to("self", address),
        };
        Self {
            id: request.id.clone(),
            case_id: request.case_id.clone(),
            state: request.state.get(),
            ground: request.ground,
            file_reference: request.file_reference.clone(),
            requested_by: request.requested_by.clone(),
            requested_at: request.requested_at,
            decided_by: request.decided_by.clone(),
            decided_at: request.decided_at,
            version: request.version,
            allowed_actions: row.allowed_actions(actor),
            withheld: [],
            links,
        }
    }
}

impl Representation for ErasureRequestView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/erasure-requests/{}", self.id)
    }
}

/// A request to forget the person of a case, which is named by its id or by its code.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ErasureRequestBody {
    /// The case.
    #[serde(default)]
    pub case_id: Option<CaseId>,
    /// Or the code of the case, as on a letter.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub case_code: Option<CaseCode>,
    /// Why.
    pub ground: ErasureGround,
    /// The number of the officer's own file: 1 to 64 letters, digits and `-/._`. Words about the
    /// person do not belong here.
    #[schema(pattern = "^[0-9A-Za-z./_-]{1,64}$")]
    pub file_reference: String,
}

impl Checked for ErasureRequestBody {
    fn check(&self, errors: &mut FieldErrors) {
        named_once(self.case_id.as_ref(), self.case_code.as_ref(), errors);
        reference(&self.file_reference, errors);
    }
}

/// Insists on the id or the code, and not on both.
fn named_once(id: Option<&CaseId>, code: Option<&CaseCode>, errors: &mut FieldErrors) {
    match (id, code) {
        (None, None) => errors.add("/case_id", FieldCode::Required),
        (Some(_), Some(_)) => errors.add("/case_code", FieldCode::Inconsistent),
        (Some(_), None) | (None, Some(_)) => {}
    }
}

/// Returns how a case is named, once that is known to be so.
fn named(id: Option<CaseId>, code: Option<CaseCode>) -> Result<NamedCase, Problem> {
    let by_code = || code.map(NamedCase::Code);
    id.map(NamedCase::Id)
        .or_else(by_code)
        .ok_or_else(|| Problem::internal("a case that nobody named was let through"))
}

fn reference(text: &str, errors: &mut FieldErrors) {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-/._".contains(c);
    if text.is_empty() {
        errors.add("/file_reference", FieldCode::Required);
    } else if text.len() > 64 {
        errors.add("/file_reference", FieldCode::TooLong);
    } else if !text.chars().all(plain) {
        errors.add("/file_reference", FieldCode::Format);
    }
}

fn open(reading: &mut Reading<'_>, id: &ErasureRequestId) -> Stored<(Event, ErasureRequestView)> {
    let (event, permit) = erasures::open(reading, id)?;
    let view = ErasureRequestView::of(&permit, reading.actor()?);
    Ok((event, view))
}

/// Asks to forget.
async fn request(
    caller: Caller<RequestErasure>,
    body: Body<ErasureRequestBody>,
) -> Result<Reply<ErasureRequestView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, false)?;
    let case = named(body.case_id.clone(), body.case_code.clone())?;
    let view = caller
        .write(move |tx| {
            let act =
                |tx: &mut Tx<'_>| erasures::request(tx, &case, body.ground, &body.file_reference);
            once(tx, key.as_ref(), act, open)
        })
        .await?;
    Ok(Reply::created(view))
}

/// Shows a request.
async fn read(
    caller: Caller<ReadErasure>,
    id: PathId<ErasureRequestId>,
) -> Result<Reply<ErasureRequestView>, Problem> {
    let view = caller
        .read(move |reading| {
            let (event, view) = open(reading, &id.0)?;
            Ok(reading.disclose(event, view))
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Lists requests.
async fn list(
    caller: Caller<ReadErasure>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let (app, http) = (caller.app(), caller.http().clone());
    let principal = caller.user_id().as_str().to_owned();
    let pager = app.cursors().pager("erasure.list", Filters::of_query(&http), &principal);
    let PageQuery { limit, cursor } = query.0;
    let after: Option<(Instant, ErasureRequestId)> = pager.open(cursor.as_ref())?;
    let rows = caller
        .read(move |reading| {
            let (event, found) = erasures::list(reading, after, limit.rows())?;
            let actor = reading.actor()?;
            let views = found.map(|permit| ErasureRequestView::of(&permit, actor));
            Ok(reading.disclose(event, views))
        })
        .await?;
    let page =
        pager.page(rows, |view: &ErasureRequestView| (view.requested_at, view.id.clone()))?;
    Ok(page.respond(&http))
}

/// Approves, and forgets.
async fn approve(
    caller: Caller<ApproveErasure>,
    id: PathId<ErasureRequestId>,
    version: IfMatch,
    body: OptionalBody<Nothing>,
) -> Result<Reply<ErasureRequestView>, Problem> {
    let (_, digest) = body.into_parts();
    let key = caller.once(&digest);
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| erasures::approve(tx, &id.0, version.expected());
            once(tx, key.as_ref(), act, open)
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Declines.
async fn decline(
    caller: Caller<DeclineErasure>,
    id: PathId<ErasureRequestId>,
    version: IfMatch,
    body: OptionalBody<Nothing>,
) -> Result<Reply<ErasureRequestView>, Problem> {
    let (_, digest) = body.into_parts();
    let key = caller.once(&digest);
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| erasures::decline(tx, &id.0, version.expected());
            once(tx, key.as_ref(), act, open)
        })
        .await?;
    Ok(Reply::shown(view))
}

/// The operations on forgetting.
#[must_use]
pub fn table(table: Table) -> Table {
    let table = table
        .op((Method::POST, "/v1/erasure-requests", "requestErasure"), request, |o| {
            o.says(
                TAG,
                "Ask to forget a person",
                "A data protection officer asks that the person of a case is forgotten: by the id of \
                 the case, or the code on a letter. Another person has to approve (R10). 409 \
                 `illegal-transition` while another request waits, 410 `erased` if it is done.",
            )
            .takes::<ErasureRequestBody>(json!({
                "case_code": "UG-2026-7K3M-D",
                "ground": "request_of_person",
                "file_reference": "DPO/2026/14"
            }))
            .creates::<ErasureRequestView>()
        })
        .op((Method::GET, "/v1/erasure-requests", "listErasureRequests"), list, |o| {
            o.says(TAG, "List requests to forget", "Newest first, as far as the caller may see them.")
                .lists::<ErasureRequestView>(&[])
        })
        .op((Method::GET, "/v1/erasure-requests/{id}", "readErasureRequest"), read, |o| {
            let why = "Shows a request, also after it was carried out. It says nothing about anybody.";
            o.says(TAG, "Read a request to forget", why).shows::<ErasureRequestView>()
        });
    let table = table
        .op((Method::POST, "/v1/erasure-requests/{id}/approve", "approveErasure"), approve, |o| {
            let why = "A second person approves, and the person is forgotten at once: their key is \
                       destroyed, so that nothing that is sealed opens any more, here or in a copy; \
                       indexes and repeats go; codes for statistics and the audit trail stay, made \
                       coarser (R13). 403 `self-approval` (R10), 409 `legal-hold`, 409 \
                       `open-referrals` while a provider works with the person.";
            o.says(TAG, "Approve a request, and forget", why)
                .may_take::<Nothing>(json!({}))
                .if_match()
                .shows::<ErasureRequestView>()
        })
        .op((Method::POST, "/v1/erasure-requests/{id}/decline", "declineErasure"), decline, |o| {
            let why = "Nothing is forgotten. It can be asked for again.";
            o.says(TAG, "Decline a request to forget", why)
                .may_take::<Nothing>(json!({}))
                .if_match()
                .shows::<ErasureRequestView>()
        });
    holds::table(receipt::table(table))
}
