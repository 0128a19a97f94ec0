//! What moves a case: one handler per move, all of the same shape.

use std::collections::BTreeSet;

use refero_domain::{
    closure::ClosureCheck,
    id::{CaseId, UserId},
    policy::{
        ActivateCase, AssignCase, ClaimCase, CloseCase, DeclineClosure, MeetDeadline, ReopenCase,
        ResumeCase, StartFollowUp, StartReflection, SuspendCase,
    },
    sensitive::Sensitive,
};
use refero_store::unit::Tx;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{open, view::CaseView};
use crate::{
    api::{
        caller::Caller,
        extract::{Body, Checked, IfMatch, OptionalBody, PathId},
        problem::{FieldCode, FieldErrors, Pointer, Problem},
        reply::Reply,
        v1::{Nothing, once, rules},
    },
    service::cases::{self, ClosureRequest},
};

/// Declares moves that take no more than a version.
macro_rules! moves {
    ($($(#[$doc:meta])* $name:ident: $action:ty => |$tx:ident, $profile:ident, $target:ident| $act:expr;)+) => {
        $(
            $(#[$doc])*
            pub(super) async fn $name(
                caller: Caller<$action>,
                id: PathId<CaseId>,
                version: IfMatch,
                body: OptionalBody<Nothing>,
            ) -> Result<Reply<CaseView>, Problem> {
                let key = caller.once(&body.digest());
                let profile = caller.app().profile().clone();
                let view = caller
                    .write(move |tx| {
                        let $profile = &profile;
                        let act = |$tx: &mut Tx<'_>| {
                            let $target = (&id.0, version.expected());
                            $act
                        };
                        once(tx, key.as_ref(), act, open)
                    })
                    .await?;
                Ok(Reply::shown(view))
            }
        )+
    };
}

moves! {
    /// Claims a case from triage.
    claim: ClaimCase => |tx, _profile, target| cases::claim(tx, target);
    /// Opens a case for help.
    activate: ActivateCase => |tx, profile, target| cases::activate(tx, profile, target);
    /// Starts the recovery and reflection period.
    start_reflection: StartReflection => |tx, profile, target| {
        cases::start_reflection(tx, profile, target)
    };
    /// Resumes work.
    resume: ResumeCase => |tx, profile, target| cases::resume(tx, profile, target);
    /// Starts the follow-up.
    start_follow_up: StartFollowUp => |tx, profile, target| cases::start_follow_up(tx, profile, target);
    /// Declines a request to close.
    decline_closure: DeclineClosure => |tx, _profile, target| cases::decline_closure(tx, target);
}

/// How long the reason of a move may be, in characters.
const LONGEST: usize = 5_000;

/// Why a case is suspended.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuspendBody {
    /// The reason, 1 to 5,000 characters. Sealed, and kept as a note on the case.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub reason: Option<Sensitive<String>>,
}

impl Checked for SuspendBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::sealed_text("/reason", self.reason.as_ref(), LONGEST, errors);
    }
}

