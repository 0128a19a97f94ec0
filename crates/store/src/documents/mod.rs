//! Documents: each belongs to a case, and is decided about by itself, for its class says who is shown it.

mod writing;

use chrono::NaiveDate;
use diesel::prelude::*;
use refero_domain::{
    actor::Actor,
    document::{DocumentMedia, DocumentState, DocumentWords},
    id::{CaseId, DocumentId, DocumentKindTag, Kind as _, OrganisationId, PersonId, UserId},
    instant::Instant,
    machine::{Machine, State},
    policy::{
        self, Action, CaseFacts, Class, CreateDocument, DocumentFacts, Permit, ReadCase,
        ReadDocument, ReadDocumentContent, Scope, UploadDocument,
    },
    refusal::{Refusal, Standing},
    sensitive::Sensitive,
};

pub use self::writing::{NewDocument, Uploaded, insert, supersede, upload};
use crate::{
    cases::{self, CaseRow, expect_version},
    columns::day,
    error::{Error, Refused, Result},
    people::{Slot, commit, unseal, unseal_bytes},
    proceedings::denied,
    rows::{RowLimit, Rows, newest_first},
    schema::{document_contents as contents, documents, referrals},
    scope,
    sealing::Place,
    unit::Reading,
};

const WORDS: Place = Place { table: "documents", column: "sealed" };
const CONTENT: Place = Place { table: "document_contents", column: "sealed" };

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = documents)]
struct Stored {
    id: DocumentId,
    case_id: CaseId,
    state: State<DocumentState>,
    kind: String,
    class: Class,
    language: Option<String>,
    issued_on: Option<String>,
    sealed: Option<Vec<u8>>,
    supersedes_id: Option<DocumentId>,
    organisation_id: OrganisationId,
    media: Option<DocumentMedia>,
    size_bytes: Option<i64>,
    digest: Option<String>,
    uploaded_by: Option<UserId>,
    uploaded_at: Option<Instant>,
    created_by: UserId,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

/// The document itself, as far as it is known from outside.
#[derive(Debug, Clone)]
pub struct File {
    /// What it is made of.
    pub media: DocumentMedia,
    /// How long it is.
    pub size_bytes: i64,
    /// Its SHA-256, in hexadecimal digits.
    pub digest: String,
    /// Who uploaded it.
    pub uploaded_by: UserId,
    /// When.
    pub uploaded_at: Instant,
}

/// A document of a case.
#[derive(Debug)]
pub struct Document {
    /// The document.
    pub id: DocumentId,
    /// The case it belongs to.
    pub case_id: CaseId,
    /// Where it stands; changes through its machine only.
    pub state: State<DocumentState>,
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
    /// The organisation that added it.
    pub organisation_id: OrganisationId,
    /// What was uploaded.
    pub file: Option<File>,
    /// Who added it.
    pub created_by: UserId,
    /// For the ETag.
    pub version: i64,
    /// When it was added.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

/// A document with whom it is about, and the facts on which access was decided.
#[derive(Debug)]
pub struct DocumentRow {
    /// The document.
    pub document: Document,
    /// The facts, for `allowed_actions`.
    pub facts: DocumentFacts,
    person_id: PersonId,
}

impl DocumentRow {
    /// Says how a refused act names this document in the answer and the trail.
    #[must_use]
    pub fn refused(&self, refusal: Refusal, actor: &Actor) -> Error {
        Error::Refused(Box::new(Refused {
            refusal,
            standing: Some(Standing::Document(self.document.state.get())),
            allowed_actions: self.allowed_actions(actor),
            object: Some((DocumentKindTag::NAME, self.document.id.as_str().to_owned())),
            case_id: Some(self.document.case_id.clone()),
        }))
    }

    /// Returns what this caller could do now.
    #[must_use]
    pub fn allowed_actions(&self, actor: &Actor) -> Vec<&'static str> {
        let awaits = self.document.state.get() == DocumentState::INITIAL;
        // Who added it uploads it.
        let is_theirs = self.document.organisation_id == actor.organisation_id;
        let may = policy::may(UploadDocument::NAME, actor, &self.facts);
        (awaits && is_theirs && may).then_some("upload").into_iter().collect()
    }

    /// Says which document is written, at which version.
    #[must_use]
    pub fn target(&self) -> Target {
        Target {
            id: self.document.id.clone(),
            case_id: self.document.case_id.clone(),
            version: self.document.version,
            person_id: self.person_id.clone(),
        }
    }

