//! `/v1/me/second-factor`

use actix_web::http::Method;
use refero_domain::{
    instant::Instant,
    machine::Machine,
    policy::{
        ConfirmSecondFactor, EnrolSecondFactor, ReadSecondFactor, RemoveSecondFactor,
        RenewRecoveryCodes,
    },
    second_factor::{FactorAct, FactorRules, FactorState},
};
use refero_store::{Result, unit::Reading};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::password::verified;
use crate::{
    api::{
        app::App,
        caller::Caller,
        extract::{Body, Checked, OptionalBody},
        operation::Table,
        problem::{FieldCode, FieldErrors, Problem, ProblemCode},
        reply::{Done, Reply, Representation},
        v1::{Links, Nothing},
    },
    authn::{
        opaque::SecretDigest,
        recovery::{self, RecoveryCode},
        totp::{Otp, TotpSecret},
    },
    service::{
        second_factor::{self as service, Own},
        sign_in::Outcome,
    },
};

/// The caller's second factor. Its secret and its codes are never shown again.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct SecondFactorView {
    /// Where it stands.
    state: FactorState,
    /// Whether the caller's roles need one for some acts: 403 `second-factor-enrolment-required`.
    required: bool,
    /// Since when a code is asked for at sign-in; null if none is.
    confirmed_at: Option<Instant>,
    /// When an administrator last took it away; null if nobody did. To be shown to the person, who
    /// may not have asked for it.
    reset_at: Option<Instant>,
    /// When it was last proved in this session; null if it never was.
    proved_at: Option<Instant>,
    /// Until when that opens the operations that are marked `x-step-up`; null if it does not.
    fresh_until: Option<Instant>,
    /// How many recovery codes are left.
    recovery_codes_left: i64,
    /// What the caller could do with it.
    allowed_actions: Vec<&'static str>,
    /// Classes of data that exist and are not shown: none.
    #[schema(value_type = Vec<String>)]
    withheld: [&'static str; 0],
    /// Where to go from here.
    links: Links,
}

impl SecondFactorView {
    /// Shows it as it is in this transaction.
    pub(crate) fn of(reading: &mut Reading<'_>, rules: &FactorRules) -> Result<Self> {
        service::own(reading, rules).map(Self::showing)
    }

    fn showing(own: Own) -> Self {
        let allowed = own.state.acts().filter(|act| *act != FactorAct::Reset);
        Self {
            state: own.state,
            required: own.is_required,
            confirmed_at: own.confirmed_at,
            reset_at: own.reset_at,
            proved_at: own.proved_at,
            fresh_until: own.fresh_until,
            recovery_codes_left: own.codes_left,
            allowed_actions: allowed.map(FactorAct::code).collect(),
            withheld: [],
            links: Links::to("self", "/v1/me/second-factor".to_owned())
                .and("me", "/v1/me".to_owned()),
        }
    }
}

impl Representation for SecondFactorView {
    fn version(&self) -> Option<i64> {
        None
    }

    fn location(&self) -> String {
        "/v1/me/second-factor".to_owned()
    }
}

/// An enrolment that was begun.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct EnrolmentView {
    /// The factor.
    #[serde(flatten)]
    #[schema(inline)]
    factor: SecondFactorView,
    /// The secret in base32, to be typed into the device. It is shown this once.
    #[schema(examples("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"))]
    secret: String,
    /// The secret as an address, to be shown as a square code. It is shown this once.
    #[schema(examples("otpauth://totp/Refero:ama.k?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"))]
    otpauth_uri: String,
}

impl Representation for EnrolmentView {
    fn version(&self) -> Option<i64> {
        self.factor.version()
    }

    fn location(&self) -> String {
        self.factor.location()
    }
}

/// New recovery codes.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct RecoveryCodesView {
    /// The factor.
    #[serde(flatten)]
    #[schema(inline)]
    factor: SecondFactorView,
    /// Each works once in the place of a code of the device. They are shown this once, to be kept on
    /// paper.
    #[schema(examples("7k3m4q-9m0xv3-tr7kq2-h5wc8d"))]
    recovery_codes: Vec<String>,
}

