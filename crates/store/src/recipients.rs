//! Whom a referral can go to: what an organisation offers, and who works there now.

use diesel::prelude::*;
use refero_domain::{
    actor::ActorRole,
    id::{OrganisationId, UserId},
    referral::OfferedService,
};

use crate::{
    authenticate,
    columns::Codes,
    error::Result,
    schema::{organisations, services, users},
    unit::Reading,
};

/// Says whether an organisation exists, active or not.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn exists(reading: &mut Reading<'_>, id: &OrganisationId) -> Result<bool> {
    let found: i64 =
        organisations::table.filter(organisations::id.eq(id)).count().get_result(reading.conn)?;
    Ok(found > 0)
}

/// Returns what an organisation offers now: nothing if it is not active.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn offered(reading: &mut Reading<'_>, id: &OrganisationId) -> Result<Vec<OfferedService>> {
    let rows: Vec<(String, String, Codes)> = services::table
        .inner_join(organisations::table)
        .filter(organisations::id.eq(id))
        .filter(organisations::active.eq(true))
        .filter(services::active.eq(true))
        .order(services::id)
        .select((services::service_type, services::ages, services::sexes))
        .load(reading.conn)?;
    rows.into_iter()
        .map(|(service_type, ages, sexes)| {
            Ok(OfferedService {
                service_type,
                takes_children: ages != "adults_only",
                takes_adults: ages != "children_only",
                sexes: sexes.get()?,
            })
        })
        .collect()
}

/// Says whether a user works for an organisation now: active, there, and with a provider's role that
/// holds at this moment.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn works_there(
    reading: &mut Reading<'_>,
    organisation: &OrganisationId,
    user: &UserId,
) -> Result<bool> {
    let there: i64 = users::table
        .filter(users::id.eq(user))
        .filter(users::organisation_id.eq(organisation))
        .filter(users::state.eq("active"))
        .count()
        .get_result(reading.conn)?;
    if there == 0 {
        return Ok(false);
    }
    let now = reading.now();
    let grants = authenticate::grants_now(reading.conn, user, now)?;
    Ok(grants.iter().any(|grant| {
        matches!(grant.role, ActorRole::ServiceProviderWorker | ActorRole::ServiceProviderManager)
    }))
}
