//! Complaints and feedback of survivors, answered by somebody independent.

use actix_web::{Responder, http::Method};
use chrono::NaiveDate;
use refero_domain::{
    actor::Actor,
    complaint::{
        ComplaintChannel, ComplaintKind, ComplaintOutcome, ComplaintState, ComplaintSubject,
        ComplaintWords,
    },
    event::Event,
    id::{CaseId, ComplaintId, OrganisationId, UserId},
    instant::Instant,
    policy::{Class, ConcludeComplaint, ExamineComplaint, Permit, ReadComplaint, ReceiveComplaint},
    sensitive::Sensitive,
};
use refero_store::{
    Result as Stored,
    cases::CaseRow,
    complaints::{Answered, Complaint, Heard},
    rows::RowLimit,
    unit::{Reading, Tx},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::cases::NoteState;
use crate::{
    api::{
        caller::Caller,
        extract::{Body, Checked, IfMatch, OptionalBody, PathId, PathIds, Query},
        operation::Table,
        problem::{FieldCode, FieldErrors, Problem},
        reply::{Reply, Representation},
        v1::{
            Links, Nothing, PageQuery, once,
            parts::{listed, shown},
            rules,
        },
    },
    service::complaints::{self as service, Conclusion},
};

const LONGEST: usize = 20_000;

/// What a survivor said.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintBody {
    /// The client's own identifier (UUIDv4).
    #[serde(default)]
    id: Option<ComplaintId>,
    /// What kind of thing was said.
    kind: ComplaintKind,
    /// What it is about.
    subject: ComplaintSubject,
    /// How it was received.
    channel: ComplaintChannel,
    /// The organisation that it is about; left out if it is about none, or nobody knows.
    #[serde(default)]
    about_organisation_id: Option<OrganisationId>,
    /// The day on which it was received.
    received_on: NaiveDate,
    /// What the person said, in their own words, 1 to 20,000 characters. Sealed.
    #[schema(value_type = String)]
    words: Sensitive<String>,
}

impl Checked for ComplaintBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::sealed_text("/words", Some(&self.words), LONGEST, errors);
    }
}

/// What came of a complaint.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintConclusionBody {
    /// What.
    outcome: ComplaintOutcome,
    /// What was found, 1 to 20,000 characters. Sealed.
    #[schema(value_type = String)]
    findings: Sensitive<String>,
    /// What the person was told, 1 to 20,000 characters. Sealed. Left out while nobody can reach them.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    answer: Option<Sensitive<String>>,
    /// The day on which they were told; together with `answer`.
    #[serde(default)]
    answered_on: Option<NaiveDate>,
    /// The language of the answer, as an ISO 639 code; together with `answer`.
    #[serde(default)]
    #[schema(pattern = "^[a-z]{2,3}$")]
    answer_language: Option<String>,
    /// Whether an interpreter helped.
    #[serde(default)]
    answer_interpreter: bool,
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
    fn conclusion(self) -> Conclusion {
        let interpreter = self.answer_interpreter;
        let answered = self
            .answered_on
            .zip(self.answer_language)
            .map(|(on, language)| Answered { on, language, interpreter });
        let (outcome, findings, answer) = (self.outcome, self.findings, self.answer);
        Conclusion { outcome, findings, answer, answered }
    }
}

/// That something was written down. Whoever hears a complaint does not see what becomes of it: it may be
/// about their own organisation.
#[derive(Serialize, ToSchema)]
pub struct ComplaintReceiptView {
    /// The complaint.
    id: ComplaintId,
    /// The case.
    case_id: CaseId,
    /// Always `recorded`.
    state: NoteState,
    /// Always 1.
    version: i64,
    /// The day on which it was received.
    received_on: NaiveDate,
    /// When it was written down.
    created_at: Instant,
    /// Always empty: somebody independent goes on with it.
    #[schema(value_type = Vec<String>)]
    allowed_actions: [&'static str; 0],
    /// Classes of data that exist and are not shown.
    withheld: [Class; 1],
    /// Where to go from here.
    links: Links,
}

impl ComplaintReceiptView {
    fn of(found: &Complaint) -> Self {
        Self {
            id: found.id.clone(),
            case_id: found.case_id.clone(),
            state: NoteState::Recorded,
            version: 1,
            received_on: found.heard.received_on,
            created_at: found.created_at,
            allowed_actions: [],
            withheld: [Class::CaseRestricted],
            links: Links::to("case", format!("/v1/cases/{}", found.case_id)),
        }
    }
}

impl Representation for ComplaintReceiptView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/cases/{}/complaints/{}", self.case_id, self.id)
    }
}