/// Suspends a case because contact is lost.
pub(super) async fn suspend(
    caller: Caller<SuspendCase>,
    id: PathId<CaseId>,
    version: IfMatch,
    body: OptionalBody<SuspendBody>,
) -> Result<Reply<CaseView>, Problem> {
    let (body, digest) = body.into_parts();
    let profile = caller.app().profile().clone();
    let key = caller.once(&digest);
    let view = caller
        .write(move |tx| {
            let target = (&id.0, version.expected());
            let act = |tx: &mut Tx<'_>| cases::suspend(tx, &profile, target, body.reason.as_ref());
            once(tx, key.as_ref(), act, open)
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Why a closed case is opened again.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReopenBody {
    /// The reason, 1 to 5,000 characters. Sealed, and kept as a note on the case.
    #[schema(value_type = String)]
    pub reason: Sensitive<String>,
}

impl Checked for ReopenBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::sealed_text("/reason", Some(&self.reason), LONGEST, errors);
    }
}

/// Reopens a closed case.
pub(super) async fn reopen(
    caller: Caller<ReopenCase>,
    id: PathId<CaseId>,
    version: IfMatch,
    body: Body<ReopenBody>,
) -> Result<Reply<CaseView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once(&digest);
    let profile = caller.app().profile().clone();
    let view = caller
        .write(move |tx| {
            let target = (&id.0, version.expected());
            let act = |tx: &mut Tx<'_>| cases::reopen(tx, &profile, target, &body.reason);
            once(tx, key.as_ref(), act, open)
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Who is to coordinate the case.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignBody {
    /// An active coordinator of the case's area.
    pub coordinator_id: UserId,
}

impl Checked for AssignBody {}

/// Assigns or reassigns a case.
pub(super) async fn assign(
    caller: Caller<AssignCase>,
    id: PathId<CaseId>,
    version: IfMatch,
    body: Body<AssignBody>,
) -> Result<Reply<CaseView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once(&digest);
    let view = caller
        .write(move |tx| {
            let target = (&id.0, version.expected());
            once(tx, key.as_ref(), |tx| cases::assign(tx, target, &body.coordinator_id), open)
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Which deadline is met.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeadlineBody {
    /// The `kind` of a clock of the case: `urgent_needs`, `guardian_for_child`,
    /// `needs_assessment_and_plan`, `follow_up_1` to `follow_up_4`. The others are met by what is done, and so are these where an act here tells.
    #[schema(max_length = 64)]
    pub kind: String,
}

impl Checked for DeadlineBody {
    fn check(&self, errors: &mut FieldErrors) {
        if !cases::SAID_TO_BE_MET.contains(&self.kind.as_str()) {
            errors.add("kind", FieldCode::NotInList);
        }
    }
}

/// Says that a deadline is met.
pub(super) async fn meet_deadline(
    caller: Caller<MeetDeadline>,
    id: PathId<CaseId>,
    version: IfMatch,
    body: Body<DeadlineBody>,
) -> Result<Reply<CaseView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once(&digest);
    let view = caller
        .write(move |tx| {
            let target = (&id.0, version.expected());
            once(tx, key.as_ref(), |tx| cases::meet_deadline(tx, target, &body.kind), open)
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Why the case is to be closed.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseBody {
    /// `case_closure_reason`; needed by whoever asks, not by whoever approves.
    #[serde(default)]
    pub reason: Option<String>,
    /// Why it is to be closed although something of the closure checklist is open, each once. Not by whoever
    /// approves. Asked for with the reason `aged_out_transition` while no step of the plan prepares for the
    /// time after the age of majority.
    #[serde(default)]
    pub checklist_exceptions: Vec<ClosureExceptionBody>,
}

/// Why something is left open.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClosureExceptionBody {
    /// What is open.
    pub item: ClosureCheck,
    /// Why, 1 to 5,000 characters. Sealed.
    #[schema(value_type = String)]
    pub reason: Sensitive<String>,
}

impl Checked for CloseBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::code("/reason", "case_closure_reason", self.reason.as_deref(), errors);
        let mut seen = BTreeSet::new();
        for (index, exception) in self.checklist_exceptions.iter().enumerate() {
            let place = Pointer::from("/checklist_exceptions").index(index);
            if !seen.insert(exception.item) {
                errors.add(place.member("item"), FieldCode::DuplicateField);
            }
            rules::sealed_text(place.member("reason"), Some(&exception.reason), LONGEST, errors);
        }
    }
}

impl CloseBody {
    fn request(self) -> ClosureRequest {
        let left_out =
            self.checklist_exceptions.into_iter().map(|one| (one.item, one.reason)).collect();
        ClosureRequest { reason: self.reason, left_out }
    }
}

/// Asks to close a case, or approves that somebody else asked.
pub(super) async fn close(
    caller: Caller<CloseCase>,
    id: PathId<CaseId>,
    version: IfMatch,
    body: OptionalBody<CloseBody>,
) -> Result<Reply<CaseView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once(&digest);
    let (profile, asked) = (caller.app().profile().clone(), body.request());
    let view = caller
        .write(move |tx| {
            let target = (&id.0, version.expected());
            let act = |tx: &mut Tx<'_>| cases::close(tx, &profile, target, &asked);
            once(tx, key.as_ref(), act, open)
        })
        .await?;
    Ok(Reply::shown(view))
}
