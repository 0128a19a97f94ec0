//! The support plan of the person, what they agreed to, and what came of it.

use refero_domain::{
    id::CaseId,
    policy::{Class, Permit, ReadClosureChecklist, ReadConference, ReadFollowUp, ReadPlan},
};
use refero_store::{
    Result,
    cases::{self, CaseRow},
    closure::{self, LeftOpen},
    conferences::{self, Conference},
    follow_ups::{self, FollowUp},
    plans::{self, Agreement, PlanItem, Review, SupportPlan},
    unit::Reading,
};

use super::{
    all,
    bureau::PAGE,
    copy::{Field, Section},
};

/// Gathers the plan, its steps, agreements and reviews, under the permit that shows them in the case.
pub(super) fn sections(reading: &mut Reading<'_>, case: &CaseId) -> Result<Vec<Section>> {
    let permit = cases::fetch::<ReadPlan>(reading, case)?;
    let found = plans::of_case(reading, &permit)?;
    let items = plans::all_items(reading, &permit)?;
    let agreements = plans::agreements(reading, &permit)?;
    let reviews = plans::reviews(reading, &permit)?;
    let section = |id, entries| Section { id, entries };
    Ok(vec![
        section("support_plan", found.iter().map(|plan| plan_fields(&permit, plan)).collect()),
        section("plan_items", items.iter().map(|item| item_fields(&permit, item)).collect()),
        section(
            "plan_agreements",
            agreements.iter().map(|one| agreement_fields(&permit, one)).collect(),
        ),
        section("plan_reviews", reviews.iter().map(|one| review_fields(&permit, one)).collect()),
        section("case_conferences", conference_entries(reading, case)?),
        section("follow_ups", follow_up_entries(reading, case)?),
        section("closure_checklists", closure_entries(reading, case)?),
    ])
}

fn conference_entries(reading: &mut Reading<'_>, case: &CaseId) -> Result<Vec<Vec<Field>>> {
    let permit = cases::fetch::<ReadConference>(reading, case)?;
    let found = all(
        |after| conferences::page(reading, &permit, after, PAGE),
        |one: &Conference| (one.created_at, one.id.clone()),
    )?;
    let fields = |one: &Conference| {
        let id = one.id.as_str();
        let held = &one.held;
        let all = held.minutes.reveal(&permit, Class::CaseRestricted).ok().cloned();
        let all = all.unwrap_or_default();
        let (organisations, functions): (Vec<_>, Vec<_>) =
            all.participants.into_iter().map(|one| (one.organisation_id, one.function)).unzip();
        let decisions = (!all.decisions.is_empty()).then(|| all.decisions.join("\n\n"));
        let functions = (!functions.is_empty()).then(|| functions.join("; "));
        vec![
            Field::day("case_conferences.held_on", Some(held.held_on)),
            Field::code(
                "case_conferences.person_part",
                "conference_person_part",
                Some(held.person_part.code()),
            ),
            Field::organisations("case_conferences.sealed/organisations", organisations),
            Field::words(
                "case_conferences.sealed/functions",
                ("conference_functions", id),
                functions,
            ),
            Field::words(
                "case_conferences.sealed/minutes",
                ("conference_minutes", id),
                all.minutes,
            ),
            Field::words(
                "case_conferences.sealed/decisions",
                ("conference_decisions", id),
                decisions,
            ),
            Field::day("case_conferences.next_on", held.next_on),
            Field::moment("case_conferences.created_at", Some(one.created_at)),
            Field::by("case_conferences.author_id", Some(&one.author_id)),
        ]
    };
    Ok(found.iter().map(fields).collect())
}

fn follow_up_entries(reading: &mut Reading<'_>, case: &CaseId) -> Result<Vec<Vec<Field>>> {
    let permit = cases::fetch::<ReadFollowUp>(reading, case)?;
    let found = all(
        |after| follow_ups::page(reading, &permit, after, PAGE),
        |one: &FollowUp| (one.created_at, one.id.clone()),
    )?;
    let fields = |one: &FollowUp| {
        let told = &one.told;
        let faring = told.faring;
        let words = told.words.reveal(&permit, Class::CaseRestricted).ok();
        let account = words.and_then(|words| words.account.clone());
        let risk = faring.re_trafficking_risk.map(|risk| risk.code());
        vec![
            Field::plain("follow_ups.round", told.round.map(|round| round.to_string())),
            Field::code("follow_ups.contact", "follow_up_contact", Some(told.contact.code())),
            Field::day("follow_ups.contact_on", Some(told.contact_on)),
            Field::code("follow_ups.housing", "follow_up_housing", Some(faring.housing.code())),
            Field::code("follow_ups.safety", "follow_up_safety", Some(faring.safety.code())),
            Field::code("follow_ups.income", "follow_up_income", Some(faring.income.code())),
            Field::code("follow_ups.health", "follow_up_health", Some(faring.health.code())),
            Field::code("follow_ups.re_trafficking_risk", "risk_level", risk),
            Field::words("follow_ups.sealed", ("follow_up", one.id.as_str()), account),
            Field::moment("follow_ups.created_at", Some(one.created_at)),
            Field::by("follow_ups.author_id", Some(&one.author_id)),
        ]
    };
    Ok(found.iter().map(fields).collect())
}

