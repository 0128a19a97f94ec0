//! What a support plan looks like to somebody who may see it.

use chrono::NaiveDate;
use refero_domain::{
    actor::Actor,
    care::CareState,
    consent::{ConsentGiver, ConsentMode},
    dates,
    id::{
        CaseId, OrganisationId, PlanAgreementId, PlanItemId, PlanReviewId, ReferralId,
        SupportPlanId, UserId,
    },
    instant::Instant,
    plan::{self, ItemOwner, ItemState, PlanState, ReviewOutcome},
    policy::{Class, Permit, ReadPlan},
    profile::CountryProfile,
    referral::ReferralState,
};
use refero_store::{
    cases::CaseRow,
    plans::{Agreement, PlanItem, Review},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{reply::Representation, v1::Links},
    service::plans::{ItemCare, Shown},
};

/// An agreement to the plan as it stood. It is never changed; a later one follows it (R13).
#[derive(Serialize, ToSchema)]
pub struct PlanAgreementView {
    /// The agreement.
    pub id: PlanAgreementId,
    /// To which version of the plan.
    pub plan_version: i64,
    /// Who agreed.
    pub giver: ConsentGiver,
    /// How it is recorded.
    pub mode: ConsentMode,
    /// The language in which it was explained, as an ISO 639 code.
    pub language: String,
    /// Whether an interpreter helped.
    pub interpreter: bool,
    /// What the person said to it; null if nothing is written down.
    pub own_words: Option<String>,
    /// Codes of `service_type`: what was offered and declined.
    pub offered_and_declined: Vec<String>,
    /// Who wrote it down.
    pub recorded_by: UserId,
    /// When.
    pub created_at: Instant,
}

/// A review of the plan. It is never changed; a later one follows it (R13).
#[derive(Serialize, ToSchema)]
pub struct PlanReviewView {
    /// The review.
    pub id: PlanReviewId,
    /// What it came to.
    pub outcome: ReviewOutcome,
    /// What goes well.
    pub goes_well: Option<String>,
    /// What has to change.
    pub to_change: Option<String>,
    /// What the person says to it.
    pub own_words: Option<String>,
    /// Who wrote it down.
    pub recorded_by: UserId,
    /// When.
    pub created_at: Instant,
}

/// How the service stands at the provider, for a step that a referral carries out.
#[derive(Serialize, ToSchema)]
pub struct PlanItemCareView {
    /// The provider.
    pub organisation_id: OrganisationId,
    /// Where the referral stands.
    pub referral_state: ReferralState,
    /// `service_type` of the last report; null if the provider has reported nothing yet.
    pub service_type: Option<String>,
    /// How the service stood then.
    pub state: Option<CareState>,
    /// The day of the last report.
    pub occurred_on: Option<NaiveDate>,
    /// When it goes on.
    pub next_due_on: Option<NaiveDate>,
    /// `service_outcome`.
    pub outcome: Option<String>,
}

/// One step of the plan.
#[derive(Serialize, ToSchema)]
pub struct PlanItemView {
    /// The step.
    pub id: PlanItemId,
    /// The case.
    pub case_id: CaseId,
    /// The plan.
    pub plan_id: SupportPlanId,
    /// Where it stands.
    pub state: ItemState,
    /// For `If-Match`.
    pub version: i64,
    /// `support_plan_type`.
    pub support_plan_type: String,
    /// `service_type`.
    pub service_type: Option<String>,
    /// What is to be reached; null if it is withheld.
    pub objective: Option<String>,
    /// What is done for it.
    pub action: Option<String>,
    /// Who does it.
    pub owner: ItemOwner,
    /// Which organisation, if one does.
    pub owner_organisation_id: Option<OrganisationId>,
    /// Until when.
    pub due_on: Option<NaiveDate>,
    /// Whether that day has passed and the step is not over.
    pub overdue: bool,
    /// The referral that carries it out.
    pub referral_id: Option<ReferralId>,
    /// How the service stands at the provider; null without a referral.
    pub care: Option<PlanItemCareView>,
    /// Whether it prepares the person for the time after the age of majority.
    pub for_transition: bool,
    /// `service_outcome`: how it came out.
    pub outcome: Option<String>,
    /// How it ended, in words.
    pub ending: Option<String>,
    /// Who wrote the end down.
    pub ended_by: Option<UserId>,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// Who wrote it down.
    pub created_by: UserId,
    /// When it was written down.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// What the caller could do with it now.
    pub allowed_actions: Vec<&'static str>,
    /// Classes of data that exist and are not shown.
    pub withheld: Vec<Class>,
    /// Where to go from here.
    pub links: Links,
}

