//! Placements: each belongs to a case, and is decided about by itself, for the place is known to fewer than
//! the case (R9).

use chrono::NaiveDate;
use diesel::prelude::*;
use refero_domain::{
    actor::Actor,
    id::{CaseId, Kind as _, OrganisationId, PersonId, PlacementId, PlacementKindTag, UserId},
    instant::Instant,
    machine::{Machine, Moved, State},
    placement::{
        FacilityRegime, FreedomOfMovement, Location, PlacementAct, PlacementEndReason,
        PlacementKind, PlacementState, PlacementWords,
    },
    policy::{
        self, Action, CreatePlacement, EndPlacement, Permit, PlacementFacts, ReadPlacement, Scope,
    },
    refusal::{Refusal, Standing},
    sensitive::Sensitive,
};

use crate::{
    cases::{self, CaseRow, expect_version},
    columns::day,
    error::{Error, Refused, Result},
    people::{Slot, seal, unseal},
    rows::{RowLimit, Rows, newest_first},
    schema::placements,
    scope,
    sealing::Place,
    unit::{Reading, Tx},
};

const LOCATION: Place = Place { table: "placements", column: "location" };
const WORDS: Place = Place { table: "placements", column: "sealed" };

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = placements)]
struct Stored {
    id: PlacementId,
    case_id: CaseId,
    state: State<PlacementState>,
    kind: PlacementKind,
    organisation_id: Option<OrganisationId>,
    regime: FacilityRegime,
    freedom: FreedomOfMovement,
    started_on: String,
    location: Option<Vec<u8>>,
    sealed: Option<Vec<u8>>,
    end_reason: Option<PlacementEndReason>,
    ended_on: Option<String>,
    ended_by: Option<UserId>,
    ended_at: Option<Instant>,
    created_by: UserId,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    planned_until: Option<String>,
    separates: Option<bool>,
}

/// Where the person of a case lives, or lived.
#[derive(Debug)]
pub struct Placement {
    /// The placement.
    pub id: PlacementId,
    /// The case it belongs to.
    pub case_id: CaseId,
    /// Whether somebody still lives there; changes through its machine only.
    pub state: State<PlacementState>,
    /// What kind of place it is.
    pub kind: PlacementKind,
    /// Who runs it.
    pub organisation_id: Option<OrganisationId>,
    /// Whether people may leave it when they like.
    pub regime: FacilityRegime,
    /// How freely this person moves.
    pub freedom: FreedomOfMovement,
    /// Since when.
    pub started_on: NaiveDate,
    /// Until when it is meant.
    pub planned_until: Option<NaiveDate>,
    /// Whether it separates a child from a parent or carer.
    pub separates: bool,
    /// Where it is (R9).
    pub location: Sensitive<Location>,
    /// Why there.
    pub words: Sensitive<PlacementWords>,
    /// Why it ended.
    pub end_reason: Option<PlacementEndReason>,
    /// Until when.
    pub ended_on: Option<NaiveDate>,
    /// Who wrote the end down.
    pub ended_by: Option<UserId>,
    /// When.
    pub ended_at: Option<Instant>,
    /// Who wrote it down.
    pub created_by: UserId,
    /// For the ETag.
    pub version: i64,
    /// When it was written down.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

/// A placement with the facts on which access to it was decided.
#[derive(Debug)]
pub struct PlacementRow {
    /// The placement.
    pub placement: Placement,
    /// The facts, for `allowed_actions`.
    pub facts: PlacementFacts,
}

impl PlacementRow {
    /// Says how a refused act names this placement in the answer and the trail.
    #[must_use]
    pub fn refused(&self, refusal: Refusal, actor: &Actor) -> Error {
        let state = self.placement.state.get();
        Error::Refused(Box::new(Refused {
            refusal,
            standing: Some(Standing::Placement(state)),
            allowed_actions: self.allowed_actions(actor),
            object: Some((PlacementKindTag::NAME, self.placement.id.as_str().to_owned())),
            case_id: Some(self.placement.case_id.clone()),
        }))
    }

