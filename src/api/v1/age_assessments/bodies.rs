//! What is sent about age assessments.

use std::collections::BTreeSet;

use refero_domain::{
    age::AgeStatus,
    age_assessment::{
        AgeDoubtReason, AgeMethod, AgeRange, AssessmentConsent, OLDEST, PanelMember,
        PanelProfession, WIDEST,
    },
    id::{AgeAssessmentId, UserId},
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
    service::age_assessments::{Doubt, Proposal},
};

/// How long words about an age may be, in characters.
const LONGEST: usize = 5_000;
/// How long the name of a member of the panel may be.
const LONGEST_NAME: usize = 200;
/// How many people a panel has, at the least and at the most.
const PANEL: (usize, usize) = (2, 12);

/// A doubt about the age of the person.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgeAssessmentBody {
    /// The client's own identifier (UUIDv4).
    #[serde(default)]
    pub id: Option<AgeAssessmentId>,
    /// Why the age is doubted.
    pub reason: AgeDoubtReason,
    /// Why, in words, 1 to 5,000 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub words: Option<Sensitive<String>>,
}

impl AgeAssessmentBody {
    /// Gives what the service records.
    pub(super) fn doubt(&self) -> Doubt {
        Doubt { id: self.id.clone(), reason: self.reason, words: self.words.clone() }
    }
}

impl Checked for AgeAssessmentBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::sealed_text("/words", self.words.as_ref(), LONGEST, errors);
    }
}

/// Who assesses the age, and what the person said to that.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgePanelBody {
    /// At least two people of different professions. Sealed, but for the professions.
    #[schema(value_type = Vec<PanelMemberBody>)]
    pub members: Sensitive<Vec<PanelMemberBody>>,
    /// What the person said to being assessed. A refusal says nothing about the age.
    pub consent: AssessmentConsent,
}

/// A member of the panel: by name or by account.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PanelMemberBody {
    /// By profession.
    pub profession: PanelProfession,
    /// The name, 1 to 200 characters.
    #[serde(default)]
    pub name: Option<String>,
    /// The account.
    #[serde(default)]
    pub user_id: Option<UserId>,
}

impl Checked for AgePanelBody {
    fn check(&self, errors: &mut FieldErrors) {
        check_panel(&self.members, errors);
    }
}

/// Judges a panel: at least two people of different professions, each by name or by account.
pub(in crate::api) fn check_panel(
    members: &Sensitive<Vec<PanelMemberBody>>,
    errors: &mut FieldErrors,
) {
    members.check(|members| {
        let professions: BTreeSet<_> = members.iter().map(|one| one.profession).collect();
        let accounts: Vec<_> = members.iter().filter_map(|one| one.user_id.as_ref()).collect();
        let distinct: BTreeSet<_> = accounts.iter().collect();
        if members.len() > PANEL.1 {
            errors.add("/members", FieldCode::TooLong);
        } else if members.len() < PANEL.0 {
            errors.add("/members", FieldCode::TooShort);
        } else if professions.len() < 2 || distinct.len() != accounts.len() {
            errors.add("/members", FieldCode::Inconsistent);
        }
        for member in members {
            match &member.name {
                Some(name) => rules::text("/members", name, LONGEST_NAME, errors),
                None if member.user_id.is_none() => errors.add("/members", FieldCode::Required),
                None => {}
            }
        }
        true
    });
}

/// Returns a panel as the rules take it.
pub(in crate::api) fn panel_of(
    members: &Sensitive<Vec<PanelMemberBody>>,
) -> Sensitive<Vec<PanelMember>> {
    let member = |one: PanelMemberBody| PanelMember {
        profession: one.profession,
        name: one.name,
        user_id: one.user_id,
    };
    members.clone().map(|members| members.into_iter().map(member).collect())
}

impl AgePanelBody {
    /// Returns the members as the rules take them.
    pub(super) fn panel(&self) -> Sensitive<Vec<PanelMember>> {
        panel_of(&self.members)
    }
}

/// What the panel found.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgeDecisionBody {
    /// By what means, each once; at least one is no examination of the body. Those that the person takes
    /// part in need the person's consent.
    pub methods: Vec<AgeMethod>,
    /// The least age that the panel holds possible, in whole years.
    #[schema(maximum = 99)]
    pub age_from: u8,
    /// The greatest age that the panel holds possible, in whole years.
    #[schema(maximum = 99)]
    pub age_to: u8,
    /// By how many years, rounded up, the range may be wrong.
    #[schema(maximum = 20)]
    pub margin_of_error: u8,
    /// What the client takes that to mean. It need not say so: it follows from the range, and anything else
    /// is 422.
    #[serde(default)]
    pub outcome: Option<AgeStatus>,
    /// The reasons of the decision, 1 to 5,000 characters; nothing medical. Sealed.
    #[schema(value_type = String)]
    pub reasons: Sensitive<String>,
    /// What examinations of the body found, in short: only with such a method. Sealed, and shown to fewer
    /// than the rest.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub findings: Option<Sensitive<String>>,
}

impl AgeDecisionBody {
    /// Gives what the service records.
    ///
    /// # Errors
    /// [`refero_domain::refusal::Refusal::Inconsistent`] for a range that cannot be.
    pub(super) fn proposal(&self) -> Result<Proposal, refero_domain::refusal::Refusal> {
        Ok(Proposal {
            methods: self.methods.clone(),
            range: AgeRange::new(self.age_from, self.age_to, self.margin_of_error)?,
            outcome: self.outcome,
            reasons: self.reasons.clone(),
            findings: self.findings.clone(),
        })
    }
}

impl Checked for AgeDecisionBody {
    fn check(&self, errors: &mut FieldErrors) {
        let distinct: BTreeSet<_> = self.methods.iter().collect();
        let is_medical = self.methods.iter().any(|method| method.is_medical());
        if self.methods.is_empty() {
            errors.add("/methods", FieldCode::TooShort);
        } else if distinct.len() != self.methods.len() {
            errors.add("/methods", FieldCode::DuplicateField);
        } else if !AgeMethod::suffice(&self.methods) {
            errors.add("/methods", FieldCode::Inconsistent);
        }
        for (pointer, years, most) in [
            ("/age_from", self.age_from, OLDEST),
            ("/age_to", self.age_to, OLDEST),
            ("/margin_of_error", self.margin_of_error, WIDEST),
        ] {
            if years > most {
                errors.add(pointer, FieldCode::OutOfRange);
            }
        }
        if self.age_to < self.age_from {
            errors.add("/age_to", FieldCode::Inconsistent);
        }
        rules::sealed_text("/reasons", Some(&self.reasons), LONGEST, errors);
        rules::sealed_text("/findings", self.findings.as_ref(), LONGEST, errors);
        if self.findings.is_some() && !is_medical {
            errors.add("/findings", FieldCode::Inconsistent);
        }
    }
}

/// Why a decision is contested.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgeContestBody {
    /// Why, 1 to 5,000 characters. Sealed.
    #[schema(value_type = String)]
    pub reason: Sensitive<String>,
    /// It is the person who contests it.
    #[serde(default)]
    pub on_behalf_of_person: bool,
}

impl Checked for AgeContestBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::sealed_text("/reason", Some(&self.reason), LONGEST, errors);
    }
}

/// Why a doubt was recorded in error.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgeDoubtWithdrawalBody {
    /// Why, 1 to 5,000 characters: said by who asks, not by who agrees. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub reason: Option<Sensitive<String>>,
}

impl Checked for AgeDoubtWithdrawalBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::sealed_text("/reason", self.reason.as_ref(), LONGEST, errors);
    }
}
