//! Who is behind a session at this moment.

use diesel::prelude::*;
use refero_domain::{
    account::UserState,
    actor::{Actor, ActorRole, Grant, holds_at},
    id::{OrganisationId, SessionId, UserId},
    instant::Instant,
    second_factor::{FactorState, Proof},
};

use crate::{
    db::DbConn,
    emergencies,
    error::{Error, Result},
    schema::{organisations, role_grants, second_factors, sessions, users},
};

/// Finds who acts: the session must live, the user must be active, the roles must hold now.
///
/// Read in the transaction of every act, never cached, never taken from the token: an account that
/// was disabled or a role that ended is gone with the next request. So is what they have proved of
/// their second factor: no claim of a token stands for it.
///
/// # Errors
/// [`Error::NotAuthenticated`] whatever of it fails.
pub(crate) fn authenticate(
    conn: &mut DbConn,
    session_id: &SessionId,
    user_id: &UserId,
    now: Instant,
) -> Result<(Actor, Proof)> {
    type Found = (OrganisationId, Option<Instant>, Option<FactorState>, Option<GrantRow>);
    // A row for each role: whoever asks waits for this before anything else.
    let found: Vec<Found> = sessions::table
        .inner_join(
            users::table
                .inner_join(organisations::table)
                .left_join(second_factors::table)
                .left_join(role_grants::table),
        )
        .filter(sessions::id.eq(session_id))
        .filter(users::id.eq(user_id))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .filter(users::state.eq(UserState::Active))
        .filter(organisations::active.eq(true))
        .order(role_grants::id)
        .select((
            users::organisation_id,
            sessions::factor_at,
            second_factors::state.nullable(),
            (role_grants::role, role_grants::area, role_grants::valid_from, role_grants::valid_to)
                .nullable(),
        ))
        .load(conn)?;
    let (organisation_id, proved_at, factor, _) =
        found.first().cloned().ok_or(Error::NotAuthenticated)?;
    let grants = holding(found.into_iter().filter_map(|(.., grant)| grant), now);
    // Nobody else opens a case in an emergency (R15).
    let may_have = grants.iter().any(|grant| grant.role == ActorRole::CaseCoordinator);
    let open_in_emergency =
        if may_have { emergencies::open_to(conn, user_id, now)? } else { Vec::new() };
    let actor = Actor {
        user_id: user_id.clone(),
        organisation_id,
        session_id: Some(session_id.clone()),
        grants,
        open_in_emergency,
    };
    Ok((actor, Proof { is_enrolled: factor == Some(FactorState::Active), proved_at }))
}

/// Finds whom a token names, though it may open nothing any more: for the trail of refusals.
pub(crate) fn named_by_token(
    conn: &mut DbConn,
    session_id: &SessionId,
    user_id: &UserId,
    now: Instant,
) -> Result<Option<Actor>> {
    match authenticate(conn, session_id, user_id, now) {
        Ok((actor, _)) => Ok(Some(actor)),
        Err(Error::NotAuthenticated) => Ok(users::table
            .find(user_id)
            .select(users::organisation_id)
            .first(conn)
            .optional()?
            .map(|organisation_id| Actor {
                user_id: user_id.clone(),
                organisation_id,
                session_id: Some(session_id.clone()),
                grants: Vec::new(),
                open_in_emergency: Vec::new(),
            })),
        Err(error) => Err(error),
    }
}

/// A grant as it is stored: the role, the area, and from when until when it holds.
type GrantRow = (ActorRole, Option<String>, Instant, Option<Instant>);

/// Returns the grants of a user that hold at a moment.
pub(crate) fn grants_now(conn: &mut DbConn, user_id: &UserId, now: Instant) -> Result<Vec<Grant>> {
    let rows: Vec<GrantRow> = role_grants::table
        .filter(role_grants::user_id.eq(user_id))
        .select((
            role_grants::role,
            role_grants::area,
            role_grants::valid_from,
            role_grants::valid_to,
        ))
        .order(role_grants::id)
        .load(conn)?;
    Ok(holding(rows.into_iter(), now))
}

fn holding(rows: impl Iterator<Item = GrantRow>, now: Instant) -> Vec<Grant> {
    rows.filter(|(.., from, to)| holds_at(*from, *to, now))
        .map(|(role, area, ..)| Grant { role, area })
        .collect()
}
