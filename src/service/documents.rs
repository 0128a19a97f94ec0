//! Documents of a dossier: named, uploaded, superseded, handed out.

use chrono::NaiveDate;
use data_encoding::HEXLOWER;
use refero_domain::{
    dates,
    document::{DocumentAct, DocumentMedia, DocumentWords},
    event::{Event, Operation},
    id::{CaseId, DocumentId},
    instant::Instant,
    policy::{
        self, Action, Class, Permit, ReadCase, ReadDocument, ReadDocumentContent, UploadDocument,
    },
    refusal::Refusal,
    sensitive::Sensitive,
};
use refero_store::{
    Error, Result, cases,
    documents::{self, Document, DocumentRow, NewDocument, Uploaded},
    rows::{RowLimit, Rows},
    unit::{Audited, Reading, Tx},
};
use sha2::{Digest as _, Sha256};

use super::{already_known, referred_to};

/// A document as it is added.
#[derive(Debug, Clone)]
pub struct Addition {
    /// The identifier that the client chose.
    pub id: Option<DocumentId>,
    /// A code of `document_kind`.
    pub kind: String,
    /// Of which class of data it is.
    pub class: Class,
    /// The language that it is written in: ISO 639.
    pub language: Option<String>,
    /// The day on which it was issued.
    pub issued_on: Option<NaiveDate>,
    /// What it is called, who issued it, the number on it.
    pub words: Sensitive<DocumentWords>,
    /// The earlier version of it.
    pub supersedes_id: Option<DocumentId>,
}

impl Addition {
    fn is_that_of(&self, known: &Document) -> bool {
        known.kind == self.kind
            && known.class == self.class
            && known.language == self.language
            && known.issued_on == self.issued_on
            && known.words == self.words
            && known.supersedes_id == self.supersedes_id
    }
}

/// What somebody sends as the document itself.
#[derive(Debug, Clone)]
pub struct Sent {
    media: Option<DocumentMedia>,
    size_bytes: i64,
    digest: String,
    bytes: Sensitive<Vec<u8>>,
}

impl Sent {
    /// Takes bytes into protection, once it is known what they are.
    #[must_use]
    pub fn of(bytes: Vec<u8>) -> Self {
        Self {
            media: DocumentMedia::of(&bytes),
            size_bytes: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
            digest: HEXLOWER.encode(&Sha256::digest(&bytes)),
            bytes: Sensitive::new(bytes),
        }
    }
}

/// Insists that whoever keeps a document is shown its class of data.
fn expect_class<A: Action>(permit: &Permit<A, DocumentRow>) -> Result<()> {
    let class = permit.row().document.class;
    if permit.may_see(class) { Ok(()) } else { Err(Refusal::NotPermitted.into()) }
}

/// Fetches a document to show it, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`] if the case has no such document, or it may not be known.
///
/// # Audit
/// `document.read`
pub fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &DocumentId,
) -> Result<(Event, Permit<ReadDocument, DocumentRow>)> {
    let permit = documents::fetch::<ReadDocument>(reading, case, id)?;
    let version = permit.row().document.version;
    let event = Event::under(Operation::Read, &permit).on(id, version).in_case(case);
    Ok((event, permit))
}

/// Lists the documents of a case, the newest first: those alone that the caller may know of.
///
/// # Errors
/// [`Refusal::NotFound`] if the case is not there or may not be known.
///
/// # Audit
/// `document.read` with the ids shown.
pub fn list(
    reading: &mut Reading<'_>,
    case: &CaseId,
    after: Option<(Instant, DocumentId)>,
    limit: RowLimit,
) -> Result<(Event, Rows<Permit<ReadDocument, DocumentRow>>)> {
    let known = cases::fetch::<ReadCase>(reading, case)?;
    let scope = policy::scope::<ReadDocument>(reading.actor()?).map_err(Error::from)?;
    let found = documents::page(reading, &scope, case, after, limit)?;
    let event = Event {
        permitted_by: Some(known.permitted_by().name()),
        ..Event::of::<ReadDocument>(Operation::Read)
    };
    let event = event.in_case(case).showing(found.iter().map(|one| &one.row().document.id));
    Ok((event, found))
}