/// A complaint, as somebody independent sees it.
#[derive(Serialize, ToSchema)]
pub struct ComplaintView {
    /// The complaint.
    id: ComplaintId,
    /// The case.
    case_id: CaseId,
    /// Where it stands.
    state: ComplaintState,
    /// For `If-Match`.
    version: i64,
    /// What kind of thing was said.
    kind: ComplaintKind,
    /// What it is about.
    subject: ComplaintSubject,
    /// How it was received.
    channel: ComplaintChannel,
    /// The organisation that it is about.
    about_organisation_id: Option<OrganisationId>,
    /// The day on which it was received.
    received_on: NaiveDate,
    /// What the person said; null if it is withheld.
    words: Option<String>,
    /// What was found.
    findings: Option<String>,
    /// What the person was told.
    answer: Option<String>,
    /// The day on which they were told.
    answered_on: Option<NaiveDate>,
    /// The language of the answer, as an ISO 639 code.
    answer_language: Option<String>,
    /// Whether an interpreter helped.
    answer_interpreter: Option<bool>,
    /// Who wrote it down.
    recorded_by: UserId,
    /// Who examines it.
    examined_by: Option<UserId>,
    /// Who concluded.
    concluded_by: Option<UserId>,
    /// When.
    concluded_at: Option<Instant>,
    /// When it was written down.
    created_at: Instant,
    /// When it last changed.
    updated_at: Instant,
    /// What the caller could do with it now.
    allowed_actions: Vec<&'static str>,
    /// Classes of data that exist and are not shown.
    withheld: Vec<Class>,
    /// Where to go from here.
    links: Links,
}

impl ComplaintView {
    fn of(permit: &Permit<ReadComplaint, CaseRow>, found: &Complaint, actor: &Actor) -> Self {
        let words = found.words.reveal(permit, Class::CaseRestricted).ok();
        let base = format!("/v1/cases/{}", found.case_id);
        let (heard, answered) = (&found.heard, found.answered.as_ref());
        Self {
            id: found.id.clone(),
            case_id: found.case_id.clone(),
            state: found.state.get(),
            version: found.version,
            kind: heard.kind,
            subject: heard.subject,
            channel: heard.channel,
            about_organisation_id: heard.about_organisation_id.clone(),
            received_on: heard.received_on,
            words: words.map(|all| all.words.clone()),
            findings: words.and_then(|all| all.findings.clone()),
            answer: words.and_then(|all| all.answer.clone()),
            answered_on: answered.map(|answered| answered.on),
            answer_language: answered.map(|answered| answered.language.clone()),
            answer_interpreter: answered.map(|answered| answered.interpreter),
            recorded_by: found.recorded_by.clone(),
            examined_by: found.examined_by.clone(),
            concluded_by: found.concluded_by.clone(),
            concluded_at: found.concluded_at,
            created_at: found.created_at,
            updated_at: found.updated_at,
            allowed_actions: found.allowed_actions(permit.row(), actor),
            withheld: words.is_none().then_some(Class::CaseRestricted).into_iter().collect(),
            links: Links::to("self", format!("{base}/complaints/{}", found.id)).and("case", base),
        }
    }
}

impl Representation for ComplaintView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/cases/{}/complaints/{}", self.case_id, self.id)
    }
}

fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &ComplaintId,
) -> Stored<(Event, ComplaintView)> {
    let (event, permit, found) = service::open(reading, case, id)?;
    Ok((event, ComplaintView::of(&permit, &found, reading.actor()?)))
}

/// Writes down what a survivor said.
async fn create(
    caller: Caller<ReceiveComplaint>,
    case: PathId<CaseId>,
    body: Body<ComplaintBody>,
) -> Result<Reply<ComplaintReceiptView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, body.id.is_some())?;
    let words = Sensitive::new(ComplaintWords::default())
        .with(Some(body.words), |all, words| all.words = words);
    let heard = Heard {
        kind: body.kind,
        subject: body.subject,
        channel: body.channel,
        about_organisation_id: body.about_organisation_id,
        received_on: body.received_on,
    };
    let id = body.id;
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| service::receive(tx, &case.0, (id.as_ref(), &heard, &words));
            once(tx, key.as_ref(), act, |reading, id| {
                let (event, found) = service::receipt(reading, &case.0, id)?;
                Ok((event, ComplaintReceiptView::of(&found)))
            })
        })
        .await?;
    Ok(Reply::created(view))
}

/// Shows a complaint.
async fn read(
    caller: Caller<ReadComplaint>,
    ids: PathIds<CaseId, ComplaintId>,
) -> Result<Reply<ComplaintView>, Problem> {
    shown(caller, move |reading| open(reading, &ids.0, &ids.1)).await
}

