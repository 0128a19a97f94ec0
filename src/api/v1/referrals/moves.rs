//! What moves a referral: one handler per move.

use refero_domain::{
    id::{ReferralId, UserId},
    instant::Instant,
    policy::{
        AcceptReferral, AssignReferral, CancelReferral, CompleteReferral, DeclineReferral,
        ReceiveReferral, ReturnReferral, SendReferral, StartReferral, WithdrawReferral,
    },
    profile::CountryProfile,
    referral::DeclineReason,
    sensitive::Sensitive,
};
use refero_store::{
    Result as Stored,
    unit::{Audited, Tx},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{bodies::LONGEST, open, view::ReferralView};
use crate::{
    api::{
        caller::Caller,
        extract::{Body, Checked, IfMatch, OptionalBody, PathId},
        problem::{FieldErrors, Problem},
        reply::Reply,
        v1::{Nothing, once, rules},
    },
    service::referrals::{self, Acceptance, Target},
};

/// How a provider accepts.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptBody {
    /// Who will work on it; who accepts, if absent. Only a manager names somebody else.
    #[serde(default)]
    pub worker_id: Option<UserId>,
    /// When the person is expected.
    #[serde(default)]
    pub expected_intake_at: Option<Instant>,
    /// A remark to the sender. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub note: Option<Sensitive<String>>,
}

impl Checked for AcceptBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::sealed_text("/note", self.note.as_ref(), LONGEST, errors);
    }
}

/// Why a provider cannot take it, or not any more.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclineBody {
    /// The reason, by which gaps in services are counted.
    pub reason: DeclineReason,
    /// A remark to the sender. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub note: Option<Sensitive<String>>,
}

impl Checked for DeclineBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::sealed_text("/note", self.note.as_ref(), LONGEST, errors);
    }
}

/// How the work came out.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteBody {
    /// `service_outcome`; without it 409 `outcome-required`.
    #[serde(default)]
    pub outcome: Option<String>,
    /// A remark to the sender. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub note: Option<Sensitive<String>>,
}

impl Checked for CompleteBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::code("/outcome", "service_outcome", self.outcome.as_deref(), errors);
        rules::sealed_text("/note", self.note.as_ref(), LONGEST, errors);
    }
}

/// Why the sender takes it back.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelBody {
    /// The reason. Sealed; the provider does not see it.
    #[schema(value_type = String)]
    pub reason: Sensitive<String>,
}

impl Checked for CancelBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::sealed_text("/reason", Some(&self.reason), LONGEST, errors);
    }
}

/// Why the survivor does not want it. Nobody has to give a reason.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawBody {
    /// The reason, in the person's words. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub reason: Option<Sensitive<String>>,
}

impl Checked for WithdrawBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::sealed_text("/reason", self.reason.as_ref(), LONGEST, errors);
    }
}

/// Who is to work on it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkerBody {
    /// An active user of the provider with a provider's role.
    pub worker_id: UserId,
}

impl Checked for WorkerBody {}

/// Declares moves: the extractor of the body, the body, and what is done with it.
macro_rules! moves {
    ($($(#[$doc:meta])* $name:ident: $action:ty, $extract:ident<$body:ty> => $act:expr;)+) => {$(
        $(#[$doc])*
        pub(super) async fn $name(
            caller: Caller<$action>,
            id: PathId<ReferralId>,
            version: IfMatch,
            body: $extract<$body>,
        ) -> Result<Reply<ReferralView>, Problem> {
            let (body, digest) = body.into_parts();
            let key = caller.once(&digest);
            let profile = caller.app().profile().clone();
            let to = Target { id: id.0, expected: version.expected() };
            let act: Act<$body> = $act;
            let view = caller
                .write(move |tx| once(tx, key.as_ref(), |tx| act(tx, &to, &body, &profile), open))
                .await?;
            Ok(Reply::shown(view))
        }
    )+};
}

type Act<B> = fn(&mut Tx<'_>, &Target, &B, &CountryProfile) -> Stored<Audited<ReferralId>>;

moves! {
    /// Sends a referral.
    send: SendReferral, OptionalBody<Nothing> =>
        |tx, to, _, profile| referrals::send(tx, to, profile);
    /// Marks an offer as opened.
    receive: ReceiveReferral, OptionalBody<Nothing> => |tx, to, _, _| referrals::receive(tx, to);
    /// Accepts an offer.
    accept: AcceptReferral, OptionalBody<AcceptBody> => |tx, to, body, _| {
        let acceptance = Acceptance {
            worker_id: body.worker_id.clone(),
            expected_intake_at: body.expected_intake_at,
            note: body.note.clone(),
        };
        referrals::accept(tx, to, &acceptance)
    };
    /// Declines an offer.
    decline: DeclineReferral, Body<DeclineBody> =>
        |tx, to, body, _| referrals::decline(tx, to, body.reason, &body.note);
    /// Marks the beginning of the work.
    start: StartReferral, OptionalBody<Nothing> => |tx, to, _, _| referrals::start(tx, to);
    /// Ends the work with its outcome.
    complete: CompleteReferral, OptionalBody<CompleteBody> => |tx, to, body, _| {
        referrals::complete(tx, to, body.outcome.as_deref(), &body.note)
    };
    /// Gives an accepted referral back.
    return_to_sender: ReturnReferral, Body<DeclineBody> =>
        |tx, to, body, _| referrals::return_to_sender(tx, to, body.reason, &body.note);
    /// Takes a referral back.
    cancel: CancelReferral, Body<CancelBody> =>
        |tx, to, body, _| referrals::cancel(tx, to, &Some(body.reason.clone()));
    /// Ends a referral because the survivor wants it so.
    withdraw: WithdrawReferral, OptionalBody<WithdrawBody> =>
        |tx, to, body, _| referrals::withdraw(tx, to, &body.reason);
    /// Gives an accepted referral to another worker.
    assign: AssignReferral, Body<WorkerBody> =>
        |tx, to, body, _| referrals::assign(tx, to, &body.worker_id);
}