    /// Returns the moves that this caller could make now.
    #[must_use]
    pub fn allowed_actions(&self, actor: &Actor) -> Vec<&'static str> {
        let may_end = policy::may(EndPlacement::NAME, actor, &self.facts);
        let acts = self.placement.state.get().acts().map(PlacementAct::code);
        acts.filter(|_| may_end).collect()
    }

    /// Refuses to go on if somebody else was faster.
    ///
    /// # Errors
    /// [`Refusal::Stale`] with the present version.
    pub fn expect_version(&self, expected: Option<i64>) -> Result<()> {
        expect_version(self.placement.version, expected)
    }
}

fn opened(
    reading: &mut Reading<'_>,
    stored: Stored,
    person: &PersonId,
    facts: PlacementFacts,
) -> Result<PlacementRow> {
    let slot = |place| Slot { place, row: stored.id.as_str(), person };
    let location = match &stored.location {
        None => Sensitive::default(),
        Some(sealed) => unseal(reading, &slot(LOCATION), sealed)?,
    };
    let words = match &stored.sealed {
        None => Sensitive::default(),
        Some(sealed) => unseal(reading, &slot(WORDS), sealed)?,
    };
    let placement = Placement {
        location,
        words,
        started_on: day(&stored.started_on)?,
        ended_on: stored.ended_on.as_deref().map(day).transpose()?,
        planned_until: stored.planned_until.as_deref().map(day).transpose()?,
        separates: stored.separates.unwrap_or(false),
        id: stored.id,
        case_id: stored.case_id,
        state: stored.state,
        kind: stored.kind,
        organisation_id: stored.organisation_id,
        regime: stored.regime,
        freedom: stored.freedom,
        end_reason: stored.end_reason,
        ended_by: stored.ended_by,
        ended_at: stored.ended_at,
        created_by: stored.created_by,
        version: stored.version,
        created_at: stored.created_at,
        updated_at: stored.updated_at,
    };
    Ok(PlacementRow { placement, facts })
}

/// Decides about a placement of a case from facts that are read here, before anything is opened.
fn decided<A: Action>(
    reading: &mut Reading<'_>,
    case: &CaseId,
    stored: Stored,
) -> Result<Permit<A, PlacementRow>> {
    let actor = reading.actor()?.clone();
    let found = cases::named(reading, vec![case.clone()])?.pop().ok_or(Refusal::NotFound)?;
    let facts =
        PlacementFacts { case: found.facts, organisation_id: stored.organisation_id.clone() };
    policy::decide::<A, _>(&actor, &facts, ()).map_err(Error::from)?;
    let row = opened(reading, stored, &found.person.id, facts.clone())?;
    policy::decide::<A, _>(&actor, &facts, row).map_err(Error::from)
}

/// Fetches a placement of a case for an action.
///
/// # Errors
/// [`Refusal::NotFound`] if the case has no such placement, or it may not be known.
pub fn fetch<A: Action>(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &PlacementId,
) -> Result<Permit<A, PlacementRow>> {
    let stored: Stored = placements::table
        .filter(placements::id.eq(id))
        .filter(placements::case_id.eq(case))
        .select(Stored::as_select())
        .first(reading.conn)?;
    decided(reading, case, stored)
}

/// Lists the placements of a case in a scope, the newest first.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn page(
    reading: &mut Reading<'_>,
    scope: &Scope<ReadPlacement>,
    case: &CaseId,
    after: Option<(Instant, PlacementId)>,
    limit: RowLimit,
) -> Result<Rows<Permit<ReadPlacement, PlacementRow>>> {
    let actor = reading.actor()?.clone();
    let query = placements::table
        .filter(placements::case_id.eq(case))
        .filter(scope::placements_in(scope, &actor))
        .select(Stored::as_select())
        .into_boxed();
    let rows: Vec<Stored> =
        newest_first!(query, (placements::created_at, placements::id), after, limit)
            .load(reading.conn)?;
    limit.cut(rows).try_map(|stored| decided(reading, case, stored))
}

