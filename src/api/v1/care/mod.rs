//! The care of a case, as those see it who coordinate it.

use actix_web::{Responder, http::Method};
use refero_domain::{
    id::{CaseId, ReferralId},
    policy::ReadCare,
};
use refero_store::Result as Stored;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{
        caller::Caller,
        extract::{PathId, Query},
        operation::Table,
        page::Filters,
        problem::Problem,
        v1::{PageQuery, referrals::ReferralView, service_updates::ServiceUpdateView},
    },
    service::care::{self, CareOfCase},
};

/// The operation on the care of a case.
#[must_use]
pub fn table(table: Table) -> Table {
    table.op((Method::GET, "/v1/cases/{id}/care", "readCare"), read, |o| {
        o.says(
            "cases",
            "Follow the care of a case",
            "Shows every referral of the case, newest first, each with what its provider \
                 reports, so that nobody falls through between two organisations. Notes of medical \
                 services are withheld: the coordinator sees that care happens and how it ends.",
        )
        .lists::<CareView>(&[])
    })
}

/// A referral of the case with what its provider reports.
#[derive(Clone, Serialize, ToSchema)]
pub struct CareView {
    /// The referral, without words.
    pub referral: ReferralView,
    /// The updates, in the order in which they were written.
    pub updates: Vec<ServiceUpdateView>,
}

/// Shows the care of a case.
async fn read(
    caller: Caller<ReadCare>,
    case: PathId<CaseId>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let (app, http) = (caller.app(), caller.http().clone());
    let principal = format!("{} {}", caller.user_id(), case.0);
    let pager = app.cursors().pager("care.read", Filters::of_query(&http), &principal);
    let PageQuery { limit, cursor } = query.0;
    let after: Option<ReferralId> = pager.open(cursor.as_ref())?;
    let rows = caller
        .read(move |reading| {
            let (event, care) = care::of_case(reading, &case.0, after.as_ref(), limit.rows())?;
            let seen_by = (reading.actor()?, reading.now());
            let CareOfCase { permit, referrals } = care;
            let views = referrals.try_map(|(referral, updates)| -> Stored<_> {
                Ok(CareView {
                    referral: ReferralView::of(&referral, seen_by)?,
                    updates: updates
                        .iter()
                        .map(|update| ServiceUpdateView::of(&permit, update))
                        .collect(),
                })
            })?;
            Ok(reading.disclose(event, views))
        })
        .await?;
    let page = pager.page(rows, |view: &CareView| view.referral.id.clone())?;
    Ok(page.respond(&http))
}
