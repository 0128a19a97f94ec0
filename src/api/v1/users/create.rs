//! `POST /v1/users`

use std::cell::Cell;

use refero_domain::{
    account::Username,
    id::{OrganisationId, UserId},
    policy::CreateUser,
};
use refero_store::{accounts::Credential, unit::Tx};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::{InvitedView, RoleInBody, UserView};
use crate::{
    api::{
        caller::Caller,
        extract::{Body, Checked, Language, absorb},
        problem::{FieldCode, FieldErrors, Problem},
        reply::Reply,
        v1::rules,
    },
    authn::opaque::ActivationSecret,
    service::{
        accounts::{self, AccountWish},
        roles::Roles,
    },
};

/// An account to make.
#[derive(Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct UserBody {
    /// Its id, if the client chooses one: a random UUID (version 4).
    #[serde(default)]
    id: Option<UserId>,
    /// The one organisation that the person works for.
    organisation_id: OrganisationId,
    /// The name to sign in with: 3 to 64 of `a-z 0-9 . _ - @ +`. It never changes.
    #[schema(min_length = 3, max_length = 64, examples("ama.k"))]
    username: String,
    /// The name that colleagues read.
    #[schema(min_length = 1, max_length = 200)]
    #[validate(length(max = 200), custom(function = "rules::not_blank"))]
    display_name: String,
    /// The language of titles and letters; if absent, the client's `Accept-Language` chooses.
    #[serde(default)]
    language: Option<Language>,
    /// The roles it begins with.
    #[serde(default)]
    roles: Vec<RoleInBody>,
}

impl Checked for UserBody {
    fn check(&self, errors: &mut FieldErrors) {
        if Username::parse(&self.username).is_err() {
            errors.add("username", FieldCode::Format);
        }
        absorb(errors, self.validate());
        if self.roles.len() > 20 {
            errors.add("roles", FieldCode::TooLong);
        }
    }
}

impl UserBody {
    fn wish(self, credential: Credential) -> Result<AccountWish, Problem> {
        Ok(AccountWish {
            id: self.id,
            organisation_id: self.organisation_id,
            username: Username::parse(&self.username).map_err(Problem::internal)?,
            display_name: self.display_name.trim().to_owned(),
            language: self.language.map(|language| language.as_str().to_owned()),
            roles: self.roles.into_iter().map(RoleInBody::wish).collect(),
            credential,
        })
    }
}

/// Makes an account.
pub(super) async fn create(
    caller: Caller<CreateUser>,
    body: Body<UserBody>,
) -> Result<Reply<InvitedView>, Problem> {
    let (body, digest) = body.into_parts();
    let once = caller.once_or_id(&digest, body.id.is_some())?;
    let app = caller.app();
    let secret = ActivationSecret::generate(&mut *app.entropy().rng());
    let expires_at = app.now().plus_seconds(app.sign_in().activation_ttl_s);
    let wish = body.wish(Credential::Activation(secret.digest(), expires_at))?;
    let profile = app.profile().clone();
    let (view, is_new) = caller
        .write(move |tx| {
            let is_new = Cell::new(false);
            let act = |tx: &mut Tx<'_>| {
                is_new.set(true);
                accounts::create(tx, &wish, &Roles::of_new_account(&profile))
            };
            let view = crate::api::v1::once(tx, once.as_ref(), act, UserView::open)?;
            view.try_map(|view| Ok((view, is_new.get())))
        })
        .await?;
    let shown = is_new.then(|| (secret.reveal().to_string(), expires_at));
    Ok(Reply::created(InvitedView::of(view, shown)))
}
