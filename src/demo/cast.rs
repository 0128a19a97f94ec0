//! The people whom the made-up cases are about. None of them exists.

use refero_domain::{
    age::{AgeStatus, SexReporting},
    case::RiskLevel,
    id::DetectionReportId,
    instant::Instant,
    person::{Identity, IdentityDocument, PartialDate, PersonName},
    report::{ReportDetails, ReportSecrets, TraffickingEvent},
    screening::Answer,
    sensitive::Sensitive,
};

use super::bytes_of;
use crate::service::reports::NewReport;

const NAMES: [&str; 12] =
    ["Ama", "Yao", "Efua", "Kofi", "Lucia", "Awa", "Maria", "Joao", "Fatou", "Esi", "Rosa", "Ibou"];
const LANGUAGES: [&str; 6] = ["fr", "en", "pt", "ha", "wo", "en"];
const COUNTRIES: [&str; 7] = ["NG", "GH", "CI", "UG", "GW", "SN", "BJ"];
const AREAS: [&str; 5] = ["XZ-N", "XZ-S", "XZ-E", "XZ-W", "XZ-C"];
const SOURCES: [&str; 6] = [
    "border_control",
    "police_operation",
    "health_facility",
    "ngo_outreach",
    "hotline",
    "labour_inspection",
];
const MIGRATION: [&str; 4] = ["irregular_migrant", "labour_migrant", "national", "unknown"];
const RELATIONS: [&str; 5] = ["recruitment_agent", "familial", "acquainted", "friend", "unknown"];

/// Takes turns through a list.
#[expect(
    clippy::indexing_slicing,
    reason = "the remainder is below the length, which is not nought"
)]
pub(super) const fn turn<T: Copy, const N: usize>(list: &[T; N], number: usize) -> T {
    const { assert!(N > 0) }
    list[number % N]
}

/// Somebody made up, by number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Person {
    number: usize,
}

impl Person {
    /// Makes somebody up.
    pub(super) const fn new(number: usize) -> Self {
        Self { number }
    }

    /// Returns what is known about the age: a third are children, or presumed to be.
    pub(super) const fn age_status(self) -> AgeStatus {
        match self.number % 9 {
            0 => AgeStatus::UndeterminedPresumedChild,
            1 => AgeStatus::ChildDeclared,
            4 => AgeStatus::ChildDocumented,
            2 | 6 => AgeStatus::AdultDocumented,
            _ => AgeStatus::AdultDeclared,
        }
    }

    /// Says whether the person is protected as a child (R6).
    pub(super) const fn is_child(self) -> bool {
        self.age_status().protected_as_child()
    }

    /// Returns the sex for reporting.
    pub(super) const fn sex(self) -> SexReporting {
        match self.number % 13 {
            3 | 7 | 9 | 11 => SexReporting::Male,
            12 => SexReporting::Unknown,
            _ => SexReporting::Female,
        }
    }

