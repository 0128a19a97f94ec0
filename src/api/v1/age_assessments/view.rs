//! What an age assessment looks like to somebody who may see it.

use refero_domain::{
    actor::Actor,
    age::AgeStatus,
    age_assessment::{
        AgeDoubtReason, AgeMethod, AgeRange, AssessmentConsent, AssessmentState, AssessmentWords,
        PanelProfession,
    },
    id::{AgeAssessmentId, CaseId, UserId},
    instant::Instant,
    policy::{CaseFacts, Class, Permit, ReadAgeAssessment},
};
use refero_store::age_assessments::{AgeAssessment, Step, allowed_actions};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::{reply::Representation, v1::Links};

/// An assessment of the age of the person of a case.
#[derive(Clone, Serialize, ToSchema)]
pub struct AgeAssessmentView {
    /// The assessment.
    pub id: AgeAssessmentId,
    /// The case it belongs to.
    pub case_id: CaseId,
    /// Where it stands. In every state but `decided` and `withdrawn` the person is protected as a child.
    pub state: AssessmentState,
    /// For `If-Match`.
    pub version: i64,
    /// When the doubt was recorded.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// What stands in it (`case_restricted`).
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    pub restricted: Option<AssessedView>,
    /// What examinations of the body found (`medical`).
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    pub medical: Option<FindingsView>,
    /// The moves that the caller could make now.
    pub allowed_actions: Vec<&'static str>,
    /// Classes of data that exist and are not shown.
    pub withheld: Vec<Class>,
    /// Where to go from here.
    pub links: Links,
}

/// What stands in an age assessment, examinations of the body left out.
#[derive(Clone, Serialize, ToSchema)]
pub struct AssessedView {
    /// Why the age is doubted.
    pub reason: AgeDoubtReason,
    /// Why, in words.
    pub words: Option<String>,
    /// What was known about the age before.
    pub status_before: AgeStatus,
    /// Who doubts.
    pub created_by: UserId,
    /// Who assesses.
    pub panel: Vec<PanelMemberView>,
    /// What the person said to being assessed.
    pub consent: Option<AssessmentConsent>,
    /// By what means the panel looked.
    pub methods: Vec<AgeMethod>,
    /// The least age that the panel holds possible.
    pub age_from: Option<u8>,
    /// The greatest age that the panel holds possible.
    pub age_to: Option<u8>,
    /// By how many years that may be wrong.
    pub margin_of_error: Option<u8>,
    /// The age of majority by which it is judged.
    pub age_of_majority: Option<u8>,
    /// What follows; counts once the decision is approved.
    pub outcome: Option<AgeStatus>,
    /// The reasons of the decision.
    pub reasons: Option<String>,
    /// Who named the panel.
    pub panel_named_by: Option<UserId>,
    /// When.
    pub panel_named_at: Option<Instant>,
    /// Who proposed the decision.
    pub proposed_by: Option<UserId>,
    /// When.
    pub proposed_at: Option<Instant>,
    /// Who approved it (R10).
    pub decided_by: Option<UserId>,
    /// When.
    pub decided_at: Option<Instant>,
    /// Who contested it last.
    pub contested_by: Option<UserId>,
    /// When.
    pub contested_at: Option<Instant>,
    /// It was the person who contested it.
    pub contested_on_behalf_of_person: Option<bool>,
    /// Why it was contested, in words.
    pub contest_reason: Option<String>,
    /// Who asks to withdraw the doubt (R10).
    pub withdrawal_requested_by: Option<UserId>,
    /// When.
    pub withdrawal_requested_at: Option<Instant>,
    /// Why, in words.
    pub withdrawal_reason: Option<String>,
}

/// A member of the panel.
#[derive(Clone, Serialize, ToSchema)]
pub struct PanelMemberView {
    /// By profession.
    pub profession: PanelProfession,
    /// The name, if the member has no account.
    pub name: Option<String>,
    /// The account.
    pub user_id: Option<UserId>,
}

