//! `/v1/me/sessions`

use actix_web::{Responder, http::Method};
use refero_domain::{
    id::SessionId,
    instant::Instant,
    policy::{ReadSession, RevokeSession},
};
use refero_store::{Result, sessions::Session, unit::Reading};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::{
    api::{
        caller::Caller,
        extract::{OptionalBody, PathId, Query},
        operation::Table,
        page::{Cursor, Filters, Limit},
        problem::Problem,
        reply::Done,
        v1::{Links, Nothing},
    },
    service::sessions,
};

/// A live session of the caller.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct SessionView {
    /// The session.
    id: SessionId,
    /// Whether it is the one of this request.
    current: bool,
    /// When the person signed in.
    created_at: Instant,
    /// When it was last refreshed.
    last_used_at: Instant,
    /// When it ends in any case.
    expires_at: Instant,
    /// What the caller could do with it.
    allowed_actions: Vec<&'static str>,
    /// Classes of data that exist and are not shown: none.
    #[schema(value_type = Vec<String>)]
    withheld: [&'static str; 0],
    /// Where to go from here.
    links: Links,
}

impl SessionView {
    fn of(reading: &Reading<'_>, session: &Session) -> Result<Self> {
        let here = reading.actor()?.session_id.as_ref();
        Ok(Self {
            id: session.id.clone(),
            current: here == Some(&session.id),
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            expires_at: session.expires_at,
            allowed_actions: vec!["revoke"],
            withheld: [],
            links: Links::to("revoke", format!("/v1/me/sessions/{}/revoke", session.id)),
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    #[serde(default)]
    limit: Limit,
    #[serde(default)]
    cursor: Option<Cursor>,
}

/// Lists the caller's live sessions.
async fn list(
    caller: Caller<ReadSession>,
    query: Query<ListQuery>,
) -> Result<impl Responder, Problem> {
    let (app, http) = (caller.app(), caller.http().clone());
    let principal = caller.user_id().as_str().to_owned();
    let pager = app.cursors().pager("session.list", Filters::of_query(&http), &principal);
    let ListQuery { limit, cursor } = query.0;
    let after: Option<(Instant, SessionId)> = pager.open(cursor.as_ref())?;
    let rules = app.sign_in().clone();
    let rows = caller
        .read(move |reading| {
            sessions::list(reading, &rules, after.as_ref(), limit.rows(), SessionView::of)
        })
        .await?;
    let page = pager.page(rows, |view: &SessionView| (view.created_at, view.id.clone()))?;
    Ok(page.respond(&http))
}

/// Ends one of the caller's sessions.
async fn revoke(
    caller: Caller<RevokeSession>,
    id: PathId<SessionId>,
    _: OptionalBody<Nothing>,
) -> Result<Done, Problem> {
    caller.write(move |tx| sessions::revoke(tx, &id.0)).await.map(|()| Done)
}

/// The operations on one's own sessions.
pub(super) fn table(table: Table) -> Table {
    const TAG: &str = "me";
    table
        .op((Method::GET, "/v1/me/sessions", "listMySessions"), list, |o| {
            o.says(
                TAG,
                "List my sessions",
                "Every session of the caller that is alive, newest first, to notice one that is \
                 somebody else's.",
            )
            .lists::<SessionView>(&[])
        })
        .op((Method::POST, "/v1/me/sessions/{id}/revoke", "revokeMySession"), revoke, |o| {
            o.says(
                TAG,
                "End one of my sessions",
                "For the telephone that was left on the bus: its tokens are dead with the next \
                 request. Ending a session twice changes nothing. 404 for a session of somebody \
                 else.",
            )
            .may_take::<Nothing>(json!({}))
            .answers_nothing()
        })
}
