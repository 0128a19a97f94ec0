//! The organisations of the fictional country, and what they offer.

use refero_domain::{
    directory::ServiceAges::{self, AdultsOnly, ChildrenOnly, Everyone},
    id::{OrganisationId, ServiceId},
};

use super::bytes_of;

/// An organisation of the fictional country.
#[derive(Debug, PartialEq, Eq)]
pub struct DemoOrganisation {
    /// A short name, from which its id follows.
    pub key: &'static str,
    /// Its name.
    pub name: &'static str,
    /// A code of `organisation_type`.
    pub organisation_type: &'static str,
    /// Where it works; the whole country if nothing.
    pub area: Option<&'static str>,
    /// What it offers.
    pub services: &'static [DemoService],
}

/// A service that an organisation offers.
#[derive(Debug, PartialEq, Eq)]
pub struct DemoService {
    /// A code of `service_type`.
    pub service_type: &'static str,
    /// How many places it has, if places are counted.
    pub capacity: Option<i64>,
    /// Whom it takes by age.
    pub ages: ServiceAges,
    /// Codes of `sex_reporting`; everybody if none.
    pub sexes: &'static [&'static str],
    /// Where; everywhere if none.
    pub areas: &'static [&'static str],
}

/// The languages that every provider of the demonstration speaks.
pub(super) const LANGUAGES: [&str; 3] = ["en", "fr", "pt"];

impl DemoOrganisation {
    /// Returns its id.
    #[must_use]
    pub fn id(&self) -> OrganisationId {
        OrganisationId::from_random_bytes(bytes_of("organisation", self.key))
    }

    /// Returns the id of one of its services.
    #[must_use]
    pub fn service_id(&self, service_type: &str) -> ServiceId {
        ServiceId::from_random_bytes(bytes_of("service", &format!("{} {service_type}", self.key)))
    }

    /// Returns its telephone number: +999 belongs to no country.
    #[must_use]
    pub fn phone(&self) -> String {
        let [first, second, ..] = bytes_of("phone", self.key);
        format!("+99955501{first:03}{second:03}")
    }
}

const fn organisation(
    key: &'static str,
    name: &'static str,
    organisation_type: &'static str,
    area: Option<&'static str>,
    services: &'static [DemoService],
) -> DemoOrganisation {
    DemoOrganisation { key, name, organisation_type, area, services }
}

const fn anyone(service_type: &'static str, capacity: Option<i64>) -> DemoService {
    DemoService { service_type, capacity, ages: Everyone, sexes: &[], areas: &[] }
}

const fn children(service_type: &'static str, capacity: Option<i64>) -> DemoService {
    DemoService { service_type, capacity, ages: ChildrenOnly, sexes: &[], areas: &[] }
}

const fn women(service_type: &'static str, capacity: Option<i64>) -> DemoService {
    let areas = &["XZ-W", "XZ-C"];
    DemoService { service_type, capacity, ages: AdultsOnly, sexes: &["female"], areas }
}

pub(super) static POLICE: DemoOrganisation =
    organisation("police", "North Police Post (demo)", "law_enforcement", Some("XZ-N"), &[]);
pub(super) static BORDER: DemoOrganisation =
    organisation("border", "South Border Post (demo)", "immigration_service", Some("XZ-S"), &[]);
pub(super) static HOSPITAL: DemoOrganisation = organisation(
    "hospital",
    "Centre Hospital (demo)",
    "health_service",
    Some("XZ-C"),
    &[
        anyone("medical_care", None),
        anyone("sexual_reproductive_health", None),
        anyone("specialised_mental_health", Some(10)),
    ],
);
pub(super) static BUREAU: DemoOrganisation =
    organisation("bureau", "National Coordination Bureau (demo)", "coordination_body", None, &[]);
