//! How a document is added, uploaded and superseded.

use chrono::NaiveDate;
use diesel::prelude::*;
use refero_domain::{
    document::{DocumentMedia, DocumentState, DocumentWords},
    id::DocumentId,
    machine::{Machine, Moved},
    policy::{Class, CreateDocument, Permit, UploadDocument},
    refusal::Refusal,
    sensitive::Sensitive,
};

use super::{CONTENT, Target, WORDS};
use crate::{
    cases::CaseRow,
    error::Result,
    people::{Slot, seal, seal_bytes},
    schema::{document_contents as contents, documents},
    unit::Tx,
};

/// A document that is added.
#[derive(Debug)]
pub struct NewDocument {
    /// The document.
    pub id: DocumentId,
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

/// Adds a document, before it is uploaded.
///
/// # Errors
/// [`Refusal::IdTaken`] if the identifier is in use.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<CreateDocument, CaseRow>,
    new: &NewDocument,
) -> Result<()> {
    let CaseRow { case, person, .. } = permit.row();
    tx.changes(&case.id);
    let slot = Slot { place: WORDS, row: new.id.as_str(), person: &person.id };
    let sealed = seal(tx, slot, &new.words)?;
    let (by, organisation) = {
        let actor = tx.actor()?;
        (actor.user_id.clone(), actor.organisation_id.clone())
    };
    let now = tx.now();
    diesel::insert_into(documents::table)
        .values((
            documents::id.eq(&new.id),
            documents::case_id.eq(&case.id),
            documents::state.eq(DocumentState::INITIAL),
            documents::kind.eq(&new.kind),
            documents::class.eq(new.class),
            documents::language.eq(&new.language),
            documents::issued_on.eq(new.issued_on.map(|day| day.to_string())),
            documents::sealed.eq(Some(sealed)),
            documents::supersedes_id.eq(&new.supersedes_id),
            documents::organisation_id.eq(organisation),
            documents::created_by.eq(by),
            documents::version.eq(1),
            documents::created_at.eq(now),
            documents::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// What was uploaded.
#[derive(Debug, Clone)]
pub struct Uploaded {
    /// What it is made of.
    pub media: DocumentMedia,
    /// How long it is.
    pub size_bytes: i64,
    /// Its SHA-256, in hexadecimal digits.
    pub digest: String,
    /// The document itself.
    pub bytes: Sensitive<Vec<u8>>,
}

/// Keeps the document itself. Returns the new version.
///
/// # Errors
/// [`Refusal::Stale`] if somebody was faster.
pub fn upload(
    tx: &mut Tx<'_>,
    _permit: &Permit<UploadDocument, ()>,
    target: &Target,
    moved: &Moved<DocumentState>,
    uploaded: &Uploaded,
) -> Result<i64> {
    tx.changes(&target.case_id);
    let slot = Slot { place: CONTENT, row: target.id.as_str(), person: &target.person_id };
    let sealed = seal_bytes(tx, slot, &uploaded.bytes)?;
    let by = tx.actor()?.user_id.clone();
    let (now, next) = (tx.now(), target.version.saturating_add(1));
    let saved = diesel::update(documents::table.find(&target.id))
        .filter(documents::version.eq(target.version))
        .filter(documents::state.eq(moved.from()))
        .set((
            documents::state.eq(moved.to()),
            documents::media.eq(Some(uploaded.media)),
            documents::size_bytes.eq(Some(uploaded.size_bytes)),
            documents::digest.eq(Some(&uploaded.digest)),
            documents::uploaded_by.eq(Some(by)),
            documents::uploaded_at.eq(Some(now)),
            documents::version.eq(next),
            documents::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    if saved != 1 {
        return Err(Refusal::Stale { current: next }.into());
    }
    diesel::insert_into(contents::table)
        .values((
            contents::document_id.eq(&target.id),
            contents::case_id.eq(&target.case_id),
            contents::sealed.eq(sealed),
        ))
        .execute(tx.conn)?;
    Ok(next)
}

/// Says that a newer version took the place of a document, which stays (R13). Returns the new version.
///
/// # Errors
/// [`Refusal::Stale`] if somebody was faster.
pub fn supersede(
    tx: &mut Tx<'_>,
    _permit: &Permit<UploadDocument, ()>,
    target: &Target,
    moved: &Moved<DocumentState>,
) -> Result<i64> {
    tx.changes(&target.case_id);
    let next = target.version.saturating_add(1);
    let saved = diesel::update(documents::table.find(&target.id))
        .filter(documents::version.eq(target.version))
        .filter(documents::state.eq(moved.from()))
        .set((
            documents::state.eq(moved.to()),
            documents::version.eq(next),
            documents::updated_at.eq(tx.now()),
        ))
        .execute(tx.conn)?;
    if saved == 1 { Ok(next) } else { Err(Refusal::Stale { current: next }.into()) }
}