/// Lists the complaints of a case.
async fn list(
    caller: Caller<ReadComplaint>,
    case: PathId<CaseId>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let belongs_to = case.0.to_string();
    let look =
        move |reading: &mut Reading<'_>, after: Option<(Instant, ComplaintId)>, limit: RowLimit| {
            let (event, permit, found) = service::list(reading, &case.0, after, limit)?;
            let actor = reading.actor()?;
            Ok((event, found.map(|found| ComplaintView::of(&permit, &found, actor))))
        };
    listed(caller, ("complaint.list", &belongs_to), query.0, look, |view: &ComplaintView| {
        (view.created_at, view.id.clone())
    })
    .await
}

/// Takes a complaint up.
async fn examine(
    caller: Caller<ExamineComplaint>,
    ids: PathIds<CaseId, ComplaintId>,
    version: IfMatch,
    body: OptionalBody<Nothing>,
) -> Result<Reply<ComplaintView>, Problem> {
    let key = caller.once(&body.digest());
    let view = caller
        .write(move |tx| {
            let target = (&ids.0, &ids.1, version.expected());
            let act = |tx: &mut Tx<'_>| service::examine(tx, target);
            once(tx, key.as_ref(), act, |reading, id| open(reading, &ids.0, id))
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Concludes on a complaint.
async fn conclude(
    caller: Caller<ConcludeComplaint>,
    ids: PathIds<CaseId, ComplaintId>,
    version: IfMatch,
    body: Body<ComplaintConclusionBody>,
) -> Result<Reply<ComplaintView>, Problem> {
    let (body, digest) = body.into_parts();
    let (key, conclusion) = (caller.once(&digest), body.conclusion());
    let view = caller
        .write(move |tx| {
            let target = (&ids.0, &ids.1, version.expected());
            let act = |tx: &mut Tx<'_>| service::conclude(tx, target, &conclusion);
            once(tx, key.as_ref(), act, |reading, id| open(reading, &ids.0, id))
        })
        .await?;
    Ok(Reply::shown(view))
}

const TAG: &str = "complaints";
const PATH: &str = "/v1/cases/{id}/complaints";
const ONE: &str = "/v1/cases/{id}/complaints/{complaint_id}";

/// The operations on complaints.
#[must_use]
pub fn table(table: Table) -> Table {
    let table = table
        .op((Method::POST, PATH, "recordComplaint"), create, |o| {
            o.says(
                TAG,
                "Write down a complaint or feedback",
                "For everybody who works with the person: a survivor may say it to whom they trust. The answer \
                 is a receipt; who wrote it down does not see what becomes of it. It is never told in the \
                 timeline of the case, and whoever is complained about does not learn of it.",
            )
            .takes::<ComplaintBody>(json!({
                "kind": "complaint",
                "subject": "confidentiality",
                "channel": "in_person",
                "received_on": "2026-11-02",
                "words": "They told my employer where I sleep."
            }))
            .creates::<ComplaintReceiptView>()
        })
        .op((Method::GET, PATH, "listComplaints"), list, |o| {
            let why = "For supervisors who are independent: complaints about the caller's own organisation are \
                       not there, and whoever coordinates the case sees none. Newest first.";
            o.says(TAG, "List the complaints of a case", why).lists::<ComplaintView>(&[])
        })
        .op((Method::GET, ONE, "readComplaint"), read, |o| {
            let why = "Shows one complaint to a supervisor who is independent of it; to everybody else there is \
                       none.";
            o.says(TAG, "Read a complaint", why).shows::<ComplaintView>()
        });
    answering(table)
}

fn answering(table: Table) -> Table {
    table
        .op(
            (Method::POST, "/v1/cases/{id}/complaints/{complaint_id}/examine", "examineComplaint"),
            examine,
            |o| {
                let why = "Takes a complaint up: the caller is shown as who examines it.";
                o.says(TAG, "Take up a complaint", why)
                    .may_take::<Nothing>(json!({}))
                    .if_match()
                    .shows::<ComplaintView>()
            },
        )
        .op(
            (Method::POST, "/v1/cases/{id}/complaints/{complaint_id}/conclude", "concludeComplaint"),
            conclude,
            |o| {
                let why = "Says what was found, and what the person was told in their language. Nobody finds \
                           for or against somebody without having taken the complaint up (409 \
                           `illegal-transition`); what can be set right at once is `resolved`.";
                o.says(TAG, "Conclude on a complaint", why)
                    .takes::<ComplaintConclusionBody>(json!({
                        "outcome": "resolved",
                        "findings": "The guard had called; he is not at the shelter any more.",
                        "answer": "We have told you what we found, and found you another room.",
                        "answered_on": "2026-11-02",
                        "answer_language": "fr",
                        "answer_interpreter": true
                    }))
                    .if_match()
                    .shows::<ComplaintView>()
            },
        )
}
