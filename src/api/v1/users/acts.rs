//! `/v1/users/{id}/disable`, `/enable`, `/reset`, `/reset-second-factor`

use std::cell::Cell;

use refero_domain::{
    account::DisableReason,
    id::UserId,
    policy::{DisableUser, EnableUser, ResetSecondFactor, ResetUser},
};
use refero_store::unit::Tx;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{InvitedView, UserView};
use crate::{
    api::{
        caller::Caller,
        extract::{Checked, IfMatch, OptionalBody, PathId},
        problem::Problem,
        reply::Reply,
        v1::{Nothing, once},
    },
    authn::opaque::ActivationSecret,
    service::{accounts, second_factor},
};

/// Why a person is put out.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DisableBody {
    /// `disable_reason`, shown with the account until it is enabled.
    #[serde(default)]
    reason: Option<DisableReason>,
}

impl Checked for DisableBody {}

/// Puts a person out.
pub(super) async fn disable(
    caller: Caller<DisableUser>,
    id: PathId<UserId>,
    version: IfMatch,
    body: OptionalBody<DisableBody>,
) -> Result<Reply<UserView>, Problem> {
    let (DisableBody { reason }, digest) = body.into_parts();
    let repeat = caller.once(&digest);
    caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| accounts::disable(tx, &id.0, version.expected(), reason);
            once(tx, repeat.as_ref(), act, UserView::open)
        })
        .await
        .map(Reply::shown)
}

/// Lets a person back in.
pub(super) async fn enable(
    caller: Caller<EnableUser>,
    id: PathId<UserId>,
    version: IfMatch,
    body: OptionalBody<Nothing>,
) -> Result<Reply<UserView>, Problem> {
    let repeat = caller.once(&body.digest());
    caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| accounts::enable(tx, &id.0, version.expected());
            once(tx, repeat.as_ref(), act, UserView::open)
        })
        .await
        .map(Reply::shown)
}

/// Voids the password and shows a new secret, once.
pub(super) async fn reset(
    caller: Caller<ResetUser>,
    id: PathId<UserId>,
    version: IfMatch,
    body: OptionalBody<Nothing>,
) -> Result<Reply<InvitedView>, Problem> {
    let repeat = caller.once(&body.digest());
    let app = caller.app();
    let secret = ActivationSecret::generate(&mut *app.entropy().rng());
    let (digest, rules) = (secret.digest(), app.sign_in().clone());
    let expires_at = app.now().plus_seconds(rules.activation_ttl_s);
    let (view, is_new) = caller
        .write(move |tx| {
            let is_new = Cell::new(false);
            let act = |tx: &mut Tx<'_>| {
                is_new.set(true);
                accounts::reset(tx, &id.0, version.expected(), (&digest, expires_at))
            };
            let view = once(tx, repeat.as_ref(), act, UserView::open)?;
            view.try_map(|view| Ok((view, is_new.get())))
        })
        .await?;
    let shown = is_new.then(|| (secret.reveal().to_string(), expires_at));
    Ok(Reply::shown(InvitedView::of(view, shown)))
}

/// Takes a person's second factor away.
pub(super) async fn reset_second_factor(
    caller: Caller<ResetSecondFactor>,
    id: PathId<UserId>,
    version: IfMatch,
    body: OptionalBody<Nothing>,
) -> Result<Reply<UserView>, Problem> {
    let repeat = caller.once(&body.digest());
    caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| second_factor::reset(tx, &id.0, version.expected());
            once(tx, repeat.as_ref(), act, UserView::open)
        })
        .await
        .map(Reply::shown)
}
