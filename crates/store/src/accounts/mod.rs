//! Accounts: fetched with a permit, changed through their machine.

mod write;

use diesel::{dsl::sql, prelude::*, sql_types::Bool};
use refero_domain::{
    account::{DisableReason, UserState},
    actor::{Actor, ActorRole},
    id::{Kind, OrganisationId, UserId, UserKind},
    instant::Instant,
    machine::{Machine, State},
    policy::{self, AccountFacts, Action, Permit, ReadUser, Relation, Scope},
    refusal::{Refusal, Standing},
    second_factor::FactorState,
};

use crate::{
    cases::expect_version,
    db::Db,
    error::{Error, Refused, Result},
    roles::{self, RoleGrant},
    rows::{RowLimit, Rows},
    schema::{organisations, role_grants, users},
    second_factors,
    unit::Reading,
};

pub use self::write::{
    Credential, CredentialChange, NewUser, ProfileChange, UserMove, insert, save_move, save_profile,
};

/// An account as it is stored, without what it signs in with.
#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct User {
    /// The account.
    pub id: UserId,
    /// The one organisation that the person works for.
    pub organisation_id: OrganisationId,
    /// The name to sign in with.
    pub username: String,
    /// The name that colleagues read.
    pub display_name: String,
    /// The language of titles and letters, if one was chosen.
    pub language: Option<String>,
    /// Where the account stands; changes through its machine only.
    pub state: State<UserState>,
    /// Why it is disabled, if somebody said so.
    pub disabled_reason: Option<DisableReason>,
    /// For the ETag and against lost updates.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

/// An account with its roles, and the facts on which access was decided.
pub struct UserRow {
    /// The account.
    pub user: User,
    /// Whether a password was ever chosen.
    pub has_password: bool,
    /// Where the second factor stands.
    pub factor: FactorState,
    /// When an administrator last took the second factor away.
    pub factor_reset_at: Option<Instant>,
    /// Every role that was ever granted.
    pub roles: Vec<RoleGrant>,
}

impl UserRow {
    /// Returns the facts, for `allowed_actions`.
    #[must_use]
    pub fn facts(&self) -> AccountFacts {
        AccountFacts { organisation_id: self.user.organisation_id.clone() }
    }

    /// Refuses to go on if somebody else was faster.
    ///
    /// # Errors
    /// [`Refusal::Stale`] with the present version.
    pub fn expect_version(&self, expected: Option<i64>) -> Result<()> {
        expect_version(self.user.version, expected)
    }

    /// Returns what this caller could do to the account now.
    #[must_use]
    pub fn allowed_actions(&self, actor: &Actor) -> Vec<&'static str> {
        let facts = self.facts();
        let allowed = |act: &str| policy::may(&format!("user.{act}"), actor, &facts);
        let moves = self.user.state.get().acts().map(|act| act.code());
        let has_factor = self.factor != FactorState::Absent;
        ["edit", "grant-role", "end-role"]
            .into_iter()
            .chain(has_factor.then_some("reset-second-factor"))
            .chain(moves)
            .filter(|act| allowed(act))
            .collect()
    }

    /// Says how a refused act names this account in the answer and the trail.
    #[must_use]
    pub fn refused(&self, refusal: Refusal, actor: &Actor) -> Error {
        Error::Refused(Box::new(Refused {
            refusal,
            standing: Some(Standing::Account(self.user.state.get())),
            allowed_actions: self.allowed_actions(actor),
            object: Some((UserKind::NAME, self.user.id.as_str().to_owned())),
            case_id: None,
        }))
    }
}

/// Says that an update met the version it expected.
pub(crate) fn met(rows: usize, current: i64) -> Result<()> {
    if rows == 1 { Ok(()) } else { Err(Refusal::Stale { current }.into()) }
}

/// Names a thing that was looked for in vain, for the trail.
pub(crate) fn absent<K: Kind>(id: &refero_domain::id::Id<K>) -> Error {
    Error::Refused(Box::new(Refused {
        refusal: Refusal::NotFound,
        standing: None,
        allowed_actions: Vec::new(),
        object: Some((K::NAME, id.as_str().to_owned())),
        case_id: None,
    }))
}

/// Fetches an account for an action.
///
/// # Errors
/// [`Refusal::NotFound`] if it is not there, or is one of another organisation that this caller
/// may not know. Who may do this to no account at all was refused at the door.
pub fn fetch<A: Action>(reading: &mut Reading<'_>, id: &UserId) -> Result<Permit<A, UserRow>> {
    let actor = reading.actor()?.clone();
    let found: Option<(User, bool)> = users::table
        .find(id)
        .select((User::as_select(), users::password_hash.is_not_null()))
        .first(reading.conn)
        .optional()?;
    let Some((user, has_password)) = found else {
        return Err(absent(id));
    };
    let roles = roles::of_users(reading.conn, std::slice::from_ref(id))?;
    let standings = second_factors::standings(reading.conn, std::slice::from_ref(id))?;
    let row = row((user, has_password), roles, &standings);
    let facts = row.facts();
    policy::decide::<A, _>(&actor, &facts, row).map_err(|_| absent(id))
}

