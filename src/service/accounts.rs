//! Accounts: who works where, and whether they may sign in.
//!
//! An administrator makes accounts and never knows a password: the answer carries a secret that is
//! shown once, with which the person chooses one. A user belongs to exactly one organisation for
//! good; whoever moves gets a new account, so that the trail never has to ask for whom somebody
//! acted on a day.

use refero_domain::{
    account::{DisableReason, UserAct, Username},
    event::{Event, Operation},
    id::{OrganisationId, UserId},
    instant::Instant,
    policy::{
        self, AccountFacts, Action, CreateUser, DisableUser, EditMe, EditUser, EnableUser, Permit,
        ReadMe, ReadOrganisation, ReadUser, ResetUser,
    },
    refusal::Refusal,
};
use refero_store::{
    Error,
    accounts::{
        self, Credential, CredentialChange, NewUser, ProfileChange, UserFilter, UserMove, UserRow,
    },
    credentials::SecretDigest,
    directory,
    rows::{RowLimit, Rows},
    sessions,
    unit::{Audited, Disclosed, Reading, Tx},
};

use crate::service::roles::{self, RoleWish, Roles};

/// How long sessions, tokens and secrets live, in seconds.
#[derive(Debug, Clone)]
pub struct SignInRules {
    /// A session ends when it is not refreshed for this long.
    pub refresh_idle_s: i64,
    /// A session ends this long after the sign-in, whatever happens.
    pub refresh_absolute_s: i64,
    /// An activation secret works for this long.
    pub activation_ttl_s: i64,
    /// So many failed sign-ins from one network are looked at in a row; nought is no limit.
    pub network_failures: u32,
}

/// An account that somebody wants made.
#[derive(Clone)]
pub struct AccountWish {
    /// Its id, if the client chose one.
    pub id: Option<UserId>,
    /// The organisation.
    pub organisation_id: OrganisationId,
    /// The name to sign in with.
    pub username: Username,
    /// The name that colleagues read.
    pub display_name: String,
    /// The language, if one is chosen.
    pub language: Option<String>,
    /// The roles it begins with.
    pub roles: Vec<RoleWish>,
    /// What the person signs in with.
    pub credential: Credential,
}

/// Makes an account, with its first roles.
///
/// # Errors
/// [`Refusal::UsernameTaken`], [`Refusal::RolePairForbidden`], [`Refusal::ReferenceUnknown`] for an
/// organisation or area that is not there.
///
/// # Audit
/// `user.create`, with the names of the fields.
pub fn create(
    tx: &mut Tx<'_>,
    wish: &AccountWish,
    rules: &Roles<'_>,
) -> Result<Audited<UserId>, Error> {
    let actor = tx.actor()?.clone();
    let facts = AccountFacts { organisation_id: wish.organisation_id.clone() };
    let permit: Permit<CreateUser, ()> = policy::decide(&actor, &facts, ())?;
    let unknown = Refusal::ReferenceUnknown { pointer: "/organisation_id" };
    let organisation = directory::fetch_organisation::<ReadOrganisation>(tx, &wish.organisation_id)
        .map_err(|error| instead_of_absent(error, unknown))?;
    if !organisation.row().active {
        return Err(Refusal::Inconsistent { pointer: "/organisation_id" }.into());
    }
    let id = wish.id.clone().unwrap_or_else(|| tx.new_id());
    let new = NewUser {
        id: id.clone(),
        organisation_id: wish.organisation_id.clone(),
        username: wish.username.clone(),
        display_name: wish.display_name.clone(),
        language: wish.language.clone(),
        credential: wish.credential.clone(),
    };
    accounts::insert(tx, &new)?;
    roles::give_first(tx, &id, &wish.roles, rules)?;
    let event = Event::under(Operation::Create, &permit).on(&id, 1).fields([
        "organisation_id",
        "username",
        "display_name",
        "language",
        "roles",
    ]);
    tx.record(&event, id)
}

/// Puts a refusal of the act in the place of "not there", which would speak of the wrong thing.
pub(crate) fn instead_of_absent(error: Error, refusal: Refusal) -> Error {
    match error.refusal() {
        Some(Refusal::NotFound) => refusal.into(),
        _ => error,
    }
}