pub(super) static BUREAU_SOUTH: DemoOrganisation = organisation(
    "bureau-south",
    "Southern Coordination Bureau (demo)",
    "coordination_body",
    Some("XZ-S"),
    &[],
);
pub(super) static HARBOUR: DemoOrganisation = organisation(
    "harbour",
    "Harbour House (demo)",
    "shelter",
    Some("XZ-N"),
    &[
        anyone("safe_shelter", Some(24)),
        anyone("emergency_needs", None),
        anyone("medical_care", None),
        anyone("psychosocial_support", None),
        anyone("legal_aid", None),
        anyone("reintegration", None),
    ],
);
pub(super) static LANTERN: DemoOrganisation = organisation(
    "lantern",
    "Lantern Support (demo)",
    "ngo",
    None,
    &[
        anyone("safe_shelter", Some(6)),
        anyone("medical_care", None),
        anyone("psychosocial_support", None),
        anyone("legal_aid", None),
        anyone("interpretation", None),
        anyone("vocational_training", Some(12)),
    ],
);
pub(super) static PALM: DemoOrganisation = organisation(
    "palm",
    "Palm Shelter for Women (demo)",
    "shelter",
    Some("XZ-W"),
    &[women("safe_shelter", Some(16)), women("psychosocial_support", None)],
);
pub(super) static SUNRISE: DemoOrganisation = organisation(
    "sunrise",
    "Sunrise Children's Home (demo)",
    "child_protection_service",
    Some("XZ-E"),
    &[
        children("safe_shelter", Some(12)),
        children("alternative_care", Some(8)),
        children("guardianship", None),
        children("education", None),
    ],
);
pub(super) static SCALES: DemoOrganisation = organisation(
    "scales",
    "Scales Legal Aid (demo)",
    "legal_service",
    None,
    &[anyone("legal_aid", None), anyone("compensation_claim", None), anyone("documentation", None)],
);
pub(super) static BOARD: DemoOrganisation =
    organisation("board", "Identification Board (demo)", "central_government", None, &[]);
pub(super) static PROSECUTION: DemoOrganisation =
    organisation("prosecution", "Public Prosecution (demo)", "prosecution", None, &[]);
pub(super) static INSPECTORATE: DemoOrganisation =
    organisation("inspectorate", "Inspectorate (demo)", "central_government", None, &[]);
pub(super) static STATISTICS: DemoOrganisation =
    organisation("statistics", "Statistics Office (demo)", "central_government", None, &[]);
pub(super) static COMPUTING: DemoOrganisation =
    organisation("computing", "Government Computing (demo)", "central_government", None, &[]);

/// Every organisation. The first is entered by the administrator's own hand, so it is theirs.
#[must_use]
pub fn organisations() -> [&'static DemoOrganisation; 15] {
    [
        &COMPUTING,
        &POLICE,
        &BORDER,
        &HOSPITAL,
        &BUREAU,
        &BUREAU_SOUTH,
        &HARBOUR,
        &LANTERN,
        &PALM,
        &SUNRISE,
        &SCALES,
        &BOARD,
        &PROSECUTION,
        &INSPECTORATE,
        &STATISTICS,
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use refero_domain::{directory, profile::CountryProfile, reference::CodeLists};

    use super::*;

    #[test]
    fn names_say_that_they_are_made_up_and_codes_are_those_of_the_lists() {
        let profile = CountryProfile::embedded("demo").unwrap();
        let lists = CodeLists::embedded();
        for organisation in organisations() {
            assert!(organisation.name.ends_with("(demo)"));
            assert!(lists.contains("organisation_type", organisation.organisation_type));
            assert!(organisation.area.is_none_or(|area| profile.area(area).is_some()));
            assert!(directory::is_e164(&organisation.phone()));
            for service in organisation.services {
                assert!(lists.contains("service_type", service.service_type));
                assert!(service.areas.iter().all(|area| profile.area(area).is_some()));
            }
        }
        let ids: BTreeSet<_> = organisations().iter().map(|one| one.id()).collect();
        assert_eq!(ids.len(), organisations().len());
    }
}
