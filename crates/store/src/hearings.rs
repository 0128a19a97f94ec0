//! Hearings: each belongs to a proceeding, and stands on its side of the wall (R8).

use chrono::NaiveDate;
use diesel::prelude::*;
use refero_domain::{
    actor::Actor,
    id::{CaseId, HearingId, HearingKind, Kind, OrganisationId, ProceedingId, UserId},
    instant::Instant,
    machine::{Machine, Moved, State},
    policy::{
        self, Action, Class, Permit, ProceedingFacts, ReadHearing, RecordHearing, ScheduleHearing,
    },
    proceeding::{BEHIND_THE_WALL, HearingAct, HearingState, HearingWords, class_of},
    refusal::{Refusal, Standing},
    sensitive::Sensitive,
};

use crate::{
    cases::{self, Case, CaseRow, expect_version},
    error::{Error, Refused, Result},
    people::{Person, Slot, seal, unseal},
    proceedings::{ProceedingRow, denied, facts_of, sees_all, stored_day},
    rows::{RowLimit, Rows},
    schema::{cases as case_table, hearings, people, proceedings},
    sealing::Place,
    unit::{Reading, Tx},
};

const WORDS: Place = Place { table: "hearings", column: "sealed" };

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = hearings)]
struct Stored {
    id: HearingId,
    case_id: CaseId,
    proceeding_id: ProceedingId,
    state: State<HearingState>,
    takes_place_on: String,
    sealed: Option<Vec<u8>>,
    recorded_by: Option<UserId>,
    recorded_at: Option<Instant>,
    created_by: UserId,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

/// A hearing of a proceeding.
#[derive(Debug)]
pub struct Hearing {
    /// The hearing.
    pub id: HearingId,
    /// The case it belongs to.
    pub case_id: CaseId,
    /// The proceeding it belongs to.
    pub proceeding_id: ProceedingId,
    /// Where it stands; changes through its machine only.
    pub state: State<HearingState>,
    /// On which day.
    pub takes_place_on: NaiveDate,
    /// What it is about, and what came of it.
    pub words: Sensitive<HearingWords>,
    /// Who wrote down what came of it.
    pub recorded_by: Option<UserId>,
    /// When.
    pub recorded_at: Option<Instant>,
    /// Who wrote it down.
    pub created_by: UserId,
    /// For the ETag.
    pub version: i64,
    /// When it was written down.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

/// A hearing with what its proceeding is, and the facts on which access was decided.
#[derive(Debug)]
pub struct HearingRow {
    /// The hearing.
    pub hearing: Hearing,
    /// The kind of its proceeding: a code of `legal_proceeding_type`.
    pub kind: String,
    /// The person, in codes.
    pub person: Person,
    /// The facts, for `allowed_actions`.
    pub facts: ProceedingFacts,
}

impl HearingRow {
    /// Refuses to go on if somebody else was faster.
    ///
    /// # Errors
    /// [`Refusal::Stale`] with the present version.
    pub fn expect_version(&self, expected: Option<i64>) -> Result<()> {
        expect_version(self.hearing.version, expected)
    }

    /// Returns the class of the words in it.
    #[must_use]
    pub fn class(&self) -> Class {
        class_of(&self.kind)
    }

    /// Says how a refused act names this hearing.
    #[must_use]
    pub fn refused(&self, refusal: Refusal, actor: &Actor) -> Error {
        Error::Refused(Box::new(Refused {
            refusal,
            standing: Some(Standing::Hearing(self.hearing.state.get())),
            allowed_actions: self.allowed_actions(actor),
            object: Some((HearingKind::NAME, self.hearing.id.as_str().to_owned())),
            case_id: Some(self.hearing.case_id.clone()),
        }))
    }

