//! Notes on a case, and what happened on it.

use actix_web::Responder;
use refero_domain::{
    event::Event,
    id::{CaseId, NoteId, UserId},
    instant::Instant,
    policy::{Class, CreateNote, Permit, ReadNote, ReadTimeline},
    sensitive::Sensitive,
};
use refero_store::{
    Result as Stored,
    cases::CaseRow,
    notes::Note,
    rows::RowLimit,
    timeline::Happening,
    unit::{Reading, Tx},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    api::{
        caller::Caller,
        extract::{Body, Checked, PathId, PathIds, Query},
        problem::{FieldErrors, Problem},
        reply::{Reply, Representation},
        v1::{
            Links, PageQuery, once,
            parts::{listed, shown},
            rules,
        },
    },
    service::notes,
};

/// A note on a case. Notes are never changed; a correction is a note of its own (R13).
#[derive(Serialize, ToSchema)]
pub struct NoteView {
    /// The note.
    pub id: NoteId,
    /// The case.
    pub case_id: CaseId,
    /// Always `recorded`: a note is never changed.
    pub state: NoteState,
    /// Always 1: a note is never changed.
    pub version: i64,
    /// What it says; null if it is withheld.
    pub text: Option<String>,
    /// Who wrote it.
    pub author_id: UserId,
    /// The note that it corrects.
    pub corrects_id: Option<NoteId>,
    /// When it was written.
    pub created_at: Instant,
    /// Always empty: a note is never changed.
    #[schema(value_type = Vec<String>)]
    pub allowed_actions: [&'static str; 0],
    /// Classes of data that exist and are not shown.
    pub withheld: Vec<Class>,
    /// Where to go from here.
    pub links: Links,
}

/// Where a note stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoteState {
    /// It was written, and stays as it is (R13).
    Recorded,
}

impl NoteView {
    fn of(permit: &Permit<ReadNote, CaseRow>, note: &Note) -> Self {
        let base = format!("/v1/cases/{}", note.case_id);
        let text = note.text.reveal(permit, Class::CaseRestricted).ok().cloned();
        Self {
            id: note.id.clone(),
            case_id: note.case_id.clone(),
            state: NoteState::Recorded,
            version: 1,
            withheld: text.is_none().then_some(Class::CaseRestricted).into_iter().collect(),
            text,
            author_id: note.author_id.clone(),
            corrects_id: note.corrects_id.clone(),
            created_at: note.created_at,
            allowed_actions: [],
            links: Links::to("self", format!("{base}/notes/{}", note.id)).and("case", base),
        }
    }
}

impl Representation for NoteView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/cases/{}/notes/{}", self.case_id, self.id)
    }
}

/// A note, or the correction of one.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteBody {
    /// The client's own identifier (UUIDv4).
    #[serde(default)]
    pub id: Option<NoteId>,
    /// What it says, 1 to 20,000 characters. Sealed.
    #[schema(value_type = String)]
    pub text: Sensitive<String>,
    /// The note that it corrects.
    #[serde(default)]
    pub corrects_id: Option<NoteId>,
}

impl Checked for NoteBody {
    fn check(&self, errors: &mut FieldErrors) {
        rules::sealed_text("/text", Some(&self.text), 20_000, errors);
    }
}

fn open(reading: &mut Reading<'_>, case: &CaseId, id: &NoteId) -> Stored<(Event, NoteView)> {
    let (event, permit, note) = notes::open_note(reading, case, id)?;
    Ok((event, NoteView::of(&permit, &note)))
}

/// Writes a note.
pub(super) async fn create(
    caller: Caller<CreateNote>,
    case: PathId<CaseId>,
    body: Body<NoteBody>,
) -> Result<Reply<NoteView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, body.id.is_some())?;
    let view = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| {
                let corrects = body.corrects_id.as_ref();
                notes::create_note(tx, &case.0, body.id.clone(), &body.text, corrects)
            };
            once(tx, key.as_ref(), act, |reading, id| open(reading, &case.0, id))
        })
        .await?;
    Ok(Reply::created(view))
}

/// Shows a note.
pub(super) async fn read(
    caller: Caller<ReadNote>,
    ids: PathIds<CaseId, NoteId>,
) -> Result<Reply<NoteView>, Problem> {
    shown(caller, move |reading| open(reading, &ids.0, &ids.1)).await
}

/// Lists the notes of a case.
pub(super) async fn list(
    caller: Caller<ReadNote>,
    case: PathId<CaseId>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let belongs_to = case.0.to_string();
    let look =
        move |reading: &mut Reading<'_>, after: Option<(Instant, NoteId)>, limit: RowLimit| {
            let (event, permit, found) = notes::list_notes(reading, &case.0, after, limit)?;
            let views = found.map(|note| NoteView::of(&permit, &note));
            Ok((event, views))
        };
    listed(caller, ("note.list", &belongs_to), query.0, look, |view: &NoteView| {
        (view.created_at, view.id.clone())
    })
    .await
}

/// One thing that happened on a case.
#[derive(Serialize, ToSchema)]
pub struct TimelineEntry {
    /// The place in the case's chain of events, from 1.
    pub seq: i64,
    /// When.
    pub at: Instant,
    /// What was done.
    pub action: String,
    /// To what kind of thing.
    pub object_type: Option<String>,
    /// To which one.
    pub object_id: Option<String>,
    /// By whom.
    pub actor_id: Option<String>,
    /// In which organisation.
    pub organisation_id: Option<String>,
    /// Acting in which roles.
    pub actor_roles: Vec<String>,
}

impl TimelineEntry {
    fn of(happening: &Happening) -> Stored<Self> {
        Ok(Self {
            seq: happening.seq(),
            at: happening.at,
            action: happening.action.clone(),
            object_type: happening.object_type.clone(),
            object_id: happening.object_id.clone(),
            actor_id: happening.actor_id.clone(),
            organisation_id: happening.organisation_id.clone(),
            actor_roles: happening.actor_roles.get()?,
        })
    }
}

/// Tells what happened on a case.
pub(super) async fn timeline(
    caller: Caller<ReadTimeline>,
    case: PathId<CaseId>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let belongs_to = case.0.to_string();
    let look = move |reading: &mut Reading<'_>, before: Option<i64>, limit: RowLimit| {
        let (event, found) = notes::timeline(reading, &case.0, before, limit)?;
        let entries = found.try_map(|happening| TimelineEntry::of(&happening))?;
        Ok((event, entries))
    };
    listed(caller, ("timeline.read", &belongs_to), query.0, look, |entry: &TimelineEntry| entry.seq)
        .await
}
