//! What was found to be best for the child that the person is, or was.

use refero_domain::{
    best_interests::InterestsWords,
    id::CaseId,
    policy::{Class, Permit, ReadInterests},
};
use refero_store::{
    Result,
    best_interests::{self, Interests},
    cases::{self, CaseRow},
    unit::Reading,
};

use super::{all, bureau::PAGE, copy::Field};

/// Gathers the procedures, under the permit that shows them in the case.
pub(super) fn of_case(reading: &mut Reading<'_>, case: &CaseId) -> Result<Vec<Vec<Field>>> {
    let permit: Permit<ReadInterests, CaseRow> = cases::fetch(reading, case)?;
    let found = all(
        |after| best_interests::page(reading, &permit, after, PAGE),
        |one: &Interests| (one.created_at, one.id.clone()),
    )?;
    let entry = |one: &Interests| {
        let words = one.words.reveal(&permit, Class::CaseRestricted).ok().cloned();
        let mut fields = course(one);
        fields.extend(said(one.id.as_str(), words.unwrap_or_default()));
        fields
    };
    Ok(found.iter().map(entry).collect())
}

fn course(one: &Interests) -> Vec<Field> {
    let solution = one.solution.map(|solution| solution.code());
    let options = one.options.iter().map(|option| option.code());
    let professions = one.professions.iter().map(|profession| profession.code());
    let recommended = one.recommendation.code();
    let (named_by, named_at) = one.panel_named.clone().unzip();
    let (proposed_by, proposed_at) = one.proposed.clone().unzip();
    let (decided_by, decided_at) = one.decided.clone().unzip();
    let (asked_by, asked_at) = one.review_asked.clone().unzip();
    let state = one.state.get().code();
    vec![
        Field::moment("best_interests.created_at", Some(one.created_at)),
        Field::by("best_interests.created_by", Some(&one.created_by)),
        Field::code("best_interests.state", "best_interests_stage", Some(state)),
        Field::code("best_interests.purpose", "best_interests_purpose", Some(one.purpose.code())),
        Field::day("best_interests.assessed_on", Some(one.assessed_on)),
        Field::code("best_interests.heard", "child_views_heard", Some(one.heard.code())),
        Field::codes("best_interests.options", "durable_solution", options),
        Field::code("best_interests.recommendation", "durable_solution", Some(recommended)),
        Field::yes("best_interests.cannot_wait", Some(one.cannot_wait)),
        Field::codes("best_interests.professions", "panel_profession", professions),
        Field::by("best_interests.panel_named_by", named_by.as_ref()),
        Field::moment("best_interests.panel_named_at", named_at),
        Field::code("best_interests.solution", "durable_solution", solution),
        Field::day("best_interests.review_on", one.review_on),
        Field::by("best_interests.proposed_by", proposed_by.as_ref()),
        Field::moment("best_interests.proposed_at", proposed_at),
        Field::by("best_interests.decided_by", decided_by.as_ref()),
        Field::moment("best_interests.decided_at", decided_at),
        Field::by("best_interests.review_asked_by", asked_by.as_ref()),
        Field::moment("best_interests.review_asked_at", asked_at),
    ]
}

fn said(id: &str, words: InterestsWords) -> Vec<Field> {
    let InterestsWords { views, factors, recommendation, panel, determination, review } = words;
    // Who sits on the panel is told by profession; those who work here are not named.
    let names: Vec<String> = panel.iter().filter_map(|member| member.name.clone()).collect();
    let names = (!names.is_empty()).then(|| names.join("; "));
    vec![
        Field::words("best_interests.sealed/views", ("interests_views", id), Some(views)),
        Field::words("best_interests.sealed/factors", ("interests_factors", id), Some(factors)),
        Field::words(
            "best_interests.sealed/recommendation",
            ("interests_recommendation", id),
            Some(recommendation),
        ),
        Field::words("best_interests.sealed/panel", ("interests_panel", id), names),
        Field::words(
            "best_interests.sealed/determination",
            ("interests_determination", id),
            determination,
        ),
        Field::words("best_interests.sealed/review", ("interests_review", id), review),
    ]
}
