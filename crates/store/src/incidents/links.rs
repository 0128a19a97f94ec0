//! Which cases belong to an incident: told in the case, and counted in the incident.

use diesel::prelude::*;
use refero_domain::{
    id::{CaseId, IncidentId, IncidentLinkId, PersonId, UserId},
    incident::{IncidentLinkState, IncidentUnlinkReason},
    instant::Instant,
    machine::{Machine, Moved, State},
    policy::{Class, LinkIncident, Permit, ReadCase, SubmitReport, UnlinkIncident},
    refusal::Refusal,
    sensitive::Sensitive,
};

use super::{Incident, Stored, told};
use crate::{
    cases::CaseRow,
    error::Result,
    keys,
    schema::{cases, incident_links as links, incidents},
    unit::{Reading, Tx},
};

/// That a case belongs to an incident, or once did.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = links)]
pub struct Link {
    /// The link.
    pub id: IncidentLinkId,
    /// The incident.
    pub incident_id: IncidentId,
    /// The case.
    pub case_id: CaseId,
    /// Whether it still belongs to it; changes through its machine only.
    pub state: State<IncidentLinkState>,
    /// Why it does not any more.
    pub end_reason: Option<IncidentUnlinkReason>,
    /// Who said so.
    pub ended_by: Option<UserId>,
    /// When.
    pub ended_at: Option<Instant>,
    /// Who said that it belongs to it.
    pub created_by: UserId,
    /// Against lost updates.
    pub version: i64,
    /// When.
    pub created_at: Instant,
}

/// Returns the incident that a case belongs to, to whom what stands in the case is shown.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn of_case(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadCase, CaseRow>,
) -> Result<Option<IncidentId>> {
    if !permit.may_see(Class::CaseRestricted) {
        return Ok(None);
    }
    Ok(current(reading, &permit.row().case.id)?.map(|link| link.incident_id))
}

/// Finds the link of a case that the caller was permitted to act on.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn current(reading: &mut Reading<'_>, case: &CaseId) -> Result<Option<Link>> {
    Ok(links::table
        .filter(links::case_id.eq(case))
        .filter(links::state.eq(IncidentLinkState::Linked))
        .select(Link::as_select())
        .first(reading.conn)
        .optional()?)
}

/// Returns the incidents that a case belongs to or once did, the newest first, each with what those who were
/// found share. What is told in words tells of others too, and is not here.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn with_incidents(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadCase, CaseRow>,
) -> Result<Vec<(Link, Incident)>> {
    let found: Vec<(Link, Stored)> = links::table
        .inner_join(incidents::table)
        .filter(links::case_id.eq(&permit.row().case.id))
        .order((links::created_at.desc(), links::id.desc()))
        .select((Link::as_select(), Stored::as_select()))
        .load(reading.conn)?;
    let shown = |(link, stored)| Ok((link, told(stored, Sensitive::default())?));
    found.into_iter().map(shown).collect()
}

/// Says that the case of a report that is submitted belongs to an incident.
///
/// # Errors
/// [`crate::Error::Unavailable`] if it cannot be written; then nothing is.
pub fn link_registered(
    tx: &mut Tx<'_>,
    _permit: &Permit<SubmitReport, ()>,
    (id, incident, case): (&IncidentLinkId, &IncidentId, &CaseId),
) -> Result<()> {
    insert(tx, (id, incident, case))
}

/// Says that a case belongs to an incident.
///
/// # Errors
/// [`crate::Error::Unavailable`] if it cannot be written; then nothing is.
pub fn link(
    tx: &mut Tx<'_>,
    permit: &Permit<LinkIncident, CaseRow>,
    (id, incident): (&IncidentLinkId, &IncidentId),
) -> Result<()> {
    insert(tx, (id, incident, &permit.row().case.id))
}

fn insert(
    tx: &mut Tx<'_>,
    (id, incident, case): (&IncidentLinkId, &IncidentId, &CaseId),
) -> Result<()> {
    tx.changes(case);
    let by = tx.actor()?.user_id.clone();
    let now = tx.now();
    diesel::insert_into(links::table)
        .values((
            links::id.eq(id),
            links::incident_id.eq(incident),
            links::case_id.eq(case),
            links::state.eq(IncidentLinkState::INITIAL),
            links::created_by.eq(by),
            links::version.eq(1),
            links::created_at.eq(now),
            links::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Says that a case does not belong to an incident any more. Returns the new version of the link.
///
/// # Errors
/// [`Refusal::Stale`] if somebody was faster.
pub fn remove(
    tx: &mut Tx<'_>,
    permit: &Permit<UnlinkIncident, CaseRow>,
    (id, version): (&IncidentLinkId, i64),
    moved: &Moved<IncidentLinkState>,
    reason: IncidentUnlinkReason,
) -> Result<i64> {
    tx.changes(&permit.row().case.id);
    let by = tx.actor()?.user_id.clone();
    let (now, next) = (tx.now(), version.saturating_add(1));
    let saved = diesel::update(links::table.find(id))
        .filter(links::version.eq(version))
        .filter(links::state.eq(moved.from()))
        .set((
            links::state.eq(moved.to()),
            links::end_reason.eq(Some(reason)),
            links::ended_by.eq(Some(by)),
            links::ended_at.eq(Some(now)),
            links::version.eq(next),
            links::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    if saved == 1 { Ok(next) } else { Err(Refusal::Stale { current: next }.into()) }
}

/// Destroys the words of the incidents in which a forgotten person was found, where nobody is left who was
/// not forgotten: they tell of all who were there. Returns each with its version.
pub(crate) fn forget(
    tx: &mut Tx<'_>,
    person: &PersonId,
    at: Instant,
) -> Result<Vec<(IncidentId, i64)>> {
    let theirs = cases::table.filter(cases::person_id.eq(person)).select(cases::id);
    let found: Vec<(IncidentId, PersonId, i64)> =
        incidents::table
            .filter(incidents::sealed.is_not_null())
            .filter(incidents::id.eq_any(
                links::table.filter(links::case_id.eq_any(theirs)).select(links::incident_id),
            ))
            .select((incidents::id, incidents::key_id, incidents::version + 1))
            .load(tx.conn)?;
    let mut emptied = Vec::new();
    for (id, key_id, version) in found {
        let left: i64 = links::table
            .inner_join(cases::table)
            .filter(links::incident_id.eq(&id))
            .filter(cases::erased_at.is_null())
            .count()
            .get_result(tx.conn)?;
        if left > 0 {
            continue;
        }
        keys::person::destroy(tx, &key_id, at)?;
        diesel::update(incidents::table.find(&id))
            .set((
                incidents::sealed.eq(None::<Vec<u8>>),
                incidents::version.eq(version),
                incidents::updated_at.eq(at),
            ))
            .execute(tx.conn)?;
        emptied.push((id, version));
    }
    Ok(emptied)
}
