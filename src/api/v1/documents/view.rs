//! What a document looks like to somebody who may know of it.

use chrono::NaiveDate;
use refero_domain::{
    actor::Actor,
    document::DocumentState,
    id::{CaseId, DocumentId, OrganisationId, UserId},
    instant::Instant,
    policy::{self, Action as _, Class, Permit, ReadDocument, ReadDocumentContent},
};
use refero_store::documents::DocumentRow;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::{reply::Representation, v1::Links};

/// A document of a case: what is known of it from outside.
#[derive(Clone, Serialize, ToSchema)]
pub struct DocumentView {
    /// The document.
    pub id: DocumentId,
    /// The case it belongs to.
    pub case_id: CaseId,
    /// Whether it was uploaded, and whether a newer version took its place.
    pub state: DocumentState,
    /// For `If-Match`.
    pub version: i64,
    /// What kind of document: `document_kind`.
    pub kind: String,
    /// Of which class of data it is, which decides who is shown it.
    pub class: Class,
    /// The language that it is written in: ISO 639.
    pub language: Option<String>,
    /// The day on which it was issued.
    pub issued_on: Option<NaiveDate>,
    /// What it is called; null if that is withheld.
    pub title: Option<String>,
    /// Who issued it; null if nobody knows, or it is withheld.
    pub issued_by: Option<String>,
    /// The number on it; null if it has none, or it is withheld.
    pub number: Option<String>,
    /// The earlier version of it.
    pub supersedes_id: Option<DocumentId>,
    /// The organisation that added it.
    pub organisation_id: OrganisationId,
    /// Its media type, found by its first bytes.
    #[schema(value_type = Option<String>)]
    pub media_type: Option<&'static str>,
    /// How long it is.
    pub size_bytes: Option<i64>,
    /// Its SHA-256 in hexadecimal digits; null if it is withheld.
    pub sha256: Option<String>,
    /// Who uploaded it.
    pub uploaded_by: Option<UserId>,
    /// When.
    pub uploaded_at: Option<Instant>,
    /// Who added it.
    pub created_by: UserId,
    /// When it was added.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// What the caller could do now.
    pub allowed_actions: Vec<&'static str>,
    /// Classes of data that exist and are not shown.
    pub withheld: Vec<Class>,
    /// Where to go from here.
    pub links: Links,
}

impl DocumentView {
    /// Shows a document under its own permit.
    pub(super) fn of(permit: &Permit<ReadDocument, DocumentRow>, actor: &Actor) -> Self {
        let row = permit.row();
        let document = &row.document;
        let words = document.words.reveal(permit, document.class).ok();
        let file = document.file.as_ref();
        let case = format!("/v1/cases/{}", document.case_id);
        let one = format!("{case}/documents/{}", document.id);
        let opens = words.is_some() && policy::may(ReadDocumentContent::NAME, actor, &row.facts);
        let links = Links::to("self", one.clone()).and("case", case);
        let links = match file {
            Some(_) if opens => links.and("content", format!("{one}/content")),
            _ => links,
        };
        Self {
            id: document.id.clone(),
            case_id: document.case_id.clone(),
            state: document.state.get(),
            version: document.version,
            kind: document.kind.clone(),
            class: document.class,
            language: document.language.clone(),
            issued_on: document.issued_on,
            title: words.map(|words| words.title.clone()),
            issued_by: words.and_then(|words| words.issued_by.clone()),
            number: words.and_then(|words| words.number.clone()),
            supersedes_id: document.supersedes_id.clone(),
            organisation_id: document.organisation_id.clone(),
            media_type: file.map(|file| file.media.media_type()),
            size_bytes: file.map(|file| file.size_bytes),
            sha256: file.filter(|_| words.is_some()).map(|file| file.digest.clone()),
            uploaded_by: file.map(|file| file.uploaded_by.clone()),
            uploaded_at: file.map(|file| file.uploaded_at),
            created_by: document.created_by.clone(),
            created_at: document.created_at,
            updated_at: document.updated_at,
            allowed_actions: row.allowed_actions(actor),
            withheld: words.is_none().then_some(document.class).into_iter().collect(),
            links,
        }
    }
}

impl Representation for DocumentView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/cases/{}/documents/{}", self.case_id, self.id)
    }
}