impl PlanItemView {
    /// Shows a step under the permit that opened the case.
    pub(super) fn of(
        permit: &Permit<ReadPlan, CaseRow>,
        (item, care): (&PlanItem, Option<&ItemCare>),
        (actor, now): (&Actor, Instant),
    ) -> Self {
        let words = item.words.reveal(permit, Class::CaseRestricted).ok();
        let case = format!("/v1/cases/{}", item.case_id);
        let terms = &item.terms;
        let state = item.state.get();
        let overdue = state.is_open() && terms.due_on.is_some_and(|due| due < dates::today(now));
        Self {
            id: item.id.clone(),
            case_id: item.case_id.clone(),
            plan_id: item.plan_id.clone(),
            state,
            version: item.version,
            support_plan_type: terms.plan_type.clone(),
            service_type: terms.service_type.clone(),
            objective: words.map(|words| words.objective.clone()),
            action: words.and_then(|words| words.action.clone()),
            owner: terms.owner,
            owner_organisation_id: terms.owner_organisation_id.clone(),
            due_on: terms.due_on,
            overdue,
            referral_id: terms.referral_id.clone(),
            care: care.map(care_view),
            for_transition: terms.for_transition,
            outcome: item.outcome.clone(),
            ending: words.and_then(|words| words.ending.clone()),
            ended_by: item.ended_by.clone(),
            ended_at: item.ended_at,
            created_by: item.created_by.clone(),
            created_at: item.created_at,
            updated_at: item.updated_at,
            allowed_actions: item.allowed_actions(permit.row(), actor),
            withheld: words.is_none().then_some(Class::CaseRestricted).into_iter().collect(),
            links: Links::to("self", format!("{case}/plan/items/{}", item.id))
                .and("plan", format!("{case}/plan"))
                .and("case", case),
        }
    }
}

fn care_view(care: &ItemCare) -> PlanItemCareView {
    let last = care.last.as_ref();
    PlanItemCareView {
        organisation_id: care.organisation_id.clone(),
        referral_state: care.referral_state,
        service_type: last.map(|last| last.service_type.clone()),
        state: last.map(|last| last.state),
        occurred_on: last.map(|last| last.occurred_on),
        next_due_on: last.and_then(|last| last.next_due_on),
        outcome: last.and_then(|last| last.outcome.clone()),
    }
}

impl Representation for PlanItemView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/cases/{}/plan/items/{}", self.case_id, self.id)
    }
}