impl Representation for RecoveryCodesView {
    fn version(&self) -> Option<i64> {
        self.factor.version()
    }

    fn location(&self) -> String {
        self.factor.location()
    }
}

/// Gives what came of a code, or the problem that tells about it.
pub(in crate::api::v1) fn judged<T>((outcome, value): (Outcome<()>, T)) -> Result<T, Problem> {
    match outcome {
        Outcome::Right(()) => Ok(value),
        Outcome::Wrong => Err(Problem::new(ProblemCode::SecondFactorRefused)),
        Outcome::TooMany(wait) => {
            Err(Problem::new(ProblemCode::TooManyAttempts).retry_after_s(wait))
        }
    }
}

/// Codes that are about to be handed out, with what is stored of them.
struct NewCodes {
    shown: Zeroizing<Vec<String>>,
    digests: Vec<SecretDigest>,
}

impl NewCodes {
    fn draw(app: &App, account: &str) -> Self {
        let mut rng = app.entropy().rng();
        let codes: Vec<_> =
            (0..recovery::COUNT).map(|_| RecoveryCode::generate(&mut *rng)).collect();
        Self {
            shown: Zeroizing::new(codes.iter().map(|code| code.reveal().to_string()).collect()),
            digests: codes.iter().map(|code| code.digest(account)).collect(),
        }
    }

    fn beside(self, factor: SecondFactorView) -> Reply<RecoveryCodesView> {
        Reply::shown(RecoveryCodesView { factor, recovery_codes: self.shown.to_vec() })
    }
}

/// Shows the caller's second factor.
async fn read(caller: Caller<ReadSecondFactor>) -> Result<Reply<SecondFactorView>, Problem> {
    let rules = caller.app().second_factor().clone();
    let own = caller.read(move |reading| service::read_own(reading, &rules)).await?;
    Ok(Reply::shown(SecondFactorView::showing(own)))
}

/// The password once more: a session that was left open gives nobody a factor of their own.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnrolBody {
    /// The caller's password.
    #[serde(deserialize_with = "crate::api::v1::session::secret")]
    #[schema(value_type = String, max_length = 1024)]
    password: Zeroizing<String>,
}

// The length is bounded by the size of a body and by the hasher; a wrong one is refused as wrong.
impl Checked for EnrolBody {}

/// Begins an enrolment.
async fn enrol(
    caller: Caller<EnrolSecondFactor>,
    body: Body<EnrolBody>,
) -> Result<Reply<EnrolmentView>, Problem> {
    let app = caller.app();
    let (checked, _) = verified(&caller, body.into_inner().password).await?;
    let secret = TotpSecret::generate(&mut *app.entropy().rng());
    let uri = secret.uri(&app.second_factor().issuer, &checked.against.username);
    let shown = (secret.base32(), uri);
    let (sign_in, rules) = (app.sign_in().clone(), app.second_factor().clone());
    let (outcome, factor) = caller
        .write(move |tx| {
            service::enrol(tx, &checked, &secret, &sign_in)?
                .try_map(|outcome| Ok((outcome, SecondFactorView::of(tx, &rules)?)))
        })
        .await?;
    match outcome {
        Outcome::Right(()) => Ok(Reply::shown(EnrolmentView {
            factor,
            secret: shown.0.to_string(),
            otpauth_uri: shown.1.to_string(),
        })),
        Outcome::Wrong => Err(Problem::new(ProblemCode::InvalidCredentials)),
        Outcome::TooMany(wait) => {
            Err(Problem::new(ProblemCode::TooManyAttempts).retry_after_s(wait))
        }
    }
}

/// A code of the device.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmBody {
    /// The code that the device shows now: six digits.
    #[serde(deserialize_with = "crate::api::v1::session::secret")]
    #[schema(value_type = String, max_length = 1024, examples("081804"))]
    otp: Zeroizing<String>,
}

impl Checked for ConfirmBody {
    fn check(&self, errors: &mut FieldErrors) {
        if self.otp.trim().is_empty() {
            errors.add("otp", FieldCode::Required);
        }
    }
}

