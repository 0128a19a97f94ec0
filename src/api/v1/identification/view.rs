//! What an identification decision looks like to somebody who may see it.

use chrono::NaiveDate;
use refero_domain::{
    actor::Actor,
    case::IdentificationStage,
    id::{CaseId, IdentificationDecisionId, UserId},
    identification::{
        DecisionBodyType, DecisionKind, DecisionOutcome, DecisionState, NoticeMode, ReviewAsker,
        ReviewGround,
    },
    instant::Instant,
    policy::{Class, Permit, ReadDecision},
};
use refero_store::{Result, cases::CaseRow, identification::Decision};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{reply::Representation, v1::Links},
    service::identification::Told,
};

/// A decision about the person of a case: what, by whom, why, and what became of it.
#[derive(Clone, Serialize, ToSchema)]
pub struct IdentificationDecisionView {
    /// The decision.
    pub id: IdentificationDecisionId,
    /// The case it belongs to.
    pub case_id: CaseId,
    /// The how-manieth of its case.
    pub number: i64,
    /// Where it stands.
    pub state: DecisionState,
    /// For `If-Match`.
    pub version: i64,
    /// What was decided.
    pub kind: DecisionKind,
    /// How; null where the person declined.
    pub outcome: Option<DecisionOutcome>,
    /// The decision that this one is a review of.
    pub reviews_id: Option<IdentificationDecisionId>,
    /// The stage of identification before it.
    pub stage_before: IdentificationStage,
    /// The stage that it led to.
    pub stage_after: IdentificationStage,
    /// What kind of body decided.
    pub body_type: Option<DecisionBodyType>,
    /// Which, by its name in the country profile.
    pub body: Option<String>,
    /// `standard_of_proof`.
    pub standard_of_proof: Option<String>,
    /// The person was found before the exploitation began.
    pub intercepted: Option<bool>,
    /// The number of the certificate that the person got.
    pub certificate_number: Option<String>,
    /// The law it rests on.
    pub legal_reference: Option<String>,
    /// Why it was decided so.
    pub reasons: Option<String>,
    /// On what it rests.
    pub evidence: Vec<String>,
    /// On which day.
    pub decided_on: NaiveDate,
    /// Who decided.
    pub decided_by: UserId,
    /// What the person was told of it; null while that is not recorded.
    pub notice: Option<DecisionNoticeView>,
    /// Who asks for a review and why; null if nobody does.
    pub review: Option<DecisionReviewView>,
    /// When it was recorded.
    pub created_at: Instant,
    /// What the caller could do with it now.
    pub allowed_actions: Vec<&'static str>,
    /// Classes of data that exist and are not shown.
    pub withheld: Vec<Class>,
    /// Where to go from here.
    pub links: Links,
}

/// How the person was told of a decision.
#[derive(Clone, Serialize, ToSchema)]
pub struct DecisionNoticeView {
    /// ISO 639 code.
    pub language: Option<String>,
    /// How.
    pub mode: Option<NoticeMode>,
    /// An interpreter helped.
    pub interpreter: Option<bool>,
    /// On which day.
    pub notified_on: NaiveDate,
    /// Who recorded it.
    pub recorded_by: Option<UserId>,
}

/// Who asks for a review, and why.
#[derive(Clone, Serialize, ToSchema)]
pub struct DecisionReviewView {
    /// Why.
    pub ground: ReviewGround,
    /// Who asks.
    pub asked_by: Option<ReviewAsker>,
    /// Who recorded it.
    pub requested_by: Option<UserId>,
    /// When.
    pub requested_at: Option<Instant>,
}

fn notice(decision: &Decision) -> Result<Option<DecisionNoticeView>> {
    Ok(decision.notified_on()?.map(|notified_on| DecisionNoticeView {
        language: decision.notice_language.clone(),
        mode: decision.notice_mode,
        interpreter: decision.notice_interpreter,
        notified_on,
        recorded_by: decision.notified_by.clone(),
    }))
}

fn review(decision: &Decision) -> Option<DecisionReviewView> {
    decision.review_ground.map(|ground| DecisionReviewView {
        ground,
        asked_by: decision.review_asked_by,
        requested_by: decision.review_requested_by.clone(),
        requested_at: decision.review_requested_at,
    })
}

impl IdentificationDecisionView {
    /// Shows a decision under the permit that opened its case.
    ///
    /// # Errors
    /// [`refero_store::Error::Broken`] if what is stored is not what was written.
    pub fn of(permit: &Permit<ReadDecision, CaseRow>, actor: &Actor, told: &Told) -> Result<Self> {
        let Told { decision, words, standing } = told;
        let seen = words.reveal(permit, Class::CaseRestricted).ok();
        let case = format!("/v1/cases/{}", decision.case_id);
        let here = format!("{case}/identification-decisions/{}", decision.id);
        Ok(Self {
            id: decision.id.clone(),
            case_id: decision.case_id.clone(),
            number: decision.number,
            state: decision.state.get(),
            version: decision.version,
            kind: decision.kind,
            outcome: decision.outcome,
            reviews_id: decision.reviews_id.clone(),
            stage_before: decision.stage_before,
            stage_after: decision.stage_after,
            body_type: decision.body_type,
            body: decision.body.clone(),
            standard_of_proof: decision.standard_of_proof.clone(),
            intercepted: decision.intercepted,
            certificate_number: decision.certificate_number.clone(),
            legal_reference: seen.and_then(|words| words.legal_reference.clone()),
            reasons: seen.and_then(|words| words.reasons.clone()),
            evidence: seen.map(|words| words.evidence.clone()).unwrap_or_default(),
            decided_on: decision.decided_on()?,
            decided_by: decision.decided_by.clone(),
            notice: notice(decision)?,
            review: review(decision),
            created_at: decision.created_at,
            allowed_actions: decision.allowed_actions(permit.row(), actor, *standing),
            withheld: if seen.is_some() { Vec::new() } else { vec![Class::CaseRestricted] },
            links: Links::to("self", here).and("case", case),
        })
    }
}

impl Representation for IdentificationDecisionView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/cases/{}/identification-decisions/{}", self.case_id, self.id)
    }
}
