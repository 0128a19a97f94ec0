//! Sessions and the refresh tokens that continue them.

use diesel::prelude::*;
use refero_domain::{
    account::UserState,
    actor::Actor,
    id::{OrganisationId, SessionId, UserId},
    instant::Instant,
    policy::{self, Action, Permit, SystemFacts},
};

use crate::{
    accounts::absent,
    authenticate::grants_now,
    credentials::SecretDigest,
    db::Db,
    error::{Error, Result},
    rows::{RowLimit, Rows},
    schema::{organisations, refresh_tokens, sessions, users},
    sealing::DeploymentKey,
    unit::{Reading, Tx},
};

/// Keyed digest of what a client tells about itself.
pub type ClientDigest = [u8; 32];

/// Finds who a user is, to act in a session that has just begun or goes on.
///
/// # Errors
/// [`Error::NotAuthenticated`] if account or organisation are not active.
pub fn actor_of(tx: &mut Tx<'_>, user_id: &UserId, session_id: &SessionId) -> Result<Actor> {
    let organisation_id: OrganisationId = users::table
        .inner_join(organisations::table)
        .filter(users::id.eq(user_id))
        .filter(users::state.eq(UserState::Active))
        .filter(organisations::active.eq(true))
        .select(users::organisation_id)
        .first(tx.conn)
        .optional()?
        .ok_or(Error::NotAuthenticated)?;
    let now = tx.now();
    Ok(Actor {
        user_id: user_id.clone(),
        organisation_id,
        session_id: Some(session_id.clone()),
        grants: grants_now(tx.conn, user_id, now)?,
        // Signing in opens no case.
        open_in_emergency: Vec::new(),
    })
}

/// Makes the digest by which a client is known again. Its address and name are not kept.
#[must_use]
pub fn client_digest(tx: &Tx<'_>, user_agent: &str, network: Option<&str>) -> ClientDigest {
    let parts = [user_agent.as_bytes(), network.unwrap_or_default().as_bytes()];
    tx.keys.current().index_key().keyed_digest("session client", &parts)
}

/// Says whether a kept digest is that of a client, made in any epoch that is held.
#[must_use]
pub fn is_client(tx: &Tx<'_>, kept: &[u8], user_agent: &str, network: Option<&str>) -> bool {
    let parts = [user_agent.as_bytes(), network.unwrap_or_default().as_bytes()];
    let digest = |key: &DeploymentKey| key.index_key().keyed_digest("session client", &parts);
    tx.keys.held().any(|(_, key)| digest(key) == kept)
}

/// A session that begins.
pub struct NewSession<'s> {
    /// The session.
    pub id: &'s SessionId,
    /// Whose.
    pub user_id: &'s UserId,
    /// Its first refresh token.
    pub refresh: &'s SecretDigest,
    /// The client.
    pub client: &'s ClientDigest,
    /// When it ends in any case.
    pub expires_at: Instant,
    /// When the second factor was proved; nothing if there is none.
    pub factor_at: Option<Instant>,
}

/// Begins a session.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn open(tx: &mut Tx<'_>, new: &NewSession<'_>) -> Result<()> {
    let now = tx.now();
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(new.id),
            sessions::user_id.eq(new.user_id),
            sessions::created_at.eq(now),
            sessions::last_used_at.eq(now),
            sessions::expires_at.eq(new.expires_at),
            sessions::client.eq(&new.client[..]),
            sessions::factor_at.eq(new.factor_at),
        ))
        .execute(tx.conn)?;
    insert_token(tx, new.id, new.refresh)
}

fn insert_token(tx: &mut Tx<'_>, session_id: &SessionId, digest: &SecretDigest) -> Result<()> {
    let now = tx.now();
    diesel::insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::digest.eq(&digest[..]),
            refresh_tokens::session_id.eq(session_id),
            refresh_tokens::issued_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// The stored facts about a refresh token that was presented.
pub struct Presented {
    /// The session it belongs to.
    pub session: Session,
    /// Whose.
    pub user_id: UserId,
    /// When it was handed out.
    pub issued_at: Instant,
    /// When it was first used.
    pub used_at: Option<Instant>,
    /// The digest of the token that followed.
    pub successor: Option<Vec<u8>>,
    /// Whether that one was used since.
    pub successor_used: bool,
    /// The client of the session's last sign of life.
    pub client: Vec<u8>,
}

impl Db {
    /// Says whether a refresh token was ever handed out, and is not forgotten.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the database is not there.
    pub fn knows_refresh_token(&self, digest: &SecretDigest) -> Result<bool> {
        let found: i64 = self.plain(|conn| {
            Ok(refresh_tokens::table
                .filter(refresh_tokens::digest.eq(&digest[..]))
                .count()
                .get_result(conn)?)
        })?;
        Ok(found > 0)
    }
}

/// Finds a presented refresh token.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn presented(tx: &mut Tx<'_>, digest: &SecretDigest) -> Result<Option<Presented>> {
    type Token = (SessionId, Instant, Option<Instant>, Option<Vec<u8>>);
    let token: Option<Token> = refresh_tokens::table
        .find(&digest[..])
        .select((
            refresh_tokens::session_id,
            refresh_tokens::issued_at,
            refresh_tokens::used_at,
            refresh_tokens::successor,
        ))
        .first(tx.conn)
        .optional()?;
    let Some((session_id, issued_at, used_at, successor)) = token else {
        return Ok(None);
    };
    let (session, user_id, client): (Session, UserId, Vec<u8>) = sessions::table
        .find(&session_id)
        .select((Session::as_select(), sessions::user_id, sessions::client))
        .first(tx.conn)?;
    let successor_used = match &successor {
        None => false,
        Some(next) => refresh_tokens::table
            .find(next)
            .select(refresh_tokens::used_at.is_not_null())
            .first(tx.conn)
            .optional()?
            .unwrap_or(true),
    };
    Ok(Some(Presented { session, user_id, issued_at, used_at, successor, successor_used, client }))
}

