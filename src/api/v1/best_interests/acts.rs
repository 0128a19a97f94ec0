//! What moves a best-interests procedure: one handler per act, all of the same shape.

use refero_domain::{
    id::BestInterestsId,
    policy::{
        ApproveDetermination, DeclineDetermination, NameInterestsPanel, ProposeDetermination,
        ReviewDetermination,
    },
};

use super::{
    BestInterestsDeterminationBody, BestInterestsPanelBody, BestInterestsReviewBody,
    BestInterestsView, open,
};
use crate::{
    api::{
        extract::{Body, OptionalBody},
        v1::{Nothing, parts::acts},
    },
    service::best_interests::{self, Target},
};

acts! {
    on BestInterestsId, Target, shown as BestInterestsView,
        by |reading, _profile, to, id| open(reading, &to.case_id, id);
    /// Names the panel.
    name_panel: NameInterestsPanel, Body<BestInterestsPanelBody> => |tx, _profile, to, body| {
        best_interests::name_panel(tx, to, &body.panel())
    };
    /// Proposes a determination.
    propose: ProposeDetermination, Body<BestInterestsDeterminationBody> => |tx, _profile, to, body| {
        best_interests::propose(tx, to, &body.proposal())
    };
    /// Approves a determination.
    approve: ApproveDetermination, OptionalBody<Nothing> => |tx, profile, to, _body| {
        best_interests::approve(tx, profile, to)
    };
    /// Declines a determination.
    decline: DeclineDetermination, OptionalBody<Nothing> => |tx, _profile, to, _body| {
        best_interests::decline(tx, to)
    };
    /// Asks to look at a determination again.
    review: ReviewDetermination, Body<BestInterestsReviewBody> => |tx, _profile, to, body| {
        best_interests::review(tx, to, &body.reason)
    };
}
