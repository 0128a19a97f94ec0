//! Documents of a dossier.

mod view;

use actix_web::{
    HttpResponse, Responder,
    http::{Method, header},
};
use chrono::NaiveDate;
use refero_domain::{
    document::{DOCUMENT_CLASSES, DocumentWords},
    event::Event,
    id::{CaseId, DocumentId},
    instant::Instant,
    policy::{Class, CreateDocument, ReadDocument, ReadDocumentContent, UploadDocument},
    sensitive::Sensitive,
};
use refero_store::{
    Result as Stored,
    rows::RowLimit,
    unit::{Reading, Tx},
};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

pub use self::view::DocumentView;
use crate::{
    api::{
        caller::Caller,
        extract::{Body, Checked, IfMatch, PathId, PathIds, Query, Upload},
        operation::Table,
        problem::{FieldCode, FieldErrors, Problem},
        reply::Reply,
        v1::{
            PageQuery, once,
            parts::{listed, shown},
            rules,
        },
    },
    service::documents::{self, Addition, Sent},
};

const TAG: &str = "documents";
/// What a document can be made of.
const MEDIA: &[&str] = &["application/pdf", "image/jpeg", "image/png", "text/plain"];

/// A document that is added to a case.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentBody {
    /// The client's own identifier (UUIDv4).
    #[serde(default)]
    pub id: Option<DocumentId>,
    /// What kind of document: `document_kind`.
    #[schema(examples("medical_certificate"))]
    pub kind: String,
    /// Of which class of data it is: `case_restricted`, `medical` or `investigation`. It decides who is shown it.
    pub class: Class,
    /// The language that it is written in: ISO 639.
    #[serde(default)]
    pub language: Option<String>,
    /// The day on which it was issued.
    #[serde(default)]
    pub issued_on: Option<NaiveDate>,
    /// What it is called, 1 to 200 characters. Sealed.
    #[schema(value_type = String)]
    pub title: Sensitive<String>,
    /// Who issued it, 1 to 200 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub issued_by: Option<Sensitive<String>>,
    /// The number on it, 1 to 64 characters. Sealed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub number: Option<Sensitive<String>>,
    /// The earlier version of the same document, whose place it takes once it is uploaded. The earlier one stays.
    #[serde(default)]
    pub supersedes_id: Option<DocumentId>,
}

impl Checked for DocumentBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::code("/kind", "document_kind", Some(&self.kind), errors);
        if !DOCUMENT_CLASSES.contains(&self.class) {
            errors.add("/class", FieldCode::NotInList);
        }
        rules::language("/language", self.language.as_deref(), errors);
        rules::sealed_text("/title", Some(&self.title), 200, errors);
        rules::sealed_text("/issued_by", self.issued_by.as_ref(), 200, errors);
        rules::sealed_text("/number", self.number.as_ref(), 64, errors);
    }
}

impl DocumentBody {
    fn into_addition(self) -> Addition {
        let words = Sensitive::new(DocumentWords::default())
            .with(Some(self.title), |words, title| words.title = title)
            .with(self.issued_by, |words, by| words.issued_by = Some(by))
            .with(self.number, |words, number| words.number = Some(number));
        Addition {
            id: self.id,
            kind: self.kind,
            class: self.class,
            language: self.language,
            issued_on: self.issued_on,
            words,
            supersedes_id: self.supersedes_id,
        }
    }
}

/// The operations on documents.
#[must_use]
pub fn table(table: Table) -> Table {
    contents(descriptions(table))
}

fn descriptions(table: Table) -> Table {
    let path = "/v1/cases/{id}/documents";
    table
        .op((Method::POST, path, "createDocument"), create, |o| {
            o.says(
                TAG,
                "Add a document to a case",
                "Says what a document is; then it is uploaded. Its class decides who is shown it: \
                 `case_restricted` those who coordinate the case, and before triage whoever registered it; \
                 `medical` the provider that treats and adds it; `investigation` the authority behind the \
                 wall that adds it (R8). 403 `not-permitted` for a class that the caller is not shown. With \
                 `supersedes_id` it takes the place of an earlier version, which stays (R13).",
            )
            .takes::<DocumentBody>(json!({
                "kind": "birth_certificate",
                "class": "case_restricted",
                "language": "fr",
                "issued_on": "2026-10-20",
                "title": "Birth certificate, a copy from the town hall",
                "issued_by": "Town hall of Bouaké",
                "number": "1181/2009"
            }))
            .creates::<DocumentView>()
        })
        .op((Method::GET, path, "listDocuments"), list, |o| {
            let why = "Shows the documents of which the caller may know, the newest first. Of one whose class \
                       the caller is not shown, that there is one.";
            o.says(TAG, "List the documents of a case", why).lists::<DocumentView>(&[])
        })
        .op((Method::GET, "/v1/cases/{id}/documents/{document_id}", "readDocument"), read, |o| {
            let why = "Shows what is known of a document; the document itself is at `content`.";
            o.says(TAG, "Read what a document is", why).shows::<DocumentView>()
        })
}

