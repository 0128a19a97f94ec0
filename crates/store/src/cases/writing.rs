//! How a case is born and changed.

use diesel::prelude::*;
use refero_domain::{
    case::{CaseStatus, IdentificationStage, RiskLevel},
    case_code::CaseCode,
    id::{CaseId, DetectionReportId, PersonId, UserId},
    instant::Instant,
    machine::{Machine, Moved},
    policy::{Action, Permit},
    refusal::Refusal,
};

use crate::{error::Result, people::PersonFacts, schema::cases, unit::Tx};

use super::{CaseRow, end_of_time};

/// Changes the coded facts about the person of a case, keeping the earlier ones (R13).
///
/// # Errors
/// [`Error::Unavailable`] if they cannot be written; then nothing is.
pub fn save_person<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A, CaseRow>,
    facts: &PersonFacts,
) -> Result<()> {
    crate::people::save_facts(tx, &permit.row().person, facts)
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
}

/// Says whether a code is in use.
pub(crate) fn code_taken(tx: &mut Tx<'_>, code: &CaseCode) -> Result<bool> {
    let found: i64 =
        cases::table.filter(cases::case_code.eq(code.as_str())).count().get_result(tx.conn)?;
    Ok(found > 0)
}

/// Registers a case in the actor's organisation.
pub(crate) fn insert(tx: &mut Tx<'_>, new: &NewCase) -> Result<()> {
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
                cases::identification_stage.eq(IdentificationStage::Detected),
                cases::registered_by.eq(registered_by),
            ),
            (
                cases::area.eq(&new.area),
                cases::risk_level.eq(new.risk_level),
                cases::danger_rank.eq(i64::from(new.risk_level.rank())),
                cases::next_due_at.eq(end_of_time()),
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
    /// The stage that a named person concluded.
    pub identification_stage: Option<IdentificationStage>,
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
}

/// Saves a change, and the move if there is one, unless somebody was faster. Returns the new version.
///
/// # Errors
/// [`Refusal::Stale`] if the version or the state is not what was read.
pub fn save<A: Action>(
    tx: &mut Tx<'_>,
    _permit: &Permit<A, ()>,
    (id, version): (&CaseId, i64),
    moved: Option<Moved<CaseStatus>>,
    change: &CaseChange,
) -> Result<i64> {
    let next = version.saturating_add(1);
    let now = tx.now();
    let rank = change.risk_level.map(|risk| i64::from(risk.rank()));
    let row = cases::table.filter(cases::id.eq(id)).filter(cases::version.eq(version));
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
