//! Proceedings: fetched with a permit, through their case; each on one side of the wall (R8).

mod disclosing;
mod offence;
mod writing;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use refero_domain::{
    actor::Actor,
    dates,
    id::{CaseId, Kind, OrganisationId, ProceedingId, ProceedingKind, UserId},
    instant::Instant,
    machine::State,
    policy::{self, Action, CaseFacts, Permit, ProceedingFacts, ReadProceeding, Relation},
    proceeding::{
        HearingState, PersonRole, ProceedingStage, ProceedingWords, ProtectiveMeasure,
        is_behind_the_wall, next_stages,
    },
    refusal::{Refusal, Standing},
    sensitive::Sensitive,
};

pub use self::{
    disclosing::{NewDisclosure, OpenDisclosure, Stopped, disclose, stop, stop_resting_on},
    offence::offence,
    writing::{NewProceeding, ProceedingChange, insert, save, touch},
};
use crate::{
    cases::{self, Case, CaseRow, expect_version},
    columns::Json,
    db::DbConn,
    error::{Error, Refused, Result},
    people::{Person, Slot, unseal},
    rows::{RowLimit, Rows, newest_first},
    schema::{cases as case_table, hearings, people, proceedings},
    sealing::Place,
    unit::Reading,
};

const WORDS: Place = Place { table: "proceedings", column: "sealed" };

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = proceedings)]
struct Stored {
    id: ProceedingId,
    case_id: CaseId,
    kind: String,
    state: State<ProceedingStage>,
    organisation_id: OrganisationId,
    person_role: PersonRole,
    protective_measures: Json<Vec<ProtectiveMeasure>>,
    sealed: Option<Vec<u8>>,
    created_by: UserId,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

/// A proceeding of a case.
#[derive(Debug)]
pub struct Proceeding {
    /// The proceeding.
    pub id: ProceedingId,
    /// The case it belongs to.
    pub case_id: CaseId,
    /// A code of `legal_proceeding_type`.
    pub kind: String,
    /// Where it stands; changes through its machine only.
    pub state: State<ProceedingStage>,
    /// Who conducts it.
    pub organisation_id: OrganisationId,
    /// What the person is in it.
    pub person_role: PersonRole,
    /// What protects the person in it.
    pub protective_measures: Vec<ProtectiveMeasure>,
    /// The number of the file, the court, notes.
    pub words: Sensitive<ProceedingWords>,
    /// On what the authority is told who the person is, if it is.
    pub disclosure: Option<OpenDisclosure>,
    /// The day of the next hearing that is fixed.
    pub next_hearing_on: Option<NaiveDate>,
    /// Who opened it.
    pub created_by: UserId,
    /// For the ETag.
    pub version: i64,
    /// When it was opened.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

/// A proceeding with the person it is about, and the facts on which access was decided.
#[derive(Debug)]
pub struct ProceedingRow {
    /// The proceeding.
    pub proceeding: Proceeding,
    /// The person, in codes.
    pub person: Person,
    /// The facts, for `allowed_actions`.
    pub facts: ProceedingFacts,
}

impl ProceedingRow {
    /// Refuses to go on if somebody else was faster.
    ///
    /// # Errors
    /// [`Refusal::Stale`] with the present version.
    pub fn expect_version(&self, expected: Option<i64>) -> Result<()> {
        expect_version(self.proceeding.version, expected)
    }

    /// Says how a refused act names this proceeding.
    #[must_use]
    pub fn refused(&self, refusal: Refusal, actor: &Actor) -> Error {
        Error::Refused(Box::new(Refused {
            refusal,
            standing: Some(Standing::Proceeding(self.proceeding.state.get())),
            allowed_actions: self.allowed_actions(actor),
            object: Some((ProceedingKind::NAME, self.proceeding.id.as_str().to_owned())),
            case_id: Some(self.proceeding.case_id.clone()),
        }))
    }

