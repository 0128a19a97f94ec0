//! `PUT /v1/me/password`

use actix_web::http::Method;
use refero_domain::policy::{Action, AsksPassword, ChangePassword};
use refero_store::credentials::PasswordContext;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use crate::{
    api::{
        caller::Caller,
        extract::{Body, Checked, IfMatch},
        operation::Table,
        problem::{Problem, ProblemCode},
        reply::Done,
        v1::session::{check_new_password, hashed, not_hashed},
    },
    authn::password::Verdict,
    service::{
        passwords::{self, Successor},
        sign_in::{self, Checked as CheckedPassword, Outcome},
    },
};

/// The password that is, and the one that shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordBody {
    /// The password that is.
    #[serde(deserialize_with = "crate::api::v1::session::secret")]
    #[schema(value_type = String, max_length = 1024)]
    current_password: Zeroizing<String>,
    /// The password that shall be: 15 characters or more, any characters.
    #[serde(deserialize_with = "crate::api::v1::session::secret")]
    #[schema(value_type = String, max_length = 1024)]
    new_password: Zeroizing<String>,
}

// Lengths are bounded by the size of a body and by the hasher; a wrong one is refused as wrong.
impl Checked for PasswordBody {}

/// Checks what should be the caller's own password; what comes too early is not looked at, and the
/// transaction says so. Gives the words that a new one must avoid, too.
pub(super) async fn verified<A: Action + AsksPassword>(
    caller: &Caller<A>,
    password: Zeroizing<String>,
) -> Result<(CheckedPassword, PasswordContext), Problem> {
    let app = caller.app();
    let (against, context) = caller.own_credentials().await?;
    let is_early = sign_in::wait_s(&against.failures, app.sign_in(), app.now()).is_some();
    let is_right = if is_early {
        false
    } else {
        let stored = against.password_hash.clone();
        let verdict = app.hashing().verify_or_dummy(stored, password).await;
        matches!(verdict.map_err(not_hashed)?, Verdict::Match { .. })
    };
    Ok((CheckedPassword { against, is_right }, context))
}

/// Changes the caller's password.
async fn change(
    caller: Caller<ChangePassword>,
    version: IfMatch,
    body: Body<PasswordBody>,
) -> Result<Done, Problem> {
    let PasswordBody { current_password, new_password } = body.into_inner();
    let app = caller.app();
    let rules = app.sign_in().clone();
    let (checked, context) = verified(&caller, current_password).await?;
    let is_right = checked.is_right;
    let policy = app.hashing().hasher().policy();
    // The rule is told only to who knows the present password.
    let unfit = if is_right {
        check_new_password(policy, &new_password, &context.words, "new_password").err()
    } else {
        None
    };
    let new_hash = if is_right && unfit.is_none() {
        Some(hashed(app.hashing(), new_password).await?)
    } else {
        None
    };
    let outcome = caller
        .write(move |tx| {
            let expected = version.expected();
            let successor = new_hash.as_deref().map_or(Successor::Unfit, Successor::Hash);
            passwords::change_password(tx, &checked, successor, expected, &rules)
        })
        .await?;
    match outcome {
        Outcome::Right(()) => unfit.map_or(Ok(Done), Err),
        Outcome::Wrong => Err(Problem::new(ProblemCode::InvalidCredentials)),
        Outcome::TooMany(wait) => {
            Err(Problem::new(ProblemCode::TooManyAttempts).retry_after_s(wait))
        }
    }
}

/// The operation on the password.
pub(super) fn table(table: Table) -> Table {
    table.op((Method::PUT, "/v1/me/password", "changePassword"), change, |o| {
        o.says(
            "me",
            "Change my password",
            "Ends every other session of the caller. `If-Match` takes the version of `GET /v1/me`. \
             401 `invalid-credentials` if the current password is wrong, which counts as a failed \
             sign-in: 429 `too-many-attempts` soon after. 422 `password-refused` for a new one that \
             is too short, too long or easy to guess.",
        )
        .takes::<PasswordBody>(json!({
            "current_password": "violet kettle under seven maps",
            "new_password": "nine quiet lanterns crossing rivers"
        }))
        .if_match()
        .answers_nothing()
    })
}
