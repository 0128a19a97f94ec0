//! `POST /v1/session`

use actix_web::HttpRequest;
use serde::Deserialize;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::{LONGEST, TokensView, client_of, name_of, not_hashed, shown::Shown};
use crate::{
    api::{
        caller::Stranger,
        extract::{Body, Checked},
        problem::{FieldCode, FieldErrors, Problem, ProblemCode},
    },
    authn::{password::Verdict, refresh::RefreshToken},
    service::sign_in::{self, Checked as CheckedPassword, Entered, Entry, Outcome},
};

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignInBody {
    /// The name of the account, in any spelling.
    #[schema(max_length = 1024)]
    username: String,
    /// The password.
    #[serde(deserialize_with = "super::secret")]
    #[schema(value_type = String, max_length = 1024)]
    password: Zeroizing<String>,
    /// The code of the device, if the account has a second factor.
    #[serde(default, deserialize_with = "super::optional_secret")]
    #[schema(value_type = Option<String>, max_length = 1024, examples("081804"))]
    otp: Option<Zeroizing<String>>,
    /// A recovery code in its place. It is used up.
    #[serde(default, deserialize_with = "super::optional_secret")]
    #[schema(value_type = Option<String>, max_length = 1024)]
    recovery_code: Option<Zeroizing<String>>,
}

impl Checked for SignInBody {
    fn check(&self, errors: &mut FieldErrors) {
        for (place, text) in [("username", &self.username), ("password", &*self.password)] {
            if text.chars().nth(LONGEST).is_some() {
                errors.add(place, FieldCode::TooLong);
            }
        }
        Shown::of(self.otp.as_ref(), self.recovery_code.as_ref()).check(errors);
    }
}

/// Signs in.
pub(super) async fn sign_in(
    stranger: Stranger,
    http: HttpRequest,
    body: Body<SignInBody>,
) -> Result<TokensView, Problem> {
    let SignInBody { username, password, otp, recovery_code } = body.into_inner();
    let presented = Shown::of(otp.as_ref(), recovery_code.as_ref()).read();
    let app = stranger.app();
    let against = stranger.credentials(&name_of(&username)).await?;
    if let Some(wait) = sign_in::wait_s(&against.failures, app.sign_in(), stranger.now()) {
        let event = sign_in::too_early(sign_in::SIGN_IN, against.user_id.as_ref());
        return Err(stranger.turned_away(event, wait));
    }
    let hash = against.password_hash.clone();
    let verdict =
        app.hashing().verify_or_dummy(hash, password.clone()).await.map_err(not_hashed)?;
    let rehashed = match verdict {
        // A new hash is a convenience of ours: the sign-in does not fail for it.
        Verdict::Match { rehash_needed: true } => {
            app.hashing().hash(password, &mut rand::rng()).await.ok()
        }
        Verdict::Match { rehash_needed: false } | Verdict::NoMatch => None,
    };
    let is_right = matches!(verdict, Verdict::Match { .. });
    let checked = CheckedPassword { against, is_right };
    let client = client_of(&http, stranger.network());
    let refresh = RefreshToken::generate(&mut *app.entropy().rng());
    let (rules, digest) = (app.sign_in().clone(), refresh.digest());
    let outcome = stranger
        .write(sign_in::SIGN_IN, move |tx| {
            let entry = Entry {
                rehashed: rehashed.as_deref(),
                presented: presented.as_ref(),
                refresh: &digest,
                client: &client,
            };
            sign_in::sign_in(tx, &checked, &entry, &rules)
        })
        .await?;
    match outcome {
        Outcome::Right(Entered::CodeAsked) => Err(Problem::new(ProblemCode::SecondFactorRequired)),
        Outcome::Right(Entered::Opened(opened)) => TokensView::of(&app, &opened, &refresh.reveal()),
        Outcome::Wrong => Err(Problem::new(ProblemCode::InvalidCredentials)),
        Outcome::TooMany(wait) => {
            Err(Problem::new(ProblemCode::TooManyAttempts).retry_after_s(wait))
        }
    }
}
