//! `GET /v1/users`, `GET` and `PATCH /v1/users/{id}`

use actix_web::Responder;
use refero_domain::{
    account::UserState,
    actor::ActorRole,
    id::{OrganisationId, UserId},
    policy::{EditUser, ReadUser},
};
use refero_store::{
    accounts::{ProfileChange, UserFilter},
    unit::Tx,
};
use serde::Deserialize;

use super::UserView;
use crate::{
    api::{
        caller::Caller,
        extract::{Body, IfMatch, OneOf, PathId, Query},
        page::{Cursor, Filters, Limit},
        problem::Problem,
        reply::Reply,
        v1::{me::ProfilePatch, once},
    },
    service::accounts,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    #[serde(default)]
    organisation_id: Option<OrganisationId>,
    #[serde(default)]
    role: Option<ActorRole>,
    #[serde(default)]
    state: OneOf<UserState>,
    #[serde(default)]
    limit: Limit,
    #[serde(default)]
    cursor: Option<Cursor>,
}

/// Lists accounts.
pub(super) async fn list(
    caller: Caller<ReadUser>,
    query: Query<ListQuery>,
) -> Result<impl Responder, Problem> {
    let (app, http) = (caller.app(), caller.http().clone());
    let principal = caller.user_id().as_str().to_owned();
    let pager = app.cursors().pager("user.list", Filters::of_query(&http), &principal);
    let ListQuery { organisation_id, role, state, limit, cursor } = query.0;
    let after: Option<(String, UserId)> = pager.open(cursor.as_ref())?;
    let filter = UserFilter { organisation_id, role, states: state.into_vec() };
    let rows = caller
        .read(move |reading| {
            accounts::list(reading, &filter, after.as_ref(), limit.rows(), UserView::of)
        })
        .await?;
    let page = pager.page(rows, |view: &UserView| (view.username.clone(), view.id.clone()))?;
    Ok(page.respond(&http))
}

/// Shows an account.
pub(super) async fn read(
    caller: Caller<ReadUser>,
    id: PathId<UserId>,
) -> Result<Reply<UserView>, Problem> {
    caller
        .read(move |reading| {
            let (event, view) = UserView::open(reading, &id.0)?;
            Ok(reading.disclose(event, view))
        })
        .await
        .map(Reply::shown)
}

/// Changes the name or language of an account.
pub(super) async fn edit(
    caller: Caller<EditUser>,
    id: PathId<UserId>,
    version: IfMatch,
    body: Body<ProfilePatch>,
) -> Result<Reply<UserView>, Problem> {
    let change: ProfileChange = body.into_inner().change();
    caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| accounts::edit(tx, &id.0, version.expected(), &change);
            once(tx, None, act, UserView::open)
        })
        .await
        .map(Reply::shown)
}
