//! Making accounts and moving them.

use diesel::prelude::*;
use refero_domain::{
    account::{DisableReason, UserState, Username},
    id::{OrganisationId, UserId},
    instant::Instant,
    machine::Moved,
};

use super::{User, met};
use crate::{error::Result, schema::users, unit::Tx};

/// What a new account signs in with.
#[derive(Clone)]
pub enum Credential {
    /// A one-time secret with which the person chooses a password: its digest, and its end.
    Activation([u8; 32], Instant),
    /// A password's hash: for the accounts of a demonstration, never from a request.
    Password(String),
}

/// An account that is made.
#[derive(Clone)]
pub struct NewUser {
    /// The account.
    pub id: UserId,
    /// The organisation.
    pub organisation_id: OrganisationId,
    /// The name to sign in with.
    pub username: Username,
    /// The name that colleagues read.
    pub display_name: String,
    /// The language, if one was chosen.
    pub language: Option<String>,
    /// What the person signs in with.
    pub credential: Credential,
}

/// Saves a new account.
///
/// # Errors
/// [`Refusal::UsernameTaken`], [`Refusal::IdTaken`].
pub fn insert(tx: &mut Tx<'_>, new: &NewUser) -> Result<()> {
    let now = tx.now();
    let (state, hash, digest, until) = match &new.credential {
        Credential::Activation(digest, until) => {
            (UserState::Invited, None, Some(&digest[..]), Some(*until))
        }
        Credential::Password(hash) => (UserState::Active, Some(hash.as_str()), None, None),
    };
    diesel::insert_into(users::table)
        .values((
            users::id.eq(&new.id),
            users::organisation_id.eq(&new.organisation_id),
            users::username.eq(new.username.as_str()),
            users::display_name.eq(&new.display_name),
            users::language.eq(&new.language),
            users::state.eq(state),
            users::password_hash.eq(hash),
            users::activation_digest.eq(digest),
            users::activation_expires_at.eq(until),
            users::version.eq(1),
            users::created_at.eq(now),
            users::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// What is changed of an account's profile; what is nothing stays.
#[derive(Debug, Clone, Default)]
pub struct ProfileChange {
    /// The name that colleagues read.
    pub display_name: Option<String>,
    /// The language; the inner nothing is none of one's own.
    pub language: Option<Option<String>>,
}

/// Saves the name and the language.
///
/// # Errors
/// [`Refusal::Stale`] if somebody else was faster.
pub fn save_profile(tx: &mut Tx<'_>, before: &User, change: &ProfileChange) -> Result<()> {
    let name = change.display_name.as_ref().unwrap_or(&before.display_name);
    let language = change.language.as_ref().unwrap_or(&before.language);
    let now = tx.now();
    let rows = diesel::update(users::table.find(&before.id))
        .filter(users::version.eq(before.version))
        .set((
            users::display_name.eq(name),
            users::language.eq(language),
            users::version.eq(before.version.saturating_add(1)),
            users::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    met(rows, before.version)
}

/// What happens to the means of signing in when an account moves.
pub enum CredentialChange<'c> {
    /// They stay as they are; a pending secret is void.
    Keep,
    /// They are void, and a new secret stands in for them.
    Invite(&'c [u8; 32], Instant),
    /// A password was chosen; the secret is used up.
    Choose(&'c str),
}

/// A move of an account, with what goes with it.
pub struct UserMove<'m> {
    /// From where to where.
    pub moved: &'m Moved<UserState>,
    /// Why, if the account is disabled; it is forgotten with every other move.
    pub reason: Option<DisableReason>,
    /// What it does to the means of signing in.
    pub credential: &'m CredentialChange<'m>,
}

/// Saves a move and what it does to the means of signing in.
///
/// # Errors
/// [`Refusal::Stale`] if somebody else was faster.
pub fn save_move(
    tx: &mut Tx<'_>,
    id: &UserId,
    version: i64,
    UserMove { moved, reason, credential }: UserMove<'_>,
) -> Result<()> {
    let now = tx.now();
    let state = moved.to();
    let target = users::table.find(id).filter(users::version.eq(version));
    let common = (
        users::state.eq(state),
        users::disabled_reason.eq(reason),
        users::version.eq(version.saturating_add(1)),
        users::updated_at.eq(now),
    );
    let (digest, until) = match credential {
        CredentialChange::Invite(digest, until) => (Some(&digest[..]), Some(*until)),
        CredentialChange::Keep | CredentialChange::Choose(_) => (None, None),
    };
    let secret = (users::activation_digest.eq(digest), users::activation_expires_at.eq(until));
    let rows = match credential {
        CredentialChange::Keep => diesel::update(target).set((common, secret)).execute(tx.conn)?,
        CredentialChange::Invite(..) => diesel::update(target)
            .set((common, secret, users::password_hash.eq(None::<&str>)))
            .execute(tx.conn)?,
        CredentialChange::Choose(hash) => diesel::update(target)
            .set((common, secret, users::password_hash.eq(Some(*hash))))
            .execute(tx.conn)?,
    };
    met(rows, version)
}
