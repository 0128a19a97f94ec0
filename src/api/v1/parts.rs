//! What belongs to a case or a referral: shown one by one, and page by page.

use actix_web::HttpResponse;
use refero_domain::{event::Event, policy::Action};
use refero_store::{
    Result as Stored,
    rows::{RowLimit, Rows},
    unit::Reading,
};
use serde::{Serialize, de::DeserializeOwned};

use super::PageQuery;
use crate::api::{
    caller::Caller,
    page::Filters,
    problem::Problem,
    reply::{Reply, Representation},
};

/// Shows one thing, after the event of it is durable.
pub(in crate::api) async fn shown<A: Action, V: Representation + Send + 'static>(
    caller: Caller<A>,
    open: impl FnOnce(&mut Reading<'_>) -> Stored<(Event, V)> + Send + 'static,
) -> Result<Reply<V>, Problem> {
    let view = caller
        .read(move |reading| {
            let (event, view) = open(reading)?;
            Ok(reading.disclose(event, view))
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Shows a page of a list of what belongs to something. The cursor is good for that list of that thing,
/// and for the caller alone; `place` says where a row stands in it.
pub(in crate::api) async fn listed<A, K, V>(
    caller: Caller<A>,
    (list, of): (&'static str, &str),
    PageQuery { limit, cursor }: PageQuery,
    look: impl FnOnce(&mut Reading<'_>, Option<K>, RowLimit) -> Stored<(Event, Rows<V>)>
    + Send
    + 'static,
    place: impl Fn(&V) -> K,
) -> Result<HttpResponse, Problem>
where
    A: Action,
    K: Serialize + DeserializeOwned + Send + 'static,
    V: Serialize + Send + 'static,
{
    let (app, http) = (caller.app(), caller.http().clone());
    let principal = format!("{} {of}", caller.user_id());
    let pager = app.cursors().pager(list, Filters::of_query(&http), &principal);
    let after: Option<K> = pager.open(cursor.as_ref())?;
    let rows = caller
        .read(move |reading| {
            let (event, views) = look(reading, after, limit.rows())?;
            Ok(reading.disclose(event, views))
        })
        .await?;
    Ok(pager.page(rows, place)?.respond(&http))
}

/// Declares the handlers of acts on a part of a case, which all have one shape: the version that the client
/// read, a body, one transaction, and the part as it is then.
macro_rules! acts {
    (
        on $id:ty, $target:ident, shown as $view:ty,
            by |$reading:ident, $of:ident, $known:ident, $one:ident| $open:expr;
        $($(#[$doc:meta])* $name:ident: $action:ty, $body:ty
            => |$tx:ident, $profile:ident, $to:ident, $said:ident| $act:expr;)+
    ) => {
        $(
            $(#[$doc])*
            pub(super) async fn $name(
                caller: $crate::api::caller::Caller<$action>,
                ids: $crate::api::extract::PathIds<refero_domain::id::CaseId, $id>,
                version: $crate::api::extract::IfMatch,
                body: $body,
            ) -> Result<$crate::api::reply::Reply<$view>, $crate::api::problem::Problem> {
                let (said, digest) = body.into_parts();
                let key = caller.once(&digest);
                let profile = caller.app().profile().clone();
                let to = $target { case_id: ids.0, id: ids.1, expected: version.expected() };
                let view = caller
                    .write(move |tx| {
                        let ($to, $profile, $said) = (&to, &profile, &said);
                        let act = |$tx: &mut refero_store::unit::Tx<'_>| $act;
                        $crate::api::v1::once(tx, key.as_ref(), act, |$reading, $one| {
                            let ($of, $known) = (&profile, &to);
                            $open
                        })
                    })
                    .await?;
                Ok($crate::api::reply::Reply::shown(view))
            }
        )+
    };
}

pub(in crate::api) use acts;