    /// Returns the area: of some people nobody knows where they were found.
    fn area(self) -> Option<&'static str> {
        (self.number % 11 != 10).then(|| turn(&AREAS, self.number))
    }

    /// Returns the language the person speaks best.
    pub(super) fn language(self) -> &'static str {
        turn(&LANGUAGES, self.number / 2)
    }

    fn birth_year(self, this_year: i32) -> Option<i32> {
        let step = i32::try_from(self.number).unwrap_or_default();
        match self.age_status() {
            AgeStatus::UndeterminedPresumedChild => None,
            status if status.protected_as_child() => Some(this_year - 9 - step % 8),
            _ => Some(this_year - 20 - step % 23),
        }
    }

    fn risk(self) -> RiskLevel {
        match self.number % 7 {
            0 => RiskLevel::High,
            3 => RiskLevel::Low,
            _ => RiskLevel::Medium,
        }
    }

    /// Returns how a provider is asked for places: by what the person needs first.
    pub(super) fn needs(self) -> &'static [&'static str] {
        const NEEDS: [&[&str]; 4] = [
            &["safe_shelter", "medical_care"],
            &["safe_shelter"],
            &["medical_care", "psychosocial_support"],
            &[],
        ];
        turn(&NEEDS, self.number)
    }

    /// Says whether something of what the person needs cannot wait: a clock runs for it.
    pub(super) fn has_urgent_needs(self) -> bool {
        !self.needs().is_empty() || self.number.is_multiple_of(19)
    }

    /// Returns the id of the report about the person.
    pub(super) fn report_id(self) -> DetectionReportId {
        DetectionReportId::from_random_bytes(bytes_of("report", &self.number.to_string()))
    }

    /// Returns the report that a first responder writes.
    pub(super) fn report(self, at: Instant, submit: bool) -> NewReport {
        NewReport {
            id: Some(self.report_id()),
            details: self.details(at),
            secrets: Sensitive::new(self.secrets()),
            submit,
        }
    }

    fn details(self, at: Instant) -> ReportDetails {
        use chrono::Datelike as _;
        let owned = |code: &str| code.to_owned();
        let sexual = self.number % 3 == 1;
        ReportDetails {
            sex_reporting: Some(self.sex()),
            gender: None,
            age_status: Some(self.age_status()),
            birth_year_estimate: self.birth_year(at.date().year()),
            primary_language: Some(owned(self.language())),
            other_languages: Vec::new(),
            citizenships: vec![owned(turn(&COUNTRIES, self.number))],
            detection_source: Some(owned(turn(&SOURCES, self.number))),
            detected_on: at.date().to_string().parse().ok(),
            area: self.area().map(owned),
            migration_status: Some(owned(turn(&MIGRATION, self.number))),
            relationship_to_trafficker: Some(owned(turn(&RELATIONS, self.number))),
            immediate_danger: Some(self.number.is_multiple_of(19)),
            risk_level: Some(self.risk()),
            urgent_needs: self.needs().iter().map(|need| owned(need)).collect(),
            risk_answers: [("SF01".to_owned(), Answer::Unknown)].into(),
            indicators: vec![owned("DR01"), owned(if sexual { "EX02" } else { "EX01" })],
            exploitation_types: vec![owned(if sexual {
                "sexual_exploitation"
            } else {
                "forced_labour"
            })],
            sexual_exploitation_types: if sexual {
                vec![owned("prostitution")]
            } else {
                Vec::new()
            },
            control_methods: vec![owned("withholds_documents")],
            recruitment_methods: vec![owned("recruitment_agency")],
            labour_types: if sexual { Vec::new() } else { vec![owned("domestic_work")] },
            labour_industries: if sexual { Vec::new() } else { vec![owned("T")] },
            trafficking_events: vec![TraffickingEvent {
                kind: owned("recruitment"),
                country: Some(owned(turn(&COUNTRIES, self.number))),
                area: None,
                on: None,
            }],
            interview_safeguards: vec![owned("welfare_first"), owned("rights_explained")],
            captured_offline: self.number % 10 == 5,
            incident_id: None,
        }
    }

    fn secrets(self) -> ReportSecrets {
        let number = self.number;
        let name = format!("Demo {} {number:03}", turn(&NAMES, number));
        let document = IdentityDocument {
            kind: "passport".to_owned(),
            number: format!("DEMO{number:05}"),
            country: None,
        };
        ReportSecrets {
            identity: Identity {
                names: vec![PersonName { text: name, kind: Some("as_heard".to_owned()) }],
                birth_date: None::<PartialDate>,
                documents: if number.is_multiple_of(4) { vec![document] } else { Vec::new() },
                // +999 belongs to no country.
                phones: vec![format!("+99955502{number:04}")],
                addresses: Vec::new(),
                photo_reference: None,
            },
            place: Some("A place that does not exist (demo)".to_owned()),
            narrative: Some(
                "Made up for the demonstration: says that an agent promised work and kept the \
                 passport."
                    .to_owned(),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use refero_domain::reference::CodeLists;

    use super::*;

    #[test]
    fn what_is_made_up_uses_the_codes_of_the_lists_and_sounds_made_up() {
        let lists = CodeLists::embedded();
        for list in [
            ("detection_source", &SOURCES[..]),
            ("migration_status", &MIGRATION[..]),
            ("relationship_to_trafficker", &RELATIONS[..]),
        ] {
            assert!(list.1.iter().all(|code| lists.contains(list.0, code)), "{}", list.0);
        }
        let person = Person::new(17);
        assert_eq!(person.secrets().identity.names[0].text, "Demo Awa 017");
        assert!((0..18).any(|n| Person::new(n).is_child()));
        for need in (0..4).flat_map(|n| Person::new(n).needs()) {
            assert!(lists.contains("service_type", need));
        }
    }
}
