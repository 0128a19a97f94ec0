//! What a complaint looks like: to who wrote it down, and to somebody independent.

use chrono::NaiveDate;
use refero_domain::{
    actor::Actor,
    complaint::{ComplaintChannel, ComplaintKind, ComplaintState, ComplaintSubject},
    id::{CaseId, ComplaintId, OrganisationId, UserId},
    instant::Instant,
    policy::{Class, Permit, ReadComplaint},
};
use refero_store::{cases::CaseRow, complaints::Complaint};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::{
    reply::Representation,
    v1::{Links, cases::NoteState},
};

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
    /// Shows it.
    pub(super) fn of(found: &Complaint) -> Self {
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
    pub id: ComplaintId,
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
    pub created_at: Instant,
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
    /// Shows it.
    pub(super) fn of(
        permit: &Permit<ReadComplaint, CaseRow>,
        found: &Complaint,
        actor: &Actor,
    ) -> Self {
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
