//! What is written of a service.

use refero_domain::{
    age::SexReporting, directory::ServiceAges, id::ServiceId, placement::FacilityRegime,
    safe_contact::SafeHours,
};
use refero_store::directory::ServiceFields;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::api::{
    extract::{Checked, PatchField, absorb},
    problem::{FieldCode, FieldError, FieldErrors, Pointer},
    v1::rules,
};

/// More places than any shelter has: a slip of the finger is not a capacity.
const MOST_PLACES: i64 = 100_000;
/// Older than anybody.
const OLDEST: i64 = 120;
/// Three windows on each day of the week.
const MOST_HOURS: usize = 21;

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
    /// Codes of `service_accessibility`; absent is "not said", empty is "none".
    #[serde(default)]
    accessibility: Option<Vec<String>>,
    /// Whether it is open day and night.
    #[serde(default)]
    always_open: bool,
    /// When it is open, by the clock of the country, at most 21; absent and not always is "not said".
    #[serde(default)]
    hours: Vec<SafeHours>,
    /// Whether people may leave when they like, where they are housed.
    #[serde(default)]
    regime: Option<FacilityRegime>,
    /// The youngest whom it takes.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 120)]
    minimum_age: Option<i64>,
    /// The oldest whom it takes.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 120)]
    maximum_age: Option<i64>,
    /// Whether people may come at once; absent is "not said".
    #[serde(default)]
    takes_emergencies: Option<bool>,
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
            accessibility: self.accessibility.clone(),
            always_open: self.always_open,
            hours: self.hours.clone(),
            regime: self.regime,
            minimum_age: self.minimum_age,
            maximum_age: self.maximum_age,
            takes_emergencies: self.takes_emergencies,
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

fn check_age(place: &'static str, age: Option<i64>, errors: &mut FieldErrors) {
    if age.is_some_and(|age| !(0..=OLDEST).contains(&age)) {
        errors.add(place, FieldCode::OutOfRange);
    }
}

fn check_accessibility(codes: Option<&Vec<String>>, errors: &mut FieldErrors) {
    if let Some(codes) = codes {
        rules::codes("accessibility", "service_accessibility", codes, errors);
    }
}

fn check_hours(hours: &[SafeHours], errors: &mut FieldErrors) {
    let place = Pointer::from("hours");
    if hours.len() > MOST_HOURS {
        errors.push(FieldError::at(&place, FieldCode::TooLong).with("max", 21_i64));
    }
    for (index, window) in hours.iter().enumerate() {
        if !window.is_sound() {
            errors.add(place.index(index).member("until"), FieldCode::Inconsistent);
        }
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
        check_accessibility(self.accessibility.as_ref(), errors);
        check_hours(&self.hours, errors);
        check_age("minimum_age", self.minimum_age, errors);
        check_age("maximum_age", self.maximum_age, errors);
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
    /// Codes of `service_accessibility`; null is "not said", empty is "none".
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    accessibility: PatchField<Vec<String>>,
    /// Whether it is open day and night.
    #[serde(default)]
    #[schema(nullable = false)]
    always_open: Option<bool>,
    /// When it is open, by the clock of the country, at most 21; empty and not always is "not said".
    #[serde(default)]
    #[schema(nullable = false)]
    hours: Option<Vec<SafeHours>>,
    /// Whether people may leave when they like, where they are housed.
    #[serde(default)]
    #[schema(value_type = Option<FacilityRegime>)]
    regime: PatchField<FacilityRegime>,
    /// The youngest whom it takes; null is no limit.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 120)]
    minimum_age: PatchField<i64>,
    /// The oldest whom it takes; null is no limit.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 120)]
    maximum_age: PatchField<i64>,
    /// Whether people may come at once; null is "not said".
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    takes_emergencies: PatchField<bool>,
}

impl Checked for ServicePatch {
    fn check(&self, errors: &mut FieldErrors) {
        rules::code("service_type", "service_type", self.service_type.as_deref(), errors);
        check_name(self.name.value(), errors);
        check_capacity(self.capacity.value().copied(), errors);
        check_count("areas", self.areas.as_ref().map_or(0, Vec::len), errors);
        rules::languages("languages", self.languages.as_deref().unwrap_or_default(), errors);
        check_count("sexes", self.sexes.as_ref().map_or(0, Vec::len), errors);
        check_accessibility(self.accessibility.value(), errors);
        check_hours(self.hours.as_deref().unwrap_or_default(), errors);
        check_age("minimum_age", self.minimum_age.value().copied(), errors);
        check_age("maximum_age", self.maximum_age.value().copied(), errors);
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
        patch.accessibility.apply_to(&mut fields.accessibility);
        fields.always_open = patch.always_open.unwrap_or(fields.always_open);
        fields.hours = patch.hours.unwrap_or(fields.hours);
        patch.regime.apply_to(&mut fields.regime);
        patch.minimum_age.apply_to(&mut fields.minimum_age);
        patch.maximum_age.apply_to(&mut fields.maximum_age);
        patch.takes_emergencies.apply_to(&mut fields.takes_emergencies);
        fields
    }
}

/// How many places are free.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FreePlacesBody {
    /// How many, as of now: no more than there are.
    #[schema(minimum = 0, maximum = 100_000)]
    pub(super) free_places: i64,
}

impl Checked for FreePlacesBody {
    fn check(&self, errors: &mut FieldErrors) {
        if !(0..=MOST_PLACES).contains(&self.free_places) {
            errors.add("free_places", FieldCode::OutOfRange);
        }
    }
}
