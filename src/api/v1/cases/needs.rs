//! Assessments of needs and risk.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::{Responder, http::Method};
use refero_domain::{
    case::RiskLevel,
    event::Event,
    id::{CaseId, NeedsAssessmentId, UserId},
    instant::Instant,
    needs::{self, Assessment, Need, NeedLevel, Risk, RiskScope},
    policy::{AssessNeeds, Class, Permit, ReadNeeds},
    screening::Answer,
    sensitive::Sensitive,
};
use refero_store::{
    Result as Stored,
    cases::CaseRow,
    needs_assessments::NeedsAssessment,
    rows::RowLimit,
    unit::{Reading, Tx},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::notes::NoteState;
use crate::{
    api::{
        caller::Caller,
        extract::{Body, Checked, PathId, PathIds, Query},
        operation::Table,
        problem::{FieldCode, FieldError, FieldErrors, Pointer, Problem},
        reply::{Reply, Representation},
        v1::{
            Links, PageQuery, once,
            parts::{listed, shown},
            rules,
        },
    },
    service::needs::{self as service, NewAssessment},
};

/// How many needs, and how many hazards.
const MOST: i64 = 50;
const LONGEST_NOTE: usize = 2_000;

/// A need.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NeedBody {
    /// `service_type`, each once.
    service_type: String,
    /// How much of it.
    level: NeedLevel,
    /// In words, at most 2,000 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    note: Option<Sensitive<String>>,
}

/// A hazard.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RiskBody {
    /// `risk_hazard`.
    hazard: String,
    /// Whom it threatens.
    scope: RiskScope,
    /// How likely, from 1 to 10.
    #[schema(minimum = 1, maximum = 10)]
    likelihood: u8,
    /// How bad it would be, from 1 to 10.
    #[schema(minimum = 1, maximum = 10)]
    severity: u8,
    /// What is done against it, at most 2,000 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    mitigation: Option<Sensitive<String>>,
}

/// What was assessed. Something must be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NeedsAssessmentBody {
    /// The client's own identifier (UUIDv4).
    #[serde(default)]
    id: Option<NeedsAssessmentId>,
    /// What is needed, at most 50.
    #[serde(default)]
    needs: Vec<NeedBody>,
    /// What endangers the person, at most 50.
    #[serde(default)]
    risks: Vec<RiskBody>,
    /// Answers to the safety questions SF01 to SF10 of the indicator set.
    #[serde(default)]
    risk_answers: BTreeMap<String, Answer>,
    /// The assessment in words, at most 20,000 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    summary: Option<Sensitive<String>>,
}

impl NeedsAssessmentBody {
    fn is_empty(&self) -> bool {
        self.needs.is_empty()
            && self.risks.is_empty()
            && self.risk_answers.is_empty()
            && self.summary.is_none()
    }

    fn into_new(self) -> NewAssessment {
        let is_urgent = self.needs.iter().any(|need| need.level == NeedLevel::Urgent);
        let mut content = Sensitive::new(Assessment {
            risk_answers: self.risk_answers.clone(),
            ..Assessment::default()
        });
        let mut scores = Vec::new();
        for NeedBody { service_type, level, note } in self.needs {
            let need = Sensitive::new(Need { service_type, level, note: None })
                .with(note, |need, note| need.note = Some(note));
            content = content.with(Some(need), |all, need| all.needs.push(need));
        }
        for RiskBody { hazard, scope, likelihood, severity, mitigation } in self.risks {
            let risk = Risk { hazard, scope, likelihood, severity, mitigation: None };
            scores.push(risk.score());
            let risk = Sensitive::new(risk)
                .with(mitigation, |risk, mitigation| risk.mitigation = Some(mitigation));
            content = content.with(Some(risk), |all, risk| all.risks.push(risk));
        }
        let content = content.with(self.summary, |all, summary| all.summary = Some(summary));
        let risk_level = needs::risk_level(scores.into_iter(), self.risk_answers.values());
        NewAssessment { id: self.id, content, risk_level, is_urgent }
    }
}

