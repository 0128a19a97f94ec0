//! What two registrations are compared by.

use std::collections::BTreeMap;

use diesel::prelude::*;
use refero_domain::{age::SexReporting, id::PersonId, person::Identity, sensitive::Sensitive};
use refero_names::{Known, Sex};

use crate::{
    error::Result,
    keys::person::unwrapped,
    people::{PersonFacts, open_identity},
    planning::planned_anew,
    schema::{cases, people, person_identities as identities, person_keys as keys},
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
    let found = registered(reading, std::slice::from_ref(person))?.pop_first();
    found.map(|(person, found)| opened(reading, &person, found)).transpose()
}

/// Takes what is registered of several people. Whose identity does not open is told in the log and left
/// out: one damaged record must not keep the others from being found.
pub(crate) fn of_many(
    reading: &mut Reading<'_>,
    persons: &[PersonId],
) -> Result<Vec<(PersonId, Sensitive<Portrait>)>> {
    let found = registered(reading, persons)?;
    let mut portraits = Vec::with_capacity(found.len());
    for (person, found) in found {
        match opened(reading, &person, found) {
            Ok(portrait) => portraits.push((person, portrait)),
            Err(error) => tracing::error!(
                error = crate::error::with_causes(&error),
                "an identity did not open and was not compared"
            ),
        }
    }
    Ok(portraits)
}

/// What the database holds of a person for a comparison.
#[derive(Queryable)]
struct Registered {
    person_id: PersonId,
    sealed: Vec<u8>,
    epoch: i64,
    wrapped: Vec<u8>,
    birth_year: Option<i64>,
    sex: SexReporting,
    case_code: Option<String>,
}

/// Reads identities, keys and coded facts in one query: hundreds are compared while somebody waits.
fn registered(
    reading: &mut Reading<'_>,
    persons: &[PersonId],
) -> Result<BTreeMap<PersonId, Registered>> {
    let found: Vec<Registered> = identities::table
        .inner_join(keys::table.on(keys::person_id.eq(identities::person_id)))
        .inner_join(people::table.on(people::id.eq(identities::person_id)))
        .left_join(cases::table.on(cases::person_id.eq(people::id)))
        .filter(identities::person_id.eq_any(persons.to_vec()))
        .filter(planned_anew())
        // Who was forgotten is like nobody (R13).
        .filter(keys::destroyed_at.is_null())
        .select((
            identities::person_id,
            identities::sealed,
            keys::epoch,
            keys::wrapped,
            people::birth_year_estimate,
            people::sex_reporting,
            cases::case_code.nullable(),
        ))
        .load(reading.conn)?;
    Ok(found.into_iter().map(|found| (found.person_id.clone(), found)).collect())
}

fn opened(
    reading: &mut Reading<'_>,
    person: &PersonId,
    found: Registered,
) -> Result<Sensitive<Portrait>> {
    let key = unwrapped(reading, person, found.epoch, found.wrapped)?;
    let identity = open_identity(&key, person, &found.sealed)?;
    let birth_year = found.birth_year.and_then(|year| i32::try_from(year).ok());
    // Every case code begins with its country.
    let country = found.case_code.and_then(|code| code.get(..2).map(str::to_owned));
    Ok(Portrait::of(identity, (birth_year, found.sex), country))
}
