//! `POST /v1/session/activate`

use serde::Deserialize;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::{LONGEST, check_new_password, hashed, name_of};
use crate::{
    api::{
        caller::Stranger,
        extract::{Body, Checked},
        problem::{FieldCode, FieldErrors, Problem, ProblemCode},
        reply::Done,
    },
    authn::opaque::ActivationSecret,
    service::sign_in::{self, Outcome},
};

/// Who chooses a password, by what right.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActivateBody {
    /// The name of the account, in any spelling.
    #[schema(max_length = 1024)]
    username: String,
    /// The secret that the administrator was shown once.
    #[serde(deserialize_with = "super::secret")]
    #[schema(value_type = String, max_length = 1024)]
    activation_secret: Zeroizing<String>,
    /// The password that the person chooses: 15 characters or more, any characters.
    #[serde(deserialize_with = "super::secret")]
    #[schema(value_type = String, max_length = 1024)]
    password: Zeroizing<String>,
}

impl Checked for ActivateBody {
    fn check(&self, errors: &mut FieldErrors) {
        for (place, text) in
            [("username", &self.username), ("activation_secret", &*self.activation_secret)]
        {
            if text.chars().nth(LONGEST).is_some() {
                errors.add(place, FieldCode::TooLong);
            }
        }
    }
}

/// Chooses the first password, or the one after a reset.
pub(super) async fn activate(
    stranger: Stranger,
    body: Body<ActivateBody>,
) -> Result<Done, Problem> {
    let ActivateBody { username, activation_secret, password } = body.into_inner();
    let app = stranger.app();
    let username = name_of(&username);
    let secret = ActivationSecret::parse(&activation_secret).ok().map(|secret| secret.digest());
    let invited = match &secret {
        Some(secret) => stranger.invited(&username, secret).await?,
        None => None,
    };
    if invited.is_none()
        && let Some(wait) = stranger.network_wait_s().await?
    {
        return Err(stranger.turned_away(sign_in::too_early(sign_in::ACTIVATE, None), wait));
    }
    // The rule is told only to who holds the secret.
    let chosen = match (secret, invited) {
        (Some(secret), Some(context)) => {
            let policy = app.hashing().hasher().policy();
            check_new_password(policy, &password, &context.words, "password")?;
            Some((secret, hashed(app.hashing(), password).await?))
        }
        (Some(_) | None, _) => None,
    };
    let rules = app.sign_in().clone();
    let outcome = stranger
        .write(sign_in::ACTIVATE, move |tx| {
            let chosen = chosen.as_ref().map(|(secret, hash)| (secret, hash.as_str()));
            sign_in::activate(tx, &username, chosen, &rules)
        })
        .await?;
    match outcome {
        Outcome::Right(()) => Ok(Done),
        Outcome::Wrong => Err(Problem::new(ProblemCode::InvalidCredentials)),
        Outcome::TooMany(wait) => {
            Err(Problem::new(ProblemCode::TooManyAttempts).retry_after_s(wait))
        }
    }
}