    /// Returns the moves that a caller could make now.
    #[must_use]
    pub fn allowed_actions(&self, actor: &Actor) -> Vec<&'static str> {
        let is_told = self.proceeding.disclosure.is_some();
        [
            ("advance", self.next_stages().count() > 0),
            ("share-identity", self.can_be_told() && !is_told),
            ("end-identity-sharing", is_told),
        ]
        .into_iter()
        .filter_map(|(act, is_possible)| is_possible.then_some(act))
        .filter(|act| policy::may(&format!("proceeding.{act}"), actor, &self.facts))
        .collect()
    }

    /// Says whether the authority that conducts it can be told who the person is: while it investigates.
    #[must_use]
    pub fn can_be_told(&self) -> bool {
        let is_dismissed = self.proceeding.state.get() == ProceedingStage::Dismissed;
        self.facts.is_behind_the_wall && !is_dismissed
    }

    /// Returns the stages to which it may go on.
    pub fn next_stages(&self) -> impl Iterator<Item = ProceedingStage> {
        next_stages(&self.proceeding.kind, self.proceeding.state.get())
    }
}

/// A refusal that the trail joins to the thing, though the answer names nothing.
pub(crate) fn denied<K: Kind>(refusal: Refusal, id: &refero_domain::id::Id<K>) -> Error {
    Error::Refused(Box::new(Refused {
        refusal,
        standing: None,
        allowed_actions: Vec::new(),
        object: Some((K::NAME, id.as_str().to_owned())),
        case_id: None,
    }))
}

/// Gives the facts about a proceeding of a case.
pub(crate) fn facts_of(
    kind: &str,
    conducted_by: &OrganisationId,
    case: CaseFacts,
) -> ProceedingFacts {
    let is_behind_the_wall = is_behind_the_wall(kind);
    ProceedingFacts { conducted_by: conducted_by.clone(), is_behind_the_wall, case }
}

/// Says whether an actor sees the proceedings of a case whoever conducts them, and not only those of their
/// own authority (R8).
pub(crate) fn sees_all<A: Action>(actor: &Actor, case: &CaseRow) -> bool {
    policy::relations(A::NAME, actor, &case.facts)
        .any(|relation| relation != Relation::Investigating)
}

/// Fetches a proceeding of a case for an action. One of another case does not exist here.
///
/// # Errors
/// [`Refusal::NotFound`] if it is not there or may not be known, [`Refusal::NotPermitted`] if it may
/// be seen but this may not be done.
pub fn fetch<A: Action>(
    reading: &mut Reading<'_>,
    case_id: &CaseId,
    id: &ProceedingId,
) -> Result<Permit<A, ProceedingRow>> {
    let actor = reading.actor()?.clone();
    let found: Option<(Stored, Case, Person)> = proceedings::table
        .inner_join(case_table::table.inner_join(people::table))
        .filter(proceedings::id.eq(id))
        .filter(proceedings::case_id.eq(case_id))
        .select((Stored::as_select(), Case::as_select(), Person::as_select()))
        .first(reading.conn)
        .optional()?;
    let (stored, case, person) = found.ok_or_else(|| denied(Refusal::NotFound, id))?;
    let case = cases::facts(reading.conn, &actor, &case)?;
    let facts = facts_of(&stored.kind, &stored.organisation_id, case);
    // Access is decided before anything is opened.
    policy::decide::<A, _>(&actor, &facts, ())
        .map_err(|denial| denied(Error::from(denial).refusal().unwrap_or(Refusal::NotFound), id))?;
    let mut beside = Beside::of(reading, std::slice::from_ref(&stored.id))?;
    let proceeding = opened(reading, stored, &person, &mut beside)?;
    let row = ProceedingRow { proceeding, person, facts: facts.clone() };
    policy::decide::<A, _>(&actor, &facts, row).map_err(Error::from)
}

/// What is kept beside the proceedings of a page: two queries, however many they are.
struct Beside {
    disclosures: BTreeMap<ProceedingId, OpenDisclosure>,
    hearings: BTreeMap<ProceedingId, NaiveDate>,
}

impl Beside {
    fn of(reading: &mut Reading<'_>, ids: &[ProceedingId]) -> Result<Self> {
        let disclosures = disclosing::open(reading.conn, ids)?;
        let today = dates::today(reading.now());
        Ok(Self { disclosures, hearings: next_hearings(reading.conn, ids, today)? })
    }
}

fn next_hearings(
    conn: &mut DbConn,
    ids: &[ProceedingId],
    today: NaiveDate,
) -> Result<BTreeMap<ProceedingId, NaiveDate>> {
    let found: Vec<(ProceedingId, String)> = hearings::table
        .filter(hearings::proceeding_id.eq_any(ids.to_vec()))
        .filter(hearings::state.eq(HearingState::Scheduled))
        .filter(hearings::takes_place_on.ge(today.to_string()))
        .order(hearings::takes_place_on.desc())
        .select((hearings::proceeding_id, hearings::takes_place_on))
        .load(conn)?;
    // The latest comes first, and the earliest is what stays.
    found.into_iter().map(|(id, day)| Ok((id, stored_day(&day)?))).collect()
}

/// Reads a day that is kept as text.
pub(crate) fn stored_day(day: &str) -> Result<NaiveDate> {
    day.parse().map_err(|cause| Error::broken_by("a stored day cannot be read", cause))
}

fn opened(
    reading: &mut Reading<'_>,
    stored: Stored,
    person: &Person,
    beside: &mut Beside,
) -> Result<Proceeding> {
    let words = match &stored.sealed {
        None => Sensitive::default(),
        Some(sealed) => {
            let slot = Slot { place: WORDS, row: stored.id.as_str(), person: &person.id };
            unseal(reading, &slot, sealed)?
        }
    };
    Ok(Proceeding {
        disclosure: beside.disclosures.remove(&stored.id),
        next_hearing_on: beside.hearings.remove(&stored.id),
        protective_measures: stored.protective_measures.get()?,
        words,
        id: stored.id,
        case_id: stored.case_id,
        kind: stored.kind,
        state: stored.state,
        organisation_id: stored.organisation_id,
        person_role: stored.person_role,
        created_by: stored.created_by,
        version: stored.version,
        created_at: stored.created_at,
        updated_at: stored.updated_at,
    })
}

/// Lists the proceedings of a case that a permit opened, the newest first: to whoever investigates, their
/// own alone. Each has its own permit.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn page(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadProceeding, CaseRow>,
    after: Option<(Instant, ProceedingId)>,
    limit: RowLimit,
) -> Result<Rows<Permit<ReadProceeding, ProceedingRow>>> {
    let (actor, case) = (reading.actor()?.clone(), permit.row());
    let mut query = proceedings::table
        .filter(proceedings::case_id.eq(&case.case.id))
        .select(Stored::as_select())
        .into_boxed();
    if !sees_all::<ReadProceeding>(&actor, case) {
        query = query
            .filter(proceedings::organisation_id.eq(actor.organisation_id.clone()))
            .filter(proceedings::kind.eq_any(refero_domain::proceeding::BEHIND_THE_WALL));
    }
    let rows: Vec<Stored> =
        newest_first!(query, (proceedings::created_at, proceedings::id), after, limit)
            .load(reading.conn)?;
    let rows = limit.cut(rows);
    let ids: Vec<ProceedingId> = rows.iter().map(|stored| stored.id.clone()).collect();
    let mut beside = Beside::of(reading, &ids)?;
    rows.try_map(|stored| {
        let facts = facts_of(&stored.kind, &stored.organisation_id, case.facts.clone());
        let proceeding = opened(reading, stored, &case.person, &mut beside)?;
        let row = ProceedingRow { proceeding, person: case.person.clone(), facts: facts.clone() };
        policy::decide(&actor, &facts, row)
            .map_err(|_| Error::broken("a list showed a proceeding that may not be read"))
    })
}
