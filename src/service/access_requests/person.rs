//! Who the person is and what was found out about them.

use refero_domain::{
    person::Identity,
    policy::{Class, Permit, ReadReport},
    report::ReportDetails,
};
use refero_store::{Result, people::Person, reports::Report};

use super::copy::Field;

/// What identifies the person.
pub(super) fn identity(identity: &Identity) -> Vec<Field> {
    let documents = identity.documents.iter().map(|document| {
        let country = document.country.as_deref().map(|country| format!(" ({country})"));
        format!("{}: {}{}", document.kind, document.number, country.unwrap_or_default())
    });
    let texts = |texts: &[String]| texts.to_vec();
    vec![
        Field::plain(
            "person_identities.sealed/names",
            identity.names.iter().map(|name| name.text.as_str()),
        ),
        Field::partial_day("person_identities.sealed/birth_date", identity.birth_date),
        Field::plain("person_identities.sealed/documents", documents),
        Field::plain("person_identities.sealed/phones", texts(&identity.phones)),
        Field::plain("person_identities.sealed/addresses", texts(&identity.addresses)),
        Field::plain("person_identities.sealed/photo_reference", identity.photo_reference.clone()),
    ]
}

/// What is known about the person in codes.
pub(super) fn facts(person: &Person) -> Result<Vec<Field>> {
    let year = person.birth_year().map(|year| year.to_string());
    let sex = person.sex_reporting.code();
    Ok(vec![
        Field::code("people.sex_reporting", "sex_reporting", Some(sex)),
        Field::code("people.age_status", "age_status", Some(person.age_status.code())),
        Field::plain("people.birth_year_estimate", year),
        Field::plain("people.primary_language", person.primary_language.clone()),
        Field::plain("people.other_languages", person.other_languages.get()?),
        Field::plain("people.citizenships", person.citizenships.get()?),
    ])
}

/// What the first responder told.
pub(super) fn report(permit: &Permit<ReadReport, Report>) -> Vec<Field> {
    let report = permit.row();
    let mut fields = vec![
        Field::organisation("detection_reports.organisation_id", Some(&report.organisation_id)),
        Field::by("detection_reports.author_id", Some(&report.author_id)),
        Field::moment("detection_reports.created_at", Some(report.created_at)),
        Field::moment("detection_reports.submitted_at", report.submitted_at),
    ];
    fields.extend(about_the_person(&report.details));
    fields.extend(about_what_happened(&report.details));
    let words = report.secrets.reveal(permit, Class::CaseRestricted).ok();
    let id = report.id.as_str();
    let (place, narrative) =
        words.map_or((None, None), |words| (words.place.clone(), words.narrative.clone()));
    fields.push(Field::words("detection_reports.sealed/place", ("report_place", id), place));
    let narrative =
        Field::words("detection_reports.sealed/narrative", ("report_narrative", id), narrative);
    fields.push(narrative);
    fields
}

/// The coded facts of the report that are about the person.
fn about_the_person(told: &ReportDetails) -> Vec<Field> {
    let sex = told.sex_reporting.map(|sex| sex.code());
    let year = told.birth_year_estimate.map(|year| year.to_string());
    let age = told.age_status().code();
    let status = told.migration_status.as_deref();
    vec![
        Field::area("detection_reports.area", told.area.as_ref()),
        Field::code("detection_reports.facts/sex_reporting", "sex_reporting", sex),
        Field::code("detection_reports.facts/gender", "gender", told.gender.as_deref()),
        Field::code("detection_reports.facts/age_status", "age_status", Some(age)),
        Field::plain("detection_reports.facts/birth_year_estimate", year),
        Field::plain("detection_reports.facts/primary_language", told.primary_language.clone()),
        Field::plain("detection_reports.facts/other_languages", told.other_languages.clone()),
        Field::plain("detection_reports.facts/citizenships", told.citizenships.clone()),
        Field::code("detection_reports.facts/migration_status", "migration_status", status),
    ]
}

/// The coded facts of the report that are about what happened.
fn about_what_happened(told: &ReportDetails) -> Vec<Field> {
    let codes = |source, list, codes: &Vec<String>| Field::codes(source, list, codes);
    let answers = told.risk_answers.iter();
    let answers = answers.map(|(code, answer)| (code.clone(), Some(answer.code())));
    let indicators = told.indicators.iter().map(|code| (code.clone(), None));
    let source = told.detection_source.as_deref();
    let trafficker = told.relationship_to_trafficker.as_deref();
    let danger = told.danger().code();
    vec![
        Field::code("detection_reports.facts/detection_source", "detection_source", source),
        Field::partial_day("detection_reports.facts/detected_on", told.detected_on),
        Field::code(
            "detection_reports.facts/relationship_to_trafficker",
            "relationship_to_trafficker",
            trafficker,
        ),
        Field::yes("detection_reports.facts/immediate_danger", told.immediate_danger),
        Field::code("detection_reports.facts/risk_level", "risk_level", Some(danger)),
        codes("detection_reports.facts/urgent_needs", "service_type", &told.urgent_needs),
        Field::indicators("detection_reports.facts/risk_answers", answers),
        Field::indicators("detection_reports.facts/indicators", indicators),
        codes(
            "detection_reports.facts/exploitation_types",
            "exploitation_type",
            &told.exploitation_types,
        ),
        codes(
            "detection_reports.facts/sexual_exploitation_types",
            "sexual_exploitation_type",
            &told.sexual_exploitation_types,
        ),
        codes("detection_reports.facts/control_methods", "control_method", &told.control_methods),
        codes(
            "detection_reports.facts/recruitment_methods",
            "recruitment_method",
            &told.recruitment_methods,
        ),
        codes("detection_reports.facts/labour_types", "labour_type_ctdc", &told.labour_types),
        codes(
            "detection_reports.facts/labour_industries",
            "labour_industry",
            &told.labour_industries,
        ),
        Field::events("detection_reports.facts/trafficking_events", &told.trafficking_events),
        codes(
            "detection_reports.facts/interview_safeguards",
            "interview_safeguard",
            &told.interview_safeguards,
        ),
        Field::yes("detection_reports.facts/captured_offline", Some(told.captured_offline)),
    ]
}
