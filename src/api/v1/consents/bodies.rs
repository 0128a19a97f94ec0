//! What is sent about consents.

use refero_domain::{
    consent::{
        ChildConsentGround, ConsentAct, ConsentGiver, ConsentMode, ConsentPurpose, ConsentStatus,
        ConsentWords,
    },
    id::{ConsentId, GuardianId, OrganisationId},
    instant::Instant,
    policy::Class,
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
    service::consents::{ChildBasis, Recording},
};

/// How long words about a consent may be, in characters.
const LONGEST: usize = 4_000;

/// A consent as it is recorded.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentBody {
    /// The client's own identifier (UUIDv4).
    #[serde(default)]
    pub id: Option<ConsentId>,
    /// What it is for.
    pub purpose: ConsentPurpose,
    /// With whom may be shared; needed where the purpose is to share (R4).
    #[serde(default)]
    pub recipient_organisation_id: Option<OrganisationId>,
    /// What may be shared; `identity_sealed` means names and contacts.
    pub categories: Vec<Class>,
    /// Who gives it, or is asked. A child's own word alone is not a consent (R6).
    pub giver: ConsentGiver,
    /// How it is recorded.
    pub mode: ConsentMode,
    /// ISO 639 code of the language in which it was explained.
    pub language: String,
    /// An interpreter helped.
    #[serde(default)]
    pub interpreter: bool,
    /// `given`, `given_with_limits`, `refused`, or `pending` while it is asked for; `given` if absent.
    #[serde(default)]
    pub state: Option<ConsentStatus>,
    /// The limits, in the person's words; needed with `given_with_limits`. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub limits: Option<Sensitive<String>>,
    /// With which guardian a child consents; with the one in office, if absent (R6). For a child alone.
    #[serde(default)]
    pub guardian_id: Option<GuardianId>,
    /// Why a child's consent is recorded without its assent or its guardian (R6). For a child alone.
    #[serde(default)]
    pub child_ground: Option<ChildConsentGround>,
    /// The reasons, 1 to 4,000 characters: needed with `child_ground`. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub child_ground_reasons: Option<Sensitive<String>>,
    /// When it ends by itself.
    #[serde(default)]
    pub expires_at: Option<Instant>,
}

impl ConsentBody {
    /// Returns the answer that the state means; none while it is asked for.
    fn answer(&self) -> Result<Option<ConsentAct>, FieldCode> {
        match self.state.unwrap_or(ConsentStatus::Given) {
            ConsentStatus::Given => Ok(Some(ConsentAct::Give)),
            ConsentStatus::GivenWithLimits => Ok(Some(ConsentAct::GiveWithLimits)),
            ConsentStatus::Refused => Ok(Some(ConsentAct::Refuse)),
            ConsentStatus::Pending => Ok(None),
            ConsentStatus::Withdrawn
            | ConsentStatus::Expired
            | ConsentStatus::NotRequiredOtherBasis => Err(FieldCode::NotInList),
        }
    }

    /// Gives what the service records.
    pub(super) fn recording(&self) -> Recording {
        let words = Sensitive::new(ConsentWords::default());
        Recording {
            id: self.id.clone(),
            purpose: self.purpose,
            recipient_organisation_id: self.recipient_organisation_id.clone(),
            categories: self.categories.iter().copied().collect(),
            giver: self.giver,
            mode: self.mode,
            language: self.language.clone(),
            interpreter: self.interpreter,
            answer: self.answer().ok().flatten(),
            words: words.with(self.limits.clone(), |words, limits| {
                words.limits = Some(limits);
            }),
            expires_at: self.expires_at,
            child: child_basis(
                self.guardian_id.as_ref(),
                (self.child_ground, self.child_ground_reasons.as_ref()),
            ),
        }
    }
}

