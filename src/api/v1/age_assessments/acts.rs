//! What moves an age assessment: one handler per act, all of the same shape.

use refero_domain::{
    id::{AgeAssessmentId, CaseId},
    policy::{
        ApproveAgeDecision, ContestAgeDecision, DeclineAgeDecision, NameAgePanel,
        ProposeAgeDecision, WithdrawAgeDoubt,
    },
};
use refero_store::unit::Tx;

use super::{
    AgeAssessmentView, AgeContestBody, AgeDecisionBody, AgeDoubtWithdrawalBody, AgePanelBody, open,
};
use crate::{
    api::{
        caller::Caller,
        extract::{Body, IfMatch, OptionalBody, PathIds},
        problem::Problem,
        reply::Reply,
        v1::{Nothing, once},
    },
    service::age_assessments::{self, Target},
};

/// Declares the handlers.
macro_rules! acts {
    ($($(#[$doc:meta])* $name:ident: $action:ty, $body:ty => |$tx:ident, $profile:ident, $to:ident, $said:ident| $act:expr;)+) => {
        $(
            $(#[$doc])*
            pub(super) async fn $name(
                caller: Caller<$action>,
                ids: PathIds<CaseId, AgeAssessmentId>,
                version: IfMatch,
                body: $body,
            ) -> Result<Reply<AgeAssessmentView>, Problem> {
                let (said, digest) = body.into_parts();
                let key = caller.once(&digest);
                let profile = caller.app().profile().clone();
                let to = Target { case_id: ids.0, id: ids.1, expected: version.expected() };
                let view = caller
                    .write(move |tx| {
                        let ($to, $profile, $said) = (&to, &profile, &said);
                        let act = |$tx: &mut Tx<'_>| $act;
                        once(tx, key.as_ref(), act, |reading, id| open(reading, &to.case_id, id))
                    })
                    .await?;
                Ok(Reply::shown(view))
            }
        )+
    };
}

acts! {
    /// Names the panel.
    name_panel: NameAgePanel, Body<AgePanelBody> => |tx, profile, to, body| {
        age_assessments::name_panel(tx, profile, to, &body.panel(), body.consent)
    };
    /// Proposes a decision.
    propose: ProposeAgeDecision, Body<AgeDecisionBody> => |tx, profile, to, body| {
        age_assessments::propose(tx, profile, to, &body.proposal()?)
    };
    /// Approves a decision.
    approve: ApproveAgeDecision, OptionalBody<Nothing> => |tx, profile, to, _body| {
        age_assessments::approve(tx, profile, to)
    };
    /// Declines a decision.
    decline: DeclineAgeDecision, OptionalBody<Nothing> => |tx, profile, to, _body| {
        age_assessments::decline(tx, profile, to)
    };
    /// Contests a decision.
    contest: ContestAgeDecision, Body<AgeContestBody> => |tx, profile, to, body| {
        age_assessments::contest(tx, profile, to, (&body.reason, body.on_behalf_of_person))
    };
    /// Asks to withdraw a doubt, or agrees.
    withdraw: WithdrawAgeDoubt, OptionalBody<AgeDoubtWithdrawalBody> => |tx, profile, to, body| {
        age_assessments::withdraw(tx, profile, to, body.reason.as_ref())
    };
}
