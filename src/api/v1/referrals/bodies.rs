//! What is sent about referrals by those who propose them.

use refero_domain::{
    consent::LegalBasis,
    id::{CaseId, ConsentId, OrganisationId, ReferralId},
    policy::Class,
    reference::CodeLists,
    referral::{DISCLOSABLE, ReferralSecrets, Urgency},
    sensitive::Sensitive,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    api::{
        extract::{Checked, PatchField},
        problem::{FieldCode, FieldError, FieldErrors},
        v1::rules,
    },
    service::referrals::{Amendment, Proposal},
};

/// How long words about a referral may be, in characters.
pub(super) const LONGEST: usize = 4_000;

/// A referral as it is proposed.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferralBody {
    /// The client's own identifier (UUIDv4).
    #[serde(default)]
    pub id: Option<ReferralId>,
    /// The case.
    pub case_id: CaseId,
    /// To whom it is offered: an active organisation that offers the services.
    pub organisation_id: OrganisationId,
    /// `service_type` codes, at least one.
    pub services: Vec<String>,
    /// How soon the provider must answer.
    pub urgency: Urgency,
    /// A code of `referral_reason`; words go to `basis_reason` and `instructions`.
    pub reason: String,
    /// The consent it rests on: this, or another legal basis (R4).
    #[serde(default)]
    pub consent_id: Option<ConsentId>,
    /// The legal basis it rests on instead of a consent.
    #[serde(default)]
    pub legal_basis: Option<LegalBasis>,
    /// Why it rests on that basis; needed with another basis than consent. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub basis_reason: Option<Sensitive<String>>,
    /// What acceptance discloses. If absent: `operational` and `case_restricted`, and
    /// `identity_sealed` if the consent covers it.
    #[serde(default)]
    pub categories: Option<Vec<Class>>,
    /// `placement_need` codes: what the provider must know before it answers (R1).
    #[serde(default)]
    pub placement_needs: Vec<String>,
    /// What the provider should know to do the work; shown after acceptance. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub instructions: Option<Sensitive<String>>,
    /// Sends it at once, instead of keeping it as a draft.
    #[serde(default)]
    pub send: bool,
}

impl ReferralBody {
    /// Gives what the service checks and keeps.
    pub(super) fn proposal(&self) -> Proposal {
        let secrets = Sensitive::new(ReferralSecrets::default())
            .with(self.basis_reason.clone(), |secrets, reason| {
                secrets.basis_reason = Some(reason);
            })
            .with(self.instructions.clone(), |secrets, text| {
                secrets.instructions = Some(text);
            });
        Proposal {
            id: self.id.clone(),
            case_id: self.case_id.clone(),
            organisation_id: self.organisation_id.clone(),
            services: self.services.clone(),
            urgency: self.urgency,
            reason: self.reason.clone(),
            consent_id: self.consent_id.clone(),
            legal_basis: self.legal_basis,
            categories: self.categories.as_ref().map(|classes| classes.iter().copied().collect()),
            placement_needs: self.placement_needs.clone(),
            secrets,
        }
    }
}

impl Checked for ReferralBody {
    fn check(&self, errors: &mut FieldErrors) {
        services(&self.services, errors);
        let other_basis = self.legal_basis.is_some_and(|basis| basis != LegalBasis::Consent);
        if other_basis && self.consent_id.is_some() {
            errors.add("/legal_basis", FieldCode::Inconsistent);
        }
        if other_basis && self.basis_reason.is_none() {
            errors.add("/basis_reason", FieldCode::Required);
        }
        reason(&self.reason, other_basis, errors);
        rules::sealed_text("/basis_reason", self.basis_reason.as_ref(), LONGEST, errors);
        if let Some(classes) = &self.categories {
            categories(classes, errors);
        }
        rules::codes("/placement_needs", "placement_need", &self.placement_needs, errors);
        rules::sealed_text("/instructions", self.instructions.as_ref(), LONGEST, errors);
    }
}

fn services(services: &[String], errors: &mut FieldErrors) {
    if services.is_empty() {
        errors.add("/services", FieldCode::TooShort);
    }
    rules::codes("/services", "service_type", services, errors);
}

