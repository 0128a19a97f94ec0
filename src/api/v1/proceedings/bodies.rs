//! What is sent about proceedings.

use refero_domain::{
    consent::LegalBasis,
    id::{ConsentId, OrganisationId, ProceedingId},
    proceeding::{PersonRole, ProceedingStage, ProceedingWords, ProtectiveMeasure},
    sensitive::Sensitive,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    api::{
        extract::{Checked, PatchField},
        problem::{FieldCode, FieldErrors, Pointer},
        v1::rules,
    },
    service::proceedings::{Amendment, Basis, Opening},
};

const LONGEST_LINE: usize = 200;
const LONGEST_TEXT: usize = 20_000;

/// A proceeding that is opened.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProceedingBody {
    /// The client's own identifier (UUIDv4).
    #[serde(default)]
    pub id: Option<ProceedingId>,
    /// `legal_proceeding_type`.
    #[schema(examples("criminal_trafficking"))]
    pub kind: String,
    /// The organisation of the directory that conducts it.
    pub organisation_id: OrganisationId,
    /// What the person is in it.
    pub person_role: PersonRole,
    /// What protects the person in it, each once.
    #[serde(default)]
    pub protective_measures: Vec<ProtectiveMeasure>,
    /// The number of the file at the authority, at most 200 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub reference_number: Option<Sensitive<String>>,
    /// The court, at most 200 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub court: Option<Sensitive<String>>,
    /// What else there is to say, at most 20,000 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub notes: Option<Sensitive<String>>,
}

fn each_once(measures: &[ProtectiveMeasure], errors: &mut FieldErrors) {
    for (index, measure) in measures.iter().enumerate() {
        if measures.iter().take(index).any(|earlier| earlier == measure) {
            let place = Pointer::from("/protective_measures").index(index);
            errors.add(place, FieldCode::DuplicateField);
        }
    }
}

impl Checked for ProceedingBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::code("/kind", "legal_proceeding_type", Some(&self.kind), errors);
        each_once(&self.protective_measures, errors);
        let number = self.reference_number.as_ref();
        rules::sealed_text("/reference_number", number, LONGEST_LINE, errors);
        rules::sealed_text("/court", self.court.as_ref(), LONGEST_LINE, errors);
        rules::sealed_text("/notes", self.notes.as_ref(), LONGEST_TEXT, errors);
    }
}

impl ProceedingBody {
    /// Gives what the service opens.
    pub(super) fn opening(&self) -> Opening {
        let words = Sensitive::<ProceedingWords>::default()
            .with(self.reference_number.clone(), |words, text| words.reference_number = Some(text))
            .with(self.court.clone(), |words, text| words.court = Some(text))
            .with(self.notes.clone(), |words, text| words.notes = Some(text));
        Opening {
            id: self.id.clone(),
            kind: self.kind.clone(),
            organisation_id: self.organisation_id.clone(),
            person_role: self.person_role,
            protective_measures: self.protective_measures.clone(),
            words,
        }
    }
}

/// A merge patch of a proceeding (RFC 7396): absent members stay, null clears, lists are replaced.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProceedingPatch {
    /// What the person is in it.
    #[serde(default)]
    pub person_role: Option<PersonRole>,
    /// What protects the person in it, each once.
    #[serde(default)]
    pub protective_measures: Option<Vec<ProtectiveMeasure>>,
    /// The number of the file at the authority, at most 200 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub reference_number: PatchField<Sensitive<String>>,
    /// The court, at most 200 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub court: PatchField<Sensitive<String>>,
    /// What else there is to say, at most 20,000 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub notes: PatchField<Sensitive<String>>,
}

impl Checked for ProceedingPatch {
    fn check(&self, errors: &mut FieldErrors) {
        each_once(self.protective_measures.as_deref().unwrap_or_default(), errors);
        let number = self.reference_number.value();
        rules::sealed_text("/reference_number", number, LONGEST_LINE, errors);
        rules::sealed_text("/court", self.court.value(), LONGEST_LINE, errors);
        rules::sealed_text("/notes", self.notes.value(), LONGEST_TEXT, errors);
    }
}

impl ProceedingPatch {
    /// Gives what the service applies.
    pub(super) fn amendment(self) -> Amendment {
        Amendment {
            person_role: self.person_role,
            protective_measures: self.protective_measures,
            reference_number: self.reference_number.into_change(),
            court: self.court.into_change(),
            notes: self.notes.into_change(),
        }
    }
}

/// To which stage a proceeding goes on.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdvanceBody {
    /// One of `next_stages`.
    pub to: ProceedingStage,
}

impl Checked for AdvanceBody {}

/// On what the authority is told who the person is: a consent, or another basis with a reason.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentitySharingBody {
    /// A consent `share_with_law_enforcement` that names the authority and `identity_sealed`.
    #[serde(default)]
    pub consent_id: Option<ConsentId>,
    /// `criminal_investigation` or `legal_obligation`, as far as the country allows it.
    #[serde(default)]
    pub legal_basis: Option<LegalBasis>,
    /// Why it rests on that basis, at most 2,000 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub reason: Option<Sensitive<String>>,
}

impl Checked for IdentitySharingBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::sealed_text("/reason", self.reason.as_ref(), 2_000, errors);
        match (&self.consent_id, self.legal_basis) {
            (Some(_), None | Some(LegalBasis::Consent)) => {}
            (None, None | Some(LegalBasis::Consent)) => {
                errors.add("/consent_id", FieldCode::Required);
            }
            (Some(_), Some(_)) => errors.add("/legal_basis", FieldCode::Inconsistent),
            (None, Some(_)) if self.reason.is_none() => {
                errors.add("/reason", FieldCode::Required);
            }
            (None, Some(_)) => {}
        }
    }
}

impl IdentitySharingBody {
    /// Gives the basis; nothing for a body that was not checked.
    pub(super) fn basis(&self) -> Option<Basis> {
        let by_law = || self.legal_basis.zip(self.reason.clone());
        match &self.consent_id {
            Some(id) => Some(Basis::Consent(id.clone())),
            None => by_law().map(|(basis, reason)| Basis::Law(basis, reason)),
        }
    }
}
