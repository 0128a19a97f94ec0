//! Bait cases: marked and seen by data protection officers alone.

use actix_web::{Responder, http::Method};
use refero_domain::{
    actor::Actor,
    case_code::CaseCode,
    event::Event,
    id::{BaitId, CaseId, UserId},
    instant::Instant,
    policy::{self, Action, Class, MarkBait, Permit, ReadBait, RemoveBait, SystemFacts},
};
use refero_store::{
    Result as Stored,
    baits::Bait,
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
        problem::Problem,
        reply::{Reply, Representation},
        v1::{Activity, Links, Nothing, PageQuery, once},
    },
    service::baits,
};

const TAG: &str = "alerts";

/// The operations on baits.
#[must_use]
pub fn table(table: Table) -> Table {
    table
        .op((Method::POST, "/v1/bait-cases", "markBaitCase"), mark, |o| {
            o.says(
                TAG,
                "Mark a case as bait",
                "Marks a case that nobody works on, so that any opening of it raises an alert. The \
                 case itself shows nothing of it. Marking twice marks once. 422 at `/case_code` if no \
                 case has the code.",
            )
            .takes::<BaitBody>(json!({"case_code": "UG-2026-7K3M-D"}))
            .creates::<BaitView>()
        })
        .op((Method::GET, "/v1/bait-cases", "listBaitCases"), list, |o| {
            let why = "Lists the baits that are laid, the newest first. For everybody else there are \
                       none.";
            o.says(TAG, "List bait cases", why).lists::<BaitView>(&[])
        })
        .op((Method::POST, "/v1/bait-cases/{id}/remove", "removeBaitCase"), remove, |o| {
            let why = "Takes the mark off: from now on opening the case raises nothing.";
            o.says(TAG, "Take a bait up", why)
                .may_take::<Nothing>(json!({}))
                .if_match()
                .shows::<BaitView>()
        })
}

/// Which case is marked.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BaitBody {
    /// The code of the case.
    #[schema(value_type = String)]
    pub case_code: CaseCode,
}

impl Checked for BaitBody {}

/// A case that is marked as bait.
#[derive(Clone, Serialize, ToSchema)]
pub struct BaitView {
    /// The mark.
    pub id: BaitId,
    /// The case.
    pub case_id: CaseId,
    /// Who marked it.
    pub marked_by: UserId,
    /// When.
    pub marked_at: Instant,
    /// Until when it was one.
    pub removed_at: Option<Instant>,
    /// Whether it is laid.
    pub state: Activity,
    /// For `If-Match`.
    pub version: i64,
    /// The moves that the caller could make now.
    pub allowed_actions: Vec<&'static str>,
    /// Classes of data that exist and are not shown: of the case nothing is shown.
    #[schema(value_type = Vec<Class>)]
    pub withheld: [Class; 2],
    /// Where to go from here.
    pub links: Links,
}

impl BaitView {
    fn of(permit: &Permit<ReadBait, Bait>, actor: &Actor) -> Self {
        let bait = permit.row().clone();
        let is_laid = bait.removed_at.is_none();
        let may_remove = is_laid && policy::may(RemoveBait::NAME, actor, &SystemFacts);
        Self {
            state: Activity::of(is_laid),
            allowed_actions: may_remove.then_some("remove").into_iter().collect(),
            withheld: [Class::CaseRestricted, Class::IdentitySealed],
            links: Links::to("remove", format!("/v1/bait-cases/{}/remove", bait.id)),
            id: bait.id,
            case_id: bait.case_id,
            marked_by: bait.marked_by,
            marked_at: bait.marked_at,
            removed_at: bait.removed_at,
            version: bait.version,
        }
    }
}

impl Representation for BaitView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }

    fn location(&self) -> String {
        "/v1/bait-cases".to_owned()
    }
}

fn open(reading: &mut Reading<'_>, id: &BaitId) -> Stored<(Event, BaitView)> {
    let (event, permit) = baits::open(reading, id)?;
    Ok((event, BaitView::of(&permit, reading.actor()?)))
}

/// Marks a case as bait.
async fn mark(caller: Caller<MarkBait>, body: Body<BaitBody>) -> Result<Reply<BaitView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, false)?;
    let view = caller
        .write(move |tx| once(tx, key.as_ref(), |tx| baits::mark(tx, &body.case_code), open))
        .await?;
    Ok(Reply::created(view))
}

/// Lists the baits that are laid.
async fn list(
    caller: Caller<ReadBait>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let (app, http) = (caller.app(), caller.http().clone());
    let principal = caller.user_id().as_str().to_owned();
    let pager = app.cursors().pager(ReadBait::NAME, Filters::of_query(&http), &principal);
    let PageQuery { limit, cursor } = query.0;
    let after: Option<(Instant, BaitId)> = pager.open(cursor.as_ref())?;
    let rows = caller
        .read(move |reading| {
            let (event, found) = baits::list(reading, after.as_ref(), limit.rows())?;
            let actor = reading.actor()?.clone();
            let views = found.map(|permit| BaitView::of(&permit, &actor));
            Ok(reading.disclose(event, views))
        })
        .await?;
    let page = pager.page(rows, |view: &BaitView| (view.marked_at, view.id.clone()))?;
    Ok(page.respond(&http))
}

/// Takes a bait up.
async fn remove(
    caller: Caller<RemoveBait>,
    id: PathId<BaitId>,
    version: IfMatch,
    body: OptionalBody<Nothing>,
) -> Result<Reply<BaitView>, Problem> {
    let key = caller.once(&body.digest());
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| baits::remove(tx, &id.0, version.expected());
            once(tx, key.as_ref(), act, open)
        })
        .await?;
    Ok(Reply::shown(view))
}
