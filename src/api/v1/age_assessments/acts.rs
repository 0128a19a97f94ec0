//! What moves an age assessment: one handler per act, all of the same shape.

use refero_domain::{
    id::AgeAssessmentId,
    policy::{
        ApproveAgeDecision, ContestAgeDecision, DeclineAgeDecision, NameAgePanel,
        ProposeAgeDecision, WithdrawAgeDoubt,
    },
};

use super::{
    AgeAssessmentView, AgeContestBody, AgeDecisionBody, AgeDoubtWithdrawalBody, AgePanelBody, open,
};
use crate::{
    api::{
        extract::{Body, OptionalBody},
        v1::{Nothing, parts::acts},
    },
    service::age_assessments::{self, Target},
};

acts! {
    on AgeAssessmentId, Target, shown as AgeAssessmentView,
        by |reading, _profile, to, id| open(reading, &to.case_id, id);
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