/// The support plan of a case.
#[derive(Serialize, ToSchema)]
pub struct SupportPlanView {
    /// The plan.
    pub id: SupportPlanId,
    /// The case.
    pub case_id: CaseId,
    /// Where it stands: `changed` is a plan that was agreed and needs to be agreed anew.
    pub state: PlanState,
    /// For `If-Match`.
    pub version: i64,
    /// What the person wants to reach; null if nothing is written down, or it is withheld.
    pub aims: Option<String>,
    /// Until when it is meant to be carried out.
    pub planned_end_on: Option<NaiveDate>,
    /// When the person last agreed.
    pub agreed_at: Option<Instant>,
    /// When it ended with the case.
    pub ended_at: Option<Instant>,
    /// The first day on which somebody who is protected as a child may come of age: of the year, by the
    /// estimated year of birth and the age of majority of the country. Null for adults, and while no year
    /// is known.
    pub ages_out_on: Option<NaiveDate>,
    /// Whether that is within a year or past (policy, to be confirmed): steps that are `for_transition`
    /// prepare for it.
    pub ages_out_soon: bool,
    /// What the person agreed to, the newest first, at most 50; empty if it is withheld.
    pub agreements: Vec<PlanAgreementView>,
    /// The reviews, the newest first, at most 50; empty if they are withheld.
    pub reviews: Vec<PlanReviewView>,
    /// The steps, in the order in which they were written down.
    pub items: Vec<PlanItemView>,
    /// Who started it.
    pub created_by: UserId,
    /// When it was started.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// What the caller could do with it now.
    pub allowed_actions: Vec<&'static str>,
    /// Classes of data that exist and are not shown.
    pub withheld: Vec<Class>,
    /// Where to go from here.
    pub links: Links,
}

impl SupportPlanView {
    /// Shows a plan with all that belongs to it.
    pub(super) fn of(
        shown: &Shown,
        profile: &CountryProfile,
        (actor, now): (&Actor, Instant),
    ) -> Self {
        let Shown { permit, plan, .. } = shown;
        let person = &permit.row().person;
        let words = plan.words.reveal(permit, Class::CaseRestricted).ok();
        let case = format!("/v1/cases/{}", plan.case_id);
        let ages_out_on =
            plan::ages_out_on(person.age_status, person.birth_year(), profile.age_of_majority);
        let item = |item| PlanItemView::of(permit, (item, shown.care.get(&item.id)), (actor, now));
        Self {
            id: plan.id.clone(),
            case_id: plan.case_id.clone(),
            state: plan.state.get(),
            version: plan.version,
            aims: words.and_then(|words| words.aims.clone()),
            planned_end_on: plan.planned_end_on,
            agreed_at: plan.agreed_at,
            ended_at: plan.ended_at,
            ages_out_on,
            ages_out_soon: plan::ages_out_soon(ages_out_on, dates::today(now)),
            agreements: shown.agreements.iter().filter_map(|one| agreement(permit, one)).collect(),
            reviews: shown.reviews.iter().filter_map(|one| review(permit, one)).collect(),
            items: shown.items.iter().map(item).collect(),
            created_by: plan.created_by.clone(),
            created_at: plan.created_at,
            updated_at: plan.updated_at,
            allowed_actions: plan.allowed_actions(permit.row(), actor),
            withheld: words.is_none().then_some(Class::CaseRestricted).into_iter().collect(),
            links: Links::to("self", format!("{case}/plan")).and("case", case),
        }
    }
}

fn agreement(
    permit: &Permit<ReadPlan, CaseRow>,
    agreement: &Agreement,
) -> Option<PlanAgreementView> {
    let words = agreement.words.reveal(permit, Class::CaseRestricted).ok()?;
    Some(PlanAgreementView {
        id: agreement.id.clone(),
        plan_version: agreement.plan_version,
        giver: agreement.giver,
        mode: agreement.mode,
        language: agreement.language.clone(),
        interpreter: agreement.interpreter,
        own_words: words.own_words.clone(),
        offered_and_declined: agreement.declined_services.clone(),
        recorded_by: agreement.recorded_by.clone(),
        created_at: agreement.created_at,
    })
}

fn review(permit: &Permit<ReadPlan, CaseRow>, review: &Review) -> Option<PlanReviewView> {
    let words = review.words.reveal(permit, Class::CaseRestricted).ok()?;
    Some(PlanReviewView {
        id: review.id.clone(),
        outcome: review.outcome,
        goes_well: words.goes_well.clone(),
        to_change: words.to_change.clone(),
        own_words: words.own_words.clone(),
        recorded_by: review.recorded_by.clone(),
        created_at: review.created_at,
    })
}

impl Representation for SupportPlanView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/cases/{}/plan", self.case_id)
    }
}
