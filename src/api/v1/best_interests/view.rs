//! What a best-interests procedure looks like to somebody who may see it.

use chrono::NaiveDate;
use refero_domain::{
    actor::Actor,
    age_assessment::{PanelMember, PanelProfession},
    best_interests::{DurableSolution, InterestsPurpose, InterestsStage, ViewsHeard},
    id::{BestInterestsId, CaseId, UserId},
    instant::Instant,
    policy::{Class, Permit, ReadInterests},
};
use refero_store::{best_interests::Interests, cases::CaseRow};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::{reply::Representation, v1::Links};

/// A member of the panel.
#[derive(Clone, Serialize, ToSchema)]
pub struct BestInterestsMemberView {
    /// By profession.
    pub profession: PanelProfession,
    /// The name, if the member has no account.
    pub name: Option<String>,
    /// The account, if there is one.
    pub user_id: Option<UserId>,
}

impl BestInterestsMemberView {
    fn of(member: &PanelMember) -> Self {
        Self {
            profession: member.profession,
            name: member.name.clone(),
            user_id: member.user_id.clone(),
        }
    }
}

/// The best interests of a child: assessed, and determined where a panel must.
#[derive(Clone, Serialize, ToSchema)]
pub struct BestInterestsView {
    /// The procedure.
    pub id: BestInterestsId,
    /// The case it belongs to.
    pub case_id: CaseId,
    /// How far it got.
    pub state: InterestsStage,
    /// For `If-Match`.
    pub version: i64,
    /// What is in question.
    pub purpose: InterestsPurpose,
    /// The day of the assessment.
    pub assessed_on: NaiveDate,
    /// How the child was heard.
    pub views_heard: ViewsHeard,
    /// What the child said, or why it was not heard; null if it is withheld.
    pub child_views: Option<String>,
    /// What was considered.
    pub options: Vec<DurableSolution>,
    /// What was weighed.
    pub factors: Option<String>,
    /// What is recommended.
    pub recommendation: DurableSolution,
    /// Why.
    pub recommendation_reasons: Option<String>,
    /// A separation cannot wait for the panel.
    pub cannot_wait: bool,
    /// Who sits on the panel.
    pub panel: Option<Vec<BestInterestsMemberView>>,
    /// Who named it.
    pub panel_named_by: Option<UserId>,
    /// When.
    pub panel_named_at: Option<Instant>,
    /// What the panel determined, or proposes while the state is `bid_proposed`.
    pub durable_solution: Option<DurableSolution>,
    /// Why.
    pub determination_reasons: Option<String>,
    /// When that is looked at again.
    pub review_on: Option<NaiveDate>,
    /// Who proposed it.
    pub proposed_by: Option<UserId>,
    /// When.
    pub proposed_at: Option<Instant>,
    /// Who approved it (R10).
    pub decided_by: Option<UserId>,
    /// When.
    pub decided_at: Option<Instant>,
    /// Why it is looked at again.
    pub review_reason: Option<String>,
    /// Who asked for that.
    pub review_asked_by: Option<UserId>,
    /// When.
    pub review_asked_at: Option<Instant>,
    /// Who assessed.
    pub created_by: UserId,
    /// When the assessment was written down.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// The moves that the caller could make now.
    pub allowed_actions: Vec<&'static str>,
    /// Classes of data that exist and are not shown.
    pub withheld: Vec<Class>,
    /// Where to go from here.
    pub links: Links,
}

impl BestInterestsView {
    /// Shows a procedure under the permit that opened the case.
    pub(super) fn of(
        permit: &Permit<ReadInterests, CaseRow>,
        found: &Interests,
        actor: &Actor,
    ) -> Self {
        let words = found.words.reveal(permit, Class::CaseRestricted).ok();
        let case = format!("/v1/cases/{}", found.case_id);
        let panel = |words: &refero_domain::best_interests::InterestsWords| {
            words.panel.iter().map(BestInterestsMemberView::of).collect()
        };
        let (panel_named_by, panel_named_at) = found.panel_named.clone().unzip();
        let (proposed_by, proposed_at) = found.proposed.clone().unzip();
        let (decided_by, decided_at) = found.decided.clone().unzip();
        let (review_asked_by, review_asked_at) = found.review_asked.clone().unzip();
        Self {
            id: found.id.clone(),
            case_id: found.case_id.clone(),
            state: found.state.get(),
            version: found.version,
            purpose: found.purpose,
            assessed_on: found.assessed_on,
            views_heard: found.heard,
            child_views: words.map(|words| words.views.clone()),
            options: found.options.clone(),
            factors: words.map(|words| words.factors.clone()),
            recommendation: found.recommendation,
            recommendation_reasons: words.map(|words| words.recommendation.clone()),
            cannot_wait: found.cannot_wait,
            panel: words.map(panel),
            panel_named_by,
            panel_named_at,
            durable_solution: found.solution,
            determination_reasons: words.and_then(|words| words.determination.clone()),
            review_on: found.review_on,
            proposed_by,
            proposed_at,
            decided_by,
            decided_at,
            review_reason: words.and_then(|words| words.review.clone()),
            review_asked_by,
            review_asked_at,
            created_by: found.created_by.clone(),
            created_at: found.created_at,
            updated_at: found.updated_at,
            allowed_actions: found.allowed_actions(&permit.row().facts, actor),
            withheld: words.is_none().then_some(Class::CaseRestricted).into_iter().collect(),
            links: Links::to("self", format!("{case}/best-interests/{}", found.id))
                .and("case", case),
        }
    }
}

impl Representation for BestInterestsView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/cases/{}/best-interests/{}", self.case_id, self.id)
    }
}
