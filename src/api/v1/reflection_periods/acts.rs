//! What moves a recovery and reflection period: one handler per act, all of the same shape.

use refero_domain::{
    id::{CaseId, ReflectionPeriodId},
    policy::{
        DeclineReflection, EndReflection, ExtendReflection, GrantReflection, RefuseReflection,
        TellReflection, TerminateReflection,
    },
};
use refero_store::unit::Tx;

use super::{
    ReflectionDeclineBody, ReflectionExtensionBody, ReflectionGrantBody, ReflectionNoticeBody,
    ReflectionPeriodView, ReflectionRefusalBody, ReflectionTerminationBody, open,
};
use crate::{
    api::{
        caller::Caller,
        extract::{Body, IfMatch, OptionalBody, PathIds},
        problem::Problem,
        reply::Reply,
        v1::{Nothing, once},
    },
    service::reflections::{self, Target},
};

/// Declares the handlers.
macro_rules! acts {
    ($($(#[$doc:meta])* $name:ident: $action:ty, $body:ty => |$tx:ident, $profile:ident, $to:ident, $said:ident| $act:expr;)+) => {
        $(
            $(#[$doc])*
            pub(super) async fn $name(
                caller: Caller<$action>,
                ids: PathIds<CaseId, ReflectionPeriodId>,
                version: IfMatch,
                body: $body,
            ) -> Result<Reply<ReflectionPeriodView>, Problem> {
                let (said, digest) = body.into_parts();
                let key = caller.once(&digest);
                let profile = caller.app().profile().clone();
                let to = Target { case_id: ids.0, id: ids.1, expected: version.expected() };
                let view = caller
                    .write(move |tx| {
                        let ($to, $profile, $said) = (&to, &profile, &said);
                        let act = |$tx: &mut Tx<'_>| $act;
                        once(tx, key.as_ref(), act, |reading, id| {
                            open(reading, &profile, (&to.case_id, id))
                        })
                    })
                    .await?;
                Ok(Reply::shown(view))
            }
        )+
    };
}

acts! {
    /// Records that the person was told.
    record_notice: TellReflection, Body<ReflectionNoticeBody> => |tx, _profile, to, body| {
        reflections::record_notice(tx, to, &body.told())
    };
    /// Grants a period.
    grant: GrantReflection, OptionalBody<ReflectionGrantBody> => |tx, profile, to, body| {
        reflections::grant(tx, profile, to, (&body.stated(), body.starts_on))
    };
    /// Records that the person declined.
    decline: DeclineReflection, OptionalBody<ReflectionDeclineBody> => |tx, profile, to, body| {
        reflections::decline(tx, profile, to, body.reason.as_ref())
    };
    /// Refuses a period.
    refuse: RefuseReflection, Body<ReflectionRefusalBody> => |tx, profile, to, body| {
        reflections::refuse(tx, profile, to, &body.reasons)
    };
    /// Extends a period.
    extend: ExtendReflection, Body<ReflectionExtensionBody> => |tx, profile, to, body| {
        reflections::extend(tx, profile, to, (&body.stated(), &body.reasons))
    };
    /// Records that a period is over.
    end: EndReflection, OptionalBody<Nothing> => |tx, profile, to, _body| {
        reflections::end(tx, profile, to)
    };
    /// Ends a period early.
    terminate: TerminateReflection, Body<ReflectionTerminationBody> => |tx, profile, to, body| {
        reflections::terminate(tx, profile, to, (body.reason, &body.reasons))
    };
}