/// Makes the factor count.
async fn confirm(
    caller: Caller<ConfirmSecondFactor>,
    body: Body<ConfirmBody>,
) -> Result<Reply<RecoveryCodesView>, Problem> {
    let app = caller.app();
    let otp = Otp::parse(&body.into_inner().otp);
    let codes = NewCodes::draw(&app, caller.user_id().as_str());
    let (digests, rules) = (codes.digests.clone(), app.second_factor().clone());
    let outcome = caller
        .write(move |tx| {
            service::confirm(tx, otp, &digests)?
                .try_map(|outcome| Ok((outcome, SecondFactorView::of(tx, &rules)?)))
        })
        .await?;
    judged(outcome).map(|factor| codes.beside(factor))
}

/// Hands out new recovery codes.
async fn renew_codes(
    caller: Caller<RenewRecoveryCodes>,
    _: OptionalBody<Nothing>,
) -> Result<Reply<RecoveryCodesView>, Problem> {
    let app = caller.app();
    let codes = NewCodes::draw(&app, caller.user_id().as_str());
    let (digests, rules) = (codes.digests.clone(), app.second_factor().clone());
    let factor = caller
        .write(move |tx| {
            service::renew_codes(tx, &digests)?.try_map(|()| SecondFactorView::of(tx, &rules))
        })
        .await?;
    Ok(codes.beside(factor))
}

/// Removes the factor.
async fn remove(caller: Caller<RemoveSecondFactor>) -> Result<Done, Problem> {
    caller.write(service::remove).await.map(|()| Done)
}

/// The operations on one's own second factor.
pub(super) fn table(table: Table) -> Table {
    removing(enrolling(table))
}

fn enrolling(table: Table) -> Table {
    const TAG: &str = "me";
    table
        .op((Method::GET, "/v1/me/second-factor", "readSecondFactor"), read, |o| {
            o.says(
                TAG,
                "Show my second factor",
                "Where it stands, how many recovery codes are left, and until when the last proof \
                 of it is fresh in this session. Never its secret.",
            )
            .shows::<SecondFactorView>()
        })
        .op((Method::POST, "/v1/me/second-factor", "enrolSecondFactor"), enrol, |o| {
            o.says(
                TAG,
                "Begin to set up a second factor",
                "Asks for the password once more and shows a secret, this once, for an \
                 authenticator (TOTP, RFC 6238: SHA-1, 30 seconds, six digits). It counts for \
                 nothing until `confirm` has taken a code of it; begun again, it is another \
                 secret. 401 `invalid-credentials` for a wrong password, 409 if there is an \
                 active factor: remove that one first.",
            )
            .takes::<EnrolBody>(json!({"password": "violet kettle under seven maps"}))
            .shows::<EnrolmentView>()
        })
        .op((Method::POST, "/v1/me/second-factor/confirm", "confirmSecondFactor"), confirm, |o| {
            o.says(
                TAG,
                "Confirm my second factor",
                "Takes a code of the device and makes the factor count from the next sign-in on. \
                 Shows ten recovery codes, this once. Ends every other session of the caller. 401 \
                 `second-factor-refused` for a wrong code, 429 `too-many-attempts` after three; \
                 409 if none was begun.",
            )
            .takes::<ConfirmBody>(json!({"otp": "081804"}))
            .shows::<RecoveryCodesView>()
        })
}

fn removing(table: Table) -> Table {
    const TAG: &str = "me";
    let codes = "/v1/me/second-factor/recovery-codes";
    table
        .op((Method::POST, codes, "renewRecoveryCodes"), renew_codes, |o| {
            o.says(
                TAG,
                "Get new recovery codes",
                "Shows ten, this once; all before are void. 409 without an active factor.",
            )
            .may_take::<Nothing>(json!({}))
            .shows::<RecoveryCodesView>()
        })
        .op((Method::DELETE, "/v1/me/second-factor", "removeSecondFactor"), remove, |o| {
            o.says(
                TAG,
                "Remove my second factor",
                "With its recovery codes. Ends every other session of the caller. Who has lost \
                 the device signs in with a recovery code; who has lost both asks an \
                 administrator (`POST /v1/users/{id}/reset-second-factor`). 409 without an active \
                 factor.",
            )
            .answers_nothing()
        })
}
