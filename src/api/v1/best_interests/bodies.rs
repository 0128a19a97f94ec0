//! What is sent about the best interests of a child.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use refero_domain::{
    age_assessment::PanelMember,
    best_interests::{DurableSolution, InterestsPurpose, InterestsWords, ViewsHeard},
    id::BestInterestsId,
    sensitive::Sensitive,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    api::{
        extract::Checked,
        problem::{FieldCode, FieldErrors},
        v1::{
            age_assessments::{PanelMemberBody, check_panel, panel_of},
            rules,
        },
    },
    service::best_interests::{Assessment, Proposal},
};

/// How long words about a child's interests may be, in characters.
const LONGEST: usize = 5_000;

/// An assessment of the best interests of a child.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BestInterestsBody {
    /// The client's own identifier (UUIDv4).
    #[serde(default)]
    pub id: Option<BestInterestsId>,
    /// What is in question. A return and a separation always go to a panel.
    pub purpose: InterestsPurpose,
    /// The day of the assessment.
    pub assessed_on: NaiveDate,
    /// How the child was heard.
    pub views_heard: ViewsHeard,
    /// What the child said, or why it was not heard, 1 to 5,000 characters. Sealed.
    #[schema(value_type = String)]
    pub child_views: Sensitive<String>,
    /// What was considered, each once, at least one.
    pub options: Vec<DurableSolution>,
    /// What was weighed, 1 to 5,000 characters: safety, family, ties, development, identity. Sealed.
    #[schema(value_type = String)]
    pub factors: Sensitive<String>,
    /// What is recommended: one of the options.
    pub recommendation: DurableSolution,
    /// Why, 1 to 5,000 characters. Sealed.
    #[schema(value_type = String)]
    pub recommendation_reasons: Sensitive<String>,
    /// A panel must determine.
    #[serde(default)]
    pub determination_required: bool,
    /// The child is in danger with the parent or carer, and a separation cannot wait for the panel: with the
    /// purpose `separation` alone.
    #[serde(default)]
    pub cannot_wait: bool,
}

impl BestInterestsBody {
    /// Gives what the service records.
    pub(super) fn assessment(&self) -> Assessment {
        let words = Sensitive::new(InterestsWords::default())
            .with(Some(self.child_views.clone()), |words, views| words.views = views)
            .with(Some(self.factors.clone()), |words, factors| words.factors = factors)
            .with(Some(self.recommendation_reasons.clone()), |words, why| {
                words.recommendation = why;
            });
        Assessment {
            id: self.id.clone(),
            purpose: self.purpose,
            assessed_on: self.assessed_on,
            heard: self.views_heard,
            options: self.options.clone(),
            recommendation: self.recommendation,
            determination_required: self.determination_required,
            cannot_wait: self.cannot_wait,
            words,
        }
    }
}

impl Checked for BestInterestsBody {
    fn check(&self, errors: &mut FieldErrors) {
        let distinct: BTreeSet<_> = self.options.iter().collect();
        if self.options.is_empty() {
            errors.add("/options", FieldCode::TooShort);
        } else if distinct.len() != self.options.len() {
            errors.add("/options", FieldCode::DuplicateField);
        } else if !distinct.contains(&self.recommendation) {
            errors.add("/recommendation", FieldCode::Inconsistent);
        }
        if self.cannot_wait && self.purpose != InterestsPurpose::Separation {
            errors.add("/cannot_wait", FieldCode::Inconsistent);
        }
        rules::sealed_text("/child_views", Some(&self.child_views), LONGEST, errors);
        rules::sealed_text("/factors", Some(&self.factors), LONGEST, errors);
        let reasons = Some(&self.recommendation_reasons);
        rules::sealed_text("/recommendation_reasons", reasons, LONGEST, errors);
    }
}

/// Who determines.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BestInterestsPanelBody {
    /// At least two people of different professions. Sealed, but for the professions.
    #[schema(value_type = Vec<PanelMemberBody>)]
    pub members: Sensitive<Vec<PanelMemberBody>>,
}

impl BestInterestsPanelBody {
    /// Returns the members as the rules take them.
    pub(super) fn panel(&self) -> Sensitive<Vec<PanelMember>> {
        panel_of(&self.members)
    }
}

impl Checked for BestInterestsPanelBody {
    fn check(&self, errors: &mut FieldErrors) {
        check_panel(&self.members, errors);
    }
}

/// What the panel determines.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BestInterestsDeterminationBody {
    /// Where and with whom the child is to live: one of the options that were considered.
    pub durable_solution: DurableSolution,
    /// When that is looked at again.
    #[serde(default)]
    pub review_on: Option<NaiveDate>,
    /// Why, 1 to 5,000 characters. Sealed.
    #[schema(value_type = String)]
    pub reasons: Sensitive<String>,
}

impl BestInterestsDeterminationBody {
    /// Gives what the service records.
    pub(super) fn proposal(&self) -> Proposal {
        Proposal {
            solution: self.durable_solution,
            review_on: self.review_on,
            reasons: self.reasons.clone(),
        }
    }
}

impl Checked for BestInterestsDeterminationBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::sealed_text("/reasons", Some(&self.reasons), LONGEST, errors);
    }
}

/// Why a determination is looked at again.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BestInterestsReviewBody {
    /// Why, 1 to 5,000 characters. Sealed.
    #[schema(value_type = String)]
    pub reason: Sensitive<String>,
}

impl Checked for BestInterestsReviewBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::sealed_text("/reason", Some(&self.reason), LONGEST, errors);
    }
}
