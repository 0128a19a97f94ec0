//! The time that the person was given to recover and to decide.

use refero_domain::{
    id::CaseId,
    policy::{Class, Permit, ReadReflection},
    reflection::ReflectionWords,
};
use refero_store::{
    Result,
    cases::{self, CaseRow},
    reflections::{self, Reflection},
    unit::Reading,
};

use super::{all, bureau::PAGE, copy::Field};

/// Gathers the periods, under the permit that shows them in the case.
pub(super) fn periods(reading: &mut Reading<'_>, case: &CaseId) -> Result<Vec<Vec<Field>>> {
    let permit: Permit<ReadReflection, CaseRow> = cases::fetch(reading, case)?;
    let found = all(
        |after| reflections::page(reading, &permit, after, PAGE),
        |period: &Reflection| (period.created_at, period.id.clone()),
    )?;
    let one = |period: &Reflection| {
        let words = period.words.reveal(&permit, Class::CaseRestricted).ok().cloned();
        let mut fields = course(period);
        fields.extend(said(period.id.as_str(), words.unwrap_or_default()));
        fields
    };
    Ok(found.iter().map(one).collect())
}

fn course(period: &Reflection) -> Vec<Field> {
    let (notices, grants) = (&period.notices, &period.grants);
    let told: Vec<_> = notices.iter().map(|notice| notice.on).collect();
    let languages = notices.iter().map(|notice| notice.language.as_str());
    let of = notices.iter().map(|notice| notice.of.code());
    let days = grants.iter().map(|grant| grant.days.to_string());
    let bases = grants.iter().map(|grant| grant.basis.code());
    let citations = grants.iter().filter_map(|grant| grant.citation.clone());
    let (answered_by, answered_at) = period.answered.clone().unzip();
    let (ended_by, ended_at) = period.ended.clone().unzip();
    let reason = period.end_reason.map(|reason| reason.code());
    let state = period.state.get().code();
    vec![
        Field::moment("reflection_periods.created_at", Some(period.created_at)),
        Field::by("reflection_periods.created_by", Some(&period.created_by)),
        Field::code("reflection_periods.state", "reflection_status", Some(state)),
        Field::day("reflection_periods.offered_on", Some(period.offered_on)),
        Field::codes("reflection_periods.notices/of", "reflection_status", of),
        Field::days("reflection_periods.notices/on", told),
        Field::plain("reflection_periods.notices/language", languages),
        Field::by_each("reflection_periods.notices/by", notices.iter().map(|one| &one.by)),
        Field::day("reflection_periods.starts_on", period.runs.map(|(first, _)| first)),
        Field::day("reflection_periods.ends_on", period.runs.map(|(_, last)| last)),
        Field::plain("reflection_periods.grants/days", days),
        Field::codes("reflection_periods.grants/basis", "reflection_basis", bases),
        Field::plain("reflection_periods.grants/citation", citations),
        Field::by_each("reflection_periods.grants/by", grants.iter().map(|one| &one.by)),
        Field::yes("reflection_periods.suspends_removal", period.suspends_removal),
        Field::by("reflection_periods.answered_by", answered_by.as_ref()),
        Field::moment("reflection_periods.answered_at", answered_at),
        Field::code("reflection_periods.end_reason", "reflection_termination_reason", reason),
        Field::day("reflection_periods.ended_on", period.ended_on),
        Field::by("reflection_periods.ended_by", ended_by.as_ref()),
        Field::moment("reflection_periods.ended_at", ended_at),
    ]
}

fn said(id: &str, words: ReflectionWords) -> Vec<Field> {
    let ReflectionWords { offer, declined, refused, extended, terminated } = words;
    let mut fields = vec![
        Field::words("reflection_periods.sealed/offer", ("reflection_offer", id), offer),
        Field::words("reflection_periods.sealed/declined", ("reflection_declined", id), declined),
        Field::words("reflection_periods.sealed/refused", ("reflection_refused", id), refused),
        Field::words(
            "reflection_periods.sealed/terminated",
            ("reflection_terminated", id),
            terminated,
        ),
    ];
    for (number, why) in extended.into_iter().enumerate() {
        let kind = format!("reflection_extended_{number}");
        let source = "reflection_periods.sealed/extended";
        fields.push(Field::words(source, (&kind, id), Some(why)));
    }
    fields
}
