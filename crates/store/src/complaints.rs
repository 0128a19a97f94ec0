//! Complaints and feedback: each belongs to a case, and is found only by who is independent of it.

use chrono::NaiveDate;
use diesel::prelude::*;
use refero_domain::{
    actor::Actor,
    complaint::{
        ComplaintAct, ComplaintChannel, ComplaintKind, ComplaintState, ComplaintSubject,
        ComplaintWords, is_independent,
    },
    id::{CaseId, ComplaintId, ComplaintKindTag, Kind, OrganisationId, PersonId, UserId},
    instant::Instant,
    machine::{Machine, Moved, State},
    policy::{self, Action, Changes, Permit, ReadComplaint, ReceiveComplaint},
    refusal::{Refusal, Standing},
    sensitive::Sensitive,
};

use crate::{
    cases::{CaseRow, expect_version},
    error::{Error, Refused, Result},
    people::{Slot, seal, unseal},
    plans::day,
    rows::{RowLimit, Rows, newest_first},
    schema::complaints,
    sealing::Place,
    unit::{Reading, Tx},
};

const WORDS: Place = Place { table: "complaints", column: "sealed" };

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = complaints)]
struct Stored {
    id: ComplaintId,
    case_id: CaseId,
    state: State<ComplaintState>,
    kind: ComplaintKind,
    subject: ComplaintSubject,
    channel: ComplaintChannel,
    about_organisation_id: Option<OrganisationId>,
    received_on: String,
    sealed: Option<Vec<u8>>,
    recorded_by: UserId,
    examined_by: Option<UserId>,
    concluded_by: Option<UserId>,
    concluded_at: Option<Instant>,
    answered_on: Option<String>,
    answer_language: Option<String>,
    answer_interpreter: Option<bool>,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

/// What was said, as it was received.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// What kind of thing was said.
    pub kind: ComplaintKind,
    /// What it is about.
    pub subject: ComplaintSubject,
    /// How it was received.
    pub channel: ComplaintChannel,
    /// Which organisation it is about.
    pub about_organisation_id: Option<OrganisationId>,
    /// On which day.
    pub received_on: NaiveDate,
}

/// What the person was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// On which day.
    pub on: NaiveDate,
    /// In which language, as an ISO 639 code.
    pub language: String,
    /// Whether an interpreter helped.
    pub interpreter: bool,
}

/// A complaint.
#[derive(Debug)]
pub struct Complaint {
    /// The complaint.
    pub id: ComplaintId,
    /// The case it belongs to.
    pub case_id: CaseId,
    /// Where it stands; changes through its machine only.
    pub state: State<ComplaintState>,
    /// What was said.
    pub heard: Heard,
    /// The words, the findings, the answer.
    pub words: Sensitive<ComplaintWords>,
    /// Who wrote it down.
    pub recorded_by: UserId,
    /// Who examines it.
    pub examined_by: Option<UserId>,
    /// Who concluded.
    pub concluded_by: Option<UserId>,
    /// When.
    pub concluded_at: Option<Instant>,
    /// What the person was told.
    pub answered: Option<Answered>,
    /// For the ETag.
    pub version: i64,
    /// When it was written down.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

impl Complaint {
    /// Refuses to go on if somebody else was faster.
    ///
    /// # Errors
    /// [`Refusal::Stale`] with the present version.
    pub fn expect_version(&self, expected: Option<i64>) -> Result<()> {
        expect_version(self.version, expected)
    }

    /// Returns what this caller could do with it now.
    #[must_use]
    pub fn allowed_actions(&self, row: &CaseRow, actor: &Actor) -> Vec<&'static str> {
        let mut actions: Vec<_> = self.state.get().acts().map(ComplaintAct::code).collect();
        actions.dedup();
        actions.retain(|act| policy::may(&format!("complaint.{act}"), actor, &row.facts));
        actions
    }

    /// Says how a refused act names this complaint in the answer and the trail.
    #[must_use]
    pub fn refused(&self, refusal: Refusal, row: &CaseRow, actor: &Actor) -> Error {
        Error::Refused(Box::new(Refused {
            refusal,
            standing: Some(Standing::Complaint(self.state.get())),
            allowed_actions: self.allowed_actions(row, actor),
            object: Some((ComplaintKindTag::NAME, self.id.as_str().to_owned())),
            case_id: Some(self.case_id.clone()),
        }))
    }
}

fn slot<'s>(id: &'s ComplaintId, person: &'s PersonId) -> Slot<'s> {
    Slot { place: WORDS, row: id.as_str(), person }
}

fn opened(reading: &mut Reading<'_>, stored: Stored, person: &PersonId) -> Result<Complaint> {
    let sealed = stored.sealed.as_deref();
    let words = sealed.map(|sealed| unseal(reading, &slot(&stored.id, person), sealed));
    let answer = (stored.answered_on, stored.answer_language, stored.answer_interpreter);
    let answered = match answer {
        (Some(on), Some(language), Some(interpreter)) => {
            Some(Answered { on: day(&on)?, language, interpreter })
        }
        _ => None,
    };
    Ok(Complaint {
        words: words.transpose()?.unwrap_or_default(),
        heard: Heard {
            kind: stored.kind,
            subject: stored.subject,
            channel: stored.channel,
            about_organisation_id: stored.about_organisation_id,
            received_on: day(&stored.received_on)?,
        },
        answered,
        id: stored.id,
        case_id: stored.case_id,
        state: stored.state,
        recorded_by: stored.recorded_by,
        examined_by: stored.examined_by,
        concluded_by: stored.concluded_by,
        concluded_at: stored.concluded_at,
        version: stored.version,
        created_at: stored.created_at,
        updated_at: stored.updated_at,
    })
}