fn contents(table: Table) -> Table {
    let path = "/v1/cases/{id}/documents/{document_id}/content";
    table
        .op((Method::PUT, path, "uploadDocument"), upload, |o| {
            o.says(
                TAG,
                "Upload a document",
                "Takes the bytes as they are (`curl -T`), at most as many as `server.document_limit_bytes` \
                 allows (413): a PDF, a JPEG, a PNG or plain text in UTF-8. What it is, is seen by its first \
                 bytes, whatever `Content-Type` says (415 if it is none of these). Sealed under the \
                 person's key; a commitment to it stands in the trail. For the organisation that added it, once: \
                 then 409 `illegal-transition`, and a newer version supersedes it.",
            )
            .takes_also(&[("application/octet-stream", "%PDF-1.7 …")])
            .if_match()
            .shows::<DocumentView>()
        })
        .op((Method::GET, path, "readDocumentContent"), content, |o| {
            o.says(
                TAG,
                "Download a document",
                "Gives the bytes as they were uploaded, as an attachment: the service runs, renders and \
                 converts nothing. 403 `not-permitted` for a class that the caller is not shown, 409 \
                 `illegal-transition` before it was uploaded.",
            )
            .texts(MEDIA)
        })
}

fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &DocumentId,
) -> Stored<(Event, DocumentView)> {
    let (event, permit) = documents::open(reading, case, id)?;
    Ok((event, DocumentView::of(&permit, reading.actor()?)))
}

/// Adds a document.
async fn create(
    caller: Caller<CreateDocument>,
    case: PathId<CaseId>,
    body: Body<DocumentBody>,
) -> Result<Reply<DocumentView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, body.id.is_some())?;
    let addition = body.into_addition();
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| documents::add(tx, &case.0, &addition);
            once(tx, key.as_ref(), act, |reading, id| open(reading, &case.0, id))
        })
        .await?;
    Ok(Reply::created(view))
}

/// Shows what a document is.
async fn read(
    caller: Caller<ReadDocument>,
    ids: PathIds<CaseId, DocumentId>,
) -> Result<Reply<DocumentView>, Problem> {
    shown(caller, move |reading| open(reading, &ids.0, &ids.1)).await
}

/// Lists the documents of a case.
async fn list(
    caller: Caller<ReadDocument>,
    case: PathId<CaseId>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let belongs_to = case.0.to_string();
    let look =
        move |reading: &mut Reading<'_>, after: Option<(Instant, DocumentId)>, limit: RowLimit| {
            let (event, found) = documents::list(reading, &case.0, after, limit)?;
            let actor = reading.actor()?;
            Ok((event, found.map(|permit| DocumentView::of(&permit, actor))))
        };
    listed(caller, ("document.list", &belongs_to), query.0, look, |view: &DocumentView| {
        (view.created_at, view.id.clone())
    })
    .await
}

/// Keeps the document itself.
async fn upload(
    caller: Caller<UploadDocument>,
    ids: PathIds<CaseId, DocumentId>,
    version: IfMatch,
    bytes: Upload,
) -> Result<Reply<DocumentView>, Problem> {
    let sent = Sent::of(bytes.0);
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| {
                documents::upload(tx, (&ids.0, &ids.1, version.expected()), &sent)
            };
            once(tx, None, act, |reading, id| open(reading, &ids.0, id))
        })
        .await?;
    Ok(Reply::shown(view))
}

/// Hands the document itself out.
async fn content(
    caller: Caller<ReadDocumentContent>,
    ids: PathIds<CaseId, DocumentId>,
) -> Result<HttpResponse, Problem> {
    let id = ids.1.clone();
    let handed = caller
        .read(move |reading| {
            let (event, handed) = documents::hand_out(reading, &ids.0, &ids.1)?;
            Ok(reading.disclose(event, handed))
        })
        .await?;
    // A name from outside would tell the browser, and whoever looks at its list of downloads, what it is.
    let name = format!("attachment; filename=\"document-{id}.{}\"", handed.media.extension());
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, handed.media.media_type()))
        .insert_header((header::CONTENT_DISPOSITION, name))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(handed.bytes))
}