fn plan_fields(permit: &Permit<ReadPlan, CaseRow>, plan: &SupportPlan) -> Vec<Field> {
    let words = plan.words.reveal(permit, Class::CaseRestricted).ok();
    let aims = words.and_then(|words| words.aims.clone());
    vec![
        Field::moment("support_plans.created_at", Some(plan.created_at)),
        Field::by("support_plans.created_by", Some(&plan.created_by)),
        Field::code("support_plans.state", "support_plan_state", Some(plan.state.get().code())),
        Field::words("support_plans.sealed", ("plan_aims", plan.id.as_str()), aims),
        Field::day("support_plans.planned_end_on", plan.planned_end_on),
        Field::moment("support_plans.agreed_at", plan.agreed_at),
        Field::moment("support_plans.ended_at", plan.ended_at),
    ]
}

fn item_fields(permit: &Permit<ReadPlan, CaseRow>, item: &PlanItem) -> Vec<Field> {
    let id = item.id.as_str();
    let words = item.words.reveal(permit, Class::CaseRestricted).ok().cloned();
    let words = words.unwrap_or_default();
    let terms = &item.terms;
    let plan_type = Some(terms.plan_type.as_str());
    let owner = Some(terms.owner.code());
    let organisation = terms.owner_organisation_id.as_ref();
    vec![
        Field::words("plan_items.sealed/objective", ("plan_objective", id), Some(words.objective)),
        Field::words("plan_items.sealed/action", ("plan_action", id), words.action),
        Field::code("plan_items.plan_type", "support_plan_type", plan_type),
        Field::code("plan_items.service_type", "service_type", terms.service_type.as_deref()),
        Field::code("plan_items.owner", "plan_item_owner", owner),
        Field::organisation("plan_items.owner_organisation_id", organisation),
        Field::day("plan_items.due_on", terms.due_on),
        Field::yes("plan_items.for_transition", Some(terms.for_transition)),
        Field::code("plan_items.state", "plan_item_state", Some(item.state.get().code())),
        Field::code("plan_items.outcome", "service_outcome", item.outcome.as_deref()),
        Field::words("plan_items.sealed/ending", ("plan_ending", id), words.ending),
        Field::moment("plan_items.created_at", Some(item.created_at)),
        Field::by("plan_items.created_by", Some(&item.created_by)),
        Field::moment("plan_items.ended_at", item.ended_at),
        Field::by("plan_items.ended_by", item.ended_by.as_ref()),
    ]
}

fn agreement_fields(permit: &Permit<ReadPlan, CaseRow>, one: &Agreement) -> Vec<Field> {
    let words = one.words.reveal(permit, Class::CaseRestricted).ok();
    let own = words.and_then(|words| words.own_words.clone());
    vec![
        Field::moment("plan_agreements.created_at", Some(one.created_at)),
        Field::by("plan_agreements.recorded_by", Some(&one.recorded_by)),
        Field::code("plan_agreements.giver", "consent_giver", Some(one.giver.code())),
        Field::code("plan_agreements.mode", "consent_mode", Some(one.mode.code())),
        Field::plain("plan_agreements.language", [one.language.as_str()]),
        Field::yes("plan_agreements.interpreter", Some(one.interpreter)),
        Field::codes("plan_agreements.declined_services", "service_type", &one.declined_services),
        Field::words("plan_agreements.sealed", ("plan_agreement", one.id.as_str()), own),
    ]
}

fn review_fields(permit: &Permit<ReadPlan, CaseRow>, one: &Review) -> Vec<Field> {
    let id = one.id.as_str();
    let words = one.words.reveal(permit, Class::CaseRestricted).ok().cloned();
    let words = words.unwrap_or_default();
    vec![
        Field::moment("plan_reviews.created_at", Some(one.created_at)),
        Field::by("plan_reviews.recorded_by", Some(&one.recorded_by)),
        Field::code("plan_reviews.outcome", "plan_review_outcome", Some(one.outcome.code())),
        Field::words("plan_reviews.sealed/goes_well", ("plan_goes_well", id), words.goes_well),
        Field::words("plan_reviews.sealed/to_change", ("plan_to_change", id), words.to_change),
        Field::words("plan_reviews.sealed/own_words", ("plan_own_words", id), words.own_words),
    ]
}

fn closure_entries(reading: &mut Reading<'_>, case: &CaseId) -> Result<Vec<Vec<Field>>> {
    let permit = cases::fetch::<ReadClosureChecklist>(reading, case)?;
    let found = closure::left_open(reading, &permit)?;
    let fields = |one: &LeftOpen| {
        let words = one.words.reveal(&permit, Class::CaseRestricted).ok();
        let reasons: Vec<_> = words
            .map(|words| words.exceptions.iter().map(|one| one.reason.clone()).collect())
            .unwrap_or_default();
        let reasons = (!reasons.is_empty()).then(|| reasons.join("\n\n"));
        vec![
            Field::moment("closure_checklists.created_at", Some(one.created_at)),
            Field::by("closure_checklists.author_id", Some(&one.author_id)),
            Field::codes(
                "closure_checklists.open",
                "closure_check",
                one.open.iter().map(|check| check.code()),
            ),
            Field::words("closure_checklists.sealed", ("closure", one.id.as_str()), reasons),
        ]
    };
    Ok(found.iter().map(fields).collect())
}