/// Uses a refresh token up and puts its successor in its place.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn rotate(
    tx: &mut Tx<'_>,
    session_id: &SessionId,
    used: &SecretDigest,
    successor: &SecretDigest,
    client: &ClientDigest,
) -> Result<()> {
    let now = tx.now();
    let rows = diesel::update(refresh_tokens::table.find(&used[..]))
        .filter(refresh_tokens::used_at.is_null())
        .set((
            refresh_tokens::used_at.eq(Some(now)),
            refresh_tokens::successor.eq(Some(&successor[..])),
        ))
        .execute(tx.conn)?;
    if rows != 1 {
        return Err(Error::broken("a refresh token was used twice in one transaction"));
    }
    insert_token(tx, session_id, successor)?;
    diesel::update(sessions::table.find(session_id))
        .set((sessions::last_used_at.eq(now), sessions::client.eq(&client[..])))
        .execute(tx.conn)?;
    Ok(())
}

/// A session as its owner sees it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = sessions)]
pub struct Session {
    /// The session.
    pub id: SessionId,
    /// When the person signed in.
    pub created_at: Instant,
    /// When it was last refreshed.
    pub last_used_at: Instant,
    /// When it ends in any case.
    pub expires_at: Instant,
    /// When it was ended, if it was.
    pub revoked_at: Option<Instant>,
    /// When the second factor was last proved in it.
    pub factor_at: Option<Instant>,
}

/// Lists the caller's own live sessions, newest first.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn own(
    reading: &mut Reading<'_>,
    idle_s: i64,
    after: Option<&(Instant, SessionId)>,
    limit: RowLimit,
) -> Result<Rows<Session>> {
    let (now, user_id) = (reading.now(), reading.actor()?.user_id.clone());
    let mut query = sessions::table
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .filter(sessions::last_used_at.gt(now.plus_seconds(-idle_s)))
        .select(Session::as_select())
        .into_boxed();
    if let Some((at, id)) = after {
        query = query.filter(
            sessions::created_at
                .lt(*at)
                .or(sessions::created_at.eq(*at).and(sessions::id.lt(id.clone()))),
        );
    }
    let found = query
        .order((sessions::created_at.desc(), sessions::id.desc()))
        .limit(limit.one_more())
        .load(reading.conn)?;
    Ok(limit.cut(found))
}

/// Fetches one of the caller's own sessions for an action.
///
/// # Errors
/// [`refero_domain::refusal::Refusal::NotFound`] if the caller has no such session.
pub fn fetch_own<A: Action>(
    reading: &mut Reading<'_>,
    id: &SessionId,
) -> Result<Permit<A, Session>> {
    let actor = reading.actor()?.clone();
    let found: Option<Session> = sessions::table
        .find(id)
        .filter(sessions::user_id.eq(&actor.user_id))
        .select(Session::as_select())
        .first(reading.conn)
        .optional()?;
    let session = found.ok_or_else(|| absent(id))?;
    policy::decide(&actor, &SystemFacts, session).map_err(Error::from)
}

/// Notes when the second factor was proved in the session of the request; nothing if what was
/// proved counts no more.
///
/// # Errors
/// [`Error::NotAuthenticated`] if the request has none.
pub fn note_proof(tx: &mut Tx<'_>, at: Option<Instant>) -> Result<()> {
    let id = tx.actor()?.session_id.clone().ok_or(Error::NotAuthenticated)?;
    diesel::update(sessions::table.find(id)).set(sessions::factor_at.eq(at)).execute(tx.conn)?;
    Ok(())
}

/// Returns when the second factor was last proved in the session of the request.
///
/// # Errors
/// [`Error::NotAuthenticated`] if the request has none.
pub fn proved_at(reading: &mut Reading<'_>) -> Result<Option<Instant>> {
    let id = reading.actor()?.session_id.clone().ok_or(Error::NotAuthenticated)?;
    Ok(sessions::table.find(id).select(sessions::factor_at).first(reading.conn)?)
}

/// Ends a session now; what it was given is dead with the next request.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn revoke(tx: &mut Tx<'_>, id: &SessionId) -> Result<()> {
    let now = tx.now();
    diesel::update(sessions::table.find(id))
        .filter(sessions::revoked_at.is_null())
        .set(sessions::revoked_at.eq(Some(now)))
        .execute(tx.conn)?;
    Ok(())
}

/// Ends every session of a user, or every one but the given.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn revoke_all(tx: &mut Tx<'_>, user_id: &UserId, but: Option<&SessionId>) -> Result<usize> {
    let now = tx.now();
    let live = sessions::table
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::revoked_at.is_null());
    let ended = sessions::revoked_at.eq(Some(now));
    let rows = match but {
        None => diesel::update(live).set(ended).execute(tx.conn)?,
        Some(but) => {
            diesel::update(live.filter(sessions::id.ne(but))).set(ended).execute(tx.conn)?
        }
    };
    Ok(rows)
}