    /// Returns the moves that a caller could make now.
    #[must_use]
    pub fn allowed_actions(&self, actor: &Actor) -> Vec<&'static str> {
        let may = policy::may(RecordHearing::NAME, actor, &self.facts);
        let can = self.hearing.state.get().acts_include(HearingAct::Record);
        (may && can).then_some(HearingAct::Record.code()).into_iter().collect()
    }
}

fn slot<'s>(id: &'s HearingId, person: &'s Person) -> Slot<'s> {
    Slot { place: WORDS, row: id.as_str(), person: &person.id }
}

fn opened(reading: &mut Reading<'_>, stored: Stored, person: &Person) -> Result<Hearing> {
    let words = match &stored.sealed {
        None => Sensitive::default(),
        Some(sealed) => unseal(reading, &slot(&stored.id, person), sealed)?,
    };
    Ok(Hearing {
        takes_place_on: stored_day(&stored.takes_place_on)?,
        words,
        id: stored.id,
        case_id: stored.case_id,
        proceeding_id: stored.proceeding_id,
        state: stored.state,
        recorded_by: stored.recorded_by,
        recorded_at: stored.recorded_at,
        created_by: stored.created_by,
        version: stored.version,
        created_at: stored.created_at,
        updated_at: stored.updated_at,
    })
}

/// Fetches a hearing of a case for an action.
///
/// # Errors
/// [`Refusal::NotFound`] if it is not there or may not be known, [`Refusal::NotPermitted`] if it may
/// be seen but this may not be done.
pub fn fetch<A: Action>(
    reading: &mut Reading<'_>,
    case_id: &CaseId,
    id: &HearingId,
) -> Result<Permit<A, HearingRow>> {
    type Found = (Stored, String, OrganisationId, Case, Person);
    let actor = reading.actor()?.clone();
    let found: Option<Found> = hearings::table
        .inner_join(proceedings::table.inner_join(case_table::table.inner_join(people::table)))
        .filter(hearings::id.eq(id))
        .filter(hearings::case_id.eq(case_id))
        .select((
            Stored::as_select(),
            proceedings::kind,
            proceedings::organisation_id,
            Case::as_select(),
            Person::as_select(),
        ))
        .first(reading.conn)
        .optional()?;
    let found = found.ok_or_else(|| denied(Refusal::NotFound, id))?;
    let (stored, kind, organisation, case, person) = found;
    let case = cases::facts(reading.conn, &actor, &case)?;
    let facts = facts_of(&kind, &organisation, case);
    policy::decide::<A, _>(&actor, &facts, ())
        .map_err(|denial| denied(Error::from(denial).refusal().unwrap_or(Refusal::NotFound), id))?;
    let hearing = opened(reading, stored, &person)?;
    let row = HearingRow { hearing, kind, person, facts: facts.clone() };
    policy::decide::<A, _>(&actor, &facts, row).map_err(Error::from)
}

/// Lists the hearings of a case that a permit opened, in the order of their days: to whoever investigates,
/// those of their own proceedings alone. Each has its own permit.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn page(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadHearing, CaseRow>,
    after: Option<(NaiveDate, HearingId)>,
    limit: RowLimit,
) -> Result<Rows<Permit<ReadHearing, HearingRow>>> {
    let (actor, case) = (reading.actor()?.clone(), permit.row());
    let mut query = hearings::table
        .inner_join(proceedings::table)
        .filter(hearings::case_id.eq(&case.case.id))
        .select((Stored::as_select(), proceedings::kind, proceedings::organisation_id))
        .into_boxed();
    if !sees_all::<ReadHearing>(&actor, case) {
        query = query
            .filter(proceedings::organisation_id.eq(actor.organisation_id.clone()))
            .filter(proceedings::kind.eq_any(BEHIND_THE_WALL));
    }
    if let Some((day, id)) = after {
        let day = day.to_string();
        query = query.filter(
            hearings::takes_place_on
                .gt(day.clone())
                .or(hearings::takes_place_on.eq(day).and(hearings::id.gt(id))),
        );
    }
    let rows: Vec<(Stored, String, OrganisationId)> = query
        .order((hearings::takes_place_on.asc(), hearings::id.asc()))
        .limit(limit.one_more())
        .load(reading.conn)?;
    limit.cut(rows).try_map(|(stored, kind, organisation)| {
        let facts = facts_of(&kind, &organisation, case.facts.clone());
        let hearing = opened(reading, stored, &case.person)?;
        let person = case.person.clone();
        let row = HearingRow { hearing, kind, person, facts: facts.clone() };
        policy::decide(&actor, &facts, row)
            .map_err(|_| Error::broken("a list showed a hearing that may not be read"))
    })
}

/// Writes down on which day a hearing is.
///
/// # Errors
/// [`Refusal::IdTaken`] if the identifier is in use.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<ScheduleHearing, ProceedingRow>,
    id: &HearingId,
    (takes_place_on, words): (NaiveDate, &Sensitive<HearingWords>),
) -> Result<()> {
    let ProceedingRow { proceeding, person, .. } = permit.row();
    tx.changes(&proceeding.case_id);
    let sealed = seal(tx, slot(id, person), words)?;
    let by = tx.actor()?.user_id.clone();
    let now = tx.now();
    diesel::insert_into(hearings::table)
        .values((
            hearings::id.eq(id),
            hearings::case_id.eq(&proceeding.case_id),
            hearings::proceeding_id.eq(&proceeding.id),
            hearings::state.eq(HearingState::INITIAL),
            hearings::takes_place_on.eq(takes_place_on.to_string()),
            hearings::sealed.eq(Some(sealed)),
            hearings::created_by.eq(by),
            hearings::version.eq(1),
            hearings::created_at.eq(now),
            hearings::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Writes down what came of a hearing. Returns the new version.
///
/// # Errors
/// [`Refusal::Stale`] if somebody was faster.
pub fn record(
    tx: &mut Tx<'_>,
    _permit: &Permit<RecordHearing, ()>,
    (before, person): (&Hearing, &Person),
    moved: &Moved<HearingState>,
    words: &Sensitive<HearingWords>,
) -> Result<i64> {
    tx.changes(&before.case_id);
    let sealed = seal(tx, slot(&before.id, person), words)?;
    let by = tx.actor()?.user_id.clone();
    let (now, next) = (tx.now(), before.version.saturating_add(1));
    let saved = diesel::update(hearings::table.find(&before.id))
        .filter(hearings::version.eq(before.version))
        .filter(hearings::state.eq(moved.from()))
        .set((
            hearings::state.eq(moved.to()),
            hearings::sealed.eq(Some(sealed)),
            hearings::recorded_by.eq(Some(by)),
            hearings::recorded_at.eq(Some(now)),
            hearings::version.eq(next),
            hearings::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    if saved == 1 { Ok(next) } else { Err(Refusal::Stale { current: next }.into()) }
}
