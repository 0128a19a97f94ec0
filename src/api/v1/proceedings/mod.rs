//! Proceedings, their hearings, and who is alleged to have exploited the person (R8).

mod bodies;
mod hearings;
mod perpetrators;
mod table;
mod view;

use actix_web::Responder;
use refero_domain::{
    event::Event,
    id::{CaseId, ProceedingId},
    instant::Instant,
    policy::{
        AdvanceProceeding, EditProceeding, EndIdentitySharing, OpenProceeding, ReadProceeding,
        ShareIdentity,
    },
};
use refero_store::{
    Error, Result as Stored,
    rows::RowLimit,
    unit::{Reading, Tx},
};

pub use self::{
    bodies::{AdvanceBody, IdentitySharingBody, ProceedingBody, ProceedingPatch},
    hearings::{HearingBody, HearingOutcomeBody, HearingView},
    perpetrators::{AllegedPerpetratorBody, AllegedPerpetratorView},
    table::table,
    view::ProceedingView,
};
use crate::{
    api::{
        caller::Caller,
        extract::{Body, IfMatch, OptionalBody, PathId, PathIds, Query},
        problem::Problem,
        reply::Reply,
        v1::{
            Nothing, PageQuery, once,
            parts::{listed, shown},
        },
    },
    service::proceedings::{self, Target},
};

const TAG: &str = "proceedings";

fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &ProceedingId,
) -> Stored<(Event, ProceedingView)> {
    let (event, permit, offence) = proceedings::open(reading, case, id)?;
    Ok((event, ProceedingView::of(&permit, offence, reading.actor()?)))
}

fn target(ids: PathIds<CaseId, ProceedingId>, version: IfMatch) -> Target {
    Target { case_id: ids.0, id: ids.1, expected: version.expected() }
}

/// Opens a proceeding.
async fn create(
    caller: Caller<OpenProceeding>,
    case: PathId<CaseId>,
    body: Body<ProceedingBody>,
) -> Result<Reply<ProceedingView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, body.id.is_some())?;
    let opening = body.opening();
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| proceedings::create(tx, &case.0, &opening);
            once(tx, key.as_ref(), act, |reading, id| open(reading, &case.0, id))
        })
        .await?;
    Ok(Reply::created(view))
}

/// Shows a proceeding.
async fn read(
    caller: Caller<ReadProceeding>,
    ids: PathIds<CaseId, ProceedingId>,
) -> Result<Reply<ProceedingView>, Problem> {
    shown(caller, move |reading| open(reading, &ids.0, &ids.1)).await
}

/// Lists the proceedings of a case.
async fn list(
    caller: Caller<ReadProceeding>,
    case: PathId<CaseId>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let belongs_to = case.0.to_string();
    let look = move |reading: &mut Reading<'_>,
                     after: Option<(Instant, ProceedingId)>,
                     limit: RowLimit| {
        let (event, found) = proceedings::list(reading, &case.0, after, limit)?;
        let actor = reading.actor()?;
        Ok((event, found.map(|permit| ProceedingView::of(&permit, None, actor))))
    };
    listed(caller, ("proceeding.list", &belongs_to), query.0, look, |view: &ProceedingView| {
        (view.created_at, view.id.clone())
    })
    .await
}

/// Corrects a proceeding.
async fn edit(
    caller: Caller<EditProceeding>,
    ids: PathIds<CaseId, ProceedingId>,
    version: IfMatch,
    body: Body<ProceedingPatch>,
) -> Result<Reply<ProceedingView>, Problem> {
    let (to, amendment) = (target(ids, version), body.into_inner().amendment());
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| proceedings::edit(tx, &to, &amendment);
            once(tx, None, act, |reading, id| open(reading, &to.case_id, id))
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Moves a proceeding on.
async fn advance(
    caller: Caller<AdvanceProceeding>,
    ids: PathIds<CaseId, ProceedingId>,
    version: IfMatch,
    body: Body<AdvanceBody>,
) -> Result<Reply<ProceedingView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once(&digest);
    let to = target(ids, version);
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| proceedings::advance(tx, &to, body.to);
            once(tx, key.as_ref(), act, |reading, id| open(reading, &to.case_id, id))
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Tells the authority who the person is.
async fn share_identity(
    caller: Caller<ShareIdentity>,
    ids: PathIds<CaseId, ProceedingId>,
    version: IfMatch,
    body: Body<IdentitySharingBody>,
) -> Result<Reply<ProceedingView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once(&digest);
    let profile = caller.app().profile().clone();
    let to = target(ids, version);
    let view = caller
        .write(move |tx| {
            let unchecked = || Error::broken("a body without a basis was let through");
            let basis = body.basis().ok_or_else(unchecked)?;
            let act = |tx: &mut Tx<'_>| proceedings::share_identity(tx, &profile, &to, &basis);
            once(tx, key.as_ref(), act, |reading, id| open(reading, &to.case_id, id))
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Stops telling the authority who the person is.
async fn end_sharing(
    caller: Caller<EndIdentitySharing>,
    ids: PathIds<CaseId, ProceedingId>,
    version: IfMatch,
    body: OptionalBody<Nothing>,
) -> Result<Reply<ProceedingView>, Problem> {
    let (_, digest) = body.into_parts();
    let key = caller.once(&digest);
    let to = target(ids, version);
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| proceedings::end_sharing(tx, &to);
            once(tx, key.as_ref(), act, |reading, id| open(reading, &to.case_id, id))
        })
        .await?;
    Ok(Reply::shown(view))
}
