//! What signing in is checked against: password hashes, activation secrets, failures.
//!
//! Nothing of it is shown to anybody: it goes to the hasher, and the outcome to the trail.

use diesel::prelude::*;
use refero_domain::{
    account::{UserState, Username},
    actor::ActorRole,
    id::{OrganisationId, UserId},
    instant::Instant,
    machine::State,
};

use crate::{
    accounts::{User, met},
    db::{Db, DbConn},
    error::{Error, Result},
    failures::Failures,
    schema::{
        organisations, refresh_tokens, role_grants, sign_in_failures as failures,
        sign_in_networks as networks, users,
    },
    sealing::KeyRing,
    unit::{Reading, Request, Tx},
};

/// SHA-256 of a secret that was handed out.
pub type SecretDigest = [u8; 32];

/// What a password is checked against. It goes to the hasher and is never shown.
#[derive(Clone)]
pub struct Credentials {
    /// The account; nothing if the name belongs to nobody.
    pub user_id: Option<UserId>,
    /// The name under which failures are counted.
    pub username: String,
    /// The stored hash; nothing unless the account may sign in now.
    pub password_hash: Option<String>,
    /// The failures so far, under this name and from the network of the request.
    pub failures: Failures,
}

/// What a guesser who knows the person would try first.
#[derive(Clone)]
pub struct PasswordContext {
    /// The account.
    pub user_id: UserId,
    /// The words.
    pub words: Vec<String>,
}

impl Db {
    /// Reads what a sign-in under a name is checked against: the same questions whether the name is
    /// known or not.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the database is not there.
    pub fn credentials(&self, username: &str, network: Option<&str>) -> Result<Credentials> {
        self.plain(|conn| credentials_on(conn, &self.keys(), username, network))
    }

    /// Reads what the caller's own password is checked against, once the caller is known to be so.
    ///
    /// # Errors
    /// [`Error::NotAuthenticated`] if the caller is not.
    pub fn own_credentials(&self, request: &Request) -> Result<(Credentials, PasswordContext)> {
        let username = self.plain(|conn| {
            let keys = self.keys();
            let house = (self.vault(), &*keys, self.entropy());
            let actor = Reading::enter(conn, request, house, self.watch())?;
            let user_id = actor.actor()?.user_id.clone();
            Ok(users::table.find(user_id).select(users::username).first::<String>(conn)?)
        })?;
        let context =
            self.plain(|conn| context_of(conn, &username))?.ok_or(Error::NotAuthenticated)?;
        Ok((self.credentials(&username, request.network.as_deref())?, context))
    }

    /// Reads who may activate with a secret, and the words that the password must avoid.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the database is not there.
    pub fn invited(
        &self,
        username: &str,
        secret: &SecretDigest,
        now: Instant,
    ) -> Result<Option<PasswordContext>> {
        self.plain(|conn| {
            let invited = invited_account(conn, username, secret, now)?;
            let context = context_of(conn, username)?;
            Ok(invited.and(context))
        })
    }
}

struct Account {
    id: UserId,
    state: UserState,
    organisation_is_active: bool,
    password_hash: Option<String>,
}

impl Account {
    fn usable_hash(self) -> Option<String> {
        let usable = self.state == UserState::Active && self.organisation_is_active;
        self.password_hash.filter(|_| usable)
    }
}

fn account_named(conn: &mut DbConn, username: &str) -> Result<Option<Account>> {
    let found: Option<(UserId, UserState, bool, Option<String>)> = users::table
        .inner_join(organisations::table)
        .filter(users::username.eq(username))
        .select((users::id, users::state, organisations::active, users::password_hash))
        .first(conn)
        .optional()?;
    Ok(found.map(|(id, state, organisation_is_active, password_hash)| Account {
        id,
        state,
        organisation_is_active,
        password_hash,
    }))
}

fn context_of(conn: &mut DbConn, username: &str) -> Result<Option<PasswordContext>> {
    let found: Option<(UserId, String, String, String)> = users::table
        .inner_join(organisations::table)
        .filter(users::username.eq(username))
        .select((users::id, users::username, users::display_name, organisations::name))
        .first(conn)
        .optional()?;
    Ok(found.map(|(user_id, username, name, organisation)| PasswordContext {
        user_id,
        words: vec![username, name, organisation],
    }))
}

/// An account that waits for its person to choose a password.
#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct InvitedAccount {
    /// The account.
    pub id: UserId,
    /// Its organisation.
    pub organisation_id: OrganisationId,
    /// Where it stands.
    pub state: State<UserState>,
    /// Its version.
    pub version: i64,
}

