//! What is decided about the person elsewhere, and what must not be held against them. Of an investigation
//! nothing is told, not even that there is one, while it could be endangered by that: the copy says so.

use chrono::NaiveDate;
use refero_domain::{
    id::{CaseId, HearingId},
    non_punishment::IssueWords,
    policy::{Class, Permit, ReadHearing, ReadIssue, ReadProceeding},
    proceeding::{HearingWords, ProceedingWords},
};
use refero_store::{
    Result, cases,
    hearings::{self, HearingRow},
    non_punishment::{self as issues, IssueRow},
    proceedings::{self, ProceedingRow},
    unit::Reading,
};

use super::{all, bureau::PAGE, copy::Field};

/// Gathers the proceedings that are no investigation.
pub(super) fn proceedings(reading: &mut Reading<'_>, case: &CaseId) -> Result<Vec<Vec<Field>>> {
    let found = every(reading, case)?;
    let told = found.iter().filter(|found| !found.row().facts.is_behind_the_wall);
    Ok(told.map(proceeding).collect())
}

fn every(
    reading: &mut Reading<'_>,
    case: &CaseId,
) -> Result<Vec<Permit<ReadProceeding, ProceedingRow>>> {
    let permit = cases::fetch::<ReadProceeding>(reading, case)?;
    all(
        |after| proceedings::page(reading, &permit, after, PAGE),
        |found: &Permit<ReadProceeding, ProceedingRow>| {
            let proceeding = &found.row().proceeding;
            (proceeding.created_at, proceeding.id.clone())
        },
    )
}

fn proceeding(permit: &Permit<ReadProceeding, ProceedingRow>) -> Vec<Field> {
    let found = &permit.row().proceeding;
    let id = found.id.as_str();
    let words = found.words.reveal(permit, Class::CaseRestricted).ok().cloned();
    let ProceedingWords { reference_number, court, notes } = words.unwrap_or_default();
    let measures = found.protective_measures.iter().map(|measure| measure.code());
    let role = found.person_role.code();
    vec![
        Field::code("proceedings.kind", "legal_proceeding_type", Some(&found.kind)),
        Field::code("proceedings.state", "legal_outcome", Some(found.state.get().code())),
        Field::organisation("proceedings.organisation_id", Some(&found.organisation_id)),
        Field::code("proceedings.person_role", "proceeding_person_role", Some(role)),
        Field::codes("proceedings.protective_measures", "protective_measure", measures),
        Field::words(
            "proceedings.sealed/reference_number",
            ("proceeding_number", id),
            reference_number,
        ),
        Field::words("proceedings.sealed/court", ("proceeding_court", id), court),
        Field::words("proceedings.sealed/notes", ("proceeding_notes", id), notes),
        Field::by("proceedings.created_by", Some(&found.created_by)),
        Field::moment("proceedings.created_at", Some(found.created_at)),
    ]
}

/// Gathers the hearings of these proceedings.
pub(super) fn hearings(reading: &mut Reading<'_>, case: &CaseId) -> Result<Vec<Vec<Field>>> {
    let permit = cases::fetch::<ReadHearing>(reading, case)?;
    let found = all(
        |after: Option<(NaiveDate, HearingId)>| hearings::page(reading, &permit, after, PAGE),
        |found: &Permit<ReadHearing, HearingRow>| {
            let hearing = &found.row().hearing;
            (hearing.takes_place_on, hearing.id.clone())
        },
    )?;
    let told = found.iter().filter(|found| !found.row().facts.is_behind_the_wall);
    Ok(told.map(hearing).collect())
}

fn hearing(permit: &Permit<ReadHearing, HearingRow>) -> Vec<Field> {
    let found = &permit.row().hearing;
    let id = found.id.as_str();
    let words = found.words.reveal(permit, Class::CaseRestricted).ok().cloned();
    let HearingWords { details, outcome } = words.unwrap_or_default();
    vec![
        Field::day("hearings.takes_place_on", Some(found.takes_place_on)),
        Field::code("hearings.state", "hearing_state", Some(found.state.get().code())),
        Field::words("hearings.sealed/details", ("hearing_details", id), details),
        Field::words("hearings.sealed/outcome", ("hearing_outcome", id), outcome),
        Field::by("hearings.recorded_by", found.recorded_by.as_ref()),
        Field::moment("hearings.recorded_at", found.recorded_at),
        Field::by("hearings.created_by", Some(&found.created_by)),
        Field::moment("hearings.created_at", Some(found.created_at)),
    ]
}

/// Gathers what must not be held against the person (R7). Who raised it is not told where that would tell
/// who investigates.
pub(super) fn issues(reading: &mut Reading<'_>, case: &CaseId) -> Result<Vec<Vec<Field>>> {
    let permit = cases::fetch::<ReadIssue>(reading, case)?;
    let found = all(
        |after| issues::page(reading, &permit, after, PAGE),
        |found: &Permit<ReadIssue, IssueRow>| {
            let issue = &found.row().issue;
            (issue.created_at, issue.id.clone())
        },
    )?;
    let every = every(reading, case)?;
    let walled = every.iter().filter(|found| found.row().facts.is_behind_the_wall);
    let walled: Vec<_> = walled.map(|found| &found.row().proceeding.organisation_id).collect();
    let raised = |found: &Permit<ReadIssue, IssueRow>| {
        issue(found, walled.contains(&&found.row().issue.organisation_id))
    };
    Ok(found.iter().map(raised).collect())
}

fn issue(permit: &Permit<ReadIssue, IssueRow>, is_walled: bool) -> Vec<Field> {
    let found = &permit.row().issue;
    let by = Some(&found.created_by).filter(|_| !is_walled);
    let office = Some(&found.organisation_id).filter(|_| !is_walled);
    let id = found.id.as_str();
    let words = found.words.reveal(permit, Class::CaseRestricted).ok().cloned();
    let IssueWords { account, told, answer } = words.unwrap_or_default();
    let state = found.state.get().code();
    let body = found.told.as_ref().map(|told| told.body.as_str());
    let remedy = found.answer.as_ref().map(|answer| answer.remedy.code());
    vec![
        Field::code("non_punishment_issues.issue", "non_punishment_issue", Some(&found.issue)),
        Field::code("non_punishment_issues.state", "non_punishment_state", Some(state)),
        Field::code(
            "non_punishment_issues.attributed_by",
            "organisation_type",
            Some(&found.attributed_by),
        ),
        Field::day("non_punishment_issues.attributed_on", found.attributed_on),
        Field::organisation("non_punishment_issues.organisation_id", office),
        Field::words("non_punishment_issues.sealed/account", ("issue_account", id), account),
        Field::code("non_punishment_issues.told_body", "organisation_type", body),
        Field::day("non_punishment_issues.told_on", found.told.as_ref().map(|told| told.on)),
        Field::by("non_punishment_issues.told_by", found.told.as_ref().map(|told| &told.by)),
        Field::words("non_punishment_issues.sealed/told", ("issue_told", id), told),
        Field::code("non_punishment_issues.remedy", "non_punishment_remedy", remedy),
        Field::day(
            "non_punishment_issues.remedied_on",
            found.answer.as_ref().map(|answer| answer.on),
        ),
        Field::by(
            "non_punishment_issues.remedied_by",
            found.answer.as_ref().map(|answer| &answer.by),
        ),
        Field::words("non_punishment_issues.sealed/answer", ("issue_answer", id), answer),
        Field::by("non_punishment_issues.created_by", by),
        Field::moment("non_punishment_issues.created_at", Some(found.created_at)),
    ]
}
