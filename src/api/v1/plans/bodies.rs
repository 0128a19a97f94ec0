//! What is sent about support plans.

use chrono::NaiveDate;
use refero_domain::{
    consent::{ConsentGiver, ConsentMode},
    id::SupportPlanId,
    plan::{AgreementWords, PlanWords, ReviewOutcome, ReviewWords},
    sensitive::Sensitive,
};
use refero_store::plans::NewAgreement;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    api::{
        extract::{Checked, PatchField},
        problem::FieldErrors,
        v1::rules,
    },
    service::plans::{NewPlan, PlanEdit},
};

/// How long each text of a plan may be, in characters.
pub(super) const LONGEST: usize = 5_000;

/// A support plan that is started.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SupportPlanBody {
    /// The client's own identifier (UUIDv4).
    #[serde(default)]
    pub id: Option<SupportPlanId>,
    /// What the person wants to reach, as they say it, 1 to 5,000 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub aims: Option<Sensitive<String>>,
    /// Until when the plan is meant to be carried out.
    #[serde(default)]
    pub planned_end_on: Option<NaiveDate>,
}

impl Checked for SupportPlanBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::sealed_text("/aims", self.aims.as_ref(), LONGEST, errors);
    }
}

impl SupportPlanBody {
    /// Gives what the service starts.
    pub(super) fn into_new(self) -> NewPlan {
        let words = Sensitive::new(PlanWords::default());
        NewPlan {
            id: self.id,
            words: words.with(self.aims, |words, aims| words.aims = Some(aims)),
            planned_end_on: self.planned_end_on,
        }
    }
}

/// A merge patch of a support plan (RFC 7396): absent members stay, null clears.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SupportPlanPatch {
    /// What the person wants to reach, as they say it, 1 to 5,000 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub aims: PatchField<Sensitive<String>>,
    /// Until when the plan is meant to be carried out.
    #[serde(default)]
    #[schema(value_type = Option<NaiveDate>)]
    pub planned_end_on: PatchField<NaiveDate>,
}

impl Checked for SupportPlanPatch {
    fn check(&self, errors: &mut FieldErrors) {
        rules::sealed_text("/aims", self.aims.value(), LONGEST, errors);
    }
}

impl SupportPlanPatch {
    /// Gives what the service changes.
    pub(super) fn into_edit(self) -> PlanEdit {
        PlanEdit {
            aims: self.aims.into_change(),
            planned_end_on: self.planned_end_on.into_change(),
        }
    }
}

/// The agreement of the person to the plan as it stands.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanAgreementBody {
    /// Who agreed: an adult for themself; for a child somebody whom the country profile lets consent for
    /// a child. A guardian must be appointed in the case.
    pub giver: ConsentGiver,
    /// How it is recorded.
    pub mode: ConsentMode,
    /// The language in which the plan was explained, as an ISO 639 code.
    #[schema(pattern = "^[a-z]{2,3}$")]
    pub language: String,
    /// Whether an interpreter helped.
    #[serde(default)]
    pub interpreter: bool,
    /// What the person said to it, in their own words, 1 to 5,000 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub own_words: Option<Sensitive<String>>,
    /// Codes of `service_type`: what was offered and declined, each once. Declining has no consequence.
    #[serde(default)]
    pub offered_and_declined: Vec<String>,
}

impl Checked for PlanAgreementBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::language("/language", Some(&self.language), errors);
        rules::sealed_text("/own_words", self.own_words.as_ref(), LONGEST, errors);
        rules::codes("/offered_and_declined", "service_type", &self.offered_and_declined, errors);
    }
}

impl PlanAgreementBody {
    /// Gives what the service records.
    pub(super) fn into_new(self) -> NewAgreement {
        let words = Sensitive::new(AgreementWords::default());
        NewAgreement {
            giver: self.giver,
            mode: self.mode,
            language: self.language,
            interpreter: self.interpreter,
            declined_services: self.offered_and_declined,
            words: words.with(self.own_words, |words, text| words.own_words = Some(text)),
        }
    }
}

/// A review of the plan.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanReviewBody {
    /// What it came to.
    pub outcome: ReviewOutcome,
    /// What goes well, 1 to 5,000 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub goes_well: Option<Sensitive<String>>,
    /// What has to change, 1 to 5,000 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub to_change: Option<Sensitive<String>>,
    /// What the person says to it, 1 to 5,000 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub own_words: Option<Sensitive<String>>,
}

impl Checked for PlanReviewBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::sealed_text("/goes_well", self.goes_well.as_ref(), LONGEST, errors);
        rules::sealed_text("/to_change", self.to_change.as_ref(), LONGEST, errors);
        rules::sealed_text("/own_words", self.own_words.as_ref(), LONGEST, errors);
    }
}

impl PlanReviewBody {
    /// Gives the words that are sealed.
    pub(super) fn words(&self) -> Sensitive<ReviewWords> {
        Sensitive::new(ReviewWords::default())
            .with(self.goes_well.clone(), |words, text| words.goes_well = Some(text))
            .with(self.to_change.clone(), |words, text| words.to_change = Some(text))
            .with(self.own_words.clone(), |words, text| words.own_words = Some(text))
    }
}