impl Checked for NeedsAssessmentBody {
    fn check(&self, errors: &mut FieldErrors) {
        if self.is_empty() {
            errors.add("/needs", FieldCode::Required);
        }
        for (place, length) in [("/needs", self.needs.len()), ("/risks", self.risks.len())] {
            if i64::try_from(length).is_ok_and(|length| length > MOST) {
                errors.push(FieldError::at(&place.into(), FieldCode::TooLong).with("max", MOST));
            }
        }
        let mut seen = BTreeSet::new();
        for (index, need) in self.needs.iter().enumerate() {
            let place = Pointer::from("/needs").index(index);
            rules::code(
                place.member("service_type"),
                "service_type",
                Some(&need.service_type),
                errors,
            );
            if !seen.insert(&need.service_type) {
                errors.add(place.member("service_type"), FieldCode::DuplicateField);
            }
            rules::sealed_text(place.member("note"), need.note.as_ref(), LONGEST_NOTE, errors);
        }
        for (index, risk) in self.risks.iter().enumerate() {
            let place = Pointer::from("/risks").index(index);
            rules::code(place.member("hazard"), "risk_hazard", Some(&risk.hazard), errors);
            for (member, number) in [("likelihood", risk.likelihood), ("severity", risk.severity)] {
                if !Risk::SCALE.contains(&number) {
                    let error = FieldError::at(&place.member(member), FieldCode::OutOfRange);
                    let (least, most) = Risk::SCALE.into_inner();
                    errors.push(error.with("min", i64::from(least)).with("max", i64::from(most)));
                }
            }
            rules::sealed_text(
                place.member("mitigation"),
                risk.mitigation.as_ref(),
                LONGEST_NOTE,
                errors,
            );
        }
        rules::answers("/risk_answers", self.risk_answers.keys(), "SF", errors);
        rules::sealed_text("/summary", self.summary.as_ref(), 20_000, errors);
    }
}

/// A need, as it was assessed.
#[derive(Serialize, ToSchema)]
pub(crate) struct NeedView {
    /// `service_type`.
    service_type: String,
    /// How much of it.
    level: NeedLevel,
    /// In words.
    note: Option<String>,
}

/// A hazard, as it was assessed.
#[derive(Serialize, ToSchema)]
pub(crate) struct RiskView {
    /// `risk_hazard`.
    hazard: String,
    /// Whom it threatens.
    scope: RiskScope,
    /// How likely, from 1 to 10.
    likelihood: u8,
    /// How bad it would be, from 1 to 10.
    severity: u8,
    /// Likelihood × severity.
    score: u8,
    /// What is done against it.
    mitigation: Option<String>,
}

/// An assessment of needs and risk. It is never changed; a later one follows it (R13).
#[derive(Serialize, ToSchema)]
pub struct NeedsAssessmentView {
    /// The assessment.
    id: NeedsAssessmentId,
    /// The case.
    case_id: CaseId,
    /// Always `recorded`: an assessment is never changed.
    state: NoteState,
    /// Always 1: an assessment is never changed.
    version: i64,
    /// How great the danger is by this assessment: critical if a safety question was answered with yes,
    /// else by the highest score: from 64 critical, from 36 high, from 16 medium (policy, to be confirmed).
    risk_level: RiskLevel,
    /// What is needed; null if it is withheld.
    needs: Option<Vec<NeedView>>,
    /// What endangers the person; null if it is withheld.
    risks: Option<Vec<RiskView>>,
    /// Answers to the safety questions; null if they are withheld.
    risk_answers: Option<BTreeMap<String, Answer>>,
    /// The assessment in words; null if there are none, or they are withheld.
    summary: Option<String>,
    /// Who assessed.
    author_id: UserId,
    /// When.
    created_at: Instant,
    /// Always empty: an assessment is never changed.
    #[schema(value_type = Vec<String>)]
    allowed_actions: [&'static str; 0],
    /// Classes of data that exist and are not shown.
    withheld: Vec<Class>,
    /// Where to go from here.
    links: Links,
}

impl NeedsAssessmentView {
    fn of(permit: &Permit<ReadNeeds, CaseRow>, found: &NeedsAssessment) -> Self {
        let content = found.content.reveal(permit, Class::CaseRestricted).ok();
        let base = format!("/v1/cases/{}", found.case_id);
        let need = |need: &Need| NeedView {
            service_type: need.service_type.clone(),
            level: need.level,
            note: need.note.clone(),
        };
        let risk = |risk: &Risk| RiskView {
            hazard: risk.hazard.clone(),
            scope: risk.scope,
            likelihood: risk.likelihood,
            severity: risk.severity,
            score: risk.score(),
            mitigation: risk.mitigation.clone(),
        };
        Self {
            id: found.id.clone(),
            case_id: found.case_id.clone(),
            state: NoteState::Recorded,
            version: 1,
            risk_level: found.risk_level,
            withheld: content.is_none().then_some(Class::CaseRestricted).into_iter().collect(),
            needs: content.map(|all| all.needs.iter().map(need).collect()),
            risks: content.map(|all| all.risks.iter().map(risk).collect()),
            risk_answers: content.map(|all| all.risk_answers.clone()),
            summary: content.and_then(|all| all.summary.clone()),
            author_id: found.author_id.clone(),
            created_at: found.created_at,
            allowed_actions: [],
            links: Links::to("self", format!("{base}/needs-assessments/{}", found.id))
                .and("case", base),
        }
    }
}

impl Representation for NeedsAssessmentView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/cases/{}/needs-assessments/{}", self.case_id, self.id)
    }
}

fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &NeedsAssessmentId,
) -> Stored<(Event, NeedsAssessmentView)> {
    let (event, permit, found) = service::open(reading, case, id)?;
    Ok((event, NeedsAssessmentView::of(&permit, &found)))
}

/// Writes an assessment down.
async fn create(
    caller: Caller<AssessNeeds>,
    case: PathId<CaseId>,
    body: Body<NeedsAssessmentBody>,
) -> Result<Reply<NeedsAssessmentView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, body.id.is_some())?;
    let (app, new) = (caller.app(), body.into_new());
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| service::assess(tx, app.profile(), &case.0, &new);
            once(tx, key.as_ref(), act, |reading, id| open(reading, &case.0, id))
        })
        .await?;
    Ok(Reply::created(view))
}

/// Shows an assessment.
async fn read(
    caller: Caller<ReadNeeds>,
    ids: PathIds<CaseId, NeedsAssessmentId>,
) -> Result<Reply<NeedsAssessmentView>, Problem> {
    shown(caller, move |reading| open(reading, &ids.0, &ids.1)).await
}

/// Lists the assessments of a case.
async fn list(
    caller: Caller<ReadNeeds>,
    case: PathId<CaseId>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let belongs_to = case.0.to_string();
    let look = move |reading: &mut Reading<'_>,
                     after: Option<(Instant, NeedsAssessmentId)>,
                     limit: RowLimit| {
        let (event, permit, found) = service::list(reading, &case.0, after, limit)?;
        let views = found.map(|found| NeedsAssessmentView::of(&permit, &found));
        Ok((event, views))
    };
    listed(
        caller,
        ("needs-assessment.list", &belongs_to),
        query.0,
        look,
        |view: &NeedsAssessmentView| (view.created_at, view.id.clone()),
    )
    .await
}

/// The operations on assessments of needs and risk.
pub(super) fn table(table: Table) -> Table {
    const PATH: &str = "/v1/cases/{id}/needs-assessments";
    const ONE: &str = "/v1/cases/{id}/needs-assessments/{needs_assessment_id}";
    table
        .op((Method::POST, PATH, "createNeedsAssessment"), create, |o| {
            o.says(
                super::TAG,
                "Assess needs and risk",
                "For those who coordinate: what the person needs, and what endangers them, with \
                 likelihood × severity. A greater danger than the case had becomes the case's at once; a \
                 need that is urgent, or a critical danger, starts the clock `urgent_needs`. Assessments \
                 are never changed; a later one follows (R13), and does not take back a danger: correct \
                 the case for that.",
            )
            .takes::<NeedsAssessmentBody>(json!({
                "needs": [{"service_type": "safe_shelter", "level": "urgent", "note": "From tonight on."}],
                "risks": [{
                    "hazard": "retaliation", "scope": "household", "likelihood": 6, "severity": 8,
                    "mitigation": "Nobody is told where she sleeps."
                }],
                "risk_answers": {"SF01": "no", "SF05": "unknown"},
                "summary": "She wants to speak to her sister first."
            }))
            .creates::<NeedsAssessmentView>()
        })
        .op((Method::GET, PATH, "listNeedsAssessments"), list, |o| {
            o.says(
                super::TAG,
                "List assessments of needs and risk",
                "Shows the assessments of a case, newest first.",
            )
            .lists::<NeedsAssessmentView>(&[])
        })
        .op((Method::GET, ONE, "readNeedsAssessment"), read, |o| {
            o.says(
                super::TAG,
                "Read an assessment of needs and risk",
                "Shows one assessment of a case, as it was written.",
            )
            .shows::<NeedsAssessmentView>()
        })
}