    /// Refuses to go on if somebody else was faster.
    ///
    /// # Errors
    /// [`Refusal::Stale`] with the present version.
    pub fn expect_version(&self, expected: Option<i64>) -> Result<()> {
        expect_version(self.document.version, expected)
    }
}

/// Which document is written, at which version.
#[derive(Debug)]
pub struct Target {
    id: DocumentId,
    case_id: CaseId,
    version: i64,
    person_id: PersonId,
}

fn opened(
    reading: &mut Reading<'_>,
    stored: Stored,
    person_id: PersonId,
    facts: DocumentFacts,
) -> Result<DocumentRow> {
    let slot = Slot { place: WORDS, row: stored.id.as_str(), person: &person_id };
    let words = match &stored.sealed {
        None => Sensitive::default(),
        Some(sealed) => unseal(reading, &slot, sealed)?,
    };
    let uploaded = stored.uploaded_by.zip(stored.uploaded_at);
    let known = stored.media.zip(stored.size_bytes).zip(stored.digest);
    let file =
        known.zip(uploaded).map(|(((media, size_bytes), digest), (uploaded_by, uploaded_at))| {
            File { media, size_bytes, digest, uploaded_by, uploaded_at }
        });
    let document = Document {
        words,
        file,
        issued_on: stored.issued_on.as_deref().map(day).transpose()?,
        id: stored.id,
        case_id: stored.case_id,
        state: stored.state,
        kind: stored.kind,
        class: stored.class,
        language: stored.language,
        supersedes_id: stored.supersedes_id,
        organisation_id: stored.organisation_id,
        created_by: stored.created_by,
        version: stored.version,
        created_at: stored.created_at,
        updated_at: stored.updated_at,
    };
    Ok(DocumentRow { document, facts, person_id })
}

/// Reads whether the actor's organisation has answered a referral of a case.
fn answered_here(reading: &mut Reading<'_>, case: &CaseId) -> Result<bool> {
    let here = reading.actor()?.organisation_id.clone();
    let answered: i64 = referrals::table
        .filter(referrals::case_id.eq(case))
        .filter(referrals::organisation_id.eq(here))
        .filter(referrals::answered_at.is_not_null())
        .count()
        .get_result(reading.conn)?;
    Ok(answered > 0)
}

fn facts_of(case: CaseFacts, stored: &Stored, answered_here: bool) -> DocumentFacts {
    let organisation_id = stored.organisation_id.clone();
    DocumentFacts { class: stored.class, organisation_id, answered_here, case }
}

/// Fetches a document of a case for an action.
///
/// # Errors
/// [`Refusal::NotFound`] if the case has no such document, or it may not be known.
pub fn fetch<A: Action>(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &DocumentId,
) -> Result<Permit<A, DocumentRow>> {
    let found: Option<Stored> = documents::table
        .filter(documents::id.eq(id))
        .filter(documents::case_id.eq(case))
        .select(Stored::as_select())
        .first(reading.conn)
        .optional()?;
    let stored = found.ok_or_else(|| denied(Refusal::NotFound, id))?;
    let actor = reading.actor()?.clone();
    let of = cases::named(reading, vec![case.clone()])?.pop().ok_or(Refusal::NotFound)?;
    let answered = answered_here(reading, case)?;
    let facts = facts_of(of.facts, &stored, answered);
    policy::decide::<A, _>(&actor, &facts, ())
        .map_err(|denial| denied(Error::from(denial).refusal().unwrap_or(Refusal::NotFound), id))?;
    let row = opened(reading, stored, of.person.id, facts.clone())?;
    policy::decide::<A, _>(&actor, &facts, row).map_err(Error::from)
}

/// Commits to a document by the digest of it, for the trail.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn commitment<A: Action>(
    reading: &mut Reading<'_>,
    permit: &Permit<A, DocumentRow>,
    digest: &str,
) -> Result<[u8; 32]> {
    let DocumentRow { document, person_id, .. } = permit.row();
    let slot = Slot { place: CONTENT, row: document.id.as_str(), person: person_id };
    commit(reading, &slot, digest.as_bytes())
}

/// Lists the documents of a case in a scope, the newest first, each with its own permit.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn page(
    reading: &mut Reading<'_>,
    scope: &Scope<ReadDocument>,
    case: &CaseId,
    after: Option<(Instant, DocumentId)>,
    limit: RowLimit,
) -> Result<Rows<Permit<ReadDocument, DocumentRow>>> {
    let actor = reading.actor()?.clone();
    let query = documents::table
        .filter(documents::case_id.eq(case))
        .filter(scope::documents_in(scope, &actor))
        .select(Stored::as_select())
        .into_boxed();
    let rows: Vec<Stored> =
        newest_first!(query, (documents::created_at, documents::id), after, limit)
            .load(reading.conn)?;
    let of = cases::named(reading, vec![case.clone()])?.pop().ok_or(Refusal::NotFound)?;
    let answered = answered_here(reading, case)?;
    limit.cut(rows).try_map(|stored| {
        let facts = facts_of(of.facts.clone(), &stored, answered);
        let row = opened(reading, stored, of.person.id.clone(), facts.clone())?;
        policy::decide::<ReadDocument, _>(&actor, &facts, row)
            .map_err(|_| Error::broken("a list showed a document that may not be read"))
    })
}

/// Fetches a case for somebody who adds a document of some class.
///
/// # Errors
/// [`Refusal::NotFound`] if the case may not be known, [`Refusal::NotPermitted`] if it may, and this not be done.
pub fn case_for(
    reading: &mut Reading<'_>,
    case: &CaseId,
    class: Class,
) -> Result<Permit<CreateDocument, CaseRow>> {
    let actor = reading.actor()?.clone();
    let found = cases::named(reading, vec![case.clone()])?.pop().ok_or(Refusal::NotFound)?;
    let facts = DocumentFacts {
        class,
        organisation_id: actor.organisation_id.clone(),
        answered_here: false,
        case: found.facts.clone(),
    };
    let case = found.facts.clone();
    match policy::decide::<CreateDocument, _>(&actor, &facts, found) {
        Ok(permit) if permit.may_see(class) => Ok(permit),
        Err(policy::Denial::Erased) => Err(Refusal::Erased.into()),
        _ if policy::may(ReadCase::NAME, &actor, &case) => Err(Refusal::NotPermitted.into()),
        _ => Err(Refusal::NotFound.into()),
    }
}

/// Opens the document itself.
///
/// # Errors
/// [`Refusal::NotFound`] if nothing was uploaded.
pub fn content(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadDocumentContent, DocumentRow>,
) -> Result<Sensitive<Vec<u8>>> {
    let DocumentRow { document, person_id, .. } = permit.row();
    let sealed: Vec<u8> =
        contents::table.find(&document.id).select(contents::sealed).first(reading.conn)?;
    let slot = Slot { place: CONTENT, row: document.id.as_str(), person: person_id };
    unseal_bytes(reading, &slot, &sealed)
}