/// Puts an account together. Who never had a second factor is not among the standings.
fn row(
    (user, has_password): (User, bool),
    roles: Vec<RoleGrant>,
    standings: &[second_factors::Standing],
) -> UserRow {
    let standing = standings.iter().find(|(user_id, ..)| *user_id == user.id);
    let (factor, factor_reset_at) =
        standing.map_or((FactorState::INITIAL, None), |(_, state, reset_at)| (*state, *reset_at));
    UserRow { user, has_password, factor, factor_reset_at, roles }
}

/// Returns the language that the bearer of a verified token has chosen for answers.
///
/// Chosen for oneself, told to oneself and about nobody else: it needs no permit and leaves no event.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn chosen_language(db: &Db, id: &UserId) -> Result<Option<String>> {
    db.plain(|conn| {
        let chosen: Option<Option<String>> =
            users::table.find(id).select(users::language).first(conn).optional()?;
        Ok(chosen.flatten())
    })
}

/// Fetches the caller's own account.
///
/// # Errors
/// [`Error::NotAuthenticated`] while signing in.
pub fn fetch_own<A: Action>(reading: &mut Reading<'_>) -> Result<Permit<A, UserRow>> {
    let id = reading.actor()?.user_id.clone();
    fetch(reading, &id)
}

/// How a list of accounts is narrowed.
#[derive(Debug, Clone, Default)]
pub struct UserFilter {
    /// Only of this organisation.
    pub organisation_id: Option<OrganisationId>,
    /// Only who holds this role now.
    pub role: Option<ActorRole>,
    /// Only in these states.
    pub states: Vec<UserState>,
}

/// Lists the accounts of a scope by user name, one page, each with its own permit.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn page(
    reading: &mut Reading<'_>,
    scope: &Scope<ReadUser>,
    filter: &UserFilter,
    after: Option<&(String, UserId)>,
    limit: RowLimit,
) -> Result<Rows<Permit<ReadUser, UserRow>>> {
    let actor = reading.actor()?.clone();
    let now = reading.now();
    let mut query =
        users::table.select((User::as_select(), users::password_hash.is_not_null())).into_boxed();
    query = match reach(scope) {
        Reach::Everywhere => query,
        Reach::OwnOrganisation => {
            query.filter(users::organisation_id.eq(actor.organisation_id.clone()))
        }
        Reach::Nowhere => query.filter(sql::<Bool>("1 = 0")),
    };
    if let Some(organisation_id) = &filter.organisation_id {
        query = query.filter(users::organisation_id.eq(organisation_id.clone()));
    }
    if !filter.states.is_empty() {
        query = query.filter(users::state.eq_any(filter.states.clone()));
    }
    if let Some(role) = filter.role {
        let holders = role_grants::table
            .filter(role_grants::role.eq(role))
            .filter(role_grants::valid_from.le(now))
            .filter(role_grants::valid_to.is_null().or(role_grants::valid_to.gt(now)))
            .select(role_grants::user_id);
        query = query.filter(users::id.eq_any(holders));
    }
    if let Some((username, id)) = after {
        query = query.filter(
            users::username
                .gt(username.clone())
                .or(users::username.eq(username.clone()).and(users::id.gt(id.clone()))),
        );
    }
    let found: Vec<(User, bool)> = query
        .order((users::username.asc(), users::id.asc()))
        .limit(limit.one_more())
        .load(reading.conn)?;
    let found = limit.cut(found);
    let ids: Vec<UserId> = found.iter().map(|(user, _)| user.id.clone()).collect();
    let mut granted = roles::of_users(reading.conn, &ids)?;
    let standings = second_factors::standings(reading.conn, &ids)?;
    found.try_map(|(user, has_password)| {
        let roles = granted.extract_if(.., |grant| grant.user_id == user.id).collect();
        let row = row((user, has_password), roles, &standings);
        let facts = row.facts();
        policy::decide(&actor, &facts, row)
            .map_err(|_| Error::broken("a list showed an account that may not be read"))
    })
}

enum Reach {
    Everywhere,
    OwnOrganisation,
    Nowhere,
}

fn reach<A>(scope: &Scope<A>) -> Reach {
    let has = |relation| scope.arms().iter().any(|arm| arm.relation == relation);
    if has(Relation::Anyone) {
        Reach::Everywhere
    } else if has(Relation::OwnOrganisation) {
        Reach::OwnOrganisation
    } else {
        Reach::Nowhere
    }
}

/// Counts the administrators who could sign in now, or who were invited and still may.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn administrators(reading: &mut Reading<'_>, with_invited: bool) -> Result<i64> {
    let now = reading.now();
    let holders = role_grants::table
        .filter(role_grants::role.eq(ActorRole::SystemAdministrator))
        .filter(role_grants::valid_from.le(now))
        .filter(role_grants::valid_to.is_null().or(role_grants::valid_to.gt(now)))
        .select(role_grants::user_id);
    let invited = users::state
        .eq(UserState::Invited)
        .and(users::activation_expires_at.assume_not_null().gt(now))
        .and(users::activation_expires_at.is_not_null());
    let counted = users::table.inner_join(organisations::table);
    let mut query = counted
        .filter(organisations::active.eq(true))
        .filter(users::id.eq_any(holders))
        .into_boxed();
    query = if with_invited {
        query.filter(users::state.eq(UserState::Active).or(invited))
    } else {
        query.filter(users::state.eq(UserState::Active))
    };
    Ok(query.count().get_result(reading.conn)?)
}
