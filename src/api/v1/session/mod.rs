//! Signing in, staying signed in, signing out, and the first password.

mod activate;
mod end;
mod refresh;
mod shown;
mod sign_in;
mod step_up;

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    http::{Method, header},
};
use refero_domain::account::Username;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use crate::{
    api::{
        app::App,
        operation::Table,
        problem::{FieldCode, FieldError, Pointer, Problem, ProblemCode},
    },
    authn::{
        password::{HashingPool, PasswordPolicy, PasswordRefusal, PoolError},
        token::{Bearer, Method as Proof},
    },
    service::{sessions::Client, sign_in as service, sign_in::Opened},
};

/// The longest name or secret that is looked at, in characters.
const LONGEST: usize = 1024;

/// What keeps a session going. Neither part is stored by the server in a form that could be used.
#[derive(Serialize, ToSchema)]
pub struct TokensView {
    /// To be sent as `Authorization: Bearer …`. It says who asks, and nothing about rights.
    access_token: String,
    /// Always `Bearer`.
    #[schema(examples("Bearer"))]
    token_type: &'static str,
    /// For how many seconds the access token is good.
    expires_in: i64,
    /// Continues the session, once: `POST /v1/session/refresh`.
    refresh_token: String,
}

impl TokensView {
    /// Signs an access token for a session and puts the refresh token beside it.
    fn of(app: &App, opened: &Opened, refresh_token: &str) -> Result<Self, Problem> {
        let id = |text: &str| text.parse().map_err(|_| Problem::internal("an id is no UUID"));
        let bearer = Bearer {
            user: id(opened.user_id.as_str())?,
            session: id(opened.session_id.as_str())?,
            authenticated_at: opened.factor_at.unwrap_or(opened.opened_at).to_utc(),
            methods: match opened.factor_at {
                Some(_) => vec![Proof::Pwd, Proof::Otp, Proof::Mfa],
                None => vec![Proof::Pwd],
            },
        };
        let now = app.now();
        let token = {
            let mut rng = app.entropy().rng();
            app.tokens().issue(&bearer, now.to_utc(), &mut *rng).map_err(Problem::internal)?
        };
        let left = opened.expires_at.seconds_since(now);
        Ok(Self {
            access_token: token,
            token_type: "Bearer",
            expires_in: app.tokens().ttl_s().min(left),
            refresh_token: refresh_token.to_owned(),
        })
    }
}

impl Responder for TokensView {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(self)
    }
}

/// Reads a secret into memory that is wiped when it is let go.
pub(super) fn secret<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Zeroizing<String>, D::Error> {
    String::deserialize(deserializer).map(Zeroizing::new)
}

/// As [`secret`], for one that may be absent.
pub(super) fn optional_secret<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Zeroizing<String>>, D::Error> {
    Option::deserialize(deserializer).map(|text: Option<String>| text.map(Zeroizing::new))
}

/// Returns the one form of a name, or what was typed if no account can have such a name: that is
/// looked for, counted and refused like any other.
fn name_of(typed: &str) -> String {
    Username::parse(typed).map_or_else(|_| typed.to_owned(), |name| name.as_str().to_owned())
}

/// Takes what a client tells about itself.
fn client_of(http: &HttpRequest, network: Option<&str>) -> Client {
    let agent = http.headers().get(header::USER_AGENT);
    Client {
        user_agent: agent
            .map(|agent| String::from_utf8_lossy(agent.as_bytes()).into_owned())
            .unwrap_or_default(),
        network: network.map(str::to_owned),
    }
}

/// Says that all places in which passwords are hashed are taken, or that hashing failed.
pub(super) fn not_hashed(error: PoolError) -> Problem {
    match error {
        PoolError::Busy | PoolError::Stopped => {
            Problem::new(ProblemCode::Unavailable).retry_after_s(2)
        }
        PoolError::Hash(cause) => Problem::internal(cause),
    }
}

/// Checks a new password against the rule and the lists.
pub(super) fn check_new_password(
    policy: &PasswordPolicy,
    password: &str,
    words: &[String],
    place: &'static str,
) -> Result<(), Problem> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let number = |bound: usize| i64::try_from(bound).unwrap_or(i64::MAX);
    let at = |code| FieldError::at(&Pointer::from(place), code);
    policy.check_new(password, &words).map_err(|refusal| {
        let error = match refusal {
            PasswordRefusal::TooShort => {
                at(FieldCode::TooShort).with("min", number(policy.min_chars))
            }
            PasswordRefusal::TooLong => {
                at(FieldCode::TooLong).with("max", number(policy.max_bytes))
            }
            PasswordRefusal::Guessable => at(FieldCode::Guessable),
        };
        Problem::new(ProblemCode::PasswordRefused).errors([error])
    })
}

