//! Counts that tell of nobody (R18).

use actix_web::{HttpResponse, Responder, http::Method};
use refero_domain::{
    policy::ReadStatistics,
    referral::DeclineReason,
    statistics::{AreaGaps, Counts, Quarter, ServiceGaps},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    api::{
        caller::Caller,
        extract::Query,
        operation::{Table, Takes},
        problem::{FieldCode, FieldError, Problem, ProblemCode},
    },
    service::statistics::{self, GapReport},
};

/// How many referrals were declined for one reason.
#[derive(Clone, Copy, Serialize, ToSchema)]
pub struct DeclinedCountView {
    /// The reason.
    pub reason: DeclineReason,
    /// How many; null if that is not shown.
    pub count: Option<i64>,
}

/// What was asked and answered. A count is null where it would tell of few people (R18).
#[derive(Clone, Serialize, ToSchema)]
pub struct GapCountsView {
    /// People for whom the service was asked.
    pub people_asked: Option<i64>,
    /// Those for whom somebody accepted.
    pub people_accepted: Option<i64>,
    /// Those for whom nobody had accepted when the quarter ended.
    pub people_unmet: Option<i64>,
    /// Referrals that were sent.
    pub asked: Option<i64>,
    /// Those that were accepted.
    pub accepted: Option<i64>,
    /// Those that were declined.
    pub declined: Option<i64>,
    /// Those that had not been answered when the quarter ended.
    pub unanswered: Option<i64>,
    /// Why they were declined.
    pub declined_by: Vec<DeclinedCountView>,
    /// Half of the answers came within so many seconds; null if there was none, or too few people.
    pub median_answer_s: Option<i64>,
}

impl From<Counts> for GapCountsView {
    fn from(counts: Counts) -> Self {
        let declined = counts.declined_by.iter();
        Self {
            people_asked: counts.people_asked,
            people_accepted: counts.people_accepted,
            people_unmet: counts.people_unmet,
            asked: counts.asked,
            accepted: counts.accepted,
            declined: counts.declined,
            unanswered: counts.unanswered,
            declined_by: declined
                .map(|one| DeclinedCountView { reason: one.reason, count: one.count })
                .collect(),
            median_answer_s: counts.median_answer_s,
        }
    }
}

/// The counts of one area.
#[derive(Clone, Serialize, ToSchema)]
pub struct AreaGapsView {
    /// ISO 3166-2; null for people of whom nobody knows where they were found.
    pub area: Option<String>,
    /// The counts.
    #[serde(flatten)]
    #[schema(inline)]
    pub counts: GapCountsView,
}

/// The counts of one type of service.
#[derive(Clone, Serialize, ToSchema)]
pub struct ServiceGapsView {
    /// A code of `service_type`.
    pub service_type: String,
    /// In all areas that the caller counts.
    pub total: GapCountsView,
    /// Area by area.
    pub areas: Vec<AreaGapsView>,
}

impl From<ServiceGaps> for ServiceGapsView {
    fn from(gaps: ServiceGaps) -> Self {
        let area = |AreaGaps { area, counts }| AreaGapsView { area, counts: counts.into() };
        Self {
            service_type: gaps.service_type,
            total: gaps.total.into(),
            areas: gaps.areas.into_iter().map(area).collect(),
        }
    }
}

/// Where services are missing: what was asked of providers in a quarter, and how they answered.
#[derive(Clone, Serialize, ToSchema)]
pub struct GapReportView {
    /// The quarter: `2026-Q3`.
    pub quarter: String,
    /// Whether it is over. What is over does not change any more.
    pub is_over: bool,
    /// Counts of fewer people than this are not shown, nor those from which one would follow; null for who
    /// supervises, and sees the cases themselves.
    pub suppress_under: Option<u16>,
    /// By type of service.
    pub services: Vec<ServiceGapsView>,
}

impl From<GapReport> for GapReportView {
    fn from(report: GapReport) -> Self {
        Self {
            quarter: report.quarter.to_string(),
            is_over: report.is_over,
            suppress_under: report.suppress_under,
            services: report.gaps.into_iter().map(ServiceGapsView::from).collect(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GapQuery {
    #[serde(default)]
    quarter: Option<String>,
}

/// Shows where services are missing.
async fn service_gaps(
    caller: Caller<ReadStatistics>,
    query: Query<GapQuery>,
) -> Result<impl Responder, Problem> {
    let quarter = query.0.quarter.as_deref().map(str::parse::<Quarter>).transpose();
    let quarter = quarter.map_err(|_| {
        let error = FieldError::in_parameter("quarter", FieldCode::Format);
        Problem::new(ProblemCode::InvalidParameter).errors([error])
    })?;
    let profile = caller.app().profile().clone();
    let view = caller
        .read(move |reading| {
            let (event, report) = statistics::service_gaps(reading, quarter, &profile)?;
            Ok(reading.disclose(event, GapReportView::from(report)))
        })
        .await?;
    Ok(HttpResponse::Ok().json(view))
}

/// The operations on counts.
#[must_use]
pub fn table(table: Table) -> Table {
    table.op((Method::GET, "/v1/statistics/service-gaps", "readServiceGaps"), service_gaps, |o| {
        o.says(
            "statistics",
            "See where services are missing",
            "Counts by type of service and area what was asked of providers in a quarter: accepted, declined and \
             why, not answered, people for whom nobody accepted, and how long an answer took. A quarter is \
             counted as it stood at its end. Supervisors see the areas that they supervise, as they are, also \
             in the present quarter. Analysts see the whole country; counts of fewer people than the country \
             profile says (`statistics`) are null, and others from which one would follow (R18); a quarter that \
             is not over is 403 `not-permitted` for them, because its difference from one day to the next would \
             tell of one person. 400 `invalid-parameter` for what is no quarter.",
        )
        .shows::<GapReportView>()
        .asks(&[(
            "quarter",
            Takes::Word,
            "`2026-Q3`; the last one that is over, if absent. By the clock of the country.",
        )])
    })
}
