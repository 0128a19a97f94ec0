//! Finding a case: by its code, or by what is known of its person.

use actix_web::{HttpResponse, Responder};
use refero_domain::{
    age::SexReporting,
    case_code::CaseCode,
    duplicate::LikenessReason,
    policy::{Permit, ReadCase, SearchCases},
    sensitive::Sensitive,
};
use refero_store::{
    Result as Stored, cases::CaseRow, matching::Likeness, people_index::Portrait, unit::Reading,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::view::CaseView;
use crate::{
    api::{
        caller::Caller,
        extract::{Body, Checked},
        problem::{FieldCode, FieldErrors, Pointer, Problem},
        v1::rules,
    },
    service::cases,
};

/// How many names are looked for at once.
const MOST_NAMES: usize = 5;
/// How many letters a name must have to be looked for by itself.
const FEWEST_LETTERS: usize = 2;

/// What is looked for: the code of a case, or what is known of a person. Personal data never stands in a
/// path or query, so this is a body.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchBody {
    /// The code of a case, as somebody says it on the telephone: spaces, small letters and the
    /// letter O for the digit 0 do not matter. Then nothing else is asked.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub case_code: Option<CaseCode>,
    /// What the person is called, in any script and order, 1 to 5 names of 1 to 200 characters.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub names: Option<Sensitive<Vec<String>>>,
    /// The year of birth, if it is known or guessed: a few years more or less do not matter.
    #[serde(default)]
    pub birth_year_estimate: Option<i32>,
    /// Sex for reporting.
    #[serde(default)]
    pub sex_reporting: Option<SexReporting>,
    /// A telephone number of the person, 1 to 32 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub phone: Option<Sensitive<String>>,
    /// The number of a document, 1 to 64 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub document: Option<Sensitive<String>>,
}

impl SearchBody {
    /// Returns the names of the members by which a person is looked for.
    fn fields(&self) -> Vec<&'static str> {
        [
            ("names", self.names.is_some()),
            ("birth_year_estimate", self.birth_year_estimate.is_some()),
            ("sex_reporting", self.sex_reporting.is_some()),
            ("phone", self.phone.is_some()),
            ("document", self.document.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, asked)| asked.then_some(name))
        .collect()
    }

    /// Returns the person as they are looked for in a country.
    fn portrait(self, country: &str) -> Sensitive<Portrait> {
        let asked = Portrait {
            birth_year: self.birth_year_estimate,
            sex: self.sex_reporting,
            country: Some(country.to_owned()),
            ..Portrait::default()
        };
        Sensitive::new(asked)
            .with(self.names, |asked, names| asked.names = names)
            .with(self.phone, |asked, phone| asked.phones.push(phone))
            .with(self.document, |asked, document| asked.documents.push(document))
    }
}

impl Checked for SearchBody {
    fn check(&self, errors: &mut FieldErrors) {
        if self.case_code.is_some() {
            for field in self.fields() {
                errors.add(Pointer::root().member(field), FieldCode::Inconsistent);
            }
            return;
        }
        let mut tells = self.phone.is_some() || self.document.is_some();
        if let Some(names) = &self.names {
            names.check(|names| {
                tells |= names.iter().any(|name| is_telling(name));
                check_names(names, tells, errors);
                true
            });
        } else if !tells {
            // Nobody looks through everybody of a year or a sex.
            errors.add("/names", FieldCode::Required);
        }
        rules::sealed_text("/phone", self.phone.as_ref(), 32, errors);
        rules::sealed_text("/document", self.document.as_ref(), 64, errors);
        if self.birth_year_estimate.is_some_and(|year| !(1900..=2200).contains(&year)) {
            errors.add("/birth_year_estimate", FieldCode::OutOfRange);
        }
    }
}

fn is_telling(name: &str) -> bool {
    name.chars().filter(|c| c.is_alphabetic()).count() >= FEWEST_LETTERS
}

fn check_names(names: &[String], tells: bool, errors: &mut FieldErrors) {
    let place = Pointer::from("/names");
    if names.len() > MOST_NAMES {
        errors.add(place, FieldCode::TooLong);
        return;
    }
    if !tells {
        errors.add(place, FieldCode::TooShort);
        return;
    }
    for (index, name) in names.iter().enumerate() {
        rules::text(place.index(index), name, 200, errors);
    }
}

/// How much a person looks like the one who is looked for.
#[derive(Serialize, ToSchema)]
pub struct LikenessView {
    /// In percent: 100 is everything that was asked.
    #[schema(minimum = 0, maximum = 100)]
    pub score: u8,
    /// What speaks for it, and what against it.
    pub reasons: Vec<LikenessReason>,
}

/// A case that was found.
#[derive(Serialize, ToSchema)]
pub struct FoundCase {
    /// The case.
    #[serde(flatten)]
    #[schema(inline)]
    pub case: CaseView,
    /// Why it was found; absent if it was asked for by its code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub likeness: Option<LikenessView>,
}

impl FoundCase {
    fn of(
        reading: &Reading<'_>,
        permit: &Permit<ReadCase, CaseRow>,
        likeness: Option<&Likeness>,
    ) -> Stored<Self> {
        let likeness = likeness.map(|likeness| LikenessView {
            score: likeness.percent,
            reasons: likeness.reasons.clone(),
        });
        Ok(Self { case: CaseView::of(reading.actor()?, reading.now(), permit)?, likeness })
    }
}

/// What was found.
#[derive(Serialize, ToSchema)]
pub struct SearchResult {
    /// The cases that the caller may see: a code belongs to one at the most; of those who look like a
    /// person the 20 likest, the likest first. Who they are stands in the identity alone.
    pub items: Vec<FoundCase>,
    /// Where the list goes on: null, as it never does.
    #[schema(required = true)]
    pub next_cursor: Option<String>,
}

/// Finds a case by its code, or cases by what is known of a person.
pub(super) async fn search(
    caller: Caller<SearchCases>,
    body: Body<SearchBody>,
) -> Result<impl Responder, Problem> {
    let body = body.into_inner();
    let country = caller.app().profile().country.clone();
    let items = caller
        .read(move |reading| {
            let (event, items) = match body.case_code.clone() {
                Some(code) => by_code(reading, code)?,
                None => by_person(reading, body, &country)?,
            };
            Ok(reading.disclose(event, items))
        })
        .await?;
    Ok(HttpResponse::Ok().json(SearchResult { items, next_cursor: None }))
}

type Shown = (refero_domain::event::Event, Vec<FoundCase>);

fn by_code(reading: &mut Reading<'_>, code: CaseCode) -> Stored<Shown> {
    let (event, permits) = cases::search(reading, code)?;
    let items = permits.iter().map(|permit| FoundCase::of(reading, permit, None));
    Ok((event, items.collect::<Stored<_>>()?))
}

fn by_person(reading: &mut Reading<'_>, body: SearchBody, country: &str) -> Stored<Shown> {
    let fields = body.fields();
    let (event, found) = cases::search_person(reading, &body.portrait(country), &fields)?;
    let items =
        found.iter().map(|(permit, likeness)| FoundCase::of(reading, permit, Some(likeness)));
    Ok((event, items.collect::<Stored<_>>()?))
}
