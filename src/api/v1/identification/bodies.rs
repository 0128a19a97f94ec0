//! What is sent about identification decisions.

use chrono::NaiveDate;
use refero_domain::{
    id::IdentificationDecisionId,
    identification::{
        DecisionBodyType, DecisionKind, DecisionOutcome, DecisionWords, NoticeMode, ReviewAsker,
        ReviewGround,
    },
    sensitive::Sensitive,
};
use refero_store::identification::Notice;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    api::{
        extract::Checked,
        problem::{FieldCode, FieldErrors, Pointer},
        v1::rules,
    },
    service::identification::Ruling,
};

/// How long reasons may be, in characters.
const LONGEST: usize = 5_000;

/// How long a name or a reference may be, in characters.
const REFERENCE: usize = 200;

/// On how many things a decision may rest.
const EVIDENCE: usize = 50;

/// How long the number of a certificate may be.
const CERTIFICATE: usize = 40;

/// A decision as somebody makes it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentificationDecisionBody {
    /// The client's own identifier (UUIDv4).
    #[serde(default)]
    pub id: Option<IdentificationDecisionId>,
    /// `presumption` by the bureau, `formal_identification` by the identifying body, `review` by
    /// somebody else than who decided, `declined` when the person does not want to be identified.
    pub kind: DecisionKind,
    /// `positive` or `negative`; not with `declined`.
    #[serde(default)]
    pub outcome: Option<DecisionOutcome>,
    /// The decision under review; with `review` alone.
    #[serde(default)]
    pub reviews_id: Option<IdentificationDecisionId>,
    /// What kind of body decides; not with `declined`.
    #[serde(default)]
    pub body_type: Option<DecisionBodyType>,
    /// The body, by its name in the country profile: the coordinating body for a presumption, an
    /// identifying body else. May be absent where the profile names one only.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub body: Option<String>,
    /// `standard_of_proof`; not with `declined`.
    #[serde(default)]
    pub standard_of_proof: Option<String>,
    /// The person was found before the exploitation began; needed with a positive decision, because
    /// intercepted persons are counted apart.
    #[serde(default)]
    pub intercepted: Option<bool>,
    /// The number of the certificate that the person gets: letters, digits and `-`, `/`, `.`, at most
    /// 40. Only where the person is identified; no two certificates have one number.
    #[serde(default)]
    #[schema(max_length = 40)]
    pub certificate_number: Option<String>,
    /// The law it rests on, 1 to 200 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub legal_reference: Option<Sensitive<String>>,
    /// Why, 1 to 5,000 characters; needed, but from a person who declines. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub reasons: Option<Sensitive<String>>,
    /// On what it rests: ids of screenings and notes, references to files; at most 50, each 1 to 200
    /// characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub evidence: Option<Sensitive<Vec<String>>>,
    /// On which day; not one that has not come.
    pub decided_on: NaiveDate,
}

impl IdentificationDecisionBody {
    /// Gives what the service decides.
    pub(super) fn ruling(&self) -> Ruling {
        let words = Sensitive::new(DecisionWords::default())
            .with(self.reasons.clone(), |words, reasons| words.reasons = Some(reasons))
            .with(self.legal_reference.clone(), |words, law| words.legal_reference = Some(law))
            .with(self.evidence.clone(), |words, evidence| words.evidence = evidence);
        Ruling {
            id: self.id.clone(),
            kind: self.kind,
            outcome: self.outcome,
            reviews_id: self.reviews_id.clone(),
            body_type: self.body_type,
            body: self.body.clone(),
            standard_of_proof: self.standard_of_proof.clone(),
            intercepted: self.intercepted,
            certificate_number: self.certificate_number.clone(),
            words,
            decided_on: self.decided_on,
        }
    }

    /// Expects of each member that it is there, or that it is not.
    fn check_members(&self, errors: &mut FieldErrors) {
        let answers = self.kind != DecisionKind::Declined;
        let is_review = self.kind == DecisionKind::Review;
        let positive = self.outcome == Some(DecisionOutcome::Positive);
        let identifies = positive
            && matches!(self.kind, DecisionKind::FormalIdentification | DecisionKind::Review);
        for (pointer, is_there, is_needed, is_allowed) in [
            ("/outcome", self.outcome.is_some(), answers, answers),
            ("/reviews_id", self.reviews_id.is_some(), is_review, is_review),
            ("/body_type", self.body_type.is_some(), answers, answers),
            ("/body", self.body.is_some(), false, answers),
            ("/standard_of_proof", self.standard_of_proof.is_some(), answers, answers),
            ("/intercepted", self.intercepted.is_some(), positive, answers),
            ("/certificate_number", self.certificate_number.is_some(), false, identifies),
            ("/reasons", self.reasons.is_some(), answers, true),
        ] {
            if is_needed && !is_there {
                errors.add(pointer, FieldCode::Required);
            } else if is_there && !is_allowed {
                errors.add(pointer, FieldCode::Inconsistent);
            }
        }
    }
}

/// Letters, digits and what separates them: no name.
fn is_certificate(number: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-/.".contains(&byte);
    (1..=CERTIFICATE).contains(&number.len()) && number.bytes().all(plain)
}

fn check_evidence(evidence: Option<&Sensitive<Vec<String>>>, errors: &mut FieldErrors) {
    let Some(evidence) = evidence else { return };
    evidence.check(|all| {
        let place = Pointer::from("/evidence");
        if all.len() > EVIDENCE {
            errors.add("/evidence", FieldCode::TooLong);
        }
        for (index, one) in all.iter().enumerate() {
            rules::text(place.index(index), one, REFERENCE, errors);
        }
        true
    });
}

impl Checked for IdentificationDecisionBody {
    fn check(&self, errors: &mut FieldErrors) {
        self.check_members(errors);
        if let Some(body) = &self.body {
            rules::text("/body", body, REFERENCE, errors);
        }
        let standard = self.standard_of_proof.as_deref();
        rules::code("/standard_of_proof", "standard_of_proof", standard, errors);
        if self.certificate_number.as_deref().is_some_and(|number| !is_certificate(number)) {
            errors.add("/certificate_number", FieldCode::Format);
        }
        rules::sealed_text("/legal_reference", self.legal_reference.as_ref(), REFERENCE, errors);
        rules::sealed_text("/reasons", self.reasons.as_ref(), LONGEST, errors);
        check_evidence(self.evidence.as_ref(), errors);
    }
}

/// What the person was told, and how.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionNoticeBody {
    /// ISO 639 code of a language that the person understands.
    pub language: String,
    /// How they were told.
    pub mode: NoticeMode,
    /// An interpreter helped.
    pub interpreter: bool,
    /// On which day: not before the decision, and not one that has not come.
    pub notified_on: NaiveDate,
}

impl DecisionNoticeBody {
    /// Gives what the service records.
    pub(super) fn notice(&self) -> Notice {
        Notice {
            language: self.language.clone(),
            mode: self.mode,
            interpreter: self.interpreter,
            notified_on: self.notified_on,
        }
    }
}

impl Checked for DecisionNoticeBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::language("/language", Some(&self.language), errors);
    }
}

/// Why a decision is to be reviewed, and who asks for it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionReviewBody {
    /// An appeal, new facts, or an error of procedure.
    pub ground: ReviewGround,
    /// The person, or somebody for them, or one of the offices.
    pub asked_by: ReviewAsker,
}

impl Checked for DecisionReviewBody {}
