//! The documents of the case, named one by one: each is handed over beside the copy, as it is.

use refero_domain::{
    id::CaseId,
    policy::{self, Permit, ReadDocument},
};
use refero_store::{
    Error, Result,
    documents::{self, DocumentRow},
    unit::Reading,
};

use super::{all, bureau::PAGE, copy::Field};

/// Gathers the documents, each under the permit that shows it.
pub(super) fn of_case(reading: &mut Reading<'_>, case: &CaseId) -> Result<Vec<Vec<Field>>> {
    let scope = policy::scope::<ReadDocument>(reading.actor()?).map_err(Error::from)?;
    let found = all(
        |after| documents::page(reading, &scope, case, after, PAGE),
        |permit: &Permit<ReadDocument, DocumentRow>| {
            let document = &permit.row().document;
            (document.created_at, document.id.clone())
        },
    )?;
    Ok(found.iter().map(fields).collect())
}

fn fields(permit: &Permit<ReadDocument, DocumentRow>) -> Vec<Field> {
    let document = &permit.row().document;
    let id = document.id.as_str();
    // Of a class that is another holder's, that there is one: what it is stands in that holder's part.
    let words = document.words.reveal(permit, document.class).ok().cloned();
    let (title, rest) = words.map(|words| (words.title, (words.issued_by, words.number))).unzip();
    let (issued_by, number) = rest.unwrap_or_default();
    let file = document.file.as_ref();
    vec![
        Field::words("documents.sealed/title", ("document_title", id), title),
        Field::words("documents.sealed/issued_by", ("document_issuer", id), issued_by),
        Field::words("documents.sealed/number", ("document_number", id), number),
        Field::code("documents.kind", "document_kind", Some(&document.kind)),
        Field::code("documents.class", "confidentiality_level", Some(document.class.code())),
        Field::code("documents.state", "document_state", Some(document.state.get().code())),
        Field::plain("documents.language", document.language.clone()),
        Field::day("documents.issued_on", document.issued_on),
        Field::organisation("documents.organisation_id", Some(&document.organisation_id)),
        Field::code("documents.media", "document_media", file.map(|file| file.media.code())),
        Field::plain("documents.size_bytes", file.map(|file| file.size_bytes.to_string())),
        Field::by("documents.uploaded_by", file.map(|file| &file.uploaded_by)),
        Field::moment("documents.uploaded_at", file.map(|file| file.uploaded_at)),
        Field::by("documents.created_by", Some(&document.created_by)),
        Field::moment("documents.created_at", Some(document.created_at)),
    ]
}
