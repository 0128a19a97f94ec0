//! Grants of roles: dated, never deleted.

use diesel::prelude::*;
use refero_domain::{
    account::DatedRole,
    actor::ActorRole,
    id::{RoleGrantId, UserId},
    instant::Instant,
};

use crate::{
    accounts::{User, met},
    db::DbConn,
    error::Result,
    schema::{role_grants, users},
    unit::Tx,
};

/// A role that was granted.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = role_grants)]
pub struct RoleGrant {
    /// The grant.
    pub id: RoleGrantId,
    /// To whom.
    pub user_id: UserId,
    /// The role.
    pub role: ActorRole,
    /// ISO 3166-2; the whole country if nothing.
    pub area: Option<String>,
    /// From when it holds.
    pub valid_from: Instant,
    /// Until when, exclusive; without end if nothing.
    pub valid_to: Option<Instant>,
}

impl RoleGrant {
    /// Returns the role and its time.
    #[must_use]
    pub const fn dated(&self) -> DatedRole {
        DatedRole { role: self.role, valid_from: self.valid_from, valid_to: self.valid_to }
    }
}

/// A grant that is made.
#[derive(Debug, Clone)]
pub struct NewGrant {
    /// The grant.
    pub id: RoleGrantId,
    /// The role and its time.
    pub dated: DatedRole,
    /// ISO 3166-2; the whole country if nothing.
    pub area: Option<String>,
    /// Who grants it; nothing for the first administrator.
    pub granted_by: Option<UserId>,
}

/// Reads every grant of some users, oldest first.
pub(crate) fn of_users(conn: &mut DbConn, ids: &[UserId]) -> Result<Vec<RoleGrant>> {
    Ok(role_grants::table
        .filter(role_grants::user_id.eq_any(ids))
        .select(RoleGrant::as_select())
        .order((role_grants::valid_from, role_grants::id))
        .load(conn)?)
}

/// Saves a grant of a user who is new in this transaction.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn insert(tx: &mut Tx<'_>, user_id: &UserId, new: &NewGrant) -> Result<()> {
    let now = tx.now();
    diesel::insert_into(role_grants::table)
        .values((
            role_grants::id.eq(&new.id),
            role_grants::user_id.eq(user_id),
            role_grants::role.eq(new.dated.role),
            role_grants::area.eq(new.area.as_deref()),
            role_grants::valid_from.eq(new.dated.valid_from),
            role_grants::valid_to.eq(new.dated.valid_to),
            role_grants::granted_by.eq(new.granted_by.as_ref()),
            role_grants::created_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Ends a grant of a user at a moment. The grant is found through its user.
///
/// # Errors
/// [`refero_domain::refusal::Refusal::NotFound`] if the user has no such grant.
pub fn end(tx: &mut Tx<'_>, user: &User, grant: &RoleGrantId, at: Instant) -> Result<()> {
    let ended = diesel::update(role_grants::table.find(grant))
        .filter(role_grants::user_id.eq(&user.id))
        .set(role_grants::valid_to.eq(Some(at)))
        .execute(tx.conn)?;
    if ended == 1 { Ok(()) } else { Err(crate::accounts::absent(grant)) }
}

/// Counts a change of the roles as a change of the account.
///
/// # Errors
/// [`refero_domain::refusal::Refusal::Stale`] if somebody else was faster.
pub fn touch(tx: &mut Tx<'_>, user: &User) -> Result<()> {
    let now = tx.now();
    let rows = diesel::update(users::table.find(&user.id))
        .filter(users::version.eq(user.version))
        .set((users::version.eq(user.version.saturating_add(1)), users::updated_at.eq(now)))
        .execute(tx.conn)?;
    met(rows, user.version)
}