/// What examinations of the body found, in short.
#[derive(Clone, Serialize, ToSchema)]
pub struct FindingsView {
    /// Which examinations there were.
    pub medical_methods: Vec<AgeMethod>,
    /// What they found.
    pub findings: Option<String>,
}

fn by(step: &Step) -> Option<UserId> {
    step.as_ref().map(|(by, _)| by.clone())
}

fn at(step: &Step) -> Option<Instant> {
    step.as_ref().map(|(_, at)| *at)
}

impl AgeAssessmentView {
    /// Shows an assessment under the permit that opened it, or that opened its case.
    pub fn of<R>(
        permit: &Permit<ReadAgeAssessment, R>,
        assessment: &AgeAssessment,
        facts: &CaseFacts,
        actor: &Actor,
    ) -> Self {
        let case = format!("/v1/cases/{}", assessment.case_id);
        let words = assessment.words.reveal(permit, Class::CaseRestricted).ok();
        let reasons = assessment.reasons.reveal(permit, Class::CaseRestricted).ok();
        let restricted = words
            .zip(reasons)
            .map(|(words, reasons)| AssessedView::of(assessment, words, reasons.as_ref()));
        let found = assessment.findings.reveal(permit, Class::Medical).ok();
        let medical = found.filter(|_| assessment.has_findings).map(|found| FindingsView {
            medical_methods: found.methods.clone(),
            findings: found.summary.clone(),
        });
        let hidden = [
            (Class::CaseRestricted, restricted.is_none()),
            (Class::Medical, assessment.has_findings && medical.is_none()),
        ];
        Self {
            id: assessment.id.clone(),
            case_id: assessment.case_id.clone(),
            state: assessment.state.get(),
            version: assessment.version,
            created_at: assessment.created_at,
            updated_at: assessment.updated_at,
            restricted,
            medical,
            allowed_actions: allowed_actions(assessment, facts, actor),
            withheld: hidden.into_iter().filter_map(|(class, is)| is.then_some(class)).collect(),
            links: Links::to("self", format!("{case}/age-assessments/{}", assessment.id))
                .and("case", case),
        }
    }
}

impl AssessedView {
    fn of(assessment: &AgeAssessment, words: &AssessmentWords, reasons: Option<&String>) -> Self {
        let panel = words.panel.iter().map(|member| PanelMemberView {
            profession: member.profession,
            name: member.name.clone(),
            user_id: member.user_id.clone(),
        });
        Self {
            reason: assessment.reason,
            words: words.doubt.clone(),
            status_before: assessment.status_before,
            created_by: assessment.created_by.clone(),
            panel: panel.collect(),
            consent: assessment.consent,
            methods: assessment.methods.clone(),
            age_from: assessment.range.map(AgeRange::least),
            age_to: assessment.range.map(AgeRange::greatest),
            margin_of_error: assessment.range.map(AgeRange::margin),
            age_of_majority: assessment.age_of_majority,
            outcome: assessment.outcome,
            reasons: reasons.cloned(),
            panel_named_by: by(&assessment.panel_named),
            panel_named_at: at(&assessment.panel_named),
            proposed_by: by(&assessment.proposed),
            proposed_at: at(&assessment.proposed),
            decided_by: by(&assessment.decided),
            decided_at: at(&assessment.decided),
            contested_by: by(&assessment.contested),
            contested_at: at(&assessment.contested),
            contested_on_behalf_of_person: assessment.contested_for_person,
            contest_reason: words.contest.clone(),
            withdrawal_requested_by: by(&assessment.withdrawal_requested),
            withdrawal_requested_at: at(&assessment.withdrawal_requested),
            withdrawal_reason: words.withdrawal.clone(),
        }
    }
}

impl Representation for AgeAssessmentView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/cases/{}/age-assessments/{}", self.case_id, self.id)
    }
}
