//! What is overdue: referrals that nobody answered, deadlines that nobody met.

use actix_web::{Responder, http::Method};
use refero_domain::{
    id::{CaseId, OrganisationId, ReferralId},
    instant::Instant,
    policy::{Action, Class, ReadOverdueQueue},
};
use refero_store::overdue::{Overdue, What};
use serde::Serialize;
use utoipa::ToSchema;

use super::TAG;
use crate::{
    api::{
        caller::Caller,
        extract::Query,
        operation::Table,
        page::Filters,
        problem::Problem,
        v1::{Links, PageQuery},
    },
    service::queues,
};

/// What kind of thing is overdue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OverdueKind {
    /// The answer to a referral.
    Referral,
    /// A deadline of a case.
    Clock,
}

/// Something overdue.
#[derive(Clone, Serialize, ToSchema)]
pub struct OverdueView {
    /// What kind of thing.
    pub kind: OverdueKind,
    /// The referral or the clock.
    pub id: String,
    /// Since when.
    pub due_at: Instant,
    /// Of which case.
    pub case_id: CaseId,
    /// What to say on the telephone.
    pub case_code: String,
    /// The referral that nobody answered.
    pub referral_id: Option<ReferralId>,
    /// Who should have answered.
    pub organisation_id: Option<OrganisationId>,
    /// What should have been done: a clock of the country profile.
    pub clock: Option<String>,
    /// When the supervisor was told.
    pub escalated_at: Option<Instant>,
    /// Where the referral stands (`referral_status`), or the case whose deadline it is (`case_status`).
    #[schema(examples("sent"))]
    pub state: &'static str,
    /// The version of that referral or case.
    pub version: i64,
    /// The moves of that referral or case that the caller could make now.
    pub allowed_actions: Vec<&'static str>,
    /// Classes of data that exist and are not shown: a list of work tells nothing about a person.
    #[schema(value_type = Vec<Class>)]
    pub withheld: [Class; 2],
    /// Where to go from here.
    pub links: Links,
}

impl OverdueView {
    fn of(item: &Overdue) -> Self {
        let case = format!("/v1/cases/{}", item.case_id);
        let links = Links::to("case", case);
        let (kind, referral_id, organisation_id, clock) = match &item.what {
            What::Referral { id, organisation_id } => {
                (OverdueKind::Referral, Some(id.clone()), Some(organisation_id.clone()), None)
            }
            What::Clock { kind, .. } => (OverdueKind::Clock, None, None, Some(kind.clone())),
        };
        let links = match &referral_id {
            Some(referral) => links.and("referral", format!("/v1/referrals/{referral}")),
            None => links,
        };
        Self {
            kind,
            id: item.what.id().to_owned(),
            due_at: item.due_at,
            case_id: item.case_id.clone(),
            case_code: item.case_code.clone(),
            referral_id,
            organisation_id,
            clock,
            escalated_at: item.escalated_at,
            state: item.stands.state,
            version: item.stands.version,
            allowed_actions: item.stands.allowed_actions.clone(),
            withheld: [Class::CaseRestricted, Class::IdentitySealed],
            links,
        }
    }
}

/// The operation on what is overdue.
pub(super) fn table(table: Table) -> Table {
    table.op((Method::GET, "/v1/queues/overdue", "readOverdueQueue"), read, |o| {
        o.says(
            TAG,
            "See what is overdue",
            "Lists referrals whose answer is late and deadlines of cases that nobody met, in the \
             caller's area, the longest waiting first. `escalated_at` says when the supervisor was \
             told. Overdue is not a state: a late answer is still possible.",
        )
        .lists::<OverdueView>(&[])
    })
}

/// Lists what is overdue.
async fn read(
    caller: Caller<ReadOverdueQueue>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let (app, http) = (caller.app(), caller.http().clone());
    let principal = caller.user_id().as_str().to_owned();
    let pager = app.cursors().pager(ReadOverdueQueue::NAME, Filters::of_query(&http), &principal);
    let PageQuery { limit, cursor } = query.0;
    let after: Option<(Instant, String)> = pager.open(cursor.as_ref())?;
    let rows = caller
        .read(move |reading| {
            let (event, found) = queues::overdue(reading, after.as_ref(), limit.rows())?;
            let views = found.map(|item| OverdueView::of(&item));
            Ok(reading.disclose(event, views))
        })
        .await?;
    let page = pager.page(rows, |view: &OverdueView| (view.due_at, view.id.clone()))?;
    Ok(page.respond(&http))
}
