//! What moves a best-interests procedure: one handler per act, all of the same shape.

use refero_domain::{
    id::{BestInterestsId, CaseId},
    policy::{
        ApproveDetermination, DeclineDetermination, NameInterestsPanel, ProposeDetermination,
        ReviewDetermination,
    },
};
use refero_store::unit::Tx;

use super::{
    BestInterestsDeterminationBody, BestInterestsPanelBody, BestInterestsReviewBody,
    BestInterestsView, open,
};
use crate::{
    api::{
        caller::Caller,
        extract::{Body, IfMatch, OptionalBody, PathIds},
        problem::Problem,
        reply::Reply,
        v1::{Nothing, once},
    },
    service::best_interests::{self, Target},
};

/// Declares the handlers.
macro_rules! acts {
    ($($(#[$doc:meta])* $name:ident: $action:ty, $body:ty => |$tx:ident, $profile:ident, $to:ident, $said:ident| $act:expr;)+) => {
        $(
            $(#[$doc])*
            pub(super) async fn $name(
                caller: Caller<$action>,
                ids: PathIds<CaseId, BestInterestsId>,
                version: IfMatch,
                body: $body,
            ) -> Result<Reply<BestInterestsView>, Problem> {
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
