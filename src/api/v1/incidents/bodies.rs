//! What is sent about incidents.

use chrono::NaiveDate;
use refero_domain::{
    id::IncidentId,
    incident::{IncidentUnlinkReason, IncidentWords, OffenceFacts},
    sensitive::Sensitive,
};
use refero_store::incidents::Account;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    api::{
        extract::{Checked, PatchField},
        problem::{FieldCode, FieldErrors},
        v1::{reports::change, rules},
    },
    service::incidents::{Correction, NewIncident},
};

const PLACE: usize = 1_000;
const NARRATIVE: usize = 20_000;

/// An incident in which people were found.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentBody {
    /// The client's own identifier (UUIDv4): a repeat under it makes no second incident.
    #[serde(default)]
    pub id: Option<IncidentId>,
    /// The day on which it was.
    pub found_on: NaiveDate,
    /// Where it was: an ISO 3166-2 area of the country profile. Who coordinates there is shown it.
    #[serde(default)]
    pub area: Option<String>,
    /// What kind of place: `incident_place`.
    #[schema(examples("mine_or_quarry"))]
    pub place: String,
    /// `recruitment_method`.
    #[serde(default)]
    pub recruitment_methods: Vec<String>,
    /// `transport_mode`.
    #[serde(default)]
    pub transport_modes: Vec<String>,
    /// `exploitation_type`.
    #[serde(default)]
    pub exploitation_types: Vec<String>,
    /// `control_method`.
    #[serde(default)]
    pub control_methods: Vec<String>,
    /// `labour_type_ctdc`.
    #[serde(default)]
    pub labour_types: Vec<String>,
    /// Where it was, in words; at most 1,000 characters. Never where somebody lives now. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub place_details: Option<Sensitive<String>>,
    /// What was found, in words; at most 20,000 characters. Of the people, no more than all who were found may
    /// share: who somebody is belongs in their own report. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub narrative: Option<Sensitive<String>>,
}

fn check_facts(facts: &OffenceFacts, errors: &mut FieldErrors) {
    for (pointer, list, codes) in [
        ("/recruitment_methods", "recruitment_method", &facts.recruitment_methods),
        ("/transport_modes", "transport_mode", &facts.transport_modes),
        ("/exploitation_types", "exploitation_type", &facts.exploitation_types),
        ("/control_methods", "control_method", &facts.control_methods),
        ("/labour_types", "labour_type_ctdc", &facts.labour_types),
    ] {
        rules::codes(pointer, list, codes, errors);
    }
}

impl IncidentBody {
    fn facts(&self) -> OffenceFacts {
        OffenceFacts {
            recruitment_methods: self.recruitment_methods.clone(),
            transport_modes: self.transport_modes.clone(),
            exploitation_types: self.exploitation_types.clone(),
            control_methods: self.control_methods.clone(),
            labour_types: self.labour_types.clone(),
        }
    }

    /// Gives what the service records.
    pub(super) fn into_new(self) -> NewIncident {
        let facts = self.facts();
        let words = Sensitive::new(IncidentWords::default())
            .with(self.place_details, |words, place| words.place = Some(place))
            .with(self.narrative, |words, text| words.narrative = Some(text));
        let (found_on, area, place) = (self.found_on, self.area, self.place);
        NewIncident { id: self.id, account: Account { found_on, area, place, facts, words } }
    }
}

impl Checked for IncidentBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::code("/place", "incident_place", Some(&self.place), errors);
        check_facts(&self.facts(), errors);
        rules::sealed_text("/place_details", self.place_details.as_ref(), PLACE, errors);
        rules::sealed_text("/narrative", self.narrative.as_ref(), NARRATIVE, errors);
    }
}

/// A merge patch of an incident (RFC 7396): absent members stay, null clears.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentPatch {
    /// The day on which it was.
    #[serde(default)]
    #[schema(value_type = Option<NaiveDate>, nullable = false)]
    pub found_on: PatchField<NaiveDate>,
    /// Where it was: an ISO 3166-2 area of the country profile.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub area: PatchField<String>,
    /// What kind of place: `incident_place`.
    #[serde(default)]
    #[schema(value_type = Option<String>, nullable = false)]
    pub place: PatchField<String>,
    /// `recruitment_method`.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub recruitment_methods: PatchField<Vec<String>>,
    /// `transport_mode`.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub transport_modes: PatchField<Vec<String>>,
    /// `exploitation_type`.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub exploitation_types: PatchField<Vec<String>>,
    /// `control_method`.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub control_methods: PatchField<Vec<String>>,
    /// `labour_type_ctdc`.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub labour_types: PatchField<Vec<String>>,
    /// Where it was, in words. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub place_details: PatchField<Sensitive<String>>,
    /// What was found, in words. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub narrative: PatchField<Sensitive<String>>,
}

impl IncidentPatch {
    /// Gives what the service corrects besides the facts and the words.
    pub(super) fn correction(&self) -> Correction {
        Correction {
            found_on: self.found_on.value().copied(),
            area: self.area.clone().into_change(),
            place: self.place.value().cloned(),
        }
    }

    /// Applies the patch to the facts.
    pub(super) fn apply(&self, facts: &mut OffenceFacts) {
        for (member, list) in [
            (&self.recruitment_methods, &mut facts.recruitment_methods),
            (&self.transport_modes, &mut facts.transport_modes),
            (&self.exploitation_types, &mut facts.exploitation_types),
            (&self.control_methods, &mut facts.control_methods),
            (&self.labour_types, &mut facts.labour_types),
        ] {
            if let Some(change) = member.clone().into_change() {
                *list = change.unwrap_or_default();
            }
        }
    }

    /// Applies the patch to what is sealed, without opening it.
    pub(super) fn apply_to_words(
        &self,
        words: Sensitive<IncidentWords>,
    ) -> Sensitive<IncidentWords> {
        let words = change(words, &self.place_details, |words, place| words.place = place);
        change(words, &self.narrative, |words, text| words.narrative = text)
    }
}

impl Checked for IncidentPatch {
    fn check(&self, errors: &mut FieldErrors) {
        for (pointer, is_null) in [
            ("/found_on", matches!(self.found_on, PatchField::Null)),
            ("/place", matches!(self.place, PatchField::Null)),
        ] {
            if is_null {
                errors.add(pointer, FieldCode::Required);
            }
        }
        rules::code("/place", "incident_place", self.place.value().map(String::as_str), errors);
        let mut facts = OffenceFacts::default();
        self.apply(&mut facts);
        check_facts(&facts, errors);
        rules::sealed_text("/place_details", self.place_details.value(), PLACE, errors);
        rules::sealed_text("/narrative", self.narrative.value(), NARRATIVE, errors);
    }
}

/// The incident to which a case belongs.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentLinkBody {
    /// The incident.
    pub incident_id: IncidentId,
}

impl Checked for IncidentLinkBody {}

/// Why a case does not belong to its incident any more.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentUnlinkBody {
    /// Why.
    pub reason: IncidentUnlinkReason,
}

impl Checked for IncidentUnlinkBody {}
