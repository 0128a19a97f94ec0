//! What a report looks like to somebody who may see it.

use refero_domain::{
    actor::Actor,
    age::AgeStatus,
    case::RiskLevel,
    id::{CaseId, DetectionReportId, OrganisationId, UserId},
    instant::Instant,
    person::Identity,
    policy::{Class, Permit, ReadReport},
    report::{ReportDetails, ReportState},
};
use refero_store::{Result, reports::Report};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{reply::Representation, v1::Links},
    service::reports::Listed,
};

/// A detection report.
#[derive(Clone, Serialize, ToSchema)]
pub struct ReportView {
    /// The report.
    pub id: DetectionReportId,
    /// Where it stands.
    pub state: ReportState,
    /// For `If-Match`.
    pub version: i64,
    /// The organisation it was written in.
    pub organisation_id: OrganisationId,
    /// Who wrote it.
    pub author_id: UserId,
    /// The case it became.
    pub case_id: Option<CaseId>,
    /// What to say on the telephone.
    pub case_code: Option<String>,
    /// When it was begun.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// When it was submitted.
    pub submitted_at: Option<Instant>,
    /// The coded facts (`case_restricted`).
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    pub facts: Option<ReportFactsView>,
    /// Who the person is (`identity_sealed`): its author sees it while it is a draft.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// The moves that the caller could make now.
    pub allowed_actions: Vec<&'static str>,
    /// Classes of data that exist and are not shown.
    pub withheld: Vec<Class>,
    /// Where to go from here.
    pub links: Links,
}

/// What a report says.
#[derive(Clone, Serialize, ToSchema)]
pub struct ReportFactsView {
    /// What is known about the age, or that nobody knows.
    pub age_status: AgeStatus,
    /// Derived from the age status alone (R6).
    pub protected_as_child: bool,
    /// How great the danger is, as derived from everything that was said.
    pub risk_level: RiskLevel,
    /// What it tells in words; never in a list.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    pub words: Option<ReportWordsView>,
    /// Everything else, as it was sent.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub details: serde_json::Map<String, serde_json::Value>,
}

/// What a report tells in words.
#[derive(Clone, Serialize, ToSchema)]
pub struct ReportWordsView {
    /// Where the person was found, in words.
    pub place: Option<String>,
    /// What happened, in words.
    pub narrative: Option<String>,
}

impl ReportView {
    /// Shows a report as far as the permit goes.
    ///
    /// # Errors
    /// Only if the permit and its classes contradict each other.
    pub fn of(actor: &Actor, permit: &Permit<ReadReport, Report>) -> Result<Self> {
        let secrets = &permit.row().secrets;
        let words = secrets.reveal(permit, Class::CaseRestricted).ok();
        let words = words.map(|words| ReportWordsView {
            place: words.place.clone(),
            narrative: words.narrative.clone(),
        });
        let identity = secrets.reveal(permit, Class::IdentitySealed).ok();
        Self::with(actor, permit, words, identity.map(|secrets| secrets.identity.clone()))
    }

    /// Shows a report in a list: codes, and nothing that is sealed.
    ///
    /// # Errors
    /// Only if what is stored is broken.
    pub fn listed(actor: &Actor, permit: &Listed) -> Result<Self> {
        Self::with(actor, permit, None, None)
    }

    fn with<S>(
        actor: &Actor,
        permit: &Permit<ReadReport, Report<S>>,
        words: Option<ReportWordsView>,
        identity: Option<Identity>,
    ) -> Result<Self> {
        let report = permit.row();
        let mut withheld = Vec::new();
        let facts = if permit.may_see(Class::CaseRestricted) {
            Some(facts(&report.details, words)?)
        } else {
            withheld.push(Class::CaseRestricted);
            None
        };
        if identity.is_none() {
            withheld.push(Class::IdentitySealed);
        }
        let mut links = Links::to("self", format!("/v1/detection-reports/{}", report.id));
        if let Some(case) = &report.case_id {
            links = links.and("case", format!("/v1/cases/{case}"));
        }
        Ok(Self {
            id: report.id.clone(),
            state: report.state.get(),
            version: report.version,
            organisation_id: report.organisation_id.clone(),
            author_id: report.author_id.clone(),
            case_id: report.case_id.clone(),
            case_code: report.case_code.clone(),
            created_at: report.created_at,
            updated_at: report.updated_at,
            submitted_at: report.submitted_at,
            facts,
            identity,
            allowed_actions: report.allowed_actions(actor),
            withheld,
            links,
        })
    }
}

fn facts(told: &ReportDetails, words: Option<ReportWordsView>) -> Result<ReportFactsView> {
    let broken = |e| refero_store::Error::broken_by("a report has no JSON form", e);
    let serde_json::Value::Object(mut details) = serde_json::to_value(told).map_err(broken)? else {
        return Err(refero_store::Error::broken("a report is not an object"));
    };
    details.remove("age_status");
    details.remove("risk_level");
    Ok(ReportFactsView {
        age_status: told.age_status(),
        protected_as_child: told.age_status().protected_as_child(),
        risk_level: told.danger(),
        words,
        details,
    })
}

impl Representation for ReportView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/detection-reports/{}", self.id)
    }
}