/// A place where somebody begins to live.
#[derive(Debug)]
pub struct NewPlacement {
    /// The placement.
    pub id: PlacementId,
    /// What kind of place it is.
    pub kind: PlacementKind,
    /// Who runs it.
    pub organisation_id: Option<OrganisationId>,
    /// Whether people may leave it when they like.
    pub regime: FacilityRegime,
    /// How freely this person moves.
    pub freedom: FreedomOfMovement,
    /// Since when.
    pub started_on: NaiveDate,
    /// Until when it is meant.
    pub planned_until: Option<NaiveDate>,
    /// Whether it separates a child from a parent or carer.
    pub separates: bool,
    /// Where it is (R9).
    pub location: Sensitive<Location>,
    /// Why there.
    pub words: Sensitive<PlacementWords>,
}

/// Fetches a case for somebody who records that its person lives with an organisation.
///
/// # Errors
/// As [`cases::fetch`].
pub fn case_for(
    reading: &mut Reading<'_>,
    case: &CaseId,
    organisation_id: Option<&OrganisationId>,
) -> Result<Permit<CreatePlacement, CaseRow>> {
    let actor = reading.actor()?.clone();
    let found = cases::named(reading, vec![case.clone()])?.pop().ok_or(Refusal::NotFound)?;
    let facts =
        PlacementFacts { case: found.facts.clone(), organisation_id: organisation_id.cloned() };
    policy::decide::<CreatePlacement, _>(&actor, &facts, found).map_err(Error::from)
}

/// Writes a placement down.
///
/// # Errors
/// [`Refusal::IdTaken`] if the identifier is in use.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<CreatePlacement, CaseRow>,
    new: &NewPlacement,
) -> Result<()> {
    let CaseRow { case, person, .. } = permit.row();
    tx.changes(&case.id);
    let slot = |place| Slot { place, row: new.id.as_str(), person: &person.id };
    let location = seal(tx, slot(LOCATION), &new.location)?;
    let sealed = seal(tx, slot(WORDS), &new.words)?;
    let by = tx.actor()?.user_id.clone();
    let now = tx.now();
    diesel::insert_into(placements::table)
        .values((
            placements::id.eq(&new.id),
            placements::case_id.eq(&case.id),
            placements::state.eq(PlacementState::INITIAL),
            placements::kind.eq(new.kind),
            placements::organisation_id.eq(&new.organisation_id),
            placements::regime.eq(new.regime),
            placements::freedom.eq(new.freedom),
            placements::started_on.eq(new.started_on.to_string()),
            placements::planned_until.eq(new.planned_until.map(|day| day.to_string())),
            placements::separates.eq(Some(new.separates)),
            placements::location.eq(Some(location)),
            placements::sealed.eq(Some(sealed)),
            placements::created_by.eq(by),
            placements::version.eq(1),
            placements::created_at.eq(now),
            placements::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Says whether the person of a case lives somewhere now.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn is_placed(
    reading: &mut Reading<'_>,
    permit: &Permit<CreatePlacement, CaseRow>,
) -> Result<bool> {
    let found: i64 = placements::table
        .filter(placements::case_id.eq(&permit.row().case.id))
        .filter(placements::state.eq(PlacementState::Current))
        .count()
        .get_result(reading.conn)?;
    Ok(found > 0)
}

/// Writes down that somebody does not live there any more. Returns the new version.
///
/// # Errors
/// [`Refusal::Stale`] if somebody was faster.
pub fn end(
    tx: &mut Tx<'_>,
    _permit: &Permit<EndPlacement, ()>,
    (case, id, version): (&CaseId, &PlacementId, i64),
    moved: &Moved<PlacementState>,
    (reason, on): (PlacementEndReason, NaiveDate),
) -> Result<i64> {
    tx.changes(case);
    let by = tx.actor()?.user_id.clone();
    let (now, next) = (tx.now(), version.saturating_add(1));
    let saved = diesel::update(placements::table.find(id))
        .filter(placements::version.eq(version))
        .filter(placements::state.eq(moved.from()))
        .set((
            placements::state.eq(moved.to()),
            placements::end_reason.eq(Some(reason)),
            placements::ended_on.eq(Some(on.to_string())),
            placements::ended_by.eq(Some(by)),
            placements::ended_at.eq(Some(now)),
            placements::version.eq(next),
            placements::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    if saved == 1 { Ok(next) } else { Err(Refusal::Stale { current: next }.into()) }
}