fn of_case(reading: &mut Reading<'_>, row: &CaseRow, id: &ComplaintId) -> Result<Complaint> {
    let stored: Stored = complaints::table
        .filter(complaints::id.eq(id))
        .filter(complaints::case_id.eq(&row.case.id))
        .select(Stored::as_select())
        .first(reading.conn)?;
    opened(reading, stored, &row.person.id)
}

/// Fetches a complaint through the case, for somebody independent of it.
///
/// # Errors
/// [`Refusal::NotFound`] if the case has no such complaint, or the caller is not independent of it.
pub fn find<A: Action>(
    reading: &mut Reading<'_>,
    permit: &Permit<A, CaseRow>,
    id: &ComplaintId,
) -> Result<Complaint> {
    let row = permit.row();
    let found = of_case(reading, row, id)?;
    let about = found.heard.about_organisation_id.as_ref();
    if is_independent(reading.actor()?, about, row.case.coordinator_id.as_ref()) {
        Ok(found)
    } else {
        Err(Refusal::NotFound.into())
    }
}

/// Fetches what the caller wrote down, to say that it is there.
///
/// # Errors
/// [`Refusal::NotFound`] if the caller wrote down no such complaint on this case.
pub fn find_own(
    reading: &mut Reading<'_>,
    permit: &Permit<ReceiveComplaint, CaseRow>,
    id: &ComplaintId,
) -> Result<Complaint> {
    let found = of_case(reading, permit.row(), id)?;
    if found.recorded_by == reading.actor()?.user_id {
        Ok(found)
    } else {
        Err(Refusal::NotFound.into())
    }
}

/// Lists the complaints of a case of which the caller is independent, the newest first.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn page(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadComplaint, CaseRow>,
    after: Option<(Instant, ComplaintId)>,
    limit: RowLimit,
) -> Result<Rows<Complaint>> {
    let CaseRow { case, person, .. } = permit.row();
    let actor = reading.actor()?.clone();
    if !is_independent(&actor, None, case.coordinator_id.as_ref()) {
        return Ok(limit.cut(Vec::new()));
    }
    let about = complaints::about_organisation_id;
    let query = complaints::table
        .filter(complaints::case_id.eq(&case.id))
        .filter(about.is_null().or(about.ne(actor.organisation_id)))
        .select(Stored::as_select())
        .into_boxed();
    let rows: Vec<Stored> =
        newest_first!(query, (complaints::created_at, complaints::id), after, limit)
            .load(reading.conn)?;
    limit.cut(rows).try_map(|stored| opened(reading, stored, &person.id))
}

/// Writes down what a survivor said.
///
/// # Errors
/// [`Refusal::IdTaken`] if the identifier is in use.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<ReceiveComplaint, CaseRow>,
    id: &ComplaintId,
    (heard, words): (&Heard, &Sensitive<ComplaintWords>),
) -> Result<()> {
    let CaseRow { case, person, .. } = permit.row();
    tx.changes(&case.id);
    let sealed = seal(tx, slot(id, &person.id), words)?;
    let by = tx.actor()?.user_id.clone();
    let now = tx.now();
    diesel::insert_into(complaints::table)
        .values((
            complaints::id.eq(id),
            complaints::case_id.eq(&case.id),
            complaints::state.eq(ComplaintState::INITIAL),
            complaints::kind.eq(heard.kind),
            complaints::subject.eq(heard.subject),
            complaints::channel.eq(heard.channel),
            complaints::about_organisation_id.eq(&heard.about_organisation_id),
            complaints::received_on.eq(heard.received_on.to_string()),
            complaints::sealed.eq(Some(sealed)),
            complaints::recorded_by.eq(by),
            complaints::version.eq(1),
            complaints::created_at.eq(now),
            complaints::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Moves a complaint to examination, or to its end with what was found and answered. Returns the new
/// version.
///
/// # Errors
/// [`Refusal::Stale`] if somebody was faster.
pub fn save<A: Action + Changes>(
    tx: &mut Tx<'_>,
    permit: &Permit<A, CaseRow>,
    (id, version): (&ComplaintId, i64),
    moved: &Moved<ComplaintState>,
    concluded: Option<(&Sensitive<ComplaintWords>, Option<&Answered>)>,
) -> Result<i64> {
    let CaseRow { case, person, .. } = permit.row();
    tx.changes(&case.id);
    let by = tx.actor()?.user_id.clone();
    let (now, next) = (tx.now(), version.saturating_add(1));
    let mine = complaints::table.find(id);
    match concluded {
        None => {
            diesel::update(mine).set(complaints::examined_by.eq(Some(by))).execute(tx.conn)?;
        }
        Some((words, answered)) => {
            let sealed = seal(tx, slot(id, &person.id), words)?;
            diesel::update(mine)
                .filter(complaints::state.eq(moved.from()))
                .set((
                    complaints::state.eq(moved.to()),
                    complaints::sealed.eq(Some(sealed)),
                    complaints::concluded_by.eq(Some(by)),
                    complaints::concluded_at.eq(Some(now)),
                    complaints::answered_on.eq(answered.map(|answered| answered.on.to_string())),
                    complaints::answer_language.eq(answered.map(|answered| &answered.language)),
                    complaints::answer_interpreter
                        .eq(answered.map(|answered| answered.interpreter)),
                ))
                .execute(tx.conn)?;
        }
    }
    let saved = diesel::update(mine)
        .filter(complaints::version.eq(version))
        .set((
            complaints::state.eq(moved.to()),
            complaints::version.eq(next),
            complaints::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    if saved == 1 { Ok(next) } else { Err(Refusal::Stale { current: next }.into()) }
}
