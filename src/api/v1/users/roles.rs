//! `/v1/users/{id}/roles`

use refero_domain::{
    actor::ActorRole,
    id::{RoleGrantId, UserId},
    instant::Instant,
    policy::{EndRole, GrantRole},
};
use refero_store::unit::Tx;
use serde::Deserialize;
use utoipa::ToSchema;

use super::UserView;
use crate::{
    api::{
        caller::Caller,
        extract::{Body, Checked, IfMatch, OptionalBody, PathId, PathIds},
        problem::{FieldErrors, Problem},
        reply::Reply,
        v1::{Nothing, once},
    },
    service::roles::{self, RoleWish},
};

/// A role to grant.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleInBody {
    /// The role.
    role: ActorRole,
    /// ISO 3166-2 area of the country profile; absent is the whole country.
    #[serde(default)]
    #[schema(examples("XZ-N"))]
    area: Option<String>,
    /// From when; absent is at once.
    #[serde(default)]
    valid_from: Option<Instant>,
    /// Until when, exclusive; absent is without end.
    #[serde(default)]
    valid_to: Option<Instant>,
}

/// A role to grant to an account that there is.
pub type RoleBody = RoleInBody;

impl RoleInBody {
    pub(super) fn wish(self) -> RoleWish {
        RoleWish {
            role: self.role,
            area: self.area,
            valid_from: self.valid_from,
            valid_to: self.valid_to,
        }
    }
}

// Area and times are judged with the profile and the clock.
impl Checked for RoleInBody {
    fn check(&self, _: &mut FieldErrors) {}
}

/// Grants a role.
pub(super) async fn grant(
    caller: Caller<GrantRole>,
    id: PathId<UserId>,
    body: Body<RoleBody>,
) -> Result<Reply<UserView>, Problem> {
    let (body, digest) = body.into_parts();
    let repeat = caller.once_or_id(&digest, false)?;
    let profile = caller.app().profile().clone();
    let wish = body.wish();
    caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| roles::grant(tx, &id.0, &wish, &profile);
            once(tx, repeat.as_ref(), act, UserView::open)
        })
        .await
        .map(Reply::created)
}

/// Ends a role.
pub(super) async fn end(
    caller: Caller<EndRole>,
    ids: PathIds<UserId, RoleGrantId>,
    version: IfMatch,
    body: OptionalBody<Nothing>,
) -> Result<Reply<UserView>, Problem> {
    let repeat = caller.once(&body.digest());
    caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| roles::end(tx, (&ids.0, &ids.1), version.expected());
            once(tx, repeat.as_ref(), act, UserView::open)
        })
        .await
        .map(Reply::shown)
}
