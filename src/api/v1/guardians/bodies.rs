//! What is sent about guardians.

use chrono::NaiveDate;
use refero_domain::{
    guardian::{
        ConflictAnswer, GuardianAuthority, GuardianEndReason, GuardianRelationship, GuardianWords,
    },
    id::{GuardianId, OrganisationId},
    sensitive::Sensitive,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    api::{
        extract::Checked,
        problem::{FieldCode, FieldErrors},
        v1::rules,
    },
    service::guardians::Appointment,
};

/// A guardian who was appointed.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GuardianBody {
    /// The client's own identifier (UUIDv4).
    #[serde(default)]
    pub id: Option<GuardianId>,
    /// The guardian's name, 1 to 200 characters. Sealed.
    #[schema(value_type = String)]
    pub name: Sensitive<String>,
    /// How to reach the guardian, 1 to 500 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub contact: Option<Sensitive<String>>,
    /// What the guardian is to the child.
    pub relationship: GuardianRelationship,
    /// For which organisation of the directory the guardian works.
    #[serde(default)]
    pub organisation_id: Option<OrganisationId>,
    /// Who appointed.
    pub authority: GuardianAuthority,
    /// The number of the authority's file: 1 to 64 letters, digits and `-/._`.
    #[serde(default)]
    #[schema(pattern = "^[A-Za-z0-9/._-]{1,64}$")]
    pub file_reference: Option<String>,
    /// The day of the appointment.
    pub appointed_on: NaiveDate,
    /// Whether anything makes the guardian unfit. Each is asked; anything but `no` is 422.
    pub conflicts: GuardianConflicts,
}

/// What is asked of every guardian.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GuardianConflicts {
    /// The guardian is an alleged perpetrator.
    pub alleged_perpetrator: ConflictAnswer,
    /// The guardian is related to one.
    pub related_to_perpetrator: ConflictAnswer,
    /// The guardian is the employer or the carer who is implicated.
    pub implicated_employer_or_carer: ConflictAnswer,
}

impl Checked for GuardianBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::sealed_text("/name", Some(&self.name), 200, errors);
        rules::sealed_text("/contact", self.contact.as_ref(), 500, errors);
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "-/._".contains(letter);
        if let Some(text) = &self.file_reference
            && (text.is_empty() || text.len() > 64 || !text.chars().all(plain))
        {
            errors.add("/file_reference", FieldCode::Format);
        }
        let asked = self.conflicts;
        for (pointer, answer) in [
            ("/conflicts/alleged_perpetrator", asked.alleged_perpetrator),
            ("/conflicts/related_to_perpetrator", asked.related_to_perpetrator),
            ("/conflicts/implicated_employer_or_carer", asked.implicated_employer_or_carer),
        ] {
            if !answer.clears() {
                errors.add(pointer, FieldCode::Inconsistent);
            }
        }
    }
}

impl GuardianBody {
    /// Gives what the service records.
    pub(super) fn appointment(&self) -> Appointment {
        let words = self.name.clone().map(|name| GuardianWords { name, contact: None });
        Appointment {
            id: self.id.clone(),
            relationship: self.relationship,
            organisation_id: self.organisation_id.clone(),
            authority: self.authority,
            file_reference: self.file_reference.clone(),
            appointed_on: self.appointed_on,
            words: words.with(self.contact.clone(), |words, contact| words.contact = Some(contact)),
        }
    }
}

/// Why a guardianship ended.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GuardianEndBody {
    /// Why.
    pub reason: GuardianEndReason,
}

impl Checked for GuardianEndBody {}