/// Adds a document; it is uploaded afterwards. The same under the client's own identifier is the same.
///
/// # Errors
/// [`Refusal::NotPermitted`] for a class of data that the caller is not shown, [`Refusal::ReferenceUnknown`]
/// for an earlier version that the case does not have, [`Refusal::Inconsistent`] for one of another class,
/// [`Refusal::ImpossibleDate`], [`Refusal::IdTaken`].
///
/// # Audit
/// `document.create`
pub fn add(tx: &mut Tx<'_>, case: &CaseId, addition: &Addition) -> Result<Audited<DocumentId>> {
    let permit = documents::case_for(tx, case, addition.class)?;
    if let Some(id) = &addition.id {
        let by = tx.actor()?.user_id.clone();
        let known = already_known(documents::fetch::<ReadDocument>(tx, case, id), |known| {
            let known = &known.row().document;
            Ok(known.created_by == by && addition.is_that_of(known))
        })?;
        if let Some(known) = known {
            let version = known.row().document.version;
            let event = Event::under(Operation::Read, &known).on(id, version).in_case(case);
            return tx.record(&event, id.clone());
        }
    }
    if let Some(day) = addition.issued_on {
        dates::check_past(day, tx.now()).map_err(|fault| fault.at("/issued_on"))?;
    }
    if let Some(earlier) = &addition.supersedes_id {
        let earlier = documents::fetch::<UploadDocument>(tx, case, earlier);
        let earlier = referred_to(earlier, "/supersedes_id")?;
        if earlier.row().document.class != addition.class {
            return Err(Refusal::Inconsistent { pointer: "/class" }.into());
        }
    }
    let new = NewDocument {
        id: addition.id.clone().unwrap_or_else(|| tx.new_id()),
        kind: addition.kind.clone(),
        class: addition.class,
        language: addition.language.clone(),
        issued_on: addition.issued_on,
        words: addition.words.clone(),
        supersedes_id: addition.supersedes_id.clone(),
    };
    documents::insert(tx, &permit, &new)?;
    let event = Event::under(Operation::Create, &permit).on(&new.id, 1).in_case(case);
    tx.record(&event.fields(["kind", "class", "title"]), new.id)
}

/// Keeps the document itself, once; an earlier version that it supersedes stays (R13).
///
/// # Errors
/// [`Refusal::IllegalTransition`] if it was uploaded, or another has superseded the earlier version;
/// [`Refusal::UnsupportedContent`], [`Refusal::NotPermitted`] for whoever did not add it, [`Refusal::Stale`].
///
/// # Audit
/// `document.upload` with a commitment to it; and of the earlier version.
pub fn upload(
    tx: &mut Tx<'_>,
    (case, id, expected): (&CaseId, &DocumentId, Option<i64>),
    sent: &Sent,
) -> Result<Audited<DocumentId>> {
    let permit = documents::fetch::<UploadDocument>(tx, case, id)?;
    permit.row().expect_version(expected)?;
    expect_class(&permit)?;
    if permit.row().document.organisation_id != tx.actor()?.organisation_id {
        return Err(Refusal::NotPermitted.into());
    }
    let media = sent.media.ok_or(Refusal::UnsupportedContent)?;
    let illegal = permit.row().refused(Refusal::IllegalTransition, tx.actor()?);
    let target = permit.row().target();
    let proof = documents::commitment(tx, &permit, &sent.digest)?;
    let (DocumentRow { document, .. }, permit) = permit.into_parts();
    let moved = document.state.step(DocumentAct::Upload).map_err(|_| illegal)?;
    if let Some(earlier) = &document.supersedes_id {
        supersede(tx, case, earlier)?;
    }
    let Sent { size_bytes, digest, bytes, .. } = sent.clone();
    let uploaded = Uploaded { media, size_bytes, digest, bytes };
    let version = documents::upload(tx, &permit, &target, &moved, &uploaded)?;
    let event = Event::under(Operation::Update, &permit).on(id, version).in_case(case);
    tx.record(&event.fields(["content"]).of_content(&HEXLOWER.encode(&proof)), id.clone())
}

fn supersede(tx: &mut Tx<'_>, case: &CaseId, id: &DocumentId) -> Result<()> {
    let permit = documents::fetch::<UploadDocument>(tx, case, id)?;
    let illegal = permit.row().refused(Refusal::IllegalTransition, tx.actor()?);
    let target = permit.row().target();
    let (DocumentRow { document, .. }, permit) = permit.into_parts();
    let moved = document.state.step(DocumentAct::Supersede).map_err(|_| illegal)?;
    let version = documents::supersede(tx, &permit, &target, &moved)?;
    let event = Event::under(Operation::Update, &permit).on(id, version).in_case(case);
    tx.note(&event.fields(["state"]))
}

/// The document itself, on its way out.
pub struct Handed {
    /// What it is made of.
    pub media: DocumentMedia,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Opens the document itself, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`] if it may not be known, [`Refusal::NotPermitted`] for a class of data that the caller
/// is not shown, [`Refusal::IllegalTransition`] before it was uploaded.
///
/// # Audit
/// `document.read-content` with a commitment to it.
pub fn hand_out(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &DocumentId,
) -> Result<(Event, Handed)> {
    let permit = documents::fetch::<ReadDocumentContent>(reading, case, id)?;
    expect_class(&permit)?;
    let document = &permit.row().document;
    let Some(file) = document.file.clone() else {
        return Err(permit.row().refused(Refusal::IllegalTransition, reading.actor()?));
    };
    let event = Event::under(Operation::Read, &permit).on(id, document.version).in_case(case);
    let proof = documents::commitment(reading, &permit, &file.digest)?;
    let event = event.fields(["content"]).of_content(&HEXLOWER.encode(&proof));
    let class = document.class;
    let content = documents::content(reading, &permit)?;
    let bytes = content.reveal(&permit, class).map_err(|_| Refusal::NotPermitted)?.clone();
    Ok((event, Handed { media: file.media, bytes }))
}
