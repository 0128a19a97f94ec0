//! What is written of a service.

use refero_domain::{age::SexReporting, directory::ServiceAges, id::ServiceId};
use refero_store::directory::ServiceFields;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::api::{
    extract::{Checked, PatchField, absorb},
    problem::{FieldCode, FieldErrors},
    v1::rules,
};

/// More places than any shelter has: a slip of the finger is not a capacity.
const MOST_PLACES: i64 = 100_000;

/// A service to enter.
#[derive(Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ServiceBody {
    /// Its id, if the client chooses one: a random UUID (version 4).
    #[serde(default)]
    pub(super) id: Option<ServiceId>,
    /// A code of the list `service_type`.
    #[schema(examples("safe_shelter"))]
    service_type: String,
    /// What people call it.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200)]
    #[validate(length(max = 200), custom(function = "rules::not_blank"))]
    name: Option<String>,
    /// Places in all; absent where it is not counted in places.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100_000)]
    #[validate(range(min = 0, max = 100_000))]
    capacity: Option<i64>,
    /// ISO 3166-2 areas of the country profile; empty is the whole country.
    #[serde(default)]
    #[validate(length(max = 50))]
    areas: Vec<String>,
    /// ISO 639 codes; empty is any language.
    #[serde(default)]
    languages: Vec<String>,
    /// Codes of `sex_reporting`; empty is everybody.
    #[serde(default)]
    #[validate(length(max = 50))]
    sexes: Vec<SexReporting>,
    /// Whom it takes, by age (R6); everyone if absent.
    #[serde(default)]
    ages: Option<ServiceAges>,
}

fn codes_of(sexes: &[SexReporting]) -> Vec<String> {
    sexes.iter().map(|sex| sex.code().to_owned()).collect()
}

impl ServiceBody {
    pub(super) fn fields(&self) -> ServiceFields {
        ServiceFields {
            service_type: self.service_type.clone(),
            name: self.name.as_deref().map(|name| name.trim().to_owned()),
            capacity: self.capacity,
            areas: self.areas.clone(),
            languages: self.languages.clone(),
            sexes: codes_of(&self.sexes),
            ages: self.ages.unwrap_or(ServiceAges::Everyone),
            active: true,
        }
    }
}

fn check_name(name: Option<&String>, errors: &mut FieldErrors) {
    if let Some(name) = name {
        rules::text("name", name, 200, errors);
    }
}

fn check_capacity(capacity: Option<i64>, errors: &mut FieldErrors) {
    if capacity.is_some_and(|places| !(0..=MOST_PLACES).contains(&places)) {
        errors.add("capacity", FieldCode::OutOfRange);
    }
}

fn check_count(place: &'static str, entries: usize, errors: &mut FieldErrors) {
    if entries > 50 {
        errors.add(place, FieldCode::TooLong);
    }
}

impl Checked for ServiceBody {
    fn check(&self, errors: &mut FieldErrors) {
        absorb(errors, self.validate());
        rules::code("service_type", "service_type", Some(&self.service_type), errors);
        rules::languages("languages", &self.languages, errors);
    }
}

/// What is changed of a service.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServicePatch {
    /// A code of the list `service_type`.
    #[serde(default)]
    #[schema(nullable = false)]
    service_type: Option<String>,
    /// What people call it; null clears it.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200)]
    name: PatchField<String>,
    /// Places in all; null where it is not counted in places.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 100_000)]
    capacity: PatchField<i64>,
    /// ISO 3166-2 areas of the country profile; empty is the whole country.
    #[serde(default)]
    #[schema(nullable = false)]
    areas: Option<Vec<String>>,
    /// ISO 639 codes; empty is any language.
    #[serde(default)]
    #[schema(nullable = false)]
    languages: Option<Vec<String>>,
    /// Codes of `sex_reporting`; empty is everybody.
    #[serde(default)]
    #[schema(nullable = false)]
    sexes: Option<Vec<SexReporting>>,
    /// Whom it takes, by age (R6).
    #[serde(default)]
    #[schema(nullable = false)]
    ages: Option<ServiceAges>,
    /// Whether it is offered.
    #[serde(default)]
    #[schema(nullable = false)]
    active: Option<bool>,
}

impl Checked for ServicePatch {
    fn check(&self, errors: &mut FieldErrors) {
        rules::code("service_type", "service_type", self.service_type.as_deref(), errors);
        check_name(self.name.value(), errors);
        check_capacity(self.capacity.value().copied(), errors);
        check_count("areas", self.areas.as_ref().map_or(0, Vec::len), errors);
        rules::languages("languages", self.languages.as_deref().unwrap_or_default(), errors);
        check_count("sexes", self.sexes.as_ref().map_or(0, Vec::len), errors);
    }
}

impl ServicePatch {
    pub(super) fn apply(&self, mut fields: ServiceFields) -> ServiceFields {
        let patch = self.clone();
        patch.name.map(|name| name.trim().to_owned()).apply_to(&mut fields.name);
        patch.capacity.apply_to(&mut fields.capacity);
        fields.service_type = patch.service_type.unwrap_or(fields.service_type);
        fields.areas = patch.areas.unwrap_or(fields.areas);
        fields.languages = patch.languages.unwrap_or(fields.languages);
        fields.sexes = patch.sexes.map_or(fields.sexes, |sexes| codes_of(&sexes));
        fields.ages = patch.ages.unwrap_or(fields.ages);
        fields.active = patch.active.unwrap_or(fields.active);
        fields
    }
}