/// The coded reason. Who writes here in words why another basis than consent carries the referral
/// is told where those words belong.
fn reason(code: &str, other_basis: bool, errors: &mut FieldErrors) {
    let list = "referral_reason";
    if other_basis && !CodeLists::embedded().contains(list, code) {
        let error = FieldError::at(&"/reason".into(), FieldCode::NotInList).with("list", list);
        errors.push(error.with("words_belong_in", "/basis_reason"));
    } else {
        rules::code("/reason", list, Some(code), errors);
    }
}

fn categories(classes: &[Class], errors: &mut FieldErrors) {
    if classes.iter().any(|class| !DISCLOSABLE.has(*class)) {
        errors.add("/categories", FieldCode::NotInList);
    }
}

/// A change of a draft: a merge patch (RFC 7396).
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferralPatch {
    /// To whom it is offered.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Uuid, nullable = false)]
    pub organisation_id: PatchField<OrganisationId>,
    /// `service_type` codes, at least one.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, nullable = false)]
    pub services: PatchField<Vec<String>>,
    /// How soon the provider must answer.
    #[serde(default)]
    #[schema(value_type = Option<Urgency>, nullable = false)]
    pub urgency: PatchField<Urgency>,
    /// `referral_reason`.
    #[serde(default)]
    #[schema(value_type = Option<String>, nullable = false)]
    pub reason: PatchField<String>,
    /// The consent it rests on; naming one gives up the other basis.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Uuid)]
    pub consent_id: PatchField<ConsentId>,
    /// The legal basis it rests on; naming another than consent gives up the consent.
    #[serde(default)]
    #[schema(value_type = Option<LegalBasis>)]
    pub legal_basis: PatchField<LegalBasis>,
    /// Why it rests on that basis. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub basis_reason: PatchField<Sensitive<String>>,
    /// What acceptance discloses; null is what is usual.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Class>>)]
    pub categories: PatchField<Vec<Class>>,
    /// `placement_need` codes.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub placement_needs: PatchField<Vec<String>>,
    /// What the provider should know to do the work. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub instructions: PatchField<Sensitive<String>>,
}

impl ReferralPatch {
    /// Gives what the service applies.
    pub(super) fn amendment(self) -> Amendment {
        Amendment {
            organisation_id: self.organisation_id.into_change().flatten(),
            services: self.services.into_change().flatten(),
            urgency: self.urgency.into_change().flatten(),
            reason: self.reason.into_change().flatten(),
            consent_id: self.consent_id.into_change(),
            legal_basis: self.legal_basis.into_change(),
            basis_reason: self.basis_reason.into_change(),
            categories: self.categories.map(|classes| classes.into_iter().collect()).into_change(),
            placement_needs: self.placement_needs.into_change().map(Option::unwrap_or_default),
            instructions: self.instructions.into_change(),
        }
    }
}

impl Checked for ReferralPatch {
    fn check(&self, errors: &mut FieldErrors) {
        let cleared = [
            ("/organisation_id", self.organisation_id == PatchField::Null),
            ("/services", self.services == PatchField::Null),
            ("/urgency", self.urgency == PatchField::Null),
            ("/reason", self.reason == PatchField::Null),
        ];
        for (pointer, _) in cleared.into_iter().filter(|(_, cleared)| *cleared) {
            errors.add(pointer, FieldCode::Required);
        }
        if let Some(codes) = self.services.value() {
            services(codes, errors);
        }
        let reason = self.reason.value().map(String::as_str);
        rules::code("/reason", "referral_reason", reason, errors);
        rules::sealed_text("/basis_reason", self.basis_reason.value(), LONGEST, errors);
        if let Some(classes) = self.categories.value() {
            categories(classes, errors);
        }
        if let Some(needs) = self.placement_needs.value() {
            rules::codes("/placement_needs", "placement_need", needs, errors);
        }
        rules::sealed_text("/instructions", self.instructions.value(), LONGEST, errors);
    }
}
