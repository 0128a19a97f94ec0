//! How a case is born and changed.

use diesel::prelude::*;
use refero_domain::{
    case::{CaseStatus, IdentificationStage, RiskLevel},
    case_code::CaseCode,
    id::{CaseId, DetectionReportId, PersonId, UserId},
    instant::Instant,
    machine::{Machine, Moved},
    policy::{Action, Changes, EditCase, Permit},
    refusal::Refusal,
    sensitive::Sensitive,
};

use serde::Serialize;

use crate::{
    error::Result,
    people::{self, PersonFacts},
    schema::cases,
    unit::Tx,
};

use super::{Case, CaseRow, end_of_time};

/// Changes the coded facts about the person of a case, keeping the earlier ones (R13).
///
/// # Errors
/// [`Error::Unavailable`] if they cannot be written; then nothing is.
pub fn save_person(
    tx: &mut Tx<'_>,
    permit: &Permit<EditCase, CaseRow>,
    facts: &PersonFacts,
) -> Result<()> {
    tx.changes(&permit.row().case.id);
    people::save_facts(tx, &permit.row().person, facts)
}

/// A case that is born.
#[derive(Debug)]
pub struct NewCase {
    /// The case.
    pub id: CaseId,
    /// Its code.
    pub code: CaseCode,
    /// Whom it is about.
    pub person_id: PersonId,
    /// The report it is born from.
    pub report_id: DetectionReportId,
    /// Where the person was found.
    pub area: Option<String>,
    /// How great the danger is.
    pub risk_level: RiskLevel,
    /// The earliest deadline of those that begin with it.
    pub next_due_at: Option<Instant>,
}

/// Says whether a code is in use.
pub(crate) fn code_taken(tx: &mut Tx<'_>, code: &CaseCode) -> Result<bool> {
    let found: i64 =
        cases::table.filter(cases::case_code.eq(code.as_str())).count().get_result(tx.conn)?;
    Ok(found > 0)
}

