//! What moves a recovery and reflection period: one handler per act, all of the same shape.

use refero_domain::{
    id::ReflectionPeriodId,
    policy::{
        DeclineReflection, EndReflection, ExtendReflection, GrantReflection, RefuseReflection,
        TellReflection, TerminateReflection,
    },
};

use super::{
    ReflectionDeclineBody, ReflectionExtensionBody, ReflectionGrantBody, ReflectionNoticeBody,
    ReflectionPeriodView, ReflectionRefusalBody, ReflectionTerminationBody, open,
};
use crate::{
    api::{
        extract::{Body, OptionalBody},
        v1::{Nothing, parts::acts},
    },
    service::reflections::{self, Target},
};

acts! {
    on ReflectionPeriodId, Target, shown as ReflectionPeriodView,
        by |reading, profile, to, id| open(reading, profile, (&to.case_id, id));
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
