//! What is looked at before a case is closed.

use actix_web::http::Method;
use refero_domain::{
    case::CaseStatus,
    closure::{CheckState, Checked, ClosureCheck, Exception},
    event::Event,
    id::{CaseId, UserId},
    instant::Instant,
    policy::{Class, Permit, ReadClosureChecklist},
    profile::CountryProfile,
};
use refero_store::{Result as Stored, cases::CaseRow, closure::LeftOpen, unit::Reading};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{
        caller::Caller,
        extract::PathId,
        operation::Table,
        problem::Problem,
        reply::{Reply, Representation},
        v1::{Links, parts::shown},
    },
    service::closure::{self as service, Found},
};

/// One thing that is looked at.
#[derive(Serialize, ToSchema)]
pub(crate) struct ClosureCheckView {
    /// What.
    item: ClosureCheck,
    /// What was found.
    state: CheckState,
    /// How much of it is open.
    open: i64,
    /// Whether the case cannot be closed while this is open.
    blocks: bool,
}

/// Why something is left open.
#[derive(Serialize, ToSchema)]
pub(crate) struct ClosureExceptionView {
    /// What.
    item: ClosureCheck,
    /// Why.
    reason: String,
}

/// What was open when somebody asked to close the case.
#[derive(Serialize, ToSchema)]
pub(crate) struct ClosureRequestView {
    /// Who asked.
    requested_by: UserId,
    /// When.
    requested_at: Instant,
    /// What was open.
    open: Vec<ClosureCheck>,
    /// Why it is closed all the same; null if it is withheld.
    exceptions: Option<Vec<ClosureExceptionView>>,
}

/// What is open on a case.
#[derive(Serialize, ToSchema)]
pub struct ClosureChecklistView {
    /// The case.
    id: CaseId,
    /// Where the work on it stands.
    state: CaseStatus,
    /// The version of the case that was looked at.
    version: i64,
    /// Everything that is looked at.
    items: Vec<ClosureCheckView>,
    /// What was open whenever somebody asked to close it, the newest first, at most 50.
    requests: Vec<ClosureRequestView>,
    /// Always empty: what can be done stands in the case.
    #[schema(value_type = Vec<String>)]
    allowed_actions: [&'static str; 0],
    /// Classes of data that exist and are not shown.
    withheld: Vec<Class>,
    /// Where to go from here.
    links: Links,
}

fn check(one: &Checked) -> ClosureCheckView {
    ClosureCheckView {
        item: one.check,
        state: one.state,
        open: one.open,
        blocks: one.check.blocks(),
    }
}

fn request(
    permit: &Permit<ReadClosureChecklist, CaseRow>,
    request: &LeftOpen,
) -> ClosureRequestView {
    let words = request.words.reveal(permit, Class::CaseRestricted).ok();
    let exception =
        |one: &Exception| ClosureExceptionView { item: one.check, reason: one.reason.clone() };
    ClosureRequestView {
        requested_by: request.author_id.clone(),
        requested_at: request.created_at,
        open: request.open.clone(),
        exceptions: words.map(|words| words.exceptions.iter().map(exception).collect()),
    }
}

impl ClosureChecklistView {
    fn of(found: &Found) -> Self {
        let case = &found.permit.row().case;
        let base = format!("/v1/cases/{}", case.id);
        let requests: Vec<_> =
            found.requests.iter().map(|one| request(&found.permit, one)).collect();
        let withheld = requests.iter().any(|one| one.exceptions.is_none());
        Self {
            id: case.id.clone(),
            state: case.state.get(),
            version: case.version,
            items: found.checks.iter().map(check).collect(),
            requests,
            allowed_actions: [],
            withheld: withheld.then_some(Class::CaseRestricted).into_iter().collect(),
            links: Links::to("self", format!("{base}/closure-checklist")).and("case", base),
        }
    }
}

impl Representation for ClosureChecklistView {
    fn version(&self) -> Option<i64> {
        None
    }
    fn location(&self) -> String {
        format!("/v1/cases/{}/closure-checklist", self.id)
    }
}

fn open(
    reading: &mut Reading<'_>,
    profile: &CountryProfile,
    case: &CaseId,
) -> Stored<(Event, ClosureChecklistView)> {
    let (event, found) = service::open(reading, profile, case)?;
    Ok((event, ClosureChecklistView::of(&found)))
}

/// Shows what is open.
async fn read(
    caller: Caller<ReadClosureChecklist>,
    case: PathId<CaseId>,
) -> Result<Reply<ClosureChecklistView>, Problem> {
    let app = caller.app();
    shown(caller, move |reading| open(reading, app.profile(), &case.0)).await
}

/// The operation on what is looked at before a case is closed.
pub(super) fn table(table: Table) -> Table {
    const PATH: &str = "/v1/cases/{id}/closure-checklist";
    table.op((Method::GET, PATH, "readClosureChecklist"), read, |o| {
        let why = "Shows what is done, open or not applicable before the case is closed: referrals, needs, \
                   plan and its steps, the time after the age of majority, guardian, consents, follow-ups, \
                   deadlines. Only what `blocks` stands in the way of closing; everything else that is open \
                   is kept with the request, for the second person and for later (R10). Exceptions may be \
                   given reasons with `checklist_exceptions` of the request.";
        o.says(super::TAG, "Read the closure checklist", why).shows::<ClosureChecklistView>()
    })
}
