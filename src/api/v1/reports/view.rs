//! What a report looks like to somebody who may see it.

use refero_domain::{
    actor::Actor,
    id::{CaseId, DetectionReportId, OrganisationId, UserId},
    instant::Instant,
    person::Identity,
    policy::{Class, Permit, ReadReport},
    report::{ReportDetails, ReportState},
};
use refero_store::reports::Report;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{reply::Representation, v1::Links},
    service::reports::Listed,
};

/// Whether somebody is registered already who may be the same person. Who, where and how many is for the
/// bureau to know: a first responder learns no more of people whom others have found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PossibleDuplicates {
    /// Nobody looks like this person.
    NoneFound,
    /// Somebody may be the same person. The bureau will look; there is nothing to do.
    BureauWillLook,
}

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
    /// Whether somebody is registered already who may be the same person, in the answer to submitting
    /// (R12). Missing if nobody could look just then; they are compared in any case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub possible_duplicates: Option<PossibleDuplicates>,
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
    /// Derived from the age status alone (R6).
    pub protected_as_child: bool,
    /// What it tells in words; never in a list.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    pub words: Option<ReportWordsView>,
    /// Everything else, as it was sent; `age_status` and `risk_level` as derived from all that was said.
    #[serde(flatten)]
    #[schema(inline)]
    pub details: ReportDetails,
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
    #[must_use]
    pub fn of(actor: &Actor, permit: &Permit<ReadReport, Report>) -> Self {
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
    #[must_use]
    pub fn listed(actor: &Actor, permit: &Listed) -> Self {
        Self::with(actor, permit, None, None)
    }

    fn with<S>(
        actor: &Actor,
        permit: &Permit<ReadReport, Report<S>>,
        words: Option<ReportWordsView>,
        identity: Option<Identity>,
    ) -> Self {
        let report = permit.row();
        let mut withheld = Vec::new();
        let facts = if permit.may_see(Class::CaseRestricted) {
            Some(facts(&report.details, words))
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
        Self {
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
            possible_duplicates: None,
        }
    }

    /// Shows it as the answer to submitting it.
    #[must_use]
    pub(super) fn answering_submission(self, resembles: Option<bool>) -> Self {
        let told = |resembles| {
            if resembles {
                PossibleDuplicates::BureauWillLook
            } else {
                PossibleDuplicates::NoneFound
            }
        };
        Self { possible_duplicates: resembles.map(told), ..self }
    }
}

fn facts(told: &ReportDetails, words: Option<ReportWordsView>) -> ReportFactsView {
    ReportFactsView {
        protected_as_child: told.age_status().protected_as_child(),
        words,
        details: ReportDetails {
            age_status: Some(told.age_status()),
            risk_level: Some(told.danger()),
            ..told.clone()
        },
    }
}

impl Representation for ReportView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/detection-reports/{}", self.id)
    }
}