fn invited_account(
    conn: &mut DbConn,
    username: &str,
    secret: &SecretDigest,
    now: Instant,
) -> Result<Option<InvitedAccount>> {
    Ok(users::table
        .inner_join(organisations::table)
        .filter(users::username.eq(username))
        .filter(users::state.eq(UserState::Invited))
        .filter(users::activation_digest.eq(&secret[..]))
        .filter(users::activation_expires_at.gt(now))
        .filter(organisations::active.eq(true))
        .select(InvitedAccount::as_select())
        .first(conn)
        .optional()?)
}

/// Finds the invited account whose secret this is, in the transaction that activates it.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn invited(
    tx: &mut Tx<'_>,
    username: &str,
    secret: &SecretDigest,
) -> Result<Option<InvitedAccount>> {
    let now = tx.now();
    invited_account(tx.conn, username, secret, now)
}

fn credentials_on(
    conn: &mut DbConn,
    keys: &KeyRing,
    username: &str,
    network: Option<&str>,
) -> Result<Credentials> {
    let account = account_named(conn, username)?;
    let failures = Failures::of(conn, keys, username, network)?;
    Ok(Credentials {
        user_id: account.as_ref().map(|account| account.id.clone()),
        username: username.to_owned(),
        password_hash: account.and_then(Account::usable_hash),
        failures,
    })
}

/// Reads the credentials again, in the transaction that decides.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn credentials(tx: &mut Tx<'_>, username: &str) -> Result<Credentials> {
    let (network, keys) = (tx.network().map(str::to_owned), tx.keys);
    credentials_on(tx.conn, keys, username, network.as_deref())
}

/// For how long failures and the tokens of ended sessions are kept, in seconds: longer than any
/// pause, and than any session.
const KEPT_FOR_S: i64 = 2 * 86_400;

/// Says whether there is anything to forget, so that a run that does nothing writes nothing.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn any_forgettable(db: &Db, now: Instant) -> Result<bool> {
    let before = now.plus_seconds(-KEPT_FOR_S);
    db.plain(|conn| {
        let failures: i64 =
            failures::table.filter(failures::last_failed_at.lt(before)).count().get_result(conn)?;
        let networks: i64 =
            networks::table.filter(networks::empty_at.lt(before)).count().get_result(conn)?;
        let tokens: i64 = refresh_tokens::table
            .filter(refresh_tokens::issued_at.lt(before))
            .count()
            .get_result(conn)?;
        Ok(failures + networks + tokens > 0)
    })
}

/// Forgets failures whose day of rest is long over, and refresh tokens that no session can live to
/// use. A token that was forgotten is refused like one that never was.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn forget(tx: &mut Tx<'_>) -> Result<usize> {
    let before = tx.now().plus_seconds(-KEPT_FOR_S);
    let failures = diesel::delete(failures::table.filter(failures::last_failed_at.lt(before)))
        .execute(tx.conn)?;
    let tokens = diesel::delete(refresh_tokens::table.filter(refresh_tokens::issued_at.lt(before)))
        .execute(tx.conn)?;
    let networks =
        diesel::delete(networks::table.filter(networks::empty_at.lt(before))).execute(tx.conn)?;
    Ok(failures.saturating_add(networks).saturating_add(tokens))
}

/// Saves the hash of the same password with other parameters; the account's version stays, as
/// nobody sees a difference.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn save_rehashed(tx: &mut Tx<'_>, user_id: &UserId, hash: &str) -> Result<()> {
    diesel::update(users::table.find(user_id))
        .set(users::password_hash.eq(Some(hash)))
        .execute(tx.conn)?;
    Ok(())
}

/// Saves the hash of a new password.
///
/// # Errors
/// [`refero_domain::refusal::Refusal::Stale`] if somebody else was faster.
pub fn save_password(tx: &mut Tx<'_>, user: &User, hash: &str) -> Result<()> {
    let now = tx.now();
    let rows = diesel::update(users::table.find(&user.id))
        .filter(users::version.eq(user.version))
        .set((
            users::password_hash.eq(Some(hash)),
            users::version.eq(user.version.saturating_add(1)),
            users::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    met(rows, user.version)
}

impl Db {
    /// Finds an administrator by name for the command line: account, organisation, version, and
    /// whether the account is disabled.
    ///
    /// # Errors
    /// [`refero_domain::refusal::Refusal::NotFound`] if nobody of that name ever was one.
    pub fn administrator_named(
        &self,
        username: &Username,
    ) -> Result<(UserId, OrganisationId, i64, bool)> {
        self.plain(|conn| {
            let administrators = role_grants::table
                .filter(role_grants::role.eq(ActorRole::SystemAdministrator))
                .select(role_grants::user_id);
            let (id, organisation_id, version, state): (_, _, _, UserState) = users::table
                .filter(users::username.eq(username.as_str()))
                .filter(users::id.eq_any(administrators))
                .select((users::id, users::organisation_id, users::version, users::state))
                .first(conn)?;
            Ok((id, organisation_id, version, state == UserState::Disabled))
        })
    }
}
