//! `/v1/legal-holds`

use actix_web::{Responder, http::Method};
use refero_domain::{
    case_code::CaseCode,
    erasure::{HoldGround, HoldState},
    event::Event,
    id::{CaseId, LegalHoldId, UserId},
    instant::Instant,
    policy::{Class, Permit, PlaceHold, ReadHold, ReleaseHold},
};
use refero_store::{
    Result as Stored,
    erasures::HoldRow,
    unit::{Reading, Tx},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{TAG, named, named_once, reference};
use crate::{
    api::{
        caller::Caller,
        extract::{Body, Checked, IfMatch, OptionalBody, PathId, Query},
        operation::Table,
        page::Filters,
        problem::{FieldErrors, Problem},
        reply::{Reply, Representation},
        v1::{Links, Nothing, PageQuery, once},
    },
    service::erasures,
};

/// A legal hold: nothing of the case is erased while it stands.
#[derive(Serialize, ToSchema)]
pub struct HoldView {
    /// The hold.
    pub id: LegalHoldId,
    /// The case.
    pub case_id: CaseId,
    /// Where it stands.
    pub state: HoldState,
    /// Why.
    pub ground: HoldGround,
    /// The number of the proceedings or of the order.
    pub file_reference: String,
    /// Who placed it.
    pub placed_by: UserId,
    /// When.
    pub placed_at: Instant,
    /// Who asked to release it.
    pub release_requested_by: Option<UserId>,
    /// Who agreed.
    pub released_by: Option<UserId>,
    /// When.
    pub released_at: Option<Instant>,
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

impl HoldView {
    fn of(permit: &Permit<ReadHold, HoldRow>, actor: &refero_domain::actor::Actor) -> Self {
        let row = permit.row();
        let hold = &row.hold;
        Self {
            id: hold.id.clone(),
            case_id: hold.case_id.clone(),
            state: hold.state.get(),
            ground: hold.ground,
            file_reference: hold.file_reference.clone(),
            placed_by: hold.placed_by.clone(),
            placed_at: hold.placed_at,
            release_requested_by: hold.release_requested_by.clone(),
            released_by: hold.released_by.clone(),
            released_at: hold.released_at,
            version: hold.version,
            allowed_actions: row.allowed_actions(actor),
            withheld: [],
            links: Links::to("self", format!("/v1/legal-holds/{}", hold.id)),
        }
    }
}

impl Representation for HoldView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/legal-holds/{}", self.id)
    }
}

/// A legal hold on a case, which is named by its id or by its code.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldBody {
    /// The case.
    #[serde(default)]
    pub case_id: Option<CaseId>,
    /// Or the code of the case, as on a letter.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub case_code: Option<CaseCode>,
    /// Why.
    pub ground: HoldGround,
    /// The number of the proceedings or of the order: 1 to 64 letters, digits and `-/._`.
    #[schema(pattern = "^[0-9A-Za-z./_-]{1,64}$")]
    pub file_reference: String,
}

impl Checked for HoldBody {
    fn check(&self, errors: &mut FieldErrors) {
        named_once(self.case_id.as_ref(), self.case_code.as_ref(), errors);
        reference(&self.file_reference, errors);
    }
}

fn open(reading: &mut Reading<'_>, id: &LegalHoldId) -> Stored<(Event, HoldView)> {
    let (event, permit) = erasures::open_hold(reading, id)?;
    let view = HoldView::of(&permit, reading.actor()?);
    Ok((event, view))
}

/// Places a hold.
async fn place(
    caller: Caller<PlaceHold>,
    body: Body<HoldBody>,
) -> Result<Reply<HoldView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, false)?;
    let case = named(body.case_id.clone(), body.case_code.clone())?;
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| {
                erasures::place_hold(tx, &case, body.ground, &body.file_reference)
            };
            once(tx, key.as_ref(), act, open)
        })
        .await?;
    Ok(Reply::created(view))
}

/// Shows a hold.
async fn read(
    caller: Caller<ReadHold>,
    id: PathId<LegalHoldId>,
) -> Result<Reply<HoldView>, Problem> {
    let view = caller
        .read(move |reading| {
            let (event, view) = open(reading, &id.0)?;
            Ok(reading.disclose(event, view))
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Lists holds.
async fn list(
    caller: Caller<ReadHold>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let (app, http) = (caller.app(), caller.http().clone());
    let principal = caller.user_id().as_str().to_owned();
    let pager = app.cursors().pager("legal-hold.list", Filters::of_query(&http), &principal);
    let PageQuery { limit, cursor } = query.0;
    let after: Option<(Instant, LegalHoldId)> = pager.open(cursor.as_ref())?;
    let rows = caller
        .read(move |reading| {
            let (event, found) = erasures::list_holds(reading, after, limit.rows())?;
            let actor = reading.actor()?;
            let views = found.map(|permit| HoldView::of(&permit, actor));
            Ok(reading.disclose(event, views))
        })
        .await?;
    let page = pager.page(rows, |view: &HoldView| (view.placed_at, view.id.clone()))?;
    Ok(page.respond(&http))
}

/// Asks to release a hold, or agrees to it.
async fn release(
    caller: Caller<ReleaseHold>,
    id: PathId<LegalHoldId>,
    version: IfMatch,
    body: OptionalBody<Nothing>,
) -> Result<Reply<HoldView>, Problem> {
    let (_, digest) = body.into_parts();
    let key = caller.once(&digest);
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| erasures::release_hold(tx, &id.0, version.expected());
            once(tx, key.as_ref(), act, open)
        })
        .await?;
    Ok(Reply::shown(view))
}

/// The operations on legal holds.
pub(super) fn table(table: Table) -> Table {
    table
        .op((Method::POST, "/v1/legal-holds", "placeLegalHold"), place, |o| {
            let why = "While it stands, nothing of the case is erased (409 `legal-hold`). One person \
                       places it at once; two release it (R10).";
            o.says(TAG, "Place a legal hold", why)
                .takes::<HoldBody>(json!({
                    "case_code": "UG-2026-7K3M-D",
                    "ground": "criminal_proceedings",
                    "file_reference": "HCT-00-CR-12/2026"
                }))
                .creates::<HoldView>()
        })
        .op((Method::GET, "/v1/legal-holds", "listLegalHolds"), list, |o| {
            o.says(TAG, "List legal holds", "Newest first, as far as the caller may see them.")
                .lists::<HoldView>(&[])
        })
        .op((Method::GET, "/v1/legal-holds/{id}", "readLegalHold"), read, |o| {
            o.says(TAG, "Read a legal hold", "It says nothing about anybody.").shows::<HoldView>()
        })
        .op((Method::POST, "/v1/legal-holds/{id}/release", "releaseLegalHold"), release, |o| {
            let why = "The first call asks; a second person completes it (403 `self-approval`, R10).";
            o.says(TAG, "Release a legal hold, with four eyes", why)
                .may_take::<Nothing>(json!({}))
                .if_match()
                .shows::<HoldView>()
        })
}