/// Registers a case in the actor's organisation.
pub(crate) fn insert(tx: &mut Tx<'_>, new: &NewCase) -> Result<()> {
    tx.changes(&new.id);
    let now = tx.now();
    let registered_by = tx.actor()?.organisation_id.clone();
    diesel::insert_into(cases::table)
        .values((
            (
                cases::id.eq(&new.id),
                cases::case_code.eq(new.code.as_str()),
                cases::person_id.eq(&new.person_id),
                cases::report_id.eq(&new.report_id),
                cases::state.eq(CaseStatus::INITIAL),
                cases::identification_stage.eq(IdentificationStage::INITIAL),
                cases::registered_by.eq(registered_by),
            ),
            (
                cases::area.eq(&new.area),
                cases::risk_level.eq(new.risk_level),
                cases::danger_rank.eq(i64::from(new.risk_level.rank())),
                cases::next_due_at.eq(new.next_due_at.unwrap_or_else(end_of_time)),
                cases::version.eq(1),
                cases::created_at.eq(now),
                cases::updated_at.eq(now),
            ),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// What changes about a case beside its state. Absent members stay.
#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = cases)]
pub struct CaseChange {
    /// Who coordinates it.
    pub coordinator_id: Option<Option<UserId>>,
    /// Where the person was found.
    pub area: Option<Option<String>>,
    /// How great the danger is.
    pub risk_level: Option<RiskLevel>,
    /// Why it is to be closed.
    pub closure_reason: Option<Option<String>>,
    /// Who asks to close it.
    pub closure_requested_by: Option<Option<UserId>>,
    /// When.
    pub closure_requested_at: Option<Option<Instant>>,
    /// When it was claimed.
    pub claimed_at: Option<Option<Instant>>,
    /// When it was closed.
    pub closed_at: Option<Option<Instant>>,
    /// The case that goes on in place of this one.
    pub merged_into: Option<Option<CaseId>>,
}

impl CaseChange {
    /// Takes back a request to close, or a closure.
    #[must_use]
    pub fn without_closure(self) -> Self {
        Self {
            closure_reason: Some(None),
            closure_requested_by: Some(None),
            closure_requested_at: Some(None),
            closed_at: Some(None),
            ..self
        }
    }

    /// Returns the names of the members that change, for the trail.
    #[must_use]
    pub fn fields(&self) -> Vec<&'static str> {
        [
            ("coordinator_id", self.coordinator_id.is_some()),
            ("area", self.area.is_some()),
            ("risk_level", self.risk_level.is_some()),
            ("closure_reason", self.closure_reason.is_some()),
            ("closure_requested_by", self.closure_requested_by.is_some()),
            ("closed_at", self.closed_at.is_some()),
            ("merged_into", self.merged_into.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, changes)| changes.then_some(name))
        .collect()
    }
}

/// A case as it was read: where a change starts from, and what the history keeps of it (R13).
#[derive(Debug)]
pub struct Before {
    id: CaseId,
    person_id: PersonId,
    version: i64,
    values: Values,
}

/// What a change can replace.
#[derive(Debug, Clone, Serialize)]
struct Values {
    coordinator_id: Option<UserId>,
    area: Option<String>,
    risk_level: RiskLevel,
    identification_stage: IdentificationStage,
    closure_reason: Option<String>,
    closure_requested_by: Option<UserId>,
    closure_requested_at: Option<Instant>,
    closed_at: Option<Instant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merged_into: Option<CaseId>,
}

impl Case {
    /// Remembers the case as it stands, for a change that starts from here.
    #[must_use]
    pub fn before(&self) -> Before {
        Before {
            id: self.id.clone(),
            person_id: self.person_id.clone(),
            version: self.version,
            values: Values {
                coordinator_id: self.coordinator_id.clone(),
                area: self.area.clone(),
                risk_level: self.risk_level,
                identification_stage: self.identification_stage.get(),
                closure_reason: self.closure_reason.clone(),
                closure_requested_by: self.closure_requested_by.clone(),
                closure_requested_at: self.closure_requested_at,
                closed_at: self.closed_at,
                merged_into: self.merged_into.clone(),
            },
        }
    }
}

impl Before {
    /// Keeps the values that are about to be replaced (R13).
    fn keep(&self, tx: &mut Tx<'_>) -> Result<()> {
        let earlier = Sensitive::new(self.values.clone());
        people::keep_revision(tx, &self.person_id, (&self.id, self.version), &earlier)
    }
}

impl Values {
    /// Says whether a change puts something else in the place of what somebody once said.
    fn are_replaced_by(&self, change: &CaseChange) -> bool {
        (change.coordinator_id.is_some() && self.coordinator_id.is_some())
            || (change.area.is_some() && self.area.is_some())
            || change.risk_level.is_some()
            || (change.closure_requested_by.is_some() && self.closure_requested_by.is_some())
            || (change.closed_at.is_some() && self.closed_at.is_some())
            || (change.merged_into.is_some() && self.merged_into.is_some())
    }
}

/// Saves a change, and the move if there is one, unless somebody was faster; keeps the values that
/// it replaces (R13). Returns the new version.
///
/// # Errors
/// [`Refusal::Stale`] if the version or the state is not what was read.
pub fn save<A: Action + Changes>(
    tx: &mut Tx<'_>,
    _permit: &Permit<A, ()>,
    before: &Before,
    moved: Option<Moved<CaseStatus>>,
    change: &CaseChange,
) -> Result<i64> {
    let Before { id, version, .. } = before;
    tx.changes(id);
    if before.values.are_replaced_by(change) {
        before.keep(tx)?;
    }
    let next = version.saturating_add(1);
    let now = tx.now();
    let rank = change.risk_level.map(|risk| i64::from(risk.rank()));
    let row = cases::table.filter(cases::id.eq(id)).filter(cases::version.eq(*version));
    let set = (change, cases::version.eq(next), cases::updated_at.eq(now));
    let saved = match moved {
        None => diesel::update(row).set(set).execute(tx.conn)?,
        Some(moved) => diesel::update(row.filter(cases::state.eq(moved.from())))
            .set((set, cases::state.eq(moved.to())))
            .execute(tx.conn)?,
    };
    if saved != 1 {
        return Err(Refusal::Stale { current: next }.into());
    }
    if let Some(rank) = rank {
        diesel::update(cases::table.find(id)).set(cases::danger_rank.eq(rank)).execute(tx.conn)?;
    }
    Ok(next)
}

/// Saves what has been decided about the person, as its machine allowed it, unless somebody was faster;
/// keeps what stood there before (R13). The work on the case stays where it is. Returns the new version.
///
/// # Errors
/// [`Refusal::Stale`] if the version or the stage is not what was read.
pub fn save_stage<A: Action + Changes>(
    tx: &mut Tx<'_>,
    _permit: &Permit<A, ()>,
    before: &Before,
    moved: &Moved<IdentificationStage>,
) -> Result<i64> {
    let Before { id, version, .. } = before;
    tx.changes(id);
    before.keep(tx)?;
    let next = version.saturating_add(1);
    let saved = diesel::update(cases::table)
        .filter(cases::id.eq(id))
        .filter(cases::version.eq(*version))
        .filter(cases::identification_stage.eq(moved.from()))
        .set((
            cases::identification_stage.eq(moved.to()),
            cases::version.eq(next),
            cases::updated_at.eq(tx.now()),
        ))
        .execute(tx.conn)?;
    if saved == 1 { Ok(next) } else { Err(Refusal::Stale { current: next }.into()) }
}