/// Hashes a new password in the pool.
pub(super) async fn hashed(
    pool: &HashingPool,
    password: Zeroizing<String>,
) -> Result<String, Problem> {
    pool.hash(password, &mut rand::rng()).await.map_err(not_hashed)
}

const TAG: &str = "session";

/// The operations on sessions.
#[must_use]
pub fn table(table: Table) -> Table {
    activate_table(end_table(step_up_table(refresh_table(sign_in_table(table)))))
}

fn sign_in_table(table: Table) -> Table {
    table.op((Method::POST, "/v1/session", "createSession"), sign_in::sign_in, |o| {
        o.says(
            TAG,
            "Sign in",
            "Gives an access token for a few minutes and a refresh token that works once. A wrong \
             password, an unknown name and an account that is not active all get the same 401 \
             `invalid-credentials` for the same work. After a failure the name rests for a moment, \
             whether an account has it or not: 429 `too-many-attempts` with `Retry-After`. 503 \
             when too many sign in at once. For an account with a second factor send `otp`, the \
             code of the device, or `recovery_code` with the password: without either a right \
             password gets 401 `second-factor-required`, and a wrong or used code gets \
             `invalid-credentials` as a wrong password does. A code for an account without a \
             second factor is passed over. Spelling of the name does not matter: spaces around it \
             and capitals are taken off.",
        )
        .takes::<sign_in::SignInBody>(json!({
            "username": "ama.k",
            "password": "violet kettle under seven maps"
        }))
        .shows::<TokensView>()
        .audited_as(service::SIGN_IN)
    })
}

fn refresh_table(table: Table) -> Table {
    table.op((Method::POST, "/v1/session/refresh", "refreshSession"), refresh::refresh, |o| {
        o.says(
            TAG,
            "Continue a session",
            "Exchanges a refresh token for a new pair. Each works once: a second use ends the \
                 whole session at once (`not-authenticated`), because nobody can tell which of two \
                 holders is the thief. Only the same client may repeat a request within 30 seconds \
                 and gets the same successor, because answers get lost on a bad line. A session \
                 ends after half an hour without refreshing and after twelve hours in any case \
                 (`token-expired`), unless the server is set up otherwise. A token that nobody was \
                 given counts as a failed sign-in does for its network: 429 `too-many-attempts`.",
        )
        .takes::<refresh::RefreshBody>(json!({"refresh_token": "refero_rt_…"}))
        .shows::<TokensView>()
        .audited_as(crate::service::sessions::REFRESH)
    })
}

fn step_up_table(table: Table) -> Table {
    table.op((Method::POST, "/v1/session/step-up", "stepUp"), step_up::step_up, |o| {
        o.says(
            TAG,
            "Prove the second factor once more",
            "Opens for a few minutes, in this session alone, the operations that are marked \
             `x-step-up`: they answer 403 `step-up-required` to who has a second factor and has \
             not proved it just before. A sign-in with a code counts as a proof too. Each code \
             works once. 401 `second-factor-refused` for a wrong or used one, and after three of \
             them 429 `too-many-attempts` until the device shows the next; 409 without a second \
             factor. The tokens tell the new `auth_time` after the next refresh.",
        )
        .takes::<step_up::StepUpBody>(json!({"otp": "081804"}))
        .shows::<crate::api::v1::me::SecondFactorView>()
    })
}

fn end_table(table: Table) -> Table {
    table.op((Method::DELETE, "/v1/session", "endSession"), end::end, |o| {
        o.says(
            TAG,
            "Sign out",
            "Ends this session: its access tokens and its refresh token are dead with the next \
             request.",
        )
        .answers_nothing()
    })
}

fn activate_table(table: Table) -> Table {
    table.op((Method::POST, "/v1/session/activate", "activateAccount"), activate::activate, |o| {
        o.says(
            TAG,
            "Choose a password",
            "Takes the activation secret that the administrator was shown once, and the password \
             that the person chooses; then sign in with it. The secret works once and for a few \
             days. An unknown name and a wrong, used or expired secret all get 401 \
             `invalid-credentials`, and counts as a failed sign-in does for its network: 429 \
             `too-many-attempts`. 422 `password-refused` for one that is shorter than 15 \
             characters, longer than 128 bytes, common, or made of names around the account.",
        )
        .takes::<activate::ActivateBody>(json!({
            "username": "ama.k",
            "activation_secret": "refero_activate_…",
            "password": "violet kettle under seven maps"
        }))
        .answers_nothing()
        .audited_as(service::ACTIVATE)
    })
}
