//! What two registrations are compared by.

use std::collections::BTreeMap;

use diesel::prelude::*;
use refero_domain::{age::SexReporting, id::PersonId, person::Identity, sensitive::Sensitive};
use refero_names::{Known, Sex};

use crate::{
    error::Result,
    people::{self, PersonFacts},
    schema::{cases, people as people_table},
    unit::Reading,
};

/// What is known, or asked, of a person for a comparison. It has no `Debug`.
#[derive(Clone, Default)]
pub struct Portrait {
    /// Names, as they were heard.
    pub names: Vec<String>,
    /// The year of birth, estimated or known.
    pub birth_year: Option<i32>,
    /// Sex for reporting.
    pub sex: Option<SexReporting>,
    /// Telephone numbers.
    pub phones: Vec<String>,
    /// Numbers of documents.
    pub documents: Vec<String>,
    /// ISO 3166-1: where a telephone number without its country is from.
    pub country: Option<String>,
}

impl Portrait {
    /// Takes what an identity and the coded facts beside it tell.
    pub(crate) fn of(
        identity: Sensitive<Identity>,
        (birth_year, sex): (Option<i32>, SexReporting),
        country: Option<String>,
    ) -> Sensitive<Self> {
        identity.map(|identity| Self {
            names: identity.names.into_iter().map(|name| name.text).collect(),
            birth_year: birth_year.or_else(|| identity.birth_date.map(|date| date.year())),
            sex: Some(sex),
            phones: identity.phones,
            documents: identity.documents.into_iter().map(|document| document.number).collect(),
            country,
        })
    }

    /// Takes what is registered now.
    pub(crate) fn of_new(
        identity: &Sensitive<Identity>,
        facts: &PersonFacts,
        country: &str,
    ) -> Sensitive<Self> {
        let told = (facts.birth_year, facts.sex_reporting);
        Self::of(identity.clone(), told, Some(country.to_owned()))
    }

    pub(crate) fn known(&self) -> Known<'_> {
        fn texts(texts: &[String]) -> Vec<&str> {
            texts.iter().map(String::as_str).collect()
        }
        Known {
            names: texts(&self.names),
            birth_year: self.birth_year,
            sex: self.sex.and_then(sex),
            phones: texts(&self.phones),
            documents: texts(&self.documents),
            default_country: self.country.as_deref(),
        }
    }
}

const fn sex(reported: SexReporting) -> Option<Sex> {
    match reported {
        SexReporting::Female => Some(Sex::Female),
        SexReporting::Male => Some(Sex::Male),
        SexReporting::Other => Some(Sex::Other),
        SexReporting::Unknown => None,
    }
}

/// Takes what is registered of one person; nothing if there is no identity of theirs.
pub(crate) fn of_one(
    reading: &mut Reading<'_>,
    person: &PersonId,
) -> Result<Option<Sensitive<Portrait>>> {
    let found = people::identities(reading, std::slice::from_ref(person))?.pop();
    let Some((_, identity)) = found else { return Ok(None) };
    let mut told = facts(reading, std::slice::from_ref(person))?;
    let (facts, country) = told.remove(person).unwrap_or(NOTHING);
    Ok(Some(Portrait::of(identity?, facts, country)))
}

/// Takes what is registered of several people. Whose identity does not open is told in the log and left
/// out: one damaged record must not keep the others from being found.
pub(crate) fn of_many(
    reading: &mut Reading<'_>,
    persons: &[PersonId],
) -> Result<Vec<(PersonId, Sensitive<Portrait>)>> {
    let mut told = facts(reading, persons)?;
    let mut portraits = Vec::with_capacity(persons.len());
    for (person, identity) in people::identities(reading, persons)? {
        let (facts, country) = told.remove(&person).unwrap_or(NOTHING);
        match identity {
            Ok(identity) => portraits.push((person, Portrait::of(identity, facts, country))),
            Err(error) => tracing::error!(
                error = crate::error::with_causes(&error),
                "an identity did not open and was not compared"
            ),
        }
    }
    Ok(portraits)
}

type Told = ((Option<i32>, SexReporting), Option<String>);

const NOTHING: Told = ((None, SexReporting::Unknown), None);

/// Reads the coded facts, and the country, which every case code begins with.
fn facts(reading: &mut Reading<'_>, persons: &[PersonId]) -> Result<BTreeMap<PersonId, Told>> {
    let found: Vec<(PersonId, Option<i64>, SexReporting, Option<String>)> = people_table::table
        .left_join(cases::table)
        .filter(people_table::id.eq_any(persons.to_vec()))
        .select((
            people_table::id,
            people_table::birth_year_estimate,
            people_table::sex_reporting,
            cases::case_code.nullable(),
        ))
        .load(reading.conn)?;
    let told = found.into_iter().map(|(person, year, sex, code)| {
        let year = year.and_then(|year| i32::try_from(year).ok());
        let country = code.and_then(|code| code.get(..2).map(str::to_owned));
        (person, ((year, sex), country))
    });
    Ok(told.collect())
}
