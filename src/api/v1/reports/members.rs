//! The members of a report, once for the body that creates and once for the patch that changes.

use std::collections::BTreeMap;

use refero_domain::{
    age::{AgeStatus, SexReporting},
    case::RiskLevel,
    id::{DetectionReportId, IncidentId},
    person::{Identity, PartialDate},
    report::{MOST_EVENTS, ReportDetails, ReportSecrets, TraffickingEvent},
    screening::Answer,
    sensitive::Sensitive,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::{
    extract::{Checked, PatchField},
    problem::{FieldCode, FieldErrors, Pointer},
    v1::rules,
};

macro_rules! members {
    (
        facts { $($(#[$fdoc:meta])* $fact:ident: $ftype:ty,)+ }
        lists { $($(#[$ldoc:meta])* $list:ident: $ltype:ty,)+ }
    ) => {
        /// A detection report: everything is optional, because not everything is known.
        #[derive(Debug, Clone, Default, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct ReportBody {
            /// The client's own identifier (UUIDv4): a repeat under it makes no second report.
            #[serde(default)]
            pub id: Option<DetectionReportId>,
            /// Submit at once instead of keeping a draft.
            #[serde(default)]
            pub submit: bool,
            /// The report was written without network and sent later.
            #[serde(default)]
            pub captured_offline: bool,
            $($(#[$fdoc])* #[serde(default)] pub $fact: Option<$ftype>,)+
            $($(#[$ldoc])* #[serde(default)] pub $list: $ltype,)+
            /// Who the person is, as far as heard. Sealed.
            #[serde(default)]
            #[schema(value_type = Option<Identity>)]
            pub identity: Option<Sensitive<Identity>>,
            /// Where the person was found, in words; at most 1,000 characters. Sealed.
            #[serde(default)]
            #[schema(value_type = Option<String>)]
            pub place: Option<Sensitive<String>>,
            /// What happened, in words; at most 20,000 characters. Sealed.
            #[serde(default)]
            #[schema(value_type = Option<String>)]
            pub narrative: Option<Sensitive<String>>,
        }

        /// A merge patch of a draft (RFC 7396): absent members stay, null clears.
        #[derive(Debug, Clone, Default, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct ReportPatch {
            $($(#[$fdoc])* #[serde(default)] #[schema(value_type = Option<$ftype>)]
            pub $fact: PatchField<$ftype>,)+
            $($(#[$ldoc])* #[serde(default)] #[schema(value_type = Option<$ltype>)]
            pub $list: PatchField<$ltype>,)+
            /// Who the person is, as far as heard. Replaced as a whole. Sealed.
            #[serde(default)]
            #[schema(value_type = Option<Identity>)]
            pub identity: PatchField<Sensitive<Identity>>,
            /// Where the person was found, in words. Sealed.
            #[serde(default)]
            #[schema(value_type = Option<String>)]
            pub place: PatchField<Sensitive<String>>,
            /// What happened, in words. Sealed.
            #[serde(default)]
            #[schema(value_type = Option<String>)]
            pub narrative: PatchField<Sensitive<String>>,
        }

        impl ReportBody {
            /// Returns the coded facts and what is to be sealed.
            #[must_use]
            pub fn into_parts(self) -> (ReportDetails, Sensitive<ReportSecrets>) {
                let details = ReportDetails {
                    captured_offline: self.captured_offline,
                    $($fact: self.$fact,)+
                    $($list: self.$list,)+
                };
                let secrets = Sensitive::new(ReportSecrets::default())
                    .with(self.identity, |secrets, identity| secrets.identity = identity)
                    .with(self.place, |secrets, place| secrets.place = Some(place))
                    .with(self.narrative, |secrets, text| secrets.narrative = Some(text));
                (details, secrets)
            }
        }

        impl ReportPatch {
            /// Applies the patch to the coded facts.
            pub fn apply(&self, details: &mut ReportDetails) {
                $(self.$fact.clone().apply_to(&mut details.$fact);)+
                $(if let Some(change) = self.$list.clone().into_change() {
                    details.$list = change.unwrap_or_default();
                })+
            }

            /// Applies the patch to what is sealed, without opening it.
            #[must_use]
            pub fn apply_to_secrets(
                &self,
                secrets: Sensitive<ReportSecrets>,
            ) -> Sensitive<ReportSecrets> {
                let secrets = change(secrets, &self.identity, |secrets, identity| {
                    secrets.identity = identity.unwrap_or_default();
                });
                let secrets = change(secrets, &self.place, |secrets, place| secrets.place = place);
                change(secrets, &self.narrative, |secrets, text| secrets.narrative = text)
            }

            fn details(&self) -> ReportDetails {
                let mut details = ReportDetails::default();
                self.apply(&mut details);
                details
            }
        }
    };
}

members! {
    facts {
        /// Sex for reporting.
        sex_reporting: SexReporting,
        /// `gender`: how the person sees themself. Ask only where it helps the person.
        gender: String,
        /// What is known about the age; unknown counts as child (R6).
        age_status: AgeStatus,
        /// The estimated year of birth.
        birth_year_estimate: i32,
        /// ISO 639 code of the language the person speaks best.
        primary_language: String,
        /// How the person was found: `detection_source`.
        detection_source: String,
        /// When the person was found.
        detected_on: PartialDate,
        /// Where the person was found: an ISO 3166-2 area of the country profile.
        area: String,
        /// The incident in which the person was found, with others perhaps. Where and when that was is taken from
        /// it if the report does not say.
        incident_id: IncidentId,
        /// `migration_status`.
        migration_status: String,
        /// `relationship_to_trafficker`.
        relationship_to_trafficker: String,
        /// Somebody is in danger now: the case becomes critical.
        immediate_danger: bool,
        /// How great the danger is.
        risk_level: RiskLevel,
    }
    lists {
        /// ISO 639 codes of other languages.
        other_languages: Vec<String>,
        /// ISO 3166-1 alpha-2 codes.
        citizenships: Vec<String>,
        /// What cannot wait: `service_type` codes.
        urgent_needs: Vec<String>,
        /// Answers to the safety questions SF01 to SF10 of the indicator set.
        risk_answers: BTreeMap<String, Answer>,
        /// Codes of the indicators that were seen.
        indicators: Vec<String>,
        /// `exploitation_type`.
        exploitation_types: Vec<String>,
        /// `sexual_exploitation_type`.
        sexual_exploitation_types: Vec<String>,
        /// `control_method`.
        control_methods: Vec<String>,
        /// `recruitment_method`.
        recruitment_methods: Vec<String>,
        /// `labour_type_ctdc`.
        labour_types: Vec<String>,
        /// `labour_industry`: sections of ISIC Rev. 4, `A` to `U`.
        labour_industries: Vec<String>,
        /// Where and when the person was recruited, moved and exploited, in codes; at most 30.
        trafficking_events: Vec<TraffickingEvent>,
        /// `interview_safeguard` codes of what was done.
        interview_safeguards: Vec<String>,
    }
}

/// Puts a member of a patch into a protected value: absent stays, null clears.
pub(crate) fn change<T, U: Clone>(
    whole: Sensitive<T>,
    member: &PatchField<Sensitive<U>>,
    put: impl Fn(&mut T, Option<U>),
) -> Sensitive<T> {
    match member.clone().into_change() {
        None => whole,
        Some(None) => whole.map(|mut whole| {
            put(&mut whole, None);
            whole
        }),
        Some(value) => whole.with(value, |whole, inner| put(whole, Some(inner))),
    }
}

fn check_details(details: &ReportDetails, errors: &mut FieldErrors) {
    rules::language("/primary_language", details.primary_language.as_deref(), errors);
    rules::languages("/other_languages", &details.other_languages, errors);
    rules::countries("/citizenships", &details.citizenships, errors);
    for (pointer, list, code) in [
        ("/gender", "gender", &details.gender),
        ("/detection_source", "detection_source", &details.detection_source),
        ("/migration_status", "migration_status", &details.migration_status),
        (
            "/relationship_to_trafficker",
            "relationship_to_trafficker",
            &details.relationship_to_trafficker,
        ),
    ] {
        rules::code(pointer, list, code.as_deref(), errors);
    }
    for (pointer, list, codes) in [
        ("/urgent_needs", "service_type", &details.urgent_needs),
        ("/exploitation_types", "exploitation_type", &details.exploitation_types),
        (
            "/sexual_exploitation_types",
            "sexual_exploitation_type",
            &details.sexual_exploitation_types,
        ),
        ("/control_methods", "control_method", &details.control_methods),
        ("/recruitment_methods", "recruitment_method", &details.recruitment_methods),
        ("/labour_types", "labour_type_ctdc", &details.labour_types),
        ("/labour_industries", "labour_industry", &details.labour_industries),
        ("/interview_safeguards", "interview_safeguard", &details.interview_safeguards),
    ] {
        rules::codes(pointer, list, codes, errors);
    }
    check_events(&details.trafficking_events, errors);
    rules::indicators("/indicators", &details.indicators, errors);
    rules::answers("/risk_answers", details.risk_answers.keys(), "SF", errors);
}

fn check_events(events: &[TraffickingEvent], errors: &mut FieldErrors) {
    if events.len() > MOST_EVENTS {
        errors.add("/trafficking_events", FieldCode::TooLong);
    }
    for (index, event) in events.iter().enumerate() {
        let place = Pointer::from("/trafficking_events").index(index);
        rules::code(place.member("kind"), "trafficking_event_type", Some(&event.kind), errors);
        rules::whereabouts(&place, event.country.as_deref(), event.area.as_deref(), errors);
    }
}

impl Checked for ReportBody {
    fn check(&self, errors: &mut FieldErrors) {
        check_details(&self.clone().into_parts().0, errors);
        rules::identity("/identity", self.identity.as_ref(), errors);
        rules::sealed_text("/place", self.place.as_ref(), 1_000, errors);
        rules::sealed_text("/narrative", self.narrative.as_ref(), 20_000, errors);
    }
}

impl Checked for ReportPatch {
    fn check(&self, errors: &mut FieldErrors) {
        check_details(&self.details(), errors);
        rules::identity("/identity", self.identity.value(), errors);
        rules::sealed_text("/place", self.place.value(), 1_000, errors);
        rules::sealed_text("/narrative", self.narrative.value(), 20_000, errors);
    }
}
