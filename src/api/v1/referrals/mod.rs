//! Referrals: an offer to one provider, its answer, and what acceptance discloses.

mod bodies;
mod moves;
mod package;
mod table;
mod view;

use actix_web::Responder;
use refero_domain::{
    event::Event,
    id::{CaseId, OrganisationId, ReferralId},
    instant::Instant,
    policy::{CreateReferral, EditReferral, ReadReferral, scope},
    reference::CodeLists,
    referral::{ReferralState, Urgency},
};
use refero_store::{
    Result as Stored,
    referrals::ReferralFilter,
    unit::{Reading, Tx},
};
use serde::Deserialize;

pub use self::{
    bodies::{ReferralBody, ReferralPatch},
    moves::{AcceptBody, CancelBody, CompleteBody, DeclineBody, WithdrawBody, WorkerBody},
    package::PackageView,
    table::table,
    view::{OfferView, ReferralView},
};
use crate::{
    api::{
        caller::Caller,
        extract::{Body, IfMatch, OneOf, PathId, Query},
        page::{Cursor, Filters, Limit},
        problem::{FieldCode, FieldError, Problem, ProblemCode},
        reply::Reply,
        v1::{
            once,
            service_match::{Saying, language_of},
        },
    },
    service::{
        referrals::{self, Target},
        service_match,
    },
};

fn open(reading: &mut Reading<'_>, id: &ReferralId) -> Stored<(Event, ReferralView)> {
    let (event, permit) = referrals::open(reading, id)?;
    Ok((event, ReferralView::of(&permit, (reading.actor()?, reading.now()))?))
}

/// Begins a referral, and sends it if asked to.
async fn create(
    caller: Caller<CreateReferral>,
    body: Body<ReferralBody>,
) -> Result<Reply<ReferralView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, body.id.is_some())?;
    let profile = caller.app().profile().clone();
    let proposal = body.proposal();
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| referrals::create(tx, &proposal, body.send, &profile);
            once(tx, key.as_ref(), act, open)
        })
        .await?;
    Ok(Reply::created(view))
}

/// Shows a referral, and whom to ask next if it came back.
async fn read(
    caller: Caller<ReadReferral>,
    id: PathId<ReferralId>,
) -> Result<Reply<ReferralView>, Problem> {
    let (http, profile) = (caller.http().clone(), caller.app().profile().clone());
    let judged_by = profile.clone();
    let (mut view, next, now) = caller
        .read(move |reading| {
            let (event, permit) = referrals::open(reading, &id.0)?;
            let view = ReferralView::of(&permit, (reading.actor()?, reading.now()))?;
            let (more, next) =
                service_match::next_best(reading, std::iter::once(&permit), &judged_by)?;
            let events = std::iter::once(event).chain(more).collect();
            Ok(reading.disclose_all(events, (view, next, reading.now())))
        })
        .await?;
    // The reader's language is looked up where something is said in words, and not before: without its
    // database the service would wait twice.
    if !next.is_empty() {
        let language = language_of(&http).await;
        view.put_next(&next, Saying { language, profile: &profile, now });
    }
    Ok(Reply::shown(view))
}

/// Changes a draft.
async fn edit(
    caller: Caller<EditReferral>,
    id: PathId<ReferralId>,
    version: IfMatch,
    body: Body<ReferralPatch>,
) -> Result<Reply<ReferralView>, Problem> {
    let profile = caller.app().profile().clone();
    let amendment = body.into_inner().amendment();
    let to = Target { id: id.0, expected: version.expected() };
    let view = caller
        .write(move |tx| once(tx, None, |tx| referrals::edit(tx, &to, &amendment, &profile), open))
        .await?;
    Ok(Reply::shown(view))
}

/// How the list is narrowed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    #[serde(default)]
    state: Option<OneOf<ReferralState>>,
    #[serde(default)]
    case_id: Option<CaseId>,
    #[serde(default)]
    organisation_id: Option<OrganisationId>,
    #[serde(default)]
    urgency: Option<OneOf<Urgency>>,
    #[serde(default)]
    overdue: Option<bool>,
    #[serde(default)]
    service_type: Option<String>,
    #[serde(default)]
    due_before: Option<Instant>,
    #[serde(default)]
    updated_since: Option<Instant>,
    #[serde(default)]
    limit: Limit,
    #[serde(default)]
    cursor: Option<Cursor>,
}

/// Refuses a service that does not exist: a typing mistake must not look like an empty list.
fn check_service(code: Option<&str>) -> Result<(), Problem> {
    if code.is_none_or(|code| CodeLists::embedded().contains("service_type", code)) {
        return Ok(());
    }
    let error = FieldError::in_parameter("service_type", FieldCode::NotInList);
    Err(Problem::new(ProblemCode::InvalidParameter).errors([error]))
}

/// Lists referrals.
async fn list(
    caller: Caller<ReadReferral>,
    query: Query<ListQuery>,
) -> Result<impl Responder, Problem> {
    let (app, http) = (caller.app(), caller.http().clone());
    let principal = caller.user_id().as_str().to_owned();
    let pager = app.cursors().pager("referral.list", Filters::of_query(&http), &principal);
    let query = query.0;
    check_service(query.service_type.as_deref())?;
    // The id alone: the other half of the order is looked up, for an offer does not show it.
    let after: Option<ReferralId> = pager.open(query.cursor.as_ref())?;
    let limit = query.limit;
    let filter = ReferralFilter {
        states: query.state.map(OneOf::into_vec).unwrap_or_default(),
        case_id: query.case_id,
        organisation_id: query.organisation_id,
        urgencies: query.urgency.map(OneOf::into_vec).unwrap_or_default(),
        overdue: query.overdue,
        service_type: query.service_type,
        due_before: query.due_before,
        updated_since: query.updated_since,
    };
    let rows = caller
        .read(move |reading| {
            let scope = scope::<ReadReferral>(reading.actor()?)?;
            let (event, permits) =
                referrals::list(reading, &scope, &filter, after.as_ref(), limit.rows())?;
            let seen_by = (reading.actor()?, reading.now());
            let views = permits.try_map(|permit| ReferralView::of(&permit, seen_by))?;
            Ok(reading.disclose(event, views))
        })
        .await?;
    let page = pager.page(rows, |view: &ReferralView| view.id.clone())?;
    Ok(page.respond(&http))
}
