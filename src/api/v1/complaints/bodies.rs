//! What is sent about complaints.

use chrono::NaiveDate;
use refero_domain::{
    complaint::{
        ComplaintChannel, ComplaintKind, ComplaintOutcome, ComplaintSubject, ComplaintWords,
    },
    id::{ComplaintId, OrganisationId},
    sensitive::Sensitive,
};
use refero_store::complaints::{Answered, Heard};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    api::{
        extract::Checked,
        problem::{FieldCode, FieldErrors},
        v1::rules,
    },
    service::complaints::Conclusion,
};

const LONGEST: usize = 20_000;

/// What a survivor said.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintBody {
    /// The client's own identifier (UUIDv4).
    #[serde(default)]
    pub id: Option<ComplaintId>,
    /// What kind of thing was said.
    pub kind: ComplaintKind,
    /// What it is about.
    pub subject: ComplaintSubject,
    /// How it was received.
    pub channel: ComplaintChannel,
    /// The organisation that it is about; left out if it is about none, or nobody knows.
    #[serde(default)]
    pub about_organisation_id: Option<OrganisationId>,
    /// The day on which it was received.
    pub received_on: NaiveDate,
    /// What the person said, in their own words, 1 to 20,000 characters. Sealed.
    #[schema(value_type = String)]
    pub words: Sensitive<String>,
}

impl Checked for ComplaintBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::sealed_text("/words", Some(&self.words), LONGEST, errors);
    }
}

impl ComplaintBody {
    /// Gives what the service writes down.
    pub(super) fn heard(self) -> (Option<ComplaintId>, Heard, Sensitive<ComplaintWords>) {
        let words = Sensitive::new(ComplaintWords::default())
            .with(Some(self.words), |all, words| all.words = words);
        let heard = Heard {
            kind: self.kind,
            subject: self.subject,
            channel: self.channel,
            about_organisation_id: self.about_organisation_id,
            received_on: self.received_on,
        };
        (self.id, heard, words)
    }
}

/// What came of a complaint.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintConclusionBody {
    /// What.
    pub outcome: ComplaintOutcome,
    /// What was found, 1 to 20,000 characters. Sealed.
    #[schema(value_type = String)]
    pub findings: Sensitive<String>,
    /// What the person was told, 1 to 20,000 characters. Sealed. Left out while nobody can reach them.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub answer: Option<Sensitive<String>>,
    /// The day on which they were told; together with `answer`.
    #[serde(default)]
    pub answered_on: Option<NaiveDate>,
    /// The language of the answer, as an ISO 639 code; together with `answer`.
    #[serde(default)]
    #[schema(pattern = "^[a-z]{2,3}$")]
    pub answer_language: Option<String>,
    /// Whether an interpreter helped.
    #[serde(default)]
    pub answer_interpreter: bool,
}

impl Checked for ComplaintConclusionBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::sealed_text("/findings", Some(&self.findings), LONGEST, errors);
        rules::sealed_text("/answer", self.answer.as_ref(), LONGEST, errors);
        rules::language("/answer_language", self.answer_language.as_deref(), errors);
        let told = self.answer.is_some();
        for (pointer, given) in [
            ("/answered_on", self.answered_on.is_some()),
            ("/answer_language", self.answer_language.is_some()),
        ] {
            if given != told {
                let code = if told { FieldCode::Required } else { FieldCode::Inconsistent };
                errors.add(pointer, code);
            }
        }
    }
}

impl ComplaintConclusionBody {
    /// Gives what the service concludes.
    pub(super) fn conclusion(self) -> Conclusion {
        let interpreter = self.answer_interpreter;
        let answered = self.answered_on.zip(self.answer_language).map(|(on, language)| Answered {
            on,
            language,
            interpreter,
        });
        let (outcome, findings, answer) = (self.outcome, self.findings, self.answer);
        Conclusion { outcome, findings, answer, answered }
    }
}