pub(crate) fn event_on<A: Action>(
    operation: Operation,
    permit: &Permit<A, UserRow>,
    version: i64,
) -> Event {
    Event::under(operation, permit).on(&permit.row().user.id, version)
}

/// Finds the caller's own account, within an act's own transaction and event.
///
/// # Errors
/// [`Error::NotAuthenticated`].
pub fn find_own<T>(
    reading: &mut Reading<'_>,
    show: impl FnOnce(&mut Reading<'_>, &UserRow) -> Result<T, Error>,
) -> Result<T, Error> {
    let permit = accounts::fetch_own::<ReadMe>(reading)?;
    show(reading, permit.row())
}

/// Shows one account, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`].
///
/// # Audit
/// `user.read`.
pub fn open<T>(
    reading: &mut Reading<'_>,
    id: &UserId,
    show: impl FnOnce(&Reading<'_>, &UserRow) -> Result<T, Error>,
) -> Result<(Event, T), Error> {
    let permit = accounts::fetch::<ReadUser>(reading, id)?;
    let event = event_on(Operation::Read, &permit, permit.row().user.version);
    let shown = show(reading, permit.row())?;
    Ok((event, shown))
}

/// Lists the accounts that the caller may know.
///
/// # Errors
/// [`Error::Unavailable`].
///
/// # Audit
/// `user.read`, with the ids that were shown.
pub fn list<T>(
    reading: &mut Reading<'_>,
    filter: &UserFilter,
    after: Option<&(String, UserId)>,
    limit: RowLimit,
    show: impl Fn(&Reading<'_>, &UserRow) -> Result<T, Error>,
) -> Result<Disclosed<Rows<T>>, Error> {
    let scope = policy::scope::<ReadUser>(reading.actor()?)?;
    let found = accounts::page(reading, &scope, filter, after, limit)?;
    let shown = found.iter().map(|permit| &permit.row().user.id);
    let event = Event::of::<ReadUser>(Operation::Read).showing(shown);
    let views = found.try_map(|permit| show(reading, permit.row()))?;
    Ok(reading.disclose(event, views))
}

/// Changes the name or the language of an account.
///
/// # Errors
/// [`Refusal::Stale`] if somebody else was faster.
///
/// # Audit
/// `user.edit`, with the names of the fields.
pub fn edit(
    tx: &mut Tx<'_>,
    id: &UserId,
    expected: Option<i64>,
    change: &ProfileChange,
) -> Result<Audited<UserId>, Error> {
    let permit = accounts::fetch::<EditUser>(tx, id)?;
    edit_profile(tx, &permit, expected, change)
}

/// Changes the caller's own name or language.
///
/// # Errors
/// [`Refusal::Stale`] if somebody else was faster.
///
/// # Audit
/// `me.edit`, with the names of the fields.
pub fn edit_own(
    tx: &mut Tx<'_>,
    expected: Option<i64>,
    change: &ProfileChange,
) -> Result<Audited<UserId>, Error> {
    let permit = accounts::fetch_own::<EditMe>(tx)?;
    edit_profile(tx, &permit, expected, change)
}

fn edit_profile<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A, UserRow>,
    expected: Option<i64>,
    change: &ProfileChange,
) -> Result<Audited<UserId>, Error> {
    permit.row().expect_version(expected)?;
    let user = &permit.row().user;
    let named =
        [("display_name", change.display_name.is_some()), ("language", change.language.is_some())];
    let fields: Vec<&'static str> =
        named.into_iter().filter(|(_, is_changed)| *is_changed).map(|(name, _)| name).collect();
    let version = if fields.is_empty() {
        user.version
    } else {
        accounts::save_profile(tx, user, change)?;
        user.version.saturating_add(1)
    };
    let event = event_on(Operation::Update, permit, version).fields(fields);
    tx.record(&event, user.id.clone())
}

/// Shows the caller's own account.
///
/// # Errors
/// [`Error::NotAuthenticated`].
///
/// # Audit
/// `me.read`.
pub fn read_own<T>(
    reading: &mut Reading<'_>,
    show: impl FnOnce(&mut Reading<'_>, &UserRow) -> Result<T, Error>,
) -> Result<Disclosed<T>, Error> {
    let permit = accounts::fetch_own::<ReadMe>(reading)?;
    let event = event_on(Operation::Read, &permit, permit.row().user.version);
    let shown = show(reading, permit.row())?;
    Ok(reading.disclose(event, shown))
}

/// Puts a person out: every session of theirs is dead with the next request.
///
/// # Errors
/// [`Refusal::IllegalTransition`] if the account is disabled, [`Refusal::LastAdministrator`].
///
/// # Audit
/// `user.disable`.
pub fn disable(
    tx: &mut Tx<'_>,
    id: &UserId,
    expected: Option<i64>,
    reason: Option<DisableReason>,
) -> Result<Audited<UserId>, Error> {
    let act = Act { act: UserAct::Disable, reason, credential: &CredentialChange::Keep };
    change::<DisableUser>(tx, id, expected, &act)
}

/// Lets a person back in. Who never chose a password needs a new secret first.
///
/// # Errors
/// [`Refusal::IllegalTransition`] if the account is not disabled.
///
/// # Audit
/// `user.enable`.
pub fn enable(
    tx: &mut Tx<'_>,
    id: &UserId,
    expected: Option<i64>,
) -> Result<Audited<UserId>, Error> {
    let act = Act { act: UserAct::Enable, reason: None, credential: &CredentialChange::Keep };
    change::<EnableUser>(tx, id, expected, &act)
}

/// Voids the password and ends the sessions; the person chooses anew with a new secret.
///
/// # Errors
/// [`Refusal::IllegalTransition`] if the account is disabled, [`Refusal::LastAdministrator`].
///
/// # Audit
/// `user.reset`.
pub fn reset(
    tx: &mut Tx<'_>,
    id: &UserId,
    expected: Option<i64>,
    (secret, until): (&SecretDigest, Instant),
) -> Result<Audited<UserId>, Error> {
    let credential = &CredentialChange::Invite(secret, until);
    let act = Act { act: UserAct::Reset, reason: None, credential };
    change::<ResetUser>(tx, id, expected, &act)
}

/// What moves an account, and what goes with it.
struct Act<'a> {
    act: UserAct,
    reason: Option<DisableReason>,
    credential: &'a CredentialChange<'a>,
}

fn change<A: Action>(
    tx: &mut Tx<'_>,
    id: &UserId,
    expected: Option<i64>,
    &Act { act, reason, credential }: &Act<'_>,
) -> Result<Audited<UserId>, Error> {
    let permit = accounts::fetch::<A>(tx, id)?;
    permit.row().expect_version(expected)?;
    let actor = tx.actor()?.clone();
    let refused = |refusal| permit.row().refused(refusal, &actor);
    let illegal = refused(Refusal::IllegalTransition);
    let last = refused(Refusal::LastAdministrator);
    let (UserRow { user, has_password, .. }, permit) = permit.into_parts();
    let version = user.version;
    let mut moved = user.state.step(act).map_err(|_| illegal)?;
    if act == UserAct::Enable && !has_password {
        moved = moved.then(UserAct::Reset)?;
    }
    accounts::save_move(tx, id, version, UserMove { moved: &moved, reason, credential })?;
    if act != UserAct::Enable {
        sessions::revoke_all(tx, id, None)?;
        ensure_an_administrator(tx, last)?;
    }
    let event = Event::under(Operation::Update, &permit)
        .on(id, version.saturating_add(1))
        .fields(std::iter::once("state").chain(reason.map(|_| "disabled_reason")));
    tx.record(&event, id.clone())
}

/// Refuses an act after which nobody could administer accounts. The command line may do it: it is
/// how a house that is locked out is opened again.
pub(crate) fn ensure_an_administrator(tx: &mut Tx<'_>, refused: Error) -> Result<(), Error> {
    let is_vouched = tx.actor()?.session_id.is_none();
    if is_vouched || accounts::administrators(tx, false)? > 0 { Ok(()) } else { Err(refused) }
}
