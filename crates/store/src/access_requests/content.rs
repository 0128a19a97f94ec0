//! What a copy tells besides the records themselves: who is who, and who did what. Organisations and
//! roles, never the name of somebody who works there.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use refero_domain::{
    actor::ActorRole,
    id::{CaseId, EmergencyAccessId, OrganisationId, ReferralId, UserId},
    instant::Instant,
    policy::{Action, Discloses, Permit, ReadTimeline},
    subject_access::Holder,
};

use super::AccessRow;
use crate::{
    cases::CaseRow,
    columns::Codes,
    error::Result,
    schema::{
        audit_events as events, emergency_accesses, organisations as organisation_table, referrals,
        role_grants, users,
    },
    unit::Reading,
};

/// Where somebody works, and as what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Office {
    /// The organisation.
    pub organisation_id: Option<OrganisationId>,
    /// Codes of `actor_role`: those held now or before.
    pub roles: BTreeSet<String>,
}

/// Finds where people work, and as what.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn offices<A: Action + Discloses>(
    reading: &mut Reading<'_>,
    _permit: &Permit<A, AccessRow>,
    people: Vec<UserId>,
) -> Result<BTreeMap<UserId, Office>> {
    let found: Vec<(UserId, OrganisationId)> = users::table
        .filter(users::id.eq_any(people.clone()))
        .select((users::id, users::organisation_id))
        .load(reading.conn)?;
    let roles: Vec<(UserId, String)> = role_grants::table
        .filter(role_grants::user_id.eq_any(people))
        .select((role_grants::user_id, role_grants::role))
        .load(reading.conn)?;
    let mut offices: BTreeMap<UserId, Office> = BTreeMap::new();
    for (user, organisation) in found {
        offices.entry(user).or_default().organisation_id = Some(organisation);
    }
    for (user, role) in roles {
        offices.entry(user).or_default().roles.insert(role);
    }
    Ok(offices)
}

/// Reads the names and kinds of organisations, as the directory shows them.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn organisations(
    reading: &mut Reading<'_>,
    ids: BTreeSet<OrganisationId>,
) -> Result<BTreeMap<OrganisationId, (String, String)>> {
    let ids: Vec<OrganisationId> = ids.into_iter().collect();
    let found: Vec<(OrganisationId, String, String)> = organisation_table::table
        .filter(organisation_table::id.eq_any(ids))
        .select((
            organisation_table::id,
            organisation_table::name,
            organisation_table::organisation_type,
        ))
        .load(reading.conn)?;
    Ok(found.into_iter().map(|(id, name, kind)| (id, (name, kind))).collect())
}

/// Finds the referrals of the case in which a holder has a part: all of them for the coordination,
/// those that it answered for a provider.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn referrals_of<A: Action + Discloses>(
    reading: &mut Reading<'_>,
    permit: &Permit<A, AccessRow>,
    holder: &Holder,
) -> Result<Vec<ReferralId>> {
    let of_case = referrals::table
        .filter(referrals::case_id.eq(&permit.row().request.case_id))
        .order((referrals::created_at, referrals::id))
        .select(referrals::id)
        .into_boxed();
    let query = match holder {
        Holder::Bureau => of_case,
        Holder::Provider(organisation) => of_case
            .filter(referrals::organisation_id.eq(organisation))
            .filter(referrals::answered_at.is_not_null()),
    };
    Ok(query.load(reading.conn)?)
}

/// Finds the emergency accesses to a case.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn emergencies(reading: &mut Reading<'_>, case: &CaseId) -> Result<Vec<EmergencyAccessId>> {
    Ok(emergency_accesses::table
        .filter(emergency_accesses::case_id.eq(case))
        .order((emergency_accesses::opened_at, emergency_accesses::id))
        .select(emergency_accesses::id)
        .load(reading.conn)?)
}

/// What one office did with the file, in one kind of act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// Where, and as what.
    pub office: Office,
    /// A code of `audit_operation`.
    pub operation: String,
    /// How often.
    pub times: i64,
    /// The first time.
    pub first_at: Instant,
    /// The last time.
    pub last_at: Instant,
}

/// Reads from the trail which offices read and changed the file.
///
/// Whoever acted as an investigator or for the prosecution is left out: that they look is part of an
/// investigation, behind the wall (R8).
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn deeds(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadTimeline, CaseRow>,
) -> Result<Vec<Deed>> {
    type Found = (Option<String>, Codes, String, Instant);
    let found: Vec<Found> = events::table
        .filter(events::case_id.eq(permit.row().case.id.as_str()))
        .filter(events::outcome.eq("success"))
        .filter(events::actor_id.is_not_null())
        .order((events::at, events::id))
        .select((events::organisation_id, events::actor_roles, events::operation, events::at))
        .load(reading.conn)?;
    let walled = [ActorRole::Investigator.code(), ActorRole::ProsecutorLiaison.code()];
    let mut deeds: Vec<Deed> = Vec::new();
    for (organisation, roles, operation, at) in found {
        let roles = roles.get()?;
        if roles.iter().any(|role| walled.contains(&role.as_str())) {
            continue;
        }
        let organisation_id = organisation.and_then(|id| id.parse().ok());
        let office = Office { organisation_id, roles: roles.into_iter().collect() };
        match deeds.iter_mut().find(|deed| deed.office == office && deed.operation == operation) {
            Some(deed) => {
                deed.times = deed.times.saturating_add(1);
                deed.last_at = at;
            }
            None => deeds.push(Deed { office, operation, times: 1, first_at: at, last_at: at }),
        }
    }
    Ok(deeds)
}
