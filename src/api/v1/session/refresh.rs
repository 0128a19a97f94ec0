//! `POST /v1/session/refresh`

use actix_web::HttpRequest;
use serde::Deserialize;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::{LONGEST, TokensView, client_of};
use crate::{
    api::{
        app::App,
        caller::Stranger,
        extract::{Body, Checked},
        problem::{FieldCode, FieldErrors, Problem, ProblemCode},
    },
    authn::{opaque::SuccessorKey, refresh::RefreshToken},
    service::{
        sessions::{self, Refreshed},
        sign_in,
    },
};

/// What continues a session.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshBody {
    /// The refresh token of the last answer.
    #[serde(deserialize_with = "super::secret")]
    #[schema(value_type = String, max_length = 1024)]
    refresh_token: Zeroizing<String>,
}

impl Checked for RefreshBody {
    fn check(&self, errors: &mut FieldErrors) {
        if self.refresh_token.chars().nth(LONGEST).is_some() {
            errors.add("refresh_token", FieldCode::TooLong);
        }
    }
}

/// Continues a session.
pub(super) async fn refresh(
    stranger: Stranger,
    http: HttpRequest,
    body: Body<RefreshBody>,
) -> Result<TokensView, Problem> {
    let app = stranger.app();
    let token = RefreshToken::parse(&body.into_inner().refresh_token).ok();
    let key = successor_key(&app)?;
    let client = client_of(&http, stranger.network());
    let is_known = match &token {
        Some(token) => stranger.knows_refresh_token(&token.digest()).await?,
        None => false,
    };
    // Who holds a token of ours is never kept from using it by what others in the network do.
    if !is_known && let Some(wait) = stranger.network_wait_s().await? {
        return Err(stranger.turned_away(sign_in::too_early(sessions::REFRESH, None), wait));
    }
    let rules = app.sign_in().clone();
    let refreshed = stranger
        .write(sessions::REFRESH, move |tx| {
            sessions::refresh(tx, token.as_ref(), &key, &client, &rules)
        })
        .await?;
    match refreshed {
        Refreshed::Continued(opened, next) => TokensView::of(&app, &opened, &next.reveal()),
        Refreshed::Expired => Err(Problem::new(ProblemCode::TokenExpired)),
        Refreshed::Refused => Err(Problem::new(ProblemCode::NotAuthenticated)),
        Refreshed::TooMany(wait) => {
            Err(Problem::new(ProblemCode::TooManyAttempts).retry_after_s(wait))
        }
    }
}

fn successor_key(app: &App) -> Result<SuccessorKey, Problem> {
    let secrets = app.derive("refresh token successors");
    let key = SuccessorKey::derive(secrets.current.as_slice());
    let all = secrets
        .former
        .iter()
        .try_fold(key.map_err(Problem::internal)?, |key, former| key.knowing(former.as_slice()));
    all.map_err(Problem::internal)
}
