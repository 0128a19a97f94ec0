//! `POST /v1/session/step-up`

use refero_domain::policy::StepUp;
use serde::Deserialize;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::shown::Shown;
use crate::{
    api::{
        caller::Caller,
        extract::{Body, Checked},
        problem::{FieldErrors, Problem},
        reply::Reply,
        v1::me::{SecondFactorView, judged},
    },
    service::second_factor,
};

/// What shows that the person is still there: one of the two.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepUpBody {
    /// The code that the device shows now.
    #[serde(default, deserialize_with = "super::optional_secret")]
    #[schema(value_type = Option<String>, max_length = 1024, examples("081804"))]
    otp: Option<Zeroizing<String>>,
    /// A recovery code in its place. It is used up.
    #[serde(default, deserialize_with = "super::optional_secret")]
    #[schema(value_type = Option<String>, max_length = 1024)]
    recovery_code: Option<Zeroizing<String>>,
}

impl StepUpBody {
    fn shown(&self) -> Shown<'_> {
        Shown::of(self.otp.as_ref(), self.recovery_code.as_ref())
    }
}

impl Checked for StepUpBody {
    fn check(&self, errors: &mut FieldErrors) {
        self.shown().check(errors);
        self.shown().check_present(errors);
    }
}

/// Proves the second factor once more in this session.
pub(super) async fn step_up(
    caller: Caller<StepUp>,
    body: Body<StepUpBody>,
) -> Result<Reply<SecondFactorView>, Problem> {
    let presented = body.into_inner().shown().read();
    let presented = presented.ok_or_else(|| Problem::internal("a body without a code came in"))?;
    let rules = caller.app().second_factor().clone();
    let outcome = caller
        .write(move |tx| {
            second_factor::step_up(tx, &presented)?
                .try_map(|outcome| Ok((outcome, SecondFactorView::of(tx, &rules)?)))
        })
        .await?;
    judged(outcome).map(Reply::shown)
}