fn check_limits(
    act: Option<ConsentAct>,
    limits: Option<&Sensitive<String>>,
    errors: &mut FieldErrors,
) {
    match (act == Some(ConsentAct::GiveWithLimits), limits) {
        (true, None) => errors.add("/limits", FieldCode::Required),
        (false, Some(_)) => errors.add("/limits", FieldCode::Inconsistent),
        (true, Some(_)) | (false, None) => {}
    }
    rules::sealed_text("/limits", limits, LONGEST, errors);
}

impl Checked for ConsentBody {
    fn check(&self, errors: &mut FieldErrors) {
        if self.purpose.names_recipient() && self.recipient_organisation_id.is_none() {
            errors.add("/recipient_organisation_id", FieldCode::Required);
        }
        if self.categories.is_empty() {
            errors.add("/categories", FieldCode::TooShort);
        } else if self.categories.contains(&Class::PublicAggregate) {
            errors.add("/categories", FieldCode::NotInList);
        }
        rules::language("/language", Some(&self.language), errors);
        check_ground((self.child_ground, self.child_ground_reasons.as_ref()), errors);
        match self.answer() {
            Ok(act) => check_limits(act, self.limits.as_ref(), errors),
            Err(code) => errors.add("/state", code),
        }
    }
}

/// What the person answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentAnswer {
    /// Yes.
    Give,
    /// Yes, within limits.
    GiveWithLimits,
    /// No.
    Refuse,
}

impl ConsentAnswer {
    /// Returns the act.
    pub(super) const fn act(self) -> ConsentAct {
        match self {
            Self::Give => ConsentAct::Give,
            Self::GiveWithLimits => ConsentAct::GiveWithLimits,
            Self::Refuse => ConsentAct::Refuse,
        }
    }
}

/// The answer to a consent that was asked for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentAnswerBody {
    /// What the person answers.
    pub answer: ConsentAnswer,
    /// The limits, in the person's words; needed with `give_with_limits`. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub limits: Option<Sensitive<String>>,
    /// With which guardian a child consents; with the one in office, if absent (R6). For a child alone.
    #[serde(default)]
    pub guardian_id: Option<GuardianId>,
    /// Why a child's consent is recorded without its assent or its guardian (R6). For a child alone.
    #[serde(default)]
    pub child_ground: Option<ChildConsentGround>,
    /// The reasons, 1 to 4,000 characters: needed with `child_ground`. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub child_ground_reasons: Option<Sensitive<String>>,
}

impl ConsentAnswerBody {
    /// Gives with whom a child consents, or why without.
    pub(super) fn child(&self) -> ChildBasis {
        child_basis(
            self.guardian_id.as_ref(),
            (self.child_ground, self.child_ground_reasons.as_ref()),
        )
    }
}

fn child_basis(
    guardian: Option<&GuardianId>,
    (ground, reasons): (Option<ChildConsentGround>, Option<&Sensitive<String>>),
) -> ChildBasis {
    ChildBasis { guardian_id: guardian.cloned(), ground: ground.zip(reasons.cloned()) }
}

fn check_ground(
    (ground, reasons): (Option<ChildConsentGround>, Option<&Sensitive<String>>),
    errors: &mut FieldErrors,
) {
    match (ground, reasons) {
        (Some(_), None) => errors.add("/child_ground_reasons", FieldCode::Required),
        (None, Some(_)) => errors.add("/child_ground_reasons", FieldCode::Inconsistent),
        (Some(_), Some(_)) | (None, None) => {}
    }
    rules::sealed_text("/child_ground_reasons", reasons, LONGEST, errors);
}

impl Checked for ConsentAnswerBody {
    fn check(&self, errors: &mut FieldErrors) {
        check_limits(Some(self.answer.act()), self.limits.as_ref(), errors);
        check_ground((self.child_ground, self.child_ground_reasons.as_ref()), errors);
    }
}

/// Why a consent is withdrawn. Nobody has to give a reason.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentWithdrawalBody {
    /// The reason, in the person's words. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub reason: Option<Sensitive<String>>,
}

impl Checked for ConsentWithdrawalBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::sealed_text("/reason", self.reason.as_ref(), LONGEST, errors);
    }
}
