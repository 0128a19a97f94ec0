//! What was found out about the person's age, what was said in that, and who their guardians are.

use refero_domain::{
    age_assessment::AgeRange,
    id::CaseId,
    policy::{Class, Permit, ReadAgeAssessment, ReadGuardian},
};
use refero_store::{
    Result,
    age_assessments::{self, AgeAssessment, Step},
    cases::{self, CaseRow},
    guardians::{self, Guardian},
    rows::RowLimit,
    unit::Reading,
};

use super::{all, copy::Field};

/// Gathers the assessments of the age, under the permit that shows them in the case.
pub(super) fn assessments(reading: &mut Reading<'_>, case: &CaseId) -> Result<Vec<Vec<Field>>> {
    let permit = cases::fetch::<ReadAgeAssessment>(reading, case)?;
    let found = all(
        |after| age_assessments::page(reading, &permit, after, RowLimit::of(200)),
        |assessment: &AgeAssessment| (assessment.created_at, assessment.id.clone()),
    )?;
    Ok(found
        .iter()
        .map(|one| {
            let mut fields = doubt(&permit, one);
            fields.extend(decision(&permit, one));
            fields
        })
        .collect())
}

fn step(sources: (&'static str, &'static str), step: &Step) -> [Field; 2] {
    let by = step.as_ref().map(|(by, _)| by);
    [Field::by(sources.0, by), Field::moment(sources.1, step.as_ref().map(|(_, at)| *at))]
}

fn doubt(permit: &Permit<ReadAgeAssessment, CaseRow>, assessment: &AgeAssessment) -> Vec<Field> {
    let id = assessment.id.as_str();
    let words = assessment.words.reveal(permit, Class::CaseRestricted).ok().cloned();
    let words = words.unwrap_or_default();
    let reason = assessment.reason.code();
    let before = assessment.status_before.code();
    let consent = assessment.consent.map(|consent| consent.code());
    let professions = assessment.professions.iter().map(|one| one.code());
    // Who sits on the panel is told by profession; those who work here are not named.
    let names: Vec<String> = words.panel.iter().filter_map(|one| one.name.clone()).collect();
    let names = (!names.is_empty()).then(|| names.join("; "));
    let mut fields = vec![
        Field::moment("age_assessments.created_at", Some(assessment.created_at)),
        Field::by("age_assessments.created_by", Some(&assessment.created_by)),
        Field::code(
            "age_assessments.state",
            "age_assessment_state",
            Some(assessment.state.get().code()),
        ),
        Field::code("age_assessments.reason", "age_doubt_reason", Some(reason)),
        Field::words("age_assessments.sealed/doubt", ("age_doubt", id), words.doubt),
        Field::code("age_assessments.status_before", "age_status", Some(before)),
        Field::codes("age_assessments.professions", "panel_profession", professions),
        Field::words("age_assessments.sealed/panel", ("age_panel", id), names),
        Field::code("age_assessments.consent", "age_assessment_consent", consent),
    ];
    fields.extend(step(
        ("age_assessments.panel_named_by", "age_assessments.panel_named_at"),
        &assessment.panel_named,
    ));
    fields.extend(step(
        ("age_assessments.withdrawal_requested_by", "age_assessments.withdrawal_requested_at"),
        &assessment.withdrawal_requested,
    ));
    let withdrawal = ("age_withdrawal", id);
    fields.push(Field::words("age_assessments.sealed/withdrawal", withdrawal, words.withdrawal));
    fields.extend(step(
        ("age_assessments.contested_by", "age_assessments.contested_at"),
        &assessment.contested,
    ));
    fields
        .push(Field::yes("age_assessments.contested_for_person", assessment.contested_for_person));
    let contest = ("age_contest", id);
    fields.push(Field::words("age_assessments.sealed/contest", contest, words.contest));
    fields
}

fn decision(permit: &Permit<ReadAgeAssessment, CaseRow>, assessment: &AgeAssessment) -> Vec<Field> {
    let id = assessment.id.as_str();
    let reasons = assessment.reasons.reveal(permit, Class::CaseRestricted).ok().cloned().flatten();
    let found = assessment.findings.reveal(permit, Class::Medical).ok().cloned();
    let found = found.unwrap_or_default();
    let years = |years: Option<u8>| years.map(|years| years.to_string());
    let methods = assessment.methods.iter().map(|method| method.code());
    let medical = found.methods.iter().map(|method| method.code());
    let outcome = assessment.outcome.map(|outcome| outcome.code());
    let range = assessment.range;
    let mut fields = vec![
        Field::codes("age_assessments.methods", "age_assessment_method", methods),
        Field::plain("age_assessments.age_from", years(range.map(AgeRange::least))),
        Field::plain("age_assessments.age_to", years(range.map(AgeRange::greatest))),
        Field::plain("age_assessments.margin_of_error", years(range.map(AgeRange::margin))),
        Field::plain("age_assessments.age_of_majority", years(assessment.age_of_majority)),
        Field::code("age_assessments.outcome", "age_status", outcome),
        Field::words("age_assessments.reasons", ("age_reasons", id), reasons),
        Field::codes("age_assessments.findings/methods", "age_assessment_method", medical),
        Field::words("age_assessments.findings/summary", ("age_findings", id), found.summary),
    ];
    fields.extend(step(
        ("age_assessments.proposed_by", "age_assessments.proposed_at"),
        &assessment.proposed,
    ));
    fields.extend(step(
        ("age_assessments.decided_by", "age_assessments.decided_at"),
        &assessment.decided,
    ));
    fields
}

/// Gathers the guardians, under the permit that shows them in the case.
pub(super) fn guardians(reading: &mut Reading<'_>, case: &CaseId) -> Result<Vec<Vec<Field>>> {
    let permit = cases::fetch::<ReadGuardian>(reading, case)?;
    let found = all(
        |after| guardians::page(reading, &permit, after, RowLimit::of(200)),
        |guardian: &Guardian| (guardian.created_at, guardian.id.clone()),
    )?;
    let one = |guardian: &Guardian| {
        let id = guardian.id.as_str();
        let words = guardian.words.reveal(&permit, Class::CaseRestricted).ok().cloned();
        let (name, contact) = words.map(|words| (words.name, words.contact)).unzip();
        let relationship = guardian.relationship.code();
        let reason = guardian.end_reason.map(|reason| reason.code());
        let state = guardian.state.get().code();
        let authority = guardian.authority.code();
        vec![
            Field::words("guardians.sealed/name", ("guardian_name", id), name),
            Field::words("guardians.sealed/contact", ("guardian_contact", id), contact.flatten()),
            Field::code("guardians.state", "guardian_state", Some(state)),
            Field::code("guardians.relationship", "guardian_relationship", Some(relationship)),
            Field::organisation("guardians.organisation_id", guardian.organisation_id.as_ref()),
            Field::code("guardians.authority", "guardian_authority", Some(authority)),
            Field::plain("guardians.file_reference", guardian.file_reference.clone()),
            Field::day("guardians.appointed_on", Some(guardian.appointed_on)),
            Field::by("guardians.created_by", Some(&guardian.created_by)),
            Field::moment("guardians.created_at", Some(guardian.created_at)),
            Field::code("guardians.end_reason", "guardian_end_reason", reason),
            Field::by("guardians.ended_by", guardian.ended_by.as_ref()),
            Field::moment("guardians.ended_at", guardian.ended_at),
        ]
    };
    Ok(found.iter().map(one).collect())
}
