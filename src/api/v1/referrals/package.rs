//! What acceptance discloses (R2).

use std::collections::BTreeMap;

use refero_domain::{
    actor::Actor,
    age::{AgeStatus, SexReporting, age_band},
    case::RiskLevel,
    consent::LegalBasis,
    id::{CaseId, ConsentId, ReferralId},
    instant::Instant,
    person::{Identity, PartialDate},
    policy::{Class, ReadPackage},
    referral::ReferralState,
    screening::Answer,
};
use refero_store::{Error, Result, package::Told, people::Person};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{
        caller::Caller,
        extract::PathId,
        problem::Problem,
        reply::{Reply, Representation},
        v1::Links,
    },
    service::referrals::{Package, open_package},
};

/// The data package of a referral: exactly the categories that its consent or legal basis covers.
#[derive(Serialize, ToSchema)]
pub struct PackageView {
    /// The referral.
    pub referral_id: ReferralId,
    /// Where the referral stands.
    pub state: ReferralState,
    /// That of the referral, for `If-Match` of its moves.
    pub version: i64,
    /// The case.
    pub case_id: CaseId,
    /// What to say on the telephone.
    pub case_code: String,
    /// On what the sharing rests (R4).
    pub legal_basis: LegalBasis,
    /// The consent it rests on.
    pub consent_id: Option<ConsentId>,
    /// The classes of data that are shown.
    pub disclosed: Vec<Class>,
    /// Classes of data that exist and are not shown.
    pub withheld: Vec<Class>,
    /// The person, in codes.
    pub person: PackagePerson,
    /// What the first responder found, in codes (`case_restricted`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<PackageReport>,
    /// What the sender wants the provider to know (`case_restricted`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// Who the person is (`identity_sealed`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// Where the person was found, in words. Words may name people: shown only where both
    /// `case_restricted` and `identity_sealed` are disclosed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// What happened, in words; shown as `place` is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub narrative: Option<String>,
    /// The moves of the referral that the caller could make now.
    pub allowed_actions: Vec<&'static str>,
    /// Where to go from here.
    pub links: Links,
}

/// The person, in codes.
#[derive(Serialize, ToSchema)]
pub struct PackagePerson {
    /// Sex for reporting.
    pub sex_reporting: SexReporting,
    /// `child`, `adult`, `18_24`, `25_34` or `35_plus`, as in the offer.
    pub age_band: &'static str,
    /// Derived from the age status alone (R6).
    pub protected_as_child: bool,
    /// What is known about the age (`case_restricted`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_status: Option<AgeStatus>,
    /// The estimated year of birth (`case_restricted`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_year_estimate: Option<i32>,
    /// ISO 639 code.
    pub primary_language: Option<String>,
    /// ISO 639 codes.
    pub other_languages: Vec<String>,
}

impl PackagePerson {
    fn of(person: &Person, sees_case: bool, now: Instant) -> Result<Self> {
        let this_year = chrono::Datelike::year(&now.date());
        Ok(Self {
            sex_reporting: person.sex_reporting,
            age_band: age_band(person.age_status, person.birth_year(), this_year),
            protected_as_child: person.protected_as_child(),
            age_status: sees_case.then_some(person.age_status),
            birth_year_estimate: person.birth_year().filter(|_| sees_case),
            primary_language: person.primary_language.clone(),
            other_languages: person.other_languages.get()?,
        })
    }
}

/// Of the first responder's report what care and safety need; not what builds the criminal case.
#[derive(Serialize, ToSchema)]
pub struct PackageReport {
    /// ISO 3166-2 area where the person was found.
    pub area: Option<String>,
    /// When the person was found.
    pub detected_on: Option<PartialDate>,
    /// Somebody was in danger.
    pub immediate_danger: Option<bool>,
    /// How great the danger was.
    pub risk_level: RiskLevel,
    /// `service_type` codes of what could not wait.
    pub urgent_needs: Vec<String>,
    /// Answers to the safety questions.
    pub risk_answers: BTreeMap<String, Answer>,
    /// `exploitation_type` codes.
    pub exploitation_types: Vec<String>,
    /// `control_method` codes.
    pub control_methods: Vec<String>,
    /// `relationship_to_trafficker`.
    pub relationship_to_trafficker: Option<String>,
    /// `migration_status`.
    pub migration_status: Option<String>,
    /// ISO 3166-1 alpha-2 codes.
    pub citizenships: Vec<String>,
}

impl PackageReport {
    fn of(told: &Told) -> Self {
        let details = &told.details;
        Self {
            area: details.area.clone(),
            detected_on: details.detected_on,
            immediate_danger: details.immediate_danger,
            risk_level: details.danger(),
            urgent_needs: details.urgent_needs.clone(),
            risk_answers: details.risk_answers.clone(),
            exploitation_types: details.exploitation_types.clone(),
            control_methods: details.control_methods.clone(),
            relationship_to_trafficker: details.relationship_to_trafficker.clone(),
            migration_status: details.migration_status.clone(),
            citizenships: details.citizenships.clone(),
        }
    }
}

impl PackageView {
    fn of(package: &Package, (actor, now): (&Actor, Instant)) -> Result<Self> {
        let permit = &package.permit;
        let row = permit.row();
        let (referral, person) = (&row.referral, &row.person);
        let classes = permit.classes();
        let known = [Class::CaseRestricted, Class::IdentitySealed];
        let withheld = known.into_iter().filter(|class| !classes.has(*class));
        let words = row
            .words
            .as_ref()
            .ok_or_else(|| Error::broken("a referral was fetched without its words"))?;
        let secrets = words.secrets.reveal(permit, Class::CaseRestricted).ok();
        let identity = package
            .identity
            .as_ref()
            .and_then(|row| row.identity.reveal(permit, Class::IdentitySealed).ok());
        let names_are_open = permit.may_see(Class::IdentitySealed);
        let (place, narrative) = package
            .told
            .as_ref()
            .filter(|_| names_are_open)
            .and_then(|told| told.words.reveal(permit, Class::CaseRestricted).ok())
            .cloned()
            .unwrap_or_default();
        let base = format!("/v1/referrals/{}", referral.id);
        Ok(Self {
            referral_id: referral.id.clone(),
            state: referral.state.get(),
            version: referral.version,
            case_id: referral.case_id.clone(),
            case_code: row.case.case_code.clone(),
            legal_basis: referral.legal_basis,
            consent_id: referral.consent_id.clone(),
            disclosed: classes.iter().collect(),
            withheld: withheld.collect(),
            person: PackagePerson::of(person, permit.may_see(Class::CaseRestricted), now)?,
            report: package.told.as_ref().map(PackageReport::of),
            instructions: secrets.and_then(|secrets| secrets.instructions.clone()),
            identity: identity.cloned(),
            place,
            narrative,
            allowed_actions: row.allowed_actions(actor),
            links: Links::to("self", format!("{base}/package"))
                .and("referral", base)
                .and("case", format!("/v1/cases/{}", referral.case_id)),
        })
    }
}

impl Representation for PackageView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/referrals/{}/package", self.referral_id)
    }
}

/// Shows the package.
pub(super) async fn read(
    caller: Caller<ReadPackage>,
    id: PathId<ReferralId>,
) -> std::result::Result<Reply<PackageView>, Problem> {
    let view = caller
        .read(move |reading| {
            let (event, package) = open_package(reading, &id.0)?;
            let view = PackageView::of(&package, (reading.actor()?, reading.now()))?;
            Ok(reading.disclose(event, view))
        })
        .await?;
    Ok(Reply::shown(view))
}
